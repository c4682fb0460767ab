//! Why a message is no trustworthy record of a transaction.

use std::fmt;

use serde_json::Value;

use crate::{codec::EncodeError, types::TxHash};

/// Why a message gives no record of a validated transaction. All of these are the node's doing.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// Not JSON; says where it breaks.
    NotJson(String),
    /// It holds no transaction: an error reply, or something else.
    NoTransaction,
    /// The node knows the transaction, and does not say that a validated ledger holds it. Not final:
    /// it may vanish or turn out otherwise.
    NotValidated,
    /// Called validated, and without metadata.
    NoMetadata,
    /// Called validated, and without the ledger's index.
    NoLedgerIndex,
    /// A field, or the type of the transaction, is newer than this crate. Ask the same node for the binary form, and read both
    /// with [`read_with_binary`](super::TxRecord::read_with_binary).
    UnknownField(String),
    /// A value that is not what its field must be.
    BadValue {
        /// Which field, from the outside in.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The message tells one thing in two ways that differ.
    Contradiction {
        /// Which thing.
        what: &'static str,
        /// What it says in one place.
        one: String,
        /// What it says in another.
        other: String,
    },
}

impl RecordError {
    pub(super) fn bad_value(path: &str, reason: impl fmt::Display) -> RecordError {
        RecordError::BadValue { path: path.to_owned(), reason: reason.to_string() }
    }

    pub(super) fn contradiction(
        what: &'static str,
        one: impl fmt::Display,
        other: impl fmt::Display,
    ) -> RecordError {
        RecordError::Contradiction { what, one: one.to_string(), other: other.to_string() }
    }
}

pub(super) fn parse(text: &str) -> Result<Value, RecordError> {
    serde_json::from_str(text).map_err(|error| RecordError::NotJson(error.to_string()))
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::NotJson(reason) => write!(f, "the node's message is no JSON: {reason}"),
            RecordError::NoTransaction => f.write_str("the node's message holds no transaction"),
            RecordError::NotValidated => {
                f.write_str("the node knows the transaction, but not as part of a validated ledger")
            }
            RecordError::NoMetadata => {
                f.write_str("the node calls the transaction validated, but gives no metadata")
            }
            RecordError::NoLedgerIndex => {
                f.write_str("the node calls the transaction validated, but names no ledger")
            }
            RecordError::UnknownField(name) => {
                write!(f, "the transaction holds a name that is not known here: {name:?}")
            }
            RecordError::BadValue { path, reason } => {
                write!(f, "the node's value of {path} is wrong: {reason}")
            }
            RecordError::Contradiction { what, one, other } => {
                write!(f, "the node contradicts itself about the {what}: {one}, and {other}")
            }
        }
    }
}

impl std::error::Error for RecordError {}

impl From<EncodeError> for RecordError {
    fn from(error: EncodeError) -> RecordError {
        match error {
            EncodeError::UnknownField(name) => RecordError::UnknownField(name),
            EncodeError::UnknownWord { word, .. } => RecordError::UnknownField(word),
            EncodeError::BadValue { path, reason } => RecordError::bad_value(&path, reason),
        }
    }
}

/// The node answered with other content than that of the hash it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContentMismatch {
    /// The hash in question.
    pub asked: TxHash,
    /// The hash of what the node sent.
    pub computed: TxHash,
    /// The hash that the node wrote beside it.
    pub claimed: Option<TxHash>,
}

impl fmt::Display for ContentMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ContentMismatch { asked, computed, claimed } = self;
        write!(f, "the node was asked for {asked} and sent the content of {computed}")?;
        match claimed {
            Some(claimed) if claimed != computed => write!(f, ", calling it {claimed}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ContentMismatch {}
