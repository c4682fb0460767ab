//! What a monitor tells.

use std::{fmt, ops::Deref, time::Duration};

use serde::Serialize;

use crate::{
    config::Endpoint,
    error::Failure,
    machine::follow::cursor::Cursor,
    tx::{Incoming, ValidatedTransaction},
};

/// What a [`Monitor`](crate::Monitor) tells. Transactions come in the order of the ledger, each once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A transaction that brought value to followed accounts.
    Incoming(IncomingPayment),
    /// A transaction that touched followed accounts, where [all](crate::Filter::Touching) were asked
    /// for.
    Transaction(ValidatedTransaction),
    /// Everything up to this ledger was told. Comes for each ledger that was read, also for those without
    /// any transaction of yours; where ledgers were passed over, it stands for them too. See
    /// [`MonitorSource`](crate::MonitorSource) and [`AccountHistory`](crate::AccountHistory).
    LedgerDone(Cursor),
    /// Nothing new can be learned at the moment; everything is tried again until it works.
    Outage {
        /// The last complete ledger.
        after: Option<u32>,
        /// Why, as far as nodes failed; none when they answer, but not with the next ledger, or with
        /// two different ones.
        failures: Vec<NodeFailure>,
    },
    /// Ledgers come in again. What happened meanwhile comes next.
    Recovered {
        /// From the [`Outage`](Event::Outage) to the next complete ledger.
        lasted: Duration,
    },
    /// The end: no node has these ledgers any more, as all say that could be reached within an hour.
    /// Everything before was told. Ask nodes with more
    /// history, or begin behind the gap, knowing what that means.
    GapNotFillable {
        /// The first ledger that nobody has.
        from: u32,
        /// The last one, as far as is known.
        to: u32,
    },
}

/// A validated transaction that brought value to followed accounts.
///
/// Dereferences to the [`ValidatedTransaction`].
#[derive(Clone, Debug, Serialize)]
pub struct IncomingPayment {
    transaction: ValidatedTransaction,
    received: Vec<Incoming>,
}

impl IncomingPayment {
    pub(super) fn new(transaction: ValidatedTransaction, received: Vec<Incoming>) -> Self {
        IncomingPayment { transaction, received }
    }

    /// The transaction.
    pub fn transaction(&self) -> &ValidatedTransaction {
        &self.transaction
    }

    /// What followed accounts received, and by which way; one for each account and asset. Not every
    /// way is a payment: look at [`Incoming::way`], and credit what [`Incoming::delivered`] calls
    /// exact. Empty when a balance of theirs changed by an amount that cannot be read, see
    /// [`BalanceChanges::unknown`](crate::BalanceChanges::unknown).
    pub fn received(&self) -> &[Incoming] {
        &self.received
    }
}

impl Deref for IncomingPayment {
    type Target = ValidatedTransaction;

    fn deref(&self) -> &ValidatedTransaction {
        &self.transaction
    }
}

/// Why one node is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeFailure {
    /// The endpoint, without credentials, path and query.
    pub endpoint: String,
    /// What happened last.
    pub failure: Failure,
}

impl NodeFailure {
    pub(super) fn new(endpoint: &Endpoint, failure: Failure) -> NodeFailure {
        NodeFailure { endpoint: endpoint.to_string(), failure: endpoint.hide_keys(failure) }
    }
}

impl fmt::Display for NodeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.endpoint, self.failure)
    }
}
