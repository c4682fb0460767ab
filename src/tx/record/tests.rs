//! Every shape of a record, and everything that makes a message none.

use serde_json::{Map, Value, json};

use super::*;
use crate::tx::{
    Delivered, Way,
    vectors::{BLOB, BOB, CAY, HASH, LEDGER_HASH, META, content, meta},
};

const TIME: RippleTime = RippleTime::from_seconds(410_424_200);

/// One object of several.
fn merged(parts: &[Value]) -> Value {
    let mut all = Map::new();
    for part in parts {
        all.extend(part.as_object().unwrap().clone());
    }
    Value::Object(all)
}

/// What version 1 of the API adds to a transaction's own fields.
fn inline() -> Value {
    json!({"hash": HASH, "ledger_index": 38129, "inLedger": 38129, "date": 410_424_200})
}

fn read(part: &Value) -> Result<TxRecord, RecordError> {
    TxRecord::read(&part.to_string(), &Around::default())
}

/// What surrounds an entry of a ledger.
fn around_ledger() -> Around {
    Around {
        validated: Some(true),
        ledger_index: Some(38129),
        ledger_hash: LEDGER_HASH.parse().ok(),
        close_time: Some(TIME),
        ..Around::default()
    }
}

/// The whole record, however it came.
fn assert_whole(record: TxRecord, what: &str) {
    let hash: TxHash = HASH.parse().unwrap();
    assert_eq!(record.hash(), hash, "{what}");
    assert_eq!(Value::Object(record.transaction().clone()), content(), "{what}");
    assert_eq!(record.account().to_string(), CAY, "{what}");
    assert_eq!((record.ledger_index(), record.transaction_index()), (38129, 0), "{what}");
    assert_eq!(record.close_time(), Some(TIME), "{what}");
    assert!(record.result().is_success(), "{what}");
    assert_eq!(crate::types::hex::encode(record.blob()), BLOB, "{what}");
    let bound = record.bind(hash).unwrap();
    assert_eq!(bound.balance_changes().iter().count(), 2, "{what}");
    assert_eq!(bound.delivered(), &Delivered::Unavailable, "{what}");
    assert_eq!(bound.fee().drops.as_i64(), 10, "{what}");
    assert_eq!(bound.clone().into_inner().hash(), bound.hash());
}

#[test]
fn every_shape_gives_the_same_record() {
    let valid = json!({"validated": true});
    let place = json!({"ledger_index": 38129, "ledger_hash": LEDGER_HASH, "hash": HASH,
        "close_time_iso": "2013-01-02T06:43:20Z", "ctid": "C00094F100000000"});
    let mut second = content();
    let amount = second.as_object_mut().unwrap().remove("Amount").unwrap();
    second["DeliverMax"] = amount.clone();
    let mut both = content();
    both["DeliverMax"] = amount;
    let with_meta = |name: &str| merged(&[json!({ name: meta() }), valid.clone()]);
    for (what, part, around) in [
        ("tx, version 1", merged(&[content(), inline(), with_meta("meta")]), Around::default()),
        ("tx, both amounts", merged(&[both, inline(), with_meta("meta")]), Around::default()),
        (
            "tx, version 2",
            merged(&[
                json!({"tx_json": merged(&[second.clone(), json!({"date": 410_424_200, "ledger_index": 38129})])}),
                place.clone(),
                with_meta("meta"),
            ]),
            Around::default(),
        ),
        (
            "tx, binary, version 1",
            merged(&[json!({"tx": BLOB, "meta": META}), inline(), valid.clone()]),
            Around::default(),
        ),
        (
            "tx, binary, version 2",
            merged(&[json!({"tx_blob": BLOB, "meta_blob": META}), place.clone(), valid.clone()]),
            Around::default(),
        ),
        (
            "transaction_entry",
            merged(&[json!({"tx_json": merged(&[content(), inline()])}), with_meta("metadata")]),
            Around::default(),
        ),
        (
            "stream, version 1",
            merged(&[
                json!({"type": "transaction", "status": "closed", "engine_result": "tesSUCCESS",
                "ledger_index": 38129, "transaction": merged(&[content(), json!({"hash": HASH, "date": 410_424_200, "owner_funds": "1"})])}),
                with_meta("meta"),
            ]),
            Around::default(),
        ),
        (
            "stream, version 2",
            merged(&[
                json!({"type": "transaction", "tx_json": merged(&[second.clone(), json!({"date": 410_424_200})])}),
                place.clone(),
                with_meta("meta"),
            ]),
            Around::default(),
        ),
        (
            "account_tx, version 1",
            merged(&[json!({"tx": merged(&[content(), inline()])}), with_meta("meta")]),
            Around { validated: Some(true), ..Around::default() },
        ),
        (
            "account_tx, version 2",
            merged(&[json!({"tx_json": second}), place, with_meta("meta")]),
            Around { validated: Some(true), ..Around::default() },
        ),
        (
            "account_tx, binary",
            json!({"tx_blob": BLOB, "meta": META, "ledger_index": 38129, "date": 410_424_200, "validated": true}),
            Around::default(),
        ),
        (
            "ledger, version 1",
            merged(&[content(), json!({"hash": HASH, "metaData": meta()})]),
            around_ledger(),
        ),
        ("ledger, binary", json!({"tx_blob": BLOB, "meta": META}), around_ledger()),
        (
            "digits for numbers",
            merged(&[
                content(),
                with_meta("meta"),
                json!({"ledger_index": "38129", "date": "410424200"}),
            ]),
            Around::default(),
        ),
    ] {
        let record = TxRecord::read(&part.to_string(), &around);
        assert_whole(record.unwrap_or_else(|error| panic!("{what}: {error}")), what);
        let reply = json!({"id": 1, "status": "success", "type": "response", "result": part});
        let record = TxRecord::from_value(reply, &around);
        assert_whole(record.unwrap_or_else(|error| panic!("{what}: {error}")), what);
    }
}

#[test]
fn only_the_boolean_true_is_validated() {
    let around = |validated| Around { validated, ..Around::default() };
    for (inside, outside, good) in [
        (Some(json!(true)), None, true),
        (Some(json!(true)), Some(true), true),
        (None, Some(true), true),
        (None, None, false),
        (None, Some(false), false),
        (Some(json!(false)), Some(true), false),
        (Some(json!(true)), Some(false), false),
        (Some(json!("true")), Some(true), false),
        (Some(json!("true")), None, false),
        (Some(json!(1)), None, false),
        (Some(json!(null)), Some(true), false),
    ] {
        let mut part = merged(&[content(), inline(), json!({"meta": meta()})]);
        if let Some(inside) = &inside {
            part["validated"] = inside.clone();
        }
        let record = TxRecord::from_value(part.clone(), &around(outside));
        assert_eq!(record.is_ok(), good, "{inside:?} {outside:?}");
        if let Err(error) = record {
            assert_eq!(error, RecordError::NotValidated);
        }
        // Not yet validated, a transaction may have no metadata; that is not what is wrong.
        part.as_object_mut().unwrap().remove("meta");
        let error = TxRecord::from_value(part, &around(outside)).unwrap_err();
        let expected = if good { RecordError::NoMetadata } else { RecordError::NotValidated };
        assert_eq!(error, expected, "{inside:?} {outside:?}");
    }
}

#[test]
fn other_content_does_not_pass_under_the_hash_asked_for() {
    let asked: TxHash = HASH.parse().unwrap();
    let other: TxHash = "F".repeat(64).parse().unwrap();
    let valid = |content: Value, hash: TxHash| {
        merged(&[content, inline(), json!({"meta": meta(), "validated": true, "hash": hash})])
    };
    // Another amount under the right hash.
    let mut richer = content();
    richer["Amount"] = "10000000001".into();
    let mismatch = read(&valid(richer.clone(), asked)).unwrap().bind(asked).unwrap_err();
    assert_eq!((mismatch.asked, mismatch.claimed), (asked, Some(asked)));
    assert_ne!(mismatch.computed, asked);
    assert!(mismatch.to_string().contains("calling it 3B1A"), "{mismatch}");
    // Another transaction under its own hash.
    let computed = mismatch.computed;
    let mismatch = read(&valid(richer, computed)).unwrap().bind(asked).unwrap_err();
    assert_eq!((mismatch.computed, mismatch.claimed), (computed, Some(computed)));
    assert!(!mismatch.to_string().contains("calling it"), "it is what it is called: {mismatch}");
    // The right content under another hash, in either place.
    assert!(read(&valid(content(), other)).unwrap().bind(asked).is_err());
    let nested = json!({"tx_json": merged(&[content(), json!({"hash": other})]), "hash": HASH,
        "meta": meta(), "validated": true, "ledger_index": 38129});
    let record = read(&nested).unwrap();
    assert_eq!(record.claimed_hash(), Some(other));
    assert!(record.clone().bind(asked).is_err() && record.bind_to_claim().is_err());
    // Called nothing, it is what it is.
    let mut silent = valid(content(), asked);
    silent.as_object_mut().unwrap().remove("hash");
    let record = read(&silent).unwrap();
    assert_eq!(record.claimed_hash(), None);
    assert!(record.clone().bind_to_claim().is_ok() && record.bind(asked).is_ok());
}

#[test]
fn what_was_not_signed_is_no_part_of_the_transaction() {
    let added = json!({"meta": meta(), "validated": true, "destination": "me", "amount": "1",
        "owner_funds": "5", "parsed": {"Amount": "7"}, "warnings": []});
    let record = read(&merged(&[content(), inline(), added])).unwrap();
    assert_eq!(Value::Object(record.transaction().clone()), content());
}

#[test]
fn one_thing_told_in_two_ways_must_agree() {
    let part = |extra: Value| {
        let base = json!({"meta": meta(), "validated": true, "ledger_hash": LEDGER_HASH});
        merged(&[content(), inline(), base, extra])
    };
    assert!(read(&part(json!({}))).is_ok());
    for (extra, expected) in [
        (json!({"inLedger": 38130}), "ledger index"),
        (json!({"ledger_index": "38130"}), "ledger index"),
        (json!({"close_time_iso": "2013-01-02T06:43:21Z"}), "close time"),
        (json!({"ctid": "C00094F000000000"}), "place"),
        (json!({"ctid": "C00094F100010000"}), "place"),
    ] {
        let error = read(&part(extra.clone())).unwrap_err();
        let RecordError::Contradiction { what, .. } = error else { panic!("{extra}: {error}") };
        assert_eq!(what, expected);
    }
    for around in [
        Around { ledger_index: Some(1), ..around_ledger() },
        Around { ledger_hash: HASH.parse().ok(), ..around_ledger() },
        Around { close_time: Some(RippleTime::from_seconds(1)), ..around_ledger() },
    ] {
        let error = TxRecord::from_value(part(json!({})), &around).unwrap_err();
        assert!(matches!(error, RecordError::Contradiction { .. }), "{error}");
        assert!(error.to_string().contains("contradicts itself"), "{error}");
    }
}

#[test]
fn each_fault_has_its_name() {
    let part = |extra: Value| {
        merged(&[content(), inline(), json!({"meta": meta(), "validated": true}), extra])
    };
    let mut nameless = part(json!({}));
    nameless.as_object_mut().unwrap().remove("ledger_index");
    nameless.as_object_mut().unwrap().remove("inLedger");
    assert_eq!(read(&nameless).unwrap_err(), RecordError::NoLedgerIndex);
    for text in ["", "{", "[1,", "nul"] {
        let error = TxRecord::read(text, &Around::default()).unwrap_err();
        assert!(matches!(error, RecordError::NotJson(_)), "{error}");
    }
    for none in [
        json!(null),
        json!([]),
        json!({"result": {"error": "txnNotFound", "status": "error"}}),
        json!({"transaction": HASH, "error": "txnNotFound"}),
        json!({"tx_json": {"Account": BOB}, "validated": true}),
    ] {
        assert_eq!(read(&none).unwrap_err(), RecordError::NoTransaction, "{none}");
    }
    for (extra, expected) in [
        (json!({"meta": 5}), "meta"),
        (json!({"meta": "XY"}), "meta"),
        (json!({"meta": "F9"}), "meta"),
        (
            json!({"meta": {"TransactionResult": "tesSUCCESS", "TransactionIndex": 0}}),
            "meta.AffectedNodes",
        ),
        (json!({"meta": {"AffectedNodes": [], "TransactionIndex": 0}}), "meta.TransactionResult"),
        (
            json!({"meta": {"AffectedNodes": [], "TransactionResult": "tesSUCCESS"}}),
            "meta.TransactionIndex",
        ),
        (
            json!({"meta": {"AffectedNodes": [], "TransactionResult": "tesSUCCESS", "TransactionIndex": -1}}),
            "meta.TransactionIndex",
        ),
        (json!({"Fee": "ten"}), "Fee"),
        (json!({"Account": "rX"}), "Account"),
        (json!({"tx_blob": "XY"}), "tx_blob"),
        (json!({"tx_blob": "12"}), "tx_blob"),
        (json!({"tx_blob": "120000"}), "Account"),
        (json!({"tx_blob": "8114550FC62003E785DC231A1058A05E56E3F09CF4E6"}), "TransactionType"),
    ] {
        let error = read(&part(extra.clone())).unwrap_err();
        let RecordError::BadValue { path, .. } = &error else { panic!("{extra}: {error}") };
        assert_eq!(path, expected, "{error}");
    }
}

#[test]
fn a_transaction_of_a_newer_type_is_called_by_the_number_of_its_type() {
    let binary = json!({"tx_blob": BLOB.replacen("120000", "1203E7", 1), "meta_blob": META,
        "validated": true, "ledger_index": 38129});
    let spelled = merged(&[
        content(),
        json!({"TransactionType": "Teleport", "meta": meta(),
        "validated": true, "ledger_index": 38129}),
    ]);
    let (spelled, binary) = (spelled.to_string(), binary.to_string());
    let record = TxRecord::read_with_binary(&spelled, &binary, &Around::default()).unwrap();
    assert_eq!(record.transaction_type(), "999");
    let record = record.bind_to_claim().unwrap();
    assert!(record.is_understood());
    // What it did to balances is told, and that nobody knows what it means.
    assert_eq!(record.delivered(), &Delivered::NotAPayment);
    let incoming = record.incoming(&BOB.parse().unwrap());
    assert_eq!(incoming.len(), 1);
    assert_eq!(incoming[0].way, Way::Unknown("999".to_owned()));
}

#[test]
fn newer_fields_are_read_from_the_binary_form() {
    let valid = json!({"validated": true, "ledger_index": 38129});
    let newer = json!({"FieldOf2040": 7});
    let json = merged(&[content(), newer, json!({"meta": meta()}), valid.clone()]);
    assert_eq!(read(&json).unwrap_err(), RecordError::UnknownField("FieldOf2040".to_owned()));
    let mut kind = merged(&[json, json!({"TransactionType": "Teleport"})]);
    kind.as_object_mut().unwrap().remove("FieldOf2040");
    assert_eq!(read(&kind).unwrap_err(), RecordError::UnknownField("Teleport".to_owned()));
    // A 32-bit number of the unknown code 99, in its place before the amount.
    let newer_blob = BLOB.replace("6140000002540BE400", "2063000000076140000002540BE400");
    let text =
        merged(&[content(), json!({"meta": meta(), "FieldOf2040": 7}), valid.clone()]).to_string();
    for (metadata, what) in [(META, "decodes"), ("2063", "does not decode")] {
        let binary =
            merged(&[json!({"tx_blob": newer_blob, "meta_blob": metadata}), valid.clone()]);
        let record =
            TxRecord::read_with_binary(&text, &binary.to_string(), &Around::default()).unwrap();
        assert_eq!(record.transaction().len(), content().as_object().unwrap().len() + 1, "{what}");
        assert_eq!(record.hash(), codec::transaction_id(record.blob()));
        assert_ne!(record.hash(), HASH.parse().unwrap());
        assert_eq!(Value::Object(record.metadata().clone()), meta(), "{what}");
    }
    // Both must be of one place.
    let elsewhere =
        json!({"tx_blob": BLOB, "meta_blob": META, "validated": true, "ledger_index": 5});
    let error = TxRecord::read_with_binary(&text, &elsewhere.to_string(), &Around::default());
    assert!(matches!(error, Err(RecordError::Contradiction { .. })));
}

#[test]
fn whole_messages_give_each_of_their_transactions() {
    let one = merged(&[content(), json!({"hash": HASH, "metaData": meta()})]);
    let ledger = |validated: Value, entries: Value| {
        json!({"result": {"validated": validated, "ledger_index": 38129, "ledger_hash": LEDGER_HASH,
            "ledger": {"ledger_index": "38129", "close_time": 410_424_200, "transactions": entries}}})
    };
    let all = |message: Value| TxRecord::read_all(&message.to_string()).unwrap();
    let binary = json!({"tx_blob": BLOB, "meta": META});
    let mut records = all(ledger(json!(true), json!([one, binary, {"tx_blob": "00"}])));
    assert!(matches!(records.pop(), Some(Err(RecordError::NoMetadata))));
    for record in records {
        let record = record.unwrap();
        assert_eq!(record.ledger_hash(), LEDGER_HASH.parse().ok());
        assert_whole(record, "a ledger's");
    }
    assert_eq!(all(ledger(json!(true), json!([HASH]))).len(), 0);
    let open = all(ledger(json!(false), json!([one])));
    assert!(matches!(open[..], [Err(RecordError::NotValidated)]));
    let entry = json!({"tx": merged(&[content(), inline()]), "meta": meta(), "validated": true});
    for outer in [json!(true), json!(null)] {
        let mut message = json!({"result": {"account": BOB, "transactions": [entry, entry]}});
        if !outer.is_null() {
            message["result"]["validated"] = outer;
        }
        let records = all(message);
        assert_eq!(records.len(), 2);
        records.into_iter().for_each(|record| assert_whole(record.unwrap(), "an account's"));
    }
    // Entries that say nothing of it are as validated as the message says.
    let silent = json!({"tx": merged(&[content(), inline()]), "meta": meta()});
    for (outer, entry, good) in
        [(true, &silent, true), (false, &silent, false), (false, &entry, false)]
    {
        let message =
            json!({"result": {"account": BOB, "validated": outer, "transactions": [entry]}});
        let record = all(message).pop().unwrap();
        assert_eq!(record.is_ok(), good, "{outer} {entry}");
        assert!(record.err().is_none_or(|error| error == RecordError::NotValidated));
    }
    let stream = merged(&[
        json!({"type": "transaction", "transaction": merged(&[content(), json!({"hash": HASH, "date": 410_424_200})])}),
        json!({"meta": meta(), "validated": true, "ledger_index": 38129}),
    ]);
    assert_whole(all(stream).pop().unwrap().unwrap(), "a stream's");
    for nothing in [
        json!({"type": "ledgerClosed", "ledger_index": 5}),
        json!({"result": {"info": {}}, "status": "success"}),
        json!({"error": "txnNotFound", "transaction": HASH}),
        json!([1]),
    ] {
        assert_eq!(all(nothing).len(), 0);
    }
    assert!(TxRecord::read_all("{").is_err());
}

#[test]
fn what_the_network_makes_comes_from_nobody() {
    let pseudo = json!({"Account": "", "Fee": "0", "LedgerSequence": 94_084_608, "Sequence": 0,
        "SigningPubKey": "", "TransactionType": "UNLModify", "UNLModifyDisabling": 1,
        "UNLModifyValidator": "ED63CF929BE85B266A66584B3FE2EB97FC248203F0271DC9C833563E60418E7818"});
    let part = merged(&[pseudo, json!({"meta": meta(), "validated": true, "ledger_index": 38129})]);
    assert_eq!(read(&part).unwrap().account(), AccountId::ZERO);
}

#[test]
fn xahau_is_known_by_its_network_or_said_to_be() {
    let xahau = json!({"TransactionType": "Invoke", "Account": BOB, "NetworkID": 21337, "Fee": "10",
        "Sequence": 1, "SigningPubKey": ""});
    let part = |content: Value| {
        merged(&[content, json!({"meta": meta(), "validated": true, "ledger_index": 1})])
    };
    let record = read(&part(xahau.clone())).unwrap();
    assert_eq!(record.transaction()["TransactionType"], "Invoke");
    let mut elsewhere = xahau;
    elsewhere["NetworkID"] = 1025.into();
    let error = read(&part(elsewhere.clone())).unwrap_err();
    assert_eq!(error, RecordError::UnknownField("Invoke".to_owned()));
    let around = Around { chain: Chain::Xahau, ..Around::default() };
    // Its number 0 in ledger 1 of network 21337.
    let placed = merged(&[part(elsewhere.clone()), json!({"ctid": "C000000100005359"})]);
    assert_eq!(read(&placed).unwrap().chain(), Chain::Xahau);
    assert!(TxRecord::from_value(part(elsewhere), &around).is_ok());
    let blob = json!({"tx_blob": crate::types::hex::encode(record.blob())});
    let record = TxRecord::from_value(part(blob), &around).unwrap();
    assert_eq!(record.transaction()["TransactionType"], "Invoke");
    assert_eq!([Chain::Xrpl, Chain::Xahau].map(Chain::native_asset), ["XRP", "XAH"]);
}

/// What a node writes ends in logs and on terminals.
#[test]
fn words_that_no_server_has_are_no_codes_and_are_not_printed_as_they_are() {
    let result = |code: &str| {
        let meta = json!({"AffectedNodes": [], "TransactionIndex": 0, "TransactionResult": code});
        read(&merged(&[inline(), content(), json!({"meta": meta, "validated": true})]))
    };
    for code in ["tecPATH_DRY", "tecNEW_IN_2030", &"t".repeat(64)] {
        assert_eq!(result(code).unwrap().result().code(), code);
    }
    for code in ["", "tec\n", "\u{1b}[31m", "tec DRY", "tecDR\u{202e}Y", &"t".repeat(65)] {
        let error = result(code).unwrap_err().to_string();
        assert!(error.contains("meta.TransactionResult is wrong: expected a code"), "{error}");
    }
    let mut odd = content();
    odd["\u{1b}[31m\n\u{202e}"] = 1.into();
    let error = read(&merged(&[inline(), odd, json!({"meta": meta(), "validated": true})]));
    let error = error.unwrap_err();
    assert!(matches!(error, RecordError::UnknownField(_)), "{error}");
    let text = error.to_string();
    assert!(!text.contains(['\u{1b}', '\n', '\u{202e}']) && text.contains("[31m"), "{text}");
}
