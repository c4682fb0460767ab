//! The truth as one node sees it at one moment: how far, how complete, in which state.

use std::{sync::Arc, time::Duration};

use super::{NodeState, Software};
use crate::{
    testing::{
        faults::{Fault, Strikes},
        truth::{Found, Ledger, LedgerTransaction, World},
    },
    types::{LedgerHash, TxHash},
};

/// How old the newest ledger of a stale node is, it says.
const STALE_AGE: Duration = Duration::from_secs(600);

pub(super) struct View<'w> {
    pub(super) world: &'w World,
    pub(super) software: Software,
    pub(super) strikes: &'w Strikes,
    /// Time since the last ledger of the network closed.
    since_close: Duration,
    behind: u32,
}

impl<'w> View<'w> {
    pub(super) fn new(
        world: &'w World,
        node: &NodeState,
        strikes: &'w Strikes,
        since_close: Duration,
    ) -> View<'w> {
        View { world, software: node.software, strikes, since_close, behind: node.behind() }
    }

    pub(super) fn is_clio(&self) -> bool {
        self.software == Software::Clio
    }

    pub(super) fn network_id(&self) -> u32 {
        let lie = self.strikes.find(|fault| match fault {
            Fault::WrongNetwork(id) => Some(id),
            _ => None,
        });
        lie.unwrap_or(self.world.settings.network_id)
    }

    /// Its newest validated ledger, if it has one.
    pub(super) fn tip(&self) -> Option<u32> {
        let tip = self.world.tip().checked_sub(self.behind)?;
        (tip >= self.world.oldest() && !self.strikes.has(Fault::NoValidatedLedger)).then_some(tip)
    }

    /// Seconds since its newest validated ledger closed.
    pub(super) fn age(&self) -> u64 {
        if self.strikes.has(Fault::Stale) {
            return STALE_AGE.as_secs();
        }
        (self.since_close + self.world.settings.interval * self.behind).as_secs()
    }

    /// The ranges of ledgers it holds, in order.
    pub(super) fn ranges(&self) -> Vec<(u32, u32)> {
        let Some(tip) = self.tip() else { return Vec::new() };
        let newest = self.strikes.find(|fault| match fault {
            Fault::PartialHistory(newest) => Some(newest),
            _ => None,
        });
        let oldest = self.world.oldest();
        let first = newest.map_or(oldest, |n| oldest.max(tip.saturating_sub(n.saturating_sub(1))));
        let hole = self.strikes.find(|fault| match fault {
            Fault::HoleInHistory(index) => Some(index),
            _ => None,
        });
        match hole.filter(|hole| (first..=tip).contains(hole)) {
            Some(hole) => [(first, hole.saturating_sub(1)), (hole.saturating_add(1), tip)]
                .into_iter()
                .filter(|(first, last)| first <= last)
                .collect(),
            None => vec![(first, tip)],
        }
    }

    /// As `complete_ledgers` has them; Clio knows no holes.
    pub(super) fn complete_ledgers(&self) -> String {
        let ranges = self.ranges();
        match (ranges.first(), ranges.last()) {
            (Some((first, _)), Some((_, last))) if self.is_clio() => format!("{first}-{last}"),
            (None, _) | (_, None) => "empty".to_owned(),
            _ => {
                let texts = ranges.iter().map(|(first, last)| match first == last {
                    true => first.to_string(),
                    false => format!("{first}-{last}"),
                });
                texts.collect::<Vec<_>>().join(",")
            }
        }
    }

    pub(super) fn holds(&self, index: u32) -> bool {
        self.ranges().iter().any(|(first, last)| (*first..=*last).contains(&index))
    }

    pub(super) fn ledger(&self, index: u32) -> Found<Arc<Ledger>> {
        if !self.holds(index) || self.is_too_new(index) || self.is_after_state(index) {
            return Ok(None);
        }
        self.told_ledger(index)
    }

    pub(super) fn ledger_by_hash(&self, hash: &LedgerHash) -> Found<Arc<Ledger>> {
        self.world.ledger_by_hash(hash)?.map_or(Ok(None), |ledger| self.ledger(ledger.index))
    }

    pub(super) fn transaction(&self, hash: &TxHash) -> Found<Arc<LedgerTransaction>> {
        let found = self.world.transaction(hash)?;
        match found.filter(|tx| self.finds_in(tx.ledger_index)) {
            Some(tx) if self.strikes.has(Fault::ForgedChain) => self.at(tx.ledger_index, tx.index),
            None => Ok(self.invented(hash)),
            found => Ok(found),
        }
    }

    pub(super) fn at(&self, ledger: u32, index: u32) -> Found<Arc<LedgerTransaction>> {
        if !self.finds_in(ledger) {
            return Ok(None);
        }
        if !self.strikes.has(Fault::ForgedChain) {
            return self.world.at(ledger, index);
        }
        let ledger = self.told_ledger(ledger)?;
        Ok(ledger.and_then(|l| l.transactions.iter().find(|tx| tx.index == index).cloned()))
    }

    /// Whether it finds a transaction of this ledger.
    fn finds_in(&self, ledger: u32) -> bool {
        let is_there = self.holds(ledger) && !self.is_after_state(ledger);
        is_there && !self.strikes.has(Fault::Forgets)
    }

    fn is_too_new(&self, index: u32) -> bool {
        let delay = self.strikes.find(|fault| match fault {
            Fault::NotYetThere(delay) => Some(delay),
            _ => None,
        });
        index == self.world.tip() && delay.is_some_and(|delay| self.since_close < delay)
    }

    /// Whether a ledger came after the old state from which it answers.
    pub(super) fn is_after_state(&self, index: u32) -> bool {
        let old = self.strikes.find(|fault| match fault {
            Fault::OldState(ledgers) => Some(ledgers),
            _ => None,
        });
        old.is_some_and(|ledgers| index > self.world.tip().saturating_sub(ledgers))
    }
}
