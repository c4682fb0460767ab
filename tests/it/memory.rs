//! Memory stays flat over many lookups and reconnects. Measured in processes of their own, after the
//! first ones have filled what is filled once.
//!
//! In debug builds a lookup with its simulated nodes takes a millisecond or two, so these are thousands
//! of lookups and hundreds of reconnects; `cargo test memory -- --ignored` runs a hundred thousand and
//! a thousand.

use futures_util::future::join_all;
use xrpl_txdata::{
    TxData,
    testing::{Fault, Held},
};

use crate::support::{Stage, in_a_process_of_its_own, ms, secs, timed};

/// What may come and go between two measurements. A leak of a hundred bytes per lookup is more.
const NOISE_KIB: u64 = 144;

#[test]
fn lookups_leave_nothing_behind() {
    in_a_process_of_its_own("memory::two_thousand_lookups");
}

#[test]
fn lookups_over_http_leave_nothing_behind() {
    in_a_process_of_its_own("memory::a_thousand_lookups_over_http");
}

#[test]
fn reconnects_leave_nothing_behind() {
    in_a_process_of_its_own("memory::three_hundred_reconnects");
}

#[test]
fn lookups_that_are_given_up_leave_nothing_behind() {
    in_a_process_of_its_own("memory::three_thousand_lookups_given_up");
}

#[tokio::test(start_paused = true)]
#[ignore = "measures the whole process"]
async fn two_thousand_lookups() {
    many_lookups(2_000).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "measures the whole process, and takes minutes in a debug build"]
async fn a_hundred_thousand_lookups() {
    many_lookups(100_000).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "measures the whole process"]
async fn a_thousand_lookups_over_http() {
    let stage = Stage::new();
    let (good, bad) = (stage.node("n1.test"), stage.node("n2.test"));
    bad.set_faults([Fault::Html]);
    let txd = stage.builder_of([bad.http_url(), good.http_url()]).build().unwrap();
    let absent = stage.never_paid();
    stays_flat(&txd, 200, async |round| {
        let found = (0..3).map(|_| timed(txd.get_one(stage.hash, 0)));
        let given_up = tokio::time::timeout(ms(0), txd.get_one(absent, 20));
        let (found, absent, given_up) =
            tokio::join!(join_all(found), timed(txd.get_one(absent, 0)), given_up);
        assert!(found.into_iter().all(|(answer, _)| answer.unwrap().is_found()));
        assert!(!absent.0.unwrap().is_found() && given_up.is_err());
        match round % 4 {
            0 => good.cut_connections(),
            1 => good.set_faults([Fault::ClosesMidFrame.after(1).times(1)]),
            2 => good.set_faults([Fault::ClosesAfterReply]),
            _ => good.heal(),
        }
    })
    .await;
    stage.ends(txd).await;
}

/// Found at once, absent, failed, slow: ten at a time.
async fn many_lookups(lookups: usize) {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::Slow(ms(10))]);
    stage.node("n2.test").set_faults([Fault::OtherContent]);
    // Hundred thousand take hours of the paused clock, and no ledger closes meanwhile.
    let patient =
        |nodes: &[&str]| stage.builder(nodes).max_ledger_age(secs(80_000)).build().unwrap();
    let txd = patient(&["n1.test", "n2.test"]);
    let failing = patient(&["n2.test"]);
    let absent = stage.never_paid();
    stays_flat(&txd, lookups / 10, async |_| {
        let found = (0..8).map(|_| timed(txd.get_one(stage.hash, 0)));
        let (found, absent, failed) = tokio::join!(
            join_all(found),
            timed(txd.get_one(absent, 0)),
            timed(failing.get_one(stage.hash, 0)),
        );
        assert!(found.into_iter().all(|(answer, _)| answer.unwrap().is_found()));
        assert!(!absent.0.unwrap().is_found());
        assert!(failed.0.is_err());
    })
    .await;
    drop(txd);
    stage.ends(failing).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "measures the whole process"]
async fn three_thousand_lookups_given_up() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    node.set_faults([Fault::NoReply.into(), Fault::NoReply.on("server_info")]);
    stays_flat(&txd, 300, async |round| {
        // Given up before they are sent, while they wait, and while they wait for a ledger.
        let wait = u64::from(round % 2 == 0) * 20;
        let lookups =
            (0..10).map(|number| tokio::time::timeout(ms(number), txd.get_one(stage.hash, wait)));
        assert!(join_all(lookups).await.iter().all(Result::is_err));
    })
    .await;
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "measures the whole process"]
async fn three_hundred_reconnects() {
    many_reconnects(300).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "measures the whole process, and takes long in a debug build"]
async fn a_thousand_reconnects() {
    many_reconnects(1_000).await;
}

async fn many_reconnects(reconnects: usize) {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    stays_flat(&txd, reconnects, async |round| {
        stage.network.settle().await;
        let (answer, _) = timed(txd.get_one(stage.hash, 0)).await;
        assert!(answer.unwrap().is_found());
        // Lost, closed politely, and in the middle of the next question.
        match round % 3 {
            0 => node.cut_connections(),
            1 => node.set_faults([Fault::Closes(1001).times(1)]),
            _ => node.set_faults([Fault::ClosesMidFrame.times(1)]),
        }
        if round % 3 > 0 {
            let (answer, _) = timed(txd.get_one(stage.hash, 0)).await;
            assert!(answer.unwrap().is_found(), "asked again over a fresh connection");
        }
    })
    .await;
    assert!(node.connections() >= reconnects as u64, "{}", node.connections());
    assert!(stage.network.open_connections() <= 1);
    stage.ends(txd).await;
}

/// Runs so many rounds, and as many again: the second half adds nothing.
async fn stays_flat(txd: &TxData, rounds: usize, mut round: impl AsyncFnMut(usize)) {
    for number in 0..rounds / 2 {
        round(number).await;
    }
    tokio::time::sleep(secs(3)).await;
    assert_eq!(held(txd), []);
    let resident = resident_kib();
    for number in 0..rounds / 2 {
        round(number).await;
    }
    tokio::time::sleep(secs(3)).await;
    let grown = resident_kib().saturating_sub(resident);
    println!("{rounds} rounds: {resident} KiB, {grown} KiB more after the second half");
    assert_eq!(held(txd), []);
    assert!(grown <= NOISE_KIB, "grew by {grown} KiB");
}

/// What the client holds, by its own counts: requests that wait, listeners, ledgers that are remembered.
fn held(txd: &TxData) -> Vec<Held> {
    txd.held().into_iter().filter(|held| held.count > 0).collect()
}

/// Memory of this process in KiB, without the code that the system pages in; 0 where the system does
/// not tell.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
