//! The model of the world: one chain of ledgers, and nodes that tell of it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::{
    types::{LedgerHash, TxHash},
    wire::{
        ledger::HashList,
        stream::{ClosedLedger, StreamMessage, StreamedTransaction},
    },
};

/// Where choices come from; all of them are the first one when the bytes are used up.
pub(in crate::machine) struct Bytes<'a>(pub(in crate::machine) &'a [u8]);

impl Bytes<'_> {
    pub(in crate::machine) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::machine) fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(in crate::machine) fn below(&mut self, end: usize) -> usize {
        usize::from(self.next()) % end
    }
}

/// A hash that is waited for.
pub(super) fn awaited(n: u8) -> TxHash {
    TxHash::from_bytes([n; 32])
}

/// The chain.
pub(super) struct World {
    ledgers: Vec<Vec<TxHash>>,
    places: HashMap<TxHash, u32>,
    others: u32,
}

impl World {
    /// A chain that begins somewhere, as all do that one joins.
    pub(super) fn new() -> World {
        World { ledgers: vec![Vec::new(); 40], places: HashMap::new(), others: 0 }
    }

    pub(super) fn tip(&self) -> u32 {
        self.ledgers.len() as u32
    }

    /// Closes a ledger that holds this transaction, if no other does, and some of others.
    pub(super) fn close(&mut self, awaited: Option<TxHash>, others: usize) {
        let index = self.tip() + 1;
        let mut transactions = Vec::new();
        for _ in 0..others {
            self.others += 1;
            let mut bytes = [0xFF; 32];
            bytes[..4].copy_from_slice(&self.others.to_be_bytes());
            transactions.push(TxHash::from_bytes(bytes));
        }
        if let Some(hash) = awaited
            && !self.places.contains_key(&hash)
        {
            self.places.insert(hash, index);
            transactions.push(hash);
        }
        self.ledgers.push(transactions);
    }

    pub(super) fn place_of(&self, hash: &TxHash) -> Option<u32> {
        self.places.get(hash).copied()
    }

    fn transactions(&self, index: u32) -> &[TxHash] {
        self.ledgers.get(index as usize - 1).map_or(&[], Vec::as_slice)
    }
}

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    /// Its newest ledger; none at all while it is 0.
    pub(super) position: u32,
    pub(super) subscribed: bool,
    pub(super) queue: VecDeque<StreamMessage>,
    pub(super) lies: bool,
    /// Whether it ever did.
    pub(super) lied: bool,
    /// Whether it says how many transactions a ledger has. Old servers do not.
    counts: bool,
    /// It tells no transactions, no counts, and only the newest ledger.
    polled: bool,
    /// Ledgers of which it has told a false hash.
    false_hashes: BTreeMap<u32, u8>,
}

impl Node {
    pub(super) fn new(lies: bool, counts: bool, polled: bool) -> Node {
        Node {
            position: 0,
            subscribed: false,
            queue: VecDeque::new(),
            lies,
            lied: lies,
            counts: counts && !polled,
            polled,
            false_hashes: BTreeMap::new(),
        }
    }

    /// From now on it is as it should be.
    pub(super) fn mend(&mut self) {
        self.lies = false;
        self.counts = !self.polled;
        self.false_hashes.clear();
    }

    pub(super) fn subscribe(&mut self) -> u32 {
        self.subscribed = true;
        self.queue.clear();
        self.position
    }

    /// It hears of so many more ledgers, and tells of them in one of three orders.
    pub(super) fn advance(&mut self, world: &World, ledgers: u32, order: usize) {
        let end = self.position.saturating_add(ledgers).min(world.tip());
        if self.position == 0 {
            self.position = world.tip();
        }
        if self.polled && self.position < end {
            self.position = end;
            if self.subscribed {
                self.queue.push_back(self.closed(end, 0));
            }
        }
        while self.position < end {
            self.position += 1;
            let index = self.position;
            let closed = self.closed(index, world.transactions(index).len() as u32);
            let transactions = world.transactions(index).iter();
            let transactions = transactions.map(|hash| self.transaction(index, *hash, None));
            let mut messages: Vec<StreamMessage> = transactions.collect();
            match order {
                0 => messages.insert(0, closed),
                1 => messages.push(closed),
                _ => messages.insert(messages.len() / 2, closed),
            }
            self.queue.extend(messages.into_iter().filter(|_| self.subscribed));
        }
    }

    /// Its list of a ledger, if it has it.
    pub(super) fn list(&self, world: &World, index: u32) -> Option<HashList> {
        (1..=self.position).contains(&index).then(|| HashList {
            index,
            hash: self.hash(index),
            transactions: world.transactions(index).to_vec(),
        })
    }

    /// Something happens to the messages on their way.
    pub(super) fn disturb(&mut self, bytes: &mut Bytes<'_>) {
        let at = bytes.below(8);
        match bytes.below(3) {
            0 => drop(self.queue.remove(at)),
            1 => {
                if let Some(message) = self.queue.get(at).cloned() {
                    self.queue.insert(at, message);
                }
            }
            _ => {
                if at + 1 < self.queue.len() {
                    self.queue.swap(at, at + 1);
                }
            }
        }
    }

    /// One of its lies.
    pub(super) fn lie(&mut self, bytes: &mut Bytes<'_>, hash: TxHash) -> StreamMessage {
        let index = (self.position + 1).saturating_sub(bytes.below(4) as u32).max(1);
        match bytes.below(7) {
            0 => self.closed(index + 300, 0),
            1 => self.closed(index.saturating_sub(30).max(1), 0),
            2 => {
                self.false_hashes.insert(index, bytes.next() | 1);
                self.closed(index, 0)
            }
            3 => self.closed(index, 9),
            4 => self.closed(index, 0),
            5 => self.transaction(index, hash, None),
            _ => self.transaction(index, hash, Some(21_337)),
        }
    }

    fn closed(&self, index: u32, count: u32) -> StreamMessage {
        StreamMessage::Closed(ClosedLedger {
            index,
            hash: self.hash(index),
            txn_count: self.counts.then_some(count),
            network_id: None,
        })
    }

    fn transaction(&self, index: u32, hash: TxHash, network_id: Option<u32>) -> StreamMessage {
        let ledger_hash = self.hash(index);
        StreamMessage::Transaction(StreamedTransaction {
            hash,
            ledger_index: index,
            ledger_hash,
            network_id,
        })
    }

    fn hash(&self, index: u32) -> LedgerHash {
        let mut bytes = [self.false_hashes.get(&index).copied().unwrap_or(0); 32];
        bytes[..4].copy_from_slice(&index.to_be_bytes());
        LedgerHash::from_bytes(bytes)
    }
}
