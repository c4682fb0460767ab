//! What an amount is an amount of.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::{Map, Value};

use super::{AccountId, Currency, MptId, ParseError};

/// Something that is counted on the ledger: XRP, a token with its issuer, or an issuance of
/// multi-purpose tokens.
///
/// Reads and prints `XRP`, `USD:rIssuer…`, `RLUSD:rIssuer…`, `MPT:00002403…`; the JSON form is the
/// ledger's own (`{"currency":"XRP"}`, `{"currency":…,"issuer":…}`, `{"mpt_issuance_id":…}`).
///
/// ```
/// use xrpl_txdata::Asset;
///
/// let asset: Asset = "USD:rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B".parse()?;
/// assert!(matches!(asset, Asset::Token { .. }));
/// assert_eq!("XRP".parse(), Ok(Asset::Xrp));
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asset {
    /// The native asset, in drops.
    Xrp,
    /// A token: a code means nothing without who issues it.
    Token {
        /// Its code.
        currency: Currency,
        /// Who owes it.
        issuer: AccountId,
    },
    /// A multi-purpose token (XLS-33).
    Mpt(MptId),
}

impl Asset {
    /// From the ledger's JSON form.
    ///
    /// # Errors
    ///
    /// Any other JSON; the reason names the member that is wrong.
    pub fn from_json(json: &Value) -> Result<Asset, ParseError> {
        let asset = match json {
            Value::Object(members) if members.get("currency").is_some_and(|c| c == "XRP") => {
                match members.get("issuer") {
                    None => Ok(Asset::Xrp),
                    Some(_) => Err("XRP has no issuer; a token cannot be named XRP".to_owned()),
                }
            }
            Value::Object(members) => Asset::from_members(members),
            _ => Err(format!("expected an object, got {}", kind(json))),
        };
        asset.map_err(|reason| ParseError::new("an asset", &json.to_string(), reason))
    }

    /// A token or a multi-purpose token from the members that name it.
    pub(super) fn from_members(members: &Map<String, Value>) -> Result<Asset, String> {
        if members.contains_key("mpt_issuance_id") {
            return Ok(Asset::Mpt(member(members, "mpt_issuance_id")?));
        }
        Ok(Asset::Token {
            currency: member(members, "currency")?,
            issuer: member(members, "issuer")?,
        })
    }
}

/// What kind of JSON a value is, with its article.
pub(super) const fn kind(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A member that is a string, read as `T`.
pub(super) fn member<T: FromStr<Err = ParseError>>(
    members: &Map<String, Value>,
    name: &str,
) -> Result<T, String> {
    member_text(members, name)?.parse().map_err(|error| format!("{name}: {error}"))
}

/// A member that is a string.
pub(super) fn member_text<'m>(
    members: &'m Map<String, Value>,
    name: &str,
) -> Result<&'m str, String> {
    match members.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("{name} is {}, expected a string", kind(other))),
        None => Err(format!("it has no member {name}")),
    }
}

impl FromStr for Asset {
    type Err = ParseError;

    /// `XRP`, a code or name with its issuer (`USD:r…`), or `MPT:` with the id of the issuance.
    fn from_str(text: &str) -> Result<Asset, ParseError> {
        read(text).map_err(|reason| ParseError::new("an asset", text, reason))
    }
}

fn read(text: &str) -> Result<Asset, String> {
    if text == "XRP" {
        return Ok(Asset::Xrp);
    }
    // The issuer is the last part: names of tokens may hold a colon.
    let Some((code, issuer)) = text.rsplit_once(':') else {
        return Err("expected XRP, a token as CODE:issuer, or MPT:id".to_owned());
    };
    // No address has 48 characters, so a token with the code MPT stays a token.
    if code == "MPT" && issuer.len() == 48 {
        return issuer.parse().map(Asset::Mpt).map_err(|error: ParseError| error.to_string());
    }
    let currency = Currency::from_name(code).map_err(|error| error.to_string())?;
    let issuer = issuer.parse().map_err(|error: ParseError| error.to_string())?;
    Ok(Asset::Token { currency, issuer })
}

impl fmt::Display for Asset {
    /// The text that reads back as this asset; a token's code as the name it spells, if that is
    /// unmistakable, else as hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asset::Xrp => f.write_str("XRP"),
            Asset::Token { currency, issuer } => match currency.name() {
                Some(name) => write!(f, "{name}:{issuer}"),
                None => write!(f, "{currency}:{issuer}"),
            },
            Asset::Mpt(id) => write!(f, "MPT:{id}"),
        }
    }
}

impl Serialize for Asset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_members(&mut map)?;
        map.end()
    }
}

impl Asset {
    /// The members that name the asset.
    pub(super) fn serialize_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Asset::Xrp => map.serialize_entry("currency", "XRP"),
            Asset::Token { currency, issuer } => {
                map.serialize_entry("currency", currency)?;
                map.serialize_entry("issuer", issuer)
            }
            Asset::Mpt(id) => map.serialize_entry("mpt_issuance_id", id),
        }
    }
}

impl<'de> Deserialize<'de> for Asset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Asset, D::Error> {
        Asset::from_json(&Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";

    #[test]
    fn an_error_says_which_part_is_wrong() {
        for (text, part) in [
            ("", "expected XRP"),
            ("xrp", "expected XRP"),
            ("USD", "a token as CODE:issuer"),
            ("MPT:00002403C84A0A28E0190E208E982C352BBD5006600555CG", "character 48"),
            (&format!(":{ISSUER}"), "got 0 characters"),
            (&format!("XRP:{ISSUER}"), "not a token"),
            (&format!("XRP Ledger :{ISSUER}"), "no space at its ends"),
            (&format!("X.R.P.:{ISSUER}"), "does not look like XRP"),
            ("USD:", "it is empty"),
            ("USD:rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59C", "checksum"),
        ] {
            let error = text.parse::<Asset>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
        for (json, part) in [
            (json!("XRP"), "expected an object, got a string"),
            (json!({}), "no member currency"),
            (json!({"currency": "XRP", "issuer": ISSUER}), "a token cannot be named XRP"),
            (json!({"currency": "USD"}), "no member issuer"),
            (json!({"currency": 1, "issuer": ISSUER}), "currency is a number, expected a string"),
            (json!({"mpt_issuance_id": "1"}), "mpt_issuance_id: "),
        ] {
            let error = Asset::from_json(&json).unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }

    #[test]
    fn a_name_with_a_colon_reads_back() {
        let text = format!("A:BCD, e:{ISSUER}");
        assert_eq!(text.parse::<Asset>().unwrap().to_string(), text);
    }
}
