//! How a transaction pays, whatever was expected of it: by which way, whom, from whom, how much.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::policy::PaidBy;
use crate::{
    tx::{Credits, Delivered, Doubt, ValidatedTransaction, fields, gained_of},
    types::{AccountId, Amount, Asset, Hash256},
};

type Object = Map<String, Value>;

/// What one transaction brought to the one account that it pays. What cannot be read is `None`.
pub(super) struct Arrival {
    pub(super) recipient: Option<AccountId>,
    /// Whose value it was.
    pub(super) sender: Option<AccountId>,
    pub(super) tag: Option<u32>,
    pub(super) source_tag: Option<u32>,
    pub(super) invoice_id: Option<Hash256>,
    pub(super) delivered: Delivered,
}

impl Arrival {
    pub(super) fn of(tx: &ValidatedTransaction, way: PaidBy) -> Arrival {
        let metadata = tx.raw_metadata();
        match way {
            PaidBy::Payment | PaidBy::AccountDelete => Arrival {
                recipient: tx.destination(),
                sender: Some(tx.account()),
                tag: tx.destination_tag(),
                source_tag: tx.source_tag(),
                invoice_id: tx.invoice_id(),
                delivered: tx.delivered().clone(),
            },
            PaidBy::CheckCash => {
                let check = Entry::find(metadata, "Check");
                let arrival = Arrival::out_of(check, tx.delivered().clone());
                // Only whom a check is written for can cash it.
                Arrival { recipient: Some(tx.account()), ..arrival }
            }
            PaidBy::EscrowFinish => {
                // Whose escrow it is was signed, whatever a node says of it.
                let owner = fields::account(tx.raw_transaction(), "Owner");
                let escrow = Entry::find(metadata, "Escrow")
                    .filter(|escrow| owner.is_some() && escrow.text("Account") == owner);
                let held = escrow.as_ref().and_then(|one| one.amount(one.fields, "Amount"));
                let whole = escrow.as_ref().is_some_and(Entry::goes_whole);
                let arrival = Arrival::out_of(escrow, Delivered::Nothing);
                let delivered = released(tx, arrival.recipient, held, whole);
                Arrival { delivered, ..arrival }
            }
            PaidBy::PaymentChannelClaim => {
                let channel = Entry::find(metadata, "PayChannel");
                let paid = channel.as_ref().and_then(Entry::paid_out);
                let whole = channel.as_ref().is_some_and(Entry::goes_whole);
                let arrival = Arrival::out_of(channel, Delivered::Nothing);
                let delivered = released(tx, arrival.recipient, paid, whole);
                Arrival { delivered, ..arrival }
            }
        }
    }

    /// What a check, escrow or channel says about the payment out of it.
    fn out_of(entry: Option<Entry<'_>>, delivered: Delivered) -> Arrival {
        // A tag that cannot be read is not the same as none: nobody knows for whom the money is.
        let entry = entry.as_ref().filter(|entry| entry.has_readable("DestinationTag"));
        Arrival {
            recipient: entry.and_then(|entry| entry.text("Destination")),
            sender: entry.and_then(|entry| entry.text("Account")),
            tag: entry.and_then(|entry| entry.number("DestinationTag")),
            source_tag: entry.and_then(|entry| entry.number("SourceTag")),
            invoice_id: entry.and_then(|entry| entry.text("InvoiceID")),
            delivered,
        }
    }
}

/// What the balance gained out of an escrow or channel. These have no delivered amount; what they
/// let go is known instead: XRP arrives `whole`, of a token the issuer may keep a fee.
fn released(
    tx: &ValidatedTransaction,
    recipient: Option<AccountId>,
    let_go: Option<Amount>,
    whole: bool,
) -> Delivered {
    if !tx.is_success() {
        return Delivered::Nothing;
    }
    let doubt = |claimed, observed, why| Delivered::Doubtful { claimed, observed, why };
    let (Some(recipient), Some(let_go)) = (recipient, let_go) else {
        return doubt(let_go, None, Doubt::Unreadable);
    };
    if let_go.is_zero() {
        return Delivered::Nothing;
    }
    let asset = let_go.asset();
    if tx.balance_changes().delta(&recipient, asset).is_none() {
        return doubt(Some(let_go), None, Doubt::BalanceUnknown);
    }
    let gained = gained(tx, &recipient, asset);
    match gained {
        // Sixteen digits of a balance may hold a little less or more than arrived.
        Some(gained) if (whole || gained > let_go) && is_rounded(tx, &recipient, &let_go) => {
            Delivered::Exact(let_go)
        }
        Some(gained) if gained == let_go || asset != Asset::Xrp && gained < let_go => {
            Delivered::Exact(gained)
        }
        _ => {
            let observed = gained.or(Some(Amount::zero(asset)));
            doubt(Some(let_go), observed, Doubt::NotInBalance)
        }
    }
}

/// Whether what was let go is what a balance gained, but for rounding.
fn is_rounded(tx: &ValidatedTransaction, recipient: &AccountId, let_go: &Amount) -> bool {
    match *let_go {
        Amount::Token { value, .. } => {
            gained_of(let_go.asset(), value, recipient, tx.balance_changes(), Credits::One)
        }
        _ => false,
    }
}

/// How much more of an asset an account has, a fee that it paid added back.
pub(super) fn gained(
    tx: &ValidatedTransaction,
    account: &AccountId,
    asset: Asset,
) -> Option<Amount> {
    let mut gains = tx.incoming(account).into_iter().map(|incoming| incoming.amount);
    gains.find(|amount| amount.asset() == asset)
}

/// The one ledger entry out of which a transaction paid.
struct Entry<'a> {
    fields: &'a Object,
    previous: Option<&'a Object>,
}

impl<'a> Entry<'a> {
    /// `None` also where there are two: nobody can tell which one it was.
    fn find(metadata: &'a Object, entry_type: &str) -> Option<Entry<'a>> {
        let elements = metadata.get("AffectedNodes")?.as_array()?;
        let mut found = elements.iter().filter_map(|element| {
            let node = element.get("DeletedNode").or_else(|| element.get("ModifiedNode"))?;
            (node.get("LedgerEntryType")? == entry_type).then_some(())?;
            let object = |name| node.get(name).and_then(Value::as_object);
            Some(Entry { fields: object("FinalFields")?, previous: object("PreviousFields") })
        });
        found.next().filter(|_| found.next().is_none())
    }

    fn text<T: FromStr>(&self, name: &str) -> Option<T> {
        self.fields.get(name)?.as_str()?.parse().ok()
    }

    fn number(&self, name: &str) -> Option<u32> {
        fields::uint32(self.fields, name)
    }

    /// Whether a number is missing, or can be read.
    fn has_readable(&self, name: &str) -> bool {
        !self.fields.contains_key(name) || self.number(name).is_some()
    }

    fn amount(&self, fields: &Object, name: &str) -> Option<Amount> {
        fields::amount(fields, name)
    }

    /// Whether no issuer keeps a fee of it: where one did when it was made, the entry says so.
    fn goes_whole(&self) -> bool {
        !self.fields.contains_key("TransferRate")
    }

    /// By how much the paid part of a channel grew.
    fn paid_out(&self) -> Option<Amount> {
        let after = self.amount(self.fields, "Balance")?;
        match self.previous.filter(|previous| previous.contains_key("Balance")) {
            Some(previous) => after.checked_sub(&self.amount(previous, "Balance")?),
            None => Some(Amount::zero(after.asset())),
        }
    }
}
