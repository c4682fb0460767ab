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
