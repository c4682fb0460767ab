//! Transactions that somebody waits for and that nodes have named in closed ledgers, until one is
//! shown.

use std::collections::BTreeMap;

use crate::types::TxHash;

/// Places of one transaction that are remembered of each node. The truth has one, which a node that names
/// many cannot crowd out.
const MAX_PLACES: usize = 4;

/// Who has named which transaction in which ledger.
#[derive(Debug, Default)]
pub(super) struct Appearances(BTreeMap<TxHash, Vec<(usize, u32)>>);

impl Appearances {
    /// A node named it in a ledger. False when it had done so before, or too often.
    pub(super) fn named(&mut self, hash: TxHash, node: usize, index: u32) -> bool {
        let by = self.0.entry(hash).or_default();
        let own = by.iter().filter(|(one, _)| *one == node).count();
        let new = !by.contains(&(node, index)) && own < MAX_PLACES;
        if new {
            by.push((node, index));
        }
        new
    }

    /// The nodes that named it, and where.
    pub(super) fn of(&self, hash: &TxHash) -> &[(usize, u32)] {
        self.0.get(hash).map_or(&[], Vec::as_slice)
    }

    pub(super) fn hashes(&self) -> impl Iterator<Item = TxHash> + '_ {
        self.0.keys().copied()
    }

    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn held(&self, nodes: usize) -> Option<crate::config::Held> {
        let most = self.0.values().map(Vec::len).max()?;
        Some(crate::config::Held::new("places of one of those", most, MAX_PLACES * nodes))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// It was shown, or nobody waits for it any more.
    pub(super) fn remove(&mut self, hash: &TxHash) {
        self.0.remove(hash);
    }

    /// A node is not believed any more.
    pub(super) fn disbelieve(&mut self, node: usize) {
        self.0.retain(|_, by| {
            by.retain(|(one, _)| *one != node);
            !by.is_empty()
        });
    }
}
