//! Without an address: a simulated network on real sockets of this machine, an outage in the middle,
//! and the proof that nothing was lost.

use std::{collections::BTreeSet, time::Duration};

use xrpl_txdata::{
    Event, TxData, TxHash,
    testing::{Fault, Network},
};

use crate::{Failed, args::Args, report::Report};

/// The time between two ledgers: faster than on a real network, nobody wants to wait.
const INTERVAL: Duration = Duration::from_millis(400);

/// Ledgers that the story takes.
const LEDGERS: u32 = 16;

pub(crate) async fn tell(args: &Args) -> Result<u8, Failed> {
    let network = Network::builder().seed(7).interval(INTERVAL).traffic(6).build();
    let nodes = [network.node("n1"), network.node("n2")];
    let mut urls = Vec::new();
    for node in &nodes {
        urls.push(network.listen(node).await?.ws_url());
    }
    let (customer, shop) = (network.account("customer"), network.account("shop"));
    let mut paid = BTreeSet::new();
    for ledger in (1..LEDGERS - 1).step_by(2) {
        let amount = format!("{} XRP", 10 + ledger).parse()?;
        paid.insert(network.pay(customer, shop, amount).tag(ledger).after(ledger).submit());
    }
    let txd = TxData::builder().endpoints(urls).build()?;
    let mut monitor = txd.monitor([shop]).start()?;
    let say = |text: &str| {
        if !args.json {
            println!("-- {text}");
        }
    };
    say(&format!("a simulated network closes a ledger every {} ms", INTERVAL.as_millis()));
    say(&format!("the shop {shop} is watched on two nodes"));
    network.run_clock();

    let first = network.tip();
    let report = Report::new(args.json, monitor.handle());
    let mut seen: Vec<TxHash> = Vec::new();
    let mut cut = false;
    while let Some(event) = monitor.next().await {
        let event = event?;
        report.event(&event);
        match event {
            Event::Incoming(payment) => seen.push(payment.hash()),
            Event::Outage { .. } => {
                tokio::time::sleep(INTERVAL * 5).await;
                say("five ledgers later the nodes are back");
                nodes.iter().for_each(xrpl_txdata::testing::Node::heal);
            }
            Event::LedgerDone(cursor) if cursor.ledger_index() >= first + LEDGERS => break,
            Event::LedgerDone(cursor) if cursor.ledger_index() >= first + 4 && !cut => {
                cut = true;
                say("now both nodes lose their connections and refuse new ones");
                for node in &nodes {
                    node.set_faults([Fault::Refused]);
                    node.cut_connections();
                }
            }
            _ => {}
        }
    }
    drop(monitor);
    txd.close().await;
    let distinct: BTreeSet<TxHash> = seen.iter().copied().collect();
    let complete = distinct == paid && distinct.len() == seen.len();
    say(&format!("{} payments were made, {} seen, each once: {complete}", paid.len(), seen.len()));
    Ok(u8::from(!complete))
}
