//! Recorded transactions mean in binary form what they mean as JSON: what is proven is read as bytes,
//! and must be understood as well as what a server spells out. The folder is not part of the
//! repository: it is named by `XRPL_TXDATA_CORPUS`, or lies beside the checkout.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::PathBuf,
};

use serde_json::{Value, json};

use super::{Around, BoundRecord, Chain, Delivered, TxRecord};
use crate::types::{AccountId, hex};

/// Some were recorded without their place; it is not so old that amounts were not stored.
const UNPLACED: u64 = 100_000_000;

/// One recorded transaction in one of its forms.
fn read(
    file: &Value,
    content: Value,
    metadata: Value,
    chain: Chain,
) -> Result<BoundRecord, String> {
    let mut part = json!({
        "meta": metadata, "validated": true, "ledger_index": file["ledger_index"].as_u64().unwrap_or(UNPLACED),
    });
    let name = if content.is_string() { "tx_blob" } else { "tx_json" };
    part[name] = content;
    for name in ["date", "close_time_iso"] {
        let value = &file["envelope"][name];
        if !value.is_null() {
            part[name] = value.clone();
        }
    }
    let record = TxRecord::from_value(part, &Around { chain, ..Around::default() });
    let record = record.map_err(|error| error.to_string())?;
    let hash = file["hash"].as_str().and_then(|hash| hash.parse().ok()).ok_or("no hash")?;
    record.bind(hash).map_err(|error| error.to_string())
}

/// How the two forms of one transaction compare.
enum Verdict {
    Same,
    /// The binary form cannot be made from what was recorded, or cannot tell as much: why.
    Known(&'static str),
    Differs(String),
}

fn compare(file: &Value, chain: Chain) -> Verdict {
    match compared(file, chain) {
        Ok(verdict) => verdict,
        Err(why) => Verdict::Differs(why),
    }
}

fn compared(file: &Value, chain: Chain) -> Result<Verdict, String> {
    let definitions = chain.definitions();
    let json = read(file, file["tx"].clone(), file["meta"].clone(), chain)?;
    let metadata = match file["meta_blob"].as_str() {
        Some(blob) => blob.to_owned(),
        None => {
            let metadata = file["meta"].as_object().ok_or("no metadata")?;
            match definitions.encode_metadata(metadata) {
                Ok(blob) => hex::encode(&blob),
                Err(_) => {
                    return Ok(Verdict::Known(
                        "metadata with names of drafts, which no ledger has",
                    ));
                }
            }
        }
    };
    let binary = read(file, hex::encode(json.blob()).into(), metadata.into(), chain)?;
    let mut accounts: BTreeSet<AccountId> =
        json.balance_changes().iter().map(|change| change.account).collect();
    accounts
        .extend(json.transaction().values().filter_map(|v| v.as_str()?.parse::<AccountId>().ok()));
    let differs = [
        ("content", json.transaction() == binary.transaction()),
        ("result", json.result() == binary.result()),
        ("index", json.transaction_index() == binary.transaction_index()),
        ("balances", json.balance_changes() == binary.balance_changes()),
        ("fee", json.fee() == binary.fee()),
        ("delivered", json.delivered() == binary.delivered()),
        ("incoming", accounts.iter().all(|one| json.incoming(one) == binary.incoming(one))),
    ];
    let differs: Vec<&str> =
        differs.iter().filter(|(_, same)| !same).map(|(what, _)| *what).collect();
    let timeless =
        file["envelope"]["date"].is_null() && file["envelope"]["close_time_iso"].is_null();
    match differs.as_slice() {
        [] => Ok(Verdict::Same),
        ["delivered", "incoming"] if timeless && *binary.delivered() == Delivered::Unavailable => {
            Ok(Verdict::Known("recorded without its time, which a header has"))
        }
        _ => Err(format!(
            "{} differ: JSON {}, binary {}",
            differs.join(", "),
            json.delivered(),
            binary.delivered()
        )),
    }
}

#[test]
fn the_binary_form_of_every_recorded_transaction_means_the_same() {
    let root = env::var_os("XRPL_TXDATA_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let (mut counts, mut bad) = (BTreeMap::new(), Vec::new());
    for (folder, chain) in [("tx", Chain::Xrpl), ("tx_xahau", Chain::Xahau)] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            println!("skipped: there is no corpus at {}", root.join(folder).display());
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let verdict = match compare(&file, chain) {
                Verdict::Same => "the same in both forms",
                Verdict::Known(why) => why,
                Verdict::Differs(why) => {
                    bad.push(format!("{}: {why}", path.display()));
                    "different"
                }
            };
            *counts.entry((folder, verdict)).or_insert(0) += 1;
        }
    }
    for ((folder, verdict), count) in &counts {
        println!("{folder}: {count} {verdict}");
    }
    assert!(bad.is_empty(), "{} differ:\n{}", bad.len(), bad.join("\n"));
}
