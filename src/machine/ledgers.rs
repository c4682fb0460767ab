//! What nodes say of closed ledgers, and which ledgers are surely and completely known.
//!
//! A ledger is known from a node when the node has named as many distinct transactions of it as the
//! ledger has, or has sent its whole list. Nobody's count is exceeded: the highest one that a node
//! gave for this ledger holds for all. Two nodes that name different ledgers under one index make
//! that ledger known from neither.

use std::collections::{BTreeMap, HashSet};

use super::operators::Operators;
use crate::{
    error::Unfit,
    types::{LedgerHash, TxHash},
    wire::{ledger::HashList, ranges::LedgerRanges, stream::ClosedLedger},
};

#[cfg(any(feature = "testing", fuzzing))]
mod held;

/// How far back a node's message may reach behind its newest: clusters reorder a little.
const REORDER: u32 = 2;

/// How far ahead a node's ledgers may jump. A server that lost touch jumps by some hundred.
const MAX_JUMP: u32 = 1_000;

/// Ledgers whose transactions are remembered, for those who begin to ask a moment later.
const REMEMBERED: usize = 16;

/// Ledgers of which the hash and the count are remembered.
const RECORDED: usize = 2_048;

/// Transactions of one ledger that are remembered. Real ledgers have some hundred.
const MAX_TRANSACTIONS: usize = 1 << 14;

/// Stretches of known ledgers that are remembered of each node. With more holes than that in between,
/// the oldest stretch is given up: then it is not covered.
const MAX_STRETCHES: usize = 1_024;

/// The book of closed ledgers.
#[derive(Debug)]
pub(crate) struct Ledgers {
    nodes: Vec<View>,
    ledgers: BTreeMap<u32, Vec<Telling>>,
    /// From this ledger on all transactions that were told are remembered.
    floor: u32,
    /// Whether a ledger has become known since it was last asked.
    grown: bool,
}

/// What one node has told.
#[derive(Debug, Default)]
struct View {
    /// Its newest ledger; none while it is not followed.
    newest: Option<u32>,
    /// The newest that it closed. Of `newest` its transactions may have come before that.
    closed: Option<u32>,
    /// Its newest ledger when the following began: of those up to here its stream tells nothing.
    begun: Option<u32>,
    known: LedgerRanges,
}

/// One ledger as one node tells it.
#[derive(Debug)]
struct Telling {
    node: usize,
    hash: LedgerHash,
    txn_count: Option<u32>,
    /// How many distinct transactions its list has, if it was fetched.
    listed: Option<usize>,
    /// All that were streamed or listed; none when they are forgotten.
    transactions: Option<HashSet<TxHash>>,
    /// How many those were.
    size: usize,
    complete: bool,
}

impl Ledgers {
    pub(crate) fn new(nodes: usize) -> Ledgers {
        let nodes = (0..nodes).map(|_| View::default()).collect();
        Ledgers { nodes, ledgers: BTreeMap::new(), floor: 0, grown: false }
    }

    /// The newest ledger of the nodes that are followed.
    pub(crate) fn tip(&self) -> Option<u32> {
        self.nodes.iter().filter_map(|view| view.newest).max()
    }

    /// The newest ledger that followed nodes of two operators have: one that boasts brings it no closer.
    pub(crate) fn tip_of_two(&self, operators: &Operators) -> Option<u32> {
        let (first, _) = self.followed().max_by_key(|(_, newest)| *newest)?;
        let others = self.followed().filter(|(node, _)| operators.of(*node) != operators.of(first));
        others.map(|(_, newest)| newest).max()
    }

    /// The newest ledger of a followed node.
    pub(crate) fn newest_of(&self, node: usize) -> Option<u32> {
        self.nodes[node].newest
    }

    /// The nodes that are followed, and the newest ledger of each.
    pub(crate) fn followed(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let newest = |(node, view): (usize, &View)| Some((node, view.newest?));
        self.nodes.iter().enumerate().filter_map(newest)
    }

    /// The newest ledger that is known from any node.
    pub(crate) fn latest_known(&self) -> Option<u32> {
        self.nodes.iter().filter_map(|view| view.known.bounds()).map(|(_, newest)| newest).max()
    }

    /// The newest ledger of which no more messages are to be expected from the stream of a followed node.
    pub(crate) fn streamed_by(&self, node: usize) -> Option<u32> {
        let View { newest, begun, .. } = &self.nodes[node];
        (*begun).max(newest.and_then(|newest| newest.checked_sub(1)))
    }

    /// From this ledger on all transactions that were told are remembered.
    pub(crate) fn floor(&self) -> u32 {
        self.floor
    }

    /// Whether a ledger has become known since this was last asked.
    pub(crate) fn has_grown(&mut self) -> bool {
        std::mem::take(&mut self.grown)
    }

    /// The ledgers known from this node.
    pub(crate) fn known_from(&self, node: usize) -> &LedgerRanges {
        &self.nodes[node].known
    }

    /// Who has named this transaction in which of the remembered ledgers.
    pub(crate) fn find(&self, hash: &TxHash) -> Vec<(usize, u32)> {
        let has =
            |told: &&Telling| told.transactions.as_ref().is_some_and(|all| all.contains(hash));
        let named = |(index, told): (&u32, &Vec<Telling>)| {
            let index = *index;
            told.iter().filter(has).map(move |told| (told.node, index)).collect::<Vec<_>>()
        };
        self.ledgers.iter().rev().flat_map(named).collect()
    }

    /// A node is followed from now on; this is its newest validated ledger. What it told before stays
    /// told.
    pub(crate) fn follow(&mut self, node: usize, newest: u32) {
        let view = &mut self.nodes[node];
        (view.newest, view.closed, view.begun) = (Some(newest), Some(newest), Some(newest));
    }

    /// A node is not followed any more. What it told stays told.
    pub(crate) fn leave(&mut self, node: usize) {
        let view = &mut self.nodes[node];
        (view.newest, view.closed, view.begun) = (None, None, None);
    }

    /// A node is not believed any more, nor is anything it ever told.
    pub(crate) fn disbelieve(&mut self, node: usize) {
        self.nodes[node] = View::default();
        self.ledgers.retain(|_, told| {
            told.retain(|telling| telling.node != node);
            !told.is_empty()
        });
        // What it contradicted may be known now.
        for index in self.ledgers.keys().copied().collect::<Vec<_>>() {
            self.settle(index);
        }
    }

    /// A followed node says that a ledger was closed. True when it is a newer one than it closed before.
    pub(crate) fn closed(&mut self, node: usize, closed: &ClosedLedger) -> Result<bool, Unfit> {
        self.advance(node, closed.index)?;
        let last = self.nodes[node].closed;
        let newer = last.is_none_or(|last| last < closed.index);
        self.nodes[node].closed = last.max(Some(closed.index));
        let telling = self.telling(node, closed.index, closed.hash)?;
        telling.txn_count = telling.txn_count.max(closed.txn_count);
        self.settle(closed.index);
        Ok(newer)
    }

    /// A followed node says that a transaction is in a closed ledger.
    pub(crate) fn transaction(
        &mut self,
        node: usize,
        index: u32,
        ledger: LedgerHash,
        hash: TxHash,
    ) -> Result<(), Unfit> {
        self.advance(node, index)?;
        let telling = self.telling(node, index, ledger)?;
        if telling.complete && telling.transactions.is_none() {
            // An echo from a ledger that is done with.
            return Ok(());
        }
        let transactions = telling.transactions.get_or_insert_default();
        if transactions.len() < MAX_TRANSACTIONS {
            transactions.insert(hash);
        }
        telling.size = transactions.len();
        self.settle(index);
        Ok(())
    }

    /// A node sent the list of a ledger.
    pub(crate) fn list(&mut self, node: usize, list: &HashList) -> Result<(), Unfit> {
        let telling = self.telling(node, list.index, list.hash)?;
        let listed: HashSet<TxHash> =
            list.transactions.iter().copied().take(MAX_TRANSACTIONS).collect();
        telling.listed = Some(listed.len());
        let transactions = telling.transactions.get_or_insert_default();
        transactions.extend(listed);
        telling.size = transactions.len();
        self.settle(list.index);
        self.forget(None);
        Ok(())
    }

    fn advance(&mut self, node: usize, index: u32) -> Result<(), Unfit> {
        let view = &mut self.nodes[node];
        let Some(newest) = view.newest else {
            view.newest = Some(index);
            return Ok(());
        };
        if index.saturating_add(REORDER) < newest {
            return Err(Unfit::WentBack { from: newest, to: index });
        }
        if index > newest.saturating_add(MAX_JUMP) {
            return Err(Unfit::JumpedAhead { from: newest, to: index });
        }
        view.newest = Some(newest.max(index));
        Ok(())
    }

    fn telling(
        &mut self,
        node: usize,
        index: u32,
        hash: LedgerHash,
    ) -> Result<&mut Telling, Unfit> {
        let told = self.ledgers.entry(index).or_default();
        let at = told.iter().position(|telling| telling.node == node);
        if at.is_none() {
            told.push(Telling {
                node,
                hash,
                txn_count: None,
                listed: None,
                transactions: Some(HashSet::new()),
                size: 0,
                complete: false,
            });
            self.forget(Some(index));
        }
        let told = self.ledgers.entry(index).or_default();
        let at = at.unwrap_or(told.len() - 1);
        let telling = &mut told[at];
        if telling.hash != hash {
            let (first, second) = (telling.hash, hash);
            return Err(Unfit::TwoHistories { ledger_index: index, first, second });
        }
        Ok(telling)
    }

    /// Sees from whom a ledger is known now.
    fn settle(&mut self, index: u32) {
        let Some(told) = self.ledgers.get_mut(&index) else { return };
        let one_story = told.windows(2).all(|pair| pair[0].hash == pair[1].hash);
        let count = told.iter().filter_map(|telling| telling.txn_count).max();
        for telling in told {
            telling.complete = telling.is_complete(count);
            let known = &mut self.nodes[telling.node].known;
            match (one_story && telling.complete, known.contains(index)) {
                (true, false) => {
                    known.insert(index..=index);
                    if known.count() > MAX_STRETCHES {
                        known.remove_first();
                    }
                    self.grown = true;
                }
                (false, true) => known.remove(index),
                _ => {}
            }
        }
    }

    /// Forgets what is too old to matter, but not a newcomer that is about to be filled.
    fn forget(&mut self, newcomer: Option<u32>) {
        while self.ledgers.range(self.floor..).count() > REMEMBERED {
            let Some((lowest, _)) = self.ledgers.range(self.floor..).next() else { return };
            self.floor = lowest.saturating_add(1);
        }
        while self.ledgers.len() > RECORDED {
            let lowest = self.ledgers.keys().find(|index| Some(**index) != newcomer).copied();
            lowest.and_then(|lowest| self.ledgers.remove(&lowest));
        }
        for (index, told) in self.ledgers.range_mut(..self.floor) {
            for telling in told.iter_mut().filter(|_| Some(*index) != newcomer) {
                let newest = self.nodes[telling.node].newest;
                // A node that is behind the others still streams its own newest ledgers.
                let streams = newest.is_some_and(|newest| index.saturating_add(REORDER) >= newest);
                if telling.complete || !streams {
                    telling.transactions = None;
                }
            }
        }
    }
}

impl Telling {
    /// `count`: how many transactions the ledger has, as far as any node has said so.
    fn is_complete(&self, count: Option<u32>) -> bool {
        let count = count.map(|count| count as usize);
        let is_short = count.is_some_and(|count| self.size < count);
        match (&self.transactions, self.listed) {
            _ if is_short || self.size >= MAX_TRANSACTIONS => false,
            (None, _) => self.complete,
            // A damaged list lacks what the same node has streamed.
            (Some(_), Some(listed)) => listed == self.size,
            // Without a word of its own on how many there are, only the list can tell. And one too many is
            // no proof that all are there: which one is false?
            (Some(_), None) => self.txn_count.is_some() && count == Some(self.size),
        }
    }
}

#[cfg(test)]
mod tests;
