//! Step 7 of the trip: which node is asked when, and whose answer is the answer.
//!
//! Nodes are asked in the order given. The next one joins when one of those asked says that it cannot
//! help (it failed, or it does not have the transaction), or when all asked so far stay silent for
//! `stagger`: then it takes the place of the one that has been silent the longest. Nobody who was asked
//! leaves the race before it ends: a late answer wins as well as an early one. The race ends with the `quorum`-th node that tells the same story, when every node has
//! said what it can, or at the deadline.

#[cfg(any(test, fuzzing))]
pub(crate) mod stories;

use std::time::{Duration, Instant};

use crate::{
    error::{Attempt, Failure, Step},
    wire::ranges::LedgerRanges,
};

/// What a node reported as found; two of them agree or contradict each other.
pub(crate) trait Story {
    fn agrees_with(&self, other: &Self) -> bool;
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
    failures: Vec<(usize, Attempt)>,
    over: bool,
}

#[derive(Debug)]
struct Runner {
    name: String,
    asked: Option<Instant>,
    /// It says that it has the transaction.
    claims: bool,
    settled: bool,
    /// Silent for so long that another one was asked in its place.
    overdue: bool,
}

impl Runner {
    /// Asked, and still in its time.
    fn is_running(&self) -> bool {
        self.asked.is_some() && !self.settled && !self.overdue
    }
}

impl<S: Story> Race<S> {
    /// `quorum` is the number of nodes that must tell the same story, at least one.
    pub(crate) fn new(
        names: Vec<String>,
        stagger: Duration,
        deadline: Instant,
        quorum: usize,
    ) -> Race<S> {
        let runner =
            |name| Runner { name, asked: None, claims: false, settled: false, overdue: false };
        let runners = names.into_iter().map(runner).collect();
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

    /// The next node to ask now, until there is none. Call after every event and when
    /// [`wake`](Race::wake) has come.
    #[must_use]
    pub(crate) fn ask_next(&mut self, now: Instant) -> Option<usize> {
        if self.over || now >= self.deadline {
            return None;
        }
        let next = self.runners.iter().position(|runner| runner.asked.is_none())?;
        if self.next_start.is_some_and(|start| now >= start) {
            self.next_start = Some(now + self.stagger);
            let running = self.runners.iter_mut().filter(|runner| runner.is_running());
            if let Some(longest) = running.min_by_key(|runner| runner.asked) {
                longest.overdue = true;
            }
        }
        // As many as must agree run at once; more only when these do not deliver.
        let running = self.runners.iter().filter(|runner| runner.is_running()).count();
        if running >= self.quorum.saturating_sub(self.stories.len()) {
            return None;
        }
        self.runners[next].asked = Some(now);
        self.next_start = Some(now + self.stagger);
        Some(next)
    }

    /// When something happens by itself: the next node joins, or the time is over.
    pub(crate) fn wake(&self) -> Instant {
        let more = self.runners.iter().any(|runner| runner.asked.is_none());
        match self.next_start {
            Some(start) if more => start.min(self.deadline),
            _ => self.deadline,
        }
    }

    /// A node that was asked replied. Anything but its first reply is ignored.
    pub(crate) fn replied(&mut self, node: usize, reply: Reply<S>, now: Instant) {
        let Some(runner) = self.runners.get_mut(node) else { return };
        let Some(asked) = runner.asked else { return };
        if std::mem::replace(&mut runner.settled, true) {
            return;
        }
        match reply {
            Reply::Found(story) => self.stories.push((node, story)),
            Reply::Absent(ranges) => self.absent.push((node, ranges)),
            Reply::Failed(step, failure) => {
                let elapsed = now.saturating_duration_since(asked);
                self.failures.push((node, Attempt::new(&runner.name, step, elapsed, failure)));
            }
        }
    }

    /// A node that was asked says that it has the transaction; whether that is so will be its reply.
    pub(crate) fn claimed(&mut self, node: usize) {
        self.runners.get_mut(node).into_iter().for_each(|runner| runner.claims = true);
    }

    /// Whether a fit node has looked and does not have it.
    pub(crate) fn has_absence(&self) -> bool {
        !self.absent.is_empty()
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
        !self.stories.is_empty() || self.runners.iter().any(|runner| runner.claims)
    }

    /// What each node that gave no usable answer did. `unfinished` tells of a node that was asked and
    /// has not replied at which step it hangs and why.
    pub(crate) fn attempts(
        &self,
        now: Instant,
        unfinished: impl Fn(usize) -> (Step, Failure),
    ) -> Vec<Attempt> {
        let mut attempts: Vec<_> =
            self.failures.iter().map(|(_, attempt)| attempt.clone()).collect();
        for (node, runner) in self.runners.iter().enumerate() {
            if let (Some(asked), false) = (runner.asked, runner.settled) {
                let (step, failure) = unfinished(node);
                let elapsed = now.saturating_duration_since(asked);
                attempts.push(Attempt::new(&runner.name, step, elapsed, failure));
            }
        }
        attempts
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
        if self.stories.len() >= self.quorum {
            let agreed = self.stories.iter().map(|(node, _)| *node).collect();
            let (node, story) = self.stories.pop()?;
            let late = self.runners[node].overdue;
            return Some(Finish::Found { story, node, late, agreed });
        }
        let all_said = self.runners.iter().all(|runner| runner.settled);
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

#[cfg(test)]
mod tests {
    use super::*;

    impl Story for &'static str {
        fn agrees_with(&self, other: &&'static str) -> bool {
            self == other
        }
    }

    const STAGGER: Duration = Duration::from_millis(100);
    const OVERALL: Duration = Duration::from_secs(1);

    struct Scene {
        race: Race<&'static str>,
        start: Instant,
        asked: Vec<(u64, usize)>,
    }

    impl Scene {
        fn new(nodes: usize, quorum: usize) -> Scene {
            let start = Instant::now();
            let names = (0..nodes).map(|node| format!("node{node}")).collect();
            let race = Race::new(names, STAGGER, start + OVERALL, quorum);
            let mut scene = Scene { race, start, asked: Vec::new() };
            scene.at(0);
            scene
        }

        fn at(&mut self, ms: u64) -> Instant {
            let now = self.start + Duration::from_millis(ms);
            while let Some(node) = self.race.ask_next(now) {
                self.asked.push((ms, node));
            }
            now
        }

        fn reply(
            &mut self,
            ms: u64,
            node: usize,
            reply: Reply<&'static str>,
        ) -> Option<Finish<&'static str>> {
            let now = self.at(ms);
            self.race.replied(node, reply, now);
            let finish = self.race.finish(now);
            self.at(ms);
            finish
        }

        fn time(&mut self, ms: u64) -> Option<Finish<&'static str>> {
            let now = self.at(ms);
            self.race.finish(now)
        }
    }

    fn failed() -> Reply<&'static str> {
        Reply::Failed(Step::Dial, Failure::Connect("refused".to_owned()))
    }

    fn absent() -> Reply<&'static str> {
        Reply::Absent("1-9".parse().unwrap())
    }

    #[test]
    fn the_first_node_wins_alone_when_it_answers_in_time() {
        let mut scene = Scene::new(3, 1);
        let finish = scene.reply(50, 0, Reply::Found("tx"));
        assert!(matches!(finish, Some(Finish::Found { node: 0, late: false, .. })));
        assert_eq!(scene.asked, [(0, 0)]);
    }

    #[test]
    fn silence_brings_the_next_node_and_a_late_answer_still_wins() {
        let mut scene = Scene::new(3, 1);
        scene.at(99);
        assert_eq!(scene.asked, [(0, 0)]);
        scene.at(100);
        scene.at(200);
        assert_eq!(scene.asked, [(0, 0), (100, 1), (200, 2)]);
        let finish = scene.reply(250, 0, Reply::Found("tx"));
        assert!(matches!(finish, Some(Finish::Found { node: 0, late: true, .. })));
    }

    #[test]
    fn a_node_in_whose_place_nobody_was_asked_is_not_late() {
        let mut scene = Scene::new(1, 1);
        let finish = scene.reply(900, 0, Reply::Found("tx"));
        assert!(matches!(finish, Some(Finish::Found { node: 0, late: false, .. })));
    }

    #[test]
    fn a_failure_brings_the_next_node_at_once_though_another_one_is_silent() {
        let mut scene = Scene::new(4, 1);
        scene.at(100);
        scene.reply(110, 1, failed());
        scene.reply(120, 2, absent());
        assert_eq!(scene.asked, [(0, 0), (100, 1), (110, 2), (120, 3)]);
    }

    #[test]
    fn the_failure_of_a_node_that_was_replaced_brings_nobody_else() {
        let mut scene = Scene::new(3, 1);
        scene.at(100);
        scene.reply(110, 0, failed());
        assert_eq!(scene.asked, [(0, 0), (100, 1)]);
        scene.at(200);
        assert_eq!(scene.asked, [(0, 0), (100, 1), (200, 2)]);
    }

    #[test]
    fn of_two_that_must_agree_each_silence_replaces_one() {
        let mut scene = Scene::new(5, 2);
        scene.at(100);
        assert_eq!(scene.asked, [(0, 0), (0, 1), (100, 2)]);
        // The answer of the one that was replaced counts, and nobody else is needed beside it.
        assert!(scene.reply(150, 0, Reply::Found("tx")).is_none());
        scene.at(200);
        assert_eq!(scene.asked.len(), 3);
        assert!(scene.race.wake() > scene.start + Duration::from_millis(200));
        scene.at(300);
        assert_eq!(scene.asked, [(0, 0), (0, 1), (100, 2), (300, 3)]);
    }

    #[test]
    fn a_failure_brings_the_next_node_at_once() {
        let mut scene = Scene::new(2, 1);
        assert!(scene.reply(10, 0, failed()).is_none());
        assert_eq!(scene.asked, [(0, 0), (10, 1)]);
        assert!(matches!(scene.reply(20, 1, Reply::Found("tx")), Some(Finish::Found { .. })));
    }

    #[test]
    fn absence_is_no_answer_before_every_node_has_said_so() {
        let mut scene = Scene::new(2, 1);
        assert!(scene.reply(10, 0, absent()).is_none());
        assert_eq!(scene.asked, [(0, 0), (10, 1)]);
        let Some(Finish::Absent(covered)) = scene.reply(20, 1, absent()) else { panic!() };
        assert_eq!(covered.len(), 2);
    }

    #[test]
    fn a_node_that_has_it_beats_one_that_does_not() {
        let mut scene = Scene::new(2, 1);
        scene.reply(10, 0, absent());
        assert!(matches!(
            scene.reply(20, 1, Reply::Found("tx")),
            Some(Finish::Found { node: 1, .. })
        ));
    }

    #[test]
    fn all_failed_ends_at_once_with_every_reason() {
        let mut scene = Scene::new(2, 1);
        scene.reply(10, 0, failed());
        assert!(matches!(scene.reply(30, 1, failed()), Some(Finish::Failed)));
        let attempts = scene.race.attempts(scene.start, |_| unreachable!());
        let elapsed: Vec<u128> =
            attempts.iter().map(|attempt| attempt.elapsed.as_millis()).collect();
        assert_eq!(elapsed, [10, 20]);
    }

    #[test]
    fn the_deadline_holds_to_the_millisecond() {
        let mut scene = Scene::new(2, 1);
        assert!(scene.time(999).is_none());
        assert_eq!(scene.race.wake(), scene.start + OVERALL);
        assert!(matches!(scene.time(1000), Some(Finish::TimedOut)));
        let attempts = scene.race.attempts(scene.start + OVERALL, |_| {
            (Step::Upgrade, Failure::NoAnswer { unreadable: 0 })
        });
        assert_eq!(attempts.len(), 2);
    }

    #[test]
    fn at_the_deadline_absence_from_one_node_is_what_is_known() {
        let mut scene = Scene::new(2, 1);
        scene.reply(10, 0, absent());
        assert!(matches!(scene.time(1000), Some(Finish::Absent(covered)) if covered.len() == 1));
    }

    #[test]
    fn nobody_is_asked_after_the_end() {
        let mut scene = Scene::new(2, 1);
        scene.reply(10, 0, Reply::Found("tx"));
        scene.at(500);
        assert_eq!(scene.asked, [(0, 0)]);
        assert!(scene.time(2000).is_none(), "the end is given once");
    }

    #[test]
    fn a_second_reply_of_a_node_changes_nothing() {
        let mut scene = Scene::new(2, 2);
        assert!(scene.reply(10, 0, Reply::Found("tx")).is_none());
        assert!(scene.reply(11, 0, Reply::Found("tx")).is_none(), "one node is not two");
        assert!(scene.reply(12, 0, failed()).is_none());
    }

    #[test]
    fn two_that_must_agree_are_asked_together() {
        let mut scene = Scene::new(3, 2);
        assert_eq!(scene.asked, [(0, 0), (0, 1)]);
        assert!(scene.reply(10, 0, Reply::Found("tx")).is_none());
        assert_eq!(scene.asked.len(), 2);
        let Some(Finish::Found { agreed, .. }) = scene.reply(20, 1, Reply::Found("tx")) else {
            panic!()
        };
        assert_eq!(agreed, [0, 1]);
    }

    #[test]
    fn a_contradiction_is_never_settled_by_majority() {
        let mut scene = Scene::new(3, 2);
        scene.reply(10, 0, Reply::Found("tx"));
        let finish = scene.reply(20, 1, Reply::Found("another"));
        assert!(matches!(
            finish,
            Some(Finish::Disagreement { stories: [(0, "tx"), (1, "another")] })
        ));
    }

    #[test]
    fn one_story_short_of_the_quorum_is_no_answer() {
        let mut scene = Scene::new(2, 2);
        scene.reply(10, 0, Reply::Found("tx"));
        assert!(matches!(scene.reply(20, 1, absent()), Some(Finish::Failed)));
        let mut scene = Scene::new(2, 2);
        scene.reply(10, 0, Reply::Found("tx"));
        assert!(matches!(scene.time(1000), Some(Finish::TimedOut)));
    }
}
