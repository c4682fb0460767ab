//! Error answers by their class: what becomes of the lookup, and how long the node is left alone.

use xrpl_txdata::{
    Attempt, Error, ErrorKind, Failure, Lookup, ResolvedBy, Step,
    testing::{Fault, Scripted},
};

use super::{fails, found};
use crate::support::{Stage, ms, timed};

fails! {
    busy: [Fault::Error("tooBusy")]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Server(error) if error.token == "tooBusy",
        beside at 0 ms;
    slow_down: [Fault::Error("slowDown")]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Server(error) if error.token == "slowDown" && error.code == Some(10),
        beside at 0 ms;
    slow_down_to_server_info: [Fault::Error("slowDown").on("server_info")]
        => AllEndpointsFailed at 0 ms, ServerInfo Failure::Server(error) if error.token == "slowDown",
        beside at 0 ms;
    blocked: [Fault::Error("amendmentBlocked")]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Server(error) if error.token == "amendmentBlocked",
        beside at 0 ms;
    no_tables: [Fault::Error("notEnabled")]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Server(error) if error.token == "notEnabled",
        beside at 0 ms;
    unknown_command: [Fault::Error("unknownCmd")]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Server(error) if error.token == "unknownCmd",
        beside at 0 ms;
    bad_parameters: [Fault::Error("invalidParams")]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Server(error) if error.token == "invalidParams",
        beside at 0 ms;
    internal_error: [Fault::Error("internal")]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Server(error) if error.token == "internal",
        beside at 0 ms;
    another_network: [Fault::Error("wrongNetwork")]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Server(error) if error.token == "wrongNetwork",
        beside at 0 ms;
    never_heard_of: [Fault::Error("xyzzy")]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Server(error) if error.token == "xyzzy",
        beside at 0 ms;
    // Worth a second try at the same node, after a moment.
    not_validated_yet: [Fault::Error("lgrNotValidated")]
        => AllEndpointsFailed at 200 ms,
        Transaction Failure::Server(error) if error.token == "lgrNotValidated",
        beside at 200 ms;
    not_forwarded: [Fault::Error("failedToForward")]
        => AllEndpointsFailed at 200 ms,
        Transaction Failure::Server(error) if error.token == "failedToForward",
        beside at 200 ms;
    no_api_version: [Fault::Error("invalid_API_version")]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Server(error) if error.token == "invalid_API_version",
        beside at 0 ms;
    no_api_version_for_server_info: [Fault::Error("invalid_API_version").on("server_info")]
        => AllEndpointsFailed at 0 ms,
        ServerInfo Failure::Server(error) if error.token == "invalid_API_version",
        beside at 0 ms;
}

#[tokio::test(start_paused = true)]
async fn the_second_try_at_the_same_node_may_succeed() {
    for token in ["lgrNotValidated", "failedToForward"] {
        let stage = Stage::new();
        let node = stage.node("n1.test");
        node.set_faults([Fault::Error(token).times(1)]);
        let txd = stage.client(&["n1.test"]);
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
        assert_eq!((elapsed, node.requests("tx")), (ms(200), 2), "{token}");
    }
}

#[tokio::test(start_paused = true)]
async fn not_found_is_an_answer_and_no_error() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::Forgets]);
    let txd = stage.client(&["n1.test"]);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    let Lookup::Absent(absence) = answer.unwrap() else { panic!("nobody has it") };
    assert_eq!(absence.coverage().to_string(), "32570-32579");
    assert!(!absence.is_final());
    assert_eq!((absence.attempts(), elapsed), (&[][..], ms(0)));

    // Beside a node that has it, it is nothing but a reason to ask that one.
    let healthy = stage.node("n2.test");
    let txd = stage.client(&["n1.test", "n2.test"]);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
    assert_eq!(elapsed, ms(0));
}

/// That it has searched what it says takes a node two more questions, for which nobody has to wait.
#[tokio::test(start_paused = true)]
async fn the_next_node_is_asked_as_soon_as_one_has_not_found_it() {
    let stage = Stage::new();
    let first = stage.node("n1.test");
    first.set_faults([Fault::Forgets]);
    let healthy = stage.node("n2.test");
    let txd = stage.client(&["n1.test", "n2.test"]);
    // Both are connected.
    timed(txd.get_one(stage.never_paid(), 0)).await.0.unwrap();
    tokio::time::sleep(ms(3000)).await;
    [&first, &healthy].iter().for_each(|node| node.set_latency(ms(100)));
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
    assert_eq!(elapsed, ms(200), "one answer of each");
    let (answer, elapsed) = timed(txd.get_one(stage.never_paid(), 0)).await;
    assert!(!answer.unwrap().is_found());
    assert!(elapsed <= ms(300), "{elapsed:?}");
    stage.ends(txd).await;
}

/// How long a node is left alone after a fault: not asked and not dialled in the first `rests`, asked
/// as the first one again after `at_most`, both in milliseconds.
async fn rests_for(fault: impl Into<Scripted>, rests: u64, at_most: u64) {
    rests_for_over("ws", fault, rests, at_most).await;
}

pub(super) async fn rests_for_over(
    scheme: &str,
    fault: impl Into<Scripted>,
    rests: u64,
    at_most: u64,
) {
    let fault = fault.into();
    println!("after {fault:?}");
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let healthy = stage.node("n2.test");
    node.set_faults([fault]);
    let urls = ["n1.test", "n2.test"].map(|name| format!("{scheme}://{name}"));
    let txd = stage.builder_of(urls).build().unwrap();
    let (answer, _) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|_| ());
    node.heal();
    let contacts = (node.connections(), node.all_requests());
    for pause in [0, rests / 2, rests - rests / 2 - 1] {
        tokio::time::sleep(ms(pause)).await;
        stage.network.close_ledger();
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        // Whoever rests is the last choice, and need not even be named.
        found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|attempts| {
            assert_eq!(attempts, []);
        });
        assert_eq!(elapsed, ms(0));
    }
    assert_eq!((node.connections(), node.all_requests()), contacts, "it was not left alone");

    tokio::time::sleep(ms(at_most + 1 - rests)).await;
    stage.network.close_ledger();
    let (answer, _) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
    stage.ends(txd).await;
}

fn is_left_alone(attempts: &[Attempt]) {
    let [attempt] = attempts else { panic!("expected one attempt, got {attempts:?}") };
    assert_eq!((attempt.step, attempt.elapsed), (Step::Choose, ms(0)));
    assert!(matches!(attempt.failure, Failure::CoolingDown { .. }), "{attempt}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_limits_our_rate_rests_for_half_a_minute() {
    rests_for(Fault::Error("slowDown"), 30_000, 30_500).await;
    rests_for(Fault::Error("slowDown").on("server_info"), 30_000, 30_500).await;
    rests_for(Fault::Closes(1008), 30_000, 30_500).await;
    rests_for(Fault::HttpStatus(429), 30_000, 30_500).await;
    rests_for(Fault::HttpStatus(503), 30_000, 30_500).await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_node_rests_for_two_seconds() {
    for token in ["tooBusy", "notReady", "noNetwork", "noCurrent", "noClosed", "notSynced"] {
        rests_for(Fault::Error(token), 2_000, 2_000).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_its_operator_must_mend_rests_for_ten_minutes() {
    for token in ["amendmentBlocked", "unlBlocked", "forbidden", "noPermission", "notEnabled"] {
        rests_for(Fault::Error(token), 600_000, 600_000).await;
    }
    rests_for(Fault::HttpStatus(401), 600_000, 600_000).await;
    rests_for(Fault::HttpStatus(403), 600_000, 600_000).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_made_again_after_a_moment() {
    for fault in [
        Fault::Refused,
        Fault::NameNotFound,
        Fault::HttpStatus(502),
        Fault::WrongAcceptKey,
        Fault::ClosesMidRequest,
        Fault::ClosesMidFrame,
        Fault::Closes(1001),
        Fault::Resets,
        Fault::ErrorFrame,
        Fault::Oversized((16 << 20) + 1),
    ] {
        rests_for(fault, 250, 500).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_fault_of_the_node_leads_to_no_rest() {
    for token in ["lgrNotFound", "lgrIdxsInvalid", "lgrIdxMalformed", "wrongNetwork", "internal"] {
        let stage = Stage::new();
        let node = stage.node("n1.test");
        node.set_faults([Fault::Error(token)]);
        stage.node("n2.test");
        let txd = stage.client(&["n1.test", "n2.test"]);
        assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
        node.heal();
        let (answer, _) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
    }
}

#[tokio::test(start_paused = true)]
async fn the_only_node_is_left_alone_as_well_and_the_error_says_until_when() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::Error("slowDown")]);
    let txd = stage.client(&["n1.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.is_err());
    let contacts = (node.connections(), node.all_requests());
    tokio::time::sleep(ms(10_000)).await;
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    let error: Error = answer.unwrap_err();
    assert_eq!((error.kind(), elapsed), (ErrorKind::AllEndpointsFailed, ms(0)));
    is_left_alone(error.attempts());
    assert!(error.to_string().contains("rests for another 20 s after: answered error slowDown"));
    assert_eq!((node.connections(), node.all_requests()), contacts);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_on_its_way_does_not_end_the_rest_that_was_asked_for() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    // One lookup is told to slow down while another one still waits to hear what the node is.
    node.set_faults([
        Fault::Slow(ms(50)).after(1).times(1),
        Fault::Error("slowDown").after(1).times(1),
        Fault::Slow(ms(100)).on("server_info").after(1),
    ]);
    let healthy = stage.node("n2.test");
    let txd = stage.client(&["n1.test", "n2.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    tokio::time::sleep(ms(1990)).await;
    let second = async {
        // By now what the node has said about itself is too old.
        tokio::time::sleep(ms(10)).await;
        timed(txd.get_one(stage.hash, 0)).await
    };
    let (first, second) = tokio::join!(timed(txd.get_one(stage.hash, 0)), second);
    found(&stage, first.0, &healthy, ResolvedBy::FirstReply, &|_| ());
    found(&stage, second.0, &node, ResolvedBy::FirstReply, &|_| ());
    assert_eq!((first.1, second.1), (ms(50), ms(100)));
    node.heal();
    let (answer, _) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|_| ());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_lost_a_moment_ago_is_dialled_when_nobody_else_can_help() {
    for (fault, after) in [(Fault::Refused, 0), (Fault::NoReply, 1250), (Fault::Stale, 0)] {
        let stage = Stage::new();
        let node = stage.node("n1.test");
        let other = stage.node("n2.test");
        let txd = stage.client(&["n1.test", "n2.test"]);
        assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
        node.cut_connections();
        other.set_faults([fault]);
        tokio::time::sleep(ms(1)).await;
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| {
            assert_eq!(attempts[0].endpoint, "ws://n2.test");
        });
        assert_eq!(elapsed, ms(after), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_that_must_agree_can_be_two_of_which_one_was_lost_a_moment_ago() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    stage.node("n2.test");
    let txd = stage.builder(&["n1.test", "n2.test"]).agreement(2).build().unwrap();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    node.cut_connections();
    tokio::time::sleep(ms(1)).await;
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    assert!(answer.unwrap().is_found());
    assert_eq!((elapsed, node.connections()), (ms(0), 2));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_lost_a_moment_ago_is_not_dialled_to_hear_once_more_that_it_is_absent() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    stage.node("n2.test");
    let txd = stage.client(&["n1.test", "n2.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    node.cut_connections();
    tokio::time::sleep(ms(1)).await;
    let (answer, _) = timed(txd.get_one(stage.never_paid(), 0)).await;
    let Lookup::Absent(absence) = answer.unwrap() else { panic!("nobody has it") };
    is_left_alone(absence.attempts());
    assert_eq!(absence.searched().len(), 1);
    assert_eq!(node.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_must_rest_since_the_race_began_is_left_alone_as_well() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::NoReply]);
    let limited = stage.node("n2.test");
    limited.set_faults([Fault::Error("slowDown")]);
    let txd = stage.client(&["n1.test", "n2.test"]);
    let second = async {
        tokio::time::sleep(ms(1000)).await;
        timed(txd.get_one(stage.hash, 0)).await
    };
    let (first, second) = tokio::join!(timed(txd.get_one(stage.hash, 0)), second);
    let failures = [first.0, second.0].map(|answer| {
        let error = answer.unwrap_err();
        let of_limited = error.attempts().iter().find(|one| one.endpoint == "ws://n2.test");
        of_limited.unwrap().failure.clone()
    });
    assert!(matches!(failures[0], Failure::Server(_)), "{failures:?}");
    assert!(matches!(failures[1], Failure::CoolingDown { .. }), "{failures:?}");
    assert_eq!(limited.requests("tx"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_warns_of_its_load_is_spared_for_half_a_minute_where_there_is_another_one() {
    for scheme in ["ws", "http"] {
        let stage = Stage::new();
        let names = ["n1.test", "n2.test"];
        let nodes = names.map(|name| stage.node(name));
        nodes[0].set_faults([Fault::Loaded.times(2)]);
        let urls = names.map(|name| format!("{scheme}://{name}"));
        let both = stage.builder_of(urls.clone()).build().unwrap();
        let mut asked = Vec::new();
        // It is the first one, warns, is spared, and is the first one again.
        for pause in [0, 1, 28_000, 2_000] {
            tokio::time::sleep(ms(pause)).await;
            stage.network.close_ledger();
            let before = nodes[0].requests("tx");
            assert!(timed(both.get_one(stage.hash, 0)).await.0.unwrap().is_found());
            asked.push(nodes[0].requests("tx") - before);
        }
        assert_eq!(asked, [1, 0, 0, 1], "{scheme}");
        // Alone it is asked all the same.
        nodes[0].set_faults([Fault::Loaded]);
        let alone = stage.builder_of(urls.into_iter().take(1)).build().unwrap();
        for _ in 0..2 {
            assert!(timed(alone.get_one(stage.hash, 0)).await.0.unwrap().is_found());
        }
    }
}
