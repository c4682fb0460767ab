//! Value that is parked outside of balances: escrows, payment channels, sponsored fees, vaults.

use serde_json::Value;

use super::{LockedChange, LockedIn, UnknownChange, read::Notes};
use crate::{
    tx::{
        fields,
        metadata::{Node, Touch},
    },
    types::{Amount, Asset, Drops, TokenValue},
};

/// All of `Amount`, from creation to deletion; the entry is otherwise only touched.
pub(super) fn escrow(node: &Node<'_>, notes: &mut Notes) {
    let parked = |value: Option<&Value>| match value {
        None => Ok(None),
        Some(value) => fields::read_amount(value).map(Some).ok_or(()),
    };
    let (Ok(before), Ok(after)) = (parked(node.before("Amount")), parked(node.after("Amount")))
    else {
        return unreadable(node, notes, LockedIn::Escrow);
    };
    note(node, notes, LockedIn::Escrow, "Account", before, after);
}

/// `Amount` has been put in, `Balance` of it has been paid out.
pub(super) fn payment_channel(node: &Node<'_>, notes: &mut Notes) {
    let parked = |funded: Option<&Value>, paid: Option<&Value>| {
        let Some(funded) = funded else { return Some(None) };
        let funded = fields::read_amount(funded)?;
        match paid {
            // A new channel has paid nothing; the field is left out.
            None => Some(Some(funded)),
            Some(paid) => funded.checked_sub(&fields::read_amount(paid)?).map(Some),
        }
    };
    let before = parked(node.before("Amount"), node.before("Balance"));
    let after = parked(node.after("Amount"), node.after("Balance"));
    let (Some(before), Some(after)) = (before, after) else {
        return unreadable(node, notes, LockedIn::PaymentChannel);
    };
    note(node, notes, LockedIn::PaymentChannel, "Account", before, after);
}

/// `FeeAmount`, an optional amount of XRP. When it is there now and not among the former values, it
/// was the same before, or none: the XRP that all others lost tells, unless it suffices for both.
pub(super) fn sponsorship(node: &Node<'_>, notes: &mut Notes) {
    let parked = |value: Option<&Value>| match value {
        None => Some(Drops::ZERO),
        Some(value) => value.as_str()?.parse().ok(),
    };
    let (former, latest) = (node.former("FeeAmount"), node.field("FeeAmount"));
    let after = if node.touch == Touch::Deleted { None } else { latest };
    let before = match (node.touch, former) {
        (Touch::Created, _) => None,
        (Touch::Modified, None) if node.previous.is_some() && latest.is_some() => {
            let new =
                |lost: Drops, new: Drops| lost.checked_add(new).is_none_or(|sum| sum > Drops::ZERO);
            match (notes.xrp_total(), parked(latest)) {
                (Some(total), Some(amount)) if new(total, amount) => latest,
                _ => return unreadable(node, notes, LockedIn::Sponsorship),
            }
        }
        (_, former) => former.or(latest),
    };
    let (Some(before), Some(after)) = (parked(before), parked(after)) else {
        return unreadable(node, notes, LockedIn::Sponsorship);
    };
    let (before, after) = (Some(Amount::Xrp(before)), Some(Amount::Xrp(after)));
    note(node, notes, LockedIn::Sponsorship, "Owner", before, after);
}

/// `AssetsTotal`, a number of the vault's asset. When it is there now and not among the former
/// values, it was the same before, or this is the first deposit: then the vault's account gained all
/// that there is, and not because a loan was paid back.
pub(super) fn vault(node: &Node<'_>, lending: bool, notes: &mut Notes) {
    if node.touch == Touch::Modified && node.previous.is_none() {
        return;
    }
    let Some(asset) = node.field("Asset").and_then(|asset| Asset::from_json(asset).ok()) else {
        return unreadable(node, notes, LockedIn::Vault);
    };
    let parked = |value: Option<&Value>| match value {
        None => Some(Amount::zero(asset)),
        Some(value) => number(asset, value),
    };
    let (former, latest) = (node.former("AssetsTotal"), node.field("AssetsTotal"));
    let after = parked(if node.touch == Touch::Deleted { None } else { latest });
    let before = match (node.touch, former) {
        (Touch::Created, _) => parked(None),
        (Touch::Modified, None) => {
            let account = node.fields.and_then(|fields| fields::account(fields, "Account"));
            let gained = account.and_then(|account| notes.noted(account, asset));
            let deposit = node.previous.is_some() && !lending && gained == after;
            if deposit { parked(None) } else { after }
        }
        (_, former) => parked(former.or(latest)),
    };
    if before.is_none() || after.is_none() {
        return unreadable(node, notes, LockedIn::Vault);
    }
    note(node, notes, LockedIn::Vault, "Account", before, after);
}

/// Notes the change; what is not there is nothing.
fn note(
    node: &Node<'_>,
    notes: &mut Notes,
    place: LockedIn,
    owner: &str,
    before: Option<Amount>,
    after: Option<Amount>,
) {
    let Some(asset) = after.or(before).map(|amount| amount.asset()) else { return };
    let (before, after) =
        (before.unwrap_or(Amount::zero(asset)), after.unwrap_or(Amount::zero(asset)));
    let Some(delta) = after.checked_sub(&before) else {
        return unreadable(node, notes, place);
    };
    let account = |name: &str| node.fields.and_then(|fields| fields::account(fields, name));
    notes.locked(LockedChange {
        place,
        entry: node.index.and_then(|index| index.parse().ok()),
        owner: account(owner),
        destination: account("Destination"),
        before,
        after,
        delta,
        on_the_line: false,
    });
}

pub(super) fn unreadable(node: &Node<'_>, notes: &mut Notes, place: LockedIn) {
    notes.unknown(UnknownChange {
        path: node.path(),
        account: None,
        asset: None,
        place: Some(place),
        reason: "how much it holds cannot be told".to_owned(),
    });
}

/// A `Number` of the ledger as an amount of `asset`: of drops, of a token, of units of an MPT.
fn number(asset: Asset, value: &Value) -> Option<Amount> {
    let value: TokenValue = value.as_str()?.parse().ok()?;
    let integer = || {
        let scale = 10_i128.checked_pow(u32::try_from(value.exponent()).ok()?)?;
        i64::try_from(value.mantissa().checked_mul(scale)?).ok()
    };
    Some(match asset {
        Asset::Xrp => Amount::Xrp(Drops::new(integer()?)),
        Asset::Token { currency, issuer } => Amount::Token { value, currency, issuer },
        Asset::Mpt(id) => Amount::Mpt { value: integer()?, id },
    })
}
