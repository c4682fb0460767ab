//! Step 9 of the trip, for those who believe validators alone: which of the validations that nodes
//! pass on are kept, which ledgers they elect, and which nodes are heard.
//!
//! A validation needs nobody's word but that of its signature, so every node will do as a messenger.
//! What is kept is bounded by validators, not by messengers: so many of each signing key, those signed
//! last, and only of keys that somebody trusts.

#[cfg(feature = "testing")]
mod held;
mod sources;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    ops::RangeInclusive,
    sync::Arc,
};

pub(crate) use self::sources::Sources;
use crate::{
    proof::{Ballot, PublicKey, Tally, TrustedValidators, Validation, ValidationError},
    types::LedgerHash,
};

/// Validations that are kept of one signing key: those of about four minutes.
const KEPT: usize = 64;

/// The validations at hand, for all who need some.
#[derive(Debug, Default)]
pub(crate) struct Witnesses {
    by_ledger: BTreeMap<u32, Vec<Arc<Validation>>>,
    by_key: HashMap<PublicKey, VecDeque<Arc<Validation>>>,
    /// Whom those who listen believe.
    listeners: Vec<(u64, Arc<TrustedValidators>)>,
    next: u64,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// One more validation is at hand.
    News,
    /// It is known, or of nobody who matters, or newer than this crate can read.
    Nothing,
    /// It is not signed by whom it names. Servers check that before they pass validations on.
    Forged,
}

impl Witnesses {
    /// Somebody needs validations from now on.
    pub(crate) fn listen(&mut self, trusted: Arc<TrustedValidators>) -> u64 {
        let id = self.next;
        self.next += 1;
        self.listeners.push((id, trusted));
        id
    }

    /// Somebody needs no validations any more.
    pub(crate) fn leave(&mut self, id: u64) {
        self.listeners.retain(|(other, _)| *other != id);
        // What nobody believes any more is not kept for anybody.
        let Witnesses { by_ledger, by_key, listeners, .. } = self;
        let believed =
            |key: &PublicKey| listeners.iter().any(|(_, trusted)| trusted.master_of(key).is_some());
        by_key.retain(|key, _| believed(key));
        for votes in by_ledger.values_mut() {
            votes.retain(|vote| believed(vote.signing_key()));
        }
        by_ledger.retain(|_, votes| !votes.is_empty());
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.listeners.is_empty()
    }

    /// A node passed these bytes on.
    pub(crate) fn hear(&mut self, bytes: &[u8]) -> Heard {
        // Signatures are dear. First of all: is it of somebody, and new?
        let Ok((key, time)) = Validation::claims(bytes) else { return Heard::Nothing };
        let mut whom: Vec<&Arc<TrustedValidators>> = Vec::new();
        for (_, trusted) in &self.listeners {
            if !whom.iter().any(|known| Arc::ptr_eq(known, trusted)) {
                whom.push(trusted);
            }
        }
        let known = |one: &Arc<Validation>| one.as_bytes() == bytes;
        // What was signed long ago can be passed on again for ever, and pushes nothing out.
        let old = |kept: &VecDeque<Arc<Validation>>| {
            kept.len() >= KEPT && kept.iter().all(|one| one.signing_time() > time)
        };
        if !whom.iter().any(|trusted| trusted.master_of(&key).is_some())
            || self.by_key.get(&key).is_some_and(|kept| kept.iter().any(known) || old(kept))
        {
            return Heard::Nothing;
        }
        match Validation::verify(bytes) {
            Ok(validation) => {
                self.keep(Arc::new(validation));
                Heard::News
            }
            Err(ValidationError::Signature(_)) => Heard::Forged,
            Err(_) => Heard::Nothing,
        }
    }

    fn keep(&mut self, validation: Arc<Validation>) {
        let kept = self.by_key.entry(*validation.signing_key()).or_default();
        kept.push_back(validation.clone());
        let oldest = (0..kept.len()).filter(|_| kept.len() > KEPT);
        let oldest = oldest.min_by_key(|at| kept.get(*at).map(|one| one.signing_time()));
        let surplus = oldest.and_then(|at| kept.remove(at));
        self.by_ledger.entry(validation.ledger_index()).or_default().push(validation);
        if let Some(old) = surplus
            && let Some(others) = self.by_ledger.get_mut(&old.ledger_index())
        {
            others.retain(|one| !Arc::ptr_eq(one, &old));
            if others.is_empty() {
                self.by_ledger.remove(&old.ledger_index());
            }
        }
    }

    /// The first of these ledgers that a quorum signed, with its hash.
    pub(crate) fn elected(
        &self,
        trusted: &TrustedValidators,
        ledgers: RangeInclusive<u32>,
    ) -> Option<(u32, LedgerHash)> {
        let mut ballots = self.by_ledger.range(ledgers);
        ballots.find_map(|(index, votes)| {
            // Fewer votes than a quorum elect nobody.
            let ballot = (votes.len() >= trusted.quorum()).then(|| ballot(*index, votes, trusted));
            Some((*index, ballot?.elected(trusted)?))
        })
    }

    /// Everything that was signed about a ledger.
    pub(crate) fn of(&self, ledger: u32) -> &[Arc<Validation>] {
        self.by_ledger.get(&ledger).map(Vec::as_slice).unwrap_or_default()
    }

    /// How near any of these ledgers came to a quorum: the best count there was.
    pub(crate) fn best(
        &self,
        trusted: &TrustedValidators,
        ledgers: RangeInclusive<u32>,
    ) -> Option<Tally> {
        let tallies = self.by_ledger.range(ledgers).flat_map(|(index, votes)| {
            let ballot = ballot(*index, votes, trusted);
            let hashes = votes.iter().map(|vote| *vote.ledger_hash());
            hashes.map(move |hash| ballot.tally(&hash, trusted)).collect::<Vec<_>>()
        });
        tallies.max_by_key(|tally| tally.signers.len())
    }
}

fn ballot(index: u32, votes: &[Arc<Validation>], trusted: &TrustedValidators) -> Ballot {
    let mut ballot = Ballot::new(index);
    for vote in votes {
        ballot.cast(vote, trusted);
    }
    ballot
}
