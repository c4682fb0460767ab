//! What completes a ledger, what is kept, and what is not.

use super::*;

fn ledger(n: u8) -> LedgerHash {
    LedgerHash::from_bytes([n; 32])
}

fn tx(n: u8) -> TxHash {
    TxHash::from_bytes([n; 32])
}

fn shelf() -> Shelf {
    let mut shelf = Shelf::default();
    shelf.done(4);
    shelf
}

fn told(shelf: &mut Shelf, node: usize, index: u32, hash: u8) {
    shelf.transaction((node, index, ledger(1)), tx(hash), "{}".into()).unwrap();
}

fn complete(shelf: &Shelf, index: u32) -> bool {
    shelf.complete(index, ledger(1)).is_some()
}

#[test]
fn a_ledger_is_complete_with_its_last_transaction_from_one_node() {
    let mut shelf = shelf();
    shelf.ledger(0, 5, ledger(1), Some(2)).unwrap();
    told(&mut shelf, 0, 5, 1);
    told(&mut shelf, 0, 5, 1);
    told(&mut shelf, 1, 5, 2);
    assert!(!complete(&shelf, 5), "two nodes do not complete a ledger together");
    told(&mut shelf, 0, 5, 2);
    assert!(complete(&shelf, 5));
    told(&mut shelf, 0, 5, 3);
    assert!(!complete(&shelf, 5), "one too many: which is false?");
}

#[test]
fn nobodys_count_is_exceeded_and_an_empty_ledger_is_never_complete() {
    let mut shelf = shelf();
    shelf.ledger(0, 5, ledger(1), Some(1)).unwrap();
    told(&mut shelf, 0, 5, 1);
    shelf.ledger(1, 5, ledger(1), Some(2)).unwrap();
    assert!(!complete(&shelf, 5));
    shelf.ledger(0, 6, ledger(1), Some(0)).unwrap();
    assert!(!complete(&shelf, 6) && shelf.is_said_to_be_empty(6));
    told(&mut shelf, 0, 7, 1);
    assert!(!complete(&shelf, 7), "without a count nothing is known");
}

#[test]
fn a_node_that_contradicts_itself_is_named_and_forgotten() {
    let mut shelf = shelf();
    shelf.ledger(0, 5, ledger(1), Some(1)).unwrap();
    told(&mut shelf, 0, 5, 1);
    let error = shelf.ledger(0, 5, ledger(2), None).unwrap_err();
    assert!(matches!(error, Unfit::TwoHistories { ledger_index: 5, .. }));
    shelf.disbelieve(0);
    assert!(shelf.votes(5).is_empty() && !complete(&shelf, 5) && shelf.bytes == 0);
}

#[test]
fn nodes_that_name_different_transactions_of_one_ledger_complete_it_for_neither() {
    let mut shelf = shelf();
    for node in 0..2 {
        shelf.ledger(node, 5, ledger(1), Some(2)).unwrap();
        told(&mut shelf, node, 5, 1);
    }
    told(&mut shelf, 0, 5, 2);
    assert!(complete(&shelf, 5));
    told(&mut shelf, 1, 5, 3);
    assert!(!complete(&shelf, 5), "one of them hides what the other one shows");
    shelf.disbelieve(0);
    assert!(!complete(&shelf, 5), "what the first sent is gone");
    told(&mut shelf, 1, 5, 1);
    assert!(complete(&shelf, 5));
}

#[test]
fn who_goes_back_keeps_nothing_of_what_was_far_ahead() {
    let mut shelf = shelf();
    shelf.done(4_000_000_000);
    shelf.ledger(0, 4_000_000_001, ledger(1), Some(2)).unwrap();
    told(&mut shelf, 0, 4_000_000_001, 1);
    shelf.done(4);
    assert!(shelf.pages.is_empty() && shelf.bytes == 0);
    shelf.done(u32::MAX);
    assert!(shelf.pages.is_empty());
}

#[test]
fn only_the_next_few_ledgers_are_kept_and_only_so_many_bytes() {
    let mut shelf = shelf();
    told(&mut shelf, 0, 4, 1);
    told(&mut shelf, 0, 5 + AHEAD, 1);
    assert!(shelf.pages.is_empty());
    shelf.ledger(0, 5, ledger(1), Some(2)).unwrap();
    let big = "x".repeat(MAX_BYTES - 1);
    shelf.transaction((0, 5, ledger(1)), tx(1), big.into()).unwrap();
    told(&mut shelf, 0, 6, 2);
    assert!(shelf.pages[&6].torn, "no room: fetched later");
    told(&mut shelf, 0, 6, 3);
    assert!(!complete(&shelf, 6));
    shelf.tear(5);
    assert_eq!(shelf.bytes, 0);
    told(&mut shelf, 0, 7, 1);
    shelf.done(7);
    assert!(shelf.pages.is_empty() && shelf.bytes == 0);
}

#[test]
fn nothing_is_kept_beyond_the_next_few_ledgers() {
    let mut shelf = shelf();
    for (index, kept) in [(4, false), (5, true), (4 + AHEAD, true), (5 + AHEAD, false)] {
        shelf.ledger(0, index, ledger(1), Some(0)).unwrap();
        assert_eq!(shelf.votes(index).len(), usize::from(kept), "{index}");
        assert_eq!(shelf.is_said_to_be_empty(index), kept);
    }
    shelf.done(5);
    assert_eq!((shelf.votes(5), shelf.votes(6)), (Vec::new(), Vec::new()));
    assert_eq!(shelf.votes(4 + AHEAD), [(0, ledger(1))]);
    shelf.done(u32::MAX);
    shelf.ledger(0, u32::MAX, ledger(1), Some(0)).unwrap();
    assert!(shelf.votes(u32::MAX).is_empty());
}

#[test]
fn a_ledger_fits_to_the_byte() {
    let mut shelf = shelf();
    shelf.ledger(0, 5, ledger(1), Some(2)).unwrap();
    let text = "x".repeat(MAX_BYTES - 2);
    shelf.transaction((0, 5, ledger(1)), tx(1), text.into()).unwrap();
    told(&mut shelf, 0, 5, 2);
    assert!(complete(&shelf, 5) && shelf.bytes == MAX_BYTES);
    // What is there already takes no more room, from whomever it comes.
    shelf.ledger(1, 5, ledger(1), None).unwrap();
    told(&mut shelf, 1, 5, 2);
    assert!(complete(&shelf, 5) && shelf.bytes == MAX_BYTES);
    told(&mut shelf, 0, 6, 3);
    assert!(shelf.pages[&6].torn && complete(&shelf, 5), "only what has no room is torn");
}

#[test]
fn so_many_transactions_of_a_ledger_are_kept() {
    let mut shelf = shelf();
    let count = u32::try_from(MAX_TRANSACTIONS).unwrap();
    shelf.ledger(0, 5, ledger(1), Some(count)).unwrap();
    let mut tell = |n: u32| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        let hash = TxHash::from_bytes(bytes);
        shelf.transaction((0, 5, ledger(1)), hash, "{}".into()).unwrap();
        (complete(&shelf, 5), shelf.pages[&5].torn, shelf.bytes)
    };
    for n in 1..count {
        assert_eq!(tell(n), (false, false, 2 * n as usize));
    }
    assert_eq!(tell(count), (true, false, 2 * MAX_TRANSACTIONS));
    assert_eq!(tell(count + 1), (false, true, 0), "it is fetched");
    assert_eq!(tell(count + 2), (false, true, 0));
}

#[test]
fn the_highest_count_of_those_who_name_the_same_ledger_holds() {
    let mut shelf = shelf();
    shelf.ledger(0, 5, ledger(1), Some(1)).unwrap();
    shelf.ledger(0, 5, ledger(1), None).unwrap();
    told(&mut shelf, 0, 5, 1);
    shelf.ledger(1, 5, ledger(2), Some(7)).unwrap();
    assert!(complete(&shelf, 5), "the other one speaks of another ledger");
    assert!(shelf.complete(5, ledger(2)).is_none());
    shelf.ledger(0, 5, ledger(1), Some(2)).unwrap();
    shelf.ledger(0, 5, ledger(1), Some(1)).unwrap();
    assert!(!complete(&shelf, 5));
}

#[test]
fn what_only_a_liar_sent_is_missing_where_another_one_named_it() {
    let mut shelf = shelf();
    for node in [0, 1] {
        shelf.ledger(node, 5, ledger(1), Some(2)).unwrap();
        told(&mut shelf, node, 5, 1);
    }
    told(&mut shelf, 1, 5, 2);
    told(&mut shelf, 0, 5, 2);
    let by = |shelf: &Shelf| {
        let bodies = shelf.complete(5, ledger(1))?;
        let mut by: Vec<usize> = bodies.iter().map(|(_, body)| body.node).collect();
        by.sort_unstable();
        Some(by)
    };
    assert_eq!((by(&shelf), shelf.bytes), (Some(vec![0, 1]), 4), "each from who was first");
    shelf.disbelieve(1);
    assert_eq!((by(&shelf), shelf.bytes), (None, 2));
    assert_eq!(shelf.votes(5), [(0, ledger(1))]);
    told(&mut shelf, 0, 5, 2);
    assert_eq!(by(&shelf), Some(vec![0, 0]), "it sends it again");
}

#[test]
fn a_torn_ledger_takes_nothing_more_and_its_votes_stay() {
    let mut shelf = shelf();
    shelf.ledger(0, 5, ledger(1), Some(1)).unwrap();
    told(&mut shelf, 0, 5, 1);
    shelf.tear(5);
    told(&mut shelf, 0, 5, 1);
    assert!(!complete(&shelf, 5) && shelf.bytes == 0);
    assert_eq!(shelf.votes(5), [(0, ledger(1))]);
}
