//! The codec against known bytes, recorded ledgers, damage, and itself.

mod corpus;
mod damage;
mod generated;
mod values;
mod vectors;

use serde_json::{Map, Value};

use super::{Definitions, EncodeError};
use crate::types::{TokenValue, hex};

/// The fields of this JSON.
fn fields(json: Value) -> Map<String, Value> {
    match json {
        Value::Object(fields) => fields,
        other => panic!("{other} is not an object"),
    }
}

/// The bytes of this JSON, in hexadecimal.
fn encoded(json: Value) -> Result<String, EncodeError> {
    Definitions::xrpl().encode_transaction(&fields(json)).map(|blob| hex::encode(&blob))
}

/// The JSON of these bytes.
fn decoded(blob: &str) -> Value {
    let blob = hex::decode(blob).unwrap();
    Definitions::xrpl().decode(&blob).unwrap().into()
}

/// Whether the JSON may only be newer than the definitions.
fn is_unknown(error: &EncodeError) -> bool {
    !matches!(error, EncodeError::BadValue { .. })
}

/// Whether a server's JSON says the same as ours. Servers have spelled integers of 64 bits and the
/// values of tokens in more than one way, and add keys of their own.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let known = |key: &str| match key {
                "DeliverMax" => true,
                "type" | "type_hex" => true,
                _ => ours.contains_key(key) || key.starts_with(|c: char| c.is_ascii_lowercase()),
            };
            theirs.keys().all(|key| known(key))
                && ours.iter().all(|(key, value)| match theirs.get(key) {
                    Some(other) => same(value, other),
                    None => {
                        key == "Amount" && theirs.get("DeliverMax").is_some_and(|v| same(value, v))
                    }
                })
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b))
        }
        (Value::String(ours), Value::String(theirs)) => {
            ours == theirs || same_integer(ours, theirs) || same_value(ours, theirs)
        }
        _ => ours == theirs,
    }
}

fn same_integer(ours: &str, theirs: &str) -> bool {
    theirs.len() <= 16
        && u64::from_str_radix(ours, 16)
            .is_ok_and(|ours| u64::from_str_radix(theirs, 16) == Ok(ours))
}

fn same_value(ours: &str, theirs: &str) -> bool {
    ours.parse::<TokenValue>().is_ok_and(|ours| theirs.parse() == Ok(ours))
}
