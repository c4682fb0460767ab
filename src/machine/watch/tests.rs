//! Stories of the watch: what nodes tell, what it wants, what it knows.

use std::time::Duration;

use super::*;
use crate::{
    types::LedgerHash,
    wire::stream::{ClosedLedger, StreamedTransaction},
};

struct Scene {
    watch: Watch,
    now: Instant,
    done: Vec<Action>,
}

fn tx(n: u8) -> TxHash {
    TxHash::from_bytes([n; 32])
}

fn ledger(index: u32) -> LedgerHash {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&index.to_be_bytes());
    LedgerHash::from_bytes(bytes)
}

impl Scene {
    fn new(nodes: usize, source: WatchSource) -> Scene {
        let watch = Watch::new(nodes, 2, source, true, 1);
        Scene { watch, now: Instant::now(), done: Vec::new() }
    }

    /// A scene in which every node is subscribed at ledger 100, and somebody waits for `tx(1)`.
    fn following(nodes: usize) -> (Scene, u64) {
        let mut scene = Scene::new(nodes, WatchSource::Stream);
        let waiter = scene.watch.wait_for(tx(1), None, None);
        let subscribed = scene.acts();
        for node in 0..nodes {
            assert!(subscribed.contains(&Action::Subscribe { node }));
            scene.tell(Event::Subscribed { node, newest: Some(100) });
        }
        // The look behind, answered with empty ledgers.
        for index in 96..=100 {
            scene.list(0, index, &[]);
        }
        scene.acts();
        (scene, waiter)
    }

    fn acts(&mut self) -> Vec<Action> {
        let mut acts = std::mem::take(&mut self.done);
        while let Some(action) = self.watch.act(self.now) {
            acts.push(action);
        }
        acts
    }

    fn tell(&mut self, event: Event) {
        self.watch.handle(event, self.now);
        let acts = self.acts();
        self.done = acts;
    }

    fn closed(&mut self, node: usize, index: u32, count: u32) {
        let closed =
            ClosedLedger { index, hash: ledger(index), txn_count: Some(count), network_id: None };
        self.tell(Event::Message { node, message: StreamMessage::Closed(closed) });
    }

    fn streamed(&mut self, node: usize, index: u32, hash: TxHash) {
        let message = StreamMessage::Transaction(StreamedTransaction {
            hash,
            ledger_index: index,
            ledger_hash: ledger(index),
        });
        self.tell(Event::Message { node, message });
    }

    fn list(&mut self, node: usize, index: u32, hashes: &[TxHash]) {
        let list = HashList { index, hash: ledger(index), transactions: hashes.to_vec() };
        self.tell(Event::Fetched { node, list });
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        let acts = self.acts();
        self.done = acts;
    }

    fn covered(&self, waiter: u64) -> String {
        let mut all = LedgerRanges::new();
        for (_, ranges) in self.watch.coverage(waiter) {
            all.extend(&ranges);
        }
        all.to_string()
    }
}

#[test]
fn it_looks_behind_then_follows_then_finds() {
    let mut scene = Scene::new(1, WatchSource::Stream);
    let waiter = scene.watch.wait_for(tx(1), None, None);
    assert_eq!(scene.acts(), [Action::Subscribe { node: 0 }]);
    scene.tell(Event::Subscribed { node: 0, newest: Some(100) });
    let fetched: Vec<u32> = (96..100).collect();
    let wanted: Vec<Action> =
        fetched.iter().map(|index| Action::Fetch { node: 0, index: *index }).collect();
    assert_eq!(scene.acts(), wanted, "the newest one may still be streaming in");
    for index in fetched {
        scene.list(0, index, &[]);
    }
    assert_eq!(scene.covered(waiter), "96-99");
    scene.closed(0, 101, 1);
    assert_eq!(scene.acts(), [Action::Fetch { node: 0, index: 100 }]);
    scene.streamed(0, 101, tx(1));
    assert_eq!(scene.acts(), [Action::Appeared { hash: tx(1), node: 0, index: 101 }]);
}

#[test]
fn one_that_landed_before_the_subscription_is_found_behind() {
    let mut scene = Scene::new(1, WatchSource::Stream);
    scene.watch.wait_for(tx(1), None, None);
    scene.acts();
    scene.tell(Event::Subscribed { node: 0, newest: Some(100) });
    scene.list(0, 98, &[tx(1)]);
    assert!(scene.acts().contains(&Action::Appeared { hash: tx(1), node: 0, index: 98 }));
}

#[test]
fn a_ledger_whose_message_was_lost_is_fetched_at_the_next_close() {
    let (mut scene, waiter) = Scene::following(1);
    scene.closed(0, 101, 2);
    scene.streamed(0, 101, tx(9));
    assert_eq!(scene.acts(), []);
    scene.closed(0, 102, 0);
    assert_eq!(scene.acts(), [Action::Fetch { node: 0, index: 101 }]);
    assert_eq!(scene.covered(waiter), "96-100,102", "a hole is a hole until it is filled");
    scene.list(0, 101, &[tx(9), tx(1)]);
    assert_eq!(scene.acts(), [Action::Appeared { hash: tx(1), node: 0, index: 101 }]);
    assert_eq!(scene.covered(waiter), "96-102");
}

#[test]
fn skipped_ledgers_are_fetched() {
    let (mut scene, waiter) = Scene::following(1);
    scene.closed(0, 104, 0);
    let wanted: Vec<Action> = (101..104).map(|index| Action::Fetch { node: 0, index }).collect();
    assert_eq!(scene.acts(), wanted);
    scene.tell(Event::NotFetched { node: 0, index: 102, soon: true });
    scene.list(0, 101, &[]);
    scene.list(0, 103, &[]);
    assert_eq!(scene.covered(waiter), "96-101,103-104");
    scene.pass(1);
    assert_eq!(scene.acts(), [Action::Fetch { node: 0, index: 102 }], "asked again");
}

#[test]
fn a_hole_that_nobody_can_fill_stays_a_hole_and_ends_the_asking() {
    let (mut scene, waiter) = Scene::following(1);
    scene.closed(0, 102, 0);
    let mut asked = 0;
    for _ in 0..100 {
        for action in scene.acts() {
            if let Action::Fetch { index: 101, node } = action {
                asked += 1;
                scene.tell(Event::NotFetched { node, index: 101, soon: true });
            }
        }
        scene.pass(1);
        scene.watch.watchers.heard(0, scene.now);
    }
    assert!((2..=20).contains(&asked), "{asked}");
    assert_eq!(scene.covered(waiter), "96-100,102");
}

#[test]
fn a_node_that_stops_closing_is_replaced_though_it_is_connected() {
    let mut scene = Scene::new(3, WatchSource::Stream);
    scene.watch.wait_for(tx(1), None, None);
    assert_eq!(scene.acts().len(), 2);
    for node in 0..2 {
        scene.tell(Event::Subscribed { node, newest: Some(100) });
    }
    scene.acts();
    scene.pass(17);
    scene.closed(1, 101, 0);
    scene.acts();
    scene.pass(2);
    let acts = scene.acts();
    assert!(acts.contains(&Action::Unsubscribe { node: 0, reason: None }), "{acts:?}");
    assert!(acts.contains(&Action::Subscribe { node: 2 }), "{acts:?}");
}

#[test]
fn a_node_that_goes_back_in_time_is_not_believed_any_more() {
    let (mut scene, waiter) = Scene::following(1);
    scene.closed(0, 110, 0);
    scene.acts();
    scene.closed(0, 60, 0);
    let acts = scene.acts();
    assert!(
        matches!(
            &acts[0],
            Action::Unsubscribe { node: 0, reason: Some(Failure::Unfit(Unfit::WentBack { .. })) }
        ),
        "{acts:?}"
    );
    assert_eq!(scene.covered(waiter), "empty", "nor what it told before");
}

#[test]
fn one_who_asks_later_is_covered_from_what_is_remembered() {
    let (mut scene, _) = Scene::following(1);
    scene.closed(0, 101, 1);
    scene.streamed(0, 101, tx(5));
    scene.acts();
    let late = scene.watch.wait_for(tx(5), None, None);
    assert_eq!(scene.acts(), [Action::Appeared { hash: tx(5), node: 0, index: 101 }]);
    assert_eq!(scene.covered(late), "96-101");
    for index in 102..200 {
        scene.closed(0, index, 0);
    }
    let later = scene.watch.wait_for(tx(6), None, None);
    assert_eq!(scene.covered(later), "184-199", "not further back than what was kept");
    assert_eq!(scene.covered(late), "96-199");
}

#[test]
fn never_needs_two_nodes_and_every_ledger() {
    let (mut scene, _) = Scene::following(2);
    let waiter = scene.watch.wait_for(tx(1), None, Some(103));
    let is_final = |acts: Vec<Action>| acts.contains(&Action::Final { waiter });
    for index in 101..=103 {
        scene.closed(0, index, 0);
    }
    assert!(!is_final(scene.acts()), "one node alone says so");
    scene.closed(1, 101, 0);
    scene.closed(1, 103, 0);
    assert!(!is_final(scene.acts()), "ledger 102 is missing at one of them");
    scene.closed(1, 102, 0);
    assert!(!is_final(scene.acts()), "the look behind is known from one node");
    scene.watch.testify(waiter, 1, "1-100".parse().unwrap());
    assert!(is_final(scene.acts()));
}

#[test]
fn never_is_told_once_and_at_once() {
    let (mut scene, _) = Scene::following(1);
    let waiter = scene.watch.wait_for(tx(1), Some(98), Some(101));
    scene.acts();
    scene.closed(0, 101, 0);
    assert_eq!(scene.acts(), [Action::Final { waiter }]);
    scene.closed(0, 102, 0);
    assert_eq!(scene.acts(), []);
}

#[test]
fn what_only_one_node_told_is_fetched_from_another_for_somebodys_finality() {
    let (mut scene, _) = Scene::following(2);
    scene.watch.wait_for(tx(1), Some(96), Some(200));
    scene.acts();
    scene.closed(0, 101, 0);
    scene.closed(0, 102, 0);
    let acts = scene.acts();
    let from_other = |action: &Action| matches!(action, Action::Fetch { node: 1, .. });
    assert!(acts.iter().any(from_other), "{acts:?}");
    assert!(!acts.iter().any(|action| matches!(action, Action::Fetch { node: 0, .. })));
}

#[test]
fn hash_lists_are_fetched_for_every_close() {
    let mut scene = Scene::new(1, WatchSource::HashLists);
    scene.watch.wait_for(tx(1), None, None);
    scene.acts();
    scene.tell(Event::Subscribed { node: 0, newest: Some(100) });
    for index in 96..=100 {
        scene.list(0, index, &[]);
    }
    scene.acts();
    scene.closed(0, 101, 5);
    assert_eq!(scene.acts(), [Action::Fetch { node: 0, index: 101 }]);
}

#[test]
fn nothing_is_wanted_when_nobody_waits() {
    let (mut scene, waiter) = Scene::following(1);
    scene.watch.stop_waiting(waiter);
    assert!(scene.watch.is_idle());
    scene.closed(0, 110, 0);
    assert_eq!(scene.acts(), []);
    assert!(scene.watch.waiting_for(&tx(1)).is_empty());
}
