//! A closed ledger: the header as its exact 118 bytes, the tree of its transactions, their hashes.

use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

use serde_json::{Map, Value};

use crate::{
    codec::{header::LedgerHeader, tree::TransactionTree},
    types::{AccountId, Hash256, LedgerHash, RippleTime, TxHash},
};

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
        let tree = TransactionTree::new(transactions.iter().map(|tx| (&tx.blob, &tx.meta_blob)))
            .unwrap_or_else(|error| panic!("ledger {index} cannot be closed: {error}"));
        let mut ledger = Ledger {
            index,
            hash: LedgerHash::from_bytes([0; 32]),
            parent_hash: parent.0,
            close_time,
            parent_close_time: parent.1,
            total_drops,
            transaction_hash: tree.root(),
            account_hash,
            close_time_resolution: CLOSE_RESOLUTION,
            close_flags: 0,
            transactions,
        };
        ledger.hash = ledger.ledger_header().hash();
        ledger
    }

    /// The header's 118 bytes, from which [`Ledger::hash`] is made.
    pub fn header(&self) -> [u8; 118] {
        self.ledger_header().to_bytes()
    }

    fn ledger_header(&self) -> LedgerHeader {
        LedgerHeader {
            ledger_index: self.index,
            total_drops: self.total_drops,
            parent_hash: self.parent_hash,
            transaction_hash: self.transaction_hash,
            account_hash: self.account_hash,
            parent_close_time: self.parent_close_time,
            close_time: self.close_time,
            close_time_resolution: self.close_time_resolution,
            close_flags: self.close_flags,
        }
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
