//! Who gained and who lost what: balance changes out of a transaction's metadata.
//!
//! The ledger tells them in several places: `AccountRoot` (XRP), `RippleState` (tokens, both sides
//! at once), `MPToken` and `MPTokenIssuance` (XLS-33); and value can be parked in escrows, payment
//! channels and vaults. [`read`] visits the touched entries, [`mpt`] solves what the metadata leaves
//! open about multi-purpose tokens.

mod change;
mod mpt;
#[cfg(test)]
mod mpt_tests;
mod parked;
#[cfg(test)]
mod parked_tests;
mod read;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::Value;

pub use self::change::{BalanceChange, LockedChange, LockedIn, Pool, UnknownChange};
use super::fields::Object;
use crate::{
    codec::Definitions,
    types::{AccountId, Amount, Asset, Drops, hex},
};

/// What a transaction changed in the balances of everybody it touched, exactly.
///
/// Changes of zero are left out. What the metadata does not tell is listed in
/// [`unknown`](BalanceChanges::unknown) and never guessed. Needs no network:
///
/// ```
/// use xrpl_txdata::{Asset, BalanceChanges};
///
/// let changes = BalanceChanges::from_metadata_str(r#"{"AffectedNodes": [{"ModifiedNode": {
///     "LedgerEntryType": "AccountRoot",
///     "FinalFields": {"Account": "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY", "Balance": "30000000"},
///     "PreviousFields": {"Balance": "5000000"}}}]}"#)?;
///
/// let account = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY".parse().unwrap();
/// assert_eq!(changes.delta(&account, Asset::Xrp).unwrap().to_string(), "25 XRP");
/// assert_eq!(changes.of(&account)[0].before.to_string(), "5 XRP");
/// # Ok::<(), xrpl_txdata::MetadataError>(())
/// ```
///
/// # JSON
///
/// `{"changes": [{"account", "counterparty"?, "before", "after", "delta"}], "locked": [{"place",
/// "entry"?, "owner"?, "destination"?, "before", "after", "delta"}], "unknown": [{"path",
/// "account"?, "asset"?, "place"?, "reason"}], "created": [account], "deleted": [account], "pools": {account:
/// kind}}`, amounts in the ledger's own forms (XRP in drops).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BalanceChanges {
    changes: Vec<BalanceChange>,
    locked: Vec<LockedChange>,
    unknown: Vec<UnknownChange>,
    created: Vec<AccountId>,
    deleted: Vec<AccountId>,
    pools: BTreeMap<AccountId, Pool>,
}

impl BalanceChanges {
    /// From the metadata of a transaction as any server sends it (`meta`, `metaData`): an object,
    /// or the hexadecimal text of its binary form.
    ///
    /// # Errors
    ///
    /// Only when it is no metadata at all. A single entry that cannot be read is listed as
    /// [`unknown`](BalanceChanges::unknown).
    pub fn from_metadata(metadata: &Value) -> Result<BalanceChanges, MetadataError> {
        match metadata {
            Value::Object(metadata) => BalanceChanges::from_object(metadata),
            Value::String(text) => {
                let blob = hex::decode(text).ok_or_else(|| fault("a text that is not hex"))?;
                let metadata =
                    Definitions::xrpl().decode(&blob).map_err(|error| fault(error.to_string()))?;
                BalanceChanges::from_object(&metadata)
            }
            _ => Err(fault("neither an object nor a hexadecimal text")),
        }
    }

    /// The same from the text of the JSON.
    ///
    /// # Errors
    ///
    /// Not JSON, or no metadata.
    pub fn from_metadata_str(metadata: &str) -> Result<BalanceChanges, MetadataError> {
        let metadata = serde_json::from_str(metadata).map_err(|error| fault(error.to_string()))?;
        BalanceChanges::from_metadata(&metadata)
    }

    pub(crate) fn from_object(metadata: &Object) -> Result<BalanceChanges, MetadataError> {
        read::read(metadata).ok_or_else(|| fault("it has no list AffectedNodes"))
    }

    /// Every change, sorted by account, then asset, then counterparty.
    pub fn iter(&self) -> std::slice::Iter<'_, BalanceChange> {
        self.changes.iter()
    }

    /// The changes of one account.
    pub fn of(&self, account: &AccountId) -> &[BalanceChange] {
        let start = self.changes.partition_point(|change| change.account < *account);
        let rest = self.changes.get(start..).unwrap_or_default();
        let end = rest.partition_point(|change| change.account == *account);
        rest.get(..end).unwrap_or_default()
    }

    /// How much more of `asset` the account has now, over all its trust lines; zero when nothing
    /// changed, `None` when that cannot be known.
    pub fn delta(&self, account: &AccountId, asset: Asset) -> Option<Amount> {
        let open = |unknown: &UnknownChange| {
            unknown.place.is_none()
                && unknown.account.is_none_or(|one| one == *account)
                && unknown.asset.is_none_or(|one| one == asset)
        };
        if self.unknown.iter().any(open) {
            return None;
        }
        self.of(account)
            .iter()
            .filter(|change| change.asset() == asset)
            .try_fold(Amount::zero(asset), |sum, change| sum.checked_add(&change.delta))
            .filter(Amount::is_exact)
    }

    /// Value that moved into or out of escrows, payment channels and the like, in the order of the
    /// metadata.
    pub fn locked(&self) -> &[LockedChange] {
        &self.locked
    }

    /// Balances that may have changed by an amount which the metadata does not tell.
    pub fn unknown(&self) -> &[UnknownChange] {
        &self.unknown
    }

    /// Whether every change is known.
    pub fn is_complete(&self) -> bool {
        self.unknown.is_empty()
    }

    /// Accounts that the transaction created.
    pub fn created(&self) -> &[AccountId] {
        &self.created
    }

    /// Accounts that it deleted.
    pub fn deleted(&self) -> &[AccountId] {
        &self.deleted
    }

    /// Whether an account is the pool of an AMM, vault or loan broker, as far as this metadata
    /// tells. Such accounts trade and hold; nobody pays from them.
    pub fn pool(&self, account: &AccountId) -> Option<Pool> {
        self.pools.get(account).copied()
    }

    /// All XRP that accounts, escrows and channels gained together: minus what was burnt as a fee.
    /// `None` when it leaves the range, or when an XRP change is unknown.
    pub fn xrp_total(&self) -> Option<Drops> {
        if self.unknown.iter().any(|one| one.asset.is_none_or(|asset| asset == Asset::Xrp)) {
            return None;
        }
        let parked = self.locked.iter().filter(|change| change.is_beside_balances());
        let deltas = self.changes.iter().map(|c| c.delta).chain(parked.map(|c| c.delta));
        deltas
            .filter_map(|delta| if let Amount::Xrp(drops) = delta { Some(drops) } else { None })
            .try_fold(Drops::ZERO, Drops::checked_add)
    }
}

impl<'a> IntoIterator for &'a BalanceChanges {
    type Item = &'a BalanceChange;
    type IntoIter = std::slice::Iter<'a, BalanceChange>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// This is not the metadata of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataError {
    reason: String,
}

fn fault(reason: impl Into<String>) -> MetadataError {
    MetadataError { reason: reason.into() }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is not a transaction's metadata: {}", self.reason)
    }
}

impl std::error::Error for MetadataError {}
