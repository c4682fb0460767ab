//! Believing nobody but the validators (feature `proof`): from the bytes of a transaction and its
//! metadata to the signatures of four fifths of a validator list, step by step, as pure functions.
//!
//! No network, no clock: what comes in are bytes that anybody may have made, and the moment at which
//! they are judged. What goes out is a value that exists only because everything about it was
//! checked, or the name of the rule that was broken. No input panics, and sizes, depths and counts
//! have limits with names.
//!
//! | to show that | by | source of the rule |
//! |---|---|---|
//! | a transaction did this in a ledger | [`TransactionTree`], [`InclusionPath`] | rippled's `SHAMap` |
//! | the ledger is the one of this hash | [`LedgerHeader`] | rippled's `LedgerHeader.h` |
//! | a later ledger stands on it | [`LedgerHeader::follow`] | the same |
//! | a validator signed that one | [`Validation`], [`Manifest`] | `STValidation.cpp`, `Manifest.cpp` |
//! | it is one of those that are believed | [`Publisher`], [`TrustedValidators`] | XLS-45, `ValidatorList.cpp` |
//! | enough of them signed | [`Ballot`], [`quorum`] | `ValidatorList.cpp` |
//! | all this, to somebody else | [`Proof`] | XLS-41 |
//!
//! ```
//! use xrpl_txdata::proof::{LedgerHeader, TransactionTree};
//!
//! // An empty ledger: what a server sends for `ledger` with `binary`, and what follows from it.
//! let header = LedgerHeader::from_bytes(&[0; 118])?;
//! let transactions = TransactionTree::new::<Vec<u8>>([])?;
//! assert_eq!(transactions.root(), header.transaction_hash);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a proof does not say
//!
//! It does not name the network: validations carry no network id, so the validators that are
//! believed bind it. And it rests on their honesty, and that of the publisher who lists them: four
//! fifths of them can sign anything.

mod archive;
mod ballot;
mod fields;
mod key;
mod list;
mod list_error;
mod manifest;
mod portable;
mod publisher;
mod trusted;
mod validation;

pub use crate::codec::{
    header::{HEADER_SIZE, HeaderError, LedgerHeader, MAX_CHAIN},
    tree::{
        MAX_TRANSACTIONS, TransactionTree, TreeError,
        path::{InclusionPath, PathError, Row},
    },
};
pub use archive::{ArchiveError, FileArchive, MAX_CHECKPOINTS, MemoryArchive, ProofArchive};
pub use ballot::{Ballot, Cast, Tally};
pub use key::{PublicKey, SignatureError};
pub use list::{
    ListedValidator, MAX_LIST_DOCUMENT, MAX_LISTS, MAX_VALIDATORS, SignedList, ValidatorList,
};
pub use list_error::ListError;
pub use manifest::{MAX_MANIFEST, Manifest, ManifestError};
pub use portable::{MAX_DOCUMENT, MAX_VALIDATIONS, Proof, ProofError, Proven, ProvenBy};
pub use publisher::{Publisher, UNL_XRPLF_ORG, VL_ALTNET_RIPPLETEST_NET, VL_RIPPLE_COM};
pub use trusted::{ListSource, TrustError, TrustedValidators, quorum};
pub use validation::{MAX_VALIDATION, Validation, ValidationError};

#[cfg(test)]
mod tests;
