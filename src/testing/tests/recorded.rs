//! Recordings: answered for like a node with full history would, in every shape.

use std::{collections::HashSet, env, fs, path::PathBuf};

use serde_json::{Value, json};

use super::Client;
use crate::{
    codec::{Definitions, transaction_id, tree::TransactionTree},
    testing::{Fault, Network, Recording},
    types::{LedgerHash, TxHash, hex, sha512_half},
};

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = env::temp_dir().join(format!("xrpl-txdata-{}-{name}", std::process::id()));
        fs::create_dir_all(path.join("tx")).unwrap();
        fs::create_dir_all(path.join("ledgers")).unwrap();
        Folder(path)
    }

    fn write(&self, file: &str, content: &Value) {
        fs::write(self.0.join(file), content.to_string()).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A recording of another simulated network: one whole ledger, some transactions of others.
fn recording(folder: &Folder) -> Network {
    let source =
        Network::builder().seed(77).first_ledger(50_000_000).history(20).traffic(8).build();
    let whole = source.ledger(50_000_005).unwrap();
    let lines = whole.transactions.iter().map(|tx| {
        json!({
            "hash": tx.hash, "tx_blob": hex::encode(&tx.blob),
            "meta_blob": hex::encode(&tx.meta_blob),
        })
    });
    let header = json!({
        "ledger_hash": whole.hash, "parent_hash": whole.parent_hash,
        "transaction_hash": whole.transaction_hash, "account_hash": whole.account_hash,
        "total_coins": whole.total_drops.to_string(),
        "parent_close_time": whole.parent_close_time.seconds(),
        "close_time": whole.close_time.seconds(),
        "close_time_resolution": 10, "close_flags": 0,
    });
    folder.write(
        "ledgers/whole.json",
        &json!({
            "network": "mainnet", "ledger_index": whole.index, "header": header,
            "transactions": lines.collect::<Vec<_>>(),
        }),
    );
    for (index, with_ledger) in [(50_000_005, true), (50_000_009, true), (50_000_010, false)] {
        let ledger = source.ledger(index).unwrap();
        for tx in &ledger.transactions {
            let file = json!({
                "hash": tx.hash, "network": "mainnet",
                "ledger_index": with_ledger.then_some(index),
                "tx": tx.json, "meta": tx.metadata, "tx_blob": hex::encode(&tx.blob),
                "envelope": { "date": ledger.close_time.seconds() },
            });
            folder.write(&format!("tx/{}.json", tx.hash), &file);
        }
    }
    source
}

#[tokio::test(start_paused = true)]
async fn recorded_transactions_are_found_like_simulated_ones() {
    let folder = Folder::new("found");
    let source = recording(&folder);
    let recording = Recording::open(&folder.0).unwrap();
    assert_eq!(recording.networks().collect::<Vec<_>>(), ["mainnet"]);
    let network = Network::builder().recorded(&recording, "mainnet").build();
    let mut client = Client::connect(&network, &network.node("n1.test")).await;
    let info = client.ask(json!({ "command": "server_info" })).await;
    let complete = &info["result"]["info"]["complete_ledgers"];
    assert_eq!(*complete, format!("32570-{}", network.tip()));
    assert!(network.tip() > 50_000_010);

    for hash in recording.hashes("mainnet") {
        let truth = source.truth(&hash).unwrap();
        for api in [1, 2] {
            for binary in [false, true] {
                let request = json!({
                    "command": "tx", "transaction": hash, "binary": binary, "api_version": api,
                });
                let result = client.ask(request).await["result"].clone();
                assert_eq!(result["validated"], true, "{result}");
                if binary {
                    let meta = if api == 1 { "meta" } else { "meta_blob" };
                    assert_eq!(result[meta], hex::encode(&truth.meta_blob));
                }
                if truth.ledger_index != 50_000_010 {
                    assert_eq!(result["ledger_index"], truth.ledger_index);
                }
            }
        }
    }
    let whole = source.ledger(50_000_005).unwrap();
    let request = json!({ "command": "ledger", "ledger_hash": whole.hash, "binary": true });
    let result = client.ask(request).await["result"].clone();
    assert_eq!(result["ledger"]["ledger_data"], hex::encode(&whole.header()));
    let ledger = network.ledger(50_000_005).unwrap();
    let hashes = |ledger: &crate::testing::Ledger| {
        ledger.transactions.iter().map(|tx| tx.hash).collect::<Vec<_>>()
    };
    assert_eq!(hashes(&ledger), hashes(&whole));

    // The past of the chain goes on: what happens now follows it, and accounts have both.
    let first = network.ledger(network.tip() - 7).unwrap();
    assert_eq!(first.parent_hash, network.ledger(first.index - 1).unwrap().hash);
    let account = whole.transactions[0].json["Account"].as_str().unwrap().parse().unwrap();
    network.pay(account, network.account("shop"), "1 XRP".parse().unwrap()).submit();
    network.close_ledger();
    let request = json!({ "command": "account_tx", "account": account });
    let page = client.ask(request).await["result"].clone();
    let found: HashSet<&str> = page["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["tx"]["hash"].as_str().unwrap())
        .collect();
    assert!(found.len() > 1 && found.contains(&*whole.transactions[0].hash.to_string()));

    // Recorded ones can be lied about too.
    network.node("n1.test").set_faults([Fault::OtherTransaction]);
    let request = json!({ "command": "tx", "transaction": whole.transactions[0].hash });
    let other = client.ask(request).await["result"]["hash"].clone();
    assert!(other.is_string() && other != json!(whole.transactions[0].hash));
}

#[tokio::test(start_paused = true)]
async fn damaged_recordings_name_the_file() {
    let empty = env::temp_dir().join("xrpl-txdata-no-such-folder");
    let error = Recording::open(&empty).unwrap_err().to_string();
    assert!(error.contains("xrpl-txdata-no-such-folder: there is none of"), "{error}");

    let folder = Folder::new("damaged");
    recording(&folder);
    fs::write(folder.0.join("tx/BAD.json"), "{\"hash\":").unwrap();
    let error = Recording::open(&folder.0).unwrap_err();
    assert!(error.path().ends_with("tx/BAD.json"));
    assert!(error.to_string().contains("EOF"), "{error}");
    fs::remove_file(folder.0.join("tx/BAD.json")).unwrap();

    let recording = Recording::open(&folder.0).unwrap();
    let network = Network::builder().recorded(&recording, "mainnet").build();
    let mut client = Client::connect(&network, &network.node("n1.test")).await;
    let hash = network.ledger(50_000_009).unwrap().transactions[0].hash;
    let again = Network::builder().recorded(&recording, "mainnet").build();
    fs::remove_file(folder.0.join(format!("tx/{hash}.json"))).unwrap();
    let mut other = Client::connect(&again, &again.node("n1.test")).await;
    let request = json!({ "command": "tx", "transaction": hash });
    assert_eq!(client.ask(request.clone()).await["status"], "success");
    let refused = other.ask(request).await;
    assert_eq!(refused["error"], "dbDeserialization");
    assert!(refused["error_exception"].as_str().unwrap().contains(&hash.to_string()));
}

/// The folder of real recordings is no part of the repository: `XRPL_TXDATA_CORPUS` names it, or it
/// lies beside the checkout.
#[tokio::test(start_paused = true)]
async fn real_recordings_are_answered_in_every_shape() {
    let folder = env::var_os("XRPL_TXDATA_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        println!("skipped: there is no corpus at {}", folder.display());
        return;
    }
    let recording = Recording::open(&folder).unwrap();
    let networks: Vec<String> = recording.networks().map(str::to_owned).collect();
    let (mut count, mut without_bytes) = (0, 0);
    for name in &networks {
        let network = Network::builder().traffic(1).history(2).recorded(&recording, name).build();
        let mut client = Client::connect(&network, &network.node("n1.test")).await;
        let mut hashes: Vec<TxHash> = recording.hashes(name).collect();
        hashes.sort_unstable();
        // A fifth of them is enough where there are many: the codec's own tests take them all.
        let step = if hashes.len() > 100 { 5 } else { 1 };
        for hash in hashes.into_iter().step_by(step) {
            count += 1;
            assert_eq!(recording.network_of(&hash), Some(&**name));
            let mut shapes = Vec::new();
            for (api, binary) in [(1, false), (2, false), (2, true)] {
                let request = json!({
                    "command": "tx", "transaction": hash, "binary": binary, "api_version": api,
                });
                let reply = client.ask(request).await;
                if reply["error"] == "dbDeserialization" && binary {
                    without_bytes += 1;
                    break;
                }
                assert_eq!(reply["status"], "success", "{name} {reply}");
                shapes.push(reply["result"].clone());
            }
            check(name, hash, &shapes);
        }
    }
    println!("{count} transactions of {networks:?}, {without_bytes} with metadata without bytes");
    assert!(count > 0 && without_bytes * 100 < count);
}

fn check(network: &str, hash: TxHash, shapes: &[Value]) {
    let definitions =
        if network.starts_with("xahau") { Definitions::xahau() } else { Definitions::xrpl() };
    let (v1, v2) = (&shapes[0], &shapes[1]);
    assert!(v2["close_time_iso"].is_string() && v2["ledger_hash"].is_string());
    for json in [v1, &v2["tx_json"]] {
        let encoded = definitions.encode_transaction(json.as_object().unwrap());
        assert_eq!(transaction_id(&encoded.unwrap()), hash, "{network}");
    }
    let Some(binary) = shapes.get(2) else { return };
    let blob = hex::decode(binary["tx_blob"].as_str().unwrap()).unwrap();
    assert_eq!(transaction_id(&blob), hash);
    let meta = hex::decode(binary["meta_blob"].as_str().unwrap()).unwrap();
    let encoded = definitions.encode_metadata(v2["meta"].as_object().unwrap()).unwrap();
    assert_eq!(encoded, meta, "{network} {hash}");
}

/// The same folder: ledgers that were recorded as a whole hash to what the recording says.
#[test]
fn real_ledgers_hash_to_their_names() {
    let folder = env::var_os("XRPL_TXDATA_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        println!("skipped: there is no corpus at {}", folder.display());
        return;
    }
    let recording = Recording::open(&folder).unwrap();
    let network = Network::builder().traffic(0).history(1).recorded(&recording, "mainnet").build();
    for (index, root) in [
        (11_119_608, "485FD1BAE4EA95304E198906D63EF0E3E564F5A931B31F5AFAED5A808D2D97CE"),
        (104_545_000, "0EECE592D3D8794A917BBF702AAE9FEB36BE35F5701AE504AD94226AFAA7CB08"),
        (75_221_159, "902109F7C80CEE72BF613EB18279E6FC366AB9B16F6D1765715CC9D459A659C2"),
    ] {
        let ledger = network.ledger(index).unwrap();
        let tree = ledger.transactions.iter().map(|tx| (&tx.blob, &tx.meta_blob));
        assert_eq!(TransactionTree::new(tree).unwrap().root(), ledger.transaction_hash);
        assert_eq!(ledger.transaction_hash, root.parse().unwrap());
        let hash = LedgerHash::from_bytes(sha512_half(&[b"LWR\0", &ledger.header()]));
        assert_eq!(ledger.hash, hash, "{index}");
    }
}
