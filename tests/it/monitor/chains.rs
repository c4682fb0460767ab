//! Nodes that do not tell of the same chain.

use std::time::Duration;

use tokio::time::timeout;
use xrpl_txdata::{
    Connect, Connecting, Endpoint, Event, Monitor, MonitorSource, TxData,
    testing::{Fault, Network, Node},
};

use super::{Auditor, World, cursor_at, line, next, until};

/// Two networks with the same id behind one client: nodes of the first are called `n1.test` and so on,
/// those of the other `m1.test`.
struct Both(Network, Network);

impl Connect for Both {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        let Both(one, other) = self;
        if endpoint.host().starts_with('n') {
            one.connect(endpoint)
        } else {
            other.connect(endpoint)
        }
    }
}

/// A world, and another one that began with the same rules and other hashes.
struct Worlds {
    world: World,
    other: Network,
    txd: TxData,
}

impl Worlds {
    fn new(
        order: &[&str],
        change: impl FnOnce(xrpl_txdata::Builder) -> xrpl_txdata::Builder,
    ) -> Worlds {
        let (world, other) = (World::new(1, 3), Network::builder().seed(2).history(20).build());
        (1..=3).for_each(|n| drop(other.node(&format!("m{n}.test"))));
        let urls = order.iter().map(|name| format!("ws://{name}.test"));
        let builder = TxData::builder().endpoints(urls).seed(1);
        let connect = Both(world.network.clone(), other.clone());
        let txd = change(builder.connect(connect)).build().unwrap();
        world.network.run_clock();
        other.run_clock();
        Worlds { world, other, txd }
    }

    fn sources(&self) -> impl Iterator<Item = MonitorSource> {
        [MonitorSource::Transactions, MonitorSource::Accounts, MonitorSource::Ledgers].into_iter()
    }
}

/// Nothing but outages and their ends, until nothing came for ten minutes.
async fn only_outages(monitor: &mut Monitor) -> Vec<String> {
    let mut told = Vec::new();
    while let Ok(event) = timeout(Duration::from_secs(600), monitor.next()).await {
        told.push(line(&event.expect("it goes on").expect("it is no error")));
        assert!(told.len() < 100, "{told:?}");
    }
    told
}

#[tokio::test(start_paused = true)]
async fn a_node_of_another_chain_is_left_and_not_believed() {
    for order in [["m1", "n1"], ["n1", "m1"]] {
        let worlds = Worlds::new(&order, |builder| builder);
        let Worlds { world, other, txd } = &worlds;
        for source in worlds.sources() {
            let tip = world.network.tip();
            world.pay(2);
            // The other chain pays too, and nobody is to hear of it.
            let (customer, shop) = (other.account("customer"), world.shop);
            let false_one = other.pay(customer, shop, "1000 XRP".parse().unwrap()).submit();
            let start = cursor_at(&world.network, tip - 5);
            let mut monitor = txd.monitor([shop]).source(source).from(start).start().unwrap();
            let mut auditor = Auditor::new(world, tip - 5);
            auditor.until(&mut monitor, tip + 20).await;
            assert_eq!(auditor.payments, 1, "{source:?} {order:?}");
            assert!(other.truth(&false_one).is_some());
        }
    }
}

/// Who tells another history than the one that a monitor goes by may be the one who is right: lookups ask it
/// as before.
#[tokio::test(start_paused = true)]
async fn whom_a_monitor_leaves_for_its_chain_is_asked_by_lookups() {
    let worlds = Worlds::new(&["m1", "n1", "n2"], |builder| builder.watched_nodes(3));
    let Worlds { world, other, txd } = &worlds;
    let start = cursor_at(other, other.tip() - 5);
    let mut monitor = txd.monitor([world.shop]).from(start).start().unwrap();
    for _ in 0..20 {
        let told = next(&mut monitor).await.expect("it goes on").expect("it is no error");
        assert!(matches!(told, Event::LedgerDone(_)), "{told:?}");
    }
    assert_eq!(monitor.handle().status().nodes, ["ws://m1.test"], "the others are left");
    let paid = world.pay(3);
    assert!(txd.lookup(paid).wait(Duration::from_secs(20)).await.unwrap().is_found());
}

#[tokio::test(start_paused = true)]
async fn a_chain_is_not_refuted_while_a_node_of_it_cannot_be_reached() {
    let worlds = Worlds::new(&["m1", "n1"], |builder| builder);
    let Worlds { world, txd, .. } = &worlds;
    let tip = world.network.tip();
    world.nodes[0].set_faults([Fault::Refused]);
    let monitor = txd.monitor([world.shop]).from(cursor_at(&world.network, tip - 5));
    let mut monitor = monitor.start().unwrap();
    assert_eq!(only_outages(&mut monitor).await, ["outage"]);
    world.nodes[0].heal();
    let mut auditor = Auditor::new(world, tip - 5);
    auditor.until(&mut monitor, tip + 5).await;
}

#[tokio::test(start_paused = true)]
async fn histories_of_another_chain_are_no_witness() {
    // Both nodes of the other chain have the range, and would witness that there is nothing in it.
    let worlds = Worlds::new(&["n1", "m1", "m2"], |builder| builder);
    let Worlds { world, txd, .. } = &worlds;
    let tip = world.network.tip();
    for _ in 0..300 {
        world.pay(10);
        world.network.close_ledger();
        worlds.other.close_ledger();
    }
    let monitor = txd.monitor([world.shop]).source(MonitorSource::Transactions);
    let mut monitor = monitor.from(cursor_at(&world.network, tip)).start().unwrap();
    let mut auditor = Auditor::new(world, tip);
    auditor.until(&mut monitor, tip + 300).await;
    assert_eq!((auditor.payments, auditor.ledgers), (290, 300), "one witness is not enough");
}

#[tokio::test(start_paused = true)]
async fn two_nodes_that_disagree_for_ever_are_an_outage_and_never_a_choice() {
    let worlds = Worlds::new(&["n1", "m1"], |builder| builder);
    let Worlds { world, txd, .. } = &worlds;
    for source in [MonitorSource::Transactions, MonitorSource::Ledgers] {
        world.pay(3);
        let mut monitor = txd.monitor([world.shop]).source(source).start().unwrap();
        let told = only_outages(&mut monitor).await;
        assert_eq!(told, ["outage"], "{source:?}");
        assert_eq!(monitor.handle().status().nodes.len(), 2, "both are watched all the time");
        drop(monitor);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // With the agreement of two, one alone decides nothing, whatever it says.
    let worlds = Worlds::new(&["n1", "m1"], |builder| builder.agreement(2));
    let mut monitor = worlds.txd.monitor([worlds.world.shop]).start().unwrap();
    assert_eq!(only_outages(&mut monitor).await, ["outage"]);
}

#[tokio::test(start_paused = true)]
async fn a_third_node_decides_between_two() {
    let worlds = Worlds::new(&["m1", "n1", "n2"], |builder| builder.watched_nodes(3));
    let Worlds { world, txd, .. } = &worlds;
    for source in worlds.sources() {
        let start = world.network.tip();
        world.pay(3);
        let mut monitor = txd.monitor([world.shop]).source(source).start().unwrap();
        let mut auditor = Auditor::new(world, start);
        auditor.until(&mut monitor, start + 20).await;
        assert_eq!(auditor.payments, 1, "{source:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_of_two_must_agree_when_asked() {
    let world = World::new(1, 2);
    world.network.run_clock();
    let start = world.network.tip();
    for after in 0..20 {
        world.pay(after);
    }
    // What one node alone tells is not enough, and altered metadata do not hash to the ledger.
    world.nodes[0]
        .set_faults([Fault::AlteredMetadata.on("stream"), Fault::AlteredMetadata.on("ledger")]);
    let txd = world.client_with(|builder| builder.agreement(2));
    let mut monitor = world.streams(&txd).start().unwrap();
    let mut delivered = Vec::new();
    while let Some(Ok(event)) = next(&mut monitor).await {
        match event {
            Event::Incoming(payment) => delivered.push(payment.delivered().to_string()),
            Event::LedgerDone(cursor) if cursor.ledger_index() >= start + 6 => break,
            _ => {}
        }
    }
    assert_eq!(delivered, ["25 XRP"; 6]);
    // As long as one of them is away nothing is told.
    world.nodes[1].set_faults([Fault::Refused]);
    world.nodes[1].cut_connections();
    let Some(Ok(Event::Outage { after, .. })) = next(&mut monitor).await else { panic!() };
    tokio::time::sleep(Duration::from_secs(600)).await;
    world.nodes.iter().for_each(Node::heal);
    let after = after.unwrap();
    let (told, state) = until(&mut monitor, after + 20).await;
    assert_eq!(told, world.truth(after + 1, after + 20));
    assert_eq!(state, ["recovered"]);
}
