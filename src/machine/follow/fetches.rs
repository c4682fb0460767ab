//! Ledgers that are fetched whole: which, from whom, how often, and those that came.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::WINDOW;
use crate::{types::LedgerHash, wire::whole::WholeLedger};

/// Fetches under way at a time.
pub(super) const AT_ONCE: usize = 8;

/// Pause before a ledger that could not be fetched is asked for again, first and last; it doubles.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(4);

/// The fetches of one monitor.
#[derive(Debug, Default)]
pub(super) struct Fetches {
    errands: BTreeMap<u32, Errand>,
    came: BTreeMap<u32, Vec<(usize, WholeLedger)>>,
}

#[derive(Debug, Default)]
struct Errand {
    under_way: Option<usize>,
    tries: u32,
    not_before: Option<Instant>,
}

impl Fetches {
    pub(super) fn has_room(&self) -> bool {
        self.errands.values().filter(|errand| errand.under_way.is_some()).count() < AT_ONCE
    }

    /// Whom of these nodes to ask for a ledger now, if it may be asked for: each try another one.
    pub(super) fn begin(&mut self, index: u32, nodes: &[usize], now: Instant) -> Option<usize> {
        if !self.has_room() {
            return None;
        }
        let errand = self.errands.entry(index).or_default();
        if errand.under_way.is_some() || errand.not_before.is_some_and(|at| at > now) {
            return None;
        }
        let node = *nodes.get(errand.tries as usize % nodes.len().max(1))?;
        errand.under_way = Some(node);
        errand.tries = errand.tries.saturating_add(1);
        Some(node)
    }

    /// An answer came, good or bad. Further ones can be asked for after a pause.
    pub(super) fn ended(&mut self, node: usize, index: u32, now: Instant) {
        if let Some(errand) = self.errands.get_mut(&index)
            && errand.under_way == Some(node)
        {
            errand.under_way = None;
            let pause = PAUSE.saturating_mul(1 << errand.tries.min(8)).min(LONGEST);
            errand.not_before = Some(now + pause);
        }
    }

    /// Keeps a ledger that came.
    pub(super) fn keep(&mut self, node: usize, ledger: WholeLedger) {
        let came = self.came.entry(ledger.index).or_default();
        if !came.iter().any(|(by, one)| *by == node && one.hash == ledger.hash) {
            came.push((node, ledger));
        }
    }

    /// Whether this node's answer for the ledger is here.
    pub(super) fn has_from(&self, index: u32, node: usize) -> bool {
        self.came.get(&index).is_some_and(|came| came.iter().any(|(by, _)| *by == node))
    }

    /// What came for this index: who sent it, what it is called, what came before it.
    pub(super) fn came(&self, index: u32) -> impl Iterator<Item = &(usize, WholeLedger)> {
        self.came.get(&index).into_iter().flatten()
    }

    pub(super) fn get(&self, index: u32, hash: LedgerHash) -> Option<&(usize, WholeLedger)> {
        self.came(index).find(|(_, ledger)| ledger.hash == hash)
    }

    pub(super) fn disbelieve(&mut self, node: usize) {
        for came in self.came.values_mut() {
            came.retain(|(by, _)| *by != node);
        }
        self.came.retain(|_, came| !came.is_empty());
    }

    /// Forgets what is far ahead of the last ledger and not wanted any more: nodes choose what their streams
    /// name. What is near will be wanted.
    pub(super) fn want(&mut self, wanted: &[u32], last: u32) {
        let keep = |index: u32| index <= last.saturating_add(WINDOW) || wanted.contains(&index);
        self.came.retain(|index, _| keep(*index));
        self.errands.retain(|index, errand| errand.under_way.is_some() || keep(*index));
    }

    /// How many ledgers came that are not done with.
    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn ledgers(&self) -> usize {
        self.came.values().map(Vec::len).sum()
    }

    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn held(&self) -> [crate::config::Held; 2] {
        let under_way = self.errands.values().filter(|errand| errand.under_way.is_some()).count();
        // The last one, the next ones, those that are wanted, and those that were a moment ago.
        let errands = 1 + 2 * WINDOW as usize + AT_ONCE;
        [
            crate::config::Held::new("fetches under way", under_way, AT_ONCE),
            crate::config::Held::new("fetches", self.errands.len(), errands),
        ]
    }

    /// Everything up to this ledger is done with.
    pub(super) fn done(&mut self, index: u32) {
        let Some(next) = index.checked_add(1) else { return };
        self.came = self.came.split_off(&next);
        self.errands = self.errands.split_off(&index);
    }

    /// When the next pause is over. Pauses that are over wait for something else.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let waiting = self.errands.values().filter(|errand| errand.under_way.is_none());
        waiting.filter_map(|errand| errand.not_before).filter(|at| *at > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::follow::stories::world::{Node, World};

    #[test]
    fn ledgers_that_nobody_wants_any_more_are_not_kept() {
        let (world, now) = (World::new(), Instant::now());
        let node = Node::new(false, false);
        let tip = world.tip();
        let mut fetches = Fetches::default();
        // Whoever streams decides which ledgers are wanted next.
        for index in (tip - 40..tip).rev() {
            fetches.want(&[index], tip - 60);
            assert_eq!(fetches.begin(index, &[0], now), Some(0));
            fetches.ended(0, index, now);
            fetches.keep(0, node.ledger(&world, index, true).unwrap());
        }
        assert_eq!((fetches.came.len(), fetches.errands.len()), (1, 1));
        // What is under way is not asked for twice, and the last one keeps its pause.
        assert_eq!(fetches.begin(tip, &[0], now), Some(0));
        assert_eq!(fetches.begin(tip - 60, &[0], now), Some(0));
        fetches.ended(0, tip - 60, now);
        fetches.want(&[], tip - 60);
        assert_eq!(fetches.begin(tip, &[0], now), None);
        assert_eq!(fetches.begin(tip - 60, &[0], now), None);
        assert_eq!((fetches.came.len(), fetches.errands.len()), (0, 2));
    }

    #[test]
    fn each_try_is_of_another_node_after_a_pause_that_grows() {
        let (mut fetches, mut now) = (Fetches::default(), Instant::now());
        assert_eq!(fetches.begin(5, &[], now), None, "there is nobody to ask");
        let millis = [100, 200, 400, 800, 1_600, 3_200, 4_000, 4_000, 4_000, 4_000];
        for (pause, node) in millis.into_iter().zip([7, 8, 9].into_iter().cycle()) {
            assert_eq!(fetches.begin(5, &[7, 8, 9], now), Some(node));
            assert_eq!(fetches.begin(5, &[7, 8, 9], now), None, "it is under way");
            assert_eq!(fetches.wake(now), None);
            // What another one says late ends nothing.
            fetches.ended(node + 1, 5, now);
            fetches.ended(node, 6, now);
            assert_eq!(fetches.begin(5, &[7, 8, 9], now + LONGEST), None);
            fetches.ended(node, 5, now);
            let again = now + Duration::from_millis(pause);
            assert_eq!(fetches.wake(now), Some(again), "{pause}");
            assert_eq!(fetches.begin(5, &[7, 8, 9], again - Duration::from_millis(1)), None);
            assert_eq!(fetches.wake(again), None);
            now = again;
        }
    }

    #[test]
    fn so_many_are_under_way_at_a_time() {
        let (mut fetches, now) = (Fetches::default(), Instant::now());
        let begun = (1..100).filter_map(|index| fetches.begin(index, &[0], now)).count();
        assert_eq!((begun, fetches.has_room()), (AT_ONCE, false));
        assert_eq!(fetches.begin(100, &[0], now), None);
        fetches.ended(0, 3, now);
        assert!(fetches.has_room());
        assert_eq!(fetches.begin(100, &[0], now), Some(0));
        // What is done with is nobody's errand, but the last one may be asked for again.
        fetches.done(5);
        fetches.done(u32::MAX);
        assert!(fetches.errands.keys().eq([5, 6, 7, 8, 100].iter()), "{:?}", fetches.errands);
        assert!(fetches.has_room());
    }

    #[test]
    fn what_came_is_kept_by_who_sent_it_until_that_one_is_disbelieved_or_it_is_done_with() {
        let world = World::new();
        let ledger = |alien| {
            let ledger = Node::new(false, alien).ledger(&world, 120, true);
            ledger.unwrap()
        };
        let (mut fetches, truth, lie) = (Fetches::default(), ledger(false), ledger(true));
        for (node, ledger) in [(0, &truth), (0, &truth), (1, &truth), (1, &lie), (2, &lie)] {
            fetches.keep(node, ledger.clone());
        }
        let came = |fetches: &Fetches| fetches.came(120).map(|(node, _)| *node).collect::<Vec<_>>();
        assert_eq!(came(&fetches), [0, 1, 1, 2]);
        assert!(fetches.has_from(120, 2) && !fetches.has_from(120, 3) && !fetches.has_from(121, 2));
        assert_eq!(fetches.get(120, truth.hash).map(|(node, _)| *node), Some(0));
        assert!(fetches.get(121, truth.hash).is_none());
        fetches.disbelieve(1);
        assert_eq!(came(&fetches), [0, 2]);
        assert!(!fetches.has_from(120, 1));
        fetches.disbelieve(0);
        assert!(fetches.get(120, truth.hash).is_none() && fetches.get(120, lie.hash).is_some());
        fetches.done(119);
        assert_eq!(came(&fetches), [2]);
        fetches.done(120);
        assert!(came(&fetches).is_empty() && fetches.came.is_empty());
    }

    #[test]
    fn what_is_near_is_kept_and_of_what_is_far_what_is_wanted() {
        let (world, now) = (World::new(), Instant::now());
        let (last, near) = (100, 100 + WINDOW);
        let mut fetches = Fetches::default();
        for index in [near, near + 1, near + 2] {
            fetches.begin(index, &[0], now);
            fetches.ended(0, index, now);
            fetches.keep(0, Node::new(false, false).ledger(&world, index, true).unwrap());
        }
        fetches.want(&[near + 2], last);
        assert!(fetches.came.keys().eq([near, near + 2].iter()));
        assert!(fetches.errands.keys().eq([near, near + 2].iter()));
    }
}
