//! Who waits for what, since when, and what is known about each wait.

use std::{
    collections::{BTreeSet, HashMap},
    time::Instant,
};

use crate::{
    machine::{
        finality::{Looked, Window, closed_before},
        ledgers::Ledgers,
    },
    types::TxHash,
    wire::ranges::LedgerRanges,
};

/// Ledgers before the one that was current when somebody began to wait that are looked at as well.
const LOOK_BEHIND: u32 = 4;

/// Ranges of ledgers that are remembered of what a node said it has searched, the newest ones.
const MAX_RANGES: usize = 64;

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// A transaction, which `first` and `last` bound to certain ledgers if the caller knows them.
    Transaction { hash: TxHash, first: Option<u32>, last: Option<u32> },
    /// The close of a ledger.
    Ledger(u32),
}

/// One who waits.
#[derive(Debug)]
struct Waiter {
    awaited: Awaited,
    registered: Instant,
    /// Ledgers told before are searched from this one on.
    since: u32,
    /// A ledger that was closed when it began to wait, the newest one that is sure.
    began: Option<u32>,
    /// Ledgers in which nodes did not find it when asked directly.
    testimonies: Vec<(usize, LedgerRanges)>,
}

/// All who wait.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiters: HashMap<u64, Waiter>,
    next: u64,
    by_hash: BTreeSet<(TxHash, u64)>,
    /// By the last ledger in which theirs can be, until that is settled.
    by_last: BTreeSet<(u32, u64)>,
    /// By the ledger they wait for.
    by_ledger: BTreeSet<(u32, u64)>,
    /// By the ledger at which their looking began.
    by_began: BTreeSet<(u32, u64)>,
    /// Those of whom that is not known yet.
    unbegun: BTreeSet<u64>,
}

impl Waiters {
    /// Somebody waits from now on. `since`: what was told is remembered from here on; `current`: a
    /// ledger that is closed.
    pub(super) fn add(
        &mut self,
        awaited: Awaited,
        since: u32,
        current: Option<u32>,
        now: Instant,
    ) -> u64 {
        let id = self.next;
        self.next += 1;
        let testimonies = Vec::new();
        let waiter = Waiter { awaited, registered: now, since, began: None, testimonies };
        self.waiters.insert(id, waiter);
        match awaited {
            Awaited::Ledger(index) => {
                self.by_ledger.insert((index, id));
            }
            Awaited::Transaction { hash, last, .. } => {
                self.by_hash.insert((hash, id));
                self.by_last.extend(last.map(|last| (last, id)));
                self.unbegun.insert(id);
                if let Some(current) = current {
                    self.begin(id, current, now);
                }
            }
        }
        id
    }

    /// Somebody waits no longer.
    pub(super) fn remove(&mut self, id: u64) {
        let Some(waiter) = self.waiters.remove(&id) else { return };
        match waiter.awaited {
            Awaited::Ledger(index) => {
                self.by_ledger.remove(&(index, id));
            }
            Awaited::Transaction { hash, last, .. } => {
                self.by_hash.remove(&(hash, id));
                last.map(|last| self.by_last.remove(&(last, id)));
                waiter.began.map(|began| self.by_began.remove(&(began, id)));
                self.unbegun.remove(&id);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// Whether somebody waits for this transaction.
    pub(super) fn await_hash(&self, hash: &TxHash) -> bool {
        self.of_hash(hash).next().is_some()
    }

    /// All who wait for this transaction.
    pub(super) fn of_hash(&self, hash: &TxHash) -> impl Iterator<Item = u64> + '_ {
        self.by_hash.range((*hash, 0)..=(*hash, u64::MAX)).map(|(_, id)| *id)
    }

    pub(super) fn hash_of(&self, id: u64) -> Option<TxHash> {
        match self.waiters.get(&id)?.awaited {
            Awaited::Transaction { hash, .. } => Some(hash),
            Awaited::Ledger(_) => None,
        }
    }

    /// One who waits for a ledger up to this one, who then waits for it no longer.
    pub(super) fn take_reached(&mut self, tip: u32) -> Option<u64> {
        let (index, id) = self.by_ledger.first().filter(|(index, _)| *index <= tip).copied()?;
        self.by_ledger.remove(&(index, id));
        Some(id)
    }

    /// Ledgers from here on must be looked at; none when that is not known, or nobody waits for a
    /// transaction.
    pub(super) fn from(&self) -> Option<u32> {
        self.by_began.first().map(|(began, _)| began.saturating_sub(LOOK_BEHIND).max(1))
    }

    /// Ledgers up to here matter to one who wants to know that its transaction can never come.
    pub(super) fn until(&self) -> Option<u32> {
        self.by_last.last().map(|(last, _)| *last)
    }

    /// A node has this newest validated ledger.
    pub(super) fn begin_all(&mut self, newest: u32, now: Instant) {
        for id in self.unbegun.iter().copied().collect::<Vec<_>>() {
            self.begin(id, newest, now);
        }
    }

    fn begin(&mut self, id: u64, newest: u32, now: Instant) {
        let Some(waiter) = self.waiters.get_mut(&id) else { return };
        let began = closed_before(newest, now.saturating_duration_since(waiter.registered));
        if self.unbegun.remove(&id) {
            waiter.began = Some(began);
            self.by_began.insert((began, id));
        }
    }

    /// A node, asked directly, does not have this one's transaction in these ledgers.
    pub(super) fn testify(&mut self, id: u64, node: usize, ledgers: &LedgerRanges, now: Instant) {
        let Some((_, newest)) = ledgers.bounds() else { return };
        if let Some(waiter) = self.waiters.get_mut(&id) {
            let at = waiter.testimonies.iter().position(|(by, _)| *by == node);
            let at = at.unwrap_or_else(|| {
                waiter.testimonies.push((node, LedgerRanges::new()));
                waiter.testimonies.len() - 1
            });
            let ranges = &mut waiter.testimonies[at].1;
            ranges.extend(ledgers);
            while ranges.count() > MAX_RANGES {
                ranges.remove_first();
            }
            self.begin(id, newest, now);
        }
    }

    /// A node is not believed any more.
    pub(super) fn disbelieve(&mut self, node: usize) {
        for waiter in self.waiters.values_mut() {
            waiter.testimonies.retain(|(by, _)| *by != node);
        }
    }

    /// In which ledgers this one's transaction surely is not, as far as this node can be believed.
    pub(super) fn covered(&self, id: u64, node: usize, ledgers: &Ledgers) -> LedgerRanges {
        let Some(waiter) = self.waiters.get(&id) else { return LedgerRanges::new() };
        let mut covered = match waiter.awaited {
            Awaited::Transaction { .. } => ledgers.known_from(node).from(waiter.since),
            Awaited::Ledger(_) => LedgerRanges::new(),
        };
        if let Some(asked) = waiter.asked(node) {
            covered.extend(asked);
        }
        covered
    }

    /// Those whose last possible ledger is not after the tip.
    pub(super) fn due(&self, tip: u32) -> Vec<u64> {
        self.by_last.range(..=(tip, u64::MAX)).map(|(_, id)| *id).collect()
    }

    /// Whether enough nodes have looked in every ledger in which this one's transaction could be.
    pub(super) fn is_settled(
        &self,
        id: u64,
        ledgers: &Ledgers,
        full_history: bool,
        nodes: usize,
    ) -> bool {
        let Some(waiter) = self.waiters.get(&id) else { return false };
        let (window, since) = match waiter.awaited {
            Awaited::Transaction { first, last: Some(last), .. } => {
                (Window { first, last }, waiter.since)
            }
            Awaited::Transaction { last: None, .. } => return false,
            // Who does not know the hash looks in no list.
            Awaited::Ledger(index) => (Window { first: Some(index), last: index }, u32::MAX),
        };
        let looked = (0..nodes).map(|node| Looked {
            asked: waiter.asked(node),
            told: ledgers.known_from(node),
            since,
        });
        window.is_settled(waiter.began, looked, full_history, super::needed_for_finality(nodes))
    }

    /// This one's last ledger has been settled.
    pub(super) fn settled(&mut self, id: u64) {
        if let Some(Awaited::Transaction { last: Some(last), .. }) =
            self.waiters.get(&id).map(|waiter| waiter.awaited)
        {
            self.by_last.remove(&(last, id));
        }
    }
}

impl Waiter {
    fn asked(&self, node: usize) -> Option<&LedgerRanges> {
        self.testimonies.iter().find(|(by, _)| *by == node).map(|(_, ranges)| ranges)
    }
}
