//! Recorded transactions and whole ledgers. The folder is not part of the repository: it is named
//! by `XRPL_TXDATA_CORPUS`, or lies beside the checkout.

use std::{collections::HashMap, env, fs, path::PathBuf};

use serde_json::{Map, Value};

use super::{is_unknown, same};
use crate::{
    codec::{Definitions, framing, transaction_id},
    types::{hex, sha512_half},
};

/// The files of one folder of the corpus; none, said aloud, where there is no corpus.
fn files(folder: &str) -> Vec<(String, Value)> {
    let root = env::var_os("XRPL_TXDATA_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        println!("skipped: there is no corpus at {}", root.join(folder).display());
        return Vec::new();
    };
    let mut files: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn object<'a>(file: &'a Value, key: &str) -> &'a Map<String, Value> {
    file[key].as_object().unwrap()
}

/// Collects what went wrong, so that one run shows all of it.
#[derive(Default)]
struct Report {
    good: usize,
    bad: Vec<String>,
}

impl Report {
    fn check(&mut self, name: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.good += 1,
            Err(why) => self.bad.push(format!("{name}: {why}")),
        }
    }

    fn close(self, what: &str) {
        println!("codec corpus: {what}: {} good, {} bad", self.good, self.bad.len());
        assert!(self.bad.is_empty(), "{what}:\n{}", self.bad.join("\n"));
    }
}

/// JSON -> bytes -> hash, and bytes -> JSON -> bytes.
fn transaction(definitions: &Definitions, file: &Value) -> Result<(), String> {
    let blob = definitions.encode_transaction(object(file, "tx")).map_err(|e| e.to_string())?;
    let id = transaction_id(&blob).to_string();
    if id != file["hash"] {
        return Err(format!("hash {id}, bytes {}", hex::encode(&blob)));
    }
    prints_as(definitions, &blob, &file["tx"])
}

#[test]
fn every_transaction_encodes_to_its_hash_and_decodes_back() {
    let mut report = Report::default();
    for (name, file) in files("tx") {
        report.check(&name, transaction(Definitions::xrpl(), &file));
    }
    report.close("transactions");
}

#[test]
fn every_transaction_of_xahau_too() {
    let mut report = Report::default();
    for (name, file) in files("tx_xahau") {
        report.check(&name, transaction(Definitions::xahau(), &file));
    }
    report.close("transactions of Xahau");
}

/// JSON -> bytes -> JSON -> bytes, and the recorded bytes where there are some.
fn metadata(definitions: &Definitions, file: &Value) -> Result<(), String> {
    let blob = match definitions.encode_metadata(object(file, "meta")) {
        Ok(blob) => blob,
        // Some recordings are of test networks whose amendments came to be called otherwise.
        Err(error) if is_unknown(&error) && file["meta_proven_by_ledger"] != true => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    if let Some(recorded) = file["meta_blob"].as_str()
        && !recorded.eq_ignore_ascii_case(&hex::encode(&blob))
    {
        return Err(format!("bytes {}", hex::encode(&blob)));
    }
    prints_as(definitions, &blob, &file["meta"])
}

/// bytes -> JSON, which is what the server printed, -> bytes.
fn prints_as(definitions: &Definitions, blob: &[u8], recorded: &Value) -> Result<(), String> {
    let decoded = definitions.decode(blob).map_err(|error| error.to_string())?;
    if !same(&decoded.clone().into(), recorded) {
        return Err(format!("decodes as {decoded:?}"));
    }
    round_trip(definitions, blob)
}

/// bytes -> JSON -> bytes.
fn round_trip(definitions: &Definitions, blob: &[u8]) -> Result<(), String> {
    let decoded = definitions.decode(blob).map_err(|error| error.to_string())?;
    match definitions.encode_metadata(&decoded) {
        Ok(again) if again == blob => Ok(()),
        other => Err(format!("{decoded:?} encodes as {other:?}")),
    }
}

#[test]
fn all_metadata_encodes_to_the_recorded_bytes_and_decodes_back() {
    let mut report = Report::default();
    for (name, file) in files("tx") {
        report.check(&name, metadata(Definitions::xrpl(), &file));
    }
    for (name, file) in files("tx_xahau") {
        report.check(&name, metadata(Definitions::xahau(), &file));
    }
    report.close("metadata");
}

/// The transaction tree's root is in the ledger's header, so every byte of its leaves is proven.
#[test]
fn recorded_json_makes_the_leaves_of_proven_ledgers() {
    let json: HashMap<String, Value> = files("tx")
        .into_iter()
        .filter_map(|(_, file)| Some((file["hash"].as_str()?.to_owned(), file)))
        .collect();
    let mut report = Report::default();
    for (name, ledger) in files("ledgers") {
        let Some(transactions) = ledger["transactions"].as_array() else { continue };
        if name.ends_with(".raw.json") {
            continue;
        }
        let mut leaves = Vec::new();
        for transaction in transactions {
            let hash = transaction["hash"].as_str().unwrap();
            let bytes = |key: &str| hex::decode(transaction[key].as_str().unwrap()).unwrap();
            let (tx, meta) = (bytes("tx_blob"), bytes("meta_blob"));
            leaves.push((hex::decode_array(hash).unwrap(), leaf(hash, &tx, &meta)));
            report.check(hash, proven(&tx, &meta, json.get(hash)));
        }
        leaves.sort_unstable();
        let root = ledger["transaction_hash"].as_str();
        let root = root.or(ledger["header"]["transaction_hash"].as_str()).unwrap();
        let computed = hex::encode(&tree(&leaves, 0));
        report.check(&name, if computed == root { Ok(()) } else { Err(computed) });
    }
    report.close("leaves and trees");
}

fn proven(tx: &[u8], meta: &[u8], json: Option<&Value>) -> Result<(), String> {
    let definitions = Definitions::xrpl();
    round_trip(definitions, tx)?;
    round_trip(definitions, meta)?;
    let Some(json) = json else { return Ok(()) };
    let encoded = definitions.encode_metadata(object(json, "meta")).map_err(|e| e.to_string())?;
    if encoded == meta { Ok(()) } else { Err(format!("metadata {}", hex::encode(&encoded))) }
}

/// Validations and manifests are objects like any other.
#[test]
fn validations_and_manifests_are_read_exactly() {
    let mut report = Report::default();
    for (name, key) in [("validations.json", "data"), ("manifests.json", "manifest_hex")] {
        for (file, list) in files("unl").into_iter().filter(|(file, _)| file == name) {
            for entry in list.as_array().unwrap() {
                let blob = hex::decode(entry[key].as_str().unwrap()).unwrap();
                report.check(&file, round_trip(Definitions::xrpl(), &blob));
            }
        }
    }
    report.close("validations and manifests");
}

/// Cut anywhere, a blob is read or refused. Some files will do.
#[test]
fn no_cut_off_blob_panics() {
    let mut cuts = 0;
    for (_, file) in files("tx").iter().step_by(60) {
        for blob in [&file["tx_blob"], &file["meta_blob"]].into_iter().filter_map(Value::as_str) {
            let blob = hex::decode(blob).unwrap();
            for end in 0..blob.len() {
                _ = Definitions::xrpl().decode(&blob[..end]);
                cuts += 1;
            }
        }
    }
    println!("codec corpus: {cuts} cut-off inputs, no panic");
}

/// Amounts from the tests of another library.
#[test]
fn amounts_have_the_bytes_that_others_give_them() {
    let mut report = Report::default();
    for (_, file) in files("values") {
        for test in file["values_tests"].as_array().unwrap() {
            let (json, Some(bytes)) = (&test["test_json"], test["expected_hex"].as_str()) else {
                continue;
            };
            // Hexadecimal is for people's input; no server prints it.
            if json["value"].as_str().is_some_and(|value| value.starts_with("0x")) {
                continue;
            }
            let expected = format!("61{bytes}");
            let amount = Map::from_iter([("Amount".to_owned(), json.clone())]);
            let outcome = match Definitions::xrpl().encode_transaction(&amount) {
                Ok(blob) if hex::encode(&blob) == expected => Ok(()),
                other => Err(format!("{other:?} is not {expected}")),
            };
            report.check(&json.to_string(), outcome);
        }
    }
    report.close("amounts");
}

fn leaf(hash: &str, tx: &[u8], meta: &[u8]) -> [u8; 32] {
    let mut bytes = b"SND\0".to_vec();
    for part in [tx, meta] {
        framing::write_length(&mut bytes, part.len()).unwrap();
        bytes.extend(part);
    }
    assert!(hex::decode_into(hash, &mut bytes));
    sha512_half(&[&bytes])
}

/// Hash of the tree over sorted leaves that agree in `depth` nibbles.
fn tree(leaves: &[([u8; 32], [u8; 32])], depth: usize) -> [u8; 32] {
    match leaves {
        [] => return [0; 32],
        [(_, leaf)] if depth > 0 => return *leaf,
        _ => {}
    }
    let nibble =
        |key: &[u8; 32]| key[depth / 2] >> if depth.is_multiple_of(2) { 4 } else { 0 } & 15;
    let children: Vec<[u8; 32]> = (0..16)
        .map(|branch| {
            let of_branch: Vec<_> =
                leaves.iter().copied().filter(|(key, _)| nibble(key) == branch).collect();
            tree(&of_branch, depth + 1)
        })
        .collect();
    sha512_half(&[b"MIN\0", &children.concat()])
}
