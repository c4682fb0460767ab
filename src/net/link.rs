//! Steps 3 to 5 of the trip: one connection, from its dial to its end, as one task.
//!
//! The task reads all the time and never waits for a consumer. It ends when the connection does, when
//! nobody holds a lease on it any more, or when it was idle for long.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::open::{Opener, Progress, Socket, closed};
use crate::{
    config::Endpoint,
    error::{Failure, Step},
    machine::pending::Pending,
    wire::frame::Frame,
};

/// How long a polite goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// Stream messages that wait for whoever reads them. More are dropped and counted: the socket is read
/// all the same, and what is missing shows in the ledgers' counts.
const QUEUED_MESSAGES: usize = 4_096;

/// Ids are unique in the life of the process: a late answer to an old request of another connection
/// never finds a new waiter.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

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
    progress: Progress,
}

#[derive(Debug)]
struct State {
    pending: Pending<oneshot::Sender<Result<Utf8Bytes, Failure>>>,
    sinks: Vec<(u64, mpsc::Sender<Utf8Bytes>)>,
    phase: Phase,
    used: Instant,
    unreadable: u64,
    unasked: u64,
    overflowed: u64,
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
                used: Instant::now(),
                unreadable: 0,
                unasked: 0,
                overflowed: 0,
            }),
            outgoing,
            leases: lease.downgrade(),
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
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let (waiter, answer) = oneshot::channel();
        let reused = {
            let mut state = self.lock();
            if let Phase::Ended(failure) = &state.phase {
                return Err(failure.clone());
            }
            let busy = Failure::Busy { limit: self.outgoing.max_capacity() };
            state.pending.insert(id, waiter).map_err(|_| busy)?;
            state.used = Instant::now();
            matches!(state.phase, Phase::Open)
        };
        let sent = Sent { id, link: self.clone(), answer, reused, _lease: lease };
        // On refusal the drop of `sent` takes the entry out again.
        match self.outgoing.try_send(Outgoing { id, text: text(id), awaited: true }) {
            Ok(()) => Ok(sent),
            Err(_) => Err(Failure::Busy { limit: self.outgoing.max_capacity() }),
        }
    }

    /// The stream messages of this connection from now on. `goodbye` makes the request that ends the
    /// subscription, sent when the last listener goes.
    pub(crate) fn listen(
        self: &Arc<Link>,
        lease: Lease,
        goodbye: impl FnOnce(u64) -> String + Send + 'static,
    ) -> Listener {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let (sink, messages) = mpsc::channel(QUEUED_MESSAGES);
        let mut state = self.lock();
        // On a connection that has ended the listener hears of the end at once.
        if !matches!(state.phase, Phase::Ended(_)) {
            state.sinks.push((id, sink));
        }
        drop(state);
        let goodbye = Some(Goodbye(Box::new(goodbye)));
        Listener { id, link: self.clone(), messages, goodbye, _lease: lease }
    }

    /// Where it hangs while it is not open.
    pub(crate) fn opening_step(&self) -> Option<Step> {
        matches!(self.lock().phase, Phase::Opening).then(|| self.progress.step())
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

    /// Ends the link if nobody has used it since `idle` ago; checked and done in one step, so that no
    /// request can slip into a closing connection.
    fn end_if_idle(&self, idle: Duration) -> bool {
        let mut state = self.lock();
        let unused =
            state.pending.is_empty() && state.sinks.is_empty() && state.used.elapsed() >= idle;
        if unused {
            state.phase = Phase::Ended(closed(None));
        }
        unused
    }

    fn route(&self, text: Utf8Bytes) -> Result<(), Failure> {
        match Frame::peek(&text) {
            Frame::Answer { id } => {
                let waiter = self.lock().pending.answer(id);
                match waiter {
                    Some(waiter) => drop(waiter.send(Ok(text))),
                    None => self.lock().unasked += 1,
                }
            }
            Frame::Stream => self.publish(text),
            Frame::Unreadable => self.lock().unreadable += 1,
            Frame::Complaint { text } => return Err(Failure::Complaint(text)),
        }
        Ok(())
    }
}

impl Link {
    fn publish(&self, text: Utf8Bytes) {
        let mut state = self.lock();
        if state.sinks.is_empty() {
            state.unasked += 1;
        }
        let overflowed =
            state.sinks.iter().filter(|(_, sink)| sink.try_send(text.clone()).is_err()).count();
        state.overflowed += overflowed as u64;
    }
}

/// Hears the stream messages of a connection. Dropping it unsubscribes.
#[derive(Debug)]
pub(crate) struct Listener {
    id: u64,
    link: Arc<Link>,
    messages: mpsc::Receiver<Utf8Bytes>,
    goodbye: Option<Goodbye>,
    _lease: Lease,
}

struct Goodbye(Box<dyn FnOnce(u64) -> String + Send>);

impl std::fmt::Debug for Goodbye {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Goodbye")
    }
}

impl Listener {
    /// The next message, or why there will be none.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Utf8Bytes, Failure>> {
        self.messages.poll_recv(cx).map(|message| {
            message.ok_or_else(|| match &self.link.lock().phase {
                Phase::Ended(failure) => failure.clone(),
                _ => closed(None),
            })
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut state = self.link.lock();
        state.sinks.retain(|(id, _)| *id != self.id);
        let last = state.sinks.is_empty() && !matches!(state.phase, Phase::Ended(_));
        state.used = Instant::now();
        drop(state);
        if let (true, Some(Goodbye(text))) = (last, self.goodbye.take()) {
            let text = text(self.id);
            // A queue that is full belongs to a connection that will not live long.
            let _ = self.link.outgoing.try_send(Outgoing { id: self.id, text, awaited: false });
        }
    }
}

/// A request on its way: resolves to the text of the answer. Dropping it cancels it.
#[derive(Debug)]
pub(crate) struct Sent {
    id: u64,
    link: Arc<Link>,
    answer: oneshot::Receiver<Result<Utf8Bytes, Failure>>,
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
    type Output = Result<Utf8Bytes, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer)
            .poll(cx)
            .map(|answer| answer.unwrap_or_else(|_| Err(closed(None))))
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.link.lock().pending.cancel(self.id);
    }
}

/// Why a link ended.
#[derive(Debug)]
pub(crate) enum End {
    /// It never opened.
    NotOpened(Failure),
    /// It was open and broke, or the node closed it.
    Lost(Failure),
    /// Nobody needs it.
    Unneeded,
}

/// The task of a connection: opens it within `limit`, calls `opened`, serves it, tells why it ended.
pub(crate) async fn run(
    link: Arc<Link>,
    mut ends: Ends,
    opener: Arc<Opener>,
    endpoint: Endpoint,
    limit: Duration,
    opened: impl FnOnce(Option<Lease>),
) -> End {
    let opening = timeout(limit, opener.open(&endpoint, &link.progress));
    let socket = tokio::select! {
        // An opening that nobody waits for is given up at once.
        biased;
        _ = ends.leases.recv() => {
            link.end(&closed(None));
            return End::Unneeded;
        }
        socket = opening => socket.unwrap_or(Err(Failure::NoAnswer { unreadable: 0 })),
    };
    let socket = match socket {
        Ok(socket) => socket,
        Err(failure) => {
            link.end(&failure);
            return End::NotOpened(failure);
        }
    };
    {
        let mut state = link.lock();
        state.phase = Phase::Open;
        state.used = Instant::now();
    }
    opened(link.leases.upgrade().map(Lease));
    let end = serve(socket, &link, ends, &opener).await;
    match &end {
        End::Unneeded => link.end(&closed(None)),
        End::NotOpened(failure) | End::Lost(failure) => link.end(failure),
    }
    end
}

async fn serve(socket: Socket, link: &Link, ends: Ends, opener: &Opener) -> End {
    let heard = Mutex::new(Instant::now());
    let (sink, stream) = socket.split();
    tokio::select! {
        // What the node has sent is looked at before we decide that it is silent.
        biased;
        failure = read(stream, link, opener, &heard) => End::Lost(failure),
        end = write(sink, link, ends, opener, &heard) => end,
    }
}

async fn read(
    mut stream: SplitStream<Socket>,
    link: &Link,
    opener: &Opener,
    heard: &Mutex<Instant>,
) -> Failure {
    loop {
        let message = match stream.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return opener.failure(error),
            None => return closed(None),
        };
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        match message {
            Message::Text(text) => {
                if let Err(failure) = link.route(text) {
                    return failure;
                }
            }
            Message::Close(frame) => return closed(frame.as_ref()),
            Message::Binary(_) => link.lock().unreadable += 1,
            // Pings are answered below us.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

async fn write(
    mut sink: SplitSink<Socket, Message>,
    link: &Link,
    mut ends: Ends,
    opener: &Opener,
    heard: &Mutex<Instant>,
) -> End {
    let limits = opener.limits;
    let tick = limits.keep_alive.min(limits.idle);
    let mut check = Instant::now() + tick;
    loop {
        tokio::select! {
            // Requests first: the timers only matter when there are none.
            biased;
            Some(first) = ends.outgoing.recv() => {
                if let Err(end) = send_all(&mut sink, first, link, &mut ends, opener).await {
                    return end;
                }
            }
            _ = ends.leases.recv() => {
                let _ = timeout(GOODBYE, sink.close()).await;
                return End::Unneeded;
            }
            () = sleep_until(check) => {
                check = Instant::now() + tick;
                if link.end_if_idle(limits.idle) {
                    let _ = timeout(GOODBYE, sink.close()).await;
                    return End::Unneeded;
                }
                let silent = heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
                if silent >= limits.keep_alive * 2 {
                    let silent = silent.as_secs();
                    return End::Lost(Failure::Broken(format!("no sign of life for {silent} s")));
                }
                if silent >= limits.keep_alive {
                    let ping = sink.send(Message::Ping(Default::default()));
                    if let Some(end) = ended(timeout(limits.keep_alive, ping).await, opener) {
                        return end;
                    }
                }
            }
        }
    }
}

/// Sends a request and whatever waits behind it, with one flush.
async fn send_all(
    sink: &mut SplitSink<Socket, Message>,
    first: Outgoing,
    link: &Link,
    ends: &mut Ends,
    opener: &Opener,
) -> Result<(), End> {
    let sending = async {
        let mut next = Some(first);
        while let Some(Outgoing { id, text, awaited }) = next {
            if !awaited || link.lock().pending.is_waiting(id) {
                sink.feed(Message::text(text)).await?;
            }
            next = ends.outgoing.try_recv().ok();
        }
        sink.flush().await
    };
    match ended(timeout(opener.limits.keep_alive, sending).await, opener) {
        Some(end) => Err(end),
        None => Ok(()),
    }
}

/// What the outcome of sending within a time limit means.
fn ended(
    sent: Result<Result<(), tokio_tungstenite::tungstenite::Error>, tokio::time::error::Elapsed>,
    opener: &Opener,
) -> Option<End> {
    match sent {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(End::Lost(opener.failure(error))),
        Err(_) => Some(End::Lost(Failure::Broken("it takes nothing any more".to_owned()))),
    }
}
