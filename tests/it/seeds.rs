//! The inputs from which the fuzzers start reach what they are called after. Those of the machines are
//! played beside these, in `src/machine`.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Value, json};
use xrpl_txdata::{
    __fuzz::{decode, encode, verdict},
    AccountId, Amount, Asset, BalanceChanges, Currency, ExpectedPayment, LockedIn, TokenValue,
    TxRecord, XAddress,
    proof::{
        HEADER_SIZE, LedgerHeader, Manifest, MemoryArchive, Proof, ProofArchive, SignedList,
        Validation,
    },
    xaman::{Payload, SignEvent, Webhook},
};

/// What a target makes of its seeds.
type Reads = fn(&str, &[u8]) -> bool;

/// The targets, and whether a seed is what its name says.
const TARGETS: [(&str, Reads); 13] = [
    ("account", account),
    ("amount", amount),
    ("codec_decode", |_, bytes| decode(bytes).is_some()),
    ("codec_encode", |_, bytes| encode(json(bytes).as_object().unwrap()).is_some()),
    ("currency", currency),
    ("header", header),
    ("manifest", manifest),
    ("metadata", metadata),
    ("proof_document", proof_document),
    ("validation", |_, bytes| Validation::verify(bytes).is_ok()),
    ("validator_list", |_, bytes| SignedList::read_all(text(bytes)).is_ok_and(|l| !l.is_empty())),
    ("verify", verify),
    ("xaman", xaman),
];

/// Their seeds are stories.
const MACHINES: [&str; 3] = ["follow", "race", "watch"];

fn fuzz() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn names(folder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(fuzz().join(folder)).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_target_has_seeds_and_every_seed_a_target() {
    let targets = names("fuzz_targets");
    let targets: BTreeSet<&str> = targets.iter().map(|name| name.trim_end_matches(".rs")).collect();
    let known = TARGETS.iter().map(|(name, _)| *name).chain(MACHINES).collect();
    assert_eq!(targets, known, "a target is missing here");
    let seeded = names("seeds");
    assert_eq!(seeded.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_seed_is_what_it_is_called() {
    for (target, reads) in TARGETS {
        for name in names(&format!("seeds/{target}")) {
            let bytes = fs::read(fuzz().join("seeds").join(target).join(&name)).unwrap();
            assert!(bytes.len() < 8 << 10, "{target}/{name} is too large to be understood");
            assert!(reads(&name, &bytes), "{target}/{name} is something else");
        }
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn account(name: &str, bytes: &[u8]) -> bool {
    if !name.starts_with("x_address") {
        return text(bytes).parse::<AccountId>().is_ok();
    }
    let address: XAddress = text(bytes).parse().unwrap();
    match name {
        "x_address_with_a_tag" => address.tag.is_some() && !address.test_network,
        "x_address_without_a_tag" => address.tag.is_none() && !address.test_network,
        _ => address.test_network,
    }
}

fn amount(name: &str, bytes: &[u8]) -> bool {
    if let Some(sum) = name.strip_prefix("a_sum_") {
        let (one, other) = text(bytes).split_once(' ').unwrap();
        let value = |text: &str| text.parse::<TokenValue>().unwrap();
        let told = value(one).checked_add(value(other)).unwrap();
        return match sum {
            "of_nothing" => told == TokenValue::ZERO,
            "that_is_exact" => told.is_exact(),
            _ => !told.is_exact(),
        };
    }
    let read = match name.ends_with("_as_json") {
        true => Amount::from_json(&json(bytes)).unwrap(),
        false => text(bytes).parse().unwrap(),
    };
    match read {
        Amount::Xrp(_) => name.contains("xrp") || name.contains("drops"),
        Amount::Token { .. } => name.contains("token"),
        Amount::Mpt { .. } => name.contains("mpt"),
    }
}

fn currency(name: &str, bytes: &[u8]) -> bool {
    match name {
        _ if name.ends_with("_as_bytes") => {
            bytes.try_into().ok().and_then(Currency::from_bytes).is_some()
        }
        "xrp" | "mpt" | "token" | "name_with_a_colon" => text(bytes).parse::<Asset>().is_ok(),
        "name" => Currency::from_name(text(bytes)).is_ok(),
        _ => text(bytes).parse::<Currency>().is_ok(),
    }
}

fn header(name: &str, bytes: &[u8]) -> bool {
    let read = |bytes| LedgerHeader::from_bytes(bytes).unwrap();
    let headers: Vec<LedgerHeader> = bytes.chunks(HEADER_SIZE).map(read).collect();
    let follow = || headers[0].follow(&headers[1..]);
    match name {
        "one_that_follows" => headers.len() == 2 && follow().is_ok(),
        "two_that_do_not_follow" => headers.len() == 2 && follow().is_err(),
        _ => name == format!("ledger_{}", headers[0].ledger_index) && headers.len() == 1,
    }
}

fn manifest(name: &str, bytes: &[u8]) -> bool {
    Manifest::verify(bytes).unwrap().is_revocation() == (name == "revocation")
}

fn metadata(name: &str, bytes: &[u8]) -> bool {
    if name == "a_whole_message" {
        let records = TxRecord::read_all(text(bytes)).unwrap();
        return records.into_iter().flatten().next().unwrap().bind_to_claim().is_ok();
    }
    let metadata = json!({ "AffectedNodes": json(bytes), "TransactionResult": "tesSUCCESS" });
    let changes = BalanceChanges::from_metadata(&metadata).unwrap();
    match name {
        "an_escrow_is_made" => changes.locked().iter().any(|one| one.place == LockedIn::Escrow),
        _ => changes.iter().len() > 0,
    }
}

fn proof_document(_: &str, bytes: &[u8]) -> bool {
    let proof = Proof::from_json(text(bytes)).unwrap();
    let archive = MemoryArchive::default();
    let signed = proof.signed_header();
    archive.keep(signed.ledger_index, signed.hash()).unwrap();
    proof.verify_archived(&archive).is_ok()
}

fn verify(name: &str, bytes: &[u8]) -> bool {
    let (order, message) = text(bytes).split_once('\n').unwrap();
    let expected: ExpectedPayment = serde_json::from_str(order).unwrap();
    let verdict = verdict(message, expected.network_id(), &expected).expect("it can be judged");
    verdict.is_paid() != matches!(name, "partial" | "batch")
}

fn xaman(name: &str, bytes: &[u8]) -> bool {
    let text = text(bytes);
    match name {
        "payload" => Payload::from_json(text).is_ok(),
        "webhook" => Webhook::from_json_unverified(text).is_ok(),
        _ => SignEvent::from_json(text).is_ok(),
    }
}
