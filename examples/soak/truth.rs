//! What is true: what was told of each ledger by who closed it, and since when each node has been steady.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::watch, time::timeout};
use xrpl_txdata::{Ctid, TxHash};

use crate::{dice::Dice, network::Paid};

/// So many ledgers are remembered. Whoever is told of an older one is told too late.
const REMEMBERED: usize = 150;
/// Lookups are about the newest ones of them.
const ASKED_ABOUT: usize = 60;
/// So many transactions that never come are remembered.
const NEVER: usize = 200;
/// The other process tells of a ledger as soon as it has closed it.
const TOLD: Duration = Duration::from_secs(20);

/// A closed ledger.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) index: u32,
    /// The moment before it was closed.
    pub(crate) at: Instant,
    /// In the order in which it has them.
    pub(crate) paid: Vec<Paid>,
}

/// A transaction to ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) hash: TxHash,
    pub(crate) ctid: Option<Ctid>,
}

pub(crate) struct Truth {
    state: Mutex<State>,
    /// The newest ledger that is told in full.
    told: watch::Sender<u32>,
}

struct State {
    /// The newest ledger that may be closed.
    begun: u32,
    ledgers: VecDeque<Arc<Ledger>>,
    coming: BTreeMap<u32, Vec<TxHash>>,
    never: VecDeque<TxHash>,
    /// None while it is dead.
    steady: Vec<Option<Instant>>,
}

impl Truth {
    pub(crate) fn new(tip: u32, nodes: usize) -> Truth {
        let state = State {
            begun: tip,
            ledgers: VecDeque::new(),
            coming: BTreeMap::new(),
            never: VecDeque::new(),
            steady: vec![Some(Instant::now()); nodes],
        };
        Truth { state: Mutex::new(state), told: watch::Sender::new(tip) }
    }

    pub(crate) fn will_come(&self, hash: TxHash, ledger: u32) {
        self.state().coming.entry(ledger).or_default().push(hash);
    }

    pub(crate) fn never_comes(&self, hash: TxHash) {
        let never = &mut self.state().never;
        never.push_back(hash);
        while never.len() > NEVER {
            never.pop_front();
        }
    }

    /// A ledger is about to be closed.
    pub(crate) fn begins(&self, index: u32) {
        self.state().begun = index;
    }

    pub(crate) fn closed(&self, ledger: Ledger) {
        let index = ledger.index;
        let mut state = self.state();
        state.coming.remove(&index);
        state.ledgers.push_back(Arc::new(ledger));
        while state.ledgers.len() > REMEMBERED {
            state.ledgers.pop_front();
        }
        drop(state);
        self.told.send_replace(index);
    }

    /// A node was disturbed just now, and is dead or not.
    pub(crate) fn disturbed(&self, node: usize, dead: bool) {
        if let Some(steady) = self.state().steady.get_mut(node) {
            *steady = (!dead).then(Instant::now);
        }
    }

    /// The longest time since which a node has been steady.
    pub(crate) fn steady_since(&self) -> Option<Instant> {
        self.state().steady.iter().flatten().min().copied()
    }

    /// The newest ledger that may be closed at this moment.
    pub(crate) fn newest(&self) -> u32 {
        self.state().begun
    }

    /// Waits until this ledger has been told; false when it never is.
    pub(crate) async fn knows(&self, index: u32) -> bool {
        let mut told = self.told.subscribe();
        let told = timeout(TOLD, told.wait_for(|told| *told >= index)).await;
        matches!(told, Ok(Ok(_)))
    }

    /// The ledgers of this range that are remembered.
    pub(crate) fn ledgers(&self, from: u32, to: u32) -> Vec<Arc<Ledger>> {
        let state = self.state();
        let of_range = |ledger: &&Arc<Ledger>| (from..=to).contains(&ledger.index);
        state.ledgers.iter().filter(of_range).cloned().collect()
    }

    /// The ledger that holds a transaction.
    pub(crate) fn holds(&self, hash: &TxHash) -> Option<Arc<Ledger>> {
        let state = self.state();
        let holds = |ledger: &&Arc<Ledger>| ledger.paid.iter().any(|paid| paid.hash == *hash);
        state.ledgers.iter().rev().find(holds).cloned()
    }

    /// One that is in a ledger.
    pub(crate) fn old(&self, dice: &mut Dice) -> Option<Target> {
        let state = self.state();
        let newest = state.ledgers.len().min(ASKED_ABOUT) as u64;
        let ledger = state.ledgers.iter().rev().nth(dice.below(newest) as usize)?;
        let paid = dice.pick(&ledger.paid)?;
        let ctid = Ctid::new(ledger.index, u16::try_from(paid.place).ok()?, 0);
        Some(Target { hash: paid.hash, ctid: ctid.filter(|_| dice.chance(8)) })
    }

    /// One that will be in one of the next ledgers.
    pub(crate) fn coming(&self, dice: &mut Dice) -> Option<Target> {
        let state = self.state();
        let ledger = state.coming.values().nth(dice.below(state.coming.len() as u64) as usize)?;
        Some(Target { hash: *dice.pick(ledger)?, ctid: None })
    }

    /// One that will be in none.
    pub(crate) fn never(&self, dice: &mut Dice) -> Option<Target> {
        let state = self.state();
        let hash = state.never.get(dice.below(state.never.len() as u64) as usize)?;
        Some(Target { hash: *hash, ctid: None })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
