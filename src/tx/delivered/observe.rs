//! What the balance of the paid account gained, to be held against what a node says.

use super::{Evidence, Order};
use crate::{
    tx::{
        balances::BalanceChanges,
        fields::{self, Object},
        metadata::{self, Node, Touch},
    },
    types::{AccountId, Amount, Asset, Currency, TokenValue},
};

/// How often a balance was credited. It is cut to 16 digits each time, which loses less than 1e-15 of the
/// larger number.
#[derive(Clone, Copy)]
pub(crate) enum Credits {
    /// What was held was let go.
    One,
    /// A payment that takes many offers credits its receiver up to a hundred times.
    Many,
}

impl Credits {
    /// How much can be lost, as a power of ten.
    fn rounding(self) -> i16 {
        match self {
            Credits::One => -15,
            Credits::Many => -13,
        }
    }
}

/// What the paid account gained of the delivered asset by being paid.
pub(super) struct Observed {
    pub(super) gained: Amount,
    /// The largest balance that was rounded on the way.
    largest: TokenValue,
}

/// `None` when the metadata does not tell.
pub(super) fn observe(
    claimed: &Amount,
    order: &Order,
    evidence: &Evidence<'_>,
) -> Option<Observed> {
    let balances = evidence.balances;
    let receiver = order.receiver?;
    let (gained, largest) = match *claimed {
        Amount::Xrp(_) => {
            let Amount::Xrp(gained) = balances.delta(&receiver, Asset::Xrp)? else { return None };
            let fee = evidence.fee.map(|fee| fee.charged_to(&receiver)).unwrap_or_default();
            (Amount::Xrp(gained.checked_add(fee)?), TokenValue::ZERO)
        }
        // For the issuer, less outstanding is more.
        Amount::Mpt { id, .. } => (balances.delta(&receiver, Asset::Mpt(id))?, TokenValue::ZERO),
        Amount::Token { currency, issuer, .. } => {
            let (value, largest) = token_gain(&receiver, order.sender, currency, issuer, balances)?;
            (Amount::Token { value, currency, issuer }, largest)
        }
    };
    let gained = without_own_offers(gained, &receiver, evidence.metadata)?;
    Some(Observed { gained, largest })
}

impl Observed {
    /// Whether the claim is what was gained: exactly, or for tokens but for rounding.
    pub(super) fn bears_out(&self, claimed: &Amount) -> bool {
        let (Amount::Token { value: claimed, .. }, Amount::Token { value: gained, .. }) =
            (claimed, &self.gained)
        else {
            return *claimed == self.gained;
        };
        are_the_same_but_for_rounding(*claimed, *gained, self.largest, Credits::Many)
    }
}

/// Whether an account gained so much of this very token, but for rounding.
pub(crate) fn gained_of(
    asset: Asset,
    value: TokenValue,
    account: &AccountId,
    balances: &BalanceChanges,
    credits: Credits,
) -> bool {
    let (mut gained, mut largest) = (TokenValue::ZERO, TokenValue::ZERO);
    for change in balances.of(account).iter().filter(|change| change.asset() == asset) {
        let (
            Amount::Token { value: before, .. },
            Amount::Token { value: after, .. },
            Amount::Token { value: delta, .. },
        ) = (change.before, change.after, change.delta)
        else {
            return false;
        };
        let Some(sum) = gained.checked_add(delta) else { return false };
        gained = sum;
        largest = largest.max(before.abs()).max(after.abs());
    }
    are_the_same_but_for_rounding(value, gained, largest, credits)
}

/// Whether the balance gained this much, as far as a balance of 16 digits can tell; `largest` is the
/// largest one that was rounded on the way.
fn are_the_same_but_for_rounding(
    claimed: TokenValue,
    gained: TokenValue,
    largest: TokenValue,
    credits: Credits,
) -> bool {
    let Some(difference) = claimed.checked_sub(gained) else { return false };
    let largest = largest.max(claimed.abs());
    let exponent = largest.exponent().saturating_add(credits.rounding());
    let tolerated = TokenValue::new(largest.mantissa(), exponent);
    difference.is_exact()
        && tolerated.map_or(difference.is_zero(), |tolerated| difference.abs() <= tolerated)
}

/// Gain on the trust line to the issuer. Where the receiver stands in for the issuer, any of his
/// lines can have been paid through: the gain on all of them.
fn token_gain(
    receiver: &AccountId,
    sender: Option<AccountId>,
    currency: Currency,
    issuer: AccountId,
    balances: &BalanceChanges,
) -> Option<(TokenValue, TokenValue)> {
    // A line that cannot be read could be any line.
    if balances.unknown().iter().any(|one| one.asset.is_none() && one.place.is_none()) {
        return None;
    }
    let (mut gained, mut largest) = (TokenValue::ZERO, TokenValue::ZERO);
    for change in balances.of(receiver) {
        let (
            Amount::Token { value: before, .. },
            Amount::Token { value: after, .. },
            Amount::Token { value: delta, currency: code, .. },
        ) = (change.before, change.after, change.delta)
        else {
            continue;
        };
        let through = issuer == *receiver || change.counterparty == Some(issuer);
        // Who pays himself over several lines loses on the one what he gains on the other.
        let spent = issuer == *receiver && sender == Some(*receiver) && delta.is_negative();
        if code == currency && through && !spent {
            gained = gained.checked_add(delta)?;
            largest = largest.max(before.abs()).max(after.abs());
        }
    }
    gained.is_exact().then_some((gained, largest))
}

/// Offers of the receiver that the payment consumed on its way changed the same balance, without
/// being part of what was delivered.
fn without_own_offers(gained: Amount, receiver: &AccountId, metadata: &Object) -> Option<Amount> {
    let own = |node: &Node<'_>| {
        node.entry_type == "Offer"
            && node.touch != Touch::Created
            && node.previous.is_some()
            && node.fields.and_then(|fields| fields::account(fields, "Account")) == Some(*receiver)
    };
    let mut paid = gained;
    for node in metadata::nodes(metadata)?.flatten().filter(own) {
        let moved = |side: &str| {
            let former = fields::read_amount(node.former(side)?)?;
            let latest = fields::read_amount(node.field(side)?)?;
            former.checked_sub(&latest).filter(|moved| moved.asset() == gained.asset())
        };
        if let Some(given) = moved("TakerGets") {
            paid = paid.checked_add(&given)?;
        }
        if let Some(got) = moved("TakerPays") {
            paid = paid.checked_sub(&got)?;
        }
    }
    Some(paid)
}
