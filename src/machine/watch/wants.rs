//! What must be asked for now: transactions that have appeared, and ledgers that are missing.

use std::time::Instant;

use super::{Watch, WatchSource};
use crate::types::TxHash;

/// Holes further back than this from the newest ledger of each node are left holes.
pub(super) const MAX_HOLE: u32 = 2_000;

impl Watch {
    /// The next transaction that has appeared and must be asked for, and whom to ask: those who named
    /// it first.
    pub(super) fn next_question(&mut self, now: Instant) -> Option<(TxHash, usize)> {
        if self.appearances.is_empty() {
            self.questions.retain(|_| false);
            return None;
        }
        let asked = [self.watchers.watched(), self.watchers.others(now)].concat();
        for hash in self.appearances.hashes() {
            if !self.questions.have_room(&asked, now) {
                break;
            }
            let named = self.appearances.of(&hash);
            let (preferred, others): (Vec<usize>, Vec<usize>) =
                asked.iter().partition(|node| named.iter().any(|(by, _)| by == *node));
            if let Some(node) = self.questions.next(hash, 1, &preferred, &others, now) {
                return Some((hash, node));
            }
        }
        let appearances = &self.appearances;
        self.questions.retain(|hash| !appearances.of(&hash).is_empty());
        None
    }

    /// The next ledger that must be fetched, and from whom; the newest one first.
    pub(super) fn next_fetch(&mut self, now: Instant) -> Option<(u32, usize)> {
        let (watched, others) = (self.watchers.watched(), self.watchers.others(now));
        // Those that do not stream what is in a ledger shall each give the list of it.
        let listing = watched.iter().filter(|node| !self.streams(**node)).count();
        let newest = |node: &usize| match listing == watched.len() {
            true => self.ledgers.newest_of(*node),
            false => self.ledgers.streamed_by(*node),
        };
        // One that boasts of ledgers far ahead puts those of the others out of nobody's sight.
        let mut tops: Vec<u32> = watched.iter().filter_map(newest).collect();
        tops.sort_unstable_by(|one, other| other.cmp(one));
        let Some(from) = self.waiters.from().filter(|_| !tops.is_empty()) else {
            self.fetches.retain(|_| false);
            return None;
        };
        let in_sight = |index: u32| {
            let near = |top: &u32| index <= *top && *top - index <= MAX_HOLE;
            index >= from && tops.iter().any(near)
        };
        let all = [watched.as_slice(), others.as_slice()].concat();
        let mut missing = Vec::new();
        let mut next = tops.first().copied();
        while let Some(index) = next.filter(|index| *index >= from) {
            next = index.checked_sub(1);
            if !in_sight(index) {
                next = tops.iter().find(|top| **top < index).copied();
                continue;
            }
            if !self.fetches.have_room(&all, now) {
                // Who is always busy must not keep what is too far back by now.
                self.fetches.retain(in_sight);
                return None;
            }
            // Several witnesses must have told it if somebody wants to know that there is nothing.
            let (last, witnesses) = (self.waiters.until().unwrap_or(0), &self.settings.witnesses);
            let must = if index <= last { self.waiters.needed() } else { 1 };
            let wanted = must.max(listing);
            let ledgers = &self.ledgers;
            let tells = |node: &usize| ledgers.known_from(*node).contains(index);
            let start = |node: usize| Some((ledgers.known_from(node).start_of(index)?, node));
            let mut told: Vec<(u32, usize)> = (0..self.settings.nodes).filter_map(start).collect();
            told.sort_unstable();
            let votes = |told: &[(u32, usize)]| match must {
                0 | 1 => told.len(),
                _ => witnesses.votes(told.iter().map(|(_, node)| *node)),
            };
            let enough = (wanted..=told.len()).find(|some| votes(&told[..*some]) >= must);
            if let Some((start, _)) = enough.and_then(|some| told.get(some.checked_sub(1)?)) {
                // So far down enough nodes tell all, but further down more may be wanted.
                let start = if index > last { (*start).max(last + 1) } else { *start };
                next = start.checked_sub(1);
                continue;
            }
            missing.push(index);
            let new = |node: &usize| !tells(node);
            let there = |node: &usize| ledgers.newest_of(*node).is_some_and(|own| own >= index);
            let preferred: Vec<usize> = watched.iter().copied().filter(new).filter(there).collect();
            // Nobody else is bothered for a ledger that enough nodes have told or soon will.
            let soon: Vec<(u32, usize)> =
                watched.iter().filter(|node| new(node)).map(|node| (index, *node)).collect();
            let hopeful = votes(&[told.as_slice(), soon.as_slice()].concat()) >= must;
            let others: Vec<usize> = match votes(&told) >= must || hopeful && preferred.is_empty() {
                true => Vec::new(),
                false => others.iter().copied().filter(new).collect(),
            };
            let need = wanted.saturating_sub(told.len()).max(must.saturating_sub(votes(&told)));
            if let Some(node) = self.fetches.next(index, need, &preferred, &others, now) {
                return Some((index, node));
            }
        }
        self.fetches.retain(|index| missing.binary_search_by(|one| index.cmp(one)).is_ok());
        None
    }

    /// Whether a node that is watched says by itself what is in a ledger.
    fn streams(&self, node: usize) -> bool {
        self.settings.source == WatchSource::Stream && !self.settings.polled.contains(&node)
    }
}
