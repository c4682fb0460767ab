//! Monitors on healthy and unhealthy nodes: nothing missed, nothing twice, everything in order.

mod accounts;
mod chains;
mod histories;
mod random;
mod sqlite;
mod starts;
mod stories;

use std::time::Duration;

use tokio::time::{Instant, timeout};
use xrpl_txdata::{
    AccountId, Cursor, Error, Event, Monitor, MonitorBuilder, MonitorSource, TxData, TxHash,
    testing::{Network, Node},
};

/// A network whose clock runs, its nodes, and two accounts.
pub(crate) struct World {
    pub(crate) network: Network,
    pub(crate) nodes: Vec<Node>,
    pub(crate) customer: AccountId,
    pub(crate) shop: AccountId,
}

impl World {
    pub(crate) fn new(seed: u64, nodes: usize) -> World {
        let network = Network::builder().seed(seed).traffic(3).history(20).build();
        World::of(network, nodes)
    }

    pub(crate) fn of(network: Network, nodes: usize) -> World {
        let nodes = (1..=nodes).map(|n| network.node(&format!("n{n}.test"))).collect();
        let (customer, shop) = (network.account("customer"), network.account("shop"));
        World { network, nodes, customer, shop }
    }

    pub(crate) fn client(&self) -> TxData {
        self.client_with(|builder| builder)
    }

    pub(crate) fn client_with(
        &self,
        change: impl FnOnce(xrpl_txdata::Builder) -> xrpl_txdata::Builder,
    ) -> TxData {
        let builder = TxData::builder().endpoints(self.nodes.iter().map(Node::url)).seed(1);
        change(builder.connect(self.network.clone())).build().unwrap()
    }

    /// A monitor of the shop that hears all transactions: it tells of each ledger.
    pub(crate) fn streams(&self, txd: &TxData) -> MonitorBuilder {
        txd.monitor([self.shop]).source(MonitorSource::Transactions)
    }

    /// A payment to the shop in so many ledgers.
    pub(crate) fn pay(&self, after: u32) -> TxHash {
        let amount = "25 XRP".parse().unwrap();
        self.network.pay(self.customer, self.shop, amount).after(after).submit()
    }

    /// What a monitor of the shop must tell of these ledgers.
    pub(crate) fn truth(&self, first: u32, last: u32) -> Vec<String> {
        let mut told = Vec::new();
        for index in first..=last {
            told.extend(self.paid(index, index));
            told.push(format!("done {index} {}", self.network.ledger(index).unwrap().hash));
        }
        told
    }

    /// The payments to the shop in these ledgers.
    pub(crate) fn paid(&self, first: u32, last: u32) -> Vec<String> {
        let mut paid = Vec::new();
        for index in first..=last {
            for tx in &self.network.ledger(index).unwrap().transactions {
                let to = tx.json.get("Destination").and_then(|to| to.as_str());
                if to == Some(&self.shop.to_string()) && tx.result() == "tesSUCCESS" {
                    paid.push(tx.hash.to_string());
                }
            }
        }
        paid
    }
}

/// Hears what a monitor of the shop tells that may pass ledgers over: each payment once, in order, and
/// no ledger done before all of it was told.
pub(crate) struct Auditor<'a> {
    world: &'a World,
    pub(crate) done: u32,
    told: Vec<String>,
    /// How many of those were told by a monitor that came to its end meanwhile. The next one may read
    /// ledgers before theirs that the first one passed over.
    carried: usize,
    /// How many ledgers were told to be done, and how many payments.
    pub(crate) ledgers: u32,
    pub(crate) payments: usize,
    /// Outages and their ends.
    pub(crate) state: Vec<String>,
}

impl Auditor<'_> {
    /// Everything up to `done` is told.
    pub(crate) fn new(world: &World, done: u32) -> Auditor<'_> {
        let (told, state) = (Vec::new(), Vec::new());
        Auditor { world, done, told, carried: 0, ledgers: 0, payments: 0, state }
    }

    pub(crate) fn hear(&mut self, event: &Event) {
        match event {
            Event::Outage { .. } | Event::Recovered { .. } => self.state.push(line(event)),
            Event::LedgerDone(cursor) => {
                let index = cursor.ledger_index();
                assert!(index > self.done && index <= self.world.network.tip(), "{cursor}");
                let hash = self.world.network.ledger(index).unwrap().hash;
                assert_eq!(cursor.ledger_hash(), Some(hash));
                let paid = self.world.paid(self.done + 1, index);
                let early = self.told.split_off(paid.len().min(self.told.len()));
                assert_eq!(self.told, paid, "ledgers {} to {index}", self.done + 1);
                assert!(early.is_empty() || paid.len() + early.len() <= self.carried, "{early:?}");
                self.payments += paid.len();
                self.carried = early.len();
                self.told = early;
                self.ledgers += 1;
                self.done = index;
            }
            _ => self.told.push(line(event)),
        }
    }

    /// Another monitor goes on from the cursor.
    pub(crate) fn resume(&mut self) {
        self.carried = self.told.len();
    }

    /// Hears until a ledger is done.
    pub(crate) async fn until(&mut self, monitor: &mut Monitor, last: u32) {
        while self.done < last {
            let event = next(monitor).await.expect("not the end").unwrap();
            self.hear(&event);
        }
    }
}

/// The next event that is not of the connection's state.
pub(crate) async fn next(monitor: &mut Monitor) -> Option<Result<Event, Error>> {
    timeout(Duration::from_secs(30 * 24 * 3600), monitor.next()).await.expect("it goes on")
}

/// An event as the truth tells it; outages in words.
pub(crate) fn line(event: &Event) -> String {
    match event {
        Event::Incoming(payment) => {
            assert!(!payment.received().is_empty());
            payment.hash().to_string()
        }
        Event::Transaction(tx) => tx.hash().to_string(),
        Event::LedgerDone(cursor) => {
            format!("done {} {}", cursor.ledger_index(), cursor.ledger_hash().unwrap())
        }
        Event::Outage { .. } => "outage".to_owned(),
        Event::Recovered { .. } => "recovered".to_owned(),
        Event::GapNotFillable { from, to } => format!("gap {from}-{to}"),
        other => panic!("{other:?}"),
    }
}

/// Takes events until a ledger is done: what came, and what of it is about outages.
pub(crate) async fn until(monitor: &mut Monitor, last: u32) -> (Vec<String>, Vec<String>) {
    let (mut told, mut state) = (Vec::new(), Vec::new());
    loop {
        let event = next(monitor).await.expect("not the end").unwrap();
        let line = line(&event);
        match event {
            Event::Outage { .. } | Event::Recovered { .. } => state.push(line),
            Event::GapNotFillable { .. } => panic!("{line}"),
            _ => told.push(line),
        }
        if let Event::LedgerDone(cursor) = event
            && cursor.ledger_index() >= last
        {
            return (told, state);
        }
    }
}

/// The cursor of a complete ledger of the truth.
pub(crate) fn cursor_at(network: &Network, index: u32) -> Cursor {
    let hash = network.ledger(index).unwrap().hash;
    let text =
        format!(r#"{{"version":1,"network_id":0,"ledger_index":{index},"ledger_hash":"{hash}"}}"#);
    text.parse().unwrap()
}

pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let value = timeout(limit, future).await;
    value.unwrap_or_else(|_| panic!("not within {limit:?}, {:?}", start.elapsed()))
}
