//! Steps 3 to 5 of the trip: one connection, from its dial to its end.
//!
//! It ends when the socket does, when nobody holds a lease on it any more, or when it was idle for
//! long. Over HTTP the connections to a node that are open at the same time are one link.

#[cfg(feature = "testing")]
mod held;
#[cfg(feature = "http")]
mod http;
mod line;
mod task;
mod topics;

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    sync::{
        Notify,
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::Instant,
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

pub(crate) use self::{
    line::Line,
    task::{End, run},
    topics::{AccountSet, Topics},
};
use super::open::{Opener, Progress, closed};
use crate::{
    error::{Failure, Step},
    machine::pending::Pending,
    wire::{
        answer::Answer,
        frame::Frame,
        request::{ApiVersion, Request},
        stream::StreamMessage,
        values::check_values,
    },
};

/// Stream messages that wait for whoever reads them. More are dropped and counted: the socket is read
/// all the same, and what is missing shows in the ledgers' counts.
const QUEUED_MESSAGES: usize = 4_096;

/// Bytes of those. A single larger message waits alone.
const QUEUED_BYTES: usize = 64 << 20;

/// Ids are unique in the life of the process: a late answer to an old request of another connection
/// never finds a new waiter.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// The question for the newest ledger, over HTTP. Every server knows the first version of the answer.
pub(crate) fn newest(id: u64) -> String {
    Request::Newest.to_rpc(id, ApiVersion::V1)
}

/// A connection keeps open as long as somebody holds one.
#[derive(Clone, Debug)]
pub(crate) struct Lease(
    #[expect(dead_code, reason = "its drop is its use")] mpsc::Sender<Infallible>,
);

/// What the handles and the task of a connection share.
#[derive(Debug)]
pub(crate) struct Link {
    state: Mutex<State>,
    outgoing: mpsc::Sender<Outgoing>,
    leases: mpsc::WeakSender<Infallible>,
    closing: Notify,
    /// Somebody does not wait for an answer or for messages any more.
    given_up: Notify,
    progress: Progress,
}

#[derive(Debug)]
struct State {
    pending: Pending<oneshot::Sender<Result<Answer, Failure>>>,
    sinks: Vec<Sink>,
    phase: Phase,
    /// It was open once.
    opened: bool,
    used: Instant,
    unreadable: u64,
    unasked: u64,
    overflowed: u64,
}

/// One who hears messages.
#[derive(Debug)]
struct Sink {
    id: u64,
    topics: Topics,
    messages: mpsc::Sender<Heard>,
    /// Bytes of the messages that wait.
    queued: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum Phase {
    Opening,
    Open,
    Ended(Failure),
}

#[derive(Debug)]
struct Outgoing {
    id: u64,
    text: String,
    /// Not worth sending when nobody waits for the answer any more.
    awaited: bool,
}

/// What the task needs beside the link.
#[derive(Debug)]
pub(crate) struct Ends {
    outgoing: mpsc::Receiver<Outgoing>,
    leases: mpsc::Receiver<Infallible>,
}

impl Link {
    /// A link that is not opened yet, the ends for its task, and the first lease.
    pub(crate) fn new(opener: &Opener) -> (Arc<Link>, Ends, Lease) {
        let limit = opener.limits.open_requests;
        let (outgoing, outgoing_end) = mpsc::channel(limit);
        let (lease, leases) = mpsc::channel(1);
        let link = Link {
            state: Mutex::new(State {
                pending: Pending::new(limit),
                sinks: Vec::new(),
                phase: Phase::Opening,
                opened: false,
                used: Instant::now(),
                unreadable: 0,
                unasked: 0,
                overflowed: 0,
            }),
            outgoing,
            leases: lease.downgrade(),
            closing: Notify::new(),
            given_up: Notify::new(),
            progress: Progress::default(),
        };
        (Arc::new(link), Ends { outgoing: outgoing_end, leases }, Lease(lease))
    }

    /// A further lease, unless the connection is ending.
    pub(crate) fn lease(&self) -> Option<Lease> {
        match self.lock().phase {
            Phase::Ended(_) => None,
            _ => self.leases.upgrade().map(Lease),
        }
    }

    /// Sends a request, now or once the connection is open. Must be called with a lease in hand.
    pub(crate) fn send(
        self: &Arc<Link>,
        lease: Lease,
        text: impl FnOnce(u64) -> String,
    ) -> Result<Sent, Failure> {
        self.send_under(self.lock(), lease, text)
    }

    /// The same for who has looked at the state: whoever looks at it after that is sent behind this.
    fn send_under(
        self: &Arc<Link>,
        mut state: MutexGuard<'_, State>,
        lease: Lease,
        text: impl FnOnce(u64) -> String,
    ) -> Result<Sent, Failure> {
        if let Phase::Ended(failure) = &state.phase {
            return Err(failure.clone());
        }
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let (waiter, answer) = oneshot::channel();
        let busy = Failure::Busy { limit: self.outgoing.max_capacity() };
        state.pending.insert(id, waiter).map_err(|_| busy)?;
        state.used = Instant::now();
        let reused = matches!(state.phase, Phase::Open);
        let queued = self.outgoing.try_send(Outgoing { id, text: text(id), awaited: true });
        drop(state);
        let sent = Sent { id, link: self.clone(), answer, reused, _lease: lease };
        // On refusal the drop of `sent` takes the entry out again.
        match queued {
            // On a connection that has just ended the failure is on its way.
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(sent),
            Err(TrySendError::Full(_)) => {
                Err(Failure::Busy { limit: self.outgoing.max_capacity() })
            }
        }
    }

    /// The stream messages of this connection from now on that are about these topics. When the listener
    /// goes, what nobody else needs is unsubscribed, in this version of the language; over HTTP, without
    /// one, there is nothing to end.
    pub(crate) fn listen(
        self: &Arc<Link>,
        lease: Lease,
        topics: Topics,
        version: Option<ApiVersion>,
    ) -> Listener {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let (sink, messages) = mpsc::channel(QUEUED_MESSAGES);
        let mut state = self.lock();
        // On a connection that has ended the listener hears of the end at once.
        let queued = Arc::<AtomicUsize>::default();
        if !matches!(state.phase, Phase::Ended(_)) {
            state.sinks.push(Sink { id, topics, messages: sink, queued: queued.clone() });
        }
        drop(state);
        Listener { id, link: self.clone(), messages, queued, version, lease }
    }

    /// Ends the connection though somebody may need it: whoever waits is told at once.
    pub(crate) fn close(&self) {
        self.end(&closed(None));
        self.closing.notify_one();
    }

    /// Its task has gone without a word: whoever waits is told, and the next request opens another one.
    pub(super) fn lose(&self) {
        let cause = "its task has gone, with the runtime that it ran on or by a panic";
        self.end(&Failure::Broken(cause.to_owned()));
    }

    /// Whether it is open now.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.lock().phase, Phase::Open)
    }

    /// Where its opening hangs, or ended if it never opened.
    pub(crate) fn opening_step(&self) -> Option<Step> {
        (!self.lock().opened).then(|| self.progress.step())
    }

    /// Frames that could not be read, so far.
    pub(crate) fn unreadable(&self) -> u64 {
        self.lock().unreadable
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, failure: &Failure) {
        let waiters = {
            let mut state = self.lock();
            state.phase = Phase::Ended(failure.clone());
            state.sinks.clear();
            state.pending.drain()
        };
        for waiter in waiters {
            // A waiter that is gone needs no reason.
            let _ = waiter.send(Err(failure.clone()));
        }
    }

    /// When it will have been idle for so long, unless it is used until then.
    fn idle_at(&self, idle: Duration) -> Instant {
        let state = self.lock();
        if state.is_in_use() { Instant::now() + idle } else { state.used + idle }
    }

    /// From now on it is open, for the first time.
    fn begin(&self) {
        let mut state = self.lock();
        if !state.opened {
            state.phase = Phase::Open;
            state.opened = true;
            state.used = Instant::now();
        }
    }

    /// Ends the link if nobody has used it since `idle` ago; checked and done in one step, so that no
    /// request can slip into a closing connection.
    fn end_if_idle(&self, idle: Duration) -> bool {
        let mut state = self.lock();
        let unused = !state.is_in_use() && state.used.elapsed() >= idle;
        if unused {
            state.phase = Phase::Ended(closed(None));
        }
        unused
    }

    fn route(&self, text: Utf8Bytes) -> Result<(), Failure> {
        check_values(&text)?;
        match Frame::peek(&text) {
            Frame::Answer { id, answer } => {
                let waiter = self.lock().pending.answer(id);
                match waiter {
                    Some(waiter) => drop(waiter.send(answer)),
                    None => self.lock().unasked += 1,
                }
            }
            Frame::Stream(message) => self.publish(&Heard { text, message }),
            Frame::Unreadable => self.lock().unreadable += 1,
            Frame::Complaint { text } => return Err(Failure::Complaint(text)),
        }
        Ok(())
    }

    fn publish(&self, heard: &Heard) {
        let mut state = self.lock();
        let concerned = |sink: &&Sink| sink.topics.hold(&heard.message);
        if !state.sinks.iter().any(|sink| concerned(&sink)) {
            state.unasked += 1;
        }
        let refused = |sink: &&Sink| !sink.takes(heard);
        let overflowed = state.sinks.iter().filter(concerned).filter(refused).count();
        state.overflowed += overflowed as u64;
    }
}

impl Sink {
    /// Whether there was room for a message.
    fn takes(&self, heard: &Heard) -> bool {
        let size = heard.text.len();
        // Counted before it can be taken out.
        let before = self.queued.fetch_add(size, Ordering::Relaxed);
        let fits = before == 0 || before.saturating_add(size) <= QUEUED_BYTES;
        let taken = fits && self.messages.try_send(heard.clone()).is_ok();
        if !taken {
            self.queued.fetch_sub(size, Ordering::Relaxed);
        }
        taken
    }
}

impl State {
    fn is_in_use(&self) -> bool {
        !self.pending.is_empty() || !self.sinks.is_empty()
    }
}

/// A message of a stream, read as far as its envelope goes.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) text: Utf8Bytes,
    pub(crate) message: StreamMessage,
}

/// Hears the stream messages of a connection. Dropping it unsubscribes.
#[derive(Debug)]
pub(crate) struct Listener {
    id: u64,
    link: Arc<Link>,
    messages: mpsc::Receiver<Heard>,
    queued: Arc<AtomicUsize>,
    version: Option<ApiVersion>,
    lease: Lease,
}

impl Listener {
    /// The next message, or why there will be none.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Heard, Failure>> {
        self.messages.poll_recv(cx).map(|message| {
            let size = message.as_ref().map_or(0, |heard| heard.text.len());
            self.queued.fetch_sub(size, Ordering::Relaxed);
            message.ok_or_else(|| match &self.link.lock().phase {
                Phase::Ended(failure) => failure.clone(),
                _ => closed(None),
            })
        })
    }

    /// From now on these accounts are needed, and no others.
    pub(crate) fn need(&self, accounts: &AccountSet) {
        let mut state = self.link.lock();
        for sink in state.sinks.iter_mut().filter(|sink| sink.id == self.id) {
            sink.topics.need(accounts);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut state = self.link.lock();
        state.used = Instant::now();
        let own = state.sinks.iter().position(|sink| sink.id == self.id);
        let own = own.map(|at| state.sinks.swap_remove(at));
        if let (Some(own), Some(version)) = (own, self.version) {
            for request in own.topics.goodbyes(state.sinks.iter().map(|sink| &sink.topics)) {
                let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
                let text = request.to_text(id, version);
                // Under the lock: whoever needs the same from now on asks for it behind this. A queue that
                // is full belongs to a connection that will not live long.
                let _ = self.link.outgoing.try_send(Outgoing { id, text, awaited: false });
            }
        }
        drop(state);
        self.link.given_up.notify_waiters();
    }
}

/// A request on its way: resolves to the answer. Dropping it cancels it.
#[derive(Debug)]
pub(crate) struct Sent {
    id: u64,
    link: Arc<Link>,
    answer: oneshot::Receiver<Result<Answer, Failure>>,
    reused: bool,
    _lease: Lease,
}

impl Sent {
    /// Whether it went over a connection that was open before, and so may have died unnoticed.
    pub(crate) fn is_on_reused_connection(&self) -> bool {
        self.reused
    }
}

impl Future for Sent {
    type Output = Result<Answer, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer)
            .poll(cx)
            .map(|answer| answer.unwrap_or_else(|_| Err(closed(None))))
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let mut state = self.link.lock();
        state.pending.cancel(self.id);
        state.used = Instant::now();
        drop(state);
        self.link.given_up.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Limits, net::connect::Tcp, wire::request::Streams};

    fn opener() -> Opener {
        Opener {
            connect: Arc::new(Tcp::default()),
            #[cfg(feature = "tls")]
            tls: crate::net::tls::Tls::new(&Default::default()).unwrap(),
            headers: Default::default(),
            limits: Limits::default(),
        }
    }

    #[test]
    fn so_many_messages_and_bytes_wait_for_a_listener_and_no_more() {
        // Not in a task: those may take only some at a time.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _entered = runtime.enter();
        let (link, _ends, lease) = Link::new(&opener());
        let streams = Streams::of_ledgers(true);
        let topics = Topics::Ledgers { streams, accounts: AccountSet::default() };
        let mut listener = link.listen(lease, topics, None);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut taken_of = |count: usize, bytes: usize| {
            let text = Utf8Bytes::from(" ".repeat(bytes));
            for _ in 0..count {
                link.publish(&Heard { text: text.clone(), message: StreamMessage::Other });
            }
            let taken = std::iter::from_fn(|| match listener.poll_next(&mut cx) {
                Poll::Ready(heard) => heard.ok(),
                Poll::Pending => None,
            });
            (taken.count(), std::mem::take(&mut link.lock().overflowed))
        };
        assert_eq!(taken_of(QUEUED_MESSAGES + 10, 1), (QUEUED_MESSAGES, 10));
        assert_eq!(taken_of(9, QUEUED_BYTES / 8), (8, 1));
        assert_eq!(taken_of(2, QUEUED_BYTES + 1), (1, 1), "one that is larger comes alone");
        assert_eq!(taken_of(8, QUEUED_BYTES / 8), (8, 0), "what was taken makes room");
    }

    #[tokio::test]
    async fn who_sends_while_a_connection_ends_is_told_why_and_not_that_it_is_busy() {
        let (link, ends, lease) = Link::new(&opener());
        // The task is at its end, on another thread, and has not said so yet.
        drop(ends);
        let sent = link.send(lease, |_| String::new()).unwrap();
        let failure = Failure::Connect("refused".to_owned());
        link.end(&failure);
        assert_eq!(sent.await.unwrap_err(), failure);
    }
}
