//! A record that is the answer to a question, and what it means.

use std::ops::Deref;

use super::TxRecord;
use crate::{
    tx::{
        balances::BalanceChanges,
        delivered::{Delivered, Evidence, stores_amounts},
        fee::Fee,
        incoming::{self, Incoming},
    },
    types::AccountId,
};

/// A record whose content is known to be that of the hash it was asked by. Only such a record tells
/// what it means.
#[derive(Clone, Debug)]
pub struct BoundRecord {
    record: TxRecord,
    balances: BalanceChanges,
    fee: Fee,
    delivered: Delivered,
}

impl BoundRecord {
    pub(super) fn new(record: TxRecord) -> BoundRecord {
        let (transaction, metadata) = (&record.transaction, &record.metadata);
        // A record has a list of touched entries; without one, nothing is known to have changed.
        let balances = BalanceChanges::from_object(metadata).unwrap_or_default();
        let fee = Fee::read(transaction, record.account, &record.result, &balances);
        let delivered = Delivered::judge(&Evidence {
            transaction,
            sender: Some(record.account),
            metadata,
            result: &record.result,
            balances: &balances,
            fee: Some(fee),
            amounts_are_stored: stores_amounts(record.ledger_index, record.close_time),
        });
        BoundRecord { record, balances, fee, delivered }
    }

    /// Whether both tell the same effect: the metadata as the ledger stores them, without what servers
    /// add; word for word where a field is newer than this crate.
    pub(crate) fn has_same_metadata(&self, other: &BoundRecord) -> bool {
        let stored = |record: &BoundRecord| {
            record.chain.definitions().encode_metadata(record.metadata()).ok()
        };
        match (stored(self), stored(other)) {
            (Some(one), Some(two)) => one == two,
            _ => self.metadata() == other.metadata(),
        }
    }

    /// Whether its JSON encodes to the bytes that were signed.
    pub(crate) fn is_understood(&self) -> bool {
        let encoded = self.chain.definitions().encode_transaction(self.transaction());
        encoded.is_ok_and(|encoded| encoded == self.blob())
    }

    /// The record.
    pub fn into_inner(self) -> TxRecord {
        self.record
    }

    /// Who gained and who lost what.
    pub fn balance_changes(&self) -> &BalanceChanges {
        &self.balances
    }

    /// What was charged, and to whom.
    pub fn fee(&self) -> Fee {
        self.fee
    }

    /// How much arrived at the account that was paid.
    pub fn delivered(&self) -> &Delivered {
        &self.delivered
    }

    /// What one account received, and by which way.
    pub fn incoming(&self, account: &AccountId) -> Vec<Incoming> {
        incoming::read(account, self, self.fee, &self.delivered, &self.balances)
    }
}

impl Deref for BoundRecord {
    type Target = TxRecord;

    fn deref(&self) -> &TxRecord {
        &self.record
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tx::{Around, vectors::*};

    fn bound(content: Value, metadata: Value) -> BoundRecord {
        let mut part = json!({"meta": metadata, "validated": true, "ledger_index": 38129});
        part.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        TxRecord::from_value(part, &Around::default()).unwrap().bind_to_claim().unwrap()
    }

    #[test]
    fn two_nodes_tell_the_same_effect_only_if_the_ledger_would_store_the_same() {
        let with = |changes: Value| {
            let mut meta = meta();
            meta.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            meta
        };
        let mut richer = meta();
        richer["AffectedNodes"][0]["CreatedNode"]["NewFields"]["Balance"] = "10000000001".into();
        let mut turned = meta();
        turned["AffectedNodes"].as_array_mut().unwrap().reverse();
        let newer = |value: u32| with(json!({"FieldOf2040": value}));
        for (what, one, other, same) in [
            ("the same", meta(), meta(), true),
            ("JSON and bytes", meta(), json!(META), true),
            ("what servers add", meta(), with(json!({"nftoken_id": HASH})), true),
            ("servers add other things", with(json!({"a": 1})), with(json!({"a": 2})), true),
            ("another balance", meta(), richer, false),
            ("another order", meta(), turned, false),
            ("another place", meta(), with(json!({"TransactionIndex": 1})), false),
            ("another result", meta(), with(json!({"TransactionResult": "tecPATH_DRY"})), false),
            ("a field more", meta(), with(json!({"DeliveredAmount": "10000000000"})), false),
            ("a newer field that only one knows", meta(), newer(7), false),
            ("the same in newer words", newer(7), newer(7), true),
            ("other newer words", newer(7), newer(8), false),
        ] {
            let [one, other] = [one, other].map(|meta| bound(json!({"tx_blob": BLOB}), meta));
            assert_eq!(one.has_same_metadata(&other), same, "{what}");
            assert_eq!(other.has_same_metadata(&one), same, "{what}");
        }
    }

    #[test]
    fn content_is_understood_if_its_json_gives_the_bytes_that_were_signed() {
        // A number of assets, as it is written today and as it was before the lending amendments.
        let (today, before) = ("940DE0B6B3A7640000FFFFFFEE", "9400038D7EA4C68000FFFFFFF1");
        for (number, understood) in [("", true), (today, true), (before, false)] {
            let record = bound(json!({"tx_blob": format!("{BLOB}{number}")}), meta());
            assert_eq!(record.is_understood(), understood, "{number}");
        }
    }
}
