//! Steps 1 to 10 and a judgement: looks a payment up and says whether it pays an order.

use std::{fmt, time::Duration};

use serde::Serialize;

use super::{Absence, Lookup, TxData};
use crate::{
    error::Error,
    tx::ValidatedTransaction,
    types::IntoTxKey,
    verify::{self, Check, ExpectedPayment, Verdict},
    xaman::{self, Payload, PayloadVerdict},
};

/// The answer to "is this order paid by that transaction?".
///
/// JSON: `{"judged": {"verdict", "transaction"}}` or `{"absent": …}`, see [`Verdict`],
/// [`ValidatedTransaction`] and [`Absence`].
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[must_use = "an order is paid only when the verdict says so"]
#[expect(clippy::large_enum_variant, reason = "one per question, and they are not kept in numbers")]
pub enum PaymentAnswer {
    /// The transaction is in a validated ledger, and this is the verdict on it.
    Judged {
        /// Whether it pays the order.
        verdict: Verdict,
        /// The transaction.
        transaction: ValidatedTransaction,
    },
    /// It is in none of the ledgers that were searched: not paid, at least not yet.
    Absent(Absence),
}

impl PaymentAnswer {
    /// Whether the order is paid. Nothing here knows whether it was paid with the same payment before,
    /// see [`Verdict::claim`].
    pub fn is_paid(&self) -> bool {
        self.verdict().is_some_and(Verdict::is_paid)
    }

    /// The verdict, if there was something to judge.
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            PaymentAnswer::Judged { verdict, .. } => Some(verdict),
            PaymentAnswer::Absent(_) => None,
        }
    }
}

impl fmt::Display for PaymentAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PaymentAnswer::Judged { verdict, .. } => write!(f, "{verdict}"),
            PaymentAnswer::Absent(absence) => write!(f, "not paid: {absence}"),
        }
    }
}

/// The answer to "is this order paid by what the user signed in Xaman?".
///
/// JSON: `{"payload", "payment"?}`, see [`PayloadVerdict`] and [`PaymentAnswer`].
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
#[must_use = "an order is paid only when the verdict says so"]
pub struct XamanAnswer {
    /// What the payload alone tells.
    pub payload: PayloadVerdict,
    /// The ledger's own answer; there is none when the payload already says no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentAnswer>,
}

impl XamanAnswer {
    /// Whether the order is paid: the payload says nothing against it, and the ledger says so. Nothing
    /// here knows whether it was paid with the same payment before, see [`Verdict::claim`].
    pub fn is_paid(&self) -> bool {
        self.payload.failures().next().is_none()
            && self.payment.as_ref().is_some_and(PaymentAnswer::is_paid)
    }

    /// The verdict on the transaction, if there was something to judge.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.payment.as_ref()?.verdict()
    }

    /// The failed checks, first those of the payload, then those of the transaction.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.payload.failures().chain(self.verdict().into_iter().flat_map(Verdict::failures))
    }
}

impl fmt::Display for XamanAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.payment {
            Some(payment) => write!(f, "{payment}\n{}", self.payload),
            None => write!(f, "not paid: {}", self.payload),
        }
    }
}

impl TxData {
    /// Looks a transaction up, waiting up to `wait_secs` for one that is not there yet, and judges it
    /// by what an order expects.
    ///
    /// The client must believe nodes of the network that the order expects, or the answer will be that
    /// the transaction is absent or of another network. The wait is as long as you say, also where the
    /// time or the ledgers that the order expects are over before. For other settings of the lookup, such
    /// as the [`last_ledger_sequence`](crate::LookupBuilder::last_ledger_sequence) without which there is
    /// no "never", use [`lookup`](TxData::lookup) and [`verify::payment`].
    ///
    /// # Errors
    ///
    /// Those of [`get_one`](TxData::get_one): then nobody knows whether it is paid.
    ///
    /// ```no_run
    /// # async fn example(txd: xrpl_txdata::TxData, hash: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// use xrpl_txdata::ExpectedPayment;
    ///
    /// let expected = ExpectedPayment::to("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY")
    ///     .tag(12345)
    ///     .exactly("25 XRP")
    ///     .build()?;
    /// let answer = txd.verify_payment(hash, &expected, 20).await?;
    /// println!("{answer}");
    /// # Ok(()) }
    /// ```
    pub async fn verify_payment(
        &self,
        key: impl IntoTxKey,
        expected: &ExpectedPayment,
        wait_secs: u64,
    ) -> Result<PaymentAnswer, Error> {
        Ok(match self.lookup(key).wait(Duration::from_secs(wait_secs)).await? {
            Lookup::Found(transaction) => {
                let verdict = verify::payment(&transaction, expected);
                PaymentAnswer::Judged { verdict, transaction }
            }
            Lookup::Absent(absence) => PaymentAnswer::Absent(absence),
        })
    }

    /// Judges a Xaman payload by what an order expects; when it says nothing against a payment, looks
    /// its transaction up as [`verify_payment`](TxData::verify_payment) does. The ledger has the last
    /// word.
    ///
    /// # Errors
    ///
    /// Those of [`get_one`](TxData::get_one): then nobody knows whether it is paid.
    pub async fn verify_xaman(
        &self,
        payload: &Payload,
        expected: &ExpectedPayment,
        wait_secs: u64,
    ) -> Result<XamanAnswer, Error> {
        let payload = xaman::judge(payload, expected);
        let payment = match payload.txid() {
            Some(txid) => Some(self.verify_payment(txid, expected, wait_secs).await?),
            None => None,
        };
        Ok(XamanAnswer { payload, payment })
    }
}
