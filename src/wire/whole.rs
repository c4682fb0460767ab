//! A validated ledger with all its transactions in binary form, proven whole: the transactions hash to
//! the root that the header names, and the header to the name of the ledger.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{envelope::read_str, server_info::read_u32};
use crate::{
    codec::{self, header::LedgerHeader, tree::TransactionTree},
    types::{LedgerHash, TxHash, hex},
};

/// One ledger. What is in here follows from its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WholeLedger {
    pub(crate) index: u32,
    pub(crate) hash: LedgerHash,
    pub(crate) header: Box<LedgerHeader>,
    /// All its transactions; `None` when only the header was asked for.
    pub(crate) transactions: Option<Vec<Entry>>,
}

/// One transaction and what it did, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) hash: TxHash,
    pub(crate) blob: Vec<u8>,
    pub(crate) meta: Vec<u8>,
}

/// Why an answer is no whole ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WholeError {
    /// The node has the ledger, but has not validated it: ask again in a moment.
    #[error("the ledger is not validated yet")]
    NotValidated,
    #[error("{0}")]
    Unreadable(&'static str),
    /// What is there does not hash to what it should.
    #[error("{0}")]
    Damaged(&'static str),
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    validated: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger_index: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger_hash: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Inner<'a> {
    ledger_data: Option<&'a str>,
    #[serde(borrow)]
    transactions: Option<Vec<Blobs<'a>>>,
}

#[derive(Deserialize)]
struct Blobs<'a> {
    tx_blob: &'a str,
    /// Version 1 calls it `meta`.
    #[serde(alias = "meta")]
    meta_blob: &'a str,
}

/// Reads the `result` of `ledger` with `binary`, and with `transactions` and `expand` when `whole`.
pub(crate) fn read_whole_ledger(result: &str, whole: bool) -> Result<WholeLedger, WholeError> {
    let unreadable = WholeError::Unreadable;
    let outer: Fields<'_> =
        serde_json::from_str(result).map_err(|_| unreadable("the answer is no JSON object"))?;
    if outer.validated.is_none_or(|raw| raw.get() != "true") {
        return Err(WholeError::NotValidated);
    }
    let inner = outer.ledger.ok_or(unreadable("the answer holds no ledger"))?;
    let inner: Inner<'_> = serde_json::from_str(inner.get())
        .map_err(|_| unreadable("its ledger is not in binary form"))?;
    let header = inner
        .ledger_data
        .and_then(hex::decode)
        .and_then(|bytes| LedgerHeader::from_bytes(&bytes).ok())
        .ok_or(unreadable("its ledger has no header of 118 bytes"))?;
    let (index, hash) = (header.ledger_index, header.hash());
    let named = outer.ledger_hash.and_then(read_str).map(|text| text.parse() == Ok(hash));
    let placed = outer.ledger_index.and_then(|raw| serde_json::from_str(raw.get()).ok());
    if named == Some(false) || placed.and_then(|v| read_u32(&v)).is_some_and(|i| i != index) {
        return Err(WholeError::Damaged("the header is not that of the ledger it is said to be"));
    }
    let mut transactions = None;
    if whole {
        let blobs = inner.transactions.unwrap_or_default();
        let entries: Option<Vec<Entry>> = blobs.iter().map(Blobs::read).collect();
        let mut entries = entries.ok_or(unreadable("a transaction is not in binary form"))?;
        entries.sort_unstable_by_key(|entry| entry.hash);
        let tree = TransactionTree::new(entries.iter().map(|entry| (&entry.blob, &entry.meta)));
        if tree.map(|tree| tree.root()) != Ok(header.transaction_hash) {
            return Err(WholeError::Damaged("its transactions are not those of its header"));
        }
        transactions = Some(entries);
    }
    Ok(WholeLedger { index, hash, header: Box::new(header), transactions })
}

impl Blobs<'_> {
    fn read(&self) -> Option<Entry> {
        let (blob, meta) = (hex::decode(self.tx_blob)?, hex::decode(self.meta_blob)?);
        Some(Entry { hash: codec::transaction_id(&blob), blob, meta })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::codec::header::HEADER_SIZE;

    /// An answer with so many made-up transactions; any bytes do.
    fn answer(count: u8) -> Value {
        let entry = |n: u8| {
            let (blob, meta) = (vec![n; 200 + usize::from(n)], vec![n; 13_000]);
            Entry { hash: codec::transaction_id(&blob), blob, meta }
        };
        let mut entries: Vec<Entry> = (0..count).map(entry).collect();
        entries.sort_unstable_by_key(|entry| entry.hash);
        let tree = TransactionTree::new(entries.iter().map(|entry| (&entry.blob, &entry.meta)));
        let header = LedgerHeader {
            ledger_index: 5,
            transaction_hash: tree.unwrap().root(),
            ..LedgerHeader::from_bytes(&[7; HEADER_SIZE]).unwrap()
        };
        let list = entries.iter().map(
            |entry| json!({"tx_blob": hex::encode(&entry.blob), "meta": hex::encode(&entry.meta)}),
        );
        json!({
            "ledger": {"closed": true, "ledger_data": hex::encode(&header.to_bytes()),
                "transactions": list.collect::<Vec<_>>()},
            "ledger_hash": header.hash(),
            "ledger_index": 5, "validated": true,
        })
    }

    fn read(answer: &Value) -> Result<WholeLedger, WholeError> {
        read_whole_ledger(&answer.to_string(), true)
    }

    #[test]
    fn a_ledger_is_whole_and_names_its_parent() {
        let ledger = read(&answer(40)).unwrap();
        assert_eq!((ledger.index, ledger.header.parent_hash), (5, LedgerHash::from_bytes([7; 32])));
        assert_eq!(ledger.transactions.unwrap().len(), 40);
        assert_eq!(read(&answer(0)).unwrap().transactions, Some(Vec::new()));
        let header = read_whole_ledger(&answer(3).to_string(), false).unwrap();
        assert_eq!(header.transactions, None);
    }

    #[test]
    fn one_missing_doubled_or_altered_transaction_is_damage() {
        let damage = |change: fn(&mut Vec<Value>)| {
            let mut answer = answer(6);
            change(answer["ledger"]["transactions"].as_array_mut().unwrap());
            read(&answer)
        };
        assert!(damage(|list| list.reverse()).is_ok(), "in any order");
        for change in [
            (|list| drop(list.pop())) as fn(&mut Vec<Value>),
            |list| list.push(list[0].clone()),
            |list| list.clear(),
            |list| list[0]["meta"] = list[1]["meta"].clone(),
            |list| list[0]["tx_blob"] = list[1]["tx_blob"].clone(),
        ] {
            assert!(matches!(damage(change), Err(WholeError::Damaged(_))));
        }
    }

    #[test]
    fn another_header_than_the_one_named_is_damage_and_an_open_ledger_is_not_there_yet() {
        let with = |key: &str, value: Value| {
            let mut answer = answer(2);
            answer[key] = value;
            read(&answer)
        };
        for (key, value) in [("ledger_hash", json!("07".repeat(32))), ("ledger_index", json!(4))] {
            assert!(matches!(with(key, value), Err(WholeError::Damaged(_))), "{key}");
        }
        for value in [json!(false), json!("true"), Value::Null] {
            assert_eq!(with("validated", value), Err(WholeError::NotValidated));
        }
        for text in ["{}", "[]", r#"{"validated":true}"#, r#"{"validated":true,"ledger":{}}"#] {
            assert!(read_whole_ledger(text, true).is_err(), "{text}");
        }
    }
}
