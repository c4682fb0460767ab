//! Many faults at once, and many lookups at once.

use futures_util::future::join_all;
use xrpl_txdata::{ErrorKind, Failure, ResolvedBy, Step, Unfit, testing::Fault};

use super::found;
use crate::support::{Stage, ms, secs, timed};

#[tokio::test(start_paused = true)]
async fn all_nodes_faulty_in_different_ways_gives_every_reason() {
    let stage = Stage::new();
    let faults = [
        Fault::NameNotFound,
        Fault::Refused,
        Fault::HttpStatus(503),
        Fault::WrongNetwork(1),
        Fault::Closes(1008),
        Fault::Error("tooBusy"),
        Fault::OtherContent,
        Fault::Unvalidated,
    ];
    let names: Vec<String> = (1..=faults.len()).map(|number| format!("n{number}.test")).collect();
    for (name, fault) in names.iter().zip(faults) {
        stage.node(name).set_faults([fault]);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let txd = stage.client(&names);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), elapsed), (ErrorKind::AllEndpointsFailed, ms(0)));
    assert_eq!(error.blame(), xrpl_txdata::Blame::Nodes);
    let endpoints: Vec<&str> = error.attempts().iter().map(|one| one.endpoint.as_str()).collect();
    let asked: Vec<String> = names.iter().map(|name| format!("ws://{name}")).collect();
    assert_eq!(endpoints, asked);
    let steps: Vec<Step> = error.attempts().iter().map(|attempt| attempt.step).collect();
    use Step::*;
    let expected =
        [Dial, Dial, Upgrade, ServerInfo, Transaction, Transaction, Transaction, Transaction];
    assert_eq!(steps, expected);
    let failures: Vec<&Failure> = error.attempts().iter().map(|attempt| &attempt.failure).collect();
    let [resolve, connect, status, unfit, closed, busy, content, unvalidated] = failures[..] else {
        panic!("{failures:?}")
    };
    assert!(matches!(resolve, Failure::Resolve(_)));
    assert!(matches!(connect, Failure::Connect(_)));
    assert_eq!(status, &Failure::UpgradeStatus { status: 503 });
    assert_eq!(unfit, &Failure::Unfit(Unfit::OtherNetwork { expected: 0, found: 1 }));
    assert!(matches!(closed, Failure::Closed { code: Some(1008), .. }));
    assert!(matches!(busy, Failure::Server(error) if error.token == "tooBusy"));
    assert!(matches!(content, Failure::ContentMismatch { asked, .. } if *asked == stage.hash));
    assert_eq!(unvalidated, &Failure::NotValidated);
    for attempt in error.attempts() {
        assert!(error.to_string().contains(&attempt.to_string()), "{error} lacks {attempt}");
    }
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn one_healthy_node_behind_many_faulty_ones_is_enough() {
    let stage = Stage::new();
    let faults = [Fault::Refused, Fault::NoHandshake, Fault::NoReply, Fault::Stale, Fault::NotJson];
    let mut names: Vec<String> = (1..=5).map(|number| format!("n{number}.test")).collect();
    for (name, fault) in names.iter().zip(faults) {
        stage.node(name).set_faults([fault]);
    }
    let healthy = stage.node("last.test");
    names.push("last.test".to_owned());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let txd = stage.client(&names);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|attempts| {
        assert_eq!(attempts.len(), 5);
    });
    // Three of them stay silent, two say at once that they cannot help.
    assert_eq!(elapsed, ms(3 * 1250));
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_lookups_share_one_connection_per_node() {
    let stage = Stage::new();
    let nodes = ["n1.test", "n2.test", "n3.test"].map(|name| stage.node(name));
    let txd = stage.client(&["n1.test", "n2.test", "n3.test"]);
    let absent = stage.never_paid();
    // The absent ones ask every node, the others only the first.
    let keys = (0..1000).map(|number| if number % 10 > 0 { stage.hash } else { absent });
    let answers = join_all(keys.map(|key| timed(txd.get_one(key, 0)))).await;
    for (number, (answer, elapsed)) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().is_found(), number % 10 > 0);
        assert_eq!(elapsed, ms(0));
    }
    for node in nodes {
        assert_eq!(node.connections(), 1, "{node:?}");
        // Once for all, and then for those together who had not found it at the same time.
        let judged = node.requests("server_info");
        assert!(judged < 40, "{node:?} was judged {judged} times");
    }
    assert_eq!(stage.network.open_connections(), 3);
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_gets_no_answer_does_not_delay_another_one() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    // The first question is never answered, the second one only late, the others at once.
    node.set_faults([Fault::NoReply.times(1), Fault::Slow(secs(5)).after(1).times(1)]);
    let txd = stage.client(&["n1.test"]);
    let silent = timed(txd.get_one(stage.hash, 0));
    let slow = timed(txd.get_one(stage.hash, 0));
    let others = join_all((0..100).map(|_| timed(txd.get_one(stage.hash, 0))));
    let (silent, slow, others) = tokio::join!(silent, slow, others);
    assert_eq!(silent.0.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!((silent.1, slow.1), (secs(10), secs(5)));
    for (answer, elapsed) in others {
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|_| ());
        assert_eq!(elapsed, ms(0));
    }
    assert_eq!(node.connections(), 1);
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn lookups_to_a_healthy_node_do_not_wait_for_those_that_hang_on_a_silent_one() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::NoHandshake]);
    let healthy = stage.node("n2.test");
    let txd = stage.client(&["n1.test", "n2.test"]);
    let at_once = join_all((0..100).map(|_| timed(txd.get_one(stage.hash, 0)))).await;
    for (answer, elapsed) in at_once {
        found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|_| ());
        // Each waits for its own endpoint timeout, and not for those before it.
        assert_eq!(elapsed, ms(1250));
    }
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn more_open_questions_than_the_limit_are_refused_and_the_rest_is_answered() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::Slow(secs(1))]);
    let txd = stage.builder(&["n1.test"]).max_open_requests(10).build().unwrap();
    let answers = join_all((0..30).map(|_| timed(txd.get_one(stage.hash, 0)))).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(one, _)| one.is_ok());
    // One of the ten places was taken by the question what the node is.
    assert_eq!((good.len(), bad.len()), (9, 21));
    for (answer, _) in bad {
        let error = answer.unwrap_err();
        assert_eq!(error.attempts()[0].failure, Failure::Busy { limit: 10 }, "{error}");
    }
    // Nothing is left behind: afterwards there is room again.
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_single_lie_about_metadata_is_caught_by_agreement() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::AlteredMetadata]);
    stage.node("n2.test");
    let txd = stage.builder(&["n1.test", "n2.test"]).agreement(2).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), elapsed), (ErrorKind::Disagreement, ms(0)), "{error}");
    assert!(error.to_string().contains("250 XRP") && error.to_string().contains("25 XRP"));
    stage.ends(txd).await;
}

/// One has it, the other one hides it: no answer, and what each of them said.
#[tokio::test(start_paused = true)]
async fn an_agreement_that_comes_short_says_what_each_node_said() {
    let stage = Stage::new();
    stage.node("n1.test");
    stage.node("n2.test").set_faults([Fault::Forgets]);
    let txd = stage.builder(&["n1.test", "n2.test"]).agreement(2).build().unwrap();
    let error = timed(txd.get_one(stage.hash, 0)).await.0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllEndpointsFailed, "{error}");
    let [has, hides] = error.attempts() else { panic!("{error}") };
    assert_eq!(
        (has.endpoint.as_str(), &has.failure),
        ("ws://n1.test", &Failure::Unconfirmed { needed: 2 })
    );
    assert!(matches!(&hides.failure, Failure::NotThere { .. }), "{error}");
    assert_eq!(hides.endpoint, "ws://n2.test");
    stage.ends(txd).await;
}
