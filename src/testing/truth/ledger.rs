//! A closed ledger: the header as its exact 118 bytes, the tree of its transactions, their hashes.

use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

use serde_json::{Map, Value};

use crate::types::{AccountId, Hash256, LedgerHash, RippleTime, TxHash, sha512_half};

/// Close times of simulated ledgers are rounded to this many seconds.
pub(super) const CLOSE_RESOLUTION: u8 = 10;

/// One validated ledger of the truth.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ledger {
    /// Its number in the chain.
    pub index: u32,
    /// The hash of its header.
    pub hash: LedgerHash,
    /// The hash of the ledger before it.
    pub parent_hash: LedgerHash,
    /// When it closed, rounded to ten seconds like on the real network.
    pub close_time: RippleTime,
    /// When the ledger before it closed.
    pub parent_close_time: RippleTime,
    /// All XRP there is, in drops; each fee makes it smaller.
    pub total_drops: u64,
    /// The root of the tree of its transactions; zeros when it has none.
    pub transaction_hash: Hash256,
    /// The root of the state tree: bytes from the seed, because the state is not hashed here.
    pub account_hash: Hash256,
    /// To how many seconds the close time is rounded.
    pub close_time_resolution: u8,
    /// 1 when the validators did not agree on the close time, else 0.
    pub close_flags: u8,
    /// Its transactions in the order in which they were applied.
    pub transactions: Vec<Arc<LedgerTransaction>>,
}

impl Ledger {
    /// Closes a ledger on top of `parent`'s values; computes the tree and the header's hash.
    pub(in crate::testing) fn close(
        index: u32,
        parent: (LedgerHash, RippleTime),
        close_time: RippleTime,
        total_drops: u64,
        account_hash: Hash256,
        transactions: Vec<Arc<LedgerTransaction>>,
    ) -> Ledger {
        let leaves = transactions.iter().map(|tx| (*tx.hash.as_bytes(), tx.leaf_hash())).collect();
        let mut ledger = Ledger {
            index,
            hash: LedgerHash::from_bytes([0; 32]),
            parent_hash: parent.0,
            close_time,
            parent_close_time: parent.1,
            total_drops,
            transaction_hash: Hash256::from_bytes(tree_root(leaves)),
            account_hash,
            close_time_resolution: CLOSE_RESOLUTION,
            close_flags: 0,
            transactions,
        };
        ledger.hash = LedgerHash::from_bytes(sha512_half(&[b"LWR\0", &ledger.header()]));
        ledger
    }

    /// The header's 118 bytes, from which [`Ledger::hash`] is made.
    pub fn header(&self) -> [u8; 118] {
        let mut header = [0; 118];
        header[..4].copy_from_slice(&self.index.to_be_bytes());
        header[4..12].copy_from_slice(&self.total_drops.to_be_bytes());
        header[12..44].copy_from_slice(self.parent_hash.as_bytes());
        header[44..76].copy_from_slice(self.transaction_hash.as_bytes());
        header[76..108].copy_from_slice(self.account_hash.as_bytes());
        header[108..112].copy_from_slice(&self.parent_close_time.seconds().to_be_bytes());
        header[112..116].copy_from_slice(&self.close_time.seconds().to_be_bytes());
        header[116] = self.close_time_resolution;
        header[117] = self.close_flags;
        header
    }
}

/// One transaction of a validated ledger, in all its forms.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LedgerTransaction {
    /// Its hash.
    pub hash: TxHash,
    /// The ledger that holds it.
    pub ledger_index: u32,
    /// Its place among the transactions of that ledger (`TransactionIndex`).
    pub index: u32,
    /// The signed transaction as bytes.
    pub blob: Vec<u8>,
    /// The metadata as bytes; empty for recorded metadata that have none.
    pub meta_blob: Vec<u8>,
    /// The signed transaction as JSON, with the fields of the ledger only.
    pub json: Map<String, Value>,
    /// The metadata as JSON, as it is stored: without the `delivered_amount` that servers add.
    pub metadata: Map<String, Value>,
    pub(in crate::testing) affected: OnceLock<HashSet<AccountId>>,
}

impl LedgerTransaction {
    /// `tesSUCCESS`, or the `tec` code of its failure.
    pub fn result(&self) -> &str {
        self.metadata.get("TransactionResult").and_then(Value::as_str).unwrap_or_default()
    }

    /// The accounts to which servers publish it: those named by the fields of the entries it affected,
    /// and the issuers of the amounts in them (rippled, `AcceptedLedgerTx`).
    pub(in crate::testing) fn affected(&self) -> &HashSet<AccountId> {
        self.affected.get_or_init(|| affected_accounts(&self.metadata))
    }

    pub(in crate::testing) fn leaf_hash(&self) -> [u8; 32] {
        let (blob, meta) = (length_prefix(self.blob.len()), length_prefix(self.meta_blob.len()));
        sha512_half(&[b"SND\0", &blob, &self.blob, &meta, &self.meta_blob, self.hash.as_bytes()])
    }
}

fn affected_accounts(metadata: &Map<String, Value>) -> HashSet<AccountId> {
    let nodes = metadata.get("AffectedNodes").and_then(Value::as_array).into_iter().flatten();
    let wrapped = nodes.filter_map(Value::as_object).flat_map(Map::values);
    let fields = wrapped.filter_map(|node| {
        node.get("NewFields").or_else(|| node.get("FinalFields")).and_then(Value::as_object)
    });
    let named = fields.flat_map(Map::values).filter_map(|value| match value {
        Value::String(text) if text.starts_with('r') => text.parse().ok(),
        Value::Object(amount) => amount.get("issuer")?.as_str()?.parse().ok(),
        _ => None,
    });
    named.filter(|account| *account != AccountId::ONE).collect()
}

/// The length prefix of variable-length fields (xrpl.org, "Serialization Format").
fn length_prefix(length: usize) -> Vec<u8> {
    match length {
        0..=192 => vec![length as u8],
        193..=12_480 => {
            let rest = length - 193;
            vec![193 + (rest >> 8) as u8, rest as u8]
        }
        12_481..=918_744 => {
            let rest = length - 12_481;
            vec![241 + (rest >> 16) as u8, (rest >> 8) as u8, rest as u8]
        }
        _ => {
            panic!("a transaction or its metadata has {length} bytes, at most 918744 are possible")
        }
    }
}

/// The root over (key, leaf hash) pairs: a trie over the digits of the key, in which a leaf stands
/// as high as it can (rippled, `SHAMap`). No leaves at all give zeros.
pub(in crate::testing) fn tree_root(mut leaves: Vec<([u8; 32], [u8; 32])>) -> [u8; 32] {
    if leaves.is_empty() {
        return [0; 32];
    }
    leaves.sort_unstable();
    inner_hash(&leaves, 0)
}

/// Goes at most 64 levels deep: keys differ in one of their 64 digits.
fn inner_hash(leaves: &[([u8; 32], [u8; 32])], depth: usize) -> [u8; 32] {
    let mut node = b"MIN\0".to_vec();
    for digit in 0..16 {
        let start = leaves.partition_point(|(key, _)| nibble(key, depth) < digit);
        let end = leaves.partition_point(|(key, _)| nibble(key, depth) <= digit);
        node.extend_from_slice(&match &leaves[start..end] {
            [] => [0; 32],
            [(_, leaf)] => *leaf,
            several => inner_hash(several, depth + 1),
        });
    }
    sha512_half(&[&node])
}

fn nibble(key: &[u8; 32], depth: usize) -> u8 {
    let byte = key[depth / 2];
    if depth.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F }
}
