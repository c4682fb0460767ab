//! What histories may and may not look like, and who must tell them.

mod limits;

use serde_json::json;

use super::*;

fn id(n: u8) -> AccountId {
    AccountId::from_bytes([n; 20])
}

fn now() -> Instant {
    Instant::now()
}

/// Ledgers 10 to 99 of one account, witnessed by nodes 0 and 1.
fn sweep() -> Sweep {
    Sweep::new(10, 99, &Accounts::new([id(1)]), vec![0, 1])
}

fn page(ask: &Ask, ledgers: &[u32], more: bool) -> HistoryPage {
    HistoryPage {
        account: ask.account,
        min: ask.min,
        max: ask.max,
        ledgers: ledgers.to_vec(),
        marker: more.then(|| json!({ "ledger": 1, "seq": 2 })),
    }
}

fn tell(sweep: &mut Sweep, ask: &Ask, ledgers: &[u32], more: bool) -> Result<bool, String> {
    sweep.page(ask.node, ask.account, page(ask, ledgers, more), now())
}

/// The next page of a node.
fn ask(sweep: &mut Sweep, node: usize) -> Ask {
    let ask = sweep.begin(now()).expect("there is more to ask");
    if ask.node == node {
        return ask;
    }
    let other = sweep.begin(now()).expect("there is more to ask");
    sweep.under_way.remove(&(ask.node, ask.account)).into_iter().for_each(|walk| {
        sweep.waiting.push_back(walk);
    });
    assert_eq!(other.node, node);
    other
}

fn named(sweep: &Sweep) -> Vec<u32> {
    sweep.named_from(0).collect()
}

#[test]
fn it_is_complete_when_every_witness_has_told_everything_and_nobody_is_outvoted() {
    let mut sweep = sweep();
    let first = ask(&mut sweep, 0);
    assert_eq!((first.min, first.max, first.marker.clone()), (10, 99, None));
    tell(&mut sweep, &first, &[20, 30], false).unwrap();
    assert!(!sweep.is_complete(), "one is not enough");
    let second = ask(&mut sweep, 1);
    tell(&mut sweep, &second, &[20, 20, 40], false).unwrap();
    assert!(sweep.is_complete());
    assert_eq!(named(&sweep), [20, 30, 40, 100], "what one alone names is read, and the last");
    assert!(sweep.covers(10) && sweep.covers(100) && !sweep.covers(9) && !sweep.covers(101));
    let mut alone = Sweep::new(10, 99, &Accounts::new([]), vec![0, 1]);
    assert!(alone.is_complete() && alone.begin(now()).is_none(), "nobody is followed");
}

#[test]
fn pages_overlap_by_a_ledger_and_need_no_marker() {
    let mut sweep = sweep();
    let first = ask(&mut sweep, 0);
    tell(&mut sweep, &first, &[20, 30], true).unwrap();
    let next = ask(&mut sweep, 0);
    assert_eq!((next.min, next.marker.clone()), (30, None));
    // All of the page is in the ledger with which it began: that one is read anyway.
    tell(&mut sweep, &next, &[30, 30], true).unwrap();
    let next = ask(&mut sweep, 0);
    assert_eq!(next.min, 31);
    tell(&mut sweep, &next, &[99], true).unwrap();
    let last = ask(&mut sweep, 0);
    assert_eq!(last.min, 99);
    tell(&mut sweep, &last, &[99], true).unwrap();
    assert!(sweep.waiting.iter().all(|walk| walk.node == 1), "there is nothing behind the end");
}

#[test]
fn an_empty_page_with_a_marker_goes_on_and_not_for_ever() {
    let mut sweep = sweep();
    let first = ask(&mut sweep, 0);
    tell(&mut sweep, &first, &[], true).unwrap();
    let next = ask(&mut sweep, 0);
    assert_eq!((next.min, next.marker.is_some()), (10, true));
    tell(&mut sweep, &next, &[50], false).unwrap();
    assert_eq!(named(&sweep), [50, 100]);
    let mut empty = 0;
    let error = loop {
        let next = ask(&mut sweep, 1);
        match tell(&mut sweep, &next, &[], true) {
            Ok(further) => {
                assert!(!further);
                empty += 1;
            }
            Err(error) => break error,
        }
    };
    assert!(error.contains("empty") && empty < MAX_PAGES && !sweep.is_complete(), "{error}");
    // Neither does it go on for ever from the start.
    let mut later = now();
    while sweep.given_up().is_none() {
        later += Duration::from_secs(10);
        let ask = sweep.begin(later).unwrap();
        assert_eq!((ask.node, ask.min), (1, 10));
        let _ = tell(&mut sweep, &ask, &[], true);
        empty += 1;
    }
    assert!(empty <= MAX_PAGES * FAILURES, "{empty}");
}

#[test]
fn what_does_not_cover_the_question_is_no_answer() {
    for (change, reason) in [
        ((|page| page.max -= 1) as fn(&mut HistoryPage), "10 to 98 were searched"),
        (|page| page.min += 1, "11 to 99"),
        (|page| page.account = id(2), "in place of"),
        (|page| page.ledgers = vec![9], "not of ledgers"),
        (|page| page.ledgers = vec![100], "not of ledgers"),
        (|page| page.ledgers = vec![30, 20], "in order"),
    ] {
        let mut sweep = sweep();
        let ask = ask(&mut sweep, 0);
        let mut wrong = page(&ask, &[20], false);
        change(&mut wrong);
        let error = sweep.page(0, id(1), wrong, now()).unwrap_err();
        assert!(error.contains(reason), "{error}");
        assert!(sweep.named.is_empty(), "nothing of it counts");
        assert!(sweep.waiting.iter().any(|walk| walk.node == 0 && walk.not_before.is_some()));
    }
    // More than what was asked for is no fault.
    let mut sweep = sweep();
    let ask = ask(&mut sweep, 0);
    let wide = HistoryPage { min: 1, max: 500, ..page(&ask, &[20], false) };
    sweep.page(0, id(1), wide, now()).unwrap();
}

#[test]
fn a_node_that_forgets_what_it_named_begins_again() {
    let mut sweep = sweep();
    let first = ask(&mut sweep, 0);
    tell(&mut sweep, &first, &[20, 30], true).unwrap();
    let next = ask(&mut sweep, 0);
    let error = tell(&mut sweep, &next, &[31], false).unwrap_err();
    assert!(error.contains("named ledger 30"), "{error}");
    assert!(sweep.begin(now()).is_some_and(|ask| ask.node == 1) && sweep.begin(now()).is_none());
    let later = now() + Duration::from_secs(1);
    assert_eq!(sweep.begin(later).map(|ask| (ask.node, ask.min)), Some((0, 10)), "from the start");
}

#[test]
fn a_witness_that_fails_is_given_up_and_another_one_begins_again_without_its_markers() {
    let mut sweep = sweep();
    let first = ask(&mut sweep, 1);
    tell(&mut sweep, &first, &[], true).unwrap();
    let mut later = now();
    for failures in 1..=FAILURES {
        assert_eq!(sweep.given_up(), None, "{failures}");
        let ask = loop {
            later += Duration::from_secs(1);
            match sweep.begin(later) {
                Some(ask) if ask.node == 1 => break ask,
                Some(ask) => assert_eq!(tell(&mut sweep, &ask, &[20], false), Ok(true)),
                None => assert!(sweep.wake(later).is_some(), "a pause that ends"),
            }
        };
        sweep.failed(ask.node, ask.account, later);
    }
    assert_eq!(sweep.given_up(), Some(1));
    sweep.replace(1, 2);
    assert_eq!((sweep.given_up(), &*sweep.witnesses), (None, &[0, 2][..]));
    assert_eq!(sweep.tellers().collect::<Vec<_>>(), [0, 2, 1]);
    let again = sweep.begin(now()).unwrap();
    assert_eq!((again.node, again.min, again.marker.clone()), (2, 10, None));
    // What the other one was asked before comes too late.
    sweep.page(1, id(1), page(&again, &[70], false), now()).unwrap();
    tell(&mut sweep, &again, &[30], false).unwrap();
    assert!(sweep.is_complete());
    assert_eq!(named(&sweep), [20, 30, 100]);
}

#[test]
fn a_witness_that_never_comes_to_the_end_is_given_up() {
    let (mut sweep, mut later, mut asked) = (sweep(), now(), 0);
    let first = ask(&mut sweep, 0);
    tell(&mut sweep, &first, &[], false).unwrap();
    while sweep.given_up().is_none() {
        later += Duration::from_secs(10);
        let ask = sweep.begin(later).unwrap();
        asked += 1;
        // The first page is good, every time, and what should follow on it is not.
        let _ = tell(&mut sweep, &ask, if ask.min == 10 { &[20, 30] } else { &[] }, ask.min == 10);
        assert!(asked <= 2 * FAILURES, "it goes on for ever");
    }
    assert_eq!(sweep.given_up(), Some(1));
}

#[test]
fn a_history_that_is_too_long_shortens_the_sweep() {
    let mut sweep = Sweep::new(10, 99_999, &Accounts::new([id(1)]), vec![0, 1]);
    let mut at = 10;
    for _ in 0..MAX_PAGES {
        let ask = ask(&mut sweep, 0);
        at += 100;
        tell(&mut sweep, &ask, &[ask.min, at], true).unwrap();
    }
    assert_eq!(sweep.end(), at, "told are the ledgers before the last one, which is read");
    let ask = ask(&mut sweep, 1);
    assert_eq!(ask.max, at - 1);
    tell(&mut sweep, &ask, &[at - 5], false).unwrap();
    assert!(sweep.is_complete());
    assert_eq!(sweep.named_from(at - 50).collect::<Vec<_>>(), [at - 5, at]);
}

#[test]
fn an_account_that_is_added_is_swept_for_too() {
    let mut accounts = Accounts::new([id(1)]);
    let mut sweep = Sweep::new(10, 99, &accounts, vec![0]);
    let first = sweep.begin(now()).unwrap();
    tell(&mut sweep, &first, &[], false).unwrap();
    sweep.cover(&accounts);
    assert!(sweep.is_complete());
    accounts.insert(id(2));
    sweep.cover(&accounts);
    assert!(!sweep.is_complete());
    assert_eq!(sweep.begin(now()).unwrap().account, id(2));
}

#[test]
fn no_node_is_asked_for_many_pages_at_a_time() {
    let accounts = Accounts::new((1..=50).map(id));
    let mut sweep = Sweep::new(10, 99, &accounts, vec![0, 1]);
    let asked = std::iter::from_fn(|| sweep.begin(now())).count();
    assert_eq!(asked, 2 * AT_ONCE);
}

#[test]
fn accounts_are_asked_for_in_their_order_however_the_set_is_laid_out() {
    for _ in 0..3 {
        let accounts = Accounts::new([5, 1, 4, 2, 3].map(id));
        let mut sweep = Sweep::new(10, 99, &accounts, vec![7]);
        let asked = || Some(sweep.begin(now())?.account);
        let asked: Vec<AccountId> = std::iter::from_fn(asked).collect();
        assert_eq!(asked, [1, 2, 3, 4].map(id));
    }
}
