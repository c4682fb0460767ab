//! What happened since it was last looked at.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{histogram::Histogram, judge::Right};

/// So many wrong answers are told in words.
const TOLD: u64 = 20;

/// The counts of a row of the table.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    pub(crate) lookups: Histogram,
    pub(crate) waits: Histogram,
    pub(crate) payments: Histogram,
    pub(crate) found: u64,
    pub(crate) absent: u64,
    pub(crate) never: u64,
    pub(crate) excused: u64,
    pub(crate) given_up: u64,
    pub(crate) killed: u64,
    pub(crate) deaths: u64,
    pub(crate) wrong: u64,
    /// How late a timer was at worst: the machine's part in every latency.
    pub(crate) lag: Duration,
}

impl Counts {
    pub(crate) fn answered(&mut self, right: Right) {
        match right {
            Right::Found => self.found += 1,
            Right::Absent => self.absent += 1,
            Right::Never => self.never += 1,
            Right::Excused => self.excused += 1,
        }
    }

    pub(crate) fn add(&mut self, other: &Counts) {
        self.lookups.merge(&other.lookups);
        self.waits.merge(&other.waits);
        self.payments.merge(&other.payments);
        self.found += other.found;
        self.absent += other.absent;
        self.never += other.never;
        self.excused += other.excused;
        self.given_up += other.given_up;
        self.killed += other.killed;
        self.deaths += other.deaths;
        self.wrong += other.wrong;
        self.lag = self.lag.max(other.lag);
    }
}

/// The counts of this row, for all who count.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Counts>);

impl Tally {
    pub(crate) fn count(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer was wrong, late or missed.
    pub(crate) fn wrong(&self, what: &str) {
        let mut counts = self.count();
        counts.wrong += 1;
        if counts.wrong <= TOLD {
            eprintln!("soak: {what}");
        }
    }

    /// What was counted since the last time.
    pub(crate) fn take(&self) -> Counts {
        std::mem::take(&mut self.count())
    }
}
