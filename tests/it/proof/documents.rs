//! Proof documents: written, read, verified, and refused for every reason.

use data_encoding::BASE64;
use serde_json::{Value, json};
use xrpl_txdata::{
    Hash256, LedgerHash, RippleTime,
    proof::{
        ArchiveError, HeaderError, ListError, MAX_CHAIN, MAX_DOCUMENT, Manifest, ManifestError,
        MemoryArchive, PathError, Proof, ProofArchive, ProofError, Proven, ProvenBy, Publisher,
        SignatureError, TransactionTree, TrustError, TrustedValidators, Validation,
        ValidationError,
    },
    testing::signing::Validator,
};

use super::{
    hex,
    world::{NOW, World, edited, signed},
};

/// What becomes of a document whose publisher is believed.
fn check(world: &World, json: &str) -> Result<Proven, ProofError> {
    Proof::from_json(json)?.verify_published(&[world.publisher.master_key()], NOW)
}

fn malformed(world: &World, json: &str) -> String {
    match check(world, json) {
        Err(ProofError::Malformed(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_proof_tells_what_it_proves() {
    let world = World::new(5);
    let proof = world.proof();
    let proven = proof.verify_published(&[world.publisher.master_key()], NOW).unwrap();
    assert_eq!(*proven.id(), world.id());
    assert_eq!(proven.transaction(), world.transactions[0].0);
    assert_eq!(proven.metadata(), world.transactions[0].1);
    assert_eq!(*proven.header(), world.headers[0]);
    let ProvenBy::Validators { signed, tally, sources } = proven.by() else { panic!() };
    assert_eq!(*signed, world.headers[0]);
    assert_eq!((tally.signers.len(), tally.validators, tally.quorum), (5, 5, 4));
    assert_eq!((sources[0].publisher, sources[0].sequence), (world.publisher.master_key(), 7));

    // On the word of validators that the caller has otherwise; they learn the newer key from it.
    let keys = world.validators.iter().map(Validator::master_key);
    let given = TrustedValidators::from_keys(keys).unwrap();
    for validators in [world.trusted(), given] {
        let again = proof.verify(&validators, NOW).unwrap();
        let ProvenBy::Validators { tally, sources, .. } = again.by() else { panic!() };
        assert_eq!(tally.signers.len(), 5);
        assert_eq!(sources, validators.sources());
    }
}

#[test]
fn a_document_reads_back() {
    let world = World::new(3);
    for proof in [world.proof(), world.proof_by_chain()] {
        let json = proof.to_json();
        assert_eq!(Proof::from_json(&json), Ok(proof.clone()));
        assert!(check(&world, &json).is_ok());
        let with_tree = proof.to_json_with_tree(&world.tree).unwrap();
        assert!(with_tree.contains("children") && !json.contains("children"));
        assert_eq!(Proof::from_json(&with_tree), Ok(proof));
    }
    // Nothing beyond the standard unless it is needed.
    let plain = world.proof().with_manifests(&[]).to_json();
    assert!(!plain.contains("xrpl_txdata"), "{plain}");
    assert!(world.proof_by_chain().to_json().contains("xrpl_txdata"));
}

#[test]
fn only_full_validations_of_the_signed_ledger_are_put_in_and_the_list_with_its_key() {
    let world = World::new(3);
    let (validator, header) = (&world.validators[0], world.headers[0]);
    let partial = validator.validation_with(header.ledger_index, &header.hash(), 0x8000_0000);
    let useless = [Validation::verify(&partial).unwrap(), signed(validator, &world.headers[1])];
    let proof = world.proof();
    assert_eq!(proof.clone().with_validations(&useless), proof);
    let list = proof.list().unwrap();
    assert_eq!(list.public_key, Some(world.publisher.master_key()));
}

#[test]
fn documents_of_other_programs_are_read() {
    let world = World::new(3);
    let proof = world.proof();
    let expected = Proof::from_json(&proof.to_json());
    let document: Value = serde_json::from_str(&proof.to_json()).unwrap();
    // Numbers as text, hexadecimal in lower case, more keys than the standard has.
    let mut other = document.clone();
    for (_, value) in other["ledger"].as_object_mut().unwrap() {
        *value = match &value {
            Value::String(text) => match text.parse::<u64>() {
                Ok(number) => number.into(),
                Err(_) => text.to_lowercase().into(),
            },
            number => number.to_string().into(),
        };
    }
    other["validation"]["unl"]["refresh_interval"] = 86_400.into();
    other["validation"]["unl"]["version"] = Value::Null;
    other["note"] = json!({ "by": "somebody" });
    assert_eq!(Proof::from_json(&other.to_string()), expected);

    // Validations under the master keys, lists that leave out their last branches.
    let mut other = document.clone();
    let data = other["validation"]["data"].as_object().unwrap().clone();
    let renamed = world.validators.iter().map(|validator| {
        let signing = validator.signing_key().public_key().to_base58();
        (validator.master_key().to_base58(), data[&signing].clone())
    });
    other["validation"]["data"] = Value::Object(renamed.collect());
    assert!(check(&world, &other.to_string()).is_ok());
    let rows = other["transaction"]["proof"].as_array_mut().unwrap();
    let nothing = Value::from("0".repeat(64));
    while rows.last() == Some(&nothing) {
        rows.pop();
    }
    assert!(check(&world, &other.to_string()).is_ok());
}

#[test]
fn what_a_document_claims_of_its_transaction_must_be_so() {
    let world = World::new(3);
    let proof = world.proof();
    // Other metadata, such as another delivered amount.
    let lie = edited(&proof, |document| document["transaction"]["meta"] = "F1".repeat(30).into());
    assert_eq!(check(&world, &lie), Err(ProofError::Path(PathError::OtherLeaf)));
    // Another transaction: it has another place in the tree.
    let lie = edited(&proof, |document| document["transaction"]["blob"] = "09".repeat(40).into());
    assert!(check(&world, &lie).is_err());
    // The header of another ledger.
    let root = Hash256::from_bytes([1; 32]);
    let lie = edited(&proof, |document| document["ledger"]["txroot"] = root.to_string().into());
    let computed = world.tree.root();
    assert_eq!(check(&world, &lie), Err(ProofError::OtherRoot { computed, header: root }));
    // A header that nobody signed.
    let lie = edited(&proof, |document| document["ledger"]["close"] = 911.into());
    assert!(matches!(check(&world, &lie), Err(ProofError::NoQuorum { ledger_index: 7, .. })));
}

#[test]
fn a_proof_begins_with_the_right_ledger() {
    let world = World::new(3);
    let (transaction, metadata) = &world.transactions[0];
    let less = TransactionTree::new(world.transactions[1..].to_vec()).unwrap();
    let new = |tree, metadata: &[u8]| Proof::new(world.headers[0], tree, transaction, metadata);
    assert_eq!(new(&less, metadata), Err(ProofError::NotInLedger(world.id())));
    let refused = Err(ProofError::Path(PathError::OtherLeaf));
    assert_eq!(new(&world.tree, b"other"), refused);
    let truncated = TransactionTree::new(world.transactions[..2].to_vec()).unwrap();
    let refused = new(&truncated, metadata);
    assert!(matches!(refused, Err(ProofError::OtherRoot { .. })));
    let refused = world.proof().to_json_with_tree(&truncated);
    assert!(matches!(refused, Err(ProofError::OtherRoot { .. })));
}

#[test]
fn a_chain_of_headers_must_hold() {
    let world = World::new(3);
    let proof = world.proof_by_chain();
    assert_eq!(*proof.signed_header(), world.headers[2]);
    let proven = check(&world, &proof.to_json()).unwrap();
    assert_eq!(*proven.header(), world.headers[0]);
    let ProvenBy::Validators { signed, .. } = proven.by() else { panic!() };
    assert_eq!(*signed, world.headers[2]);

    let with = |headers: Value| {
        let lie = edited(&proof, |document| document["xrpl_txdata"]["headers"] = headers);
        check(&world, &lie)
    };
    let text: Vec<_> = world.headers.iter().map(|header| hex(&header.to_bytes())).collect();
    assert!(with(json!([text[1], text[2]])).is_ok());
    let not_next = |before, ledger_index| {
        Err(ProofError::Header(HeaderError::NotNext { before, ledger_index }))
    };
    assert_eq!(with(json!([text[2]])), not_next(7, 9));
    assert_eq!(with(json!([text[2], text[1]])), not_next(7, 9));
    assert!(matches!(with(json!([])), Err(ProofError::NoQuorum { ledger_index: 7, .. })));
    let unsigned = with(json!([text[1], text[2], text[3]]));
    assert!(matches!(unsigned, Err(ProofError::NoQuorum { ledger_index: 10, .. })));
    assert_eq!(with(json!(["00"])), Err(ProofError::Header(HeaderError::Size(1))));
    assert_eq!(
        with(json!(vec![&text[1]; MAX_CHAIN + 1])),
        Err(ProofError::Header(HeaderError::ChainTooLong(MAX_CHAIN + 1)))
    );
    let mut forged = world.headers[1];
    forged.account_hash = Hash256::from_bytes([0; 32]);
    let refused = with(json!([hex(&forged.to_bytes()), text[2]]));
    assert!(matches!(refused, Err(ProofError::Header(HeaderError::OtherParent { .. }))));
    let refused = world.proof().with_later(vec![forged, world.headers[2]]);
    assert!(matches!(refused, Err(ProofError::Header(HeaderError::OtherParent { .. }))));
}

#[test]
fn the_list_must_be_of_a_pinned_publisher_and_in_force() {
    let world = World::new(3);
    let proof = world.proof();
    let stranger = world.stranger().master_key();
    let publisher = world.publisher.master_key();
    assert_eq!(
        proof.verify_published(&[stranger], NOW),
        Err(ProofError::OtherPublisher(publisher))
    );
    assert!(proof.verify_published(&[stranger, publisher], NOW).is_ok());
    assert_eq!(proof.verify_published(&[], NOW), Err(ProofError::OtherPublisher(publisher)));

    let expiration = RippleTime::from_seconds(1_500);
    let late = proof.verify_published(&[publisher], expiration);
    let reason = ListError::Expired { expiration, at: expiration };
    assert_eq!(late, Err(ProofError::List(reason.clone())));
    let late = proof.verify(&world.trusted(), expiration);
    assert_eq!(late, Err(ProofError::Trust(TrustError::List { publisher, reason })));
    // The proof was good in its day.
    assert!(proof.verify_published(&[publisher], proof.signed_at()).is_ok());
    assert_eq!(proof.signed_at(), world.headers[0].close_time);

    let none = edited(&proof, |document| {
        document["validation"].as_object_mut().unwrap().remove("unl");
    });
    assert_eq!(check(&world, &none), Err(ProofError::NoList));
    assert_eq!(Proof::from_json(&none).unwrap().list(), None);
    // Who has the validators already needs no list in the document.
    assert!(Proof::from_json(&none).unwrap().verify(&world.trusted(), NOW).is_ok());

    let empty = Publisher::new(publisher)
        .accept(&world.publisher.publish(&Validator::blob(8, 500, 1_500, &[])), NOW)
        .unwrap();
    let refused = proof.with_list(&empty).verify_published(&[publisher], NOW);
    assert_eq!(refused, Err(ProofError::Trust(TrustError::Empty)));
}

#[test]
fn a_list_that_does_not_hold_spoils_the_document() {
    let world = World::new(3);
    let with = |key: &'static str, value: Value| {
        edited(&world.proof(), |document| document["validation"]["unl"][key] = value)
    };
    let blob = Validator::blob(9, 500, 1_500, &world.validators);
    let other_blob = with("blob", BASE64.encode(blob.as_bytes()).into());
    let stranger = world.stranger();
    let other_manifest = with("manifest", BASE64.encode(&stranger.manifest()).into());
    let revoked = with("manifest", BASE64.encode(&world.publisher.revocation()).into());
    for (json, reason) in [
        (other_blob, ListError::Signature(SignatureError::OtherContent)),
        (other_manifest, ListError::OtherPublisher { found: world.publisher.master_key() }),
        (revoked, ListError::Revoked),
    ] {
        assert_eq!(check(&world, &json), Err(ProofError::List(reason.clone())));
        // Also for those who would not need it.
        let refused = Proof::from_json(&json).unwrap().verify(&world.trusted(), NOW);
        assert_eq!(refused, Err(ProofError::List(reason)));
    }
    let refused = check(&world, &with("version", 2.into()));
    assert_eq!(refused, Err(ProofError::List(ListError::UnknownVersion(2))));
    let refused = check(&world, &with("signature", "xy".into()));
    assert!(matches!(refused, Err(ProofError::List(ListError::Malformed(_)))));
}

#[test]
fn fewer_than_four_fifths_prove_nothing() {
    let world = World::new(5);
    let header = world.headers[0];
    let with = |validations: &[Validation]| {
        let (transaction, metadata) = &world.transactions[0];
        Proof::new(header, &world.tree, transaction, metadata)
            .unwrap()
            .with_list(&world.list)
            .with_manifests(&[world.newer_manifest()])
            .with_validations(validations)
            .verify(&world.trusted(), NOW)
    };
    let all: Vec<_> = world.validators.iter().map(|v| signed(v, &header)).collect();
    assert!(with(&all[..4]).is_ok());
    let Err(ProofError::NoQuorum { ledger_index: 7, tally }) = with(&all[..3]) else { panic!() };
    assert_eq!((tally.signers.len(), tally.quorum, tally.validators), (3, 4, 5));
    let error = with(&all[..3]).unwrap_err().to_string();
    assert_eq!(error, "3 of 5 validators signed ledger 7, 4 are needed");

    let refused = |fourth: Vec<u8>| {
        let fourth = Validation::verify(&fourth).unwrap();
        let result = with(&[&all[..3], &[fourth]].concat());
        assert!(matches!(result, Err(ProofError::NoQuorum { .. })), "{result:?}");
    };
    let (index, hash) = (header.ledger_index, header.hash());
    // A stranger, a validator out of step, one that signed something else, one that signed twice,
    // one that signed with a key it has replaced.
    refused(world.stranger().validation(index, &hash));
    refused(world.validators[3].validation_with(index, &hash, 0x8000_0000));
    refused(world.validators[3].validation(index, &LedgerHash::from_bytes([9; 32])));
    refused(world.validators[0].validation(index, &hash));
    refused(world.validators[4].validation_with(index, &hash, 0));
    refused(Validator::new("validator 4").validation(index, &hash));
    // One whose number is another ledger's, under the right hash.
    refused(world.validators[3].validation(index + 1, &hash));
}

#[test]
fn a_validator_that_signed_two_ledgers_counts_for_none() {
    let world = World::new(5);
    let proof = world.proof();
    // Under its master key and under its signing key: all five had signed, two of them twice.
    let other = LedgerHash::from_bytes([9; 32]);
    let lie = |who: &[usize]| {
        edited(&proof, |document| {
            for validator in who.iter().map(|n| &world.validators[*n]) {
                let name = validator.master_key().to_base58();
                document["validation"]["data"][name] = hex(&validator.validation(7, &other)).into();
            }
        })
    };
    let proven = check(&world, &lie(&[4])).unwrap();
    let ProvenBy::Validators { tally, .. } = proven.by() else { panic!() };
    assert_eq!(tally.equivocators, [world.validators[4].master_key()]);
    assert_eq!(tally.signers.len(), 4);
    let Err(ProofError::NoQuorum { tally, .. }) = check(&world, &lie(&[3, 4])) else { panic!() };
    assert_eq!((tally.signers.len(), tally.equivocators.len()), (3, 2));
}

#[test]
fn a_broken_validation_spoils_the_document() {
    let world = World::new(5);
    let proof = world.proof();
    let last = world.validators[4].signing_key().public_key();
    let stranger = world.stranger();
    let with = |name: String, validation: Vec<u8>| {
        let lie = edited(&proof, |document| {
            document["validation"]["data"][name] = hex(&validation).into()
        });
        check(&world, &lie)
    };
    let mut broken = world.validators[4].validation(7, &world.headers[0].hash());
    *broken.last_mut().unwrap() ^= 1;
    // Four others have signed, which would be enough.
    let refused = with(last.to_base58(), broken.clone());
    let reason = ValidationError::Signature(SignatureError::OtherContent);
    assert_eq!(refused, Err(ProofError::Validation { name: last, reason }));
    let refused = with(last.to_base58(), broken[..100].to_vec());
    assert!(matches!(refused, Err(ProofError::Validation { .. })));
    // Nor may a stranger's be broken.
    let refused = with(stranger.master_key().to_base58(), broken);
    assert!(matches!(refused, Err(ProofError::Validation { .. })));

    // Nor may it stand under somebody else's name.
    let (a, b) = (&world.validators[0], &world.validators[4]);
    let validation = a.validation(7, &world.headers[0].hash());
    let (name, key) = (b.signing_key().public_key(), a.signing_key().public_key());
    let refused = with(name.to_base58(), validation.clone());
    assert_eq!(refused, Err(ProofError::Misnamed { name, key }));
    let name = b.master_key();
    let refused = with(name.to_base58(), validation);
    assert_eq!(refused, Err(ProofError::Misnamed { name, key }));
    let sound = stranger.validation(7, &world.headers[0].hash());
    assert!(with(stranger.master_key().to_base58(), sound).is_ok());
}

#[test]
fn a_broken_manifest_spoils_the_document() {
    let world = World::new(5);
    let with = |manifests: &[Vec<u8>]| {
        let texts: Vec<_> = manifests.iter().map(|bytes| hex(bytes)).collect();
        let lie = edited(&world.proof(), |document| {
            document["xrpl_txdata"]["manifests"] = texts.into();
        });
        check(&world, &lie)
    };
    let good = world.validators[4].manifest();
    let mut broken = good.clone();
    *broken.last_mut().unwrap() ^= 1;
    assert!(with(&[good.clone(), world.stranger().manifest()]).is_ok(), "others' are passed over");
    let reason = ManifestError::MasterSignature(SignatureError::OtherContent);
    assert_eq!(with(&[good.clone(), broken.clone()]), Err(ProofError::Manifest(reason)));
    // A revocation takes the vote: four are left, then three.
    let revoked = |n: usize| world.validators[n].revocation();
    assert!(with(&[good.clone(), revoked(3)]).is_ok());
    let refused = with(&[good, revoked(3), revoked(2)]);
    assert!(matches!(refused, Err(ProofError::NoQuorum { .. })));
    let many = vec![vec![0]; 1_001];
    assert_eq!(with(&many), Err(ProofError::Malformed("more than 1000 manifests".to_owned())));
}

#[test]
fn an_archive_proves_what_signatures_no_longer_can() {
    let world = World::new(3);
    let archive = MemoryArchive::default();
    let last = world.headers[3];
    let proof = world.proof().with_later(world.headers[1..].to_vec()).unwrap();
    assert_eq!(proof.verify_archived(&archive), Err(ProofError::NoCheckpoint { ledger_index: 10 }));
    archive.keep(10, last.hash()).unwrap();
    let proven = proof.verify_archived(&archive).unwrap();
    assert_eq!(*proven.by(), ProvenBy::Checkpoint { ledger_index: 10, hash: last.hash() });
    assert_eq!(*proven.header(), world.headers[0]);

    let other = MemoryArchive::default();
    let kept = LedgerHash::from_bytes([9; 32]);
    other.keep(10, kept).unwrap();
    assert_eq!(
        proof.verify_archived(&other),
        Err(ProofError::OtherCheckpoint { ledger_index: 10, kept, hash: last.hash() })
    );
    let broken = ArchiveError::File("gone".to_owned());
    assert_eq!(proof.verify_archived(&Broken), Err(ProofError::Archive(broken)));
    // The transaction is checked all the same.
    let lie = edited(&proof, |document| document["transaction"]["meta"] = "F1".repeat(30).into());
    let refused = Proof::from_json(&lie).unwrap().verify_archived(&archive);
    assert_eq!(refused, Err(ProofError::Path(PathError::OtherLeaf)));
}

#[derive(Debug)]
struct Broken;

impl ProofArchive for Broken {
    fn at_or_after(&self, _: u32) -> Result<Option<(u32, LedgerHash)>, ArchiveError> {
        Err(ArchiveError::File("gone".to_owned()))
    }

    fn keep(&self, _: u32, _: LedgerHash) -> Result<(), ArchiveError> {
        Err(ArchiveError::File("gone".to_owned()))
    }
}

#[test]
fn a_document_of_the_wrong_shape_is_named() {
    let world = World::new(3);
    let proof = world.proof();
    for (json, part) in [
        ("", "EOF"),
        ("{}", "missing field `ledger`"),
        ("null", "invalid type: null"),
        (&"[".repeat(1_000), "expected"),
        (&format!("{} x", proof.to_json()), "trailing characters"),
        (&edited(&proof, |d| d["ledger"]["index"] = (-1).into()), "whole number"),
        (&edited(&proof, |d| d["ledger"]["index"] = 4_294_967_296u64.into()), "whole number"),
        (&edited(&proof, |d| d["ledger"]["index"] = "07".into()), "whole number"),
        (&edited(&proof, |d| d["ledger"]["index"] = "+7".into()), "whole number"),
        (&edited(&proof, |d| d["ledger"]["cres"] = 256.into()), "whole number"),
        (&edited(&proof, |d| d["ledger"]["coins"] = 1.5.into()), "whole number"),
        (&edited(&proof, |d| d["ledger"]["phash"] = "00".into()), "64 hexadecimal"),
        (&edited(&proof, |d| d["transaction"]["blob"] = "0".into()), "not hexadecimal"),
        (&edited(&proof, |d| d["transaction"]["meta"] = 7.into()), "expected a string"),
        (&edited(&proof, |d| d["validation"]["data"] = json!([])), "an object of validations"),
        (&edited(&proof, |d| d["validation"]["data"]["n0"] = "".into()), "base58"),
        (&edited(&proof, |d| d["validation"]["unl"]["public_key"] = "ED".into()), "66 hex"),
        (&edited(&proof, |d| d["xrpl_txdata"] = json!({ "headers": ["x"] })), "not hexadecimal"),
    ] {
        let reason = malformed(&world, json);
        assert!(reason.contains(part), "{reason}");
    }
    let large = " ".repeat(MAX_DOCUMENT + 1);
    assert_eq!(check(&world, &large), Err(ProofError::TooLarge(MAX_DOCUMENT + 1)));
}

#[test]
fn the_same_key_twice_is_refused() {
    let world = World::new(3);
    let json = world.proof().to_json();
    let name = world.validators[0].signing_key().public_key();
    for (key, twice) in [
        (r#""ledger":{"#, r#""ledger":{},"ledger":{"#.to_owned()),
        (r#""index":7"#, r#""index":7,"index":7"#.to_owned()),
        (
            r#""data":{"#,
            // The same key in its other spelling.
            format!(r#""data":{{"{}":"00","{name}":"00","#, name.to_base58()),
        ),
    ] {
        assert!(json.contains(key));
        let reason = malformed(&world, &json.replacen(key, &twice, 1));
        assert!(
            ["duplicate", "missing", "two validations"].iter().any(|part| reason.contains(part)),
            "{reason}"
        );
    }
}

#[test]
fn there_are_limits_to_how_much_is_read() {
    let world = World::new(3);
    let many = edited(&world.proof(), |document| {
        for n in 0..1_001u32 {
            let mut key = [2; 33];
            key[1..5].copy_from_slice(&n.to_be_bytes());
            let key = xrpl_txdata::proof::PublicKey::from_bytes(key).unwrap();
            document["validation"]["data"][key.to_base58()] = "00".into();
        }
    });
    assert_eq!(check(&world, &many), Err(ProofError::TooManyValidations));
    // A proof that is made here has no more than can be read.
    let manifests: Vec<_> = (0..2)
        .map(|n| Manifest::verify(&Validator::new(&n.to_string()).manifest()).unwrap())
        .collect();
    let proof = world.proof().with_manifests(manifests.iter().cycle().take(2_000));
    assert!(Proof::from_json(&proof.to_json()).is_ok());
}
