//! The words in which balance changes are told.

use std::fmt;

use serde::Serialize;

use crate::types::{AccountId, Amount, Asset, Hash256};

/// What one account held (or owed) of one asset, before and after the transaction.
///
/// A token is seen from both sides of its trust line: the holder has a positive balance, and the
/// issuer (`account` is then the asset's issuer) a negative one, for it owes what the other holds.
/// The same goes for the issuer of a multi-purpose token, whose negative balance is the amount
/// outstanding.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BalanceChange {
    /// Whose balance it is.
    pub account: AccountId,
    /// The other side of the trust line; `None` for XRP and multi-purpose tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<AccountId>,
    /// The balance before the transaction.
    pub before: Amount,
    /// The balance after it.
    pub after: Amount,
    /// After minus before. XRP includes the fee for the account that paid it.
    pub delta: Amount,
}

impl BalanceChange {
    /// What changed.
    pub const fn asset(&self) -> Asset {
        self.delta.asset()
    }

    /// Whether the account is the one that owes this asset.
    pub fn is_issuer(&self) -> bool {
        match self.asset() {
            Asset::Xrp => false,
            Asset::Token { issuer, .. } => issuer == self.account,
            Asset::Mpt(id) => id.issuer() == self.account,
        }
    }

    /// The order in which changes are listed.
    pub(super) fn key(&self) -> (AccountId, Asset, Option<AccountId>) {
        (self.account, self.asset(), self.counterparty)
    }
}

/// Where value can be parked outside of what accounts can spend.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LockedIn {
    /// An escrow.
    Escrow,
    /// What a payment channel holds and has not paid out yet.
    PaymentChannel,
    /// The part of a holder's multi-purpose tokens that escrows of theirs keep locked.
    LockedTokens,
    /// The part of an issuance of multi-purpose tokens that is held in encrypted balances (XLS-96): how
    /// much all of them hold, not whose it is.
    ConfidentialTokens,
    /// What a sponsor set aside for the fees of another account (XLS-68).
    Sponsorship,
    /// The assets of a vault (XLS-65), what it lent out included. Its account holds the rest, and
    /// that is also a balance of that account.
    Vault,
}

/// A change of value that is parked somewhere.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LockedChange {
    /// Where it is parked.
    pub place: LockedIn,
    /// The key of the ledger entry that holds it, when the metadata tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Hash256>,
    /// Whom it would return to: who made the escrow or channel, who holds the tokens, the vault's
    /// account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<AccountId>,
    /// Whom it is meant for, where there is such an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<AccountId>,
    /// Parked before the transaction.
    pub before: Amount,
    /// Parked after it.
    pub after: Amount,
    /// After minus before.
    pub delta: Amount,
    /// Whether it stays on the owner's trust line until it goes.
    #[serde(skip)]
    pub(super) on_the_line: bool,
}

impl LockedChange {
    /// Whether this value is told by no balance, so that balances and locked value together neither
    /// appear nor vanish. False for vaults (their accounts hold the assets), for escrows of
    /// multi-purpose tokens (told as the holder's [`LockedIn::LockedTokens`]), and for tokens on Xahau,
    /// where an escrow or channel locks them on the owner's trust line as a part of its balance.
    pub fn is_beside_balances(&self) -> bool {
        match self.place {
            LockedIn::Vault => false,
            LockedIn::Escrow if matches!(self.delta, Amount::Mpt { .. }) => false,
            _ => !self.on_the_line,
        }
    }
}

/// A balance or a locked value that may have changed; the metadata does not tell by how much.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownChange {
    /// Where in the metadata the question arises.
    pub path: String,
    /// Whose balance it is, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Of which asset, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<Asset>,
    /// Where it is parked, when it is locked value and no balance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<LockedIn>,
    /// Why it cannot be known.
    pub reason: String,
}

impl fmt::Display for UnknownChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// Accounts that no person holds a key of.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// The pool of an automated market maker (XLS-30).
    Amm,
    /// The assets of a vault (XLS-65).
    Vault,
    /// The first-loss capital of a loan broker (XLS-66).
    LoanBroker,
}
