//! What a person reads of a proof, or of its refusal.

use std::error::Error;

use anstyle::{AnsiColor, Style};
use xrpl_txdata::{
    Around, TxRecord,
    proof::{ProofError, Proven, ProvenBy},
};

pub(crate) const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Tells what is proven, or why nothing is.
pub(crate) fn outcome(outcome: &Result<Proven, ProofError>) -> String {
    match outcome {
        Ok(proven) => self::proven(proven),
        Err(reason) => refused(reason),
    }
}

pub(crate) fn refused(reason: &dyn std::fmt::Display) -> String {
    format!("{BAD}REFUSED{BAD:#}  {reason}")
}

fn proven(proven: &Proven) -> String {
    let header = proven.header();
    let mut lines = vec![
        format!("{GOOD}PROVEN{GOOD:#}"),
        format!("  transaction  {}", proven.id()),
        format!("  in ledger    {} {}", header.ledger_index, header.hash()),
        format!("  closed       {}", header.close_time),
    ];
    if let ProvenBy::Validators { signed, tally, sources } = proven.by() {
        let (signers, all) = (tally.signers.len(), tally.validators);
        lines
            .push(format!("  signed by    {signers} of {all} validators, {} needed", tally.quorum));
        if signed.ledger_index != header.ledger_index {
            lines
                .push(format!("  signed was   ledger {}, which stands on it", signed.ledger_index));
        }
        for source in sources {
            lines.push(format!("  listed in    list {} of {}", source.sequence, source.publisher));
        }
        for validator in &tally.equivocators {
            lines.push(format!("  not counted  {}: signed two ledgers", validator.to_base58()));
        }
    }
    match meaning(proven) {
        Ok(record) => {
            lines.push(format!("  result       {}", record.result()));
            lines.push(format!("  delivered    {}", record.delivered()));
        }
        Err(reason) => {
            lines.push(format!("  its meaning  cannot be told by this version: {reason}"))
        }
    }
    lines.join("\n")
}

/// The same reading as of a transaction that a node told of, from the proven bytes.
fn meaning(proven: &Proven) -> Result<xrpl_txdata::BoundRecord, Box<dyn Error>> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let header = proven.header();
    let around = Around {
        validated: Some(true),
        ledger_index: Some(header.ledger_index),
        ledger_hash: Some(header.hash()),
        close_time: Some(header.close_time),
        ..Around::default()
    };
    let blobs = serde_json::json!({
        "tx_blob": hex(proven.transaction()), "meta": hex(proven.metadata()),
    });
    Ok(TxRecord::from_value(blobs, &around)?.bind(*proven.id())?)
}
