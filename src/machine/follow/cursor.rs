//! Where a monitor stands, for whoever must go on from there.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::types::{LedgerHash, ParseError, TxHash};

/// The version of the serialised form.
const VERSION: u32 = 1;

/// Up to where everything was handed out: the last complete ledger, and the transactions after it that
/// were handed out already.
///
/// Store it in the same database transaction as what you made of the events, and go on
/// [`from`](crate::MonitorBuilder::from) it: then each payment is booked exactly once. Under one
/// kilobyte, unless you store it in the middle of a ledger with many transactions of yours.
///
/// Serialises as, prints and parses this object, in which `ledger_hash` and `done` may be missing:
///
/// ```
/// use xrpl_txdata::Cursor;
///
/// let text = r#"{"version":1,"network_id":0,"ledger_index":98000000,"ledger_hash":"E6DB7365949BF9814D76BCC730B01818EB9136A89DB224F3F9F5AAE4569D758E"}"#;
/// let cursor: Cursor = text.parse()?;
/// assert_eq!(cursor.ledger_index(), 98_000_000);
/// assert_eq!(cursor.to_string(), text);
///
/// let future = text.replace("\"version\":1", "\"version\":2").parse::<Cursor>().unwrap_err();
/// assert!(future.to_string().contains("version 1"));
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) network_id: u32,
    pub(crate) ledger_index: u32,
    pub(crate) ledger_hash: Option<LedgerHash>,
    pub(crate) done: Vec<TxHash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: u32,
    network_id: u32,
    ledger_index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ledger_hash: Option<LedgerHash>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    done: Vec<TxHash>,
}

impl Cursor {
    /// The network.
    pub fn network_id(&self) -> u32 {
        self.network_id
    }

    /// The last ledger of which everything was handed out.
    pub fn ledger_index(&self) -> u32 {
        self.ledger_index
    }

    /// The hash of that ledger; `None` for a cursor from before the first complete ledger of a monitor
    /// that began at a ledger's index.
    pub fn ledger_hash(&self) -> Option<LedgerHash> {
        self.ledger_hash
    }

    /// The transactions after that ledger which were handed out already.
    pub fn done(&self) -> &[TxHash] {
        &self.done
    }

    fn read(text: &str) -> Result<Cursor, String> {
        // The version first: what comes with another one may look like anything.
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(other) => {
                return Err(format!("it has version {other}, this crate reads version {VERSION}"));
            }
            None => return Err("expected an object with a version".to_owned()),
        }
        let form: Form = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let Form { network_id, ledger_index, ledger_hash, done, .. } = form;
        Ok(Cursor { network_id, ledger_index, ledger_hash, done })
    }

    fn form(&self) -> Form {
        Form {
            version: VERSION,
            network_id: self.network_id,
            ledger_index: self.ledger_index,
            ledger_hash: self.ledger_hash,
            done: self.done.clone(),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&self.form()).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl FromStr for Cursor {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Cursor, ParseError> {
        Cursor::read(text).map_err(|reason| ParseError::new("a cursor", text, reason))
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.form().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cursor, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Cursor::read(&value.to_string()).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_stored_in_every_way() {
        for (hash, done) in [(None, vec![]), (Some([7; 32]), vec![TxHash::from_bytes([9; 32])])] {
            let ledger_hash = hash.map(LedgerHash::from_bytes);
            let cursor = Cursor { network_id: 21_337, ledger_index: u32::MAX, ledger_hash, done };
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
            let json = serde_json::to_string(&cursor).unwrap();
            assert_eq!(json, cursor.to_string());
            assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor);
            let Cursor { network_id, ledger_index, ledger_hash, ref done } = cursor;
            let told = (cursor.network_id(), cursor.ledger_index(), cursor.ledger_hash());
            assert_eq!(told, (network_id, ledger_index, ledger_hash));
            assert_eq!(cursor.done(), done);
        }
    }

    #[test]
    fn what_is_no_cursor_says_why() {
        for (text, reason) in [
            ("", "EOF"),
            ("{}", "version"),
            (r#"{"version":2,"place":{}}"#, "it has version 2, this crate reads version 1"),
            (r#"{"version":1,"network_id":0}"#, "ledger_index"),
            (r#"{"version":1,"network_id":0,"ledger_index":-5}"#, "-5"),
            (r#"{"version":1,"network_id":0,"ledger_index":5,"ledger_hash":"zz"}"#, "zz"),
            (r#"{"version":1,"network_id":0,"ledger_index":5,"next":6}"#, "next"),
        ] {
            let error = text.parse::<Cursor>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert!(serde_json::from_str::<Cursor>(text).is_err());
        }
    }
}
