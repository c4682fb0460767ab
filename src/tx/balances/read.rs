//! Visits each touched entry and notes the balances that it tells.

use serde_json::Value;

use super::{
    BalanceChange, BalanceChanges, LockedChange, LockedIn, Pool, UnknownChange, mpt::Issuances,
    parked,
};
use crate::{
    tx::{
        fields::{self, Object},
        metadata::{self, Node, Touch},
    },
    types::{AccountId, Amount, Asset, Currency, Drops, TokenValue},
};

/// No transaction touches so many vaults and sponsored accounts. All balances are searched anew for each
/// of them.
const MAX_LATE: usize = 16;

/// `None` when there is no list of touched entries.
pub(super) fn read(metadata: &Object) -> Option<BalanceChanges> {
    let mut notes = Notes::default();
    let mut issuances = Issuances::default();
    let (mut late, mut lending) = (Vec::new(), false);
    for node in metadata::nodes(metadata)? {
        match node {
            Ok(node) => match node.entry_type {
                "AccountRoot" => notes.account_root(&node),
                "RippleState" => notes.trust_line(&node),
                "MPToken" => issuances.holder(&node, &mut notes),
                "MPTokenIssuance" => issuances.issuance(&node, &mut notes),
                "Escrow" => parked::escrow(&node, &mut notes),
                "PayChannel" => parked::payment_channel(&node, &mut notes),
                "AMM" => notes.pool_account(&node, Pool::Amm),
                "LoanBroker" => notes.pool_account(&node, Pool::LoanBroker),
                "Sponsorship" | "Vault" => late.push(node),
                "Loan" => lending = true,
                _ => {}
            },
            Err(at) => {
                notes.unknown_balance(metadata::path(at), None, None, "it is no affected node")
            }
        }
    }
    issuances.solve(&mut notes);
    // These need to know what happened to balances, and what others of their kind tell outright.
    late.sort_by_key(|node| node.former("FeeAmount").is_none());
    for node in &late {
        if late.len() > MAX_LATE {
            parked::unreadable(node, &mut notes, LockedIn::Vault);
        } else if node.entry_type == "Vault" {
            notes.pool_account(node, Pool::Vault);
            parked::vault(node, lending, &mut notes);
        } else {
            parked::sponsorship(node, &mut notes);
        }
    }
    Some(notes.finish())
}

/// What has been noted so far.
#[derive(Default)]
pub(super) struct Notes {
    found: BalanceChanges,
    /// Whether trust lines keep what escrows and channels lock, as on Xahau.
    lines_lock: bool,
}

impl Notes {
    /// XRP.
    fn account_root(&mut self, node: &Node<'_>) {
        let changed = node.touch != Touch::Modified || node.former("Balance").is_some();
        let Some(account) = node.fields.and_then(|fields| fields::account(fields, "Account"))
        else {
            if changed {
                self.unknown_balance(
                    node.path(),
                    None,
                    Some(Asset::Xrp),
                    "its account cannot be read",
                );
            }
            return;
        };
        match node.touch {
            Touch::Created => self.found.created.push(account),
            Touch::Modified => {}
            Touch::Deleted => self.found.deleted.push(account),
        }
        for (field, pool) in
            [("AMMID", Pool::Amm), ("VaultID", Pool::Vault), ("LoanBrokerID", Pool::LoanBroker)]
        {
            if node.field(field).is_some() {
                self.found.pools.insert(account, pool);
            }
        }
        if !changed {
            return;
        }
        // A new account without a balance starts with none; the field is left out.
        let missing = (node.touch == Touch::Created).then_some(Drops::ZERO);
        let before = node.before("Balance").map_or(Some(Drops::ZERO), drops);
        let after = match (node.touch, node.after("Balance")) {
            (Touch::Deleted, _) => Some(Drops::ZERO),
            (_, None) => missing,
            (_, Some(balance)) => drops(balance),
        };
        match (before, after) {
            (Some(before), Some(after)) => {
                let (before, after) = (Amount::Xrp(before), Amount::Xrp(after));
                self.change(node, account, None, before, after);
            }
            _ => self.unknown_balance(
                node.path(),
                Some(account),
                Some(Asset::Xrp),
                "its Balance is not a number of drops",
            ),
        }
    }

    /// A token, seen from both sides of the line. `Balance` is positive when the low account holds
    /// what the high one owes, negative when it is the other way round; it can cross zero.
    fn trust_line(&mut self, node: &Node<'_>) {
        const LOCKED: &str = "LockedBalance";
        self.lines_lock |= node.field(LOCKED).or_else(|| node.former(LOCKED)).is_some();
        if node.touch == Touch::Modified && node.former("Balance").is_none() {
            return;
        }
        let Some(line) = Line::read(node) else {
            self.unknown_balance(node.path(), None, None, "its trust line cannot be read");
            return;
        };
        let Line { currency, low, high, before, after } = line;
        for (holder, issuer, before, after) in
            [(low, high, before, after), (high, low, -before, -after)]
        {
            let owed = |value: TokenValue| {
                let value = if value.is_negative() { TokenValue::ZERO } else { value };
                Amount::Token { value, currency, issuer }
            };
            let (before, after) = (owed(before), owed(after));
            self.change(node, holder, Some(issuer), before, after);
            if let (Some(before), Some(after)) = (before.checked_neg(), after.checked_neg()) {
                self.change(node, issuer, Some(holder), before, after);
            }
        }
    }

    fn pool_account(&mut self, node: &Node<'_>, pool: Pool) {
        if let Some(account) = node.fields.and_then(|fields| fields::account(fields, "Account")) {
            self.found.pools.insert(account, pool);
        }
    }

    /// Notes a balance, unless it stayed the same.
    pub(super) fn change(
        &mut self,
        node: &Node<'_>,
        account: AccountId,
        counterparty: Option<AccountId>,
        before: Amount,
        after: Amount,
    ) {
        if before == after {
            return;
        }
        match after.checked_sub(&before) {
            Some(delta) => {
                self.found.changes.push(BalanceChange {
                    account,
                    counterparty,
                    before,
                    after,
                    delta,
                });
            }
            None => self.unknown_balance(
                node.path(),
                Some(account),
                Some(after.asset()),
                "the change is larger than any balance can be",
            ),
        }
    }

    pub(super) fn locked(&mut self, change: LockedChange) {
        if !change.delta.is_zero() {
            self.found.locked.push(change);
        }
    }

    /// How much of an asset an account gained by what has been noted so far.
    pub(super) fn noted(&self, account: AccountId, asset: Asset) -> Option<Amount> {
        let one = |change: &&BalanceChange| change.account == account && change.asset() == asset;
        let mut changes = self.found.changes.iter().filter(one);
        changes.try_fold(Amount::zero(asset), |sum, change| sum.checked_add(&change.delta))
    }

    /// All XRP that was gained by what has been noted so far.
    pub(super) fn xrp_total(&self) -> Option<Drops> {
        self.found.xrp_total()
    }

    pub(super) fn unknown(&mut self, unknown: UnknownChange) {
        self.found.unknown.push(unknown);
    }

    /// Notes that a balance cannot be told.
    pub(super) fn unknown_balance(
        &mut self,
        path: String,
        account: Option<AccountId>,
        asset: Option<Asset>,
        reason: &str,
    ) {
        let reason = reason.to_owned();
        self.unknown(UnknownChange { path, account, asset, place: None, reason });
    }

    /// Sorts, and takes back balances that were told twice: an entry appears once in metadata, so
    /// neither telling can be believed.
    fn finish(mut self) -> BalanceChanges {
        for locked in &mut self.found.locked {
            locked.on_the_line = self.lines_lock && matches!(locked.delta, Amount::Token { .. });
        }
        self.found.changes.sort_by_key(BalanceChange::key);
        self.found.created.sort_unstable();
        self.found.deleted.sort_unstable();
        let changes = std::mem::take(&mut self.found.changes);
        for told in changes.chunk_by(|one, next| one.key() == next.key()) {
            match told {
                [change] => self.found.changes.push(change.clone()),
                [change, ..] => self.unknown_balance(
                    "AffectedNodes".to_owned(),
                    Some(change.account),
                    Some(change.asset()),
                    "this balance is told more than once",
                ),
                [] => {}
            }
        }
        self.found
    }
}

/// One trust line; values as the low account sees them.
struct Line {
    currency: Currency,
    low: AccountId,
    high: AccountId,
    before: TokenValue,
    after: TokenValue,
}

impl Line {
    fn read(node: &Node<'_>) -> Option<Line> {
        let side = |limit: &str| {
            fields::account(node.fields?.get(limit)?.as_object()?, "issuer")
                .filter(|side| *side != AccountId::ONE)
        };
        let (low, high) = (side("LowLimit")?, side("HighLimit")?);
        let value = |balance: Option<&Value>| match balance {
            None => Some(TokenValue::ZERO),
            Some(balance) => fields::text(balance.as_object()?, "value")?.parse().ok(),
        };
        let (former, latest) = (node.former("Balance"), node.field("Balance"));
        let written = latest.or(former)?.as_object()?;
        Some(Line {
            currency: fields::currency(fields::text(written, "currency")?)?,
            low,
            high,
            before: value(node.before("Balance"))?,
            after: value(node.after("Balance"))?,
        })
        .filter(|line| line.low != line.high)
    }
}

fn drops(balance: &Value) -> Option<Drops> {
    balance.as_str()?.parse().ok()
}
