//! How far to read, and which ledgers on the way: every one, or those that the accounts' histories and
//! streams name.

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    time::{Duration, Instant},
};

use super::{Action, Follow, WINDOW, accounts::Accounts, sweep::Sweep};
use crate::{error::Failure, types::AccountId, wire::history::HistoryPage};

/// Where only the accounts are streamed, the histories of so many ledgers are read at once.
const PERIOD: u32 = 16;

/// A gap of fewer ledgers is short.
const LONG: u32 = 256;

/// A whole ledger weighs as much as so many pages of a history.
const PAGES_PER_LEDGER: u64 = 4;

/// Nobody alone is believed that there is nothing more, where others can be asked.
const WITNESSES: usize = 2;

/// How long histories may bring nothing until the ledgers are read one by one beside them.
const HOLD: Duration = Duration::from_secs(10);

/// Pause after a sweep that did not succeed.
const REST: Duration = Duration::from_secs(30);

/// Ledgers named by streams that are kept. More are found again by their histories.
const MAX_HINTS: usize = 1 << 10;

/// How a monitor learns what is in a ledger, as the machine needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the stream of all transactions.
    Transactions,
    /// Streams of the accounts and their histories name ledgers, which are fetched.
    Accounts,
    /// Each ledger is fetched.
    Ledgers,
}

/// When a monitor asks for the history of each account (`account_tx`) over a stretch of ledgers, in
/// place of reading ledger by ledger.
///
/// A history only names the ledgers that have to be read; what is in them is read from the ledgers
/// themselves, which hash to their own names. A ledger is passed over when **two** nodes (the only
/// one, where one is configured; as many as must [agree](crate::Builder::agreement), where those are
/// more) have each told the whole history of every followed account there, and neither named it. They
/// must have the whole stretch, say that they searched all of it, and be on the chain of the ledger
/// handed out before. As long as so many cannot be found, or if an entry of a followed account in the
/// next ledger shows that a ledger was passed over in which that entry changed, it is read ledger by
/// ledger.
///
/// [`LedgerDone`](crate::Event::LedgerDone) then comes for the ledgers that were read, each of them
/// standing for all before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountHistory {
    /// When it pays. Histories cost a page for each account and witness at least. A gap is filled by
    /// them when it has 256 ledgers or more, and not fewer than those pages. With
    /// [`MonitorSource::Accounts`](crate::MonitorSource::Accounts) every stretch is, unless it costs
    /// more than four pages for each of its ledgers.
    #[default]
    Automatic,
    /// From so many ledgers on.
    From(u32),
    /// Never: every ledger is read.
    Never,
}

impl AccountHistory {
    pub(super) fn pays(self, source: Source, ledgers: u32, pages: u64) -> bool {
        let count = u64::from(ledgers);
        match self {
            AccountHistory::Never => false,
            AccountHistory::From(least) => ledgers >= least,
            AccountHistory::Automatic if source == Source::Accounts => {
                count.saturating_mul(PAGES_PER_LEDGER) > pages
            }
            AccountHistory::Automatic => ledgers >= LONG && count >= pages,
        }
    }
}

/// What lets ledgers be passed over.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// Ledgers that streams of accounts named.
    hints: BTreeSet<u32>,
    sweep: Option<Sweep>,
    /// Until then only what is named is read.
    hold: Option<Instant>,
    not_before: Option<Instant>,
    /// Up to here no history is believed.
    doubted: u32,
}

impl Passing {
    /// Everything up to this ledger is done with.
    pub(super) fn done(&mut self, index: u32) {
        let Some(next) = index.checked_add(1) else { return };
        self.hints = self.hints.split_off(&next);
        if self.sweep.as_ref().is_some_and(|sweep| sweep.end() <= index) {
            self.sweep = None;
        }
    }

    /// A stream named a ledger.
    pub(super) fn hint(&mut self, index: u32) {
        self.hints.insert(index);
        if self.hints.len() > MAX_HINTS {
            self.hints.pop_last();
        }
    }

    /// A node is not believed any more, nor what it told.
    pub(super) fn disbelieve(&mut self, node: usize) {
        if self.sweep.as_ref().is_some_and(|sweep| sweep.tellers().any(|one| one == node)) {
            self.sweep = None;
        }
    }

    /// The histories were wrong: everything up to this ledger is read.
    pub(super) fn doubt(&mut self, index: u32) {
        self.sweep = None;
        self.hold = None;
        self.doubted = index;
    }

    /// Sees that the accounts that are followed now are swept for.
    pub(super) fn cover(&mut self, accounts: &Accounts) {
        if let Some(sweep) = &mut self.sweep {
            sweep.cover(accounts);
        }
    }

    fn give_up(&mut self, now: Instant) {
        self.sweep = None;
        self.hold = None;
        self.not_before = Some(now + REST);
    }

    fn complete(&self, next: u32) -> Option<&Sweep> {
        self.sweep.as_ref().filter(|sweep| sweep.covers(next) && sweep.is_complete())
    }

    /// The ledgers from `next` on that are named.
    fn named(&self, next: u32) -> impl Iterator<Item = u32> + '_ {
        let window = WINDOW as usize;
        let swept = self.sweep.iter().flat_map(move |sweep| sweep.named_from(next).take(window));
        let named: BTreeSet<u32> = swept.chain(self.hints.iter().copied().take(window)).collect();
        named.into_iter()
    }

    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn held(&self) -> Vec<crate::config::Held> {
        let hints =
            crate::config::Held::new("ledgers named by streams", self.hints.len(), MAX_HINTS);
        [hints].into_iter().chain(self.sweep.iter().flat_map(Sweep::held)).collect()
    }

    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let own = [self.hold, self.not_before].into_iter().flatten().filter(|at| *at > now);
        own.chain(self.sweep.as_ref().and_then(|sweep| sweep.wake(now))).min()
    }
}

impl Follow {
    /// Up to which ledger everything is to be read now.
    pub(super) fn goal(&self, now: Instant) -> Option<u32> {
        let (tip, done) = (self.nodes.tip()?, self.done()?);
        let last = self.plan.to.unwrap_or(u32::MAX);
        let goal = match self.plan.source {
            Source::Transactions => self.nodes.streamed(now)?,
            Source::Ledgers => tip,
            // The first ledger shows which chain it is.
            Source::Accounts if !self.has_hash() => done.saturating_add(1).min(tip),
            Source::Accounts if tip.saturating_sub(done) >= PERIOD || tip >= last => tip,
            Source::Accounts => self.passing.hints.last().copied()?.min(tip),
        };
        Some(goal.min(last))
    }

    /// The next ledger to hand out: the one after the last, or the next one that is named.
    pub(super) fn next_ledger(&self) -> Option<u32> {
        let next = self.done()?.checked_add(1)?;
        match self.passing.complete(next) {
            Some(_) => self.passing.named(next).next(),
            None => Some(next),
        }
    }

    /// Whether a ledger comes after others that nobody reads: nothing binds it to the last one but the
    /// word of nodes that are on the same chain.
    pub(super) fn is_passed_to(&self, index: u32) -> bool {
        let next = self.done().and_then(|done| done.checked_add(1));
        next != Some(index) && self.passing.sweep.as_ref().is_some_and(|s| s.covers(index))
    }

    /// The next few ledgers to be read.
    pub(super) fn wanted(&self, now: Instant) -> Vec<u32> {
        let next = self.done().and_then(|done| done.checked_add(1));
        let (Some(next), Some(tip)) = (next, self.nodes.tip()) else { return Vec::new() };
        let last = match self.plan.source {
            Source::Accounts => self.goal(now).unwrap_or(0),
            _ => tip.min(self.plan.to.unwrap_or(u32::MAX)),
        };
        let holds = self.passing.hold.is_some_and(|hold| hold > now);
        if holds || self.passing.complete(next).is_some() {
            let named = self.passing.named(next).filter(|index| *index <= last);
            return named.take(WINDOW as usize).collect();
        }
        (next..=last.min(next.saturating_add(WINDOW - 1))).collect()
    }

    /// Sees that histories are read where they save something.
    pub(super) fn tend(&mut self, accounts: &Accounts, now: Instant) -> Option<Action> {
        let place = self.place.as_ref()?;
        let (done, known) = (place.done, place.verified && place.hash.is_some());
        let Some(to) = self.goal(now).and_then(|goal| goal.checked_sub(1)) else {
            self.passing.hold = None;
            return None;
        };
        if self.passing.sweep.is_none() && !self.begin_sweep(accounts, (done, to), known, now) {
            let wants = known && self.passing.hold.is_some();
            return if wants { self.introduce(done, now) } else { None };
        }
        let (end, needed) = (self.passing.sweep.as_ref()?.end(), self.needed());
        let candidates = self.nodes.candidates(end, now);
        let known = candidates.iter().copied().filter(|node| self.nodes.is_on_chain(*node));
        let known = self.plan.operators.votes(known);
        if known < needed {
            return self.introduce(done, now);
        }
        let sweep = self.passing.sweep.as_mut()?;
        if let Some(old) = sweep.given_up() {
            let fits = |node: &usize| {
                let reaches = self.nodes.reach(*node, done.saturating_add(1), now);
                reaches.is_some_and(|reach| reach >= sweep.end()) && self.nodes.is_on_chain(*node)
            };
            let operators = &self.plan.operators;
            // Nobody is two witnesses, nor one after the other.
            let tells = |node: usize| {
                let mut tellers = sweep.tellers().filter(|one| *one != old);
                tellers.any(|one| operators.of(one) == operators.of(node))
            };
            let others = candidates.into_iter().filter(|node| *node != old && !tells(*node));
            match others.into_iter().find(fits) {
                Some(new) => sweep.replace(old, new),
                None => {
                    self.passing.give_up(now);
                    return None;
                }
            }
        }
        sweep.begin(now).map(Action::History)
    }

    /// Begins a sweep up to `to`, if it pays and there are witnesses for it. True when there is one.
    fn begin_sweep(
        &mut self,
        accounts: &Accounts,
        (done, to): (u32, u32),
        known: bool,
        now: Instant,
    ) -> bool {
        let witnesses = WITNESSES.max(self.plan.agreement).min(self.plan.operators.count().max(1));
        let pages = (accounts.len() as u64).saturating_mul(witnesses as u64);
        let pays =
            |to: u32| to > done && self.plan.history.pays(self.plan.source, to - done, pages);
        let rests = self.passing.not_before.is_some_and(|at| at > now);
        let from = done.saturating_add(1);
        if !pays(to) || rests || from <= self.passing.doubted || !self.has_hash() {
            self.passing.hold = None;
            return false;
        }
        self.passing.hold.get_or_insert(now + HOLD);
        let mut able: Vec<(usize, u32)> = Vec::new();
        for node in self.nodes.candidates(from, now) {
            let reach = self.nodes.reach(node, from, now);
            able.extend(reach.map(|reach| (node, reach.min(to))));
        }
        able.sort_by_key(|(_, reach)| Reverse(*reach));
        // Where no witness has all of it, a part is better than nothing.
        let reach = able.get(witnesses - 1).map(|(_, reach)| *reach).filter(|reach| pays(*reach));
        let Some(reach) = reach else {
            self.passing.give_up(now);
            return false;
        };
        able.retain(|(node, own)| self.nodes.is_on_chain(*node) && *own >= reach);
        // Of one operator one witness.
        let mut operators = Vec::new();
        able.retain(|(node, _)| {
            let operator = self.plan.operators.of(*node);
            let new = !operators.contains(&operator);
            operators.push(operator);
            new
        });
        if !known || able.len() < witnesses {
            return false;
        }
        let nodes = able.into_iter().take(witnesses).map(|(node, _)| node).collect();
        self.passing.sweep = Some(Sweep::new(from, reach, accounts, nodes));
        true
    }

    /// Asks a node that is not known to be on the same chain for the ledger that was handed out last.
    fn introduce(&mut self, done: u32, now: Instant) -> Option<Action> {
        let mut nodes = self.nodes.candidates(done, now);
        nodes.retain(|node| !self.nodes.is_on_chain(*node));
        let node = self.fetches.begin(done, &nodes, now)?;
        Some(Action::Fetch { node, index: done, whole: false })
    }

    pub(super) fn has_hash(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.hash.is_some())
    }

    /// A page of a history came.
    pub(super) fn history(
        &mut self,
        node: usize,
        account: AccountId,
        page: HistoryPage,
        now: Instant,
    ) {
        let Some(sweep) = &mut self.passing.sweep else { return };
        match sweep.page(node, account, page, now) {
            Ok(true) => {
                self.passing.hold = Some(now + HOLD);
                self.progress = now;
            }
            Ok(false) => {}
            Err(reason) => {
                let failure = Failure::Unreadable(format!("account_tx: {reason}"));
                self.nodes.failed(node, failure, now);
            }
        }
    }

    /// A page of a history did not come; no failure when the node does not have all that was asked for.
    pub(super) fn no_history(
        &mut self,
        node: usize,
        account: AccountId,
        failure: Option<Failure>,
        now: Instant,
    ) {
        if let Some(sweep) = &mut self.passing.sweep {
            sweep.failed(node, account, now);
        }
        if let Some(failure) = failure {
            self.nodes.failed(node, failure, now);
        }
    }

    /// A stream sent a transaction of a followed account.
    pub(super) fn named_by_stream(&mut self, index: u32) {
        if self.done().is_some_and(|done| index > done) {
            self.passing.hint(index);
        }
    }
}

#[cfg(test)]
mod tests;
