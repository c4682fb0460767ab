//! Which nodes are watched, and when another one takes over.

use std::time::{Duration, Instant};

use crate::{
    error::Failure,
    machine::backoff::{Health, Readiness, RestKind},
};

/// A node that has closed no ledger for so long has stopped, though its connection lives. Ledgers
/// close every three to five seconds.
const STALL: Duration = Duration::from_secs(18);

/// The nodes of a watch.
#[derive(Debug)]
pub(super) struct Watchers {
    nodes: Vec<Watcher>,
    wanted: usize,
}

#[derive(Debug)]
struct Watcher {
    phase: Phase,
    health: Health,
    retry: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Idle,
    Subscribing,
    Watching { heard: Instant },
}

impl Watchers {
    pub(super) fn new(nodes: usize, wanted: usize, seed: u64) -> Watchers {
        let nodes = (seed..)
            .take(nodes)
            .map(|seed| Watcher { phase: Phase::Idle, health: Health::new(seed), retry: None })
            .collect();
        Watchers { nodes, wanted: wanted.max(1) }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// "Never" needs two nodes where there are two.
    pub(super) fn needed_for_finality(&self) -> usize {
        self.nodes.len().min(2)
    }

    pub(super) fn is_watching(&self, node: usize) -> bool {
        matches!(self.nodes[node].phase, Phase::Watching { .. })
    }

    /// All that may be asked, the watched ones first.
    pub(super) fn candidates(&self, now: Instant) -> Vec<usize> {
        let ready = |node: &usize| self.nodes[*node].retry.is_none_or(|retry| retry <= now);
        let mut nodes: Vec<usize> = (0..self.nodes.len()).filter(ready).collect();
        nodes.sort_by_key(|node| !self.is_watching(*node));
        nodes
    }

    /// The next node to subscribe to, if more are wanted.
    pub(super) fn next_to_subscribe(&mut self, now: Instant) -> Option<usize> {
        let busy = self.nodes.iter().filter(|watcher| watcher.phase != Phase::Idle).count();
        if busy >= self.wanted {
            return None;
        }
        let node = self.nodes.iter().position(|watcher| {
            watcher.phase == Phase::Idle && watcher.retry.is_none_or(|retry| retry <= now)
        })?;
        self.nodes[node].phase = Phase::Subscribing;
        Some(node)
    }

    pub(super) fn subscribed(&mut self, node: usize, now: Instant) {
        self.nodes[node].phase = Phase::Watching { heard: now };
    }

    /// It closed a ledger: only this proves that it follows the network.
    pub(super) fn heard(&mut self, node: usize, now: Instant) {
        let watcher = &mut self.nodes[node];
        watcher.phase = Phase::Watching { heard: now };
        watcher.health.succeeded();
        watcher.retry = None;
    }

    pub(super) fn lost(&mut self, node: usize, failure: Failure, now: Instant) {
        self.rest(node, RestKind::Reconnect, failure, now);
    }

    pub(super) fn disqualified(&mut self, node: usize, failure: Failure, now: Instant) {
        self.rest(node, RestKind::Quarantine, failure, now);
    }

    /// A watched node that has closed nothing for too long.
    pub(super) fn stalled(&self, now: Instant) -> Option<usize> {
        self.nodes.iter().position(|watcher| match watcher.phase {
            Phase::Watching { heard } => now >= heard + STALL,
            _ => false,
        })
    }

    /// When a node stalls or may be tried again.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let busy = self.nodes.iter().filter(|watcher| watcher.phase != Phase::Idle).count();
        let stall = self.nodes.iter().filter_map(|watcher| match watcher.phase {
            Phase::Watching { heard } => Some(heard + STALL),
            _ => None,
        });
        let retry = self.nodes.iter().filter(|watcher| watcher.phase == Phase::Idle);
        let retry = retry.filter(|_| busy < self.wanted).filter_map(|watcher| watcher.retry);
        stall.chain(retry).filter(|at| *at > now).min()
    }

    fn rest(&mut self, node: usize, kind: RestKind, failure: Failure, now: Instant) {
        let watcher = &mut self.nodes[node];
        watcher.phase = Phase::Idle;
        // One that must rest for long does not come back earlier because it also lost its connection.
        if !matches!(watcher.health.readiness(now), Readiness::Resting(_)) {
            watcher.retry = Some(watcher.health.failed(kind, failure, now));
        }
    }
}
