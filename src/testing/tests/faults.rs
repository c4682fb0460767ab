//! Every fault of connections and replies does what its name says.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message, error::ProtocolError, protocol::CloseFrame};

use super::{CEILING, Client, one_node};
use crate::{
    codec::{Definitions, transaction_id},
    testing::{Fault, LedgerTransaction, Network, Node},
    types::{Amount, Ctid, Drops, TxHash},
};

fn payment(network: &Network) -> TxHash {
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let hash = network.pay(alice, shop, Amount::Xrp(Drops::new(25_000_000))).tag(7).submit();
    network.close_ledger();
    hash
}

/// What a client of a faulty node gets when it asks for the payment.
async fn asked(fault: Fault) -> (Network, Client, TxHash) {
    let (network, node, mut client) = one_node().await;
    let hash = payment(&network);
    node.set_faults([fault]);
    // Other questions are answered well.
    let info = client.ask(json!({ "command": "server_info" })).await;
    assert_eq!(info["status"], "success", "{fault:?}");
    client.send(json!({ "command": "tx", "transaction": hash, "api_version": 2 })).await;
    (network, client, hash)
}

async fn connect(fault: Fault) -> (Network, Node, Result<Client, Error>) {
    let network = Network::new(1);
    let node = network.node("n1.test");
    node.set_faults([fault]);
    let client = tokio::time::timeout(CEILING, Client::try_connect(&network, &node)).await;
    let client = client.unwrap_or(Err(Error::Io(std::io::ErrorKind::TimedOut.into())));
    (network, node, client)
}

#[tokio::test(start_paused = true)]
async fn connections_fail_as_named() {
    for (fault, expected) in [
        (Fault::NameNotFound, "NotFound"),
        (Fault::Refused, "ConnectionRefused"),
        (Fault::NeverConnects, "TimedOut"),
        (Fault::NoHandshake, "TimedOut"),
        (Fault::EndlessHandshake, "TimedOut or refused"),
    ] {
        let (_network, node, client) = connect(fault).await;
        let error = client.err().unwrap_or_else(|| panic!("{fault:?} connects"));
        let kind = match &error {
            Error::Io(error) => format!("{:?}", error.kind()),
            other => format!("{other:?}"),
        };
        let endless = fault == Fault::EndlessHandshake;
        assert!(kind == expected || endless, "{fault:?}: {error}");
        assert_eq!(node.connections(), 1);
    }
    let network = Network::new(1);
    let unknown = network.dial("nobody.test", 80).await.unwrap_err();
    assert_eq!(unknown.kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_slow_connection_takes_its_time() {
    let start = Instant::now();
    let (_network, _, client) = connect(Fault::SlowToConnect(Duration::from_secs(2))).await;
    assert!(client.is_ok());
    assert_eq!(start.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn handshakes_are_refused_as_named() {
    for code in [403, 429, 503] {
        let (_network, _, client) = connect(Fault::HttpStatus(code)).await;
        match client.err() {
            Some(Error::Http(response)) => assert_eq!(response.status().as_u16(), code),
            other => panic!("{code}: {other:?}"),
        }
    }
    let (_network, _, client) = connect(Fault::WrongAcceptKey).await;
    let mismatch = Error::Protocol(ProtocolError::SecWebSocketAcceptKeyMismatch);
    assert_eq!(client.err().map(|e| e.to_string()), Some(mismatch.to_string()));
}

#[tokio::test(start_paused = true)]
async fn silence_begins_at_once_and_ends_when_healed() {
    let (_network, node, mut client) = one_node().await;
    client.ask(json!({ "command": "ping" })).await;
    node.set_faults([Fault::Silent]);
    client.socket.send(Message::Ping("x".into())).await.unwrap();
    client.send(json!({ "command": "ping" })).await;
    assert!(client.hears_nothing().await);
    node.heal();
    assert!(matches!(client.frame().await, Some(Ok(Message::Pong(_)))));
    assert_eq!(client.message().await["status"], "success");
}

#[tokio::test(start_paused = true)]
async fn a_silent_node_still_takes_connections() {
    let (_network, node, client) = connect(Fault::Silent).await;
    let mut client = client.unwrap();
    client.send(json!({ "command": "ping" })).await;
    assert!(client.hears_nothing().await);
    assert_eq!(node.all_requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn replies_that_never_or_late_come() {
    let (_network, mut client, _) = asked(Fault::NoReply).await;
    assert!(client.hears_nothing().await);
    let start = Instant::now();
    let (_network, mut client, _) = asked(Fault::Slow(Duration::from_secs(3))).await;
    assert_eq!(client.message().await["status"], "success");
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn connections_end_as_named() {
    let (_network, mut client, _) = asked(Fault::ClosesMidRequest).await;
    assert!(matches!(client.frame().await, None | Some(Err(_))));

    let (_network, mut client, _) = asked(Fault::ClosesMidFrame).await;
    match client.frame().await {
        Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => {}
        other => panic!("{other:?}"),
    }

    for code in [1001, 1008] {
        let (_network, mut client, _) = asked(Fault::Closes(code)).await;
        match client.frame().await {
            Some(Ok(Message::Close(Some(CloseFrame { code: got, .. })))) => {
                assert_eq!(u16::from(got), code);
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(client.frame().await, None | Some(Err(Error::ConnectionClosed))));
    }

    let (_network, mut client, _) = asked(Fault::Resets).await;
    match client.frame().await {
        Some(Err(Error::Io(error))) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
        other => panic!("{other:?}"),
    }

    let (network, node, mut client) = one_node().await;
    client.ask(json!({ "command": "ping" })).await;
    node.cut_connections();
    assert!(matches!(client.frame().await, Some(Err(Error::Io(_)))));
    assert_eq!(network.open_connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn messages_are_spoilt_as_named() {
    let text = |message: Message| message.into_text().unwrap().as_str().to_owned();
    type Check = fn(&str) -> bool;
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let _ = json;
    let checks: [(Fault, Check); 9] = [
        (Fault::NotJson, |text| serde_json::from_str::<Value>(text).is_err()),
        (Fault::NotObject, |text| parsed(text).is_array()),
        (Fault::UnknownId, |text| parsed(text)["id"] == u64::MAX),
        (Fault::NoId, |text| {
            parsed(text).get("id").is_none() && parsed(text)["result"].is_object()
        }),
        (Fault::ErrorFrame, |text| {
            parsed(text)["type"] == "error" && parsed(text).get("id").is_none()
        }),
        (Fault::Oversized(5_000_000), |text| text.len() == 5_000_000 && found(text)),
        (Fault::DeepNesting(100_000), |text| text.matches('[').count() >= 100_000),
        (Fault::HugeString(10_000_000), |text| text.len() > 10_000_000 && found(text)),
        (Fault::UnknownFields, |text| {
            found(text) && parsed(text)["result"]["tx_json"]["unheard_of"].is_object()
        }),
    ];
    for (fault, check) in checks {
        let (_network, mut client, _) = asked(fault).await;
        let got = text(client.frame().await.unwrap().unwrap());
        assert!(check(&got), "{fault:?}: {}", &got[..got.len().min(300)]);
        assert!(client.hears_nothing().await, "{fault:?}");
    }

    let (_network, mut client, _) = asked(Fault::DoubledReply).await;
    assert_eq!(client.message().await, client.message().await);
    let (_network, mut client, _) = asked(Fault::BinaryFrame).await;
    let Message::Binary(bytes) = client.frame().await.unwrap().unwrap() else {
        panic!("no binary")
    };
    assert!(found(std::str::from_utf8(&bytes).unwrap()));
    let (_network, mut client, _) = asked(Fault::Fragmented).await;
    assert!(found(&text(client.frame().await.unwrap().unwrap())));
    let (_network, mut client, _) = asked(Fault::Flood(500)).await;
    for _ in 0..500 {
        assert_eq!(client.message().await["type"], "transaction");
    }
    assert_eq!(client.message().await["status"], "success");
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn found(text: &str) -> bool {
    parsed(text)["result"]["validated"] == true
}

#[tokio::test(start_paused = true)]
async fn every_error_token_can_be_had() {
    for token in ["slowDown", "tooBusy", "notSynced", "amendmentBlocked", "never heard of"] {
        let (_network, mut client, _) = asked(Fault::Error(token)).await;
        let reply = client.message().await;
        assert_eq!((&reply["error"], &reply["status"]), (&json!(token), &json!("error")));
        assert_eq!(reply.get("error_code").is_some(), token != "never heard of");
    }
}

/// Whether the content hashes to what the reply says, and to what was asked for.
async fn contents(fault: Fault) -> (Value, bool, bool) {
    let (_network, mut client, hash) = asked(fault).await;
    let result = client.message().await["result"].clone();
    let blob = Definitions::xrpl().encode_transaction(result["tx_json"].as_object().unwrap());
    let real = transaction_id(&blob.unwrap());
    let honest = result["hash"] == json!(real);
    (result, honest, real == hash)
}

#[tokio::test(start_paused = true)]
async fn lies_are_as_named() {
    let (result, honest, asked_for) = contents(Fault::OtherTransaction).await;
    assert!(honest && !asked_for && result["meta"].is_object());
    let (result, honest, asked_for) = contents(Fault::OtherContent).await;
    assert!(!honest && !asked_for && result["meta"].is_object());
    let (result, honest, asked_for) = contents(Fault::AlteredContent).await;
    assert!(!honest && !asked_for);
    assert_eq!(result["tx_json"]["DestinationTag"], 6);

    let (result, honest, asked_for) = contents(Fault::AlteredMetadata).await;
    assert!(honest && asked_for);
    assert_eq!(result["meta"]["delivered_amount"], "250000000");
    for (fault, expected) in [
        (Fault::Unvalidated, json!(false)),
        (Fault::ValidatedText, json!("true")),
        (Fault::NoValidatedFlag, Value::Null),
    ] {
        assert_eq!(contents(fault).await.0["validated"], expected);
    }
    assert!(contents(Fault::NoMetadata).await.0.get("meta").is_none());

    let (_network, mut client, _) = asked(Fault::Forgets).await;
    assert_eq!(client.message().await["error"], "txnNotFound");
    let (_network, mut client, _) = asked(Fault::OnlyApi1).await;
    assert_eq!(client.message().await["error"], "invalid_API_version");
}

#[tokio::test(start_paused = true)]
async fn an_open_ledger_is_shown_when_the_fault_says_so() {
    let (network, node, mut client) = one_node().await;
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let hash = network.pay(alice, shop, Amount::Xrp(Drops::new(1))).submit();
    let request = json!({ "command": "tx", "transaction": hash });
    assert_eq!(client.ask(request.clone()).await["error"], "txnNotFound");
    node.set_faults([Fault::ShowsOpenLedger]);
    let result = client.ask(request.clone()).await["result"].clone();
    assert_eq!((&result["validated"], &result["hash"]), (&json!(false), &json!(hash)));
    network.close_ledger();
    assert_eq!(client.ask(request).await["result"]["validated"], true);
}

#[tokio::test(start_paused = true)]
async fn what_no_ledger_holds_is_invented_as_named() {
    for (fault, will_be_there) in [(Fault::Invents, false), (Fault::ValidatesOpenLedger, true)] {
        let (network, node, mut client) = one_node().await;
        let (alice, shop) = (network.account("alice"), network.account("shop"));
        let pay = || network.pay(alice, shop, Amount::Xrp(Drops::new(1)));
        let (coming, never) = (pay().after(3).submit(), pay().never());
        node.set_faults([fault]);
        for (hash, is_told) in [(coming, will_be_there), (never, !will_be_there)] {
            let request = json!({ "command": "tx", "transaction": hash, "api_version": 2 });
            let reply = client.ask(request).await;
            assert_eq!(reply["result"]["validated"] == true, is_told, "{fault:?}: {reply}");
            if is_told {
                let result = &reply["result"];
                assert_eq!(result["meta"]["TransactionResult"], "tesSUCCESS");
                assert_eq!(result["ledger_index"], network.tip());
                let blob = Definitions::xrpl().encode_transaction(members(&result["tx_json"]));
                assert_eq!(transaction_id(&blob.unwrap()), hash, "its content is what was signed");
            }
            assert!(network.truth(&hash).is_none());
        }
    }
}

fn members(tx: &Value) -> &serde_json::Map<String, Value> {
    tx.as_object().unwrap()
}

#[tokio::test(start_paused = true)]
async fn places_and_states_are_older_than_they_are_as_named() {
    let (network, node, mut client) = one_node().await;
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let hash = network.pay(alice, shop, Amount::Xrp(Drops::new(1))).submit();
    let index = network.close_ledger();
    let request = json!({ "command": "tx", "transaction": hash });
    node.set_faults([Fault::EarlierLedger(2)]);
    let result = client.ask(request.clone()).await["result"].clone();
    assert_eq!((&result["ledger_index"], &result["validated"]), (&json!(index - 2), &json!(true)));
    node.set_faults([Fault::OldState(2)]);
    let place = Ctid::new(index, 0, 0).unwrap();
    let old = [
        request,
        json!({ "command": "tx", "ctid": place.to_string() }),
        json!({ "command": "ledger", "ledger_index": index }),
    ];
    for (closed, known) in [(0, false), (1, false), (1, true)] {
        for _ in 0..closed {
            network.close_ledger();
        }
        for request in &old {
            let reply = client.ask(request.clone()).await;
            assert_eq!(reply["status"] == "success", known, "{reply}");
        }
    }
    let info = client.ask(json!({ "command": "server_info" })).await["result"]["info"].clone();
    assert_eq!(info["validated_ledger"]["seq"], network.tip());
}

/// What `server_info` says of a faulty node.
async fn info(fault: Fault) -> (Value, Value, u32) {
    let (network, node, mut client) = one_node().await;
    node.set_faults([fault]);
    let reply = client.ask(json!({ "command": "server_info" })).await;
    (reply["result"]["info"].clone(), reply["warnings"].clone(), network.tip())
}

#[tokio::test(start_paused = true)]
async fn unfit_nodes_say_so() {
    assert_eq!(info(Fault::WrongNetwork(1)).await.0["network_id"], 1);
    assert_eq!(info(Fault::Stale).await.0["validated_ledger"]["age"], 600);
    assert_eq!(info(Fault::NotSynced).await.0["server_state"], "tracking");
    let (blocked, warnings, _) = info(Fault::AmendmentBlocked).await;
    assert_eq!((&blocked["amendment_blocked"], &warnings[0]["id"]), (&json!(true), &json!(1002)));
    let (_network, mut client, _) = asked(Fault::AmendmentBlocked).await;
    assert_eq!(client.message().await["error"], "amendmentBlocked");
    let (behind, _, tip) = info(Fault::Behind(3)).await;
    assert_eq!(behind["validated_ledger"]["seq"], tip - 3);
    assert_eq!(behind["validated_ledger"]["age"], 12);
    let (partial, _, tip) = info(Fault::PartialHistory(4)).await;
    assert_eq!(partial["complete_ledgers"], format!("{}-{tip}", tip - 3));
    let (holed, _, tip) = info(Fault::HoleInHistory(32_575)).await;
    assert_eq!(holed["complete_ledgers"], format!("32570-32574,32576-{tip}"));
    let (nothing, _, _) = info(Fault::NoValidatedLedger).await;
    assert_eq!(nothing["complete_ledgers"], "empty");
    assert!(nothing.get("validated_ledger").is_none());
}

#[tokio::test(start_paused = true)]
async fn what_a_node_does_not_hold_it_does_not_find() {
    let (network, node, mut client) = one_node().await;
    let old: std::sync::Arc<LedgerTransaction> =
        network.ledger(32_572).unwrap().transactions[0].clone();
    let request = json!({ "command": "tx", "transaction": old.hash });
    node.set_faults([Fault::HoleInHistory(32_572)]);
    assert_eq!(client.ask(request.clone()).await["error"], "txnNotFound");
    let ledger = json!({ "command": "ledger", "ledger_index": 32_572 });
    assert_eq!(client.ask(ledger.clone()).await["error"], "lgrNotFound");
    node.set_faults([Fault::PartialHistory(2)]);
    assert_eq!(client.ask(request.clone()).await["error"], "txnNotFound");
    node.heal();
    assert_eq!(client.ask(request).await["status"], "success");
    assert_eq!(client.ask(ledger).await["status"], "success");

    let newest = json!({ "command": "ledger", "ledger_index": network.close_ledger() });
    node.set_faults([Fault::NotYetThere(Duration::from_millis(800))]);
    assert_eq!(client.ask(newest.clone()).await["error"], "lgrNotFound");
    tokio::time::advance(Duration::from_millis(800)).await;
    assert_eq!(client.ask(newest).await["status"], "success");
}

#[tokio::test(start_paused = true)]
async fn pages_are_spoilt_as_named() {
    let (network, node, mut client) = one_node().await;
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let paid: Vec<Value> = (1..=25)
        .map(|n| json!(network.pay(alice, shop, Amount::Xrp(Drops::new(n))).submit()))
        .collect();
    network.close_ledger();
    let request = json!({
        "command": "account_tx", "account": shop, "forward": true, "limit": 10, "api_version": 2,
    });
    let mut page = async |fault: Option<Fault>, marker: Option<&Value>| {
        node.set_faults(fault);
        let mut request = request.clone();
        if let Some(marker) = marker {
            request["marker"] = marker.clone();
        }
        let reply = client.ask(request).await;
        let entries = reply["result"]["transactions"].as_array().cloned().unwrap_or_default();
        let hashes: Vec<Value> = entries.iter().map(|entry| entry["hash"].clone()).collect();
        (hashes, reply["result"]["marker"].clone(), reply["error"].clone())
    };
    let (hashes, marker, _) = page(None, None).await;
    assert_eq!(hashes, paid[..10]);
    let (hashes, short, _) = page(Some(Fault::ShortPages(3)), None).await;
    assert_eq!(hashes, paid[..3]);
    let (hashes, empty, _) = page(Some(Fault::EmptyPage), Some(&short)).await;
    assert!(hashes.is_empty());
    assert_eq!(page(None, Some(&empty)).await.0, paid[3..13]);
    assert_eq!(page(Some(Fault::SkipsAtMarker), Some(&marker)).await.0, paid[11..21]);
    assert_eq!(page(Some(Fault::LosesMarkers), Some(&marker)).await.2, "invalidParams");
}

#[tokio::test(start_paused = true)]
async fn faults_strike_when_the_script_says() {
    let (network, node, mut client) = one_node().await;
    let hash = payment(&network);
    let request = json!({ "command": "tx", "transaction": hash });
    node.set_faults([Fault::Error("tooBusy").after(1).times(2)]);
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        outcomes.push(client.ask(request.clone()).await["status"] == "success");
    }
    assert_eq!(outcomes, [true, false, false, true]);

    node.set_faults([Fault::Error("tooBusy").on("server_info")]);
    node.add_fault(Fault::Error("noPermission").on("ping").times(1));
    assert_eq!(client.ask(request).await["status"], "success");
    assert_eq!(client.ask(json!({ "command": "server_info" })).await["error"], "tooBusy");
    assert_eq!(client.ask(json!({ "command": "ping" })).await["error"], "noPermission");
    assert_eq!(client.ask(json!({ "command": "ping" })).await["status"], "success");

    node.set_faults([Fault::Refused.after(1).times(1)]);
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        outcomes.push(Client::try_connect(&network, &node).await.is_ok());
    }
    assert_eq!(outcomes, [true, false, true]);
}
