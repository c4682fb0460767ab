//! One value of each kind with its bytes, and values that have none.

use serde_json::{Value, json};

use super::{decoded, encoded, is_unknown};
use crate::codec::EncodeError;

/// Issuer and currency of the tokens below, as they end each amount.
const ISSUER: &str = "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";
const USD: &str =
    "00000000000000000000000055534400000000000A20B3C85F482532A9578DBB3950B85CA06594D1";
const MPT: &str = "00002403C84A0A28E0190E208E982C352BBD5006600555CF";
const HASH: &str = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";

fn usd(value: &str) -> Value {
    json!({"currency": "USD", "issuer": ISSUER, "value": value})
}

/// Encodes to these bytes, which decode to the same JSON.
fn both_ways(json: Value, bytes: &str) {
    assert_eq!(encoded(json.clone()).as_deref(), Ok(bytes), "{json}");
    assert_eq!(decoded(bytes), json);
}

/// Encodes to these bytes, which decode to the same thing spelled otherwise.
fn one_way(json: Value, bytes: &str) {
    assert_eq!(encoded(json.clone()).as_deref(), Ok(bytes), "{json}");
}

fn refused(json: Value) -> String {
    match encoded(json.clone()) {
        Err(error @ EncodeError::BadValue { .. }) => error.to_string(),
        other => panic!("{json} gave {other:?}"),
    }
}

#[test]
fn drops() {
    for (drops, bytes) in [
        ("1", "614000000000000001"),
        ("10000000000", "6140000002540BE400"),
        ("0", "614000000000000000"),
        ("-5", "610000000000000005"),
        ("2305843009213693951", "615FFFFFFFFFFFFFFF"),
    ] {
        both_ways(json!({"Amount": drops}), bytes);
    }
    one_way(json!({"Amount": 12}), "61400000000000000C");
    for drops in [json!("1.5"), json!("1e5"), json!("+1"), json!(""), json!(1.0), json!(null)] {
        assert!(refused(json!({"Amount": drops})).starts_with("Amount: "));
    }
    refused(json!({"Amount": "2305843009213693952"}));
    refused(json!({"Amount": "99999999999999999999"}));
}

#[test]
fn tokens() {
    for (value, bits) in [
        ("1", "D4838D7EA4C68000"),
        ("0", "8000000000000000"),
        ("-1", "94838D7EA4C68000"),
        ("12.5", "D4C470DE4DF82000"),
        ("0.000001", "D3038D7EA4C68000"),
        ("9999999999999999e80", "EC6386F26FC0FFFF"),
        ("1000000000000000e-96", "C0438D7EA4C68000"),
        ("1000000000000000e-4", "D7438D7EA4C68000"),
        ("9999999999999999", "D86386F26FC0FFFF"),
    ] {
        both_ways(json!({"Amount": usd(value)}), &format!("61{bits}{USD}"));
    }
    // Other spellings of the same numbers.
    for (value, bits) in [
        ("1.0", "D4838D7EA4C68000"),
        ("10e-1", "D4838D7EA4C68000"),
        ("1E0", "D4838D7EA4C68000"),
        ("100000000000", "D7438D7EA4C68000"),
        ("0.00", "8000000000000000"),
        ("1e-81", "C0438D7EA4C68000"),
    ] {
        one_way(json!({"Amount": usd(value)}), &format!("61{bits}{USD}"));
    }
}

#[test]
fn no_value_is_rounded() {
    for value in ["1.0000000000000001", "12345678901234567", "1e-82", "1e96", "1e99999999999"] {
        let why = refused(json!({"Amount": usd(value)}));
        assert!(why.starts_with("Amount: "), "{why}");
    }
    for value in ["", "1,5", "0x10", "NaN", "١", " 1"] {
        refused(json!({"Amount": usd(value)}));
    }
}

#[test]
fn an_amount_is_of_one_asset() {
    refused(json!({"Amount": {"currency": "USD", "value": "1"}}));
    refused(json!({"Amount": {"issuer": ISSUER, "value": "1"}}));
    refused(json!({"Amount": {"currency": "USD", "issuer": ISSUER}}));
    refused(json!({"Amount": {"currency": "XRP", "issuer": ISSUER, "value": "1"}}));
    refused(json!({"Amount": {"mpt_issuance_id": MPT, "issuer": ISSUER, "value": "1"}}));
    refused(json!({"Amount": {"mpt_issuance_id": MPT, "currency": "USD", "value": "1"}}));
    let nobody = json!({"currency": "USD", "issuer": "rrrrrrrrrrrrrrrrrrrrrhoLvTp", "value": "1"});
    refused(json!({"Amount": nobody}));
}

#[test]
fn multi_purpose_tokens() {
    let amount = |value: &str| json!({"Amount": {"mpt_issuance_id": MPT, "value": value}});
    both_ways(amount("100"), &format!("61600000000000000064{MPT}"));
    both_ways(amount("-100"), &format!("61200000000000000064{MPT}"));
    both_ways(amount("0"), &format!("61600000000000000000{MPT}"));
    both_ways(amount("9223372036854775807"), &format!("61607FFFFFFFFFFFFFFF{MPT}"));
    for value in ["9223372036854775808", "1.5", "0x10", "a"] {
        refused(amount(value));
    }
}

#[test]
fn integers_and_their_names() {
    both_ways(json!({"TransactionType": "Payment"}), "120000");
    both_ways(json!({"TransactionType": 999}), "1203E7");
    both_ways(json!({"LedgerEntryType": "AccountRoot"}), "110061");
    both_ways(json!({"TransactionResult": "tecPATH_DRY"}), "031080");
    both_ways(json!({"TransactionResult": 99}), "031063");
    both_ways(
        json!({"PermissionValue": "PaymentMint"}),
        "20340001000A".replace("000A", "0009").as_str(),
    );
    both_ways(json!({"PermissionValue": "Payment"}), "203400000001");
    both_ways(json!({"PermissionValue": 70_000}), "203400011170");
    both_ways(
        json!({"Flags": 2_147_483_648_u32, "TickSize": 5}),
        "2280000000001010"
            .to_owned()
            .as_str()
            .get(..10)
            .map(|s| format!("{s}00101005"))
            .unwrap()
            .as_str(),
    );
    both_ways(json!({"LoanScale": -3}), "A1FFFFFFFD");
    both_ways(json!({"Unknown(11,7)": "-3"}), "B7FFFFFFFFFFFFFFFD");
    one_way(json!({"TransactionType": 0, "Sequence": "62"}), "120000240000003E");
    for bad in [
        json!({"Sequence": 4_294_967_296_u64}),
        json!({"Sequence": -1}),
        json!({"Sequence": 1.5}),
        json!({"Sequence": "+1"}),
        json!({"Sequence": []}),
        json!({"TransferFee": 65_536}),
        json!({"TickSize": 256}),
        json!({"LoanScale": 2_147_483_648_u32}),
    ] {
        refused(bad);
    }
}

#[test]
fn names_that_came_later_are_told_from_wrong_values() {
    for (json, why) in [
        (json!({"Novelty": 1}), r#"field "Novelty" is not known"#),
        (json!({"Memos": [{"Novelty": {}}]}), r#"field "Novelty" is not known"#),
        (json!({"TransactionType": "Teleport"}), r#""Teleport" is not a known TransactionType"#),
        (json!({"TransactionResult": "tecNEW"}), r#""tecNEW" is not a known TransactionResult"#),
    ] {
        let error = encoded(json).unwrap_err();
        assert!(is_unknown(&error));
        assert_eq!(error.to_string(), why);
    }
    assert!(!is_unknown(&encoded(json!({"Sequence": "x"})).unwrap_err()));
}

#[test]
fn integers_of_64_bits_are_hexadecimal_but_for_amounts() {
    both_ways(json!({"OwnerNode": "1f"}), "34000000000000001F");
    both_ways(json!({"MPTAmount": "31"}), "301A000000000000001F");
    both_ways(json!({"LockedAmount": "18446744073709551615"}), "301DFFFFFFFFFFFFFFFF");
    for node in [json!("1F"), json!("000000000000001F"), json!(31)] {
        one_way(json!({"OwnerNode": node}), "34000000000000001F");
    }
    one_way(json!({"MPTAmount": 31}), "301A000000000000001F");
    for bad in [json!(""), json!("0x1f"), json!("1g"), json!("+1"), json!("00000000000000001")] {
        refused(json!({"OwnerNode": bad}));
    }
    for bad in [json!("1f"), json!(""), json!("18446744073709551616"), json!(-1)] {
        refused(json!({"MPTAmount": bad}));
    }
}

#[test]
fn bytes_in_hexadecimal() {
    both_ways(
        json!({"EmailHash": "0123456789ABCDEF0123456789ABCDEF"}),
        "410123456789ABCDEF0123456789ABCDEF",
    );
    both_ways(json!({"LedgerHash": HASH}), &format!("51{HASH}"));
    both_ways(json!({"MPTokenIssuanceID": MPT}), &format!("0115{MPT}"));
    both_ways(json!({"TakerPaysCurrency": "00".repeat(20)}), &format!("0111{}", "00".repeat(20)));
    for (code, length) in [(20, 12), (22, 48), (23, 64)] {
        let bytes = "AB".repeat(length);
        both_ways(json!({format!("Unknown({code},1)"): bytes}), &format!("01{code:02X}{bytes}"));
    }
    one_way(json!({"LedgerHash": HASH.to_lowercase()}), &format!("51{HASH}"));
    one_way(json!({"EmailHash": ""}), &format!("41{}", "00".repeat(16)));
    both_ways(json!({"MemoData": ""}), "7D00");
    both_ways(json!({"MemoData": "AB".repeat(193)}), &format!("7DC100{}", "AB".repeat(193)));
    for bad in [json!({"LedgerHash": &HASH[2..]}), json!({"MemoData": "ABC"}), json!({"URI": "xy"})]
    {
        refused(bad);
    }
}

#[test]
fn lists_of_hashes() {
    both_ways(json!({"Hashes": []}), "021300");
    both_ways(json!({"Hashes": [HASH, HASH]}), &format!("021340{HASH}{HASH}"));
    let why = refused(json!({"Hashes": [HASH, "AB"]}));
    assert!(why.starts_with("Hashes[1]: "), "{why}");
    refused(json!({"Hashes": HASH}));
}

#[test]
fn accounts() {
    both_ways(json!({"Account": ISSUER}), "81140A20B3C85F482532A9578DBB3950B85CA06594D1");
    let why = refused(json!({"Account": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59C"}));
    assert!(why.starts_with("Account: ") && why.contains("checksum"), "{why}");
}

#[test]
fn numbers() {
    for (number, bytes) in [
        ("0", "000000000000000080000000"),
        ("1", "0DE0B6B3A7640000FFFFFFEE"),
        ("-1", "F21F494C589C0000FFFFFFEE"),
        ("0.5", "4563918244F40000FFFFFFED"),
        ("9223372036854775807", "7FFFFFFFFFFFFFFF00000000"),
        ("9223372036854775810", "0CCCCCCCCCCCCCCD00000001"),
        ("99999999999999999e-30", "0DE0B6B3A763FFF6FFFFFFE1"),
        ("1e20", "0DE0B6B3A764000000000002"),
        ("9e32767", "7CE66C50E284000000007FED"),
        ("1e-32750", "0DE0B6B3A7640000FFFF8000"),
    ] {
        both_ways(json!({"AssetsTotal": number}), &format!("94{bytes}"));
    }
    one_way(json!({"AssetsTotal": 1}), "940DE0B6B3A7640000FFFFFFEE");
    one_way(json!({"AssetsTotal": "1000000000000000e-15"}), "940DE0B6B3A7640000FFFFFFEE");
    // 16 digits were enough before the lending amendments.
    assert_eq!(decoded("9400038D7EA4C68000FFFFFFF1"), json!({"AssetsTotal": "1"}));
    assert_eq!(decoded("9400038D7EA4C68000FFFFFFFC"), json!({"AssetsTotal": "1e11"}));
    for bad in ["9223372036854775809", "1.0000000000000000001", "1e40000", "1e-32751", ""] {
        refused(json!({"AssetsTotal": bad}));
    }
}

#[test]
fn assets_and_bridges() {
    let native = "00".repeat(20);
    let account = "0A20B3C85F482532A9578DBB3950B85CA06594D1";
    let token = json!({"currency": "USD", "issuer": ISSUER});
    both_ways(json!({"Asset": {"currency": "XRP"}}), &format!("0318{native}"));
    both_ways(json!({"Asset": token}), &format!("0318{USD}"));
    let mpt = format!("0318{}{:040}03240000", &MPT[8..], 1);
    both_ways(json!({"Asset": {"mpt_issuance_id": MPT}}), &mpt);
    both_ways(
        json!({"XChainBridge": {
            "LockingChainDoor": ISSUER,
            "LockingChainIssue": {"currency": "XRP"},
            "IssuingChainDoor": "rrrrrrrrrrrrrrrrrrrrrhoLvTp",
            "IssuingChainIssue": token,
        }}),
        &format!("011914{account}{native}14{native}{USD}"),
    );
    both_ways(json!({"BaseAsset": "XRP"}), &format!("011A{native}"));
    both_ways(json!({"BaseAsset": "USD"}), &format!("011A{}", &USD[..40]));
    let lp = format!("03{}", "AB".repeat(19));
    both_ways(json!({"BaseAsset": lp}), &format!("011A{lp}"));
    for bad in [
        json!({"currency": "XRP", "issuer": ISSUER}),
        json!({"currency": "USD"}),
        json!({"currency": "USD", "issuer": "rrrrrrrrrrrrrrrrrrrrBZbvji"}),
        json!({"currency": "USD", "issuer": ISSUER, "mpt_issuance_id": MPT}),
        json!({"mpt_issuance_id": "00".repeat(24)}),
        json!({"issuer": ISSUER}),
        json!("XRP"),
    ] {
        refused(json!({"Asset": bad}));
    }
}

#[test]
fn the_native_code_is_the_ledgers_own() {
    use crate::{codec::Definitions, types::hex};

    let xahau = Definitions::xahau();
    let standard = |code: &str| {
        format!("{}{}{}", "00".repeat(12), hex::encode(code.as_bytes()), "00".repeat(5))
    };
    for (code, bytes) in
        [("XAH", "00".repeat(20)), ("XRP", standard("XRP")), ("USD", standard("USD"))]
    {
        let json = super::fields(json!({"BaseAsset": code}));
        let blob = xahau.encode_transaction(&json).unwrap();
        assert_eq!(hex::encode(&blob), format!("011A{bytes}"));
        assert_eq!(xahau.decode(&blob), Ok(json));
    }
    // What only looks like the native asset keeps its bytes and never gets the name.
    both_ways(json!({"BaseAsset": standard("XRP")}), &format!("011A{}", standard("XRP")));
}

#[test]
fn paths() {
    let account = "0A20B3C85F482532A9578DBB3950B85CA06594D1";
    both_ways(
        json!({"Paths": [
            [{"account": ISSUER}, {"currency": "USD", "issuer": ISSUER}],
            [{"currency": "XRP"}],
            [{"mpt_issuance_id": MPT}],
        ]}),
        &format!("011201{account}30{USD}FF10{}FF40{MPT}00", "00".repeat(20)),
    );
    // Servers print what the parts say anyway.
    let printed = json!({"account": ISSUER, "type": 1, "type_hex": "0000000000000001"});
    one_way(json!({"Paths": [[printed]]}), &format!("011201{account}00"));
    for bad in [
        json!([]),
        json!([[]]),
        json!([[{}]]),
        json!([[{"type": 1}]]),
        json!([[{"currency": "USD", "mpt_issuance_id": MPT}]]),
        json!("x"),
    ] {
        refused(json!({"Paths": bad}));
    }
}

#[test]
fn objects_and_arrays() {
    both_ways(json!({"Memos": []}), "F9F1");
    both_ways(json!({"Memos": [{"Memo": {"MemoData": "AB"}}, {"Memo": {}}]}), "F9EA7D01ABE1EAE1F1");
    both_ways(json!({"PreviousFields": {}}), "E6E1");
    both_ways(
        json!({"RawTransactions": [{"RawTransaction": {"Memos": [{"Memo": {"MemoType": "00"}}]}}]}),
        "F01EE022F9EA7C0100E1F1E1F1",
    );
    // Parsed memos, once added by some servers, are no part of the object.
    let parsed = json!({"Memos": [{"Memo": {"MemoData": "AB", "parsed_memo_data": "«"}}]});
    one_way(parsed, "F9EA7D01ABE1F1");
    for (bad, path) in [
        (json!({"Memos": {}}), "Memos: "),
        (json!({"Memos": [5]}), "Memos[0]: "),
        (json!({"Memos": [{}]}), "Memos[0]: "),
        (json!({"Memos": [{"Memo": {}, "Signer": {}}]}), "Memos[0]: "),
        (json!({"Memos": [{"Memo": {}}, {"Flags": {}}]}), "Memos[1].Flags: "),
        (json!({"Memos": [{"Memo": 5}]}), "Memos[0].Memo: "),
        (json!({"Memos": [{"Memo": {"MemoData": "x"}}]}), "Memos[0].Memo.MemoData: "),
    ] {
        let why = refused(bad);
        assert!(why.starts_with(path), "{why}");
    }
}

#[test]
fn fields_that_nobody_named_yet_are_kept() {
    both_ways(json!({"Unknown(2,200)": 7, "Sequence": 1}), "240000000120C800000007");
    both_ways(json!({"Unknown(6,99)": usd("1")}), &format!("6063D4838D7EA4C68000{USD}"));
    both_ways(
        json!({"Unknown(15,99)": [{"Unknown(14,99)": {"Flags": 1}}]}),
        "F063E0632200000001E1F1",
    );
    let why = refused(json!({"Unknown(2,200)": 7, "Unknown(02,200)": 7}));
    assert_eq!(why, "Unknown(2,200): the same field a second time");
}

/// Whoever reads the JSON looks for a field under its name: it must not hash as if it were there when it is
/// hidden under another one.
#[test]
fn a_field_with_a_name_has_no_other_one() {
    for json in [
        json!({"Unknown(2,14)": 7}),
        json!({"Flags": 1, "Unknown(2,2)": 1}),
        json!({"Memos": [{"Unknown(14,10)": {}}]}),
    ] {
        assert!(is_unknown(&encoded(json.clone()).unwrap_err()), "{json}");
    }
}
