//! Finds the parts of a record in a message: content, metadata, hashes, place. The shapes differ by
//! API version, command and server; the names of the parts do not collide, so all are tried.

use std::fmt;

use serde_json::Value;

use super::{Around, Chain, RecordError};
use crate::{
    codec::Definitions,
    tx::fields::{self, Object},
    types::{Ctid, LedgerHash, RippleTime, TxHash, hex},
};

/// Names of the object that holds the transaction, where it is not spread over the part itself.
const CONTENT: [&str; 3] = ["tx_json", "transaction", "tx"];
/// Names of the transaction's bytes.
const BLOB: [&str; 2] = ["tx_blob", "tx"];
/// Names of the metadata: `tx` and streams, ledgers, `transaction_entry`, binary.
const METADATA: [&str; 4] = ["meta", "metaData", "metadata", "meta_blob"];

/// What a message says about one validated transaction.
pub(super) struct Parts {
    pub(super) chain: Chain,
    pub(super) content: Content,
    pub(super) metadata: Option<Meta>,
    pub(super) claimed: Vec<TxHash>,
    pub(super) ledger_index: Option<u32>,
    pub(super) ledger_hash: Option<LedgerHash>,
    pub(super) close_time: Option<RippleTime>,
    pub(super) ctid: Option<Ctid>,
}

/// The transaction.
pub(super) enum Content {
    Json(Object),
    Blob(Vec<u8>),
}

/// What it did.
pub(super) enum Meta {
    Json(Object),
    Blob(Vec<u8>),
}

impl Content {
    /// The signed bytes.
    pub(super) fn into_blob(self, definitions: &Definitions) -> Result<Vec<u8>, RecordError> {
        match self {
            Content::Blob(blob) => Ok(blob),
            Content::Json(json) => Ok(definitions.encode_transaction(&json)?),
        }
    }
}

impl Parts {
    pub(super) fn read(part: Value, around: &Around) -> Result<Parts, RecordError> {
        let mut root = unwrap(part).ok_or(RecordError::NoTransaction)?;
        let metadata = METADATA.iter().find_map(|name| root.remove(*name));
        let content = take_content(&mut root)?;
        // The transaction's own object repeats parts of the envelope.
        let nothing = Object::new();
        let nested = match &content {
            Some(Content::Json(json)) => json,
            _ => &nothing,
        };
        let envelope = [&root, nested];
        validated(&root, around)?;
        let numbers = ["ledger_index", "inLedger"];
        let indexes = envelope.iter().flat_map(|o| numbers.map(|name| fields::uint32(o, name)));
        let hashes = envelope.map(|object| fields::text(object, "ledger_hash")?.parse().ok());
        let times = envelope.iter().flat_map(|object| {
            let date = fields::uint32(object, "date").map(RippleTime::from_seconds);
            let iso = fields::text(object, "close_time_iso").and_then(|iso| iso.parse().ok());
            [date, iso]
        });
        let claimed = envelope.iter().filter_map(|o| fields::text(o, "hash")?.parse().ok());
        let claimed = claimed.collect();
        let ledger_index = one("ledger index", indexes.chain([around.ledger_index]))?;
        let ledger_hash = one("ledger hash", hashes.into_iter().chain([around.ledger_hash]))?;
        let close_time = one("close time", times.chain([around.close_time]))?;
        let ctid: Option<Ctid> = fields::text(&root, "ctid").and_then(|ctid| ctid.parse().ok());
        let metadata = metadata.map(read_metadata).transpose()?;
        let content = content.unwrap_or(Content::Json(root));
        let chain = chain(&content, ctid.as_ref()).unwrap_or(around.chain);
        Ok(Parts { chain, content, metadata, claimed, ledger_index, ledger_hash, close_time, ctid })
    }

    /// These parts, from a binary answer, with what only the JSON answer has.
    pub(super) fn completed_by(self, json: Parts) -> Result<Parts, RecordError> {
        let decodes = |meta: &Meta| match meta {
            Meta::Json(_) => true,
            Meta::Blob(blob) => json.chain.definitions().decode(blob).is_ok(),
        };
        Ok(Parts {
            chain: json.chain,
            content: self.content,
            metadata: self.metadata.filter(decodes).or(json.metadata),
            claimed: [self.claimed, json.claimed].concat(),
            ledger_index: one("ledger index", [self.ledger_index, json.ledger_index])?,
            ledger_hash: one("ledger hash", [self.ledger_hash, json.ledger_hash])?,
            close_time: one("close time", [self.close_time, json.close_time])?,
            ctid: one("place", [self.ctid, json.ctid])?,
        })
    }
}

/// Each part of a whole message that holds a transaction, and what stands around it.
pub(super) fn all(message: Value) -> Vec<(Value, Around)> {
    let Some(mut root) = unwrap(message) else { return Vec::new() };
    let mut around = Around {
        chain: Chain::default(),
        validated: root.get("validated").map(is_true),
        ledger_index: fields::uint32(&root, "ledger_index"),
        ledger_hash: fields::text(&root, "ledger_hash").and_then(|hash| hash.parse().ok()),
        close_time: None,
    };
    let entries = |object: &mut Object| match object.remove("transactions") {
        Some(Value::Array(entries)) => Some(entries),
        _ => None,
    };
    if let Some(ledger) = root.get_mut("ledger").and_then(Value::as_object_mut) {
        let index = fields::uint32(ledger, "ledger_index");
        around.ledger_index = around.ledger_index.or(index);
        around.close_time = fields::uint32(ledger, "close_time").map(RippleTime::from_seconds);
        let entries = entries(ledger).unwrap_or_default();
        // Not expanded, a ledger lists hashes.
        let expanded = entries.into_iter().filter(Value::is_object);
        return expanded.map(|entry| (entry, around.clone())).collect();
    }
    if let Some(entries) = entries(&mut root) {
        let around = Around { validated: around.validated, ..Around::default() };
        return entries.into_iter().map(|entry| (entry, around.clone())).collect();
    }
    if holds_transaction(&root) { vec![(Value::Object(root), Around::default())] } else { vec![] }
}

/// The object that says something: the `result` of a reply, or the message itself.
fn unwrap(message: Value) -> Option<Object> {
    let Value::Object(mut root) = message else { return None };
    match root.get_mut("result") {
        Some(Value::Object(result)) => Some(std::mem::take(result)),
        _ => Some(root),
    }
}

fn holds_transaction(root: &Object) -> bool {
    root.contains_key("TransactionType")
        || CONTENT.iter().any(|name| root.get(*name).is_some_and(Value::is_object))
        || BLOB.iter().any(|name| root.get(*name).is_some_and(Value::is_string))
}

/// The transaction; `None` when its fields stand in the part itself.
fn take_content(root: &mut Object) -> Result<Option<Content>, RecordError> {
    for name in BLOB {
        if let Some(Value::String(blob)) = root.get(name) {
            let blob = hex::decode(blob)
                .ok_or_else(|| RecordError::bad_value(name, "expected hexadecimal digits"))?;
            return Ok(Some(Content::Blob(blob)));
        }
    }
    for name in CONTENT {
        match root.remove(name) {
            Some(Value::Object(json)) if json.contains_key("TransactionType") => {
                return Ok(Some(Content::Json(json)));
            }
            _ => {}
        }
    }
    if root.contains_key("TransactionType") {
        return Ok(None);
    }
    Err(RecordError::NoTransaction)
}

/// Xahau's transactions name their network, and so do compact ids.
fn chain(content: &Content, ctid: Option<&Ctid>) -> Option<Chain> {
    let named = match content {
        Content::Json(json) => fields::uint32(json, "NetworkID"),
        Content::Blob(_) => None,
    };
    let placed = ctid.map(|ctid| u32::from(ctid.network_id()));
    let mut chains = [named, placed].into_iter().flatten().map(Chain::of_network);
    chains.find(|chain| *chain == Chain::Xahau)
}

/// Both the part and its envelope must say so, as far as they say anything; one of them must.
fn validated(root: &Object, around: &Around) -> Result<(), RecordError> {
    match (root.get("validated").map(is_true), around.validated) {
        (Some(true), None | Some(true)) | (None, Some(true)) => Ok(()),
        _ => Err(RecordError::NotValidated),
    }
}

/// The boolean alone; no text, no number.
fn is_true(value: &Value) -> bool {
    *value == Value::Bool(true)
}

fn read_metadata(metadata: Value) -> Result<Meta, RecordError> {
    match metadata {
        Value::Object(metadata) => Ok(Meta::Json(metadata)),
        Value::String(blob) => hex::decode(&blob)
            .map(Meta::Blob)
            .ok_or_else(|| RecordError::bad_value("meta", "expected hexadecimal digits")),
        _ => Err(RecordError::bad_value("meta", "expected an object or hexadecimal digits")),
    }
}

/// The one thing that all who tell it agree about.
fn one<T: PartialEq + fmt::Display>(
    what: &'static str,
    told: impl IntoIterator<Item = Option<T>>,
) -> Result<Option<T>, RecordError> {
    let mut told = told.into_iter().flatten();
    let Some(first) = told.next() else { return Ok(None) };
    match told.find(|other| *other != first) {
        Some(other) => Err(RecordError::contradiction(what, first, other)),
        None => Ok(Some(first)),
    }
}
