//! Public keys of validators and publishers, and the signatures they make.

use std::{fmt, str::FromStr};

use crate::types::{ParseError, base58, hex, sha512_half, text::as_text};

/// First byte of an Ed25519 key; a secp256k1 key starts with 2 or 3.
const ED25519: u8 = 0xED;
/// Type prefix of a node's public key in base58.
const NODE_PUBLIC: u8 = 0x1C;
/// The order of Ed25519's group, least significant byte first.
const ED25519_ORDER: [u8; 32] = [
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A public key as the ledger writes it: 33 bytes, the first of which tells the curve.
///
/// Reads the hexadecimal form of validator lists and the base58 form of explorers (`n…`), and
/// prints the former. A value is a key by its form; whether it is a point of its curve turns out
/// when a signature is checked.
///
/// ```
/// use xrpl_txdata::proof::PublicKey;
///
/// let key: PublicKey = "nHB8QMKGt9VB4Vg71VszjBVQnDW3v3QudM4DwFaJfy96bj4Pv9fA".parse()?;
/// assert!(key.to_string().starts_with("ED38B028"));
/// assert_eq!(key.to_string().parse(), Ok(key));
/// assert!(key.to_base58().starts_with("nHB8QMKG"));
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 33]);

impl PublicKey {
    /// From its 33 bytes; `None` when the first byte is none of 02, 03 (secp256k1) and ED (Ed25519).
    pub const fn from_bytes(bytes: [u8; 33]) -> Option<PublicKey> {
        match bytes[0] {
            2 | 3 | ED25519 => Some(PublicKey(bytes)),
            _ => None,
        }
    }

    /// From bytes that may have any length.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<PublicKey> {
        bytes.try_into().ok().and_then(PublicKey::from_bytes)
    }

    /// Its 33 bytes.
    pub const fn as_bytes(&self) -> &[u8; 33] {
        &self.0
    }

    /// Whether it is an Ed25519 key; otherwise it is a secp256k1 key.
    pub const fn is_ed25519(&self) -> bool {
        self.0[0] == ED25519
    }

    /// The base58 form, `n…`, by which explorers and servers name validators.
    pub fn to_base58(&self) -> String {
        let mut payload = [NODE_PUBLIC; 34];
        payload[1..].copy_from_slice(&self.0);
        base58::encode(&payload)
    }

    /// Whether this key signed `message`, by the rules of the ledger (rippled's `PublicKey.cpp`):
    /// secp256k1 signs the first half of the message's SHA-512, in strict DER and with the lower of
    /// the two possible S; Ed25519 signs the message itself, with S below the group's order.
    ///
    /// Stricter than the ledger in one thing: Ed25519 keys and signatures of small order are
    /// refused, since such a key is everybody's. No recorded signature has one.
    ///
    /// # Errors
    ///
    /// The first reason why it is no signature of this key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        match self.0.split_first_chunk::<1>() {
            Some(([ED25519], point)) => verify_ed25519(point, message, signature),
            _ => verify_secp256k1(&self.0, message, signature),
        }
    }
}

fn verify_secp256k1(key: &[u8], message: &[u8], der: &[u8]) -> Result<(), SignatureError> {
    use k256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};

    let signature = Signature::from_der(der).map_err(|_| SignatureError::Malformed)?;
    if signature.normalize_s() != signature {
        return Err(SignatureError::NotCanonical);
    }
    let key = VerifyingKey::from_sec1_bytes(key).map_err(|_| SignatureError::NoPoint)?;
    key.verify_prehash(&sha512_half(&[message]), &signature)
        .map_err(|_| SignatureError::OtherContent)
}

fn verify_ed25519(point: &[u8], message: &[u8], bytes: &[u8]) -> Result<(), SignatureError> {
    use ed25519_dalek::{Signature, VerifyingKey};

    let signature = Signature::from_slice(bytes).map_err(|_| SignatureError::Malformed)?;
    if signature.s_bytes().iter().rev().ge(ED25519_ORDER.iter().rev()) {
        return Err(SignatureError::NotCanonical);
    }
    let point = point.try_into().map_err(|_| SignatureError::NoPoint)?;
    let key = VerifyingKey::from_bytes(point).map_err(|_| SignatureError::NoPoint)?;
    if key.is_weak() {
        return Err(SignatureError::NoPoint);
    }
    key.verify_strict(message, &signature).map_err(|_| SignatureError::OtherContent)
}

/// Why bytes are not a key's signature of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Neither strict DER nor 64 bytes, whichever the key asks for.
    #[error("the signature has not the form of its key's signatures")]
    Malformed,
    /// The other of two forms that one signature can be given: anybody can make it from the first.
    #[error("the signature is not in canonical form")]
    NotCanonical,
    /// The key's bytes are no usable point of its curve.
    #[error("the key is no usable point of its curve")]
    NoPoint,
    /// Another key signed this, or this key signed something else.
    #[error("the signature is not of this content by this key")]
    OtherContent,
}

impl FromStr for PublicKey {
    type Err = ParseError;

    /// 66 hexadecimal digits in any case, or base58 with its checksum (`n…`).
    fn from_str(text: &str) -> Result<PublicKey, ParseError> {
        let bytes = if text.starts_with('n') {
            let mut buffer = [0; base58::BUFFER];
            match base58::decode(text, &mut buffer) {
                Ok(decoded) => match <[u8; 34]>::try_from(decoded.payload) {
                    Ok([NODE_PUBLIC, key @ ..]) if decoded.checksum_holds => Ok(key),
                    Ok(_) => Err("its checksum does not match; a character is mistyped".into()),
                    Err(_) => Err("it has not the length of a public key".into()),
                },
                Err(reason) => Err(reason),
            }
        } else {
            hex::decode_array(text)
                .ok_or_else(|| "expected 66 hexadecimal digits or base58 that starts with n".into())
        };
        bytes
            .and_then(|bytes| {
                let start = "it starts neither with 02 or 03 (secp256k1) nor with ED (Ed25519)";
                PublicKey::from_bytes(bytes).ok_or_else(|| start.to_owned())
            })
            .map_err(|reason| {
                ParseError::new("a validator's or publisher's key", base58::shown(text), reason)
            })
    }
}

impl fmt::Display for PublicKey {
    /// 66 upper-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(&self.0))
    }
}

as_text!(PublicKey);
