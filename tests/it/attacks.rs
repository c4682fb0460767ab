//! Nodes that want our memory and our time: each attack, beside a healthy node that is asked second, and
//! alone. The limit that stops it has a name; SECURITY.md lists them.
//!
//! What is measured is the heap of this thread at its fullest: of the client, and of the attacker and the
//! healthy node, which live in the same thread. From it the same is taken for a first node that refuses.

mod connecting;
mod frames;
mod messages;

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    runtime::Runtime,
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use xrpl_txdata::{
    Builder, Connect, Connecting, Endpoint, Error, Failure, Lookup, TxData,
    testing::{Fault, Network},
};

use crate::support::{Stage, ms, raw::Peer, secs, timed};

/// A time limit of the client as all tests here have it.
const OVERALL: Duration = Duration::from_secs(10);

/// After so long the next node is asked beside a silent one.
const NEXT: Duration = Duration::from_millis(1250);

/// The size limit in tests that reach it: the default one takes seconds to fill.
const MESSAGE: usize = 1 << 20;

/// What the measuring itself cannot tell apart.
const NOISE: u64 = 32 << 10;

/// What one attack costs.
struct Cost {
    /// Until the healthy node's answer.
    beside: Duration,
    /// Until the error, with nobody else to ask.
    alone: Duration,
    failure: Failure,
    /// Bytes.
    memory: u64,
}

/// One who attacks: it is what is dialled as `evil.test`.
#[derive(Clone)]
struct Attack {
    scheme: &'static str,
    evil: Arc<dyn Connect>,
}

impl Attack {
    /// It does this with the bytes of each connection.
    fn new<F>(
        scheme: &'static str,
        serve: impl Fn(DuplexStream) -> F + Send + Sync + 'static,
    ) -> Attack
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Attack { scheme, evil: Arc::new(Peer::new(move |_, far| serve(far))) }
    }

    /// It begins to answer a request over HTTP with this, and does the rest.
    fn after_request<F>(
        head: &'static str,
        then: impl Fn(DuplexStream) -> F + Send + Sync + 'static,
    ) -> Attack
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let then = Arc::new(then);
        Attack::new("http", move |mut far| {
            let then = then.clone();
            async move {
                let mut request = [0; 4096];
                let _ = far.read(&mut request).await;
                let _ = far.write_all(head.as_bytes()).await;
                then(far).await;
            }
        })
    }

    /// It takes the upgrade to a WebSocket and does this from then on.
    fn after_upgrade<F>(then: impl Fn(DuplexStream) -> F + Send + Sync + 'static) -> Attack
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let then = Arc::new(then);
        Attack::new("ws", move |mut far| {
            let then = then.clone();
            async move {
                upgrade(&mut far, "").await;
                then(far).await;
            }
        })
    }

    /// Asks the attacker first and a healthy node second, then the attacker alone.
    fn cost(&self) -> Cost {
        let refuses = self.run_with(Arc::new(Refuses));
        let attacked = self.run_with(self.evil.clone());
        let memory = attacked.memory.saturating_sub(refuses.memory);
        println!("{memory} bytes, beside {:?}, alone {:?}", attacked.beside, attacked.alone);
        Cost { memory, ..attacked }
    }

    fn run_with(&self, evil: Arc<dyn Connect>) -> Cost {
        let runtime = paused();
        let stage = runtime.block_on(async {
            let stage = Stage::new();
            stage.node("good.test");
            stage
        });
        let mut cost = None;
        let memory = allocation_counter::measure(|| {
            cost = Some(runtime.block_on(self.lookups(&stage, evil)));
        });
        Cost { memory: memory.bytes_max, ..cost.unwrap() }
    }

    async fn lookups(&self, stage: &Stage, evil: Arc<dyn Connect>) -> Cost {
        let evil_url = format!("{}://evil.test", self.scheme);
        let client = |urls: &[&str]| client(stage, evil.clone(), urls).build().unwrap();
        let txd = client(&[&evil_url, "ws://good.test"]);
        let (answer, beside) = timed(txd.get_one(stage.hash, 0)).await;
        is_true(stage, answer);
        gone(txd).await;
        let txd = client(&[&evil_url]);
        let (answer, alone) = timed(txd.get_one(stage.hash, 0)).await;
        let error = answer.unwrap_err();
        let [attempt] = error.attempts() else { panic!("{error}") };
        let failure = attempt.failure.clone();
        gone(txd).await;
        Cost { beside, alone, failure, memory: 0 }
    }
}

impl Cost {
    /// At most so many bytes, and answers at these times.
    #[track_caller]
    fn is(&self, memory: usize, beside: Duration, alone: Duration) {
        assert!(self.memory <= memory as u64 + NOISE, "{} bytes of {memory}", self.memory);
        assert_eq!((self.beside, self.alone), (beside, alone), "{:?}", self.failure);
    }
}

fn paused() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn client(stage: &Stage, evil: Arc<dyn Connect>, urls: &[&str]) -> Builder {
    let streets = Streets { evil, network: stage.network.clone() };
    stage
        .builder_of(urls.iter().map(ToString::to_string))
        .max_message_bytes(MESSAGE)
        .connect(streets)
}

/// Nothing of the client is left, however the attacker clings to it.
async fn gone(txd: TxData) {
    let start = tokio::time::Instant::now();
    tokio::time::timeout(secs(1), txd.close()).await.expect("it closes");
    assert!(start.elapsed() <= ms(500), "a goodbye takes {:?}", start.elapsed());
}

fn is_true(stage: &Stage, answer: Result<Lookup, Error>) {
    let tx = answer.unwrap().found().expect("it is there");
    let truth = stage.network.truth(&stage.hash).unwrap();
    assert_eq!((tx.hash(), tx.ledger_index()), (truth.hash, truth.ledger_index));
}

/// The way to the attacker, and to everybody else.
struct Streets {
    evil: Arc<dyn Connect>,
    network: Network,
}

impl Connect for Streets {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        match endpoint.host() {
            "evil.test" => self.evil.connect(endpoint),
            _ => self.network.connect(endpoint),
        }
    }
}

/// The mildest of attackers.
struct Refuses;

impl Connect for Refuses {
    fn connect<'a>(&'a self, _: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async { Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into()) })
    }
}

/// Switches to WebSocket, with these headers too.
async fn upgrade(far: &mut DuplexStream, headers: &str) {
    let mut request = [0; 4096];
    let count = far.read(&mut request).await.unwrap();
    let request = String::from_utf8_lossy(&request[..count]);
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{headers}\r\n"
    );
    far.write_all(answer.as_bytes()).await.unwrap();
}

/// Sends the same bytes again and again until nobody takes them any more, resting now and then: no clock
/// that is paused moves while somebody has something to do.
async fn endlessly(far: &mut DuplexStream, bytes: &[u8]) {
    for round in 1_u64.. {
        if far.write_all(bytes).await.is_err() {
            return;
        }
        if round.is_multiple_of(16) {
            tokio::time::sleep(ms(100)).await;
        }
    }
}

/// Sends these bytes one by one, a second each, and then nothing.
async fn slowly(far: &mut DuplexStream, bytes: &[u8]) {
    for byte in bytes {
        if far.write_all(&[*byte]).await.is_err() {
            return;
        }
        tokio::time::sleep(secs(1)).await;
    }
    std::future::pending::<()>().await;
}

/// A frame's first bytes: these bits and this opcode, and this claimed length.
fn frame_head(first: u8, length: u64) -> Vec<u8> {
    [&[first, 127][..], &length.to_be_bytes()].concat()
}

/// A whole text frame.
fn text_frame(text: &str) -> Vec<u8> {
    [frame_head(0x81, text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// The cost where a node of the simulated network has this fault.
fn faulty(fault: Fault) -> (Result<Lookup, Error>, Duration, u64) {
    let runtime = paused();
    let mut told = None;
    let stage = runtime.block_on(async {
        let stage = Stage::new();
        stage.node("n1.test").set_faults([fault]);
        stage.node("n2.test");
        stage
    });
    let memory = allocation_counter::measure(|| {
        told = Some(runtime.block_on(async {
            let txd = stage.client(&["n1.test", "n2.test"]);
            let told = timed(txd.get_one(stage.hash, 0)).await;
            gone(txd).await;
            told
        }));
    });
    let (answer, elapsed) = told.unwrap();
    (answer, elapsed, memory.bytes_max)
}
