//! The connection that somebody listens on, to send over.

use std::sync::Arc;

use super::{Lease, Link, Listener};
use crate::{
    error::Failure,
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
    /// The answer.
    pub(crate) async fn request(&self, request: &Request) -> Result<Answer, Failure> {
        self.link.send(self.lease.clone(), |id| request.to_text(id, self.version))?.await
    }
}
