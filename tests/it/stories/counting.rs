//! What the client holds, looked at whenever it reads from a socket: never more than it may.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use xrpl_txdata::{
    ByteStream, Connect, Connecting, Endpoint, Monitor, MonitorHandle, TxData,
    testing::{Held, Network},
};

/// The way of a client to a network, with an eye on the client.
#[derive(Clone)]
pub(super) struct Counting {
    network: Network,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    client: Option<TxData>,
    monitor: Option<MonitorHandle>,
    samples: u64,
    /// The first thing of which there was too much.
    excess: Option<Held>,
}

impl Counting {
    pub(super) fn new(network: &Network) -> Counting {
        Counting { network: network.clone(), seen: Arc::default() }
    }

    pub(super) fn begin(&self, client: &TxData) {
        self.seen.lock().unwrap().client = Some(client.clone());
    }

    pub(super) fn monitor(&self, monitor: &Monitor) {
        self.seen.lock().unwrap().monitor = Some(monitor.handle());
    }

    /// How often it was looked at. From now on the client is not.
    ///
    /// # Panics
    /// When there was more of anything than its limit allows.
    pub(super) fn end(&self) -> u64 {
        let mut seen = self.seen.lock().unwrap();
        (seen.client, seen.monitor) = (None, None);
        assert_eq!(seen.excess, None, "the client held too much");
        seen.samples
    }

    fn look(&self) {
        let mut seen = self.seen.lock().unwrap();
        let client = seen.client.iter().flat_map(TxData::held);
        let monitor = seen.monitor.iter().flat_map(MonitorHandle::held);
        let excess = client.chain(monitor).find(|held| !held.is_within());
        seen.samples += 1;
        seen.excess = seen.excess.or(excess);
    }
}

impl Connect for Counting {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async move {
            let stream = self.network.connect(endpoint).await?;
            Ok(Box::new(Counted { stream, counting: self.clone() }) as Box<dyn ByteStream>)
        })
    }
}

struct Counted {
    stream: Box<dyn ByteStream>,
    counting: Counting,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready() {
            self.counting.look();
        }
        read
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
