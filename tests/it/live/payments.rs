//! The ways in which value comes to an account, carried out for real.

use serde_json::{Value, json};
use xrpl_txdata::{AccountId, Amount, Asset, Drops, TokenValue, ValidatedTransaction, Way};

use super::{
    report::{Checked, ensure, same, skipped, wrong},
    run::Run,
};

const DEFAULT_RIPPLE: u32 = 8;
const PARTIAL_PAYMENT: u32 = 0x0002_0000;
const XRP: u64 = 1_000_000;

/// An amount of the token of these tests.
pub(super) fn usd(run: &Run, value: &str) -> Value {
    json!({ "currency": "USD", "issuer": run.gate.account, "value": value })
}

pub(super) fn payment(to: AccountId, amount: impl Into<Value>) -> Value {
    json!({ "TransactionType": "Payment", "Destination": to, "Amount": amount.into() })
}

fn drops(amount: u64) -> Value {
    amount.to_string().into()
}

/// Everybody gets enough out of the account that has everything in a new ledger.
pub(super) async fn fund(run: &Run) -> Checked {
    let (base, each) = run.server.reserve;
    let amount = base + 20 * each + 1000 * XRP;
    for wallet in [&run.alice, &run.bob, &run.gate] {
        let tx = run.succeed(&run.root, payment(wallet.account, drops(amount))).await?;
        same("created", &[wallet.account][..], tx.balance_changes().created())?;
        delivers(&tx, Amount::Xrp(Drops::new(amount.try_into().unwrap_or(0))))?;
    }
    Ok(())
}

pub(super) async fn xrp(run: &Run) -> Checked {
    let mut tx = payment(run.bob.account, drops(25 * XRP));
    tx["DestinationTag"] = 7.into();
    tx["SourceTag"] = 0.into();
    tx["InvoiceID"] = "AB".repeat(32).into();
    tx["Memos"] = json!([{ "Memo": { "MemoType": "74657374", "MemoData": "68656C6C6F" } }]);
    let tx = run.succeed(&run.alice, tx).await?;
    delivers(&tx, "25 XRP".parse().expect("an amount"))?;
    same("tags", (Some(7), Some(0)), (tx.destination_tag(), tx.source_tag()))?;
    same("invoice", "AB".repeat(32), tx.invoice_id().map(|id| id.to_string()).unwrap_or_default())?;
    same("memos", 1, tx.memos().len())?;
    arrives(&tx, run.bob.account, &Way::Payment, Some(7))
}

/// It is in a ledger, and nobody is paid.
pub(super) async fn failure(run: &Run) -> Checked {
    // Nobody trusts this issuer.
    let worthless = json!({ "currency": "EUR", "issuer": run.bob.account, "value": "5" });
    let tx = run.carry_out(&run.alice, payment(run.gate.account, worthless)).await?;
    ensure(!tx.is_success(), || format!("{} is a success", tx.result()))?;
    same("received", 0, tx.incoming(&run.gate.account).len())
}

pub(super) async fn token(run: &Run) -> Checked {
    let ripple = json!({ "TransactionType": "AccountSet", "SetFlag": DEFAULT_RIPPLE });
    run.succeed(&run.gate, ripple).await?;
    for holder in [&run.alice, &run.bob] {
        let limit = usd(run, "1000000");
        let trust = json!({ "TransactionType": "TrustSet", "LimitAmount": limit });
        run.succeed(holder, trust).await?;
    }
    let issued = run.succeed(&run.gate, payment(run.alice.account, usd(run, "100.5"))).await?;
    delivers(&issued, amount(run, "100.5"))?;
    let mut paid = payment(run.bob.account, usd(run, "25.25"));
    paid["SendMax"] = usd(run, "25.25");
    paid["DestinationTag"] = 7.into();
    let paid = run.succeed(&run.alice, paid).await?;
    delivers(&paid, amount(run, "25.25"))?;
    arrives(&paid, run.bob.account, &Way::Payment, Some(7))
}

/// Promises a thousand and delivers one and a half.
pub(super) async fn partial(run: &Run) -> Checked {
    let mut tx = payment(run.bob.account, usd(run, "1000"));
    tx["SendMax"] = usd(run, "1.5");
    tx["Flags"] = PARTIAL_PAYMENT.into();
    tx["DestinationTag"] = 7.into();
    let tx = run.succeed(&run.alice, tx).await?;
    delivers(&tx, amount(run, "1.5"))
}

pub(super) async fn check(run: &Run) -> Checked {
    let create = json!({ "TransactionType": "CheckCreate", "Destination": run.bob.account,
        "SendMax": drops(9 * XRP), "DestinationTag": 11 });
    let created = run.succeed(&run.alice, create).await?;
    same("received", 0, created.incoming(&run.bob.account).len())?;
    let id = entry(&created, "Check")?;
    let cash = json!({ "TransactionType": "CheckCash", "CheckID": id, "Amount": drops(9 * XRP) });
    let cashed = run.succeed(&run.bob, cash).await?;
    delivers(&cashed, "9 XRP".parse().expect("an amount"))?;
    arrives(&cashed, run.bob.account, &Way::CheckCash, Some(11))
}

pub(super) async fn escrow(run: &Run) -> Checked {
    let now = run.server.line.ask("ledger", json!({ "ledger_index": "validated" })).await?;
    let Some(now) = now["ledger"]["close_time"].as_u64() else {
        return skipped("its ledgers name no close_time");
    };
    let finish_after = now + 2;
    let create = json!({ "TransactionType": "EscrowCreate", "Destination": run.bob.account,
        "Amount": drops(8 * XRP), "FinishAfter": finish_after, "DestinationTag": 12 });
    let created = run.succeed(&run.alice, create).await?;
    same("parked", 1, created.balance_changes().locked().len())?;
    // By the time of the ledgers, which may stand still or jump.
    for _ in 0..40 {
        let now = run.server.line.ask("ledger", json!({ "ledger_index": "validated" })).await?;
        if now["ledger"]["close_time"].as_u64().is_some_and(|now| now > finish_after) {
            let finish = json!({ "TransactionType": "EscrowFinish", "Owner": run.alice.account,
                "OfferSequence": created.sequence() });
            let finished = run.succeed(&run.bob, finish).await?;
            return arrives(&finished, run.bob.account, &Way::EscrowFinish, Some(12));
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        run.server.close().await?;
    }
    skipped(format!("the time of its ledgers does not pass {finish_after}"))
}

pub(super) async fn channel(run: &Run) -> Checked {
    let create = json!({ "TransactionType": "PaymentChannelCreate", "Amount": drops(10 * XRP),
        "Destination": run.bob.account, "SettleDelay": 60, "DestinationTag": 13,
        "PublicKey": run.alice.public_key() });
    let created = run.succeed(&run.alice, create).await?;
    same("received", 0, created.incoming(&run.bob.account).len())?;
    let id = entry(&created, "PayChannel")?;
    // Whoever has opened it needs no claim to pay out.
    let claim = json!({ "TransactionType": "PaymentChannelClaim", "Channel": id,
        "Balance": drops(4 * XRP), "Amount": drops(4 * XRP) });
    let claimed = run.succeed(&run.alice, claim).await?;
    arrives(&claimed, run.bob.account, &Way::PaymentChannelClaim, Some(13))
}

/// An exchange is no payment, though value comes in.
pub(super) async fn offer(run: &Run) -> Checked {
    let offer = |pays: Value, gets: Value| json!({ "TransactionType": "OfferCreate", "TakerPays": pays, "TakerGets": gets });
    let placed = run.succeed(&run.bob, offer(usd(run, "5"), drops(10 * XRP))).await?;
    same("received", 0, placed.incoming(&run.bob.account).len())?;
    let taken = run.succeed(&run.alice, offer(drops(10 * XRP), usd(run, "5"))).await?;
    for (account, asset) in [(run.alice.account, Asset::Xrp), (run.bob.account, asset(run))] {
        let received = taken.incoming(&account);
        if received.is_empty() {
            return skipped("the offers did not meet");
        }
        same("trade", (&Way::Trade, asset), (&received[0].way, received[0].amount.asset()))?;
    }
    Ok(())
}

fn asset(run: &Run) -> Asset {
    amount(run, "1").asset()
}

fn amount(run: &Run, value: &str) -> Amount {
    let currency = "USD".parse().expect("a currency");
    let value: TokenValue = value.parse().expect("a number");
    Amount::Token { value, currency, issuer: run.gate.account }
}

fn delivers(tx: &ValidatedTransaction, expected: Amount) -> Checked {
    ensure(tx.delivered().exact() == Some(&expected), || {
        format!("delivered {}, expected {expected}", tx.delivered())
    })
}

/// It comes to the account by this way and with this tag. How much, the journal has compared.
fn arrives(tx: &ValidatedTransaction, at: AccountId, way: &Way, tag: Option<u32>) -> Checked {
    match &tx.incoming(&at)[..] {
        [one] => same("way and tag", (way, tag), (&one.way, one.destination_tag)),
        other => wrong(format!("{at} received {other:?}")),
    }
}

/// The key of the entry of this type that a transaction made, as its metadata names it.
fn entry(tx: &ValidatedTransaction, kind: &str) -> Checked<Value> {
    let nodes = tx.raw_metadata()["AffectedNodes"].as_array().cloned().unwrap_or_default();
    let created = nodes.iter().map(|node| &node["CreatedNode"]);
    match created.into_iter().find(|node| node["LedgerEntryType"] == kind) {
        Some(node) => Ok(node["LedgerIndex"].clone()),
        None => skipped(format!("its metadata name no new {kind}")),
    }
}
