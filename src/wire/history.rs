//! Pages of an account's history: which ledgers hold a transaction that touched it. What that
//! transaction was is read from the ledger itself.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{envelope::read_str, server_info::read_u32};
use crate::types::AccountId;

/// Longer markers are not kept, in bytes. Real ones have some dozen.
const MAX_MARKER: usize = 4_096;

/// One page of `account_tx`, the oldest first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HistoryPage {
    /// Of whom it tells.
    pub(crate) account: AccountId,
    /// The ledgers that were really searched. Servers clip a range without a word.
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// The ledger of each transaction on the page, in the server's order.
    pub(crate) ledgers: Vec<u32>,
    /// There is more.
    pub(crate) marker: Option<Value>,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    account: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger_index_min: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger_index_max: Option<&'a RawValue>,
    #[serde(borrow)]
    marker: Option<&'a RawValue>,
    #[serde(borrow)]
    transactions: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    validated: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger_index: Option<&'a RawValue>,
}

/// Reads the `result` of `account_tx` with `binary` and `forward`, in both API versions; or says what
/// is wrong with it.
pub(crate) fn read_history_page(result: &str) -> Result<HistoryPage, &'static str> {
    let fields: Fields<'_> =
        serde_json::from_str(result).map_err(|_| "the answer is no JSON object")?;
    let number = |raw: Option<&RawValue>| read_u32(&serde_json::from_str(raw?.get()).ok()?);
    let account = fields.account.and_then(read_str).and_then(|text| text.parse().ok());
    let list = fields.transactions.ok_or("the answer has no transactions")?;
    let entries: Vec<Entry<'_>> =
        serde_json::from_str(list.get()).map_err(|_| "its transactions are no list of objects")?;
    let mut ledgers = Vec::with_capacity(entries.len());
    for entry in entries {
        // Only the boolean: anything else is not validated.
        if entry.validated.is_none_or(|raw| raw.get() != "true") {
            return Err("a transaction in its list is not validated");
        }
        ledgers.push(number(entry.ledger_index).ok_or("a transaction in its list has no ledger")?);
    }
    let marker = match fields.marker.filter(|raw| raw.get() != "null") {
        Some(raw) if raw.get().len() > MAX_MARKER => return Err("its marker is too long"),
        Some(raw) => Some(serde_json::from_str(raw.get()).map_err(|_| "its marker is no JSON")?),
        None => None,
    };
    Ok(HistoryPage {
        account: account.ok_or("the answer does not say of which account")?,
        min: number(fields.ledger_index_min).ok_or("the answer has no ledger_index_min")?,
        max: number(fields.ledger_index_max).ok_or("the answer has no ledger_index_max")?,
        ledgers,
        marker,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({
            "account": AccountId::from_bytes([1; 20]), "ledger_index_min": 5,
            "ledger_index_max": "9", "limit": 200, "validated": true,
            "marker": { "ledger": 7, "seq": 3 },
            "transactions": [
                { "tx_blob": "12", "meta": "00", "ledger_index": 5, "validated": true },
                { "tx_blob": "12", "meta_blob": "00", "ledger_index": 7, "validated": true },
            ],
        })
    }

    fn read(change: impl FnOnce(&mut Value)) -> Result<HistoryPage, &'static str> {
        let mut answer = answer();
        change(&mut answer);
        read_history_page(&answer.to_string())
    }

    #[test]
    fn a_page_names_ledgers_and_what_was_searched() {
        let page = read(|_| ()).unwrap();
        assert_eq!((page.min, page.max, page.ledgers), (5, 9, vec![5, 7]));
        assert_eq!(page.marker, Some(json!({ "ledger": 7, "seq": 3 })));
        let last = read(|answer| answer["marker"] = Value::Null).unwrap();
        assert_eq!(last.marker, None);
        assert!(read(|answer| answer["transactions"] = json!([])).unwrap().ledgers.is_empty());
    }

    #[test]
    fn what_is_no_page_says_why() {
        for (change, reason) in [
            ((|answer| answer["account"] = json!("rShop")) as fn(&mut Value), "of which account"),
            (|answer| answer["ledger_index_min"] = json!(-1), "ledger_index_min"),
            (|answer| answer["ledger_index_max"] = json!(1_u64 << 32), "ledger_index_max"),
            (|answer| answer["transactions"] = json!({}), "no list"),
            (|answer| answer["transactions"][0]["validated"] = json!(false), "not validated"),
            (|answer| answer["transactions"][0]["validated"] = json!("true"), "not validated"),
            (|answer| answer["transactions"][1]["ledger_index"] = json!(null), "no ledger"),
            (|answer| answer["marker"] = json!("x".repeat(5_000)), "too long"),
        ] {
            let error = read(change).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        assert!(read_history_page("[]").is_err() && read_history_page("").is_err());
    }
}
