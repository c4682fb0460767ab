//! Whether an answer is right and in time. What is wrong is told in a sentence.

use std::{
    fmt,
    time::{Duration, Instant},
};

use xrpl_txdata::{Absence, Amount, Error, Lookup, TxHash, ValidatedTransaction};

use crate::{network::Paid, truth::Ledger};

/// The time limit of a lookup, without its wait: the library's default.
pub(crate) const OVERALL: Duration = Duration::from_secs(10);

/// What a busy machine may take to wake whoever waits.
const GRACE: Duration = Duration::from_secs(1);

/// What was in a ledger so long before the last question must be found by a node that was steady.
const ANSWER: Duration = Duration::from_secs(3);

/// A question that was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) asked: Instant,
    pub(crate) wait: Duration,
    /// The last ledger in which it could be, where that was said.
    pub(crate) last: Option<u32>,
    pub(crate) answered: Instant,
}

/// What was true when it was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// The ledger that holds what was asked for.
    pub(crate) ledger: Option<&'a Ledger>,
    pub(crate) paid: Option<&'a Paid>,
    /// The newest ledger that may have been closed.
    pub(crate) newest: u32,
    /// Since when some node had been steady.
    pub(crate) steady: Option<Instant>,
}

/// A right answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Right {
    Found,
    Absent,
    Never,
    /// No node was steady enough to give one.
    Excused,
}

/// Judges an answer.
pub(crate) fn answer(
    question: &Question,
    answer: &Result<Lookup, Error>,
    known: &Known<'_>,
) -> Result<Right, String> {
    let took = question.answered - question.asked;
    if took > question.wait + OVERALL + GRACE {
        return Err(format!("late, after {took:?} with a wait of {:?}", question.wait));
    }
    match answer {
        Ok(Lookup::Found(tx)) => found(tx, known),
        Ok(Lookup::Absent(absence)) => absent(question, absence, took, known),
        Err(error) if error.attempts().is_empty() => Err(format!("no evidence: {error}")),
        Err(error) => match question.could_know(known) {
            true => Err(format!("an error, and a node was steady: {error}")),
            false => Ok(Right::Excused),
        },
    }
}

fn found(tx: &ValidatedTransaction, known: &Known<'_>) -> Result<Right, String> {
    let (Some(ledger), Some(paid)) = (known.ledger, known.paid) else {
        return Err(format!("found in ledger {}, and it is in none", tx.ledger_index()));
    };
    let told = (tx.hash(), tx.ledger_index(), tx.transaction_index(), tx.destination_tag());
    let is = (paid.hash, ledger.index, paid.place, Some(paid.tag));
    if told != is {
        return Err(format!("found {told:?}, and it is {is:?}"));
    }
    let told = (tx.result().to_string(), tx.delivered().exact().copied());
    let is = (paid.result.clone(), paid.delivered);
    if told != is {
        return Err(format!("found {told:?}, and it is {is:?}"));
    }
    Ok(Right::Found)
}

fn absent(
    question: &Question,
    absence: &Absence,
    took: Duration,
    known: &Known<'_>,
) -> Result<Right, String> {
    let Some((_, covered)) = absence.coverage().bounds() else {
        return Err(format!("{absence}: nobody has looked"));
    };
    if covered > known.newest {
        return Err(format!("{absence}: ledger {} is the newest one", known.newest));
    }
    let index = known.ledger.map(|ledger| ledger.index);
    if index.is_some_and(|index| absence.coverage().contains(index)) {
        return Err(format!("{absence}, and it is in ledger {index:?}"));
    }
    if absence.is_final() {
        let last = question.last.ok_or_else(|| format!("{absence} without a last ledger"))?;
        if last > known.newest || index.is_some_and(|index| index <= last) {
            return Err(format!("{absence}, but it could be up to ledger {last}: {index:?}"));
        }
        return Ok(Right::Never);
    }
    if took < question.wait {
        return Err(format!("{absence} after {took:?}, with a wait of {:?}", question.wait));
    }
    let was_there = known.ledger.is_some_and(|ledger| ledger.at + ANSWER <= question.last_asked());
    if was_there && question.could_know(known) {
        return Err(format!("{absence}, missed in ledger {index:?}, and a node was steady"));
    }
    Ok(Right::Absent)
}

impl Question {
    /// Nodes are asked once more when the wait is over.
    fn last_asked(&self) -> Instant {
        self.asked + self.wait
    }

    /// Whether a node was there all the time from shortly before the last question to the answer.
    fn could_know(&self, known: &Known<'_>) -> bool {
        known.steady.is_some_and(|since| since + ANSWER <= self.last_asked())
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let took = self.answered - self.asked;
        write!(f, "answered after {took:?}, with a wait of {:?}", self.wait)?;
        match self.last {
            Some(last) => write!(f, " up to ledger {last}"),
            None => Ok(()),
        }
    }
}

/// Judges what a monitor told of the ledgers that it says are done.
pub(crate) fn told(ledgers: &[&Ledger], told: &[(TxHash, Option<Amount>)]) -> Result<(), String> {
    let paid = ledgers.iter().flat_map(|ledger| &ledger.paid);
    let paid = paid.filter(|one| one.delivered.is_some()).map(|one| (one.hash, one.delivered));
    let paid: Vec<_> = paid.collect();
    if paid == told {
        return Ok(());
    }
    let missed = paid.iter().filter(|one| !told.contains(one)).count();
    let indices: Vec<u32> = ledgers.iter().map(|ledger| ledger.index).collect();
    let (had, told) = (paid.len(), told.len());
    Err(format!(
        "{told} payments of ledgers {indices:?}, which have {had}: {missed} are missed, or else the order is another one, or one is told twice"
    ))
}

#[cfg(test)]
mod tests;
