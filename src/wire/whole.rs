//! A validated ledger with all its transactions in binary form, proven whole: the transactions hash to
//! the root that the header names, and the header to the name of the ledger.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{frame::read_str, server_info::read_u32};
use crate::{
    codec,
    types::{LedgerHash, RippleTime, TxHash, hex, sha512_half},
};

/// Size of a ledger header in bytes (rippled, `LedgerHeader.h`).
const HEADER: usize = 118;

/// One ledger. What is in here follows from its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WholeLedger {
    pub(crate) index: u32,
    pub(crate) hash: LedgerHash,
    pub(crate) parent_hash: LedgerHash,
    pub(crate) close_time: RippleTime,
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
    let header: [u8; HEADER] = inner
        .ledger_data
        .and_then(hex::decode_array)
        .ok_or(unreadable("its ledger has no header of 118 bytes"))?;
    let (mut ledger, root) = read_header(&header).ok_or(unreadable("its header is short"))?;
    let named = outer.ledger_hash.and_then(read_str).map(|text| text.parse() == Ok(ledger.hash));
    let placed = outer.ledger_index.and_then(|raw| serde_json::from_str(raw.get()).ok());
    if named == Some(false) || placed.and_then(|v| read_u32(&v)).is_some_and(|i| i != ledger.index)
    {
        return Err(WholeError::Damaged("the header is not that of the ledger it is said to be"));
    }
    if whole {
        let blobs = inner.transactions.unwrap_or_default();
        let entries: Option<Vec<Entry>> = blobs.iter().map(Blobs::read).collect();
        let mut entries = entries.ok_or(unreadable("a transaction is not in binary form"))?;
        entries.sort_unstable_by_key(|entry| entry.hash);
        if tree_root(&entries) != Some(root) {
            return Err(WholeError::Damaged("its transactions are not those of its header"));
        }
        ledger.transactions = Some(entries);
    }
    Ok(ledger)
}

impl Blobs<'_> {
    fn read(&self) -> Option<Entry> {
        let (blob, meta) = (hex::decode(self.tx_blob)?, hex::decode(self.meta_blob)?);
        Some(Entry { hash: codec::transaction_id(&blob), blob, meta })
    }
}

/// The header's ledger and the root of its transactions.
fn read_header(header: &[u8; HEADER]) -> Option<(WholeLedger, [u8; 32])> {
    let (index, rest) = header.split_first_chunk()?;
    let (_total_drops, rest) = rest.split_first_chunk::<8>()?;
    let (parent_hash, rest) = rest.split_first_chunk()?;
    let (root, rest) = rest.split_first_chunk()?;
    let (_state, rest) = rest.split_first_chunk::<32>()?;
    let (_parent_close_time, rest) = rest.split_first_chunk::<4>()?;
    let (close_time, _) = rest.split_first_chunk()?;
    let ledger = WholeLedger {
        index: u32::from_be_bytes(*index),
        hash: LedgerHash::from_bytes(sha512_half(&[b"LWR\0", header])),
        parent_hash: LedgerHash::from_bytes(*parent_hash),
        close_time: RippleTime::from_seconds(u32::from_be_bytes(*close_time)),
        transactions: None,
    };
    Some((ledger, *root))
}

/// The root of the tree over sorted transactions: a trie over the digits of their hashes in which each
/// stands as high as it can (rippled, `SHAMap`). `None` when one is there twice or is too long.
fn tree_root(entries: &[Entry]) -> Option<[u8; 32]> {
    if entries.windows(2).any(|pair| pair[0].hash == pair[1].hash) {
        return None;
    }
    let leaves: Option<Vec<([u8; 32], [u8; 32])>> = entries
        .iter()
        .map(|Entry { hash, blob, meta }| {
            let (blob_size, meta_size) = (length_prefix(blob.len())?, length_prefix(meta.len())?);
            let parts: [&[u8]; 6] = [b"SND\0", &blob_size, blob, &meta_size, meta, hash.as_bytes()];
            Some((*hash.as_bytes(), sha512_half(&parts)))
        })
        .collect();
    Some(match leaves?.as_slice() {
        [] => [0; 32],
        leaves => inner_node(leaves, 0),
    })
}

/// At most 64 levels deep: distinct keys differ in one of their 64 digits.
fn inner_node(leaves: &[([u8; 32], [u8; 32])], depth: usize) -> [u8; 32] {
    let mut children = [[0; 32]; 16];
    for group in leaves.chunk_by(|one, next| digit(&one.0, depth) == digit(&next.0, depth)) {
        children[digit(&group[0].0, depth)] = match group {
            [(_, leaf)] => *leaf,
            several => inner_node(several, depth + 1),
        };
    }
    sha512_half(&[b"MIN\0", children.as_flattened()])
}

fn digit(key: &[u8; 32], depth: usize) -> usize {
    let byte = key.get(depth / 2).copied().unwrap_or_default();
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F })
}

/// The length prefix of the ledger's binary format.
fn length_prefix(length: usize) -> Option<Vec<u8>> {
    let byte = |n: usize| (n & 0xFF) as u8;
    Some(match length {
        0..=192 => vec![byte(length)],
        193..=12_480 => {
            let rest = length - 193;
            vec![byte(193 + (rest >> 8)), byte(rest)]
        }
        12_481..=918_744 => {
            let rest = length - 12_481;
            vec![byte(241 + (rest >> 16)), byte(rest >> 8), byte(rest)]
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// An answer with so many made-up transactions; any bytes do.
    fn answer(count: u8) -> Value {
        let entry = |n: u8| {
            let (blob, meta) = (vec![n; 200 + usize::from(n)], vec![n; 13_000]);
            Entry { hash: codec::transaction_id(&blob), blob, meta }
        };
        let mut entries: Vec<Entry> = (0..count).map(entry).collect();
        entries.sort_unstable_by_key(|entry| entry.hash);
        let mut header = [7; HEADER];
        header[..4].copy_from_slice(&5_u32.to_be_bytes());
        header[44..76].copy_from_slice(&tree_root(&entries).unwrap());
        let list = entries.iter().map(
            |entry| json!({"tx_blob": hex::encode(&entry.blob), "meta": hex::encode(&entry.meta)}),
        );
        json!({
            "ledger": {"closed": true, "ledger_data": hex::encode(&header),
                "transactions": list.collect::<Vec<_>>()},
            "ledger_hash": LedgerHash::from_bytes(sha512_half(&[b"LWR\0", &header])),
            "ledger_index": 5, "validated": true,
        })
    }

    fn read(answer: &Value) -> Result<WholeLedger, WholeError> {
        read_whole_ledger(&answer.to_string(), true)
    }

    #[test]
    fn a_ledger_is_whole_and_names_its_parent() {
        let ledger = read(&answer(40)).unwrap();
        assert_eq!((ledger.index, ledger.parent_hash), (5, LedgerHash::from_bytes([7; 32])));
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
