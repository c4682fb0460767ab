//! All that follows from a record: balances, fee, delivered amount.

use super::{
    balances::BalanceChanges,
    delivered::{Delivered, stores_amounts},
    fee::Fee,
    record::TxRecord,
};

/// What a record means.
pub(crate) struct Meaning {
    pub(crate) balances: BalanceChanges,
    pub(crate) fee: Fee,
    pub(crate) delivered: Delivered,
}

impl Meaning {
    pub(crate) fn of(record: &TxRecord) -> Meaning {
        let (transaction, metadata) = (record.transaction(), record.metadata());
        // A record has a list of touched entries; without one, nothing is known to have changed.
        let balances = BalanceChanges::from_object(metadata).unwrap_or_default();
        let fee = Fee::read(transaction, record.account(), record.result(), &balances);
        let stored = stores_amounts(record.ledger_index(), record.close_time());
        let delivered =
            Delivered::read(transaction, metadata, stored, record.result(), &balances, Some(fee));
        Meaning { balances, fee, delivered }
    }
}
