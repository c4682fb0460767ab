//! Things that nodes are asked for until they are there: who is asked next, and when again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Errands of one node under way at a time.
const AT_ONCE: usize = 4;

/// Pauses before the same node is asked again for the same thing: straight after a ledger's close a
/// cluster's other servers do not have it yet.
const PAUSE: Duration = Duration::from_millis(200);
const SOON: Duration = Duration::from_secs(1);
/// The longest pause; it is reached when the node has failed often.
const LONGEST: Duration = Duration::from_secs(120);

/// How often the preferred nodes are asked before others are.
const LOYALTY: u32 = 5;

/// What is asked of whom.
#[derive(Debug)]
pub(super) struct Errands<T> {
    errands: BTreeMap<(T, usize), Errand>,
    /// Under way, by node.
    load: Vec<usize>,
    /// How long an errand may take before another node is asked as well.
    patience: Duration,
}

#[derive(Debug, Default)]
struct Errand {
    tries: u32,
    under_way: Option<Instant>,
    not_before: Option<Instant>,
}

impl<T: Copy + Ord> Errands<T> {
    pub(super) fn new(nodes: usize, patience: Duration) -> Errands<T> {
        Errands { errands: BTreeMap::new(), load: vec![0; nodes], patience }
    }

    /// Whether any of these nodes may be asked for anything more.
    pub(super) fn have_room(&self, nodes: &[usize]) -> bool {
        nodes.iter().any(|node| self.load[*node] < AT_ONCE)
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
            self.load[*node] < AT_ONCE
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
        self.load[node] += 1;
        Some(node)
    }

    /// A node has done its errand, well or badly; it may be asked again after a pause. `soon`: it will
    /// have the thing in a moment.
    pub(super) fn done(&mut self, thing: T, node: usize, soon: bool, now: Instant) {
        let Some(errand) = self.errands.get_mut(&(thing, node)) else { return };
        if errand.under_way.take().is_some() {
            self.load[node] -= 1;
            let grown = PAUSE.saturating_mul(1 << errand.tries.saturating_sub(1).min(16));
            let pause = match soon {
                true if errand.tries <= LOYALTY => grown.min(SOON),
                _ => grown.max(SOON).min(LONGEST),
            };
            errand.not_before = Some(now + pause);
        }
    }

    /// A node has come back: it may be asked at once.
    pub(super) fn revive(&mut self, node: usize) {
        for ((_, _), errand) in self.errands.iter_mut().filter(|((_, of), _)| *of == node) {
            errand.not_before = None;
        }
    }

    /// Forgets everything about things that are not wanted any more.
    pub(super) fn retain(&mut self, wanted: impl Fn(T) -> bool) {
        self.errands.retain(|(thing, _), errand| errand.under_way.is_some() || wanted(*thing));
    }

    /// When a pause or somebody's patience ends.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let wakes = self.errands.values().filter_map(|errand| match errand.under_way {
            Some(since) => Some(since + self.patience),
            None => errand.not_before,
        });
        wakes.filter(|at| *at > now).min()
    }
}
