//! What must hold, whatever happened.

use std::{fmt, time::Duration};

use tokio::time::Instant;
use xrpl_txdata::{
    Absence, BalanceChanges, Error, ErrorKind, Lookup, TxHash, ValidatedTransaction,
};

use super::{
    plan::{Look, Plan},
    world::World,
};

/// The time limit of a question, without the wait.
const OVERALL: Duration = Duration::from_secs(10);

/// A transaction is there for the slowest steady node so long after its ledger has closed.
const ANSWER: Duration = Duration::from_secs(2);

/// How long it takes until a waiting lookup has found a steady node: one watched node after the other
/// may have stopped silently, and is given up after 18 s.
const FOUND_IN: Duration = Duration::from_secs(90);

/// A lookup under way.
pub(super) struct Asked<'a> {
    pub(super) hash: TxHash,
    pub(super) look: &'a Look,
    /// The newest ledger when it began, and the moment.
    pub(super) begun: u32,
    pub(super) asked: Instant,
}

/// How stories ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) found: u64,
    pub(super) absent: u64,
    pub(super) never: u64,
    pub(super) errors: u64,
    pub(super) disagreements: u64,
    pub(super) given_up: u64,
    pub(super) monitored: u64,
    pub(super) payments: u64,
}

pub(super) struct Judge<'a> {
    plan: &'a Plan,
    world: &'a World,
}

impl<'a> Judge<'a> {
    pub(super) fn new(plan: &'a Plan, world: &'a World) -> Judge<'a> {
        Judge { plan, world }
    }

    pub(super) fn answer(&self, asked: &Asked<'_>, answer: Result<Lookup, Error>) -> Told {
        let wait = Duration::from_secs(asked.look.wait);
        let (elapsed, limit) = (asked.asked.elapsed(), wait + OVERALL);
        assert!(elapsed <= limit + Duration::from_millis(1), "{elapsed:?} is late, {asked}");
        match answer {
            Ok(Lookup::Found(tx)) => {
                self.found(asked, &tx);
                Told { found: 1, ..Told::default() }
            }
            Ok(Lookup::Absent(absence)) => {
                self.absent(asked, &absence);
                match absence.is_final() {
                    true => Told { never: 1, ..Told::default() },
                    false => Told { absent: 1, ..Told::default() },
                }
            }
            Err(error) => {
                self.failed(asked, &error);
                match error.kind() {
                    ErrorKind::Disagreement => Told { disagreements: 1, ..Told::default() },
                    _ => Told { errors: 1, ..Told::default() },
                }
            }
        }
    }

    fn found(&self, asked: &Asked<'_>, tx: &ValidatedTransaction) {
        assert_eq!(tx.hash(), asked.hash);
        let truth = self.world.network.truth(&asked.hash);
        if self.plan.has_liar() && self.plan.agreement == 1 {
            // One node's word; but what was signed is what was signed.
            if let Some(truth) = truth {
                assert_eq!(tx.raw_transaction()["Destination"], truth.json["Destination"]);
            }
            return;
        }
        let Some(truth) = truth else { panic!("it is in no ledger: {tx:?}, {asked}") };
        let place = (tx.ledger_index(), tx.transaction_index(), tx.result().to_string());
        assert_eq!(place, (truth.ledger_index, truth.index, truth.result().to_owned()), "{asked}");
        assert_eq!(tx.delivered().to_string(), "25 XRP", "{asked}");
        let metadata = serde_json::Value::Object(truth.metadata.clone());
        let changes = BalanceChanges::from_metadata(&metadata).unwrap();
        assert_eq!(*tx.balance_changes(), changes, "{asked}");
        if let Some(hash) = tx.ledger_hash() {
            assert_eq!(hash, self.world.network.ledger(tx.ledger_index()).unwrap().hash);
        }
        if self.is_reliable() {
            let closed = self.world.closed(truth.ledger_index).max(asked.asked);
            let late = closed.elapsed();
            assert!(late <= FOUND_IN, "found {late:?} after it was there: {asked}");
        }
    }

    fn absent(&self, asked: &Asked<'_>, absence: &Absence) {
        let truth = self.world.network.truth(&asked.hash);
        if let (true, Some(last)) = (absence.is_final(), asked.look.last) {
            let last = asked.begun + last;
            let index = truth.as_ref().map(|truth| truth.ledger_index);
            assert!(index.is_none_or(|index| index > last), "{absence}, and it is in {index:?}");
            assert!(last <= self.world.network.tip(), "{absence} before ledger {last}");
        }
        assert!(!absence.is_final() || asked.look.last.is_some(), "{absence} for no reason");
        if self.plan.has_liar() {
            return;
        }
        let (_, newest) = absence.coverage().bounds().expect("somebody has looked somewhere");
        assert!(newest <= self.world.network.tip(), "{absence}: the future is not covered");
        let Some(truth) = truth else { return };
        let index = truth.ledger_index;
        assert!(!absence.coverage().contains(index), "{absence}, and it is in ledger {index}");
        if self.is_reliable() {
            // Asked for the last time when the wait was over.
            let last_asked = asked.asked + Duration::from_secs(asked.look.wait);
            let closed = self.world.closed(index);
            assert!(closed + ANSWER > last_asked, "{absence}, but it was in {index}: {asked}");
        }
    }

    fn failed(&self, asked: &Asked<'_>, error: &Error) {
        match error.kind() {
            ErrorKind::Disagreement => assert!(self.plan.has_liar(), "nobody lies: {error}"),
            _ => {
                assert!(!error.attempts().is_empty(), "{error} without evidence, {asked}");
                assert!(!self.is_reliable(), "steady nodes have answered: {error}, {asked}");
            }
        }
    }

    /// Whether nothing can keep the client from an answer: as many steady nodes as must agree, and nobody
    /// who contradicts them.
    fn is_reliable(&self) -> bool {
        self.plan.steady() >= self.plan.agreement && !self.plan.has_liar()
    }

    /// The payments that a monitor told of, up to a ledger that it said was done.
    pub(super) fn followed(&self, done: u32, told: &[TxHash], enough: u32) -> Told {
        let mut paid = Vec::new();
        for index in self.world.genesis..=self.world.network.tip() {
            for tx in &self.world.network.ledger(index).unwrap().transactions {
                let to = tx.json.get("Destination").and_then(|to| to.as_str());
                if to == Some(&self.world.shop.to_string()) && tx.result() == "tesSUCCESS" {
                    paid.push((index, tx.hash));
                }
            }
        }
        if !self.plan.has_liar() || self.plan.agreement > 1 {
            let sure = paid.iter().filter(|(index, _)| *index <= done).count();
            let all: Vec<TxHash> = paid.into_iter().map(|(_, hash)| hash).collect();
            assert!(told.len() >= sure && told.len() <= all.len(), "{told:?} of {all:?}");
            assert_eq!(told, &all[..told.len()], "each once, in order");
        }
        if self.is_reliable() {
            assert!(done >= enough, "ledger {done} is the last one done, of {enough}");
        }
        Told { monitored: 1, payments: told.len() as u64, ..Told::default() }
    }
}

impl Told {
    pub(super) fn add(&mut self, other: &Told) {
        let Told { found, absent, never, errors, disagreements, given_up, monitored, payments } =
            other;
        self.found += found;
        self.absent += absent;
        self.never += never;
        self.errors += errors;
        self.disagreements += disagreements;
        self.given_up += given_up;
        self.monitored += monitored;
        self.payments += payments;
    }

    /// Whether every ending was met, but for disagreements: those are rare.
    pub(super) fn is_varied(&self) -> bool {
        let Told { found, absent, never, errors, given_up, monitored, payments, .. } = self;
        [found, absent, never, errors, given_up, monitored, payments]
            .iter()
            .all(|count| **count > 0)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Told { found, absent, never, errors, disagreements, given_up, monitored, payments } =
            self;
        write!(
            f,
            "{found} found, {absent} absent, {never} never, {errors} errors, \
             {disagreements} disagreements, {given_up} given up, {monitored} monitors of {payments} payments"
        )
    }
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} asked in ledger {}, {:?}", self.hash, self.begun, self.look)
    }
}
