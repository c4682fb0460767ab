//! The task of a monitor over real nodes. The machine decides, this does.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};
use tracing::{debug, info};

use super::{
    Outbox,
    event::{Event as Told, IncomingPayment, NodeFailure},
    jobs::{self, Done},
    stream::{MonitorStatus, Note},
    streamed::Streamed,
};
use crate::{
    client::Contact,
    error::{Error, Failure, Kind, Unfit},
    machine::follow::{
        Action, End, Event, Follow, Plan, accounts::Accounts, goal::Source, reading::Item,
    },
    net::link::{AccountSet, Heard, Listener},
    wire::request::Streams,
};

/// Messages that are taken in before the machine is asked what follows from them.
const BATCH: usize = 256;

/// What the task shares with the handles.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// The accounts were changed.
    pub(super) changed: Notify,
}

/// The accounts and the state of a monitor.
#[derive(Debug)]
pub(super) struct State {
    pub(super) accounts: Accounts,
    pub(super) status: MonitorStatus,
    #[cfg(feature = "testing")]
    pub(super) held: Vec<crate::config::Held>,
}

impl Shared {
    pub(super) fn new(accounts: Accounts) -> Shared {
        let state = State {
            accounts,
            status: MonitorStatus::default(),
            #[cfg(feature = "testing")]
            held: Vec::new(),
        };
        Shared { state: Mutex::new(state), changed: Notify::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What makes the task look again.
enum Step {
    Job(Done),
    Message(usize, Result<Heard, Failure>),
    Look,
}

/// The task.
pub(super) struct Driver {
    machine: Follow,
    contact: Contact,
    streams: Streams,
    /// Where only accounts are streamed, which those are.
    streamed: Option<Streamed>,
    shared: Arc<Shared>,
    names: Vec<String>,
    listeners: Vec<Option<Listener>>,
    /// The node whose messages are looked at first, in turn: one that floods us delays no other.
    turn: usize,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    /// What one ledger made; the next one waits until all of it is in the channel.
    outbox: Outbox,
    sender: mpsc::Sender<Note>,
}

impl Driver {
    pub(super) fn new(
        contact: Contact,
        plan: Plan,
        shared: Arc<Shared>,
        sender: mpsc::Sender<Note>,
    ) -> Driver {
        let names = plan.names.clone();
        let streams = Streams::of_ledgers(plan.source == Source::Transactions);
        let streamed = (plan.source == Source::Accounts)
            .then(|| Streamed::new(names.len(), &shared.lock().accounts));
        let listeners = names.iter().map(|_| None).collect();
        Driver {
            machine: Follow::new(plan, Instant::now().into_std()),
            contact,
            streams,
            streamed,
            shared,
            names,
            listeners,
            turn: 0,
            jobs: FuturesUnordered::new(),
            outbox: VecDeque::new(),
            sender,
        }
    }

    pub(super) async fn run(mut self) {
        let mut closed = self.contact.closed.clone();
        let shared = self.shared.clone();
        loop {
            self.act();
            self.stream_accounts();
            #[cfg(feature = "testing")]
            self.count();
            let now = Instant::now();
            let wake = self.machine.wake(now.into_std()).map(Instant::from_std);
            let wake = wake.unwrap_or(now + crate::config::MAX_TIMEOUT);
            let step = tokio::select! {
                // Ends first; then what makes room. Messages are many and last, but before the timer:
                // they are read before anything is concluded from their absence.
                biased;
                _ = closed.wait_for(|closed| *closed) => return,
                () = self.sender.closed() => return,
                permit = self.sender.reserve(), if !self.outbox.is_empty() => {
                    match (permit, self.outbox.pop_front()) {
                        (Ok(permit), Some(end @ Note::End(_))) => return permit.send(end),
                        (Ok(permit), Some(note)) => permit.send(note),
                        _ => return,
                    }
                    Step::Look
                }
                Some(done) = self.jobs.next() => Step::Job(done),
                () = shared.changed.notified() => Step::Look,
                (node, message) = next_message(&mut self.listeners, self.turn) => Step::Message(node, message),
                () = sleep_until(wake) => Step::Look,
            };
            match step {
                Step::Job(done) => self.done(done),
                Step::Message(node, message) => {
                    self.message(node, message);
                    self.further_messages();
                }
                Step::Look => {}
            }
        }
    }

    /// Does all that the machine wants.
    fn act(&mut self) {
        let now = Instant::now().into_std();
        loop {
            let action = {
                let state = &mut *self.shared.lock();
                let action = self.machine.act(&state.accounts, self.outbox.is_empty(), now);
                state.status.last_ledger = self.machine.done();
                state.status.newest_ledger = self.machine.tip();
                let watched = self.machine.watched();
                if watched.len() != state.status.nodes.len() || action.is_some() {
                    let name = |node: usize| self.names.get(node).cloned();
                    state.status.nodes = watched.into_iter().filter_map(name).collect();
                }
                action
            };
            let Some(action) = action else { return };
            self.perform(action);
        }
    }

    /// Says how much it holds.
    #[cfg(feature = "testing")]
    fn count(&self) {
        use crate::config::Held;
        let mut held = self.machine.held();
        let taken = self.sender.max_capacity() - self.sender.capacity();
        held.push(Held::new("events that wait for the consumer", taken, super::stream::EVENTS));
        self.shared.lock().held = held;
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Subscribe { node } => {
                let contact = &self.contact;
                let (accounts, requests) = match &mut self.streamed {
                    Some(streamed) => streamed.begin(node),
                    None => (AccountSet::default(), Vec::new()),
                };
                let job = jobs::subscribe(
                    contact.nodes[node].clone(),
                    (node, self.streams),
                    contact.rules.clone(),
                    requests,
                    accounts,
                    contact.timeouts.overall,
                );
                self.jobs.push(Box::pin(job));
            }
            Action::Unsubscribe { node, reason } => {
                let endpoint = self.contact.nodes[node].endpoint();
                let reason = reason.map(|reason| endpoint.hide_keys(reason));
                debug!(%endpoint, ?reason, "no longer watched");
                self.listeners[node] = None;
                if let Some(reason) = reason.filter(shows_a_lie) {
                    self.contact.nodes[node].distrust(reason);
                }
            }
            Action::Fetch { node, index, whole } => {
                let (contact, rules) = (&self.contact, self.contact.rules.clone());
                let job = jobs::fetch(contact.nodes[node].clone(), node, rules, index, whole);
                self.jobs.push(Box::pin(job));
            }
            Action::History(ask) => {
                let (contact, rules) = (&self.contact, self.contact.rules.clone());
                self.jobs.push(Box::pin(jobs::history(
                    contact.nodes[ask.node].clone(),
                    rules,
                    ask,
                )));
            }
            Action::Begun(cursor) => self.outbox.push_back(Note::At(cursor)),
            Action::Done { items, cursor } => {
                let told: Vec<Note> = items.into_iter().map(|item| self.told(item)).collect();
                self.outbox.extend(told);
                self.outbox.push_back(Note::Event(Told::LedgerDone(cursor)));
            }
            Action::Outage { after, failures } => {
                let named = |(node, failure): (usize, Failure)| {
                    NodeFailure::new(self.contact.nodes[node].endpoint(), failure)
                };
                let failures: Vec<NodeFailure> = failures.into_iter().map(named).collect();
                info!(?after, ?failures, "ledgers do not come in any more");
                self.outbox.push_back(Note::Event(Told::Outage { after, failures }));
            }
            Action::Recovered { lasted } => {
                info!(?lasted, "ledgers come in again");
                self.outbox.push_back(Note::Event(Told::Recovered { lasted }));
            }
            Action::End(end) => {
                let error = match end {
                    End::Reached => None,
                    End::Gap { from, to } => {
                        self.outbox.push_back(Note::Event(Told::GapNotFillable { from, to }));
                        None
                    }
                    End::OtherChain { index, expected, found } => {
                        Some(Kind::OtherChain { index, expected, found })
                    }
                    End::BeyondTip { asked, tip } => Some(Kind::BeyondTip { asked, tip }),
                };
                self.outbox.push_back(Note::End(error.map(Error::new)));
            }
        }
    }

    fn told(&self, item: Item) -> Note {
        let Item { transaction, received } = item;
        let source = transaction.source().clone();
        let transaction = transaction.answered(source, self.contact.native_asset.as_ref());
        Note::Event(match received {
            Some(received) => Told::Incoming(IncomingPayment::new(transaction, received)),
            None => Told::Transaction(transaction),
        })
    }

    fn done(&mut self, done: Done) {
        let Done { node, fit, listener, event, change } = done;
        if let (Some(number), Some(streamed)) = (change, &mut self.streamed)
            && !streamed.is_over(node, number)
        {
            // What became of a connection before says nothing of the one that is open now.
            return;
        }
        if let Some(fit) = fit {
            self.handle(Event::Judged { node, fit });
        }
        if let Some(listener) = listener {
            self.listeners[node] = Some(listener);
        }
        if let Some(Event::Lost { .. }) = event {
            self.listeners[node] = None;
        }
        if let Some(event) = event {
            self.handle(event);
        }
    }

    /// Lets the watched nodes stream the accounts that are followed now.
    fn stream_accounts(&mut self) {
        let Some(streamed) = &mut self.streamed else { return };
        streamed.look(&self.shared.lock().accounts);
        for (node, listener) in self.listeners.iter().enumerate() {
            let Some(listener) = listener else { continue };
            let Some(line) = listener.line() else { continue };
            if let Some(change) = streamed.change(node) {
                listener.need(&change.accounts);
                let job = jobs::change(self.contact.nodes[node].clone(), line, node, change);
                self.jobs.push(Box::pin(job));
            }
        }
    }

    fn message(&mut self, node: usize, message: Result<Heard, Failure>) {
        match message {
            Ok(Heard { text, message }) => {
                self.handle(Event::Message { node, message, text });
            }
            Err(failure) => {
                self.listeners[node] = None;
                self.handle(Event::Lost { node, failure });
            }
        }
    }

    /// Takes in what is there already.
    fn further_messages(&mut self) {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        for _ in 0..BATCH {
            self.turn = self.turn.wrapping_add(1);
            match poll_message(&mut self.listeners, self.turn, &mut cx) {
                Poll::Ready((node, message)) => self.message(node, message),
                Poll::Pending => return,
            }
        }
    }

    fn handle(&mut self, event: Event) {
        let state = self.shared.lock();
        self.machine.handle(event, &state.accounts, Instant::now().into_std());
    }
}

/// The next message of any listener. Never resolves while there is none.
async fn next_message(
    listeners: &mut [Option<Listener>],
    turn: usize,
) -> (usize, Result<Heard, Failure>) {
    std::future::poll_fn(|cx| poll_message(listeners, turn, cx)).await
}

fn poll_message(
    listeners: &mut [Option<Listener>],
    turn: usize,
    cx: &mut Context<'_>,
) -> Poll<(usize, Result<Heard, Failure>)> {
    let count = listeners.len();
    for step in 0..count {
        let node = turn.wrapping_add(step) % count;
        let polled = listeners[node].as_mut().map(|one| one.poll_next(cx));
        if let Some(Poll::Ready(message)) = polled {
            return Poll::Ready((node, message));
        }
    }
    Poll::Pending
}

/// Whether that alone shows that a node lies. Where it only says other things than those who were believed
/// here, they may be the ones who lie: whoever else asks it judges for himself.
fn shows_a_lie(failure: &Failure) -> bool {
    use Unfit::{OtherHistory, OtherNetwork};
    !matches!(failure, Failure::Unfit(OtherHistory { .. } | OtherNetwork { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::LedgerHash;

    /// Whoever was believed first may be the liar, so that contradicting it is no lie; contradicting oneself is.
    #[test]
    fn only_what_a_node_shows_by_itself_is_a_lie_for_all() {
        let (one, other) = (LedgerHash::from_bytes([1; 32]), LedgerHash::from_bytes([2; 32]));
        for (unfit, lies) in [
            (Unfit::OtherHistory { ledger_index: 7, expected: one, found: other }, false),
            (Unfit::OtherNetwork { expected: 1, found: 0 }, false),
            (Unfit::TwoHistories { ledger_index: 7, first: one, second: other }, true),
            (Unfit::JumpedAhead { from: 7, to: 9_999 }, true),
            (Unfit::WentBack { from: 9_999, to: 7 }, true),
        ] {
            assert_eq!(shows_a_lie(&Failure::Unfit(unfit.clone())), lies, "{unfit}");
        }
        assert!(shows_a_lie(&Failure::Unreadable("what hashes to something else".to_owned())));
    }
}
