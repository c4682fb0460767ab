//! How long a history may be, how much of it is kept, and when what failed is asked for again.

use super::*;

#[test]
fn a_stretch_ends_with_a_ledger_that_is_read_in_any_case() {
    let mut sweep = sweep();
    let first = ask(&mut sweep, 0);
    tell(&mut sweep, &first, &[10, 10, 99], false).unwrap();
    for (from, expected) in [
        (0, [10, 99, 100].as_slice()),
        (10, &[10, 99, 100]),
        (11, &[99, 100]),
        (100, &[100]),
        (200, &[100]),
    ] {
        assert_eq!(sweep.named_from(from).collect::<Vec<_>>(), expected, "{from}");
    }
    let last = Sweep::new(10, u32::MAX, &Accounts::new([]), vec![0]);
    assert_eq!(last.end(), u32::MAX);
}

#[test]
fn pauses_grow_with_the_failures_and_end_to_the_moment() {
    let (mut sweep, mut now) = (Sweep::new(10, 99, &Accounts::new([id(1)]), vec![0]), now());
    assert_eq!(sweep.wake(now), None);
    for millis in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 128_000] {
        let ask = sweep.begin(now).unwrap();
        assert_eq!(sweep.begin(now), None, "it is under way");
        sweep.failed(0, id(2), now);
        sweep.failed(1, id(1), now);
        assert!(!sweep.under_way.is_empty(), "those were others");
        sweep.failed(ask.node, ask.account, now);
        let again = now + Duration::from_millis(millis);
        assert_eq!(sweep.wake(now), Some(again), "{millis}");
        assert_eq!(sweep.begin(again - Duration::from_millis(1)), None);
        assert_eq!(sweep.wake(again), None);
        now = again;
    }
}

#[test]
fn of_two_pauses_the_shorter_one_ends_first() {
    let (mut sweep, now) = (sweep(), now());
    (0..2).for_each(|_| drop(sweep.begin(now)));
    sweep.failed(0, id(1), now);
    sweep.failed(1, id(1), now + Duration::from_millis(100));
    assert_eq!(sweep.wake(now), Some(now + PAUSE));
    assert_eq!(sweep.wake(now + PAUSE), Some(now + PAUSE + Duration::from_millis(100)));
}

#[test]
fn named_ledgers_that_have_no_room_are_left_to_the_next_sweep() {
    let most = u32::try_from(MAX_NAMED).unwrap();
    for (count, end) in
        [(most - 1, 100_001), (most, 100_001), (most + 1, most + 10), (most + 3, most + 10)]
    {
        let mut sweep = Sweep::new(10, 100_000, &Accounts::new([id(1)]), vec![0, 1]);
        let first = ask(&mut sweep, 0);
        let named: Vec<u32> = (10..10 + count).collect();
        tell(&mut sweep, &first, &named, false).unwrap();
        assert_eq!((sweep.named.len(), sweep.end()), (MAX_NAMED.min(named.len()), end), "{count}");
        let second = ask(&mut sweep, 1);
        assert_eq!(second.max, end - 1, "the other one is asked for no more");
        tell(&mut sweep, &second, &[], false).unwrap();
        assert!(sweep.is_complete());
    }
}

#[test]
fn a_history_has_so_many_pages_and_the_last_ledger_of_the_last_one_is_read() {
    for (pages, whole) in [(MAX_PAGES - 1, true), (MAX_PAGES, false)] {
        let mut sweep = Sweep::new(10, 9_999, &Accounts::new([id(1)]), vec![0]);
        for page in 1..=pages {
            let ask = sweep.begin(now()).unwrap();
            assert_eq!(tell(&mut sweep, &ask, &[ask.min, 10 + page], true), Ok(true));
        }
        let end = if whole { 10_000 } else { 10 + pages };
        assert_eq!((sweep.end(), sweep.is_complete()), (end, !whole), "{pages}");
    }
    // With the last page there is no more to leave to anybody.
    let mut sweep = Sweep::new(10, 9_999, &Accounts::new([id(1)]), vec![0]);
    for page in 1..=MAX_PAGES {
        let ask = sweep.begin(now()).unwrap();
        tell(&mut sweep, &ask, &[ask.min, 10 + page], page < MAX_PAGES).unwrap();
    }
    assert_eq!((sweep.end(), sweep.is_complete()), (10_000, true));
}

#[test]
fn a_page_leads_further_when_it_is_the_last_or_its_ledgers_are_new() {
    for (ledgers, more, further) in [
        (&[] as &[u32], true, false),
        (&[], false, true),
        (&[10], true, true),
        (&[20], true, true),
        (&[20], false, true),
    ] {
        let mut sweep = Sweep::new(10, 99, &Accounts::new([id(1)]), vec![0]);
        let ask = sweep.begin(now()).unwrap();
        assert_eq!(tell(&mut sweep, &ask, ledgers, more), Ok(further), "{ledgers:?} {more}");
        assert_eq!(sweep.is_complete(), !more);
        assert_eq!(tell(&mut sweep, &ask, ledgers, more), Ok(false), "an echo leads nowhere");
    }
}

#[test]
fn a_page_may_begin_and_end_with_the_ledgers_that_were_asked_for_and_overlaps_only_where_it_must() {
    let mut sweep = Sweep::new(10, 99, &Accounts::new([id(1)]), vec![0]);
    for (ledgers, next) in
        [([10, 10].as_slice(), 11), (&[12], 12), (&[12, 12], 13), (&[98], 98), (&[98, 99], 99)]
    {
        let ask = sweep.begin(now()).unwrap();
        assert_eq!(tell(&mut sweep, &ask, ledgers, true), Ok(true), "{ledgers:?}");
        let walk = sweep.waiting.front();
        assert_eq!(walk.map(|walk| walk.next), Some(next), "{ledgers:?}");
    }
    let ask = sweep.begin(now()).unwrap();
    assert_eq!(tell(&mut sweep, &ask, &[99, 99], true), Ok(true));
    assert!(sweep.is_complete(), "there is nothing behind the end");
}
