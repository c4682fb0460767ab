//! Step 7 of the trip: which node is asked when, and whose answer is the answer.
//!
//! Nodes are asked in the order given. The next one joins when one of those asked says that it cannot
//! help (it failed, or it does not have the transaction), or when all asked so far stay silent for
//! `stagger`: then it takes the place of the one that has been silent the longest. Nobody who was asked
//! leaves the race before it ends: a late answer wins as well as an early one. Who does not have it because
//! it has not reached the ledger in which others do is asked again, as often as there is time. The race
//! ends with the `quorum`-th node that tells the same story, when every node has said what it can, or at
//! the deadline.

#[cfg(any(test, fuzzing))]
pub(crate) mod stories;

use std::time::{Duration, Instant};

use crate::{
    error::{Failure, Step},
    wire::ranges::LedgerRanges,
};

/// Pause before a node is asked again for what must be there in a moment: others have it, or its ledger is
/// closed.
pub(crate) const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What a node reported as found; two of them agree or contradict each other.
pub(crate) trait Story {
    fn agrees_with(&self, other: &Self) -> bool;

    /// The ledger that it happened in.
    fn ledger(&self) -> u32;
}

/// What one node had to say.
#[derive(Debug)]
pub(crate) enum Reply<S> {
    /// A fit node has it in a validated ledger.
    Found(S),
    /// A fit node does not have it; it looked in these ledgers.
    Absent(LedgerRanges),
    /// The node cannot be used.
    Failed(Step, Failure),
}

/// How a race ended.
#[derive(Debug)]
pub(crate) enum Finish<S> {
    /// `quorum` nodes agree: the last one of them, whether it was late, and all that agreed.
    Found { story: S, node: usize, late: bool, agreed: Vec<usize> },
    /// Nodes contradict each other: one story of each side.
    Disagreement { stories: [(usize, S); 2] },
    /// Nobody has it, and at least one fit node looked.
    Absent(Vec<(usize, LedgerRanges)>),
    /// Nobody could say anything.
    Failed,
    /// The time was over, with nothing from anybody.
    TimedOut,
}

/// What a node did that gave no usable answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Vain {
    pub(crate) node: usize,
    pub(crate) step: Step,
    /// From the moment it was asked.
    pub(crate) elapsed: Duration,
    pub(crate) failure: Failure,
}

/// One lookup's race.
#[derive(Debug)]
pub(crate) struct Race<S> {
    runners: Vec<Runner>,
    stagger: Duration,
    deadline: Instant,
    quorum: usize,
    /// When the next node joins unless something happens before.
    next_start: Option<Instant>,
    stories: Vec<(usize, S)>,
    absent: Vec<(usize, LedgerRanges)>,
    failures: Vec<(usize, Step, Failure)>,
    over: bool,
}

#[derive(Debug)]
struct Runner {
    operator: usize,
    asked: Option<Instant>,
    /// It says that it has the transaction.
    claims: bool,
    settled: bool,
    /// How long its reply took.
    took: Duration,
    /// Silent for so long that another one was asked in its place.
    overdue: bool,
    /// It did not have it, and is asked once more: another one is asked in its place.
    again: bool,
}

impl Runner {
    /// Asked, and still in its time.
    fn is_running(&self) -> bool {
        self.asked.is_some() && !self.settled && !self.overdue && !self.again
    }
}

impl<S: Story> Race<S> {
    /// `quorum` is the number of nodes that must tell the same story, at least one.
    pub(crate) fn new(
        nodes: usize,
        stagger: Duration,
        deadline: Instant,
        quorum: usize,
    ) -> Race<S> {
        let runner = |operator| Runner {
            operator,
            asked: None,
            claims: false,
            settled: false,
            took: Duration::ZERO,
            overdue: false,
            again: false,
        };
        let runners = (0..nodes).map(runner).collect();
        Race {
            runners,
            stagger,
            deadline,
            quorum: quorum.max(1),
            next_start: None,
            stories: Vec::new(),
            absent: Vec::new(),
            failures: Vec::new(),
            over: false,
        }
    }

    /// With the operator of each node: nodes of one operator tell a story
    /// once. Each is by itself unless this is called.
    pub(crate) fn run_by(mut self, operators: impl IntoIterator<Item = usize>) -> Race<S> {
        for (runner, operator) in self.runners.iter_mut().zip(operators) {
            runner.operator = operator;
        }
        self
    }

    /// The next node to ask now, until there is none. Call after every event and when
    /// [`wake`](Race::wake) has come.
    #[must_use]
    pub(crate) fn ask_next(&mut self, now: Instant) -> Option<usize> {
        if self.over || now >= self.deadline {
            return None;
        }
        let laggard = self.laggards().find(|(_, due)| now >= *due).map(|(node, _)| node);
        if let Some(laggard) = laggard {
            let runner = &mut self.runners[laggard];
            runner.asked = Some(now);
            (runner.settled, runner.overdue, runner.again) = (false, false, true);
            return Some(laggard);
        }
        let next = self.next()?;
        if self.next_start.is_some_and(|start| now >= start) {
            self.next_start = Some(now + self.stagger);
            let running = self.runners.iter_mut().filter(|runner| runner.is_running());
            if let Some(longest) = running.min_by_key(|runner| runner.asked) {
                longest.overdue = true;
            }
        }
        // As many as must agree run at once; more only when these do not deliver.
        let running = self.running().filter(|operator| !self.has_told(*operator));
        if distinct(running) >= self.quorum.saturating_sub(self.told()) {
            return None;
        }
        self.runners[next].asked = Some(now);
        self.next_start = Some(now + self.stagger);
        Some(next)
    }

    /// The next one in the order given, but of an operator who adds a vote, where several must agree.
    fn next(&self) -> Option<usize> {
        let new = |runner: &Runner| runner.asked.is_none();
        let adds = |runner: &Runner| {
            !self.has_told(runner.operator) && !self.running().any(|one| one == runner.operator)
        };
        let several = self.quorum > 1;
        let first = self.runners.iter().position(|runner| new(runner) && several && adds(runner));
        first.or_else(|| self.runners.iter().position(new))
    }

    /// The operators of the nodes that are asked now.
    fn running(&self) -> impl Iterator<Item = usize> {
        self.runners.iter().filter(|runner| runner.is_running()).map(|runner| runner.operator)
    }

    fn has_told(&self, operator: usize) -> bool {
        self.stories.iter().any(|(node, _)| self.runners[*node].operator == operator)
    }

    /// How many operators have told their story.
    fn told(&self) -> usize {
        distinct(self.stories.iter().map(|(node, _)| self.runners[*node].operator))
    }

    /// When something happens by itself: the next node joins, or the time is over.
    pub(crate) fn wake(&self) -> Instant {
        let more = self.runners.iter().any(|runner| runner.asked.is_none());
        let starts = self.next_start.filter(|_| more);
        let times = self.laggards().map(|(_, due)| due).chain(starts);
        times.fold(self.deadline, Instant::min)
    }

    /// Who does not have it, but has not reached the ledger in which others do, and when to ask it again.
    fn laggards(&self) -> impl Iterator<Item = (usize, Instant)> + '_ {
        self.absent.iter().filter_map(|(node, ledgers)| {
            let (runner, newest) = (&self.runners[*node], ledgers.bounds()?.1);
            let due = runner.asked? + runner.took + ASK_AGAIN;
            let is_behind = self.stories.iter().any(|(_, story)| newest < story.ledger());
            let adds = runner.settled && !self.has_told(runner.operator);
            (is_behind && adds && due < self.deadline).then_some((*node, due))
        })
    }

    /// A node that was asked replied. Anything but its first reply to that is ignored.
    pub(crate) fn replied(&mut self, node: usize, reply: Reply<S>, now: Instant) {
        let Some(runner) = self.runners.get_mut(node) else { return };
        let Some(asked) = runner.asked else { return };
        if std::mem::replace(&mut runner.settled, true) {
            return;
        }
        runner.took = now.saturating_duration_since(asked);
        if std::mem::take(&mut runner.again)
            && let Some(before) = self.absent.iter().position(|(one, _)| *one == node)
        {
            // What it has said stands if it says nothing now.
            if matches!(reply, Reply::Failed(..)) {
                return;
            }
            self.absent.remove(before);
        }
        match reply {
            Reply::Found(story) => self.stories.push((node, story)),
            Reply::Absent(ranges) => self.absent.push((node, ranges)),
            Reply::Failed(step, failure) => self.failures.push((node, step, failure)),
        }
    }

    /// A node that was asked has not found it, and is making sure of that before it replies.
    pub(crate) fn hesitates(&mut self, node: usize) {
        if let Some(runner) = self.runners.get_mut(node).filter(|runner| runner.is_running()) {
            runner.again = true;
        }
    }

    /// A node that was asked says that it has the transaction; whether that is so will be its reply.
    pub(crate) fn claimed(&mut self, node: usize) {
        self.runners.get_mut(node).into_iter().for_each(|runner| runner.claims = true);
    }

    /// Whether a fit node has looked and does not have it, or is making sure of that.
    pub(crate) fn has_absence(&self) -> bool {
        !self.absent.is_empty() || self.runners.iter().any(|runner| runner.again)
    }

    /// Whether this one is making sure of not having it.
    pub(crate) fn is_hesitating(&self, node: usize) -> bool {
        self.runners.get(node).is_some_and(|runner| runner.again)
    }

    /// How it ended, if it has. Call after every event; gives the end once.
    #[must_use]
    pub(crate) fn finish(&mut self, now: Instant) -> Option<Finish<S>> {
        if self.over {
            return None;
        }
        let finish = self.conclude(now)?;
        self.over = true;
        Some(finish)
    }

    /// Whether some node has it, even if too few agree.
    pub(crate) fn has_story(&self) -> bool {
        self.claimants().next().is_some()
    }

    /// The nodes that say that they have it.
    pub(crate) fn claimants(&self) -> impl Iterator<Item = usize> + '_ {
        let tells = |node: &usize| self.stories.iter().any(|(one, _)| one == node);
        (0..self.runners.len()).filter(move |node| self.runners[*node].claims || tells(node))
    }

    /// The nodes that do not have it, and where they have looked.
    pub(crate) fn absent(&self) -> &[(usize, LedgerRanges)] {
        &self.absent
    }

    /// What each node that gave no usable answer did. `unfinished` tells of a node that was asked and
    /// has not replied at which step it hangs and why.
    pub(crate) fn attempts(
        &self,
        now: Instant,
        unfinished: impl Fn(usize) -> (Step, Failure),
    ) -> Vec<Vain> {
        let failed = |(node, step, failure): &(usize, Step, Failure)| {
            let (node, step, elapsed) = (*node, *step, self.runners[*node].took);
            Vain { node, step, elapsed, failure: failure.clone() }
        };
        let mut attempts: Vec<_> = self.failures.iter().map(failed).collect();
        for (node, runner) in self.runners.iter().enumerate() {
            if let (Some(asked), false) = (runner.asked, runner.settled) {
                let (step, failure) = unfinished(node);
                let elapsed = now.saturating_duration_since(asked);
                attempts.push(Vain { node, step, elapsed, failure });
            }
        }
        attempts
    }

    /// What each node said that answered well, where too few tell the same.
    pub(crate) fn too_few(&self) -> impl Iterator<Item = Vain> + '_ {
        let needed = self.quorum;
        let stories = self.stories.iter();
        let found = stories.map(move |(node, _)| (*node, Failure::Unconfirmed { needed }));
        let absent = self.absent.iter().map(|(node, ledgers)| {
            let ledgers = ledgers.to_string();
            (*node, Failure::NotThere { ledgers })
        });
        found.chain(absent).filter_map(|(node, failure)| {
            // Who was asked again and is silent has said that.
            let runner = self.runners.get(node).filter(|runner| runner.settled)?;
            Some(Vain { node, step: Step::Transaction, elapsed: runner.took, failure })
        })
    }

    fn conclude(&mut self, now: Instant) -> Option<Finish<S>> {
        // All stories but the newest agree, or the race had ended before.
        if let Some((newest, earlier)) = self.stories.split_last()
            && let Some(other) = earlier.iter().position(|(_, one)| !one.agrees_with(&newest.1))
        {
            let newest = self.stories.pop()?;
            return Some(Finish::Disagreement {
                stories: [self.stories.swap_remove(other), newest],
            });
        }
        if self.told() >= self.quorum {
            let agreed = self.stories.iter().map(|(node, _)| *node).collect();
            let (node, story) = self.stories.pop()?;
            let late = self.runners[node].overdue;
            return Some(Finish::Found { story, node, late, agreed });
        }
        let all_said =
            self.runners.iter().all(|runner| runner.settled) && self.laggards().next().is_none();
        if !all_said && now < self.deadline {
            return None;
        }
        // A story without enough behind it is no answer, and absence beside it is a lie.
        if self.has_story() {
            return Some(if all_said { Finish::Failed } else { Finish::TimedOut });
        }
        if !self.absent.is_empty() {
            return Some(Finish::Absent(std::mem::take(&mut self.absent)));
        }
        Some(if all_said { Finish::Failed } else { Finish::TimedOut })
    }
}

/// How many different ones there are.
fn distinct(operators: impl Iterator<Item = usize>) -> usize {
    let mut operators: Vec<usize> = operators.collect();
    operators.sort_unstable();
    operators.dedup();
    operators.len()
}

#[cfg(test)]
mod tests;
