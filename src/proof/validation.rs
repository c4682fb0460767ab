//! Validations: a validator's signed word that one ledger is the next one (rippled's
//! `STValidation.cpp`).

use std::fmt;

use super::{PublicKey, SignatureError, fields::Fields};
use crate::types::{LedgerHash, RippleTime, hex};

/// Largest validation that is read, in bytes. Most have 230; one that votes on amendments carries
/// 32 bytes for each.
pub const MAX_VALIDATION: usize = 16_384;

/// The flag of a validation by a validator that is in step with the network.
const FULL: u32 = 1;

const FLAGS: (u8, u8) = (2, 2);
const LEDGER_SEQUENCE: (u8, u8) = (2, 6);
const SIGNING_TIME: (u8, u8) = (2, 9);
const LEDGER_HASH: (u8, u8) = (5, 1);
const SIGNING_KEY: (u8, u8) = (7, 3);
const SIGNATURE: (u8, u8) = (7, 6);

/// A validation whose signature holds. There is no other way to get a value than to check it.
///
/// It says who signed and what, not whether that signer is to be believed: see
/// [`Ballot`](super::Ballot). In a server's `validationReceived` message the bytes are the
/// hexadecimal field `data`; nothing else in that message is signed.
///
/// ```
/// use xrpl_txdata::proof::{Validation, ValidationError};
///
/// assert!(matches!(Validation::verify(&[0x22]), Err(ValidationError::Malformed(_))));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Validation {
    bytes: Vec<u8>,
    ledger_index: u32,
    ledger_hash: LedgerHash,
    signing_key: PublicKey,
    signing_time: RippleTime,
    flags: u32,
}

impl Validation {
    /// Reads a validation and checks its signature.
    ///
    /// # Errors
    ///
    /// [`ValidationError`] says which rule it breaks.
    pub fn verify(bytes: &[u8]) -> Result<Validation, ValidationError> {
        let fields = Fields::read(bytes, MAX_VALIDATION).map_err(ValidationError::Malformed)?;
        let number =
            |code| fields.array(code).map(u32::from_be_bytes).map_err(ValidationError::Malformed);
        let flags = number(FLAGS)?;
        let ledger_index = number(LEDGER_SEQUENCE)?;
        let signing_time = RippleTime::from_seconds(number(SIGNING_TIME)?);
        let hash = fields.array(LEDGER_HASH).map_err(ValidationError::Malformed)?;
        let signing_key = signing_key(&fields)?;
        let signature = fields.need(SIGNATURE).map_err(ValidationError::Malformed)?;
        signing_key
            .verify(&fields.message(b"VAL\0", &[SIGNATURE]), signature)
            .map_err(ValidationError::Signature)?;
        Ok(Validation {
            bytes: bytes.to_vec(),
            ledger_index,
            ledger_hash: LedgerHash::from_bytes(hash),
            signing_key,
            signing_time,
            flags,
        })
    }

    /// The key by which these bytes say that they were signed, and when; nothing is checked.
    pub(crate) fn claims(bytes: &[u8]) -> Result<(PublicKey, RippleTime), ValidationError> {
        let fields = Fields::read(bytes, MAX_VALIDATION).map_err(ValidationError::Malformed)?;
        let time = fields.array(SIGNING_TIME).map_err(ValidationError::Malformed)?;
        Ok((signing_key(&fields)?, RippleTime::from_seconds(u32::from_be_bytes(time))))
    }

    /// The bytes it came in.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The ledger it is about.
    pub fn ledger_index(&self) -> u32 {
        self.ledger_index
    }

    /// The hash that the validator found for that ledger.
    pub fn ledger_hash(&self) -> &LedgerHash {
        &self.ledger_hash
    }

    /// The key that signed: not the validator's master key, unless it has no manifest.
    pub fn signing_key(&self) -> &PublicKey {
        &self.signing_key
    }

    /// When it was signed, by the validator's clock.
    pub fn signing_time(&self) -> RippleTime {
        self.signing_time
    }

    /// Whether the validator was in step with the network. One that is not sends validations too,
    /// and they do not count.
    pub fn is_full(&self) -> bool {
        self.flags & FULL != 0
    }
}

/// Validators sign each ledger with secp256k1, whatever their master key is.
fn signing_key(fields: &Fields<'_>) -> Result<PublicKey, ValidationError> {
    let key = fields.need(SIGNING_KEY).map_err(ValidationError::Malformed)?;
    PublicKey::from_slice(key)
        .filter(|key| !key.is_ed25519())
        .ok_or_else(|| ValidationError::BadKey(hex::encode(key)))
}

impl fmt::Debug for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validation")
            .field("ledger_index", &self.ledger_index)
            .field("ledger_hash", &self.ledger_hash)
            .field("signing_key", &self.signing_key)
            .field("signing_time", &self.signing_time)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

/// Why a validation is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidationError {
    /// Not the fields of a validation, or not in canonical order.
    #[error("not a validation: {0}")]
    Malformed(String),
    /// The signer's key is no secp256k1 key.
    #[error("{0} is no key that signs validations")]
    BadKey(String),
    /// Its key did not sign it.
    #[error("{0}")]
    Signature(SignatureError),
}
