//! Nodes that say nothing by themselves: their newest ledger is asked for, and the list of each ledger.

use super::*;

fn newest(scene: &mut Scene, node: usize, index: u32) {
    let closed = ClosedLedger { index, hash: ledger(index), txn_count: None, network_id: None };
    scene.tell(Event::Message { node, message: StreamMessage::Closed(closed) });
}

#[test]
fn nodes_that_speak_are_watched_in_preference() {
    let mut scene = Scene::with(4, &[0, 2], 3, WatchSource::Stream);
    scene.wait_for(1, None, None);
    let nodes = [1, 3, 0].map(|node| Action::Subscribe { node });
    assert_eq!(scene.acts(), nodes);
    // A place that none of them can take is free for one that does not speak.
    scene.tell(Event::Lost { node: 1, failure: Failure::NoAnswer { unreadable: 0 } });
    assert_eq!(scene.acts(), [Action::Subscribe { node: 2 }]);
}

#[test]
fn the_list_of_every_ledger_is_fetched_at_once_with_those_that_were_passed_over() {
    let mut scene = Scene::with(1, &[0], 2, WatchSource::Stream);
    let waiter = scene.wait_for(1, None, None);
    scene.acts();
    scene.subscribed(0, 100);
    scene.answer_fetches();
    newest(&mut scene, 0, 102);
    assert_eq!(scene.covered(waiter), "96-100");
    assert_eq!(scene.fetches(), [(101, 0), (102, 0)], "no stream tells what is in them");
    scene.list(0, 101, &[]);
    scene.list(0, 102, &[tx(1)]);
    assert!(scene.acts().contains(&Action::Ask { node: 0, hash: tx(1) }));
}

#[test]
fn beside_a_stream_nothing_is_fetched() {
    let mut scene = Scene::with(2, &[1], 2, WatchSource::Stream);
    let waiter = scene.wait_for(1, None, None);
    scene.acts();
    scene.subscribed(0, 100);
    scene.subscribed(1, 100);
    scene.answer_fetches();
    newest(&mut scene, 1, 101);
    scene.closed(0, 101, 0);
    newest(&mut scene, 1, 102);
    scene.closed(0, 102, 1);
    scene.streamed(0, 102, tx(9));
    assert_eq!(scene.fetches(), []);
    assert_eq!(scene.covered(waiter), "96-102");
    // What the stream has lost is fetched from either of them.
    newest(&mut scene, 1, 104);
    scene.closed(0, 104, 0);
    assert_eq!(scene.fetches().len(), 1);
}

#[test]
fn who_tells_no_count_has_not_looked_though_another_says_that_there_is_nothing() {
    let mut scene = Scene::with(2, &[1], 2, WatchSource::Stream);
    let waiter = scene.wait_for(1, Some(101), Some(101));
    scene.acts();
    scene.subscribed(0, 100);
    scene.subscribed(1, 100);
    scene.answer_fetches();
    // The true ledger holds it; the first node claims that there is nothing in it.
    scene.closed(0, 101, 0);
    newest(&mut scene, 1, 101);
    newest(&mut scene, 1, 102);
    assert!(!scene.watch.is_final(waiter));
    assert_eq!(scene.acts(), [Action::Fetch { node: 1, index: 101 }]);
    scene.list(1, 101, &[tx(1)]);
    assert!(!scene.watch.is_final(waiter));
    assert!(scene.acts().contains(&Action::Ask { node: 1, hash: tx(1) }));
}
