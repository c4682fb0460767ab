//! What nodes say of ledgers, and which of it makes a ledger known.

use super::*;

fn ledger(n: u8) -> LedgerHash {
    LedgerHash::from_bytes([n; 32])
}

fn tx(n: u8) -> TxHash {
    TxHash::from_bytes([n; 32])
}

fn closed(index: u32, hash: u8, txn_count: u32) -> ClosedLedger {
    ClosedLedger { index, hash: ledger(hash), txn_count: Some(txn_count), network_id: None }
}

fn list(index: u32, hash: u8, transactions: &[u8]) -> HashList {
    let transactions = transactions.iter().map(|n| tx(*n)).collect();
    HashList { index, hash: ledger(hash), transactions }
}

/// The ledgers known from any node.
fn known(ledgers: &Ledgers) -> String {
    let mut known = LedgerRanges::new();
    ledgers.nodes.iter().for_each(|view| known.extend(&view.known));
    known.to_string()
}

/// A book in which so many nodes are followed from ledger 4 on.
fn book(nodes: usize) -> Ledgers {
    let mut ledgers = Ledgers::new(nodes);
    (0..nodes).for_each(|node| ledgers.follow(node, 4));
    ledgers
}

#[test]
fn a_ledger_is_known_with_its_last_transaction_and_not_before() {
    let mut ledgers = book(1);
    ledgers.closed(0, &closed(5, 1, 2)).unwrap();
    for _ in 0..2 {
        ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
        assert_eq!(known(&ledgers), "empty", "a duplicate is no second transaction");
    }
    ledgers.transaction(0, 5, ledger(1), tx(2)).unwrap();
    assert_eq!(known(&ledgers), "5");
    assert_eq!(ledgers.find(&tx(1)), [(0, 5)]);
}

#[test]
fn the_count_may_come_after_the_transactions() {
    let mut ledgers = book(1);
    ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
    assert_eq!(known(&ledgers), "empty");
    ledgers.closed(0, &closed(5, 1, 1)).unwrap();
    assert_eq!(known(&ledgers), "5");
}

#[test]
fn two_nodes_do_not_complete_a_ledger_together() {
    let mut ledgers = book(2);
    ledgers.closed(0, &closed(5, 1, 2)).unwrap();
    ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
    ledgers.transaction(1, 5, ledger(1), tx(2)).unwrap();
    assert_eq!(known(&ledgers), "empty");
}

#[test]
fn too_many_transactions_are_not_the_ledger_either() {
    let mut ledgers = book(1);
    ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
    ledgers.transaction(0, 5, ledger(1), tx(2)).unwrap();
    ledgers.closed(0, &closed(5, 1, 1)).unwrap();
    assert_eq!(known(&ledgers), "empty");
    ledgers.list(0, &list(5, 1, &[1, 2])).unwrap();
    assert_eq!(known(&ledgers), "5", "the count was too low");
}

#[test]
fn the_highest_count_holds_for_all() {
    let mut ledgers = book(2);
    ledgers.closed(0, &closed(5, 1, 1)).unwrap();
    ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
    assert_eq!(known(&ledgers), "5");
    ledgers.closed(1, &closed(5, 1, 2)).unwrap();
    assert_eq!(known(&ledgers), "empty", "the other node knows of one more");
    ledgers.transaction(0, 5, ledger(1), tx(2)).unwrap();
    assert_eq!(known(&ledgers), "5");
}

#[test]
fn an_empty_ledger_is_known_at_its_close() {
    let mut ledgers = book(1);
    assert_eq!(ledgers.closed(0, &closed(5, 1, 0)), Ok(true));
    assert_eq!(known(&ledgers), "5");
    assert_eq!(ledgers.closed(0, &closed(5, 1, 0)), Ok(false), "an echo is no news");
}

#[test]
fn without_a_count_only_a_list_makes_a_ledger_known() {
    let mut ledgers = book(1);
    let silent = ClosedLedger { txn_count: None, ..closed(5, 1, 0) };
    ledgers.closed(0, &silent).unwrap();
    assert_eq!(known(&ledgers), "empty");
    ledgers.list(0, &list(5, 1, &[1, 2])).unwrap();
    assert_eq!(known(&ledgers), "5");
}

#[test]
fn a_list_shorter_than_the_count_is_not_whole_whichever_comes_first() {
    let mut ledgers = book(2);
    ledgers.closed(0, &closed(5, 1, 3)).unwrap();
    ledgers.list(0, &list(5, 1, &[1, 2])).unwrap();
    assert_eq!(known(&ledgers), "empty");
    ledgers.list(1, &list(6, 1, &[1, 2])).unwrap();
    assert_eq!(known(&ledgers), "6");
    ledgers.closed(0, &closed(6, 1, 3)).unwrap();
    assert_eq!(known(&ledgers), "empty");
}

#[test]
fn a_list_with_a_transaction_twice_is_short() {
    let mut ledgers = book(1);
    ledgers.closed(0, &closed(5, 1, 3)).unwrap();
    ledgers.list(0, &list(5, 1, &[1, 2, 2])).unwrap();
    assert_eq!(known(&ledgers), "empty");
}

#[test]
fn a_list_without_what_the_same_node_streamed_is_short() {
    let mut ledgers = book(1);
    ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
    ledgers.list(0, &list(5, 1, &[2])).unwrap();
    assert_eq!(known(&ledgers), "empty");
    ledgers.list(0, &list(5, 1, &[1, 2])).unwrap();
    assert_eq!(known(&ledgers), "5");
}

#[test]
fn two_ledgers_under_one_index_are_known_from_nobody_until_one_is_disbelieved() {
    let mut ledgers = book(2);
    ledgers.closed(0, &closed(5, 1, 0)).unwrap();
    assert_eq!(known(&ledgers), "5");
    ledgers.closed(1, &closed(5, 2, 0)).unwrap();
    assert_eq!(known(&ledgers), "empty");
    ledgers.disbelieve(1);
    assert_eq!(ledgers.known_from(0).to_string(), "5");
}

#[test]
fn a_node_that_contradicts_itself_or_time_is_named() {
    let mut ledgers = book(1);
    ledgers.closed(0, &closed(50, 1, 0)).unwrap();
    assert!(matches!(ledgers.closed(0, &closed(50, 2, 0)), Err(Unfit::TwoHistories { .. })));
    assert!(matches!(ledgers.list(0, &list(50, 2, &[])), Err(Unfit::TwoHistories { .. })));
    assert_eq!(ledgers.closed(0, &closed(50, 1, 0)), Ok(false), "a duplicate is none");
    assert_eq!(ledgers.closed(0, &closed(48, 3, 0)), Ok(false), "clusters reorder a little");
    assert_eq!(ledgers.closed(0, &closed(47, 4, 0)), Err(Unfit::WentBack { from: 50, to: 47 }));
    assert_eq!(
        ledgers.closed(0, &closed(2_000, 4, 0)),
        Err(Unfit::JumpedAhead { from: 50, to: 2_000 })
    );
}

#[test]
fn what_a_disbelieved_node_told_is_forgotten_its_tip_included() {
    let mut ledgers = book(2);
    ledgers.closed(0, &closed(5, 1, 0)).unwrap();
    ledgers.closed(1, &closed(5, 1, 0)).unwrap();
    ledgers.closed(0, &closed(300, 1, 0)).unwrap();
    assert_eq!(ledgers.tip(), Some(300));
    ledgers.disbelieve(0);
    assert_eq!((ledgers.tip(), known(&ledgers).as_str()), (Some(5), "5"));
}

#[test]
fn a_false_jump_does_not_make_the_past_forgotten() {
    let mut ledgers = book(2);
    for index in 5..15 {
        ledgers.closed(0, &closed(index, 1, 1)).unwrap();
        ledgers.transaction(0, index, ledger(1), tx(index as u8)).unwrap();
    }
    ledgers.closed(1, &closed(800, 1, 0)).unwrap();
    assert_eq!((ledgers.floor(), ledgers.find(&tx(9))), (0, vec![(0, 9)]));
}

#[test]
fn a_node_far_behind_the_others_still_completes_its_ledgers() {
    let mut ledgers = book(2);
    for index in 5..60 {
        ledgers.closed(0, &closed(index, 1, 0)).unwrap();
    }
    assert!(ledgers.floor() > 10);
    ledgers.closed(1, &closed(6, 1, 0)).unwrap();
    ledgers.closed(1, &closed(7, 1, 2)).unwrap();
    ledgers.transaction(1, 7, ledger(1), tx(1)).unwrap();
    ledgers.closed(0, &closed(60, 1, 0)).unwrap();
    ledgers.transaction(1, 7, ledger(1), tx(2)).unwrap();
    assert_eq!(ledgers.known_from(1).to_string(), "6-7");
    assert_eq!(ledgers.known_from(0).to_string(), "5-6,8-60", "the other one counted none");
    for index in 8..20 {
        ledgers.closed(1, &closed(index, 1, 0)).unwrap();
    }
    assert_eq!(ledgers.known_from(1).to_string(), "6-19");
}

#[test]
fn an_echo_of_a_forgotten_ledger_changes_nothing() {
    let mut ledgers = book(2);
    ledgers.follow(1, 4);
    for index in 5..60 {
        ledgers.closed(0, &closed(index, 1, 1)).unwrap();
        ledgers.transaction(0, index, ledger(1), tx(1)).unwrap();
    }
    ledgers.closed(1, &closed(7, 1, 1)).unwrap();
    ledgers.transaction(1, 7, ledger(1), tx(1)).unwrap();
    ledgers.closed(1, &closed(8, 1, 1)).unwrap();
    ledgers.transaction(1, 7, ledger(1), tx(1)).unwrap();
    assert_eq!(ledgers.known_from(1).to_string(), "7");
}

#[test]
fn memory_does_not_grow_with_time() {
    let mut ledgers = book(1);
    for index in 5..10_000 {
        ledgers.closed(0, &closed(index, 1, 1)).unwrap();
        // Every other ledger stays a hole.
        if index % 2 == 0 {
            ledgers.transaction(0, index, ledger(1), tx(1)).unwrap();
        }
    }
    assert_eq!(ledgers.ledgers.len(), RECORDED);
    let remembered = |told: &&Telling| told.transactions.is_some();
    assert_eq!(ledgers.ledgers.values().flatten().filter(remembered).count(), REMEMBERED);
    assert_eq!(ledgers.known_from(0).count(), MAX_STRETCHES);
    assert_eq!(ledgers.floor(), 9_999 - u32::try_from(REMEMBERED).unwrap() + 1);
}

#[test]
fn one_transaction_too_many_makes_a_ledger_unknown_again() {
    let mut ledgers = book(1);
    ledgers.closed(0, &closed(5, 1, 1)).unwrap();
    ledgers.transaction(0, 5, ledger(1), tx(1)).unwrap();
    assert_eq!(known(&ledgers), "5");
    ledgers.transaction(0, 5, ledger(1), tx(2)).unwrap();
    assert_eq!(known(&ledgers), "empty", "which of them is false?");
}

#[test]
fn a_ledger_of_more_transactions_than_can_be_kept_is_never_known() {
    for (count, whole) in [(MAX_TRANSACTIONS - 1, true), (MAX_TRANSACTIONS, false)] {
        let mut ledgers = book(2);
        let mut told = Vec::new();
        for n in 0..=MAX_TRANSACTIONS {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            told.push(TxHash::from_bytes(bytes));
        }
        let (hash, txn_count) = (ledger(1), u32::try_from(count).ok());
        ledgers.closed(0, &ClosedLedger { txn_count, ..closed(5, 1, 0) }).unwrap();
        for one in &told[..count] {
            ledgers.transaction(0, 5, hash, *one).unwrap();
        }
        let list = HashList { index: 5, hash, transactions: told[..count].to_vec() };
        ledgers.list(1, &list).unwrap();
        let from = [0, 1].map(|node| ledgers.known_from(node).contains(5));
        assert_eq!(from, [whole; 2], "{count} transactions");
        // Whatever more comes is not kept.
        for one in &told {
            ledgers.transaction(0, 5, hash, *one).unwrap();
        }
        assert_eq!(known(&ledgers), if whole { "5" } else { "empty" }, "from the list");
        assert!(ledgers.known_from(0).is_empty());
        let kept = ledgers.ledgers[&5].iter().filter_map(|one| one.transactions.as_ref());
        assert!(kept.map(HashSet::len).all(|kept| kept <= MAX_TRANSACTIONS));
    }
}

#[test]
fn a_node_may_reorder_a_little_and_jump_a_little() {
    for (index, fits) in [(4_998, true), (4_997, false), (6_000, true), (6_001, false)] {
        let mut ledgers = Ledgers::new(1);
        ledgers.follow(0, 5_000);
        assert_eq!(ledgers.closed(0, &closed(index, 1, 0)).is_ok(), fits, "{index}");
        assert_eq!(ledgers.newest_of(0), Some(if fits { index.max(5_000) } else { 5_000 }));
    }
}

#[test]
fn who_is_followed_no_more_has_no_newest_ledger_and_what_it_told_stays_known() {
    let mut ledgers = book(2);
    assert_eq!((ledgers.latest_known(), ledgers.has_grown()), (None, false));
    ledgers.closed(0, &closed(7, 1, 0)).unwrap();
    ledgers.closed(1, &closed(6, 1, 0)).unwrap();
    let streamed = |ledgers: &Ledgers| [0, 1].map(|node| ledgers.streamed_by(node));
    assert_eq!((ledgers.tip(), streamed(&ledgers)), (Some(7), [Some(6), Some(5)]));
    assert!(ledgers.has_grown() && !ledgers.has_grown(), "told once");
    ledgers.leave(0);
    assert_eq!((ledgers.tip(), ledgers.newest_of(0)), (Some(6), None));
    assert_eq!((streamed(&ledgers), ledgers.latest_known()), ([None, Some(5)], Some(7)));
    assert_eq!(ledgers.followed().collect::<Vec<_>>(), [(1, 6)]);
    ledgers.leave(1);
    assert_eq!((ledgers.tip(), streamed(&ledgers)), (None, [None; 2]));
    assert_eq!(known(&ledgers), "6-7");
}
