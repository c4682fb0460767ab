//! Slow nodes: who wins when, and what the clock says.

use xrpl_txdata::{ErrorKind, Failure, Lookup, ResolvedBy, Step, testing::Fault};

use super::found;
use crate::support::{Stage, ms, secs, timed};

#[tokio::test(start_paused = true)]
async fn slower_than_endpoint_but_faster_than_overall_wins_late() {
    let stage = Stage::new();
    let slow = stage.node("n1.test");
    slow.set_faults([Fault::Slow(ms(3000))]);
    stage.node("n2.test").set_faults([Fault::NoReply]);
    let txd = stage.client(&["n1.test", "n2.test"]);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &slow, ResolvedBy::LateReply, &|attempts| {
        let [other] = attempts else { panic!("{attempts:?}") };
        assert_eq!((other.step, other.elapsed), (Step::Transaction, ms(1750)));
        assert_eq!(other.failure, Failure::NoAnswer { unreadable: 0 });
    });
    assert_eq!(elapsed, ms(3000));
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn the_last_node_is_not_late_however_long_it_takes() {
    let stage = Stage::new();
    let slow = stage.node("n1.test");
    slow.set_faults([Fault::Slow(ms(9999))]);
    let txd = stage.client(&["n1.test"]);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &slow, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
    assert_eq!(elapsed, ms(9999));
}

#[tokio::test(start_paused = true)]
async fn a_faster_node_beats_the_slow_one_that_was_asked_first() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::Slow(ms(3000))]);
    let fast = stage.node("n2.test");
    fast.set_faults([Fault::Slow(ms(400))]);
    let txd = stage.client(&["n1.test", "n2.test"]);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &fast, ResolvedBy::FirstReply, &|attempts| {
        let [other] = attempts else { panic!("{attempts:?}") };
        assert_eq!((other.step, other.elapsed), (Step::Transaction, ms(1650)));
    });
    assert_eq!(elapsed, ms(1650));
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn an_error_brings_the_next_node_before_the_endpoint_timeout() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::Slow(ms(700)), Fault::Error("internal")]);
    let healthy = stage.node("n2.test");
    let txd = stage.client(&["n1.test", "n2.test"]);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|attempts| {
        assert_eq!(attempts[0].elapsed, ms(700));
    });
    assert_eq!(elapsed, ms(700));
}

#[tokio::test(start_paused = true)]
async fn a_slow_absence_is_an_answer_of_the_slow_node_alone() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::Slow(ms(2000))]);
    stage.node("n2.test").set_faults([Fault::NoReply]);
    let txd = stage.client(&["n1.test", "n2.test"]);
    let (answer, elapsed) = timed(txd.get_one(stage.never_paid(), 0)).await;
    let Lookup::Absent(absence) = answer.unwrap() else { panic!("nobody has it") };
    // At the end of the time, what one node has said is what is known.
    assert_eq!(elapsed, secs(10));
    assert_eq!(absence.searched().len(), 1);
    assert_eq!(absence.searched()[0].endpoint, "ws://n1.test");
    let [silent] = absence.attempts() else { panic!("{:?}", absence.attempts()) };
    assert_eq!((silent.endpoint.as_str(), silent.elapsed), ("ws://n2.test", ms(8750)));
}

#[tokio::test(start_paused = true)]
async fn the_overall_bound_holds_to_the_millisecond() {
    for overall in [1, 1249, 1250, 1251, 2500, 10_000, 59_999] {
        let stage = Stage::new();
        stage.node("n1.test").set_faults([Fault::NeverConnects]);
        stage.node("n2.test").set_faults([Fault::NoHandshake]);
        stage.node("n3.test").set_faults([Fault::NoReply]);
        let txd = stage
            .builder(&["n1.test", "n2.test", "n3.test"])
            .overall_timeout(ms(overall))
            .build()
            .unwrap();
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        let error = answer.unwrap_err();
        assert_eq!((error.kind(), elapsed), (ErrorKind::TimedOut, ms(overall)), "{error}");
        // Who was asked in the last moment was asked for nothing, but was asked.
        let steps = [Step::Dial, Step::Upgrade, Step::Transaction];
        for (number, attempt) in error.attempts().iter().enumerate() {
            let asked = 1250 * number as u64;
            assert_eq!((attempt.step, attempt.elapsed), (steps[number], ms(overall - asked)));
        }
        assert_eq!(error.attempts().len() as u64, overall.div_ceil(1250).min(3));
        stage.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_comes_on_top_of_the_overall_bound_and_nothing_on_top_of_that() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::NeverConnects]);
    stage.node("n2.test").set_faults([Fault::Silent]);
    stage.network.run_clock();
    let txd = stage.client(&["n1.test", "n2.test"]);
    for key in [stage.hash.into(), "C005523E00000000".parse::<xrpl_txdata::TxKey>().unwrap()] {
        let (answer, elapsed) = timed(txd.get_one(key, 30)).await;
        let error = answer.unwrap_err();
        assert_eq!((error.kind(), elapsed), (ErrorKind::TimedOut, secs(40)), "{error}");
        assert_eq!(error.attempts().len(), 2, "{error}");
    }
    stage.network.stop_clock();
    drop(txd);
}
