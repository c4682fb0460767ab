//! The validators that somebody decided to believe: their master keys, where those came from, and
//! which keys sign in their place.

use std::collections::BTreeMap;

use super::{ListError, MAX_VALIDATORS, Manifest, PublicKey, ValidatorList};
use crate::types::RippleTime;

/// How many of `validators` must have signed a ledger: four fifths, rounded up.
///
/// A server also takes the negative UNL into account, and so gets by with fewer while validators
/// are out of order. That list is part of a ledger's state, which public servers do not prove, so
/// it is ignored here: never less strict than a server, and stricter in such times.
///
/// ```
/// assert_eq!(xrpl_txdata::proof::quorum(35), 28);
/// ```
pub const fn quorum(validators: usize) -> usize {
    validators - validators / 5
}

/// A set of validators, each named by its master key.
///
/// Whoever holds one decides with it what is proven: four fifths of these validators can make any
/// ledger look valid.
///
/// ```
/// use xrpl_txdata::proof::TrustedValidators;
///
/// let validators = TrustedValidators::from_keys([
///     "nHB8QMKGt9VB4Vg71VszjBVQnDW3v3QudM4DwFaJfy96bj4Pv9fA".parse()?,
///     "nHB6KGx8YNddfLwTKhLyqytFLyhjmh9vvv8LpUfBg53S8BZbYyQn".parse()?,
/// ])?;
/// assert_eq!((validators.len(), validators.quorum()), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedValidators {
    /// Each with its newest manifest.
    validators: BTreeMap<PublicKey, Option<Manifest>>,
    masters: BTreeMap<PublicKey, PublicKey>,
    sources: Vec<ListSource>,
    lists: Vec<ValidatorList>,
}

/// A published list that a set of validators came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSource {
    /// The publisher's master key.
    pub publisher: PublicKey,
    /// The list's sequence.
    pub sequence: u32,
    /// From when it holds.
    pub effective: RippleTime,
    /// From when it does not hold any more.
    pub expiration: RippleTime,
}

impl TrustedValidators {
    /// Those with these master keys, for as long as the caller likes. A validator without manifest
    /// signs with the key itself; the others need theirs, see [`apply`](TrustedValidators::apply): the
    /// newest you can get, because a manifest that is not known does not retire the keys before it.
    ///
    /// # Errors
    ///
    /// [`TrustError`] for no keys, too many, or one that comes twice.
    pub fn from_keys(
        keys: impl IntoIterator<Item = PublicKey>,
    ) -> Result<TrustedValidators, TrustError> {
        let mut validators = BTreeMap::new();
        for key in keys.into_iter().take(MAX_VALIDATORS + 1) {
            if validators.insert(key, None).is_some() {
                return Err(TrustError::Repeated(key));
            }
        }
        TrustedValidators::new(validators, Vec::new())
    }

    /// Those of published lists. With fewer than three lists a validator needs to be in one; with
    /// more, in more than half of them, as in rippled.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when no validator is left, or two lists are of one publisher.
    pub fn from_lists(lists: &[ValidatorList]) -> Result<TrustedValidators, TrustError> {
        let mut sources: Vec<ListSource> = Vec::new();
        let mut listings: BTreeMap<PublicKey, usize> = BTreeMap::new();
        for list in lists {
            let publisher = *list.publisher();
            if sources.iter().any(|source| source.publisher == publisher) {
                return Err(TrustError::Repeated(publisher));
            }
            sources.push(ListSource {
                publisher,
                sequence: list.sequence(),
                effective: list.effective(),
                expiration: list.expiration(),
            });
            let mut keys: Vec<_> =
                list.validators().iter().map(|listed| listed.master_key).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                *listings.entry(key).or_default() += 1;
            }
        }
        let needed = if lists.len() < 3 { 1 } else { lists.len() / 2 + 1 };
        let trusted = listings.into_iter().filter(|(_, lists)| *lists >= needed);
        let validators = trusted.map(|(key, _)| (key, None)).collect();
        let mut trusted = TrustedValidators::new(validators, sources)?;
        trusted.lists = lists.to_vec();
        for manifest in lists.iter().flat_map(ValidatorList::validators).flat_map(|v| &v.manifest) {
            // One that cannot be applied leaves its validator without a vote, as in rippled.
            trusted.apply(manifest.clone()).ok();
        }
        Ok(trusted)
    }

    fn new(
        validators: BTreeMap<PublicKey, Option<Manifest>>,
        sources: Vec<ListSource>,
    ) -> Result<TrustedValidators, TrustError> {
        match validators.len() {
            0 => Err(TrustError::Empty),
            1..=MAX_VALIDATORS => {
                let masters = BTreeMap::new();
                Ok(TrustedValidators { validators, masters, sources, lists: Vec::new() })
            }
            _ => Err(TrustError::TooMany),
        }
    }

    /// Takes note of a manifest, for instance of a validator that changed its signing key after
    /// the list was published. Whether it is news: one that is not newer than what is known
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when its validator is not one of these, or when it names a key that is
    /// another one's already.
    pub fn apply(&mut self, manifest: Manifest) -> Result<bool, TrustError> {
        let master = *manifest.master_key();
        let known = self.validators.get(&master).ok_or(TrustError::Unlisted(master))?.as_ref();
        if known.is_some_and(|known| known.sequence() >= manifest.sequence()) {
            return Ok(false);
        }
        if let Some(key) = manifest.signing_key() {
            let holder = self.masters.get(key).filter(|holder| **holder != master);
            if holder.is_some() || self.validators.contains_key(key) {
                return Err(TrustError::SharedKey { key: *key, master });
            }
        }
        if let Some(retired) = known.and_then(Manifest::signing_key) {
            self.masters.remove(retired);
        }
        if let Some(key) = manifest.signing_key() {
            self.masters.insert(*key, master);
        }
        self.validators.insert(master, Some(manifest));
        Ok(true)
    }

    /// The validator in whose name a key signs now; `None` when it is of none of these, or retired.
    pub fn master_of(&self, signing_key: &PublicKey) -> Option<&PublicKey> {
        // Without a manifest the key speaks for itself.
        self.masters.get(signing_key).or_else(|| match self.validators.get_key_value(signing_key) {
            Some((master, None)) => Some(master),
            _ => None,
        })
    }

    /// Whether this master key is one of them.
    pub fn contains(&self, master: &PublicKey) -> bool {
        self.validators.contains_key(master)
    }

    /// The newest manifest known of a validator.
    pub fn manifest(&self, master: &PublicKey) -> Option<&Manifest> {
        self.validators.get(master)?.as_ref()
    }

    /// The newest manifests known of them all.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.validators.values().flatten()
    }

    /// The master keys, in ascending order.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.validators.keys()
    }

    /// How many validators there are; the quorum is taken of all, whether or not they sign.
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.validators.len()
    }

    /// How many of them must have signed a ledger.
    pub fn quorum(&self) -> usize {
        quorum(self.len())
    }

    /// The published lists they came from; none when the caller gave the keys.
    pub fn sources(&self) -> &[ListSource] {
        &self.sources
    }

    /// The same as they were published, for documents that others shall check.
    pub fn lists(&self) -> &[ValidatorList] {
        &self.lists
    }

    /// Whether all lists they came from hold at a moment.
    ///
    /// # Errors
    ///
    /// [`TrustError::List`] with the list that does not.
    pub fn in_force(&self, at: RippleTime) -> Result<(), TrustError> {
        self.sources.iter().try_for_each(|source| {
            let ListSource { publisher, effective, expiration, .. } = *source;
            let reason = match () {
                () if at < effective => ListError::NotYet { effective, at },
                () if at >= expiration => ListError::Expired { expiration, at },
                () => return Ok(()),
            };
            Err(TrustError::List { publisher, reason })
        })
    }
}

/// Why a set of validators cannot be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Nobody to believe.
    #[error("there are no validators to believe")]
    Empty,
    /// More than [`MAX_VALIDATORS`].
    #[error("more than {MAX_VALIDATORS} validators")]
    TooMany,
    /// The same key twice.
    #[error("{0} is given twice")]
    Repeated(PublicKey),
    /// A manifest of somebody who is not one of the validators.
    #[error("{0} is none of the validators")]
    Unlisted(PublicKey),
    /// A manifest that names a key which is another validator's.
    #[error("the manifest of {master} names {key}, which is another validator's")]
    SharedKey {
        /// The signing key.
        key: PublicKey,
        /// The validator whose manifest it is.
        master: PublicKey,
    },
    /// A list they came from does not hold.
    #[error("published by {publisher}: {reason}")]
    List {
        /// The publisher's master key.
        publisher: PublicKey,
        /// Why it does not hold.
        reason: ListError,
    },
}
