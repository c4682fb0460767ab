//! Counting: which ledger of one number enough validators have signed.

use std::collections::BTreeMap;

use super::{PublicKey, TrustedValidators, Validation};
use crate::types::LedgerHash;

/// What validators said about the ledger of one number.
///
/// Each validator has one vote, whichever keys it signs with. One that signed two ledgers of the
/// same number has none: it is reported, and counts for neither.
///
/// ```
/// use xrpl_txdata::proof::{Ballot, TrustedValidators};
///
/// let validators = TrustedValidators::from_keys([
///     "nHB8QMKGt9VB4Vg71VszjBVQnDW3v3QudM4DwFaJfy96bj4Pv9fA".parse()?,
/// ])?;
/// let ballot = Ballot::new(104_552_601);
/// // ballot.cast(&validation, &validators) for each validation
/// assert_eq!(ballot.elected(&validators), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    ledger_index: u32,
    votes: BTreeMap<PublicKey, Vote>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vote {
    For(LedgerHash),
    Equivocation,
}

/// What became of a validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cast {
    /// It counts for this validator.
    Counted(PublicKey),
    /// This validator has said the same before.
    Repeated(PublicKey),
    /// This validator signed another ledger of the same number: it has lost its vote.
    Equivocation(PublicKey),
    /// This validator was not in step with the network, and said so.
    Partial(PublicKey),
    /// It is of none of the trusted validators, or signed with a key that was replaced.
    Unlisted,
    /// It is about a ledger of another number.
    OtherLedger,
}

impl Ballot {
    /// About the ledger of this number, without any votes.
    pub fn new(ledger_index: u32) -> Ballot {
        Ballot { ledger_index, votes: BTreeMap::new() }
    }

    /// The number of the ledger it is about.
    pub fn ledger_index(&self) -> u32 {
        self.ledger_index
    }

    /// Counts a validation.
    pub fn cast(&mut self, validation: &Validation, validators: &TrustedValidators) -> Cast {
        if validation.ledger_index() != self.ledger_index {
            return Cast::OtherLedger;
        }
        let Some(master) = validators.master_of(validation.signing_key()).copied() else {
            return Cast::Unlisted;
        };
        if !validation.is_full() {
            return Cast::Partial(master);
        }
        let hash = *validation.ledger_hash();
        match self.votes.get(&master) {
            None => {
                self.votes.insert(master, Vote::For(hash));
                Cast::Counted(master)
            }
            Some(Vote::For(before)) if *before == hash => Cast::Repeated(master),
            Some(_) => {
                self.votes.insert(master, Vote::Equivocation);
                Cast::Equivocation(master)
            }
        }
    }

    /// Who of these validators signed the ledger of this hash.
    pub fn tally(&self, hash: &LedgerHash, validators: &TrustedValidators) -> Tally {
        let who = |vote: Vote| {
            let said = move |(master, cast): &(&PublicKey, &Vote)| {
                **cast == vote && validators.contains(master)
            };
            self.votes.iter().filter(said).map(|(master, _)| *master).collect()
        };
        Tally {
            signers: who(Vote::For(*hash)),
            equivocators: who(Vote::Equivocation),
            validators: validators.len(),
            quorum: validators.quorum(),
        }
    }

    /// The hash that a quorum of these validators signed. There is at most one: two would need
    /// more votes than there are.
    pub fn elected(&self, validators: &TrustedValidators) -> Option<LedgerHash> {
        let mut hashes: Vec<_> = self.votes.values().filter_map(Vote::hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.into_iter().find(|hash| self.tally(hash, validators).is_quorum())
    }
}

impl Vote {
    fn hash(&self) -> Option<LedgerHash> {
        match self {
            Vote::For(hash) => Some(*hash),
            Vote::Equivocation => None,
        }
    }
}

/// Who signed a ledger, out of how many.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// The master keys of those that signed it, in ascending order.
    pub signers: Vec<PublicKey>,
    /// The master keys of those that signed two ledgers of its number, and do not count.
    pub equivocators: Vec<PublicKey>,
    /// How many validators are believed.
    pub validators: usize,
    /// How many of them must have signed.
    pub quorum: usize,
}

impl Tally {
    /// Whether enough signed.
    pub fn is_quorum(&self) -> bool {
        self.signers.len() >= self.quorum
    }
}
