//! A running monitor as its owner holds it.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;

use super::{IntoAccount, driver::Shared, event::Event};
use crate::{
    client::TxData,
    error::{Error, Kind},
    machine::follow::cursor::Cursor,
    types::{AccountId, ParseError},
};

/// Events that wait for a slow consumer. Ledgers after that wait in the nodes.
pub(super) const EVENTS: usize = 64;

/// What the task has to say.
#[derive(Debug)]
pub(super) enum Note {
    /// Everything up to here counts as told.
    At(Cursor),
    Event(Event),
    /// The last one.
    End(Option<Error>),
}

/// A stream of [`Event`]s; dropping it ends the following.
///
/// An error is the last item: the start is not on this network, or the client was closed. The stream
/// also ends behind the last ledger that was asked for, and with
/// [`GapNotFillable`](Event::GapNotFillable). Outages do not end it.
#[derive(Debug)]
#[must_use = "a stream tells nothing unless it is polled"]
pub struct Monitor {
    events: mpsc::Receiver<Note>,
    handle: MonitorHandle,
    cursor: Option<Cursor>,
    ended: bool,
    /// The connections live as long as one of those who share them.
    client: TxData,
}

impl Monitor {
    pub(super) fn new(
        events: mpsc::Receiver<Note>,
        handle: MonitorHandle,
        cursor: Option<Cursor>,
        client: TxData,
    ) -> Monitor {
        Monitor { events, handle, cursor, ended: false, client }
    }

    /// The next event; `None` after the last one. Dropping the future loses nothing.
    ///
    /// # Errors
    /// At most once, and then it is the last item: [`WrongStart`](crate::ErrorKind::WrongStart), when all nodes
    /// have another ledger where the cursor stands or none so far on, and
    /// [`Closed`](crate::ErrorKind::Closed).
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        StreamExt::next(self).await
    }

    /// Where to go on after the last event that was taken from the stream, in the middle of a ledger
    /// too. `None` as long as the start is not known.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// A handle to change the accounts and to look at the state.
    pub fn handle(&self) -> MonitorHandle {
        self.handle.clone()
    }

    fn mark(&mut self, event: &Event) {
        match (event, &mut self.cursor) {
            (Event::LedgerDone(done), cursor) => *cursor = Some(done.clone()),
            (Event::Incoming(payment), Some(cursor)) => cursor.done.push(payment.hash()),
            (Event::Transaction(tx), Some(cursor)) => cursor.done.push(tx.hash()),
            _ => {}
        }
    }
}

impl Stream for Monitor {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.ended {
            match std::task::ready!(self.events.poll_recv(cx)) {
                Some(Note::At(cursor)) => self.cursor = Some(cursor),
                Some(Note::Event(event)) => {
                    self.mark(&event);
                    return Poll::Ready(Some(Ok(event)));
                }
                Some(Note::End(error)) => {
                    self.ended = true;
                    return Poll::Ready(error.map(Err));
                }
                None => {
                    self.ended = true;
                    let closed = self.client.is_closed();
                    let kind = if closed { Kind::Closed } else { Kind::TaskLost };
                    return Poll::Ready(Some(Err(Error::new(kind))));
                }
            }
        }
        Poll::Ready(None)
    }
}

/// Changes the accounts of a running [`Monitor`] and tells how it is. Cheap to clone; does not keep the
/// monitor alive.
///
/// ```no_run
/// # async fn example(txd: xrpl_txdata::TxData) -> Result<(), Box<dyn std::error::Error>> {
/// let mut monitor = txd.monitor(["rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"]).start()?;
/// let handle = monitor.handle();
/// tokio::spawn(async move { while let Some(event) = monitor.next().await { /* book it */ } });
///
/// // A customer got an account of their own. What came to it before has to be read by another monitor.
/// let before = handle.add("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY")?;
/// // For a health page: some ledgers behind is usual, many are not.
/// println!("running: {}", handle.is_running());
/// println!("{:?} ledgers behind, watching {:?}", handle.status().lag(), handle.status().nodes);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct MonitorHandle {
    shared: Arc<Shared>,
    running: mpsc::WeakSender<Note>,
}

impl MonitorHandle {
    pub(super) fn new(shared: Arc<Shared>, running: mpsc::WeakSender<Note>) -> MonitorHandle {
        MonitorHandle { shared, running }
    }

    /// Follows one more account, from the next ledger on that is put together. Returns the last ledger
    /// in which it was not followed yet; `None` when the monitor has not begun. For what came before,
    /// run another monitor over those ledgers. Once the monitor does not [run](MonitorHandle::is_running)
    /// any more, nothing is followed.
    ///
    /// # Errors
    /// The address is none.
    pub fn add(&self, account: impl IntoAccount) -> Result<Option<u32>, ParseError> {
        let account = account.into_account()?;
        let mut state = self.shared.lock();
        state.accounts.insert(account);
        let last = state.status.last_ledger;
        drop(state);
        self.shared.changed.notify_one();
        Ok(last)
    }

    /// Follows an account no longer, from the next ledger on that is put together; events that wait
    /// already still come. True when it was followed. Without any account only the ledgers are told.
    pub fn remove(&self, account: &AccountId) -> bool {
        let removed = self.shared.lock().accounts.remove(account);
        self.shared.changed.notify_one();
        removed
    }

    /// Whether an account is followed.
    pub fn contains(&self, account: &AccountId) -> bool {
        self.shared.lock().accounts.contains(account)
    }

    /// How many accounts are followed.
    pub fn accounts(&self) -> usize {
        self.shared.lock().accounts.len()
    }

    /// What the monitor holds, beside the limits, as of the last time it looked.
    #[cfg(feature = "testing")]
    pub fn held(&self) -> Vec<crate::config::Held> {
        self.shared.lock().held.clone()
    }

    /// Whether it still follows: false once its task has come to its end, whatever ended it. Events of
    /// before may still wait to be taken.
    pub fn is_running(&self) -> bool {
        self.running.strong_count() > 0
    }

    /// How the monitor is. After its end this stays what it was last, and a lag of 0 stays 0: see
    /// [`is_running`](MonitorHandle::is_running).
    pub fn status(&self) -> MonitorStatus {
        self.shared.lock().status.clone()
    }
}

/// How a monitor is at this moment, or was when it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MonitorStatus {
    /// The last ledger that is complete; its events may still wait to be taken.
    pub last_ledger: Option<u32>,
    /// The newest ledger of the nodes that are watched.
    pub newest_ledger: Option<u32>,
    /// The endpoints that are watched.
    pub nodes: Vec<String>,
}

impl MonitorStatus {
    /// How many ledgers are closed, but not complete here.
    pub fn lag(&self) -> Option<u32> {
        Some(self.newest_ledger?.saturating_sub(self.last_ledger?))
    }
}
