//! What waiting costs: latency, work and traffic per ledger.
//!
//! `cargo bench --bench watch`. The simulated nodes run on a thread of their own behind loopback TCP; work is
//! the processor time of the client's thread alone (Linux tells it).

#[path = "support/figure.rs"]
mod figure;
#[path = "support/stage.rs"]
mod stage;
mod support;

use std::{hint::black_box, time::Duration};

use figure::{figure, ratio, wanted};
use memchr::memmem;
use serde_json::value::RawValue;
use stage::{Stage, TRAFFIC, nobodys};
use support::{cpu_time, percentile};
use tokio::task::JoinHandle;
use xrpl_txdata::{TxHash, WatchSource};

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
