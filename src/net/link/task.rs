//! Steps 3 to 5 of the trip: the task of a connection. It reads all the time and never waits for a
//! consumer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::{Ends, Lease, Link, Outgoing, Phase};
use crate::{
    config::Endpoint,
    error::Failure,
    net::open::{Opener, Socket, closed},
};

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
