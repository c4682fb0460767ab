//! Payments to accounts, as they come.
//!
//! `cargo run --example monitor -- <address>...` watches the public main network; without an address a
//! simulated network inside this program shows an outage and its repair, without any internet.
//! `--help` tells the rest.
//!
//! With `--json` each event is one line: `{"event": "incoming", "payment": {…}}`, `transaction`,
//! `ledger_done` with the `cursor`, `outage`, `recovered`, `gap_not_fillable`.

mod args;
mod report;
mod story;

use std::{fs, io, path::Path, process::ExitCode};

use clap::Parser;
use xrpl_txdata::{Cursor, Event, Filter, Monitor, TxData};

use args::Args;
use report::Report;

/// The status of `sysexits.h` for wrong usage.
const USAGE: u8 = 64;
/// No node has a ledger any more.
const GAP: u8 = 2;
/// The start is not on this network.
const WRONG_START: u8 = 3;

type Failed = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let told = if args.accounts.is_empty() { story::tell(&args).await } else { watch(&args).await };
    match told {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("monitor: {error}");
            ExitCode::from(USAGE)
        }
    }
}

/// Follows the accounts on real nodes.
async fn watch(args: &Args) -> Result<u8, Failed> {
    let builder = TxData::builder().endpoints(args.endpoints.iter().cloned());
    let builder = match args.network {
        Some(id) => builder.network_id(id),
        None => builder,
    };
    let builder =
        if args.allow_partial_history { builder.allow_partial_history() } else { builder };
    let txd = builder.build()?;
    let mut monitor = start(&txd, args)?;
    let status = tokio::select! {
        status = follow(&mut monitor, args) => status?,
        _ = tokio::signal::ctrl_c() => 0,
    };
    drop(monitor);
    txd.close().await;
    Ok(status)
}

/// A monitor that begins where it was asked to: a stored cursor first.
pub(crate) fn start(txd: &TxData, args: &Args) -> Result<Monitor, Failed> {
    let filter = if args.all { Filter::Touching } else { Filter::Incoming };
    let monitor = txd.monitor(&args.accounts).filter(filter);
    let monitor = match (stored(args.cursor.as_deref())?, args.from_ledger) {
        (Some(cursor), _) => monitor.from(cursor),
        (None, Some(first)) => monitor.from_ledger(first),
        (None, None) => monitor.from_now(),
    };
    let monitor = match args.to_ledger {
        Some(last) => monitor.to_ledger(last),
        None => monitor,
    };
    Ok(monitor.start()?)
}

/// Prints events until there are no more.
pub(crate) async fn follow(monitor: &mut Monitor, args: &Args) -> Result<u8, Failed> {
    let report = Report::new(args.json, monitor.handle());
    while let Some(event) = monitor.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                report.error(&error);
                return Ok(WRONG_START);
            }
        };
        report.event(&event);
        if let Event::GapNotFillable { .. } = event {
            return Ok(GAP);
        }
        // Printed first, stored then: a crash in between prints an event twice, and loses none.
        if let (Some(file), Some(cursor)) = (&args.cursor, monitor.cursor()) {
            store(file, cursor)?;
        }
    }
    Ok(0)
}

fn stored(file: Option<&Path>) -> Result<Option<Cursor>, Failed> {
    let Some(file) = file else { return Ok(None) };
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.trim().parse()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", file.display()).into()),
    }
}

/// The old cursor or the new one, and never half of one.
fn store(file: &Path, cursor: &Cursor) -> io::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, format!("{cursor}\n"))?;
    fs::rename(new, file)
}
