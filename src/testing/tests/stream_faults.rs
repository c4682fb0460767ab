//! Every fault of the streams does what its name says.

use serde_json::{Value, json};

use super::{Client, one_node};
use crate::{
    codec::{Definitions, transaction_id},
    testing::{Fault, Ledger, Network, Scripted},
};

/// What the streams of a faulty node say of one ledger, and the truth.
async fn heard(fault: impl Into<Scripted>) -> (Vec<Value>, std::sync::Arc<Ledger>, Network) {
    let (network, node, mut client) = one_node().await;
    node.set_faults([fault]);
    subscribe(&mut client).await;
    let ledger = network.ledger(network.close_ledger()).unwrap();
    let mut messages = Vec::new();
    // A reply comes after all that was due before it was asked for.
    client.send(json!({ "command": "ping" })).await;
    loop {
        let message = client.message().await;
        if message["type"] == "response" {
            return (messages, ledger, network);
        }
        messages.push(message);
    }
}

async fn subscribe(client: &mut Client) {
    let streams = json!(["ledger", "transactions"]);
    client.ask(json!({ "command": "subscribe", "streams": streams, "api_version": 2 })).await;
}

/// The messages by name: a ledger by its index, a transaction by its hash.
fn names(messages: &[Value]) -> Vec<Value> {
    let name = |message: &Value| match message["type"].as_str() {
        Some("ledgerClosed") => message["ledger_index"].clone(),
        _ => message["hash"].clone(),
    };
    messages.iter().map(name).collect()
}

fn truth(ledger: &Ledger) -> (Value, Vec<Value>) {
    (json!(ledger.index), ledger.transactions.iter().map(|tx| json!(tx.hash)).collect())
}

#[tokio::test(start_paused = true)]
async fn messages_are_missing_doubled_and_mixed_as_named() {
    for fault in [
        Fault::SkipsLedger,
        Fault::StopsSilently,
        Fault::SkipsTransaction,
        Fault::DuplicatesMessages,
        Fault::ReordersMessages,
        Fault::ClosedAfterTransactions,
        Fault::ClosedWithoutTransactions,
        Fault::TransactionsWithoutClosed,
    ] {
        let (messages, ledger, _) = heard(fault).await;
        let (closed, transactions) = truth(&ledger);
        assert!(transactions.len() > 2);
        let all = [vec![closed.clone()], transactions.clone()].concat();
        let names = names(&messages);
        match fault {
            Fault::SkipsLedger | Fault::StopsSilently => assert!(names.is_empty()),
            Fault::SkipsTransaction => {
                assert_eq!(names.len(), all.len() - 1);
                assert_eq!(messages[0]["txn_count"], transactions.len());
                assert!(names.iter().all(|name| all.contains(name)));
            }
            Fault::DuplicatesMessages => {
                let twice = all.iter().flat_map(|name| [name.clone(), name.clone()]);
                assert_eq!(names, twice.collect::<Vec<_>>());
            }
            Fault::ReordersMessages => {
                assert_ne!(names, all);
                assert_eq!(names.len(), all.len());
                assert!(all.iter().all(|name| names.contains(name)));
            }
            Fault::ClosedAfterTransactions => {
                assert_eq!(names, [transactions, vec![closed]].concat());
            }
            Fault::ClosedWithoutTransactions => assert_eq!(names, [closed]),
            Fault::TransactionsWithoutClosed => assert_eq!(names, transactions),
            _ => unreachable!("in no list above"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn false_ledgers_are_announced_as_named() {
    let (messages, ledger, _) = heard(Fault::JumpsAhead(300)).await;
    assert_eq!(names(&messages), [json!(ledger.index + 300)]);
    assert_ne!(messages[0]["ledger_hash"], json!(ledger.hash));

    let (messages, ledger, network) = heard(Fault::FallsBack(2)).await;
    let earlier = network.ledger(ledger.index - 2).unwrap();
    assert_eq!(messages[0]["ledger_index"], earlier.index);
    assert_eq!(messages[0]["ledger_hash"], json!(earlier.hash));

    let (messages, ledger, _) = heard(Fault::TwoHashes).await;
    assert_eq!(messages[0]["ledger_index"], messages[1]["ledger_index"]);
    assert_eq!(messages[0]["ledger_hash"], json!(ledger.hash));
    assert_ne!(messages[1]["ledger_hash"], json!(ledger.hash));
    assert_eq!(names(&messages)[2..], truth(&ledger).1);

    let (messages, ledger, network) = heard(Fault::ForeignTransaction).await;
    assert_eq!(messages.len(), ledger.transactions.len() + 2);
    let foreign = messages.last().unwrap();
    assert_eq!(foreign["tx_json"]["NetworkID"], 0x8000);
    let blob = Definitions::xrpl().encode_transaction(foreign["tx_json"].as_object().unwrap());
    let hash = transaction_id(&blob.unwrap());
    assert_eq!(foreign["hash"], json!(hash));
    assert!(network.truth(&hash).is_none());
}

#[tokio::test(start_paused = true)]
async fn stream_messages_can_lie_like_replies() {
    let (messages, ledger, _) = heard(Fault::Unvalidated.on("stream")).await;
    assert_eq!(messages.len(), ledger.transactions.len() + 1);
    assert!(messages[1..].iter().all(|message| message["validated"] == false));
    let (messages, _, _) = heard(Fault::NoMetadata.on("stream")).await;
    assert!(messages[1..].iter().all(|message| message.get("meta").is_none()));
    let (messages, _, _) = heard(Fault::AlteredContent.on("stream")).await;
    let blob = Definitions::xrpl().encode_transaction(messages[1]["tx_json"].as_object().unwrap());
    assert_ne!(messages[1]["hash"], json!(transaction_id(&blob.unwrap())));
}

#[tokio::test(start_paused = true)]
async fn all_connections_of_a_node_hear_the_same() {
    let (network, node, mut one) = one_node().await;
    let mut other = Client::connect(&network, &node).await;
    subscribe(&mut one).await;
    subscribe(&mut other).await;
    node.set_faults([Fault::SkipsLedger.after(1).times(2)]);
    let tip = network.tip();
    for client in [&mut one, &mut other] {
        let mut closed = Vec::new();
        if network.tip() == tip {
            for _ in 0..5 {
                network.close_ledger();
            }
        }
        client.send(json!({ "command": "ping" })).await;
        loop {
            let message = client.message().await;
            match message["type"].as_str() {
                Some("ledgerClosed") => closed.push(message["ledger_index"].clone()),
                Some("response") => break,
                _ => {}
            }
        }
        assert_eq!(closed, [tip + 1, tip + 4, tip + 5].map(|index| json!(index)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_behind_tells_of_ledgers_later() {
    let (network, node, mut client) = one_node().await;
    subscribe(&mut client).await;
    node.set_faults([Fault::Behind(2)]);
    let tip = network.tip();
    network.close_ledger();
    network.close_ledger();
    assert!(client.hears_nothing().await);
    network.close_ledger();
    assert_eq!(client.message().await["ledger_index"], tip + 1);
    node.heal();
    network.close_ledger();
    let mut closed = Vec::new();
    while closed.len() < 3 {
        let message = client.message().await;
        if message["type"] == "ledgerClosed" {
            closed.push(message["ledger_index"].clone());
        }
    }
    assert_eq!(closed, [tip + 2, tip + 3, tip + 4].map(|index| json!(index)));
}

#[tokio::test(start_paused = true)]
async fn an_invented_transaction_is_counted() {
    let (network, node, mut client) = one_node().await;
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let never = network.pay(alice, shop, "1 XRP".parse().unwrap()).never();
    node.set_faults([Fault::Invents.on("stream")]);
    subscribe(&mut client).await;
    let ledger = network.ledger(network.close_ledger()).unwrap();
    let closed = client.message().await;
    assert_eq!(closed["txn_count"], ledger.transactions.len() + 1);
    let mut told = Vec::new();
    for _ in 0..=ledger.transactions.len() {
        told.push(client.message().await["hash"].clone());
    }
    assert_eq!(told, [truth(&ledger).1, vec![json!(never)]].concat());
}
