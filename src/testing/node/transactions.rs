//! `tx` and `transaction_entry`: one transaction by its hash, or by its place.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answer::{Answer, Ask},
    errors::Refusal,
    ledgers,
    shapes::{Shape, members},
};
use crate::{
    testing::{faults::Fault, truth::LedgerTransaction},
    types::{Ctid, TxHash},
};

/// Most ledgers between `min_ledger` and `max_ledger`.
const WIDEST_RANGE: u64 = 1000;

pub(super) fn tx(ask: &Ask<'_>) -> Answer {
    let view = ask.view;
    if view.strikes.has(Fault::AmendmentBlocked) && !view.is_clio() {
        return Err("amendmentBlocked".into());
    }
    if view.tip().is_none() {
        return Err(if ask.api > 1 { "notSynced" } else { "noNetwork" }.into());
    }
    let binary = ask.flag("binary")?;
    let range = range(ask)?;
    let found = match (ask.request.get("transaction"), ask.request.get("ctid")) {
        (Some(hash), None) => {
            let malformed = if view.is_clio() { "invalidParams" } else { "notImpl" };
            let hash: TxHash = hash.as_str().and_then(|text| text.parse().ok()).ok_or(malformed)?;
            if view.strikes.has(Fault::ShowsOpenLedger)
                && let Some(pending) = view.world.pending(&hash)
            {
                return Ok(unvalidated(pending.clone(), hash, ask.api));
            }
            view.transaction(&hash)?
        }
        (None, Some(ctid)) => {
            let ctid: Ctid =
                ctid.as_str().and_then(|text| text.parse().ok()).ok_or("invalidParams")?;
            if u32::from(ctid.network_id()) != view.network_id() {
                return Err("wrongNetwork".into());
            }
            let (ledger, index) = (ctid.ledger_index(), u32::from(ctid.transaction_index()));
            match view.strikes.has(Fault::OtherPlace) {
                true => view.at(ledger, index ^ 1)?.map(|tx| view.moved(&tx, index)),
                false => view.at(ledger, index)?,
            }
        }
        _ => return Err("invalidParams".into()),
    };
    match found {
        Some(tx) => Ok(shape(ask, tx, binary)?.tx()),
        None => {
            let refusal = Refusal::from("txnNotFound");
            Err(match range {
                // Clio does not look for holes.
                Some((min, max)) => {
                    let all = (min..=max).all(|index| view.holds(index));
                    refusal.with("searched_all", all || view.is_clio() && view.holds(max))
                }
                None => refusal,
            })
        }
    }
}

/// `min_ledger` and `max_ledger`: both or none, in order, not too far apart.
fn range(ask: &Ask<'_>) -> Result<Option<(u32, u32)>, Refusal> {
    let (min, max) = match (ask.request.get("min_ledger"), ask.request.get("max_ledger")) {
        (None, None) => return Ok(None),
        (Some(min), Some(max)) => (min.as_u64(), max.as_u64()),
        _ => return Err("invalidParams".into()),
    };
    let (Some(min), Some(max)) = (min, max) else { return Err("invalidParams".into()) };
    match max.checked_sub(min) {
        None => Err("invalidLgrRange".into()),
        Some(width) if width > WIDEST_RANGE => Err("excessiveLgrRange".into()),
        Some(_) => match (u32::try_from(min), u32::try_from(max)) {
            (Ok(min), Ok(max)) => Ok(Some((min, max))),
            _ => Err("invalidParams".into()),
        },
    }
}

/// A transaction of the open ledger: nothing is final yet.
fn unvalidated(
    mut tx: serde_json::Map<String, Value>,
    hash: TxHash,
    api: u64,
) -> serde_json::Map<String, Value> {
    if api == 1 {
        tx.insert("hash".to_owned(), json!(hash));
        tx.insert("validated".to_owned(), json!(false));
        return tx;
    }
    members(json!({ "tx_json": tx, "hash": hash, "validated": false }))
}

/// How the answer shows this transaction, with what the node's faults make of it.
pub(super) fn shape(
    ask: &Ask<'_>,
    tx: Arc<LedgerTransaction>,
    binary: bool,
) -> Result<Shape, Refusal> {
    let tx = ask.view.told(tx);
    let ledger = ask.view.told_ledger(tx.ledger_index)?.ok_or("internal")?;
    if binary && tx.meta_blob.is_empty() {
        let text = format!("the metadata of {} were recorded without their bytes", tx.hash);
        return Err(Refusal::from("dbDeserialization").with("error_exception", text));
    }
    let network_id = ask.view.network_id();
    Ok(Shape { tx, ledger, api: ask.api, binary, network_id })
}

pub(super) fn transaction_entry(ask: &Ask<'_>) -> Answer {
    let Some(hash) = ask.request.get("tx_hash") else {
        return Err("fieldNotFoundTransaction".into());
    };
    let hash: TxHash =
        hash.as_str().and_then(|text| text.parse().ok()).ok_or("malformedRequest")?;
    if !ask.request.contains_key("ledger_index") && !ask.request.contains_key("ledger_hash") {
        return Err("notYetImplemented".into());
    }
    let ledger = ledgers::select(ask)?;
    let tx = ledger.transactions.iter().find(|tx| tx.hash == hash).cloned();
    match tx.filter(|_| !ask.view.strikes.has(Fault::Forgets)) {
        Some(tx) => Ok(shape(ask, tx, false)?.transaction_entry()),
        None => Err("transactionNotFound".into()),
    }
}
