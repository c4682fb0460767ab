//! What an order expects: built once, contradictions refused, kept with the order as JSON.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    builder::ExpectedPaymentBuilder,
    form::Form,
    given::{Destination, OrText},
    policy::{AmountPolicy, PaidBy, TagPolicy},
};
use crate::types::{AccountId, Asset, Hash256, RippleTime};

/// The payment that an order waits for: who is paid how much of what, and what else must hold.
///
/// ```
/// use xrpl_txdata::ExpectedPayment;
///
/// let expected = ExpectedPayment::to("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY")
///     .tag(12345)
///     .at_least("25 XRP")
///     .build()?;
///
/// // It reads back from where the order is kept, and is checked again there.
/// let stored = serde_json::to_string(&expected).unwrap();
/// assert_eq!(serde_json::from_str::<ExpectedPayment>(&stored).unwrap(), expected);
///
/// let error = ExpectedPayment::to("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD28Sq49uo34VyjnmK5H")
///     .tag(7)
///     .exactly("25 XRP")
///     .build()
///     .unwrap_err();
/// assert!(error.reason().contains("12345"));
/// # Ok::<(), xrpl_txdata::verify::ExpectationError>(())
/// ```
///
/// # JSON
///
/// An object; other members than these are refused, for a condition that nobody checks is worse than
/// none.
///
/// | member | value | when missing |
/// |---|---|---|
/// | `network_id` | number | 0, the main network |
/// | `destination` | classic address; on the way in also an X-address | refused |
/// | `destination_tag` | see [`TagPolicy`] | the tag of the X-address, else `"none"` |
/// | `amount` | see [`AmountPolicy`] | refused |
/// | `ways` | list of [`PaidBy`] | `["Payment"]` |
/// | `senders` | list of classic addresses | anybody |
/// | `invoice_id` | 64 hexadecimal digits | not checked |
/// | `source_tag` | number | not checked |
/// | `not_before`, `not_after` | close times of ledgers, `2013-01-02T06:43:20Z` | not checked |
/// | `first_ledger`, `last_ledger` | ledger indexes | not checked |
/// | `order_id` | text, for Xaman's `custom_meta.identifier` | not checked |
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct ExpectedPayment {
    pub(super) network_id: u32,
    pub(super) destination: AccountId,
    pub(super) destination_tag: TagPolicy,
    pub(super) amount: AmountPolicy,
    pub(super) ways: BTreeSet<PaidBy>,
    pub(super) senders: BTreeSet<AccountId>,
    pub(super) invoice_id: Option<Hash256>,
    pub(super) source_tag: Option<u32>,
    pub(super) not_before: Option<RippleTime>,
    pub(super) not_after: Option<RippleTime>,
    pub(super) first_ledger: Option<u32>,
    pub(super) last_ledger: Option<u32>,
    pub(super) order_id: Option<String>,
}

impl ExpectedPayment {
    /// A payment to this account: a classic address, or an X-address that brings its tag along.
    pub fn to(destination: impl OrText<Destination>) -> ExpectedPaymentBuilder {
        ExpectedPaymentBuilder::new(destination)
    }

    /// The network; 0 is the main one.
    pub fn network_id(&self) -> u32 {
        self.network_id
    }

    /// Who is to be paid.
    pub fn destination(&self) -> AccountId {
        self.destination
    }

    /// With which tag.
    pub fn destination_tag(&self) -> TagPolicy {
        self.destination_tag
    }

    /// How much of what.
    pub fn amount(&self) -> &AmountPolicy {
        &self.amount
    }

    /// Of what.
    pub fn asset(&self) -> Asset {
        self.amount.asset()
    }

    /// By which ways it may be paid.
    pub fn ways(&self) -> &BTreeSet<PaidBy> {
        &self.ways
    }

    /// Who may pay; empty when anybody may.
    pub fn senders(&self) -> &BTreeSet<AccountId> {
        &self.senders
    }

    /// Which invoice it must name.
    pub fn invoice_id(&self) -> Option<Hash256> {
        self.invoice_id
    }

    /// Which source tag it must have.
    pub fn source_tag(&self) -> Option<u32> {
        self.source_tag
    }

    /// The earliest close time of its ledger.
    pub fn not_before(&self) -> Option<RippleTime> {
        self.not_before
    }

    /// The latest close time of its ledger.
    pub fn not_after(&self) -> Option<RippleTime> {
        self.not_after
    }

    /// The first ledger that it may be in.
    pub fn first_ledger(&self) -> Option<u32> {
        self.first_ledger
    }

    /// The last ledger that it may be in.
    pub fn last_ledger(&self) -> Option<u32> {
        self.last_ledger
    }

    /// The order's own name, which a Xaman payload must carry as its identifier.
    pub fn order_id(&self) -> Option<&str> {
        self.order_id.as_deref()
    }
}
