//! Random stories of a watch against a simple model of the world: from bytes to events, so that a
//! property test and a fuzzer can tell them alike.
//!
//! There is one chain of ledgers. Honest nodes tell of it late, twice, out of order, with messages
//! lost, with connections lost; what they tell is true. At most one node of several lies. Whatever
//! happens, no honest word may become a false claim; and once all is well again, nobody may be left
//! without an answer.

pub(in crate::machine) mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use self::world::{Bytes, Node, World};
use super::*;
use crate::config::FitnessRules;

/// Hashes that are waited for.
const POOL: u8 = 24;

/// What a node was asked to do, and has not done yet.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    Subscribe { node: usize },
    Fetch { node: usize, index: u32 },
    Ask { node: usize, hash: TxHash },
}

/// One who waits, as the model knows it.
#[derive(Debug)]
struct Waits {
    awaited: Awaited,
    /// The newest ledger when it began to wait.
    tip: u32,
    told: bool,
}

struct Story<'a> {
    bytes: Bytes<'a>,
    world: World,
    nodes: Vec<Node>,
    watch: Watch,
    now: Instant,
    jobs: Vec<Job>,
    waits: BTreeMap<u64, Waits>,
    /// What is to be told when the machine has nothing to do any more.
    events: Vec<Event>,
    /// What happened before all was well again.
    seen: BTreeSet<&'static str>,
}

/// Plays the story that these bytes tell; says what happened in it.
///
/// # Panics
/// When the machine breaks a promise.
pub(crate) fn play(bytes: &[u8], start: Instant) -> BTreeSet<&'static str> {
    let mut bytes = Bytes(bytes);
    let nodes = 1 + bytes.below(3);
    let settings = Settings {
        nodes,
        witnesses: Operators::new(nodes, &[]),
        polled: (0..nodes).filter(|_| bytes.below(4) == 0).collect(),
        watched: 1 + bytes.below(3),
        source: [WatchSource::Stream, WatchSource::HashLists][bytes.below(2)],
        full_history: bytes.below(2) == 0,
        patience: Duration::from_millis(1250),
        stall: FitnessRules::default().stall(),
        seed: 1,
    };
    let liar = if nodes > 1 { bytes.below(4) } else { nodes };
    let mut story = Story {
        nodes: (0..nodes)
            .map(|node| {
                let polled = settings.polled.contains(&node);
                Node::new(node == liar, bytes.below(4) > 0, polled)
            })
            .collect(),
        bytes,
        world: World::new(),
        watch: Watch::new(settings, 0),
        now: start,
        jobs: Vec::new(),
        waits: BTreeMap::new(),
        events: Vec::new(),
        seen: BTreeSet::new(),
    };
    while !story.bytes.is_over() {
        story.step();
        story.check();
    }
    let seen = std::mem::take(&mut story.seen);
    story.epilogue();
    seen
}

impl Story<'_> {
    fn step(&mut self) {
        let node = self.bytes.below(self.nodes.len());
        match self.bytes.below(20) {
            0..=3 => {
                self.close();
                self.advance(node, u32::MAX);
            }
            4 | 5 => {
                let ledgers = [1, 2, u32::MAX][self.bytes.below(3)];
                self.advance(node, ledgers);
            }
            6..=8 => {
                let messages = 1 + self.bytes.below(8);
                self.deliver(node, messages);
            }
            9 => self.nodes[node].disturb(&mut self.bytes),
            10 => {
                let millis = [10, 200, 1_300, 5_000, 20_000][self.bytes.below(5)];
                self.pass(Duration::from_millis(millis));
            }
            11..=14 => {
                let job = self.bytes.below(self.jobs.len().max(1));
                let well = self.bytes.below(4) > 0;
                self.finish(job, well);
            }
            15 | 16 => self.begin_to_wait(),
            17 => self.give_up(),
            18 => self.answer_directly(node),
            _ => {
                if self.bytes.below(2) == 0 {
                    self.lose(node);
                } else if self.nodes[node].lies {
                    self.lie(node);
                }
            }
        }
    }

    /// A ledger closes, a second after the last one at the earliest.
    fn close(&mut self) {
        self.pass(Duration::from_secs(1));
        // Seldom what nobody waits for, often what somebody does.
        let n = self.bytes.next();
        let waits = self.waits.values().nth(usize::from(n) % (2 * self.waits.len()).max(1));
        let awaited = match waits.map(|waits| waits.awaited) {
            Some(Awaited::Transaction { hash, .. }) => Some(hash),
            _ => (n < POOL).then(|| world::awaited(n)),
        };
        self.world.close(awaited, self.bytes.below(3));
    }

    /// A node hears of more ledgers, and tells of them.
    fn advance(&mut self, node: usize, ledgers: u32) {
        let order = self.bytes.below(3);
        self.nodes[node].advance(&self.world, ledgers, order);
    }

    fn deliver(&mut self, node: usize, messages: usize) {
        for _ in 0..messages {
            let Some(message) = self.nodes[node].queue.pop_front() else { return };
            if self.nodes[node].subscribed {
                self.tell(Event::Message { node, message });
            }
        }
    }

    fn tell(&mut self, event: Event) {
        let at_hand = match &event {
            Event::Message { node, message: StreamMessage::Transaction(tx) } => {
                Some((*node, tx.hash))
            }
            _ => None,
        };
        self.watch.handle(event, self.now);
        self.act(at_hand);
        while let Some(event) = self.events.pop() {
            self.watch.handle(event, self.now);
            self.act(None);
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut wakes = 0;
        while let Some(wake) = self.watch.wake(self.now).filter(|wake| *wake <= end) {
            assert!(wake > self.now, "it wakes in the past");
            self.now = wake;
            self.act(None);
            wakes += 1;
            assert!(wakes < 5_000, "it does not come to rest");
        }
        self.now = end;
        self.act(None);
    }

    /// Does what the machine wants, until it wants nothing.
    fn act(&mut self, at_hand: Option<(usize, TxHash)>) {
        let mut actions = 0;
        while let Some(action) = self.watch.act(self.now) {
            actions += 1;
            assert!(actions < 500, "it never has enough: {action:?}");
            self.perform(action, at_hand);
        }
        if let Some(wake) = self.watch.wake(self.now) {
            assert!(wake > self.now, "it has nothing to do and wakes at once");
        }
        if self.watch.is_idle() {
            // The task ends, and with it all that is under way. The next one begins anew.
            assert!(self.waits.is_empty() && self.watch.appearances.is_empty());
            self.watch = Watch::new(self.watch.settings.clone(), 0);
            self.jobs.clear();
            self.events.clear();
            for node in &mut self.nodes {
                node.subscribed = false;
                node.queue.clear();
            }
        }
    }

    fn perform(&mut self, action: Action, at_hand: Option<(usize, TxHash)>) {
        match action {
            Action::Subscribe { node } => {
                assert!(!self.nodes[node].subscribed, "subscribed twice");
                self.begin_job(Job::Subscribe { node });
            }
            Action::Unsubscribe { node, why } => {
                self.seen.insert(match why {
                    Ending::Stalled => "stalled",
                    Ending::Surplus => "surplus",
                    Ending::Disqualified(_) => "disqualified",
                });
                self.nodes[node].subscribed = false;
                self.nodes[node].queue.clear();
            }
            Action::Fetch { node, index } => {
                assert!(index >= 1);
                self.begin_job(Job::Fetch { node, index });
            }
            Action::Ask { node, hash } => self.begin_job(Job::Ask { node, hash }),
            Action::Read { node, hash, index } => {
                assert_eq!(at_hand, Some((node, hash)), "nothing to read from");
                match self.world.place_of(&hash) {
                    // It may hold something that we cannot read.
                    Some(place) if place == index => {
                        if self.bytes.below(4) > 0 {
                            self.found(&hash);
                        }
                    }
                    // Its content is another one.
                    _ => {
                        assert!(self.nodes[node].lied);
                        if self.bytes.below(2) == 0 {
                            let failure = Failure::NotValidated;
                            self.events.push(Event::Liar { node, failure });
                        }
                    }
                }
            }
            Action::Final { waiter } => self.is_never(waiter),
            Action::Reached { waiter } => {
                let waits = self.waits.get_mut(&waiter).expect("nobody else is told");
                let (index, seen) = match waits.awaited {
                    Awaited::Ledger(index) => (index, "reached"),
                    Awaited::Transaction { last, .. } => (last.expect("an end") + 2, "late"),
                };
                assert!(!waits.told, "told twice");
                waits.told = seen == "reached";
                self.seen.insert(seen);
                let liar = self.nodes.iter().any(|node| node.lied);
                assert!(index <= self.world.tip() || liar);
            }
        }
    }

    fn begin_job(&mut self, job: Job) {
        assert!(!self.jobs.contains(&job), "{job:?} twice");
        self.jobs.push(job);
        for node in 0..self.nodes.len() {
            let of = |one: &&Job| matches!(one, Job::Fetch { node: of, .. } if *of == node);
            assert!(self.jobs.iter().filter(of).count() <= 4, "too many fetches at once");
        }
    }

    /// A job ends.
    fn finish(&mut self, job: usize, well: bool) {
        if job >= self.jobs.len() {
            return;
        }
        let job = self.jobs.swap_remove(job);
        let soon = self.bytes.below(2) == 0;
        match job {
            Job::Subscribe { node } if well && self.nodes[node].position > 0 => {
                let newest = self.nodes[node].subscribe();
                self.tell(Event::Subscribed { node, network_id: 0, newest });
            }
            Job::Subscribe { node } => {
                let failure = Failure::NoAnswer { unreadable: 0 };
                self.tell(Event::Lost { node, failure });
            }
            Job::Fetch { node, index } => {
                let list = self.nodes[node].list(&self.world, index).filter(|_| well);
                if list.is_some() {
                    self.seen.insert("fetched");
                }
                self.tell(match list {
                    Some(list) => Event::Fetched { node, network_id: 0, list },
                    None => Event::NotFetched { node, index, soon },
                });
            }
            Job::Ask { node, hash } => {
                let place = self.world.place_of(&hash);
                if well && place.is_some_and(|place| place <= self.nodes[node].position) {
                    self.watch.handle(Event::Shown { node, hash }, self.now);
                    self.found(&hash);
                    self.act(None);
                } else {
                    self.tell(Event::NotShown { node, hash, soon });
                }
            }
        }
    }

    fn begin_to_wait(&mut self) {
        let tip = self.world.tip();
        let bound = |n: usize| [None, Some(tip + 1), Some(tip + 4), Some(tip)][n];
        let awaited = match self.bytes.below(8) {
            0 => Awaited::Ledger(tip + 1),
            1 => Awaited::Ledger(tip + 20),
            _ => Awaited::Transaction {
                hash: world::awaited(self.bytes.next() % POOL),
                first: [None, None, Some(tip.saturating_sub(3).max(1))][self.bytes.below(3)],
                last: bound(self.bytes.below(4)),
            },
        };
        let id = self.watch.wait_for(awaited, 1, self.now);
        let waits = Waits { awaited, tip, told: false };
        assert!(self.waits.insert(id, waits).is_none(), "an id is used once");
        self.act(None);
    }

    fn give_up(&mut self) {
        let at = self.bytes.below(self.waits.len().max(1));
        if let Some(id) = self.waits.keys().nth(at).copied() {
            self.waits.remove(&id);
            self.watch.stop_waiting(id);
            self.act(None);
        }
    }

    /// A node answers somebody's direct question.
    fn answer_directly(&mut self, node: usize) {
        let at = self.bytes.below(self.waits.len().max(1));
        if let Some(id) = self.waits.keys().nth(at).copied() {
            self.testify(id, node);
        }
    }

    fn testify(&mut self, id: u64, node: usize) {
        let position = self.nodes[node].position;
        let has = match self.waits[&id].awaited {
            Awaited::Transaction { hash, .. } => self.world.place_of(&hash),
            Awaited::Ledger(_) => None,
        };
        if has.is_some_and(|place| place <= position) {
            // The lookup has its answer.
            self.waits.remove(&id);
            self.watch.stop_waiting(id);
        } else if position > 0 {
            let first = if self.watch.settings.full_history { 1 } else { position.max(30) - 29 };
            let ranges: LedgerRanges = std::iter::once(first..=position).collect();
            self.watch.testify(id, node, &ranges, self.now);
        }
        self.act(None);
    }

    fn lose(&mut self, node: usize) {
        if std::mem::take(&mut self.nodes[node].subscribed) {
            self.nodes[node].queue.clear();
            self.seen.insert("lost");
            self.tell(Event::Lost { node, failure: Failure::NoAnswer { unreadable: 0 } });
        }
    }

    fn lie(&mut self, node: usize) {
        let hash = world::awaited(self.bytes.next() % POOL);
        let lie = self.nodes[node].lie(&mut self.bytes, hash);
        if self.nodes[node].subscribed {
            self.tell(Event::Message { node, message: lie });
        }
    }

    fn found(&mut self, hash: &TxHash) {
        self.seen.insert("found");
        for id in self.watch.found(hash) {
            let waits = self.waits.remove(&id).expect("nobody else is told");
            assert!(
                matches!(waits.awaited, Awaited::Transaction { hash: its, .. } if its == *hash)
            );
        }
    }

    /// Somebody is told "never": that must be true.
    fn is_never(&mut self, id: u64) {
        let waits = self.waits.get_mut(&id).expect("nobody else is told");
        match waits.awaited {
            Awaited::Ledger(index) => assert!(index <= self.world.tip()),
            Awaited::Transaction { hash, first, last } => {
                assert!(!waits.told, "told twice");
                waits.told = true;
                self.seen.insert("never");
                let last = last.expect("who set no end is never told never");
                let first = first.unwrap_or(if last < waits.tip { 1 } else { waits.tip });
                assert!(last <= self.world.tip(), "never, before it was too late");
                if let Some(place) = self.world.place_of(&hash) {
                    assert!(!(first..=last).contains(&place), "never, but it is in {place}");
                }
            }
        }
    }

    /// What must hold at any time.
    fn check(&self) {
        let excess = self.watch.held().into_iter().find(|held| !held.is_within());
        assert_eq!(excess, None, "memory");
        assert!(self.watch.appearances.hashes().count() <= usize::from(POOL));
        for (id, waits) in &self.waits {
            let Awaited::Transaction { hash, .. } = waits.awaited else { continue };
            for (node, covered) in self.watch.coverage(*id) {
                let believed = self.watch.watchers.is_believed(node, self.now);
                assert!(believed, "what a disqualified node told is covered");
                if self.nodes[node].lied {
                    continue;
                }
                let last = covered.bounds().map(|(_, last)| last);
                assert!(last <= Some(self.nodes[node].position), "the future is covered");
                if let Some(place) = self.world.place_of(&hash) {
                    assert!(!covered.contains(place), "{place} is covered and holds it");
                }
            }
        }
    }

    /// All is well again for a while: everybody who can have an answer gets it.
    fn epilogue(&mut self) {
        let lied = self.nodes.iter().any(|node| node.lied);
        self.nodes.iter_mut().for_each(Node::mend);
        // Longer than a node rests that was wrong.
        let rounds = 175;
        for round in 0..rounds {
            self.pass(Duration::from_secs(4));
            self.world.close(None, 1);
            for node in 0..self.nodes.len() {
                self.nodes[node].advance(&self.world, u32::MAX, 0);
                self.deliver(node, usize::MAX);
            }
            // Who is well answers before the next ledger closes, also what is asked for then: an honest node may
            // have rested almost until now, and has much to catch up with.
            for _ in 0..40 {
                self.finish(0, true);
            }
            // Lookups that could not be answered ask again when they can.
            if round == rounds - 20 {
                for id in self.waits.keys().copied().collect::<Vec<_>>() {
                    for node in 0..self.nodes.len() {
                        if self.waits.contains_key(&id) {
                            self.testify(id, node);
                        }
                    }
                }
            }
        }
        self.check();
        let tip = self.world.tip();
        for (id, waits) in &self.waits {
            match waits.awaited {
                Awaited::Ledger(index) => assert!(index > tip || waits.told, "{index} of {tip}"),
                Awaited::Transaction { hash, last, .. } => {
                    let place = self.world.place_of(&hash);
                    assert_eq!(place, None, "{id} was not told of what is there");
                    let covered = self.watch.coverage(*id).into_iter().map(|(_, ranges)| ranges);
                    let covered: LedgerRanges =
                        covered.flat_map(|ranges| ranges.iter().collect::<Vec<_>>()).collect();
                    if !lied {
                        assert!(covered.covers(waits.tip..=tip - 1), "{covered} of {tip}");
                        // Nodes without history cannot tell what was before.
                        let can = self.watch.settings.full_history;
                        let late = last.is_none_or(|last| last >= tip);
                        assert!(!can || late || waits.told, "{waits:?}");
                    }
                }
            }
        }
        for id in std::mem::take(&mut self.waits).into_keys() {
            self.watch.stop_waiting(id);
        }
        self.act(None);
        assert!(self.watch.is_idle() && self.jobs.is_empty());
    }
}

#[cfg(test)]
mod tests;
