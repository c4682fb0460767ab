//! What a monitor holds, item by item.

use super::*;

#[test]
fn what_is_held_is_counted_beside_its_limit() {
    let begin = |world: &World| cursor(world, 40, Vec::new());
    let mut stage = Stage::new(Source::Accounts, AccountHistory::Automatic, begin);
    let tip = stage.world.tip();
    let held = |stage: &Stage| {
        let held = stage.follow.held();
        held.into_iter().map(|one| (one.what, one.count, one.limit)).collect::<Vec<_>>()
    };
    let bare = [
        ("ledgers that were handed out", 0, 64),
        ("ledgers that were fetched", 0, 64),
        ("fetches under way", 1, 8),
        ("fetches", 1, 33),
        ("ledgers on the shelf", 0, 16),
        ("transactions of one that a node named", 0, 1 << 14),
        ("bytes on the shelf", 0, 64 << 20),
        ("bytes on the shelf, counted again", 0, 0),
        ("ledgers named by streams", 0, 1 << 10),
    ];
    assert_eq!(held(&stage), bare, "one is asked for the last ledger");
    // Both are on the chain, so histories are asked for.
    (0..2).for_each(|node| stage.follow.nodes.agreed(node));
    let place = stage.follow.place.as_mut().unwrap();
    place.verified = true;
    stage.act();
    let histories = held(&stage)[9..].to_vec();
    assert_eq!(
        histories,
        [
            ("ledgers named by histories", 0, 1 << 15),
            ("pages under way", 2, 8),
            ("histories to be told", 2, 2),
        ]
    );
    // One tells its history; a ledger is named, and another one came.
    let page =
        Node::new(false, false).page(&stage.world, account(0), (tip - 39, tip - 1), false).unwrap();
    let named = page.ledgers.iter().collect::<std::collections::BTreeSet<_>>().len();
    let under_way = usize::from(page.marker.is_some());
    stage.tell(Event::History { node: 0, account: account(0), page });
    stage.follow.named_by_stream(tip + 5);
    let ledger = Node::new(false, false).ledger(&stage.world, tip - 30, true).unwrap();
    let hash = ledger.hash;
    stage.follow.fetches.keep(0, ledger.clone());
    stage.follow.fetches.keep(1, ledger);
    for (index, n) in [(tip - 30, 1), (tip - 30, 2), (tip - 29, 3)] {
        let tx = TxHash::from_bytes([n; 32]);
        stage.follow.shelf.transaction((0, index, hash), tx, "{ }".into()).unwrap();
    }
    let now = held(&stage);
    let count = |what: &str| now.iter().find(|one| one.0 == what).map(|one| (one.1, one.2));
    assert_eq!(count("ledgers that were fetched"), Some((2, 64)));
    assert_eq!(count("ledgers on the shelf"), Some((2, 16)));
    assert_eq!(count("transactions of one that a node named"), Some((2, 1 << 14)));
    assert_eq!(count("bytes on the shelf"), Some((9, 64 << 20)));
    assert_eq!(count("bytes on the shelf, counted again"), Some((9, 9)));
    assert_eq!(count("ledgers named by streams"), Some((1, 1 << 10)));
    assert_eq!(count("ledgers named by histories"), Some((named, 1 << 15)));
    assert_eq!(count("pages under way"), Some((1 + under_way, 8)));
    assert_eq!(count("histories to be told"), Some((1 + under_way, 2)));
    assert!(stage.follow.held().iter().all(crate::config::Held::is_within));
}
