//! Small pieces that the tests of this layer build transactions and metadata from.

use serde_json::{Value, json};

use crate::{
    codec::Definitions,
    types::{AccountId, MptId, hex},
};

pub(crate) const ANN: &str = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY";
pub(crate) const BOB: &str = "rLQBHVhFnaC5gLEkgr6HgBJJ3bgeZHg9cj";
pub(crate) const CAY: &str = "r3kmLJN5D28dHuH8vZNUZpMC43pEHpaocV";
/// The issuer of the tokens of [`mpt`].
pub(crate) const ISSUER: &str = "rs1u43vgYD9Fhj8sqmfeupuRx1W8iFFBtY";
pub(crate) const NONE: Value = Value::Null;

pub(crate) fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

/// An affected node; fields that are `NONE` are left out.
pub(crate) fn node(touch: &str, entry_type: &str, fields: Value, previous: Value) -> Value {
    let mut body = json!({ "LedgerEntryType": entry_type });
    let name = if touch == "CreatedNode" { "NewFields" } else { "FinalFields" };
    for (name, fields) in [(name, fields), ("PreviousFields", previous)] {
        if !fields.is_null() {
            body[name] = fields;
        }
    }
    json!({ touch: body })
}

pub(crate) fn created(entry_type: &str, fields: Value) -> Value {
    node("CreatedNode", entry_type, fields, NONE)
}

pub(crate) fn modified(entry_type: &str, fields: Value, previous: Value) -> Value {
    node("ModifiedNode", entry_type, fields, previous)
}

pub(crate) fn deleted(entry_type: &str, fields: Value, previous: Value) -> Value {
    node("DeletedNode", entry_type, fields, previous)
}
/// An account whose XRP went from one number of drops to another.
pub(crate) fn root(account: &str, before: &str, after: &str) -> Value {
    let fields = json!({"Account": account, "Balance": after});
    modified("AccountRoot", fields, json!({"Balance": before}))
}

/// What a trust line says about itself.
pub(crate) fn balance(value: &str) -> Value {
    json!({"currency": "USD", "issuer": "rrrrrrrrrrrrrrrrrrrrBZbvji", "value": value})
}

pub(crate) fn line(value: &str, low: &str, high: &str) -> Value {
    let limit = |issuer: &str| json!({"currency": "USD", "issuer": issuer, "value": "0"});
    json!({"Balance": balance(value), "LowLimit": limit(low), "HighLimit": limit(high)})
}
/// A trust line whose balance changed, as `low` sees it.
pub(crate) fn rippled(low: &str, high: &str, before: &str, after: &str) -> Value {
    modified("RippleState", line(after, low, high), json!({"Balance": balance(before)}))
}

/// The tokens of the tests' one issuance.
pub(crate) fn mpt() -> MptId {
    MptId::new(7, account(ISSUER))
}

pub(crate) fn token(holder: &str, counts: Value) -> Value {
    let mut fields = json!({"Account": holder, "MPTokenIssuanceID": mpt().to_string(), "Flags": 0});
    fields.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
    fields
}

/// An entry of a holder that changed.
pub(crate) fn holder(holder: &str, counts: Value, previous: Value) -> Value {
    modified("MPToken", token(holder, counts), previous)
}

/// The issuance, changed.
pub(crate) fn issuance(counts: Value, previous: Value) -> Value {
    let mut fields = json!({"Issuer": ISSUER, "Sequence": 7, "MaximumAmount": "900000"});
    fields.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
    modified("MPTokenIssuance", fields, previous)
}

/// The one transaction of ledger 38129: its bytes, its metadata, its hash.
pub(crate) const BLOB: &str = "1200002200000000240000003E6140000002540BE40068400000000000000A7321034AADB09CFF4A4804073701EC53C3510CDC95917C2BB0150FB742D0C66E6CEE9E74473045022022EB32AECEF7C644C891C19F87966DF9C62B1F34BABA6BE774325E4BB8E2DD62022100A51437898C28C2B297112DF8131F2BB39EA5FE613487DDD611525F17962646398114550FC62003E785DC231A1058A05E56E3F09CF4E68314D4CC8AB5B21D86A82C3E9E8D0ECF2404B77FECBA";
pub(crate) const META: &str = "201C00000000F8E3110061564C6ACBD635B0F07101F7FA25871B0925F8836155462152172755845CE691C49EE824000000016240000002540BE4008114D4CC8AB5B21D86A82C3E9E8D0ECF2404B77FECBAE1E1E51100612500007A55552485FDC606352F1B0785DA5DE96FB9DBAF43EB60ECBB01B7F6FA970F512CDA5F56B33FDD5CF3445E1A7F2BE9B06336BEBD73A5E3EE885D3EF93F7E3E2992E46F1AE6240000003E62400000E6D8EEB01EE1E72200000000240000003F2D0000000062400000E484E2CC148114550FC62003E785DC231A1058A05E56E3F09CF4E6E1E1F1031000";
pub(crate) const HASH: &str = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
pub(crate) const LEDGER_HASH: &str =
    "E6DB7365949BF9814D76BCC730B01818EB9136A89DB224F3F9F5AAE4569D758E";

fn json_of(blob: &str) -> Value {
    let blob = hex::decode(blob).unwrap();
    Value::Object(Definitions::xrpl().decode(&blob).unwrap())
}

/// The same transaction as JSON.
pub(crate) fn content() -> Value {
    json_of(BLOB)
}

/// Its metadata as JSON.
pub(crate) fn meta() -> Value {
    json_of(META)
}
