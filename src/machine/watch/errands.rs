//! Things that nodes are asked for until they are there: who is asked next, and when again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Errands of one node under way at a time.
const AT_ONCE: usize = 4;

/// The first pause before the same node is asked again for the same thing: straight after a ledger's
/// close a cluster's other servers do not have it yet.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest of the first few pauses, and the shortest one after a failure.
const SOON: Duration = Duration::from_secs(1);
/// The longest pause; it is reached when the node has failed often.
const LONGEST: Duration = Duration::from_secs(120);

/// How often the preferred nodes are asked before others are.
const LOYALTY: u32 = 5;

/// How often in a row a node may fail, whatever it is asked for, before it gets a pause as a whole:
/// one that does not have what it boasts of is not worn out with questions.
const INDULGENCE: u32 = 4;
const LONGEST_REST: Duration = Duration::from_secs(2);

/// How an errand ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The node gave the thing. Whether that was enough, others know.
    Given,
    /// It will have it in a moment, it says.
    Soon,
    Failed,
}

impl Outcome {
    /// Nothing was given.
    pub(super) fn without(soon: bool) -> Outcome {
        if soon { Outcome::Soon } else { Outcome::Failed }
    }
}

/// What is asked of whom.
#[derive(Debug)]
pub(super) struct Errands<T> {
    errands: BTreeMap<(T, usize), Errand>,
    runners: Vec<Runner>,
    /// How long an errand may take before another node is asked as well.
    patience: Duration,
}

/// A node that is asked.
#[derive(Clone, Debug, Default)]
struct Runner {
    under_way: usize,
    failures: u32,
    rests_until: Option<Instant>,
}

#[derive(Debug, Default)]
struct Errand {
    tries: u32,
    under_way: Option<Instant>,
    not_before: Option<Instant>,
}

impl<T: Copy + Ord> Errands<T> {
    pub(super) fn new(nodes: usize, patience: Duration) -> Errands<T> {
        Errands { errands: BTreeMap::new(), runners: vec![Runner::default(); nodes], patience }
    }

    /// Whether any of these nodes may be asked for anything more now.
    pub(super) fn have_room(&self, nodes: &[usize], now: Instant) -> bool {
        nodes.iter().any(|node| self.runners[*node].is_free(now))
    }

    /// Whom to ask now for `thing`, which `need` nodes shall give. `others` are asked when the
    /// `preferred` ones have failed often, or there are none.
    pub(super) fn next(
        &mut self,
        thing: T,
        need: usize,
        preferred: &[usize],
        others: &[usize],
        now: Instant,
    ) -> Option<usize> {
        let errand = |node: usize| self.errands.get(&(thing, node));
        let tries = |node: usize| errand(node).map_or(0, |errand| errand.tries);
        let both = || preferred.iter().chain(others).copied();
        let hopeful =
            |errand: &&Errand| errand.under_way.is_some_and(|since| now < since + self.patience);
        if both().filter_map(errand).filter(hopeful).count() >= need {
            return None;
        }
        let free = |node: &usize| {
            self.runners[*node].is_free(now)
                && errand(*node).is_none_or(|errand| {
                    errand.under_way.is_none() && errand.not_before.is_none_or(|at| at <= now)
                })
        };
        let loyal = preferred.iter().any(|node| tries(*node) < LOYALTY);
        let eligible = preferred.len() + if loyal { 0 } else { others.len() };
        let node = both().take(eligible).filter(free).min_by_key(|node| tries(*node))?;
        let errand = self.errands.entry((thing, node)).or_default();
        errand.tries += 1;
        errand.under_way = Some(now);
        self.runners[node].under_way += 1;
        Some(node)
    }

    /// A node has done its errand, well or badly; it may be asked again after a pause.
    pub(super) fn done(&mut self, thing: T, node: usize, outcome: Outcome, now: Instant) {
        let Some(errand) = self.errands.get_mut(&(thing, node)) else { return };
        if errand.under_way.take().is_none() {
            return;
        }
        let pause = match outcome {
            Outcome::Failed => grown(errand.tries).max(SOON),
            _ if errand.tries > LOYALTY => grown(errand.tries).max(SOON),
            _ => grown(errand.tries).min(SOON),
        };
        errand.not_before = Some(now + pause);
        let runner = &mut self.runners[node];
        runner.under_way -= 1;
        runner.failures = if outcome == Outcome::Given { 0 } else { runner.failures + 1 };
        let rest = runner.failures.checked_sub(INDULGENCE).map(grown);
        runner.rests_until = rest.map(|rest| now + rest.min(LONGEST_REST));
    }

    /// A node has come back: it may be asked at once.
    pub(super) fn revive(&mut self, node: usize) {
        self.runners[node].rests_until = None;
        for (_, errand) in self.errands.iter_mut().filter(|((_, of), _)| *of == node) {
            errand.not_before = None;
        }
    }

    /// Forgets everything about things that are not wanted any more.
    pub(super) fn retain(&mut self, wanted: impl Fn(T) -> bool) {
        self.errands.retain(|(thing, _), errand| errand.under_way.is_some() || wanted(*thing));
    }

    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn held(&self) -> [crate::config::Held; 2] {
        use super::wants::MAX_HOLE;
        let busiest = self.runners.iter().map(|runner| runner.under_way).max().unwrap_or(0);
        let nodes = self.runners.len();
        let things = nodes * (nodes * (MAX_HOLE as usize + 1) + AT_ONCE);
        [
            crate::config::Held::new("errands of a node under way", busiest, AT_ONCE),
            crate::config::Held::new("errands", self.errands.len(), things),
        ]
    }

    /// When a pause or somebody's patience ends.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let wakes = self.errands.values().filter_map(|errand| match errand.under_way {
            Some(since) => Some(since + self.patience),
            None => errand.not_before,
        });
        // Whose rest it is matters only while there are errands.
        let rests = self.runners.iter().filter_map(|runner| runner.rests_until);
        let rests = rests.filter(|_| !self.errands.is_empty());
        wakes.chain(rests).filter(|at| *at > now).min()
    }
}

impl Runner {
    fn is_free(&self, now: Instant) -> bool {
        self.under_way < AT_ONCE && self.rests_until.is_none_or(|until| until <= now)
    }
}

/// The pause after so many tries.
fn grown(tries: u32) -> Duration {
    PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST)
}

#[cfg(test)]
mod tests;
