//! Connections that nobody uses: pings both ways, dead peers, the idle time, and the way back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    task::yield_now,
    time::{Instant, sleep, sleep_until},
};
use tokio_tungstenite::{accept_async, tungstenite::Message};
use xrpl_txdata::{ErrorKind, Failure, ResolvedBy, Step, TxData, testing::Fault};

use super::found;
use crate::support::{
    Stage, ms,
    raw::{FrailWires, Peer},
    secs, timed, within,
};

/// What a peer has seen, and when.
type Seen = Arc<Mutex<Vec<(Duration, Message)>>>;

/// One more, and whatever was to happen by then has happened.
async fn a_millisecond() {
    sleep(ms(1)).await;
    for _ in 0..100 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn pings_of_the_server_are_answered_while_we_only_read() {
    let seen = Seen::default();
    let start = Instant::now();
    let peer = Peer::new({
        let seen = seen.clone();
        move |_, far| {
            let seen = seen.clone();
            async move {
                let mut socket = accept_async(far).await.unwrap();
                for number in 0..5_u8 {
                    sleep(secs(1)).await;
                    socket.send(Message::text(r#"{"type":"unasked"}"#)).await.unwrap();
                    socket.send(Message::Ping(vec![number].into())).await.unwrap();
                    while let Some(Ok(message)) = socket.next().await {
                        if message.is_pong() {
                            seen.lock().unwrap().push((start.elapsed(), message));
                            break;
                        }
                    }
                }
            }
        }
    });
    let txd = TxData::builder().endpoints(["ws://peer.test"]).connect(peer).build().unwrap();
    let (answer, _) = timed(txd.get_one(Stage::new().hash, 0)).await;
    assert!(answer.is_err(), "it answers nothing but pings");
    let pongs: Vec<_> = seen.lock().unwrap().clone();
    let expected =
        [0, 1, 2, 3, 4_u8].map(|n| (secs(n.into()) + secs(1), Message::Pong(vec![n].into())));
    assert_eq!(pongs, expected);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_pinged_after_each_keep_alive_time() {
    let seen = Seen::default();
    let start = Instant::now();
    let peer = Peer::new({
        let seen = seen.clone();
        move |_, far| {
            let seen = seen.clone();
            async move {
                let mut socket = accept_async(far).await.unwrap();
                let told = socket.send(Message::text(r#"{"type":"unasked"}"#));
                sleep_until(start + secs(7)).await;
                told.await.unwrap();
                // Whoever reads answers pings.
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_ping() || message.is_close() {
                        seen.lock().unwrap().push((start.elapsed(), message));
                    }
                }
            }
        }
    });
    let txd = TxData::builder().endpoints(["ws://peer.test"]).connect(peer).build().unwrap();
    let (answer, _) = timed(txd.get_one(Stage::new().hash, 0)).await;
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::TimedOut);
    sleep_until(start + secs(100)).await;
    let seen: Vec<_> = seen.lock().unwrap().clone();
    let seen: Vec<_> = seen.iter().map(|(at, message)| (at.as_secs(), message.is_ping())).collect();
    // Each pong is a sign of life from which the next silence counts. The lookup gave up after 10 s; 60 s
    // later the connection has been idle for long enough.
    assert_eq!(seen, [(27, true), (47, true), (67, true), (70, false)]);
}

#[tokio::test(start_paused = true)]
async fn a_dead_peer_is_given_up_after_twice_the_keep_alive_time() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let txd = stage.builder(&["n1.test"]).overall_timeout(secs(100)).build().unwrap();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    sleep(secs(7)).await;
    stage.network.close_ledger();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    // From now on it says nothing, to whatever is asked meanwhile.
    node.set_faults([Fault::Silent]);
    sleep(secs(5)).await;
    let asked = {
        let (txd, hash) = (txd.clone(), stage.hash);
        tokio::spawn(async move { timed(txd.get_one(hash, 0)).await })
    };
    sleep(secs(35) - ms(1)).await;
    assert_eq!(node.connections(), 1);
    a_millisecond().await;
    // It is asked once more over a fresh connection, until that one is given up as well.
    assert_eq!((node.connections(), stage.network.open_connections()), (2, 1));
    let (answer, elapsed) = asked.await.unwrap();
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), elapsed), (ErrorKind::AllEndpointsFailed, secs(75)), "{error}");
    let [attempt] = error.attempts() else { panic!("{error}") };
    assert_eq!((attempt.step, attempt.elapsed), (Step::ServerInfo, secs(75)));
    assert_eq!(attempt.failure, Failure::Broken("no sign of life for 40 s".to_owned()));
    assert_eq!((node.connections(), stage.network.open_connections()), (2, 0));
    node.heal();
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_the_idle_time_and_opened_again_when_needed() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    for connections in 1..4 {
        for pause in [secs(0), secs(33), secs(59)] {
            sleep(pause).await;
            stage.network.close_ledger();
            let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
            found(&stage, answer, &node, ResolvedBy::FirstReply, &|_| ());
            assert_eq!((elapsed, node.connections()), (ms(0), connections));
        }
        sleep(secs(60) - ms(1)).await;
        assert_eq!(stage.network.open_connections(), 1);
        a_millisecond().await;
        assert_eq!(stage.network.open_connections(), 0);
    }
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_answer_takes_long_is_not_idle() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::Slow(secs(150))]);
    let txd = stage.builder(&["n1.test"]).overall_timeout(secs(300)).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &node, ResolvedBy::FirstReply, &|_| ());
    assert_eq!((elapsed, node.connections()), (secs(150), 1));
    // And is idle from its answer on, not from its question.
    sleep(secs(60) - ms(1)).await;
    assert_eq!(stage.network.open_connections(), 1);
    a_millisecond().await;
    assert_eq!(stage.network.open_connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_somebody_listens_to_is_not_idle() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    stage.network.run_clock();
    let txd = stage.builder(&["n1.test"]).idle_timeout(secs(1)).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(stage.pay_after(30), 300)).await;
    assert!(answer.unwrap().is_found());
    assert!(elapsed >= secs(116), "{elapsed:?}");
    assert_eq!(node.connections(), 1);
    sleep(ms(1001)).await;
    assert_eq!(stage.network.open_connections(), 0);
    stage.network.stop_clock();
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_over_a_connection_that_died_while_idle_is_asked_again_over_a_fresh_one() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let wires = FrailWires::new(&stage.network);
    let txd = stage.builder(&["n1.test"]).connect(wires.clone()).build().unwrap();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    // What the node is, is known for a moment; after that it is asked as well.
    for pause in [secs(1), secs(10)] {
        wires.cut();
        sleep(pause).await;
        stage.network.close_ledger();
        let dialled = node.connections();
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
        assert_eq!((elapsed, node.connections()), (ms(0), dialled + 1), "after {pause:?}");
    }
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn many_lookups_over_a_dead_connection_share_the_fresh_one() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let wires = FrailWires::new(&stage.network);
    let txd = stage.builder(&["n1.test"]).connect(wires.clone()).build().unwrap();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    sleep(secs(10)).await;
    wires.cut();
    let lookups = (0..100).map(|_| timed(txd.get_one(stage.hash, 0)));
    for (answer, elapsed) in futures_util::future::join_all(lookups).await {
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
        assert_eq!(elapsed, ms(0));
    }
    assert_eq!(node.connections(), 2);
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_question_is_repeated_once_and_not_for_ever() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    node.set_faults([Fault::ClosesMidRequest]);
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), elapsed), (ErrorKind::AllEndpointsFailed, ms(0)));
    assert!(matches!(error.attempts()[0].failure, Failure::Closed { code: None, .. }), "{error}");
    assert_eq!((node.connections(), node.requests("tx")), (2, 3));
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_server_closed_while_idle_is_made_again() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    for connections in 1..5 {
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
        assert_eq!((elapsed, node.connections()), (ms(0), connections));
        node.cut_connections();
        sleep(secs(1)).await;
        assert_eq!(stage.network.open_connections(), 0);
    }
    within(stage.ends(txd)).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_gone_for_an_hour_is_used_again_within_half_a_minute() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let other = stage.node("n2.test");
    node.set_faults([Fault::Refused]);
    let txd = stage.client(&["n1.test", "n2.test"]);
    let mut dials = Vec::new();
    for _ in 0..360 {
        stage.network.close_ledger();
        let (answer, _) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &other, ResolvedBy::FirstReply, &|_| ());
        dials.push(node.connections());
        sleep(secs(10)).await;
    }
    // The longer it is gone, the seldomer it is tried: at most twice a minute in the end.
    let in_the_last_ten_minutes = dials[359] - dials[299];
    assert!((17..=40).contains(&in_the_last_ten_minutes), "{in_the_last_ten_minutes}");
    node.heal();
    sleep(secs(30)).await;
    stage.network.close_ledger();
    let (answer, _) = timed(txd.get_one(stage.hash, 0)).await;
    found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| assert_eq!(attempts, []));
}
