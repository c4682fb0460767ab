//! The chain holds together: hashes, metadata, conservation, the same for the same seed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    codec::{Definitions, transaction_id},
    testing::{LedgerTransaction, Network},
    types::{AccountId, Amount, Drops, TokenValue, TxHash, sha512_half},
};

fn busy(seed: u64) -> Network {
    Network::builder().seed(seed).history(40).traffic(16).build()
}

fn all(network: &Network) -> Vec<std::sync::Arc<LedgerTransaction>> {
    let ledgers = (32_570..=network.tip()).map(|index| network.ledger(index).unwrap());
    ledgers.flat_map(|ledger| ledger.transactions.clone()).collect()
}

fn of(tx: &LedgerTransaction, kind: &str) -> bool {
    tx.json["TransactionType"] == kind
}

#[test]
fn ledgers_form_a_chain_of_real_hashes() {
    let network = busy(1);
    let mut parent = network.ledger(32_570).unwrap();
    assert_eq!(network.tip(), 32_570 + 39);
    for index in 32_571..=network.tip() {
        let ledger = network.ledger(index).unwrap();
        assert_eq!(ledger.parent_hash, parent.hash);
        assert_eq!(ledger.parent_close_time, parent.close_time);
        assert!(ledger.close_time > parent.close_time);
        assert_eq!(*ledger.hash.as_bytes(), sha512_half(&[b"LWR\0", &ledger.header()]));
        let fees: i64 = ledger.transactions.iter().map(|tx| fee(tx)).sum();
        assert_eq!(parent.total_drops - ledger.total_drops, fees as u64);
        for (place, tx) in (0..).zip(&ledger.transactions) {
            assert_eq!((tx.ledger_index, tx.index), (index, place));
            assert_eq!(tx.metadata["TransactionIndex"], place);
            assert!(tx.json["LastLedgerSequence"].as_u64().unwrap() >= u64::from(index));
        }
        parent = ledger;
    }
}

#[test]
fn transactions_hash_to_their_names_and_decode_to_themselves() {
    let definitions = Definitions::xrpl();
    let network = busy(2);
    let everything = all(&network);
    assert!(everything.len() > 500);
    for tx in &everything {
        assert_eq!(transaction_id(&tx.blob), tx.hash);
        assert_eq!(definitions.decode(&tx.blob).unwrap(), tx.json);
        let metadata = definitions.decode(&tx.meta_blob).unwrap();
        assert_eq!(definitions.encode_metadata(&metadata).unwrap(), tx.meta_blob);
        assert_eq!(metadata["TransactionResult"], tx.result());
    }
}

#[test]
fn the_traffic_has_every_kind_of_transaction() {
    let network = busy(3);
    let everything = all(&network);
    type Test = fn(&LedgerTransaction) -> bool;
    let kinds: [(&str, Test); 12] = [
        ("XRP payment", |tx| of(tx, "Payment") && tx.json["Amount"].is_string()),
        ("token payment", |tx| of(tx, "Payment") && tx.json["Amount"].is_object()),
        ("partial payment", |tx| tx.metadata.contains_key("DeliveredAmount")),
        ("offer", |tx| of(tx, "OfferCreate")),
        ("account created", |tx| has_node(tx, "CreatedNode", "AccountRoot")),
        ("offer created", |tx| has_node(tx, "CreatedNode", "Offer")),
        ("offer partly taken", |tx| has_node(tx, "ModifiedNode", "Offer")),
        ("offer taken whole", |tx| has_node(tx, "DeletedNode", "Offer")),
        ("trust line created", |tx| has_node(tx, "CreatedNode", "RippleState")),
        ("trust line changed", |tx| has_node(tx, "ModifiedNode", "RippleState")),
        ("failure", |tx| tx.result() == "tecPATH_DRY"),
        ("destination tag", |tx| tx.json.contains_key("DestinationTag")),
    ];
    for (name, test) in kinds {
        assert!(everything.iter().any(|tx| test(tx)), "no {name} among {}", everything.len());
    }
}

#[test]
fn xrp_and_tokens_are_conserved_and_fees_burnt() {
    let network = busy(4);
    for tx in all(&network) {
        let (xrp, tokens) = changes(&tx.metadata);
        assert_eq!(xrp, -fee(&tx), "{} {:?}", tx.hash, tx.json);
        for (issuance, sum) in tokens {
            assert!(sum.is_zero(), "{issuance}: {sum} in {}", tx.hash);
        }
        if tx.result() != "tesSUCCESS" {
            assert_eq!(tx.metadata["AffectedNodes"].as_array().unwrap().len(), 1);
        }
    }
}

/// Each entry's changes follow from the ones before, over the whole chain.
#[test]
fn entries_change_from_what_they_were() {
    let network = busy(5);
    let mut entries: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut threads: BTreeMap<String, TxHash> = BTreeMap::new();
    for tx in all(&network) {
        for node in nodes(&tx.metadata) {
            let index = node["LedgerIndex"].as_str().unwrap().to_owned();
            if let (Some(last), Some(named)) = (threads.get(&index), node.get("PreviousTxnID")) {
                assert_eq!(*named, Value::from(last.to_string()), "{index} in {}", tx.hash);
            }
            threads.insert(index.clone(), tx.hash);
            let last = node.get("FinalFields").or(node.get("NewFields")).unwrap();
            let previous = node.get("PreviousFields").and_then(Value::as_object);
            if let (Some(before), Some(previous)) = (entries.get(&index), previous) {
                for (name, value) in previous.iter().filter(|(name, _)| *name != "OwnerCount") {
                    let known = before.get(name).cloned().unwrap_or(Value::from(0));
                    assert_eq!(known, *value, "{name} of {index} in {}", tx.hash);
                }
            }
            entries.insert(index, last.as_object().unwrap().clone());
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_network() {
    let hashes = |network: &Network| {
        let bob = network.account("bob");
        let alice = network.account("alice");
        network.pay(alice, bob, Amount::Xrp(Drops::new(5))).tag(1).submit();
        network.close_ledger();
        (32_570..=network.tip()).map(|n| network.ledger(n).unwrap().hash).collect::<Vec<_>>()
    };
    assert_eq!(hashes(&busy(6)), hashes(&busy(6)));
    assert_ne!(hashes(&busy(6)), hashes(&busy(7)));
}

#[test]
fn an_order_is_carried_out_as_it_says() {
    let network = Network::new(8);
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let issuer = network.account("issuer");
    let usd = |value: &str| format!("{value} USD:{issuer}").parse::<Amount>().unwrap();
    let tip = network.tip();

    let plain = network.pay(alice, shop, "25 XRP".parse().unwrap()).tag(7).memo("tea").submit();
    let partial = network.pay(alice, shop, usd("100")).partial(usd("1.5")).submit();
    let exchanged = network.pay(alice, shop, "3 XRP".parse().unwrap()).send_max(usd("2")).submit();
    let failed = network.pay(alice, shop, usd("5")).fails("tecPATH_PARTIAL").submit();
    let later = network.pay(alice, shop, usd("6")).after(2).submit();
    let sooner = network.pay(alice, shop, usd("7")).in_ledger(tip + 2).submit();
    let never = network.pay(alice, shop, usd("8")).never();
    let created = network.pay(alice, network.unfunded("new"), "30 XRP".parse().unwrap()).submit();
    let too_little = network.pay(alice, network.unfunded("poor"), "0.5 XRP".parse().unwrap());
    let too_little = too_little.submit();
    let too_much = network.pay(shop, alice, usd("0.5")).fee(99).submit();
    assert!(network.truth(&plain).is_none());
    for _ in 0..30 {
        network.close_ledger();
    }

    let truth = |hash| network.truth(&hash).unwrap();
    let tx = truth(plain);
    assert_eq!((tx.ledger_index, tx.result()), (tip + 1, "tesSUCCESS"));
    assert_eq!(tx.json["DestinationTag"], 7);
    assert_eq!(tx.json["Memos"][0]["Memo"]["MemoData"], "746561");
    assert_eq!(truth(partial).metadata["DeliveredAmount"]["value"], "1.5");
    let (xrp, _) = changes(&truth(exchanged).metadata);
    assert_eq!(xrp, -12);
    assert!(has_node(&truth(exchanged), "ModifiedNode", "Offer"));
    assert_eq!(truth(failed).result(), "tecPATH_PARTIAL");
    assert_eq!((truth(later).ledger_index, truth(sooner).ledger_index), (tip + 3, tip + 2));
    // Numbered after the later one, so that it needs a ticket.
    assert_eq!(truth(sooner).json["Sequence"], 0);
    assert!(has_node(&truth(sooner), "DeletedNode", "Ticket"));
    assert!(network.truth(&never).is_none());
    assert!(has_node(&truth(created), "CreatedNode", "AccountRoot"));
    assert_eq!(truth(too_little).result(), "tecNO_DST_INSUF_XRP");
    assert_eq!(truth(too_much).json["Fee"], "99");
}

#[test]
fn multi_purpose_tokens_move_and_are_issued() {
    let network = Network::new(9);
    let (alice, bob, issuer) =
        (network.account("alice"), network.account("bob"), network.account("issuer"));
    let id = crate::types::MptId::new(3, issuer);
    let amount = |value| Amount::Mpt { value, id };
    let sent = network.pay(alice, bob, amount(40)).submit();
    let issued = network.pay(issuer, bob, amount(2)).submit();
    network.close_ledger();
    let node = |hash, owner: AccountId| {
        let metadata = network.truth(&hash).unwrap().metadata.clone();
        let found = nodes(&metadata)
            .find(|node| node["FinalFields"]["Account"] == owner.to_string())
            .filter(|node| node["LedgerEntryType"] == "MPToken");
        found.cloned()
    };
    // Absent means zero, before and after.
    assert_eq!(node(sent, bob).unwrap()["PreviousFields"], Value::Object(Map::new()));
    assert_eq!(node(sent, bob).unwrap()["FinalFields"]["MPTAmount"], "40");
    assert_eq!(node(issued, bob).unwrap()["FinalFields"]["MPTAmount"], "42");
}

#[test]
fn any_transaction_can_be_included_with_any_metadata() {
    let network = Network::new(10);
    let object = |value: Value| value.as_object().unwrap().clone();
    let account = network.account("alice");
    let tx = object(serde_json::json!({
        "TransactionType": "EscrowFinish", "Account": account, "Owner": network.account("bob"),
        "OfferSequence": 7,
    }));
    let metadata = object(serde_json::json!({
        "AffectedNodes": [], "TransactionResult": "tecNO_TARGET",
    }));
    let hash = network.include(tx, metadata);
    network.close_ledger();
    let truth = network.truth(&hash).unwrap();
    assert_eq!(truth.result(), "tecNO_TARGET");
    assert_eq!(truth.metadata["TransactionIndex"], truth.index);
    assert_eq!(truth.json["OfferSequence"], 7);
}

#[test]
fn months_do_not_fill_the_memory() {
    let network = Network::builder().seed(1).keep(5).history(50).build();
    assert!(network.ledger(network.tip() - 5).is_none());
    assert!(network.ledger(network.tip() - 4).is_some());
}

#[test]
#[should_panic(expected = "ledger 32570 is closed already")]
fn a_ledger_of_the_past_takes_no_transactions() {
    let network = Network::new(1);
    let (a, b) = (network.account("a"), network.account("b"));
    network.pay(a, b, Amount::Xrp(Drops::new(1))).in_ledger(32_570).submit();
}

#[test]
#[should_panic(expected = "\"tecNO_DST_TAG\" is no code")]
fn nothing_fails_with_a_code_that_the_ledger_does_not_have() {
    let network = Network::new(1);
    let (a, b) = (network.account("a"), network.account("b"));
    let _ = network.pay(a, b, Amount::Xrp(Drops::new(1))).fails("tecNO_DST_TAG");
}

#[test]
#[should_panic(expected = "does not exist yet")]
fn an_account_that_nobody_created_cannot_pay() {
    let network = Network::new(1);
    let (a, b) = (network.unfunded("a"), network.account("b"));
    network.pay(a, b, Amount::Xrp(Drops::new(1))).submit();
}

fn fee(tx: &LedgerTransaction) -> i64 {
    tx.json["Fee"].as_str().unwrap().parse().unwrap()
}

fn nodes(metadata: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let nodes = metadata["AffectedNodes"].as_array().unwrap().iter();
    nodes.map(|node| node.as_object().unwrap().values().next().unwrap())
}

fn has_node(tx: &LedgerTransaction, change: &str, kind: &str) -> bool {
    let nodes = tx.metadata["AffectedNodes"].as_array().unwrap().iter();
    nodes.filter_map(|node| node.get(change)).any(|node| node["LedgerEntryType"] == kind)
}

/// Sum of all changes of XRP in drops, and of each token over its holders and issuers.
fn changes(metadata: &Map<String, Value>) -> (i64, BTreeMap<String, TokenValue>) {
    let (mut xrp, mut tokens) = (0, BTreeMap::new());
    for node in nodes(metadata) {
        let last = node.get("FinalFields").or(node.get("NewFields"));
        let (Some(last), kind) = (last, node["LedgerEntryType"].as_str().unwrap()) else {
            continue;
        };
        let previous = match (node.get("NewFields"), node.get("PreviousFields")) {
            (Some(_), _) => None,
            (None, Some(previous)) => Some(previous.get("Balance").unwrap_or(&last["Balance"])),
            (None, None) => Some(&last["Balance"]),
        };
        match kind {
            "AccountRoot" => {
                let drops = |v: &Value| v.as_str().unwrap().parse::<i64>().unwrap();
                xrp += drops(&last["Balance"]) - previous.map_or(0, drops);
            }
            "RippleState" => {
                let value = |v: &Value| v["value"].as_str().unwrap().parse::<TokenValue>().unwrap();
                let change = value(&last["Balance"])
                    .checked_sub(previous.map_or(TokenValue::ZERO, value))
                    .unwrap();
                // The issuer is on one side; seen from the other side the sign turns.
                let currency = last["Balance"]["currency"].as_str().unwrap();
                let zero_limit = last["LowLimit"]["value"] == "0";
                let change = if zero_limit { -change } else { change };
                let sum = tokens.entry(currency.to_owned()).or_insert(TokenValue::ZERO);
                *sum = sum.checked_add(change).unwrap();
            }
            _ => {}
        }
    }
    (xrp, tokens)
}
