//! Step 9 of the trip, for those who believe validators alone: the one task of a client that hears
//! what validators sign. It runs as long as somebody listens.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;

use super::watching::next_message;
use crate::{
    config::MAX_TIMEOUT,
    error::Failure,
    machine::{
        backoff::Readiness,
        witnesses::{Heard, Sources, Witnesses},
    },
    net::{link::Listener, node::Node, pool::Tasks},
    proof::TrustedValidators,
    wire::validation::signed_bytes,
};

/// The messengers of one client.
#[derive(Debug)]
pub(crate) struct Witnessing {
    nodes: Vec<Node>,
    /// How long a subscription may take.
    limit: Duration,
    seed: u64,
    tasks: Tasks,
    shared: Arc<Shared>,
}

/// What listeners and the task share.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
    /// Counts the validations that came.
    news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// There while the task runs.
    witnesses: Option<Witnesses>,
    closed: bool,
}

/// One who needs validations. Dropping it ends that, and the task when it was the last one.
#[derive(Debug)]
pub(crate) struct Hearing {
    id: u64,
    shared: Arc<Shared>,
}

impl Witnessing {
    pub(crate) fn new(nodes: Vec<Node>, limit: Duration, seed: u64, tasks: Tasks) -> Witnessing {
        Witnessing { nodes, limit, seed, tasks, shared: Arc::default() }
    }

    /// Collects what these validators sign from now on; starts the task if it does not run.
    pub(crate) fn listen(&self, trusted: Arc<TrustedValidators>) -> Hearing {
        let mut state = self.shared.lock();
        if state.closed {
            return Hearing { id: 0, shared: self.shared.clone() };
        }
        let start = state.witnesses.is_none();
        let id = state.witnesses.get_or_insert_default().listen(trusted);
        drop(state);
        if start {
            let task = Task {
                listeners: self.nodes.iter().map(|_| None).collect(),
                sources: Sources::new(self.nodes.iter().map(Node::speaks), self.seed),
                nodes: self.nodes.clone(),
                turn: 0,
                limit: self.limit,
                jobs: FuturesUnordered::new(),
                shared: self.shared.clone(),
            };
            let shared = self.shared.clone();
            self.tasks.spawn(task.run(), move || shared.lock().witnesses = None);
        }
        Hearing { id, shared: self.shared.clone() }
    }

    /// How much of what validators signed is at hand.
    #[cfg(feature = "testing")]
    pub(crate) fn held(&self) -> Vec<crate::config::Held> {
        let state = self.shared.lock();
        state.witnesses.iter().flat_map(|witnesses| witnesses.held()).collect()
    }

    /// Ends the task, whoever listens. None starts after it.
    pub(crate) fn close(&self) {
        *self.shared.lock() = State { closed: true, ..State::default() };
        self.shared.changed.notify_one();
    }
}

impl Hearing {
    /// What is at hand now.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Witnesses) -> T) -> Option<T> {
        self.shared.lock().witnesses.as_ref().map(look)
    }

    /// Changes when more is at hand.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.shared.news.subscribe()
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.shared.lock().witnesses.iter_mut().for_each(|witnesses| witnesses.leave(self.id));
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription that was begun, and what became of it.
type Job = BoxFuture<'static, (usize, Result<Listener, Failure>)>;

struct Task {
    nodes: Vec<Node>,
    listeners: Vec<Option<Listener>>,
    sources: Sources,
    /// The node whose messages are looked at first, in turn: one that floods us delays no other.
    turn: usize,
    limit: Duration,
    jobs: FuturesUnordered<Job>,
    shared: Arc<Shared>,
}

impl Task {
    async fn run(mut self) {
        while self.is_needed() {
            while let Some(node) = self.sources.next(Instant::now().into_std()) {
                let (one, limit) = (self.nodes[node].clone(), self.limit);
                self.jobs.push(Box::pin(async move { (node, hear(&one, limit).await) }));
            }
            let wake = self.sources.wake().map(Instant::from_std);
            let wake = wake.unwrap_or_else(|| Instant::now() + MAX_TIMEOUT);
            tokio::select! {
                biased;
                () = self.shared.changed.notified() => {}
                Some((node, heard)) = self.jobs.next() => match heard {
                    Ok(listener) => self.listeners[node] = Some(listener),
                    Err(failure) => self.lost(node, failure),
                },
                (node, message) = next_message(&mut self.listeners, self.turn) => {
                    self.turn = node + 1;
                    match message {
                        Ok(heard) => self.message(node, &heard.text),
                        Err(failure) => self.lost(node, failure),
                    }
                }
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Whether anybody listens. Decided under the lock: whoever comes later starts a new task.
    fn is_needed(&self) -> bool {
        let mut state = self.shared.lock();
        let needed = state.witnesses.as_ref().is_some_and(|witnesses| !witnesses.is_idle());
        if !needed {
            state.witnesses = None;
        }
        needed
    }

    fn message(&mut self, node: usize, text: &Utf8Bytes) {
        let Some(bytes) = signed_bytes(text) else { return };
        let heard = match self.shared.lock().witnesses.as_mut() {
            Some(witnesses) => witnesses.hear(&bytes),
            None => return,
        };
        match heard {
            Heard::Nothing => {}
            Heard::News => {
                self.sources.heard(node);
                self.shared.news.send_modify(|count| *count = count.wrapping_add(1));
            }
            Heard::Forged => {
                let failure = Failure::Unreadable("validations that nobody signed".to_owned());
                if self.sources.forged(node, failure, Instant::now().into_std()) {
                    let endpoint = self.nodes[node].endpoint();
                    debug!(%endpoint, "passes on what nobody signed");
                    self.listeners[node] = None;
                }
            }
        }
    }

    fn lost(&mut self, node: usize, failure: Failure) {
        let endpoint = self.nodes[node].endpoint();
        debug!(%endpoint, failure = %endpoint.hide_keys(failure.clone()), "does not tell what validators sign");
        self.listeners[node] = None;
        self.sources.lost(node, failure, Instant::now().into_std());
    }
}

async fn hear(node: &Node, limit: Duration) -> Result<Listener, Failure> {
    if let Readiness::Resting(failure) = node.readiness() {
        return Err(failure);
    }
    timeout(limit, node.hear_validators()).await.unwrap_or_else(|_| Err(node.no_answer()))
}
