//! Accounts with keys, for tests alone: from a secret to an address and to signed transactions.

use k256::{
    NonZeroScalar,
    ecdsa::{Signature, signature::hazmat::PrehashSigner},
};
use ripemd::Ripemd160;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha512};
use xrpl_txdata::{__fuzz, AccountId, TxHash};

/// An account whose key is known.
pub(super) struct Wallet {
    pub(super) account: AccountId,
    key: Key,
}

enum Key {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Secp256k1(k256::ecdsa::SigningKey),
}

/// A transaction that can be submitted.
pub(super) struct Signed {
    pub(super) hash: TxHash,
    pub(super) blob: String,
    pub(super) last_ledger: u32,
    pub(super) fee: u64,
}

impl Wallet {
    /// Of a seed (`s…`, `sEd…`) or of a passphrase, as `wallet_propose` makes it of either.
    pub(super) fn of_secret(secret: &str) -> Wallet {
        match read_seed(secret) {
            Some((true, seed)) => Wallet::ed25519(&seed),
            Some((false, seed)) => Wallet::secp256k1(&seed),
            None => Wallet::secp256k1(&seed_of(secret)),
        }
    }

    /// A new account, for nothing else. The kinds of keys take turns.
    pub(super) fn named(name: &str) -> Wallet {
        let seed = seed_of(name);
        if seed[0] & 1 == 0 { Wallet::ed25519(&seed) } else { Wallet::secp256k1(&seed) }
    }

    fn ed25519(seed: &[u8; 16]) -> Wallet {
        let key = ed25519_dalek::SigningKey::from_bytes(&half(&[seed]));
        Wallet::new(Key::Ed25519(Box::new(key)))
    }

    /// The first account of the family that the seed stands for.
    fn secp256k1(seed: &[u8; 16]) -> Wallet {
        let root = first_key(&[seed]);
        let between = first_key(&[root.verifying_key().to_sec1_point(true).as_bytes(), &[0; 4]]);
        let sum = **root.as_nonzero_scalar() + **between.as_nonzero_scalar();
        let key = NonZeroScalar::new(sum).expect("two hashes do not cancel each other out");
        Wallet::new(Key::Secp256k1(key.into()))
    }

    fn new(key: Key) -> Wallet {
        let digest = Ripemd160::digest(Sha256::digest(key.public()));
        Wallet { account: AccountId::from_bytes(digest.into()), key }
    }

    /// The key that others know it by, in hexadecimal form.
    pub(super) fn public_key(&self) -> String {
        hex(&self.key.public())
    }

    /// Signs a transaction that is complete but for key and signature.
    pub(super) fn sign(&self, mut tx: Map<String, Value>) -> Signed {
        let number = |name: &str| tx[name].as_u64().unwrap_or_default();
        let last_ledger = number("LastLedgerSequence").try_into().unwrap_or(u32::MAX);
        let fee = tx["Fee"].as_str().and_then(|fee| fee.parse().ok()).unwrap_or_default();
        tx.insert("SigningPubKey".to_owned(), self.public_key().into());
        let signature = self.key.sign(&[b"STX\0", &encoded(&tx)[..]].concat());
        tx.insert("TxnSignature".to_owned(), hex(&signature).into());
        let blob = encoded(&tx);
        let hash = TxHash::from_bytes(half(&[b"TXN\0", &blob]));
        Signed { hash, blob: hex(&blob), last_ledger, fee }
    }
}

impl Key {
    fn public(&self) -> [u8; 33] {
        let mut bytes = [0xED; 33];
        match self {
            Key::Ed25519(key) => bytes[1..].copy_from_slice(key.verifying_key().as_bytes()),
            Key::Secp256k1(key) => {
                bytes.copy_from_slice(key.verifying_key().to_sec1_point(true).as_bytes());
            }
        }
        bytes
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Key::Ed25519(key) => ed25519_dalek::Signer::sign(&**key, message).to_bytes().to_vec(),
            Key::Secp256k1(key) => {
                let signed: Signature = key.sign_prehash(&half(&[message])).expect("a hash");
                signed.to_der().as_bytes().to_vec()
            }
        }
    }
}

fn encoded(tx: &Map<String, Value>) -> Vec<u8> {
    __fuzz::encode(tx).unwrap_or_else(|| panic!("cannot be encoded: {tx:?}"))
}

/// The first number that is a key.
fn first_key(parts: &[&[u8]]) -> k256::ecdsa::SigningKey {
    let key = |number: u32| {
        let bytes = half(&[parts.concat().as_slice(), &number.to_be_bytes()]);
        k256::ecdsa::SigningKey::from_slice(&bytes).ok()
    };
    (0..).find_map(key).expect("nearly every number is one")
}

fn seed_of(passphrase: &str) -> [u8; 16] {
    let hash = half(&[passphrase.as_bytes()]);
    std::array::from_fn(|at| hash[at])
}

/// Whether it is one of Ed25519, and its bytes.
fn read_seed(text: &str) -> Option<(bool, [u8; 16])> {
    let bytes = bs58::decode(text).with_alphabet(bs58::Alphabet::RIPPLE).into_vec().ok()?;
    let (payload, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    if Sha256::digest(Sha256::digest(payload))[..4] != *sum {
        return None;
    }
    match payload {
        [0x21, seed @ ..] => Some((false, seed.try_into().ok()?)),
        [0x01, 0xE1, 0x4B, seed @ ..] => Some((true, seed.try_into().ok()?)),
        _ => None,
    }
}

fn half(parts: &[&[u8]]) -> [u8; 32] {
    let hash = Sha512::digest(parts.concat());
    std::array::from_fn(|at| hash[at])
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXUPPER.encode(bytes)
}

#[test]
fn secrets_stand_for_the_accounts_that_others_say() {
    let account = |secret: &str| Wallet::of_secret(secret).account.to_string();
    // The account that holds everything in a new ledger: xrpl.org, "Start a New Genesis Ledger".
    assert_eq!(account("masterpassphrase"), "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");
    assert_eq!(account("snoPBrXtMeMyMHUVTgbuqAfg1SUTb"), "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");
    // As xrpl-py makes it.
    assert_eq!(account("sEdTM1uX8pu2do5XvTnutH6HsouMaM2"), "rG31cLyErnqeVj2eomEjBZtq7PYaupGYzL");
    assert_eq!(read_seed("snoPBrXtMeMyMHUVTgbuqAfg1SUTa"), None, "one letter is wrong");
}
