//! What an account received, and by which way: the payment is only one of many.

#[cfg(test)]
mod tests;

use serde::Serialize;

use super::{
    balances::{BalanceChange, BalanceChanges, Pool},
    delivered::Delivered,
    fee::Fee,
    fields::{self, Object},
    metadata::{self, Node, Touch},
    record::TxRecord,
};
use crate::types::{AccountId, Amount, Asset};

/// Value that an account received through one transaction, and the way it took.
///
/// One for each asset of which the account has more now (for the issuer of a token: of which it owes
/// less), the fee not counted. Balances that cannot be known are not here, see
/// [`BalanceChanges::unknown`].
///
/// JSON: `{"account", "way", "name"?, "amount", "sender"?, "destination_tag"?, "delivered"?}`, `way`
/// in snake case, `name` the type of an unknown transaction.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incoming {
    /// Who received it.
    pub account: AccountId,
    /// By which way.
    #[serde(flatten)]
    pub way: Way,
    /// What its balance gained, the fee added back where the account paid it.
    pub amount: Amount,
    /// Whose value it was, where that is one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<AccountId>,
    /// The tag that goes with this way: of the transaction, or of the check, escrow or payment
    /// channel that it ended. No tag is something else than tag 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_tag: Option<u32>,
    /// The verdict on the amount, for the ways that deliver one to this account
    /// ([`Way::delivers`]). Credit this, and only when it is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Delivered>,
}

/// The ways in which value comes to an account.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "way", content = "name", rename_all = "snake_case")]
pub enum Way {
    /// A payment to the account.
    Payment,
    /// A check that the account cashed.
    CheckCash,
    /// The remainder of a deleted account.
    AccountDelete,
    /// An escrow that was finished in favour of the account.
    EscrowFinish,
    /// An escrow of the account's own that was cancelled.
    EscrowReturn,
    /// A claim on a payment channel.
    PaymentChannelClaim,
    /// What was left in a payment channel of the account's own when it closed.
    PaymentChannelReturn,
    /// An exchange in the decentral market: an offer of the account's own was taken. Something was
    /// given for it.
    Trade,
    /// An automated market maker: withdrawn, won at its auction, or its shares (XLS-30).
    Amm,
    /// The sale of a non-fungible token, or a share of it (XLS-20).
    NftSale,
    /// An issuer took tokens back.
    Clawback,
    /// From another chain (XLS-38).
    CrossChain,
    /// A vault: withdrawn, or its shares (XLS-65).
    Vault,
    /// A loan: paid out, paid back, or its cover (XLS-66).
    Loan,
    /// The account is the issuer, and others lost tokens of it on the way.
    Redemption,
    /// Tokens of one issuer for those of another one, rippled through the account's trust lines.
    Rippling,
    /// A transaction whose ways are not known here.
    Unknown(String),
}

impl Way {
    /// Whether this way delivers a stated amount to one account, with a verdict in
    /// [`Incoming::delivered`].
    pub fn delivers(&self) -> bool {
        matches!(self, Way::Payment | Way::CheckCash | Way::AccountDelete)
    }
}

/// All that `account` received.
pub(crate) fn read(
    account: &AccountId,
    record: &TxRecord,
    fee: Fee,
    delivered: &Delivered,
    balances: &BalanceChanges,
) -> Vec<Incoming> {
    let view =
        View { account, transaction: record.transaction(), metadata: record.metadata(), balances };
    let name = fields::text(view.transaction, "TransactionType").unwrap_or_default();
    let received = gains(account, fee, balances).into_iter().map(|amount| {
        let Route { way, sender, destination_tag } = view.route(name, amount.asset());
        let delivered = way.delivers().then(|| delivered.clone());
        Incoming { account: *account, way, amount, sender, destination_tag, delivered }
    });
    received.collect()
}

/// Each asset of which the account has more, in the order of its balances.
fn gains(account: &AccountId, fee: Fee, balances: &BalanceChanges) -> Vec<Amount> {
    let changes = balances.of(account);
    let mut gains = Vec::new();
    let paid = Amount::Xrp(fee.charged_to(account));
    for changes in changes.chunk_by(|one, next| one.asset() == next.asset()) {
        let Some(asset) = changes.first().map(BalanceChange::asset) else { continue };
        let sum = changes
            .iter()
            .try_fold(Amount::zero(asset), |sum, change| sum.checked_add(&change.delta));
        let gain = match (asset, sum) {
            (Asset::Xrp, Some(sum)) => sum.checked_add(&paid),
            (_, sum) => sum,
        };
        gains.extend(gain.filter(|gain| !gain.is_zero() && !gain.is_negative()));
    }
    gains
}

struct Route {
    way: Way,
    sender: Option<AccountId>,
    destination_tag: Option<u32>,
}

impl From<Way> for Route {
    fn from(way: Way) -> Route {
        Route { way, sender: None, destination_tag: None }
    }
}

struct View<'a> {
    account: &'a AccountId,
    transaction: &'a Object,
    metadata: &'a Object,
    balances: &'a BalanceChanges,
}

impl View<'_> {
    fn route(&self, name: &str, asset: Asset) -> Route {
        let sender = fields::account(self.transaction, "Account");
        let destination = fields::account(self.transaction, "Destination");
        let addressed = |way: Way| Route {
            way,
            sender,
            destination_tag: if destination == Some(*self.account) {
                fields::uint32(self.transaction, "DestinationTag")
            } else {
                None
            },
        };
        let is_destination = destination == Some(*self.account);
        match name {
            "Payment" if is_destination && self.is_delivered(asset) => addressed(Way::Payment),
            "Payment" | "OfferCreate" => self.by_market(sender, asset).into(),
            "AccountDelete" if is_destination => addressed(Way::AccountDelete),
            "CheckCash" if sender == Some(*self.account) => self.out_of("Check", Way::CheckCash),
            "CheckCash" => self.by_market(None, asset).into(),
            "EscrowFinish" => self.out_of("Escrow", Way::EscrowFinish),
            "EscrowCancel" => self.out_of("Escrow", Way::EscrowReturn),
            "PaymentChannelClaim" | "PaymentChannelFund" => {
                self.out_of("PayChannel", Way::PaymentChannelClaim)
            }
            "AMMWithdraw" | "AMMDeposit" | "AMMCreate" | "AMMBid" | "AMMVote" | "AMMDelete"
            | "AMMClawback" => Way::Amm.into(),
            "NFTokenAcceptOffer" => Way::NftSale.into(),
            "Clawback" => Route { way: Way::Clawback, sender: None, destination_tag: None },
            _ if name.starts_with("XChain") => addressed(Way::CrossChain),
            _ if name.starts_with("Vault") => addressed(Way::Vault),
            _ if name.starts_with("Loan") => addressed(Way::Loan),
            _ => addressed(Way::Unknown(name.to_owned())),
        }
    }

    /// Whether an asset is the one that the payment is about. Where the payment names its receiver
    /// as the issuer, any issuer will do.
    fn is_delivered(&self, asset: Asset) -> bool {
        let amount = fields::amount(self.metadata, "DeliveredAmount")
            .or_else(|| fields::amount(self.transaction, "Amount"));
        match (amount.map(|amount| amount.asset()), asset) {
            (
                Some(Asset::Token { currency, issuer }),
                Asset::Token { currency: same, issuer: by },
            ) => {
                currency == same && (issuer == by || issuer == *self.account || by == *self.account)
            }
            (delivered, asset) => delivered == Some(asset),
        }
    }

    /// How a bystander of a payment or an offer came to more of an asset.
    fn by_market(&self, trader: Option<AccountId>, asset: Asset) -> Way {
        let issuer = match asset {
            Asset::Xrp => None,
            Asset::Token { issuer, .. } => Some(issuer),
            Asset::Mpt(id) => Some(id.issuer()),
        };
        if self.balances.pool(self.account) == Some(Pool::Amm) {
            Way::Amm
        } else if trader == Some(*self.account) || self.nodes("Offer").any(|o| self.owns(&o)) {
            Way::Trade
        } else if issuer == Some(*self.account) {
            Way::Redemption
        } else {
            Way::Rippling
        }
    }

    /// By a check, escrow or channel that this transaction touched: in favour of its destination,
    /// or back to its owner.
    fn out_of(&self, entry_type: &str, way: Way) -> Route {
        let named = |node: &Node<'_>, name| node.fields.and_then(|f| fields::account(f, name));
        for node in self.nodes(entry_type).filter(|node| node.touch != Touch::Created) {
            let owner = named(&node, "Account");
            let returned = match way {
                Way::EscrowReturn => Some(Way::EscrowReturn),
                Way::PaymentChannelClaim => Some(Way::PaymentChannelReturn),
                _ => None,
            };
            if way != Way::EscrowReturn && named(&node, "Destination") == Some(*self.account) {
                let tag = node.field("DestinationTag").and_then(fields::number);
                return Route { way, sender: owner, destination_tag: tag };
            }
            if let Some(returned) = returned.filter(|_| owner == Some(*self.account)) {
                return Route { way: returned, sender: owner, destination_tag: None };
            }
        }
        // An issuer whose transfer fee was taken.
        Way::Redemption.into()
    }

    fn nodes<'b>(&'b self, entry_type: &'b str) -> impl Iterator<Item = Node<'b>> {
        let nodes = metadata::nodes(self.metadata).into_iter().flatten().flatten();
        nodes.filter(move |node| node.entry_type == entry_type)
    }

    fn owns(&self, node: &Node<'_>) -> bool {
        node.previous.is_some()
            && node.fields.and_then(|fields| fields::account(fields, "Account"))
                == Some(*self.account)
    }
}
