//! How far a payload has come, out of the flags that Xaman gives.

use std::fmt;

use super::payload::{Meta, Payload};

/// How far a payload has come.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadState {
    /// Xaman does not know it.
    Unknown,
    /// The user has not decided yet.
    Pending,
    /// The user looks at it.
    Opened,
    /// The application withdrew it before the user decided.
    Cancelled,
    /// Nobody opened it in time.
    Expired,
    /// The user said no.
    Rejected,
    /// The user signed, and Xaman sent it to the network. Whether it is in a ledger is another
    /// question.
    Signed,
    /// The user signed, and Xaman did not send it: the hash may appear on the ledger later, through
    /// somebody else, or never.
    SignedNotSubmitted,
}

impl Payload {
    /// How far it has come.
    pub fn state(&self) -> PayloadState {
        let Meta { exists, resolved, signed, cancelled, expired, .. } = self.meta;
        match (exists, resolved) {
            (false, _) => PayloadState::Unknown,
            (true, false) if cancelled => PayloadState::Cancelled,
            (true, false) if expired => PayloadState::Expired,
            (true, false) if self.meta.app_opened == Some(true) => PayloadState::Opened,
            (true, false) => PayloadState::Pending,
            (true, true) if !signed => PayloadState::Rejected,
            (true, true) if self.meta.submit == Some(false) || self.is_multisign() => {
                PayloadState::SignedNotSubmitted
            }
            (true, true) => PayloadState::Signed,
        }
    }
}

impl PayloadState {
    /// One word or two for people.
    pub const fn name(self) -> &'static str {
        match self {
            PayloadState::Unknown => "unknown",
            PayloadState::Pending => "pending",
            PayloadState::Opened => "opened",
            PayloadState::Cancelled => "cancelled",
            PayloadState::Expired => "expired",
            PayloadState::Rejected => "rejected",
            PayloadState::Signed => "signed",
            PayloadState::SignedNotSubmitted => "signed, not submitted",
        }
    }
}

impl fmt::Display for PayloadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
