//! A proof of one transaction in one document that anybody can check, offline (XLS-41).

mod document;
mod error;
mod forms;
mod proven;

use std::{collections::BTreeMap, fmt};

pub use document::MAX_DOCUMENT;
pub use error::ProofError;
pub use proven::{Proven, ProvenBy};

use super::{
    Ballot, InclusionPath, LedgerHeader, MAX_VALIDATORS, Manifest, ProofArchive, PublicKey,
    SignedList, TransactionTree, TrustedValidators, Validation, ValidatorList,
};
use crate::{
    codec::transaction_id,
    types::{RippleTime, TxHash},
};

/// Most validations in one document. All validators of the main network, listed or not, are fewer.
pub const MAX_VALIDATIONS: usize = 1_000;

/// All it takes to show to somebody who has no connection to the ledger that a transaction was
/// validated, and what it did: a document in the shape of XLS-41, an "XPOP".
///
/// Nothing in it is believed until it is verified, and then on nobody's word but that of the
/// validators:
///
/// 1. transaction and metadata are a leaf of a tree, whose root
/// 2. stands in a ledger header, whose hash
/// 3. is what validators signed, or the beginning of a chain of headers up to one that they signed;
/// 4. the validators are trusted, and the signers a [quorum](super::quorum) of them.
///
/// A document is taken as a whole. Whatever is broken in it, be it a validation that would not be
/// needed, makes it worthless. What is sound and only of no use (a validator that nobody listed, a
/// ledger that nobody asked about) is passed over.
///
/// ```no_run
/// use xrpl_txdata::proof::{Proof, VL_RIPPLE_COM};
/// use xrpl_txdata::RippleTime;
///
/// let proof = Proof::from_json(&std::fs::read_to_string("proof.json")?)?;
/// let now = RippleTime::from_seconds(800_000_000);
/// let proven = proof.verify_published(&[VL_RIPPLE_COM.parse()?], now)?;
/// println!("{} is in ledger {}", proven.id(), proven.header().ledger_index);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Old proofs
///
/// The list in a document expires, a year or so after it was published, and then
/// [`verify_published`](Proof::verify_published) refuses the document. To ask whether the proof was
/// good in its day, pass [`signed_at`](Proof::signed_at) in the place of the present. What it costs:
/// keys that were retired since may have been stolen since, and whoever has four fifths of the old
/// ones can make such a document for any old ledger. A [`ProofArchive`] of one's own does not have
/// this weakness, see [`verify_archived`](Proof::verify_archived).
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    header: LedgerHeader,
    transaction: Vec<u8>,
    metadata: Vec<u8>,
    path: InclusionPath,
    /// Those that follow on `header`, up to the one that was signed.
    later: Vec<LedgerHeader>,
    /// By the key under which the document has them.
    validations: BTreeMap<PublicKey, Vec<u8>>,
    list: Option<SignedList>,
    /// Newer than those in the list.
    manifests: Vec<Vec<u8>>,
}

impl Proof {
    /// The beginning of a proof: that a transaction with this metadata is in the ledger of this
    /// header. `transactions` are all that the ledger has.
    ///
    /// # Errors
    ///
    /// [`ProofError`] when the ledger has other transactions, or not this one.
    pub fn new(
        header: LedgerHeader,
        transactions: &TransactionTree,
        transaction: &[u8],
        metadata: &[u8],
    ) -> Result<Proof, ProofError> {
        let id = transaction_id(transaction);
        let proof = Proof {
            header,
            transaction: transaction.to_vec(),
            metadata: metadata.to_vec(),
            path: transactions.path(&id).ok_or(ProofError::NotInLedger(id))?,
            later: Vec::new(),
            validations: BTreeMap::new(),
            list: None,
            manifests: Vec::new(),
        };
        proof.check_transaction()?;
        Ok(proof)
    }

    /// With the headers that follow on the transaction's ledger, up to the one that was signed.
    /// This is no part of XLS-41: other programs refuse a document that has it.
    ///
    /// # Errors
    ///
    /// [`ProofError::Header`] when they do not follow on each other.
    pub fn with_later(mut self, headers: Vec<LedgerHeader>) -> Result<Proof, ProofError> {
        self.header.follow(&headers)?;
        self.later = headers;
        Ok(self)
    }

    /// With those of these validations that count for the ledger which has to be signed. A partial one
    /// does not, and must not take the place of the same validator's full one.
    pub fn with_validations<'v>(
        mut self,
        validations: impl IntoIterator<Item = &'v Validation>,
    ) -> Proof {
        let hash = self.signed_header().hash();
        let counts = |one: &&Validation| *one.ledger_hash() == hash && one.is_full();
        let good = validations.into_iter().filter(counts);
        let good = good.map(|v| (*v.signing_key(), v.as_bytes().to_vec()));
        self.validations.extend(good.take(MAX_VALIDATIONS));
        self
    }

    /// With the published list that the validators are on.
    pub fn with_list(mut self, list: &ValidatorList) -> Proof {
        // Other programs need the key spelt out, even where the published document left it out.
        let public_key = Some(*list.publisher());
        self.list = Some(SignedList { public_key, ..list.signed().clone() });
        self
    }

    /// With manifests that are newer than those in the list. This is no part of XLS-41: other
    /// programs do not count validators that need it.
    pub fn with_manifests<'m>(
        mut self,
        manifests: impl IntoIterator<Item = &'m Manifest>,
    ) -> Proof {
        let bytes = manifests.into_iter().map(|manifest| manifest.as_bytes().to_vec());
        self.manifests = bytes.take(MAX_VALIDATORS).collect();
        self
    }

    /// The header of the ledger that the transaction is said to be in.
    pub fn header(&self) -> &LedgerHeader {
        &self.header
    }

    /// The hash of the transaction.
    pub fn id(&self) -> TxHash {
        transaction_id(&self.transaction)
    }

    /// The published list in the document.
    pub fn list(&self) -> Option<&SignedList> {
        self.list.as_ref()
    }

    /// The header that the validations are about: the transaction's own, or the last of the chain.
    pub fn signed_header(&self) -> &LedgerHeader {
        self.later.last().unwrap_or(&self.header)
    }

    /// When the ledger that was signed closed, as the document says. See [Old
    /// proofs](Proof#old-proofs) before using it.
    pub fn signed_at(&self) -> RippleTime {
        self.signed_header().close_time
    }

    /// Checks the whole document against validators that the caller believes.
    ///
    /// The list in the document then lends its manifests and nothing else. It must be sound all the
    /// same.
    ///
    /// # Errors
    ///
    /// [`ProofError`]: the first link that does not hold. `at` is the moment at which the lists that
    /// `validators` came from must be in force.
    pub fn verify(
        &self,
        validators: &TrustedValidators,
        at: RippleTime,
    ) -> Result<Proven, ProofError> {
        validators.in_force(at)?;
        self.check_transaction()?;
        self.header.follow(&self.later)?;
        let mut validators = validators.clone();
        if let Some(list) = &self.list {
            let list = list.verify_any()?;
            for manifest in list.validators().iter().filter_map(|listed| listed.manifest.clone()) {
                validators.apply(manifest).ok();
            }
        }
        self.count(validators)
    }

    /// Checks the whole document, including its list, against publishers that the caller believes.
    ///
    /// # Errors
    ///
    /// [`ProofError`]: the first link that does not hold. `at` is the moment at which the list must
    /// be in force: the present, or see [Old proofs](Proof#old-proofs).
    pub fn verify_published(
        &self,
        publishers: &[PublicKey],
        at: RippleTime,
    ) -> Result<Proven, ProofError> {
        self.check_transaction()?;
        self.header.follow(&self.later)?;
        let list = self.list.as_ref().ok_or(ProofError::NoList)?.verify_any()?;
        if !publishers.contains(list.publisher()) {
            return Err(ProofError::OtherPublisher(*list.publisher()));
        }
        list.in_force(at)?;
        self.count(TrustedValidators::from_lists(&[list])?)
    }

    /// Checks the document without any signature, against a ledger hash that the caller proved
    /// before and kept: that of the last header.
    ///
    /// # Errors
    ///
    /// [`ProofError`]: the first link that does not hold.
    pub fn verify_archived(&self, archive: &dyn ProofArchive) -> Result<Proven, ProofError> {
        self.check_transaction()?;
        let last = self.header.follow(&self.later)?;
        let (ledger_index, hash) = (last.ledger_index, last.hash());
        match archive.hash(ledger_index)? {
            Some(kept) if kept == hash => {
                Ok(Proven::new(self, ProvenBy::Checkpoint { ledger_index, hash }))
            }
            Some(kept) => Err(ProofError::OtherCheckpoint { ledger_index, kept, hash }),
            None => Err(ProofError::NoCheckpoint { ledger_index }),
        }
    }

    /// Links 1 and 2, up to the header.
    fn check_transaction(&self) -> Result<(), ProofError> {
        let computed = self.path.root(&self.id(), &self.transaction, &self.metadata)?;
        let header = self.header.transaction_hash;
        if computed != header {
            return Err(ProofError::OtherRoot { computed, header });
        }
        Ok(())
    }

    /// Links 3 and 4.
    fn count(&self, mut validators: TrustedValidators) -> Result<Proven, ProofError> {
        for manifest in &self.manifests {
            let manifest = Manifest::verify(manifest).map_err(ProofError::Manifest)?;
            // Somebody else's, or no news: passed over.
            validators.apply(manifest).ok();
        }
        let signed = *self.signed_header();
        let mut ballot = Ballot::new(signed.ledger_index);
        for (name, bytes) in &self.validations {
            let refused = |reason| ProofError::Validation { name: *name, reason };
            let validation = Validation::verify(bytes).map_err(refused)?;
            let key = validation.signing_key();
            let master = validators.master_of(key);
            if name != key && master.is_some_and(|master| name != master) {
                return Err(ProofError::Misnamed { name: *name, key: *key });
            }
            ballot.cast(&validation, &validators);
        }
        let tally = ballot.tally(&signed.hash(), &validators);
        if !tally.is_quorum() {
            return Err(ProofError::NoQuorum { ledger_index: signed.ledger_index, tally });
        }
        let sources = validators.sources().to_vec();
        Ok(Proven::new(self, ProvenBy::Validators { signed, tally, sources }))
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proof")
            .field("id", &self.id())
            .field("header", &self.header)
            .field("signed_header", self.signed_header())
            .field("validations", &self.validations.len())
            .field("list", &self.list)
            .finish_non_exhaustive()
    }
}
