//! Did I really get paid? One transaction judged against what an order expects.
//!
//! ```no_run
//! # async fn example(txd: xrpl_txdata::TxData, hash: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use xrpl_txdata::{ExpectedPayment, PaymentAnswer, verify::MemorySeen};
//!
//! let expected = ExpectedPayment::to("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY")
//!     .tag(12345)
//!     .at_least("25 XRP")
//!     .build()?;
//!
//! let mut used = MemorySeen::default();
//! match txd.verify_payment(hash, &expected, 20).await? {
//!     PaymentAnswer::Judged { verdict, .. } => {
//!         let verdict = verdict.claim(&mut used).await?;
//!         println!("{verdict}");
//!         if verdict.is_paid() { /* credit verdict.amount_received() */ }
//!     }
//!     PaymentAnswer::Absent(absence) => println!("nothing yet: {absence}"),
//! }
//! # Ok(()) }
//! ```
//!
//! # What is checked
//!
//! In this order; a failed check says what was expected and what was found. A check that nobody asked
//! for, or that has nothing to judge because an earlier one failed, is not applicable.
//!
//! | code | passes when | against whom |
//! |---|---|---|
//! | `validated` | a validated ledger holds the transaction | who shows a payment that is only proposed |
//! | `network` | it is on the expected network | who pays with money of a test network |
//! | `hash` | its content hashes to its name | a node that answers with something else |
//! | `result` | it succeeded | who shows a failed payment that is in the ledger all the same |
//! | `batch` | it is not the outside of a batch | who shows a batch whose payments failed |
//! | `transaction_type` | it pays in an allowed way | |
//! | `destination`, `destination_tag` | you are paid, for this customer | who shows a payment to somebody else |
//! | `asset` | in the right asset, issuer included | who issues "USD" himself, or pays with shares of a pool |
//! | `delivered_amount` | what was delivered is known | partial payments: `Amount` is only a limit |
//! | `amount` | it is as much as expected | who pays one drop |
//! | `balance_change` | the destination's balance gained it | a node that makes up an amount |
//! | `not_self` | somebody else paid | who has you "pay" yourself |
//! | `sender`, `invoice_id`, `source_tag` | as asked for | |
//! | `time_window`, `ledger_window` | it happened in time | who shows an old payment again |
//! | `first_use` | no other order was paid with it | who shows one payment twice |
//!
//! # What no check can tell
//!
//! A token is worth what its issuer makes of it: it can be frozen, and some issuers can claw it back,
//! long after the payment. Whether the nodes speak the truth about their ledgers is the matter of
//! [trust](crate::manual::trust).

mod arrival;
mod batch;
mod builder;
mod check;
mod expected;
mod form;
mod given;
mod judge;
mod key;
mod policy;
mod seen;
mod table;
mod verdict;

pub use builder::ExpectedPaymentBuilder;
pub use check::{Check, CheckCode, Outcome};
pub use expected::ExpectedPayment;
pub use given::{Destination, OrText};
pub use key::IdempotencyKey;
pub use policy::{AmountPolicy, ExpectationError, PaidBy, TagPolicy};
pub use seen::{Mark, MemorySeen, SeenStore};
pub(crate) use table::table;
pub use verdict::Verdict;

use crate::tx::ValidatedTransaction;

/// Judges one transaction by one expectation. Pure: no clock, no network, the same answer every time;
/// and total: it answers for any transaction and any expectation.
///
/// [`TxData::verify_payment`](crate::TxData::verify_payment) looks the transaction up and calls this.
pub fn payment(tx: &ValidatedTransaction, expected: &ExpectedPayment) -> Verdict {
    judge::judge(tx, expected)
}

#[cfg(test)]
mod tests;
