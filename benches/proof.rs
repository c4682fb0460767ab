//! What it costs to believe nobody but the validators: one transaction in a ledger of 300, and 35
//! validators. Beside it the limit: the hashing and the signatures alone.
//!
//! `cargo bench --bench proof`

#[path = "support/figure.rs"]
mod figure;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use figure::{figure, ratio, time, wanted};
use sha2::{Digest, Sha512};
use xrpl_txdata::{
    Hash256, LedgerHash, RippleTime,
    proof::{
        Ballot, LedgerHeader, Manifest, Proof, Publisher, TransactionTree, TrustedValidators,
        Validation, ValidatorList,
    },
    testing::{
        Network,
        signing::{SecretKey, Validator},
    },
};

const NOW: RippleTime = RippleTime::from_seconds(1_000);

/// What a node sends for one ledger, and what validators sent for it.
struct Ledger {
    transactions: Vec<(Vec<u8>, Vec<u8>)>,
    header: Vec<u8>,
    validations: Vec<Vec<u8>>,
    list: ValidatorList,
}

/// Sizes are those of an ordinary ledger: 230 bytes of transaction, 1400 of metadata.
fn ledger() -> Ledger {
    let transactions: Vec<_> = (0..300u32)
        .map(|n| {
            let mut transaction = vec![0x12; 230];
            transaction[..4].copy_from_slice(&n.to_be_bytes());
            (transaction, vec![n as u8; 1_400])
        })
        .collect();
    let header = LedgerHeader {
        ledger_index: 104_552_601,
        total_drops: 99_985_000_000_000_000,
        parent_hash: LedgerHash::from_bytes([1; 32]),
        transaction_hash: TransactionTree::new(transactions.clone()).expect("a ledger").root(),
        account_hash: Hash256::from_bytes([2; 32]),
        parent_close_time: RippleTime::from_seconds(990),
        close_time: NOW,
        close_time_resolution: 10,
        close_flags: 0,
    };
    let validators: Vec<_> = (0..35).map(|n| Validator::new(&n.to_string())).collect();
    let publisher = Validator::new("publisher");
    let document = publisher.publish(&Validator::blob(1, 0, 2_000, &validators));
    let list = Publisher::new(publisher.master_key()).accept(&document, NOW);
    let sign = |v: &Validator| v.validation(header.ledger_index, &header.hash());
    Ledger {
        validations: validators.iter().map(sign).collect(),
        transactions,
        header: header.to_bytes().to_vec(),
        list: list.expect("a list"),
    }
}

/// From bytes to the certainty that a quorum signed them.
fn prove(ledger: &Ledger, trusted: &TrustedValidators) -> usize {
    let tree = TransactionTree::new(ledger.transactions.iter().map(|(t, m)| (t, m)));
    let header = LedgerHeader::from_bytes(&ledger.header).expect("a header");
    assert_eq!(tree.expect("a ledger").root(), header.transaction_hash);
    let mut ballot = Ballot::new(header.ledger_index);
    for bytes in &ledger.validations {
        ballot.cast(&Validation::verify(bytes).expect("signed"), trusted);
    }
    let tally = ballot.tally(&header.hash(), trusted);
    assert!(tally.is_quorum());
    tally.signers.len()
}

fn document(ledger: &Ledger) -> Proof {
    let tree = TransactionTree::new(ledger.transactions.clone()).expect("a ledger");
    let header = LedgerHeader::from_bytes(&ledger.header).expect("a header");
    let (transaction, metadata) = &ledger.transactions[17];
    let validations: Vec<_> =
        ledger.validations.iter().map(|v| Validation::verify(v).expect("signed")).collect();
    Proof::new(header, &tree, transaction, metadata)
        .expect("it is in there")
        .with_validations(&validations)
        .with_list(&ledger.list)
}

fn benches(c: &mut Criterion) {
    let ledger = ledger();
    let trusted = TrustedValidators::from_lists(std::slice::from_ref(&ledger.list)).expect("35");
    c.bench_function("proof/ledger of 300, 35 signatures", |b| {
        b.iter(|| prove(black_box(&ledger), &trusted));
    });

    let size: usize = ledger.transactions.iter().map(|(t, m)| t.len() + m.len()).sum();
    let mut group = c.benchmark_group("proof/tree of 300");
    group.throughput(Throughput::Bytes(size as u64));
    group.bench_function("root", |b| {
        b.iter(|| {
            TransactionTree::new(black_box(&ledger.transactions).iter().map(|(t, m)| (t, m)))
        });
    });
    let tree = TransactionTree::new(ledger.transactions.clone()).expect("a ledger");
    let id = *tree.ids().nth(17).expect("300 of them");
    group.bench_function("path", |b| b.iter(|| tree.path(black_box(&id))));
    group.finish();

    // What cannot be left out, whoever does it.
    let hash = || {
        for (transaction, metadata) in black_box(&ledger.transactions) {
            // Once for its id, and once for its leaf.
            black_box(Sha512::digest(transaction));
            black_box(Sha512::new().chain_update(transaction).chain_update(metadata).finalize());
        }
    };
    let keys: Vec<_> = (0..35).map(|n| SecretKey::secp256k1(&n.to_string())).collect();
    let signed: Vec<_> = keys.iter().map(|key| (key.public_key(), key.sign(b"ledger"))).collect();
    let check = || {
        for (key, signature) in black_box(&signed) {
            key.verify(b"ledger", signature).expect("it is signed");
        }
    };
    c.bench_function("proof/limit, every byte hashed once", |b| b.iter(hash));
    c.bench_function("proof/limit, 35 signatures", |b| b.iter(check));
    if wanted() {
        let ours = time(|| prove(black_box(&ledger), &trusted));
        let limit = time(|| (hash(), check()));
        let path = "proof of one transaction in 300, 35 signatures";
        let (text, least) = (format!("{ours:.2?}"), format!("{limit:.2?}"));
        figure(path, &text, &least, "limit + 20 %", &ratio(ours, limit));
    }

    let network = Network::builder().history(60).traffic(20).build();
    let blobs: Vec<Vec<u8>> = (network.tip() - 50..=network.tip())
        .filter_map(|index| network.ledger(index))
        .flat_map(|ledger| ledger.transactions.clone())
        .flat_map(|tx| [tx.blob.clone(), tx.meta_blob.clone()])
        .collect();
    let mut group = c.benchmark_group("codec");
    group.throughput(Throughput::Bytes(blobs.iter().map(Vec::len).sum::<usize>() as u64));
    group.bench_function("decode to JSON", |b| {
        b.iter(|| {
            black_box(&blobs)
                .iter()
                .for_each(|blob| drop(black_box(xrpl_txdata::__fuzz::decode(blob))))
        });
    });
    group.finish();

    let json = document(&ledger).to_json();
    let publishers = [*ledger.list.publisher()];
    c.bench_function("proof/document, read", |b| b.iter(|| Proof::from_json(black_box(&json))));
    let proof = document(&ledger);
    c.bench_function("proof/document, verify with its list", |b| {
        b.iter(|| proof.verify_published(&publishers, NOW).expect("it holds"));
    });

    let manifest = Validator::new("0").manifest();
    c.bench_function("proof/manifest", |b| b.iter(|| Manifest::verify(black_box(&manifest))));
    let validation = &ledger.validations[0];
    c.bench_function("proof/validation", |b| b.iter(|| Validation::verify(black_box(validation))));
}

criterion_group!(proofs, benches);
criterion_main!(proofs);
