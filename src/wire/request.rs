//! Step 4 of the trip: the questions, as the one line of JSON that a server reads.

use serde_json::{Map, Value, json};

use crate::types::TxKey;

/// The API version asked for; a server that does not know 2 is asked again with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiVersion {
    V1 = 1,
    V2 = 2,
}

/// One question, without the id and the version it is sent with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    ServerInfo,
    Tx { key: TxKey, binary: bool, range: Option<(u32, u32)> },
}

impl Request {
    pub(crate) fn tx(key: TxKey) -> Request {
        Request::Tx { key, binary: false, range: None }
    }

    /// The text to send.
    pub(crate) fn to_text(&self, id: u64, version: ApiVersion) -> String {
        let (command, mut fields) = self.command();
        fields.insert("id".to_owned(), json!(id));
        fields.insert("command".to_owned(), json!(command));
        fields.insert("api_version".to_owned(), json!(version as u8));
        Value::Object(fields).to_string()
    }

    fn command(&self) -> (&'static str, Map<String, Value>) {
        let mut fields = Map::new();
        let command = match self {
            Request::ServerInfo => "server_info",
            Request::Tx { key, binary, range } => {
                match key {
                    TxKey::Hash(hash) => fields.insert("transaction".to_owned(), json!(hash)),
                    TxKey::Ctid(ctid) => fields.insert("ctid".to_owned(), json!(ctid.to_string())),
                };
                if *binary {
                    fields.insert("binary".to_owned(), json!(true));
                }
                if let Some((min, max)) = range {
                    fields.insert("min_ledger".to_owned(), json!(min));
                    fields.insert("max_ledger".to_owned(), json!(max));
                }
                "tx"
            }
        };
        (command, fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_one_line_of_json() {
        let hash = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
        let tx = Request::Tx { key: hash.parse().unwrap(), binary: true, range: Some((1, 9)) };
        assert_eq!(
            serde_json::from_str::<Value>(&tx.to_text(7, ApiVersion::V2)).unwrap(),
            json!({"id": 7, "command": "tx", "api_version": 2, "transaction": hash, "binary": true,
                "min_ledger": 1, "max_ledger": 9})
        );
        let by_position = Request::tx("C5E55EDF00440000".parse().unwrap());
        assert_eq!(
            serde_json::from_str::<Value>(&by_position.to_text(8, ApiVersion::V1)).unwrap(),
            json!({"id": 8, "command": "tx", "api_version": 1, "ctid": "C5E55EDF00440000"})
        );
        assert!(!Request::ServerInfo.to_text(9, ApiVersion::V2).contains('\n'));
    }
}
