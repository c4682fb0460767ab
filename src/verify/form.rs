//! All parts of an expectation before they are checked; the shape of its JSON.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    expected::ExpectedPayment,
    given::Destination,
    policy::{AmountPolicy, ExpectationError, PaidBy, TagPolicy},
};
use crate::types::{AccountId, Amount, Hash256, ParseError, RippleTime};

/// What was said about a payment, which need not make sense.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    #[serde(default)]
    pub(super) network_id: u32,
    #[serde(serialize_with = "write_destination", deserialize_with = "read_destination")]
    pub(super) destination: Option<Destination>,
    pub(super) destination_tag: Option<TagPolicy>,
    pub(super) amount: Option<AmountPolicy>,
    #[serde(default = "payments_only")]
    pub(super) ways: BTreeSet<PaidBy>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) senders: BTreeSet<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invoice_id: Option<Hash256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_tag: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_before: Option<RippleTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_after: Option<RippleTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_ledger: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_ledger: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order_id: Option<String>,
}

fn payments_only() -> BTreeSet<PaidBy> {
    BTreeSet::from([PaidBy::Payment])
}

impl Form {
    pub(super) fn new() -> Form {
        Form {
            network_id: 0,
            destination: None,
            destination_tag: None,
            amount: None,
            ways: payments_only(),
            senders: BTreeSet::new(),
            invoice_id: None,
            source_tag: None,
            not_before: None,
            not_after: None,
            first_ledger: None,
            last_ledger: None,
            order_id: None,
        }
    }

    /// The expectation, when it can be meant and fulfilled.
    pub(super) fn check(self) -> Result<ExpectedPayment, ExpectationError> {
        let destination = self.destination.ok_or_else(|| missing("destination"))?;
        let destination_tag = check_tag(destination, self.destination_tag, self.network_id)?;
        let amount = self.amount.ok_or_else(|| missing("amount"))?;
        check_amount(&amount)?;
        let account = destination.account();
        let refuse = |field, reason: &str| Err(ExpectationError::new(field, reason));
        if self.ways.is_empty() {
            return refuse("ways", "there is no way left by which it could be paid");
        }
        if self.order_id.as_deref() == Some("") {
            return refuse("order_id", "it is empty");
        }
        if self.senders.contains(&account) {
            return refuse("senders", "an account that pays itself pays nothing");
        }
        if let (Some(from), Some(to)) = (self.not_before, self.not_after)
            && to < from
        {
            return refuse("not_after", &format!("{to} is before not_before, {from}"));
        }
        if let (Some(first), Some(last)) = (self.first_ledger, self.last_ledger)
            && last < first
        {
            return refuse("last_ledger", &format!("{last} is before first_ledger, {first}"));
        }
        Ok(ExpectedPayment {
            network_id: self.network_id,
            destination: account,
            destination_tag,
            amount,
            ways: self.ways,
            senders: self.senders,
            invoice_id: self.invoice_id,
            source_tag: self.source_tag,
            not_before: self.not_before,
            not_after: self.not_after,
            first_ledger: self.first_ledger,
            last_ledger: self.last_ledger,
            order_id: self.order_id,
        })
    }
}

fn missing(field: &'static str) -> ExpectationError {
    ExpectationError::new(field, "it is missing")
}

/// The tag to expect, when destination, tag and network do not contradict each other.
fn check_tag(
    destination: Destination,
    policy: Option<TagPolicy>,
    network_id: u32,
) -> Result<TagPolicy, ExpectationError> {
    let Destination::X(address) = destination else { return Ok(policy.unwrap_or_default()) };
    // XLS-5 knows two kinds of networks: the main one and all others.
    if address.test_network != (network_id != 0) {
        let (kind, right) = if address.test_network { ("a test", "T") } else { ("the main", "X") };
        let reason = format!(
            "an X-address that starts with {right} is for {kind} network, the payment is expected \
             on network {network_id}"
        );
        return Err(ExpectationError::new("destination", reason));
    }
    match (address.tag.map(TagPolicy::This), policy) {
        (Some(own), Some(other)) if own != other => {
            let reason = format!("the X-address has the tag {own}, beside it stands {other}");
            Err(ExpectationError::new("destination_tag", reason))
        }
        (own, policy) => Ok(own.or(policy).unwrap_or_default()),
    }
}

fn check_amount(policy: &AmountPolicy) -> Result<(), ExpectationError> {
    let refuse = |reason| Err(ExpectationError::new("amount", reason));
    for amount in std::iter::once(policy.least()).chain(policy.most()) {
        if amount.asset() != policy.asset() {
            let (one, other) = (policy.asset(), amount.asset());
            return refuse(format!("its limits are of two assets, {one} and {other}"));
        }
        if amount.is_zero() || amount.is_negative() {
            return refuse(format!("{amount} is no payment: it must be more than nothing"));
        }
        match amount {
            Amount::Token { value, .. } if value.ledger_parts().is_none() => {
                return refuse(format!(
                    "{amount} can never be paid: the ledger keeps 16 significant digits and \
                     exponents from -96 to 80"
                ));
            }
            _ => {}
        }
    }
    match policy.most() {
        Some(most) if most < policy.least() => {
            refuse(format!("the most, {most}, is less than the least, {}", policy.least()))
        }
        _ => Ok(()),
    }
}

impl TryFrom<Form> for ExpectedPayment {
    type Error = ExpectationError;

    fn try_from(form: Form) -> Result<ExpectedPayment, ExpectationError> {
        form.check()
    }
}

impl From<ExpectedPayment> for Form {
    fn from(expected: ExpectedPayment) -> Form {
        Form {
            network_id: expected.network_id,
            destination: Some(Destination::Account(expected.destination)),
            destination_tag: Some(expected.destination_tag),
            amount: Some(expected.amount),
            ways: expected.ways,
            senders: expected.senders,
            invoice_id: expected.invoice_id,
            source_tag: expected.source_tag,
            not_before: expected.not_before,
            not_after: expected.not_after,
            first_ledger: expected.first_ledger,
            last_ledger: expected.last_ledger,
            order_id: expected.order_id,
        }
    }
}

fn write_destination<S: Serializer>(
    destination: &Option<Destination>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match destination {
        Some(Destination::Account(account)) => serializer.collect_str(account),
        Some(Destination::X(address)) => serializer.collect_str(address),
        None => serializer.serialize_none(),
    }
}

fn read_destination<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Destination>, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|error: ParseError| de::Error::custom(error))
}
