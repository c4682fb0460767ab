//! Step 3 of the trip: dial, TLS, WebSocket upgrade.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use tokio::io::BufReader;
use tokio_tungstenite::tungstenite::{
    Error as WsError,
    error::{CapacityError, ProtocolError},
    http::HeaderMap,
    protocol::{CloseFrame, WebSocketConfig},
};

use super::{
    connect::{ByteStream, Connect},
    upgrade::{Socket, upgrade},
};
use crate::{
    config::{Endpoint, Limits},
    error::{Failure, Step},
    wire::server_error::bounded,
};

/// Bytes taken from the connection at once, so that one read gives many messages: the WebSocket library
/// takes each as it is long, and its header before it.
const READ_AHEAD: usize = 16 << 10;

/// Bytes of a message that the library takes from those at once. Its own 128 KiB would be most of an idle
/// connection's memory.
const READ_BUFFER: usize = 4 << 10;

/// A text of our own that is larger is never sent.
const WRITE_BUFFER: usize = 4 << 20;

/// How connections are made; the same for all endpoints of a client.
pub(crate) struct Opener {
    pub(crate) connect: Arc<dyn Connect>,
    #[cfg(feature = "tls")]
    pub(crate) tls: super::tls::Tls,
    pub(crate) headers: HeaderMap,
    pub(crate) limits: Limits,
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Headers may hold keys.
        f.debug_struct("Opener").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The step an opening is at, readable from outside while it hangs.
#[derive(Debug, Default)]
pub(crate) struct Progress(AtomicU8);

impl Progress {
    fn reached(&self, step: Step) {
        // Of several that open at the same time the furthest one counts.
        self.0.fetch_max(step as u8, Ordering::Relaxed);
    }

    pub(crate) fn step(&self) -> Step {
        match self.0.load(Ordering::Relaxed) {
            step if step == Step::Tls as u8 => Step::Tls,
            step if step == Step::Upgrade as u8 => Step::Upgrade,
            _ => Step::Dial,
        }
    }
}

impl Opener {
    /// Opens a WebSocket. There is no time limit in here: whoever waits has one.
    pub(crate) async fn open(
        &self,
        endpoint: &Endpoint,
        progress: &Progress,
    ) -> Result<Socket, Failure> {
        let stream = self.dial(endpoint, progress).await?;
        let stream = Box::new(BufReader::with_capacity(READ_AHEAD, stream));
        progress.reached(Step::Upgrade);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(self.limits.message_bytes))
            .max_frame_size(Some(self.limits.message_bytes));
        upgrade(stream, endpoint, &self.headers, config).await
    }

    /// Opens a stream of bytes, encrypted where the endpoint wants it. No time limit either.
    pub(crate) async fn dial(
        &self,
        endpoint: &Endpoint,
        progress: &Progress,
    ) -> Result<Box<dyn ByteStream>, Failure> {
        progress.reached(Step::Dial);
        let stream = self.connect.connect(endpoint).await?;
        #[cfg(feature = "tls")]
        if endpoint.is_secure() {
            progress.reached(Step::Tls);
            return self.tls.wrap(endpoint, stream).await;
        }
        Ok(stream)
    }

    /// What a WebSocket error means for whoever waits.
    pub(crate) fn failure(&self, error: WsError) -> Failure {
        match error {
            WsError::Capacity(CapacityError::MessageTooLong { .. }) => {
                Failure::TooLarge { limit: self.limits.message_bytes }
            }
            WsError::ConnectionClosed
            | WsError::AlreadyClosed
            | WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => closed(None),
            error => Failure::Broken(bounded(&error.to_string(), 200)),
        }
    }
}

/// The end that a close frame, or the lack of one, stands for.
pub(crate) fn closed(frame: Option<&CloseFrame>) -> Failure {
    Failure::Closed {
        code: frame.map(|frame| frame.code.into()),
        reason: frame.map(|frame| bounded(&frame.reason, 100)).unwrap_or_default(),
    }
}
