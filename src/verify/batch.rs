//! Batches (XLS-56): the outside moves no value, each inner transaction has a hash of its own.

use serde_json::{Map, Value};

use crate::{
    codec::{self, Definitions},
    tx::ValidatedTransaction,
};

/// The type of a batch's outside.
pub(super) const OUTER: &str = "Batch";
/// A batch has at most 8 inner transactions; more than that were not made by the ledger.
const MAX_INNER: usize = 8;

/// Which hashes to ask for in place of a batch's.
pub(super) fn where_to_look(tx: &ValidatedTransaction) -> String {
    let listed = tx.raw_transaction().get("RawTransactions").and_then(Value::as_array);
    let inner = listed.into_iter().flatten().take(MAX_INNER).filter_map(inner);
    let inner: Vec<String> = inner.collect();
    let outside = "the outside of a batch, which says nothing about the transactions in it: verify";
    match inner.as_slice() {
        [] => format!("{outside} their own hashes"),
        hashes => format!("{outside} {}", hashes.join(", or ")),
    }
}

/// The hash of one inner transaction, and what it is.
fn inner(element: &Value) -> Option<String> {
    let transaction: &Map<String, Value> = element.get("RawTransaction")?.as_object()?;
    let blob = Definitions::xrpl().encode_transaction(transaction).ok()?;
    let hash = codec::transaction_id(&blob);
    let text = |name: &str| transaction.get(name).and_then(Value::as_str);
    let kind = text("TransactionType")?;
    Some(match text("Destination") {
        Some(destination) => format!("{hash} ({kind} to {destination})"),
        None => format!("{hash} ({kind})"),
    })
}
