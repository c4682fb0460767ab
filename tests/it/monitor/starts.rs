//! Where monitors begin and end, and what they refuse.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use xrpl_txdata::{
    Blame, Cursor, Error, ErrorKind, Event,
    testing::{Fault, Network},
};

use super::{World, cursor_at, next, until};

fn refused(result: Result<xrpl_txdata::Monitor, Error>) -> Error {
    let error = result.map(|_| ()).unwrap_err();
    assert_eq!(error.blame(), Blame::You);
    error
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_monitored_is_refused_by_name() {
    let world = World::new(1, 1);
    let txd = world.client();
    let error = refused(txd.monitor(["rShop", "r2"]).start());
    assert_eq!(error.kind(), ErrorKind::InvalidAccounts);
    assert!(error.to_string().contains("rShop") && error.to_string().contains("\"r2\""), "{error}");
    let error = refused(txd.monitor(Vec::<String>::new()).start());
    assert!(error.to_string().contains("an empty list"), "{error}");
    let error = refused(world.streams(&txd).from_ledger(50).to_ledger(49).start());
    assert!(error.to_string().contains("to_ledger is 49"), "{error}");
    refused(world.streams(&txd).from_ledger(0).start());
    let other = r#"{"version":1,"network_id":1,"ledger_index":5}"#.parse().unwrap();
    let error = refused(world.streams(&txd).from(other).start());
    assert_eq!(error.kind(), ErrorKind::WrongStart);
    assert!(error.to_string().contains("network 1, expected 0"), "{error}");
    txd.close().await;
    assert_eq!(refused(world.streams(&txd).start()).kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_reset_network_is_an_error_and_no_replay() {
    // The same indexes, other ledgers.
    let (before, after) = (World::new(1, 1), World::new(2, 2));
    let cursor = cursor_at(&before.network, before.network.tip() - 3);
    after.network.run_clock();
    let mut monitor = after.streams(&after.client()).from(cursor.clone()).start().unwrap();
    let error = next(&mut monitor).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongStart);
    assert!(error.to_string().contains(&cursor.ledger_hash().unwrap().to_string()), "{error}");
    assert!(next(&mut monitor).await.is_none());
}

/// Events wait for whoever reads them, the end as well: 64 fit, and where it stands is one.
#[tokio::test(start_paused = true)]
async fn a_client_is_closed_though_nobody_reads_the_end_of_a_monitor() {
    let world = World::of(Network::builder().seed(1).traffic(0).history(80).build(), 1);
    world.network.run_clock();
    for ledgers in 61..=66 {
        let (txd, first) = (world.client(), world.network.tip() - 70);
        let monitor = world.streams(&txd).from_ledger(first).to_ledger(first + ledgers - 1);
        let mut monitor = monitor.start().unwrap();
        sleep(Duration::from_secs(20)).await;
        timeout(Duration::from_secs(5), txd.close()).await.expect("it waits for nobody");
        let mut told = 0;
        let error = loop {
            match next(&mut monitor).await {
                Some(Ok(Event::LedgerDone(_))) => told += 1,
                Some(Ok(event)) => panic!("{event:?}"),
                Some(Err(error)) => break Some(error.kind()),
                None => break None,
            }
        };
        // What waited is told, and an end that did not fit is not taken for one.
        assert_eq!(told, ledgers.min(63));
        assert_eq!(error, (ledgers >= 63).then_some(ErrorKind::Closed), "{ledgers}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_beyond_the_tip_is_an_error_unless_it_is_only_a_moment_away() {
    let world = World::new(1, 2);
    world.network.run_clock();
    let (txd, tip) = (world.client(), world.network.tip());
    let mut monitor = world.streams(&txd).from_ledger(tip + 500).start().unwrap();
    let error = next(&mut monitor).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongStart);
    assert!(error.to_string().contains(&format!("ledger {}", tip + 500)), "{error}");
    let first = world.network.tip() + 3;
    let mut monitor = world.streams(&txd).from_ledger(first).start().unwrap();
    assert_eq!(until(&mut monitor, first + 1).await.0, world.truth(first, first + 1));
}

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_any_history_ends_with_the_gap() {
    let world = World::new(1, 2);
    for node in &world.nodes {
        node.set_faults([Fault::PartialHistory(30)]);
    }
    world.network.run_clock();
    let start = world.network.tip();
    let txd = world.client_with(|builder| builder.allow_partial_history());
    let mut monitor = world.streams(&txd).start().unwrap();
    until(&mut monitor, start + 3).await;
    for node in &world.nodes {
        node.set_faults([Fault::Refused]);
        node.cut_connections();
    }
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    for node in &world.nodes {
        node.set_faults([Fault::PartialHistory(30)]);
    }
    assert!(matches!(next(&mut monitor).await, Some(Ok(Event::Outage { .. }))));
    let Some(Ok(Event::GapNotFillable { from, to })) = next(&mut monitor).await else { panic!() };
    assert_eq!(from, start + 4);
    assert!(to > start + 800 && to < world.network.tip(), "{to}");
    assert!(next(&mut monitor).await.is_none(), "never a silent skip");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_cannot_be_reached_for_a_while_may_have_what_the_others_lack() {
    let world = World::new(1, 2);
    world.nodes[0].set_faults([Fault::PartialHistory(4)]);
    world.nodes[1].set_faults([Fault::Refused]);
    world.network.run_clock();
    let first = world.network.tip() - 15;
    let txd = world.client_with(|builder| builder.allow_partial_history());
    let mut monitor = world.streams(&txd).from_ledger(first).start().unwrap();
    let healing = async {
        sleep(Duration::from_secs(600)).await;
        world.nodes[1].heal();
    };
    let outage = async {
        let event = next(&mut monitor).await;
        assert!(matches!(event, Some(Ok(Event::Outage { after, .. })) if after == Some(first - 1)));
    };
    tokio::join!(healing, outage);
    assert!(matches!(next(&mut monitor).await, Some(Ok(Event::Recovered { .. }))));
    let last = world.network.tip();
    assert_eq!(until(&mut monitor, last).await.0, world.truth(first, last));
}

#[tokio::test(start_paused = true)]
async fn a_node_with_more_history_fills_the_gap_of_another() {
    let world = World::new(1, 2);
    world.network.run_clock();
    let first = world.network.tip() - 15;
    world.nodes[0].set_faults([Fault::PartialHistory(4)]);
    let txd = world.client_with(|builder| builder.allow_partial_history().watched_nodes(1));
    let mut monitor = world.streams(&txd).from_ledger(first).start().unwrap();
    let last = world.network.tip() + 2;
    assert_eq!(until(&mut monitor, last).await.0, world.truth(first, last));
}

#[tokio::test(start_paused = true)]
async fn the_new_node_may_be_behind() {
    let world = World::new(1, 2);
    world.nodes[1].set_faults([Fault::Behind(6)]);
    world.network.run_clock();
    let start = world.network.tip();
    let txd = world.client_with(|builder| builder.watched_nodes(1));
    let mut monitor = world.streams(&txd).start().unwrap();
    until(&mut monitor, start + 4).await;
    world.nodes[0].set_faults([Fault::Refused]);
    world.nodes[0].cut_connections();
    let (told, _) = until(&mut monitor, start + 10).await;
    assert_eq!(told, world.truth(start + 5, start + 10));
}

#[tokio::test(start_paused = true)]
async fn accounts_come_and_go_while_it_runs() {
    let world = World::new(1, 1);
    world.network.run_clock();
    let start = world.network.tip();
    let other = world.network.account("other");
    for after in 0..30 {
        world.pay(after);
        world.network.pay(world.customer, other, "1 XRP".parse().unwrap()).after(after).submit();
    }
    let mut monitor = world.streams(&world.client()).start().unwrap();
    let handle = monitor.handle();
    until(&mut monitor, start + 3).await;
    let last = handle.add(other).unwrap().unwrap();
    assert!(handle.add("rOther").is_err() && handle.accounts() == 2);
    let mut by_account = Vec::new();
    while let Some(Ok(event)) = next(&mut monitor).await {
        if let Event::Incoming(payment) = &event {
            by_account.push((payment.ledger_index(), payment.received()[0].account));
        }
        match event {
            Event::LedgerDone(cursor) if cursor.ledger_index() == start + 8 => {
                assert!(handle.remove(&world.shop) && !handle.contains(&world.shop));
            }
            Event::LedgerDone(cursor) if cursor.ledger_index() == start + 12 => break,
            _ => {}
        }
    }
    let of = |account| by_account.iter().filter(move |(_, one)| *one == account);
    assert_eq!(
        of(other).map(|(index, _)| *index).collect::<Vec<_>>(),
        (last + 1..=start + 12).collect::<Vec<_>>()
    );
    assert_eq!(
        of(world.shop).map(|(index, _)| *index).collect::<Vec<_>>(),
        (start + 4..=start + 8).collect::<Vec<_>>()
    );
    let status = handle.status();
    assert_eq!((status.lag(), status.nodes.len()), (Some(0), 1));
    assert!(handle.is_running());
    drop(monitor);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!handle.is_running());
}

#[tokio::test(start_paused = true)]
async fn a_cursor_in_the_middle_of_a_ledger_repeats_nothing() {
    let world = World::new(1, 1);
    let first = world.network.tip() + 1;
    for _ in 0..5 {
        world.pay(0);
    }
    world.network.close_ledger();
    world.network.close_ledger();
    let txd = world.client();
    let truth = world.truth(first, first + 1);
    for taken in 0..truth.len() {
        let mut monitor = world.streams(&txd).from_ledger(first).start().unwrap();
        let mut told = Vec::new();
        for _ in 0..taken {
            told.push(super::line(&next(&mut monitor).await.unwrap().unwrap()));
        }
        let cursor = monitor.cursor().map(ToString::to_string);
        drop(monitor);
        let again = world.streams(&txd);
        let again = match cursor {
            Some(cursor) => again.from(cursor.parse::<Cursor>().unwrap()),
            None => again.from_ledger(first),
        };
        let mut monitor = again.start().unwrap();
        told.extend(until(&mut monitor, first + 1).await.0);
        assert_eq!(told, truth, "after {taken}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_sleeps_misses_nothing_and_costs_little() {
    let network = Network::builder().seed(9).traffic(3).history(4).build();
    let world = World::of(network, 2);
    world.network.run_clock();
    let start = world.network.tip();
    for after in 0..200 {
        world.pay(after);
    }
    let mut monitor = world.streams(&world.client()).start().unwrap();
    until(&mut monitor, start + 1).await;
    tokio::time::sleep(std::time::Duration::from_secs(4 * 150)).await;
    let behind = monitor.handle().status().lag().unwrap();
    assert!(behind > 80, "it waits for the consumer: {behind}");
    let (told, state) = until(&mut monitor, start + 160).await;
    assert_eq!(told, world.truth(start + 2, start + 160));
    assert_eq!(state, Vec::<String>::new(), "who takes nothing misses nothing");
}
