//! When "not found" means "never".

use crate::wire::ranges::LedgerRanges;

/// In which ledgers a transaction could be, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// The first one, as the caller knows it.
    pub(crate) first: Option<u32>,
    /// The last one: the transaction's `LastLedgerSequence`.
    pub(crate) last: u32,
}

impl Window {
    /// Whether enough nodes have looked in every ledger in which the transaction could be. Two are
    /// enough, or the only one there is: a single node may be wrong about what it does not have.
    ///
    /// `since` is the ledger at which looking began. `covered` are the ledgers in which each node has
    /// looked, and `full_history` tells whether all these nodes have the whole history.
    pub(crate) fn is_settled(
        self,
        since: Option<u32>,
        covered: &[LedgerRanges],
        full_history: bool,
        needed: usize,
    ) -> bool {
        let bounds = covered.iter().filter_map(LedgerRanges::bounds);
        let first = match (self.first, since) {
            (Some(first), _) => first,
            (None, Some(since)) if self.last >= since => since,
            // The last ledger was past before the looking began, so the transaction may be anywhere
            // before it: only nodes with the whole history can tell.
            (None, _) if full_history => match bounds.map(|(first, _)| first).max() {
                Some(first) => first,
                None => return false,
            },
            (None, _) => return false,
        };
        let first = first.min(self.last);
        covered.iter().filter(|ledgers| ledgers.covers(first..=self.last)).count() >= needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(texts: &[&str]) -> Vec<LedgerRanges> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn never_needs_every_ledger_of_the_window_from_two_nodes() {
        let window = Window { first: Some(10), last: 20 };
        let settled = |texts: &[&str]| window.is_settled(Some(12), &covered(texts), false, 2);
        assert!(settled(&["10-20", "5-25"]));
        assert!(!settled(&["10-20"]));
        assert!(!settled(&["10-20", "11-20"]), "the first ledger is missing");
        assert!(!settled(&["10-20", "10-19"]), "the last ledger is missing");
        assert!(!settled(&["10-20", "10-14,16-20"]), "there is a hole");
        assert!(window.is_settled(None, &covered(&["10-20"]), false, 1), "there is only one node");
    }

    #[test]
    fn without_a_first_ledger_looking_begins_where_it_began() {
        let window = Window { first: None, last: 20 };
        assert!(window.is_settled(Some(15), &covered(&["15-20", "15-20"]), false, 2));
        assert!(!window.is_settled(Some(14), &covered(&["15-20", "15-20"]), false, 2));
        assert!(!window.is_settled(None, &covered(&["15-20", "15-20"]), false, 2));
    }

    #[test]
    fn a_last_ledger_in_the_past_needs_the_whole_history() {
        let window = Window { first: None, last: 20 };
        let texts = covered(&["1-50", "1-50"]);
        assert!(window.is_settled(Some(30), &texts, true, 2));
        assert!(!window.is_settled(Some(30), &texts, false, 2));
        let window = Window { first: Some(18), last: 20 };
        assert!(window.is_settled(Some(30), &texts, false, 2), "the caller knows the first one");
    }
}
