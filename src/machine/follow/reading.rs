//! From the raw transactions of one complete ledger to what concerns the followed accounts, in order.

use serde_json::json;

use super::{accounts::Accounts, shelf::Body};
use crate::{
    error::{Failure, Unfit},
    tx::{
        Around, BoundRecord, Chain, Incoming, ResolvedBy, Source, TxRecord, ValidatedTransaction,
        WrongNetwork,
    },
    types::{LedgerHash, TxHash, hex},
    wire::whole::{Entry, WholeLedger},
};

/// Which transactions a monitor hands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Filter {
    /// Those by which a followed account received value, by whatever way, or may have: where a balance
    /// of a followed account changed by an amount that cannot be read.
    #[default]
    Incoming,
    /// All that touched a followed account: it sent them, or an entry that names it changed. A failed
    /// transaction that only names an account does not touch it.
    Touching,
}

/// One transaction that is handed out.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) transaction: ValidatedTransaction,
    /// What followed accounts received by it; `None` when that was not asked.
    pub(crate) received: Option<Vec<Incoming>>,
}

/// Why a ledger cannot be handed out as it came.
#[derive(Debug)]
pub(super) enum Trouble {
    /// This node cannot be believed.
    Lie(usize, Failure),
    /// What this node sent cannot be read.
    Unreadable(usize, Failure),
}

/// What is looked for, and where.
pub(super) struct Reader<'a> {
    pub(super) accounts: &'a Accounts,
    pub(super) filter: Filter,
    pub(super) network_id: u32,
    /// The endpoints by node.
    pub(super) names: &'a [String],
}

impl Reader<'_> {
    /// From the messages of streams.
    pub(super) fn streamed(
        &self,
        (index, ledger): (u32, LedgerHash),
        bodies: Vec<(TxHash, Body)>,
    ) -> Result<Vec<Item>, Trouble> {
        let around = Around { chain: Chain::of_network(self.network_id), ..Around::default() };
        let mut items = Vec::new();
        for (hash, Body { node, text }) in bodies {
            if !self.accounts.may_be_in_text(&text) {
                continue;
            }
            let record =
                TxRecord::read(&text, &around).map_err(|error| unreadable(node, &error))?;
            let place = (record.ledger_index(), record.ledger_hash());
            if place != (index, Some(ledger)) {
                let failure = Failure::Unreadable("two places for one transaction".to_owned());
                return Err(Trouble::Unreadable(node, failure));
            }
            // The node lied, or we cannot encode this transaction: its bytes will tell.
            let record = record.bind(hash).map_err(|mismatch| unreadable(node, &mismatch))?;
            items.extend(self.item(node, record)?);
        }
        self.in_order(items)
    }

    /// From a ledger that was fetched whole.
    pub(super) fn whole(&self, node: usize, ledger: &WholeLedger) -> Result<Vec<Item>, Trouble> {
        let around = Around {
            chain: Chain::of_network(self.network_id),
            validated: Some(true),
            ledger_index: Some(ledger.index),
            ledger_hash: Some(ledger.hash),
            close_time: Some(ledger.header.close_time),
        };
        let mut items = Vec::new();
        for Entry { hash, blob, meta } in ledger.transactions.iter().flatten() {
            let concerns = |bytes: &[u8]| self.accounts.may_be_in_bytes(bytes);
            if !concerns(blob) && !concerns(meta) {
                continue;
            }
            let part = json!({ "tx_blob": hex::encode(blob), "meta": hex::encode(meta) });
            let record = TxRecord::from_value(part, &around)
                .map_err(|error| unreadable(node, &format!("transaction {hash}: {error}")))?;
            // The hash was made of these very bytes.
            if let Ok(record) = record.bind(*hash) {
                items.extend(self.item(node, record)?);
            }
        }
        self.in_order(items)
    }

    /// The ledgers in which entries of the accounts had changed before this one changed them.
    pub(super) fn changed_before(&self, ledger: &WholeLedger) -> impl Iterator<Item = u32> {
        let definitions = Chain::of_network(self.network_id).definitions();
        let entries = ledger.transactions.iter().flatten();
        let concern = entries.filter(|entry| self.accounts.may_be_in_bytes(&entry.meta));
        let decoded = concern.filter_map(|entry| definitions.decode(&entry.meta).ok());
        decoded.flat_map(|metadata| self.accounts.changed_before(&metadata).collect::<Vec<u32>>())
    }

    fn item(&self, node: usize, record: BoundRecord) -> Result<Option<Item>, Trouble> {
        let touched = self.accounts.touched_by(record.account(), record.metadata());
        let doubtful = |tx: &ValidatedTransaction| {
            // A balance of nobody knows whom could be theirs.
            tx.balance_changes().unknown().iter().any(|one| match &one.account {
                Some(account) => self.accounts.contains(account),
                None => one.place.is_none(),
            })
        };
        if touched.is_empty() {
            return Ok(None);
        }
        let name = self.names.get(node).cloned().unwrap_or_default();
        let source = Source { resolved_by: ResolvedBy::LedgerWatch, ..Source::of(name) };
        let transaction =
            ValidatedTransaction::new(record, self.network_id, source).map_err(|wrong| {
                let WrongNetwork { expected, found } = wrong;
                Trouble::Lie(node, Failure::Unfit(Unfit::OtherNetwork { expected, found }))
            })?;
        if self.filter == Filter::Touching {
            return Ok(Some(Item { transaction, received: None }));
        }
        let received: Vec<Incoming> =
            touched.iter().flat_map(|account| transaction.incoming(account)).collect();
        let counts = !received.is_empty() || doubtful(&transaction);
        Ok(counts.then_some(Item { transaction, received: Some(received) }))
    }

    /// In the order of execution; no two transactions have the same place in it.
    fn in_order(&self, mut items: Vec<Item>) -> Result<Vec<Item>, Trouble> {
        let place = |item: &Item| item.transaction.transaction_index();
        items.sort_by_key(place);
        match items.windows(2).find(|pair| place(&pair[0]) == place(&pair[1])) {
            Some([one, _]) => {
                let name = &one.transaction.source().endpoint;
                let node = self.names.iter().position(|own| own == name).unwrap_or_default();
                let failure = Failure::Unreadable("two transactions in one place".to_owned());
                Err(Trouble::Unreadable(node, failure))
            }
            _ => Ok(items),
        }
    }
}

fn unreadable(node: usize, error: &dyn std::fmt::Display) -> Trouble {
    Trouble::Unreadable(node, Failure::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests;
