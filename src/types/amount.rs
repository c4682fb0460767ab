//! Amounts: how much of which asset.

use std::cmp::Ordering;

use super::{AccountId, Asset, Currency, Drops, MptId, TokenValue};

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
}

/// Amounts of one asset have an order, amounts of different assets have none.
impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Amount) -> Option<Ordering> {
        if self.asset() != other.asset() {
            return None;
        }
        match (self, other) {
            (Amount::Xrp(a), Amount::Xrp(b)) => Some(a.cmp(b)),
            (Amount::Token { value: a, .. }, Amount::Token { value: b, .. }) => Some(a.cmp(b)),
            (Amount::Mpt { value: a, .. }, Amount::Mpt { value: b, .. }) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";
    const ID: &str = "00002403C84A0A28E0190E208E982C352BBD5006600555CF";

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
        assert!(amount("2 XRP") > xrp && xrp > amount("-3 XRP"));
        assert_eq!(usd.partial_cmp(&eur), None);
        assert_eq!(Amount::Xrp(Drops::new(i64::MAX)).checked_add(&amount("0.000001 XRP")), None);
    }
}
