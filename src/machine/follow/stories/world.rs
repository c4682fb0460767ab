//! The model of the world: a chain of ledgers in which accounts are touched, and nodes that tell of it.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    codec::{self, Definitions, header::LedgerHeader},
    machine::{fitness::Fit, watch::stories::world::Bytes},
    types::{AccountId, Hash256, LedgerHash, RippleTime, TxHash},
    wire::{
        history::HistoryPage,
        server_info::ValidatedLedger,
        stream::{ClosedLedger, StreamMessage, StreamedTransaction},
        whole::{Entry, WholeLedger},
    },
};

/// The first ledger there is.
const FIRST: u32 = 100;

/// Ledgers at the start.
const HISTORY: u32 = 60;

/// Transactions on a page of a history.
const PAGE: usize = 3;

/// One that can be followed.
pub(in crate::machine::follow) fn account(number: u8) -> AccountId {
    AccountId::from_bytes([number + 1; 20])
}

/// One transaction, in both forms.
struct Transaction {
    entry: Entry,
    /// As a stream tells it, but for its ledger.
    message: Map<String, Value>,
    /// Whom it touches.
    touches: u8,
}

/// The chain.
pub(in crate::machine::follow) struct World {
    ledgers: Vec<Vec<Rc<Transaction>>>,
    /// In which ledger each account was touched last.
    last: RefCell<[u32; 4]>,
    made: u32,
}

impl World {
    pub(in crate::machine::follow) fn new() -> World {
        let mut world = World { ledgers: Vec::new(), last: RefCell::new([FIRST; 4]), made: 0 };
        (0..HISTORY).for_each(|n| world.close(if n % 7 == 0 { 1 } else { 0 }));
        world
    }

    pub(in crate::machine::follow) fn tip(&self) -> u32 {
        FIRST + self.ledgers.len() as u32 - 1
    }

    pub(in crate::machine::follow) fn hash(&self, index: u32) -> LedgerHash {
        name(index, false)
    }

    /// Closes a ledger: the digits tell how many transactions it has, and whom they touch.
    pub(in crate::machine::follow) fn close(&mut self, touched: u8) {
        let index = FIRST + self.ledgers.len() as u32;
        let count = usize::from(touched % 4);
        let transactions = (0..count).map(|place| {
            let touches = (touched >> (2 + place)) % 4;
            self.made += 1;
            Rc::new(self.transaction(index, place, touches))
        });
        let transactions = transactions.collect::<Vec<_>>();
        self.ledgers.push(transactions);
    }

    /// A payment to the account with this number. It says when that one had changed before.
    fn transaction(&self, index: u32, place: usize, touches: u8) -> Transaction {
        let receiver = account(touches);
        let before = std::mem::replace(&mut self.last.borrow_mut()[usize::from(touches)], index);
        let tx = json!({
            "TransactionType": "Payment", "Account": AccountId::from_bytes([99; 20]),
            "Destination": receiver, "Amount": "1", "Fee": "10", "Sequence": self.made,
            "SigningPubKey": "", "Flags": 0,
        });
        let meta = json!({
            "TransactionIndex": place, "TransactionResult": "tesSUCCESS",
            "AffectedNodes": [{ "ModifiedNode": {
                "LedgerEntryType": "AccountRoot", "LedgerIndex": "07".repeat(32),
                "PreviousTxnLgrSeq": before, "FinalFields": { "Account": receiver, "Balance": "5" },
            } }],
        });
        let encode = Definitions::xrpl();
        let (Some(json), Some(meta)) = (tx.as_object(), meta.as_object()) else { unreachable!() };
        let blob = encode.encode_transaction(json).expect("it is a payment");
        let hash = codec::transaction_id(&blob);
        let message = json!({
            "type": "transaction", "validated": true, "hash": hash, "tx_json": json, "meta": meta,
            "close_time_iso": "2026-01-01T00:00:00Z",
        });
        let meta = encode.encode_metadata(meta).expect("it is metadata");
        let Value::Object(message) = message else { unreachable!() };
        Transaction { entry: Entry { hash, blob, meta }, message, touches }
    }

    fn ledger(&self, index: u32) -> Option<&Vec<Rc<Transaction>>> {
        self.ledgers.get(usize::try_from(index.checked_sub(FIRST)?).ok()?)
    }

    /// The transactions in these ledgers that touch followed accounts, in order.
    pub(in crate::machine::follow) fn touching(
        &self,
        first: u32,
        last: u32,
        followed: impl Fn(u8, u32) -> bool,
    ) -> Vec<TxHash> {
        let of = |index| self.ledger(index).into_iter().flatten().map(move |tx| (index, tx));
        let all = (first..=last).flat_map(of);
        let touch = all.filter(|(index, tx)| tx.touches < 3 && followed(tx.touches, *index));
        touch.map(|(_, tx)| tx.entry.hash).collect()
    }
}

/// What a ledger is called, on the chain or on another one.
fn name(index: u32, alien: bool) -> LedgerHash {
    let mut bytes = [if alien { 0xEE } else { 0x11 }; 32];
    bytes[..4].copy_from_slice(&index.to_be_bytes());
    LedgerHash::from_bytes(bytes)
}

/// A node.
pub(in crate::machine::follow) struct Node {
    pub(in crate::machine::follow) subscribed: bool,
    /// What its subscription says next.
    pub(in crate::machine::follow) queue: VecDeque<(StreamMessage, Utf8Bytes)>,
    /// Leaves every other ledger out of histories.
    forgetful: bool,
    /// Lives on another chain.
    alien: bool,
    behind: u32,
    down: bool,
    /// Searches so much less than it is asked to.
    narrow: u32,
    /// Empty pages before the next good one.
    empty: u32,
    /// The last ledger of which its stream has told.
    heard: u32,
}

impl Node {
    pub(in crate::machine::follow) fn new(forgetful: bool, alien: bool) -> Node {
        Node {
            subscribed: false,
            queue: VecDeque::new(),
            forgetful,
            alien,
            behind: 0,
            down: false,
            narrow: 0,
            empty: 0,
            heard: FIRST + HISTORY - 1,
        }
    }

    pub(in crate::machine::follow) fn heal(&mut self) {
        (self.behind, self.down, self.narrow, self.empty) = (0, false, 0, 0);
    }

    pub(in crate::machine::follow) fn disturb(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.below(5) {
            0 => self.behind = bytes.below(6) as u32,
            1 => self.down = true,
            2 => self.narrow = 1 + bytes.below(3) as u32,
            3 => self.empty = 1 + bytes.below(20) as u32,
            _ => {
                let (front, back) = (bytes.below(8), bytes.below(8));
                if front.max(back) < self.queue.len() {
                    self.queue.swap(front, back);
                }
            }
        }
    }

    pub(in crate::machine::follow) fn is_up(&self) -> bool {
        !self.down
    }

    fn tip(&self, world: &World) -> u32 {
        (world.tip() - self.behind).max(FIRST)
    }

    pub(in crate::machine::follow) fn newest(&self, world: &World) -> ClosedLedger {
        let index = self.tip(world);
        ClosedLedger { index, hash: name(index, self.alien), txn_count: None, network_id: None }
    }

    pub(in crate::machine::follow) fn fit(&self, world: &World) -> Fit {
        let tip = self.tip(world);
        let validated = ValidatedLedger { index: tip, hash: None, age: Some(1) };
        let complete = format!("{FIRST}-{tip}").parse().expect("a range");
        Fit { network_id: 0, validated, complete }
    }

    /// Its stream tells of the ledgers since; with `lost`, some messages are lost.
    pub(in crate::machine::follow) fn hear(&mut self, world: &World, lost: u8) {
        for index in self.heard + 1..=self.tip(world) {
            self.heard = index;
            let hash = name(index, self.alien);
            let transactions = world.ledger(index).into_iter().flatten();
            let count = Some(transactions.clone().count() as u32);
            let closed = ClosedLedger { index, hash, txn_count: count, network_id: None };
            self.queue.push_back((StreamMessage::Closed(closed), "{}".into()));
            for tx in transactions {
                let mut message = tx.message.clone();
                message.insert("ledger_index".to_owned(), json!(index));
                message.insert("ledger_hash".to_owned(), json!(hash));
                let text = Value::Object(message).to_string();
                let told = StreamedTransaction {
                    hash: tx.entry.hash,
                    ledger_index: index,
                    ledger_hash: hash,
                    network_id: None,
                };
                self.queue.push_back((StreamMessage::Transaction(told), text.into()));
            }
            if lost & 1 == 1 {
                self.queue.pop_back();
            }
            if lost & 2 == 2 {
                self.queue.pop_front();
            }
            if lost & 4 == 4 {
                self.queue.extend(self.queue.back().cloned());
            }
        }
    }

    pub(in crate::machine::follow) fn ledger(
        &self,
        world: &World,
        index: u32,
        whole: bool,
    ) -> Option<WholeLedger> {
        let transactions = world.ledger(index).filter(|_| index <= self.tip(world))?;
        let mut entries: Vec<Entry> = transactions.iter().map(|tx| tx.entry.clone()).collect();
        entries.sort_unstable_by_key(|entry| entry.hash);
        Some(WholeLedger {
            index,
            hash: name(index, self.alien),
            header: Box::new(LedgerHeader {
                ledger_index: index,
                total_drops: 0,
                parent_hash: name(index.saturating_sub(1), self.alien),
                transaction_hash: Hash256::from_bytes([0; 32]),
                account_hash: Hash256::from_bytes([0; 32]),
                parent_close_time: RippleTime::from_seconds(0),
                close_time: RippleTime::from_seconds(index * 4),
                close_time_resolution: 10,
                close_flags: 0,
            }),
            transactions: whole.then_some(entries),
        })
    }

    /// A page of a history; markers tell nothing here but that there is more.
    pub(in crate::machine::follow) fn page(
        &mut self,
        world: &World,
        of: AccountId,
        (min, max): (u32, u32),
        marked: bool,
    ) -> Option<HistoryPage> {
        if max > self.tip(world) || min < FIRST {
            return None;
        }
        let account = of;
        if self.empty > 0 && (self.empty > 1 || !marked) {
            self.empty -= 1;
            let marker = Some(json!(1));
            return Some(HistoryPage { account, min, max, ledgers: Vec::new(), marker });
        }
        let touches = |tx: &&Rc<Transaction>| self::account(tx.touches) == of;
        let listed = |index: &u32| !self.forgetful || !index.is_multiple_of(2);
        let mut ledgers = Vec::new();
        for index in (min..=max).filter(listed) {
            let touching = world.ledger(index).into_iter().flatten().filter(touches);
            ledgers.extend(touching.map(|_| index));
        }
        let marker = (ledgers.len() > PAGE).then(|| json!(2));
        ledgers.truncate(PAGE);
        let max = max.saturating_sub(self.narrow).max(min);
        Some(HistoryPage { account, min, max, ledgers, marker })
    }
}
