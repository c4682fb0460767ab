//! When "not found" means "never".

use std::time::Duration;

use super::operators::Operators;
use crate::wire::ranges::LedgerRanges;

/// No network closes ledgers faster than this. Servers take two seconds at least for each.
const FASTEST_CLOSE: Duration = Duration::from_secs(1);

/// Behind one address may stand several servers. The one that looks for a transaction may be so many ledgers
/// behind the one that says which ledgers there are.
const STEP: u32 = 2;

/// Where a node has surely looked that says it has these ledgers: of the newest ones only what they hold
/// can tell.
pub(crate) fn surely_searched(asked: &LedgerRanges) -> LedgerRanges {
    let newest = asked.bounds().map_or(0, |(_, newest)| newest);
    asked.up_to(newest.saturating_sub(STEP))
}

/// Whoever has this ledger and is only asked tells surely of the ledgers up to `last`.
pub(crate) fn surely_told_at(last: u32) -> u32 {
    last.saturating_add(STEP)
}

/// A ledger that was closed `ago`, the newest one that is sure, where `newest` is the newest one now.
pub(crate) fn closed_before(newest: u32, ago: Duration) -> u32 {
    let closed = ago.as_millis().div_ceil(FASTEST_CLOSE.as_millis());
    newest.saturating_sub(closed.try_into().unwrap_or(u32::MAX))
}

/// "Never" needs as many witnesses as must agree on what is found, and two at least where there are two.
pub(crate) fn needed_for_finality(witnesses: &Operators, agreement: usize) -> usize {
    witnesses.count().clamp(1, 2).max(agreement)
}

/// In which ledgers a transaction could be, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// The first one, as the caller knows it.
    pub(crate) first: Option<u32>,
    /// The last one: the transaction's `LastLedgerSequence`.
    pub(crate) last: u32,
}

/// Where one node has looked for a transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looked<'a> {
    pub(crate) node: usize,
    /// A ledger that was closed when looking began, by this node's own word.
    pub(crate) began: u32,
    /// What it has, if it was asked for the transaction itself and did not find it.
    pub(crate) asked: &'a LedgerRanges,
    /// The closed ledgers that it told completely.
    pub(crate) told: &'a LedgerRanges,
    /// Those before this one were not searched.
    pub(crate) since: u32,
}

impl Window {
    /// Whether as many `witnesses` as are needed have looked in every ledger in which the transaction could
    /// be: a single node may be wrong about what it does not have. Each must have done so by its own word
    /// alone, so that it is enough if one of them is honest.
    ///
    /// `full_history` tells whether all these nodes have the whole history.
    pub(crate) fn is_settled<'a>(
        self,
        nodes: impl Iterator<Item = Looked<'a>>,
        full_history: bool,
        (witnesses, needed): (&Operators, usize),
    ) -> bool {
        // Who does not know when it was signed may wait for what was validated long before: following shows
        // nothing of that, and the transaction itself must have been asked for.
        let asked = |node: &Looked<'_>| self.first.is_some() || !node.asked.is_empty();
        let sure = nodes.filter(asked).filter(|node| {
            let first = self.first.unwrap_or(node.began).max(1);
            // What has the whole history has nothing before its first ledger, because nothing was.
            let whole = node.asked.bounds().map(|(first, _)| first).filter(|_| full_history);
            let from = match whole {
                Some(whole) if first > self.last => whole,
                Some(whole) => first.max(whole),
                None => first,
            };
            // From after the last ledger: it was past before the looking began, so the transaction may
            // be anywhere before it.
            from <= self.last && node.covers(from, self.last)
        });
        witnesses.votes(sure.map(|node| node.node)) >= needed
    }
}

impl Looked<'_> {
    /// Whether it has looked in all ledgers from `first` to `last`.
    fn covers(&self, first: u32, last: u32) -> bool {
        let mut next = first;
        loop {
            let asked = self.asked.end_of(next);
            let told = self.told.end_of(next).filter(|_| next >= self.since);
            match asked.max(told) {
                None => return false,
                Some(end) if end >= last => return true,
                Some(end) => next = end + 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(text: &str) -> LedgerRanges {
        text.parse().unwrap()
    }

    fn settled(window: Window, asked: &[(u32, &str)], full_history: bool, needed: usize) -> bool {
        let asked: Vec<_> = asked.iter().map(|(began, text)| (*began, ranges(text))).collect();
        let told = LedgerRanges::new();
        let looked = asked.iter().enumerate().map(|(node, (began, asked))| Looked {
            node,
            began: *began,
            asked,
            told: &told,
            since: 0,
        });
        window.is_settled(looked, full_history, (&Operators::new(needed, &[]), needed))
    }

    #[test]
    fn what_was_closed_some_time_ago_is_never_too_new() {
        let ago = |millis| closed_before(100, Duration::from_millis(millis));
        assert_eq!((ago(0), ago(1), ago(1000), ago(1001)), (100, 99, 99, 98));
        assert_eq!(closed_before(100, Duration::MAX), 0);
    }

    #[test]
    fn where_a_node_has_surely_looked_ends_before_its_newest_ledgers() {
        for (asked, sure) in [("1-20", "1-18"), ("1-5,19-20", "1-5"), ("2", "empty"), ("", "empty")]
        {
            assert_eq!(surely_searched(&ranges(asked)).to_string(), sure);
        }
    }

    #[test]
    fn never_needs_every_ledger_of_the_window_from_two_nodes() {
        let window = Window { first: Some(10), last: 20 };
        let settled = |texts: &[&str], needed| {
            let asked: Vec<_> = texts.iter().map(|text| (12, *text)).collect();
            settled(window, &asked, false, needed)
        };
        assert!(settled(&["10-20", "5-25"], 2));
        assert!(!settled(&["10-20"], 2));
        assert!(!settled(&["10-20", "11-20"], 2), "the first ledger is missing");
        assert!(!settled(&["10-20", "10-19"], 2), "the last ledger is missing");
        assert!(!settled(&["10-20", "10-14,16-20"], 2), "there is a hole");
        assert!(!settled(&[], 1), "nobody has looked");
        assert!(settled(&["10-20"], 1), "there is only one node");
    }

    #[test]
    fn never_needs_two_where_there_are_two_and_as_many_as_must_agree() {
        for (witnesses, agreement, needed) in
            [(1, 1, 1), (2, 1, 2), (5, 1, 2), (5, 2, 2), (5, 3, 3), (5, 5, 5)]
        {
            let witnesses = Operators::new(witnesses, &[]);
            assert_eq!(needed_for_finality(&witnesses, agreement), needed);
        }
    }

    #[test]
    fn two_nodes_of_one_operator_are_not_two_witnesses() {
        let all = ranges("1-30");
        let window = Window { first: Some(10), last: 20 };
        let settled = |operators: &Operators, nodes: [usize; 2]| {
            let looked = |node| Looked { node, began: 15, asked: &all, told: &all, since: 0 };
            window.is_settled(nodes.into_iter().map(looked), true, (operators, 2))
        };
        let operators = Operators::new(3, &[vec![0, 1]]);
        assert!(!settled(&operators, [0, 1]) && settled(&operators, [0, 2]));
        let alone = Operators::new(2, &[vec![0, 1]]).witnesses();
        assert!(settled(&alone, [0, 1]) && !settled(&alone, [1, 1]));
    }

    #[test]
    fn what_a_node_was_asked_and_what_it_told_complete_each_other() {
        let (asked, told) = (ranges("1-14,18"), ranges("3,13-17,19-30"));
        let covers = |first, last, since| {
            Looked { node: 0, began: 0, asked: &asked, told: &told, since }.covers(first, last)
        };
        assert!(covers(1, 30, 0) && covers(1, 30, 15));
        assert!(!covers(1, 31, 0) && !covers(0, 30, 0));
        assert!(!covers(1, 30, 16), "15 was told before anybody looked in it");
        let all = ranges("0-4294967295");
        assert!(
            Looked { node: 0, began: 0, asked: &all, told: &told, since: 0 }.covers(0, u32::MAX)
        );
    }

    #[test]
    fn a_history_that_is_whole_begins_with_its_first_ledger() {
        let window = Window { first: None, last: 50 };
        assert!(settled(window, &[(7, "10-60")], true, 1), "nothing was before 10");
        assert!(!settled(window, &[(7, "10-60")], false, 1));
        assert!(!settled(window, &[(7, "51-60")], true, 1));
    }

    #[test]
    fn without_a_first_ledger_looking_begins_where_it_began_by_each_nodes_own_word() {
        let window = Window { first: None, last: 20 };
        assert!(settled(window, &[(15, "15-20"), (15, "15-20")], false, 2));
        assert!(!settled(window, &[(15, "15-20"), (14, "15-20")], false, 2));
        assert!(!settled(window, &[(15, "15-20"), (320, "310-320")], false, 2), "a boaster");
    }

    #[test]
    fn without_a_first_ledger_the_transaction_must_have_been_asked_for() {
        let (nothing, asked, told) = (LedgerRanges::new(), ranges("1-15"), ranges("16-30"));
        let alone = Operators::new(1, &[]);
        let settled = |first, asked| {
            let looked = Looked { node: 0, began: 15, asked, told: &told, since: 0 };
            Window { first, last: 20 }.is_settled(std::iter::once(looked), true, (&alone, 1))
        };
        assert!(settled(None, &asked));
        assert!(!settled(None, &nothing), "it may be in ledger 3");
        let looked = Looked { node: 0, began: 15, asked: &nothing, told: &told, since: 0 };
        let window = Window { first: Some(16), last: 20 };
        assert!(
            window.is_settled(std::iter::once(looked), true, (&alone, 1)),
            "the caller knows more"
        );
    }

    #[test]
    fn a_hole_before_the_first_ledger_is_no_matter() {
        let (asked, told) = (ranges("1-10"), ranges("18-30"));
        for (first, last, full_history, settled) in [
            (18, 20, true, true),
            (20, 20, true, true),
            (20, 20, false, true),
            (17, 20, true, false),
            // From after the last one: it may be anywhere before.
            (21, 20, true, false),
            (21, 20, false, false),
            (11, 10, true, true),
        ] {
            let looked = Looked { node: 0, began: 15, asked: &asked, told: &told, since: 0 };
            let window = Window { first: Some(first), last };
            let found = window.is_settled(
                std::iter::once(looked),
                full_history,
                (&Operators::new(1, &[]), 1),
            );
            assert_eq!(found, settled, "{first} to {last}");
        }
    }

    #[test]
    fn a_last_ledger_in_the_past_needs_the_whole_history() {
        let window = Window { first: None, last: 20 };
        assert!(settled(window, &[(30, "1-50"), (30, "1-50")], true, 2));
        assert!(!settled(window, &[(30, "1-50"), (30, "1-50")], false, 2));
        assert!(!settled(window, &[(30, "25-50"), (30, "25-50")], true, 2), "it is not there");
        let (asked, told) = (LedgerRanges::new(), ranges("5-50"));
        let followed = Looked { node: 0, began: 30, asked: &asked, told: &told, since: 0 };
        assert!(
            !window.is_settled(std::iter::once(followed), true, (&Operators::new(1, &[]), 1)),
            "following shows what came after it began, and nothing before"
        );
        let window = Window { first: Some(18), last: 20 };
        assert!(settled(window, &[(30, "1-50"), (30, "1-50")], false, 2), "the caller knows more");
    }
}
