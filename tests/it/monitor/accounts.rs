//! Where only the accounts are streamed.

use std::time::Duration;

use tokio::time::Instant;
use xrpl_txdata::{
    AccountHistory, AccountId, Event, Monitor, MonitorSource, TxData,
    testing::{Fault, Network, Node},
};

use super::{Auditor, World, next, within};

fn monitor(world: &World) -> Monitor {
    world.client().monitor([world.shop]).source(MonitorSource::Accounts).start().unwrap()
}

fn asked(world: &World, command: &str) -> u64 {
    world.nodes.iter().map(|node| node.requests(command)).sum()
}

#[tokio::test(start_paused = true)]
async fn payments_come_with_their_ledger_and_quiet_ledgers_cost_little() {
    let world = World::new(1, 2);
    world.network.run_clock();
    let start = world.network.tip();
    for after in [3, 40, 41, 42, 43, 70] {
        world.pay(after);
    }
    let mut monitor = monitor(&world);
    let mut auditor = Auditor::new(&world, start);
    while auditor.done < start + 90 {
        let event = next(&mut monitor).await.unwrap().unwrap();
        if let Event::Incoming(payment) = &event {
            let late = world.network.tip() - payment.ledger_index();
            assert_eq!(late, 0, "told before the next ledger closes");
        }
        auditor.hear(&event);
    }
    assert_eq!((auditor.payments, auditor.state.len()), (6, 0));
    let (histories, ledgers) = (asked(&world, "account_tx"), asked(&world, "ledger"));
    assert!(histories <= 24 && ledgers <= 24, "{histories} histories, {ledgers} ledgers");
    drop(monitor);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.nodes[0].subscriptions(), 0, "nothing stays subscribed");
}

#[tokio::test(start_paused = true)]
async fn few_accounts_are_streamed_alone_and_many_with_everything() {
    for (accounts, nodes, agreement, alone) in
        [(1, 2, 1, true), (8, 2, 1, true), (9, 2, 1, false), (1, 1, 1, false), (1, 2, 2, false)]
    {
        let world = World::new(1, nodes);
        world.network.run_clock();
        let others = (1..accounts).map(|n| world.network.account(&format!("shop {n}")));
        let all: Vec<AccountId> = [world.shop].into_iter().chain(others).collect();
        let txd = world.client_with(|builder| builder.agreement(agreement));
        let mut monitor = txd.monitor(all).start().unwrap();
        let last = world.network.tip() + 40;
        let mut auditor = Auditor::new(&world, world.network.tip());
        auditor.until(&mut monitor, last).await;
        // Ledgers that nobody needs are told only by those who read all of them.
        assert_eq!(auditor.ledgers < 10, alone, "{accounts} of {nodes}: {}", auditor.ledgers);
        let subscribed = world.nodes[0].subscriptions();
        let expected = if alone { 1 + accounts } else { 1 + usize::from(agreement == 1) };
        assert_eq!(subscribed, expected, "{accounts} of {nodes}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_the_streams_lose_the_histories_find() {
    for fault in [
        Fault::ForgetsAccounts,
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
        Fault::StopsSilently,
    ] {
        for nodes in [1, 2] {
            let world = World::new(3, nodes);
            world.network.run_clock();
            let start = world.network.tip();
            for after in (0..60).step_by(4) {
                world.pay(after);
            }
            let mut monitor = monitor(&world);
            // For good, and of all nodes.
            let strikes = if fault == Fault::ForgetsAccounts { u32::MAX } else { 2 };
            for node in &world.nodes {
                node.set_faults([fault.after(3).times(strikes)]);
            }
            let mut auditor = Auditor::new(&world, start);
            let story = auditor.until(&mut monitor, start + 60);
            within(Duration::from_secs(3600), story).await;
            assert_eq!(auditor.payments, 15, "{fault:?} of {nodes}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_ledger_is_done_before_its_histories_are_told() {
    let world = World::new(4, 2);
    world.network.run_clock();
    let start = world.network.tip();
    for node in &world.nodes {
        // The streams say nothing, and the histories are slow: this is all there is.
        node.set_faults([
            Fault::ForgetsAccounts.into(),
            Fault::Slow(Duration::from_secs(8)).on("account_tx"),
        ]);
    }
    world.pay(5);
    let began = Instant::now();
    let mut monitor = monitor(&world);
    let mut auditor = Auditor::new(&world, start);
    auditor.until(&mut monitor, start + 20).await;
    assert_eq!(auditor.payments, 1);
    assert!(began.elapsed() > Duration::from_secs(16 * 4 + 8), "not before the sweep");
}

#[tokio::test(start_paused = true)]
async fn without_histories_every_ledger_is_read() {
    let world = World::new(5, 2);
    world.network.run_clock();
    let start = world.network.tip();
    for after in (0..40).step_by(5) {
        world.pay(after);
    }
    for node in &world.nodes {
        node.set_faults([
            Fault::ForgetsAccounts.into(),
            Fault::Error("noPermission").on("account_tx"),
        ]);
    }
    let mut monitor = monitor(&world);
    let mut auditor = Auditor::new(&world, start);
    auditor.until(&mut monitor, start + 40).await;
    assert!(auditor.ledgers >= 40 && auditor.payments == 8, "{}", auditor.ledgers);
    let never = world.client().monitor([world.shop]).source(MonitorSource::Accounts);
    let mut never = never.account_history(AccountHistory::Never).start().unwrap();
    let start = world.network.tip();
    let before = asked(&world, "account_tx");
    let mut auditor = Auditor::new(&world, start);
    auditor.until(&mut never, start + 20).await;
    assert!(auditor.ledgers >= 20);
    drop(monitor);
    assert!(asked(&world, "account_tx") - before < 20, "only the other one asks");
}

#[tokio::test(start_paused = true)]
async fn accounts_are_streamed_and_no_longer_streamed_as_they_come_and_go() {
    let world = World::new(6, 2);
    world.network.run_clock();
    let other = world.network.account("other");
    let mut monitor = monitor(&world);
    let handle = monitor.handle();
    let start = world.network.tip();
    let mut auditor = Auditor::new(&world, start);
    auditor.until(&mut monitor, start + 16).await;
    assert_eq!(world.nodes[0].subscriptions(), 2);
    let last = handle.add(other).unwrap().unwrap();
    for after in 0..3 {
        world.network.pay(world.customer, other, "1 XRP".parse().unwrap()).after(after).submit();
    }
    let mut paid = Vec::new();
    while paid.len() < 3 {
        if let Event::Incoming(payment) = next(&mut monitor).await.unwrap().unwrap() {
            assert_eq!(payment.received()[0].account, other);
            assert_eq!(world.network.tip(), payment.ledger_index(), "it is streamed");
            paid.push(payment.ledger_index());
        }
    }
    assert!(paid.iter().all(|index| *index > last));
    assert_eq!(world.nodes[0].subscriptions(), 3);
    assert!(handle.remove(&other) && handle.remove(&world.shop));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.nodes[0].subscriptions(), 1, "the ledgers alone");
    world.pay(0);
    let before = asked(&world, "account_tx");
    let from = world.network.tip();
    loop {
        match next(&mut monitor).await.unwrap().unwrap() {
            Event::LedgerDone(cursor) if cursor.ledger_index() > from + 16 => break,
            Event::Incoming(payment) => panic!("nobody is followed: {}", payment.hash()),
            _ => {}
        }
    }
    assert_eq!(asked(&world, "account_tx"), before, "nobody's history");
}

/// So many that they are subscribed, and left, in two parts; then the answer to a request to leave takes long.
async fn many_that_are_left_slowly(world: &World, txd: &TxData) -> (Monitor, AccountId) {
    let others: Vec<AccountId> = (0..1_500_u32)
        .map(|n| {
            let mut bytes = [7; 20];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            AccountId::from_bytes(bytes)
        })
        .collect();
    let all = others.iter().copied().chain([world.shop]);
    let monitor = txd.monitor(all).source(MonitorSource::Accounts).start().unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(subscribed(world), [1_502; 2]);
    for node in &world.nodes {
        node.set_faults([Fault::Slow(Duration::from_secs(2)).on("unsubscribe")]);
    }
    let handle = monitor.handle();
    assert!(others.iter().all(|account| handle.remove(account)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    // The last one of all: it is in the second part.
    (monitor, others[1_499])
}

fn subscribed(world: &World) -> Vec<usize> {
    world.nodes.iter().map(Node::subscriptions).collect()
}

#[tokio::test(start_paused = true)]
async fn an_account_that_comes_back_while_it_is_left_is_streamed() {
    let world = World::new(7, 2);
    world.network.run_clock();
    let (monitor, last) = many_that_are_left_slowly(&world, &world.client()).await;
    monitor.handle().add(last).unwrap();
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(subscribed(&world), [3; 2], "the ledgers, the shop, and the one that came back");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_another_monitor_follows_while_it_is_left_is_streamed() {
    let world = World::new(8, 2);
    world.network.run_clock();
    let txd = world.client();
    let (first, last) = many_that_are_left_slowly(&world, &txd).await;
    let second = txd.monitor([last]).source(MonitorSource::Accounts).start().unwrap();
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(subscribed(&world), [3; 2], "the ledgers, the shop, and the other one's");
    assert!(second.handle().remove(&last));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(subscribed(&world), [2; 2], "nobody needs it any more");
    drop(first);
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_gets_everything_in_order() {
    let network = Network::builder().seed(9).traffic(3).history(4).build();
    let world = World::of(network, 2);
    world.network.run_clock();
    let start = world.network.tip();
    for after in 0..300 {
        world.pay(after);
    }
    let mut monitor = monitor(&world);
    let mut auditor = Auditor::new(&world, start);
    auditor.until(&mut monitor, start + 1).await;
    tokio::time::sleep(Duration::from_secs(4 * 250)).await;
    auditor.until(&mut monitor, start + 280).await;
    assert_eq!((auditor.payments, auditor.state.len()), (280, 0));
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_an_hour_is_repaired() {
    let world = World::new(10, 2);
    world.network.run_clock();
    let start = world.network.tip();
    for after in (0..1_000).step_by(30) {
        world.pay(after);
    }
    let mut monitor = monitor(&world);
    let mut auditor = Auditor::new(&world, start);
    auditor.until(&mut monitor, start + 20).await;
    for node in &world.nodes {
        node.set_faults([Fault::Refused]);
        node.cut_connections();
    }
    tokio::time::sleep(Duration::from_secs(3600)).await;
    world.nodes.iter().for_each(Node::heal);
    auditor.until(&mut monitor, start + 1_000).await;
    assert_eq!(auditor.payments, 34);
    assert_eq!(auditor.state, ["outage", "recovered"]);
}
