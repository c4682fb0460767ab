//! How much a connection holds.

use super::{Link, QUEUED_BYTES, QUEUED_MESSAGES};
use crate::config::Held;
use std::sync::atomic::Ordering;

impl Link {
    /// Beside the limits. A message has at most so many bytes.
    pub(crate) fn held(&self, message_bytes: usize) -> [Held; 5] {
        let state = self.lock();
        let limit = self.outgoing.max_capacity();
        let waiting = limit - self.outgoing.capacity();
        let fullest = |count: &dyn Fn(&super::Sink) -> usize| state.sinks.iter().map(count).max();
        let messages = fullest(&|sink| QUEUED_MESSAGES - sink.messages.capacity());
        let bytes = fullest(&|sink| sink.queued.load(Ordering::Relaxed));
        [
            Held::new("requests that are not sent yet", waiting, limit),
            Held::new("requests that wait for an answer", state.pending.len(), limit),
            Held::new("listeners of a connection", state.sinks.len(), usize::MAX),
            Held::new("messages that wait for a listener", messages.unwrap_or(0), QUEUED_MESSAGES),
            Held::new("bytes of those", bytes.unwrap_or(0), QUEUED_BYTES.max(message_bytes)),
        ]
    }
}
