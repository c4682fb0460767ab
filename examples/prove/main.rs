//! Proof that a transaction was validated, and what it did, on no server's word.
//!
//! `cargo run --example prove -- HASH --list list.json > proof.json` proves it with the help of public
//! servers, `cargo run --example prove -- --check proof.json` checks the document, offline; without
//! arguments both happen inside this program, with validators and liars of its own. `--help` tells the
//! rest.

mod args;
mod report;
mod story;

use std::{error::Error, path::Path, process::ExitCode};

use clap::Parser;
use xrpl_txdata::{
    Lookup, TxData, TxKey,
    proof::{Proof, TrustedValidators},
};

use args::{Args, now, read};

/// The statuses that `--help` lists; the last one is that of `sysexits.h` for wrong usage.
const PROVEN: u8 = 0;
const REFUSED: u8 = 1;
const NOT_FOUND: u8 = 2;
const NOT_PROVEN: u8 = 3;
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
    let outcome = match (&args.check, args.hash) {
        (Some(path), _) => check(&args, path),
        (None, Some(key)) => prove(&args, key).await,
        (None, None) => story::tell().await,
    };
    ExitCode::from(outcome.unwrap_or_else(|error| {
        eprintln!("prove: {error}");
        USAGE
    }))
}

/// Prints the document to standard output, and what it says beside it.
async fn prove(args: &Args, key: TxKey) -> Result<u8, Box<dyn Error>> {
    let at = now()?;
    let list = args.list(at)?.ok_or("a validator list is needed, see --help")?;
    let trusted = TrustedValidators::from_lists(&[list])?;
    let txd = TxData::builder()
        .endpoints(args.endpoints.iter().cloned())
        .network_id(args.network)
        .overall_timeout(args.timeout())
        .trust(trusted.clone())
        .build()?;
    let answer = txd.get_one(key, args.wait).await;
    txd.close().await;
    match answer {
        Ok(Lookup::Found(tx)) => {
            let proof = tx.proof().ok_or("an answer without its proof")?;
            anstream::eprintln!("{}", report::outcome(&proof.verify(&trusted, at)));
            println!("{}", proof.to_json());
            Ok(PROVEN)
        }
        Ok(Lookup::Absent(absence)) => {
            eprintln!("{absence}");
            Ok(NOT_FOUND)
        }
        Err(error) => {
            eprintln!("{error}");
            Ok(NOT_PROVEN)
        }
    }
}

/// Checks a document against the list of the option, or against the one in it.
fn check(args: &Args, path: &Path) -> Result<u8, Box<dyn Error>> {
    let (publishers, json) = (args.publishers()?, read(path)?);
    let proof = match Proof::from_json(&json) {
        Ok(proof) => proof,
        Err(reason) => {
            anstream::println!("{}", report::refused(&reason));
            return Ok(REFUSED);
        }
    };
    let at = if args.in_its_day { proof.signed_at() } else { now()? };
    let outcome = match args.list(at)? {
        Some(list) => proof.verify(&TrustedValidators::from_lists(&[list])?, at),
        None => proof.verify_published(&publishers, at),
    };
    anstream::println!("{}", report::outcome(&outcome));
    Ok(if outcome.is_ok() { PROVEN } else { REFUSED })
}
