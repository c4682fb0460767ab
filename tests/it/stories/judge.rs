//! What must hold, whatever happened.
//!
//! A liar can be believed only where the documentation says so, and only by who takes its word: all the
//! nodes on which a wrong answer rests must be liars, with a lie of that very kind. Content, network and
//! what is not called validated are refused whoever says it; `agreement(2)` needs two liars; for who
//! believes validators, no number of them is enough.

use std::{collections::HashSet, fmt, time::Duration};

use tokio::time::Instant;
use xrpl_txdata::{
    Absence, BalanceChanges, Error, ErrorKind, Lookup, MonitorSource, ProvenSource, TxHash,
    ValidatedTransaction,
};

use super::{
    faults::{Harm, Lie},
    plan::{Belief, Look, Plan},
    told::Told,
    world::{PRICE, World},
};

/// The time limit of a question, without the wait.
const OVERALL: Duration = Duration::from_secs(10);

/// A transaction is there for the slowest steady node so long after its ledger has closed.
const ANSWER: Duration = Duration::from_secs(2);

/// Whoever has not reached the ledger that others have found it in is asked again within this time: a
/// second of pause, and what nodes say of their ledgers is as old as that.
const AGAIN: Duration = Duration::from_secs(2);

/// How long it takes until a waiting lookup has found a steady node: one watched node after the other
/// may have stopped silently, and is given up after 18 s.
const FOUND_IN: Duration = Duration::from_secs(90);

/// "Never" needs so many nodes, where there are as many.
const FINAL: usize = 2;

/// A lookup under way.
pub(super) struct Asked<'a> {
    pub(super) hash: TxHash,
    pub(super) tag: u32,
    pub(super) look: &'a Look,
    /// The newest ledger when it began, and the moment.
    pub(super) begun: u32,
    pub(super) asked: Instant,
}

impl Asked<'_> {
    /// Nothing is told later.
    fn deadline(&self) -> Instant {
        self.asked + Duration::from_secs(self.look.wait) + OVERALL
    }
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
        let late = Instant::now().saturating_duration_since(asked.deadline());
        assert!(late <= Duration::from_millis(1), "{late:?} late, {asked}");
        match answer {
            Ok(Lookup::Found(tx)) => self.found(asked, &tx),
            Ok(Lookup::Absent(absence)) => self.absent(asked, &absence),
            Err(error) => self.failed(asked, &error),
        }
    }

    fn found(&self, asked: &Asked<'_>, tx: &ValidatedTransaction) -> Told {
        self.is_as_signed(asked, tx);
        let said_by: Vec<usize> =
            tx.source().agreed.iter().map(|endpoint| self.node(endpoint)).collect();
        let distinct: HashSet<usize> = said_by.iter().copied().collect();
        assert!(distinct.len() >= self.plan.agreement(), "{said_by:?} agreed, {asked}");
        let proven = matches!(tx.source().proven, Some(ProvenSource::Validators { .. }));
        assert_eq!(proven, self.plan.belief == Belief::Validators, "{tx:?}, {asked}");
        let moment = self.world.moment();
        let are_liars = |harm| said_by.iter().all(|node| self.plan.may(*node, harm, moment));
        let believed = |harm| !proven && are_liars(harm);
        match self.is_true(asked, tx) {
            Ok(()) => {}
            Err(_) if believed(Harm::Invents) => return Told { fooled: 1, ..Told::default() },
            Err(Wrong::Altered(_)) if believed(Harm::Alters) => {
                return Told { fooled: 1, ..Told::default() };
            }
            Err(wrong) => panic!("{wrong:?} in {tx:?}, by {said_by:?}, {asked}"),
        }
        if self.is_reliable(asked) && !self.plan.has_liar() {
            let closed = self.world.closed(tx.ledger_index()).max(asked.asked);
            let late = closed.elapsed();
            assert!(late <= FOUND_IN, "found {late:?} after it was there: {asked}");
        }
        Told { found: 1, proven: proven.into(), ..Told::default() }
    }

    /// What was signed, whoever tells it, and on this network. What it claims to have delivered must fit
    /// to that, or is in doubt.
    fn is_as_signed(&self, asked: &Asked<'_>, tx: &ValidatedTransaction) {
        assert_eq!((tx.hash(), tx.network_id()), (asked.hash, 0), "{asked}");
        let (from, to) = (self.world.customer, Some(self.world.shop));
        assert_eq!((tx.account(), tx.destination()), (from, to), "{asked}");
        assert_eq!(tx.destination_tag(), Some(asked.tag), "{asked}");
        assert_eq!(tx.raw_transaction()["Amount"], "25000000", "{asked}");
        let delivered = tx.delivered().exact().map(ToString::to_string);
        assert!(delivered.is_none_or(|delivered| delivered == PRICE), "{tx:?}, {asked}");
    }

    fn is_true(&self, asked: &Asked<'_>, tx: &ValidatedTransaction) -> Result<(), Wrong> {
        let truth = self.world.network.truth(&asked.hash).ok_or(Wrong::InNoLedger)?;
        let told = (tx.ledger_index(), tx.transaction_index(), tx.result().to_string());
        let real = (truth.ledger_index, truth.index, truth.result().to_owned());
        if told != real {
            return Err(Wrong::Altered(format!("{told:?}, and it is {real:?}")));
        }
        let metadata = serde_json::Value::Object(truth.metadata.clone());
        let changes = BalanceChanges::from_metadata(&metadata).unwrap();
        if *tx.balance_changes() != changes || tx.delivered().to_string() != PRICE {
            return Err(Wrong::Altered(format!("delivered {}", tx.delivered())));
        }
        let ledger = self.world.network.ledger(truth.ledger_index).unwrap();
        if tx.ledger_hash().is_some_and(|hash| hash != ledger.hash) {
            return Err(Wrong::Altered(format!("in another ledger {}", ledger.index)));
        }
        Ok(())
    }

    fn absent(&self, asked: &Asked<'_>, absence: &Absence) -> Told {
        let (tip, moment) = (self.world.network.tip(), self.world.moment());
        let truth = self.world.network.truth(&asked.hash).map(|truth| truth.ledger_index);
        assert!(!absence.coverage().is_empty(), "nobody has looked: {asked}");
        for searched in absence.searched() {
            let node = self.node(&searched.endpoint);
            let newest = searched.ledgers.bounds().map(|(_, newest)| newest);
            let foresees = self.plan.may(node, Harm::Foresees, moment);
            assert!(foresees || newest <= Some(tip), "{absence}: {node} is ahead, {asked}");
            let hides = self.hides(node, moment);
            let claims = |index| searched.ledgers.contains(index);
            let false_claim = truth.filter(|index| !hides && claims(*index));
            assert_eq!(false_claim, None, "{absence}, by {node}, {asked}");
        }
        let deceived = self.hiders(moment) >= FINAL.min(self.plan.nodes.len());
        if absence.is_final() {
            let last = asked.look.last.map(|last| asked.begun + last);
            let last = last.unwrap_or_else(|| panic!("{absence} for no reason, {asked}"));
            assert!(deceived || last <= tip, "{absence} before ledger {last}, {asked}");
            let false_end = truth.filter(|index| *index <= last && !deceived);
            assert_eq!(false_end, None, "{absence}, {asked}");
        }
        // Every node is asked when the wait is over, and one of them had it then.
        if let Some(index) = truth.filter(|_| self.is_reliable(asked))
            && !(absence.is_final() && deceived)
        {
            assert!(self.is_late(asked, index), "{absence}, but it was in {index}: {asked}");
        }
        match absence.is_final() {
            true => Told { never: 1, ..Told::default() },
            false => Told { absent: 1, ..Told::default() },
        }
    }

    fn failed(&self, asked: &Asked<'_>, error: &Error) -> Told {
        let counts = Told { errors: 1, ..Told::default() };
        match (error.kind(), self.plan.belief) {
            (ErrorKind::Disagreement, Belief::Nodes(2)) => {
                assert!(self.has_stories(), "nobody tells stories: {error}");
                return Told { disagreements: 1, ..Told::default() };
            }
            (ErrorKind::Disagreement, _) => panic!("one is believed: {error}, {asked}"),
            (ErrorKind::NotProven, Belief::Nodes(_)) => panic!("to be proven? {error}, {asked}"),
            (ErrorKind::NotProven, Belief::Validators) if self.plan.has_liar() => return counts,
            _ => {}
        }
        assert!(!error.attempts().is_empty(), "{error} without evidence, {asked}");
        // One story more than can be true, or one that too few tell.
        let confused = self.plan.belief != Belief::Nodes(1) && self.has_stories();
        // It appeared at some of them in the last moment, and nobody could be asked again.
        let truth = self.world.network.truth(&asked.hash);
        let closed = truth.map(|truth| self.world.closed(truth.ledger_index));
        let appeared = closed.is_some_and(|closed| closed + ANSWER + AGAIN > asked.deadline());
        let excused = confused || appeared || !self.is_reliable(asked);
        assert!(excused, "good nodes have answered: {error}, {asked}");
        counts
    }

    /// Whether a ledger was not yet there for everybody when all were asked for the last time.
    fn is_late(&self, asked: &Asked<'_>, index: u32) -> bool {
        let last_asked = asked.asked + Duration::from_secs(asked.look.wait);
        self.world.closed(index) + ANSWER > last_asked
    }

    /// Whether nothing can keep the client from an answer: as many nodes as must agree do nothing wrong
    /// until then. Who waits for signatures needs all of them, for each that fails costs time.
    fn is_reliable(&self, asked: &Asked<'_>) -> bool {
        let until = asked.deadline().saturating_duration_since(self.world.start).as_millis();
        let good = self.plan.good_until(u64::try_from(until).unwrap());
        match self.plan.belief {
            Belief::Nodes(agreement) => good >= agreement,
            Belief::Validators => {
                let speaks = self.plan.nodes.iter().any(|node| !node.over_http);
                good == self.plan.nodes.len() && speaks
            }
        }
    }

    /// Whether anybody tells what others must contradict.
    fn has_stories(&self) -> bool {
        self.plan.liars(|lie| matches!(lie.harm(), Some(Harm::Invents | Harm::Alters))) > 0
    }

    fn hiders(&self, moment: u64) -> usize {
        (0..self.plan.nodes.len()).filter(|node| self.hides(*node, moment)).count()
    }

    /// A server that says before and after that it has a ledger, and not while it looks, hides it as a liar does.
    fn hides(&self, node: usize, moment: u64) -> bool {
        let lies = [Harm::Hides, Harm::Foresees].iter();
        lies.clone().any(|harm| self.plan.may(node, *harm, moment))
            || self.plan.flickers(node, moment)
    }

    fn node(&self, endpoint: &str) -> usize {
        let name = endpoint.rsplit_once('/').map(|(_, name)| name);
        let node = self.world.nodes.iter().position(|node| Some(node.name()) == name);
        node.unwrap_or_else(|| panic!("nobody is called {endpoint}"))
    }

    /// The payments that a monitor told of, up to a ledger that it said was done.
    pub(super) fn followed(&self, done: u32, told: &[(TxHash, Vec<String>)], enough: u32) -> Told {
        if self.is_monitor_sure() {
            let mut paid = Vec::new();
            for index in self.world.genesis..=self.world.network.tip() {
                for tx in &self.world.network.ledger(index).unwrap().transactions {
                    let to = tx.json.get("Destination").and_then(|to| to.as_str());
                    if to == Some(&self.world.shop.to_string()) && tx.result() == "tesSUCCESS" {
                        paid.push((index, tx.hash));
                    }
                }
            }
            let sure = paid.iter().filter(|(index, _)| *index <= done).count();
            let all = paid.into_iter().map(|(_, hash)| (hash, vec![PRICE.to_owned()]));
            let all: Vec<_> = all.collect();
            assert!(told.len() >= sure && told.len() <= all.len(), "{told:?} of {all:?}");
            assert_eq!(told, &all[..told.len()], "each once, in order, with its amount");
        }
        if self.plan.steady() >= self.plan.agreement() && !self.plan.has_liar() {
            assert!(done >= enough, "ledger {done} is the last one done, of {enough}");
        }
        Told { monitored: 1, payments: told.len() as u64, ..Told::default() }
    }

    /// A monitor that ended by itself.
    pub(super) fn monitor_failed(&self, error: &Error) {
        assert!(!self.is_monitor_sure(), "it goes on: {error}");
    }

    /// Whether liars cannot deceive a monitor: ledgers of a forged chain need as many of them as must
    /// agree, what a stream invents is believed if it is not fetched, and histories need a second witness.
    fn is_monitor_sure(&self) -> bool {
        let agreement = self.plan.agreement();
        let invented = self.plan.monitor == Some(MonitorSource::Transactions)
            && agreement == 1
            && self.plan.liars(Lie::invents_in_stream) > 0;
        let hidden = self.plan.monitor == Some(MonitorSource::Accounts)
            && self.plan.liars(Lie::hides_in_histories) > 1;
        self.plan.liars(Lie::forges_ledgers) < agreement && !invented && !hidden
    }
}

/// Why an answer is not the truth.
#[derive(Debug)]
enum Wrong {
    InNoLedger,
    Altered(#[expect(dead_code, reason = "read by who reads the panic")] String),
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} asked in ledger {}, {:?}", self.hash, self.begun, self.look)
    }
}
