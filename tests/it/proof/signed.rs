//! Manifests and validations: what breaks them.

use xrpl_txdata::{
    LedgerHash,
    proof::{Manifest, ManifestError, SignatureError, Validation, ValidationError},
    testing::signing::{Field, SecretKey, Validator, object},
};

const HASH: LedgerHash = LedgerHash::from_bytes([7; 32]);

fn wrong(error: SignatureError) -> Result<Manifest, ManifestError> {
    Err(ManifestError::Signature(error))
}

/// A manifest of these fields, signed as it should be; `None` leaves a signature out.
fn manifest(
    fields: &[Field<'_>],
    signing: Option<&SecretKey>,
    master: Option<&SecretKey>,
) -> Vec<u8> {
    let mut unsigned = fields.to_vec();
    unsigned.sort_unstable();
    let message = [b"MAN\0", &object(&unsigned)[..]].concat();
    let [signing, master] = [signing, master].map(|key| key.map(|key| key.sign(&message)));
    if let Some(signature) = &signing {
        unsigned.push((7, 6, signature));
    }
    if let Some(signature) = &master {
        unsigned.push((7, 18, signature));
    }
    unsigned.sort_unstable_by_key(|(kind, number, _)| (*kind, *number));
    object(&unsigned)
}

fn keys() -> (SecretKey, SecretKey) {
    (SecretKey::ed25519("m"), SecretKey::secp256k1("s"))
}

fn malformed(bytes: &[u8]) -> String {
    match Manifest::verify(bytes) {
        Err(ManifestError::Malformed(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_manifest_binds_two_keys() {
    let (master, signing) = keys();
    let (m, s) = (master.public_key(), signing.public_key());
    let all: [Field<'_>; 5] = [
        (1, 16, &[0, 0]),
        (2, 4, &[0, 0, 0, 9]),
        (7, 1, m.as_bytes()),
        (7, 3, s.as_bytes()),
        (7, 7, b"example.com"),
    ];
    let bytes = manifest(&all, Some(&signing), Some(&master));
    let read = Manifest::verify(&bytes).unwrap();
    assert_eq!((read.sequence(), read.domain()), (9, Some("example.com")));
    assert_eq!((read.master_key(), read.signing_key()), (&m, Some(&s)));
    assert_eq!(read.as_bytes(), bytes);

    // Each field is needed, but for version and domain.
    for (left_out, needed) in [(0, false), (1, true), (2, true), (3, true), (4, false)] {
        let mut fields = all.to_vec();
        fields.remove(left_out);
        let bytes = manifest(&fields, Some(&signing), Some(&master));
        match needed {
            true => assert!(malformed(&bytes).contains("is missing")),
            false => assert!(Manifest::verify(&bytes).is_ok()),
        }
    }
    for (signing, master) in [(None, Some(&master)), (Some(&signing), None)] {
        assert!(malformed(&manifest(&all, signing, master)).contains("is missing"));
    }
}

#[test]
fn a_manifest_needs_both_signatures_of_its_own_keys() {
    let (master, signing) = keys();
    let (m, s) = (master.public_key(), signing.public_key());
    let fields: [Field<'_>; 3] =
        [(2, 4, &[0, 0, 0, 1]), (7, 1, m.as_bytes()), (7, 3, s.as_bytes())];
    let (other_master, other_signing) = (SecretKey::ed25519("x"), SecretKey::secp256k1("x"));
    assert_eq!(
        Manifest::verify(&manifest(&fields, Some(&other_signing), Some(&master))),
        wrong(SignatureError::OtherContent)
    );
    assert_eq!(
        Manifest::verify(&manifest(&fields, Some(&signing), Some(&other_master))),
        Err(ManifestError::MasterSignature(SignatureError::OtherContent))
    );
}

#[test]
fn no_bit_of_a_manifest_can_be_changed() {
    let good = Validator::new("v").manifest();
    assert!(Manifest::verify(&good).is_ok());
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(Manifest::verify(&bytes).is_err(), "bit {bit}");
    }
    for end in 0..good.len() {
        assert!(Manifest::verify(&good[..end]).is_err(), "{end} bytes");
    }
}

#[test]
fn a_manifest_of_the_wrong_shape_is_named() {
    let (master, signing) = keys();
    let (m, s) = (master.public_key(), signing.public_key());
    let with = |fields: &[Field<'_>]| manifest(fields, Some(&signing), Some(&master));
    let sequence: Field<'_> = (2, 4, &[0, 0, 0, 1]);

    let newer = [(1, 16, &[0, 1][..]), sequence, (7, 1, m.as_bytes()), (7, 3, s.as_bytes())];
    assert_eq!(Manifest::verify(&with(&newer)), Err(ManifestError::UnknownVersion));

    let same = manifest(
        &[sequence, (7, 1, m.as_bytes()), (7, 3, m.as_bytes())],
        Some(&master),
        Some(&master),
    );
    assert_eq!(Manifest::verify(&same), Err(ManifestError::SameKey));

    let no_key = [0x05; 33];
    let bad = with(&[sequence, (7, 1, m.as_bytes()), (7, 3, &no_key)]);
    assert_eq!(Manifest::verify(&bad), Err(ManifestError::BadKey("05".repeat(33))));
    let short = with(&[sequence, (7, 1, m.as_bytes()), (7, 3, &no_key[1..])]);
    assert!(malformed(&short).contains("33 bytes"));

    let domain = with(&[sequence, (7, 1, m.as_bytes()), (7, 3, s.as_bytes()), (7, 7, &[0xFF])]);
    assert!(malformed(&domain).contains("domain"));
    assert!(malformed(&[0; 2_049]).contains("more than 2048"));
    assert_eq!(
        Manifest::from_text("not base64!"),
        Err(ManifestError::Malformed("it is neither base64 nor hexadecimal".into()))
    );
    assert!(Manifest::from_text(&"JA==".repeat(2_000)).is_err());
}

#[test]
fn fields_out_of_order_or_twice_are_refused() {
    let (one, two): (Field<'_>, Field<'_>) = ((2, 4, &[0; 4]), (7, 1, &[2; 33]));
    assert!(malformed(&object(&[two, one])).contains("out of order"));
    assert!(malformed(&object(&[one, one])).contains("out of order"));
    // An object within, whose end nobody looks for.
    assert!(malformed(&object(&[(14, 2, &[])])).contains("has no place"));
}

#[test]
fn a_revocation_needs_the_master_key_alone() {
    let validator = Validator::new("v");
    let revocation = Manifest::verify(&validator.revocation()).unwrap();
    assert!(revocation.is_revocation());
    assert_eq!(revocation.signing_key(), None);

    let (master, signing) = keys();
    let (m, s) = (master.public_key(), signing.public_key());
    let last: Field<'_> = (2, 4, &[0xFF; 4]);
    let with_key = [last, (7, 1, m.as_bytes()), (7, 3, s.as_bytes())];
    for bytes in [
        manifest(&with_key, Some(&signing), Some(&master)),
        manifest(&with_key, None, Some(&master)),
        manifest(&with_key[..2], Some(&signing), Some(&master)),
    ] {
        assert_eq!(Manifest::verify(&bytes), Err(ManifestError::RevocationWithKey));
    }
    let forged = manifest(&with_key[..2], None, Some(&SecretKey::ed25519("x")));
    assert_eq!(
        Manifest::verify(&forged),
        Err(ManifestError::MasterSignature(SignatureError::OtherContent))
    );
}

#[test]
fn no_bit_of_a_validation_can_be_changed() {
    let good = Validator::new("v").validation(7, &HASH);
    let validation = Validation::verify(&good).unwrap();
    assert_eq!((validation.ledger_index(), validation.ledger_hash()), (7, &HASH));
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(Validation::verify(&bytes).is_err(), "bit {bit}");
    }
    for end in 0..good.len() {
        assert!(Validation::verify(&good[..end]).is_err(), "{end} bytes");
    }
    let longer = [&good[..], &[0]].concat();
    assert!(Validation::verify(&longer).is_err());
}

#[test]
fn a_partial_validation_says_so() {
    let validator = Validator::new("v");
    let partial = validator.validation_with(7, &HASH, 0x8000_0000);
    assert!(!Validation::verify(&partial).unwrap().is_full());
    let full = validator.validation_with(7, &HASH, 1);
    assert!(Validation::verify(&full).unwrap().is_full());
}

/// A validation of these fields, sorted, with its signature.
fn validation(fields: &[Field<'_>], key: &SecretKey) -> Vec<u8> {
    let mut fields = fields.to_vec();
    fields.sort_unstable_by_key(|(kind, number, _)| (*kind, *number));
    let signature = key.sign(&[b"VAL\0", &object(&fields)[..]].concat());
    fields.push((7, 6, &signature));
    fields.sort_unstable_by_key(|(kind, number, _)| (*kind, *number));
    object(&fields)
}

#[test]
fn a_validation_has_what_it_needs() {
    let key = SecretKey::secp256k1("s");
    let public = key.public_key();
    let needed: [Field<'_>; 5] = [
        (2, 2, &[0x80, 0, 0, 1]),
        (2, 6, &[0, 0, 0, 7]),
        (2, 9, &[0; 4]),
        (5, 1, HASH.as_bytes()),
        (7, 3, public.as_bytes()),
    ];
    assert!(Validation::verify(&validation(&needed, &key)).is_ok());
    for left_out in 0..needed.len() {
        let mut fields = needed.to_vec();
        fields.remove(left_out);
        let refused = Validation::verify(&validation(&fields, &key));
        assert!(
            matches!(&refused, Err(ValidationError::Malformed(reason))
            if reason.contains("is missing")),
            "{refused:?}"
        );
    }
    let unsigned = Validation::verify(&object(&needed));
    assert!(matches!(unsigned, Err(ValidationError::Malformed(_))));

    // Votes on fees and amendments, and what is not invented yet, are signed like the rest.
    let votes: [Field<'_>; 4] =
        [(6, 22, &[0x40; 8]), (19, 3, &[1; 320]), (16, 200, &[1]), (7, 200, b"new")];
    let with_votes = [&needed[..], &votes].concat();
    assert!(Validation::verify(&validation(&with_votes, &key)).is_ok());
    assert!(Validation::verify(&vec![0x22; 16_385]).is_err());
}

#[test]
fn validations_are_signed_with_secp256k1() {
    let key = SecretKey::ed25519("s");
    let signed = Validator::new("v").with_signing_key(key.clone()).validation(7, &HASH);
    assert_eq!(
        Validation::verify(&signed),
        Err(ValidationError::BadKey(key.public_key().to_string()))
    );
}

#[test]
fn a_validation_signed_by_somebody_else_is_refused() {
    let (a, b) = (SecretKey::secp256k1("a"), SecretKey::secp256k1("b"));
    let named = a.public_key();
    let fields: [Field<'_>; 5] = [
        (2, 2, &[0x80, 0, 0, 1]),
        (2, 6, &[0, 0, 0, 7]),
        (2, 9, &[0; 4]),
        (5, 1, HASH.as_bytes()),
        (7, 3, named.as_bytes()),
    ];
    assert_eq!(
        Validation::verify(&validation(&fields, &b)),
        Err(ValidationError::Signature(SignatureError::OtherContent))
    );
}
