//! The verdict on one transaction: every check, and what follows from them.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{
    check::{Check, CheckCode, Outcome},
    expected::ExpectedPayment,
    key::IdempotencyKey,
    policy::AmountPolicy,
    seen::{Mark, SeenStore},
    table::table,
};
use crate::{
    tx::ValidatedTransaction,
    types::{Amount, RippleTime},
};

/// These must have passed; "not applicable" is not enough to call an order paid.
pub(super) const ESSENTIAL: [CheckCode; 11] = [
    CheckCode::Validated,
    CheckCode::Network,
    CheckCode::Hash,
    CheckCode::Result,
    CheckCode::TransactionType,
    CheckCode::Destination,
    CheckCode::Asset,
    CheckCode::DeliveredAmount,
    CheckCode::Amount,
    CheckCode::BalanceChange,
    CheckCode::NotSelf,
];

/// Whether one transaction pays what was expected: every check by name, with what was expected and
/// what was found.
///
/// A verdict is about one transaction alone. That the same transaction does not pay for two orders is
/// up to [`claim`](Verdict::claim). What happens later does not change it, but a token can still be
/// frozen or clawed back by its issuer.
///
/// Printed, it is what a support person would want to read: one sentence, and a line for each failed
/// check; [`table`](Verdict::table) shows all of them.
///
/// # JSON
///
/// | field | value |
/// |---|---|
/// | `paid` | boolean |
/// | `idempotency_key` | network id and hash, `0:3B1A…` |
/// | `network_id`, `hash` | number; 64 hexadecimal digits |
/// | `ledger_index`, `close_time` | number; `2013-01-02T06:43:20Z`, left out when unknown |
/// | `amount_received` | [`amount_received`](Verdict::amount_received) in the ledger's own form, left out when there is nothing to credit |
/// | `overpaid`, `underpaid` | amounts, left out when it is neither |
/// | `checks` | list of [`Check`] |
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an order is paid only when the verdict says so"]
pub struct Verdict {
    key: IdempotencyKey,
    ledger_index: u32,
    close_time: Option<RippleTime>,
    native_asset: String,
    checks: Vec<Check>,
    /// What was delivered for sure of the expected asset, to whomever.
    delivered: Option<Amount>,
    expected: AmountPolicy,
}

impl Verdict {
    pub(super) fn new(
        tx: &ValidatedTransaction,
        expected: &ExpectedPayment,
        checks: Vec<Check>,
        delivered: Option<Amount>,
    ) -> Verdict {
        Verdict {
            key: IdempotencyKey { network_id: tx.network_id(), hash: tx.hash() },
            ledger_index: tx.ledger_index(),
            close_time: tx.close_time(),
            native_asset: tx.native_asset().to_owned(),
            checks,
            delivered,
            expected: expected.amount,
        }
    }

    /// Whether the order is paid: no check failed, and none that matters was left out.
    pub fn is_paid(&self) -> bool {
        self.checks.iter().all(|check| !check.is_failed())
            && ESSENTIAL.into_iter().all(|code| self.passed(code))
    }

    /// Every check, in order: what is wrong first is at the bottom of what is wrong later.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The check of this name.
    pub fn check(&self, code: CheckCode) -> Option<&Check> {
        self.checks.iter().find(|check| check.code == code)
    }

    /// The failed checks, in order.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.is_failed())
    }

    /// What to credit to this order. Also there when it is too little or too much and nothing else is
    /// wrong; `None` in all other cases, for then the money is not this order's.
    pub fn amount_received(&self) -> Option<Amount> {
        let only_the_amount = self.failures().all(|check| check.code == CheckCode::Amount)
            && ESSENTIAL.into_iter().all(|code| code == CheckCode::Amount || self.passed(code));
        self.delivered.filter(|_| only_the_amount)
    }

    /// How much more than the most that was expected was received; of "at least", more than that.
    pub fn overpaid(&self) -> Option<Amount> {
        let limit = self.expected.most().unwrap_or(self.expected.least());
        positive(self.amount_received()?.checked_sub(limit))
    }

    /// How much is missing to the least that was expected.
    pub fn underpaid(&self) -> Option<Amount> {
        positive(self.expected.least().checked_sub(&self.amount_received()?))
    }

    /// The one name of this payment, whoever presents it and however often: the key to credit it by.
    pub fn idempotency_key(&self) -> IdempotencyKey {
        self.key
    }

    /// The ledger that holds the transaction.
    pub fn ledger_index(&self) -> u32 {
        self.ledger_index
    }

    /// When that ledger closed, when the node told it.
    pub fn close_time(&self) -> Option<RippleTime> {
        self.close_time
    }

    /// Uses the payment up: the check [`FirstUse`](CheckCode::FirstUse) of the verdict that comes back
    /// says whether this was the first time. A verdict that is not paid asks the store nothing and
    /// comes back as it is.
    ///
    /// # Errors
    ///
    /// Those of the store; then nothing is known, and the payment must not be credited.
    pub async fn claim<S: SeenStore>(mut self, store: &mut S) -> Result<Verdict, S::Error> {
        if !self.is_paid() {
            return Ok(self);
        }
        let (outcome, actual) = match store.mark(self.key).await? {
            Mark::First => (Outcome::Passed, "not used before"),
            Mark::Again => (Outcome::Failed, "used before"),
        };
        self.checks.retain(|check| check.code != CheckCode::FirstUse);
        self.checks.push(Check::new(CheckCode::FirstUse, outcome, "not used before", actual));
        Ok(self)
    }

    /// All checks as a table of plain text, one line each, the verdict above them.
    ///
    /// ```text
    /// not paid: destination tag
    ///
    ///          check             expected                            found
    /// ok       network           0                                   0
    /// FAILED   destination tag   7                                   no tag
    /// -        invoice id        anything                            no invoice id
    /// ```
    pub fn table(&self) -> String {
        format!("{}\n\n{}", self.sentence(), table(&self.checks))
    }

    /// As if this had never been checked.
    #[cfg(test)]
    pub(super) fn without(mut self, code: CheckCode) -> Verdict {
        self.checks.retain(|check| check.code != code);
        self
    }

    fn passed(&self, code: CheckCode) -> bool {
        self.check(code).is_some_and(|check| check.outcome == Outcome::Passed)
    }

    fn sentence(&self) -> String {
        let shown = |amount: Amount| amount.display_with(&self.native_asset).to_string();
        let received = self.amount_received().map(shown);
        let surplus = match (self.overpaid().map(shown), self.underpaid().map(shown)) {
            (Some(more), _) => format!(", {more} more than asked for"),
            (None, Some(less)) => format!(", {less} less than asked for"),
            (None, None) => String::new(),
        };
        match received {
            Some(received) if self.is_paid() => format!("paid: received {received}{surplus}"),
            Some(received) => format!("not paid: received {received}{surplus}"),
            None => {
                let failed: Vec<&str> = self.failures().map(|check| check.code.name()).collect();
                format!("not paid: {}", failed.join(", "))
            }
        }
    }
}

fn positive(amount: Option<Amount>) -> Option<Amount> {
    amount.filter(|amount| !amount.is_zero() && !amount.is_negative())
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IdempotencyKey { network_id, hash } = self.key;
        writeln!(f, "{}", self.sentence())?;
        write!(f, "transaction {hash}, network {network_id}, ledger {}", self.ledger_index)?;
        if let Some(time) = self.close_time {
            write!(f, ", {time}")?;
        }
        for check in self.failures() {
            write!(f, "\n- {check}")?;
        }
        Ok(())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;

        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("paid", &self.is_paid())?;
        out.serialize_entry("idempotency_key", &self.key)?;
        out.serialize_entry("network_id", &self.key.network_id)?;
        out.serialize_entry("hash", &self.key.hash)?;
        out.serialize_entry("ledger_index", &self.ledger_index)?;
        if let Some(time) = &self.close_time {
            out.serialize_entry("close_time", time)?;
        }
        for (name, amount) in [
            ("amount_received", self.amount_received()),
            ("overpaid", self.overpaid()),
            ("underpaid", self.underpaid()),
        ] {
            if let Some(amount) = &amount {
                out.serialize_entry(name, amount)?;
            }
        }
        out.serialize_entry("checks", &self.checks)?;
        out.end()
    }
}
