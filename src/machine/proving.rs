//! Step 9 of the trip, for those who believe validators alone: from a node's word that a transaction
//! is in a ledger to the proof of it.
//!
//! The ledger is fetched whole, its tree is hashed, and headers are walked forward to a ledger whose
//! hash is known to be the validated one: because a quorum signed it, or because it was proven before.
//! Nothing that the node says is believed on the way. At the end everything is checked once more, as
//! one document.

#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use crate::{
    error::Unproven,
    proof::{LedgerHeader, MAX_CHAIN, Proof, TransactionTree},
    types::{LedgerHash, TxHash},
    wire::whole::{Entry, WholeLedger},
};

/// Headers that are walked from the transaction's ledger to one that was signed, unless set: about a
/// quarter of an hour of ledgers.
pub(crate) const WALK: u32 = 256;

/// The longest walk that can be set.
pub(crate) const MAX_WALK: u32 = MAX_CHAIN as u32;

/// Headers that are asked for at a time.
pub(crate) const AT_ONCE: u32 = 16;

/// A ledger whose hash is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) index: u32,
    pub(crate) hash: LedgerHash,
    pub(crate) by: By,
}

/// Why the hash of an anchor is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Validators,
    Checkpoint,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    /// Fetch this ledger with all its transactions.
    Ledger(u32),
    /// Fetch the headers of these ledgers.
    Headers(RangeInclusive<u32>),
    /// Wait until more is known of what validators signed.
    Wait,
    /// The chain from the transaction to the anchor is whole.
    Done(Box<Proof>, Anchor),
}

/// The word of one node on its way to a proof.
#[derive(Debug)]
pub(crate) struct Proving {
    hash: TxHash,
    ledger: u32,
    walk: u32,
    /// The transaction in its ledger, without any signature.
    base: Option<Proof>,
    /// The headers that follow on its ledger.
    later: Vec<LedgerHeader>,
}

impl Proving {
    /// A node says that this transaction is in this ledger. At most `walk` headers are walked.
    pub(crate) fn new(hash: TxHash, ledger: u32, walk: u32) -> Proving {
        Proving { hash, ledger, walk, base: None, later: Vec::new() }
    }

    /// The ledgers that can be an anchor. Those out of [reach](Proving::reach) tell that it is in vain.
    pub(crate) fn range(&self) -> RangeInclusive<u32> {
        self.ledger..=u32::MAX
    }

    /// Whether the way is too long when `next` is the first ledger that can be an anchor.
    pub(crate) fn reach(&self, next: u32) -> Result<(), Unproven> {
        let (ledger_index, limit) = (self.ledger, self.walk);
        match next.saturating_sub(ledger_index) > limit {
            true => Err(Unproven::TooFarBack { ledger_index, next, limit }),
            false => Ok(()),
        }
    }

    /// What is to be done; `anchor` is the first one known that is not before the ledger.
    pub(crate) fn next(&self, anchor: Option<Anchor>) -> Result<Next, Unproven> {
        let Some(base) = &self.base else { return Ok(Next::Ledger(self.ledger)) };
        let Some(anchor) = anchor else { return Ok(Next::Wait) };
        self.reach(anchor.index)?;
        let steps = anchor.index.saturating_sub(self.ledger) as usize;
        let Some(later) = self.later.get(..steps) else {
            let first = self.tip(base).ledger_index.saturating_add(1);
            let last = first.saturating_add(AT_ONCE - 1).min(anchor.index);
            return Ok(Next::Headers(first..=last));
        };
        let found = later.last().unwrap_or(base.header()).hash();
        if found != anchor.hash {
            let Anchor { index: ledger_index, hash: expected, .. } = anchor;
            return Err(Unproven::OtherLedger { ledger_index, expected, found });
        }
        let proof = base.clone().with_later(later.to_vec()).map_err(refused)?;
        Ok(Next::Done(Box::new(proof), anchor))
    }

    /// The ledger came.
    pub(crate) fn ledger(&mut self, ledger: &WholeLedger) -> Result<(), Unproven> {
        let ledger_index = self.ledger;
        let missing = || Unproven::NotInLedger { ledger_index };
        let entries = ledger.transactions.as_deref().unwrap_or_default();
        let entry = entries.iter().find(|entry| entry.hash == self.hash).ok_or_else(missing)?;
        if ledger.index != ledger_index {
            return Err(missing());
        }
        let Entry { blob, meta, .. } = entry;
        let tree = TransactionTree::new(entries.iter().map(|entry| (&entry.blob, &entry.meta)));
        let tree = tree.map_err(refused)?;
        self.base = Some(Proof::new(*ledger.header, &tree, blob, meta).map_err(refused)?);
        Ok(())
    }

    /// The headers after those that came before.
    pub(crate) fn headers(&mut self, headers: &[LedgerHeader]) -> Result<(), Unproven> {
        let Some(base) = &self.base else { return Ok(()) };
        let tip = self.tip(base);
        tip.follow(headers).map_err(refused)?;
        self.later.extend_from_slice(headers);
        Ok(())
    }

    fn tip<'a>(&'a self, base: &'a Proof) -> &'a LedgerHeader {
        self.later.last().unwrap_or(base.header())
    }
}

/// What the check of a whole document says.
pub(crate) fn refused(reason: impl std::fmt::Display) -> Unproven {
    Unproven::Refused(reason.to_string())
}
