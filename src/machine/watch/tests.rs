//! Stories of the watch: what nodes tell, what it wants, what it knows.

mod held;
mod polled;
mod trust;

use super::*;
use crate::{
    config::FitnessRules,
    types::LedgerHash,
    wire::stream::{ClosedLedger, StreamedTransaction},
};

const PATIENCE: Duration = Duration::from_millis(1250);

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
    fn new(nodes: usize, watched: usize, source: WatchSource) -> Scene {
        Scene::with(nodes, &[], watched, source)
    }

    fn with(nodes: usize, polled: &[usize], watched: usize, source: WatchSource) -> Scene {
        let settings = Settings {
            nodes,
            witnesses: Operators::new(nodes, &[]),
            polled: polled.to_vec(),
            watched,
            source,
            full_history: true,
            patience: PATIENCE,
            stall: FitnessRules::default().stall(),
            seed: 1,
        };
        Scene { watch: Watch::new(settings, 0), now: Instant::now(), done: Vec::new() }
    }

    /// A scene in which every node is subscribed at ledger 100, and somebody waits for `tx(1)`.
    fn following(nodes: usize) -> (Scene, u64) {
        let mut scene = Scene::new(nodes, nodes, WatchSource::Stream);
        let waiter = scene.wait_for(1, None, None);
        let subscribed = scene.acts();
        for node in 0..nodes {
            assert!(subscribed.contains(&Action::Subscribe { node }));
            scene.subscribed(node, 100);
        }
        // The look behind, answered with empty ledgers.
        scene.answer_fetches();
        assert_eq!(scene.covered(waiter), "96-100");
        (scene, waiter)
    }

    /// Gives empty lists until no more are wanted, and tells from whom they were wanted.
    fn answer_fetches(&mut self) -> Vec<usize> {
        let mut asked = Vec::new();
        loop {
            let fetches = self.fetches();
            if fetches.is_empty() {
                return asked;
            }
            for (index, node) in fetches {
                asked.push(node);
                self.list(node, index, &[]);
            }
        }
    }

    fn wait_for(&mut self, n: u8, first: Option<u32>, last: Option<u32>) -> u64 {
        self.watch.wait_for(Awaited::Transaction { hash: tx(n), first, last }, 1, self.now)
    }

    fn acts(&mut self) -> Vec<Action> {
        let mut acts = std::mem::take(&mut self.done);
        while let Some(action) = self.watch.act(self.now) {
            acts.push(action);
            assert!(acts.len() < 1_000, "it never has enough: {:?}", &acts[990..]);
        }
        acts
    }

    /// What was to be fetched, and from whom.
    fn fetches(&mut self) -> Vec<(u32, usize)> {
        let fetch = |action: Action| match action {
            Action::Fetch { node, index } => Some((index, node)),
            _ => None,
        };
        let mut fetches: Vec<_> = self.acts().into_iter().filter_map(fetch).collect();
        fetches.sort_unstable();
        fetches
    }

    fn tell(&mut self, event: Event) {
        self.watch.handle(event, self.now);
        let acts = self.acts();
        self.done = acts;
    }

    fn subscribed(&mut self, node: usize, newest: u32) {
        self.tell(Event::Subscribed { node, network_id: 0, newest });
    }

    fn closed(&mut self, node: usize, index: u32, count: u32) {
        let closed =
            ClosedLedger { index, hash: ledger(index), txn_count: Some(count), network_id: None };
        self.tell(Event::Message { node, message: StreamMessage::Closed(closed) });
    }

    fn streamed(&mut self, node: usize, index: u32, hash: TxHash) {
        self.streamed_of(node, index, hash, None);
    }

    fn streamed_of(&mut self, node: usize, index: u32, hash: TxHash, network_id: Option<u32>) {
        let message = StreamMessage::Transaction(StreamedTransaction {
            hash,
            ledger_index: index,
            ledger_hash: ledger(index),
            network_id,
        });
        self.tell(Event::Message { node, message });
    }

    fn list(&mut self, node: usize, index: u32, hashes: &[TxHash]) {
        let list = HashList { index, hash: ledger(index), transactions: hashes.to_vec() };
        self.tell(Event::Fetched { node, network_id: 0, list });
    }

    fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
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
    let mut scene = Scene::new(1, 2, WatchSource::Stream);
    let waiter = scene.wait_for(1, None, None);
    assert_eq!(scene.acts(), [Action::Subscribe { node: 0 }]);
    scene.subscribed(0, 100);
    for (index, at_once) in [(100, 4), (99, 1), (98, 0), (97, 0), (96, 0)] {
        assert_eq!(scene.fetches().len(), at_once, "the newest first, not all at once");
        scene.list(0, index, &[]);
    }
    assert_eq!(scene.covered(waiter), "96-100");
    scene.closed(0, 101, 1);
    assert_eq!(scene.acts(), []);
    scene.streamed(0, 101, tx(1));
    assert_eq!(scene.acts()[0], Action::Read { hash: tx(1), node: 0, index: 101 });
    assert_eq!(scene.watch.found(&tx(1)), [waiter]);
    assert!(scene.watch.is_idle());
}

#[test]
fn one_that_landed_before_the_subscription_is_found_behind() {
    for late in [0, 60] {
        let mut scene = Scene::new(1, 2, WatchSource::Stream);
        scene.wait_for(1, None, None);
        scene.acts();
        scene.pass(late * 1_000);
        scene.subscribed(0, 100);
        // With four seconds to a ledger, 85 was the first one to close after it began to wait.
        let landed = if late > 0 { 85 } else { 97 };
        while let Some((index, node)) = scene.fetches().first().copied() {
            assert!(index > 30, "there is an end to it");
            let hashes = if index == landed { vec![tx(1)] } else { Vec::new() };
            scene.list(node, index, &hashes);
            if index == landed {
                break;
            }
        }
        assert!(scene.acts().contains(&Action::Ask { hash: tx(1), node: 0 }));
    }
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
    assert_eq!(scene.acts(), [Action::Ask { hash: tx(1), node: 0 }]);
    assert_eq!(scene.covered(waiter), "96-100,102", "it is in 101, so it is not absent there");
}

#[test]
fn a_node_that_closes_a_ledger_after_its_transactions_has_not_stopped() {
    let (mut scene, _) = Scene::following(1);
    for index in 101..120 {
        scene.pass(4_000);
        scene.streamed(0, index, tx(9));
        scene.closed(0, index, 1);
        assert_eq!(scene.acts(), []);
    }
}

#[test]
fn skipped_ledgers_are_fetched() {
    let (mut scene, waiter) = Scene::following(1);
    scene.closed(0, 104, 0);
    assert_eq!(scene.fetches(), [(101, 0), (102, 0), (103, 0)]);
    scene.tell(Event::NotFetched { node: 0, index: 102, soon: true });
    scene.list(0, 101, &[]);
    scene.list(0, 103, &[]);
    assert_eq!(scene.covered(waiter), "96-101,103-104");
    assert_eq!(scene.fetches(), []);
    scene.pass(200);
    assert_eq!(scene.fetches(), [(102, 0)], "asked again");
}

#[test]
fn a_hole_that_nobody_can_fill_stays_a_hole_and_is_asked_for_ever_more_seldom() {
    let (mut scene, waiter) = Scene::following(1);
    scene.closed(0, 102, 0);
    let mut asked = Vec::new();
    for second in 0..1_000 {
        for (index, node) in scene.fetches() {
            assert_eq!(index, 101);
            asked.push(second);
            scene.tell(Event::NotFetched { node, index, soon: true });
        }
        scene.pass(1_000);
        scene.watch.watchers.heard(0, scene.now);
    }
    assert!((8..=20).contains(&asked.len()), "{asked:?}");
    assert_eq!(scene.covered(waiter), "96-100,102");
    // A new subscription is new hope.
    scene.tell(Event::Lost { node: 0, failure: Failure::NoAnswer { unreadable: 0 } });
    scene.pass(1_000);
    scene.subscribed(0, 102);
    assert_eq!(scene.fetches(), [(101, 0)]);
}

#[test]
fn a_node_that_lacks_what_it_boasts_of_is_not_worn_out() {
    let (mut scene, _) = Scene::following(1);
    scene.closed(0, 900, 0);
    let mut asked = 0;
    for _ in 0..100 {
        for (index, node) in scene.fetches() {
            asked += 1;
            scene.tell(Event::NotFetched { node, index, soon: true });
        }
        scene.pass(100);
    }
    assert!((10..=40).contains(&asked), "{asked} questions in ten seconds");
}

#[test]
fn a_list_that_settles_nothing_is_not_fetched_again_at_once() {
    let (mut scene, _) = Scene::following(2);
    scene.closed(0, 101, 0);
    let lie = ClosedLedger { index: 101, hash: ledger(7), txn_count: Some(0), network_id: None };
    scene.tell(Event::Message { node: 1, message: StreamMessage::Closed(lie) });
    scene.closed(0, 102, 0);
    let mut rounds = 0;
    while let Some((index, node)) = scene.fetches().first().copied() {
        assert_eq!(index, 101, "the nodes contradict each other");
        rounds += 1;
        assert!(rounds <= 2, "asked without a pause");
        let hash = if node == 0 { ledger(101) } else { ledger(7) };
        let list = HashList { index, hash, transactions: Vec::new() };
        scene.tell(Event::Fetched { node, network_id: 0, list });
    }
}

#[test]
fn others_are_asked_when_the_watched_ones_do_not_have_it() {
    let mut scene = Scene::new(3, 2, WatchSource::Stream);
    scene.wait_for(1, None, None);
    scene.acts();
    scene.subscribed(0, 100);
    scene.subscribed(1, 100);
    (96..=100).for_each(|index| scene.list(0, index, &[]));
    scene.acts();
    scene.closed(0, 102, 0);
    scene.closed(1, 102, 0);
    let mut asked = [0; 3];
    for _ in 0..40 {
        for (index, node) in scene.fetches() {
            asked[node] += 1;
            scene.tell(Event::NotFetched { node, index, soon: true });
        }
        if asked[2] > 0 {
            assert!(asked[0] >= 5 && asked[1] >= 5, "{asked:?}");
            return;
        }
        scene.pass(200);
    }
    panic!("{asked:?}");
}

#[test]
fn a_silent_node_delays_a_fetch_by_its_patience_only() {
    let (mut scene, _) = Scene::following(2);
    scene.closed(0, 102, 0);
    scene.closed(1, 102, 0);
    assert_eq!(scene.fetches(), [(101, 0)]);
    assert_eq!(scene.watch.wake(scene.now), Some(scene.now + PATIENCE));
    scene.pass(1_250);
    assert_eq!(scene.fetches(), [(101, 1)]);
}

#[test]
fn one_who_asks_later_is_covered_from_what_is_remembered() {
    let (mut scene, _) = Scene::following(1);
    scene.closed(0, 101, 1);
    scene.streamed(0, 101, tx(5));
    scene.acts();
    let late = scene.wait_for(5, None, None);
    assert_eq!(scene.acts(), [Action::Ask { hash: tx(5), node: 0 }]);
    assert_eq!(scene.covered(late), "96-100", "it is in 101");
    let early = scene.wait_for(7, None, None);
    for index in 102..200 {
        scene.closed(0, index, 0);
    }
    let later = scene.wait_for(6, None, None);
    assert_eq!(scene.covered(later), "184-199", "not further back than what was kept");
    assert_eq!(scene.covered(early), "96-199");
}

#[test]
fn what_appeared_is_asked_for_until_it_is_shown_and_others_help() {
    let mut scene = Scene::new(3, 2, WatchSource::HashLists);
    let waiter = scene.wait_for(1, None, None);
    scene.acts();
    scene.subscribed(0, 100);
    scene.subscribed(1, 100);
    scene.acts();
    scene.list(0, 100, &[tx(1)]);
    let mut asked = [0; 3];
    for _ in 0..60 {
        for action in scene.acts() {
            if let Action::Ask { node, hash } = action {
                asked[node] += 1;
                scene.tell(Event::NotShown { node, hash, soon: true });
            }
        }
        scene.pass(200);
    }
    assert!(asked[0] >= 5 && asked[1] > 0 && asked.iter().sum::<i32>() < 40, "{asked:?}");
    scene.watch.stop_waiting(waiter);
    scene.pass(200_000);
    assert_eq!(scene.acts(), []);
}

#[test]
fn hash_lists_are_fetched_for_every_close_from_every_watched_node() {
    let mut scene = Scene::new(3, 2, WatchSource::HashLists);
    scene.wait_for(1, None, None);
    scene.acts();
    (0..2).for_each(|node| scene.subscribed(node, 100));
    let asked = scene.answer_fetches();
    assert_eq!(
        (0..3).map(|node| asked.iter().filter(|one| **one == node).count()).collect::<Vec<_>>(),
        [5, 5, 0]
    );
    scene.closed(0, 101, 5);
    assert_eq!(scene.fetches(), [(101, 0)], "the other one has not closed it");
    scene.closed(1, 101, 5);
    assert_eq!(scene.fetches(), [(101, 1)]);
    scene.tell(Event::NotFetched { node: 0, index: 101, soon: true });
    scene.list(1, 101, &[tx(1)]);
    assert!(scene.acts().contains(&Action::Ask { node: 1, hash: tx(1) }));
}

#[test]
fn a_ledger_is_waited_for_until_it_is_closed() {
    let (mut scene, _) = Scene::following(1);
    let past = scene.watch.wait_for(Awaited::Ledger(90), 1, scene.now);
    assert!(scene.acts().contains(&Action::Reached { waiter: past }));
    let waiter = scene.watch.wait_for(Awaited::Ledger(103), 1, scene.now);
    scene.closed(0, 102, 0);
    assert!(!scene.acts().contains(&Action::Reached { waiter }));
    scene.closed(0, 103, 0);
    assert!(scene.acts().contains(&Action::Reached { waiter }));
    assert_eq!(scene.covered(waiter), "empty", "nobody has looked at that place");
    scene.watch.testify(waiter, 0, &"1-103".parse().unwrap(), scene.now);
    assert!(scene.watch.is_final(waiter));
}

#[test]
fn nothing_is_wanted_when_nobody_waits() {
    let (mut scene, waiter) = Scene::following(1);
    scene.watch.stop_waiting(waiter);
    assert!(scene.watch.is_idle());
    scene.closed(0, 110, 0);
    scene.streamed(0, 110, tx(1));
    assert_eq!(scene.acts(), []);
}

#[test]
fn it_follows_while_a_node_is_watched() {
    let mut scene = Scene::new(1, 1, WatchSource::Stream);
    scene.wait_for(1, None, None);
    scene.acts();
    assert!(!scene.watch.is_following(), "not yet");
    scene.subscribed(0, 100);
    assert!(scene.watch.is_following());
    scene.tell(Event::Lost { node: 0, failure: Failure::NoAnswer { unreadable: 0 } });
    assert!(!scene.watch.is_following());
}
