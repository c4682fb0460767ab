//! What an account received, and by which way: the payment is only one of many.

#[cfg(test)]
mod tests;

use serde::Serialize;

use super::{
    balances::{BalanceChange, BalanceChanges, Pool},
    delivered::{Credits, Delivered, Doubt, gained_of},
    fee::Fee,
    fields,
    metadata::{self, Touch},
    record::TxRecord,
};
use crate::types::{AccountId, Amount, Asset};

/// Value that an account received through one transaction, and the way it took.
///
/// One for each asset of which the account has more now (for the issuer of a token: of which it owes
/// less), the fee not counted. Balances that cannot be known are not here, see
/// [`BalanceChanges::unknown`].
///
/// ```no_run
/// use xrpl_txdata::{AccountId, Delivered, ValidatedTransaction, Way};
///
/// fn book(tx: &ValidatedTransaction, shop: &AccountId) {
///     for incoming in tx.incoming(shop) {
///         let exact = incoming.delivered.as_ref().and_then(Delivered::exact);
///         match (&incoming.way, exact) {
///             (Way::Payment, Some(amount)) => {
///                 println!("credit {amount} to customer {:?}", incoming.destination_tag);
///             }
///             (way, _) => println!("{} by {way:?}: no customer's payment", incoming.amount),
///         }
///     }
/// }
/// ```
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
    /// ([`Way::delivers`]). Credit this, and only when it is exact. Where one amount came in tokens of
    /// several issuers it is doubtful for each of them: what was stated is their sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Delivered>,
}

/// The ways in which value comes to an account.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "way", content = "name", rename_all = "snake_case")]
pub enum Way {
    /// A payment to the account by another one.
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
    /// An exchange in the decentral market: an offer of the account's own was taken, or it took those
    /// of others, also by paying itself. Something was given for it.
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
    let view = View::of(account, record, balances);
    let received = gains(&view, fee, balances).into_iter().map(|amount| {
        let Route { way, sender, destination_tag } = view.route(amount.asset());
        let delivered = way.delivers().then(|| delivered.clone());
        Incoming { account: *account, way, amount, sender, destination_tag, delivered }
    });
    let mut received: Vec<Incoming> = received.collect();
    let several = received.iter().filter(|one| one.way.delivers()).count() > 1;
    for one in &mut received {
        if several || one.is_a_part(balances) {
            one.doubt_share();
        }
    }
    received
}

impl Incoming {
    /// Whether it is of another issuer than the stated amount, which names the account for any issuer,
    /// and not all of it: the rest came as something else, which the balances show no more.
    fn is_a_part(&self, balances: &BalanceChanges) -> bool {
        match self.delivered {
            Some(Delivered::Exact(stated @ Amount::Token { value, issuer, .. })) => {
                let asset = self.amount.asset();
                issuer == self.account
                    && asset != stated.asset()
                    && !gained_of(asset, value, &self.account, balances, Credits::Many)
            }
            _ => false,
        }
    }

    /// The stated amount is not the amount of this asset: who credits it credits what did not come, or
    /// what came as several assets twice.
    fn doubt_share(&mut self) {
        if let Some(Delivered::Exact(claimed)) = self.delivered {
            let observed = Some(self.amount);
            let why = Doubt::NotInBalance;
            self.delivered = Some(Delivered::Doubtful { claimed: Some(claimed), observed, why });
        }
    }
}

/// Each asset of which the account has more, in the order of its balances.
fn gains(view: &View<'_>, fee: Fee, balances: &BalanceChanges) -> Vec<Amount> {
    let changes = balances.of(view.account);
    let paid = Amount::Xrp(fee.charged_to(view.account));
    let mut gains = Vec::new();
    // Who received just what the fee took has the same balance as before.
    let even =
        view.has_root && balances.delta(view.account, Asset::Xrp).is_some_and(|d| d.is_zero());
    if even {
        gains.push(paid);
    }
    for changes in changes.chunk_by(|one, next| one.asset() == next.asset()) {
        let Some(asset) = changes.first().map(BalanceChange::asset) else { continue };
        let sum = changes
            .iter()
            .try_fold(Amount::zero(asset), |sum, change| sum.checked_add(&change.delta));
        gains.extend(match (asset, sum) {
            (Asset::Xrp, Some(sum)) => sum.checked_add(&paid),
            (_, sum) => sum,
        });
    }
    gains.retain(|gain| !gain.is_zero() && !gain.is_negative());
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

/// What a transaction says about one account, gathered once for all assets.
struct View<'a> {
    account: &'a AccountId,
    record: &'a TxRecord,
    kind: &'a str,
    destination: Option<AccountId>,
    /// Whether its own entry was touched.
    has_root: bool,
    /// Whether offers of its own were taken.
    has_offer: bool,
    is_pool: bool,
    /// A check, escrow or payment channel that was meant for it: whose, with which tag.
    meant_for_it: Option<(Option<AccountId>, Option<u32>)>,
    /// Whether there is one of its own.
    has_made_one: bool,
}

impl<'a> View<'a> {
    fn of(account: &'a AccountId, record: &'a TxRecord, balances: &BalanceChanges) -> View<'a> {
        let kind = record.transaction_type();
        let mut view = View {
            account,
            record,
            kind,
            destination: fields::account(record.transaction(), "Destination"),
            has_root: false,
            has_offer: false,
            is_pool: balances.pool(account) == Some(Pool::Amm),
            meant_for_it: None,
            has_made_one: false,
        };
        let ended = match kind {
            "CheckCash" => "Check",
            "EscrowFinish" | "EscrowCancel" => "Escrow",
            "PaymentChannelClaim" | "PaymentChannelFund" => "PayChannel",
            _ => "",
        };
        for node in metadata::nodes(record.metadata()).into_iter().flatten().flatten() {
            let named = |name| node.fields.and_then(|fields| fields::account(fields, name));
            let is_own = || named("Account") == Some(*account);
            match node.entry_type {
                "AccountRoot" => view.has_root |= is_own(),
                "Offer" => view.has_offer |= node.previous.is_some() && is_own(),
                entry if entry == ended && node.touch != Touch::Created => {
                    view.has_made_one |= is_own();
                    if named("Destination") == Some(*account) {
                        let tag = node.field("DestinationTag").and_then(fields::number);
                        view.meant_for_it = Some((named("Account"), tag));
                    }
                }
                _ => {}
            }
        }
        view
    }

    fn route(&self, asset: Asset) -> Route {
        let sender = self.record.account();
        let is_destination = self.destination == Some(*self.account);
        let tag = if is_destination { self.number("DestinationTag") } else { None };
        let addressed = |way| Route { way, sender: Some(sender), destination_tag: tag };
        match self.kind {
            // Who pays himself only exchanged something.
            "Payment" if is_destination && sender != *self.account && self.is_delivered(asset) => {
                addressed(Way::Payment)
            }
            "Payment" | "OfferCreate" => self.by_market(sender, asset).into(),
            "AccountDelete" if is_destination => addressed(Way::AccountDelete),
            "CheckCash" if self.meant_for_it.is_none() => self.by_market(sender, asset).into(),
            "CheckCash" => self.meant(Way::CheckCash, Way::CheckCash, asset),
            "EscrowFinish" => self.meant(Way::EscrowFinish, Way::EscrowReturn, asset),
            "EscrowCancel" => self.returned(Way::EscrowReturn, asset),
            "PaymentChannelClaim" | "PaymentChannelFund" => {
                self.meant(Way::PaymentChannelClaim, Way::PaymentChannelReturn, asset)
            }
            "AMMWithdraw" | "AMMDeposit" | "AMMCreate" | "AMMBid" | "AMMVote" | "AMMDelete"
            | "AMMClawback" => Way::Amm.into(),
            "NFTokenAcceptOffer" => Way::NftSale.into(),
            "Clawback" => Way::Clawback.into(),
            // Sent by whoever bears witness, lends or takes back: it was not theirs.
            "XChainAddClaimAttestation" | "XChainAddAccountCreateAttestation" => {
                Way::CrossChain.into()
            }
            "VaultClawback" => Way::Vault.into(),
            "LoanSet" | "LoanManage" | "LoanBrokerCoverClawback" => Way::Loan.into(),
            kind if kind.starts_with("XChain") => addressed(Way::CrossChain),
            kind if kind.starts_with("Vault") => addressed(Way::Vault),
            kind if kind.starts_with("Loan") => addressed(Way::Loan),
            kind => addressed(Way::Unknown(kind.to_owned())),
        }
    }

    fn number(&self, name: &str) -> Option<u32> {
        fields::uint32(self.record.transaction(), name)
    }

    /// Whether an asset is the one that the payment is about. Where the payment names its receiver
    /// as the issuer, any issuer will do.
    fn is_delivered(&self, asset: Asset) -> bool {
        let amount = fields::amount(self.record.metadata(), "DeliveredAmount")
            .or_else(|| fields::amount(self.record.transaction(), "Amount"));
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
    fn by_market(&self, trader: AccountId, asset: Asset) -> Way {
        if self.is_pool {
            Way::Amm
        } else if trader == *self.account || self.has_offer {
            Way::Trade
        } else if self.issues(asset) {
            Way::Redemption
        } else {
            Way::Rippling
        }
    }

    /// By the check, escrow or channel that was meant for the account, else by its own that ended.
    fn meant(&self, way: Way, return_way: Way, asset: Asset) -> Route {
        match self.meant_for_it {
            Some((sender, destination_tag)) => Route { way, sender, destination_tag },
            None => self.returned(return_way, asset),
        }
    }

    fn returned(&self, way: Way, asset: Asset) -> Route {
        if self.has_made_one {
            Route { way, sender: Some(*self.account), destination_tag: None }
        } else if self.issues(asset) {
            Way::Redemption.into()
        } else {
            Way::Rippling.into()
        }
    }

    fn issues(&self, asset: Asset) -> bool {
        match asset {
            Asset::Xrp => false,
            Asset::Token { issuer, .. } => issuer == *self.account,
            Asset::Mpt(id) => id.issuer() == *self.account,
        }
    }
}
