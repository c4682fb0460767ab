//! Subscriptions, counters, and the end of everything.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{Client, one_node};
use crate::{
    testing::{Fault, Network},
    types::{Amount, Drops},
};

#[tokio::test(start_paused = true)]
async fn a_closed_ledger_comes_first_and_then_its_transactions_in_order() {
    for api in [1, 2] {
        let (network, _, mut client) = one_node().await;
        let streams = json!(["ledger", "transactions"]);
        let request = json!({ "command": "subscribe", "streams": streams, "api_version": api });
        let reply = client.ask(request).await;
        assert_eq!(reply["result"]["ledger_index"], network.tip());
        assert!(reply["result"].get("txn_count").is_none());
        for _ in 0..3 {
            let ledger = network.ledger(network.close_ledger()).unwrap();
            let closed = client.message().await;
            assert_eq!(closed["type"], "ledgerClosed");
            assert_eq!(closed["ledger_hash"], json!(ledger.hash));
            assert_eq!(closed["ledger_time"], ledger.close_time.seconds());
            assert_eq!(closed["txn_count"], ledger.transactions.len());
            assert_eq!(closed["validated_ledgers"], format!("32570-{}", ledger.index));
            for tx in &ledger.transactions {
                let message = client.message().await;
                let (hash, content) = match api {
                    1 => (&message["transaction"]["hash"], &message["transaction"]),
                    _ => (&message["hash"], &message["tx_json"]),
                };
                assert_eq!((hash, &message["validated"]), (&json!(tx.hash), &json!(true)));
                assert_eq!(content["date"], ledger.close_time.seconds());
                assert_eq!(message["engine_result"], tx.result());
                let code = message["engine_result_code"].as_u64().unwrap();
                assert_eq!(code == 0, tx.result() == "tesSUCCESS");
                assert_eq!(message["meta"]["TransactionIndex"], tx.index);
                assert_eq!(message["ledger_hash"], json!(ledger.hash));
            }
        }
        let request = json!({ "command": "unsubscribe", "streams": streams });
        assert_eq!(client.ask(request).await["status"], "success");
        network.close_ledger();
        assert!(client.hears_nothing().await);
    }
}

#[tokio::test(start_paused = true)]
async fn accounts_hear_of_what_touches_them_and_twice_when_both_are_subscribed() {
    let (network, _, mut client) = one_node().await;
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let usd: Amount = format!("5 USD:{}", network.account("issuer")).parse().unwrap();
    client.ask(json!({ "command": "subscribe", "accounts": [shop] })).await;
    let paid = network.pay(alice, shop, Amount::Xrp(Drops::new(9))).submit();
    let token = network.pay(alice, shop, usd).submit();
    // A failed payment touches the sender alone.
    network.pay(alice, shop, usd).fails("tecPATH_DRY").submit();
    network.close_ledger();
    for hash in [paid, token] {
        assert_eq!(client.message().await["transaction"]["hash"], json!(hash));
    }
    client.ask(json!({ "command": "subscribe", "streams": ["transactions"] })).await;
    let paid = network.pay(alice, shop, Amount::Xrp(Drops::new(9))).submit();
    network.close_ledger();
    let count = network.ledger(network.tip()).unwrap().transactions.len() + 1;
    let mut heard: Vec<Value> = Vec::new();
    for _ in 0..count {
        heard.push(client.message().await["transaction"]["hash"].clone());
    }
    assert_eq!(heard.iter().filter(|hash| **hash == json!(paid)).count(), 2);
    assert!(client.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn the_clock_closes_a_ledger_every_four_seconds() {
    let (network, _, mut client) = one_node().await;
    client.ask(json!({ "command": "subscribe", "streams": ["ledger"] })).await;
    let (start, tip) = (tokio::time::Instant::now(), network.tip());
    network.run_clock();
    for n in 1..=20 {
        assert_eq!(client.message().await["ledger_index"], tip + n);
        assert_eq!(start.elapsed().as_secs(), u64::from(4 * n));
    }
    network.stop_clock();
    assert!(client.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn clients_are_pinged_and_dropped_when_they_do_not_answer() {
    let (network, node, mut client) = one_node().await;
    for _ in 0..3 {
        let ping = client.socket.next().await.unwrap().unwrap();
        assert!(matches!(ping, Message::Ping(_)));
    }
    client.ask(json!({ "command": "ping" })).await;
    // Reads nothing any more.
    tokio::time::sleep(Duration::from_secs(61)).await;
    network.settle().await;
    assert_eq!((node.open_connections(), network.open_connections()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_can_close_between_two_requests() {
    let (network, node, mut client) = one_node().await;
    let clock = network.clone();
    node.when_asked("subscribe", 2, move || {
        clock.close_ledger();
    });
    let (tip, request) = (network.tip(), json!({ "command": "subscribe", "streams": ["ledger"] }));
    assert_eq!(client.ask(request.clone()).await["result"]["ledger_index"], tip);
    client.send(request).await;
    assert_eq!(client.message().await["ledger_index"], tip + 1);
    assert_eq!(client.message().await["result"]["ledger_index"], tip + 1);
    assert!(client.hears_nothing().await);
}

/// Everything a client hears in a story with faults, the clock and latency.
async fn transcript(seed: u64) -> Vec<String> {
    let network = Network::builder().seed(seed).traffic(6).build();
    let node = network.node("n1.test");
    node.set_latency(Duration::from_millis(120));
    node.set_faults([
        Fault::ReordersMessages.into(),
        Fault::SkipsTransaction.after(1),
        Fault::AlteredContent.times(2),
    ]);
    let mut client = Client::connect(&network, &node).await;
    let streams = json!(["ledger", "transactions"]);
    client.ask(json!({ "command": "subscribe", "streams": streams })).await;
    network.run_clock();
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let hash = network.pay(alice, shop, Amount::Xrp(Drops::new(7))).submit();
    let mut heard = Vec::new();
    for round in 0..60 {
        if round % 9 == 0 {
            client.send(json!({ "command": "tx", "transaction": hash })).await;
        }
        heard.push(client.message().await.to_string());
    }
    heard
}

#[tokio::test(start_paused = true)]
async fn the_same_story_is_heard_the_same_way_twice() {
    assert_eq!(transcript(1).await, transcript(1).await);
    assert_ne!(transcript(1).await, transcript(2).await);
}

#[tokio::test(start_paused = true)]
async fn latency_delays_every_message() {
    let (network, node, mut client) = one_node().await;
    node.set_latency(Duration::from_millis(700));
    let start = tokio::time::Instant::now();
    client.ask(json!({ "command": "subscribe", "streams": ["ledger"] })).await;
    assert_eq!(start.elapsed().as_millis(), 700);
    network.close_ledger();
    client.message().await;
    assert_eq!(start.elapsed().as_millis(), 1400);
}

#[tokio::test(start_paused = true)]
async fn counters_count_and_return_to_zero() {
    let (network, node, mut client) = one_node().await;
    let other = Client::connect(&network, &node).await;
    client.ask(json!({ "command": "server_info" })).await;
    client.ask(json!({ "command": "ping" })).await;
    client.ask(json!({ "command": "ping" })).await;
    let account = network.account("a");
    let request = json!({ "command": "subscribe", "streams": ["ledger"], "accounts": [account] });
    client.ask(request).await;
    assert_eq!((node.requests("ping"), node.requests("tx"), node.all_requests()), (2, 0, 4));
    assert_eq!((network.open_connections(), node.open_connections()), (2, 2));
    assert_eq!((network.connections(), node.connections(), node.subscriptions()), (2, 2, 2));
    assert!(node.bytes_received() > 200 && node.bytes_sent() > 500);
    drop(other);
    network.settle().await;
    assert_eq!((network.open_connections(), node.open_connections()), (1, 1));
    // A silent node notices all the same that a client is gone.
    node.set_faults([Fault::Silent]);
    drop(client);
    assert_eq!(network.open_connections(), 0);
    network.settle().await;
    assert_eq!((node.open_connections(), node.subscriptions()), (0, 0));
    assert_eq!(network.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_when_the_network_is_dropped() {
    let (network, node, mut client) = one_node().await;
    network.run_clock();
    client.ask(json!({ "command": "subscribe", "streams": ["ledger"] })).await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(tasks(), 2);
    drop(network);
    while tasks() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(client.frame().await.is_none_or(|frame| frame.is_err()));
    assert_eq!(node.open_connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_connections_leave_nothing_behind() {
    let network = Network::builder().seed(1).history(1).traffic(0).build();
    let node = network.node("n1.test");
    for _ in 0..1_000 {
        let mut client = Client::connect(&network, &node).await;
        client.ask(json!({ "command": "subscribe", "streams": ["ledger"] })).await;
    }
    network.settle().await;
    assert_eq!((node.connections(), node.open_connections(), node.subscriptions()), (1_000, 0, 0));
    assert!(tokio::runtime::Handle::current().metrics().num_alive_tasks() < 5);
}
