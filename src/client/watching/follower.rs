//! Step 8 of the trip: the task of the watch over real nodes. The machine decides, this does.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until},
};
use tracing::debug;

use super::{
    News, Shared, Watching,
    jobs::{self, Done},
};
use crate::{
    client::ask::validated_transaction,
    config::{FitnessRules, MAX_TIMEOUT, Timeouts},
    error::Failure,
    machine::{
        race::Reply,
        watch::{Action, Ending, Event, WatchSource},
    },
    net::{
        link::{Heard, Listener},
        node::Node,
    },
    tx::{Around, Chain, ContentMismatch, TxRecord, ValidatedTransaction},
    types::TxHash,
    wire::{request::Streams, stream::StreamMessage},
};

/// Doubts that are kept.
const MAX_DOUBTS: usize = 256;

/// Messages that are looked at in one go.
const AT_ONCE: usize = 32;

/// The task of the watch.
pub(super) struct Follower {
    nodes: Vec<Node>,
    /// The network each subscribed node follows.
    networks: Vec<Option<u32>>,
    listeners: Vec<Option<Listener>>,
    /// The node whose messages are looked at first, in turn: one that floods us delays no other.
    turn: usize,
    rules: Arc<FitnessRules>,
    timeouts: Timeouts,
    streams: Streams,
    shared: Arc<Shared>,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Heard content that does not hash to its name: whose it was. The node lied, or we cannot
    /// encode this transaction; which of the two is known when the true content is.
    doubts: Vec<(TxHash, usize, Failure)>,
    /// Whether somebody was told something just now.
    told: bool,
}

/// A message that shows a transaction.
struct Shown<'a> {
    hash: TxHash,
    node: usize,
    text: &'a str,
}

/// What makes the task look again.
enum Step {
    Message(usize, Result<Heard, Failure>),
    Job(Done),
    Changed,
}

impl Follower {
    pub(super) fn new(watching: &Watching) -> Follower {
        Follower {
            nodes: watching.nodes.clone(),
            networks: vec![None; watching.nodes.len()],
            listeners: watching.nodes.iter().map(|_| None).collect(),
            turn: 0,
            rules: watching.rules.clone(),
            timeouts: watching.timeouts,
            streams: Streams::of_ledgers(watching.settings.source == WatchSource::Stream),
            shared: watching.shared.clone(),
            jobs: FuturesUnordered::new(),
            doubts: Vec::new(),
            told: false,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let Some(wake) = self.act(None) else { return };
            let step = tokio::select! {
                // Jobs are few and messages many: a fetch that came must not wait behind a flood.
                biased;
                () = self.shared.changed.notified() => Step::Changed,
                Some(done) = self.jobs.next() => Step::Job(done),
                (node, message) = next_message(&mut self.listeners, self.turn) => {
                    Step::Message(node, message)
                }
                () = sleep_until(wake) => Step::Changed,
            };
            match step {
                Step::Message(node, message) => {
                    if self.messages(node, message).is_none() {
                        return;
                    }
                    if std::mem::take(&mut self.told) {
                        // Whoever was told may run before the next message is read.
                        tokio::task::yield_now().await;
                    }
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
                match watch.act(now.into_std()) {
                    Some(action) => action,
                    None if watch.is_idle() => {
                        // Decided under the lock: whoever comes now starts a new watch.
                        state.watch = None;
                        return None;
                    }
                    None => {
                        let wake = watch.wake(now.into_std());
                        return Some(wake.map_or(now + MAX_TIMEOUT, Instant::from_std));
                    }
                }
            };
            self.perform(action, shown);
        }
    }

    fn perform(&mut self, action: Action, shown: Option<&Shown<'_>>) {
        match action {
            Action::Subscribe { node } => {
                let (one, rules) = (self.nodes[node].clone(), self.rules.clone());
                let limit = self.timeouts.overall;
                self.jobs.push(Box::pin(jobs::subscribe(one, node, rules, self.streams, limit)));
            }
            Action::Unsubscribe { node, why } => self.unsubscribe(node, why),
            Action::Fetch { node, index } => {
                let (one, rules) = (self.nodes[node].clone(), self.rules.clone());
                let limit = self.timeouts.overall;
                self.jobs.push(Box::pin(jobs::fetch(one, node, rules, index, limit)));
            }
            Action::Read { node, hash, index } => {
                match shown.filter(|shown| shown.hash == hash && shown.node == node) {
                    Some(shown) => self.read(shown, index),
                    None => debug!(%hash, "the message that showed it is gone"),
                }
            }
            Action::Ask { node, hash } => {
                let (one, rules) = (self.nodes[node].clone(), self.rules.clone());
                let limit = self.timeouts.overall;
                self.jobs.push(Box::pin(jobs::ask(one, node, rules, hash, limit)));
            }
            // Who has looked where is told with it: a moment later this one may wait no longer.
            Action::Final { waiter } => {
                let state = self.shared.lock();
                let searched = state.watch.as_ref().map(|watch| watch.coverage(waiter));
                drop(state);
                self.tell(waiter, News::Never { searched: searched.unwrap_or_default() });
            }
            Action::Reached { waiter } => {
                let (sender, more) = oneshot::channel();
                if let Some(listens) = self.shared.lock().waiters.get_mut(&waiter) {
                    let _ = std::mem::replace(listens, sender).send(News::Reached(more));
                }
            }
        }
    }

    fn unsubscribe(&mut self, node: usize, why: Ending) {
        let endpoint = self.nodes[node].endpoint();
        debug!(%endpoint, ?why, "no longer watched");
        self.listeners[node] = None;
        match why {
            Ending::Stalled => self.nodes[node].renew(),
            Ending::Disqualified(failure) => self.nodes[node].distrust(failure),
            Ending::Surplus => {}
        }
    }

    /// A message shows an awaited transaction. It is the answer, if it holds everything.
    fn read(&mut self, shown: &Shown<'_>, index: u32) {
        let Shown { hash, node, text } = *shown;
        let endpoint = self.nodes[node].endpoint();
        debug!(%hash, %endpoint, ledger = index, "appeared");
        let Some(network_id) = self.networks[node] else { return };
        let around = Around { chain: Chain::of_network(network_id), ..Around::default() };
        // What cannot be read here is asked for: the machine knows that it has appeared.
        let Ok(record) = TxRecord::read(text, &around) else { return };
        match record.bind(hash) {
            Ok(record) if record.ledger_index() == index && record.close_time().is_some() => {
                match validated_transaction(record, network_id, endpoint) {
                    Ok(tx) => self.found(hash, &tx, node),
                    Err(failure) => {
                        self.handle(Event::Liar { node, failure });
                    }
                }
            }
            Ok(_) => {}
            Err(ContentMismatch { asked, computed, .. }) => {
                self.doubts.push((hash, node, Failure::ContentMismatch { asked, computed }));
                let too_many = self.doubts.len().saturating_sub(MAX_DOUBTS);
                self.doubts.drain(..too_many);
            }
        }
    }

    /// Looks at a message and at some that have come behind it, until somebody is told something. `None`
    /// when nobody waits any more.
    fn messages(&mut self, node: usize, message: Result<Heard, Failure>) -> Option<()> {
        let mut next = (node, message);
        for looked_at in 1.. {
            let (node, message) = next;
            self.turn = node + 1;
            self.message(node, message)?;
            if self.told || looked_at == AT_ONCE {
                break;
            }
            match next_message(&mut self.listeners, self.turn).now_or_never() {
                Some(following) => next = following,
                None => break,
            }
        }
        Some(())
    }

    /// `None` when nobody waits any more.
    fn message(&mut self, node: usize, message: Result<Heard, Failure>) -> Option<()> {
        let Heard { text, message } = match message {
            Ok(heard) => heard,
            Err(failure) => {
                self.listeners[node] = None;
                self.handle(Event::Lost { node, failure });
                return Some(());
            }
        };
        let shown = match &message {
            StreamMessage::Transaction(tx) => Some(Shown { hash: tx.hash, node, text: &text }),
            _ => None,
        };
        // Most are of no use to anybody.
        if self.handle(Event::Message { node, message }) {
            self.act(shown.as_ref())?;
        }
        Some(())
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Subscribed { node, network_id, newest, listener } => {
                self.networks[node] = Some(network_id);
                self.listeners[node] = Some(listener);
                self.handle(Event::Subscribed { node, network_id, newest });
                self.shared.followed.send_modify(|count| *count += 1);
            }
            Done::Event(event) => {
                self.handle(event);
            }
            Done::Asked { node, hash, reply } => self.asked(node, hash, reply),
        }
    }

    /// A node was asked for a transaction that has appeared.
    fn asked(&mut self, node: usize, hash: TxHash, reply: Reply<ValidatedTransaction>) {
        let soon = match reply {
            Reply::Found(tx) => {
                // What we can encode, we would have understood in the stream as well.
                let understood = tx.is_understood();
                let (of_this, others) = std::mem::take(&mut self.doubts)
                    .into_iter()
                    .partition(|(doubted, ..)| *doubted == hash);
                self.doubts = others;
                self.handle(Event::Shown { node, hash });
                self.found(hash, &tx, node);
                for (_, node, failure) in of_this.into_iter().filter(|_| understood) {
                    self.nodes[node].distrust(failure.clone());
                    self.handle(Event::Liar { node, failure });
                }
                return;
            }
            Reply::Absent(_) | Reply::Failed(_, Failure::NotValidated) => true,
            Reply::Failed(_, failure) => {
                if matches!(failure, Failure::ContentMismatch { .. }) {
                    self.handle(Event::Liar { node, failure });
                }
                false
            }
        };
        self.handle(Event::NotShown { node, hash, soon });
    }

    /// Whether something is to be done at once.
    fn handle(&self, event: Event) -> bool {
        let mut state = self.shared.lock();
        let Some(watch) = &mut state.watch else { return false };
        watch.handle(event, Instant::now().into_std());
        watch.has_actions()
    }

    fn tell(&self, waiter: u64, news: News) {
        if let Some(sender) = self.shared.lock().waiters.remove(&waiter) {
            // One who does not listen any more is on the way out.
            let _ = sender.send(news);
        }
    }

    /// Tells all who wait for this transaction.
    fn found(&mut self, hash: TxHash, tx: &ValidatedTransaction, node: usize) {
        self.told = true;
        let mut state = self.shared.lock();
        let waiters = state.watch.as_mut().map(|watch| watch.found(&hash)).unwrap_or_default();
        for waiter in waiters {
            if let Some(sender) = state.waiters.remove(&waiter) {
                let _ = sender.send(News::Found { tx: Box::new(tx.clone()), node });
            }
        }
    }
}

/// The next message of any listener, looking at the one of `first` before the others. Never resolves
/// while there is none.
pub(in crate::client) async fn next_message(
    listeners: &mut [Option<Listener>],
    first: usize,
) -> (usize, Result<Heard, Failure>) {
    std::future::poll_fn(|cx: &mut Context<'_>| {
        let count = listeners.len();
        for node in (0..count).map(|turn| (first + turn) % count) {
            if let Some(Poll::Ready(message)) =
                listeners[node].as_mut().map(|one| one.poll_next(cx))
            {
                return Poll::Ready((node, message));
            }
        }
        Poll::Pending
    })
    .await
}
