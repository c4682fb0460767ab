//! Peers and wires of our own making, for what the simulated nodes cannot do wrong.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use futures_util::{SinkExt, StreamExt, future::BoxFuture};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio_tungstenite::{accept_async, client_async, tungstenite::Message};
use xrpl_txdata::{
    ByteStream, Connect, Connecting, Endpoint,
    testing::{Link, Network},
};

type Serve = dyn Fn(usize, DuplexStream) -> BoxFuture<'static, ()> + Send + Sync;

/// A peer that does whatever a test wants with the bytes of each connection.
#[derive(Clone)]
pub(crate) struct Peer {
    serve: Arc<Serve>,
    /// Bytes on their way in one direction at most.
    buffer: usize,
    dialled: Arc<AtomicUsize>,
}

impl Peer {
    /// `serve` gets the number of the connection, from 0, and its far end.
    pub(crate) fn new<F>(serve: impl Fn(usize, DuplexStream) -> F + Send + Sync + 'static) -> Peer
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let serve: Arc<Serve> = Arc::new(move |number, far| Box::pin(serve(number, far)));
        Peer { serve, buffer: 64 << 10, dialled: Arc::default() }
    }

    pub(crate) fn buffer(self, bytes: usize) -> Peer {
        Peer { buffer: bytes, ..self }
    }

    pub(crate) fn connections(&self) -> usize {
        self.dialled.load(Ordering::Relaxed)
    }
}

impl Connect for Peer {
    fn connect<'a>(&'a self, _: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async move {
            let number = self.dialled.fetch_add(1, Ordering::Relaxed);
            let (near, far) = tokio::io::duplex(self.buffer);
            tokio::spawn((self.serve)(number, far));
            Ok(Box::new(near) as Box<dyn ByteStream>)
        })
    }
}

/// A peer between us and the nodes of a network: every text of a node goes through `meddle`, which
/// gives the texts that we get instead. What it is told is the text and its JSON.
pub(crate) fn meddler(
    network: &Network,
    meddle: impl Fn(Value) -> Vec<String> + Send + Sync + 'static,
) -> impl Connect {
    let (network, meddle) = (network.clone(), Arc::new(meddle));
    struct Meddler(Network, Arc<dyn Fn(Value) -> Vec<String> + Send + Sync>);
    impl Connect for Meddler {
        fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
            Box::pin(async move {
                let link = self.0.dial(endpoint.host(), endpoint.port()).await?;
                let (near, far) = tokio::io::duplex(64 << 10);
                tokio::spawn(relay(far, link, self.1.clone()));
                Ok(Box::new(near) as Box<dyn ByteStream>)
            })
        }
    }
    Meddler(network, meddle)
}

async fn relay(
    far: DuplexStream,
    link: Link,
    meddle: Arc<dyn Fn(Value) -> Vec<String> + Send + Sync>,
) {
    let Ok(mut us) = accept_async(far).await else { return };
    let (mut node, _) = client_async("ws://node/", link).await.expect("the node upgrades");
    loop {
        tokio::select! {
            asked = us.next() => match asked {
                Some(Ok(message)) if message.is_text() => node.send(message).await.unwrap(),
                Some(Ok(_)) => {}
                _ => return,
            },
            told = node.next() => match told {
                Some(Ok(Message::Text(text))) => {
                    for text in meddle(serde_json::from_str(&text).unwrap()) {
                        if us.send(Message::text(text)).await.is_err() {
                            return;
                        }
                    }
                }
                Some(Ok(_)) => {}
                _ => return,
            }
        }
    }
}

/// Wires to a network that can be cut so that nobody is told: the way connections die behind a router
/// that has forgotten them. Whoever then writes is told by a reset.
#[derive(Clone)]
pub(crate) struct FrailWires {
    network: Network,
    wires: Arc<Mutex<Vec<Arc<Wire>>>>,
}

#[derive(Default)]
struct Wire {
    cut: AtomicBool,
    reset: AtomicBool,
    reader: Mutex<Option<Waker>>,
}

impl FrailWires {
    pub(crate) fn new(network: &Network) -> FrailWires {
        FrailWires { network: network.clone(), wires: Arc::default() }
    }

    /// All connections that are open now are dead, unnoticed.
    pub(crate) fn cut(&self) {
        for wire in self.wires.lock().unwrap().drain(..) {
            wire.cut.store(true, Ordering::Relaxed);
        }
    }
}

impl Connect for FrailWires {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async move {
            let link = self.network.dial(endpoint.host(), endpoint.port()).await?;
            let wire = Arc::<Wire>::default();
            self.wires.lock().unwrap().push(wire.clone());
            Ok(Box::new(Frail { link, wire }) as Box<dyn ByteStream>)
        })
    }
}

struct Frail {
    link: Link,
    wire: Arc<Wire>,
}

impl AsyncRead for Frail {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        *self.wire.reader.lock().unwrap() = Some(cx.waker().clone());
        if !self.wire.cut.load(Ordering::Relaxed) {
            return Pin::new(&mut self.link).poll_read(cx, buffer);
        }
        if self.wire.reset.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Poll::Pending
    }
}

impl AsyncWrite for Frail {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.wire.cut.load(Ordering::Relaxed) {
            return Pin::new(&mut self.link).poll_write(cx, bytes);
        }
        // The first packet seems to go out; what comes back is a reset.
        self.wire.reset.store(true, Ordering::Relaxed);
        if let Some(reader) = self.wire.reader.lock().unwrap().take() {
            reader.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_shutdown(cx)
    }
}
