//! Where an answer came from.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::error::Attempt;

/// Which node answered, how, and how long that took.
///
/// JSON: `{"endpoint", "resolved_by", "elapsed_ms", "agreed", "attempts", "proven"?}`, `resolved_by` being
/// `first_reply`, `late_reply` or `ledger_watch`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The endpoint whose answer this is, without credentials and query.
    pub endpoint: String,
    /// What the answer came out of.
    pub resolved_by: ResolvedBy,
    /// From the question to the answer.
    #[serde(rename = "elapsed_ms", serialize_with = "milliseconds")]
    pub elapsed: Duration,
    /// All endpoints that gave this answer, when more than one was asked to.
    pub agreed: Vec<String>,
    /// The endpoints that were asked and could not help.
    pub attempts: Vec<Attempt>,
    /// By whose signatures this is proven. Without it, what the metadata tell is the word of the nodes
    /// named here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven: Option<ProvenSource>,
}

/// By whose signatures an answer is proven, whatever nodes say.
///
/// JSON: `{"validators": {"ledger_index", "signers", "validators", "quorum"}}` or
/// `{"checkpoint": {"ledger_index"}}`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvenSource {
    /// A quorum of the validators that are believed signed the ledger of the transaction, or a later
    /// one that stands on it.
    Validators {
        /// The ledger that they signed.
        ledger_index: u32,
        /// How many signed it.
        signers: usize,
        /// How many are believed.
        validators: usize,
        /// How many of them had to sign.
        quorum: usize,
    },
    /// The ledger, or a later one that stands on it, was proven before, and its hash kept.
    Checkpoint {
        /// The ledger of that hash.
        ledger_index: u32,
    },
}

impl Source {
    /// An answer of `endpoint`, about which nothing else is known yet.
    pub(crate) fn of(endpoint: impl Into<String>) -> Source {
        Source {
            endpoint: endpoint.into(),
            resolved_by: ResolvedBy::FirstReply,
            elapsed: Duration::ZERO,
            agreed: Vec::new(),
            attempts: Vec::new(),
            proven: None,
        }
    }
}

/// What an answer came out of.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolvedBy {
    /// The node that was asked last, within its time.
    FirstReply,
    /// A node that had been silent for so long that another one was asked meanwhile.
    LateReply,
    /// A ledger that closed while the lookup waited.
    LedgerWatch,
}

fn milliseconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(elapsed.as_millis().try_into().unwrap_or(u64::MAX))
}
