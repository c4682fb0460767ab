//! Whom to ask for what, when, and how often.

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_millis(1_250);

fn errands(nodes: usize) -> (Errands<u32>, Instant) {
    (Errands::new(nodes, PATIENCE), Instant::now())
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn so_many_are_asked_as_shall_give_it_and_another_one_for_each_that_is_silent() {
    let (mut errands, now) = errands(3);
    let next = |errands: &mut Errands<u32>, need, now| errands.next(7, need, &[0, 1, 2], &[], now);
    assert_eq!(next(&mut errands, 1, now), Some(0));
    assert_eq!(next(&mut errands, 1, now), None);
    assert_eq!(errands.wake(now), Some(now + PATIENCE));
    assert_eq!(next(&mut errands, 1, now + PATIENCE - millis(1)), None);
    assert_eq!(next(&mut errands, 1, now + PATIENCE), Some(1));
    assert_eq!(next(&mut errands, 1, now + PATIENCE), None);
    assert_eq!(next(&mut errands, 2, now + PATIENCE), Some(2));
    assert_eq!(next(&mut errands, 9, now + PATIENCE), None, "all are asked");
    assert_eq!(errands.wake(now + PATIENCE), Some(now + 2 * PATIENCE));
    // Another thing is another errand.
    assert_eq!(errands.next(8, 1, &[0, 1, 2], &[], now), Some(0));
    assert_eq!(next(&mut errands, 0, now), None, "nobody needs it");
}

#[test]
fn pauses_grow_and_one_that_fails_rests_longer_than_one_that_will_have_it() {
    use Outcome::{Failed, Given, Soon};
    for (outcome, pauses) in [
        (Given, [200, 400, 800, 1_000, 1_000, 6_400, 12_800, 25_600, 51_200, 102_400, 120_000]),
        (Soon, [200, 400, 800, 1_000, 1_000, 6_400, 12_800, 25_600, 51_200, 102_400, 120_000]),
        (
            Failed,
            [1_000, 1_000, 1_000, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 102_400, 120_000],
        ),
    ] {
        let (mut errands, mut now) = errands(1);
        for pause in pauses {
            assert_eq!(errands.next(7, 1, &[0], &[], now), Some(0));
            errands.done(7, 0, outcome, now);
            // An echo of it changes nothing.
            errands.done(7, 0, outcome, now + SECOND);
            errands.done(8, 0, outcome, now);
            let again = now + millis(pause);
            assert_eq!(errands.next(7, 1, &[0], &[], again - millis(1)), None, "{outcome:?}");
            let rest = errands.runners[0].rests_until;
            assert!(rest.is_none_or(|rest| rest <= again.max(now + 2 * SECOND)), "{outcome:?}");
            let wake = [Some(again), rest].into_iter().flatten().filter(|at| *at > now).min();
            assert_eq!(errands.wake(now), wake);
            now = again.max(rest.unwrap_or(again));
        }
    }
}

#[test]
fn the_least_asked_is_next_and_others_only_when_the_preferred_have_failed_often() {
    let (mut errands, mut now) = errands(3);
    let mut asked = Vec::new();
    for _ in 0..14 {
        let node = errands.next(7, 1, &[2, 0], &[1], now).unwrap();
        asked.push(node);
        errands.done(7, node, Outcome::Given, now);
        now += 200 * SECOND;
    }
    assert_eq!(asked, [2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 1, 1, 1, 1]);
    assert_eq!(errands.next(8, 1, &[], &[1], now), Some(1), "where nobody is preferred");
    assert_eq!(errands.next(9, 1, &[], &[], now), None);
}

#[test]
fn a_node_runs_few_errands_at_a_time() {
    let (mut errands, now) = errands(2);
    let begun = (0..10).filter_map(|thing| errands.next(thing, 1, &[0], &[], now)).count();
    assert_eq!(begun, AT_ONCE);
    assert!(!errands.have_room(&[0], now) && errands.have_room(&[0, 1], now));
    assert!(!errands.have_room(&[], now));
    errands.done(2, 0, Outcome::Given, now);
    assert!(errands.have_room(&[0], now));
    assert_eq!(errands.next(50, 1, &[0], &[], now), Some(0));
    assert!(!errands.have_room(&[0], now));
    // What is wanted no more is forgotten, but not while it is under way.
    errands.retain(|_| false);
    assert_eq!(errands.errands.len(), AT_ONCE);
    for thing in [0, 1, 3, 50] {
        errands.done(thing, 0, Outcome::Given, now);
    }
    errands.retain(|thing| thing == 3);
    assert!(errands.errands.keys().eq([&(3, 0)]));
    assert_eq!(errands.runners[0].under_way, 0);
}

#[test]
fn a_node_that_fails_again_and_again_rests_until_it_gives_something_or_comes_back() {
    let (mut errands, now) = errands(1);
    let fail = |errands: &mut Errands<u32>, thing| {
        assert_eq!(errands.next(thing, 1, &[0], &[], now), Some(0), "{thing}");
        errands.done(thing, 0, Outcome::Failed, now);
    };
    for (failures, rest) in [None, None, None, Some(200), Some(200), Some(400), Some(800)]
        .into_iter()
        .chain([Some(1_600), Some(2_000), Some(2_000)])
        .enumerate()
    {
        // Each time it comes to another thing, after its rest.
        errands.runners[0].rests_until = None;
        fail(&mut errands, failures as u32);
        let until = rest.map(|rest| now + millis(rest));
        assert_eq!(errands.runners[0].rests_until, until, "{failures}");
        assert_eq!(errands.have_room(&[0], now), rest.is_none());
    }
    assert!(!errands.have_room(&[0], now + millis(1_999)));
    assert!(errands.have_room(&[0], now + 2 * SECOND));
    assert_eq!(errands.next(3, 1, &[0], &[], now), None);
    errands.revive(0);
    assert_eq!(errands.next(3, 1, &[0], &[], now), Some(0), "it has come back");
    errands.done(3, 0, Outcome::Given, now);
    assert_eq!(errands.runners[0].rests_until, None);
    fail(&mut errands, 70);
    assert!(errands.have_room(&[0], now), "the count begins anew");
    // Nobody is woken for a rest when there is nothing to do.
    errands.runners[0].rests_until = Some(now + millis(1));
    assert_eq!(errands.wake(now), Some(now + millis(1)));
    errands.retain(|_| false);
    assert_eq!(errands.wake(now), None);
}

#[test]
fn who_comes_back_is_asked_at_once_and_nobody_else() {
    let (mut errands, now) = errands(2);
    for node in [0, 1] {
        errands.next(7, 1, &[node], &[], now);
        errands.done(7, node, Outcome::Failed, now);
    }
    errands.revive(1);
    assert_eq!(errands.next(7, 1, &[0], &[], now), None);
    assert_eq!(errands.next(7, 1, &[1], &[], now), Some(1));
}
