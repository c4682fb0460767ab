//! What is known when a proof holds.

use std::fmt;

use super::Proof;
use crate::{
    proof::{LedgerHeader, ListSource, Tally},
    types::{LedgerHash, TxHash},
};

/// A transaction and what it did, proven. A value comes from verifying a [`Proof`] and from nowhere
/// else.
#[derive(Clone, PartialEq, Eq)]
pub struct Proven {
    id: TxHash,
    transaction: Vec<u8>,
    metadata: Vec<u8>,
    header: LedgerHeader,
    by: ProvenBy,
}

/// On whose word a transaction is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProvenBy {
    /// Enough of the validators that were believed signed the ledger, or a later one.
    Validators {
        /// The header that they signed: the transaction's ledger's, or a later one.
        signed: LedgerHeader,
        /// Who signed, out of how many.
        tally: Tally,
        /// The published lists that the validators came from; none when their keys were given.
        sources: Vec<ListSource>,
    },
    /// The caller had proven the ledger before, or a later one, and kept its hash.
    Checkpoint {
        /// The ledger of that hash.
        ledger_index: u32,
        /// The hash.
        hash: LedgerHash,
    },
}

impl Proven {
    pub(super) fn new(proof: &Proof, by: ProvenBy) -> Proven {
        Proven {
            id: proof.id(),
            transaction: proof.transaction.clone(),
            metadata: proof.metadata.clone(),
            header: proof.header,
            by,
        }
    }

    /// The hash of the transaction: compare it with the one that you asked about.
    pub fn id(&self) -> &TxHash {
        &self.id
    }

    /// The transaction in binary form, as it was signed.
    pub fn transaction(&self) -> &[u8] {
        &self.transaction
    }

    /// Its metadata in binary form, as the ledger has it.
    pub fn metadata(&self) -> &[u8] {
        &self.metadata
    }

    /// The header of the ledger that it is in.
    pub fn header(&self) -> &LedgerHeader {
        &self.header
    }

    /// On whose word.
    pub fn by(&self) -> &ProvenBy {
        &self.by
    }
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven")
            .field("id", &self.id)
            .field("header", &self.header)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}
