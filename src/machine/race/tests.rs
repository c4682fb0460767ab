//! Tables of who is asked when, and how it ends.

mod laggards;

use super::*;

impl Story for &'static str {
    fn agrees_with(&self, other: &&'static str) -> bool {
        self == other
    }

    fn ledger(&self) -> u32 {
        LEDGER
    }
}

/// What is found is in this ledger.
const LEDGER: u32 = 9;
const STAGGER: Duration = Duration::from_millis(100);
const OVERALL: Duration = Duration::from_secs(1);

struct Scene {
    race: Race<&'static str>,
    start: Instant,
    asked: Vec<(u64, usize)>,
}

impl Scene {
    fn new(nodes: usize, quorum: usize) -> Scene {
        Scene::lasting(nodes, quorum, OVERALL)
    }

    fn lasting(nodes: usize, quorum: usize, overall: Duration) -> Scene {
        let start = Instant::now();
        let race = Race::new(nodes, STAGGER, start + overall, quorum);
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
fn a_node_that_makes_sure_of_not_having_it_brings_the_next_node_at_once() {
    let mut scene = Scene::new(3, 1);
    scene.race.hesitates(0);
    scene.at(10);
    assert_eq!(scene.asked, [(0, 0), (10, 1)]);
    // Its answer brings nobody else, and counts whatever it is.
    assert!(scene.reply(20, 0, failed()).is_none());
    assert_eq!(scene.asked.len(), 2);
    assert_eq!(scene.race.attempts(scene.start, |_| (Step::Dial, Failure::NotValidated)).len(), 2);
    scene.race.hesitates(1);
    scene.at(30);
    assert_eq!(scene.asked[2..], [(30, 2)]);
    let Some(Finish::Found { node: 1, late: false, .. }) = scene.reply(40, 1, Reply::Found("tx"))
    else {
        panic!()
    };
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
    assert!(matches!(scene.reply(20, 1, Reply::Found("tx")), Some(Finish::Found { node: 1, .. })));
}

#[test]
fn all_failed_ends_at_once_with_every_reason() {
    let mut scene = Scene::new(2, 1);
    scene.reply(10, 0, failed());
    assert!(matches!(scene.reply(30, 1, failed()), Some(Finish::Failed)));
    let attempts = scene.race.attempts(scene.start, |_| unreachable!());
    let elapsed: Vec<u128> = attempts.iter().map(|attempt| attempt.elapsed.as_millis()).collect();
    assert_eq!(elapsed, [10, 20]);
}

#[test]
fn the_deadline_holds_to_the_millisecond() {
    let mut scene = Scene::new(2, 1);
    assert!(scene.time(999).is_none());
    assert_eq!(scene.race.wake(), scene.start + OVERALL);
    assert!(matches!(scene.time(1000), Some(Finish::TimedOut)));
    let attempts = scene
        .race
        .attempts(scene.start + OVERALL, |_| (Step::Upgrade, Failure::NoAnswer { unreadable: 0 }));
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
    assert!(matches!(finish, Some(Finish::Disagreement { stories: [(0, "tx"), (1, "another")] })));
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

#[test]
fn nodes_of_one_operator_tell_a_story_once() {
    let start = Instant::now();
    // The first two are of one operator.
    let race = Race::new(4, STAGGER, start + OVERALL, 2).run_by([0, 0, 2, 3]);
    let mut scene = Scene { race, start, asked: Vec::new() };
    scene.at(0);
    assert_eq!(scene.asked, [(0, 0), (0, 2)], "the second one would add nothing");
    assert!(scene.reply(10, 0, Reply::Found("tx")).is_none());
    scene.reply(20, 2, failed());
    assert_eq!(scene.asked[2..], [(20, 3)]);
    scene.reply(30, 3, failed());
    assert_eq!(scene.asked[3..], [(30, 1)], "it may still contradict");
    let end = scene.reply(40, 1, Reply::Found("tx"));
    assert!(matches!(end, Some(Finish::Failed)), "{end:?}");
}

#[test]
fn nodes_of_one_operator_contradict_each_other_like_any() {
    let start = Instant::now();
    let race = Race::new(3, STAGGER, start + OVERALL, 2).run_by([0, 0, 2]);
    let mut scene = Scene { race, start, asked: Vec::new() };
    scene.at(0);
    scene.reply(10, 0, Reply::Found("tx"));
    scene.reply(20, 2, failed());
    let end = scene.reply(40, 1, Reply::Found("another"));
    assert!(matches!(end, Some(Finish::Disagreement { .. })), "{end:?}");
}

#[test]
fn where_one_is_believed_nodes_are_asked_in_the_order_given_whoever_runs_them() {
    let start = Instant::now();
    let race = Race::new(3, STAGGER, start + OVERALL, 1).run_by([0, 0, 2]);
    let mut scene = Scene { race, start, asked: Vec::new() };
    for ms in [0, 100, 200] {
        scene.at(ms);
    }
    assert_eq!(scene.asked, [(0, 0), (100, 1), (200, 2)]);
}

#[test]
fn it_wakes_for_the_next_node_while_there_is_one_and_then_for_the_deadline() {
    let mut scene = Scene::new(3, 1);
    let wakes = |scene: &Scene| (scene.race.wake() - scene.start).as_millis();
    assert_eq!(wakes(&scene), 100);
    scene.at(100);
    assert_eq!(wakes(&scene), 200);
    // The last one is asked before its time.
    scene.reply(150, 1, failed());
    assert_eq!((scene.asked[2], wakes(&scene)), ((150, 2), 1_000));
    // Nor after the deadline, however long a node may be silent.
    let race = Race::<&str>::new(2, 2 * OVERALL, scene.start + OVERALL, 1);
    let mut scene = Scene { race, asked: Vec::new(), ..scene };
    scene.at(0);
    assert_eq!(wakes(&scene), 1_000);
}

#[test]
fn a_node_that_claims_to_have_it_stands_against_not_found() {
    for claims in [false, true] {
        let mut scene = Scene::new(2, 1);
        assert!(!scene.race.has_absence() && !scene.race.has_story());
        scene.reply(10, 0, absent());
        if claims {
            scene.race.claimed(1);
        }
        assert!(scene.race.has_absence());
        assert_eq!(scene.race.has_story(), claims);
        let end = scene.time(1_000);
        assert_eq!(matches!(end, Some(Finish::Absent(_))), !claims, "{end:?}");
        assert_eq!(matches!(end, Some(Finish::TimedOut)), claims, "{end:?}");
    }
}

#[test]
fn where_too_few_tell_the_same_each_is_named_with_what_it_said() {
    let mut scene = Scene::new(3, 2);
    scene.reply(10, 0, Reply::Found("tx"));
    scene.reply(30, 1, absent());
    scene.reply(50, 2, failed());
    let told = scene.race.too_few();
    let told = told.map(|one| (one.node, one.step, one.elapsed.as_millis(), one.failure));
    let ledgers = "1-9".to_owned();
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (0, Step::Transaction, 10, Failure::Unconfirmed { needed: 2 }),
            (1, Step::Transaction, 30, Failure::NotThere { ledgers }),
        ]
    );
}
