//! What waiting costs: latency, work and traffic per ledger, memory per wait.
//!
//! `cargo bench --bench watch`. The simulated nodes run on a thread of their own behind loopback TCP; work is
//! the processor time of the client's thread alone (Linux tells it).

#[path = "support/figure.rs"]
mod figure;
mod support;

use std::{
    hint::black_box,
    pin::Pin,
    time::{Duration, Instant},
};

use figure::{figure, ratio, wanted};
use memchr::memmem;
use serde_json::value::RawValue;
use support::{Recorder, cpu_time, percentile};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
    time::sleep,
};
use xrpl_txdata::{
    Error, Lookup, Timeouts, TxData, TxHash, WatchSource,
    testing::{Network, Node},
};

/// Transactions in a ledger.
const TRAFFIC: u32 = 100;

/// Nobody waits for longer.
const LONG: Duration = Duration::from_secs(3_600);

fn main() {
    let quick = !wanted();
    println!("latency, from the arrival of the deciding bytes to the woken task");
    let ledgers = if quick { 2 } else { 100 };
    for (waits, at_once) in
        if quick { vec![(1, 1)] } else { vec![(1, 1), (10_000, 1), (10_000, 100)] }
    {
        latency(waits, at_once, ledgers);
    }
    println!("work per ledger of {TRAFFIC} transactions, two nodes watched");
    let limit = limit(if quick { 2 } else { 50 });
    for source in [WatchSource::Stream, WatchSource::HashLists] {
        for waits in if quick { vec![1, 100] } else { vec![1, 1_000, 100_000] } {
            work(source, waits, if quick { 2 } else { 50 }, limit);
        }
    }
    memory(if quick { 100 } else { 100_000 });
}

/// A network on a thread of its own, and a client of two of its nodes on this one.
struct Stage {
    network: Network,
    nodes: [Node; 2],
    recorder: Recorder,
    txd: TxData,
    _far: Runtime,
    near: Runtime,
}

impl Stage {
    /// `keeps`: what comes is remembered, which takes time.
    fn new(source: WatchSource, keeps: bool) -> Stage {
        let far =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
        let near = Builder::new_current_thread().enable_all().build().expect("a timer");
        let network = Network::builder().seed(7).traffic(TRAFFIC).build();
        let nodes = ["n1.test", "n2.test"].map(|name| network.node(name));
        let urls = nodes
            .each_ref()
            .map(|node| far.block_on(network.listen(node)).expect("free ports").ws_url());
        let recorder = Recorder::new(keeps);
        let patient = Duration::from_secs(80_000);
        let txd = TxData::builder()
            .endpoints(urls)
            .timeouts(Timeouts {
                endpoint: Duration::from_secs(5),
                overall: Duration::from_secs(60),
            })
            .connect(recorder.clone())
            .watch_source(source)
            .max_ledger_age(patient)
            .max_open_requests(1 << 14)
            .seed(1)
            .build()
            .expect("a client");
        Stage { network, nodes, recorder, txd, _far: far, near }
    }

    /// Waits for these, and returns when every node has been asked for each of them.
    fn wait_for(&self, hashes: Vec<TxHash>) -> Vec<JoinHandle<(Option<TxHash>, Instant)>> {
        self.near.block_on(async {
            let mut waiting = Vec::with_capacity(hashes.len());
            for some in hashes.chunks(256) {
                let asked = self.asked();
                waiting.extend(
                    some.iter().map(|hash| spawn(self.txd.lookup(*hash).wait(LONG).into_future())),
                );
                while self.asked() < asked + 2 * some.len() as u64 {
                    sleep(Duration::from_millis(1)).await;
                }
            }
            self.settled().await;
            waiting
        })
    }

    fn asked(&self) -> u64 {
        self.nodes.iter().map(|node| node.requests("tx")).sum()
    }

    /// Until the client has had nothing to do for a while.
    async fn settled(&self) {
        let mut before = None;
        while before != Some(self.recorder.received()) {
            before = Some(self.recorder.received());
            sleep(Duration::from_millis(60)).await;
        }
    }

    /// Closes a ledger, not on this thread, and waits until the client has seen all of it.
    async fn close(&self) {
        let network = self.network.clone();
        tokio::task::spawn_blocking(move || network.close_ledger()).await.expect("it closes");
        self.settled().await;
    }

    fn end(self) {
        self.near.block_on(self.txd.close());
    }
}

/// `at_once` of those who wait are served by each ledger.
fn latency(waits: usize, at_once: usize, ledgers: usize) {
    let mut latencies = Vec::new();
    let stage = Stage::new(WatchSource::Stream, true);
    let (from, to) = (stage.network.account("from"), stage.network.account("to"));
    let idle: Vec<TxHash> = (0..(waits - at_once) as u32).map(nobodys).collect();
    let idle = stage.wait_for(idle);
    for ledger in 0..ledgers as u32 {
        let pay = |n: usize| {
            stage
                .network
                .pay(from, to, "1 XRP".parse().expect("an amount"))
                .tag(ledger * 1_000 + n as u32)
                .submit()
        };
        let waiting = stage.wait_for((0..at_once).map(pay).collect());
        stage.recorder.clear();
        stage.near.block_on(async {
            stage.close().await;
            for waiter in waiting {
                let (found, woken) = waiter.await.expect("it ends");
                let arrived = stage.recorder.first_arrival(&found.expect("it is found"));
                latencies.push(woken.saturating_duration_since(arrived));
            }
        });
    }
    idle.iter().for_each(JoinHandle::abort);
    let (median, p99) = (percentile(&mut latencies, 50), percentile(&mut latencies, 99));
    println!(
        "  {waits:>6} waits, {at_once:>3} found per ledger: median {median:>9.1?}, p99 {p99:>9.1?}"
    );
    if at_once == 1 {
        let goal = Duration::from_millis(1);
        let path = format!("waiting hash found, {waits} waits: from its bytes to the answer, p99");
        figure(&path, &format!("{p99:.2?}"), "0", "1 ms", &ratio(p99, goal));
    }
    assert_eq!(stage.recorder.connections(), 2, "no connections beside those to the watched nodes");
    stage.end();
}

fn work(source: WatchSource, waits: usize, ledgers: u32, limit: Duration) {
    let stage = Stage::new(source, false);
    let waiting = stage.wait_for((0..waits as u32).map(nobodys).collect());
    stage.near.block_on(stage.close());
    let received = stage.recorder.received();
    let before = cpu_time();
    stage.near.block_on(async {
        for _ in 0..ledgers {
            stage.close().await;
        }
    });
    let work = (cpu_time() - before) / ledgers;
    let bytes = (stage.recorder.received() - received) / u64::from(ledgers);
    println!("  {source:?}, {waits:>7} waits: {work:>9.1?}, {bytes:>7} bytes");
    if source == WatchSource::Stream {
        let path = format!("ledger of {TRAFFIC} transactions from two nodes, {waits} waits");
        let (text, least) = (format!("{work:.2?}"), format!("{limit:.2?}"));
        figure(&path, &text, &least, "3 times the limit", &ratio(work, limit));
    }
    waiting.iter().for_each(JoinHandle::abort);
    stage.end();
}

/// The least that must be done with a ledger's messages: every byte read once, as text and as JSON.
fn limit(ledgers: u32) -> Duration {
    let stage = Stage::new(WatchSource::Stream, true);
    let waiting = stage.wait_for(vec![nobodys(0)]);
    stage.recorder.clear();
    stage.near.block_on(async {
        for _ in 0..ledgers {
            stage.close().await;
        }
    });
    let messages = stage.recorder.messages();
    let once = |look: &dyn Fn(&str) -> bool| {
        let before = cpu_time();
        // As often as it takes for the system's clock to notice.
        for message in std::iter::repeat_n(&messages, 20).flatten() {
            black_box(look(black_box(message)));
        }
        (cpu_time() - before) / ledgers / 20
    };
    let hash = nobodys(0).to_string();
    let finder = memmem::Finder::new(&hash);
    let found = once(&|text| finder.find(text.as_bytes()).is_some());
    let skipped = once(&|text| serde_json::from_str::<&RawValue>(text).is_ok());
    println!("  the same bytes, searched for one hash {found:.1?}, skipped as JSON {skipped:.1?}");
    waiting.iter().for_each(JoinHandle::abort);
    stage.end();
    found
}

fn memory(waits: usize) {
    let stage = Stage::new(WatchSource::Stream, false);
    let first = stage.wait_for((0..100).map(nobodys).collect());
    let hashes: Vec<TxHash> = (100..100 + waits as u32).map(nobodys).collect();
    let (mut waiting, mut idle) = (Vec::new(), Vec::new());
    let with = allocation_counter::measure(|| waiting = stage.wait_for(hashes.clone()));
    // Tasks that wait for nothing, to know what is the library's.
    let without = allocation_counter::measure(|| {
        let _near = stage.near.enter();
        idle = hashes.iter().map(|_| spawn(Box::pin(std::future::pending()))).collect();
    });
    let hashes = (waits * size_of::<TxHash>()) as i64;
    let each = (with.bytes_current + hashes - without.bytes_current) / waits as i64;
    println!(
        "memory: {} bytes of the task that waits beside it",
        without.bytes_current / waits as i64
    );
    let of_goal = format!("{:.2}", each as f64 / 1024.0);
    figure("memory of one who waits", &format!("{each} bytes"), "", "1,024 bytes", &of_goal);
    waiting.iter().chain(&idle).chain(&first).for_each(JoinHandle::abort);
    stage.end();
}

type Waiter = Pin<Box<dyn Future<Output = Result<Lookup, Error>> + Send>>;

/// The task of one who waits: what was found, and when.
fn spawn(waiter: Waiter) -> JoinHandle<(Option<TxHash>, Instant)> {
    tokio::spawn(async move {
        let found = waiter.await.ok().and_then(Lookup::found).map(|tx| tx.hash());
        (found, Instant::now())
    })
}

/// The hash of no transaction.
fn nobodys(n: u32) -> TxHash {
    let mut bytes = [0xA5; 32];
    // Spread, as real ones are.
    bytes[..4].copy_from_slice(&n.wrapping_mul(0x9E37_79B9).to_be_bytes());
    bytes[4..8].copy_from_slice(&n.to_be_bytes());
    TxHash::from_bytes(bytes)
}
