//! What a node's streams say of a closed ledger, in the order in which servers say it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    server,
    shapes::Shape,
    subscriptions::{Stream, Subscriptions},
    validations,
    view::View,
};
use crate::{
    codec,
    testing::{
        faults::Fault,
        random::{self, Random},
        truth::{Ledger, LedgerTransaction, definitions},
    },
    types::LedgerHash,
};

/// The messages of one ledger for one connection: what validators signed, which is what makes a ledger
/// validated; `ledgerClosed`; then the transactions in the order of their application, each to the
/// subscribers of all and then to those of its accounts.
pub(super) fn messages(view: &View<'_>, ledger: &Arc<Ledger>, to: &Subscriptions) -> Vec<Value> {
    let strikes = view.strikes;
    if strikes.has(Fault::SkipsLedger) || strikes.has(Fault::StopsSilently) {
        return Vec::new();
    }
    let steps_back = strikes.find(|fault| match fault {
        Fault::FallsBack(ledgers) => Some(ledgers),
        _ => None,
    });
    let earlier = steps_back.and_then(|back| view.world.closed(ledger.index.checked_sub(back)?));
    let ledger = earlier.as_ref().unwrap_or(ledger);

    let closed = closed(view, ledger, to);
    let transactions = transactions(view, ledger, to);
    let mut messages = if strikes.has(Fault::ClosedWithoutTransactions) {
        closed
    } else if strikes.has(Fault::TransactionsWithoutClosed) {
        transactions
    } else if strikes.has(Fault::ClosedAfterTransactions) {
        [transactions, closed].concat()
    } else {
        [closed, transactions].concat()
    };
    if to.has(Stream::Validations) {
        messages = [validations::messages(view, ledger, to.api), messages].concat();
    }
    if strikes.has(Fault::ReordersMessages) {
        let seed = view.world.settings.seed;
        Random::new(seed, &format!("order of ledger {}", ledger.index)).shuffle(&mut messages);
    }
    if strikes.has(Fault::DuplicatesMessages) {
        messages = messages.into_iter().flat_map(|message| [message.clone(), message]).collect();
    }
    messages
}

fn closed(view: &View<'_>, ledger: &Ledger, to: &Subscriptions) -> Vec<Value> {
    if !to.has(Stream::Ledger) {
        return Vec::new();
    }
    let mut message = server::ledger_news(view, ledger.index);
    message.insert("type".to_owned(), json!("ledgerClosed"));
    let count = ledger.transactions.len() + view.smuggled(ledger).iter().len();
    message.insert("txn_count".to_owned(), json!(count));
    let true_one: Value = message.into();

    let mut messages = Vec::new();
    let ahead = view.strikes.find(|fault| match fault {
        Fault::JumpsAhead(ledgers) => Some(ledgers),
        _ => None,
    });
    match ahead {
        Some(ahead) => {
            let mut lie = true_one;
            lie["ledger_index"] = json!(ledger.index.saturating_add(ahead));
            lie["ledger_hash"] = json!(other_hash(view, ledger));
            messages.push(lie);
        }
        None => messages.push(true_one.clone()),
    }
    if view.strikes.has(Fault::TwoHashes) {
        let mut lie = messages[0].clone();
        lie["ledger_hash"] = json!(other_hash(view, ledger));
        messages.push(lie);
    }
    messages
}

fn other_hash(view: &View<'_>, ledger: &Ledger) -> LedgerHash {
    let purpose = format!("a false ledger {}", ledger.index);
    LedgerHash::from_bytes(random::bytes(view.world.settings.seed, &purpose))
}

fn transactions(view: &View<'_>, ledger: &Arc<Ledger>, to: &Subscriptions) -> Vec<Value> {
    let to_all = to.has(Stream::Transactions) || to.has(Stream::Proposed);
    if !to_all && to.accounts().is_empty() {
        return Vec::new();
    }
    if view.strikes.find(|f| matches!(f, Fault::JumpsAhead(_)).then_some(())).is_some() {
        return Vec::new();
    }
    let skipped = view.strikes.has(Fault::SkipsTransaction).then(|| {
        let purpose = format!("skipped in ledger {}", ledger.index);
        Random::new(view.world.settings.seed, &purpose).next()
    });
    let skipped = skipped.and_then(|n| n.checked_rem(ledger.transactions.len() as u64));
    let mut told: Vec<_> = (0..)
        .zip(&ledger.transactions)
        .filter(|(place, _)| Some(*place) != skipped)
        .map(|(_, tx)| view.told(Arc::clone(tx)))
        .collect();
    told.extend(view.smuggled(ledger));
    if view.strikes.has(Fault::ForeignTransaction) {
        told.extend(told.first().map(|tx| foreign(view, tx)));
    }
    let mut messages = Vec::new();
    for tx in told {
        let concerns = !to.accounts().is_empty()
            && !view.strikes.has(Fault::ForgetsAccounts)
            && tx.affected().iter().any(|a| to.accounts().contains(a));
        let shape = Shape {
            tx,
            ledger: Arc::clone(ledger),
            api: to.api,
            binary: false,
            network_id: view.network_id(),
        };
        let times = usize::from(to_all) + usize::from(concerns);
        messages.extend(std::iter::repeat_n(shape, times).map(|shape| shape.in_stream()));
    }
    messages
}

/// A transaction like this one, but of a network with another id.
fn foreign(view: &View<'_>, tx: &LedgerTransaction) -> Arc<LedgerTransaction> {
    let mut foreign = tx.clone();
    foreign.json.insert("NetworkID".to_owned(), json!(view.network_id() ^ 0x8000));
    if let Ok(blob) = definitions(view.world.settings.network_id).encode_transaction(&foreign.json)
    {
        foreign.hash = codec::transaction_id(&blob);
        foreign.blob = blob;
    }
    Arc::new(foreign)
}
