//! Transactions that are made up here, with real hashes, and what is judged about them.

mod cheats;
mod corpus;
mod properties;
mod spellings;
mod ways;
mod words;

use serde_json::{Value, json};

use super::{CheckCode, ExpectedPayment, Verdict, builder::ExpectedPaymentBuilder, payment};
use crate::tx::{Around, BoundRecord, Source, TxRecord, ValidatedTransaction};

const SHOP: &str = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY";
const BUYER: &str = "rLQBHVhFnaC5gLEkgr6HgBJJ3bgeZHg9cj";
const OTHER: &str = "r3kmLJN5D28dHuH8vZNUZpMC43pEHpaocV";
const ISSUER: &str = "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";

const LEDGER: u32 = 90_000_000;
const CLOSED: &str = "2026-01-02T03:04:05Z";

/// A record of `transaction`, as a node of a later ledger would send it.
fn record(transaction: &Value, metadata: &Value) -> BoundRecord {
    let reply = json!({"tx_json": transaction, "meta": metadata, "validated": true,
        "ledger_index": LEDGER, "close_time_iso": CLOSED});
    let record = TxRecord::from_value(reply, &Around::default()).unwrap();
    let hash = record.hash();
    record.bind(hash).unwrap()
}

fn validated(transaction: &Value, metadata: &Value) -> ValidatedTransaction {
    on_network(0, transaction, metadata)
}

fn on_network(network_id: u32, transaction: &Value, metadata: &Value) -> ValidatedTransaction {
    let source = Source::of("wss://node.test");
    ValidatedTransaction::new(record(transaction, metadata), network_id, source).unwrap()
}

/// A transaction of the buyer's; fields of `more` are added or take the place of these.
fn transaction(more: Value) -> Value {
    let mut transaction = json!({"TransactionType": "Payment", "Account": BUYER,
        "Destination": SHOP, "DestinationTag": 7, "Amount": "25000000", "Fee": "12", "Flags": 0,
        "Sequence": 5, "SigningPubKey": "02".repeat(33), "TxnSignature": "30".repeat(70)});
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Null => transaction.as_object_mut().unwrap().remove(name),
            _ => transaction.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    transaction
}

fn metadata(nodes: &[Value]) -> Value {
    json!({"TransactionResult": "tesSUCCESS", "TransactionIndex": 3, "AffectedNodes": nodes})
}

/// An account whose XRP balance changed.
fn xrp(account: &str, before: u64, after: u64) -> Value {
    json!({"ModifiedNode": {"LedgerEntryType": "AccountRoot",
        "FinalFields": {"Account": account, "Balance": after.to_string()},
        "PreviousFields": {"Balance": before.to_string()}}})
}

/// A trust line on which `holder` has another number of `issuer`'s tokens.
fn line(currency: &str, holder: &str, issuer: &str, before: &str, after: &str) -> Value {
    // Whose bytes are lower is the low account, and holds what is positive.
    let bytes = |account: &str| account.parse::<crate::AccountId>().unwrap();
    let low = bytes(holder) < bytes(issuer);
    let (low_account, high_account) = if low { (holder, issuer) } else { (issuer, holder) };
    let sign = |value: &str| match (low, value) {
        (true, _) | (_, "0") => value.to_owned(),
        _ => format!("-{value}"),
    };
    let side = |account: &str, value: &str| json!({"currency": currency, "issuer": account, "value": value});
    let zero = "rrrrrrrrrrrrrrrrrrrrBZbvji";
    json!({"ModifiedNode": {"LedgerEntryType": "RippleState",
        "FinalFields": {"LowLimit": side(low_account, "1000000"),
            "HighLimit": side(high_account, "1000000"), "Balance": side(zero, &sign(after))},
        "PreviousFields": {"Balance": side(zero, &sign(before))}}})
}

/// The buyer pays the shop 25 XRP with tag 7.
fn honest() -> (Value, Value) {
    let nodes = [xrp(BUYER, 100_000_000, 74_999_988), xrp(SHOP, 50_000_000, 75_000_000)];
    (transaction(json!({})), metadata(&nodes))
}

/// What the order for it expects.
fn order() -> ExpectedPaymentBuilder {
    ExpectedPayment::to(SHOP).tag(7)
}

fn order_for(amount: &str) -> ExpectedPayment {
    order().exactly(amount).build().unwrap()
}

fn token(value: &str, issuer: &str) -> Value {
    json!({"currency": "USD", "issuer": issuer, "value": value})
}

#[track_caller]
fn paid(verdict: &Verdict) {
    assert!(verdict.is_paid(), "{}", verdict.table());
    assert_eq!(verdict.failures().count(), 0);
}

/// Exactly these checks fail, and the order is not paid.
#[track_caller]
fn fails(verdict: &Verdict, codes: &[CheckCode]) {
    let failed: Vec<CheckCode> = verdict.failures().map(|check| check.code).collect();
    assert_eq!(failed, codes, "{}", verdict.table());
    assert!(!verdict.is_paid());
    let text = verdict.to_string();
    assert!(text.starts_with("not paid: "), "{text}");
    for check in verdict.failures() {
        assert!(text.contains(check.code.name()), "{text}");
    }
}

#[test]
fn an_honest_payment_is_paid() {
    let (transaction, metadata) = honest();
    let verdict = payment(&validated(&transaction, &metadata), &order_for("25 XRP"));
    paid(&verdict);
    assert_eq!(verdict.amount_received(), Some("25 XRP".parse().unwrap()));
    assert_eq!((verdict.overpaid(), verdict.underpaid()), (None, None));
    assert!(verdict.to_string().starts_with("paid: received 25 XRP\ntransaction "));
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["paid"], true);
    assert_eq!(json["amount_received"], "25000000");
    assert_eq!(json["checks"][1]["code"], "network");
    assert_eq!(json["checks"][1]["outcome"], "passed");
    assert_eq!(json["idempotency_key"], format!("0:{}", json["hash"].as_str().unwrap()));
}
