//! Which nodes are heard, and when one that was lost is tried again.

use std::time::Instant;

use crate::{
    error::Failure,
    machine::backoff::{Health, RestKind},
};

/// Nodes that are heard at a time. Each of them can hide what it likes, so one honest node among
/// these is needed; more of them only repeat each other.
const MAX_HEARD: usize = 8;

/// False signatures in a row that a node may pass on. Each costs a check, so there is an end to it; but
/// a validator that signs in a way which servers accept and this crate does not is no fault of the node.
const MAX_FORGED: u32 = 64;

/// The nodes as messengers.
#[derive(Debug)]
pub(crate) struct Sources(Vec<Source>);

#[derive(Debug)]
struct Source {
    speaks: bool,
    busy: bool,
    forged: u32,
    health: Health,
    retry: Option<Instant>,
}

impl Sources {
    /// For each node whether it speaks by itself; those that do not tell nothing of validators.
    pub(crate) fn new(nodes: impl IntoIterator<Item = bool>, seed: u64) -> Sources {
        let seeds = (0..).map(|number| seed.wrapping_add(number));
        let source = |(speaks, seed)| {
            let health = Health::new(seed);
            Source { speaks, busy: false, forged: 0, health, retry: None }
        };
        Sources(nodes.into_iter().zip(seeds).map(source).collect())
    }

    /// The next node to begin to hear, if more can be heard.
    pub(crate) fn next(&mut self, now: Instant) -> Option<usize> {
        if self.0.iter().filter(|source| source.busy).count() >= MAX_HEARD {
            return None;
        }
        let ready = |source: &Source| {
            source.speaks && !source.busy && source.retry.is_none_or(|at| at <= now)
        };
        let node = self.0.iter().position(ready)?;
        let source = self.0.get_mut(node)?;
        source.busy = true;
        Some(node)
    }

    /// A node has sent something that holds.
    pub(crate) fn heard(&mut self, node: usize) {
        if let Some(source) = self.0.get_mut(node) {
            source.health.succeeded();
            source.forged = 0;
        }
    }

    /// A node cannot be heard, or not any more.
    pub(crate) fn lost(&mut self, node: usize, failure: Failure, now: Instant) {
        let rest = match &failure {
            Failure::CoolingDown { remaining, .. } => Some(*remaining),
            _ => None,
        };
        self.rest(node, |health| match rest {
            Some(remaining) => now + remaining,
            None => health.failed(RestKind::Reconnect, failure, now),
        });
    }

    /// A node passed on what nobody signed. True when it is not heard any more.
    pub(crate) fn forged(&mut self, node: usize, failure: Failure, now: Instant) -> bool {
        let Some(source) = self.0.get_mut(node) else { return false };
        source.forged += 1;
        if source.forged <= MAX_FORGED {
            return false;
        }
        source.forged = 0;
        self.rest(node, |health| health.failed(RestKind::Quarantine, failure, now));
        true
    }

    fn rest(&mut self, node: usize, until: impl FnOnce(&mut Health) -> Instant) {
        if let Some(source) = self.0.get_mut(node) {
            source.busy = false;
            source.retry = Some(until(&mut source.health));
        }
    }

    /// When a node that was lost is tried again.
    pub(crate) fn wake(&self) -> Option<Instant> {
        self.0.iter().filter(|source| !source.busy).filter_map(|source| source.retry).min()
    }
}
