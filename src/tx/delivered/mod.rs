//! How much really arrived: the one number to credit, or why there is none.
//!
//! A payment's `Amount` is only an upper bound: partial payments deliver less. The rules are those
//! of rippled's `DeliveredAmount.cpp`, and every number a node gives is held against what the sender
//! signed and against the balance of the account that was paid ([`observe`]).

mod observe;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

pub(crate) use self::observe::{Credits, gained_of};
use super::{
    MetadataError,
    balances::BalanceChanges,
    fee::Fee,
    fields::{self, Object},
    outcome::TxResult,
};
use crate::types::{AccountId, Amount, Asset, RippleTime};

/// First ledger of the main network in which partial payments stored what they delivered.
const FIRST_LEDGER: u32 = 4_594_095;
/// Closed after this moment (February 2014), a ledger of any network stores it.
const FIRST_CLOSE_TIME: RippleTime = RippleTime::from_seconds(446_000_000);
/// Flag of payments that may deliver less than `Amount`.
const PARTIAL_PAYMENT: u32 = 0x0002_0000;
/// What servers write where nobody can know.
const UNAVAILABLE: &str = "unavailable";

/// What a transaction delivered to the account it was meant for. Credit [`Exact`](Self::Exact)
/// amounts and nothing else.
///
/// ```
/// use serde_json::json;
/// use xrpl_txdata::Delivered;
///
/// let transaction = json!({"TransactionType": "Payment", "Flags": 131072, "Fee": "10",
///     "Account": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B", "SendMax": "9000000", "Amount": "25000000",
///     "Destination": "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY"});
/// let metadata = json!({"TransactionResult": "tesSUCCESS", "DeliveredAmount": "1",
///     "AffectedNodes": [{"ModifiedNode": {"LedgerEntryType": "AccountRoot",
///         "FinalFields": {"Account": "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY", "Balance": "5000001"},
///         "PreviousFields": {"Balance": "5000000"}}}]});
///
/// // Not 25 XRP: a partial payment of one drop.
/// let delivered = Delivered::from_json(&transaction, &metadata, 90_000_000, None)?;
/// assert_eq!(delivered.exact().unwrap().to_string(), "0.000001 XRP");
/// # Ok::<(), xrpl_txdata::MetadataError>(())
/// ```
///
/// # JSON
///
/// `{"status": …}` with `exact` (and `amount`), `nothing`, `unavailable`, `confidential`,
/// `not_a_payment`, or `doubtful` (and `why`, `claimed`?, `observed`?).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// This much, after transfer fees. Node, signed content and balance agree; of a token, the
    /// balance may have gained a little less or more, for balances are rounded to 16 digits.
    Exact(Amount),
    /// Nothing: the transaction failed.
    Nothing,
    /// Nobody can know: a payment from before February 2014, when the ledger did not store it. Also
    /// where a ledger stores no amount for a transaction that has none of its own.
    Unavailable,
    /// The amount is encrypted (XLS-96).
    Confidential,
    /// The transaction is not one that delivers an amount to an account. Value may still have
    /// moved, see [`BalanceChanges`] and [`Incoming`](super::Incoming).
    NotAPayment,
    /// The node's numbers cannot all be true.
    Doubtful {
        /// What the node says was delivered, as far as it can be read.
        claimed: Option<Amount>,
        /// What the balance of the paid account shows, as far as it can be known.
        observed: Option<Amount>,
        /// What does not fit.
        why: Doubt,
    },
}

/// Why a delivered amount cannot be believed.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// What the node says cannot be read as an amount.
    Unreadable,
    /// The node says it in two ways (`DeliveredAmount`, `delivered_amount`) that differ.
    TwoAmounts,
    /// The sender did not sign this: a full payment delivers exactly `Amount`, a partial one not
    /// more.
    NotSigned,
    /// The balance of the paid account gained another amount.
    NotInBalance,
    /// The metadata does not tell what the balance gained.
    BalanceUnknown,
}

/// All that is known about a transaction before its delivered amount is judged.
pub(crate) struct Evidence<'a> {
    pub(crate) transaction: &'a Object,
    pub(crate) sender: Option<AccountId>,
    pub(crate) metadata: &'a Object,
    pub(crate) result: &'a TxResult,
    pub(crate) balances: &'a BalanceChanges,
    pub(crate) fee: Option<Fee>,
    /// Whether its ledger stores what partial payments delivered.
    pub(crate) amounts_are_stored: bool,
}

/// A payment as its sender signed it.
struct Order {
    sender: Option<AccountId>,
    /// Who is paid.
    receiver: Option<AccountId>,
    /// At most this (partial), or exactly this.
    amount: Option<Amount>,
    partial: bool,
    /// At least this.
    least: Option<Amount>,
    /// All XRP that is left, which nobody could know when it was signed.
    remainder: bool,
}

impl Delivered {
    /// The same from transaction and metadata as JSON, without a network.
    ///
    /// `transaction` in the form of either API version; `metadata` as an object. `ledger_index` and
    /// `close_time` say when it was: very old payments are
    /// [`Unavailable`](Delivered::Unavailable).
    ///
    /// # Errors
    ///
    /// `metadata` is no metadata.
    pub fn from_json(
        transaction: &Value,
        metadata: &Value,
        ledger_index: u32,
        close_time: Option<RippleTime>,
    ) -> Result<Delivered, MetadataError> {
        let balances = BalanceChanges::from_metadata(metadata)?;
        let nothing = Object::new();
        let transaction = transaction.as_object().unwrap_or(&nothing);
        let metadata = metadata.as_object().unwrap_or(&nothing);
        let result = TxResult::read(metadata).unwrap_or_else(|| TxResult::new(""));
        let sender = fields::account(transaction, "Account");
        let fee = sender.map(|sender| Fee::read(transaction, sender, &result, &balances));
        Ok(Delivered::judge(&Evidence {
            transaction,
            sender,
            metadata,
            result: &result,
            balances: &balances,
            fee,
            amounts_are_stored: stores_amounts(ledger_index, close_time),
        }))
    }

    pub(crate) fn judge(evidence: &Evidence<'_>) -> Delivered {
        let Evidence { transaction, result, .. } = evidence;
        let Some(order) = Order::read(transaction, evidence.sender) else {
            let confidential = fields::text(transaction, "TransactionType")
                == Some("ConfidentialMPTSend")
                && result.is_success();
            return if confidential { Delivered::Confidential } else { Delivered::NotAPayment };
        };
        if !result.is_success() {
            return Delivered::Nothing;
        }
        let claimed = match claim(evidence, &order) {
            Ok(Some(claimed)) => claimed,
            Ok(None) => return Delivered::Unavailable,
            Err((claimed, why)) => return Delivered::Doubtful { claimed, observed: None, why },
        };
        let observed = observe::observe(&claimed, &order, evidence);
        let doubt = |why| Delivered::Doubtful {
            claimed: Some(claimed),
            observed: observed.as_ref().map(|seen| seen.gained),
            why,
        };
        match &observed {
            _ if !order.allows(&claimed) => doubt(Doubt::NotSigned),
            None => doubt(Doubt::BalanceUnknown),
            Some(seen) if !seen.bears_out(&claimed) => doubt(Doubt::NotInBalance),
            Some(_) => Delivered::Exact(claimed),
        }
    }

    /// The amount, when it is certain.
    pub fn exact(&self) -> Option<&Amount> {
        match self {
            Delivered::Exact(amount) => Some(amount),
            _ => None,
        }
    }
}

/// Whether a ledger stores what partial payments delivered.
pub(crate) fn stores_amounts(ledger_index: u32, close_time: Option<RippleTime>) -> bool {
    ledger_index >= FIRST_LEDGER || close_time.is_some_and(|time| time > FIRST_CLOSE_TIME)
}

/// What the node says: the stored amount, else the one it wrote itself, else the signed one; `None`
/// where that could be more than was delivered.
fn claim(
    evidence: &Evidence<'_>,
    order: &Order,
) -> Result<Option<Amount>, (Option<Amount>, Doubt)> {
    let metadata = evidence.metadata;
    let amount = |name: &str| match metadata.get(name) {
        None => Ok(None),
        Some(amount) => fields::read_amount(amount).map(Some).ok_or((None, Doubt::Unreadable)),
    };
    let stored = amount("DeliveredAmount")?;
    if fields::text(metadata, "delivered_amount") == Some(UNAVAILABLE) {
        return if stored.is_some() { Err((stored, Doubt::TwoAmounts)) } else { Ok(None) };
    }
    match (stored, amount("delivered_amount")?) {
        (Some(stored), Some(written)) if stored != written => {
            Err((Some(written), Doubt::TwoAmounts))
        }
        (None, None) if !evidence.amounts_are_stored => Ok(None),
        (stored, written) => Ok(stored.or(written).or(order.amount)),
    }
}

impl Order {
    /// `None` for transactions that deliver no amount to an account.
    fn read(transaction: &Object, sender: Option<AccountId>) -> Option<Order> {
        let kind = fields::text(transaction, "TransactionType")?;
        let receiver = match kind {
            "Payment" | "AccountDelete" => fields::account(transaction, "Destination"),
            // Whom the check was written for cashes it.
            "CheckCash" => sender,
            _ => return None,
        };
        let amount = fields::amount(transaction, "Amount");
        Some(Order {
            sender,
            receiver,
            // The name in the second version of the API.
            amount: amount.or_else(|| fields::amount(transaction, "DeliverMax")),
            partial: fields::flags(transaction) & PARTIAL_PAYMENT != 0,
            least: fields::amount(transaction, "DeliverMin"),
            remainder: kind == "AccountDelete",
        })
    }

    /// Whether what was signed lets this much arrive.
    fn allows(&self, delivered: &Amount) -> bool {
        let against = |limit: &Amount| {
            compare(delivered, limit).filter(|_| self.lets_issue(limit.asset(), delivered.asset()))
        };
        let at_most = |limit: &Amount| against(limit).is_some_and(|order| order.is_le());
        let at_least = |limit: &Amount| against(limit).is_some_and(|order| order.is_ge());
        match &self.amount {
            Some(amount) if self.partial => {
                at_most(amount) && self.least.as_ref().is_none_or(at_least)
            }
            Some(amount) => at_most(amount) && at_least(amount),
            None if self.remainder => matches!(delivered, Amount::Xrp(_)),
            None => self.least.as_ref().is_some_and(at_least),
        }
    }

    /// Whether tokens of this issuer are those that were signed. A payment can name the receiver,
    /// meaning any issuer that he trusts.
    fn lets_issue(&self, signed: Asset, delivered: Asset) -> bool {
        match (signed, delivered) {
            (Asset::Token { issuer, .. }, Asset::Token { issuer: other, .. }) => {
                issuer == other || self.receiver == Some(issuer)
            }
            _ => true,
        }
    }
}

/// Compares amounts of one kind; `None` for different kinds.
fn compare(one: &Amount, other: &Amount) -> Option<std::cmp::Ordering> {
    match (one, other) {
        (Amount::Xrp(one), Amount::Xrp(other)) => Some(one.cmp(other)),
        (
            Amount::Token { value: one, currency, .. },
            Amount::Token { value: other, currency: same, .. },
        ) if currency == same => Some(one.cmp(other)),
        (Amount::Mpt { value: one, id }, Amount::Mpt { value: other, id: same }) if id == same => {
            Some(one.cmp(other))
        }
        _ => None,
    }
}

impl fmt::Display for Delivered {
    /// The amount, or one short sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delivered::Exact(amount) => write!(f, "{amount}"),
            Delivered::Nothing => f.write_str("nothing, it failed"),
            Delivered::Unavailable => f.write_str("unavailable, the ledger is too old to tell"),
            Delivered::Confidential => f.write_str("a confidential amount"),
            Delivered::NotAPayment => f.write_str("nothing, it is no payment"),
            Delivered::Doubtful { claimed, observed, why } => {
                let text = |amount: &Option<Amount>| {
                    amount.map_or_else(|| "an unknown amount".to_owned(), |a| a.to_string())
                };
                write!(f, "doubtful, {why}: ")?;
                write!(f, "claimed {}, observed {}", text(claimed), text(observed))
            }
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Doubt::Unreadable => "the node's amount is not one",
            Doubt::TwoAmounts => "the node gives two amounts",
            Doubt::NotSigned => "the sender signed another amount",
            Doubt::NotInBalance => "the balance gained another amount",
            Doubt::BalanceUnknown => "the balance's gain is not known",
        })
    }
}

impl Serialize for Delivered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let status = match self {
            Delivered::Exact(_) => "exact",
            Delivered::Nothing => "nothing",
            Delivered::Unavailable => UNAVAILABLE,
            Delivered::Confidential => "confidential",
            Delivered::NotAPayment => "not_a_payment",
            Delivered::Doubtful { .. } => "doubtful",
        };
        map.serialize_entry("status", status)?;
        match self {
            Delivered::Exact(amount) => map.serialize_entry("amount", amount)?,
            Delivered::Doubtful { claimed, observed, why } => {
                map.serialize_entry("why", why)?;
                for (name, amount) in [("claimed", claimed), ("observed", observed)] {
                    if let Some(amount) = amount {
                        map.serialize_entry(name, amount)?;
                    }
                }
            }
            _ => {}
        }
        map.end()
    }
}
