//! The words in which an expected payment is told: which tag, how much, by which way.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::types::{Amount, Asset};

/// Which destination tag the payment must have.
///
/// No tag is something else than tag 0. JSON: the number, `"none"` or `"any"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TagPolicy {
    /// Exactly this one.
    This(u32),
    /// No tag at all.
    #[default]
    NoTag,
    /// Any tag, or none.
    Any,
}

impl TagPolicy {
    /// Whether a payment with this tag will do.
    pub fn accepts(&self, tag: Option<u32>) -> bool {
        match self {
            TagPolicy::This(expected) => tag == Some(*expected),
            TagPolicy::NoTag => tag.is_none(),
            TagPolicy::Any => true,
        }
    }
}

impl fmt::Display for TagPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TagPolicy::This(tag) => write!(f, "{tag}"),
            TagPolicy::NoTag => f.write_str("no tag"),
            TagPolicy::Any => f.write_str("any"),
        }
    }
}

impl Serialize for TagPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            TagPolicy::This(tag) => serializer.serialize_u32(*tag),
            TagPolicy::NoTag => serializer.serialize_str("none"),
            TagPolicy::Any => serializer.serialize_str("any"),
        }
    }
}

impl<'de> Deserialize<'de> for TagPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TagPolicy, D::Error> {
        deserializer.deserialize_any(TagVisitor)
    }
}

struct TagVisitor;

impl de::Visitor<'_> for TagVisitor {
    type Value = TagPolicy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0 to 4294967295, \"none\" or \"any\"")
    }

    fn visit_u64<E: de::Error>(self, tag: u64) -> Result<TagPolicy, E> {
        let tag = u32::try_from(tag);
        tag.map(TagPolicy::This)
            .map_err(|_| E::custom("a destination tag has 32 bits, at most 4294967295"))
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<TagPolicy, E> {
        match word {
            "none" => Ok(TagPolicy::NoTag),
            "any" => Ok(TagPolicy::Any),
            _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
        }
    }
}

/// How much must have been delivered. What was sent, or could have been, never counts.
///
/// JSON: `{"exactly": amount}`, `{"at_least": amount}` or `{"between": [least, most]}`, amounts in
/// the ledger's own forms (XRP as a string of drops).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AmountPolicy {
    /// This much, no less and no more.
    Exactly(Amount),
    /// This much or more.
    AtLeast(Amount),
    /// Not less than the first and not more than the second.
    Between(Amount, Amount),
}

impl AmountPolicy {
    /// What it is an amount of.
    pub const fn asset(&self) -> Asset {
        self.least().asset()
    }

    /// The smallest amount that will do.
    pub const fn least(&self) -> &Amount {
        match self {
            AmountPolicy::Exactly(amount)
            | AmountPolicy::AtLeast(amount)
            | AmountPolicy::Between(amount, _) => amount,
        }
    }

    /// The largest amount that will do, where there is a limit.
    pub const fn most(&self) -> Option<&Amount> {
        match self {
            AmountPolicy::Exactly(amount) | AmountPolicy::Between(_, amount) => Some(amount),
            AmountPolicy::AtLeast(_) => None,
        }
    }

    /// Whether this much will do; never for another asset.
    pub fn accepts(&self, delivered: &Amount) -> bool {
        let enough = delivered >= self.least();
        enough && self.most().is_none_or(|most| delivered <= most)
    }

    /// For people, with the network's name of its native asset.
    pub(crate) fn shown(&self, native: &str) -> String {
        let shown = |amount: &Amount| amount.display_with(native).to_string();
        match self {
            AmountPolicy::Exactly(amount) => format!("exactly {}", shown(amount)),
            AmountPolicy::AtLeast(amount) => format!("at least {}", shown(amount)),
            AmountPolicy::Between(least, most) => {
                format!("between {} and {}", shown(least), shown(most))
            }
        }
    }
}

/// The ways of paying that can be expected. JSON: the transaction type.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PaidBy {
    /// A payment to the destination.
    Payment,
    /// A check that the destination cashed. The tag is that of the check.
    CheckCash,
    /// An escrow that was finished, by whomever. The tag is that of the escrow; the amount what the
    /// destination's balance gained, or what was held where only rounding lies between the two.
    EscrowFinish,
    /// The remainder of a deleted account.
    AccountDelete,
    /// A claim on a payment channel, by either side. The tag is that of the channel; the amount what
    /// this claim paid out.
    PaymentChannelClaim,
}

impl PaidBy {
    /// All of them.
    pub const ALL: [PaidBy; 5] = [
        PaidBy::Payment,
        PaidBy::CheckCash,
        PaidBy::EscrowFinish,
        PaidBy::AccountDelete,
        PaidBy::PaymentChannelClaim,
    ];

    /// The transaction type that pays in this way.
    pub const fn transaction_type(self) -> &'static str {
        match self {
            PaidBy::Payment => "Payment",
            PaidBy::CheckCash => "CheckCash",
            PaidBy::EscrowFinish => "EscrowFinish",
            PaidBy::AccountDelete => "AccountDelete",
            PaidBy::PaymentChannelClaim => "PaymentChannelClaim",
        }
    }

    /// The way in which a transaction of this type pays, if it is one.
    pub fn of(transaction_type: &str) -> Option<PaidBy> {
        PaidBy::ALL.into_iter().find(|way| way.transaction_type() == transaction_type)
    }
}

impl fmt::Display for PaidBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.transaction_type())
    }
}

/// `Payment or CheckCash`.
pub(super) fn listed(ways: &BTreeSet<PaidBy>) -> String {
    let names: Vec<&str> = ways.iter().map(|way| way.transaction_type()).collect();
    names.join(" or ")
}

/// Why a payment cannot be expected like this: the fault is in the expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectationError {
    field: &'static str,
    reason: String,
}

impl ExpectationError {
    pub(super) fn new(field: &'static str, reason: impl Into<String>) -> ExpectationError {
        ExpectationError { field, reason: reason.into() }
    }

    /// The part that cannot be right, by its name in the JSON form of the expectation.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// What is wrong with it.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for ExpectationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no payment can be expected like this: {}: {}", self.field, self.reason)
    }
}

impl std::error::Error for ExpectationError {}
