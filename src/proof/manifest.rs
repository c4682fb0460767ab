//! Manifests: how a validator's or publisher's master key names the key that signs day by day
//! (rippled's `Manifest.cpp`).

use std::fmt;

use super::{PublicKey, SignatureError, fields::Fields};
use crate::types::hex;

/// Largest manifest that is read, in bytes; those of the main network have about 250.
pub const MAX_MANIFEST: usize = 2_048;

/// The sequence of a manifest that revokes its master key for ever.
const REVOKED: u32 = u32::MAX;

const VERSION: (u8, u8) = (1, 16);
const SEQUENCE: (u8, u8) = (2, 4);
const MASTER_KEY: (u8, u8) = (7, 1);
const SIGNING_KEY: (u8, u8) = (7, 3);
const SIGNATURE: (u8, u8) = (7, 6);
const DOMAIN: (u8, u8) = (7, 7);
const MASTER_SIGNATURE: (u8, u8) = (7, 18);

/// A manifest whose signatures hold. There is no other way to get a value than to check them.
///
/// ```
/// use xrpl_txdata::proof::Manifest;
///
/// let manifest = Manifest::from_text(concat!(
///     "JAAAAAJxIe04sCiOokC0zewYoaYonrSQB+TrwN6USAPrfvFBxWZAc3MhApE5F7aO65JKkSfp6UMynIak8Mdu",
///     "YSOzo6KXLvQEjlBwdkYwRAIgKm2A11A2M4FqzEW+vroUyTbHSpkjd3elQ/N0sQThw0sCIBKlX033kXdaiJ54",
///     "l7SiBoQnwHnSaQfT4by00YncKWzVdwtiaXRob21wLmNvbXASQAsl/ShkQ4RE7arvTowD84sOPhizCQlH3Izq",
///     "vaC7/52WL92FzH4s2MRzssIBUCwEh4jNArcxFy/gA+MO24QQ1g8=",
/// ))?;
/// assert_eq!(manifest.sequence(), 2);
/// assert_eq!(manifest.domain(), Some("bithomp.com"));
/// assert!(!manifest.is_revocation());
/// # Ok::<(), xrpl_txdata::proof::ManifestError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    bytes: Vec<u8>,
    sequence: u32,
    master_key: PublicKey,
    signing_key: Option<PublicKey>,
    domain: Option<String>,
}

impl Manifest {
    /// Reads a manifest and checks both of its signatures.
    ///
    /// # Errors
    ///
    /// [`ManifestError`] says which rule it breaks.
    pub fn verify(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let fields = Fields::read(bytes, MAX_MANIFEST).map_err(ManifestError::Malformed)?;
        match fields.get(VERSION) {
            None | Some([0, 0]) => {}
            Some(_) => return Err(ManifestError::UnknownVersion),
        }
        let key = |code| {
            fields.array(code).map_err(ManifestError::Malformed).and_then(|bytes| {
                PublicKey::from_bytes(bytes).ok_or(ManifestError::BadKey(hex::encode(&bytes)))
            })
        };
        let sequence =
            u32::from_be_bytes(fields.array(SEQUENCE).map_err(ManifestError::Malformed)?);
        let master_key = key(MASTER_KEY)?;
        let domain = fields.get(DOMAIN).map(|name| String::from_utf8(name.to_vec())).transpose();
        let domain =
            domain.map_err(|_| ManifestError::Malformed("its domain is no text".to_owned()))?;
        let message = fields.message(b"MAN\0", &[SIGNATURE, MASTER_SIGNATURE]);

        let signing_key = if sequence == REVOKED {
            if fields.get(SIGNING_KEY).is_some() || fields.get(SIGNATURE).is_some() {
                return Err(ManifestError::RevocationWithKey);
            }
            None
        } else {
            let signing_key = key(SIGNING_KEY)?;
            if signing_key == master_key {
                return Err(ManifestError::SameKey);
            }
            let signature = fields.need(SIGNATURE).map_err(ManifestError::Malformed)?;
            signing_key.verify(&message, signature).map_err(ManifestError::Signature)?;
            Some(signing_key)
        };
        let signature = fields.need(MASTER_SIGNATURE).map_err(ManifestError::Malformed)?;
        master_key.verify(&message, signature).map_err(ManifestError::MasterSignature)?;
        Ok(Manifest { bytes: bytes.to_vec(), sequence, master_key, signing_key, domain })
    }

    /// The same from text: base64 as in validator lists, or hexadecimal as in the `manifests`
    /// stream.
    ///
    /// # Errors
    ///
    /// [`ManifestError`], also for text that is neither.
    pub fn from_text(text: &str) -> Result<Manifest, ManifestError> {
        let bytes = decode(text).ok_or_else(|| {
            ManifestError::Malformed("it is neither base64 nor hexadecimal".to_owned())
        })?;
        Manifest::verify(&bytes)
    }

    /// The bytes it came in.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Higher ones replace lower ones of the same master key.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// The key that is the validator's or publisher's name.
    pub fn master_key(&self) -> &PublicKey {
        &self.master_key
    }

    /// The key that signs in its place; none in a revocation.
    pub fn signing_key(&self) -> Option<&PublicKey> {
        self.signing_key.as_ref()
    }

    /// The domain that the master key claims; only the domain itself can confirm it.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// Whether it says that its master key must never be believed again.
    pub fn is_revocation(&self) -> bool {
        self.sequence == REVOKED
    }
}

/// The bytes of a manifest in text. XLS-45 allows both forms; they cannot be mistaken for each
/// other, because a manifest begins with the byte 24 (or 10), which base64 writes with a letter.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > 2 * MAX_MANIFEST {
        return None;
    }
    match text.starts_with(|first: char| first.is_ascii_digit()) {
        true => hex::decode(text),
        false => data_encoding::BASE64.decode(text.as_bytes()).ok(),
    }
}

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manifest")
            .field("sequence", &self.sequence)
            .field("master_key", &self.master_key)
            .field("signing_key", &self.signing_key)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

/// Why a manifest is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Not the fields of a manifest, or not in canonical order.
    #[error("not a manifest: {0}")]
    Malformed(String),
    /// A version other than 0.
    #[error("the manifest is of an unknown version")]
    UnknownVersion,
    /// A key of no known sort.
    #[error("{0} is no public key")]
    BadKey(String),
    /// The master key names itself as signing key.
    #[error("the manifest names the master key as its own signing key")]
    SameKey,
    /// A revocation that names a new key all the same.
    #[error("the manifest revokes its master key, yet names a signing key")]
    RevocationWithKey,
    /// The signing key did not sign it.
    #[error("the manifest, by its signing key: {0}")]
    Signature(SignatureError),
    /// The master key did not sign it.
    #[error("the manifest, by its master key: {0}")]
    MasterSignature(SignatureError),
}
