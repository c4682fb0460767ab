//! What nodes say of closed ledgers, and which ledgers are surely and completely known.
//!
//! A ledger is known from a node when the node has named as many distinct transactions of it as the
//! ledger has, or has sent its whole list. Two nodes that name different ledgers under one index make
//! that ledger known from neither.

use std::collections::{BTreeMap, HashSet};

use crate::{
    error::Unfit,
    types::{LedgerHash, TxHash},
    wire::{ledger::HashList, ranges::LedgerRanges, stream::ClosedLedger},
};

/// How far back a node's message may reach behind its newest: clusters reorder a little.
const REORDER: u32 = 2;

/// How far ahead a node's ledgers may jump. A server that lost touch jumps by some hundred.
const MAX_JUMP: u32 = 1_000;

/// Ledgers whose transactions are remembered, for those who begin to ask a moment later.
const REMEMBERED: u32 = 16;

/// The book of closed ledgers.
#[derive(Debug)]
pub(crate) struct Ledgers {
    nodes: Vec<View>,
    ledgers: BTreeMap<u32, Ledger>,
    /// Ledgers below this one are not remembered.
    floor: u32,
    tip: Option<u32>,
    /// Whether a ledger has become known since it was last asked.
    grown: bool,
}

/// What one node has told.
#[derive(Debug, Default)]
struct View {
    newest: Option<u32>,
    known: LedgerRanges,
}

/// One ledger as each node tells it.
#[derive(Debug, Default)]
struct Ledger {
    told: Vec<Telling>,
}

#[derive(Debug)]
struct Telling {
    node: usize,
    hash: LedgerHash,
    txn_count: Option<u32>,
    transactions: HashSet<TxHash>,
    whole: bool,
}

impl Ledgers {
    pub(crate) fn new(nodes: usize) -> Ledgers {
        Ledgers {
            nodes: (0..nodes).map(|_| View::default()).collect(),
            ledgers: BTreeMap::new(),
            floor: 0,
            tip: None,
            grown: false,
        }
    }

    /// The newest ledger that any node has told of.
    pub(crate) fn tip(&self) -> Option<u32> {
        self.tip
    }

    /// The lowest ledger whose transactions are all remembered, if it is known at all.
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

    /// The ledgers known from any node.
    pub(crate) fn known(&self) -> LedgerRanges {
        let mut known = LedgerRanges::new();
        for view in &self.nodes {
            known.extend(&view.known);
        }
        known
    }

    /// The transaction, if a remembered ledger has it: the ledger and who told it.
    pub(crate) fn find(&self, hash: &TxHash) -> Option<(u32, usize)> {
        self.ledgers.iter().rev().find_map(|(index, ledger)| {
            let telling = ledger.told.iter().find(|told| told.transactions.contains(hash))?;
            Some((*index, telling.node))
        })
    }

    /// A node begins anew, with this newest validated ledger. What it told before stays told.
    pub(crate) fn subscribed(&mut self, node: usize, newest: Option<u32>) {
        self.nodes[node].newest = newest;
        self.tip = self.tip.max(newest);
    }

    /// A node is not believed any more, nor is anything it ever told.
    pub(crate) fn disbelieve(&mut self, node: usize) {
        self.nodes[node] = View::default();
        for ledger in self.ledgers.values_mut() {
            ledger.told.retain(|told| told.node != node);
        }
    }

    /// A node says that a ledger was closed.
    pub(crate) fn closed(&mut self, node: usize, closed: &ClosedLedger) -> Result<(), Unfit> {
        self.advance(node, closed.index)?;
        let telling = self.telling(node, closed.index, closed.hash)?;
        telling.txn_count = telling.txn_count.or(closed.txn_count);
        self.settle(closed.index);
        Ok(())
    }

    /// A node says that a transaction is in a closed ledger. True when no node has said so before.
    pub(crate) fn transaction(
        &mut self,
        node: usize,
        index: u32,
        ledger: LedgerHash,
        hash: TxHash,
    ) -> Result<bool, Unfit> {
        self.advance(node, index)?;
        let new = self
            .ledgers
            .get(&index)
            .is_none_or(|ledger| !ledger.told.iter().any(|told| told.transactions.contains(&hash)));
        self.telling(node, index, ledger)?.transactions.insert(hash);
        self.settle(index);
        Ok(new)
    }

    /// A node sent the list of a ledger. False when it cannot be the whole list.
    pub(crate) fn list(&mut self, node: usize, list: &HashList) -> Result<bool, Unfit> {
        let counts: Vec<u32> = self
            .ledgers
            .get(&list.index)
            .into_iter()
            .flat_map(|ledger| &ledger.told)
            .filter(|told| told.hash == list.hash)
            .filter_map(|told| told.txn_count)
            .collect();
        let telling = self.telling(node, list.index, list.hash)?;
        telling.transactions.extend(&list.transactions);
        let length = u32::try_from(telling.transactions.len()).unwrap_or(u32::MAX);
        // The ledger's own count knows better than a list that damage made short.
        let whole = counts.iter().all(|count| *count == length);
        telling.whole = whole;
        self.tip = self.tip.max(Some(list.index));
        self.settle(list.index);
        Ok(whole)
    }

    fn advance(&mut self, node: usize, index: u32) -> Result<(), Unfit> {
        let view = &mut self.nodes[node];
        if let Some(newest) = view.newest {
            if index.saturating_add(REORDER) < newest {
                return Err(Unfit::WentBack { from: newest, to: index });
            }
            if index > newest.saturating_add(MAX_JUMP) {
                return Err(Unfit::JumpedAhead { from: newest, to: index });
            }
        }
        view.newest = view.newest.max(Some(index));
        self.tip = self.tip.max(Some(index));
        Ok(())
    }

    fn telling(
        &mut self,
        node: usize,
        index: u32,
        hash: LedgerHash,
    ) -> Result<&mut Telling, Unfit> {
        let told = &mut self.ledgers.entry(index).or_default().told;
        let at = match told.iter().position(|told| told.node == node) {
            Some(at) => at,
            None => {
                let transactions = HashSet::new();
                told.push(Telling { node, hash, txn_count: None, transactions, whole: false });
                told.len() - 1
            }
        };
        let telling = &mut told[at];
        if telling.hash != hash {
            let (first, second) = (telling.hash, hash);
            return Err(Unfit::TwoHistories { ledger_index: index, first, second });
        }
        Ok(telling)
    }

    /// Sees whether a ledger is known now, and forgets what is too old to matter.
    fn settle(&mut self, index: u32) {
        let Some(ledger) = self.ledgers.get(&index) else { return };
        let one_story = ledger.told.windows(2).all(|pair| pair[0].hash == pair[1].hash);
        for told in &ledger.told {
            let known = &mut self.nodes[told.node].known;
            if !one_story {
                known.remove(index);
            } else if told.is_complete() && !known.contains(index) {
                known.insert(index..=index);
                self.grown = true;
            }
        }
        let newest = self.tip.unwrap_or(index);
        let floor = newest.saturating_sub(REMEMBERED - 1);
        if floor > self.floor {
            self.floor = floor;
            self.ledgers = self.ledgers.split_off(&floor);
        }
    }
}

impl Telling {
    fn is_complete(&self) -> bool {
        self.whole || self.txn_count.is_some_and(|count| self.transactions.len() == count as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(n: u8) -> LedgerHash {
        LedgerHash::from_bytes([n; 32])
    }

    fn tx(n: u8) -> TxHash {
        TxHash::from_bytes([n; 32])
    }

    fn closed(index: u32, hash: u8, txn_count: u32) -> ClosedLedger {
        ClosedLedger { index, hash: ledger(hash), txn_count: Some(txn_count), network_id: None }
    }

    fn list(index: u32, hash: u8, transactions: &[u8]) -> HashList {
        let transactions = transactions.iter().map(|n| tx(*n)).collect();
        HashList { index, hash: ledger(hash), transactions }
    }

    #[test]
    fn a_ledger_is_known_with_its_last_transaction_and_not_before() {
        let mut ledgers = Ledgers::new(1);
        ledgers.closed(0, &closed(5, 1, 2)).unwrap();
        assert_eq!(ledgers.transaction(0, 5, ledger(1), tx(1)), Ok(true));
        assert_eq!(ledgers.transaction(0, 5, ledger(1), tx(1)), Ok(false), "a duplicate");
        assert!(ledgers.known().is_empty());
        ledgers.transaction(0, 5, ledger(1), tx(2)).unwrap();
        assert!(ledgers.known().contains(5));
        assert_eq!(ledgers.find(&tx(1)), Some((5, 0)));
    }

    #[test]
    fn the_count_may_come_after_the_transactions() {
        let mut ledgers = Ledgers::new(1);
        ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
        assert!(ledgers.known().is_empty());
        ledgers.closed(0, &closed(5, 1, 1)).unwrap();
        assert!(ledgers.known().contains(5));
    }

    #[test]
    fn two_nodes_do_not_complete_a_ledger_together() {
        let mut ledgers = Ledgers::new(2);
        ledgers.closed(0, &closed(5, 1, 2)).unwrap();
        ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
        ledgers.transaction(1, 5, ledger(1), tx(2)).unwrap();
        assert!(ledgers.known().is_empty());
    }

    #[test]
    fn too_many_transactions_are_not_the_ledger_either() {
        let mut ledgers = Ledgers::new(1);
        ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
        ledgers.transaction(0, 5, ledger(1), tx(2)).unwrap();
        ledgers.closed(0, &closed(5, 1, 1)).unwrap();
        assert!(ledgers.known().is_empty());
    }

    #[test]
    fn an_empty_ledger_is_known_at_its_close() {
        let mut ledgers = Ledgers::new(1);
        ledgers.closed(0, &closed(5, 1, 0)).unwrap();
        assert!(ledgers.known().contains(5));
    }

    #[test]
    fn without_a_count_only_a_list_makes_a_ledger_known() {
        let mut ledgers = Ledgers::new(1);
        let silent = ClosedLedger { txn_count: None, ..closed(5, 1, 0) };
        ledgers.closed(0, &silent).unwrap();
        assert!(ledgers.known().is_empty());
        assert_eq!(ledgers.list(0, &list(5, 1, &[1, 2])), Ok(true));
        assert!(ledgers.known().contains(5));
    }

    #[test]
    fn a_list_shorter_than_the_count_is_not_whole() {
        let mut ledgers = Ledgers::new(1);
        ledgers.closed(0, &closed(5, 1, 3)).unwrap();
        assert_eq!(ledgers.list(0, &list(5, 1, &[1, 2])), Ok(false));
        assert!(ledgers.known().is_empty());
    }

    #[test]
    fn two_ledgers_under_one_index_are_known_from_nobody() {
        let mut ledgers = Ledgers::new(2);
        ledgers.closed(0, &closed(5, 1, 0)).unwrap();
        assert!(ledgers.known().contains(5));
        ledgers.closed(1, &closed(5, 2, 0)).unwrap();
        assert!(ledgers.known().is_empty());
    }

    #[test]
    fn a_node_that_contradicts_itself_or_time_is_named() {
        let mut ledgers = Ledgers::new(1);
        ledgers.closed(0, &closed(50, 1, 0)).unwrap();
        assert!(matches!(ledgers.closed(0, &closed(50, 2, 0)), Err(Unfit::TwoHistories { .. })));
        assert_eq!(ledgers.closed(0, &closed(50, 1, 0)), Ok(()), "a duplicate is none");
        assert_eq!(ledgers.closed(0, &closed(48, 3, 0)), Ok(()), "clusters reorder a little");
        assert_eq!(ledgers.closed(0, &closed(47, 4, 0)), Err(Unfit::WentBack { from: 50, to: 47 }));
        assert_eq!(
            ledgers.closed(0, &closed(2_000, 4, 0)),
            Err(Unfit::JumpedAhead { from: 50, to: 2_000 })
        );
    }

    #[test]
    fn what_a_disbelieved_node_told_is_forgotten() {
        let mut ledgers = Ledgers::new(2);
        ledgers.closed(0, &closed(5, 1, 0)).unwrap();
        ledgers.closed(1, &closed(5, 1, 0)).unwrap();
        ledgers.closed(0, &closed(6, 1, 0)).unwrap();
        ledgers.disbelieve(0);
        assert_eq!(ledgers.known().to_string(), "5");
    }

    #[test]
    fn memory_does_not_grow_with_time() {
        let mut ledgers = Ledgers::new(1);
        for index in 1..10_000 {
            ledgers.closed(0, &closed(index, 1, 1)).unwrap();
            ledgers.transaction(0, index, ledger(1), tx(1)).unwrap();
        }
        assert!(ledgers.ledgers.len() <= REMEMBERED as usize);
        assert!(ledgers.known().is_contiguous());
        assert_eq!(ledgers.floor(), 9_999 - REMEMBERED + 1);
    }
}
