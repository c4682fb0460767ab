//! What simulated nodes never say: answers altered on their way by a peer of our own making.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    task::yield_now,
};
use xrpl_txdata::{
    Error, ErrorKind, Failure, Lookup, Step, TxData, Unfit,
    testing::{Fault, Link},
};

use crate::support::{
    Stage, ms,
    raw::{Peer, meddler},
    timed,
};

/// A client whose answers from its only node pass through `meddle`.
fn altered(stage: &Stage, meddle: impl Fn(&mut Value) + Send + Sync + 'static) -> TxData {
    stage.node("n1.test");
    let meddled = move |mut message: Value| {
        meddle(&mut message);
        vec![message.to_string()]
    };
    stage.builder(&["n1.test"]).connect(meddler(&stage.network, meddled)).build().unwrap()
}

async fn lookup(meddle: impl Fn(&mut Value) + Send + Sync + 'static) -> Result<Lookup, Error> {
    let stage = Stage::new();
    let txd = altered(&stage, meddle);
    timed(txd.get_one(stage.hash, 0)).await.0
}

/// Step and failure of the only attempt.
async fn failure(meddle: impl Fn(&mut Value) + Send + Sync + 'static) -> (Step, Failure) {
    let error = lookup(meddle).await.unwrap_err();
    let [attempt] = error.attempts() else { panic!("{error}") };
    (attempt.step, attempt.failure.clone())
}

/// Alters what a node says about itself.
fn info(alter: impl Fn(&mut Value) + Send + Sync + 'static) -> impl Fn(&mut Value) + Send + Sync {
    move |message| {
        if message["result"]["info"].is_object() {
            alter(message);
        }
    }
}

async fn unfit(alter: impl Fn(&mut Value) + Send + Sync + 'static) -> Unfit {
    match failure(info(alter)).await {
        (Step::ServerInfo, Failure::Unfit(unfit)) => unfit,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_silent_about_itself_is_not_believed() {
    let unsaid = |name: &'static str| unfit(move |m| drop(object(m).remove(name)));
    assert_eq!(unsaid("network_id").await, Unfit::NetworkUnknown);
    assert_eq!(unsaid("validated_ledger").await, Unfit::NoValidatedLedger);
    assert!(matches!(unsaid("server_state").await, Unfit::NotSynced { .. }));
    assert!(matches!(unsaid("complete_ledgers").await, Unfit::PartialHistory { .. }));
    let ageless = unfit(|m| drop(ledger(m).remove("age"))).await;
    assert_eq!(ageless, Unfit::AgeUnknown);
}

#[tokio::test(start_paused = true)]
async fn what_a_node_says_about_itself_must_be_readable() {
    for odd in [json!("zero"), json!(-1), json!(0.5), json!(4_294_967_296_u64), json!([0])] {
        let found = unfit({
            let odd = odd.clone();
            move |m| put(m, "network_id", odd.clone())
        });
        assert_eq!(found.await, Unfit::NetworkUnknown, "{odd}");
        let found = unfit({
            let odd = odd.clone();
            move |m| drop(ledger(m).insert("seq".to_owned(), odd.clone()))
        });
        assert_eq!(found.await, Unfit::NoValidatedLedger, "{odd}");
    }
    for text in ["32570-", "all", "1-2-3", "9-3", "32570-4294967296"] {
        let found = unfit(move |m| put(m, "complete_ledgers", json!(text))).await;
        let Unfit::PartialHistory { complete, .. } = found else { panic!("{found:?}") };
        assert_eq!(complete, text);
    }
}

#[tokio::test(start_paused = true)]
async fn the_warnings_of_a_node_count_wherever_they_stand_and_whatever_is_beside_them() {
    for (id, expected) in [
        (1002, Unfit::AmendmentBlocked),
        (1003, Unfit::ValidatorListExpired),
        (2002, Unfit::OutOfDate),
    ] {
        for list in [json!([{"id": id, "message": "m"}]), json!([5, {"id": []}, null, {"id": id}])]
        {
            let outside = list.clone();
            let found = unfit(move |m| m["warnings"] = outside.clone()).await;
            assert_eq!(found, expected, "{list}");
            let found = unfit(move |m| put(m, "warnings", list.clone())).await;
            assert_eq!(found, expected);
        }
    }
    let corrupt = unfit(|m| put(m, "corruption_detected", json!(true))).await;
    assert_eq!(corrupt, Unfit::Corrupt);
}

#[tokio::test(start_paused = true)]
async fn a_clio_node_needs_no_state_but_must_not_be_out_of_date() {
    let stage = Stage::new();
    let node = stage.network.clio("n1.test");
    let txd = stage.client(&["n1.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    node.set_faults([Fault::Stale]);
    tokio::time::sleep(ms(2000)).await;
    let error = timed(txd.get_one(stage.hash, 0)).await.0.unwrap_err();
    assert_eq!(error.attempts()[0].failure, Failure::Unfit(Unfit::OutOfDate), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_error_is_one_wherever_it_stands() {
    let inside = |message: &mut Value| {
        if message["result"]["hash"].is_string() {
            message["result"] = json!({"status": "error", "error": "tooBusy", "error_code": 9});
        }
    };
    let (step, found) = failure(inside).await;
    let Failure::Server(error) = found else { panic!("{found:?}") };
    assert_eq!((step, error.token.as_str(), error.code), (Step::Transaction, "tooBusy", Some(9)));
}

#[tokio::test(start_paused = true)]
async fn an_error_without_a_token_is_treated_by_its_number() {
    let stage = Stage::new();
    let txd = altered(&stage, |message| {
        if message["result"]["hash"].is_string() {
            *message = json!({"id": message["id"], "status": "error", "error_code": 29});
        }
    });
    let answer = timed(txd.get_one(stage.hash, 0)).await.0.unwrap();
    assert!(!answer.is_found(), "29 is txnNotFound");
}

#[tokio::test(start_paused = true)]
async fn an_error_answer_without_an_id_is_nobodys() {
    let (step, found) = failure(|message| {
        if message["result"]["hash"].is_string() {
            *message = json!({"type": "response", "status": "error", "error": "tooBusy"});
        }
    })
    .await;
    assert_eq!((step, found), (Step::Transaction, Failure::NoAnswer { unreadable: 1 }));
}

#[tokio::test(start_paused = true)]
async fn notices_of_a_proxy_disturb_nobody() {
    let stage = Stage::new();
    stage.node("n1.test");
    let notices = [
        json!({"type": "PROXY", "message": "hello"}).to_string(),
        json!({"__api": "state", "type": "state"}).to_string(),
        json!({"type": 5}).to_string(),
        "\u{0}".to_owned(),
        "null".to_owned(),
        "\"text\"".to_owned(),
        "{\"id\":18446744073709551616}".to_owned(),
        "{\"id\":1,\"id\":2}".to_owned(),
    ];
    let meddled = move |message: Value| {
        let mut all = notices.to_vec();
        all.push(message.to_string());
        all
    };
    let connect = meddler(&stage.network, meddled);
    let txd = stage.builder(&["n1.test"]).connect(connect).build().unwrap();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
}

#[tokio::test(start_paused = true)]
async fn what_a_server_writes_reaches_a_terminal_bounded_and_harmless() {
    let evil = "\u{1b}[2J\n".to_owned() + &"x".repeat(100_000);
    let error = lookup(move |message| {
        if message["result"]["hash"].is_string() {
            *message = json!({"id": message["id"], "status": "error", "error": evil,
                "error_message": evil, "error_code": 5});
        }
    })
    .await
    .unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!error.to_string().contains(['\u{1b}', '\n']), "{error}");
    assert!(text.len() < 2000, "{} bytes", text.len());
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_nobody_has_closed_yet_is_no_place_for_a_transaction() {
    let (step, found) = failure(|message| {
        if message["result"]["hash"].is_string() {
            let result = message["result"].as_object_mut().unwrap();
            result.remove("ctid");
            result.insert("ledger_index".to_owned(), json!(32579 + 17));
            result["tx_json"]["ledger_index"] = json!(32579 + 17);
        }
    })
    .await;
    assert_eq!(step, Step::Transaction);
    assert_eq!(found, Failure::FutureLedger { claimed: 32579 + 17, validated: 32579 });
}

fn put(message: &mut Value, name: &str, value: Value) {
    object(message).insert(name.to_owned(), value);
}

fn object(message: &mut Value) -> &mut serde_json::Map<String, Value> {
    message["result"]["info"].as_object_mut().unwrap()
}

fn ledger(message: &mut Value) -> &mut serde_json::Map<String, Value> {
    object(message)["validated_ledger"].as_object_mut().unwrap()
}

/// A node whose bytes pass through a wire of our own making.
fn rewired<F>(
    stage: &Stage,
    wire: impl Fn(DuplexStream, Link) -> F + Send + Sync + 'static,
) -> TxData
where
    F: Future<Output = ()> + Send + 'static,
{
    stage.node("n1.test");
    let (network, wire) = (stage.network.clone(), Arc::new(wire));
    let peer = Peer::new(move |_, near| {
        let (network, wire) = (network.clone(), wire.clone());
        async move { wire(near, network.dial("n1.test", 80).await.unwrap()).await }
    });
    stage.builder(&["n1.test"]).connect(peer).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn bytes_may_come_one_by_one() {
    let stage = Stage::new();
    let txd = rewired(&stage, |near, mut node| async move {
        let (mut from_us, mut to_us) = tokio::io::split(near);
        let (mut from_node, mut to_node) = tokio::io::split(&mut node);
        let there = tokio::io::copy(&mut from_us, &mut to_node);
        let back = async {
            while let Ok(byte) = from_node.read_u8().await {
                if to_us.write_u8(byte).await.is_err() {
                    return;
                }
                yield_now().await;
            }
        };
        tokio::select! {
            _ = there => {}
            () = back => {}
        }
    });
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    assert!(answer.unwrap().is_found());
    assert_eq!(elapsed, ms(0));
}

#[tokio::test(start_paused = true)]
async fn messages_may_come_with_the_answer_to_the_upgrade() {
    let stage = Stage::new();
    let txd = rewired(&stage, |mut near, mut node| async move {
        // What the node says is kept back until a message is behind its answer to the upgrade.
        let mut request = [0; 4096];
        let count = near.read(&mut request).await.unwrap();
        node.write_all(&request[..count]).await.unwrap();
        let mut answer = vec![0; 4096];
        let count = node.read(&mut answer).await.unwrap();
        answer.truncate(count);
        let notice = br#"{"type":"PROXY"}"#;
        answer.extend_from_slice(&[0x81, notice.len() as u8]);
        answer.extend_from_slice(notice);
        near.write_all(&answer).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut near, &mut node).await;
    });
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
}

#[tokio::test(start_paused = true)]
async fn an_opening_that_somebody_else_began_ends_with_its_own_step() {
    let stage = Stage::new();
    for (fault, step) in [(Fault::NeverConnects, Step::Dial), (Fault::NoHandshake, Step::Upgrade)] {
        stage.node("n1.test").set_faults([fault]);
        let txd = stage.client(&["n1.test"]);
        let later = async {
            tokio::time::sleep(ms(5000)).await;
            timed(txd.get_one(stage.hash, 0)).await
        };
        let (first, later) = tokio::join!(timed(txd.get_one(stage.hash, 0)), later);
        assert_eq!(first.0.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(first.1, ms(10_000));
        // The opening had its time, and the node is not tried anew in the same lookup.
        let error = later.0.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AllEndpointsFailed, "{error}");
        let [attempt] = error.attempts() else { panic!("{error}") };
        assert_eq!((attempt.step, attempt.elapsed), (step, ms(5050)), "{error}");
        assert_eq!(attempt.failure, Failure::NoAnswer { unreadable: 0 });
    }
}
