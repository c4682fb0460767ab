//! Monitors over the whole run: each payment once, in the order of the ledger, and as the state of the
//! server's ledgers says.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tokio::time::timeout;
use xrpl_txdata::{
    AccountHistory, AccountId, Asset, Cursor, Event, Filter, IncomingPayment, Monitor,
    MonitorBuilder, MonitorSource, TokenValue, TxHash, WatchSource,
};

use super::{
    absences,
    report::{Checked, ensure, same, same_list, skipped, wrong},
    run::Run,
    state,
};
use crate::support::secs;

/// A transaction, and what each followed account received by it.
type Received = (TxHash, BTreeSet<(AccountId, Asset, TokenValue)>);

pub(super) fn followed(run: &Run) -> [AccountId; 2] {
    [run.alice.account, run.bob.account]
}

/// What came to the followed accounts in these ledgers, by the server's state.
fn expected(run: &Run, first: u32, last: u32) -> Vec<Received> {
    let mut entries = run.journal().clone();
    entries.retain(|entry| (first..=last).contains(&entry.tx.ledger_index()));
    entries.sort_by_key(|entry| (entry.tx.ledger_index(), entry.tx.transaction_index()));
    let mut expected = Vec::new();
    for entry in entries {
        let mut received = BTreeSet::new();
        for account in followed(run) {
            let fee = if entry.tx.account() == account { entry.fee } else { 0 };
            let gains = state::received(&entry.changes, account, fee).into_iter();
            received.extend(gains.map(|(asset, value)| (account, asset, value)));
        }
        if !received.is_empty() {
            expected.push((entry.tx.hash(), received));
        }
    }
    expected
}

/// All that came is all that must come. What was handed in by an item that then came to grief is in no
/// journal, and passes.
pub(super) fn all_came(run: &Run, first: u32, last: u32, mut heard: Vec<Received>) -> Checked {
    let expected = expected(run, first, last);
    let journal: BTreeSet<TxHash> = run.journal().iter().map(|entry| entry.tx.hash()).collect();
    heard.retain(|(hash, _)| journal.contains(hash) || !run.server.was_handed(hash));
    if !run.lines {
        // Nobody has shown us who has which tokens.
        for (_, received) in &mut heard {
            received.retain(|(_, asset, _)| *asset == Asset::Xrp);
        }
        heard.retain(|(_, received)| !received.is_empty());
    }
    same_list("payments", &expected, &heard)
}

/// One that follows from the next ledger on, once it does.
pub(super) async fn begin(run: &Run) -> Option<Monitor> {
    let monitor = run.txd.monitor(followed(run)).source(source(run)).start().ok()?;
    for _ in 0..100 {
        if monitor.handle().status().last_ledger.is_some() {
            return Some(monitor);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("live: no monitor begins: {:?}", monitor.handle().status());
    None
}

/// Everything up to this ledger, or up to the monitor's own end.
pub(super) async fn hear(monitor: &mut Monitor, last: u32) -> Checked<Vec<Received>> {
    let (mut heard, mut trouble) = (Vec::new(), String::new());
    loop {
        let Ok(event) = timeout(secs(90), monitor.next()).await else {
            let state = monitor.handle().status();
            return wrong(format!("nothing comes, {heard:?} came; {state:?}; {trouble}"));
        };
        match event.transpose()? {
            None => return Ok(heard),
            Some(Event::Incoming(payment)) => heard.push(received(&payment)),
            Some(Event::Transaction(tx)) => heard.push((tx.hash(), BTreeSet::new())),
            Some(Event::LedgerDone(cursor)) if cursor.ledger_index() >= last => return Ok(heard),
            Some(Event::GapNotFillable { from, to }) => {
                return wrong(format!("nobody has ledgers {from} to {to}"));
            }
            Some(Event::Outage { failures, .. }) => trouble = format!("{failures:?}"),
            Some(_) => {}
        }
    }
}

fn received(payment: &IncomingPayment) -> Received {
    let each = payment.received().iter();
    let each = each.map(|one| (one.account, one.amount.asset(), state::value_of(&one.amount)));
    (payment.hash(), each.collect())
}

/// The one that has listened since the first payment.
pub(super) async fn live(
    run: &Run,
    monitor: Option<&mut Monitor>,
    first: u32,
    last: u32,
) -> Checked {
    let Some(monitor) = monitor else { return skipped("it streams no ledgers") };
    shows_bytes(run, last).await?;
    let heard = hear(monitor, last).await?;
    all_came(run, first, last, heard)
}

/// One that reads the same ledgers afterwards, in one of the ways.
pub(super) async fn afterwards(
    run: &Run,
    source: MonitorSource,
    history: AccountHistory,
    (first, last): (u32, u32),
) -> Checked {
    has_streamed(run, first, last).await?;
    if source == MonitorSource::Transactions && run.source != WatchSource::Stream {
        return skipped("it streams no transactions");
    }
    if source == MonitorSource::Accounts {
        // Whether there are any histories.
        account_tx(run, run.root.account, last, last).await?;
    }
    let from = over(run, first, last).source(source).account_history(history);
    let heard = hear(&mut from.start()?, last).await?;
    all_came(run, first, last, heard)
}

/// One that is killed in the middle, and goes on from what it has stored.
pub(super) async fn gone_on(run: &Run, first: u32, last: u32) -> Checked {
    has_streamed(run, first, last).await?;
    let (mut heard, mut stored) = (Vec::new(), None::<Cursor>);
    // After each payment it dies.
    let transactions = run.journal().len();
    for _ in 0..2 * transactions {
        let whole = over(run, first, last);
        let mut monitor = match stored.take() {
            Some(cursor) => whole.from(cursor).start()?,
            None => whole.start()?,
        };
        loop {
            let Ok(event) = timeout(secs(90), monitor.next()).await else {
                return wrong(format!("nothing comes after {heard:?}"));
            };
            match event.transpose()? {
                None => return all_came(run, first, last, heard),
                Some(Event::Incoming(payment)) => {
                    heard.push(received(&payment));
                    stored = monitor.cursor().cloned();
                    break;
                }
                Some(_) => {}
            }
        }
    }
    wrong(format!("it comes to no end: {heard:?}"))
}

/// All that touched the accounts, against the server's own history of them.
pub(super) async fn touching(run: &Run, first: u32, last: u32) -> Checked {
    has_streamed(run, first, last).await?;
    let mut history = BTreeSet::new();
    for account in followed(run) {
        history.extend(account_tx(run, account, first, last).await?);
    }
    let monitor = over(run, first, last).filter(Filter::Touching).source(MonitorSource::Ledgers);
    let heard = names(&hear(&mut monitor.start()?, last).await?);
    let set: BTreeSet<TxHash> = heard.iter().copied().collect();
    ensure(set.len() == heard.len(), || format!("one came twice: {heard:?}"))?;
    same("transactions", history, set)
}

fn over(run: &Run, first: u32, last: u32) -> MonitorBuilder {
    run.txd.monitor(followed(run)).source(source(run)).from_ledger(first).to_ledger(last)
}

/// The way that this server offers.
fn source(run: &Run) -> MonitorSource {
    match run.source {
        WatchSource::Stream => MonitorSource::Automatic,
        _ => MonitorSource::Ledgers,
    }
}

fn names(received: &[Received]) -> Vec<TxHash> {
    received.iter().map(|(hash, _)| *hash).collect()
}

async fn account_tx(run: &Run, account: AccountId, first: u32, last: u32) -> Checked<Vec<TxHash>> {
    let (mut hashes, mut marker) = (Vec::new(), None::<Value>);
    loop {
        let mut fields = json!({ "account": account, "ledger_index_min": first,
            "ledger_index_max": last, "forward": true });
        if let Some(marker) = marker {
            fields["marker"] = marker;
        }
        let answer = run.server.line.ask("account_tx", fields).await?;
        let Some(entries) = answer["transactions"].as_array() else {
            return skipped(format!("account_tx says {answer}"));
        };
        for entry in entries {
            let hash = entry["hash"].as_str().or(entry["tx"]["hash"].as_str());
            let Some(hash) = hash.and_then(|hash| hash.parse().ok()) else {
                return skipped(format!("account_tx has {entry}"));
            };
            hashes.push(hash);
        }
        marker = answer.get("marker").cloned();
        if marker.is_none() {
            return Ok(hashes);
        }
    }
}

/// The same from one that tells when a ledger closes.
async fn has_streamed(run: &Run, first: u32, last: u32) -> Checked {
    if run.streams { has_whole(run, first, last).await } else { skipped("it streams no ledgers") }
}

/// What monitors read of the past: ledgers that the server says it has, as bytes from which their hashes
/// follow.
pub(super) async fn has_whole(run: &Run, first: u32, last: u32) -> Checked {
    let ledgers = absences::has(run).await?;
    if !ledgers.covers(first..=last) {
        return skipped(format!("it says that it has only ledgers {ledgers}"));
    }
    shows_bytes(run, last).await
}

async fn shows_bytes(run: &Run, index: u32) -> Checked {
    let fields = json!({ "ledger_index": index, "binary": true, "transactions": true,
        "expand": true });
    let answer = run.server.line.ask("ledger", fields).await?;
    if answer["ledger"]["ledger_data"].is_string() && answer["validated"] == true {
        return Ok(());
    }
    skipped(format!("it shows no ledger in binary form: {answer}"))
}
