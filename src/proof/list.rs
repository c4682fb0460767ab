//! Validator lists as publishers sign them (XLS-45, rippled's `ValidatorList.cpp`), judged by
//! everything but time and what was seen before; for those see [`Publisher`](super::Publisher).

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ListError, Manifest, PublicKey, manifest};
use crate::types::{ParseError, RippleTime, hex};

/// Largest document with validator lists that is read, in bytes; that of the main network has
/// 20 000.
pub const MAX_LIST_DOCUMENT: usize = 1 << 20;
/// Most lists in one document, as in rippled.
pub const MAX_LISTS: usize = 5;
/// Most validators of one list.
pub const MAX_VALIDATORS: usize = 1_000;

/// The sequence by which XLS-45 lets a list revoke its publisher's master key.
const REVOKED: u32 = u32::MAX;

/// One list with its signature, as it was published: nothing of it is believed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedList {
    /// The key that the document names as its publisher's. The manifest decides.
    pub public_key: Option<PublicKey>,
    /// The publisher's manifest.
    pub manifest: Vec<u8>,
    /// The list itself: JSON.
    pub blob: Vec<u8>,
    /// What the publisher's signing key made of `blob`.
    pub signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Document {
    version: Option<u32>,
    public_key: Option<String>,
    manifest: String,
    blob: Option<String>,
    signature: Option<String>,
    blobs_v2: Option<Vec<Blob>>,
}

#[derive(Deserialize)]
struct Blob {
    manifest: Option<String>,
    blob: String,
    signature: String,
}

impl SignedList {
    /// The lists of one document: one in version 1, up to [`MAX_LISTS`] in version 2.
    ///
    /// # Errors
    ///
    /// [`ListError`] for anything that is not such a document.
    pub fn read_all(json: &str) -> Result<Vec<SignedList>, ListError> {
        SignedList::read_document(json).map(|(_, lists)| lists)
    }

    /// The same, and before them the manifest of the document as a whole, which need not be that of
    /// any of the lists.
    pub(super) fn read_document(json: &str) -> Result<(Vec<u8>, Vec<SignedList>), ListError> {
        if json.len() > MAX_LIST_DOCUMENT {
            return Err(ListError::TooLarge(json.len()));
        }
        let document: Document =
            serde_json::from_str(json).map_err(|e| ListError::Malformed(e.to_string()))?;
        let blobs = match (document.version, document.blob, document.signature, document.blobs_v2) {
            (None | Some(1), Some(blob), Some(signature), None) => {
                vec![Blob { manifest: None, blob, signature }]
            }
            (None | Some(2), None, None, Some(blobs)) if blobs.len() <= MAX_LISTS => blobs,
            (None | Some(2), None, None, Some(blobs)) => {
                return Err(ListError::TooManyLists(blobs.len()));
            }
            (None | Some(1 | 2), ..) => {
                let neither =
                    "neither one blob with its signature nor blobs_v2 as its version asks";
                return Err(ListError::Malformed(neither.to_owned()));
            }
            (Some(version), ..) => return Err(ListError::UnknownVersion(version)),
        };
        let public_key = document.public_key.map(|key| key.parse()).transpose();
        let public_key = public_key.map_err(|e: ParseError| malformed(&e.to_string()))?;
        let signed = |blob: Blob| {
            let manifest = blob.manifest.as_ref().unwrap_or(&document.manifest);
            SignedList::from_text(public_key, manifest, &blob.blob, &blob.signature)
        };
        let manifest = read_manifest(&document.manifest)?;
        Ok((manifest, blobs.into_iter().map(signed).collect::<Result<_, _>>()?))
    }

    /// From the spellings that documents use.
    pub(super) fn from_text(
        public_key: Option<PublicKey>,
        manifest: &str,
        blob: &str,
        signature: &str,
    ) -> Result<SignedList, ListError> {
        let base64 = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).ok();
        Ok(SignedList {
            public_key,
            manifest: read_manifest(manifest)?,
            blob: base64(blob).ok_or_else(|| malformed("the blob is not base64"))?,
            signature: hex::decode(signature)
                .ok_or_else(|| malformed("the signature is not hexadecimal"))?,
        })
    }

    /// Checks that this publisher signed the list, and reads it.
    ///
    /// # Errors
    ///
    /// [`ListError`] says which rule it breaks. Time is not looked at.
    pub fn verify(&self, publisher: &PublicKey) -> Result<ValidatorList, ListError> {
        let manifest = self.manifest()?;
        match manifest.master_key() == publisher {
            true => self.verify_with(manifest),
            false => Err(ListError::OtherPublisher { found: *manifest.master_key() }),
        }
    }

    /// Checks that its publisher signed the list, whoever that is, and reads it.
    pub(super) fn verify_any(&self) -> Result<ValidatorList, ListError> {
        self.manifest().and_then(|manifest| self.verify_with(manifest))
    }

    fn manifest(&self) -> Result<Manifest, ListError> {
        let manifest = Manifest::verify(&self.manifest).map_err(ListError::Manifest)?;
        match self.public_key.filter(|named| named != manifest.master_key()) {
            Some(named) => Err(ListError::OtherPublisher { found: named }),
            None => Ok(manifest),
        }
    }

    fn verify_with(&self, manifest: Manifest) -> Result<ValidatorList, ListError> {
        let signing_key = manifest.signing_key().ok_or(ListError::Revoked)?;
        signing_key.verify(&self.blob, &self.signature).map_err(ListError::Signature)?;
        self.read(manifest)
    }

    fn read(&self, manifest: Manifest) -> Result<ValidatorList, ListError> {
        #[derive(Deserialize)]
        struct Content<'a> {
            sequence: u32,
            #[serde(default)]
            effective: u32,
            expiration: u32,
            #[serde(borrow)]
            validators: Vec<&'a RawValue>,
        }

        let content: Content<'_> =
            serde_json::from_slice(&self.blob).map_err(|e| malformed(&e.to_string()))?;
        if content.sequence == REVOKED {
            return Err(ListError::Revoked);
        }
        if content.validators.len() > MAX_VALIDATORS {
            return Err(ListError::TooManyValidators(content.validators.len()));
        }
        let (effective, expiration) = (content.effective, content.expiration);
        if expiration <= effective {
            return Err(ListError::Never { effective, expiration });
        }
        let mut list = ValidatorList {
            signed: self.clone(),
            manifest,
            sequence: content.sequence,
            effective: RippleTime::from_seconds(effective),
            expiration: RippleTime::from_seconds(expiration),
            validators: Vec::new(),
            malformed: 0,
        };
        for entry in content.validators {
            match ListedValidator::read(entry) {
                Some(validator) => {
                    list.malformed += usize::from(validator.manifest.is_none());
                    list.validators.push(validator);
                }
                None => list.malformed += 1,
            }
        }
        Ok(list)
    }
}

impl fmt::Debug for SignedList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedList").field("public_key", &self.public_key).finish_non_exhaustive()
    }
}

/// A validator list whose publisher's signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorList {
    signed: SignedList,
    manifest: Manifest,
    sequence: u32,
    effective: RippleTime,
    expiration: RippleTime,
    validators: Vec<ListedValidator>,
    malformed: usize,
}

/// One validator of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedValidator {
    /// The validator's name.
    pub master_key: PublicKey,
    /// What names its signing key; none when the list has none that holds.
    pub manifest: Option<Manifest>,
}

impl ListedValidator {
    /// One entry; `None` when it does not even name a key.
    fn read(entry: &RawValue) -> Option<ListedValidator> {
        #[derive(Deserialize)]
        struct Entry {
            validation_public_key: String,
            manifest: Option<String>,
        }

        let entry: Entry = serde_json::from_str(entry.get()).ok()?;
        let master_key = hex::decode_array(&entry.validation_public_key)?;
        let master_key = PublicKey::from_bytes(master_key)?;
        let manifest = entry.manifest.and_then(|text| Manifest::from_text(&text).ok());
        let manifest = manifest.filter(|manifest| *manifest.master_key() == master_key);
        Some(ListedValidator { master_key, manifest })
    }
}

impl ValidatorList {
    /// What was published, to put into a proof.
    pub fn signed(&self) -> &SignedList {
        &self.signed
    }

    /// The master key of the publisher.
    pub fn publisher(&self) -> &PublicKey {
        self.manifest.master_key()
    }

    /// The publisher's manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Higher ones replace lower ones of the same publisher.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// From when it holds; second 0 of the ledger's time when it does not say.
    pub fn effective(&self) -> RippleTime {
        self.effective
    }

    /// From when it does not hold any more.
    pub fn expiration(&self) -> RippleTime {
        self.expiration
    }

    /// The validators, in the publisher's order.
    pub fn validators(&self) -> &[ListedValidator] {
        &self.validators
    }

    /// How many entries name no key, or have no manifest that holds. As in rippled they do not
    /// spoil the list: those with a key stay validators, whose votes nobody can count yet.
    pub fn malformed(&self) -> usize {
        self.malformed
    }

    /// Whether it holds at a moment.
    ///
    /// # Errors
    ///
    /// [`ListError::NotYet`] before, [`ListError::Expired`] after.
    pub fn in_force(&self, at: RippleTime) -> Result<(), ListError> {
        let (effective, expiration) = (self.effective, self.expiration);
        match () {
            () if at < effective => Err(ListError::NotYet { effective, at }),
            () if at >= expiration => Err(ListError::Expired { expiration, at }),
            () => Ok(()),
        }
    }
}

fn read_manifest(text: &str) -> Result<Vec<u8>, ListError> {
    let neither = "the manifest is neither base64 nor hexadecimal";
    manifest::decode(text).ok_or_else(|| malformed(neither))
}

fn malformed(reason: &str) -> ListError {
    ListError::Malformed(reason.to_owned())
}
