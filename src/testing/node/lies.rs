//! Transactions as a lying node has them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::view::View;
use crate::{
    codec::Definitions,
    testing::{
        faults::Fault,
        truth::{Found, Ledger, LedgerTransaction, Signed, definitions},
    },
    types::{Amount, TxHash},
};

impl View<'_> {
    /// The transaction itself, or what the node's faults make of it.
    pub(super) fn told(&self, tx: Arc<LedgerTransaction>) -> Arc<LedgerTransaction> {
        let codec = definitions(self.world.settings.network_id);
        let lie = |tx: Arc<LedgerTransaction>, fault| match fault {
            Fault::OtherTransaction => self.another(&tx).unwrap_or(tx),
            Fault::OtherContent => {
                let other = self.another(&tx);
                let relabelled = other.map(|other| LedgerTransaction {
                    hash: tx.hash,
                    ledger_index: tx.ledger_index,
                    index: tx.index,
                    ..(*other).clone()
                });
                relabelled.map_or(tx, Arc::new)
            }
            Fault::AlteredContent => Arc::new(with_other_fields(&tx, codec)),
            Fault::AlteredMetadata => Arc::new(with_other_metadata(&tx, codec)),
            Fault::EarlierLedger(ledgers) => {
                let ledger_index = tx.ledger_index.saturating_sub(ledgers).max(self.world.oldest());
                Arc::new(LedgerTransaction { ledger_index, ..(*tx).clone() })
            }
            _ => tx,
        };
        self.strikes.iter().fold(tx, lie)
    }

    /// A ledger as the node has it: the true one, or that of its own chain.
    pub(super) fn told_ledger(&self, index: u32) -> Found<Arc<Ledger>> {
        if !self.strikes.has(Fault::ForgedChain) || self.world.closed(index).is_none() {
            return self.world.ledger(index);
        }
        let codec = definitions(self.world.settings.network_id);
        let mut parent: Option<Ledger> = None;
        for ledger in (self.world.oldest()..=index).filter_map(|index| self.world.closed(index)) {
            let altered =
                ledger.transactions.iter().map(|tx| Arc::new(with_other_metadata(tx, codec)));
            let before = parent.map_or(ledger.parent_hash, |parent| parent.hash);
            parent = Some(Ledger::close(
                ledger.index,
                (before, ledger.parent_close_time),
                ledger.close_time,
                ledger.total_drops,
                ledger.account_hash,
                altered.collect(),
            ));
        }
        Ok(parent.map(Arc::new))
    }

    /// The transaction as if it stood at another place of its ledger.
    pub(super) fn moved(&self, tx: &LedgerTransaction, index: u32) -> Arc<LedgerTransaction> {
        let mut moved = LedgerTransaction { index, ..tx.clone() };
        moved.metadata.insert("TransactionIndex".to_owned(), json!(index));
        let codec = definitions(self.world.settings.network_id);
        if let Ok(blob) = codec.encode_metadata(&moved.metadata) {
            moved.meta_blob = blob;
        }
        Arc::new(moved)
    }

    /// A transaction that no ledger holds, as if the newest one did.
    pub(super) fn invented(&self, hash: &TxHash) -> Option<Arc<LedgerTransaction>> {
        let newest = self.world.closed(self.tip()?)?;
        let signed = self.unvalidated().find(|signed| signed.hash == *hash)?;
        Some(Arc::new(self.world.as_if_in(&newest, signed)))
    }

    /// What is put into a ledger that does not hold it.
    pub(super) fn smuggled(&self, ledger: &Ledger) -> Option<Arc<LedgerTransaction>> {
        let signed = self.unvalidated().next()?;
        Some(Arc::new(self.world.as_if_in(ledger, signed)))
    }

    /// The signed transactions of which the node says that they are validated.
    fn unvalidated(&self) -> impl Iterator<Item = &Signed> {
        let unheld = self.strikes.has(Fault::Invents).then(|| self.world.unheld());
        let open = self.strikes.has(Fault::ValidatesOpenLedger).then(|| self.world.waiting());
        unheld.into_iter().flatten().chain(open.into_iter().flatten())
    }

    /// Another transaction to lie with; nothing when there is none.
    fn another(&self, tx: &LedgerTransaction) -> Option<Arc<LedgerTransaction>> {
        self.world.another(tx).ok().flatten()
    }
}

/// Another tag where there can be one, else another fee.
fn with_other_fields(tx: &LedgerTransaction, codec: &Definitions) -> LedgerTransaction {
    let mut altered = tx.clone();
    if altered.json.contains_key("Destination") {
        let tag = altered.json.get("DestinationTag").and_then(Value::as_u64).unwrap_or(0);
        altered.json.insert("DestinationTag".to_owned(), json!(tag ^ 1));
    } else {
        altered.json.insert("Fee".to_owned(), json!("13"));
    }
    if let Ok(blob) = codec.encode_transaction(&altered.json) {
        altered.blob = blob;
    }
    altered
}

fn with_other_metadata(tx: &LedgerTransaction, codec: &Definitions) -> LedgerTransaction {
    let mut altered = tx.clone();
    let metadata = &mut altered.metadata;
    if tx.result() == "tesSUCCESS" {
        let delivered = metadata.get("DeliveredAmount").or_else(|| tx.json.get("Amount"));
        let delivered = delivered.and_then(|json| Amount::from_json(json).ok());
        let more =
            delivered.and_then(|amount| (0..9).try_fold(amount, |sum, _| sum.checked_add(&amount)));
        if let Some(more) = more {
            metadata.insert("DeliveredAmount".to_owned(), json!(more));
        }
    } else {
        metadata.insert("TransactionResult".to_owned(), "tesSUCCESS".into());
    }
    if let Ok(blob) = codec.encode_metadata(metadata) {
        altered.meta_blob = blob;
    }
    altered
}
