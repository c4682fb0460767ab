//! What validators sign, and what faulty nodes make of it.

use serde_json::{Value, json};

use super::{Client, one_node};
use crate::{
    proof::{Ballot, LedgerHeader, Publisher, TransactionTree, TrustedValidators, Validation},
    testing::{Fault, Network, Scripted},
    types::{LedgerHash, RippleTime, hex},
};

fn trusted(network: &Network) -> TrustedValidators {
    let mut publisher = Publisher::new(network.publisher().master_key());
    let list = publisher.accept(&network.validator_list(), RippleTime::from_seconds(1)).unwrap();
    TrustedValidators::from_lists(&[list]).unwrap()
}

/// What the stream says of the next ledger, from a node with this fault.
async fn streamed(fault: Option<Fault>, api: u64) -> (Network, u32, Vec<Value>) {
    let (network, node, mut client) = one_node().await;
    node.set_faults(fault.map(Scripted::from));
    let streams = json!(["validations", "ledger"]);
    client.ask(json!({"command": "subscribe", "streams": streams, "api_version": api})).await;
    network.close_ledger();
    let index = network.close_ledger();
    let mut messages = Vec::new();
    loop {
        let message = client.message().await;
        let is_closed = message["type"] == "ledgerClosed";
        match (is_closed, message["ledger_index"] == json!(index)) {
            (true, true) => return (network, index, messages),
            (true, false) => messages.clear(),
            (false, _) => messages.push(message),
        }
    }
}

/// The ledger that these messages prove.
fn elected(network: &Network, index: u32, messages: &[Value]) -> Option<LedgerHash> {
    let (trusted, mut ballot) = (trusted(network), Ballot::new(index));
    for message in messages {
        assert_eq!(message["type"], "validationReceived");
        let data = hex::decode(message["data"].as_str().unwrap()).unwrap();
        if let Ok(validation) = Validation::verify(&data) {
            ballot.cast(&validation, &trusted);
        }
    }
    ballot.elected(&trusted)
}

#[tokio::test(start_paused = true)]
async fn validators_sign_each_ledger_before_it_is_called_closed() {
    for api in [1, 2] {
        let (network, index, messages) = streamed(None, api).await;
        assert_eq!(messages.len(), 5);
        let truth = network.ledger(index).unwrap().hash;
        assert_eq!(elected(&network, index, &messages), Some(truth));
        let told: Vec<Vec<u8>> = messages
            .iter()
            .map(|message| hex::decode(message["data"].as_str().unwrap()).unwrap())
            .collect();
        assert_eq!(network.validations(index), told);
        assert_eq!(messages[0]["ledger_index"].is_string(), api == 1);
    }
}

#[tokio::test(start_paused = true)]
async fn no_fault_of_a_node_elects_another_ledger() {
    for (fault, proves) in [
        (Fault::HidesValidations, false),
        (Fault::ReplaysValidations, false),
        (Fault::PartialValidations, false),
        (Fault::MinoritySignatures, false),
        (Fault::ForgesSignatures, false),
        // Four of five are enough, three are not.
        (Fault::VotesTwice(1), true),
        (Fault::VotesTwice(2), false),
        (Fault::DuplicatesMessages, true),
    ] {
        let (network, index, messages) = streamed(Some(fault), 2).await;
        let truth = network.ledger(index).unwrap().hash;
        assert_eq!(elected(&network, index, &messages), proves.then_some(truth), "{fault:?}");
        assert_eq!(messages.is_empty(), fault == Fault::HidesValidations);
    }
}

/// The header and the transactions' root of a ledger as a node tells it.
async fn told(client: &mut Client, index: u32) -> (LedgerHeader, bool) {
    let reply = client
        .ask(json!({"command": "ledger", "ledger_index": index, "transactions": true,
            "expand": true, "binary": true, "api_version": 2}))
        .await;
    let blob = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let ledger = &reply["result"]["ledger"];
    let header = LedgerHeader::from_bytes(&blob(&ledger["ledger_data"])).unwrap();
    let entries = ledger["transactions"].as_array().unwrap().iter();
    let entries = entries.map(|entry| (blob(&entry["tx_blob"]), blob(&entry["meta_blob"])));
    let root = TransactionTree::new(entries).unwrap().root();
    (header, root == header.transaction_hash)
}

#[tokio::test(start_paused = true)]
async fn a_forged_chain_fits_together_and_is_another_one() {
    let (network, node, mut client) = one_node().await;
    node.set_faults([Fault::ForgedChain]);
    let mut before: Option<LedgerHeader> = None;
    for index in network.tip() - 3..=network.tip() {
        let (header, fits) = told(&mut client, index).await;
        assert!(fits);
        assert_ne!(header.hash(), network.ledger(index).unwrap().hash);
        if let Some(before) = before {
            assert!(before.follow(&[header]).is_ok());
        }
        before = Some(header);
    }
    let hash = network.ledger(network.tip()).unwrap().transactions[0].hash;
    let tx = json!({"command": "tx", "transaction": hash, "api_version": 2});
    let result = client.ask(tx).await["result"].take();
    assert_eq!(result["ledger_hash"], json!(before.unwrap().hash()), "one story everywhere");

    for (fault, fits) in [(Fault::OtherHeader, false), (Fault::Forgets, false)] {
        node.set_faults([fault]);
        assert_eq!(told(&mut client, network.tip()).await.1, fits, "{fault:?}");
    }
}
