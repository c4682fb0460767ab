//! Step 8 of the trip: following closed ledgers for all waiting hashes at once.
//!
//! The machine says which nodes to watch, which ledgers to fetch, which hashes have appeared, and for
//! whom the last possible ledger has passed. Each closed ledger is read once, however many wait.
//!
//! Whoever begins to wait is registered here before anything is asked. Every ledger from the one that
//! was current then on is wanted whole, from a stream or as a list; what is missing is fetched until
//! it is there. Hence it does not matter when a subscription succeeds, breaks or comes back.

mod appearances;
mod errands;
#[cfg(any(feature = "testing", fuzzing))]
mod held;
#[cfg(any(test, fuzzing))]
pub(crate) mod stories;
#[cfg(test)]
mod tests;
mod waiters;
mod wants;
mod watchers;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

pub(crate) use self::waiters::Awaited;
use self::{
    appearances::Appearances,
    errands::{Errands, Outcome},
    waiters::Waiters,
    watchers::Watchers,
};
use super::{finality::needed_for_finality, ledgers::Ledgers, operators::Operators};
use crate::{
    error::{Failure, Unfit},
    types::TxHash,
    wire::{
        ledger::HashList,
        ranges::LedgerRanges,
        stream::{StreamMessage, StreamedTransaction},
    },
};

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

/// The settings of a watch.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How many nodes there are.
    pub(crate) nodes: usize,
    /// Whose word counts as one where nobody alone is believed.
    pub(crate) witnesses: Operators,
    /// Those that say nothing by themselves. What they are asked again and again is their newest ledger;
    /// others are watched in preference.
    pub(crate) polled: Vec<usize>,
    /// How many of them are followed at a time.
    pub(crate) watched: usize,
    pub(crate) source: WatchSource,
    /// Whether every node that is believed has the whole history.
    pub(crate) full_history: bool,
    /// How long a node may be silent before another one is tried beside it.
    pub(crate) patience: Duration,
    /// After which time without a closed ledger a node has stopped.
    pub(crate) stall: Option<Duration>,
    pub(crate) seed: u64,
}

/// What the watch is told.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A fit node is subscribed: its network and its newest validated ledger.
    Subscribed { node: usize, network_id: u32, newest: u32 },
    /// A node cannot be subscribed, or its subscription ended.
    Lost { node: usize, failure: Failure },
    /// A message of a subscribed node.
    Message { node: usize, message: StreamMessage },
    /// The list of a ledger that was to be fetched, from a fit node of this network.
    Fetched { node: usize, network_id: u32, list: HashList },
    /// A ledger could not be fetched. `soon`: the node does not have it yet.
    NotFetched { node: usize, index: u32, soon: bool },
    /// A node showed a transaction that has appeared.
    Shown { node: usize, hash: TxHash },
    /// A node did not show a transaction that has appeared. `soon`: it does not have it yet.
    NotShown { node: usize, hash: TxHash, soon: bool },
    /// What a node said cannot be believed.
    Liar { node: usize, failure: Failure },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Judge the node and subscribe to its ledgers.
    Subscribe { node: usize },
    /// End the subscription.
    Unsubscribe { node: usize, why: Ending },
    /// Fetch the list of a ledger's transactions.
    Fetch { node: usize, index: u32 },
    /// The message at hand holds an awaited transaction: if it tells everything, that is the answer.
    Read { node: usize, hash: TxHash, index: u32 },
    /// Ask the node for a transaction that has appeared in a validated ledger.
    Ask { node: usize, hash: TxHash },
    /// The last ledger in which this waiter's transaction could be is covered, and it is in none.
    Final { waiter: u64 },
    /// The ledger that this waiter waits for is closed, or the last one that its transaction could be in is
    /// so far behind that direct answers can tell what the following has not shown.
    Reached { waiter: u64 },
}

/// Why a node is watched no longer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    /// It has closed no ledger for long. Its connection may be the reason.
    Stalled,
    /// Others were faster, or it follows another network than they do.
    Surplus,
    /// It is not believed any more.
    Disqualified(Failure),
}

/// The watch of one client.
#[derive(Debug)]
pub(crate) struct Watch {
    settings: Settings,
    ledgers: Ledgers,
    watchers: Watchers,
    waiters: Waiters,
    appearances: Appearances,
    fetches: Errands<u32>,
    questions: Errands<TxHash>,
    /// The network that is followed: that of the first node.
    network_id: Option<u32>,
    actions: VecDeque<Action>,
    /// Whether what must be fetched or asked may have changed since `looked`. A transaction that
    /// nobody waits for changes nothing there, and there are many of them.
    look: bool,
    looked: Option<Instant>,
}

impl Watch {
    /// Those who wait are numbered from `first` on. Where one watch follows another, no number may come
    /// twice: one of the first watch may still be asked about.
    pub(crate) fn new(settings: Settings, first: u64) -> Watch {
        let Settings { nodes, watched, patience, stall, seed, .. } = settings;
        Watch {
            ledgers: Ledgers::new(nodes),
            watchers: Watchers::new(nodes, &settings.polled, watched, (patience, stall), seed),
            waiters: Waiters::numbered_from(first),
            appearances: Appearances::default(),
            fetches: Errands::new(nodes, patience),
            questions: Errands::new(nodes, patience),
            network_id: None,
            actions: VecDeque::new(),
            look: false,
            looked: None,
            settings,
        }
    }

    /// Somebody waits from now on, for whom so many nodes must agree.
    pub(crate) fn wait_for(&mut self, awaited: Awaited, agreement: usize, now: Instant) -> u64 {
        let needed = needed_for_finality(&self.settings.witnesses, agreement);
        let id = self.waiters.add(awaited, needed, &self.ledgers, now);
        if let Awaited::Transaction { hash, .. } = awaited {
            for (node, index) in self.ledgers.find(&hash) {
                self.appearances.named(hash, node, index);
            }
        }
        self.settle(id);
        self.tell_reached();
        self.look = true;
        id
    }

    /// A waiter is gone.
    pub(crate) fn stop_waiting(&mut self, id: u64) {
        let hash = self.waiters.hash_of(id);
        self.waiters.remove(id);
        if let Some(hash) = hash.filter(|hash| !self.waiters.await_hash(hash)) {
            self.appearances.remove(&hash);
        }
    }

    /// A transaction was shown: all who waited for it, and are gone now.
    pub(crate) fn found(&mut self, hash: &TxHash) -> Vec<u64> {
        let waiters: Vec<u64> = self.waiters.of_hash(hash).collect();
        for id in &waiters {
            self.waiters.remove(*id);
        }
        self.appearances.remove(hash);
        waiters
    }

    /// A node, asked directly, does not have a waiter's transaction in these ledgers.
    pub(crate) fn testify(&mut self, id: u64, node: usize, ledgers: &LedgerRanges, now: Instant) {
        if self.watchers.is_believed(node, now) {
            self.waiters.testify(id, node, ledgers, now);
            self.settle(id);
            self.look = true;
        }
    }

    /// Whether any node is followed now.
    pub(crate) fn is_following(&self) -> bool {
        !self.watchers.watched().is_empty()
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiters.is_empty()
    }

    /// In which ledgers a waiter's transaction surely is not, by node: what the node was watched
    /// telling, and what it answered when asked directly.
    pub(crate) fn coverage(&self, id: u64) -> Vec<(usize, LedgerRanges)> {
        let hash = self.waiters.hash_of(id);
        let named = hash.map(|hash| self.appearances.of(&hash)).unwrap_or_default();
        let covered = |node| {
            let mut covered = self.waiters.covered(id, node, &self.ledgers);
            // It was not shown, but somebody says that it is there.
            named.iter().for_each(|(_, index)| covered.remove(*index));
            (node, covered)
        };
        (0..self.settings.nodes).map(covered).filter(|(_, ranges)| !ranges.is_empty()).collect()
    }

    /// Whether since a wait began some node was asked for its transaction or has told a ledger that closed
    /// meanwhile, and none has named it.
    pub(crate) fn has_looked(&self, id: u64) -> bool {
        !self.is_seen(id)
            && (0..self.settings.nodes).any(|node| self.waiters.has_looked(id, node, &self.ledgers))
    }

    /// The nodes that say that a waiter's transaction is there.
    pub(crate) fn claimants(&self, id: u64) -> Vec<usize> {
        let hash = self.waiters.hash_of(id);
        let named = hash.map(|hash| self.appearances.of(&hash)).unwrap_or_default();
        named.iter().map(|(node, _)| *node).collect()
    }

    /// Whether enough nodes have looked in every ledger in which a waiter's transaction could be.
    pub(crate) fn is_final(&self, id: u64) -> bool {
        let Settings { witnesses, full_history, .. } = &self.settings;
        !self.is_seen(id) && self.waiters.is_settled(id, &self.ledgers, *full_history, witnesses)
    }

    /// Takes an event in. Then [`act`](Watch::act) until there is nothing to do.
    pub(crate) fn handle(&mut self, event: Event, now: Instant) {
        match event {
            Event::Message { node, message } => {
                if self.watchers.is_watching(node)
                    && let Err(unfit) = self.message(node, message, now)
                {
                    self.disqualify(node, Failure::Unfit(unfit), now);
                }
            }
            Event::Subscribed { node, network_id, newest } => {
                self.subscribed(node, network_id, newest, now);
                self.look = true;
            }
            Event::Lost { node, failure } => {
                self.ledgers.leave(node);
                self.watchers.lost(node, failure, now);
                self.look = true;
            }
            Event::Fetched { node, network_id, list } => {
                self.fetches.done(list.index, node, Outcome::Given, now);
                let same_network = self.network_id.is_none_or(|own| own == network_id);
                if same_network && self.watchers.is_believed(node, now) {
                    self.fetched(node, &list, now);
                }
                self.look = true;
            }
            Event::NotFetched { node, index, soon } => {
                self.fetches.done(index, node, Outcome::without(soon), now);
                self.look = true;
            }
            Event::Shown { node, hash } => {
                self.questions.done(hash, node, Outcome::Given, now);
                self.look = true;
            }
            Event::NotShown { node, hash, soon } => {
                self.questions.done(hash, node, Outcome::without(soon), now);
                self.look = true;
            }
            Event::Liar { node, failure } => self.disqualify(node, failure, now),
        }
        if self.ledgers.has_grown() {
            self.settle_due();
        }
        self.tell_reached();
    }

    /// Whether what was told wants something done at once; more may be due otherwise.
    pub(crate) fn has_actions(&self) -> bool {
        !self.actions.is_empty()
    }

    /// What is to be done now; call until there is nothing.
    #[must_use]
    pub(crate) fn act(&mut self, now: Instant) -> Option<Action> {
        if self.is_idle() {
            self.actions.clear();
            return None;
        }
        while let Some(action) = self.actions.pop_front() {
            match action {
                // It appeared after all, or who said so is not believed any more, in the same moment.
                Action::Final { waiter } if !self.is_final(waiter) => {
                    self.waiters.hope_again(waiter);
                }
                // It was found in the same moment.
                Action::Reached { waiter } if !self.waiters.waits(waiter) => {}
                action => return Some(action),
            }
        }
        if let Some(node) = self.watchers.stalled(now) {
            self.ledgers.leave(node);
            self.watchers.lost(node, Failure::NoAnswer { unreadable: 0 }, now);
            return Some(Action::Unsubscribe { node, why: Ending::Stalled });
        }
        if let Some(node) = self.watchers.next_to_subscribe(&self.settings.witnesses, now) {
            return Some(Action::Subscribe { node });
        }
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let looked = self.looked.unwrap_or(now);
        if self.look || due(self.fetches.wake(looked)) || due(self.questions.wake(looked)) {
            if let Some((hash, node)) = self.next_question(now) {
                return Some(Action::Ask { node, hash });
            }
            if let Some((index, node)) = self.next_fetch(now) {
                return Some(Action::Fetch { node, index });
            }
            self.look = false;
            self.looked = Some(now);
        }
        None
    }

    /// When something is to be done though nothing happens.
    pub(crate) fn wake(&self, now: Instant) -> Option<Instant> {
        let wakes = [self.watchers.wake(now), self.fetches.wake(now), self.questions.wake(now)];
        wakes.into_iter().flatten().min()
    }

    fn subscribed(&mut self, node: usize, network_id: u32, newest: u32, now: Instant) {
        let expected = *self.network_id.get_or_insert(network_id);
        if expected != network_id {
            // Whoever believes nodes of any network still follows one network.
            let unfit = Unfit::OtherNetwork { expected, found: network_id };
            self.watchers.disqualified(node, Failure::Unfit(unfit), now);
        }
        if !self.watchers.subscribed(node, now) {
            return self.actions.push_back(Action::Unsubscribe { node, why: Ending::Surplus });
        }
        self.ledgers.follow(node, newest);
        self.waiters.view_all(node, newest, now);
        self.fetches.revive(node);
        self.questions.revive(node);
    }

    fn message(&mut self, node: usize, message: StreamMessage, now: Instant) -> Result<(), Unfit> {
        match message {
            StreamMessage::Closed(closed) => {
                self.check_network(closed.network_id)?;
                if self.ledgers.closed(node, &closed)? {
                    self.watchers.heard(node, now);
                }
                self.look = true;
            }
            StreamMessage::Transaction(tx) => {
                self.check_network(tx.network_id)?;
                let StreamedTransaction { hash, ledger_index: index, ledger_hash, .. } = tx;
                self.ledgers.transaction(node, index, ledger_hash, hash)?;
                if self.named(hash, node, index) {
                    self.actions.push_back(Action::Read { node, hash, index });
                    self.look = true;
                }
            }
            StreamMessage::Validation | StreamMessage::Other => {}
        }
        Ok(())
    }

    fn fetched(&mut self, node: usize, list: &HashList, now: Instant) {
        if let Err(unfit) = self.ledgers.list(node, list) {
            return self.disqualify(node, Failure::Unfit(unfit), now);
        }
        for hash in &list.transactions {
            self.named(*hash, node, list.index);
        }
    }

    fn check_network(&self, found: Option<u32>) -> Result<(), Unfit> {
        match (self.network_id, found) {
            (Some(expected), Some(found)) if expected != found => {
                Err(Unfit::OtherNetwork { expected, found })
            }
            _ => Ok(()),
        }
    }

    /// A node names a transaction in a ledger: whether that is news to anybody.
    fn named(&mut self, hash: TxHash, node: usize, index: u32) -> bool {
        self.waiters.await_hash(&hash) && self.appearances.named(hash, node, index)
    }

    fn disqualify(&mut self, node: usize, failure: Failure, now: Instant) {
        self.ledgers.disbelieve(node);
        self.waiters.disbelieve(node);
        self.appearances.disbelieve(node);
        self.watchers.disqualified(node, failure.clone(), now);
        let why = Ending::Disqualified(failure);
        self.actions.push_back(Action::Unsubscribe { node, why });
        self.look = true;
        // Its word may have been all that stood against somebody's "never".
        self.settle_due();
    }

    fn tell_reached(&mut self) {
        let Some(tip) = self.ledgers.tip() else { return };
        while let Some(waiter) = self.waiters.take_reached(tip) {
            self.actions.push_back(Action::Reached { waiter });
        }
        let Settings { witnesses, watched, .. } = &self.settings;
        let tip = match witnesses.count().min(*watched) {
            0 | 1 => Some(tip),
            _ => self.ledgers.tip_of_two(witnesses),
        };
        while let Some(waiter) = tip.and_then(|tip| self.waiters.take_late(tip)) {
            self.actions.push_back(Action::Reached { waiter });
        }
    }

    fn settle_due(&mut self) {
        let Some(tip) = self.ledgers.tip() else { return };
        for id in self.waiters.due(tip) {
            self.settle(id);
        }
    }

    /// Tells a waiter, once, that its last possible ledger is covered by enough nodes.
    fn settle(&mut self, id: u64) {
        if self.is_final(id) && self.waiters.give_up(id) {
            self.actions.push_back(Action::Final { waiter: id });
        }
    }

    /// Whether some node says that a waiter's transaction is there, even if nobody has shown it.
    fn is_seen(&self, id: u64) -> bool {
        self.waiters.hash_of(id).is_some_and(|hash| !self.appearances.of(&hash).is_empty())
    }
}
