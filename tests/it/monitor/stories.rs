//! The ordinary day of a monitor, and the ordinary mishaps.

use std::time::Duration;

use xrpl_txdata::{
    Event, Filter, MonitorSource, ResolvedBy, TxData, TxHash, WatchSource, testing::Fault,
};

use super::{World, cursor_at, line, next, until, within};

#[tokio::test(start_paused = true)]
async fn payments_come_as_ledgers_close() {
    for source in [MonitorSource::Transactions, MonitorSource::Ledgers] {
        let world = World::new(1, 2);
        world.network.run_clock();
        let start = world.network.tip();
        let mut monitor = world.streams(&world.client()).source(source).start().unwrap();
        let paid = world.pay(3);
        let (told, state) = until(&mut monitor, start + 8).await;
        assert_eq!(told, world.truth(start + 1, start + 8));
        assert!(told.contains(&paid.to_string()) && state.is_empty());
        let ledgers: u64 = world.nodes.iter().map(|node| node.requests("ledger")).sum();
        assert_eq!(ledgers > 2, source == MonitorSource::Ledgers, "{source:?}: {ledgers}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_past_is_caught_up_first() {
    let world = World::new(2, 1);
    let first = world.network.tip() - 15;
    world.pay(0);
    for _ in 0..30 {
        world.network.close_ledger();
    }
    let last = world.network.tip();
    let txd = world.client();
    let mut monitor = world.streams(&txd).from_ledger(first).to_ledger(last).start().unwrap();
    assert_eq!(until(&mut monitor, last).await.0, world.truth(first, last));
    assert!(next(&mut monitor).await.is_none(), "the end");
    let mut resumed =
        world.streams(&txd).from(cursor_at(&world.network, first + 9)).start().unwrap();
    assert_eq!(until(&mut resumed, last).await.0, world.truth(first + 10, last));
    world.network.run_clock();
    assert_eq!(until(&mut resumed, last + 3).await.0, world.truth(last + 1, last + 3));
    txd.close().await;
    assert!(next(&mut resumed).await.unwrap().is_err(), "closed");
    assert!(next(&mut resumed).await.is_none());
    assert_eq!(world.network.open_connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_a_stream_is_repaired() {
    for fault in [
        Fault::SkipsLedger,
        Fault::SkipsTransaction,
        Fault::DuplicatesMessages,
        Fault::ReordersMessages,
        Fault::ClosedAfterTransactions,
        Fault::ClosedWithoutTransactions,
        Fault::TransactionsWithoutClosed,
        Fault::JumpsAhead(3),
        Fault::FallsBack(5),
        Fault::TwoHashes,
        Fault::ForeignTransaction,
        Fault::StopsSilently,
    ] {
        for nodes in [1, 2] {
            let world = World::new(3, nodes);
            world.network.run_clock();
            let start = world.network.tip();
            for after in 0..40 {
                world.pay(after);
            }
            let mut monitor = world.streams(&world.client()).start().unwrap();
            world.nodes[0].set_faults([fault.after(3).times(2)]);
            let story = within(Duration::from_secs(1200), until(&mut monitor, start + 20));
            let (told, _) = story.await;
            assert_eq!(told, world.truth(start + 1, start + 20), "{fault:?} of {nodes}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_node_is_left_for_another_and_all_are_tried_for_ever() {
    let world = World::new(4, 2);
    world.network.run_clock();
    let start = world.network.tip();
    for after in 0..60 {
        world.pay(after);
    }
    let mut monitor = world.streams(&world.client()).start().unwrap();
    until(&mut monitor, start + 3).await;
    world.nodes[0].set_faults([Fault::Refused]);
    world.nodes[0].cut_connections();
    let (told, state) = until(&mut monitor, start + 6).await;
    assert_eq!((told, state), (world.truth(start + 4, start + 6), vec![]));
    world.nodes[1].set_faults([Fault::Refused]);
    world.nodes[1].cut_connections();
    let Some(Ok(Event::Outage { after, failures })) = next(&mut monitor).await else { panic!() };
    assert_eq!((after, failures.len()), (Some(start + 6), 2));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    world.nodes[1].heal();
    let (told, state) = until(&mut monitor, start + 950).await;
    assert_eq!(told, world.truth(start + 7, start + 950));
    assert_eq!(state, ["recovered"]);
}

#[tokio::test(start_paused = true)]
async fn all_that_touches_an_account_is_told_when_asked() {
    let world = World::new(5, 1);
    let tip = world.network.tip();
    let hash = world.pay(0);
    let failed = world
        .network
        .pay(world.shop, world.customer, "5 XRP".parse().unwrap())
        .fails("tecPATH_DRY")
        .submit();
    world.network.close_ledger();
    let monitor = world.streams(&world.client()).filter(Filter::Touching);
    let mut monitor = monitor.from_ledger(tip + 1).to_ledger(tip + 1).start().unwrap();
    let mut told = Vec::new();
    while let Some(event) = next(&mut monitor).await {
        told.push(line(&event.unwrap()));
    }
    assert!(told.contains(&hash.to_string()) && told.contains(&failed.to_string()), "{told:?}");
    assert_eq!(told.len(), 3);
}

/// A server knows one subscription per connection: whoever goes first takes nothing from the other, and
/// who goes last leaves nothing behind.
#[tokio::test(start_paused = true)]
async fn a_wait_that_ends_takes_nothing_from_the_monitor_beside_it() {
    let (world, txd, never) = shared();
    let start = world.network.tip();
    let mut monitor = world.streams(&txd).start().unwrap();
    let (first, _) = until(&mut monitor, start + 1).await;
    txd.get_one(never, 8).await.unwrap();
    let moment = tokio::time::Instant::now();
    let (then, _) = until(&mut monitor, start + 5).await;
    assert_eq!([first, then].concat(), world.truth(start + 1, start + 5));
    assert!(moment.elapsed() <= Duration::from_secs(12), "{:?}", moment.elapsed());
    drop(monitor);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(world.nodes[0].subscriptions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_ends_takes_nothing_from_the_wait_beside_it() {
    let (world, txd, never) = shared();
    let start = world.network.tip();
    let mut monitor = world.streams(&txd).start().unwrap();
    let waiting = tokio::spawn({
        let txd = txd.clone();
        async move { txd.get_one(never, 40).await }
    });
    until(&mut monitor, start + 1).await;
    drop(monitor);
    let hash = world.pay(2);
    let found = txd.get_one(hash, 30).await.unwrap().found().unwrap();
    assert_eq!(found.source().resolved_by, ResolvedBy::LedgerWatch);
    waiting.await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(world.nodes[0].subscriptions(), 0);
}

/// A monitor of this client needs all transactions, a wait only the closes of ledgers.
fn shared() -> (World, TxData, TxHash) {
    let world = World::new(1, 1);
    let txd = world.client_with(|client| client.watch_source(WatchSource::HashLists));
    let amount = "1 XRP".parse().unwrap();
    let never = world.network.pay(world.customer, world.shop, amount).never();
    world.network.run_clock();
    (world, txd, never)
}
