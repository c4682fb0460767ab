//! Sets of ledger indexes as servers print them: `"32570-93000000,93000002"`.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use serde::{Serialize, Serializer};

use crate::types::ParseError;

/// More ranges than any server has holes; the rest of such a text is refused.
const MAX_RANGES: usize = 10_000;

/// A set of ledger indexes: sorted ranges that neither touch nor overlap.
///
/// Prints and parses the form of a server's `complete_ledgers`.
///
/// ```
/// use xrpl_txdata::LedgerRanges;
///
/// let ranges: LedgerRanges = "5-7,9,1-3".parse()?;
/// assert_eq!(ranges.to_string(), "1-3,5-7,9");
/// assert!(ranges.contains(6) && !ranges.contains(4));
/// assert!(ranges.covers(5..=7) && !ranges.covers(5..=9));
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerRanges(Vec<RangeInclusive<u32>>);

impl LedgerRanges {
    /// No ledger at all.
    pub const fn new() -> LedgerRanges {
        LedgerRanges(Vec::new())
    }

    /// Whether no ledger is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges, ascending, with at least one ledger missing between two of them.
    pub fn iter(&self) -> impl Iterator<Item = RangeInclusive<u32>> + '_ {
        self.0.iter().cloned()
    }

    /// Whether the ledger is in it.
    pub fn contains(&self, index: u32) -> bool {
        self.covers(index..=index)
    }

    /// Whether every ledger of the range is in it; an empty range always is.
    pub fn covers(&self, range: RangeInclusive<u32>) -> bool {
        if range.is_empty() {
            return true;
        }
        let at = self.0.partition_point(|own| own.end() < range.end());
        self.0.get(at).is_some_and(|own| own.contains(range.start()))
    }

    /// Whether there is a single range without holes.
    pub fn is_contiguous(&self) -> bool {
        self.0.len() == 1
    }

    /// The first and the last ledger.
    pub fn bounds(&self) -> Option<(u32, u32)> {
        Some((*self.0.first()?.start(), *self.0.last()?.end()))
    }

    /// The last ledger of the range that holds this one.
    pub(crate) fn end_of(&self, index: u32) -> Option<u32> {
        let at = self.0.partition_point(|own| *own.end() < index);
        self.0.get(at).filter(|own| own.contains(&index)).map(|own| *own.end())
    }

    /// The first ledger of the range that holds this one.
    pub(crate) fn start_of(&self, index: u32) -> Option<u32> {
        let at = self.0.partition_point(|own| *own.end() < index);
        self.0.get(at).filter(|own| own.contains(&index)).map(|own| *own.start())
    }

    /// Takes the lowest range out.
    pub(crate) fn remove_first(&mut self) {
        if !self.0.is_empty() {
            self.0.remove(0);
        }
    }

    /// How many ranges there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds all ledgers of a range.
    pub fn insert(&mut self, range: RangeInclusive<u32>) {
        if range.is_empty() {
            return;
        }
        let (mut start, mut end) = range.into_inner();
        // Everything that touches the new range melts into it.
        let from = self.0.partition_point(|own| own.end().saturating_add(1) < start);
        let to = self.0.partition_point(|own| *own.start() <= end.saturating_add(1));
        if let (Some(first), true) = (self.0.get(from), from < to) {
            start = start.min(*first.start());
            end = end.max(*self.0[to - 1].end());
        }
        self.0.splice(from..to, [start..=end]);
    }

    /// Takes one ledger out.
    pub fn remove(&mut self, index: u32) {
        let at = self.0.partition_point(|own| *own.end() < index);
        let Some(own) = self.0.get(at).filter(|own| own.contains(&index)).cloned() else { return };
        let (start, end) = own.into_inner();
        let before = (start < index).then(|| start..=index - 1);
        let after = (index < end).then(|| index + 1..=end);
        self.0.splice(at..=at, before.into_iter().chain(after));
    }

    /// What of this set is not below `first`.
    pub(crate) fn since(&self, first: u32) -> LedgerRanges {
        let cut = |own: &RangeInclusive<u32>| *own.start().max(&first)..=*own.end();
        LedgerRanges(self.0.iter().map(cut).filter(|own| !own.is_empty()).collect())
    }

    /// What of this set is not above `last`.
    pub(crate) fn up_to(&self, last: u32) -> LedgerRanges {
        let cut = |own: &RangeInclusive<u32>| *own.start()..=*own.end().min(&last);
        LedgerRanges(self.0.iter().map(cut).filter(|own| !own.is_empty()).collect())
    }

    /// What is in both sets.
    pub(crate) fn also_in(&self, other: &LedgerRanges) -> LedgerRanges {
        let parts = other.0.iter().map(|range| self.since(*range.start()).up_to(*range.end()));
        LedgerRanges(parts.flat_map(|part| part.0).collect())
    }

    /// Adds all ledgers of another set.
    pub fn extend(&mut self, other: &LedgerRanges) {
        if self.0.is_empty() {
            // In no more room than it needs: of some sets there are as many as there are lookups.
            self.0.clone_from(&other.0);
            return;
        }
        for range in other.iter() {
            self.insert(range);
        }
    }

    /// What of `range` is not in this set.
    pub fn missing_in(&self, range: RangeInclusive<u32>) -> LedgerRanges {
        let mut missing = Vec::new();
        let (mut next, end) = range.into_inner();
        for own in &self.0 {
            if next > end || *own.start() > end {
                break;
            }
            if *own.end() < next {
                continue;
            }
            if *own.start() > next {
                missing.push(next..=*own.start() - 1);
            }
            match own.end().checked_add(1) {
                Some(after) => next = after,
                None => return LedgerRanges(missing),
            }
        }
        if next <= end {
            missing.push(next..=end);
        }
        LedgerRanges(missing)
    }
}

impl FromIterator<RangeInclusive<u32>> for LedgerRanges {
    fn from_iter<I: IntoIterator<Item = RangeInclusive<u32>>>(ranges: I) -> LedgerRanges {
        let mut set = LedgerRanges::new();
        for range in ranges {
            set.insert(range);
        }
        set
    }
}

impl FromStr for LedgerRanges {
    type Err = ParseError;

    /// Comma-separated `a-b` or `a`, both ends included; `empty` is the empty set.
    fn from_str(text: &str) -> Result<LedgerRanges, ParseError> {
        let refuse = |reason: &'static str| ParseError::new("a set of ledgers", text, reason);
        let trimmed = text.trim();
        if trimmed == "empty" || trimmed.is_empty() {
            return Ok(LedgerRanges::new());
        }
        let mut ranges = Vec::new();
        for item in trimmed.split(',') {
            if ranges.len() == MAX_RANGES {
                return Err(refuse("expected at most 10,000 ranges"));
            }
            let (start, end) = item.split_once('-').unwrap_or((item, item));
            match (start.trim().parse::<u32>(), end.trim().parse::<u32>()) {
                (Ok(start), Ok(end)) if start <= end => ranges.push(start..=end),
                _ => return Err(refuse("expected ranges such as 32570-93000000, or empty")),
            }
        }
        // Sorted first, each insertion is at the end and the whole stays linear.
        ranges.sort_unstable_by_key(|range| *range.start());
        Ok(ranges.into_iter().collect())
    }
}

impl fmt::Display for LedgerRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("empty");
        }
        for (index, range) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match range.start() == range.end() {
                true => write!(f, "{comma}{}", range.start())?,
                false => write!(f, "{comma}{}-{}", range.start(), range.end())?,
            }
        }
        Ok(())
    }
}

impl Serialize for LedgerRanges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_servers_text_is_read_in_every_spelling() {
        for (text, printed) in [
            ("32570-93000000", "32570-93000000"),
            ("1000-1200,1300,1400-1500", "1000-1200,1300,1400-1500"),
            (" 5 - 6 , 7", "5-7"),
            ("4,3,2", "2-4"),
            ("empty", "empty"),
            ("0-4294967295", "0-4294967295"),
        ] {
            assert_eq!(text.parse::<LedgerRanges>().unwrap().to_string(), printed);
        }
        for text in ["a", "5-", "-5", "7-5", "1,,2", "4294967296", "1-2-3"] {
            assert!(text.parse::<LedgerRanges>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_a_set(list in prop::collection::vec((0u32..60, 0u32..8), 0..12), from in 0u32..70, len in 0u32..20) {
            let ranges: LedgerRanges = list.iter().map(|(start, len)| *start..=start + len).collect();
            let set: BTreeSet<u32> = list.iter().flat_map(|(start, len)| *start..=start + len).collect();
            prop_assert_eq!(ranges.iter().flatten().collect::<BTreeSet<_>>(), set.clone());
            prop_assert_eq!(ranges.to_string().parse::<LedgerRanges>().unwrap(), ranges.clone());
            let asked = from..=from + len;
            prop_assert_eq!(ranges.covers(asked.clone()), asked.clone().all(|index| set.contains(&index)));
            let missing: Vec<u32> = ranges.missing_in(asked.clone()).iter().flatten().collect();
            prop_assert_eq!(missing, asked.clone().filter(|index| !set.contains(index)).collect::<Vec<_>>());
            let mut less = ranges.clone();
            less.remove(from);
            prop_assert_eq!(less.iter().flatten().collect::<Vec<_>>(), set.iter().copied().filter(|index| *index != from).collect::<Vec<_>>());
            let end = (from..100).take_while(|index| set.contains(index)).last();
            prop_assert_eq!(ranges.end_of(from), end);
            let start = (0..=from).rev().take_while(|index| set.contains(index)).last();
            prop_assert_eq!(ranges.start_of(from), start);
            let above: Vec<u32> = ranges.since(from).iter().flatten().collect();
            prop_assert_eq!(above, set.iter().copied().filter(|index| *index >= from).collect::<Vec<_>>());
            let below: Vec<u32> = ranges.up_to(from).iter().flatten().collect();
            prop_assert_eq!(below, set.iter().copied().filter(|index| *index <= from).collect::<Vec<_>>());
            let other: LedgerRanges = list.iter().map(|(start, len)| start + 3..=start + 3 + len / 2).chain([asked.clone()]).collect();
            let both: Vec<u32> = ranges.also_in(&other).iter().flatten().collect();
            prop_assert_eq!(both, set.iter().copied().filter(|index| other.contains(*index)).collect::<Vec<_>>());
            for pair in ranges.0.windows(2) {
                prop_assert!(pair[0].end() + 1 < *pair[1].start());
            }
        }
    }
}
