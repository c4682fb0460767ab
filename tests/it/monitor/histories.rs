//! Long gaps, filled by what the histories of the accounts name.

use std::time::Duration;

use xrpl_txdata::{
    AccountHistory, Event, MonitorSource, TxData,
    testing::{Fault, Network, Node, Scripted},
};

use super::{Auditor, World, cursor_at, next, until, within};

/// How many ledgers were closed while nobody watched.
const GAP: u32 = 400;

/// A gap with payments in every fortieth ledger, two of them in one.
fn world(seed: u64, nodes: usize) -> World {
    let world = World::of(Network::builder().seed(seed).traffic(1).build(), nodes);
    for after in (5..GAP).step_by(40) {
        world.pay(after);
        world.pay(after);
    }
    for _ in 0..GAP {
        world.network.close_ledger();
    }
    world
}

fn asked(world: &World, command: &str) -> u64 {
    world.nodes.iter().map(|node| node.requests(command)).sum()
}

/// Follows from before the gap to its end, and gives what it took.
async fn fill<'a>(world: &'a World, txd: &TxData, history: AccountHistory) -> Auditor<'a> {
    let last = world.network.tip();
    let first = last - GAP;
    let monitor = world.streams(txd).account_history(history);
    let monitor = monitor.from(cursor_at(&world.network, first)).to_ledger(last);
    let mut monitor = monitor.start().unwrap();
    let mut auditor = Auditor::new(world, first);
    within(Duration::from_secs(3600), auditor.until(&mut monitor, last)).await;
    assert!(next(&mut monitor).await.is_none());
    assert_eq!(auditor.payments, 20);
    auditor
}

#[tokio::test(start_paused = true)]
async fn a_long_gap_is_filled_by_histories_and_a_short_one_is_not() {
    let world = world(1, 2);
    let auditor = fill(&world, &world.client(), AccountHistory::Automatic).await;
    assert_eq!(auditor.ledgers, 11, "the ledgers with payments, and the last");
    let (histories, ledgers) = (asked(&world, "account_tx"), asked(&world, "ledger"));
    assert!(histories == 2 && ledgers < 20, "{histories} histories, {ledgers} ledgers");
    for history in [AccountHistory::Never, AccountHistory::From(GAP + 1)] {
        let auditor = fill(&world, &world.client(), history).await;
        assert_eq!((auditor.ledgers, asked(&world, "account_tx")), (GAP, 2));
    }
    let short = world.network.tip() - 200;
    let txd = world.client();
    let monitor = world.streams(&txd).from(cursor_at(&world.network, short));
    let mut monitor = monitor.start().unwrap();
    until(&mut monitor, world.network.tip()).await;
    assert_eq!(asked(&world, "account_tx"), 2, "a short one");
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_was_away_for_long_catches_up_by_histories_and_goes_on() {
    let world = World::of(Network::builder().seed(2).traffic(1).build(), 2);
    world.network.run_clock();
    world.nodes.iter().for_each(|node| node.set_latency(Duration::from_secs(1)));
    let start = world.network.tip();
    for after in (0..1_200).step_by(100) {
        world.pay(after);
    }
    let txd = world.client();
    let mut monitor = world.streams(&txd).start().unwrap();
    let mut auditor = Auditor::new(&world, start);
    auditor.until(&mut monitor, start + 5).await;
    for node in &world.nodes {
        node.set_faults([Fault::Refused]);
        node.cut_connections();
    }
    tokio::time::sleep(Duration::from_secs(3600)).await;
    world.nodes.iter().for_each(Node::heal);
    auditor.until(&mut monitor, start + 1_100).await;
    assert_eq!(auditor.state, ["outage", "recovered"]);
    assert!(auditor.ledgers < 600 && asked(&world, "account_tx") >= 2, "{}", auditor.ledgers);
    assert_eq!(auditor.payments, 11);
}

/// What one of two nodes does wrong in its histories costs time, and no payment.
#[tokio::test(start_paused = true)]
async fn no_fault_of_one_history_loses_a_payment() {
    let seldom = |fault: Fault| vec![fault.on("account_tx")];
    for faults in [
        seldom(Fault::ShortPages(1)),
        seldom(Fault::ShortPages(3)),
        vec![Fault::EmptyPage.times(1)],
        vec![Fault::EmptyPage.after(1).times(2), Fault::ShortPages(2).on("account_tx")],
        vec![Fault::EmptyPage.into()],
        vec![Fault::ShortPages(2).into(), Fault::SkipsAtMarker.into()],
        vec![Fault::ShortPages(2).into(), Fault::LosesMarkers.into()],
        vec![Fault::EmptyPage.times(1), Fault::LosesMarkers.into()],
        vec![Fault::NarrowRange(1).into()],
        vec![Fault::NarrowRange(300).into()],
        vec![Fault::NarrowRange(300).times(2)],
        seldom(Fault::Forgets),
        vec![Fault::ShortPages(4).into(), Fault::Forgets.on("account_tx")],
        seldom(Fault::Unvalidated),
        seldom(Fault::NoValidatedFlag),
        seldom(Fault::NotJson),
        seldom(Fault::NoReply),
        seldom(Fault::ClosesMidFrame),
        seldom(Fault::Error("tooBusy")),
        seldom(Fault::Error("slowDown")),
        seldom(Fault::Error("actNotFound")),
        seldom(Fault::OtherTransaction),
        seldom(Fault::OnlyApi1),
        seldom(Fault::UnknownFields),
        seldom(Fault::Slow(Duration::from_secs(3))),
        vec![Fault::HoleInHistory(32_700).into()],
        vec![Fault::PartialHistory(100).into()],
    ] {
        println!("{faults:?}");
        let world = world(3, 2);
        world.nodes[0].set_faults::<Scripted>(faults.clone());
        let txd = world.client_with(|builder| builder.allow_partial_history());
        let auditor = fill(&world, &txd, AccountHistory::Automatic).await;
        assert!(auditor.ledgers >= 11, "{faults:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_all_histories_leave_out_is_found_out_by_what_changed_before() {
    let world = world(4, 2);
    let first = world.network.tip() - GAP;
    for node in &world.nodes {
        node.set_faults([Fault::UnlistedLedger(first + 6 + 40).on("account_tx")]);
    }
    let auditor = fill(&world, &world.client(), AccountHistory::Automatic).await;
    // The payment after that one says when the shop had changed before: up to there all are read.
    assert!((80..120).contains(&auditor.ledgers), "{}", auditor.ledgers);
}

#[tokio::test(start_paused = true)]
async fn nobody_alone_is_believed_that_there_is_nothing() {
    // One of two cannot tell of the gap: what the other one leaves out must not be lost.
    for fault in [Fault::Refused.into(), Fault::Error("notEnabled").on("account_tx")] {
        let world = world(5, 2);
        world.nodes[0].set_faults::<Scripted>([fault]);
        world.nodes[1].set_faults([Fault::Forgets.on("account_tx")]);
        let auditor = fill(&world, &world.client(), AccountHistory::Automatic).await;
        assert_eq!(auditor.ledgers, GAP);
    }
    // Who has only one node has nobody else to ask.
    let world = world(5, 1);
    let auditor = fill(&world, &world.client(), AccountHistory::Automatic).await;
    assert_eq!((auditor.ledgers, asked(&world, "account_tx")), (11, 1));
    // Who wants three to agree wants three witnesses.
    let world = self::world(5, 3);
    let txd = world.client_with(|builder| builder.agreement(3));
    let auditor = fill(&world, &txd, AccountHistory::Automatic).await;
    assert_eq!((auditor.ledgers, asked(&world, "account_tx")), (11, 3));
}

#[tokio::test(start_paused = true)]
async fn those_who_have_the_gap_are_asked_for_its_history() {
    let world = world(6, 4);
    world.nodes[0].set_faults([Fault::PartialHistory(30)]);
    world.nodes[2].set_faults([Fault::HoleInHistory(32_800)]);
    let txd = world.client_with(|builder| builder.allow_partial_history());
    let auditor = fill(&world, &txd, AccountHistory::Automatic).await;
    assert_eq!(auditor.ledgers, 11);
    let told: Vec<u64> = world.nodes.iter().map(|node| node.requests("account_tx")).collect();
    assert_eq!((told[1], told[3]), (1, 1), "{told:?}");
    assert!(told[0] + told[2] == 0, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_histories_name_and_nobody_has_is_a_gap() {
    let world = world(7, 2);
    let last = world.network.tip();
    let (first, named) = (last - GAP, last - GAP + 6);
    for node in &world.nodes {
        // It is listed, and not there when it is asked for.
        node.set_faults([Fault::Error("lgrNotFound").on("ledger").after(1)]);
    }
    world.network.run_clock();
    let monitor = world.streams(&world.client()).from(cursor_at(&world.network, first));
    let mut monitor = monitor.to_ledger(last).start().unwrap();
    let Some(Ok(Event::Outage { after, .. })) = next(&mut monitor).await else { panic!() };
    assert_eq!(after, Some(first));
    world.nodes.iter().for_each(Node::heal);
    let mut auditor = Auditor::new(&world, first);
    auditor.until(&mut monitor, named).await;
    assert_eq!(auditor.ledgers, 1, "nothing is skipped for good");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_added_while_histories_are_read_is_read_too() {
    let world = world(8, 2);
    let last = world.network.tip();
    let other = world.network.account("other");
    let first = last - GAP;
    for node in &world.nodes {
        node.set_faults([Fault::Slow(Duration::from_secs(2)).on("account_tx")]);
    }
    let monitor = world.client().monitor([other]).source(MonitorSource::Transactions);
    let monitor = monitor.from(cursor_at(&world.network, first)).to_ledger(last);
    let mut monitor = monitor.start().unwrap();
    let handle = monitor.handle();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(handle.add(world.shop).unwrap(), Some(first));
    let mut auditor = Auditor::new(&world, first);
    auditor.until(&mut monitor, last).await;
    assert_eq!((auditor.payments, auditor.ledgers), (20, 11));
}
