//! Amounts as JSON and as text: the ledger's own form, and the one for people.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::{Map, Value};

use super::{
    Amount, Asset, Drops, ParseError,
    asset::{kind, member, member_text},
    drops::integer,
};

impl Amount {
    /// From the ledger's JSON form.
    ///
    /// # Errors
    ///
    /// Any other JSON; the reason names the member that is wrong.
    pub fn from_json(json: &Value) -> Result<Amount, ParseError> {
        let amount = match json {
            Value::String(drops) => integer(drops).map(|drops| Amount::Xrp(Drops::new(drops))),
            Value::Object(members) => from_members(members),
            _ => Err(format!("expected a string of drops or an object, got {}", kind(json))),
        };
        amount.map_err(|reason| ParseError::new("an amount", &json.to_string(), reason))
    }
}

fn from_members(members: &Map<String, Value>) -> Result<Amount, String> {
    match Asset::from_members(members)? {
        Asset::Xrp => Err("XRP is written as a string of drops".to_owned()),
        Asset::Token { currency, issuer } => {
            Ok(Amount::Token { value: member(members, "value")?, currency, issuer })
        }
        Asset::Mpt(id) => {
            let value = integer(member_text(members, "value")?);
            Ok(Amount::Mpt { value: value.map_err(|reason| format!("value: {reason}"))?, id })
        }
    }
}

impl FromStr for Amount {
    type Err = ParseError;

    /// A decimal number, one space, and an [`Asset`]: `25 XRP`, `9.95 USD:rIssuer…`,
    /// `100 MPT:00002403…`.
    fn from_str(text: &str) -> Result<Amount, ParseError> {
        read(text).map_err(|reason| ParseError::new("an amount", text, reason))
    }
}

fn read(text: &str) -> Result<Amount, String> {
    let Some((value, asset)) = text.split_once(' ') else {
        return Err("expected a number, a space and an asset, such as \"25 XRP\"".to_owned());
    };
    let asset = asset.parse().map_err(|error: ParseError| error.to_string())?;
    let amount = match asset {
        Asset::Xrp => Drops::from_xrp(value).map(Amount::Xrp),
        Asset::Token { currency, issuer } => {
            value.parse().map(|value| Amount::Token { value, currency, issuer })
        }
        Asset::Mpt(id) => integer(value)
            .map(|value| Amount::Mpt { value, id })
            .map_err(|reason| ParseError::new("a number of multi-purpose tokens", value, reason)),
    };
    amount.map_err(|error| error.to_string())
}

impl Amount {
    /// The amount for people on a network whose native asset has another name, such as XAH.
    ///
    /// ```
    /// use xrpl_txdata::{Amount, Drops};
    ///
    /// assert_eq!(Amount::Xrp(Drops::new(2_500_000)).display_with("XAH").to_string(), "2.5 XAH");
    /// ```
    pub fn display_with<'a>(&'a self, native: &'a str) -> impl fmt::Display + 'a {
        Beside { amount: self, native }
    }
}

struct Beside<'a> {
    amount: &'a Amount,
    native: &'a str,
}

impl fmt::Display for Beside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.amount {
            Amount::Xrp(drops) => write!(f, "{} {}", drops.xrp(), self.native),
            other => write!(f, "{other}"),
        }
    }
}

impl fmt::Display for Amount {
    /// The text that reads back as this amount; XRP as XRP, not as drops.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Xrp(drops) => f.write_str(&drops.xrp())?,
            Amount::Token { value, .. } => write!(f, "{value}")?,
            Amount::Mpt { value, .. } => write!(f, "{value}")?,
        }
        write!(f, " {}", self.asset())
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Amount::Xrp(drops) = self {
            return drops.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        self.asset().serialize_members(&mut map)?;
        match self {
            Amount::Xrp(drops) => map.serialize_entry("value", drops)?,
            Amount::Token { value, .. } => map.serialize_entry("value", value)?,
            Amount::Mpt { value, .. } => map.serialize_entry("value", &value.to_string())?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        Amount::from_json(&Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";
    const ID: &str = "00002403C84A0A28E0190E208E982C352BBD5006600555CF";

    #[test]
    fn the_ledgers_json_reads_and_writes() {
        for (json, text) in [
            (json!("10000000000"), "10000 XRP".to_owned()),
            (json!("-1"), "-0.000001 XRP".to_owned()),
            (
                json!({"currency": "USD", "issuer": ISSUER, "value": "-12.5"}),
                format!("-12.5 USD:{ISSUER}"),
            ),
            (
                json!({"currency": "524C555344000000000000000000000000000000", "issuer": ISSUER, "value": "1"}),
                format!("1 RLUSD:{ISSUER}"),
            ),
            (
                json!({"currency": "0158415500000000C1F76FF6ECB0BAC600000000", "issuer": ISSUER, "value": "1e-81"}),
                format!("1e-81 0158415500000000C1F76FF6ECB0BAC600000000:{ISSUER}"),
            ),
            (json!({"currency": "MPT", "issuer": ISSUER, "value": "1"}), format!("1 MPT:{ISSUER}")),
            (
                json!({"mpt_issuance_id": ID, "value": "9223372036854775807"}),
                format!("9223372036854775807 MPT:{ID}"),
            ),
        ] {
            let amount = Amount::from_json(&json).unwrap();
            assert_eq!(serde_json::to_value(amount).unwrap(), json);
            assert_eq!(serde_json::from_value::<Amount>(json).unwrap(), amount);
            assert_eq!(amount.to_string(), text);
            assert_eq!(text.parse(), Ok(amount));
        }
    }

    #[test]
    fn an_error_says_which_part_of_the_json_is_wrong() {
        for (json, part) in [
            (json!(25), "expected a string of drops or an object, got a number"),
            (json!(null), "got null"),
            (json!("1.5"), "character 2 ('.') is not a digit"),
            (json!("1e5"), "character 2 ('e') is not a digit"),
            (json!(""), "no digits"),
            (json!("9223372036854775808"), "too large"),
            (json!({}), "no member currency"),
            (json!({"currency": "USD", "value": "1"}), "no member issuer"),
            (json!({"currency": "USD", "issuer": ISSUER}), "no member value"),
            (
                json!({"currency": "USD", "issuer": ISSUER, "value": 1.5}),
                "value is a number, expected a string",
            ),
            (json!({"currency": "XRP", "issuer": ISSUER, "value": "1"}), "not a token"),
            (json!({"currency": "USD", "issuer": "rX", "value": "1"}), "issuer: "),
            (json!({"mpt_issuance_id": "00", "value": "1"}), "mpt_issuance_id: "),
            (json!({"mpt_issuance_id": ID, "value": "0xFF"}), "value: "),
        ] {
            let error = Amount::from_json(&json).unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }

    #[test]
    fn an_error_says_which_part_of_the_text_is_wrong() {
        for (text, part) in [
            ("", "expected a number, a space and an asset"),
            ("25", "expected a number, a space and an asset"),
            ("25 xrp", "expected XRP, a token as CODE:issuer"),
            ("25 ХRP", "expected XRP"),
            ("25  XRP", "expected XRP"),
            (&format!("25 XRP:{ISSUER}"), "not a token"),
            ("1,5 XRP", "character 2 (',')"),
            ("25 XRP ", "expected XRP"),
            ("0.0000001 XRP", "at most 6 decimals"),
            ("9223372036855 XRP", "more XRP than"),
            (&format!("1.5 MPT:{ID}"), "character 2 ('.') is not a digit"),
            (&format!("x USD:{ISSUER}"), "character 1 ('x')"),
            ("1 USD:rX", "too short"),
            (&format!("1 US:{ISSUER}"), "got 2 characters"),
        ] {
            let error = text.parse::<Amount>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }
}
