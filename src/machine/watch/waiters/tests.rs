//! Where looking begins and ends for those who wait, and what is kept for each.

use super::*;
use crate::{types::LedgerHash, wire::stream::ClosedLedger};

const SECOND: Duration = Duration::from_secs(1);

fn tx(n: u8) -> TxHash {
    TxHash::from_bytes([n; 32])
}

fn transaction(n: u8, last: Option<u32>) -> Awaited {
    Awaited::Transaction { hash: tx(n), first: None, last }
}

/// A book in which the first node told these ledgers, and is not followed any more.
fn told(ledgers: std::ops::RangeInclusive<u32>) -> Ledgers {
    let mut book = Ledgers::new(2);
    book.follow(0, ledgers.start() - 1);
    for index in ledgers {
        let hash = LedgerHash::from_bytes([index as u8; 32]);
        let closed = ClosedLedger { index, hash, txn_count: Some(0), network_id: None };
        book.closed(0, &closed).unwrap();
    }
    book.leave(0);
    book
}

fn ranges(text: &str) -> LedgerRanges {
    text.parse().unwrap()
}

#[test]
fn no_number_comes_twice_though_one_list_follows_another() {
    let (ledgers, now) = (Ledgers::new(1), Instant::now());
    let mut waiters = Waiters::numbered_from(7);
    let mut add = |n| waiters.add(transaction(n, None), 1, &ledgers, now);
    assert_eq!((add(1), add(1), add(2)), (7, 8, 9));
    assert!(waiters.of_hash(&tx(1)).eq([7, 8]) && waiters.of_hash(&tx(3)).next().is_none());
    waiters.remove(9);
    assert_eq!(waiters.add(Awaited::Ledger(5), 1, &ledgers, now), 10);
    assert_eq!(
        (waiters.hash_of(8), waiters.hash_of(9), waiters.hash_of(10)),
        (Some(tx(1)), None, None)
    );
}

#[test]
fn looking_begins_with_the_lowest_ledger_that_any_node_soon_calls_current() {
    // Seconds after the wait began, and the newest ledger of another node each time.
    for (views, from) in [
        (&[] as &[(u32, u32)], None),
        (&[(0, 100)], Some(96)),
        (&[(0, 3)], Some(1)),
        // In these two seconds two ledgers may have closed.
        (&[(2, 100)], Some(94)),
        (&[(0, 100), (2, 100)], Some(94)),
        (&[(0, 100), (2, 110)], Some(96)),
        (&[(2, 100), (0, 90)], Some(86)),
        (&[(0, 100), (30, 100)], Some(66)),
        (&[(0, 100), (31, 50)], Some(96)),
        // Whoever is the first is believed however late it comes.
        (&[(60, 100)], Some(36)),
        (&[(60, 100), (61, 10)], Some(36)),
    ] {
        let (ledgers, now) = (Ledgers::new(3), Instant::now());
        let mut waiters = Waiters::default();
        waiters.add(transaction(1, None), 1, &ledgers, now);
        waiters.add(Awaited::Ledger(1), 1, &ledgers, now);
        for (node, (seconds, newest)) in views.iter().enumerate() {
            waiters.view_all(node, *newest, now + *seconds * SECOND);
            // What it says later does not count.
            waiters.view_all(node, 5, now + *seconds * SECOND);
        }
        assert_eq!(waiters.from(), from, "{views:?}");
    }
}

#[test]
fn looking_begins_with_what_is_known_already_while_nobody_can_be_reached() {
    let now = Instant::now();
    for (followed, from) in [(None, 16), (Some(30), 26), (Some(10), 6)] {
        let mut ledgers = told(11..=20);
        followed.into_iter().for_each(|newest| ledgers.follow(1, newest));
        let mut waiters = Waiters::default();
        waiters.add(transaction(1, None), 1, &ledgers, now);
        assert_eq!(waiters.from(), Some(from), "{followed:?}");
    }
}

#[test]
fn all_who_wait_are_looked_for_from_the_first_to_the_last() {
    let now = Instant::now();
    let mut waiters = Waiters::default();
    let mut ids = Vec::new();
    for (newest, last) in [(100, Some(130)), (90, None), (110, Some(120))] {
        let mut ledgers = Ledgers::new(1);
        ledgers.follow(0, newest);
        ids.push(waiters.add(transaction(1, last), 1, &ledgers, now));
    }
    assert_eq!((waiters.from(), waiters.until()), (Some(86), Some(130)));
    let due = |waiters: &Waiters| [119, 120, 129, 130].map(|tip| waiters.due(tip));
    assert_eq!(due(&waiters), [vec![], vec![ids[2]], vec![ids[2]], vec![ids[2], ids[0]]]);
    // Told once, and then of no matter until there is hope again.
    assert!(waiters.give_up(ids[0]) && !waiters.give_up(ids[0]) && !waiters.give_up(99));
    assert_eq!((waiters.until(), waiters.due(500)), (Some(120), vec![ids[2]]));
    waiters.hope_again(ids[0]);
    assert_eq!((waiters.until(), waiters.due(500)), (Some(130), vec![ids[2], ids[0]]));
    assert!(waiters.give_up(ids[0]));
    waiters.remove(ids[1]);
    assert_eq!(waiters.from(), Some(96));
    waiters.remove(ids[2]);
    assert_eq!((waiters.from(), waiters.until()), (Some(96), None));
    assert!(waiters.await_hash(&tx(1)) && !waiters.is_empty());
    waiters.remove(ids[0]);
    assert_eq!((waiters.from(), waiters.until()), (None, None));
    assert!(!waiters.await_hash(&tx(1)) && waiters.is_empty() && waiters.by_hash.is_empty());
}

#[test]
fn who_waits_for_a_ledger_is_told_once_when_it_is_there() {
    let (ledgers, now) = (Ledgers::new(1), Instant::now());
    let mut waiters = Waiters::default();
    let ids = [12, 10, 11].map(|index| waiters.add(Awaited::Ledger(index), 1, &ledgers, now));
    assert_eq!(waiters.take_reached(9), None);
    assert_eq!(waiters.take_reached(11), Some(ids[1]));
    assert_eq!(waiters.take_reached(11), Some(ids[2]));
    assert_eq!(waiters.take_reached(11), None);
    waiters.remove(ids[0]);
    assert_eq!(waiters.take_reached(500), None, "it does not wait any more");
}

#[test]
fn what_a_node_looked_through_is_covered_as_long_as_it_is_believed() {
    let (ledgers, now) = (told(11..=20), Instant::now());
    let mut waiters = Waiters::default();
    let id = waiters.add(transaction(1, None), 1, &ledgers, now);
    let reached = waiters.add(Awaited::Ledger(15), 1, &ledgers, now);
    let covered = |waiters: &Waiters, id, node| waiters.covered(id, node, &ledgers).to_string();
    assert_eq!(covered(&waiters, id, 0), "11-20");
    assert_eq!(covered(&waiters, reached, 0), "empty", "its hash is not known");
    for id in [id, reached] {
        waiters.testify(id, 0, &ranges("1-5"), now);
        waiters.testify(id, 0, &ranges("empty"), now);
        waiters.testify(id, 0, &ranges("8"), now);
        waiters.testify(id, 1, &ranges("7"), now);
    }
    waiters.testify(99, 1, &ranges("7"), now);
    assert_eq!(covered(&waiters, id, 0), "1-5,8,11-20");
    assert_eq!(
        (covered(&waiters, reached, 0), covered(&waiters, id, 1)),
        ("1-5,8".into(), "7".into())
    );
    waiters.disbelieve(0);
    assert_eq!((covered(&waiters, id, 0), covered(&waiters, id, 1)), ("11-20".into(), "7".into()));
    assert_eq!(covered(&waiters, 99, 0), "empty");
}

#[test]
fn of_a_history_in_pieces_the_newest_ones_are_remembered() {
    let (ledgers, now) = (Ledgers::new(1), Instant::now());
    for count in [64, 65, 100] {
        let mut waiters = Waiters::default();
        let id = waiters.add(transaction(1, None), 1, &ledgers, now);
        let pieces: Vec<String> = (0..count).map(|n| (1_000 + 2 * n).to_string()).collect();
        waiters.testify(id, 0, &ranges(&pieces.join(",")), now);
        let kept = waiters.covered(id, 0, &ledgers).to_string();
        assert_eq!(kept, pieces[pieces.len() - 64..].join(","), "{count}");
    }
}
