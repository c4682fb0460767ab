//! Following accounts ledger by ledger, without ever missing a transaction of theirs.
//!
//! The machine stands behind one complete ledger. The next one is handed out when all its transactions
//! are known: because a node's stream named exactly as many as the ledger has, or because it was
//! fetched and hashes to its own name. So whatever streams lose, repeat or reorder is a ledger that is
//! fetched, and what is handed out is in order and once. Ledgers are passed over only where the
//! histories of the accounts, from several nodes, name nothing in them.

pub(crate) mod accounts;
pub(crate) mod cursor;
mod fetches;
pub(crate) mod goal;
#[cfg(any(feature = "testing", fuzzing))]
mod held;
mod next;
mod nodes;
pub(crate) mod reading;
mod shelf;
#[cfg(any(test, fuzzing))]
pub(crate) mod stories;
pub(crate) mod sweep;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use tokio_tungstenite::tungstenite::Utf8Bytes;

use self::{
    accounts::Accounts,
    cursor::Cursor,
    fetches::Fetches,
    goal::{AccountHistory, Passing, Source},
    nodes::Nodes,
    reading::{Filter, Item},
    shelf::Shelf,
    sweep::Ask,
};
use crate::{
    error::{Failure, Unfit},
    machine::{fitness::Fit, operators::Operators},
    types::{AccountId, LedgerHash, TxHash},
    wire::{
        history::HistoryPage,
        stream::{ClosedLedger, StreamMessage},
        whole::WholeLedger,
    },
};

/// Ledgers that are fetched ahead of the one that is handed out next.
const WINDOW: u32 = 12;

/// Ledgers that were handed out and are remembered: a node that names one of them is on their chain.
const TRAIL: usize = 64;

/// Ledgers by which the start may be ahead of the nodes: one may have been ahead of the others.
const AHEAD: u32 = 16;

/// How long the next ledger may be wanting, though it has closed, until that is told.
const STUCK: Duration = Duration::from_secs(30);

/// How long all nodes must lack a ledger until it counts as lost.
const GAP_PATIENCE: Duration = Duration::from_secs(60);

/// What a monitor is to do.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The endpoints by node.
    pub(crate) names: Vec<String>,
    /// How many nodes are watched at a time.
    pub(crate) watched: usize,
    /// How many nodes must name the same ledger before it is handed out, each of another operator.
    pub(crate) agreement: usize,
    pub(crate) operators: Operators,
    pub(crate) source: Source,
    pub(crate) history: AccountHistory,
    pub(crate) filter: Filter,
    pub(crate) start: Start,
    /// The last ledger.
    pub(crate) to: Option<u32>,
    /// After which time without a closed ledger a node has stopped.
    pub(crate) stall: Option<Duration>,
    pub(crate) seed: u64,
}

/// Where a monitor begins.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    /// With the next ledger that closes, as soon as so many nodes as must agree know which one that is.
    Now,
    /// With this ledger.
    Ledger(u32),
    Cursor(Cursor),
}

/// What the machine is told.
#[derive(Debug)]
pub(crate) enum Event {
    /// A node is subscribed; its newest validated ledger, if it told.
    Subscribed { node: usize, newest: Option<ClosedLedger> },
    /// A node cannot be subscribed, or its subscription ended.
    Lost { node: usize, failure: Failure },
    /// A message of a subscribed node, looked at and as it came.
    Message { node: usize, message: StreamMessage, text: Utf8Bytes },
    /// What a node says of itself just now. Comes before everything else that it is asked.
    Judged { node: usize, fit: Fit },
    /// A ledger that was to be fetched.
    Fetched { node: usize, ledger: WholeLedger },
    /// A ledger could not be fetched; no failure when the node does not have it, or not yet.
    NotFetched { node: usize, index: u32, failure: Option<Failure> },
    /// A page of an account's history.
    History { node: usize, account: AccountId, page: HistoryPage },
    /// A page did not come; no failure when the node does not have all those ledgers, or not yet.
    NoHistory { node: usize, account: AccountId, failure: Option<Failure> },
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action {
    /// Judge the node and subscribe to its ledgers.
    Subscribe { node: usize },
    /// End the subscription; with a reason, the node is not believed any more.
    Unsubscribe { node: usize, reason: Option<Failure> },
    /// Judge the node and fetch a ledger, or only its header.
    Fetch { node: usize, index: u32, whole: bool },
    /// Judge the node and ask for a page of an account's history.
    History(Ask),
    /// The start is known: everything up to here counts as handed out.
    Begun(Cursor),
    /// All that concerns the accounts up to the next ledger; everything up to it is handed out then.
    Done { items: Vec<Item>, cursor: Cursor },
    /// Ledgers do not come in any more: the last complete one, and why, by node.
    Outage { after: Option<u32>, failures: Vec<(usize, Failure)> },
    /// Ledgers come in again, after so long.
    Recovered { lasted: Duration },
    /// Nothing more will come.
    End(End),
}

/// Why nothing more will come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// The last ledger that was wanted is handed out.
    Reached,
    /// No node has these ledgers.
    Gap { from: u32, to: u32 },
    /// The ledger that was handed out last is not in the chain of any node.
    OtherChain { index: u32, expected: LedgerHash, found: LedgerHash },
    /// The start is beyond the newest ledger of any node.
    BeyondTip { asked: u32, tip: u32 },
}

/// Everything up to a ledger is handed out, and some of the next one.
#[derive(Debug)]
struct Place {
    done: u32,
    hash: Option<LedgerHash>,
    /// Whether a node has confirmed the hash.
    verified: bool,
    /// Handed out already, of the next ledger in which there is something.
    skip: Vec<TxHash>,
}

/// The machine of one monitor.
#[derive(Debug)]
pub(crate) struct Follow {
    plan: Plan,
    nodes: Nodes,
    shelf: Shelf,
    fetches: Fetches,
    passing: Passing,
    network_id: Option<u32>,
    place: Option<Place>,
    /// The last few ledgers that were handed out.
    trail: VecDeque<(u32, LedgerHash)>,
    /// Whether it was told where this begins.
    announced: bool,
    /// Whether anything was handed out.
    begun: bool,
    ended: bool,
    /// What contradicts the last hash.
    found: Option<LedgerHash>,
    /// Since when nothing was handed out.
    progress: Instant,
    outage: Option<Instant>,
    actions: VecDeque<Action>,
}

impl Follow {
    pub(crate) fn new(plan: Plan, now: Instant) -> Follow {
        let watched = plan.watched.max(plan.agreement);
        let mut follow = Follow {
            nodes: Nodes::new(plan.names.len(), watched, plan.stall, plan.seed),
            shelf: Shelf::default(),
            fetches: Fetches::default(),
            passing: Passing::default(),
            network_id: None,
            place: None,
            trail: VecDeque::new(),
            announced: false,
            begun: false,
            ended: false,
            found: None,
            progress: now,
            outage: None,
            actions: VecDeque::new(),
            plan,
        };
        match follow.plan.start.clone() {
            Start::Now => {}
            Start::Ledger(first) => follow.stand(first.saturating_sub(1), None, Vec::new()),
            Start::Cursor(cursor) => {
                follow.network_id = Some(cursor.network_id);
                follow.stand(cursor.ledger_index, cursor.ledger_hash, cursor.done);
            }
        }
        follow
    }

    /// The last ledger that was handed out.
    pub(crate) fn done(&self) -> Option<u32> {
        self.place.as_ref().map(|place| place.done)
    }

    /// The newest ledger of the watched nodes.
    pub(crate) fn tip(&self) -> Option<u32> {
        self.nodes.tip()
    }

    /// The nodes that are watched now.
    pub(crate) fn watched(&self) -> Vec<usize> {
        self.nodes.watched().collect()
    }

    fn stand(&mut self, done: u32, hash: Option<LedgerHash>, skip: Vec<TxHash>) {
        self.shelf.done(done);
        self.fetches.done(done);
        self.passing.done(done);
        self.place = Some(Place { done, hash, verified: hash.is_none(), skip });
    }

    /// Takes an event in. Then [`act`](Follow::act) until it is empty.
    pub(crate) fn handle(&mut self, event: Event, accounts: &Accounts, now: Instant) {
        if self.ended {
            // The end may wait for long until somebody hears it; nothing shall pile up behind it.
            return;
        }
        match event {
            Event::Subscribed { node, newest } => self.subscribed(node, newest, now),
            Event::Lost { node, failure } => self.nodes.lost(node, failure, now),
            Event::Message { node, message, text } => {
                if let Err(unfit) = self.message(node, message, text, accounts, now) {
                    self.disqualify(node, unfit, now);
                }
            }
            // Asked before it was known for what it is.
            Event::Judged { node, .. } if !self.nodes.is_believed(node, now) => {}
            Event::Judged { node, fit } => self.judged(node, fit, now),
            Event::Fetched { node, ledger } if !self.nodes.is_believed(node, now) => {
                self.fetches.ended(node, ledger.index, now);
            }
            Event::Fetched { node, ledger } => self.fetched(node, ledger, now),
            Event::NotFetched { node, index, failure } => {
                self.fetches.ended(node, index, now);
                if let Some(failure) = failure {
                    self.nodes.failed(node, failure, now);
                }
            }
            // Whoever is not believed is witness to nothing, and its pages are looked for by nobody.
            Event::History { node, account, page } => self.history(node, account, page, now),
            Event::NoHistory { node, account, failure } => {
                self.no_history(node, account, failure, now);
            }
        }
    }

    /// What is to be done now; call until there is nothing. Ledgers are handed out when there is `room`
    /// for them.
    #[must_use]
    pub(crate) fn act(&mut self, accounts: &Accounts, room: bool, now: Instant) -> Option<Action> {
        if self.ended {
            return None;
        }
        if let Some(action) = self.actions.pop_front() {
            return Some(action);
        }
        if let Some(node) = self.nodes.stalled(now) {
            self.nodes.lost(node, Failure::NoAnswer { unreadable: 0 }, now);
            return Some(Action::Unsubscribe { node, reason: None });
        }
        let begin = self.place.is_none();
        if let Some(node) = self.nodes.next_to_subscribe(&self.plan.operators, begin, now) {
            return Some(Action::Subscribe { node });
        }
        self.begin_anew(now);
        if let Some(end) = self.end(now) {
            self.ended = true;
            return Some(Action::End(end));
        }
        self.passing.cover(accounts);
        if room {
            self.hand_out(accounts, now);
            if let Some(action) = self.actions.pop_front() {
                return Some(action);
            }
        } else {
            // Who takes nothing misses nothing.
            self.progress = now;
        }
        let told = self.outage(now);
        told.or_else(|| self.tend(accounts, now)).or_else(|| self.fetch(now))
    }

    /// When something is to be done though nothing happens.
    pub(crate) fn wake(&self, now: Instant) -> Option<Instant> {
        let stuck = self.outage.is_none().then(|| self.progress + STUCK);
        let gap = Some(self.progress + GAP_PATIENCE);
        let own = [stuck, gap].into_iter().flatten().filter(|at| *at > now);
        let theirs = [self.nodes.wake(now), self.fetches.wake(now), self.passing.wake(now)];
        own.chain(theirs.into_iter().flatten()).min()
    }

    fn subscribed(&mut self, node: usize, newest: Option<ClosedLedger>, now: Instant) {
        let Some(newest) = newest else {
            let failure = Failure::Unfit(Unfit::NoValidatedLedger);
            self.nodes.lost(node, failure.clone(), now);
            self.actions.push_back(Action::Unsubscribe { node, reason: None });
            return;
        };
        if !self.nodes.is_believed(node, now) {
            // It was still subscribing when it was known for what it is.
            self.actions.push_back(Action::Unsubscribe { node, reason: None });
            return;
        }
        if self.nodes.watched().next().is_none() {
            // Whoever comes back first may know less than those who come back next.
            self.progress = now;
        }
        self.nodes.subscribed(node, newest.index, now);
        self.begin();
        self.announce();
        let ClosedLedger { index, hash, txn_count, .. } = newest;
        let told = self.check_chain(node, index, hash);
        if let Err(unfit) = told.and_then(|()| self.shelf.ledger(node, index, hash, txn_count)) {
            self.disqualify(node, unfit, now);
        }
    }

    /// Tells once where it stands.
    fn announce(&mut self) {
        let (Some(place), Some(network_id)) = (&self.place, self.network_id) else { return };
        if !std::mem::replace(&mut self.announced, true) {
            let (ledger_index, ledger_hash) = (place.done, place.hash);
            let done = place.skip.clone();
            self.actions.push_back(Action::Begun(Cursor {
                network_id,
                ledger_index,
                ledger_hash,
                done,
            }));
        }
    }

    fn judged(&mut self, node: usize, fit: Fit, now: Instant) {
        let found = fit.network_id;
        let expected = *self.network_id.get_or_insert(found);
        if expected != found {
            self.disqualify(node, Unfit::OtherNetwork { expected, found }, now);
        } else {
            self.nodes.judged(node, fit, now);
        }
    }

    fn message(
        &mut self,
        node: usize,
        message: StreamMessage,
        text: Utf8Bytes,
        accounts: &Accounts,
        now: Instant,
    ) -> Result<(), Unfit> {
        if !self.nodes.is_watched(node) {
            return Ok(());
        }
        match message {
            StreamMessage::Closed(closed) => {
                if let (Some(expected), Some(found)) = (self.network_id, closed.network_id)
                    && expected != found
                {
                    return Err(Unfit::OtherNetwork { expected, found });
                }
                self.nodes.heard(node, closed.index, true, now)?;
                self.check_chain(node, closed.index, closed.hash)?;
                self.shelf.ledger(node, closed.index, closed.hash, closed.txn_count)
            }
            StreamMessage::Transaction(tx) => {
                self.nodes.heard(node, tx.ledger_index, false, now)?;
                self.check_chain(node, tx.ledger_index, tx.ledger_hash)?;
                if self.plan.source == Source::Transactions {
                    let place = (node, tx.ledger_index, tx.ledger_hash);
                    return self.shelf.transaction(place, tx.hash, text);
                }
                if accounts.may_be_in_text(&text) {
                    self.named_by_stream(tx.ledger_index);
                }
                self.shelf.ledger(node, tx.ledger_index, tx.ledger_hash, None)
            }
            StreamMessage::Validation | StreamMessage::Other => Ok(()),
        }
    }

    /// What a node calls a ledger that was handed out tells whether it is on its chain.
    fn check_chain(&mut self, node: usize, index: u32, found: LedgerHash) -> Result<(), Unfit> {
        let Some(place) = &self.place else { return Ok(()) };
        let handed_out = self.trail.iter().find(|(at, _)| *at == index).map(|(_, hash)| *hash);
        match if place.done == index { place.hash } else { handed_out } {
            Some(expected) if expected != found => {
                // As long as nobody has confirmed the last one, that may be the wrong one.
                if !place.verified {
                    self.found = Some(found);
                    self.nodes.refuted(node);
                }
                Err(Unfit::OtherHistory { ledger_index: index, expected, found })
            }
            Some(_) => {
                self.nodes.agreed(node);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn fetched(&mut self, node: usize, ledger: WholeLedger, now: Instant) {
        self.fetches.ended(node, ledger.index, now);
        let Some(place) = &self.place else { return };
        let is_last = ledger.index == place.done;
        if ledger.index <= place.done {
            match self.check_chain(node, ledger.index, ledger.hash) {
                Ok(()) => self.place.iter_mut().for_each(|place| place.verified |= is_last),
                Err(_) if is_last => self.refute(node, ledger.hash, now),
                Err(unfit) => self.disqualify(node, unfit, now),
            }
        } else if ledger.transactions.is_some() {
            match self.shelf.ledger(node, ledger.index, ledger.hash, None) {
                Ok(()) => self.fetches.keep(node, ledger),
                Err(unfit) => self.disqualify(node, unfit, now),
            }
        }
    }

    fn disqualify(&mut self, node: usize, unfit: Unfit, now: Instant) {
        self.distrust(node, Failure::Unfit(unfit), now);
    }

    fn distrust(&mut self, node: usize, failure: Failure, now: Instant) {
        self.shelf.disbelieve(node);
        self.fetches.disbelieve(node);
        self.passing.disbelieve(node);
        self.nodes.disqualified(node, failure.clone(), now);
        self.actions.push_back(Action::Unsubscribe { node, reason: Some(failure) });
    }

    /// A node's chain does not hold the ledger that was handed out last.
    fn refute(&mut self, node: usize, found: LedgerHash, now: Instant) {
        let Some(Place { done, hash: Some(expected), .. }) = self.place else { return };
        self.found = Some(found);
        self.nodes.refuted(node);
        self.disqualify(node, Unfit::OtherHistory { ledger_index: done, expected, found }, now);
    }
}

#[cfg(test)]
mod tests;
