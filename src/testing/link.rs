//! The client's end of a connection in memory: bytes that can also be reset, and a count of how many
//! such ends are held.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// Bytes on their way in one direction at most, like the buffers of a real connection.
const BUFFER: usize = 64 << 10;

/// The client's end of a connection to a simulated node, an asynchronous stream of bytes.
///
/// [`Network::dial`](super::Network::dial) gives it. Dropping it closes the connection.
#[derive(Debug)]
pub struct Link {
    bytes: DuplexStream,
    reset: Arc<AtomicBool>,
    _held: Held,
}

/// The node's end of a [`Link`].
#[derive(Debug)]
pub(super) struct FarEnd {
    bytes: DuplexStream,
    reset: Arc<AtomicBool>,
}

/// One more connection as long as it lives.
#[derive(Debug)]
pub(super) struct Held(Arc<AtomicUsize>);

impl Held {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Held {
        count.fetch_add(1, Ordering::Relaxed);
        Held(Arc::clone(count))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) fn pair(held: Held) -> (Link, FarEnd) {
    let (near, far) = tokio::io::duplex(BUFFER);
    let reset = Arc::new(AtomicBool::new(false));
    let link = Link { bytes: near, reset: Arc::clone(&reset), _held: held };
    (link, FarEnd { bytes: far, reset })
}

impl FarEnd {
    /// The client sees a reset, not an end: what it has not read is lost.
    pub(super) fn reset(&mut self) {
        self.reset.store(true, Ordering::Release);
    }
}

impl Link {
    fn check(&self) -> io::Result<()> {
        if self.reset.load(Ordering::Acquire) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        let polled = Pin::new(&mut self.bytes).poll_read(cx, buffer);
        // The end that a reset leaves behind is not an orderly one.
        if polled.is_ready() {
            self.check()?;
        }
        polled
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.bytes).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_shutdown(cx)
    }
}

impl AsyncRead for FarEnd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_read(cx, buffer)
    }
}

impl AsyncWrite for FarEnd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_shutdown(cx)
    }
}
