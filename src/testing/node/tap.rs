//! The node's end of any connection: counts the bytes, falls silent, cuts off, resets.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::NodeState;
use crate::testing::link::FarEnd;

/// A client that sends more than this to a silent node has to wait.
const MOST_UNHEARD: usize = 1 << 20;

/// A connection as a node has it.
pub(in crate::testing) trait Socket:
    AsyncRead + AsyncWrite + Unpin + Send
{
    /// From now on the end of this connection is a reset for the client.
    fn reset(&mut self);
}

impl Socket for FarEnd {
    fn reset(&mut self) {
        FarEnd::reset(self);
    }
}

impl Socket for TcpStream {
    fn reset(&mut self) {
        // Where that fails, the client sees an end instead of a reset.
        let _ = self.set_zero_linger();
    }
}

impl<S: Socket> Socket for tokio_rustls::server::TlsStream<S> {
    fn reset(&mut self) {
        self.get_mut().0.reset();
    }
}

impl Socket for Box<dyn Socket> {
    fn reset(&mut self) {
        (**self).reset();
    }
}

/// A connection with a valve.
pub(in crate::testing) struct Tap {
    socket: Box<dyn Socket>,
    node: Arc<NodeState>,
    valve: Arc<Valve>,
    /// What arrived while the node was silent.
    unheard: Vec<u8>,
}

/// What the session does to its connection below WebSocket.
#[derive(Debug, Default)]
pub(in crate::testing) struct Valve {
    inner: Mutex<Inner>,
    reset: AtomicBool,
    upgraded: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    /// Bytes that may still be written before the connection breaks.
    cut_after: Option<usize>,
    /// Who waits for the end of the silence.
    asleep: Vec<Waker>,
}

impl Valve {
    /// The connection breaks after so many more bytes.
    pub(in crate::testing) fn cut_after(&self, bytes: usize) {
        self.lock().cut_after = Some(bytes);
    }

    /// The connection ends with a reset.
    pub(in crate::testing) fn reset(&self) {
        self.reset.store(true, Ordering::Release);
    }

    /// The handshake is done: from now on the node's silence concerns this connection.
    pub(in crate::testing) fn upgraded(&self) {
        self.upgraded.store(true, Ordering::Release);
    }

    /// Looks again whether the node is silent.
    pub(in crate::testing) fn wake(&self) {
        for waker in self.lock().asleep.drain(..) {
            waker.wake();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the node is silent.
    fn poll_speak(&self, node: &NodeState, cx: &mut Context<'_>) -> Poll<()> {
        if !self.upgraded.load(Ordering::Acquire) || !node.is_silent() {
            return Poll::Ready(());
        }
        self.lock().asleep.push(cx.waker().clone());
        // Healed in between?
        if node.is_silent() { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Tap {
    pub(in crate::testing) fn new(
        socket: impl Socket + 'static,
        node: &Arc<NodeState>,
        valve: &Arc<Valve>,
    ) -> Tap {
        Tap {
            socket: Box::new(socket),
            node: Arc::clone(node),
            valve: Arc::clone(valve),
            unheard: Vec::new(),
        }
    }

    pub(in crate::testing) fn valve(&self) -> &Valve {
        &self.valve
    }

    /// Whether what the client says first is a request for a WebSocket. Nothing of it is taken.
    pub(in crate::testing) async fn wants_websocket(&mut self) -> io::Result<bool> {
        let mut more = [0; 1024];
        let has_head = |bytes: &[u8]| bytes.windows(4).any(|end| end == b"\r\n\r\n");
        while !has_head(&self.unheard) && self.unheard.len() < MOST_UNHEARD {
            let count = self.socket.read(&mut more).await?;
            self.unheard.extend_from_slice(&more[..count]);
            if count == 0 {
                break;
            }
        }
        let text = String::from_utf8_lossy(&self.unheard).to_ascii_lowercase();
        let (head, _) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        Ok(head.starts_with("get ") && head.contains("\r\nupgrade: websocket"))
    }

    /// Keeps what arrives during the silence; the end of the connection is noticed all the same.
    fn poll_unheard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.unheard.len() < MOST_UNHEARD {
            let mut bytes = [0; 1024];
            let mut buffer = ReadBuf::new(&mut bytes);
            std::task::ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.unheard.extend_from_slice(buffer.filled());
        }
        Poll::Pending
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if self.valve.reset.load(Ordering::Acquire) {
            self.socket.reset();
        }
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.valve.poll_speak(&self.node, cx).is_pending() {
            return self.poll_unheard(cx);
        }
        if !self.unheard.is_empty() {
            let take = self.unheard.len().min(buffer.remaining());
            let bytes: Vec<u8> = self.unheard.drain(..take).collect();
            buffer.put_slice(&bytes);
            self.node.count_received(take);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(cx, buffer);
        self.node.count_received(buffer.filled().len() - before);
        polled
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        std::task::ready!(self.valve.poll_speak(&self.node, cx));
        let room = self.valve.lock().cut_after.unwrap_or(bytes.len());
        if room == 0 && !bytes.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let allowed = &bytes[..room.min(bytes.len())];
        let polled = Pin::new(&mut self.socket).poll_write(cx, allowed);
        if let Poll::Ready(Ok(written)) = polled {
            self.node.count_sent(written);
            if let Some(left) = &mut self.valve.lock().cut_after {
                *left -= written;
            }
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
