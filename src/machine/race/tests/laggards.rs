//! Who has not reached the ledger in which others have it.

use super::*;

const LONG: Duration = Duration::from_secs(10);

fn behind() -> Reply<&'static str> {
    Reply::Absent("1-8".parse().unwrap())
}

/// Only who has not reached the ledger yet may have it in a moment; who has it and knows nothing, or is
/// asked for nothing, will not change its mind.
#[test]
fn only_who_has_not_reached_the_ledger_is_asked_again() {
    for (found, looked_in, again) in [
        (true, "1-8", true),
        (true, "1-9", false),
        (true, "1-7,9", false),
        (true, "10-12", false),
        (true, "", false),
        (false, "1-8", false),
    ] {
        let mut scene = Scene::lasting(2, 2, LONG);
        scene.reply(10, 0, Reply::Absent(looked_in.parse().unwrap_or_default()));
        let reply = if found { Reply::Found("paid") } else { failed() };
        let end = scene.reply(20, 1, reply);
        assert_eq!(end.is_none(), again, "{found}, {looked_in}: {end:?}");
        scene.at(1_009);
        assert_eq!(scene.asked.len(), 2);
        scene.at(1_010);
        assert_eq!(scene.asked.get(2), again.then_some(&(1_010, 0)));
    }
}

/// A node that never says anything would hold it up to the end, where there is no time to ask anybody.
#[test]
fn who_is_silent_holds_up_nobody_who_is_behind() {
    let mut scene = Scene::lasting(3, 2, LONG);
    scene.reply(10, 0, Reply::Found("tx"));
    scene.reply(30, 1, behind());
    assert_eq!(scene.asked, [(0, 0), (0, 1), (30, 2)]);
    assert_eq!(scene.race.wake(), scene.start + Duration::from_millis(1_030));
    scene.at(1_030);
    assert_eq!(scene.asked[3..], [(1_030, 1)]);
    let Some(Finish::Found { agreed, node: 1, late: false, .. }) =
        scene.reply(1_040, 1, Reply::Found("tx"))
    else {
        panic!()
    };
    assert_eq!(agreed, [0, 1]);
}

#[test]
fn it_is_asked_once_in_a_while_for_as_long_as_there_is_time() {
    let mut scene = Scene::lasting(2, 2, LONG);
    scene.reply(0, 0, Reply::Found("tx"));
    for ms in (0..10_000).step_by(10) {
        let end = scene.reply(ms, 1, behind());
        // Nothing is left to hope for in the last second.
        assert_eq!(end.is_some(), ms >= 9_000, "at {ms}: {end:?}");
        if let Some(end) = end {
            assert!(matches!(end, Finish::Failed), "{end:?}");
            break;
        }
    }
    let again: Vec<u64> = scene.asked.iter().skip(2).map(|(ms, _)| *ms).collect();
    assert_eq!(again, [1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000]);
    let told: Vec<_> = scene.race.too_few().map(|one| one.node).collect();
    assert_eq!(told, [0, 1], "each once");
}

/// What it said before is no story, and no reason to give up on it.
#[test]
fn who_fails_when_asked_again_is_asked_once_more() {
    let mut scene = Scene::lasting(2, 2, LONG);
    scene.reply(0, 0, Reply::Found("tx"));
    scene.reply(0, 1, behind());
    scene.at(1_000);
    assert!(scene.reply(1_100, 1, failed()).is_none());
    let said = scene.race.too_few().last().map(|one| (one.node, one.failure));
    let ledgers = "1-8".to_owned();
    assert_eq!(said, Some((1, Failure::NotThere { ledgers })));
    scene.at(2_100);
    assert_eq!(scene.asked[2..], [(1_000, 1), (2_100, 1)]);
    assert!(matches!(scene.reply(2_200, 1, Reply::Found("tx")), Some(Finish::Found { .. })));
}

#[test]
fn who_is_silent_when_asked_again_is_named_once() {
    let mut scene = Scene::lasting(2, 2, LONG);
    scene.reply(0, 0, Reply::Found("tx"));
    scene.reply(0, 1, behind());
    scene.at(1_000);
    assert!(matches!(scene.time(10_000), Some(Finish::TimedOut)));
    let silent = |_| (Step::Transaction, Failure::NoAnswer { unreadable: 0 });
    let attempts = scene.race.attempts(scene.start + LONG, silent);
    assert_eq!(attempts.iter().map(|one| one.node).collect::<Vec<_>>(), [1]);
    assert_eq!(scene.race.too_few().map(|one| one.node).collect::<Vec<_>>(), [0]);
}

#[test]
fn who_reached_the_ledger_and_does_not_have_it_ends_it() {
    let mut scene = Scene::lasting(2, 2, LONG);
    scene.reply(0, 0, Reply::Found("tx"));
    assert!(scene.reply(0, 1, behind()).is_none());
    assert!(matches!(scene.reply(1_000, 1, absent()), Some(Finish::Failed)));
}

#[test]
fn who_catches_up_may_contradict() {
    let mut scene = Scene::lasting(2, 2, LONG);
    scene.reply(0, 0, Reply::Found("tx"));
    assert!(scene.reply(0, 1, behind()).is_none());
    let end = scene.reply(1_000, 1, Reply::Found("another"));
    assert!(matches!(end, Some(Finish::Disagreement { .. })), "{end:?}");
}

/// The second node of an operator who has told its story adds nothing, however far behind it is.
#[test]
fn who_would_add_no_vote_is_not_asked_again() {
    let start = Instant::now();
    let race = Race::new(2, STAGGER, start + LONG, 2).run_by([0, 0]);
    let mut scene = Scene { race, start, asked: Vec::new() };
    scene.reply(0, 0, Reply::Found("tx"));
    assert!(matches!(scene.reply(0, 1, behind()), Some(Finish::Failed)));
}

/// Nodes that were not asked yet wait no longer because of it.
#[test]
fn who_is_asked_again_takes_nobodys_turn() {
    let mut scene = Scene::lasting(14, 2, LONG);
    scene.reply(0, 0, behind());
    for ms in (100..1_000).step_by(100) {
        scene.at(ms);
    }
    scene.reply(950, 1, Reply::Found("tx"));
    let before = scene.asked.len();
    scene.at(1_000);
    scene.at(1_100);
    assert_eq!(scene.asked[before..], [(1_000, 0), (1_100, 12)]);
}
