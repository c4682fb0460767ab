//! `ledger`: a header, with the hashes of its transactions or the transactions themselves.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answer::{Answer, Ask},
    errors::Refusal,
    shapes::members,
    transactions::shape,
};
use crate::{
    testing::{faults::Fault, truth::Ledger},
    types::{LedgerHash, RippleTime, hex},
};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) fn ledger(ask: &Ask<'_>) -> Answer {
    for reserved in ["full", "accounts"] {
        if ask.flag(reserved)? {
            return Err("noPermission".into());
        }
    }
    let (transactions, expand) = (ask.flag("transactions")?, ask.flag("expand")?);
    let binary = ask.flag("binary")?;
    if ask.text("ledger_index") == Some("current") {
        let next = ask.view.tip().ok_or("noCurrent")?.saturating_add(1);
        return Ok(members(json!({
            "ledger": { "closed": false, "ledger_index": next.to_string() },
            "ledger_current_index": next,
            "validated": false,
        })));
    }
    let ledger = select(ask)?;
    let mut shown = if binary {
        let before =
            ledger.index.checked_sub(1).filter(|_| ask.view.strikes.has(Fault::OtherHeader));
        let other = before.and_then(|index| ask.view.world.closed(index));
        let header = other.as_ref().unwrap_or(&ledger).header();
        json!({ "closed": true, "ledger_data": hex::encode(&header) })
    } else {
        header(&ledger, ask.api)
    };
    if transactions {
        shown["transactions"] = list(ask, &ledger, expand, binary)?.into();
    }
    Ok(members(json!({
        "ledger": shown,
        "ledger_hash": ledger.hash,
        "ledger_index": ledger.index,
        "validated": true,
    })))
}

/// The transactions in the order of the tree, that of their hashes.
fn list(ask: &Ask<'_>, ledger: &Ledger, expand: bool, binary: bool) -> Result<Vec<Value>, Refusal> {
    let mut transactions = ledger.transactions.clone();
    transactions.sort_unstable_by_key(|tx| tx.hash);
    if ask.view.strikes.has(Fault::Forgets) {
        transactions.pop();
    }
    if !expand {
        return Ok(transactions.iter().map(|tx| json!(tx.hash)).collect());
    }
    let shapes = transactions.into_iter().map(|tx| shape(ask, tx, binary));
    shapes.map(|shape| Ok(shape?.in_ledger())).collect()
}

/// The ledger that the request names, by hash, index or word.
pub(super) fn select(ask: &Ask<'_>) -> Result<Arc<Ledger>, Refusal> {
    let view = ask.view;
    if let Some(hash) = ask.request.get("ledger_hash") {
        let hash = hash.as_str().and_then(|text| text.parse::<LedgerHash>().ok());
        return view.ledger_by_hash(&hash.ok_or("invalidParams")?)?.ok_or("lgrNotFound".into());
    }
    let newest = || view.tip().ok_or(if ask.api > 1 { "notSynced" } else { "noNetwork" });
    let index = match ask.request.get("ledger_index").or_else(|| ask.request.get("ledger")) {
        None => newest()?,
        Some(Value::String(word)) if word == "validated" || word == "closed" => newest()?,
        Some(Value::String(digits)) => digits.parse().map_err(|_| "invalidParams")?,
        Some(number) => {
            let number = number.as_u64().ok_or("invalidParams")?;
            u32::try_from(number).map_err(|_| "lgrNotFound")?
        }
    };
    view.ledger(index)?.ok_or("lgrNotFound".into())
}

fn header(ledger: &Ledger, api: u64) -> Value {
    let index = match api {
        1 => json!(ledger.index.to_string()),
        _ => json!(ledger.index),
    };
    json!({
        "account_hash": ledger.account_hash,
        "close_flags": ledger.close_flags,
        "close_time": ledger.close_time.seconds(),
        "close_time_human": human(ledger.close_time),
        "close_time_iso": ledger.close_time.to_string(),
        "close_time_resolution": ledger.close_time_resolution,
        "closed": true,
        "ledger_hash": ledger.hash,
        "ledger_index": index,
        "parent_close_time": ledger.parent_close_time.seconds(),
        "parent_hash": ledger.parent_hash,
        "total_coins": ledger.total_drops.to_string(),
        "transaction_hash": ledger.transaction_hash,
    })
}

/// `2026-Jan-02 00:00:10.000000000 UTC`, from `2026-01-02T00:00:10Z`.
fn human(time: RippleTime) -> String {
    let iso = time.to_string();
    let part = |from: usize, to: usize| iso.get(from..to).unwrap_or_default();
    let month =
        part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    format!(
        "{}-{}-{} {}.000000000 UTC",
        part(0, 4),
        month.copied().unwrap_or_default(),
        part(8, 10),
        part(11, 19),
    )
}
