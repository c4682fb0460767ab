//! Step 8 of the trip: the one watch of a client. Whoever waits for something registers here.

mod follower;
mod jobs;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::{Notify, oneshot, watch},
    time::Instant,
};

use self::follower::Follower;
#[cfg(feature = "proof")]
pub(super) use self::follower::next_message;
use crate::{
    config::{FitnessRules, Timeouts},
    machine::{
        operators::Operators,
        watch::{Awaited, Settings, Watch, WatchSource},
    },
    net::{node::Node, pool::Tasks},
    tx::ValidatedTransaction,
    wire::ranges::LedgerRanges,
};

/// The settings and nodes of the watch of one client.
#[derive(Debug)]
pub(crate) struct Watching {
    nodes: Vec<Node>,
    rules: Arc<FitnessRules>,
    timeouts: Timeouts,
    settings: Settings,
    tasks: Tasks,
    shared: Arc<Shared>,
}

/// What waiters and the task share. The task runs as long as somebody waits.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
    /// Counts the subscriptions that succeeded.
    followed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// There while the task runs.
    watch: Option<Watch>,
    waiters: HashMap<u64, oneshot::Sender<News>>,
    /// How many have waited so far.
    numbered: u64,
    closed: bool,
}

/// What a waiter is told, once; more only after `Reached`.
#[derive(Debug)]
pub(crate) enum News {
    /// It is in a validated ledger, found by this node.
    Found { tx: Box<ValidatedTransaction>, node: usize },
    /// It can never be in one: so much each node has searched.
    Never { searched: Vec<(usize, LedgerRanges)> },
    /// The ledger it waits for is closed, or the last one that it could be in was, some ledgers ago: nodes
    /// can tell when asked. And what is told after this.
    Reached(oneshot::Receiver<News>),
}

/// One who waits. Dropping it ends the wait, and the watch when it was the last one.
#[derive(Debug)]
pub(crate) struct Waiting {
    id: u64,
    shared: Arc<Shared>,
}

impl Waiting {
    /// A node, asked directly, does not have the transaction in these ledgers.
    pub(crate) fn testify(&self, node: usize, ledgers: &LedgerRanges) {
        let now = Instant::now().into_std();
        if let Some(watch) = &mut self.shared.lock().watch {
            watch.testify(self.id, node, ledgers, now);
        }
        self.shared.changed.notify_one();
    }

    /// The ledgers in which it surely is not, by the node that says so.
    pub(crate) fn coverage(&self) -> Vec<(usize, LedgerRanges)> {
        self.shared.lock().watch.as_ref().map(|watch| watch.coverage(self.id)).unwrap_or_default()
    }

    /// Whether since the wait began some node has looked for it, and none says where it is.
    pub(crate) fn has_looked(&self) -> bool {
        self.shared.lock().watch.as_ref().is_some_and(|watch| watch.has_looked(self.id))
    }

    /// Whether it can never be in a ledger.
    pub(crate) fn is_final(&self) -> bool {
        self.shared.lock().watch.as_ref().is_some_and(|watch| watch.is_final(self.id))
    }

    /// The nodes that have named the transaction, though none has shown it.
    pub(crate) fn claimants(&self) -> Vec<usize> {
        self.shared.lock().watch.as_ref().map(|watch| watch.claimants(self.id)).unwrap_or_default()
    }

    /// Whether any node is followed now.
    pub(crate) fn is_following(&self) -> bool {
        self.shared.lock().watch.as_ref().is_some_and(Watch::is_following)
    }

    /// Changes when a node is followed that was not before.
    pub(crate) fn followed(&self) -> watch::Receiver<u64> {
        self.shared.followed.subscribe()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.waiters.remove(&self.id);
        if let Some(watch) = &mut state.watch {
            watch.stop_waiting(self.id);
        }
        drop(state);
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watching {
    pub(crate) fn new(
        nodes: Vec<Node>,
        witnesses: Operators,
        rules: Arc<FitnessRules>,
        timeouts: Timeouts,
        (source, watched): (WatchSource, usize),
        seed: u64,
        tasks: Tasks,
    ) -> Watching {
        let settings = Settings {
            nodes: nodes.len(),
            witnesses,
            polled: (0..nodes.len()).filter(|node| !nodes[*node].speaks()).collect(),
            watched,
            source,
            full_history: rules.full_history,
            patience: timeouts.endpoint,
            stall: rules.stall(),
            seed,
        };
        Watching { nodes, rules, timeouts, settings, tasks, shared: Arc::default() }
    }

    /// How many nodes are watched, and the seed of the jitter.
    pub(crate) fn watched_and_seed(&self) -> (usize, u64) {
        (self.settings.watched, self.settings.seed)
    }

    /// How much the watch holds.
    #[cfg(feature = "testing")]
    pub(crate) fn held(&self) -> Vec<crate::config::Held> {
        let state = self.shared.lock();
        let waiters = state.waiters.len();
        let mut held = state.watch.as_ref().map(|watch| watch.held()).unwrap_or_default();
        held.push(crate::config::Held::new("those who are told", waiters, usize::MAX));
        held
    }

    /// Ends the watch, also for those who wait: they hear nothing more. None starts after it.
    pub(crate) fn close(&self) {
        let mut state = self.shared.lock();
        *state = State { closed: true, ..State::default() };
        drop(state);
        self.shared.changed.notify_one();
    }

    /// Waits from now on, for one for whom so many nodes must agree; starts the watch if it does not run.
    /// The receiver hears of it once, or never.
    pub(crate) fn wait_for(
        &self,
        awaited: Awaited,
        agreement: usize,
    ) -> (Waiting, oneshot::Receiver<News>) {
        let (sender, news) = oneshot::channel();
        let mut state = self.shared.lock();
        if state.closed {
            return (Waiting { id: 0, shared: self.shared.clone() }, news);
        }
        let start = state.watch.is_none();
        let first = state.numbered;
        state.numbered += 1;
        let watch = state.watch.get_or_insert_with(|| Watch::new(self.settings.clone(), first));
        let id = watch.wait_for(awaited, agreement, Instant::now().into_std());
        state.waiters.insert(id, sender);
        drop(state);
        if start {
            // Who waits on another runtime hears nothing more, and asks when its time is over.
            let shared = self.shared.clone();
            let lost = move || {
                let mut state = shared.lock();
                (state.watch, state.waiters) = (None, HashMap::new());
            };
            self.tasks.spawn(Follower::new(self).run(), lost);
        }
        self.shared.changed.notify_one();
        (Waiting { id, shared: self.shared.clone() }, news)
    }
}
