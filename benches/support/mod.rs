//! What the benches share: a connection that remembers what came when, and processor time.

#![allow(dead_code, unused_imports, reason = "no bench needs all of it")]

mod cpu;

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use xrpl_txdata::{ByteStream, Connect, Connecting, Endpoint, TxHash};

pub(crate) use cpu::cpu_time;

/// Dials as the library does, counts what comes, and may keep it.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Log>);

#[derive(Default)]
struct Log {
    keeps: bool,
    received: AtomicU64,
    connections: Mutex<Vec<Vec<Piece>>>,
}

/// What one read gave, and when.
type Piece = (Instant, Vec<u8>);

impl Recorder {
    pub(crate) fn new(keeps: bool) -> Recorder {
        Recorder(Arc::new(Log { keeps, ..Log::default() }))
    }

    /// Bytes so far.
    pub(crate) fn received(&self) -> u64 {
        self.0.received.load(Ordering::Relaxed)
    }

    pub(crate) fn connections(&self) -> usize {
        self.0.connections.lock().expect("no panic").len()
    }

    /// Forgets what came until now.
    pub(crate) fn clear(&self) {
        self.0.connections.lock().expect("no panic").iter_mut().for_each(Vec::clear);
    }

    /// When the first message that holds this hash was there whole, on any connection.
    pub(crate) fn first_arrival(&self, hash: &TxHash) -> Instant {
        let hash = hash.to_string();
        let connections = self.0.connections.lock().expect("no panic");
        let arrivals = connections.iter().filter_map(|pieces| {
            let all: Vec<u8> = pieces.iter().flat_map(|(_, piece)| piece).copied().collect();
            let at = memchr::memmem::find(&all, hash.as_bytes())?;
            // A text ends with its last brace, before the next frame's header.
            let end =
                memchr::memmem::find(&all[at..], b"}\x81").map_or(all.len(), |rest| at + rest + 1);
            let mut seen = 0;
            pieces.iter().find_map(|(when, piece)| {
                seen += piece.len();
                (seen >= end).then_some(*when)
            })
        });
        arrivals.min().expect("it came")
    }

    /// The JSON texts that came.
    pub(crate) fn messages(&self) -> Vec<String> {
        let connections = self.0.connections.lock().expect("no panic");
        let mut messages = Vec::new();
        for pieces in connections.iter() {
            let all: Vec<u8> = pieces.iter().flat_map(|(_, piece)| piece).copied().collect();
            messages.extend(frames(&all));
        }
        messages
    }
}

/// The texts of unmasked, unfragmented frames (RFC 6455, section 5.2).
fn frames(mut bytes: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        let (length, rest) = match (second & 0x7F, rest) {
            (126, [a, b, rest @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), rest),
            (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
                (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as usize, rest)
            }
            (length, rest) => (usize::from(length), rest),
        };
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        if *first == 0x81 {
            texts.push(String::from_utf8_lossy(payload).into_owned());
        }
        bytes = rest;
    }
    texts
}

impl Connect for Recorder {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async move {
            let stream = TcpStream::connect((endpoint.host(), endpoint.port())).await?;
            stream.set_nodelay(true)?;
            let mut connections = self.0.connections.lock().expect("no panic");
            connections.push(Vec::new());
            let number = connections.len() - 1;
            Ok(Box::new(Recorded { stream, number, log: self.0.clone() }) as Box<dyn ByteStream>)
        })
    }
}

struct Recorded {
    stream: TcpStream,
    number: usize,
    log: Arc<Log>,
}

impl AsyncRead for Recorded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let piece = &buffer.filled()[before..];
        if !piece.is_empty() {
            self.log.received.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if self.log.keeps {
                let mut connections = self.log.connections.lock().expect("no panic");
                connections[self.number].push((Instant::now(), piece.to_vec()));
            }
        }
        read
    }
}

impl AsyncWrite for Recorded {
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

pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or_default()
}
