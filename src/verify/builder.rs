//! Building an expectation step by step.

use super::{
    expected::ExpectedPayment,
    form::Form,
    given::{Destination, OrText},
    policy::{AmountPolicy, ExpectationError, PaidBy, TagPolicy},
};
use crate::types::{AccountId, Amount, Hash256, RippleTime};

/// Builds an [`ExpectedPayment`], see there; starts with [`ExpectedPayment::to`].
///
/// What is wrong with a value is told by [`build`](ExpectedPaymentBuilder::build).
#[derive(Clone, Debug)]
#[must_use = "nothing is expected until it is built"]
pub struct ExpectedPaymentBuilder {
    form: Form,
    /// The first thing that was wrong.
    refused: Option<ExpectationError>,
}

impl ExpectedPaymentBuilder {
    pub(super) fn new(destination: impl OrText<Destination>) -> ExpectedPaymentBuilder {
        let mut builder = ExpectedPaymentBuilder { form: Form::new(), refused: None };
        match destination.value() {
            Ok(destination) => builder.form.destination = Some(destination),
            Err(error) => return builder.refuse("destination", error.to_string()),
        }
        builder
    }

    /// With this destination tag. Without any of `tag`, [`no_tag`](Self::no_tag) and
    /// [`any_tag`](Self::any_tag), the tag of the X-address counts, or there must be none.
    pub fn tag(self, tag: u32) -> Self {
        self.tag_policy(TagPolicy::This(tag))
    }

    /// Without a destination tag.
    pub fn no_tag(self) -> Self {
        self.tag_policy(TagPolicy::NoTag)
    }

    /// With any destination tag, or none.
    pub fn any_tag(self) -> Self {
        self.tag_policy(TagPolicy::Any)
    }

    /// This much, no less and no more: an [`Amount`] or its text, `25 XRP`, `9.95 USD:rIssuer…`,
    /// `100 MPT:00002403…`.
    pub fn exactly(self, amount: impl OrText<Amount>) -> Self {
        match amount.value() {
            Ok(amount) => self.amount(AmountPolicy::Exactly(amount)),
            Err(error) => self.refuse("amount", error.to_string()),
        }
    }

    /// This much or more; the verdict reports what was overpaid.
    pub fn at_least(self, amount: impl OrText<Amount>) -> Self {
        match amount.value() {
            Ok(amount) => self.amount(AmountPolicy::AtLeast(amount)),
            Err(error) => self.refuse("amount", error.to_string()),
        }
    }

    /// Not less than the one and not more than the other.
    pub fn between(self, least: impl OrText<Amount>, most: impl OrText<Amount>) -> Self {
        match (least.value(), most.value()) {
            (Ok(least), Ok(most)) => self.amount(AmountPolicy::Between(least, most)),
            (Err(error), _) | (_, Err(error)) => self.refuse("amount", error.to_string()),
        }
    }

    /// On this network; 0, the main one, unless set.
    pub fn network_id(mut self, id: u32) -> Self {
        self.form.network_id = id;
        self
    }

    /// By one of these ways, in place of [`PaidBy::Payment`] alone.
    pub fn ways(mut self, ways: impl IntoIterator<Item = PaidBy>) -> Self {
        self.form.ways = ways.into_iter().collect();
        self
    }

    /// From this account; called again, from any of them.
    pub fn sender(mut self, account: impl OrText<AccountId>) -> Self {
        match account.value() {
            Ok(account) => {
                self.form.senders.insert(account);
                self
            }
            Err(error) => self.refuse("senders", error.to_string()),
        }
    }

    /// With this field `InvoiceID`, a [`Hash256`] or its 64 hexadecimal digits.
    pub fn invoice_id(mut self, id: impl OrText<Hash256>) -> Self {
        match id.value() {
            Ok(id) => {
                self.form.invoice_id = Some(id);
                self
            }
            Err(error) => self.refuse("invoice_id", error.to_string()),
        }
    }

    /// With this field `SourceTag`.
    pub fn source_tag(mut self, tag: u32) -> Self {
        self.form.source_tag = Some(tag);
        self
    }

    /// In a ledger that closed at this time or later, so that no old payment is presented again.
    /// Close times are rounded, usually to 10 seconds: leave some room.
    pub fn not_before(mut self, time: RippleTime) -> Self {
        self.form.not_before = Some(time);
        self
    }

    /// In a ledger that closed at this time or earlier.
    pub fn not_after(mut self, time: RippleTime) -> Self {
        self.form.not_after = Some(time);
        self
    }

    /// In this ledger or a later one: the one that was current when the order was made.
    pub fn first_ledger(mut self, index: u32) -> Self {
        self.form.first_ledger = Some(index);
        self
    }

    /// In this ledger or an earlier one.
    pub fn last_ledger(mut self, index: u32) -> Self {
        self.form.last_ledger = Some(index);
        self
    }

    /// Your own name of the order. The ledger knows nothing of it; a Xaman payload must carry it as
    /// its identifier.
    pub fn order_id(mut self, id: impl Into<String>) -> Self {
        self.form.order_id = Some(id.into());
        self
    }

    /// The expectation.
    ///
    /// # Errors
    ///
    /// A value that is not one, and what no payment can fulfil or nobody can mean: two tags (one of
    /// them in the X-address), an X-address of another kind of network, an amount that is nothing or
    /// that the ledger cannot hold, two assets, a sender that is the destination, a window that ends
    /// before it begins.
    pub fn build(self) -> Result<ExpectedPayment, ExpectationError> {
        match self.refused {
            Some(error) => Err(error),
            None => self.form.check(),
        }
    }

    fn tag_policy(mut self, policy: TagPolicy) -> Self {
        match self.form.destination_tag {
            Some(other) if other != policy => {
                self.refuse("destination_tag", format!("both {other} and {policy} are asked for"))
            }
            _ => {
                self.form.destination_tag = Some(policy);
                self
            }
        }
    }

    fn amount(mut self, policy: AmountPolicy) -> Self {
        match self.form.amount {
            Some(other) if other != policy => {
                let (one, two) = (other.shown("XRP"), policy.shown("XRP"));
                self.refuse("amount", format!("both {one} and {two} are asked for"))
            }
            _ => {
                self.form.amount = Some(policy);
                self
            }
        }
    }

    fn refuse(mut self, field: &'static str, reason: String) -> Self {
        self.refused = self.refused.or_else(|| Some(ExpectationError::new(field, reason)));
        self
    }
}
