//! Step 8 of the trip: the one watch of a client over real nodes. The machine decides, this does.

mod jobs;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep_until},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;

use self::jobs::Done;
use super::ask::validated_transaction;
use crate::{
    config::{FitnessRules, Timeouts},
    error::Failure,
    machine::watch::{Action, Event, Watch, WatchSource},
    net::{link::Listener, node::Node, pool::Tasks},
    tx::{Around, Chain, ContentMismatch, TxRecord, ValidatedTransaction},
    types::TxHash,
    wire::{ranges::LedgerRanges, request::Streams, stream::StreamMessage},
};

/// The settings and nodes of the watch of one client.
#[derive(Debug)]
pub(crate) struct Watching {
    pub(crate) nodes: Vec<Node>,
    pub(crate) rules: Arc<FitnessRules>,
    pub(crate) timeouts: Timeouts,
    pub(crate) source: WatchSource,
    pub(crate) watched: usize,
    pub(crate) seed: u64,
    pub(crate) tasks: Tasks,
    shared: Arc<Shared>,
}

/// What waiters and the task share. The task runs as long as somebody waits.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// There while the task runs.
    watch: Option<Watch>,
    waiters: HashMap<u64, oneshot::Sender<News>>,
}

/// What a waiter is told, once.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// It is in a validated ledger, found by this node.
    Found { tx: ValidatedTransaction, node: usize },
    /// It can never be in one.
    Never,
}

/// One who waits. Dropping it ends the wait, and the watch when it was the last one.
#[derive(Debug)]
pub(crate) struct Waiting {
    id: u64,
    shared: Arc<Shared>,
    news: oneshot::Receiver<News>,
}

impl Waiting {
    /// What the watch finds out. Never resolves if it finds out nothing.
    pub(crate) async fn news(&mut self) -> News {
        match (&mut self.news).await {
            Ok(news) => news,
            Err(_) => std::future::pending().await,
        }
    }

    /// A way to tell the watch what nodes answer that are asked directly.
    pub(crate) fn testimony(&self) -> Testimony {
        Testimony { id: self.id, shared: self.shared.clone() }
    }

    /// The ledgers in which the watch has surely looked, by node.
    pub(crate) fn coverage(&self) -> Vec<(usize, LedgerRanges)> {
        self.shared.lock().watch.as_ref().map(|watch| watch.coverage(self.id)).unwrap_or_default()
    }
}

/// Tells the watch what nodes answer that are asked directly.
#[derive(Debug)]
pub(crate) struct Testimony {
    id: u64,
    shared: Arc<Shared>,
}

impl Testimony {
    /// A node does not have the transaction in these ledgers.
    pub(crate) fn add(&self, node: usize, ledgers: LedgerRanges) {
        let mut state = self.shared.lock();
        if let Some(watch) = &mut state.watch {
            watch.testify(self.id, node, ledgers);
        }
        drop(state);
        self.shared.changed.notify_one();
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
        rules: Arc<FitnessRules>,
        timeouts: Timeouts,
        (source, watched): (WatchSource, usize),
        seed: u64,
        tasks: Tasks,
    ) -> Watching {
        let shared = Arc::default();
        Watching { nodes, rules, timeouts, source, watched, seed, tasks, shared }
    }

    /// Waits for a hash from now on; starts the watch if it does not run.
    pub(crate) fn wait_for(&self, hash: TxHash, first: Option<u32>, last: Option<u32>) -> Waiting {
        let (sender, news) = oneshot::channel();
        let mut state = self.shared.lock();
        let start = state.watch.is_none();
        let watch = state.watch.get_or_insert_with(|| {
            let nodes = self.nodes.len();
            Watch::new(nodes, self.watched, self.source, self.rules.full_history, self.seed)
        });
        let id = watch.wait_for(hash, first, last);
        state.waiters.insert(id, sender);
        drop(state);
        if start {
            let follower = Follower {
                nodes: self.nodes.clone(),
                networks: vec![None; self.nodes.len()],
                listeners: self.nodes.iter().map(|_| None).collect(),
                rules: self.rules.clone(),
                timeouts: self.timeouts,
                streams: Streams { transactions: self.source == WatchSource::Stream },
                shared: self.shared.clone(),
                jobs: FuturesUnordered::new(),
                completing: Vec::new(),
            };
            let running = self.tasks.begin();
            tokio::spawn(async move {
                follower.run().await;
                drop(running);
            });
        }
        self.shared.changed.notify_one();
        Waiting { id, shared: self.shared.clone(), news }
    }
}

/// The task of the watch.
struct Follower {
    nodes: Vec<Node>,
    /// The network each subscribed node follows.
    networks: Vec<Option<u32>>,
    listeners: Vec<Option<Listener>>,
    rules: Arc<FitnessRules>,
    timeouts: Timeouts,
    streams: Streams,
    shared: Arc<Shared>,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Hashes that appeared and are being asked for.
    completing: Vec<TxHash>,
}

/// A message that shows a transaction.
struct Shown<'a> {
    hash: TxHash,
    node: usize,
    text: &'a str,
}

/// What makes the task look again.
enum Step {
    Message(usize, Result<Utf8Bytes, Failure>),
    Job(Done),
    Changed,
}

impl Follower {
    async fn run(mut self) {
        loop {
            let Some(wake) = self.act(None) else { return };
            let step = tokio::select! {
                // Jobs are few and messages many: a fetch that came must not wait behind a flood.
                biased;
                () = self.shared.changed.notified() => Step::Changed,
                Some(done) = self.jobs.next() => Step::Job(done),
                (node, message) = next_message(&mut self.listeners) => Step::Message(node, message),
                () = sleep_until(wake) => Step::Changed,
            };
            match step {
                Step::Message(node, Ok(text)) => self.message(node, &text),
                Step::Message(node, Err(failure)) => {
                    self.listeners[node] = None;
                    self.handle(Event::Lost { node, failure });
                }
                Step::Job(done) => self.done(done),
                Step::Changed => {}
            }
        }
    }

    /// Does what the machine wants; `shown` is the message that made it want. `None` when nobody waits
    /// any more, else when to look again.
    fn act(&mut self, shown: Option<&Shown<'_>>) -> Option<Instant> {
        loop {
            let now = Instant::now();
            let action = {
                let mut state = self.shared.lock();
                let watch = state.watch.as_mut()?;
                let action = watch.act(now.into_std());
                if action.is_none() && watch.is_idle() {
                    // Decided under the lock: whoever comes now starts a new watch.
                    state.watch = None;
                    return None;
                }
                match action {
                    Some(action) => action,
                    None => {
                        let far = now + crate::config::MAX_TIMEOUT;
                        let wake = watch.wake(now.into_std());
                        return Some(wake.map_or(far, Instant::from_std));
                    }
                }
            };
            self.perform(action, shown);
        }
    }

    fn perform(&mut self, action: Action, shown: Option<&Shown<'_>>) {
        match action {
            Action::Subscribe { node } => {
                let job = jobs::subscribe(
                    self.nodes[node].clone(),
                    node,
                    self.rules.clone(),
                    self.streams,
                    self.timeouts.overall,
                );
                self.jobs.push(Box::pin(job));
            }
            Action::Unsubscribe { node, reason } => {
                let endpoint = self.nodes[node].endpoint();
                debug!(%endpoint, ?reason, "no longer watched");
                self.listeners[node] = None;
            }
            Action::Fetch { node, index } => {
                let job = jobs::fetch(self.nodes[node].clone(), node, self.rules.clone(), index);
                self.jobs.push(Box::pin(job));
            }
            Action::Appeared { hash, node, index } => self.appeared(hash, node, index, shown),
            Action::Final { waiter } => {
                if let Some(sender) = self.shared.lock().waiters.remove(&waiter) {
                    let _ = sender.send(News::Never);
                }
            }
        }
    }

    /// A waiting hash appeared. The message that showed it is the answer, if it holds everything; else
    /// a node is asked, the one that showed it first.
    fn appeared(&mut self, hash: TxHash, node: usize, index: u32, shown: Option<&Shown<'_>>) {
        let endpoint = self.nodes[node].endpoint();
        debug!(%hash, %endpoint, ledger = index, "appeared");
        let text = shown.filter(|shown| shown.hash == hash && shown.node == node);
        if let (Some(Shown { text, .. }), Some(network_id)) = (text, self.networks[node]) {
            let around = Around { chain: Chain::of_network(network_id), ..Around::default() };
            match TxRecord::read(text, &around).map(|record| record.bind(hash)) {
                Ok(Ok(record)) if record.ledger_index() == index => {
                    match validated_transaction(record, network_id, self.nodes[node].endpoint()) {
                        Ok(tx) => return self.deliver(hash, &News::Found { tx, node }),
                        Err(failure) => self.liar(node, failure),
                    }
                }
                Ok(Err(mismatch)) => {
                    let ContentMismatch { asked, computed, .. } = mismatch;
                    self.liar(node, Failure::ContentMismatch { asked, computed });
                }
                // Not everything is in it, or something we cannot read: asking will tell.
                Ok(Ok(_)) | Err(_) => {}
            }
        }
        if !self.completing.contains(&hash) {
            self.completing.push(hash);
            let mut order: Vec<usize> = (0..self.nodes.len()).collect();
            order.swap(0, node);
            let nodes = order.into_iter().map(|node| (node, self.nodes[node].clone())).collect();
            let job = jobs::complete(nodes, hash, self.rules.clone(), self.timeouts.endpoint);
            self.jobs.push(Box::pin(job));
        }
    }

    fn message(&mut self, node: usize, text: &str) {
        let message = StreamMessage::peek(text);
        let shown = match &message {
            StreamMessage::Transaction(tx) => Some(Shown { hash: tx.hash, node, text }),
            _ => None,
        };
        if let StreamMessage::Closed(closed) = &message {
            let (expected, found) = (self.networks[node], closed.network_id);
            if let (Some(expected), Some(found)) = (expected, found)
                && expected != found
            {
                let unfit = crate::error::Unfit::OtherNetwork { expected, found };
                return self.liar(node, Failure::Unfit(unfit));
            }
        }
        self.handle(Event::Message { node, message });
        let _ = self.act(shown.as_ref());
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Subscribed { node, network_id, newest, listener } => {
                self.networks[node] = Some(network_id);
                self.listeners[node] = Some(listener);
                self.handle(Event::Subscribed { node, newest });
            }
            Done::Event(event) => self.handle(event),
            Done::Completed { hash, found } => {
                self.completing.retain(|one| *one != hash);
                match found {
                    Some((node, tx)) => self.deliver(hash, &News::Found { tx, node }),
                    // Nobody could show it just now. Whoever still waits asks once more at the end.
                    None => debug!(%hash, "appeared, but no node could show it"),
                }
            }
        }
    }

    fn liar(&mut self, node: usize, failure: Failure) {
        self.listeners[node] = None;
        self.nodes[node].distrust(failure.clone());
        self.handle(Event::Liar { node, failure });
    }

    fn handle(&self, event: Event) {
        if let Some(watch) = &mut self.shared.lock().watch {
            watch.handle(event, Instant::now().into_std());
        }
    }

    fn deliver(&self, hash: TxHash, news: &News) {
        let mut state = self.shared.lock();
        let waiters: Vec<u64> =
            state.watch.as_ref().map(|watch| watch.waiting_for(&hash).to_vec()).unwrap_or_default();
        for waiter in waiters {
            if let Some(sender) = state.waiters.remove(&waiter) {
                let _ = sender.send(news.clone());
            }
            if let Some(watch) = &mut state.watch {
                watch.stop_waiting(waiter);
            }
        }
    }
}

/// The next message of any listener. Never resolves while there is none.
async fn next_message(listeners: &mut [Option<Listener>]) -> (usize, Result<Utf8Bytes, Failure>) {
    std::future::poll_fn(|cx: &mut Context<'_>| {
        for (node, listener) in listeners.iter_mut().enumerate() {
            if let Some(Poll::Ready(message)) = listener.as_mut().map(|one| one.poll_next(cx)) {
                return Poll::Ready((node, message));
            }
        }
        Poll::Pending
    })
    .await
}
