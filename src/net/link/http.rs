//! Steps 3 to 5 of the trip, over HTTP: the task of a link. Each request goes over a connection of its
//! own, which is kept for the next one.
//!
//! A node that is asked over HTTP says nothing by itself. While somebody listens it is asked for its
//! newest ledger, and what it answers is told as its stream would have told it.

mod line;

use std::{
    future::poll_fn,
    sync::atomic::Ordering,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use self::line::{Line, Site};
use super::{
    Ends, Heard, Link, NEXT_ID, Outgoing, newest,
    task::{End, unneeded},
};
use crate::{
    config::Endpoint,
    error::Failure,
    net::open::Opener,
    wire::{
        answer::Answer,
        frame::Frame,
        server_error::{Treatment, treatment, unreadable},
        stream::{StreamMessage, polled_message},
        values::check_values,
    },
};

/// Connections to one node at a time. Servers count them, and allow about twenty.
const MAX_LINES: usize = 6;

/// Pause before a node is asked again for its newest ledger. Ledgers close every three to five seconds.
const POLL: Duration = Duration::from_secs(3);

/// What becomes of a request.
struct Done {
    asked: Asked,
    /// The connection, if it can be used again.
    line: Option<Line>,
    /// None when nobody waits for it any more. What came over a sound connection may be no answer all the same.
    answer: Option<Result<Result<Answer, Failure>, Failure>>,
}

/// Who asked.
#[derive(Clone, Copy)]
enum Asked {
    /// The one who waits for the answer with this id.
    Waiter(u64),
    /// Those who listen, for the newest ledger.
    Listeners,
}

/// Serves a link until it has had its time; calls `opened` when there is a connection to keep.
pub(super) async fn serve(
    link: &Link,
    ends: &mut Ends,
    opener: &Opener,
    endpoint: &Endpoint,
    limit: Duration,
    opened: impl FnOnce(),
) -> End {
    let site = Site { opener, endpoint, limit };
    let mut opened = Some(opened);
    let mut idle: Vec<Line> = Vec::new();
    let mut asked: FuturesUnordered<BoxFuture<'_, Done>> = FuturesUnordered::new();
    let (mut next_poll, mut polling) = (None, false);
    loop {
        if idle.is_empty()
            && asked.is_empty()
            && opened.is_none()
            && link.end_if_idle(Duration::ZERO)
        {
            // The node has closed what nobody used. That is its right, and no fault.
            return End::Unneeded;
        }
        let polls = link.is_listened_to() && !polling;
        let poll = polls.then(|| *next_poll.get_or_insert_with(|| Instant::now() + POLL));
        let done = tokio::select! {
            // Answers first: who has one needs no connection any more.
            biased;
            Some(done) = asked.next() => done,
            () = unneeded(&mut ends.leases, link) => return End::Unneeded,
            () = any_ends(&mut idle) => continue,
            Some(Outgoing { id, text, .. }) = ends.outgoing.recv(), if asked.len() < MAX_LINES => {
                if link.lock().pending.is_waiting(id) {
                    asked.push(ask(link, site, idle.pop(), Asked::Waiter(id), text).boxed());
                }
                continue;
            }
            () = at(poll), if asked.len() < MAX_LINES => {
                (next_poll, polling) = (None, true);
                let text = newest(NEXT_ID.fetch_add(1, Ordering::Relaxed));
                asked.push(ask(link, site, idle.pop(), Asked::Listeners, text).boxed());
                continue;
            }
            () = sleep_until(link.idle_at(opener.limits.idle)) => {
                if link.end_if_idle(opener.limits.idle) {
                    return End::Unneeded;
                }
                continue;
            }
        };
        if let Some(line) = done.line {
            idle.push(line);
            if let Some(opened) = opened.take() {
                opened();
            }
        }
        let answer = match (done.asked, done.answer) {
            (Asked::Waiter(id), Some(Ok(answer))) => {
                if let Some(waiter) = link.lock().pending.answer(id) {
                    // One who is gone needs no answer.
                    let _ = waiter.send(answer);
                }
                Ok(())
            }
            (Asked::Listeners, Some(Ok(answer))) => answer.and_then(|answer| {
                if let Some(message) = newest_told(&answer)? {
                    link.publish(&Heard { text: answer.text().clone(), message });
                }
                Ok(())
            }),
            (_, Some(Err(failure))) => Err(failure),
            (_, None) => Ok(()),
        };
        if let Asked::Listeners = done.asked {
            polling = false;
        }
        if let Err(failure) = answer {
            return if link.lock().opened { End::Lost(failure) } else { End::NotOpened(failure) };
        }
    }
}

/// One request over one connection, over a fresh one if there is none. It ends when nobody waits for the
/// answer any more: then the connection is closed, for there is no other way to stop the node.
async fn ask(link: &Link, site: Site<'_>, line: Option<Line>, asked: Asked, text: String) -> Done {
    let exchange = async {
        let mut line = match line {
            Some(line) => line,
            None => Line::open(site, &link.progress).await?,
        };
        if !line.is_ready().await {
            // The node has closed it meanwhile.
            line = Line::open(site, &link.progress).await?;
        }
        link.begin();
        let text = line.ask(site, text).await?;
        Ok((line, text))
    };
    // Who waits for an answer gives up at last. Who listens does not: where ledgers close when somebody wants
    // them to, silence means nothing, and a question that is never answered would be the last one.
    let patience = matches!(asked, Asked::Listeners)
        .then(|| Instant::now() + 2 * site.opener.limits.keep_alive);
    tokio::select! {
        biased;
        () = link.is_given_up(asked) => Done { asked, line: None, answer: None },
        exchanged = exchange => match exchanged {
            Ok((line, text)) => {
                let line = line.is_open().then_some(line);
                Done { asked, line, answer: Some(belongs_to(asked, &text)) }
            }
            Err(failure) => Done { asked, line: None, answer: Some(Err(failure)) },
        },
        () = at(patience) => {
            let failure = Failure::NoAnswer { unreadable: 0 };
            Done { asked, line: None, answer: Some(Err(failure)) }
        }
    }
}

/// The answer, unless what came is none, or names another request: it may come from a cache, or belong to
/// what was asked before it.
fn belongs_to(asked: Asked, text: &Utf8Bytes) -> Result<Result<Answer, Failure>, Failure> {
    if !text.trim_start().starts_with('{') {
        return Err(unreadable(text));
    }
    check_values(text)?;
    match (Frame::peek(text), asked) {
        (Frame::Answer { id, .. }, Asked::Waiter(own)) if id != own => {
            Err(Failure::Broken("it answered another request than the one it was sent".to_owned()))
        }
        (Frame::Answer { answer, .. }, _) => Ok(answer),
        // Over HTTP servers need not name the request.
        _ => Ok(Answer::read(text)),
    }
}

/// What those who listen are told; none when that ledger is not validated, or cannot be told just now.
fn newest_told(answer: &Answer) -> Result<Option<StreamMessage>, Failure> {
    match answer.result() {
        Ok(result) => Ok(polled_message(result)),
        Err(error) if treatment(error) == Treatment::RetrySame => Ok(None),
        Err(error) => Err(Failure::Server(error.clone())),
    }
}

/// Until a connection that nobody uses has ended; it is gone then.
async fn any_ends(idle: &mut Vec<Line>) {
    poll_fn(|cx: &mut Context<'_>| {
        let before = idle.len();
        idle.retain_mut(|line| line.poll_end(cx).is_pending());
        if idle.len() < before { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl Link {
    fn is_listened_to(&self) -> bool {
        !self.lock().sinks.is_empty()
    }

    /// Until nobody waits for this any more.
    async fn is_given_up(&self, asked: Asked) {
        loop {
            // From now on it notices; so nothing is missed between the look and the wait.
            let given_up = self.given_up.notified();
            let wanted = match asked {
                Asked::Waiter(id) => self.lock().pending.is_waiting(id),
                Asked::Listeners => self.is_listened_to(),
            };
            if !wanted {
                return;
            }
            given_up.await;
        }
    }
}
