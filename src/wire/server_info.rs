//! What a node says about itself (`server_info`), read tolerantly.

use serde_json::Value;

use super::{ranges::LedgerRanges, server_error::bounded, warnings::Warnings};
use crate::types::LedgerHash;

/// The facts from which a node is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ServerInfo {
    pub(crate) network_id: Option<u32>,
    /// `None` when absent or unreadable.
    pub(crate) complete_ledgers: Option<LedgerRanges>,
    /// As printed, bounded; for messages.
    pub(crate) complete_text: String,
    /// Clio has none.
    pub(crate) server_state: Option<String>,
    pub(crate) validated: Option<ValidatedLedger>,
    pub(crate) amendment_blocked: bool,
    pub(crate) corruption_detected: bool,
    pub(crate) is_clio: bool,
    pub(crate) build_version: Option<String>,
    pub(crate) warnings: Warnings,
}

/// The newest validated ledger of a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValidatedLedger {
    pub(crate) index: u32,
    pub(crate) hash: Option<LedgerHash>,
    /// Seconds since it was closed, if the server says so.
    pub(crate) age: Option<u64>,
}

impl ServerInfo {
    /// Reads `result` of a `server_info` answer (`info`) or of `server_state` (`state`); `None` when it
    /// holds neither.
    pub(crate) fn read(result: &str, warnings: Warnings) -> Option<ServerInfo> {
        let result: Value = serde_json::from_str(result).ok()?;
        let info = result.get("info").or_else(|| result.get("state"))?.as_object()?;
        let text = |name: &str| info.get(name).and_then(Value::as_str);
        let validated = info.get("validated_ledger").and_then(|ledger| {
            Some(ValidatedLedger {
                index: read_u32(ledger.get("seq")?)?,
                hash: ledger.get("hash").and_then(Value::as_str).and_then(|text| text.parse().ok()),
                age: ledger.get("age").and_then(Value::as_u64),
            })
        });
        Some(ServerInfo {
            network_id: info.get("network_id").and_then(read_u32),
            complete_ledgers: text("complete_ledgers").and_then(|text| text.parse().ok()),
            complete_text: bounded(text("complete_ledgers").unwrap_or("missing"), 100),
            server_state: text("server_state").map(|text| bounded(text, 40)),
            validated,
            // Present only when true; anything but a clear false counts as true.
            amendment_blocked: info.get("amendment_blocked").is_some_and(|value| value != false),
            corruption_detected: info
                .get("corruption_detected")
                .is_some_and(|value| value != false),
            is_clio: info.contains_key("clio_version") || warnings.clio,
            build_version: text("build_version")
                .or_else(|| text("clio_version"))
                .map(|text| bounded(text, 40)),
            warnings: warnings.merge(Warnings::read_list(info.get("warnings"))),
        })
    }
}

/// A ledger index or id as a number, or as the digits some servers send.
pub(crate) fn read_u32(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rippled_node_is_read() {
        let info = ServerInfo::read(
            r#"{"info":{"build_version":"2.6.1","complete_ledgers":"32570-93000000","network_id":0,
                "server_state":"full","load_factor":1,"validated_ledger":{"seq":93000000,"age":3,
                "hash":"4109C6F2045FC7EFF4CDE8F9905D19C28820D86304080FF886B299F0206E42B5"},"new":{}}}"#,
            Warnings::default(),
        )
        .unwrap();
        assert_eq!(info.network_id, Some(0));
        assert_eq!(info.complete_ledgers.unwrap().bounds(), Some((32570, 93_000_000)));
        assert_eq!(info.server_state.as_deref(), Some("full"));
        let validated = info.validated.unwrap();
        assert_eq!((validated.index, validated.age), (93_000_000, Some(3)));
        assert!(!info.is_clio && !info.amendment_blocked);
    }

    #[test]
    fn a_clio_node_has_no_state_and_is_known_by_its_version() {
        let info = ServerInfo::read(
            r#"{"info":{"clio_version":"2.4.0","complete_ledgers":"32570-5000000","network_id":0,
                "amendment_blocked":true,"validated_ledger":{"seq":5000000,"age":2}},"validated":true}"#,
            Warnings::default(),
        )
        .unwrap();
        assert!(info.is_clio && info.amendment_blocked && info.server_state.is_none());
    }

    #[test]
    fn what_cannot_be_read_is_absent_and_never_a_guess() {
        let info = ServerInfo::read(
            r#"{"info":{"complete_ledgers":5,"network_id":"one","validated_ledger":{"seq":-1}}}"#,
            Warnings::default(),
        )
        .unwrap();
        assert_eq!(info.complete_ledgers, None);
        assert_eq!(info.network_id, None);
        assert_eq!(info.validated, None);
        for age in ["", r#","age":null"#, r#","age":-1"#, r#","age":3.5"#, r#","age":"new""#] {
            let text = format!(r#"{{"info":{{"validated_ledger":{{"seq":5{age}}}}}}}"#);
            let info = ServerInfo::read(&text, Warnings::default()).unwrap();
            assert_eq!(info.validated.unwrap().age, None, "{age}");
        }
        for text in ["{}", "[]", r#"{"info":[]}"#, "x"] {
            assert_eq!(ServerInfo::read(text, Warnings::default()), None, "{text}");
        }
    }
}
