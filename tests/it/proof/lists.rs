//! Validator lists and their publishers: what breaks them.

use data_encoding::BASE64;
use serde_json::{Value, json};

use xrpl_txdata::{
    RippleTime,
    proof::{
        ListError, MAX_LIST_DOCUMENT, ManifestError, Publisher, SignatureError, SignedList,
        TrustedValidators, ValidatorList,
    },
    testing::signing::{SecretKey, Validator},
};

use super::hex;

const NOW: RippleTime = RippleTime::from_seconds(1_000);

fn publisher() -> Validator {
    Validator::new("publisher")
}

fn three() -> Vec<Validator> {
    ["a", "b", "c"].map(Validator::new).to_vec()
}

/// A list that holds now.
fn blob(sequence: u32) -> String {
    Validator::blob(sequence, 500, 1_500, &three())
}

fn accept(json: &str) -> Result<ValidatorList, ListError> {
    Publisher::new(publisher().master_key()).accept(json, NOW)
}

/// The document of version 2 with these blobs, each with its own manifest or not.
fn version_2(by: &Validator, blobs: &[(&str, Option<&Validator>)]) -> String {
    let blobs: Vec<Value> = blobs
        .iter()
        .map(|(blob, manifest)| {
            let signer = manifest.unwrap_or(by).signing_key();
            let mut entry = json!({
                "blob": BASE64.encode(blob.as_bytes()),
                "signature": hex(&signer.sign(blob.as_bytes())),
            });
            if let Some(own) = manifest {
                entry["manifest"] = BASE64.encode(&own.manifest()).into();
            }
            entry
        })
        .collect();
    json!({
        "public_key": by.master_key(),
        "manifest": BASE64.encode(&by.manifest()),
        "blobs_v2": blobs,
        "version": 2,
    })
    .to_string()
}

/// The same document with one part changed.
fn with(document: &str, key: &str, value: Value) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap();
    document[key] = value;
    document.to_string()
}

fn without(document: &str, key: &str) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap();
    document.as_object_mut().unwrap().remove(key);
    document.to_string()
}

fn malformed(json: &str) -> String {
    match accept(json) {
        Err(ListError::Malformed(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_names_its_validators() {
    let document = publisher().publish(&blob(7));
    let list = accept(&document).unwrap();
    assert_eq!(*list.publisher(), publisher().master_key());
    assert_eq!((list.sequence(), list.malformed()), (7, 0));
    assert_eq!((list.effective().seconds(), list.expiration().seconds()), (500, 1_500));
    let keys: Vec<_> = list.validators().iter().map(|listed| listed.master_key).collect();
    assert_eq!(keys, three().iter().map(Validator::master_key).collect::<Vec<_>>());
    let again = list.signed().verify(list.publisher()).unwrap();
    assert_eq!(again, list);

    // What needs not be there.
    for key in ["public_key", "version"] {
        assert_eq!(accept(&without(&document, key)).unwrap().sequence(), 7);
    }
    let manifest = hex(&publisher().manifest());
    assert_eq!(accept(&with(&document, "manifest", manifest.into())).unwrap().sequence(), 7);
    let early = json!({ "sequence": 8, "expiration": 1_500, "validators": [] }).to_string();
    assert_eq!(accept(&publisher().publish(&early)).unwrap().effective().seconds(), 0);
}

#[test]
fn a_list_of_another_publisher_is_refused() {
    let stranger = Validator::new("stranger");
    let found = stranger.master_key();
    let refused = Err(ListError::OtherPublisher { found });
    assert_eq!(accept(&stranger.publish(&blob(7))), refused);
    // Who the document says that it is of, and who signed it, are the same one.
    let document = publisher().publish(&blob(7));
    assert_eq!(accept(&with(&document, "public_key", found.to_string().into())), refused);
    let posing = with(
        &stranger.publish(&blob(7)),
        "public_key",
        publisher().master_key().to_string().into(),
    );
    let refused = Err(ListError::OtherPublisher { found: publisher().master_key() });
    assert_eq!(accept(&posing), refused);
}

#[test]
fn a_list_that_its_publisher_did_not_sign_is_refused() {
    let document = publisher().publish(&blob(7));
    let other = with(&document, "blob", BASE64.encode(blob(8).as_bytes()).into());
    let refused = Err(ListError::Signature(SignatureError::OtherContent));
    assert_eq!(accept(&other), refused);
    // By the master key, which signs nothing but manifests.
    let master = SecretKey::ed25519("publisher");
    let signature = hex(&master.sign(blob(7).as_bytes()));
    let refused = Err(ListError::Signature(SignatureError::Malformed));
    assert_eq!(accept(&with(&document, "signature", signature.into())), refused);

    let mut manifest = publisher().manifest();
    *manifest.last_mut().unwrap() ^= 1;
    let refused = accept(&with(&document, "manifest", BASE64.encode(&manifest).into()));
    assert!(matches!(refused, Err(ListError::Manifest(ManifestError::MasterSignature(_)))));
}

#[test]
fn a_list_holds_from_its_first_second_to_before_its_last() {
    let list = accept(&publisher().publish(&blob(7))).unwrap();
    let at = |seconds| {
        let mut publisher = Publisher::new(publisher().master_key());
        let at = RippleTime::from_seconds(seconds);
        let found = publisher.accept(&self::publisher().publish(&blob(7)), at).map(|_| ());
        assert_eq!(found, list.in_force(at));
        found
    };
    let [effective, expiration] = [500, 1_500].map(RippleTime::from_seconds);
    assert_eq!(at(499), Err(ListError::NotYet { effective, at: RippleTime::from_seconds(499) }));
    assert_eq!(at(500), Ok(()));
    assert_eq!(at(1_499), Ok(()));
    assert_eq!(
        at(1_500),
        Err(ListError::Expired { expiration, at: RippleTime::from_seconds(1_500) })
    );
    for expiration in [499, 500] {
        let never = Validator::blob(7, 500, expiration, &three());
        let refused = Err(ListError::Never { effective: 500, expiration });
        assert_eq!(accept(&publisher().publish(&never)), refused);
    }
}

#[test]
fn an_older_list_does_not_come_back() {
    let mut memory = Publisher::new(publisher().master_key());
    assert!(memory.accept(&publisher().publish(&blob(7)), NOW).is_ok());
    assert!(memory.accept(&publisher().publish(&blob(7)), NOW).is_ok(), "the same one may");
    let refused = Err(ListError::RolledBack { known: 7, found: 6 });
    assert_eq!(memory.accept(&publisher().publish(&blob(6)), NOW), refused);

    // Not in another run either.
    let kept = serde_json::to_string(&memory).unwrap();
    let mut memory: Publisher = serde_json::from_str(&kept).unwrap();
    assert_eq!(memory.sequence(), Some(7));
    assert_eq!(memory.accept(&publisher().publish(&blob(6)), NOW), refused);
    // Somebody else's lists have their own numbers.
    let foreign = Validator::new("stranger").publish(&blob(9));
    assert!(memory.accept(&foreign, NOW).is_err());
    assert_eq!(memory.sequence(), Some(7));

    // Nor when the newer one has expired meanwhile, or was expired when it was seen first.
    let expired = Validator::blob(8, 500, 900, &three());
    let refused = memory.accept(&publisher().publish(&expired), NOW);
    assert!(matches!(refused, Err(ListError::Expired { .. })));
    let refused = Err(ListError::RolledBack { known: 8, found: 7 });
    assert_eq!(memory.accept(&publisher().publish(&blob(7)), NOW), refused);
}

#[test]
fn of_several_lists_the_newest_that_began_holds() {
    let (old, newer) = (blob(7), blob(8));
    let future = Validator::blob(9, 1_200, 2_000, &three());
    let document = version_2(&publisher(), &[(&newer, None), (&future, None), (&old, None)]);
    assert_eq!(accept(&document).unwrap().sequence(), 8);

    let mut later = Publisher::new(publisher().master_key());
    let list = later.accept(&document, RippleTime::from_seconds(1_200)).unwrap();
    assert_eq!(list.sequence(), 9);

    // When the newest that began has expired, those before it have too.
    let expired = Validator::blob(10, 500, 900, &three());
    let refused = accept(&version_2(&publisher(), &[(&old, None), (&expired, None)]));
    assert!(matches!(refused, Err(ListError::Expired { .. })));

    let waiting = accept(&version_2(&publisher(), &[(&future, None)]));
    assert!(matches!(waiting, Err(ListError::NotYet { .. })));
    assert_eq!(accept(&version_2(&publisher(), &[])), Err(ListError::NoList));

    // A bad one does not spoil a good one.
    let mut document: Value =
        serde_json::from_str(&version_2(&publisher(), &[(&old, None), (&newer, None)])).unwrap();
    document["blobs_v2"][1]["signature"] = document["blobs_v2"][0]["signature"].clone();
    assert_eq!(accept(&document.to_string()).unwrap().sequence(), 7);
}

#[test]
fn a_key_that_was_replaced_signs_no_lists() {
    let (first, second) = (publisher(), publisher().rotated());
    let mut memory = Publisher::new(first.master_key());
    assert!(memory.accept(&first.publish(&blob(7)), NOW).is_ok());
    assert!(memory.accept(&second.publish(&blob(8)), NOW).is_ok());
    let refused = Err(ListError::RetiredKey { known: 2, found: 1 });
    assert_eq!(memory.accept(&first.publish(&blob(9)), NOW), refused);
    let kept = serde_json::to_string(&memory).unwrap();
    let mut memory: Publisher = serde_json::from_str(&kept).unwrap();
    assert_eq!(memory.accept(&first.publish(&blob(9)), NOW), refused);

    // Who shows the newer manifest in the same document retires the key at once.
    let (seven, eight) = (blob(7), blob(8));
    let both = version_2(&second, &[(&seven, None), (&eight, Some(&first))]);
    assert_eq!(accept(&both).unwrap().sequence(), 7);
    assert_eq!(accept(&version_2(&second, &[(&eight, Some(&first))])), refused);
}

#[test]
fn a_revoked_publisher_is_gone_for_ever() {
    let revocation = BASE64.encode(&publisher().revocation());
    let good = publisher().publish(&blob(7));
    let mut memory = Publisher::new(publisher().master_key());
    assert!(memory.accept(&good, NOW).is_ok());
    let revoked = with(&good, "manifest", revocation.into());
    assert_eq!(memory.accept(&revoked, NOW), Err(ListError::Revoked));
    assert!(memory.is_revoked());
    assert_eq!(memory.accept(&good, NOW), Err(ListError::Revoked));
    let kept = serde_json::to_string(&memory).unwrap();
    let mut memory: Publisher = serde_json::from_str(&kept).unwrap();
    assert_eq!(
        memory.accept(&publisher().rotated().publish(&blob(8)), NOW),
        Err(ListError::Revoked)
    );

    // Only its own master key revokes it.
    let foreign = BASE64.encode(&Validator::new("stranger").revocation());
    let mut memory = Publisher::new(publisher().master_key());
    assert!(memory.accept(&with(&good, "manifest", foreign.into()), NOW).is_err());
    assert!(!memory.is_revoked());

    // The list's own way of saying it.
    let last = publisher().publish(&blob(u32::MAX));
    assert_eq!(accept(&last), Err(ListError::Revoked));
    let signed = SignedList::read_all(&revoked).unwrap();
    assert_eq!(signed[0].verify(&publisher().master_key()), Err(ListError::Revoked));
}

#[test]
fn what_is_kept_of_a_publisher_is_checked() {
    let mut memory = Publisher::new(publisher().master_key());
    assert!(memory.accept(&publisher().publish(&blob(7)), NOW).is_ok());
    let kept = serde_json::to_string(&memory).unwrap();
    let stranger = Validator::new("stranger");
    let swapped = with(&kept, "manifest", hex(&stranger.manifest()).into());
    let error = serde_json::from_str::<Publisher>(&swapped).unwrap_err().to_string();
    assert!(error.contains("not the pinned publisher"), "{error}");
    let broken = with(&kept, "manifest", "24".into());
    assert!(serde_json::from_str::<Publisher>(&broken).is_err());
}

#[test]
fn entries_that_are_of_no_use_are_counted() {
    let [a, b, c] = ["a", "b", "c"].map(Validator::new);
    let entry = |validator: &Validator, manifest: &[u8]| {
        json!({
            "validation_public_key": validator.master_key(),
            "manifest": BASE64.encode(manifest),
        })
    };
    let mut broken = c.manifest();
    broken[60] ^= 1;
    let content = json!({
        "sequence": 7,
        "expiration": 1_500,
        "validators": [
            entry(&a, &a.manifest()),
            entry(&b, &a.manifest()),
            entry(&c, &broken),
            { "validation_public_key": Validator::new("d").master_key() },
            { "validation_public_key": "ED00" },
            { "validation_public_key": "n9KeTQ3UyMtaJJD78vT7QiGRMv1GcWHEnhNbwKfdbW2HfRqtvUUt" },
            { "manifest": "" },
            17,
        ],
    });
    let list = accept(&publisher().publish(&content.to_string())).unwrap();
    assert_eq!(list.malformed(), 7);
    let named: Vec<_> = list.validators().iter().map(|listed| listed.manifest.is_some()).collect();
    assert_eq!(named, [true, false, false, false]);
    // Those without a vote make the quorum no smaller.
    let trusted = TrustedValidators::from_lists(&[list]).unwrap();
    assert_eq!((trusted.len(), trusted.quorum()), (4, 4));
}

#[test]
fn a_document_of_the_wrong_shape_is_named() {
    let document = publisher().publish(&blob(7));
    for (json, part) in [
        ("", "EOF"),
        ("[]", "expected struct"),
        ("{}", "manifest"),
        (&without(&document, "blob"), "neither one blob"),
        (&without(&document, "signature"), "neither one blob"),
        (&with(&document, "version", 2.into()), "neither one blob"),
        (&with(&document, "blobs_v2", json!([])), "neither one blob"),
        (&with(&version_2(&publisher(), &[]), "version", 1.into()), "neither one blob"),
        (&with(&document, "blob", "%".into()), "not base64"),
        (&with(&document, "signature", "0x".into()), "not hexadecimal"),
        (&with(&document, "manifest", "%".into()), "neither base64"),
        (&with(&document, "public_key", "ED".into()), "66 hexadecimal digits"),
        (&publisher().publish("{"), "EOF"),
        (&publisher().publish("{}"), "sequence"),
        (&publisher().publish(r#"{"sequence":1,"sequence":2}"#), "duplicate"),
        (&publisher().publish(r#"{"sequence":-1}"#), "-1"),
        (&publisher().publish(&"[".repeat(500_000)), "invalid type"),
    ] {
        let reason = malformed(json);
        assert!(reason.contains(part), "{reason}");
    }
    let other = with(&document, "version", 3.into());
    assert_eq!(accept(&other), Err(ListError::UnknownVersion(3)));
    let list = blob(7);
    let six = vec![(list.as_str(), None); 6];
    assert_eq!(accept(&version_2(&publisher(), &six)), Err(ListError::TooManyLists(6)));
    let large = " ".repeat(MAX_LIST_DOCUMENT + 1);
    assert_eq!(accept(&large), Err(ListError::TooLarge(MAX_LIST_DOCUMENT + 1)));
    let many = json!({ "sequence": 1, "expiration": 1_500, "validators": vec![0; 1_001] });
    assert_eq!(
        accept(&publisher().publish(&many.to_string())),
        Err(ListError::TooManyValidators(1_001))
    );
}

/// Whoever has seen the next list is not shown the old one when its time has come.
#[test]
fn an_announced_list_replaces_the_old_one_in_its_time() {
    let at = RippleTime::from_seconds;
    let (old, next) = (blob(7), Validator::blob(8, 1_200, 2_000, &three()));
    let both = version_2(&publisher(), &[(&old, None), (&next, None)]);
    let alone = publisher().publish(&old);
    let mut memory = Publisher::new(publisher().master_key());
    assert_eq!(memory.accept(&both, NOW).unwrap().sequence(), 7);
    assert_eq!(memory.sequence(), Some(7));
    // What somebody else signed announces nothing.
    let forged = Validator::blob(9, 1_100, 2_000, &three());
    assert!(memory.accept(&Validator::new("stranger").publish(&forged), NOW).is_err());
    let unsigned =
        with(&publisher().publish(&old), "blob", BASE64.encode(forged.as_bytes()).into());
    assert!(memory.accept(&unsigned, NOW).is_err());
    assert!(memory.accept(&alone, at(1_199)).is_ok(), "it holds until then");

    let kept = serde_json::to_string(&memory).unwrap();
    let mut memory: Publisher = serde_json::from_str(&kept).unwrap();
    let refused = Err(ListError::RolledBack { known: 8, found: 7 });
    assert_eq!(memory.accept(&alone, at(1_200)), refused);
    assert_eq!(memory.accept(&both, at(1_200)).unwrap().sequence(), 8);
    assert_eq!(memory.accept(&alone, at(1_200)), refused);
    // What was kept before lists were announced is read as well.
    let before = without(&kept, "announced");
    assert!(serde_json::from_str::<Publisher>(&before).unwrap().accept(&alone, at(1_200)).is_ok());
}
