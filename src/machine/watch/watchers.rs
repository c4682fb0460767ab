//! Which nodes are watched, and when another one takes over.

use std::time::{Duration, Instant};

use crate::{
    error::Failure,
    machine::{
        backoff::{Health, Readiness, RestKind, seeds},
        operators::Operators,
    },
};

/// The nodes of a watch.
#[derive(Debug)]
pub(super) struct Watchers {
    nodes: Vec<Watcher>,
    wanted: usize,
    /// How long a subscription may take before another node is tried beside it.
    patience: Duration,
    /// After which time without a closed ledger a node has stopped.
    stall: Option<Duration>,
}

#[derive(Debug)]
struct Watcher {
    phase: Phase,
    health: Health,
    retry: Option<Instant>,
    /// It says nothing by itself: the second choice.
    polled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Idle,
    Subscribing { since: Instant },
    Watching { heard: Instant },
}

impl Watchers {
    pub(super) fn new(
        nodes: usize,
        polled: &[usize],
        wanted: usize,
        (patience, stall): (Duration, Option<Duration>),
        seed: u64,
    ) -> Watchers {
        let nodes = seeds(seed)
            .zip(0..nodes)
            .map(|(seed, node)| Watcher {
                phase: Phase::Idle,
                health: Health::new(seed),
                retry: None,
                polled: polled.contains(&node),
            })
            .collect();
        Watchers { nodes, wanted: wanted.max(1), patience, stall }
    }

    pub(super) fn is_watching(&self, node: usize) -> bool {
        matches!(self.nodes[node].phase, Phase::Watching { .. })
    }

    /// Whether it has not been disqualified a short time ago.
    pub(super) fn is_believed(&self, node: usize, now: Instant) -> bool {
        !matches!(self.nodes[node].health.readiness(now), Readiness::Resting(_))
    }

    /// The nodes that are watched.
    pub(super) fn watched(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|node| self.is_watching(*node)).collect()
    }

    /// The nodes that are not watched, but could be asked.
    pub(super) fn others(&self, now: Instant) -> Vec<usize> {
        let ready = |node: &usize| !self.is_watching(*node) && self.nodes[*node].is_ready(now);
        (0..self.nodes.len()).filter(ready).collect()
    }

    /// The next node to subscribe to, if more are wanted, of another witness if there is one.
    pub(super) fn next_to_subscribe(
        &mut self,
        witnesses: &Operators,
        now: Instant,
    ) -> Option<usize> {
        if self.busy(now) >= self.wanted {
            return None;
        }
        let busy = |node: &usize| self.nodes[*node].phase != Phase::Idle;
        let known = |node: usize| {
            let mut busy = (0..self.nodes.len()).filter(busy);
            busy.any(|one| witnesses.of(one) == witnesses.of(node))
        };
        let idle = |node: &usize| !busy(node) && self.nodes[*node].is_ready(now);
        // Those that speak by themselves first, then those of others.
        let node = (0..self.nodes.len())
            .filter(idle)
            .min_by_key(|node| (self.nodes[*node].polled, known(*node)))?;
        self.nodes[node].phase = Phase::Subscribing { since: now };
        Some(node)
    }

    /// A subscription succeeded. False when it is not wanted any more.
    pub(super) fn subscribed(&mut self, node: usize, now: Instant) -> bool {
        let wanted = self.watched().len() < self.wanted
            && matches!(self.nodes[node].phase, Phase::Subscribing { .. });
        if wanted {
            self.nodes[node].phase = Phase::Watching { heard: now };
        } else if !self.is_watching(node) {
            self.nodes[node].phase = Phase::Idle;
        }
        wanted
    }

    /// It closed a new ledger: only this proves that it follows the network.
    pub(super) fn heard(&mut self, node: usize, now: Instant) {
        let watcher = &mut self.nodes[node];
        watcher.phase = Phase::Watching { heard: now };
        watcher.health.succeeded();
        watcher.retry = None;
    }

    pub(super) fn lost(&mut self, node: usize, failure: Failure, now: Instant) {
        let watcher = &mut self.nodes[node];
        watcher.phase = Phase::Idle;
        if let Failure::CoolingDown { remaining, .. } = failure {
            watcher.retry = watcher.retry.max(Some(now + remaining));
        } else {
            watcher.rest(RestKind::Reconnect, failure, now);
        }
    }

    pub(super) fn disqualified(&mut self, node: usize, failure: Failure, now: Instant) {
        self.nodes[node].phase = Phase::Idle;
        self.nodes[node].rest(RestKind::Quarantine, failure, now);
    }

    /// A watched node that has closed nothing for too long.
    pub(super) fn stalled(&self, now: Instant) -> Option<usize> {
        let stall = self.stall?;
        self.nodes.iter().position(|watcher| match watcher.phase {
            Phase::Watching { heard } => now >= heard + stall,
            _ => false,
        })
    }

    /// When a node stalls, takes too long, or may be tried again.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let wants_more = self.busy(now) < self.wanted;
        let wakes = self.nodes.iter().filter_map(|watcher| match watcher.phase {
            Phase::Watching { heard } => self.stall.map(|stall| heard + stall),
            Phase::Subscribing { since } => Some(since + self.patience),
            Phase::Idle => watcher.retry.filter(|_| wants_more),
        });
        wakes.filter(|at| *at > now).min()
    }

    /// How many are watched or soon will be.
    fn busy(&self, now: Instant) -> usize {
        let busy = |watcher: &&Watcher| match watcher.phase {
            Phase::Idle => false,
            Phase::Subscribing { since } => now < since + self.patience,
            Phase::Watching { .. } => true,
        };
        self.nodes.iter().filter(busy).count()
    }
}

impl Watcher {
    fn is_ready(&self, now: Instant) -> bool {
        self.retry.is_none_or(|retry| retry <= now)
    }

    fn rest(&mut self, kind: RestKind, failure: Failure, now: Instant) {
        // One that must rest for long does not come back earlier because it also lost its connection.
        if !matches!(self.health.readiness(now), Readiness::Resting(_)) {
            self.retry = Some(self.health.failed(kind, failure, now));
        }
    }
}

#[cfg(test)]
mod tests;
