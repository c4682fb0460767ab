//! Steps 3 to 5 of the trip: the task of a connection. It reads all the time and never waits for a
//! consumer.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

#[cfg(feature = "http")]
use super::http;
use super::{Ends, Lease, Link, Outgoing};
use crate::{
    config::{Endpoint, Transport},
    error::Failure,
    net::{
        open::{Opener, closed},
        upgrade::Socket,
    },
};

/// Messages that are read in one go. Those of a ledger come all together, and what one of them decides shall
/// not wait for the last.
const AT_ONCE: usize = 32;

/// How long a polite goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);

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

impl End {
    /// As it may be shown.
    pub(crate) fn without_keys(self, endpoint: &Endpoint) -> End {
        match self {
            End::NotOpened(failure) => End::NotOpened(endpoint.hide_keys(failure)),
            End::Lost(failure) => End::Lost(endpoint.hide_keys(failure)),
            End::Unneeded => End::Unneeded,
        }
    }
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
    let opened = || opened(link.leases.upgrade().map(Lease));
    let end = match endpoint.transport() {
        Transport::WebSocket => speak(&link, &mut ends, &opener, &endpoint, limit, opened).await,
        #[cfg(feature = "http")]
        Transport::Http => http::serve(&link, &mut ends, &opener, &endpoint, limit, opened).await,
        // No client is built with such an endpoint.
        #[cfg(not(feature = "http"))]
        Transport::Http => End::NotOpened(Failure::Connect("it needs the feature http".to_owned())),
    };
    // Only now the ends go: whoever sends until then is told why.
    match &end {
        End::Unneeded => link.end(&closed(None)),
        End::NotOpened(failure) | End::Lost(failure) => link.end(failure),
    }
    end
}

/// Opens a WebSocket and serves it.
async fn speak(
    link: &Link,
    ends: &mut Ends,
    opener: &Opener,
    endpoint: &Endpoint,
    limit: Duration,
    opened: impl FnOnce(),
) -> End {
    let opening = timeout(limit, opener.open(endpoint, &link.progress));
    let socket = tokio::select! {
        // An opening that nobody waits for is given up at once.
        biased;
        () = unneeded(&mut ends.leases, link) => return End::Unneeded,
        socket = opening => socket.unwrap_or(Err(Failure::NoAnswer { unreadable: 0 })),
    };
    let socket = match socket {
        Ok(socket) => socket,
        Err(failure) => return End::NotOpened(failure),
    };
    link.begin();
    opened();
    serve(socket, link, ends, opener).await
}

async fn serve(socket: Socket, link: &Link, ends: &mut Ends, opener: &Opener) -> End {
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
        for _ in 0..AT_ONCE {
            let message = match stream.next().await {
                Some(Ok(message)) => message,
                Some(Err(error)) => return opener.failure(error),
                None => return closed(None),
            };
            *heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            if let Err(failure) = hear(message, link) {
                return failure;
            }
        }
        // Whoever waits for one of these may run before the next ones are read.
        tokio::task::yield_now().await;
    }
}

fn hear(message: Message, link: &Link) -> Result<(), Failure> {
    match message {
        Message::Text(text) => link.route(text)?,
        Message::Close(frame) => return Err(closed(frame.as_ref())),
        Message::Binary(_) => link.lock().unreadable += 1,
        // Pings are answered below us.
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
    }
    Ok(())
}

async fn write(
    mut sink: SplitSink<Socket, Message>,
    link: &Link,
    ends: &mut Ends,
    opener: &Opener,
    heard: &Mutex<Instant>,
) -> End {
    let Ends { outgoing, leases } = ends;
    let end = tokio::select! {
        biased;
        end = work(&mut sink, outgoing, link, opener, heard) => end,
        // Also while it sends: a node that takes nothing any more must not keep it.
        () = unneeded(leases, link) => End::Unneeded,
    };
    if let End::Unneeded = end {
        let _ = timeout(GOODBYE, sink.close()).await;
    }
    end
}

/// Sends requests, and pings when there are none, until the connection has had its time.
async fn work(
    sink: &mut SplitSink<Socket, Message>,
    outgoing: &mut mpsc::Receiver<Outgoing>,
    link: &Link,
    opener: &Opener,
    heard: &Mutex<Instant>,
) -> End {
    let limits = opener.limits;
    let last_heard = || *heard.lock().unwrap_or_else(PoisonError::into_inner);
    // When the node was last heard before the ping. Whatever it says after that answers it.
    let mut silent_since = None;
    loop {
        let patience = match silent_since == Some(last_heard()) {
            true => limits.keep_alive * 2,
            false => limits.keep_alive,
        };
        let sent = tokio::select! {
            // Requests first: the timers only matter when there are none.
            biased;
            Some(first) = outgoing.recv() => send_all(sink, first, link, outgoing, opener).await,
            () = sleep_until(link.idle_at(limits.idle)) => {
                if link.end_if_idle(limits.idle) {
                    return End::Unneeded;
                }
                Ok(())
            }
            () = sleep_until(last_heard() + patience) => {
                let silent = last_heard().elapsed();
                if silent < patience {
                    Ok(())
                } else if patience > limits.keep_alive {
                    let silent = silent.as_secs();
                    Err(Failure::Broken(format!("no sign of life for {silent} s")))
                } else {
                    silent_since = Some(last_heard());
                    let ping = sink.send(Message::Ping(Default::default()));
                    in_time(limits.keep_alive, ping, opener).await
                }
            }
        };
        if let Err(failure) = sent {
            return End::Lost(failure);
        }
    }
}

/// Until nobody holds a lease any more, or the connection is closed all the same.
pub(super) async fn unneeded(leases: &mut mpsc::Receiver<Infallible>, link: &Link) {
    tokio::select! {
        _ = leases.recv() => {}
        () = link.closing.notified() => {}
    }
}

/// Sends a request and whatever waits behind it, with one flush.
async fn send_all(
    sink: &mut SplitSink<Socket, Message>,
    first: Outgoing,
    link: &Link,
    outgoing: &mut mpsc::Receiver<Outgoing>,
    opener: &Opener,
) -> Result<(), Failure> {
    let sending = async {
        let mut next = Some(first);
        while let Some(Outgoing { id, text, awaited }) = next {
            if !awaited || link.lock().pending.is_waiting(id) {
                sink.feed(Message::text(text)).await?;
            }
            next = outgoing.try_recv().ok();
        }
        sink.flush().await
    };
    in_time(opener.limits.keep_alive, sending, opener).await
}

/// Sends, unless the node does not take it for so long.
async fn in_time(
    limit: Duration,
    sending: impl Future<Output = Result<(), WsError>>,
    opener: &Opener,
) -> Result<(), Failure> {
    match timeout(limit, sending).await {
        Ok(sent) => sent.map_err(|error| opener.failure(error)),
        Err(_) => Err(Failure::Broken("it takes nothing any more".to_owned())),
    }
}
