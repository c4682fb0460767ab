//! Waiting with nodes that misbehave, and waiting for more than one of them.

use std::time::Duration;

use xrpl_txdata::{Ctid, ErrorKind, ResolvedBy, testing::Fault};

use crate::support::{Stage, ms, secs, timed};

#[tokio::test(start_paused = true)]
async fn one_node_shows_it_and_the_other_must_still_agree() {
    let stage = Stage::new();
    stage.node("n1.test");
    // The second one answers the first question long after the ledger has closed.
    stage.node("n2.test").set_faults([Fault::Slow(secs(9)).times(1)]);
    stage.network.run_clock();
    let txd = stage.builder(&["n1.test", "n2.test"]).agreement(2).build().unwrap();
    let hash = stage.pay_after(1);
    let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
    let tx = answer.unwrap().found().unwrap();
    let mut agreed = tx.source().agreed.clone();
    agreed.sort();
    assert_eq!(agreed, ["ws://n1.test", "ws://n2.test"]);
    assert_eq!(tx.source().resolved_by, ResolvedBy::LedgerWatch);
    // Both are asked as soon as one of them has shown it, whatever the first question still waits for.
    assert_eq!(elapsed, closing_time(&stage, &hash));
    stage.network.stop_clock();
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn agreement_after_the_first_question_has_ended() {
    let stage = Stage::new();
    stage.node("n1.test");
    stage.node("n2.test").set_faults([Fault::Slow(secs(2)).times(1)]);
    stage.network.run_clock();
    let txd = stage.builder(&["n1.test", "n2.test"]).agreement(2).build().unwrap();
    let hash = stage.pay_after(1);
    let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
    assert!(answer.unwrap().is_found());
    assert_eq!(elapsed, closing_time(&stage, &hash));
    stage.network.stop_clock();
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn nodes_that_contradict_each_other_end_the_wait() {
    let stage = Stage::new();
    stage.node("n1.test");
    stage.node("n2.test").set_faults([Fault::AlteredMetadata]);
    stage.network.run_clock();
    let txd = stage.builder(&["n1.test", "n2.test"]).agreement(2).build().unwrap();
    let hash = stage.pay_after(1);
    let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Disagreement);
    assert_eq!(elapsed, closing_time(&stage, &hash));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_taken_is_asked_for_once() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    let (answer, elapsed) = timed(txd.get_one(Ctid::new(32579, 0, 0).unwrap(), 60)).await;
    let tx = answer.unwrap().found().unwrap();
    assert_eq!((tx.hash(), elapsed), (stage.hash, ms(0)));
    assert_eq!(tx.source().resolved_by, ResolvedBy::FirstReply);
    assert_eq!(node.requests("tx"), 1);
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_place_in_a_ledger_to_come_is_found_within_a_second_of_its_close() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    stage.network.run_clock();
    let txd = stage.client(&["n1.test"]);
    let hash = stage.pay_after(2);
    let ctid = Ctid::new(stage.network.tip() + 3, 0, 0).unwrap();
    let (answer, elapsed) = timed(txd.get_one(ctid, 60)).await;
    let tx = answer.unwrap().found().unwrap();
    assert_eq!((tx.hash(), tx.source().resolved_by), (hash, ResolvedBy::LedgerWatch));
    let late = elapsed - closing_time(&stage, &hash);
    assert!(late <= secs(1), "{late:?}");
    // Asked once a second, twice where the answer is "not here".
    assert!(node.requests("tx") <= 26, "{}", node.requests("tx"));
    stage.network.stop_clock();
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn nodes_that_fail_at_first_are_asked_again_at_the_end_of_the_wait() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::Refused.times(3)]);
    let txd = stage.client(&["n1.test"]);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 30)).await;
    assert!(answer.unwrap().is_found());
    assert!(elapsed <= secs(30), "{elapsed:?}");
    stage.ends(txd).await;
}

/// When the ledger of a transaction closed, by a clock that began with the lookup.
fn closing_time(stage: &Stage, hash: &xrpl_txdata::TxHash) -> Duration {
    // The two of the stage closed before the clock ran.
    secs(4) * (stage.network.truth(hash).unwrap().ledger_index - 32579)
}
