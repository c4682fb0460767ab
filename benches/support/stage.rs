//! A client of two nodes that may be watched: the nodes on a thread of their own, the client on this one.

#![allow(dead_code, reason = "no bench needs all of it")]

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
    time::sleep,
};
use xrpl_txdata::{
    Error, Lookup, Timeouts, TxData, TxHash, WatchSource,
    testing::{Network, Node},
};

use crate::support::Recorder;

/// Transactions in a ledger.
pub(crate) const TRAFFIC: u32 = 100;

/// Nobody waits for longer.
pub(crate) const LONG: Duration = Duration::from_secs(3_600);

/// A network on a thread of its own, and a client of two of its nodes on this one.
pub(crate) struct Stage {
    pub(crate) network: Network,
    pub(crate) nodes: [Node; 2],
    pub(crate) recorder: Recorder,
    pub(crate) txd: TxData,
    _far: Runtime,
    pub(crate) near: Runtime,
}

impl Stage {
    /// `keeps`: what comes is remembered, which takes time.
    pub(crate) fn new(source: WatchSource, keeps: bool) -> Stage {
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
    pub(crate) fn wait_for(
        &self,
        hashes: Vec<TxHash>,
    ) -> Vec<JoinHandle<(Option<TxHash>, Instant)>> {
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
    pub(crate) async fn settled(&self) {
        let mut before = None;
        while before != Some(self.recorder.received()) {
            before = Some(self.recorder.received());
            sleep(Duration::from_millis(60)).await;
        }
    }

    /// Closes a ledger, not on this thread, and waits until the client has seen all of it.
    pub(crate) async fn close(&self) {
        let network = self.network.clone();
        tokio::task::spawn_blocking(move || network.close_ledger()).await.expect("it closes");
        self.settled().await;
    }

    pub(crate) fn end(self) {
        self.near.block_on(self.txd.close());
    }
}

pub(crate) type Waiter = Pin<Box<dyn Future<Output = Result<Lookup, Error>> + Send>>;

/// The task of one who waits: what was found, and when.
pub(crate) fn spawn(waiter: Waiter) -> JoinHandle<(Option<TxHash>, Instant)> {
    tokio::spawn(async move {
        let found = waiter.await.ok().and_then(Lookup::found).map(|tx| tx.hash());
        (found, Instant::now())
    })
}

/// The hash of no transaction.
pub(crate) fn nobodys(n: u32) -> TxHash {
    let mut bytes = [0xA5; 32];
    // Spread, as real ones are.
    bytes[..4].copy_from_slice(&n.wrapping_mul(0x9E37_79B9).to_be_bytes());
    bytes[4..8].copy_from_slice(&n.to_be_bytes());
    TxHash::from_bytes(bytes)
}
