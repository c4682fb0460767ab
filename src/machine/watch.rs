//! Step 8 of the trip: following closed ledgers for all waiting hashes at once.
//!
//! The machine says which nodes to watch, which ledgers to fetch, which hashes have appeared, and for
//! whom the last possible ledger has passed. Each closed ledger is read once, however many wait.

mod fetches;
#[cfg(test)]
mod tests;
mod watchers;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use self::{fetches::Fetches, watchers::Watchers};
use super::{finality::Window, ledgers::Ledgers};
use crate::{
    error::{Failure, Unfit},
    types::TxHash,
    wire::{ledger::HashList, ranges::LedgerRanges, stream::StreamMessage},
};

/// Ledgers before the first one seen that are looked at as well: a transaction may have been validated
/// between the first query and the subscription.
const LOOK_BEHIND: u32 = 4;

/// Holes further back than this are left holes.
const MAX_HOLE: u32 = 2_000;

/// How the watch learns what is in a ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WatchSource {
    /// Every transaction is streamed as it is validated: the lowest latency.
    #[default]
    Stream,
    /// The list of hashes is fetched for each closed ledger: about a fiftieth of the traffic.
    HashLists,
}

/// What the watch is told.
#[derive(Debug)]
pub(crate) enum Event {
    /// A node is subscribed; its newest validated ledger.
    Subscribed { node: usize, newest: Option<u32> },
    /// A node cannot be subscribed, or its subscription ended.
    Lost { node: usize, failure: Failure },
    /// A message of a subscribed node.
    Message { node: usize, message: StreamMessage },
    /// The list of a ledger that was to be fetched.
    Fetched { node: usize, list: HashList },
    /// A ledger could not be fetched. `soon`: the node does not have it yet.
    NotFetched { node: usize, index: u32, soon: bool },
    /// What a node said cannot be believed.
    Liar { node: usize, failure: Failure },
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Judge the node and subscribe to its ledgers.
    Subscribe { node: usize },
    /// End the subscription.
    Unsubscribe { node: usize, reason: Option<Failure> },
    /// Fetch the list of a ledger's transactions.
    Fetch { node: usize, index: u32 },
    /// A waiting hash appeared in a validated ledger of this node.
    Appeared { hash: TxHash, node: usize, index: u32 },
    /// The last ledger in which this waiter's transaction could be is covered, and it is in none.
    Final { waiter: u64 },
}

/// One who waits.
#[derive(Debug)]
struct Waiter {
    hash: TxHash,
    /// Ledgers from here on were or will be searched for it.
    since: u32,
    /// The first ledger in which it could be, if the caller knows.
    first: Option<u32>,
    /// The ledger at which looking for it began, once there is one.
    began: Option<u32>,
    last: Option<u32>,
    /// Ledgers in which nodes did not find it when asked directly.
    testimonies: Vec<(usize, LedgerRanges)>,
}

/// The watch of one client.
#[derive(Debug)]
pub(crate) struct Watch {
    ledgers: Ledgers,
    watchers: Watchers,
    fetches: Fetches,
    source: WatchSource,
    /// Whether every node that is believed has the whole history.
    full_history: bool,
    /// The first ledger that is wanted whole.
    start: Option<u32>,
    waiters: BTreeMap<u64, Waiter>,
    by_hash: BTreeMap<TxHash, Vec<u64>>,
    by_last: BTreeMap<u32, Vec<u64>>,
    next_waiter: u64,
    actions: VecDeque<Action>,
    /// Whether what must be fetched may have changed. A transaction changes nothing there, and there
    /// are many of them.
    look_for_holes: bool,
}

impl Watch {
    /// A watch over `nodes` nodes, of which `watched` are followed at a time.
    pub(crate) fn new(
        nodes: usize,
        watched: usize,
        source: WatchSource,
        full_history: bool,
        seed: u64,
    ) -> Watch {
        Watch {
            ledgers: Ledgers::new(nodes),
            watchers: Watchers::new(nodes, watched, seed),
            fetches: Fetches::default(),
            source,
            full_history,
            start: None,
            waiters: BTreeMap::new(),
            by_hash: BTreeMap::new(),
            by_last: BTreeMap::new(),
            next_waiter: 0,
            actions: VecDeque::new(),
            look_for_holes: false,
        }
    }

    /// Somebody waits for a hash, from now on. `first` and `last` bound the ledgers in which it can be.
    pub(crate) fn wait_for(&mut self, hash: TxHash, first: Option<u32>, last: Option<u32>) -> u64 {
        let id = self.next_waiter;
        self.next_waiter += 1;
        if let Some((index, node)) = self.ledgers.find(&hash) {
            self.actions.push_back(Action::Appeared { hash, node, index });
        }
        let since = self.ledgers.floor();
        let began = self.start.map(|start| start.max(since));
        self.waiters
            .insert(id, Waiter { hash, since, first, began, last, testimonies: Vec::new() });
        self.by_hash.entry(hash).or_default().push(id);
        if let Some(last) = last {
            self.by_last.entry(last).or_default().push(id);
            self.settle_waiter(id);
        }
        id
    }

    /// A waiter is gone.
    pub(crate) fn stop_waiting(&mut self, id: u64) {
        let Some(waiter) = self.waiters.remove(&id) else { return };
        drop_from(&mut self.by_hash, &waiter.hash, id);
        if let Some(last) = waiter.last {
            self.forget_last(last, id);
        }
    }

    /// A node, asked directly, does not have a waiter's transaction in these ledgers.
    pub(crate) fn testify(&mut self, id: u64, node: usize, ledgers: LedgerRanges) {
        if let Some(waiter) = self.waiters.get_mut(&id) {
            waiter.began = waiter.began.or(ledgers.bounds().map(|(_, newest)| newest));
            waiter.testimonies.push((node, ledgers));
            self.settle_waiter(id);
        }
    }

    /// The waiters of a hash.
    pub(crate) fn waiting_for(&self, hash: &TxHash) -> &[u64] {
        self.by_hash.get(hash).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiters.is_empty()
    }

    /// In which ledgers a waiter's transaction surely is not, by node: what the node was watched
    /// telling, and what it answered when asked directly.
    pub(crate) fn coverage(&self, id: u64) -> Vec<(usize, LedgerRanges)> {
        let Some(waiter) = self.waiters.get(&id) else { return Vec::new() };
        (0..self.watchers.len())
            .map(|node| (node, self.covered(waiter, node)))
            .filter(|(_, ranges)| !ranges.is_empty())
            .collect()
    }

    fn covered(&self, waiter: &Waiter, node: usize) -> LedgerRanges {
        let mut covered = self.ledgers.known_from(node).from(waiter.since);
        for (_, ranges) in waiter.testimonies.iter().filter(|(by, _)| *by == node) {
            covered.extend(ranges);
        }
        covered
    }

    /// Takes an event in. Then [`act`](Watch::act) until it is empty.
    pub(crate) fn handle(&mut self, event: Event, now: Instant) {
        let streamed = |message: &_| matches!(message, StreamMessage::Transaction(_));
        self.look_for_holes |=
            !matches!(&event, Event::Message { message, .. } if streamed(message));
        match event {
            Event::Subscribed { node, newest } => {
                self.watchers.subscribed(node, now);
                self.ledgers.subscribed(node, newest);
                self.fetches.reset();
                if let (None, Some(newest)) = (self.start, newest) {
                    let start = newest.saturating_sub(LOOK_BEHIND).max(1);
                    self.start = Some(start);
                    for waiter in self.waiters.values_mut() {
                        waiter.began = waiter.began.or(Some(start));
                    }
                }
            }
            Event::Lost { node, failure } => self.watchers.lost(node, failure, now),
            Event::Message { node, message } => {
                if let Err(unfit) = self.message(node, message, now) {
                    self.disqualify(node, Failure::Unfit(unfit), now);
                }
            }
            Event::Fetched { node, list } => {
                let index = list.index;
                match self.ledgers.list(node, &list) {
                    Ok(whole) => {
                        self.fetches.done(node, index, whole, now);
                        for hash in list.transactions {
                            self.seen(hash, node, index);
                        }
                    }
                    Err(unfit) => {
                        self.fetches.done(node, index, false, now);
                        self.disqualify(node, Failure::Unfit(unfit), now);
                    }
                }
            }
            Event::NotFetched { node, index, soon } => {
                self.fetches.failed(node, index, soon, now);
            }
            Event::Liar { node, failure } => self.disqualify(node, failure, now),
        }
        if self.ledgers.has_grown() {
            self.settle_due();
        }
    }

    /// What is to be done now; call until there is nothing.
    #[must_use]
    pub(crate) fn act(&mut self, now: Instant) -> Option<Action> {
        if let Some(action) = self.actions.pop_front() {
            return Some(action);
        }
        if self.is_idle() {
            return None;
        }
        if let Some(node) = self.watchers.stalled(now) {
            self.watchers.lost(node, Failure::NoAnswer { unreadable: 0 }, now);
            return Some(Action::Unsubscribe { node, reason: None });
        }
        if let Some(node) = self.watchers.next_to_subscribe(now) {
            return Some(Action::Subscribe { node });
        }
        if !self.look_for_holes && !self.fetches.is_due(now) {
            return None;
        }
        let fetch = self.next_fetch(now);
        self.look_for_holes = fetch.is_some();
        fetch.map(|(index, node)| Action::Fetch { node, index })
    }

    /// When something is to be done though nothing happens.
    pub(crate) fn wake(&self, now: Instant) -> Option<Instant> {
        [self.watchers.wake(now), self.fetches.wake(now)].into_iter().flatten().min()
    }

    fn message(&mut self, node: usize, message: StreamMessage, now: Instant) -> Result<(), Unfit> {
        if !self.watchers.is_watching(node) {
            return Ok(());
        }
        match message {
            StreamMessage::Closed(closed) => {
                self.ledgers.closed(node, &closed)?;
                self.watchers.heard(node, now);
            }
            StreamMessage::Transaction(tx) => {
                let index = tx.ledger_index;
                self.ledgers.transaction(node, index, tx.ledger_hash, tx.hash)?;
                self.seen(tx.hash, node, index);
            }
            StreamMessage::Other => {}
        }
        Ok(())
    }

    fn seen(&mut self, hash: TxHash, node: usize, index: u32) {
        if self.by_hash.contains_key(&hash) {
            self.actions.push_back(Action::Appeared { hash, node, index });
        }
    }

    fn disqualify(&mut self, node: usize, failure: Failure, now: Instant) {
        self.ledgers.disbelieve(node);
        self.watchers.disqualified(node, failure.clone(), now);
        self.actions.push_back(Action::Unsubscribe { node, reason: Some(failure) });
    }

    /// The ledger to fetch next and the node to ask: holes first, then what only one node has told
    /// though somebody's finality needs two.
    fn next_fetch(&mut self, now: Instant) -> Option<(u32, usize)> {
        let (start, tip) = (self.start?, self.ledgers.tip()?);
        // The newest ledger is still streaming in; without a stream it must be fetched itself.
        let settled = match self.source {
            WatchSource::Stream => tip.checked_sub(1)?,
            WatchSource::HashLists => tip,
        };
        let oldest = start.max(tip.saturating_sub(MAX_HOLE));
        if settled < oldest {
            return None;
        }
        let holes = self.ledgers.known().missing_in(oldest..=settled);
        let nodes = self.watchers.candidates(now);
        if let Some(found) = self.fetches.next(holes.iter().flatten(), &nodes, |_, _| true, now) {
            return Some(found);
        }
        if self.watchers.needed_for_finality() < 2 || self.by_last.is_empty() {
            return None;
        }
        let once: Vec<u32> =
            (oldest..=settled).rev().take(64).filter(|index| self.told_by(*index) < 2).collect();
        let ledgers = &self.ledgers;
        let new = |node: usize, index: u32| !ledgers.known_from(node).contains(index);
        self.fetches.next(once.into_iter(), &nodes, new, now)
    }

    fn told_by(&self, index: u32) -> usize {
        (0..self.watchers.len())
            .filter(|node| self.ledgers.known_from(*node).contains(index))
            .count()
    }

    fn settle_due(&mut self) {
        let Some(tip) = self.ledgers.tip() else { return };
        let due: Vec<u64> =
            self.by_last.range(..=tip).flat_map(|(_, waiters)| waiters.iter().copied()).collect();
        for id in due {
            self.settle_waiter(id);
        }
    }

    /// Tells a waiter, once, that its last possible ledger is covered by enough nodes.
    fn settle_waiter(&mut self, id: u64) {
        let Some(waiter) = self.waiters.get(&id) else { return };
        let Some(last) = waiter.last else { return };
        let covered: Vec<LedgerRanges> =
            (0..self.watchers.len()).map(|node| self.covered(waiter, node)).collect();
        let window = Window { first: waiter.first, last };
        let needed = self.watchers.needed_for_finality();
        if window.is_settled(waiter.began, &covered, self.full_history, needed) {
            self.forget_last(last, id);
            self.actions.push_back(Action::Final { waiter: id });
        }
    }

    fn forget_last(&mut self, last: u32, id: u64) {
        drop_from(&mut self.by_last, &last, id);
    }
}

/// Takes a waiter out of an index, and the entry when it was the last one.
fn drop_from<K: Ord>(index: &mut BTreeMap<K, Vec<u64>>, key: &K, id: u64) {
    if let Some(waiters) = index.get_mut(key) {
        waiters.retain(|waiter| *waiter != id);
        if waiters.is_empty() {
            index.remove(key);
        }
    }
}
