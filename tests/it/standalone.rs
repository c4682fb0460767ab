//! Servers of their own, that close ledgers when somebody says so: believed by choice, and waited for
//! as long as it takes.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use xrpl_txdata::{
    Blame, Builder, Event, Failure, Lookup, MonitorSource, TxData, TxHash, Unfit, WatchSource,
    testing::Network,
};

use crate::support::{raw::meddler, secs, within};

const IDLE: Duration = Duration::from_secs(3 * 3600);

/// A node whose ledgers close only when a test says so. It calls its state `standalone`.
fn standalone() -> (Network, Builder) {
    let network = Network::builder().seed(1).traffic(0).build();
    let node = network.node("alone.test");
    let own = meddler(&network, |mut told| {
        if let Some(state) = told.pointer_mut("/result/info/server_state") {
            *state = "standalone".into();
        }
        vec![told.to_string()]
    });
    let builder = TxData::builder().endpoints([node.url()]).connect(own).seed(1);
    (network, builder)
}

fn pay(network: &Network) -> TxHash {
    let (customer, shop) = (network.account("customer"), network.account("shop"));
    network.pay(customer, shop, "25 XRP".parse().unwrap()).submit()
}

#[tokio::test(start_paused = true)]
async fn it_is_believed_only_by_choice() {
    let (network, builder) = standalone();
    let hash = pay(&network);
    network.close_ledger();
    let txd = builder.build().unwrap();
    let error = txd.get_one(hash, 0).await.unwrap_err();
    assert_eq!(error.blame(), Blame::Nodes);
    let unfit = Failure::Unfit(Unfit::NotSynced { state: "standalone".to_owned() });
    assert_eq!(error.attempts()[0].failure, unfit);

    let (network, builder) = standalone();
    let hash = pay(&network);
    network.close_ledger();
    sleep(IDLE).await;
    let txd = builder.standalone().build().unwrap();
    let tx = txd.get_one(hash, 0).await.unwrap().found().unwrap();
    assert_eq!(tx.delivered().to_string(), "25 XRP");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_hears_of_a_ledger_that_closes_after_hours_at_once() {
    for source in [WatchSource::Stream, WatchSource::HashLists] {
        let (network, builder) = standalone();
        let txd = builder.standalone().watch_source(source).build().unwrap();
        let hash = pay(&network);
        let lookup = txd.lookup(hash).wait(2 * IDLE);
        let closing = async {
            sleep(IDLE).await;
            network.close_ledger();
            Instant::now()
        };
        let (answer, closed) = tokio::join!(lookup.into_future(), closing);
        assert!(matches!(answer, Ok(Lookup::Found(_))), "{source:?}: {answer:?}");
        assert!(closed.elapsed() <= secs(1), "{source:?}: {:?}", closed.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_monitor_tells_of_no_outage_while_nothing_closes() {
    for source in [MonitorSource::Transactions, MonitorSource::Ledgers, MonitorSource::Accounts] {
        let (network, builder) = standalone();
        let txd = builder.standalone().build().unwrap();
        let mut monitor = txd.monitor([network.account("shop")]).source(source).start().unwrap();
        assert!(timeout(IDLE, monitor.next()).await.is_err(), "{source:?}: nothing has happened");
        let hash = pay(&network);
        network.close_ledger();
        let start = Instant::now();
        let event = within(monitor.next()).await.unwrap().unwrap();
        assert!(
            matches!(&event, Event::Incoming(tx) if tx.hash() == hash),
            "{source:?}: {event:?}"
        );
        assert!(start.elapsed() <= secs(60), "{source:?}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_gets_the_last_ledger_too_though_none_comes_after_it() {
    let (network, builder) = standalone();
    let txd = builder.standalone().build().unwrap();
    let shop = network.account("shop");
    let monitor = txd.monitor([shop]).source(MonitorSource::Transactions);
    let mut monitor = monitor.start().unwrap();
    sleep(secs(1)).await;
    let mut paid = Vec::new();
    for _ in 0..100 {
        paid.push(pay(&network));
        network.close_ledger();
        sleep(Duration::from_millis(100)).await;
    }
    let (mut told, mut last) = (Vec::new(), 0);
    let start = Instant::now();
    while last < network.tip() {
        match within(monitor.next()).await.unwrap().unwrap() {
            Event::Incoming(payment) => told.push(payment.hash()),
            Event::LedgerDone(cursor) => last = cursor.ledger_index(),
            event => panic!("{event:?}"),
        }
    }
    assert_eq!(told, paid);
    assert!(start.elapsed() < secs(10), "{:?}", start.elapsed());
}
