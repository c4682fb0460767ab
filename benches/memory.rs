//! What is held: by a connection that nobody uses, by one who waits, by many who ask at once.
//!
//! `cargo bench --bench memory`. The simulated nodes run on threads of their own; what is allocated on this
//! one is the client's. Times are measured elsewhere: each allocation that is counted costs a little.

#[path = "support/figure.rs"]
mod figure;
#[path = "support/stage.rs"]
mod stage;
mod support;

use figure::{figure, wanted};
use stage::{LONG, Stage, nobodys, spawn};
use tokio::{runtime::Builder, task::JoinHandle};
use xrpl_txdata::{TxData, TxHash, WatchSource, testing::Network};

fn main() {
    let quick = !wanted();
    idle_connections(if quick { 2 } else { 200 });
    waiting(if quick { 100 } else { 100_000 });
    at_once(if quick { 100 } else { 10_000 });
}

/// What stays allocated for a connection over which one lookup went.
fn idle_connections(number: usize) {
    let far = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let network = Network::new(1);
    let (from, to) = (network.account("from"), network.account("to"));
    let hash = network.pay(from, to, "25 XRP".parse().expect("an amount")).submit();
    network.close_ledger();
    let node = far.block_on(network.listen(&network.node("n1.test"))).expect("free ports");
    let near = Builder::new_current_thread().enable_all().build().expect("a runtime");
    for (name, url) in [("ws", node.ws_url()), ("wss", node.wss_url())] {
        let open = || {
            near.block_on(async {
                let txd = TxData::builder()
                    .endpoints([url.clone()])
                    .root_certificates([network.ca_certificate_der()])
                    .build()
                    .expect("a client");
                txd.lookup(hash).await.expect("an answer").found().expect("it is there");
                txd
            })
        };
        let mut clients = Vec::with_capacity(number);
        let kept = allocation_counter::measure(|| clients.extend((0..number).map(|_| open())));
        let each = kept.bytes_current as f64 / number as f64 / 1024.0;
        let path = format!("memory of a client with an idle {name} connection");
        figure(&path, &format!("{each:.1} KiB"), "", "64 KiB", &format!("{:.2}", each / 64.0));
        near.block_on(async {
            for client in clients {
                client.close().await;
            }
        });
    }
}

/// What stays allocated for one who waits, when nothing happens.
fn waiting(waits: usize) {
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

/// The most that is allocated while so many, who then wait, ask two nodes that nobody has asked before.
fn at_once(number: usize) {
    let stage = Stage::new(WatchSource::Stream, false);
    let ask = |n| spawn(stage.txd.lookup(nobodys(n)).wait(LONG).into_future());
    let mut asked: Vec<JoinHandle<_>> = Vec::with_capacity(number);
    let counted = allocation_counter::measure(|| {
        stage.near.block_on(async {
            asked.extend((0..number as u32).map(ask));
            stage.settled().await;
        });
    });
    let each = counted.bytes_max as f64 / number as f64 / 1024.0;
    let path = format!("peak memory of {number} who ask at once, each");
    figure(&path, &format!("{each:.1} KiB"), "", "", "");
    asked.iter().for_each(JoinHandle::abort);
    stage.end();
}
