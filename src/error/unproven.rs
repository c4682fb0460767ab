//! Why what a node says is not proven by those who validate ledgers.

use crate::types::LedgerHash;

/// Why a node's word that a transaction was validated is not proven by validators' signatures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unproven {
    /// The ledger that it named does not hold the transaction.
    #[error("its ledger {ledger_index} does not hold the transaction")]
    NotInLedger {
        /// The ledger.
        ledger_index: u32,
    },
    /// It does not have a ledger that is needed.
    #[error("it does not have ledger {ledger_index}")]
    NoLedger {
        /// The ledger.
        ledger_index: u32,
    },
    /// Its ledger, or one that it says stands on that, is not the validated one.
    #[error("its ledger {ledger_index} is {found}, and the validated one is {expected}")]
    OtherLedger {
        /// The ledger.
        ledger_index: u32,
        /// The hash that a quorum signed, or that was proven before.
        expected: LedgerHash,
        /// The hash of the node's ledger.
        found: LedgerHash,
    },
    /// No signatures are at hand for any ledger that is near enough.
    #[error(
        "ledger {ledger_index} is too far back: signatures are at hand from ledger {next} on, and \
         at most {limit} headers are walked"
    )]
    TooFarBack {
        /// The transaction's ledger.
        ledger_index: u32,
        /// The first later ledger that could be believed.
        next: u32,
        /// How many headers are walked at most.
        limit: u32,
    },
    /// Not enough of the trusted validators were heard to sign the ledger, or one that stands on it.
    #[error(
        "{signers} of {validators} validators were heard to sign ledger {ledger_index} or one \
         after it, {quorum} are needed"
    )]
    NoQuorum {
        /// The transaction's ledger.
        ledger_index: u32,
        /// How many signed the ledger that most of them signed.
        signers: usize,
        /// How many validators are trusted.
        validators: usize,
        /// How many of them must have signed.
        quorum: usize,
    },
    /// Something on the way does not hold.
    #[error("{0}")]
    Refused(String),
}
