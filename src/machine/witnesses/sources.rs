//! Which nodes are heard, and when one that was lost is tried again.

use std::time::Instant;

use crate::{
    error::Failure,
    machine::backoff::{Health, RestKind},
};

/// Nodes that are heard at a time. Each of them can hide what it likes, so one honest node among
/// these is needed; more of them only repeat each other.
const MAX_HEARD: usize = 8;

/// The nodes as messengers.
#[derive(Debug)]
pub(crate) struct Sources(Vec<Source>);

#[derive(Debug)]
struct Source {
    speaks: bool,
    busy: bool,
    health: Health,
    retry: Option<Instant>,
}

impl Sources {
    /// For each node whether it speaks by itself; those that do not tell nothing of validators.
    pub(crate) fn new(nodes: impl IntoIterator<Item = bool>, seed: u64) -> Sources {
        let seeds = (0..).map(|number| seed.wrapping_add(number));
        let source = |(speaks, seed)| {
            let health = Health::new(seed);
            Source { speaks, busy: false, health, retry: None }
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
        self.0.get_mut(node).into_iter().for_each(|source| source.health.succeeded());
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

    /// A node passed on what nobody signed.
    pub(crate) fn lied(&mut self, node: usize, failure: Failure, now: Instant) {
        self.rest(node, |health| health.failed(RestKind::Quarantine, failure, now));
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
