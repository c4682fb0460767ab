//! Tables of who is watched, believed and asked, and of what all of them lack.

use super::*;
use crate::wire::server_info::ValidatedLedger;

const SECOND: Duration = Duration::from_secs(1);

fn nodes(count: usize, wanted: usize) -> (Nodes, Instant) {
    (Nodes::new(count, wanted, Some(18 * SECOND), 1), Instant::now())
}

fn failure() -> Failure {
    Failure::NoAnswer { unreadable: 0 }
}

fn fit(validated: u32, complete: &str) -> Fit {
    let validated = ValidatedLedger { index: validated, hash: None, age: Some(1) };
    Fit { network_id: 0, validated, complete: complete.parse().unwrap() }
}

/// Begins to watch a node.
fn watch(nodes: &mut Nodes, node: usize, newest: u32, now: Instant) {
    nodes.nodes[node].phase = Phase::Subscribing;
    nodes.subscribed(node, newest, now);
}

fn subscribing(nodes: &mut Nodes, now: Instant) -> Vec<usize> {
    let operators = Operators::new(nodes.nodes.len(), &[]);
    std::iter::from_fn(|| nodes.next_to_subscribe(&operators, false, now)).collect()
}

#[test]
fn so_many_are_watched_and_another_one_takes_the_place_of_one_that_is_lost() {
    for (wanted, expected) in [(0, vec![0]), (1, vec![0]), (2, vec![0, 1]), (9, vec![0, 1, 2])] {
        let (mut nodes, now) = nodes(3, wanted);
        assert_eq!(subscribing(&mut nodes, now), expected);
    }
    let (mut nodes, now) = nodes(3, 2);
    subscribing(&mut nodes, now);
    assert!(!nodes.is_watched(0), "not yet");
    nodes.subscribed(0, 100, now);
    assert_eq!(nodes.watched().collect::<Vec<_>>(), [0]);
    nodes.lost(0, failure(), now);
    assert_eq!(subscribing(&mut nodes, now), [2]);
    nodes.lost(1, failure(), now);
    assert_eq!(subscribing(&mut nodes, now), [0; 0], "both rest a moment");
    assert_eq!(subscribing(&mut nodes, now + SECOND), [0]);
}

#[test]
fn of_one_operator_two_are_watched_where_there_is_no_other_and_one_more_only_of_another() {
    for (groups, wanted, begin, expected) in [
        (&[] as &[Vec<usize>], 2, false, vec![0, 1]),
        (&[vec![0, 1]], 2, false, vec![0, 2]),
        (&[vec![0, 1, 2]], 2, false, vec![0, 1]),
        // Those who are watched do not agree where to begin: another one shall tell, and no other voice of theirs.
        (&[], 2, true, vec![0, 1, 2]),
        (&[vec![0, 1]], 1, true, vec![0, 2]),
        (&[vec![0, 1, 2]], 2, true, vec![0, 1]),
    ] {
        let ((mut nodes, now), operators) = (nodes(3, wanted), Operators::new(3, groups));
        let mut asked = Vec::new();
        while let Some(node) = nodes.next_to_subscribe(&operators, begin, now) {
            asked.push(node);
            nodes.subscribed(node, 100, now);
        }
        assert_eq!(asked, expected, "{groups:?} {wanted} {begin}");
    }
}

#[test]
fn a_stream_has_told_all_of_a_ledger_when_the_next_one_closed_or_some_time_later() {
    let (mut nodes, now) = nodes(2, 2);
    assert_eq!(nodes.streamed(now), None);
    watch(&mut nodes, 0, 100, now);
    assert_eq!(nodes.streamed(now), Some(100), "of that it tells nothing more");
    let closed = now + SECOND;
    nodes.heard(0, 101, true, closed).unwrap();
    for (seconds, streamed) in [(0, 100), (4, 100), (5, 101), (60, 101)] {
        assert_eq!(nodes.streamed(closed + seconds * SECOND), Some(streamed), "{seconds}");
    }
    nodes.heard(0, 102, true, closed).unwrap();
    assert_eq!(nodes.streamed(closed), Some(101));
    // A transaction of the next one shows that this one is told.
    nodes.heard(0, 103, false, closed).unwrap();
    assert_eq!((nodes.streamed(closed), nodes.tip()), (Some(102), Some(103)));
    watch(&mut nodes, 1, 500, now);
    assert_eq!((nodes.streamed(closed), nodes.tip()), (Some(500), Some(500)));
}

#[test]
fn only_a_newer_ledger_proves_that_a_node_follows_the_network() {
    for (index, closed, alive) in [(101, true, true), (101, false, false), (100, true, false)] {
        let (mut nodes, now) = nodes(1, 1);
        watch(&mut nodes, 0, 100, now);
        let later = now + 10 * SECOND;
        nodes.heard(0, index, closed, later).unwrap();
        assert_eq!(nodes.stalled(now + 18 * SECOND - SECOND / 1_000), None);
        assert_eq!(nodes.stalled(now + 18 * SECOND), (!alive).then_some(0), "{index} {closed}");
        assert_eq!(nodes.stalled(later + 18 * SECOND), Some(0));
        // It has shown that it is well, and is tried again at once.
        nodes.nodes[0].health.failed(RestKind::Reconnect, failure(), later);
        nodes.nodes[0].retry = Some(later + SECOND);
        nodes.heard(0, index + 1, closed, later).unwrap();
        assert_eq!(nodes.nodes[0].is_ready(later), closed);
        assert_eq!(nodes.nodes[0].health.readiness(later) == Readiness::Ready, closed);
    }
    let mut patient = Nodes::new(1, 1, None, 1);
    let now = Instant::now();
    watch(&mut patient, 0, 100, now);
    assert_eq!(patient.stalled(now + 1_000_000 * SECOND), None, "ledgers close when one wants it");
}

#[test]
fn a_node_goes_back_a_little_and_jumps_a_little() {
    for (index, fits, tip) in
        [(4_998, true, 5_000), (4_997, false, 5_000), (6_000, true, 6_000), (6_001, false, 5_000)]
    {
        let (mut nodes, now) = nodes(1, 1);
        watch(&mut nodes, 0, 5_000, now);
        let heard = nodes.heard(0, index, true, now);
        assert_eq!((heard.is_ok(), nodes.tip()), (fits, Some(tip)), "{index}");
    }
    let (mut nodes, now) = nodes(1, 1);
    assert_eq!(nodes.heard(0, 7, true, now), Ok(()), "it is not watched");
    assert_eq!(nodes.tip(), None);
}

#[test]
fn who_was_refused_rests_for_long_whatever_else_goes_wrong() {
    let (mut nodes, now) = nodes(2, 2);
    watch(&mut nodes, 0, 100, now);
    nodes.judged(0, fit(100, "1-100"), now);
    nodes.agreed(0);
    assert!(nodes.is_on_chain(0) && !nodes.is_on_chain(1) && nodes.is_believed(0, now));
    nodes.disqualified(0, failure(), now);
    assert!(!nodes.is_watched(0) && !nodes.is_on_chain(0) && !nodes.is_believed(0, now));
    assert_eq!(nodes.reach(0, 500, now), Some(u32::MAX), "its word on what it has is void");
    nodes.lost(0, failure(), now + SECOND);
    nodes.failed(0, failure(), now + SECOND);
    let last = now + 599 * SECOND;
    assert!(!nodes.is_believed(0, last) && nodes.candidates(50, last) == [1]);
    assert_eq!(subscribing(&mut nodes, last), [1]);
    assert!(nodes.is_believed(0, now + 600 * SECOND));
    assert_eq!(subscribing(&mut nodes, now + 600 * SECOND), [0]);
    // Who is lost is believed, but may be another server when it is back.
    watch(&mut nodes, 1, 100, now);
    nodes.agreed(1);
    nodes.lost(1, failure(), now);
    assert!(nodes.is_believed(1, now) && !nodes.is_on_chain(1) && !nodes.is_watched(1));
}

#[test]
fn a_failed_request_ends_no_subscription_and_a_failed_connection_rests() {
    let (mut nodes, now) = nodes(2, 1);
    watch(&mut nodes, 0, 100, now);
    (0..2).for_each(|node| nodes.failed(node, failure(), now));
    assert!(nodes.is_watched(0));
    assert_eq!(nodes.candidates(50, now), [0], "the other one rests");
    assert_eq!(nodes.failures(), [(0, failure()), (1, failure())]);
    nodes.judged(0, fit(100, "1-100"), now);
    assert_eq!(nodes.failures(), [(1, failure())], "it answers again");
    watch(&mut nodes, 1, 100, now);
    assert_eq!(nodes.failures(), []);
}

#[test]
fn all_are_lost_when_nobody_is_watched_and_everybody_was_tried() {
    let (mut nodes, now) = nodes(2, 2);
    assert!(!nodes.all_lost());
    nodes.lost(0, failure(), now);
    assert!(!nodes.all_lost(), "the other one was not tried");
    nodes.lost(1, failure(), now);
    assert!(nodes.all_lost());
    watch(&mut nodes, 1, 100, now);
    nodes.failed(1, failure(), now);
    assert!(!nodes.all_lost());
}

#[test]
fn nobody_but_all_together_refutes() {
    let (mut nodes, _) = nodes(2, 2);
    nodes.refuted(0);
    assert!(!nodes.all_refute());
    nodes.refuted(1);
    assert!(nodes.all_refute());
}

#[test]
fn a_node_reaches_as_far_as_it_said_lately() {
    let (mut nodes, now) = nodes(2, 2);
    let all = Some(u32::MAX);
    assert_eq!(nodes.reach(0, 50, now), all, "it has said nothing");
    nodes.judged(0, fit(1_000, "100-200,300-990,995-999"), now);
    for (index, reach) in [
        (99, None),
        (100, Some(200)),
        (200, Some(200)),
        (201, None),
        (300, Some(990)),
        // What it says it has may be a little behind what it validates.
        (991, None),
        (992, None),
        (993, all),
        (995, all),
        (2_000, all),
    ] {
        assert_eq!(nodes.reach(0, index, now), reach, "{index}");
    }
    for (last, reach) in [(991, Some(991)), (992, all), (1_000, all)] {
        nodes.judged(0, fit(1_000, &format!("100-{last}")), now);
        assert_eq!(nodes.reach(0, 500, now), reach, "up to {last}");
    }
    nodes.judged(0, fit(1_000, "100-200"), now);
    let later = |seconds| nodes.reach(0, 500, now + seconds * SECOND);
    assert_eq!((later(9), later(10)), (None, all), "it may have changed");
}

#[test]
fn asked_are_those_that_can_have_it_the_watched_ones_first() {
    let (mut nodes, now) = nodes(4, 2);
    watch(&mut nodes, 3, 1_000, now);
    watch(&mut nodes, 1, 1_000, now);
    assert_eq!(nodes.candidates(500, now), [1, 3, 0, 2]);
    nodes.judged(1, fit(1_000, "100-200,600-1000"), now);
    nodes.lost(0, failure(), now);
    for (index, candidates) in
        [(200, [1, 3, 2].as_slice()), (500, &[3, 2]), (600, &[1, 3, 2]), (1_001, &[1, 3, 2])]
    {
        assert_eq!(nodes.candidates(index, now), candidates, "{index}");
    }
    // What it says it lacks near its newest it may have in a moment.
    nodes.judged(1, fit(1_000, "100-200"), now);
    assert!(!nodes.candidates(992, now).contains(&1) && nodes.candidates(993, now).contains(&1));
    assert!(!nodes.candidates(500, now + 9 * SECOND).contains(&1));
    assert_eq!(nodes.candidates(500, now + 10 * SECOND), [1, 3, 0, 2]);
}

#[test]
fn a_ledger_is_lost_when_all_lack_it_and_have_said_so_since() {
    let lacks = Some("100-200,600-1000");
    let (has, few) = (Some("100-1000"), Some("700-800"));
    // What each of two said of itself after one second, and how often it failed then.
    for (said, since, gap) in [
        ([(lacks, 0), (lacks, 0)], 0, Some(600)),
        ([(lacks, 0), (few, 0)], 0, Some(600)),
        ([(few, 0), (few, 0)], 0, Some(700)),
        ([(lacks, 0), (lacks, 0)], 1, Some(600)),
        ([(lacks, 0), (lacks, 0)], 2, None),
        ([(lacks, 0), (has, 0)], 0, None),
        ([(has, 0), (has, 0)], 0, None),
        ([(lacks, 0), (None, 0)], 0, None),
        ([(lacks, 0), (None, 2)], 0, None),
        // One that failed again and again is waited for, but not for ever.
        ([(lacks, 0), (None, 3)], 0, Some(600)),
        ([(lacks, 0), (None, 3)], 1, Some(600)),
        ([(lacks, 0), (None, 3)], 2, None),
        ([(None, 3), (None, 3)], 0, None),
        // Nothing more is there: all up to the newest are lost.
        ([(Some("100-200"), 0), (Some("100-200"), 0)], 0, Some(1_000)),
    ] {
        let (mut nodes, now) = nodes(2, 2);
        for (node, (complete, failures)) in said.into_iter().enumerate() {
            if let Some(complete) = complete {
                nodes.judged(node, fit(1_000, complete), now + SECOND);
            }
            (0..failures).for_each(|_| nodes.failed(node, failure(), now + SECOND));
        }
        let since = now + since * SECOND;
        let at = |seconds| nodes.gap_at(500, since, since + seconds * SECOND);
        assert_eq!(at(3_600), gap, "{said:?}");
        let all_spoke = said.iter().all(|(complete, _)| complete.is_some());
        assert_eq!(at(3_599), gap.filter(|_| all_spoke), "{said:?}");
    }
}

#[test]
fn all_are_behind_when_as_many_as_are_watched_have_said_so() {
    // Of three, two are to be watched. The newest ledger of each, and how often it failed.
    for (said, behind) in [
        ([(Some(980), 0), (Some(983), 0), (None, 0)], Some(983)),
        ([(Some(980), 0), (Some(984), 0), (None, 0)], None),
        ([(Some(980), 0), (None, 0), (None, 0)], None),
        ([(Some(980), 0), (None, 2), (None, 0)], None),
        ([(Some(980), 0), (None, 3), (None, 0)], Some(980)),
        ([(None, 3), (None, 3), (None, 3)], None),
        // One alone is one, however often it fails.
        ([(Some(980), 3), (None, 0), (None, 0)], None),
        ([(Some(980), 3), (Some(970), 3), (None, 0)], Some(980)),
    ] {
        for watched in [true, false] {
            let (mut nodes, now) = nodes(3, 2);
            for (node, (newest, failures)) in said.into_iter().enumerate() {
                match newest {
                    Some(newest) if watched => watch(&mut nodes, node, newest, now),
                    Some(newest) => nodes.judged(node, fit(newest, "1-100"), now),
                    None => {}
                }
                (0..failures).for_each(|_| nodes.failed(node, failure(), now));
            }
            let at = |seconds| nodes.is_behind(1_000, 16, now + seconds * SECOND);
            assert_eq!((at(0), at(9)), (behind, behind), "{said:?} {watched}");
            assert_eq!(at(10), behind.filter(|_| watched), "what one said of itself grows old");
        }
    }
    let (mut alone, now) = nodes(1, 2);
    watch(&mut alone, 0, 100, now);
    assert_eq!(alone.is_behind(200, 16, now), Some(100), "there is no other one");
}

#[test]
fn it_wakes_for_late_messages_for_nodes_that_stop_and_for_those_that_are_tried_again() {
    let (mut nodes, now) = nodes(2, 2);
    assert_eq!(nodes.wake(now), None);
    watch(&mut nodes, 0, 100, now);
    for (seconds, wake) in [(0, Some(5)), (4, Some(5)), (5, Some(18)), (17, Some(18)), (18, None)] {
        let wake = wake.map(|wake| now + wake * SECOND);
        assert_eq!(nodes.wake(now + seconds * SECOND), wake, "{seconds}");
    }
    nodes.lost(1, failure(), now);
    let retry = nodes.nodes[1].retry;
    assert!(retry.is_some() && nodes.wake(now) == retry);
    assert_eq!(nodes.wake(retry.unwrap()), Some(now + 5 * SECOND));
}
