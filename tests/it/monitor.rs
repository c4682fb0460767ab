//! Monitors on healthy and unhealthy nodes: nothing missed, nothing twice, everything in order.

mod books;
mod random;
mod starts;
mod stories;

use std::time::Duration;

use tokio::time::{Instant, timeout};
use xrpl_txdata::{
    AccountId, Cursor, Error, Event, Monitor, TxData, TxHash,
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

    /// A payment to the shop in so many ledgers.
    pub(crate) fn pay(&self, after: u32) -> TxHash {
        let amount = "25 XRP".parse().unwrap();
        self.network.pay(self.customer, self.shop, amount).after(after).submit()
    }

    /// What a monitor of the shop must tell of these ledgers.
    pub(crate) fn truth(&self, first: u32, last: u32) -> Vec<String> {
        let mut told = Vec::new();
        for index in first..=last {
            let ledger = self.network.ledger(index).unwrap();
            for tx in &ledger.transactions {
                let to = tx.json.get("Destination").and_then(|to| to.as_str());
                if to == Some(&self.shop.to_string()) && tx.result() == "tesSUCCESS" {
                    told.push(tx.hash.to_string());
                }
            }
            told.push(format!("done {index} {}", ledger.hash));
        }
        told
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
