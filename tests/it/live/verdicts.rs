//! Orders held against payments that were really made: right ones, and every cheat.

use serde_json::json;
use xrpl_txdata::{
    ExpectedPayment, PaymentAnswer, ValidatedTransaction, verify::ExpectedPaymentBuilder,
};

use super::{
    payments::{payment, usd},
    report::{Checked, ensure, skipped, wrong},
    run::Run,
};

/// What an order expects, and the checks that fail; none for one that is paid.
type Order = (ExpectedPaymentBuilder, &'static [&'static str]);

pub(super) async fn xrp(run: &Run) -> Checked {
    let mut tx = payment(run.bob.account, "3000000");
    tx["DestinationTag"] = 77.into();
    let tx = run.succeed(&run.alice, tx).await?;
    let order = || ExpectedPayment::to(run.bob.account).network_id(tx.network_id());
    let three = || order().tag(77).exactly("3 XRP");
    let orders: [Order; 9] = [
        (three(), &[]),
        (three().sender(run.alice.account).last_ledger(tx.ledger_index()), &[]),
        (order().tag(78).exactly("3 XRP"), &["destination_tag"]),
        (order().no_tag().exactly("3 XRP"), &["destination_tag"]),
        (order().tag(77).at_least("3.000001 XRP"), &["amount"]),
        (order().tag(77).exactly("2.999999 XRP"), &["amount"]),
        (three().sender(run.gate.account), &["sender"]),
        (three().network_id(tx.network_id() + 1), &["network"]),
        (three().first_ledger(tx.ledger_index() + 1), &["ledger_window"]),
    ];
    for order in orders {
        judged(run, &tx, order).await?;
    }
    let elsewhere = ExpectedPayment::to(run.gate.account).network_id(tx.network_id());
    refused(run, &tx, elsewhere.tag(77).exactly("3 XRP")).await
}

pub(super) async fn tokens(run: &Run) -> Checked {
    let Some(partial) =
        journaled(run, |tx| tx.raw_transaction()["Flags"] == 0x0002_0000 && tx.is_success())
    else {
        return skipped("there is no partial payment");
    };
    let order = || ExpectedPayment::to(run.bob.account).network_id(partial.network_id()).tag(7);
    let of = |value: &str, issuer| format!("{value} USD:{issuer}");
    let gate = run.gate.account;
    judged(run, &partial, (order().at_least(of("1000", gate)), &["amount"])).await?;
    judged(run, &partial, (order().exactly(of("1.5", gate)), &[])).await?;

    // The same letters, of somebody who owes nobody anything.
    let fake = json!({ "currency": "USD", "issuer": run.alice.account, "value": "1000" });
    let trust = json!({ "TransactionType": "TrustSet", "LimitAmount": fake });
    run.succeed(&run.bob, trust).await?;
    let mut paid = payment(run.bob.account, fake);
    paid["DestinationTag"] = 7.into();
    let paid = run.succeed(&run.alice, paid).await?;
    refused(run, &paid, order().at_least(of("1000", gate))).await?;
    judged(run, &paid, (order().exactly(of("1000", run.alice.account)), &[])).await?;

    // In the right token, to somebody else.
    let elsewhere = run.succeed(&run.bob, payment(run.alice.account, usd(run, "2"))).await?;
    refused(run, &elsewhere, order().at_least(of("2", gate))).await
}

pub(super) fn journaled(
    run: &Run,
    which: impl Fn(&ValidatedTransaction) -> bool,
) -> Option<ValidatedTransaction> {
    run.journal().iter().map(|entry| &entry.tx).find(|tx| which(tx)).cloned()
}

async fn judged(run: &Run, tx: &ValidatedTransaction, (order, failing): Order) -> Checked {
    let failed = failures(run, tx, order).await?;
    ensure(failed == failing, || format!("failed {failed:?}, expected {failing:?}"))
}

async fn refused(run: &Run, tx: &ValidatedTransaction, order: ExpectedPaymentBuilder) -> Checked {
    let failed = failures(run, tx, order).await?;
    ensure(!failed.is_empty(), || format!("{} pays this order", tx.hash()))
}

async fn failures(
    run: &Run,
    tx: &ValidatedTransaction,
    order: ExpectedPaymentBuilder,
) -> Checked<Vec<String>> {
    let order = order.build().expect("an order of a test makes sense");
    match run.txd.verify_payment(tx.hash(), &order, 0).await? {
        PaymentAnswer::Judged { verdict, .. } => {
            let failed: Vec<String> =
                verdict.failures().map(|check| check.code.as_str().to_owned()).collect();
            ensure(verdict.is_paid() == failed.is_empty(), || format!("{verdict}"))?;
            Ok(failed)
        }
        other => wrong(format!("{} was there a moment ago: {other}", tx.hash())),
    }
}
