//! The connection that somebody listens on, to send over.

use std::sync::{Arc, MutexGuard};

use super::{Lease, Link, Listener, Sent, State};
use crate::{
    error::Failure,
    types::AccountId,
    wire::{
        answer::Answer,
        request::{ApiVersion, Request},
    },
};

/// What is subscribed on another connection than that of the listener is heard by nobody, and nobody ends
/// it: a request that was lost with this one is not sent again over the next.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    link: Arc<Link>,
    lease: Lease,
    version: ApiVersion,
}

impl Listener {
    /// None over HTTP, where nothing is subscribed.
    pub(crate) fn line(&self) -> Option<Line> {
        let (link, lease) = (self.link.clone(), self.lease.clone());
        self.version.map(|version| Line { link, lease, version })
    }
}

impl Line {
    /// The answer. Accounts that somebody on this connection needs are not left; none when no other ones were
    /// to be left.
    pub(crate) async fn request(&self, request: &Request) -> Result<Option<Answer>, Failure> {
        let sent = match request {
            Request::UnsubscribeAccounts(accounts) => {
                // Whoever needs one from now on subscribes it behind this.
                let state = self.link.lock();
                let needed =
                    |account: &AccountId| state.sinks.iter().any(|sink| sink.topics.name(account));
                let gone: Vec<_> =
                    accounts.iter().filter(|account| !needed(account)).copied().collect();
                if gone.is_empty() {
                    return Ok(None);
                }
                self.send_under(state, &Request::UnsubscribeAccounts(gone))?
            }
            request => self.send_under(self.link.lock(), request)?,
        };
        sent.await.map(Some)
    }

    fn send_under(&self, state: MutexGuard<'_, State>, request: &Request) -> Result<Sent, Failure> {
        self.link.send_under(state, self.lease.clone(), |id| request.to_text(id, self.version))
    }
}
