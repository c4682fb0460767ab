//! Reading single fields out of a transaction, an entry or an envelope, in all the spellings that
//! servers use. Nothing here guesses: a value of another form is `None`.

use serde_json::{Map, Value};

use crate::types::{AccountId, Amount, Currency, Hash256, MptId};

/// The standard form of the code XRP, which Xahau's servers print as such. Here a token is never
/// called so.
const XRP_TOKEN: &str = "0000000000000000000000005852500000000000";

/// A JSON object as the ledger's servers send it.
pub(crate) type Object = Map<String, Value>;

/// A field of text.
pub(crate) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

/// An unsigned number; indexes come as numbers from some servers and as numeric text from others.
pub(crate) fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64()?.try_into().ok(),
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        _ => None,
    }
}

/// A field that [`number`] can read.
pub(crate) fn uint32(object: &Object, name: &str) -> Option<u32> {
    number(object.get(name)?)
}

/// A field that holds a classic address.
pub(crate) fn account(object: &Object, name: &str) -> Option<AccountId> {
    text(object, name)?.parse().ok()
}

/// A field that holds an amount in any of the ledger's three forms.
pub(crate) fn amount(object: &Object, name: &str) -> Option<Amount> {
    read_amount(object.get(name)?)
}

/// An amount in any of the ledger's three forms.
pub(crate) fn read_amount(value: &Value) -> Option<Amount> {
    match value.get("currency") {
        Some(code) if code == "XRP" && value.get("issuer").is_some() => {
            let mut token = value.clone();
            token["currency"] = XRP_TOKEN.into();
            Amount::from_json(&token).ok()
        }
        _ => Amount::from_json(value).ok(),
    }
}

/// The code of a token. XRP is one on Xahau, which has another native asset.
pub(crate) fn currency(code: &str) -> Option<Currency> {
    if code == "XRP" { XRP_TOKEN.parse().ok() } else { code.parse().ok() }
}

/// A field that holds 32 bytes.
pub(crate) fn hash256(object: &Object, name: &str) -> Option<Hash256> {
    text(object, name)?.parse().ok()
}

/// A field that holds the id of an MPT issuance.
pub(crate) fn mpt_id(object: &Object, name: &str) -> Option<MptId> {
    text(object, name)?.parse().ok()
}

/// The bits of the field `Flags`, none when it is missing.
pub(crate) fn flags(object: &Object) -> u32 {
    uint32(object, "Flags").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn indexes_are_read_as_numbers_and_as_digits_and_nothing_else() {
        for (value, expected) in [
            (json!(7), Some(7)),
            (json!("7"), Some(7)),
            (json!(4_294_967_295_u32), Some(u32::MAX)),
            (json!(4_294_967_296_u64), None),
            (json!("4294967296"), None),
            (json!(-1), None),
            (json!("-1"), None),
            (json!("+1"), None),
            (json!(""), None),
            (json!(" 7"), None),
            (json!(7.5), None),
            (json!(true), None),
            (json!(null), None),
        ] {
            assert_eq!(number(&value), expected, "{value}");
        }
    }
}
