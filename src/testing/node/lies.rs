//! Transactions as a lying node has them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::view::View;
use crate::{
    codec::Definitions,
    testing::{
        faults::Fault,
        truth::{LedgerTransaction, World, definitions},
    },
    types::Amount,
};

impl View<'_> {
    /// The transaction itself, or what the node's faults make of it.
    pub(super) fn told(&self, tx: Arc<LedgerTransaction>) -> Arc<LedgerTransaction> {
        let codec = definitions(self.world.settings.network_id);
        let lie = |tx: Arc<LedgerTransaction>, fault| match fault {
            Fault::OtherTransaction => another(self.world, &tx).unwrap_or(tx),
            Fault::OtherContent => {
                let other = another(self.world, &tx);
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
            _ => tx,
        };
        self.strikes.iter().fold(tx, lie)
    }
}

/// The nearest transaction before this one, else the first of all, unless it is the only one.
fn another(world: &World, tx: &LedgerTransaction) -> Option<Arc<LedgerTransaction>> {
    let indexes = (world.oldest()..=tx.ledger_index).rev().chain(tx.ledger_index..=world.tip());
    let ledgers = indexes.filter_map(|index| world.ledger(index));
    let mut others = ledgers.flat_map(|ledger| {
        let others = ledger.transactions.iter().filter(|other| other.hash != tx.hash);
        others.cloned().collect::<Vec<_>>()
    });
    others.next()
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
