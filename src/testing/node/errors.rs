//! The servers' errors: token, number, message (rippled `ErrorCodes.cpp`, Clio `Errors.cpp`).

use serde_json::{Map, Value, json};

use crate::testing::recorded::RecordingError;

/// An answer that is an error.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) token: String,
    /// Further members beside the error's own.
    pub(super) more: Map<String, Value>,
}

impl From<&str> for Refusal {
    fn from(token: &str) -> Refusal {
        Refusal { token: token.to_owned(), more: Map::new() }
    }
}

impl From<RecordingError> for Refusal {
    /// A damaged record, which the text names.
    fn from(error: RecordingError) -> Refusal {
        Refusal::from("dbDeserialization").with("error_exception", error.to_string())
    }
}

impl Refusal {
    pub(super) fn with(mut self, member: &str, value: impl Into<Value>) -> Refusal {
        self.more.insert(member.to_owned(), value.into());
        self
    }

    /// All members of the error, as they stand beside `status` and `type`.
    pub(super) fn members(self) -> Map<String, Value> {
        let mut members = self.more;
        if let Some((code, message)) = known(&self.token) {
            members.insert("error_code".to_owned(), json!(code));
            members.insert("error_message".to_owned(), message.into());
        }
        members.insert("error".to_owned(), self.token.into());
        members
    }
}

/// Number and message of an error; some errors have neither.
fn known(token: &str) -> Option<(u32, &'static str)> {
    Some(match token {
        "badSyntax" => (1, "Syntax error."),
        "json_rpc" => (2, "JSON-RPC transport error."),
        "forbidden" => (3, "Bad credentials."),
        "wrongNetwork" => (4, "Wrong network."),
        "noPermission" => (6, "You don't have permission for this command."),
        "noEvents" => (7, "Current transport does not support events."),
        "tooBusy" => (9, "The server is too busy to help you now."),
        "slowDown" => (10, "You are placing too much load on the server."),
        "highFee" => (11, "Current transaction fee exceeds your limit."),
        "notEnabled" => (12, "Not enabled in configuration."),
        "notReady" => (13, "Not ready to handle this request."),
        "amendmentBlocked" => (14, "Amendment blocked, need upgrade."),
        "noClosed" => (15, "Closed ledger is unavailable."),
        "noCurrent" => (16, "Current ledger is unavailable."),
        "noNetwork" => (17, "Not synced to the network."),
        "notSynced" => (18, "Not synced to the network."),
        "actNotFound" => (19, "Account not found."),
        "lgrNotFound" => (21, "Ledger not found."),
        "lgrNotValidated" => (22, "Ledger not validated."),
        "txnNotFound" => (29, "Transaction not found."),
        "invalidParams" => (31, "Invalid parameters."),
        "unknownCmd" => (32, "Unknown method."),
        "actMalformed" => (35, "Account malformed."),
        "commandMissing" => (47, "Missing command entry."),
        "lgrIdxsInvalid" => (57, "Ledger indexes invalid."),
        "lgrIdxMalformed" => (58, "Ledger index malformed."),
        "malformedStream" => (71, "Stream malformed."),
        "internal" => (73, "Internal error."),
        "notImpl" => (74, "Not implemented."),
        "notSupported" => (75, "Operation not supported."),
        "dbDeserialization" => (77, "Database deserialization error."),
        "excessiveLgrRange" => (78, "Ledger range exceeds 1000."),
        "invalidLgrRange" => (79, "Ledger range is invalid."),
        "unlBlocked" => (80, "Trusted validator list has expired."),
        "failedToForward" => (90, "Failed to forward request to p2p node"),
        "reportingUnsupported" => {
            (91, "Requested operation not supported by reporting mode server")
        }
        _ => return None,
    })
}
