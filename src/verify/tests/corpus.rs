//! Recorded payments of real networks: each pays its own expectation, and none that differs from it.
//!
//! Reads `XRPL_TXDATA_CORPUS`, else `../shared/corpus` beside the crate.

use std::{collections::BTreeMap, env, fs, path::Path};

use serde_json::{Value, json};

use super::*;
use crate::{
    AccountId, Amount, Asset, Currency, Delivered, Drops, MptId, RippleTime, TokenValue,
    verify::PaidBy,
};

/// Every recorded transaction that can be read.
pub(super) fn recorded() -> Vec<ValidatedTransaction> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = env::var_os("XRPL_TXDATA_CORPUS").map_or(beside, Into::into);
    let Ok(entries) = fs::read_dir(root.join("tx")) else {
        println!("skipped: there is no corpus at {}", root.display());
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: std::path::PathBuf| {
        let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let mut reply = json!({"tx_json": file["tx"], "meta": file["meta"], "validated": true,
            "ledger_index": file["ledger_index"].as_u64().unwrap_or(0)});
        for name in ["date", "ledger_hash", "close_time_iso"] {
            if let Some(value) = file["envelope"].get(name).filter(|value| !value.is_null()) {
                reply[name] = value.clone();
            }
        }
        let record = TxRecord::from_value(reply, &Around::default()).unwrap();
        let network = record.transaction().get("NetworkID").and_then(Value::as_u64).unwrap_or(0);
        let hash = file["hash"].as_str().unwrap().parse().unwrap();
        let source = Source::of("wss://node.test");
        let network = u32::try_from(network).unwrap();
        ValidatedTransaction::new(record.bind(hash).unwrap(), network, source).unwrap()
    };
    paths.into_iter().map(read).collect()
}

/// What an order would have expected to which exactly this payment came, as one can see without the
/// code that judges.
#[derive(Clone)]
struct Own {
    network_id: u32,
    destination: AccountId,
    tag: Option<u32>,
    amount: Amount,
    way: PaidBy,
    sender: AccountId,
    invoice_id: Option<crate::Hash256>,
    source_tag: Option<u32>,
    close_time: Option<RippleTime>,
    ledger_index: u32,
}

/// Why there is none.
fn own(tx: &ValidatedTransaction) -> Result<Own, &'static str> {
    if !tx.is_success() {
        return Err("failed");
    }
    let way = match tx.transaction_type() {
        "Payment" => PaidBy::Payment,
        "AccountDelete" => PaidBy::AccountDelete,
        _ => return Err("another type"),
    };
    let amount = match tx.delivered() {
        Delivered::Exact(amount) => *amount,
        Delivered::Unavailable => return Err("the amount is unavailable"),
        _ => return Err("the amount is in doubt"),
    };
    let destination = tx.destination().unwrap();
    if tx.account() == destination {
        return Err("to itself");
    }
    if amount.is_zero() {
        return Err("delivered nothing");
    }
    let amount = match amount {
        Amount::Token { value, currency, issuer } if issuer == destination => {
            // Tokens of whichever issuer the destination trusts.
            let changes = tx.balance_changes().of(&destination);
            let gained: Vec<Asset> = changes
                .iter()
                .filter(|one| !one.delta.is_negative())
                .map(|one| one.asset())
                .filter(|asset| matches!(asset, Asset::Token { currency: c, .. } if *c == currency))
                .collect();
            let [Asset::Token { issuer, .. }] = gained[..] else {
                return Err("of several issuers");
            };
            Amount::Token { value, currency, issuer }
        }
        amount => amount,
    };
    Ok(Own {
        network_id: tx.network_id(),
        destination,
        tag: tx.destination_tag(),
        amount,
        way,
        sender: tx.account(),
        invoice_id: tx.invoice_id(),
        source_tag: tx.source_tag(),
        close_time: tx.close_time(),
        ledger_index: tx.ledger_index(),
    })
}

impl Own {
    /// The expectation, with another tag or amount where a mutation brings its own.
    fn order(&self, tag: Option<u32>, amount: AmountIs) -> ExpectedPaymentBuilder {
        let order = ExpectedPayment::to(self.destination).network_id(self.network_id);
        let order = match tag {
            Some(tag) => order.tag(tag),
            None => order.no_tag(),
        };
        let order = match amount {
            AmountIs::Exactly(amount) => order.exactly(amount),
            AmountIs::AtLeast(amount) => order.at_least(amount),
            AmountIs::Between(least, most) => order.between(least, most),
        };
        let mut order = order
            .ways([self.way])
            .sender(self.sender)
            .first_ledger(self.ledger_index)
            .last_ledger(self.ledger_index);
        if let Some(id) = self.invoice_id {
            order = order.invoice_id(id);
        }
        if let Some(tag) = self.source_tag {
            order = order.source_tag(tag);
        }
        if let Some(time) = self.close_time {
            order = order.not_before(time).not_after(time);
        }
        order
    }

    fn exactly(&self) -> ExpectedPaymentBuilder {
        self.order(self.tag, AmountIs::Exactly(self.amount))
    }

    fn with_amount(&self, amount: AmountIs) -> ExpectedPaymentBuilder {
        self.order(self.tag, amount)
    }

    /// The same number of something else.
    fn of(&self, asset: Asset) -> Option<ExpectedPaymentBuilder> {
        let amount = match (self.amount, asset) {
            _ if asset == self.amount.asset() => return None,
            (Amount::Token { value, .. }, Asset::Token { currency, issuer }) => {
                Amount::Token { value, currency, issuer }
            }
            (_, Asset::Xrp) => Amount::Xrp(Drops::new(1)),
            (_, Asset::Token { currency, issuer }) => {
                Amount::Token { value: TokenValue::from(1), currency, issuer }
            }
            (_, Asset::Mpt(id)) => Amount::Mpt { value: 1, id },
        };
        Some(self.with_amount(AmountIs::Exactly(amount)))
    }

    /// The next larger and the next smaller amount that the ledger can hold.
    fn beside(&self, step: i64) -> Option<Amount> {
        let amount = match self.amount {
            Amount::Xrp(drops) => Amount::Xrp(Drops::new(drops.as_i64().checked_add(step)?)),
            Amount::Mpt { value, id } => Amount::Mpt { value: value.checked_add(step)?, id },
            Amount::Token { value, currency, issuer } => {
                let (mantissa, exponent) = value.ledger_parts()?;
                let value = TokenValue::new(i128::from(mantissa) + i128::from(step), exponent)?;
                value.ledger_parts()?;
                Amount::Token { value, currency, issuer }
            }
        };
        Some(amount).filter(|amount| !amount.is_zero() && !amount.is_negative())
    }

    /// A million times as much: drops taken for XRP.
    fn million(&self) -> Option<Amount> {
        match self.amount {
            Amount::Xrp(drops) => {
                Some(Amount::Xrp(Drops::new(drops.as_i64().checked_mul(1_000_000)?)))
            }
            Amount::Mpt { value, id } => {
                Some(Amount::Mpt { value: value.checked_mul(1_000_000)?, id })
            }
            Amount::Token { value, currency, issuer } => {
                let value = TokenValue::new(value.mantissa(), value.exponent().checked_add(6)?)?;
                value.ledger_parts().map(|_| Amount::Token { value, currency, issuer })
            }
        }
    }
}

#[derive(Clone, Copy)]
enum AmountIs {
    Exactly(Amount),
    AtLeast(Amount),
    Between(Amount, Amount),
}

fn stranger() -> AccountId {
    AccountId::from_bytes([0xAB; 20])
}

/// One thing that another order would expect, and the check that must notice; `None` where it makes
/// no difference for this payment.
type Mutation = fn(&Own) -> Option<ExpectedPaymentBuilder>;

const MUTATIONS: [(&str, CheckCode, Mutation); 27] = [
    ("network", CheckCode::Network, |own| Some(own.exactly().network_id(own.network_id + 1))),
    ("destination", CheckCode::Destination, |own| {
        Some(Own { destination: stranger(), ..own.clone() }.exactly())
    }),
    ("one bit of the destination", CheckCode::Destination, |own| {
        let mut bytes = *own.destination.as_bytes();
        bytes[19] ^= 1;
        let destination = AccountId::from_bytes(bytes);
        (destination != own.sender).then(|| Own { destination, ..own.clone() }.exactly())
    }),
    ("next tag", CheckCode::DestinationTag, |own| {
        Some(Own { tag: Some(own.tag?.wrapping_add(1)), ..own.clone() }.exactly())
    }),
    ("no tag", CheckCode::DestinationTag, |own| {
        own.tag.map(|_| Own { tag: None, ..own.clone() }.exactly())
    }),
    ("tag zero for none", CheckCode::DestinationTag, |own| {
        own.tag.is_none().then(|| Own { tag: Some(0), ..own.clone() }.exactly())
    }),
    ("any tag number", CheckCode::DestinationTag, |own| {
        (own.tag != Some(42)).then(|| Own { tag: Some(42), ..own.clone() }.exactly())
    }),
    ("issuer", CheckCode::Asset, |own| match own.amount.asset() {
        Asset::Token { currency, .. } => own.of(Asset::Token { currency, issuer: stranger() }),
        _ => None,
    }),
    ("code", CheckCode::Asset, |own| match own.amount.asset() {
        Asset::Token { issuer, .. } => {
            own.of(Asset::Token { currency: "ZZZ".parse().unwrap(), issuer })
        }
        _ => None,
    }),
    ("native asset", CheckCode::Asset, |own| own.of(Asset::Xrp)),
    ("token", CheckCode::Asset, |own| {
        own.of(Asset::Token { currency: "USD".parse().unwrap(), issuer: stranger() })
    }),
    ("multi-purpose token", CheckCode::Asset, |own| own.of(Asset::Mpt(MptId::new(1, stranger())))),
    ("share of a pool", CheckCode::Asset, |own| {
        let mut code = [7; 20];
        code[0] = 3;
        own.of(Asset::Token { currency: Currency::from_bytes(code)?, issuer: stranger() })
    }),
    ("a step more", CheckCode::Amount, |own| {
        Some(own.with_amount(AmountIs::Exactly(own.beside(1)?)))
    }),
    ("a step less", CheckCode::Amount, |own| {
        Some(own.with_amount(AmountIs::Exactly(own.beside(-1)?)))
    }),
    ("at least a step more", CheckCode::Amount, |own| {
        Some(own.with_amount(AmountIs::AtLeast(own.beside(1)?)))
    }),
    ("a range above", CheckCode::Amount, |own| {
        let least = own.beside(1)?;
        Some(own.with_amount(AmountIs::Between(least, least)))
    }),
    ("a range below", CheckCode::Amount, |own| {
        let most = own.beside(-1)?;
        Some(own.with_amount(AmountIs::Between(most, most)))
    }),
    ("a million times as much", CheckCode::Amount, |own| {
        Some(own.with_amount(AmountIs::AtLeast(own.million()?)))
    }),
    ("way", CheckCode::TransactionType, |own| {
        Some(own.exactly().ways(PaidBy::ALL.into_iter().filter(|way| *way != own.way)))
    }),
    ("sender", CheckCode::Sender, |own| Some(Own { sender: stranger(), ..own.clone() }.exactly())),
    ("invoice", CheckCode::InvoiceId, |own| Some(own.exactly().invoice_id("5A".repeat(32)))),
    ("source tag", CheckCode::SourceTag, |own| {
        let other = own.source_tag.map_or(0, |tag| tag.wrapping_add(1));
        Some(own.exactly().source_tag(other))
    }),
    ("earlier", CheckCode::TimeWindow, |own| {
        let before = RippleTime::from_seconds(own.close_time?.seconds().checked_sub(1)?);
        Some(own.exactly().not_before(RippleTime::from_seconds(0)).not_after(before))
    }),
    ("later", CheckCode::TimeWindow, |own| {
        let after = RippleTime::from_seconds(own.close_time?.seconds().checked_add(1)?);
        Some(own.exactly().not_before(after).not_after(after))
    }),
    ("ledgers before", CheckCode::LedgerWindow, |own| {
        let before = own.ledger_index.checked_sub(1)?;
        Some(own.exactly().first_ledger(0).last_ledger(before))
    }),
    ("ledgers after", CheckCode::LedgerWindow, |own| {
        let after = own.ledger_index.checked_add(1)?;
        Some(own.exactly().first_ledger(after).last_ledger(after))
    }),
];

#[test]
fn every_payment_pays_its_own_expectation_and_no_other() {
    let (mut paid, mut caught) = (0, BTreeMap::<&str, usize>::new());
    let mut without: BTreeMap<&str, usize> = BTreeMap::new();
    for tx in recorded() {
        let own = match own(&tx) {
            Ok(own) => own,
            Err(why) => {
                *without.entry(why).or_default() += 1;
                let any = ExpectedPayment::to(tx.destination().unwrap_or(stranger()));
                let any = any.any_tag().at_least("0.000001 XRP").build().unwrap();
                assert!(!payment(&tx, &any).is_paid(), "{}: {why}", tx.hash());
                continue;
            }
        };
        let verdict = payment(&tx, &own.exactly().build().unwrap());
        super::paid(&verdict);
        assert_eq!(verdict.amount_received(), Some(own.amount));
        paid += 1;
        for (name, code, mutate) in MUTATIONS {
            let Some(expected) = mutate(&own) else { continue };
            fails(&payment(&tx, &expected.build().unwrap()), &[code]);
            *caught.entry(name).or_default() += 1;
        }
    }
    println!("verify corpus: {paid} payments pay their own expectation");
    for (name, count) in caught {
        println!("  {count:5} caught: another {name}");
    }
    for (why, count) in without {
        println!("  {count:5} without an expectation: {why}");
    }
}
