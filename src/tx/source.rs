//! Where an answer came from.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::error::Attempt;

/// Which node answered, how, and how long that took.
///
/// JSON: `{"endpoint", "resolved_by", "elapsed_ms", "agreed", "attempts"}`, `resolved_by` being `first_reply`,
/// `late_reply` or `ledger_watch`.
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
