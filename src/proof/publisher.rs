//! A pinned publisher and what was seen of it: which of its lists holds now.

use serde::{Deserialize, Serialize};

use super::{ListError, MAX_LISTS, Manifest, PublicKey, SignedList, ValidatorList};
use crate::types::{RippleTime, hex};

/// Master key of the publisher behind `https://vl.ripple.com`, for the main network.
pub const VL_RIPPLE_COM: &str =
    "ED2677ABFFD1B33AC6FBC3062B71F1E8397C1505E1C42C64D11AD1B28FF73F4734";
/// Master key of the publisher behind `https://unl.xrplf.org`, for the main network.
pub const UNL_XRPLF_ORG: &str =
    "ED42AEC58B701EEBB77356FFFEC26F83C1F0407263530F068C7C73D392C7E06FD1";
/// Master key of the publisher behind `https://vl.altnet.rippletest.net`, for the test network.
pub const VL_ALTNET_RIPPLETEST_NET: &str =
    "ED264807102805220DA0F312E71FC2C69E1552C9C5790F6C25E3729DEB573D5860";

/// A publisher whose lists are believed, and a memory against being shown old ones.
///
/// Keep it between runs (it serialises to a small JSON object): without memory, whoever sits
/// between can show a list that was replaced but has not expired.
///
/// ```
/// use xrpl_txdata::proof::{ListError, Publisher, VL_RIPPLE_COM};
/// use xrpl_txdata::RippleTime;
///
/// let mut publisher = Publisher::new(VL_RIPPLE_COM.parse()?);
/// let now = RippleTime::from_seconds(700_000_000);
/// let error = publisher.accept(r#"{"version":3,"manifest":""}"#, now).unwrap_err();
/// assert_eq!(error, ListError::UnknownVersion(3));
///
/// let kept = serde_json::to_string(&publisher)?;
/// assert_eq!(serde_json::from_str::<Publisher>(&kept)?, publisher);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Publisher {
    key: PublicKey,
    /// The newest one seen.
    manifest: Option<Manifest>,
    /// The highest of a list that has been effective.
    sequence: Option<u32>,
    /// Sequences of lists that were seen before they began, each with its beginning.
    announced: Vec<(u32, RippleTime)>,
}

impl Publisher {
    /// One of which nothing was seen yet.
    pub fn new(key: PublicKey) -> Publisher {
        Publisher { key, manifest: None, sequence: None, announced: Vec::new() }
    }

    /// Its master key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The highest sequence of its lists that was seen in force.
    pub fn sequence(&self) -> Option<u32> {
        self.sequence
    }

    /// Whether it has revoked its master key: no list of it will be accepted any more.
    pub fn is_revoked(&self) -> bool {
        self.manifest.as_ref().is_some_and(Manifest::is_revocation)
    }

    /// The list that holds `now` out of a document of this publisher, in either version.
    ///
    /// As XLS-45 has it: among the lists that have become effective the one of the highest sequence
    /// counts, and when that one has expired, older ones do not come back. A signing key is retired
    /// by any newer manifest, wherever in the document it stands. What was seen is remembered, also
    /// when the answer is an error, and lists that are yet to begin count from then on.
    ///
    /// # Errors
    ///
    /// [`ListError`]: why no list of the document holds. When several are bad for several reasons,
    /// that of the first.
    pub fn accept(&mut self, json: &str, now: RippleTime) -> Result<ValidatorList, ListError> {
        let (manifest, lists) = SignedList::read_document(json)?;
        self.learn(&manifest);
        for list in &lists {
            self.learn(&list.manifest);
        }
        if self.is_revoked() {
            return Err(ListError::Revoked);
        }
        let mut refusal = None;
        let mut current: Option<ValidatorList> = None;
        for list in lists {
            match self.judge(&list, now) {
                Ok(list)
                    if current.as_ref().is_none_or(|best| best.sequence() < list.sequence()) =>
                {
                    current = Some(list);
                }
                Ok(_) => {}
                Err(reason) => refusal = refusal.or(Some(reason)),
            }
        }
        let current = current.ok_or(refusal.unwrap_or(ListError::NoList))?;
        let found = current.sequence();
        let begun = self.announced.iter().filter(|(_, effective)| *effective <= now);
        let known = self.sequence.max(begun.map(|(sequence, _)| *sequence).max());
        if let Some(known) = known.filter(|known| *known > found) {
            return Err(ListError::RolledBack { known, found });
        }
        self.sequence = Some(found);
        self.announced.retain(|(sequence, _)| *sequence > found);
        current.in_force(now)?;
        Ok(current)
    }

    fn learn(&mut self, manifest: &[u8]) {
        let known = self.manifest.as_ref().map(Manifest::sequence);
        let manifest = Manifest::verify(manifest).ok();
        let ours = manifest.filter(|manifest| *manifest.master_key() == self.key);
        if let Some(newer) = ours.filter(|manifest| Some(manifest.sequence()) > known) {
            self.manifest = Some(newer);
        }
    }

    /// A list that has become effective, whether or not it expired since.
    fn judge(&mut self, list: &SignedList, now: RippleTime) -> Result<ValidatorList, ListError> {
        let list = list.verify(&self.key)?;
        let found = list.manifest().sequence();
        let known = self.manifest.as_ref().map_or(found, Manifest::sequence);
        if found < known {
            return Err(ListError::RetiredKey { known, found });
        }
        match list.in_force(now) {
            Err(early @ ListError::NotYet { .. }) => {
                self.announce(&list);
                Err(early)
            }
            _ => Ok(list),
        }
    }

    /// Of more lists than a document has, those of the highest sequences are remembered.
    fn announce(&mut self, list: &ValidatorList) {
        self.announced.push((list.sequence(), list.effective()));
        self.announced.sort_unstable();
        self.announced.dedup();
        let surplus = self.announced.len().saturating_sub(MAX_LISTS);
        self.announced.drain(..surplus);
    }
}

/// What is written down of a publisher.
#[derive(Serialize, Deserialize)]
struct Kept {
    public_key: PublicKey,
    manifest: Option<String>,
    sequence: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    announced: Vec<(u32, RippleTime)>,
}

impl From<Publisher> for Kept {
    fn from(publisher: Publisher) -> Kept {
        Kept {
            public_key: publisher.key,
            manifest: publisher.manifest.map(|manifest| hex::encode(manifest.as_bytes())),
            sequence: publisher.sequence,
            announced: publisher.announced,
        }
    }
}

impl TryFrom<Kept> for Publisher {
    type Error = ListError;

    fn try_from(kept: Kept) -> Result<Publisher, ListError> {
        let manifest = kept.manifest.map(|text| Manifest::from_text(&text)).transpose();
        let manifest = manifest.map_err(ListError::Manifest)?;
        if let Some(other) =
            manifest.as_ref().filter(|kept_| *kept_.master_key() != kept.public_key)
        {
            return Err(ListError::OtherPublisher { found: *other.master_key() });
        }
        let Kept { public_key: key, sequence, announced, .. } = kept;
        Ok(Publisher { key, manifest, sequence, announced })
    }
}
