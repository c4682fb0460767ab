//! Recorded ledgers, lists and signatures of real networks.
//!
//! Reads any folder of the corpus' layout: `XRPL_TXDATA_CORPUS`, else `../shared/corpus` beside the
//! crate; `ledgers/` and `unl/` in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use xrpl_txdata::{
    RippleTime,
    proof::{
        LedgerHeader, ListError, Manifest, ManifestError, Proof, ProofError, ProvenBy, Publisher,
        SignedList, TransactionTree, TrustedValidators, Validation,
    },
};

use super::bytes;

/// A folder of the corpus; none, said aloud, where there is no corpus.
fn corpus(folder: &str) -> Option<PathBuf> {
    let named = std::env::var_os("XRPL_TXDATA_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let found = named.unwrap_or(beside).join(folder);
    if !found.is_dir() {
        println!("skipped: no {folder} in a corpus; set XRPL_TXDATA_CORPUS to its folder");
        return None;
    }
    Some(found)
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

/// The header of a recorded ledger.
fn header(value: &Value) -> LedgerHeader {
    let number = |key: &str| -> u32 { value[key].as_u64().unwrap().try_into().unwrap() };
    LedgerHeader {
        ledger_index: number("ledger_index"),
        total_drops: text(value, "total_coins").parse().unwrap(),
        parent_hash: text(value, "parent_hash").parse().unwrap(),
        transaction_hash: text(value, "transaction_hash").parse().unwrap(),
        account_hash: text(value, "account_hash").parse().unwrap(),
        parent_close_time: RippleTime::from_seconds(number("parent_close_time")),
        close_time: RippleTime::from_seconds(number("close_time")),
        close_time_resolution: number("close_time_resolution").try_into().unwrap(),
        close_flags: number("close_flags").try_into().unwrap(),
    }
}

#[test]
fn recorded_ledgers_have_the_roots_and_hashes_they_say() {
    let Some(folder) = corpus("ledgers") else { return };
    let (mut ledgers, mut paths, mut headers) = (0, 0, Vec::new());
    for entry in read(&folder.join("index.json")).as_array().unwrap() {
        let file = read(&folder.join(text(entry, "file")));
        let transactions: Vec<_> = file["transactions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|transaction| {
                (bytes(text(transaction, "tx_blob")), bytes(text(transaction, "meta_blob")))
            })
            .collect();
        let tree = TransactionTree::new(transactions.clone()).unwrap();
        let expected = match file["header"].is_null() {
            true => text(&file, "transaction_hash").parse().unwrap(),
            false => {
                let header = header(&file["header"]);
                assert_eq!(header.hash().to_string(), text(&file["header"], "ledger_hash"));
                assert_eq!(LedgerHeader::from_bytes(&header.to_bytes()), Ok(header));
                headers.push(header);
                header.transaction_hash
            }
        };
        assert_eq!(tree.root(), expected, "{entry}");
        for (transaction, recorded) in
            file["transactions"].as_array().unwrap().iter().zip(&transactions)
        {
            let id = text(transaction, "hash").parse().unwrap();
            let path = tree.path(&id).unwrap();
            assert_eq!(path.root(&id, &recorded.0, &recorded.1), Ok(expected));
            paths += 1;
        }
        ledgers += 1;
    }
    println!("{ledgers} ledgers and {paths} paths to their roots, {} headers", headers.len());

    // Ledgers 11119607 to 11119627 were recorded one after the other.
    headers.sort_by_key(|header| header.ledger_index);
    let start = headers.iter().position(|header| header.ledger_index == 11_119_607);
    if let Some(chain) = start.and_then(|start| headers.get(start..start + 21)) {
        assert_eq!(chain[0].follow(&chain[1..]), Ok(&chain[20]));
        let mut gap = chain.to_vec();
        gap.remove(10);
        assert!(gap[0].follow(&gap[1..]).is_err());
        println!("a chain of {} headers", chain.len());
    }
}

#[test]
fn recorded_headers_have_the_hashes_they_say() {
    let Some(folder) = corpus("ledgers") else { return };
    let list = read(&folder.join("headers.json"));
    for entry in list.as_array().unwrap() {
        let hash = header(&entry["header"]).hash();
        assert_eq!(hash.to_string(), text(entry, "ledger_hash"), "{entry}");
    }
    println!("{} headers", list.as_array().unwrap().len());
}

#[test]
fn recorded_manifests_and_validations_hold_where_others_found_so() {
    let Some(folder) = corpus("unl") else { return };
    let (mut good, mut bad) = (0, 0);
    for entry in read(&folder.join("manifests.json")).as_array().unwrap() {
        let hex = text(entry, "manifest_hex");
        // One was made to be refused: its signatures hold, and its two keys are one.
        let same_key = entry["master_key"] == entry["signing_key"];
        let expected =
            entry["signature_ok"] == true && entry["master_signature_ok"] == true && !same_key;
        match Manifest::verify(&bytes(hex)) {
            Ok(manifest) => {
                assert!(expected, "{entry}");
                assert_eq!(manifest.master_key().to_string(), text(entry, "master_key"));
                assert_eq!(manifest.master_key().to_base58(), text(entry, "master_key_base58"));
                let key = manifest.signing_key().unwrap();
                assert_eq!(key.to_string(), text(entry, "signing_key"));
                assert_eq!(u64::from(manifest.sequence()), entry["sequence"].as_u64().unwrap());
                good += 1;
            }
            Err(error) => {
                assert!(!expected, "{error}: {entry}");
                assert_eq!(error == ManifestError::SameKey, same_key);
                bad += 1;
            }
        }
    }
    println!("{good} manifests hold, {bad} do not");

    let validations = read(&folder.join("validations.json"));
    for entry in validations.as_array().unwrap() {
        let validation = Validation::verify(&bytes(text(entry, "data"))).unwrap();
        assert!(entry["signature_ok"] == true);
        assert_eq!(validation.ledger_hash().to_string(), text(entry, "ledger_hash"));
        assert_eq!(u64::from(validation.ledger_index()), entry["ledger_index"].as_u64().unwrap());
        assert_eq!(validation.signing_key().to_string(), text(entry, "signing_key"));
        assert_eq!(
            u64::from(validation.signing_time().seconds()),
            entry["signing_time"].as_u64().unwrap()
        );
        assert_eq!(validation.is_full(), entry["full"] == true);
    }
    println!("{} validations hold", validations.as_array().unwrap().len());
}

#[test]
fn recorded_lists_hold_where_others_found_so() {
    let Some(folder) = corpus("unl") else { return };
    for entry in read(&folder.join("index.json"))["publisher_lists"].as_array().unwrap() {
        let json = fs::read_to_string(folder.join(text(entry, "file"))).unwrap();
        let publisher = text(entry, "master_key").parse().unwrap();
        let lists = SignedList::read_all(&json).unwrap();
        for (list, expected) in lists.iter().zip(entry["blobs"].as_array().unwrap()) {
            let verified = list.verify(&publisher);
            // The key that the document names may be another one than the manifest's.
            let named_right = entry["manifest_key_matches"] != false;
            let expected_good = expected["signature_ok"] == true && named_right;
            match verified {
                Ok(list) => {
                    assert!(expected_good, "{entry}");
                    assert_eq!(u64::from(list.sequence()), expected["sequence"].as_u64().unwrap());
                    assert_eq!(
                        list.malformed() as u64,
                        expected["bad_manifests"].as_u64().unwrap()
                    );
                    // One list names its validators in base58, which rippled does not read.
                    let mute = list.validators().iter().filter(|v| v.manifest.is_none()).count();
                    let entries = list.validators().len() + list.malformed() - mute;
                    assert_eq!(entries as u64, expected["validators"].as_u64().unwrap());
                    // On the eve of its end it can be taken for the publisher's current list.
                    let eve = RippleTime::from_seconds(list.expiration().seconds() - 1);
                    let current = Publisher::new(publisher).accept(&json, eve).unwrap();
                    assert_eq!(current.sequence(), list.sequence());
                }
                Err(ListError::OtherPublisher { .. }) => assert!(!named_right, "{entry}"),
                Err(ListError::Signature(_)) => assert!(!expected_good, "{entry}"),
                Err(error) => panic!("{error}: {entry}"),
            }
        }
        println!("{} of {publisher}", text(entry, "file"));
    }
}

#[test]
fn recorded_proofs_hold_in_their_day_and_are_written_as_they_were_read() {
    let Some(folder) = corpus("unl") else { return };
    let index = read(&folder.join("index.json"));
    for entry in index["xpops"].as_array().unwrap() {
        let json = fs::read_to_string(folder.join(text(entry, "file"))).unwrap();
        let proof = Proof::from_json(&json).unwrap();
        let publisher = text(&entry["unl"], "master_key").parse().unwrap();
        assert_eq!(proof.id().to_string(), text(entry, "tx_hash"));

        let proven = proof.verify_published(&[publisher], proof.signed_at()).unwrap();
        assert_eq!(proven.header().hash().to_string(), text(entry, "ledger_hash"));
        let ProvenBy::Validators { tally, sources, .. } = proven.by() else { panic!() };
        let quorum = &entry["quorum"];
        assert_eq!(tally.signers.len() as u64, quorum["signed_by_unl"].as_u64().unwrap());
        assert_eq!(tally.validators as u64, quorum["unl_size"].as_u64().unwrap());
        assert_eq!(tally.quorum as u64, quorum["needed_80pct"].as_u64().unwrap());
        println!("{}: {} of {}", proof.id(), tally.signers.len(), tally.validators);

        // Its list has expired since.
        let today = RippleTime::from_seconds(848_000_000);
        let refused = proof.verify_published(&[publisher], today);
        assert!(matches!(refused, Err(ProofError::List(ListError::Expired { .. }))));
        // Whoever knows the validators from elsewhere needs no publisher.
        let list = proof.list().unwrap().verify(&publisher).unwrap();
        let keys = list.validators().iter().map(|listed| listed.master_key);
        let given = TrustedValidators::from_keys(keys).unwrap();
        assert!(proof.verify(&given, today).is_ok());
        assert_eq!(sources[0].sequence, list.sequence());

        // What is written is read as the same, and says all that was there.
        let written = proof.to_json();
        assert_eq!(Proof::from_json(&written), Ok(proof.clone()));
        let (written, was): (Value, Value) =
            (serde_json::from_str(&written).unwrap(), serde_json::from_str(&json).unwrap());
        assert_eq!(written["ledger"], was["ledger"]);
        assert_eq!(written["validation"], was["validation"]);
        if was["transaction"]["proof"].is_array() {
            assert_eq!(written["transaction"], was["transaction"]);
        }
        flips_are_refused(&json, &proof, &publisher);
    }
}

/// Some bits here and there: what is left either says the same or proves nothing.
fn flips_are_refused(json: &str, proof: &Proof, publisher: &xrpl_txdata::proof::PublicKey) {
    let bits = json.len() * 8;
    for bit in (0..bits).step_by(bits / 200 + 1) {
        let mut text = json.as_bytes().to_vec();
        text[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(text) else { continue };
        if let Ok(read) = Proof::from_json(&text) {
            let refused = read.verify_published(&[*publisher], proof.signed_at()).is_err();
            assert!(read == *proof || refused, "bit {bit}");
        }
    }
}
