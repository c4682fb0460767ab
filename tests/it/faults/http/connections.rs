//! Connections that are kept for the next request: used again, closed at the wrong moment, given up.

use futures_util::future::join_all;
use tokio::time::sleep;
use xrpl_txdata::{ErrorKind, Failure, ResolvedBy, Timeouts, TxData, testing::Fault};

use crate::{
    faults::found,
    support::{Stage, ms, raw::FrailWires, secs, timed, within},
};

fn client(stage: &Stage, names: &[&str]) -> TxData {
    stage.builder_of(names.iter().map(|name| format!("http://{name}"))).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_lookup_after_the_other_takes_two_connections() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let txd = client(&stage, &["n1.test"]);
    for _ in 0..20 {
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
        assert_eq!(elapsed, ms(0));
        sleep(secs(3)).await;
    }
    // What the node is, and what was asked, leave side by side.
    assert_eq!((node.connections(), node.open_connections()), (2, 2));
    sleep(secs(60)).await;
    assert_eq!(node.open_connections(), 0, "nobody needs them");
    stage.network.close_ledger();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn many_lookups_at_once_take_six_connections() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::Slow(ms(10))]);
    let txd = client(&stage, &["n1.test"]);
    let answers = join_all((0..60).map(|_| timed(txd.get_one(stage.hash, 0)))).await;
    assert!(answers.into_iter().all(|(answer, _)| answer.unwrap().is_found()));
    assert_eq!((node.connections(), node.requests("server_info")), (6, 1));
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_met_a_closing_connection_is_asked_once_more() {
    for command in ["tx", "server_info"] {
        let stage = Stage::new();
        let node = stage.node("n1.test");
        node.set_faults([Fault::ClosesMidRequest.on(command).after(1).times(1)]);
        let txd = client(&stage, &["n1.test"]);
        for _ in 0..2 {
            let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
            found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| {
                assert_eq!(attempts, []);
            });
            assert_eq!(elapsed, ms(0));
            sleep(secs(3)).await;
        }
        assert_eq!(node.requests(command), 3, "{command}");
        stage.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn but_not_a_third_time() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::ClosesMidRequest.after(1)]);
    let txd = client(&stage, &["n1.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    let error = timed(txd.get_one(stage.hash, 0)).await.0.unwrap_err();
    assert!(matches!(error.attempts()[0].failure, Failure::Closed { code: None, .. }), "{error}");
    assert_eq!(node.requests("tx"), 3);
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn connections_that_died_unnoticed_are_replaced() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let wires = FrailWires::new(&stage.network);
    let builder = stage.builder_of([node.http_url()]).connect(wires.clone());
    let txd = builder.build().unwrap();
    for _ in 0..3 {
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
        assert_eq!(elapsed, ms(0));
        wires.cut();
        sleep(secs(3)).await;
    }
    assert_eq!(node.connections(), 6);
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_may_close_what_nobody_uses() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::ClosesAfterReply.into(), Fault::ClosesAfterReply.on("server_info")]);
    let healthy = stage.node("n2.test");
    let txd = client(&stage, &["n1.test", "n2.test"]);
    for _ in 0..5 {
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
        assert_eq!(elapsed, ms(0));
        sleep(ms(100)).await;
        assert_eq!(node.open_connections(), 0);
    }
    // Nor is it one to close them all while they rest.
    node.heal();
    for _ in 0..3 {
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
        assert_eq!(elapsed, ms(0));
        assert!(node.open_connections() > 0);
        node.cut_connections();
        sleep(ms(100)).await;
        assert_eq!(node.open_connections(), 0);
    }
    assert_eq!(healthy.connections(), 0, "it is no fault");
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_is_given_up_stops_what_it_asked() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::NoReply]);
    let txd = client(&stage, &["n1.test"]);
    let asking = tokio::time::timeout(secs(1), txd.get_one(stage.hash, 0));
    assert!(within(asking).await.is_err());
    sleep(ms(1)).await;
    stage.network.settle().await;
    // The connection of the answer that came can be used again.
    assert_eq!((node.connections(), node.open_connections()), (2, 1));
    node.heal();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn hanging_requests_leave_room_as_soon_as_they_are_given_up() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::NoReply.times(20)]);
    let timeouts = Timeouts { overall: secs(1), ..Timeouts::default() };
    let txd = stage.builder_of([node.http_url()]).timeouts(timeouts).build().unwrap();
    let hanging = join_all((0..20).map(|_| timed(txd.get_one(stage.hash, 0)))).await;
    assert!(hanging.into_iter().all(|(answer, elapsed)| {
        elapsed == secs(1) && answer.unwrap_err().kind() == ErrorKind::TimedOut
    }));
    assert_eq!(node.connections(), 6, "the others were never sent");
    node.heal();
    sleep(secs(1)).await;
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    assert!(answer.unwrap().is_found());
    assert_eq!(elapsed, ms(0));
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn both_sorts_of_endpoints_stand_in_one_list() {
    let stage = Stage::new();
    let nodes = ["n1.test", "n2.test", "n3.test"].map(|name| stage.node(name));
    let urls = [nodes[0].http_url(), nodes[1].url(), nodes[2].https_url()];
    nodes[0].set_faults([Fault::Overloaded]);
    nodes[1].set_faults([Fault::Closes(1008)]);
    let txd = stage.builder_of(urls).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &nodes[2], ResolvedBy::FirstReply, &|attempts| {
        let endpoints: Vec<&str> = attempts.iter().map(|one| one.endpoint.as_str()).collect();
        assert_eq!(endpoints, ["http://n1.test", "ws://n2.test"]);
    });
    assert_eq!(elapsed, ms(0));
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn http_addresses_can_be_taken_for_websockets() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::Overloaded, Fault::Html]);
    let builder = stage.builder_of([node.http_url(), node.url(), node.https_url()]);
    let txd = builder.http_as_websocket().agreement(2).build().unwrap();
    let tx = timed(txd.get_one(stage.hash, 0)).await.0.unwrap().found().unwrap();
    let mut agreed = tx.source().agreed.clone();
    agreed.sort();
    assert_eq!(agreed, ["ws://n1.test", "wss://n1.test"], "two of the three are one");
    stage.ends(txd).await;
}
