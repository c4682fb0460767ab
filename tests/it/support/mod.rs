//! What the tests of behaviour share: a network with a payment in it, its clients, and ceilings.

pub(crate) mod raw;

use std::time::Duration;

use tokio::{runtime::Handle, time::Instant};
use xrpl_txdata::{
    Builder, Error, Lookup, TxData, TxHash,
    testing::{Network, Node},
};

/// No test waits longer than this for anything. Under a paused clock, where hanging costs nothing, it
/// is longer than every rest of a node.
const CEILING: Duration = Duration::from_secs(2 * 60 * 60);

/// Awaits, but not for ever.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(CEILING, future).await.expect("it hangs")
}

/// A network in which one payment is validated, and nothing else happens unless a test says so.
pub(crate) struct Stage {
    pub(crate) network: Network,
    /// The payment: 25 XRP with tag 7.
    pub(crate) hash: TxHash,
    /// Tasks that ran before any client was made.
    tasks: usize,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        let network = Network::builder().seed(1).traffic(0).build();
        // Another transaction at the same place of another ledger, for nodes that mix them up.
        pay(&network);
        network.close_ledger();
        let hash = pay(&network);
        network.close_ledger();
        Stage { network, hash, tasks: tasks() }
    }

    /// A payment that a ledger holds some ledgers from now.
    pub(crate) fn pay_after(&self, ledgers: u32) -> TxHash {
        let (customer, shop) = (self.network.account("customer"), self.network.account("shop"));
        self.network.pay(customer, shop, "25 XRP".parse().unwrap()).after(ledgers).submit()
    }

    /// A payment that no ledger ever holds.
    pub(crate) fn never_paid(&self) -> TxHash {
        let (customer, shop) = (self.network.account("customer"), self.network.account("shop"));
        self.network.pay(customer, shop, "26 XRP".parse().unwrap()).never()
    }

    pub(crate) fn node(&self, name: &str) -> Node {
        self.network.node(name)
    }

    /// A client of these nodes over plain connections.
    pub(crate) fn client(&self, nodes: &[&str]) -> TxData {
        self.builder(nodes).build().unwrap()
    }

    pub(crate) fn builder(&self, nodes: &[&str]) -> Builder {
        self.builder_of(nodes.iter().map(|name| format!("ws://{name}")))
    }

    pub(crate) fn builder_of(&self, urls: impl IntoIterator<Item = String>) -> Builder {
        TxData::builder()
            .endpoints(urls)
            .connect(self.network.clone())
            .root_certificates([self.network.ca_certificate_der()])
            .seed(1)
    }

    /// Drops the client and asserts that nothing of it is left a moment later: no socket, no task.
    pub(crate) async fn ends(&self, txd: TxData) {
        drop(txd);
        self.is_quiet().await;
    }

    pub(crate) async fn is_quiet(&self) {
        // As long as a goodbye may take to a peer that does not listen.
        tokio::time::sleep(Duration::from_millis(501)).await;
        assert_eq!(self.network.open_connections(), 0, "sockets are left");
        within(self.network.settle()).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(tasks(), self.tasks, "tasks are left");
    }
}

fn pay(network: &Network) -> TxHash {
    let (customer, shop) = (network.account("customer"), network.account("shop"));
    network.pay(customer, shop, "25 XRP".parse().unwrap()).tag(7).submit()
}

/// How many tasks live in this runtime.
pub(crate) fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// An answer, and how long it took.
pub(crate) async fn timed(
    lookup: impl IntoFuture<Output = Result<Lookup, Error>>,
) -> (Result<Lookup, Error>, Duration) {
    let start = Instant::now();
    let answer = within(lookup.into_future()).await;
    (answer, start.elapsed())
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Runs another test of this binary, one that is ignored otherwise, in a process of its own: what it
/// measures or changes belongs to the whole process.
pub(crate) fn in_a_process_of_its_own(test: &str) {
    let output = command_in_a_process_of_its_own(test).output().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
    print!("{out}");
}

/// The command that does so, for those who do not wait for its end.
pub(crate) fn command_in_a_process_of_its_own(test: &str) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]);
    command
}
