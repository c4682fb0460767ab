//! The nodes of a monitor: who is watched, who can be asked for which ledger, who cannot be believed.

use std::time::{Duration, Instant};

use crate::{
    error::{Failure, Unfit},
    machine::{
        backoff::{Health, Readiness, RestKind, seeds},
        fitness::Fit,
        operators::Operators,
    },
};

/// How far back a node's message may reach behind its newest: clusters reorder a little.
const REORDER: u32 = 2;

/// How far ahead a node's ledgers may jump. A server that lost touch jumps by some hundred.
const MAX_JUMP: u32 = 1_000;

/// The newest ledgers may be missing in what a node says it has: it is a moment behind itself.
const LAG: u32 = 8;

/// What a node said of its history is asked anew after this time.
const FRESH: Duration = Duration::from_secs(10);

/// A ledger's messages come with its close. Those that were lost, or had no place on the shelf, come no
/// more; where another ledger follows at once, that shows it earlier.
const LATE: Duration = Duration::from_secs(5);

/// A node that failed so often in a row is not waited for.
const GIVEN_UP: u32 = 3;

/// But so long where it may have what all others lack.
const ABSENCE: Duration = Duration::from_secs(3_600);

/// All nodes.
#[derive(Debug)]
pub(super) struct Nodes {
    nodes: Vec<State>,
    wanted: usize,
    /// After which time without a closed ledger a node has stopped.
    stall: Option<Duration>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    health: Health,
    retry: Option<Instant>,
    /// Failures in a row, and the last of them.
    failed: u32,
    failure: Option<(Instant, Failure)>,
    fit: Option<(Instant, Fit)>,
    refutes: bool,
    /// It named a ledger that was handed out.
    on_chain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Idle,
    Subscribing,
    /// `begun`: its newest ledger at the subscription, of which its stream tells nothing more. `closed`: the
    /// newest that it closed. Of `newest` its transactions may have come before that.
    Watching {
        heard: Instant,
        begun: u32,
        closed: u32,
        newest: u32,
    },
}

impl Nodes {
    pub(super) fn new(nodes: usize, wanted: usize, stall: Option<Duration>, seed: u64) -> Nodes {
        let state = |seed| State {
            phase: Phase::Idle,
            health: Health::new(seed),
            retry: None,
            failed: 0,
            failure: None,
            fit: None,
            refutes: false,
            on_chain: false,
        };
        Nodes { nodes: seeds(seed).take(nodes).map(state).collect(), wanted: wanted.max(1), stall }
    }

    pub(super) fn is_watched(&self, node: usize) -> bool {
        matches!(self.nodes[node].phase, Phase::Watching { .. })
    }

    pub(super) fn watched(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(|node| self.is_watched(*node))
    }

    /// The newest ledger of those that are watched.
    pub(super) fn tip(&self) -> Option<u32> {
        let newest = self.nodes.iter().filter_map(|state| match state.phase {
            Phase::Watching { newest, .. } => Some(newest),
            _ => None,
        });
        newest.max()
    }

    /// The newest ledger of which no more messages are to be expected.
    pub(super) fn streamed(&self, now: Instant) -> Option<u32> {
        let told = self.nodes.iter().filter_map(|state| match state.phase {
            Phase::Watching { heard, begun, newest, .. } => {
                let open = u32::from(now < heard + LATE);
                Some(begun.max(newest.saturating_sub(open)))
            }
            _ => None,
        });
        told.max()
    }

    /// Whether it has not been disqualified a short time ago.
    pub(super) fn is_believed(&self, node: usize, now: Instant) -> bool {
        !matches!(self.nodes[node].health.readiness(now), Readiness::Resting(_))
    }

    /// The next node to subscribe to, if more are wanted, of another operator if there is one. One more is
    /// wanted as long as those who are watched do not agree where to `begin`.
    pub(super) fn next_to_subscribe(
        &mut self,
        operators: &Operators,
        begin: bool,
        now: Instant,
    ) -> Option<usize> {
        let nodes = 0..self.nodes.len();
        let (idle, busy): (Vec<usize>, Vec<usize>) =
            nodes.partition(|node| self.nodes[*node].phase == Phase::Idle);
        let enough = busy.len() >= self.wanted;
        let come = busy.iter().any(|node| self.nodes[*node].phase == Phase::Subscribing);
        if enough && (come || !begin) {
            return None;
        }
        let new = |node: &usize| busy.iter().all(|one| operators.of(*one) != operators.of(*node));
        let mut ready = idle.into_iter().filter(|node| self.nodes[*node].is_ready(now));
        let any = ready.clone().next().filter(|_| !enough);
        let node = ready.find(new).or(any)?;
        self.nodes[node].phase = Phase::Subscribing;
        Some(node)
    }

    /// The newest ledger that so many operators name, give or take `ahead`: the lowest of theirs.
    pub(super) fn agreed_tip(
        &self,
        operators: &Operators,
        needed: usize,
        ahead: u32,
    ) -> Option<u32> {
        let newest = self.nodes.iter().zip(0..).filter_map(|(state, node)| match state.phase {
            Phase::Watching { newest, .. } => Some((newest, node)),
            _ => None,
        });
        let mut newest: Vec<(u32, usize)> = newest.collect();
        newest.sort_unstable();
        let agree = |lowest: &u32| {
            let near = newest
                .iter()
                .filter(|(index, _)| (*lowest..=lowest.saturating_add(ahead)).contains(index));
            operators.votes(near.map(|(_, node)| *node)) >= needed
        };
        newest.iter().rev().map(|(index, _)| *index).find(agree)
    }

    pub(super) fn subscribed(&mut self, node: usize, newest: u32, now: Instant) {
        self.nodes[node].phase =
            Phase::Watching { heard: now, begun: newest, closed: newest, newest };
        self.nodes[node].failed = 0;
    }

    /// A watched node spoke of a ledger; `closes` when it closed it.
    pub(super) fn heard(
        &mut self,
        node: usize,
        index: u32,
        closes: bool,
        now: Instant,
    ) -> Result<(), Unfit> {
        let state = &mut self.nodes[node];
        let Phase::Watching { mut heard, begun, mut closed, newest } = state.phase else {
            return Ok(());
        };
        if index.saturating_add(REORDER) < newest {
            return Err(Unfit::WentBack { from: newest, to: index });
        }
        if index > newest.saturating_add(MAX_JUMP) {
            return Err(Unfit::JumpedAhead { from: newest, to: index });
        }
        // Only a newer ledger proves that it follows the network.
        if closes && index > closed {
            state.health.succeeded();
            state.retry = None;
            (heard, closed) = (now, index);
        }
        state.phase = Phase::Watching { heard, begun, closed, newest: newest.max(index) };
        Ok(())
    }

    /// What a node says of itself just now.
    pub(super) fn judged(&mut self, node: usize, fit: Fit, now: Instant) {
        self.nodes[node].fit = Some((now, fit));
        self.nodes[node].failed = 0;
    }

    pub(super) fn lost(&mut self, node: usize, failure: Failure, now: Instant) {
        self.nodes[node].phase = Phase::Idle;
        // Behind the address may be another server the next time.
        self.nodes[node].on_chain = false;
        self.rest(node, RestKind::Reconnect, failure, now);
    }

    pub(super) fn disqualified(&mut self, node: usize, failure: Failure, now: Instant) {
        self.nodes[node].phase = Phase::Idle;
        self.nodes[node].on_chain = false;
        self.rest(node, RestKind::Quarantine, failure, now);
        self.nodes[node].failed = self.nodes[node].failed.max(GIVEN_UP);
        self.nodes[node].fit = None;
    }

    /// A request to it failed; a subscription may live on.
    pub(super) fn failed(&mut self, node: usize, failure: Failure, now: Instant) {
        if self.is_watched(node) {
            let state = &mut self.nodes[node];
            state.failed = state.failed.saturating_add(1);
            state.failure = Some((now, failure));
        } else {
            self.rest(node, RestKind::Reconnect, failure, now);
        }
    }

    fn rest(&mut self, node: usize, kind: RestKind, failure: Failure, now: Instant) {
        let state = &mut self.nodes[node];
        state.failed = state.failed.saturating_add(1);
        state.failure = Some((now, failure.clone()));
        // One that must rest for long does not come back earlier because it also lost its connection.
        if !matches!(state.health.readiness(now), Readiness::Resting(_)) {
            state.retry = Some(state.health.failed(kind, failure, now));
        }
    }

    /// It named a ledger that was handed out: it is on the same chain.
    pub(super) fn agreed(&mut self, node: usize) {
        self.nodes[node].on_chain = true;
    }

    pub(super) fn is_on_chain(&self, node: usize) -> bool {
        self.nodes[node].on_chain
    }

    /// The last of the ledgers without a hole from `index` on that a node may have, as far as it has
    /// said so lately; `None` when it lacks the first.
    pub(super) fn reach(&self, node: usize, index: u32, now: Instant) -> Option<u32> {
        let state = &self.nodes[node];
        let Some((_, fit)) = state.fit.as_ref().filter(|(at, _)| now < *at + FRESH) else {
            return Some(u32::MAX);
        };
        let near = fit.validated.index.saturating_sub(LAG);
        let range = fit.complete.iter().find(|range| range.contains(&index));
        match range.map(|range| *range.end()) {
            // It goes on with what it validates.
            Some(last) if last >= near => Some(u32::MAX),
            None if index > near => Some(u32::MAX),
            range => range,
        }
    }

    /// It contradicts what was handed out.
    pub(super) fn refuted(&mut self, node: usize) {
        self.nodes[node].refutes = true;
    }

    /// Whether every node contradicts what was handed out. One that cannot be reached says nothing.
    pub(super) fn all_refute(&self) -> bool {
        self.nodes.iter().all(|state| state.refutes)
    }

    /// All that may be asked for a ledger, the watched ones first.
    pub(super) fn candidates(&self, index: u32, now: Instant) -> Vec<usize> {
        let suits = |node: &usize| {
            let state = &self.nodes[*node];
            state.is_ready(now) && !state.lacks(index, |at| now < at + FRESH)
        };
        let mut nodes: Vec<usize> = (0..self.nodes.len()).filter(suits).collect();
        nodes.sort_by_key(|node| !self.is_watched(*node));
        nodes
    }

    /// The first ledger from `index` on that any node has, when every node has said since `since` that it
    /// lacks this one. Who cannot be reached may have it, and is waited for.
    pub(super) fn gap_at(&self, index: u32, since: Instant, now: Instant) -> Option<u32> {
        let lack = |state: &State| state.lacks(index, |at| at >= since);
        let waited = now >= since + ABSENCE;
        let gone = |state: &State| {
            let failed = state.failure.as_ref().is_some_and(|(at, _)| *at >= since);
            waited && failed && state.failed >= GIVEN_UP
        };
        let all = self.nodes.iter().all(|state| lack(state) || gone(state));
        if !all || !self.nodes.iter().any(lack) {
            return None;
        }
        let fits = self.nodes.iter().filter_map(|state| state.fit.as_ref());
        let next = fits.map(|(_, fit)| {
            let next = fit.complete.iter().find(|range| *range.end() >= index);
            next.map_or(fit.validated.index, |range| *range.start())
        });
        next.min()
    }

    /// The newest ledger of all, when everybody who has spoken lately is further behind than `index`, and
    /// as many have spoken as are to be watched.
    pub(super) fn is_behind(&self, index: u32, ahead: u32, now: Instant) -> Option<u32> {
        let newest = |state: &State| match (state.phase, &state.fit) {
            (Phase::Watching { newest, .. }, _) => Some(newest),
            (_, Some((at, fit))) if now < *at + FRESH => Some(fit.validated.index),
            _ => None,
        };
        let heard: Vec<u32> = self.nodes.iter().filter_map(newest).collect();
        let tip = *heard.iter().max()?;
        // Who has spoken and fails is one, not two.
        let gone = |state: &&State| newest(state).is_none() && state.failed >= GIVEN_UP;
        let gone = self.nodes.iter().filter(gone).count();
        let enough = heard.len() + gone >= self.wanted.min(self.nodes.len());
        (enough && tip.saturating_add(ahead) < index).then_some(tip)
    }

    /// Whether nobody is watched, though everybody was tried.
    pub(super) fn all_lost(&self) -> bool {
        self.watched().next().is_none() && self.nodes.iter().all(|state| state.failed > 0)
    }

    /// Why each node fails.
    pub(super) fn failures(&self) -> Vec<(usize, Failure)> {
        let failure =
            |(node, state): (usize, &State)| Some((node, state.failure.as_ref()?.1.clone()));
        (0..).zip(&self.nodes).filter(|(_, state)| state.failed > 0).filter_map(failure).collect()
    }

    /// A watched node that has closed nothing for too long.
    pub(super) fn stalled(&self, now: Instant) -> Option<usize> {
        let stall = self.stall?;
        self.nodes.iter().position(|state| match state.phase {
            Phase::Watching { heard, .. } => now >= heard + stall,
            _ => false,
        })
    }

    /// When a node stalls or may be tried again.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let silence = self.nodes.iter().flat_map(|state| match state.phase {
            Phase::Watching { heard, .. } => {
                [Some(heard + LATE), self.stall.map(|stall| heard + stall)]
            }
            _ => [None, None],
        });
        let retry = self.nodes.iter().map(|state| state.retry);
        silence.chain(retry).flatten().filter(|at| *at > now).min()
    }
}

impl State {
    fn is_ready(&self, now: Instant) -> bool {
        self.retry.is_none_or(|retry| retry <= now)
    }

    /// Whether it says that it does not have a ledger that it should have. `counts` tells from when
    /// its word counts.
    fn lacks(&self, index: u32, counts: impl Fn(Instant) -> bool) -> bool {
        self.fit.as_ref().is_some_and(|(at, fit)| {
            let behind = index.saturating_add(LAG) > fit.validated.index;
            counts(*at) && !behind && !fit.complete.contains(index)
        })
    }
}

#[cfg(test)]
mod tests;
