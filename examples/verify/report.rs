//! What a person reads, and what a program reads.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use xrpl_txdata::{
    Absence, Amount, Attempt, Delivered, Error, Lookup, ResolvedBy, ValidatedTransaction,
    verify::Verdict,
};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default().bold();

/// More balance changes than these are only counted.
const MAX_BALANCES: usize = 24;

/// The exit status for the outcome of a lookup.
pub(crate) fn status(outcome: &Result<Lookup, Error>) -> u8 {
    match outcome {
        Ok(Lookup::Found(tx)) if tx.is_success() => 0,
        Ok(Lookup::Found(_)) => 1,
        Ok(Lookup::Absent(_)) => 2,
        Err(_) => 3,
    }
}

/// One line of JSON: `outcome` is `found` (with `transaction`), `absent` (with `absence`) or `error`
/// (with `error`: `kind`, `blame`, `message`, `attempts`). A found one that was judged has a `verdict`.
pub(crate) fn json(outcome: &Result<Lookup, Error>, verdict: Option<&Verdict>) -> Value {
    match outcome {
        Ok(Lookup::Found(tx)) => match verdict {
            Some(verdict) => json!({"outcome": "found", "transaction": tx, "verdict": verdict}),
            None => json!({"outcome": "found", "transaction": tx}),
        },
        Ok(Lookup::Absent(absence)) => json!({"outcome": "absent", "absence": absence}),
        Err(error) => json!({"outcome": "error", "error": error}),
    }
}

/// The same for people.
pub(crate) fn human(outcome: &Result<Lookup, Error>, verdict: Option<&Verdict>) {
    match outcome {
        Ok(Lookup::Found(tx)) => {
            found(tx);
            if let Some(verdict) = verdict {
                anstream::println!("\n{}", verdict.table());
            }
        }
        Ok(Lookup::Absent(absence)) => absent(absence),
        Err(error) => failed(error),
    }
}

fn found(tx: &ValidatedTransaction) {
    let style = if tx.is_success() { GOOD } else { BAD };
    let kind = tx.transaction_type();
    anstream::println!("{BOLD}{kind}{BOLD:#} {style}{}{style:#}", tx.result());
    row("hash", tx.hash());
    let closed = tx.close_time().map(|time| format!(", closed {time}")).unwrap_or_default();
    let place = format!("{}, transaction {}{closed}", tx.ledger_index(), tx.transaction_index());
    row("ledger", place);
    row("network", network(tx.network_id()));
    if let Some(ctid) = tx.ctid() {
        row("ctid", ctid);
    }
    row("from", tag(tx.account(), tx.source_tag()));
    if let Some(destination) = tx.destination() {
        row("to", tag(destination, tx.destination_tag()));
    }
    let delivered = match tx.delivered() {
        Delivered::Exact(amount) => amount.display_with(tx.native_asset()).to_string(),
        other => other.to_string(),
    };
    row("delivered", format!("{BOLD}{delivered}{BOLD:#}"));
    balances(tx);
    row("fee", Amount::Xrp(tx.fee().drops).display_with(tx.native_asset()));
    for memo in tx.memos() {
        let data = memo.data.as_ref().and_then(|data| data.text.clone());
        row("memo", data.map_or("(not text)".to_owned(), |text| format!("{text:?}")));
    }
    let source = tx.source();
    let how = match source.resolved_by {
        ResolvedBy::FirstReply => "asked and answered",
        ResolvedBy::LateReply => "late, but first to answer",
        ResolvedBy::LedgerWatch => "seen in a ledger that closed",
        _ => "answered",
    };
    let after = source.elapsed.as_millis();
    row("answered by", format!("{} after {after} ms ({how})", source.endpoint));
    attempts(&source.attempts);
}

fn absent(absence: &Absence) {
    let (style, words) = match absence.is_final() {
        true => (BAD, "can never be validated any more"),
        false => (OPEN, "not found"),
    };
    anstream::println!("{style}{words}{style:#}");
    row("not in", format!("ledgers {}", absence.coverage()));
    for searched in absence.searched() {
        row("looked in", format!("{} at {}", searched.ledgers, searched.endpoint));
    }
    row("after", format!("{} ms", absence.elapsed().as_millis()));
    attempts(absence.attempts());
    if !absence.is_final() {
        row("mind", "it may still be validated in a later ledger");
    }
}

fn failed(error: &Error) {
    anstream::println!("{BAD}could not find out{BAD:#}");
    match error.attempts() {
        [] => row("because", error),
        list => {
            row("because", format!("{:?}", error.kind()));
            attempts(list);
        }
    }
}

fn balances(tx: &ValidatedTransaction) {
    let changes = tx.balance_changes();
    for (index, change) in changes.iter().take(MAX_BALANCES).enumerate() {
        let label = if index == 0 { "balances" } else { "" };
        let sign = if change.delta.is_negative() { "" } else { "+" };
        let delta = change.delta.display_with(tx.native_asset());
        // An issuer holds nothing of its own token: it owes what others hold.
        let owed = match change.counterparty {
            Some(holder) if change.is_issuer() => format!(", held by {holder}"),
            _ => String::new(),
        };
        row(label, format!("{}  {sign}{delta}{owed}", change.account));
    }
    if changes.iter().len() > MAX_BALANCES {
        row("", format!("and {} more", changes.iter().len() - MAX_BALANCES));
    }
    for locked in changes.locked() {
        let sign = if locked.delta.is_negative() { "" } else { "+" };
        let delta = locked.delta.display_with(tx.native_asset());
        row("locked", format!("{:?}  {sign}{delta}", locked.place));
    }
    for unknown in changes.unknown() {
        row("unknown", unknown);
    }
}

fn attempts(list: &[Attempt]) {
    for attempt in list {
        anstream::println!("  {DIM}{:<14}{attempt}{DIM:#}", "no help from");
    }
}

fn tag(account: impl Display, tag: Option<u32>) -> String {
    match tag {
        Some(tag) => format!("{account}, tag {tag}"),
        None => account.to_string(),
    }
}

fn network(id: u32) -> String {
    match id {
        0 => "0, the main network".to_owned(),
        1 => "1, a test network".to_owned(),
        2 => "2, a development network".to_owned(),
        21_337 => "21337, Xahau".to_owned(),
        id => id.to_string(),
    }
}

fn row(label: &str, value: impl fmt::Display) {
    anstream::println!("  {DIM}{label:<14}{DIM:#}{value}");
}
