//! Real transactions and values with known bytes.

use serde_json::{Value, json};

use super::{decoded, encoded, fields, same};
use crate::{
    codec::{Definitions, framing, transaction_id},
    types::{hex, sha512_half},
};

/// The one transaction of mainnet ledger 38129, of 2013.
pub(super) const TX: &str = "1200002200000000240000003E6140000002540BE40068400000000000000A7321034AADB09CFF4A4804073701EC53C3510CDC95917C2BB0150FB742D0C66E6CEE9E74473045022022EB32AECEF7C644C891C19F87966DF9C62B1F34BABA6BE774325E4BB8E2DD62022100A51437898C28C2B297112DF8131F2BB39EA5FE613487DDD611525F17962646398114550FC62003E785DC231A1058A05E56E3F09CF4E68314D4CC8AB5B21D86A82C3E9E8D0ECF2404B77FECBA";
pub(super) const META: &str = "201C00000000F8E3110061564C6ACBD635B0F07101F7FA25871B0925F8836155462152172755845CE691C49EE824000000016240000002540BE4008114D4CC8AB5B21D86A82C3E9E8D0ECF2404B77FECBAE1E1E51100612500007A55552485FDC606352F1B0785DA5DE96FB9DBAF43EB60ECBB01B7F6FA970F512CDA5F56B33FDD5CF3445E1A7F2BE9B06336BEBD73A5E3EE885D3EF93F7E3E2992E46F1AE6240000003E62400000E6D8EEB01EE1E72200000000240000003F2D0000000062400000E484E2CC148114550FC62003E785DC231A1058A05E56E3F09CF4E6E1E1F1031000";
const ID: &str = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
const LEAF: &str = "D42EE1686B347D14144A2398049A29E69BC3CF76140965EB1DAFC6BC351CA683";

pub(super) fn tx_json() -> Value {
    json!({
        "Account": "r3kmLJN5D28dHuH8vZNUZpMC43pEHpaocV",
        "Amount": "10000000000",
        "Destination": "rLQBHVhFnaC5gLEkgr6HgBJJ3bgeZHg9cj",
        "Fee": "10",
        "Flags": 0,
        "Sequence": 62,
        "SigningPubKey": "034AADB09CFF4A4804073701EC53C3510CDC95917C2BB0150FB742D0C66E6CEE9E",
        "TransactionType": "Payment",
        "TxnSignature": "3045022022EB32AECEF7C644C891C19F87966DF9C62B1F34BABA6BE774325E4BB8E2DD62022100A51437898C28C2B297112DF8131F2BB39EA5FE613487DDD611525F1796264639",
    })
}

#[test]
fn a_payment_of_2013_has_its_id_and_its_leaf() {
    let tx = hex::decode(TX).unwrap();
    assert_eq!(transaction_id(&tx).to_string(), ID);
    assert_eq!(decoded(TX), tx_json());
    assert_eq!(encoded(tx_json()), Ok(TX.to_owned()));

    let meta = Definitions::xrpl().encode_metadata(&fields(decoded(META))).unwrap();
    let mut leaf = b"SND\0".to_vec();
    for part in [&tx, &meta] {
        framing::write_length(&mut leaf, part.len()).unwrap();
        leaf.extend(part);
    }
    leaf.extend(hex::decode(ID).unwrap());
    assert_eq!(hex::encode(&sha512_half(&[&leaf])), LEAF);
}

#[test]
fn metadata_prints_as_a_server_prints_it() {
    let meta = decoded(META);
    assert_eq!(meta["TransactionResult"], "tesSUCCESS");
    assert_eq!(meta["TransactionIndex"], 0);
    assert_eq!(
        meta["AffectedNodes"][0]["CreatedNode"],
        json!({
            "LedgerEntryType": "AccountRoot",
            "LedgerIndex": "4C6ACBD635B0F07101F7FA25871B0925F8836155462152172755845CE691C49E",
            "NewFields": {
                "Account": "rLQBHVhFnaC5gLEkgr6HgBJJ3bgeZHg9cj",
                "Balance": "10000000000",
                "Sequence": 1,
            },
        })
    );
    assert_eq!(meta["AffectedNodes"][1]["ModifiedNode"]["PreviousTxnLgrSeq"], 31317);
    assert_eq!(meta["AffectedNodes"][1]["ModifiedNode"]["FinalFields"]["Balance"], "981481999380");
}

#[test]
fn every_shape_of_a_reply_gives_the_same_bytes() {
    let mut inline = fields(tx_json());
    for (key, value) in [
        ("hash", json!(ID)),
        ("date", json!(410_424_200)),
        ("inLedger", json!(38129)),
        ("ledger_index", json!(38129)),
        ("ctid", json!("C00094F100000000")),
        ("meta", decoded(META)),
        ("metaData", decoded(META)),
        ("validated", json!(true)),
        ("status", json!("success")),
        ("close_time_iso", json!("2013-01-02T06:43:20Z")),
        ("ledger_hash", json!("E6DB7365949BF9814D76BCC730B01818EB9136A89DB224F3F9F5AAE4569D758E")),
        ("owner_funds", json!("1")),
        ("warnings", json!([{"id": 1004}])),
        ("DeliverMax", json!("10000000000")),
    ] {
        inline.insert(key.to_owned(), value);
    }
    assert_eq!(encoded(inline.clone().into()), Ok(TX.to_owned()));
    assert!(same(&tx_json(), &inline.into()));

    let mut version_2 = fields(tx_json());
    let amount = version_2.remove("Amount").unwrap();
    version_2.insert("DeliverMax".to_owned(), amount);
    assert_eq!(encoded(version_2.into()), Ok(TX.to_owned()));
}

#[test]
fn a_deliver_max_that_is_not_the_amount_is_a_lie() {
    let mut lie = fields(tx_json());
    lie.insert("DeliverMax".to_owned(), "20000000000".into());
    let error = encoded(lie.into()).unwrap_err();
    assert_eq!(error.to_string(), "DeliverMax: not the same as Amount");
}

#[test]
fn additions_to_metadata_are_left_out_and_the_stored_amount_is_not() {
    let mut meta = fields(decoded(META));
    for key in ["delivered_amount", "nftoken_id", "offer_id", "mpt_issuance_id", "nftoken_ids"] {
        meta.insert(key.to_owned(), "unavailable".into());
    }
    assert_eq!(encoded(meta.clone().into()), Ok(META.to_owned()));
    meta.insert("DeliveredAmount".to_owned(), "5".into());
    assert_ne!(encoded(meta.into()), Ok(META.to_owned()));
}

#[test]
fn an_account_that_is_not_there_is_not_the_zero_account() {
    let tx = |kind: &str, account: &str| json!({"TransactionType": kind, "Account": account});
    let none = "1200668100".to_owned();
    assert_eq!(decoded(&none), tx("UNLModify", ""));
    assert_eq!(encoded(tx("UNLModify", "")), Ok(none));
    let zero = format!("1200658114{}", "00".repeat(20));
    assert_eq!(decoded(&zero), tx("SetFee", "rrrrrrrrrrrrrrrrrrrrrhoLvTp"));
    assert_eq!(encoded(tx("SetFee", "rrrrrrrrrrrrrrrrrrrrrhoLvTp")), Ok(zero));
}
