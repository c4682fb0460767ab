//! Ledgers that must be fetched: who is asked, how often, and when a hole stays a hole.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Fetches under way at a time.
const AT_ONCE: usize = 8;

/// How often one ledger is asked for before the hole stays, until a node is subscribed anew.
const TRIES: u32 = 8;

/// Pause before a node is asked again for a ledger it does not have yet; it grows by itself each time.
const PAUSE: Duration = Duration::from_millis(200);

/// Pause before another node is asked for a ledger that one could not give.
const SWITCH: Duration = Duration::from_millis(50);

/// The fetches of a watch.
#[derive(Debug, Default)]
pub(super) struct Fetches {
    ledgers: BTreeMap<u32, Fetch>,
}

#[derive(Debug)]
struct Fetch {
    under_way: Option<usize>,
    tries: u32,
    not_before: Option<Instant>,
}

impl Fetches {
    /// New nodes, new hope.
    pub(super) fn reset(&mut self) {
        self.ledgers.retain(|_, fetch| fetch.under_way.is_some());
        for fetch in self.ledgers.values_mut() {
            fetch.tries = 0;
        }
    }

    /// The first of the `wanted` ledgers that can be fetched now, and from whom. `suits` tells whether
    /// a node can add anything to what is known of a ledger.
    pub(super) fn next(
        &mut self,
        wanted: impl Iterator<Item = u32>,
        nodes: &[usize],
        suits: impl Fn(usize, u32) -> bool,
        now: Instant,
    ) -> Option<(u32, usize)> {
        if self.ledgers.values().filter(|fetch| fetch.under_way.is_some()).count() >= AT_ONCE {
            return None;
        }
        for index in wanted {
            let tries = match self.ledgers.get(&index) {
                Some(fetch) if fetch.under_way.is_some() || fetch.tries >= TRIES => continue,
                Some(fetch) if fetch.not_before.is_some_and(|at| at > now) => continue,
                Some(fetch) => fetch.tries,
                None => 0,
            };
            // Each try at another node, as far as there are others.
            let suiting: Vec<usize> =
                nodes.iter().copied().filter(|node| suits(*node, index)).collect();
            let Some(node) = suiting.get(tries as usize % suiting.len().max(1)) else { continue };
            let fetch = Fetch { under_way: Some(*node), tries: tries + 1, not_before: None };
            self.ledgers.insert(index, fetch);
            return Some((index, *node));
        }
        // What was due and is not wanted has become known meanwhile.
        self.ledgers.retain(|_, fetch| {
            let due = fetch.not_before.is_some_and(|at| at <= now) && fetch.tries < TRIES;
            fetch.under_way.is_some() || !due
        });
        None
    }

    /// A list came. One that is not whole is asked for again.
    pub(super) fn done(&mut self, node: usize, index: u32, whole: bool, now: Instant) {
        if whole {
            self.ledgers.remove(&index);
        } else {
            self.failed(node, index, true, now);
        }
    }

    pub(super) fn failed(&mut self, node: usize, index: u32, soon: bool, now: Instant) {
        if let Some(fetch) = self.ledgers.get_mut(&index)
            && fetch.under_way == Some(node)
        {
            fetch.under_way = None;
            let pause = if soon { PAUSE * fetch.tries } else { SWITCH };
            fetch.not_before = Some(now + pause);
        }
    }

    /// Whether a pause is over.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.pauses().any(|until| until <= now)
    }

    /// When the next pause is over.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        self.pauses().filter(|until| *until > now).min()
    }

    fn pauses(&self) -> impl Iterator<Item = Instant> + '_ {
        let waiting = self.ledgers.values().filter(|fetch| fetch.under_way.is_none());
        waiting.filter(|fetch| fetch.tries < TRIES).filter_map(|fetch| fetch.not_before)
    }
}
