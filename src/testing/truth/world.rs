//! The chain of closed ledgers, what is scheduled for the next ones, and all that nodes look up.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, OnceLock},
    time::Duration,
};

use serde_json::{Map, Value, json};

use super::{
    council::Council,
    ledger::{CLOSE_RESOLUTION, Ledger, LedgerTransaction},
    orders::Order,
    sign::Signer,
    state::State,
    traffic::Traffic,
    transactions::{self, Effect},
};
use crate::{
    codec::Definitions,
    testing::{
        random,
        recorded::{Archive, RecordingError},
    },
    types::{AccountId, Hash256, LedgerHash, RippleTime, TxHash},
};

/// 2026-01-01T00:00:00Z.
const FIRST_CLOSE: u32 = 820_540_800;
/// All XRP at the start, in drops.
const FIRST_TOTAL: u64 = 99_985_000_000_000_000;

/// So many signed transactions are remembered that no ledger will hold.
const UNHELD: usize = 64;

/// What distinguishes one simulated network from another.
#[derive(Clone, Debug)]
pub(in crate::testing) struct Settings {
    pub(in crate::testing) seed: u64,
    pub(in crate::testing) network_id: u32,
    pub(in crate::testing) first_ledger: u32,
    pub(in crate::testing) history: u32,
    pub(in crate::testing) interval: Duration,
    pub(in crate::testing) traffic: u32,
    pub(in crate::testing) keep: usize,
    pub(in crate::testing) validators: usize,
    /// What was before the first simulated ledger.
    pub(in crate::testing) archive: Option<Arc<Archive>>,
}

/// What was looked for, unless a recording is damaged.
pub(in crate::testing) type Found<T> = Result<Option<T>, RecordingError>;

/// The names of fields in this network.
pub(in crate::testing) fn definitions(network_id: u32) -> &'static Definitions {
    match network_id {
        21_337 | 21_338 => Definitions::xahau(),
        _ => Definitions::xrpl(),
    }
}

/// The truth. It changes only when a ledger closes.
#[derive(Debug)]
pub(in crate::testing) struct World {
    pub(in crate::testing) settings: Settings,
    pub(in crate::testing) council: Council,
    ledgers: BTreeMap<u32, Arc<Ledger>>,
    places: HashMap<TxHash, (u32, u32)>,
    by_account: HashMap<AccountId, VecDeque<(u32, u32)>>,
    scheduled: BTreeMap<u32, Vec<Signed>>,
    /// Signed, but for no ledger: the newest ones.
    unheld: VecDeque<Signed>,
    state: State,
    signer: Signer,
    traffic: Traffic,
    total_drops: u64,
    closed_after: Duration,
    /// What the time of closing is counted from.
    start: u32,
}

/// A signed transaction that waits for its ledger.
#[derive(Clone, Debug)]
pub(in crate::testing) struct Signed {
    pub(in crate::testing) hash: TxHash,
    pub(super) blob: Vec<u8>,
    pub(super) json: Map<String, Value>,
    pub(super) effect: Effect,
}

impl World {
    pub(in crate::testing) fn new(settings: Settings) -> World {
        let mut world = World {
            council: Council::new(settings.seed, settings.validators),
            ledgers: BTreeMap::new(),
            places: HashMap::new(),
            by_account: HashMap::new(),
            scheduled: BTreeMap::new(),
            unheld: VecDeque::new(),
            state: State::default(),
            signer: Signer::new(settings.seed, settings.network_id, settings.first_ledger),
            traffic: Traffic::new(settings.seed),
            total_drops: FIRST_TOTAL,
            closed_after: Duration::ZERO,
            start: settings.archive.as_ref().map_or(FIRST_CLOSE, |archive| {
                FIRST_CLOSE.max(archive.time_near(archive.newest()))
            }),
            settings,
        };
        for person in world.traffic.people() {
            world.signer.fund(&mut world.state, *person);
        }
        for _ in 0..world.settings.history.max(1) {
            world.close();
        }
        world
    }

    /// Index of the last closed ledger; before the first one, the index that it will follow.
    pub(in crate::testing) fn tip(&self) -> u32 {
        let before_first = self.settings.first_ledger.saturating_sub(1);
        self.ledgers.last_key_value().map_or(before_first, |(index, _)| *index)
    }

    /// Index of the oldest ledger there is.
    pub(in crate::testing) fn oldest(&self) -> u32 {
        if let Some(archive) = &self.settings.archive {
            return archive.first();
        }
        self.ledgers.first_key_value().map_or(self.settings.first_ledger, |(index, _)| *index)
    }

    /// A ledger that closed in the simulation.
    pub(in crate::testing) fn closed(&self, index: u32) -> Option<Arc<Ledger>> {
        self.ledgers.get(&index).cloned()
    }

    pub(in crate::testing) fn ledger(&self, index: u32) -> Found<Arc<Ledger>> {
        match (self.closed(index), &self.settings.archive) {
            (None, Some(archive)) => archive.ledger(index),
            (closed, _) => Ok(closed),
        }
    }

    pub(in crate::testing) fn ledger_by_hash(&self, hash: &LedgerHash) -> Found<Arc<Ledger>> {
        let closed = self.ledgers.values().rev().find(|ledger| ledger.hash == *hash).cloned();
        match (closed, &self.settings.archive) {
            (None, Some(archive)) => archive.ledger_by_hash(hash),
            (closed, _) => Ok(closed),
        }
    }

    pub(in crate::testing) fn transaction(&self, hash: &TxHash) -> Found<Arc<LedgerTransaction>> {
        match (self.places.get(hash), &self.settings.archive) {
            (Some((ledger, index)), _) => self.at(*ledger, *index),
            (None, Some(archive)) => archive.transaction(hash),
            (None, None) => Ok(None),
        }
    }

    /// The transaction at this place.
    pub(in crate::testing) fn at(&self, ledger: u32, index: u32) -> Found<Arc<LedgerTransaction>> {
        let ledger = self.ledger(ledger)?;
        Ok(ledger.and_then(|l| l.transactions.iter().find(|tx| tx.index == index).cloned()))
    }

    /// A transaction near this one, but not the same.
    pub(in crate::testing) fn another(
        &self,
        tx: &LedgerTransaction,
    ) -> Found<Arc<LedgerTransaction>> {
        let before = self.ledgers.range(..=tx.ledger_index).rev();
        let ledgers = before.chain(self.ledgers.range(tx.ledger_index..));
        let mut all = ledgers.flat_map(|(_, ledger)| &ledger.transactions);
        match (all.find(|other| other.hash != tx.hash), &self.settings.archive) {
            (None, Some(archive)) => archive.another(tx),
            (other, _) => Ok(other.cloned()),
        }
    }

    /// Places of all transactions that affected the account, oldest first.
    pub(in crate::testing) fn of_account(
        &self,
        account: &AccountId,
    ) -> impl DoubleEndedIterator<Item = (u32, u32)> {
        let archive = self.settings.archive.iter();
        let recorded = archive.flat_map(|archive| archive.of_account(account));
        recorded.chain(self.by_account.get(account).into_iter().flatten().copied())
    }

    /// A signed transaction that no ledger holds yet.
    pub(in crate::testing) fn pending(&self, hash: &TxHash) -> Option<&Map<String, Value>> {
        self.waiting().find(|signed| signed.hash == *hash).map(|signed| &signed.json)
    }

    /// Signed for a later ledger, the next one first.
    pub(in crate::testing) fn waiting(&self) -> impl Iterator<Item = &Signed> {
        self.scheduled.values().flatten()
    }

    /// Signed for no ledger, the newest one first.
    pub(in crate::testing) fn unheld(&self) -> impl Iterator<Item = &Signed> {
        self.unheld.iter().rev()
    }

    /// A transaction as if this ledger had it behind its last one.
    pub(in crate::testing) fn as_if_in(
        &self,
        ledger: &Ledger,
        signed: &Signed,
    ) -> LedgerTransaction {
        let place = u32::try_from(ledger.transactions.len()).unwrap_or(u32::MAX);
        self.applied(&mut self.state.clone(), signed.clone(), ledger.index, place)
    }

    pub(in crate::testing) fn fund(&mut self, account: AccountId) {
        self.signer.fund(&mut self.state, account);
    }

    pub(in crate::testing) fn leave_unfunded(&mut self, account: AccountId) {
        self.signer.leave_unfunded(account);
    }

    pub(in crate::testing) fn submit(&mut self, order: Order) -> TxHash {
        let next = self.tip() + 1;
        let (signed, ledger) = self.signer.sign(&mut self.state, order, next);
        let hash = signed.hash;
        match ledger {
            Some(ledger) => self.scheduled.entry(ledger).or_default().push(signed),
            None => {
                self.unheld.push_back(signed);
                while self.unheld.len() > UNHELD {
                    self.unheld.pop_front();
                }
            }
        }
        hash
    }

    /// Closes the next ledger with what is scheduled for it and the traffic of others.
    pub(in crate::testing) fn close(&mut self) -> Arc<Ledger> {
        let index = self.tip() + 1;
        let scheduled = self.scheduled.remove(&index).unwrap_or_default();
        let others = self.traffic.orders(self.settings.traffic).into_iter();
        let others =
            others.map(|order| self.signer.sign(&mut self.state, order, index).0).collect();
        let transactions: Vec<_> = (0..)
            .zip(self.traffic.mix(scheduled, others))
            .map(|(place, signed)| Arc::new(self.apply(signed, index, place)))
            .collect();
        let parent = match self.ledgers.last_key_value() {
            Some((_, parent)) => (parent.hash, parent.close_time),
            None => self.before_the_first(),
        };
        self.closed_after += self.settings.interval;
        let state_root = random::bytes(self.settings.seed, &format!("state of ledger {index}"));
        let ledger = Arc::new(Ledger::close(
            index,
            parent,
            self.close_time(parent.1),
            self.total_drops,
            Hash256::from_bytes(state_root),
            transactions,
        ));
        self.remember(&ledger);
        while self.ledgers.len() > self.settings.keep {
            self.forget_oldest();
        }
        ledger
    }

    fn before_the_first(&self) -> (LedgerHash, RippleTime) {
        let last = self.settings.archive.as_ref().map(|archive| archive.ledger(archive.newest()));
        if let Some(Ok(Some(ledger))) = last {
            return (ledger.hash, ledger.close_time);
        }
        let hash = random::bytes(self.settings.seed, "the ledger before the first");
        (LedgerHash::from_bytes(hash), self.close_time(RippleTime::from_seconds(0)))
    }

    fn apply(&mut self, signed: Signed, ledger_index: u32, index: u32) -> LedgerTransaction {
        let fee = transactions::fee(&signed.json).max(0) as u64;
        self.total_drops = self.total_drops.saturating_sub(fee);
        let mut state = std::mem::take(&mut self.state);
        let applied = self.applied(&mut state, signed, ledger_index, index);
        self.state = state;
        applied
    }

    fn applied(
        &self,
        state: &mut State,
        signed: Signed,
        ledger_index: u32,
        index: u32,
    ) -> LedgerTransaction {
        let Signed { hash, blob, json, effect } = signed;
        let mut metadata = transactions::apply(state, &json, hash, &effect, ledger_index);
        metadata.insert("TransactionIndex".to_owned(), json!(index));
        let meta_blob = definitions(self.settings.network_id)
            .encode_metadata(&metadata)
            .unwrap_or_else(|error| panic!("the metadata of {hash} cannot be encoded: {error}"));
        let affected = OnceLock::new();
        LedgerTransaction { hash, ledger_index, index, blob, meta_blob, json, metadata, affected }
    }

    /// Rounded to the resolution, and later than the parent's.
    fn close_time(&self, parent: RippleTime) -> RippleTime {
        let resolution = u32::from(CLOSE_RESOLUTION);
        let since = u32::try_from(self.closed_after.as_secs()).unwrap_or(u32::MAX);
        let rounded = self.start.saturating_add(since).saturating_add(resolution / 2) / resolution
            * resolution;
        RippleTime::from_seconds(rounded.max(parent.seconds().saturating_add(1)))
    }

    fn remember(&mut self, ledger: &Arc<Ledger>) {
        for tx in &ledger.transactions {
            self.places.insert(tx.hash, (ledger.index, tx.index));
            for account in tx.affected() {
                self.by_account.entry(*account).or_default().push_back((ledger.index, tx.index));
            }
        }
        self.ledgers.insert(ledger.index, Arc::clone(ledger));
    }

    fn forget_oldest(&mut self) {
        let Some((index, ledger)) = self.ledgers.pop_first() else { return };
        for tx in &ledger.transactions {
            self.places.remove(&tx.hash);
            for account in tx.affected() {
                if let Some(places) = self.by_account.get_mut(account) {
                    places.retain(|(ledger, _)| *ledger > index);
                }
                if self.by_account.get(account).is_some_and(VecDeque::is_empty) {
                    self.by_account.remove(account);
                }
            }
        }
    }
}
