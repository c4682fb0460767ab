//! From the raw text of a reply to balance changes, the content's hash checked on the way.
//!
//! `cargo bench --bench record`

#[path = "support/figure.rs"]
mod figure;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use figure::{figure, ratio, time, wanted};
use serde_json::{Value, json, value::RawValue};
use sha2::{Digest, Sha512};
use xrpl_txdata::{Around, TxHash, TxRecord, testing::Network};

/// A plain XRP payment, as a server of API version 2 shows it.
fn plain_payment() -> (TxHash, String) {
    let network = Network::new(1);
    let (from, to) = (network.account("from"), network.account("to"));
    let hash = network.pay(from, to, "25 XRP".parse().expect("an amount")).tag(7).submit();
    network.close_ledger();
    (hash, reply(&network, &hash, |_| ()))
}

/// The same with many more entries changed, as big offers and batches of NFTs do.
fn with_affected_nodes(count: usize) -> (TxHash, String) {
    let network = Network::new(1);
    let (from, to) = (network.account("from"), network.account("to"));
    let hash = network.pay(from, to, "25 XRP".parse().expect("an amount")).tag(7).submit();
    network.close_ledger();
    let text = reply(&network, &hash, |nodes| {
        for index in nodes.len()..count {
            nodes.push(json!({"ModifiedNode": {
                "LedgerEntryType": "DirectoryNode",
                "LedgerIndex": format!("{index:064X}"),
                "FinalFields": {"Flags": 0, "RootIndex": format!("{index:064X}"), "IndexNext": "1"},
                "PreviousFields": {"IndexNext": "2"},
            }}));
        }
    });
    (hash, text)
}

fn reply(network: &Network, hash: &TxHash, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let truth = network.truth(hash).expect("it is in a ledger");
    let mut meta = Value::Object(truth.metadata.clone());
    if let Some(Value::Array(nodes)) = meta.get_mut("AffectedNodes") {
        change(nodes);
    }
    json!({
        "tx_json": truth.json, "meta": meta, "hash": hash, "validated": true,
        "ledger_index": truth.ledger_index, "close_time_iso": "2026-01-01T00:00:00Z",
    })
    .to_string()
}

fn meaning(hash: TxHash, text: &str) -> usize {
    let record = TxRecord::read(text, &Around::default()).expect("readable");
    let bound = record.bind(hash).expect("the content is what was asked for");
    black_box(bound.delivered());
    bound.balance_changes().iter().len()
}

/// Beside the time: what is asked of the allocator does not depend on how busy the machine is.
fn count_allocations(what: &str, hash: TxHash, text: &str) {
    let counted = allocation_counter::measure(|| _ = black_box(meaning(hash, text)));
    println!("{what}: {} allocations, {} bytes", counted.count_total, counted.bytes_total);
}

/// The least: the bytes skipped as JSON, and the content hashed.
fn beside_the_limit(hash: TxHash, text: &str) {
    let blob = TxRecord::read(text, &Around::default()).expect("readable").bind(hash);
    let blob = blob.expect("the content is what was asked for").blob().to_vec();
    let ours = time(|| meaning(hash, black_box(text)));
    let limit = time(|| {
        let skipped = serde_json::from_str::<&RawValue>(black_box(text)).is_ok();
        (skipped, Sha512::digest(black_box(&blob)))
    });
    let path = "raw text to balance changes, plain payment";
    figure(path, &format!("{ours:.1?}"), &format!("{limit:.1?}"), "15 µs", &ratio(ours, limit));
}

fn benches(c: &mut Criterion) {
    let (hash, text) = plain_payment();
    if wanted() {
        beside_the_limit(hash, &text);
    }
    count_allocations("plain payment", hash, &text);
    let mut group = c.benchmark_group("reply to balance changes");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("plain payment", |b| b.iter(|| meaning(hash, black_box(&text))));
    for count in [10, 100, 1_300] {
        let (hash, text) = with_affected_nodes(count);
        count_allocations(&format!("{count} affected nodes"), hash, &text);
        group.throughput(Throughput::Bytes(text.len() as u64));
        let id = BenchmarkId::new("affected nodes", count);
        group.bench_with_input(id, &text, |b, text| b.iter(|| meaning(hash, black_box(text))));
    }
    group.bench_function("plain payment, JSON alone", |b| {
        b.iter(|| serde_json::from_str::<Value>(black_box(&text)).expect("JSON"))
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
