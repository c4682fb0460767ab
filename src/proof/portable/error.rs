//! Why a proof does not hold.

use super::{MAX_DOCUMENT, MAX_VALIDATIONS};
use crate::{
    proof::{
        ArchiveError, HeaderError, ListError, ManifestError, PathError, PublicKey, Tally,
        TrustError, ValidationError,
    },
    types::{Hash256, LedgerHash, TxHash},
};

/// Why a proof does not hold, or is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Beyond [`MAX_DOCUMENT`].
    #[error("a document of {0} bytes is larger than {MAX_DOCUMENT}")]
    TooLarge(usize),
    /// Not a proof document.
    #[error("not a proof document: {0}")]
    Malformed(String),
    /// More than [`MAX_VALIDATIONS`].
    #[error("more than {MAX_VALIDATIONS} validations")]
    TooManyValidations,
    /// The ledger's tree does not hold the transaction.
    #[error("transaction {0} is not in this ledger")]
    NotInLedger(TxHash),
    /// The way from the transaction to the root is broken.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The tree is not that of the header.
    #[error("the header names the transaction tree {header}, this one is {computed}")]
    OtherRoot {
        /// The root of the tree that came.
        computed: Hash256,
        /// The root in the header.
        header: Hash256,
    },
    /// The headers are no chain.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// There is no list in the document.
    #[error("the document has no validator list")]
    NoList,
    /// The list is of a publisher whom the caller does not believe.
    #[error("the list is published by {0}, which is not pinned")]
    OtherPublisher(PublicKey),
    /// The list does not hold.
    #[error(transparent)]
    List(#[from] ListError),
    /// The validators cannot be believed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A manifest beside the list does not hold.
    #[error(transparent)]
    Manifest(ManifestError),
    /// A validation does not hold.
    #[error("the validation of {name}: {reason}")]
    Validation {
        /// The key under which the document has it.
        name: PublicKey,
        /// What is wrong with it.
        reason: ValidationError,
    },
    /// A validation stands under the name of somebody who did not sign it.
    #[error("under the name {name} stands a validation that {key} signed")]
    Misnamed {
        /// The key under which the document has it.
        name: PublicKey,
        /// The key that signed it.
        key: PublicKey,
    },
    /// Too few of the validators signed the ledger.
    #[error(
        "{} of {} validators signed ledger {ledger_index}, {} are needed",
        .tally.signers.len(), .tally.validators, .tally.quorum
    )]
    NoQuorum {
        /// The ledger that had to be signed.
        ledger_index: u32,
        /// Who signed it.
        tally: Tally,
    },
    /// The archive has no hash for the last ledger of the chain.
    #[error("cannot be proven from here: no hash of ledger {ledger_index} was kept")]
    NoCheckpoint {
        /// The last ledger of the chain.
        ledger_index: u32,
    },
    /// The archive has another hash.
    #[error("ledger {ledger_index} has the hash {kept} in the archive, and {hash} here")]
    OtherCheckpoint {
        /// The last ledger of the chain.
        ledger_index: u32,
        /// The hash in the archive.
        kept: LedgerHash,
        /// The hash of the last header.
        hash: LedgerHash,
    },
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}
