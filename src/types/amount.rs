//! Amounts: how much of which asset.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::Value;

use super::{
    AccountId, Asset, Currency, Drops, MptId, ParseError, TokenValue, asset::member, drops::integer,
};

/// How much of which asset, exactly; negative where something was lost or is owed.
///
/// Reads and prints `25 XRP`, `9.95 USD:rIssuer…`, `100 MPT:00002403…`. The JSON form is the
/// ledger's own: a string of drops, or an object with `value`.
///
/// ```
/// use xrpl_txdata::{Amount, Drops};
///
/// let price: Amount = "25 XRP".parse()?;
/// assert_eq!(price, Amount::Xrp(Drops::new(25_000_000)));
/// assert_eq!(Amount::from_json(&serde_json::json!("25000000"))?, price);
///
/// let token: Amount = "9.95 USD:rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B".parse()?;
/// assert_eq!(token.checked_add(&token).unwrap().to_string(),
///     "19.9 USD:rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B");
/// assert_eq!(token.checked_add(&price), None);
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amount {
    /// XRP, in drops.
    Xrp(Drops),
    /// A token.
    Token {
        /// How much.
        value: TokenValue,
        /// Its code.
        currency: Currency,
        /// Who owes it.
        issuer: AccountId,
    },
    /// A multi-purpose token (XLS-33).
    Mpt {
        /// How many of its smallest unit.
        value: i64,
        /// Which issuance.
        id: MptId,
    },
}

impl Amount {
    /// What it is an amount of.
    pub const fn asset(&self) -> Asset {
        match *self {
            Amount::Xrp(_) => Asset::Xrp,
            Amount::Token { currency, issuer, .. } => Asset::Token { currency, issuer },
            Amount::Mpt { id, .. } => Asset::Mpt(id),
        }
    }

    /// Nothing of this asset.
    pub const fn zero(asset: Asset) -> Amount {
        match asset {
            Asset::Xrp => Amount::Xrp(Drops::ZERO),
            Asset::Token { currency, issuer } => {
                Amount::Token { value: TokenValue::ZERO, currency, issuer }
            }
            Asset::Mpt(id) => Amount::Mpt { value: 0, id },
        }
    }

    /// Whether it is nothing.
    pub const fn is_zero(&self) -> bool {
        match self {
            Amount::Xrp(drops) => drops.is_zero(),
            Amount::Token { value, .. } => value.is_zero(),
            Amount::Mpt { value, .. } => *value == 0,
        }
    }

    /// Whether it is less than nothing.
    pub const fn is_negative(&self) -> bool {
        match self {
            Amount::Xrp(drops) => drops.is_negative(),
            Amount::Token { value, .. } => value.is_negative(),
            Amount::Mpt { value, .. } => *value < 0,
        }
    }

    /// Whether no digit was lost on the way to it; only sums of token values ever lose one.
    pub const fn is_exact(&self) -> bool {
        match self {
            Amount::Token { value, .. } => value.is_exact(),
            Amount::Xrp(_) | Amount::Mpt { .. } => true,
        }
    }

    /// The sum; `None` for different assets, and where it leaves the range.
    pub fn checked_add(&self, other: &Amount) -> Option<Amount> {
        match (*self, *other) {
            (Amount::Xrp(a), Amount::Xrp(b)) => a.checked_add(b).map(Amount::Xrp),
            (Amount::Token { value, currency, issuer }, Amount::Token { value: more, .. })
                if self.asset() == other.asset() =>
            {
                Some(Amount::Token { value: value.checked_add(more)?, currency, issuer })
            }
            (Amount::Mpt { value, id }, Amount::Mpt { value: more, id: same }) if id == same => {
                Some(Amount::Mpt { value: value.checked_add(more)?, id })
            }
            _ => None,
        }
    }

    /// The difference; `None` for different assets, and where it leaves the range.
    pub fn checked_sub(&self, other: &Amount) -> Option<Amount> {
        match (*self, *other) {
            (Amount::Xrp(a), Amount::Xrp(b)) => a.checked_sub(b).map(Amount::Xrp),
            (Amount::Mpt { value, id }, Amount::Mpt { value: less, id: same }) if id == same => {
                Some(Amount::Mpt { value: value.checked_sub(less)?, id })
            }
            _ => self.checked_add(&other.checked_neg()?),
        }
    }

    /// The same amount with the other sign, `None` where it leaves the range.
    pub fn checked_neg(&self) -> Option<Amount> {
        Some(match *self {
            Amount::Xrp(drops) => Amount::Xrp(drops.checked_neg()?),
            Amount::Token { value, currency, issuer } => {
                Amount::Token { value: -value, currency, issuer }
            }
            Amount::Mpt { value, id } => Amount::Mpt { value: value.checked_neg()?, id },
        })
    }

    /// From the ledger's JSON form.
    ///
    /// # Errors
    ///
    /// Any other JSON; the reason names the member that is wrong.
    pub fn from_json(json: &Value) -> Result<Amount, ParseError> {
        let amount = match json {
            Value::String(drops) => integer(drops).map(Drops::new).map(Amount::Xrp),
            Value::Object(members) => match Asset::from_members(members) {
                Ok(Asset::Mpt(id)) => match member::<Drops>(members, "value") {
                    Ok(value) => Ok(Amount::Mpt { value: value.as_i64(), id }),
                    Err(reason) => Err(reason),
                },
                Ok(Asset::Token { currency, issuer }) => {
                    member(members, "value").map(|value| Amount::Token { value, currency, issuer })
                }
                Ok(Asset::Xrp) => Err("XRP is written as a string of drops".to_owned()),
                Err(reason) => Err(reason),
            },
            _ => Err("expected a string of drops or an object".to_owned()),
        };
        amount.map_err(|reason| ParseError::new("an amount", &json.to_string(), reason))
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
            (json!(25), "expected a string of drops or an object"),
            (json!(null), "expected a string"),
            (json!("1.5"), "character 2 ('.') is not a digit"),
            (json!("1e5"), "character 2 ('e') is not a digit"),
            (json!(""), "no digits"),
            (json!("9223372036854775808"), "too large"),
            (json!({}), "no member currency"),
            (json!({"currency": "USD", "value": "1"}), "no member issuer"),
            (json!({"currency": "USD", "issuer": ISSUER}), "no member value"),
            (json!({"currency": "USD", "issuer": ISSUER, "value": 1.5}), "value is not a string"),
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

    #[test]
    fn only_amounts_of_one_asset_are_added() {
        let amount = |text: &str| text.parse::<Amount>().unwrap();
        let (usd, eur) = (amount(&format!("1 USD:{ISSUER}")), amount(&format!("1 EUR:{ISSUER}")));
        let owed = amount("1 USD:rrrrrrrrrrrrrrrrrrrrBZbvji");
        let (xrp, mpt) = (amount("1 XRP"), amount(&format!("1 MPT:{ID}")));
        for (at, one) in [usd, eur, owed, xrp, mpt].iter().enumerate() {
            for (other_at, other) in [usd, eur, owed, xrp, mpt].iter().enumerate() {
                assert_eq!(one.checked_add(other).is_some(), at == other_at);
                assert_eq!(
                    one.checked_sub(other),
                    (at == other_at).then(|| Amount::zero(one.asset()))
                );
            }
        }
        assert_eq!(Amount::Xrp(Drops::new(i64::MAX)).checked_add(&amount("0.000001 XRP")), None);
    }
}
