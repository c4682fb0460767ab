//! Bytes that are cut off, changed, or made to do harm.

use serde_json::{Value, json};

use super::{encoded, vectors};
use crate::{
    codec::{
        Definitions, MAX_BLOB, MAX_DEPTH, MAX_FIELDS,
        error::{DecodeError, DecodeFault},
    },
    types::hex,
};

fn decode(blob: &[u8]) -> Result<Value, DecodeError> {
    Definitions::xrpl().decode(blob).map(Value::from)
}

fn fault(blob: &str) -> String {
    decode(&hex::decode(blob).unwrap()).unwrap_err().to_string()
}

/// Blobs with every kind of value.
fn samples() -> Vec<Vec<u8>> {
    let all = json!({
        "TransactionType": "Payment",
        "Flags": 1,
        "OwnerNode": "5",
        "EmailHash": "",
        "InvoiceID": "",
        "Amount": {"currency": "USD", "issuer": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B", "value": "1"},
        "Amount2": {"mpt_issuance_id": "00".repeat(24), "value": "1"},
        "Fee": "10",
        "Domain": "AB",
        "Account": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B",
        "AssetsTotal": "12.5",
        "LoanScale": -3,
        "Memos": [{"Memo": {"MemoData": "AB"}}],
        "TickSize": 5,
        "TakerPaysCurrency": "",
        "Paths": [[{"account": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B"}], [{"currency": "XRP"}]],
        "Hashes": ["", ""],
        "MPTokenIssuanceID": "",
        "Asset": {"mpt_issuance_id": "01".repeat(24)},
        "XChainBridge": {
            "LockingChainDoor": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B",
            "LockingChainIssue": {"currency": "XRP"},
            "IssuingChainDoor": "rrrrrrrrrrrrrrrrrrrrrhoLvTp",
            "IssuingChainIssue": {"currency": "USD", "issuer": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B"},
        },
        "BaseAsset": "USD",
    });
    let known = [vectors::TX, vectors::META].map(|blob| hex::decode(blob).unwrap());
    known.into_iter().chain([hex::decode(&encoded(all).unwrap()).unwrap()]).collect()
}

/// What was taken for an object is that object: it gives the same bytes again. Only a number may
/// have bytes that nobody writes today, of which there are as many.
fn is_exact(blob: &[u8]) {
    let Ok(json) = Definitions::xrpl().decode(blob) else { return };
    let again = Definitions::xrpl().encode_transaction(&json).unwrap();
    match json.get("AssetsTotal") {
        Some(number) if number != "12.5" => assert_eq!(again.len(), blob.len(), "{json:?}"),
        _ => assert_eq!(again, blob, "{json:?}"),
    }
}

#[test]
fn every_prefix_is_read_or_refused() {
    for blob in samples() {
        assert!(decode(&blob).is_ok());
        for end in 0..blob.len() {
            is_exact(&blob[..end]);
        }
    }
}

#[test]
fn every_damaged_byte_is_read_or_refused() {
    for blob in samples() {
        let mut damaged = blob.clone();
        for at in 0..blob.len() {
            let flipped = (0..8).map(|bit| blob[at] ^ (1 << bit));
            for byte in flipped.chain([0x00, 0x10, 0xE1, 0xF1, 0xFF]) {
                damaged[at] = byte;
                is_exact(&damaged);
            }
            damaged[at] = blob[at];
        }
    }
}

#[test]
fn a_nest_of_objects_is_as_deep_as_allowed_and_no_deeper() {
    let nest = |depth: usize| [vec![0xE6; depth], vec![0xE1; depth]].concat();
    let json = decode(&nest(MAX_DEPTH)).unwrap();
    assert_eq!(encoded(json).unwrap(), hex::encode(&nest(MAX_DEPTH)));
    assert_eq!(decode(&nest(MAX_DEPTH + 1)).unwrap_err().fault, DecodeFault::TooDeep);
    assert_eq!(decode(&[0xE6; 20_000]).unwrap_err().fault, DecodeFault::TooDeep);
    let arrays = [0xF9, 0xEA].repeat(10_000);
    assert_eq!(decode(&arrays).unwrap_err().fault, DecodeFault::TooDeep);

    let mut json = json!({});
    for _ in 0..=MAX_DEPTH {
        json = json!({"PreviousFields": json});
    }
    assert!(encoded(json).unwrap_err().to_string().contains("deeper"));
}

#[test]
fn sizes_are_bounded() {
    let large = vec![0; MAX_BLOB + 1];
    assert_eq!(decode(&large).unwrap_err().fault, DecodeFault::TooLarge(MAX_BLOB + 1));
    let memos = |count: usize| [&[0xF9][..], &[0xEA, 0xE1].repeat(count), &[0xF1]].concat();
    let fits = (MAX_FIELDS - 2) / 2;
    assert!(decode(&memos(fits)).is_ok());
    assert_eq!(decode(&memos(fits + 1)).unwrap_err().fault, DecodeFault::TooManyFields);
    let steps = [&[0x01, 0x12][..], &[0x10; 21].repeat(MAX_FIELDS)].concat();
    assert_eq!(decode(&steps).unwrap_err().fault, DecodeFault::TooManyFields);
}

#[test]
fn lengths_reach_no_further_than_the_bytes() {
    for (blob, why) in [
        ("7DFED41700", "byte 4: 918744 more bytes expected, 1 left"),
        ("7DFFFFFF", "byte 1: 255 begins no length"),
        ("7DFEFFFF", "byte 1: a length beyond that of any value"),
        ("8113", "byte 1: an account is 20 bytes"),
        ("0213210000", "byte 3: 33 more bytes expected, 2 left"),
    ] {
        assert_eq!(fault(blob), why);
    }
    let odd = format!("021321{}", "00".repeat(33));
    assert_eq!(fault(&odd), "byte 2: a list of hashes is a multiple of 32 bytes");
}

#[test]
fn an_object_has_one_form() {
    for (blob, why) in [
        ("2200000000120000", "byte 5: field TransactionType not in canonical order"),
        ("22000000002200000000", "byte 5: field Flags a second time in one object"),
        ("200200000000", "byte 0: a field header longer than it need be"),
        ("E1", "byte 0: an end marker outside of all objects"),
        ("F1", "byte 0: an end marker outside of all objects"),
        ("E6F1", "byte 1: the end of an array within an object"),
        ("F9E1", "byte 1: an array holds nothing but objects"),
        ("F92200000000F1", "byte 1: an array holds nothing but objects"),
        ("E6", "byte 1: 1 more bytes expected, 0 left"),
        ("C1", "byte 0: a field of the unknown type 12, whose length nobody can tell"),
        ("011B", "byte 0: a field of the unknown type 27, whose length nobody can tell"),
    ] {
        assert_eq!(fault(blob), why);
    }
}

#[test]
fn values_have_one_form_too() {
    let usd = "00000000000000000000000055534400000000000A20B3C85F482532A9578DBB3950B85CA06594D1";
    let native = "00".repeat(20);
    for blob in [
        "610000000000000000".to_owned(),
        format!("61C000000000000000{usd}"),
        format!("61D4838D7EA4C67FFF{usd}"),
        format!("61FF838D7EA4C68000{usd}"),
        format!("61D4838D7EA4C68000{native}{}", &usd[40..]),
        format!("61D4838D7EA4C68000{}{native}", &usd[..40]),
        format!("61610000000000000001{}", "00".repeat(24)),
        format!("61200000000000000000{}", "00".repeat(24)),
        format!("61608000000000000000{}", "00".repeat(24)),
        "94000000000000000000000000".to_owned(),
        "9400000000000000017FFFFFFF".to_owned(),
        "94000000000000000180000000".to_owned(),
        "94800000000000000000000000".to_owned(),
        "011200".to_owned(),
        format!("011210{native}FF00"),
        "011202".to_owned(),
        format!("011250{native}"),
        format!("0318{}{native}", &usd[..40]),
        format!("011913{native}"),
    ] {
        let why = fault(&blob);
        assert!(!why.contains("more bytes"), "{blob}: {why}");
    }
}
