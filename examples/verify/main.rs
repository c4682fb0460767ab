//! The main job: the truth about one transaction.
//!
//! `cargo run --example verify -- <hash>` asks the public main network; without a hash a simulated
//! network inside this program shows the whole story, without any internet. `--help` tells the rest.
//!
//! With `--json` each lookup prints one line: `{"outcome": "found", "transaction": {…}}`,
//! `{"outcome": "absent", "absence": {…}}` or `{"outcome": "error", "error": {…}}`; the objects are
//! those that the library's types serialise to. With `--expect-to` a found one has a `verdict` as well.

mod args;
mod report;
mod story;

use std::{
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use tracing_subscriber::EnvFilter;
use xrpl_txdata::{
    Error, Lookup, TxData, TxKey,
    testing::{Network, Recording},
    verify::{self, Verdict},
};

use args::Args;

/// The status of `sysexits.h` for wrong usage.
const USAGE: u8 = 64;

#[tokio::main]
async fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    if args.verbose {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("xrpl_txdata=debug"))
            .with_writer(std::io::stderr)
            .without_time()
            .init();
    }
    match run(&args).await {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("verify: {error}");
            ExitCode::from(USAGE)
        }
    }
}

async fn run(args: &Args) -> Result<u8, Box<dyn std::error::Error>> {
    let Some(key) = args.hash else { return story::tell(args).await };
    // What cannot be expected is refused before anybody is asked.
    let expected = args.expected()?;
    let txd = match &args.recorded {
        Some(folder) => recorded(args, folder, key)?,
        None => args.builder().endpoints(args.endpoints.iter().cloned()).build()?,
    };
    let outcome = lookup(&txd, key, args.wait).await;
    let verdict = match (&outcome, expected) {
        (Ok(Lookup::Found(tx)), Some(expected)) => Some(verify::payment(tx, &expected)),
        _ => None,
    };
    print(args, &outcome, verdict.as_ref());
    txd.close().await;
    Ok(match verdict {
        Some(verdict) if !verdict.is_paid() => 1,
        _ => report::status(&outcome),
    })
}

/// A client of a node inside this program that holds what was recorded of one network: the one that
/// has this transaction, the main one when none has it.
fn recorded(args: &Args, folder: &Path, key: TxKey) -> Result<TxData, Box<dyn std::error::Error>> {
    let recording = Recording::open(folder)?;
    let network = match key {
        TxKey::Hash(hash) => recording.network_of(&hash).unwrap_or("mainnet"),
        TxKey::Ctid(_) => "mainnet",
    };
    if !recording.networks().any(|one| one == network) {
        return Err(format!("{} holds nothing of {network}", folder.display()).into());
    }
    let simulated = Network::builder().recorded(&recording, network).build();
    let node = simulated.node("recorded");
    let builder = args.builder().endpoints([node.url()]).connect(simulated);
    // Which network it is says the recording, unless somebody wants to be strict.
    let builder = if args.network.is_none() { builder.any_network() } else { builder };
    Ok(builder.build()?)
}

/// One lookup, with a status line while it waits, where somebody can see it.
async fn lookup(txd: &TxData, key: TxKey, wait: u64) -> Result<Lookup, Error> {
    let lookup = txd.get_one(key, wait);
    if wait == 0 || !std::io::stderr().is_terminal() {
        return lookup.await;
    }
    let waiting = async {
        for second in 0.. {
            eprint!("\r\x1b[2Kwaiting for closed ledgers, {second} of {wait} s");
            let _ = std::io::stderr().flush();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let outcome = tokio::select! {
        outcome = lookup => outcome,
        () = waiting => unreachable!("the status line never ends by itself"),
    };
    eprint!("\r\x1b[2K");
    outcome
}

fn print(args: &Args, outcome: &Result<Lookup, Error>, verdict: Option<&Verdict>) {
    if args.json {
        println!("{}", report::json(outcome, verdict));
    } else {
        report::human(outcome, verdict);
    }
}
