//! Tables of who is watched, who can be asked, and when somebody is tried again.

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_millis(1_250);
const STALL: Duration = Duration::from_secs(18);

fn watchers(nodes: usize, polled: &[usize], wanted: usize) -> (Watchers, Instant) {
    (Watchers::new(nodes, polled, wanted, (PATIENCE, Some(STALL)), 1), Instant::now())
}

fn failure() -> Failure {
    Failure::NoAnswer { unreadable: 0 }
}

fn subscribing(watchers: &mut Watchers, now: Instant) -> Vec<usize> {
    let witnesses = Operators::new(watchers.nodes.len(), &[]);
    std::iter::from_fn(|| watchers.next_to_subscribe(&witnesses, now)).collect()
}

#[test]
fn so_many_are_watched_and_others_are_tried_beside_those_that_take_too_long() {
    for (wanted, expected) in [(0, vec![0]), (1, vec![0]), (2, vec![0, 1]), (9, vec![0, 1, 2])] {
        let (mut watchers, now) = watchers(3, &[], wanted);
        assert_eq!(subscribing(&mut watchers, now), expected);
    }
    let (mut watchers, now) = watchers(3, &[1], 1);
    assert_eq!(subscribing(&mut watchers, now), [0]);
    assert_eq!(watchers.wake(now), Some(now + PATIENCE));
    assert_eq!(subscribing(&mut watchers, now + PATIENCE - SECOND / 1_000), [0; 0]);
    assert_eq!(
        subscribing(&mut watchers, now + PATIENCE),
        [2],
        "it speaks, the other one does not"
    );
    assert_eq!(subscribing(&mut watchers, now + 2 * PATIENCE), [1]);
    assert_eq!(watchers.wake(now + 2 * PATIENCE), Some(now + 3 * PATIENCE));
}

#[test]
fn another_witness_is_watched_first_where_there_is_one() {
    for (groups, expected) in
        [(&[] as &[Vec<usize>], [0, 1]), (&[vec![0, 1]], [0, 2]), (&[vec![0, 1, 2]], [0, 1])]
    {
        let (mut watchers, now) = watchers(3, &[], 2);
        let witnesses = Operators::new(3, groups);
        let asked: Vec<usize> =
            std::iter::from_fn(|| watchers.next_to_subscribe(&witnesses, now)).collect();
        assert_eq!(asked, expected, "{groups:?}");
    }
}

#[test]
fn a_subscription_is_kept_while_it_is_wanted() {
    let (mut watchers, now) = watchers(3, &[], 1);
    subscribing(&mut watchers, now);
    subscribing(&mut watchers, now + PATIENCE);
    assert!(watchers.watched().is_empty() && !watchers.is_watching(0));
    assert!(watchers.subscribed(1, now));
    assert_eq!((watchers.watched(), watchers.is_watching(1)), (vec![1], true));
    assert!(!watchers.subscribed(0, now), "the other one was faster");
    assert!(!watchers.subscribed(1, now), "an echo");
    assert!(!watchers.subscribed(2, now), "nobody asked it to");
    assert_eq!(watchers.watched(), [1]);
    watchers.lost(1, failure(), now);
    assert!(!watchers.subscribed(2, now), "nobody asked it to");
    // The one that came too late is free again.
    assert_eq!(subscribing(&mut watchers, now), [0]);
    assert!(watchers.subscribed(0, now));
    // While two subscribe at once, both are kept where two are wanted.
    let (mut two, now) = (Watchers::new(3, &[], 2, (PATIENCE, None), 1), now);
    assert_eq!(subscribing(&mut two, now), [0, 1]);
    assert!(two.subscribed(0, now) && two.subscribed(1, now));
    assert_eq!(two.stalled(now + 1_000_000 * SECOND), None, "ledgers close when one wants it");
    assert_eq!(two.wake(now), None);
}

#[test]
fn asked_can_be_who_is_not_watched_and_does_not_rest() {
    let (mut watchers, now) = watchers(4, &[], 1);
    subscribing(&mut watchers, now);
    assert!(watchers.subscribed(0, now));
    watchers.lost(2, failure(), now);
    assert_eq!(watchers.others(now), [1, 3]);
    assert_eq!(watchers.others(now + SECOND), [1, 2, 3]);
    watchers.disqualified(3, failure(), now);
    assert!(!watchers.is_believed(3, now) && watchers.is_believed(2, now));
    // It does not come back earlier because it also lost its connection.
    watchers.lost(3, failure(), now);
    assert_eq!(watchers.others(now + 599 * SECOND), [1, 2]);
    assert_eq!(watchers.others(now + 600 * SECOND), [1, 2, 3]);
    assert!(watchers.is_believed(3, now + 600 * SECOND));
    watchers.disqualified(0, failure(), now);
    assert!(watchers.watched().is_empty());
}

#[test]
fn a_node_that_is_left_alone_already_rests_as_long_as_it_was_said() {
    let (mut watchers, now) = watchers(1, &[], 1);
    let cooling =
        |seconds| Failure::CoolingDown { remaining: seconds * SECOND, cause: Box::new(failure()) };
    subscribing(&mut watchers, now);
    watchers.lost(0, cooling(7), now);
    watchers.lost(0, cooling(5), now);
    assert_eq!(watchers.wake(now), Some(now + 7 * SECOND));
    assert!(watchers.others(now + 6 * SECOND).is_empty());
    assert_eq!(watchers.others(now + 7 * SECOND), [0]);
    // It counts as no failure of its own.
    assert_eq!(watchers.nodes[0].health.readiness(now), Readiness::Ready);
}

#[test]
fn only_a_new_ledger_shows_that_a_node_has_not_stopped() {
    let (mut watchers, now) = watchers(2, &[], 2);
    subscribing(&mut watchers, now);
    assert_eq!(watchers.stalled(now + 100 * SECOND), None, "it is not watched yet");
    (0..2).for_each(|node| assert!(watchers.subscribed(node, now)));
    watchers.heard(0, now + SECOND);
    assert_eq!(watchers.stalled(now + STALL - SECOND / 1_000), None);
    assert_eq!(watchers.stalled(now + STALL), Some(1));
    assert_eq!(watchers.wake(now + SECOND), Some(now + STALL));
    assert_eq!(watchers.wake(now + STALL), Some(now + SECOND + STALL));
    assert_eq!(watchers.wake(now + SECOND + STALL), None);
    // It was lost and is back: nothing of its failures counts any more.
    watchers.lost(1, failure(), now);
    let first = watchers.nodes[1].retry.unwrap() - now;
    assert_eq!(watchers.wake(now), Some(now + first));
    watchers.heard(1, now);
    assert_eq!(watchers.nodes[1].retry, None);
    watchers.lost(1, failure(), now);
    assert!(watchers.nodes[1].retry.unwrap() - now <= SECOND / 2, "the pauses begin anew");
}

#[test]
fn nobody_is_woken_for_a_node_that_is_not_wanted() {
    let (mut watchers, now) = watchers(2, &[], 1);
    subscribing(&mut watchers, now);
    watchers.lost(0, failure(), now);
    let retry = watchers.nodes[0].retry;
    assert_eq!(watchers.wake(now), retry);
    assert_eq!(subscribing(&mut watchers, now), [1]);
    assert!(watchers.subscribed(1, now));
    assert_eq!(watchers.wake(now), Some(now + STALL));
}
