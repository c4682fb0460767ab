//! Validators and publishers that sign, for tests: their keys come from names, so that the same
//! test meets the same keys each time. Nobody's money must ever depend on them.

use k256::ecdsa::signature::hazmat::PrehashSigner;
use serde_json::json;

use crate::{
    codec::framing,
    proof::PublicKey,
    types::{LedgerHash, hex, sha512_half},
};

/// Kind and number of a field, and its value without length.
pub type Field<'a> = (u8, u8, &'a [u8]);

/// A secret key.
#[derive(Clone, Debug)]
pub struct SecretKey(Curve);

#[derive(Clone, Debug)]
enum Curve {
    Ed25519(ed25519_dalek::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
}

impl SecretKey {
    /// The Ed25519 key of this name.
    pub fn ed25519(name: &str) -> SecretKey {
        let seed = sha512_half(&[b"ed25519 ", name.as_bytes()]);
        SecretKey(Curve::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    /// The secp256k1 key of this name.
    pub fn secp256k1(name: &str) -> SecretKey {
        let seed = sha512_half(&[b"secp256k1 ", name.as_bytes()]);
        let key = k256::ecdsa::SigningKey::from_slice(&seed);
        // All but one in 2^127 of the numbers of this size are keys.
        SecretKey(Curve::Secp256k1(key.expect("a hash is a secret key")))
    }

    /// What others know it by.
    pub fn public_key(&self) -> PublicKey {
        let mut bytes = [0xED; 33];
        match &self.0 {
            Curve::Ed25519(key) => bytes[1..].copy_from_slice(key.verifying_key().as_bytes()),
            Curve::Secp256k1(key) => {
                bytes.copy_from_slice(key.verifying_key().to_sec1_point(true).as_bytes());
            }
        }
        PublicKey::from_bytes(bytes).expect("the first byte tells the curve")
    }

    /// Signs as the ledger does.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Curve::Ed25519(key) => {
                use ed25519_dalek::Signer;
                key.sign(message).to_bytes().to_vec()
            }
            Curve::Secp256k1(key) => {
                let signature: k256::ecdsa::Signature =
                    key.sign_prehash(&sha512_half(&[message])).expect("a hash can be signed");
                signature.to_der().as_bytes().to_vec()
            }
        }
    }
}

/// An object of these fields, in the order in which they are given.
pub fn object(fields: &[Field<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, number, value) in fields {
        framing::write_header(&mut bytes, *kind, *number);
        if matches!(kind, 7 | 19) {
            framing::write_length(&mut bytes, value.len()).expect("a value of a test is small");
        }
        bytes.extend_from_slice(value);
    }
    bytes
}

/// A validator, or a publisher: a master key and the key that signs in its place.
#[derive(Clone, Debug)]
pub struct Validator {
    master: SecretKey,
    signing: SecretKey,
    sequence: u32,
}

impl Validator {
    /// The one of this name, with its first signing key.
    pub fn new(name: &str) -> Validator {
        Validator {
            master: SecretKey::ed25519(name),
            signing: SecretKey::secp256k1(&format!("{name} 1")),
            sequence: 1,
        }
    }

    /// The same one with its next signing key.
    #[must_use]
    pub fn rotated(&self) -> Validator {
        let sequence = self.sequence + 1;
        let name = format!("{} {sequence}", self.master_key());
        Validator { master: self.master.clone(), signing: SecretKey::secp256k1(&name), sequence }
    }

    /// The same one with a signing key of the caller's choice.
    #[must_use]
    pub fn with_signing_key(&self, signing: SecretKey) -> Validator {
        Validator { signing, ..self.clone() }
    }

    /// Its name to everybody.
    pub fn master_key(&self) -> PublicKey {
        self.master.public_key()
    }

    /// The key that signs.
    pub fn signing_key(&self) -> &SecretKey {
        &self.signing
    }

    /// What binds its two keys together.
    pub fn manifest(&self) -> Vec<u8> {
        let sequence = self.sequence.to_be_bytes();
        let (master, signing) = (self.master.public_key(), self.signing.public_key());
        let fields: [Field<'_>; 3] =
            [(2, 4, &sequence), (7, 1, master.as_bytes()), (7, 3, signing.as_bytes())];
        let message = [b"MAN\0", &object(&fields)[..]].concat();
        let signatures: [Field<'_>; 2] =
            [(7, 6, &self.signing.sign(&message)), (7, 18, &self.master.sign(&message))];
        object(&[&fields[..], &signatures].concat())
    }

    /// What ends its master key for ever.
    pub fn revocation(&self) -> Vec<u8> {
        let master = self.master.public_key();
        let fields: [Field<'_>; 2] = [(2, 4, &[0xFF; 4]), (7, 1, master.as_bytes())];
        let message = [b"MAN\0", &object(&fields)[..]].concat();
        object(&[&fields[..], &[(7, 18, &self.master.sign(&message))]].concat())
    }

    /// Its signed word that this is the ledger of this number, as servers send it in `data`.
    pub fn validation(&self, ledger_index: u32, ledger_hash: &LedgerHash) -> Vec<u8> {
        self.validation_with(ledger_index, ledger_hash, 0x8000_0001)
    }

    /// The same with flags of the caller's choice; 0x8000_0000 is a partial validation.
    pub fn validation_with(
        &self,
        ledger_index: u32,
        ledger_hash: &LedgerHash,
        flags: u32,
    ) -> Vec<u8> {
        let (flags, index) = (flags.to_be_bytes(), ledger_index.to_be_bytes());
        let (time, cookie) = (ledger_index.to_be_bytes(), [0xC0; 8]);
        let key = self.signing.public_key();
        let fields: [Field<'_>; 6] = [
            (2, 2, &flags),
            (2, 6, &index),
            (2, 9, &time),
            (3, 10, &cookie),
            (5, 1, ledger_hash.as_bytes()),
            (7, 3, key.as_bytes()),
        ];
        let signature = self.signing.sign(&[b"VAL\0", &object(&fields)[..]].concat());
        object(&[&fields[..], &[(7, 6, &signature)]].concat())
    }

    /// Publishes a list: the content of its blob.
    pub fn blob(sequence: u32, effective: u32, expiration: u32, of: &[Validator]) -> String {
        let validators: Vec<_> = of
            .iter()
            .map(|validator| {
                json!({
                    "validation_public_key": validator.master_key(),
                    "manifest": data_encoding::BASE64.encode(&validator.manifest()),
                })
            })
            .collect();
        json!({
            "sequence": sequence,
            "effective": effective,
            "expiration": expiration,
            "validators": validators,
        })
        .to_string()
    }

    /// Publishes a list in version 1: the document that a site would serve.
    pub fn publish(&self, blob: &str) -> String {
        json!({
            "public_key": self.master_key(),
            "manifest": data_encoding::BASE64.encode(&self.manifest()),
            "blob": data_encoding::BASE64.encode(blob.as_bytes()),
            "signature": hex::encode(&self.signing.sign(blob.as_bytes())),
            "version": 1,
        })
        .to_string()
    }
}
