//! What a node says of itself: `server_info`, `server_state`, `fee`, the current ledgers.

use serde_json::{Map, Value, json};

use super::{errors::Refusal, shapes::members, view::View};
use crate::testing::faults::Fault;

const BASE_FEE: u32 = 10;
const RESERVE_BASE: u32 = 1_000_000;
const RESERVE_INCREMENT: u32 = 200_000;
const LOAD_BASE: u32 = 256;

type Members = Map<String, Value>;

/// `server_info`, for people: amounts in XRP.
pub(super) fn info(view: &View<'_>) -> Members {
    let mut info = about(view);
    info.insert("load_factor".to_owned(), json!(1));
    if let Some(ledger) = view.tip().and_then(|tip| view.world.closed(tip)) {
        let validated = json!({
            "seq": ledger.index,
            "hash": ledger.hash,
            "age": view.age(),
            "base_fee_xrp": 0.00001,
            "reserve_base_xrp": 1,
            "reserve_inc_xrp": 0.2,
        });
        info.insert("validated_ledger".to_owned(), validated);
    }
    let mut result = members(json!({ "info": info }));
    if view.is_clio() {
        result.insert("validated".to_owned(), json!(true));
    }
    result
}

/// `server_state`, for programs: amounts in drops. Clio does not have it.
pub(super) fn state(view: &View<'_>) -> Result<Members, Refusal> {
    if view.is_clio() {
        return Err("unknownCmd".into());
    }
    let mut state = about(view);
    state.insert("load_base".to_owned(), json!(LOAD_BASE));
    state.insert("load_factor".to_owned(), json!(LOAD_BASE));
    if let Some(ledger) = view.tip().and_then(|tip| view.world.closed(tip)) {
        let validated = json!({
            "seq": ledger.index,
            "hash": ledger.hash,
            "close_time": ledger.close_time.seconds(),
            "base_fee": BASE_FEE,
            "reserve_base": RESERVE_BASE,
            "reserve_inc": RESERVE_INCREMENT,
        });
        state.insert("validated_ledger".to_owned(), validated);
    }
    Ok(members(json!({ "state": state })))
}

fn about(view: &View<'_>) -> Members {
    let mut about = members(json!({
        "complete_ledgers": view.complete_ledgers(),
        "network_id": view.network_id(),
        "validation_quorum": 28,
    }));
    if view.strikes.has(Fault::AmendmentBlocked) {
        about.insert("amendment_blocked".to_owned(), json!(true));
    }
    if view.is_clio() {
        about.insert("clio_version".to_owned(), json!("2.6.0"));
        about.insert("rippled_version".to_owned(), json!("2.6.1"));
        about.insert("libxrpl_version".to_owned(), json!("2.6.1"));
        let cache = json!({
            "size": 1000, "is_enabled": true, "is_full": true,
            "latest_ledger_seq": view.tip().unwrap_or(0),
        });
        about.insert("cache".to_owned(), cache);
        return about;
    }
    let state = if view.tip().is_none() {
        "connected"
    } else if view.strikes.has(Fault::NotSynced) {
        "tracking"
    } else {
        "full"
    };
    about.insert("server_state".to_owned(), json!(state));
    if state != "full" {
        about.insert("network_ledger".to_owned(), json!("waiting"));
    }
    about.insert("build_version".to_owned(), json!("2.6.1"));
    about.insert("hostid".to_owned(), json!("TEST"));
    about.insert("io_latency_ms".to_owned(), json!(1));
    about.insert("last_close".to_owned(), json!({ "converge_time_s": 3, "proposers": 35 }));
    about.insert("peers".to_owned(), json!(21));
    about.insert("uptime".to_owned(), json!(1_000_000));
    about
}

/// What the answers of this node are accompanied by.
pub(super) fn warnings(view: &View<'_>) -> Vec<Value> {
    let mut warnings = Vec::new();
    let mut warn = |id: u32, message: &str| warnings.push(json!({ "id": id, "message": message }));
    if view.strikes.has(Fault::AmendmentBlocked) {
        warn(1002, "This server is amendment blocked, and must be updated.");
    }
    if view.is_clio() {
        warn(2001, "This is a clio server. It serves validated data only.");
        if view.age() >= 60 {
            warn(2002, "This server may be out of date.");
        }
    }
    warnings
}

/// What `ledgerClosed` and the answer to its subscription have in common.
pub(super) fn ledger_news(view: &View<'_>, index: u32) -> Members {
    let Some(ledger) = view.world.closed(index) else { return Members::new() };
    members(json!({
        "fee_base": BASE_FEE,
        "reserve_base": RESERVE_BASE,
        "reserve_inc": RESERVE_INCREMENT,
        "ledger_index": ledger.index,
        "ledger_hash": ledger.hash,
        "ledger_time": ledger.close_time.seconds(),
        "network_id": view.network_id(),
        "validated_ledgers": view.complete_ledgers(),
    }))
}

pub(super) fn fee(view: &View<'_>) -> Members {
    members(json!({
        "current_ledger_size": "8",
        "current_queue_size": "0",
        "drops": {
            "base_fee": "10", "median_fee": "5000", "minimum_fee": "10", "open_ledger_fee": "10",
        },
        "expected_ledger_size": "100",
        "ledger_current_index": view.tip().unwrap_or(0).saturating_add(1),
        "max_queue_size": "2000",
    }))
}

pub(super) fn ledger_closed(view: &View<'_>) -> Result<Members, Refusal> {
    let ledger = view.tip().and_then(|tip| view.world.closed(tip)).ok_or("noClosed")?;
    Ok(members(json!({ "ledger_hash": ledger.hash, "ledger_index": ledger.index })))
}

pub(super) fn ledger_current(view: &View<'_>) -> Result<Members, Refusal> {
    let tip = view.tip().ok_or("noCurrent")?;
    Ok(members(json!({ "ledger_current_index": tip.saturating_add(1) })))
}
