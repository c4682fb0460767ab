//! Waiting for transactions: stories on the paused clock, over the simulated network.

mod crowd;
mod disputes;
mod endings;
mod faults;
mod order;

use std::time::Duration;

use tokio::{runtime::Handle, time::Instant};
use xrpl_txdata::{
    Absence, Builder, Lookup, TxData, TxHash, ValidatedTransaction, WatchSource,
    testing::{Network, NetworkBuilder, Node, PaymentOrder},
};

const BOTH: [WatchSource; 2] = [WatchSource::Stream, WatchSource::HashLists];
const LEDGER: Duration = Duration::from_secs(4);
const OVERALL: Duration = Duration::from_secs(10);

/// A network with some nodes, a ledger every four seconds, and a client of all nodes.
struct Story {
    network: Network,
    nodes: Vec<Node>,
    txd: TxData,
    source: WatchSource,
    start: Instant,
}

impl Story {
    /// Ledgers hold nothing but what the story puts into them.
    fn new(nodes: usize, source: WatchSource) -> Story {
        Story::with(nodes, source, |network| network.traffic(0), |client| client)
    }

    fn with(
        nodes: usize,
        source: WatchSource,
        network: impl FnOnce(NetworkBuilder) -> NetworkBuilder,
        client: impl FnOnce(Builder) -> Builder,
    ) -> Story {
        let network = network(Network::builder().seed(7)).build();
        let nodes: Vec<Node> =
            (0..nodes).map(|node| network.node(&format!("n{node}.test"))).collect();
        let builder = TxData::builder()
            .endpoints(nodes.iter().map(Node::url))
            .connect(network.clone())
            .watch_source(source)
            .seed(1);
        let txd = client(builder).build().unwrap();
        network.run_clock();
        Story { network, nodes, txd, source, start: Instant::now() }
    }

    /// A payment into the next ledger, unless more is said.
    fn pay(&self) -> PaymentOrder<'_> {
        let (from, to) = (self.network.account("a"), self.network.account("b"));
        self.network.pay(from, to, "25 XRP".parse().unwrap())
    }

    async fn find(&self, hash: TxHash, wait_secs: u64) -> ValidatedTransaction {
        match self.txd.get_one(hash, wait_secs).await {
            Ok(Lookup::Found(tx)) => {
                assert_eq!(tx.hash(), hash);
                let truth = self.network.truth(&hash).expect("nothing is found that is not true");
                assert_eq!(tx.ledger_index(), truth.ledger_index);
                tx
            }
            other => panic!("{:?} after {:?}: {other:?}", self.source, self.elapsed()),
        }
    }

    async fn miss(&self, hash: TxHash, wait_secs: u64) -> Absence {
        match self.txd.get_one(hash, wait_secs).await {
            Ok(Lookup::Absent(absence)) => self.honest(hash, absence),
            other => panic!("{:?} after {:?}: {other:?}", self.source, self.elapsed()),
        }
    }

    /// Coverage claims only ledgers that exist and do not hold the transaction.
    fn honest(&self, hash: TxHash, absence: Absence) -> Absence {
        if let Some((_, last)) = absence.coverage().bounds() {
            assert!(last <= self.network.tip(), "{absence}: the future is not covered");
        }
        if let Some(truth) = self.network.truth(&hash) {
            assert!(!absence.coverage().contains(truth.ledger_index), "{absence}: it is there");
            assert!(!absence.is_final(), "{absence}: it was validated");
        }
        absence
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Sleeps until this moment of the story.
    async fn until(&self, secs: f64) {
        tokio::time::sleep_until(self.start + Duration::from_secs_f64(secs)).await;
    }

    /// Nobody waits any more: nothing is subscribed, and after the end nothing runs.
    async fn quiet(self) {
        // What was said last must leave before the sockets are looked at.
        tokio::time::sleep(Duration::from_millis(1)).await;
        for node in &self.nodes {
            assert_eq!(node.subscriptions(), 0, "{} of {:?}", node.name(), self.source);
        }
        self.txd.close().await;
        assert_eq!(self.network.open_connections(), 0);
        self.network.settle().await;
        self.network.stop_clock();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    }
}
