//! When "not found" means "never".

use std::time::Duration;

use crate::wire::ranges::LedgerRanges;

/// No network closes ledgers faster than this. Servers take two seconds at least for each.
const FASTEST_CLOSE: Duration = Duration::from_secs(1);

/// A ledger that was closed `ago`, the newest one that is sure, where `newest` is the newest one now.
pub(crate) fn closed_before(newest: u32, ago: Duration) -> u32 {
    let closed = ago.as_millis().div_ceil(FASTEST_CLOSE.as_millis());
    newest.saturating_sub(closed.try_into().unwrap_or(u32::MAX))
}

/// In which ledgers a transaction could be, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// The first one, as the caller knows it.
    pub(crate) first: Option<u32>,
    /// The last one: the transaction's `LastLedgerSequence`.
    pub(crate) last: u32,
}

/// The ledgers in which one node has looked for a transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looked<'a> {
    /// What it has, if it was asked for the transaction itself and did not find it.
    pub(crate) asked: Option<&'a LedgerRanges>,
    /// The closed ledgers that it told completely.
    pub(crate) told: &'a LedgerRanges,
    /// Those before this one were not searched.
    pub(crate) since: u32,
}

impl Window {
    /// Whether enough nodes have looked in every ledger in which the transaction could be. Two are
    /// enough, or the only one there is: a single node may be wrong about what it does not have.
    ///
    /// `began` is the ledger that was current when looking began, `full_history` tells whether all
    /// these nodes have the whole history.
    pub(crate) fn is_settled<'a>(
        self,
        began: Option<u32>,
        nodes: impl Iterator<Item = Looked<'a>>,
        full_history: bool,
        needed: usize,
    ) -> bool {
        let last = self.last;
        let first = self.first.or(began.filter(|began| *began <= last));
        let mut sure = nodes.filter(|node| match first {
            Some(first) => node.covers(first, last),
            // The last ledger was past before the looking began, so the transaction may be anywhere
            // before it: only nodes with the whole history can tell.
            None => full_history && node.has_all_up_to(last),
        });
        sure.nth(needed.saturating_sub(1)).is_some()
    }
}

impl Looked<'_> {
    /// Whether it has looked in all ledgers from `first` to `last`.
    fn covers(&self, first: u32, last: u32) -> bool {
        let mut next = first;
        loop {
            let asked = self.asked.and_then(|asked| asked.end_of(next));
            let told = self.told.end_of(next).filter(|_| next >= self.since);
            match asked.max(told) {
                None => return false,
                Some(end) if end >= last => return true,
                Some(end) => next = end + 1,
            }
        }
    }

    fn has_all_up_to(&self, last: u32) -> bool {
        let Some(asked) = self.asked else { return false };
        let first = asked.bounds().map(|(first, _)| first);
        first.is_some_and(|first| first <= last && asked.covers(first..=last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(text: &str) -> LedgerRanges {
        text.parse().unwrap()
    }

    fn settled(
        window: Window,
        began: Option<u32>,
        asked: &[&str],
        full_history: bool,
        needed: usize,
    ) -> bool {
        let (asked, told): (Vec<_>, _) =
            (asked.iter().map(|text| ranges(text)).collect(), ranges(""));
        let looked = asked.iter().map(|asked| Looked { asked: Some(asked), told: &told, since: 0 });
        window.is_settled(began, looked, full_history, needed)
    }

    #[test]
    fn what_was_closed_some_time_ago_is_never_too_new() {
        let ago = |millis| closed_before(100, Duration::from_millis(millis));
        assert_eq!((ago(0), ago(1), ago(1000), ago(1001)), (100, 99, 99, 98));
        assert_eq!(closed_before(100, Duration::MAX), 0);
    }

    #[test]
    fn never_needs_every_ledger_of_the_window_from_two_nodes() {
        let window = Window { first: Some(10), last: 20 };
        let settled = |texts: &[&str], needed| settled(window, Some(12), texts, false, needed);
        assert!(settled(&["10-20", "5-25"], 2));
        assert!(!settled(&["10-20"], 2));
        assert!(!settled(&["10-20", "11-20"], 2), "the first ledger is missing");
        assert!(!settled(&["10-20", "10-19"], 2), "the last ledger is missing");
        assert!(!settled(&["10-20", "10-14,16-20"], 2), "there is a hole");
        assert!(!settled(&[], 1), "nobody has looked");
        assert!(settled(&["10-20"], 1), "there is only one node");
    }

    #[test]
    fn what_a_node_was_asked_and_what_it_told_complete_each_other() {
        let (asked, told) = (ranges("1-14,18"), ranges("3,13-17,19-30"));
        let covers = |first, last, since| {
            Looked { asked: Some(&asked), told: &told, since }.covers(first, last)
        };
        assert!(covers(1, 30, 0) && covers(1, 30, 15));
        assert!(!covers(1, 31, 0) && !covers(0, 30, 0));
        assert!(!covers(1, 30, 16), "15 was told before anybody looked in it");
        assert!(covers(u32::MAX, u32::MAX, 0) == told.contains(u32::MAX));
    }

    #[test]
    fn without_a_first_ledger_looking_begins_where_it_began() {
        let window = Window { first: None, last: 20 };
        assert!(settled(window, Some(15), &["15-20", "15-20"], false, 2));
        assert!(!settled(window, Some(14), &["15-20", "15-20"], false, 2));
        assert!(!settled(window, None, &["15-20", "15-20"], false, 2));
    }

    #[test]
    fn a_last_ledger_in_the_past_needs_the_whole_history() {
        let window = Window { first: None, last: 20 };
        assert!(settled(window, Some(30), &["1-50", "1-50"], true, 2));
        assert!(!settled(window, Some(30), &["1-50", "1-50"], false, 2));
        assert!(!settled(window, Some(30), &["25-50", "25-50"], true, 2), "it is not even there");
        let told = ranges("5-50");
        let followed = Looked { asked: None, told: &told, since: 0 };
        assert!(
            !window.is_settled(Some(30), std::iter::once(followed), true, 1),
            "following shows what came after it began, and nothing before"
        );
        let window = Window { first: Some(18), last: 20 };
        assert!(
            settled(window, Some(30), &["1-50", "1-50"], false, 2),
            "the caller knows the first"
        );
    }
}
