//! All checks of one transaction against one expectation, in their order. Pure and total.

use std::{collections::BTreeSet, fmt};

use super::{
    arrival::{Arrival, gained},
    batch,
    check::{Check, CheckCode, Outcome},
    expected::ExpectedPayment,
    policy::{PaidBy, TagPolicy, listed},
    verdict::Verdict,
};
use crate::{
    tx::{Credits, Delivered, Doubt, ValidatedTransaction, gained_of},
    types::{AccountId, Amount, Asset},
};

/// See [`payment`](super::payment).
pub(super) fn judge(tx: &ValidatedTransaction, expected: &ExpectedPayment) -> Verdict {
    let way = PaidBy::of(tx.transaction_type());
    let arrival = way.map(|way| Arrival::of(tx, way));
    let mut judge = Judge { tx, expected, checks: Vec::with_capacity(19), received: None };
    judge.place();
    judge.kind(way);
    match &arrival {
        Some(arrival) => judge.arrival(arrival),
        None => judge.nothing_arrived(),
    }
    judge.window();
    judge.checks.push(Check::new(
        CheckCode::FirstUse,
        Outcome::NotApplicable,
        "not used before",
        "no store of used payments was asked",
    ));
    Verdict::new(tx, expected, judge.checks, judge.received)
}

struct Judge<'a> {
    tx: &'a ValidatedTransaction,
    expected: &'a ExpectedPayment,
    checks: Vec<Check>,
    /// What was delivered for sure, of the expected asset.
    received: Option<Amount>,
}

impl Judge<'_> {
    /// In which ledger of which network what happened.
    fn place(&mut self) {
        let tx = self.tx;
        let source = tx.source();
        let witness = match source.agreed.len() {
            0 | 1 => source.endpoint.clone(),
            nodes => format!("{nodes} nodes"),
        };
        let place = format!("ledger {}, told by {witness}", tx.ledger_index());
        self.require(CheckCode::Validated, true, "a validated ledger", place);
        let network = self.expected.network_id;
        self.require(CheckCode::Network, tx.network_id() == network, network, tx.network_id());
        self.require(CheckCode::Hash, true, "the hash asked for", tx.hash());
        self.require(CheckCode::Result, tx.is_success(), "tesSUCCESS", tx.result());
    }

    /// What sort of transaction it is.
    fn kind(&mut self, way: Option<PaidBy>) {
        let tx = self.tx;
        let single = "a transaction of its own";
        if tx.transaction_type() == batch::OUTER {
            self.require(CheckCode::Batch, false, single, batch::where_to_look(tx));
        } else if let Some(outer) = tx.parent_batch() {
            let place = format!("an inner transaction of batch {outer}");
            self.require(CheckCode::Batch, true, single, place);
        } else {
            self.skip(CheckCode::Batch, single, "no part of a batch");
        }
        let allowed = way.is_some_and(|way| self.expected.ways.contains(&way));
        let ways = listed(&self.expected.ways);
        self.require(CheckCode::TransactionType, allowed, ways, tx.transaction_type());
    }

    fn arrival(&mut self, arrival: &Arrival) {
        let expected = self.expected;
        let Arrival { recipient, sender, tag, .. } = arrival;
        let paid = *recipient == Some(expected.destination);
        let to = or(recipient, "nobody that can be read");
        self.require(CheckCode::Destination, paid, expected.destination, to);
        let tag_text = or(tag, "no tag");
        match expected.destination_tag {
            TagPolicy::Any => self.skip(CheckCode::DestinationTag, TagPolicy::Any, tag_text),
            policy => {
                self.require(CheckCode::DestinationTag, policy.accepts(*tag), policy, tag_text);
            }
        }
        self.value(arrival);

        // The destination's balance shows nothing when it pays itself.
        let other = sender.is_some() && sender != recipient;
        let from = or(sender, "nobody that can be read");
        self.require(CheckCode::NotSelf, other, "another account", &from);
        let allowed = sender.is_some_and(|sender| expected.senders.contains(&sender));
        let senders = expected.senders.iter().map(AccountId::to_string).collect::<Vec<_>>();
        let senders = (!senders.is_empty()).then(|| senders.join(" or "));
        self.ask(CheckCode::Sender, senders.as_ref(), allowed, from);
        let invoice = or(&arrival.invoice_id, "no invoice id");
        let same = arrival.invoice_id == expected.invoice_id;
        self.ask(CheckCode::InvoiceId, expected.invoice_id.as_ref(), same, invoice);
        let source_tag = or(&arrival.source_tag, "no source tag");
        let same = arrival.source_tag == expected.source_tag;
        self.ask(CheckCode::SourceTag, expected.source_tag.as_ref(), same, source_tag);
    }

    /// What was delivered, of what, how much, and whether the balance bears it out.
    fn value(&mut self, arrival: &Arrival) {
        let delivered = &arrival.delivered;
        // Where only the balance is in doubt, the amount is judged as it was claimed.
        let (stated, known) = match delivered {
            Delivered::Exact(amount) => (Some(amount), true),
            Delivered::Doubtful {
                claimed,
                why: Doubt::NotInBalance | Doubt::BalanceUnknown,
                ..
            } => (claimed.as_ref(), claimed.is_some()),
            Delivered::Doubtful { claimed, .. } => (claimed.as_ref(), false),
            _ => (None, false),
        };
        let received = stated.map(|amount| received_assets(self.tx, arrival, amount));
        let same = received.as_deref().map(|assets| *assets == [self.expected.asset()]);
        self.asset(received, same == Some(true));
        let native = self.tx.native_asset();
        let text = match (delivered, stated) {
            (Delivered::Doubtful { why, .. }, _) if !known => why.to_string(),
            (_, Some(amount)) => amount.display_with(native).to_string(),
            (Delivered::Nothing, None) => "nothing".to_owned(),
            (other, None) => other.to_string(),
        };
        self.require(CheckCode::DeliveredAmount, known, "known for certain", text);

        let policy = &self.expected.amount;
        let wanted = policy.shown(native);
        match stated.filter(|_| known) {
            Some(amount) if same == Some(true) => {
                // The asset is the expected one, however the payment wrote its issuer.
                let amount = of_asset(*amount, policy.asset());
                self.received = delivered.exact().map(|_| amount);
                let enough = policy.accepts(&amount);
                self.require(CheckCode::Amount, enough, wanted, amount.display_with(native));
            }
            Some(amount) => self.skip(CheckCode::Amount, wanted, amount.display_with(native)),
            None => self.skip(CheckCode::Amount, wanted, "unknown"),
        }
        self.balance(arrival, stated.filter(|_| known));
    }

    fn asset(&mut self, received: Option<Vec<Asset>>, same: bool) {
        let native = self.tx.native_asset();
        let wanted = name(&self.expected.asset(), native);
        match received {
            None => self.skip(CheckCode::Asset, wanted, "unknown"),
            Some(assets) => {
                let names: Vec<String> = assets.iter().map(|asset| name(asset, native)).collect();
                self.require(CheckCode::Asset, same, wanted, names.join(" and "));
            }
        }
    }

    fn balance(&mut self, arrival: &Arrival, stated: Option<&Amount>) {
        let native = self.tx.native_asset();
        let Some(stated) = stated else {
            let wanted = "what was delivered";
            self.skip(CheckCode::BalanceChange, wanted, "the delivered amount is not known");
            return;
        };
        let wanted = format!("{} more", stated.display_with(native));
        let (holds, found) = match &arrival.delivered {
            Delivered::Doubtful { observed: Some(observed), why, .. } => {
                (false, format!("{} more: {why}", observed.display_with(native)))
            }
            Delivered::Doubtful { why, .. } => (false, why.to_string()),
            _ => {
                let gained = arrival.recipient.and_then(|to| gained(self.tx, &to, stated.asset()));
                let found = gained.map(|gained| format!("{} more", gained.display_with(native)));
                (true, found.unwrap_or_else(|| "as delivered".to_owned()))
            }
        };
        self.require(CheckCode::BalanceChange, holds, wanted, found);
    }

    /// This type of transaction pays nobody: there is nothing to judge.
    fn nothing_arrived(&mut self) {
        let expected = self.expected;
        let nothing = format!("{} pays no account", self.tx.transaction_type());
        let native = self.tx.native_asset();
        let asked = || "as asked for".to_owned();
        for (code, wanted) in [
            (CheckCode::Destination, expected.destination.to_string()),
            (CheckCode::DestinationTag, expected.destination_tag.to_string()),
            (CheckCode::Asset, name(&expected.asset(), native)),
            (CheckCode::DeliveredAmount, "known for certain".to_owned()),
            (CheckCode::Amount, expected.amount.shown(native)),
            (CheckCode::BalanceChange, "what was delivered".to_owned()),
            (CheckCode::NotSelf, "another account".to_owned()),
            (CheckCode::Sender, asked()),
            (CheckCode::InvoiceId, asked()),
            (CheckCode::SourceTag, asked()),
        ] {
            self.skip(code, wanted, &nothing);
        }
    }

    /// When it happened.
    fn window(&mut self) {
        let expected = self.expected;
        let time = self.tx.close_time();
        let early = |limit| time.is_some_and(|time| time >= limit);
        let late = |limit| time.is_some_and(|time| time <= limit);
        let holds = expected.not_before.is_none_or(early) && expected.not_after.is_none_or(late);
        let window = range(expected.not_before, expected.not_after);
        let found = or(&time, "a time that the node did not tell");
        self.ask(CheckCode::TimeWindow, window.as_ref(), holds, found);

        let index = self.tx.ledger_index();
        let holds = expected.first_ledger.is_none_or(|first| index >= first)
            && expected.last_ledger.is_none_or(|last| index <= last);
        let window = range(expected.first_ledger, expected.last_ledger);
        self.ask(CheckCode::LedgerWindow, window.as_ref(), holds, index);
    }

    fn require(
        &mut self,
        code: CheckCode,
        holds: bool,
        expected: impl fmt::Display,
        actual: impl fmt::Display,
    ) {
        let outcome = if holds { Outcome::Passed } else { Outcome::Failed };
        self.checks.push(Check::new(code, outcome, expected, actual));
    }

    /// A check that applies only where something was asked for.
    fn ask(
        &mut self,
        code: CheckCode,
        expected: Option<&impl fmt::Display>,
        holds: bool,
        actual: impl fmt::Display,
    ) {
        match expected {
            Some(expected) => self.require(code, holds, expected, actual),
            None => self.skip(code, "anything", actual),
        }
    }

    fn skip(&mut self, code: CheckCode, expected: impl fmt::Display, actual: impl fmt::Display) {
        self.checks.push(Check::new(code, Outcome::NotApplicable, expected, actual));
    }
}

/// The value, or what to say in its place.
fn or<T: fmt::Display>(value: &Option<T>, otherwise: &str) -> String {
    value.as_ref().map_or_else(|| otherwise.to_owned(), T::to_string)
}

fn range<T: fmt::Display>(from: Option<T>, to: Option<T>) -> Option<String> {
    match (from, to) {
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
        (Some(from), None) => Some(format!("{from} or later")),
        (None, Some(to)) => Some(format!("{to} or earlier")),
        (None, None) => None,
    }
}

/// An asset for people; a share of a liquidity pool is called one.
fn name(asset: &Asset, native: &str) -> String {
    match asset {
        Asset::Xrp => native.to_owned(),
        Asset::Token { currency, .. } if currency.is_lp_token() => {
            format!("{asset} (a share of a liquidity pool)")
        }
        other => other.to_string(),
    }
}

/// What was received when so much was delivered. A payment may name its receiver as the issuer of a
/// token, meaning any issuer that the receiver trusts; which one it was, only the balances tell. Where
/// none of them gained all of it, a part came as something else, or an own offer was taken on the way.
fn received_assets(tx: &ValidatedTransaction, arrival: &Arrival, delivered: &Amount) -> Vec<Asset> {
    let Amount::Token { value, currency, issuer } = *delivered else {
        return vec![delivered.asset()];
    };
    if arrival.recipient != Some(issuer) {
        return vec![delivered.asset()];
    }
    let balances = tx.balance_changes();
    let changed = balances.of(&issuer).iter().map(|change| change.asset());
    let mut changed: BTreeSet<Asset> = changed
        .filter(|asset| matches!(asset, Asset::Token { currency: same, .. } if *same == currency))
        .collect();
    let known = arrival.delivered.exact().is_some();
    let whole =
        changed.iter().any(|asset| gained_of(*asset, value, &issuer, balances, Credits::Many));
    if changed.is_empty() || known && !whole {
        changed.insert(delivered.asset());
    }
    changed.into_iter().collect()
}

/// The same number of another issuer's tokens.
fn of_asset(amount: Amount, asset: Asset) -> Amount {
    match (amount, asset) {
        (Amount::Token { value, .. }, Asset::Token { currency, issuer }) => {
            Amount::Token { value, currency, issuer }
        }
        (amount, _) => amount,
    }
}
