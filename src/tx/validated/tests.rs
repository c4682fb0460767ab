//! The accessors, the JSON form, and transactions of other networks.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::tx::{Around, Delivered, ResolvedBy, TxRecord, vectors::*};

fn source() -> Source {
    Source {
        resolved_by: ResolvedBy::LateReply,
        elapsed: Duration::from_micros(1_234_567),
        agreed: vec!["wss://b.example".to_owned()],
        ..Source::of("wss://a.example")
    }
}

/// A record of any content, in ledger 38129, called validated.
fn record(content: &Value, extra: &Value) -> BoundRecord {
    let mut part = json!({"tx_json": content, "meta": meta(), "validated": true, "ledger_index": 38129,
        "ledger_hash": LEDGER_HASH, "close_time_iso": "2013-01-02T06:43:20Z"});
    part.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    TxRecord::from_value(part, &Around::default()).unwrap().bind_to_claim().unwrap()
}

fn transaction(changes: &Value) -> ValidatedTransaction {
    let mut content = content();
    content.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    ValidatedTransaction::new(record(&content, &json!({})), 0, source()).unwrap()
}

#[test]
fn ledger_38129_is_read_in_full() {
    let tx = transaction(&json!({}));
    assert_eq!(tx.hash().to_string(), HASH);
    assert_eq!(tx.ctid().unwrap().to_string(), "C00094F100000000");
    assert_eq!((tx.network_id(), tx.ledger_index(), tx.transaction_index()), (0, 38129, 0));
    assert_eq!(tx.ledger_hash().unwrap().to_string(), LEDGER_HASH);
    assert_eq!(tx.close_time().unwrap().seconds(), 410_424_200);
    assert_eq!((tx.transaction_type(), tx.result().code()), ("Payment", "tesSUCCESS"));
    assert!(tx.is_success());
    assert_eq!(tx.account(), account(CAY));
    assert_eq!(tx.destination(), Some(account(BOB)));
    assert_eq!((tx.sequence(), tx.ticket_sequence()), (62, None));
    assert_eq!((tx.fee().drops.as_i64(), tx.fee().payer), (10, account(CAY)));
    // The ledger is too old to store what was delivered; the balances tell.
    assert_eq!(tx.delivered(), &Delivered::Unavailable);
    let [bob] = tx.balance_changes().of(&account(BOB)) else { panic!("one change") };
    assert_eq!(bob.delta.to_string(), "10000 XRP");
    assert_eq!(tx.balance_changes().of(&account(CAY))[0].delta.to_string(), "-10000.00001 XRP");
    assert_eq!(tx.raw_transaction()["Amount"], "10000000000");
    assert_eq!(tx.raw_metadata()["TransactionIndex"], 0);
    assert_eq!(crate::types::hex::encode(tx.transaction_blob()), BLOB);
    assert_eq!(tx.source(), &source());
    assert!(format!("{:?}", tx.clone()).contains("network_id: 0"));
}

#[test]
fn a_missing_tag_is_not_tag_zero() {
    let none = transaction(&json!({}));
    assert_eq!((none.destination_tag(), none.source_tag(), none.invoice_id()), (None, None, None));
    let zero = transaction(&json!({"DestinationTag": 0, "SourceTag": 4_294_967_295_u32,
        "InvoiceID": HASH, "TicketSequence": 7, "Sequence": 0,
        "Memos": [{"Memo": {"MemoData": "6869"}}]}));
    assert_eq!((zero.destination_tag(), zero.source_tag()), (Some(0), Some(u32::MAX)));
    assert_eq!(zero.invoice_id().unwrap().to_string(), HASH);
    assert_eq!((zero.sequence(), zero.ticket_sequence()), (0, Some(7)));
    assert_eq!(zero.memos()[0].data.as_ref().unwrap().text.as_deref(), Some("hi"));
    let json = serde_json::to_value([&none, &zero]).unwrap();
    assert_eq!((json[0].get("destination_tag"), &json[1]["destination_tag"]), (None, &json!(0)));
}

#[test]
fn a_transaction_of_another_network_is_refused() {
    let new = |content: &Value, extra: &Value, network| {
        ValidatedTransaction::new(record(content, extra), network, source())
    };
    let mut named = content();
    named["NetworkID"] = 1025.into();
    assert!(new(&named, &json!({}), 1025).is_ok());
    let error = new(&named, &json!({}), 0).unwrap_err();
    assert_eq!(error, WrongNetwork { expected: 0, found: 1025 });
    assert!(error.to_string().contains("network 1025"));
    // Test networks look the same; the node's own compact id gives it away.
    let placed = json!({"ctid": "C00094F100000001"});
    assert!(new(&content(), &placed, 1).is_ok());
    assert_eq!(new(&content(), &placed, 0).unwrap_err().found, 1);
    // Networks beyond 65535 have no compact ids.
    assert_eq!(new(&content(), &json!({}), 65_536).unwrap().ctid(), None);
}

#[test]
fn an_inner_transaction_names_its_batch() {
    let mut meta = meta();
    meta["ParentBatchID"] = LEDGER_HASH.into();
    let record = record(&content(), &json!({"meta": meta}));
    let inner = ValidatedTransaction::new(record, 0, source()).unwrap();
    assert_eq!(inner.parent_batch().unwrap().to_string(), LEDGER_HASH);
    assert_eq!(transaction(&json!({})).parent_batch(), None);
}

#[test]
fn the_json_form_is_stable() {
    let mut content = content();
    content["DestinationTag"] = 7.into();
    let tx = ValidatedTransaction::new(record(&content, &json!({})), 0, source()).unwrap();
    let json = serde_json::to_value(&tx).unwrap();
    assert_eq!(
        json,
        json!({
            "hash": tx.hash(),
            "ctid": "C00094F100000000",
            "network_id": 0,
            "native_asset": "XRP",
            "ledger_index": 38129,
            "ledger_hash": LEDGER_HASH,
            "close_time": "2013-01-02T06:43:20Z",
            "transaction_index": 0,
            "transaction_type": "Payment",
            "result": "tesSUCCESS",
            "is_success": true,
            "account": CAY,
            "destination": BOB,
            "destination_tag": 7,
            "sequence": 62,
            "fee": {"drops": "10", "payer": CAY, "source": "balance"},
            "memos": [],
            "delivered": {"status": "unavailable"},
            "balance_changes": tx.balance_changes(),
            "raw_transaction": content,
            "raw_metadata": meta(),
            "transaction_blob": crate::types::hex::encode(tx.transaction_blob()),
            "source": {"endpoint": "wss://a.example", "resolved_by": "late_reply", "elapsed_ms": 1234,
                "agreed": ["wss://b.example"], "attempts": []},
        })
    );
}

#[test]
fn who_tells_another_time_does_not_tell_the_same() {
    let at = |close_time: Value| {
        let record = record(&content(), &json!({ "close_time_iso": close_time }));
        ValidatedTransaction::new(record, 0, source()).unwrap()
    };
    let told = at("2013-01-02T06:43:20Z".into());
    assert!(told.tells_the_same_as(&at("2013-01-02T06:43:20Z".into())));
    for other in ["2013-01-02T06:43:21Z".into(), "2026-01-02T06:43:20Z".into(), Value::Null] {
        let other = at(other);
        assert!(!told.tells_the_same_as(&other) && !other.tells_the_same_as(&told));
    }
    assert!(at(Value::Null).tells_the_same_as(&at(Value::Null)));
}

#[test]
fn two_tell_the_same_only_if_all_is_the_same_but_what_servers_add() {
    let meta_with = |changes: Value| {
        let mut meta = meta();
        meta.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        json!({ "meta": meta })
    };
    let told = |extra: Value, network| {
        ValidatedTransaction::new(record(&content(), &extra), network, source()).unwrap()
    };
    let mut other_balance = meta();
    other_balance["AffectedNodes"][1]["ModifiedNode"]["FinalFields"]["Balance"] = "1".into();
    let one = told(json!({}), 0);
    for (what, other, same) in [
        ("all the same", told(json!({}), 0), true),
        ("an old server", told(json!({"ledger_hash": null}), 0), true),
        ("what servers add", told(meta_with(json!({"nftoken_id": HASH})), 0), true),
        ("another network", told(json!({}), 1), false),
        ("another ledger", told(json!({"ledger_index": 38130}), 0), false),
        ("another ledger of that number", told(json!({"ledger_hash": HASH}), 0), false),
        ("another number in it", told(meta_with(json!({"TransactionIndex": 1})), 0), false),
        ("another end", told(meta_with(json!({"TransactionResult": "tecPATH_DRY"})), 0), false),
        ("another amount", told(meta_with(json!({"DeliveredAmount": "1"})), 0), false),
        ("another balance", told(json!({"meta": other_balance}), 0), false),
        ("another transaction", transaction(&json!({"Sequence": 63})), false),
    ] {
        assert_eq!(one.tells_the_same_as(&other), same, "{what}");
        assert_eq!(other.tells_the_same_as(&one), same, "{what}");
    }
}

#[test]
fn who_told_other_json_is_blamed_only_where_the_right_one_gives_the_bytes_that_were_signed() {
    // A number of assets, as it is written today and as it was before the lending amendments.
    let (today, before) = ("940DE0B6B3A7640000FFFFFFEE", "9400038D7EA4C68000FFFFFFF1");
    for (number, understood) in [("", true), (today, true), (before, false)] {
        let blob = format!("{BLOB}{number}");
        let part = json!({"tx_blob": blob, "meta": META, "validated": true, "ledger_index": 38129});
        let record = TxRecord::from_value(part, &Around::default()).unwrap();
        let tx = ValidatedTransaction::new(record.bind_to_claim().unwrap(), 0, source()).unwrap();
        assert_eq!(tx.is_understood(), understood, "{number}");
    }
}
