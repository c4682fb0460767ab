//! `account_tx`: what touched an account, page by page.

use serde_json::{Value, json};

use super::{
    answer::{Answer, Ask},
    errors::Refusal,
    ledgers,
    shapes::members,
    transactions::shape,
};
use crate::{testing::faults::Fault, types::AccountId};

const PAGE: u64 = 200;

pub(super) fn account_tx(ask: &Ask<'_>) -> Answer {
    let view = ask.view;
    let account = ask.request.get("account").ok_or("invalidParams")?;
    let account: AccountId =
        account.as_str().and_then(|text| text.parse().ok()).ok_or("actMalformed")?;
    let (binary, forward) = (ask.flag("binary")?, ask.flag("forward")?);
    let (min, max) = range(ask)?;
    let limit = match ask.request.get("limit") {
        None => PAGE,
        Some(limit) => {
            let limit = limit.as_u64().ok_or("invalidParams")?;
            if view.is_clio() { limit.clamp(1, 1000) } else { limit.clamp(10, 400) }
        }
    };
    let limit = limit.min(
        view.strikes
            .find(|fault| match fault {
                Fault::ShortPages(limit) => Some(limit as u64),
                _ => None,
            })
            .unwrap_or(u64::MAX),
    );
    let start = marker(ask)?;

    let places = view.world.of_account(&account);
    let listed = |ledger| {
        (min..=max).contains(&ledger)
            && view.holds(ledger)
            && !view.is_after_state(ledger)
            && !view.strikes.has(Fault::UnlistedLedger(ledger))
    };
    let in_range = places.filter(|(ledger, _)| listed(*ledger));
    let mut places: Vec<(u32, u32)> = match (start, forward) {
        (None, _) => in_range.collect(),
        (Some(start), true) => in_range.filter(|place| *place >= start).collect(),
        (Some(start), false) => in_range.filter(|place| *place <= start).collect(),
    };
    if !forward {
        places.reverse();
    }
    if start.is_some() && view.strikes.has(Fault::SkipsAtMarker) && !places.is_empty() {
        places.remove(0);
    }
    let page = match view.strikes.has(Fault::EmptyPage) {
        true => 0,
        false => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let next = places.get(page).copied();
    places.truncate(page);
    if view.strikes.has(Fault::Forgets) {
        places.pop();
    }
    let mut transactions: Vec<Value> = Vec::new();
    for (ledger, index) in places {
        if let Some(tx) = view.world.at(ledger, index)? {
            transactions.push(shape(ask, tx, binary)?.in_account());
        }
    }

    let mut result = members(json!({
        "account": account,
        "ledger_index_min": min,
        "ledger_index_max": max,
        "transactions": transactions,
        "validated": true,
    }));
    if !view.is_clio() || ask.request.contains_key("limit") {
        result.insert("limit".to_owned(), json!(limit));
    }
    if let Some((ledger, seq)) = next {
        result.insert("marker".to_owned(), json!({ "ledger": ledger, "seq": seq }));
    }
    Ok(result)
}

/// The range that is really covered: version 1 clips silently, version 2 refuses what lies outside.
fn range(ask: &Ask<'_>) -> Result<(u32, u32), Refusal> {
    let ranges = ask.view.ranges();
    let (Some((first, _)), Some((_, last))) = (ranges.first(), ranges.last()) else {
        return Err("lgrIdxsInvalid".into());
    };
    let bound = |name: &str| match ask.request.get(name) {
        None => Ok(None),
        Some(value) => match value.as_i64() {
            Some(-1) => Ok(None),
            Some(index) => u32::try_from(index).map(Some).map_err(|_| "invalidParams"),
            None => Err("invalidParams"),
        },
    };
    let (min, max) = (bound("ledger_index_min")?, bound("ledger_index_max")?);
    if ask.request.contains_key("ledger_index") || ask.request.contains_key("ledger_hash") {
        if ask.api > 1 && (min.is_some() || max.is_some()) {
            return Err("invalidParams".into());
        }
        let ledger = ledgers::select(ask)?;
        return Ok((ledger.index, ledger.index));
    }
    let outside = |index: Option<u32>| index.is_some_and(|index| index < *first || index > *last);
    if ask.api > 1 && (outside(min) || outside(max)) {
        return Err("lgrIdxMalformed".into());
    }
    let (min, max) = (min.unwrap_or(*first).max(*first), max.unwrap_or(*last).min(*last));
    let missing = ask.view.strikes.find(|fault| match fault {
        Fault::NarrowRange(ledgers) => Some(ledgers),
        _ => None,
    });
    let max = missing.map_or(max, |ledgers| max.saturating_sub(ledgers).max(min.min(max)));
    if max < min {
        return Err(if ask.api > 1 { "invalidLgrRange" } else { "lgrIdxsInvalid" }.into());
    }
    Ok((min, max))
}

/// Where the page begins.
fn marker(ask: &Ask<'_>) -> Result<Option<(u32, u32)>, Refusal> {
    let Some(marker) = ask.request.get("marker") else { return Ok(None) };
    if ask.view.strikes.has(Fault::LosesMarkers) {
        return Err("invalidParams".into());
    }
    let part = |name: &str| marker.get(name)?.as_u64().and_then(|n| u32::try_from(n).ok());
    match (part("ledger"), part("seq")) {
        (Some(ledger), Some(seq)) => Ok(Some((ledger, seq))),
        _ => Err(Refusal::from("invalidParams")),
    }
}
