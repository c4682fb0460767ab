//! Ledgers that are fetched whole: which, from whom, how often, and those that came.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{types::LedgerHash, wire::whole::WholeLedger};

/// Fetches under way at a time.
const AT_ONCE: usize = 8;

/// Pause before a ledger that could not be fetched is asked for again, first and last; it doubles.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(4);

/// The fetches of one monitor.
#[derive(Debug, Default)]
pub(super) struct Fetches {
    errands: BTreeMap<u32, Errand>,
    came: BTreeMap<u32, Vec<(usize, WholeLedger)>>,
}

#[derive(Debug, Default)]
struct Errand {
    under_way: Option<usize>,
    tries: u32,
    not_before: Option<Instant>,
}

impl Fetches {
    pub(super) fn has_room(&self) -> bool {
        self.errands.values().filter(|errand| errand.under_way.is_some()).count() < AT_ONCE
    }

    /// Whom of these nodes to ask for a ledger now, if it may be asked for: each try another one.
    pub(super) fn begin(&mut self, index: u32, nodes: &[usize], now: Instant) -> Option<usize> {
        let errand = self.errands.entry(index).or_default();
        if errand.under_way.is_some() || errand.not_before.is_some_and(|at| at > now) {
            return None;
        }
        let node = *nodes.get(errand.tries as usize % nodes.len().max(1))?;
        errand.under_way = Some(node);
        errand.tries = errand.tries.saturating_add(1);
        Some(node)
    }

    /// An answer came, good or bad. Further ones can be asked for after a pause.
    pub(super) fn ended(&mut self, node: usize, index: u32, now: Instant) {
        if let Some(errand) = self.errands.get_mut(&index)
            && errand.under_way == Some(node)
        {
            errand.under_way = None;
            let pause = PAUSE.saturating_mul(1 << errand.tries.min(8)).min(LONGEST);
            errand.not_before = Some(now + pause);
        }
    }

    /// Keeps a ledger that came.
    pub(super) fn keep(&mut self, node: usize, ledger: WholeLedger) {
        let came = self.came.entry(ledger.index).or_default();
        if !came.iter().any(|(by, one)| *by == node && one.hash == ledger.hash) {
            came.push((node, ledger));
        }
    }

    /// Whether this node's answer for the ledger is here.
    pub(super) fn has_from(&self, index: u32, node: usize) -> bool {
        self.came.get(&index).is_some_and(|came| came.iter().any(|(by, _)| *by == node))
    }

    /// What came for this index: who sent it, what it is called, what came before it.
    pub(super) fn came(&self, index: u32) -> impl Iterator<Item = &(usize, WholeLedger)> {
        self.came.get(&index).into_iter().flatten()
    }

    pub(super) fn get(&self, index: u32, hash: LedgerHash) -> Option<&(usize, WholeLedger)> {
        self.came(index).find(|(_, ledger)| ledger.hash == hash)
    }

    pub(super) fn disbelieve(&mut self, node: usize) {
        for came in self.came.values_mut() {
            came.retain(|(by, _)| *by != node);
        }
        self.came.retain(|_, came| !came.is_empty());
    }

    /// Everything up to this ledger is done with.
    pub(super) fn done(&mut self, index: u32) {
        let Some(next) = index.checked_add(1) else { return };
        self.came = self.came.split_off(&next);
        self.errands = self.errands.split_off(&index);
    }

    /// When the next pause is over. Pauses that are over wait for something else.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let waiting = self.errands.values().filter(|errand| errand.under_way.is_none());
        waiting.filter_map(|errand| errand.not_before).filter(|at| *at > now).min()
    }
}
