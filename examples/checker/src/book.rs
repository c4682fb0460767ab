//! What becomes of a payment: the one place that decides whether an order is paid. Pure.

use serde_json::{Value, json};
use xrpl_txdata::{ExpectedPayment, ValidatedTransaction, Verdict, verify};

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its order is paid by it.
    Paid,
    /// It does not pay its order.
    Refused,
    /// It would pay its order, which is paid already: to be sent back.
    Surplus,
    /// It belongs to no order: to be looked at by a person.
    Stray,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Outcome::Paid => "paid",
            Outcome::Refused => "refused",
            Outcome::Surplus => "surplus",
            Outcome::Stray => "stray",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Outcome> {
        [Outcome::Paid, Outcome::Refused, Outcome::Surplus, Outcome::Stray]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
    }
}

/// A payment as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Payment {
    /// Network and hash: the one name of it, whoever presents it and however often.
    pub(crate) key: String,
    pub(crate) order: Option<i64>,
    pub(crate) ledger: u32,
    /// What was really delivered, for people.
    pub(crate) delivered: String,
    pub(crate) outcome: Outcome,
    /// The verdict as JSON, `null` for a stray payment.
    pub(crate) verdict: Value,
}

/// A payment to an order; `is_paid` says whether that has been paid by another one.
pub(crate) fn payment(
    tx: &ValidatedTransaction,
    order: i64,
    expected: &ExpectedPayment,
    is_paid: bool,
) -> Payment {
    let verdict = verify::payment(tx, expected);
    let outcome = match (verdict.is_paid(), is_paid) {
        (false, _) => Outcome::Refused,
        (true, true) => Outcome::Surplus,
        (true, false) => Outcome::Paid,
    };
    Payment {
        key: verdict.idempotency_key().to_string(),
        order: Some(order),
        ledger: tx.ledger_index(),
        delivered: tx.delivered().to_string(),
        outcome,
        verdict: verdict_json(&verdict),
    }
}

/// A payment that no order is known for.
pub(crate) fn stray(tx: &ValidatedTransaction) -> Payment {
    Payment {
        key: format!("{}:{}", tx.network_id(), tx.hash()),
        order: None,
        ledger: tx.ledger_index(),
        delivered: tx.delivered().to_string(),
        outcome: Outcome::Stray,
        verdict: Value::Null,
    }
}

/// The verdict with its sentence for people.
fn verdict_json(verdict: &Verdict) -> Value {
    let sentence = verdict.to_string();
    let sentence = sentence.lines().next().unwrap_or_default();
    json!({ "sentence": sentence, "checks": verdict.checks() })
}
