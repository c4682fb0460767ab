//! Step 8 of the trip: the list of a validated ledger's transactions, by hash.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{envelope::read_str, server_info::read_u32};
use crate::types::{LedgerHash, TxHash};

/// The hashes of all transactions of one validated ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HashList {
    pub(crate) index: u32,
    pub(crate) hash: LedgerHash,
    pub(crate) transactions: Vec<TxHash>,
}

/// Why an answer holds no such list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HashListError {
    /// The node has the ledger, but has not validated it: ask again in a moment.
    #[error("the ledger is not validated yet")]
    NotValidated,
    #[error("{0}")]
    Unreadable(&'static str),
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    validated: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger_index: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger_hash: Option<&'a RawValue>,
    #[serde(borrow)]
    ledger: Option<&'a RawValue>,
    #[serde(borrow)]
    transactions: Option<&'a RawValue>,
}

/// Reads the `result` of `ledger` with `transactions` and without `expand`, in both API versions.
pub(crate) fn read_hash_list(result: &str) -> Result<HashList, HashListError> {
    let unreadable = HashListError::Unreadable;
    let outer: Fields<'_> =
        serde_json::from_str(result).map_err(|_| unreadable("the answer is no JSON object"))?;
    if outer.validated.is_none_or(|raw| raw.get() != "true") {
        return Err(HashListError::NotValidated);
    }
    let ledger = outer.ledger.ok_or(unreadable("the answer holds no ledger"))?;
    let inner: Fields<'_> =
        serde_json::from_str(ledger.get()).map_err(|_| unreadable("its ledger is no object"))?;
    let index = outer.ledger_index.or(inner.ledger_index);
    let hash = outer.ledger_hash.or(inner.ledger_hash);
    let list = inner.transactions.ok_or(unreadable("its ledger has no transactions"))?;
    Ok(HashList {
        index: index
            .and_then(|raw| read_u32(&serde_json::from_str(raw.get()).ok()?))
            .ok_or(unreadable("its ledger has no index"))?,
        hash: hash
            .and_then(read_str)
            .and_then(|text| text.parse().ok())
            .ok_or(unreadable("its ledger has no hash"))?,
        transactions: serde_json::from_str(list.get())
            .map_err(|_| unreadable("its transactions are no list of hashes"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
    const LEDGER: &str = "E6DB7365949BF9814D76BCC730B01818EB9136A89DB224F3F9F5AAE4569D758E";

    #[test]
    fn a_list_is_read_in_both_versions() {
        for index in ["38129", "\"38129\""] {
            let text = format!(
                r#"{{"ledger":{{"closed":true,"ledger_hash":"{LEDGER}","transactions":["{HASH}"]}},"ledger_hash":"{LEDGER}","ledger_index":{index},"validated":true}}"#
            );
            let list = read_hash_list(&text).unwrap();
            assert_eq!((list.index, list.transactions.len()), (38129, 1));
        }
    }

    #[test]
    fn a_ledger_without_transactions_is_a_list_and_one_without_the_field_is_not() {
        let text = |inner: &str| {
            format!(
                r#"{{"ledger":{{{inner}}},"ledger_hash":"{LEDGER}","ledger_index":5,"validated":true}}"#
            )
        };
        assert_eq!(read_hash_list(&text(r#""transactions":[]"#)).unwrap().transactions, []);
        for inner in ["", r#""transactions":["zz"]"#, r#""transactions":[{}]"#] {
            assert!(matches!(read_hash_list(&text(inner)), Err(HashListError::Unreadable(_))));
        }
    }

    #[test]
    fn a_ledger_that_is_not_validated_is_not_there_yet() {
        let text = format!(
            r#"{{"ledger":{{"transactions":[]}},"ledger_hash":"{LEDGER}","ledger_index":5,"validated":false}}"#
        );
        assert_eq!(read_hash_list(&text), Err(HashListError::NotValidated));
        assert_eq!(read_hash_list("{}"), Err(HashListError::NotValidated));
    }
}
