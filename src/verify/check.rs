//! One check: what was asked, what was found, and whether that will do.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::types::text::is_plain;

/// Longest text of one side of a check, in characters.
const SHOWN: usize = 2000;

/// One thing that was checked.
///
/// JSON: `{"code", "name", "outcome", "expected", "actual"}`; `outcome` is `passed`, `failed` or
/// `not_applicable`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which check it is.
    pub code: CheckCode,
    /// How it ended.
    pub outcome: Outcome,
    /// What was expected, for people.
    pub expected: String,
    /// What was found, for people.
    pub actual: String,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Not as expected, or not to be known.
    Failed,
    /// Nobody asked for it, or there is nothing to judge because an earlier check failed.
    NotApplicable,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// The name of a check for programs. It stays the same in all versions of this crate; checks
        /// may be added.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CheckCode {
            $($(#[$doc])* $variant,)*
        }

        impl CheckCode {
            /// The code as text: `destination_tag`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(CheckCode::$variant => $code,)*
                }
            }

            /// The name for people: `destination tag`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(CheckCode::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    /// `validated`: a validated ledger holds the transaction. The type
    /// [`ValidatedTransaction`](crate::ValidatedTransaction) already promises it.
    Validated = "validated", "validated ledger";
    /// `network`: that ledger belongs to the expected network, as its node says.
    Network = "network", "network";
    /// `hash`: the content hashes to the hash that was asked for. Promised by the type as well.
    Hash = "hash", "content hash";
    /// `result`: the transaction did what it was meant to do, `tesSUCCESS`.
    Result = "result", "result";
    /// `batch`: it is not the outside of a batch, whose payments have hashes of their own.
    Batch = "batch", "batch";
    /// `transaction_type`: it pays in one of the ways that are allowed.
    TransactionType = "transaction_type", "transaction type";
    /// `destination`: the expected account is paid.
    Destination = "destination", "destination";
    /// `destination_tag`: with the expected tag. No tag is not tag 0.
    DestinationTag = "destination_tag", "destination tag";
    /// `asset`: in the expected asset; a token's code *and* its issuer.
    Asset = "asset", "asset";
    /// `delivered_amount`: what was delivered is known, and the sender signed it.
    DeliveredAmount = "delivered_amount", "delivered amount";
    /// `amount`: as much as was expected was delivered.
    Amount = "amount", "amount";
    /// `balance_change`: the balance of the destination gained what was delivered.
    BalanceChange = "balance_change", "balance change";
    /// `not_self`: nobody paid himself.
    NotSelf = "not_self", "paid by another";
    /// `sender`: one of the expected accounts paid.
    Sender = "sender", "sender";
    /// `invoice_id`: it names the expected invoice.
    InvoiceId = "invoice_id", "invoice id";
    /// `source_tag`: it has the expected source tag.
    SourceTag = "source_tag", "source tag";
    /// `time_window`: its ledger closed in time.
    TimeWindow = "time_window", "time window";
    /// `ledger_window`: its ledger is one of those expected.
    LedgerWindow = "ledger_window", "ledger window";
    /// `first_use`: the payment was not used for another order before; see
    /// [`Verdict::claim`](super::Verdict::claim).
    FirstUse = "first_use", "first use";
    /// `xaman_exists`: Xaman knows the payload.
    XamanExists = "xaman_exists", "payload exists";
    /// `xaman_transaction`: what was signed is a transaction, not a sign-in or a channel claim.
    XamanTransaction = "xaman_transaction", "payload is a transaction";
    /// `xaman_resolved`: the user has decided.
    XamanResolved = "xaman_resolved", "payload resolved";
    /// `xaman_signed`: the user has signed.
    XamanSigned = "xaman_signed", "payload signed";
    /// `xaman_multisign`: the signature is not one of several that are yet to be put together.
    XamanMultisign = "xaman_multisign", "payload signed alone";
    /// `xaman_network`: it was signed for the expected network.
    XamanNetwork = "xaman_network", "payload network";
    /// `xaman_txid`: the payload names the transaction.
    XamanTxid = "xaman_txid", "payload transaction id";
    /// `xaman_hex`: the signed bytes in the payload are those of that transaction.
    XamanHex = "xaman_hex", "payload signed bytes";
    /// `xaman_identifier`: the payload was made for this order.
    XamanIdentifier = "xaman_identifier", "payload identifier";
}

impl fmt::Display for CheckCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for CheckCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Check {
    pub(crate) fn new(
        code: CheckCode,
        outcome: Outcome,
        expected: impl fmt::Display,
        actual: impl fmt::Display,
    ) -> Check {
        Check { code, outcome, expected: shown(&expected), actual: shown(&actual) }
    }

    /// Whether it stands in the way of a payment.
    pub fn is_failed(&self) -> bool {
        self.outcome == Outcome::Failed
    }
}

/// One line without characters that would break it, of bounded length: parts of it come from others.
fn shown(text: &dyn fmt::Display) -> String {
    let text = text.to_string();
    let mut line = String::with_capacity(text.len());
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN {
            line.push('…');
            break;
        }
        if is_plain(character) {
            line.push(character);
        } else {
            line.extend(character.escape_unicode());
        }
    }
    line
}

impl fmt::Display for Check {
    /// `destination tag: expected 7, got no tag`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, expected, actual) = (self.code.name(), &self.expected, &self.actual);
        write!(f, "{name}: expected {expected}, got {actual}")
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut out = serializer.serialize_struct("Check", 5)?;
        out.serialize_field("code", &self.code)?;
        out.serialize_field("name", self.code.name())?;
        out.serialize_field("outcome", &self.outcome)?;
        out.serialize_field("expected", &self.expected)?;
        out.serialize_field("actual", &self.actual)?;
        out.end()
    }
}
