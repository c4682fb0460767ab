//! Why a validator list is not believed.

use super::{
    MAX_LIST_DOCUMENT, MAX_LISTS, MAX_VALIDATORS, ManifestError, PublicKey, SignatureError,
};
use crate::types::RippleTime;

/// Why a validator list is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// Beyond [`MAX_LIST_DOCUMENT`].
    #[error("a document of {0} bytes is larger than {MAX_LIST_DOCUMENT}")]
    TooLarge(usize),
    /// Not a document with lists, or not a list.
    #[error("not a validator list: {0}")]
    Malformed(String),
    /// A version other than 1 and 2.
    #[error("validator lists of version {0} are not known")]
    UnknownVersion(u32),
    /// More than [`MAX_LISTS`].
    #[error("{0} lists in one document, at most {MAX_LISTS} are read")]
    TooManyLists(usize),
    /// More than [`MAX_VALIDATORS`].
    #[error("a list of {0} validators, at most {MAX_VALIDATORS} are read")]
    TooManyValidators(usize),
    /// Another publisher than the one that was pinned.
    #[error("the list is published by {found}, which is not the pinned publisher")]
    OtherPublisher {
        /// The publisher's master key.
        found: PublicKey,
    },
    /// The publisher's manifest does not hold.
    #[error("the publisher's manifest: {0}")]
    Manifest(ManifestError),
    /// The publisher's master key was revoked, for ever.
    #[error("the publisher's key is revoked")]
    Revoked,
    /// Signed with a key that the publisher has replaced since.
    #[error("the list stands on manifest {found} of its publisher, which {known} replaced")]
    RetiredKey {
        /// Sequence of the newest manifest known.
        known: u32,
        /// Sequence of the list's manifest.
        found: u32,
    },
    /// The publisher did not sign this.
    #[error("the list: {0}")]
    Signature(SignatureError),
    /// It expires before it begins.
    #[error("the list would expire at {expiration}, not after it becomes effective at {effective}")]
    Never {
        /// Seconds of the ledger's time.
        effective: u32,
        /// Seconds of the ledger's time.
        expiration: u32,
    },
    /// Older than one that was accepted before.
    #[error("the list has sequence {found}, but {known} was seen before")]
    RolledBack {
        /// The highest sequence seen.
        known: u32,
        /// The sequence of this list.
        found: u32,
    },
    /// Not effective yet.
    #[error("the list becomes effective at {effective}, asked was {at}")]
    NotYet {
        /// When it becomes effective.
        effective: RippleTime,
        /// The moment asked for.
        at: RippleTime,
    },
    /// Not effective any more.
    #[error("the list expired at {expiration}, asked was {at}")]
    Expired {
        /// When it expired.
        expiration: RippleTime,
        /// The moment asked for.
        at: RippleTime,
    },
    /// A document without any list.
    #[error("the document has no list")]
    NoList,
}
