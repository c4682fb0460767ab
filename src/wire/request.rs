//! Step 4 of the trip: the questions, as the one line of JSON that a server reads.

use std::fmt::{Display, Write};

use serde_json::{Value, json};

use crate::types::{AccountId, TxKey};

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
    Tx {
        key: TxKey,
        binary: bool,
    },
    /// The hashes of all transactions of one ledger.
    HashList {
        index: u32,
    },
    /// One ledger in binary form: its header, with all its transactions when `whole`.
    Ledger {
        index: u32,
        whole: bool,
    },
    /// The header of the newest validated ledger.
    Newest,
    /// A page of an account's history between two ledgers, the oldest first; with a marker, the page
    /// behind it.
    History {
        account: AccountId,
        min: u32,
        max: u32,
        marker: Option<Value>,
    },
    Subscribe(Streams),
    /// Also the transactions of these accounts.
    SubscribeAccounts(Vec<AccountId>),
    Unsubscribe(Streams),
    UnsubscribeAccounts(Vec<AccountId>),
    /// Begins or ends the stream of what validators sign.
    #[cfg(feature = "proof")]
    Validations {
        begin: bool,
    },
}

/// What is streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Streams {
    /// The close of each ledger.
    pub(crate) ledgers: bool,
    pub(crate) transactions: bool,
}

/// Accounts that are named in one request at most: servers refuse requests above a megabyte.
pub(crate) const ACCOUNTS_AT_ONCE: usize = 1_000;

impl Request {
    /// The text to send over a WebSocket.
    pub(crate) fn to_text(&self, id: u64, version: ApiVersion) -> String {
        let (command, version) = (self.command(), version as u8);
        let mut text = format!(r#"{{"id":{id},"command":"{command}","api_version":{version}"#);
        self.write_fields(&mut text);
        text + "}"
    }

    /// The same as JSON-RPC, to be sent by HTTP. The id is for those servers that repeat it.
    pub(crate) fn to_rpc(&self, id: u64, version: ApiVersion) -> String {
        let (command, version) = (self.command(), version as u8);
        let mut text =
            format!(r#"{{"id":{id},"method":"{command}","params":[{{"api_version":{version}"#);
        self.write_fields(&mut text);
        text + "}]}"
    }

    fn command(&self) -> &'static str {
        match self {
            Request::ServerInfo => "server_info",
            Request::Tx { .. } => "tx",
            Request::HashList { .. } | Request::Ledger { .. } | Request::Newest => "ledger",
            Request::History { .. } => "account_tx",
            Request::Subscribe(_) | Request::SubscribeAccounts(_) => "subscribe",
            Request::Unsubscribe(_) | Request::UnsubscribeAccounts(_) => "unsubscribe",
            #[cfg(feature = "proof")]
            Request::Validations { begin: true } => "subscribe",
            #[cfg(feature = "proof")]
            Request::Validations { begin: false } => "unsubscribe",
        }
    }

    /// What the command is about, each field with its comma.
    fn write_fields(&self, text: &mut String) {
        // A text takes all that it is given.
        let mut add = |name: &str, json: &dyn Display| {
            let _ = write!(text, r#","{name}":{json}"#);
        };
        match self {
            Request::ServerInfo => {}
            Request::Tx { key, binary } => {
                match key {
                    TxKey::Hash(hash) => add("transaction", &format_args!(r#""{hash}""#)),
                    TxKey::Ctid(ctid) => add("ctid", &format_args!(r#""{ctid}""#)),
                }
                if *binary {
                    add("binary", &true);
                }
            }
            Request::HashList { index } => {
                add("ledger_index", index);
                add("transactions", &true);
            }
            Request::Ledger { index, whole } => {
                add("ledger_index", index);
                add("binary", &true);
                if *whole {
                    add("transactions", &true);
                    add("expand", &true);
                }
            }
            Request::Newest => add("ledger_index", &r#""validated""#),
            Request::Subscribe(streams) | Request::Unsubscribe(streams) => {
                add("streams", &json!(streams.names()));
            }
            Request::SubscribeAccounts(accounts) | Request::UnsubscribeAccounts(accounts) => {
                add("accounts", &json!(accounts));
            }
            Request::History { account, min, max, marker } => {
                add("account", &format_args!(r#""{account}""#));
                add("ledger_index_min", min);
                add("ledger_index_max", max);
                add("forward", &true);
                add("binary", &true);
                if let Some(marker) = marker {
                    add("marker", marker);
                }
            }
            #[cfg(feature = "proof")]
            Request::Validations { .. } => add("streams", &json!(["validations"])),
        }
    }
}

impl Streams {
    /// What closes, and every transaction on demand.
    pub(crate) fn of_ledgers(transactions: bool) -> Streams {
        Streams { ledgers: true, transactions }
    }

    pub(crate) fn is_empty(self) -> bool {
        !self.ledgers && !self.transactions
    }

    /// What of this is not in the other.
    pub(crate) fn without(self, other: Streams) -> Streams {
        Streams {
            ledgers: self.ledgers && !other.ledgers,
            transactions: self.transactions && !other.transactions,
        }
    }

    fn names(self) -> Vec<&'static str> {
        let names = [(self.ledgers, "ledger"), (self.transactions, "transactions")];
        names.into_iter().filter_map(|(wanted, name)| wanted.then_some(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_one_line_of_json() {
        let hash = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
        let tx = Request::Tx { key: hash.parse().unwrap(), binary: true };
        assert_eq!(
            serde_json::from_str::<Value>(&tx.to_text(7, ApiVersion::V2)).unwrap(),
            json!({"id": 7, "command": "tx", "api_version": 2, "transaction": hash,
                "binary": true})
        );
        let by_position = Request::Tx { key: "C5E55EDF00440000".parse().unwrap(), binary: false };
        assert_eq!(
            serde_json::from_str::<Value>(&by_position.to_text(8, ApiVersion::V1)).unwrap(),
            json!({"id": 8, "command": "tx", "api_version": 1, "ctid": "C5E55EDF00440000"})
        );
        assert!(!Request::ServerInfo.to_text(9, ApiVersion::V2).contains('\n'));
        assert_eq!(
            serde_json::from_str::<Value>(&tx.to_rpc(7, ApiVersion::V2)).unwrap(),
            json!({"id": 7, "method": "tx",
                "params": [{"api_version": 2, "transaction": hash, "binary": true}]})
        );
    }
}
