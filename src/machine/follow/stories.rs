//! Random stories of a monitor against a simple model of the world: from bytes to events, so that a
//! property test and a fuzzer can tell them alike.
//!
//! There is one chain of ledgers, in which accounts are touched now and then, and nodes that tell of it
//! late, twice, out of order, with messages lost, with connections lost, of some of the history only.
//! What they tell of ledgers is true. At most one node of several leaves ledgers out of histories, and
//! another one may live on a chain of its own. Whatever happens, nothing is missed, nothing comes twice
//! or early, and once all is well again it goes on.

pub(super) mod world;

use std::{
    collections::{BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use self::world::{Node, World, account};
use super::*;
use crate::{config::FitnessRules, machine::watch::stories::world::Bytes};

/// Accounts that can be followed.
const ACCOUNTS: u8 = 3;

/// Time that any repair may take when all is well: longer than every rest of a node.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);

/// What a node was asked to do, and has not done yet.
#[derive(Debug)]
enum Job {
    Subscribe(usize),
    Fetch { node: usize, index: u32, whole: bool },
    History(Ask),
}

struct Story<'a> {
    bytes: Bytes<'a>,
    world: World,
    nodes: Vec<Node>,
    follow: Follow,
    accounts: Accounts,
    /// Since when each account is followed: what came before is not told.
    since: [Option<u32>; ACCOUNTS as usize],
    now: Instant,
    jobs: VecDeque<Job>,
    /// Everything up to here is told.
    done: Option<u32>,
    /// Whether anything was told.
    begun: bool,
    ended: bool,
    /// What happened before all was well again.
    seen: BTreeSet<&'static str>,
}

/// Plays the story that these bytes tell; says what happened in it.
///
/// # Panics
/// When the machine breaks a promise.
pub(crate) fn play(bytes: &[u8], start: Instant) -> BTreeSet<&'static str> {
    let mut bytes = Bytes(bytes);
    let count = 1 + bytes.below(4);
    let source = [Source::Transactions, Source::Accounts, Source::Ledgers][bytes.below(3)];
    let history = match bytes.below(4) {
        0 => AccountHistory::Automatic,
        1 => AccountHistory::Never,
        _ => AccountHistory::From(1 + bytes.below(5) as u32),
    };
    let world = World::new();
    let from = world.tip() - bytes.below(30) as u32;
    let begins = match bytes.below(3) {
        0 => Start::Now,
        1 => Start::Ledger(from + 1),
        _ => Start::Cursor(Cursor {
            network_id: 0,
            ledger_index: from,
            ledger_hash: Some(world.hash(from)),
            done: Vec::new(),
        }),
    };
    // Who begins anywhere takes the chain it finds.
    let bound = matches!(begins, Start::Cursor(_));
    let forgetful = if count > 1 { bytes.below(count + 1) } else { count };
    let alien = if bound && count > 2 { bytes.below(count + 1) } else { count };
    // Where there are others, the first two may be one party.
    let same = if count > 2 && bytes.below(2) == 1 { vec![vec![0, 1]] } else { Vec::new() };
    let nodes = (0..count).map(|node| Node::new(node == forgetful, node == alien)).collect();
    let plan = Plan {
        names: (0..count).map(|node| format!("ws://n{node}.test")).collect(),
        operators: Operators::new(count, &same),
        watched: 1 + bytes.below(2),
        agreement: if alien < count { 1 } else { 1 + bytes.below(count.min(2)) },
        source,
        history,
        filter: Filter::Touching,
        start: begins,
        to: None,
        stall: FitnessRules::default().stall(),
        seed: 1,
    };
    let plan = match plan.agreement {
        1 => plan,
        _ if source == Source::Transactions => Plan { source: Source::Ledgers, ..plan },
        _ => plan,
    };
    let mut story = Story {
        bytes,
        world,
        nodes,
        done: bound.then_some(from),
        follow: Follow::new(plan, start),
        accounts: Accounts::new([account(0)]),
        since: [Some(0), None, None],
        now: start,
        jobs: VecDeque::new(),
        begun: false,
        ended: false,
        seen: BTreeSet::new(),
    };
    story.act();
    while !story.bytes.is_over() && !story.ended {
        story.step();
    }
    let seen = std::mem::take(&mut story.seen);
    story.epilogue();
    seen
}

impl Story<'_> {
    fn step(&mut self) {
        let node = self.bytes.below(self.nodes.len());
        match self.bytes.below(20) {
            0..=5 => {
                let touched = self.bytes.next();
                self.close(touched);
                let lost = self.bytes.next();
                for node in 0..self.nodes.len() {
                    self.nodes[node].hear(&self.world, if lost < 100 { lost } else { 0 });
                }
            }
            6..=9 => {
                let messages = 1 + self.bytes.below(12);
                self.deliver(node, messages);
            }
            10..=13 => {
                let job = self.bytes.below(self.jobs.len().max(1));
                let well = self.bytes.below(5) > 0;
                self.finish(job, well);
            }
            14 => {
                let millis = [10, 300, 2_000, 12_000, 40_000][self.bytes.below(5)];
                self.pass(Duration::from_millis(millis));
            }
            15 => self.lose(node),
            16 => self.nodes[node].disturb(&mut self.bytes),
            17 => {
                let number = 1 + self.bytes.next() % (ACCOUNTS - 1);
                let followed = &mut self.since[usize::from(number)];
                match followed.take() {
                    Some(_) => drop(self.accounts.remove(&account(number))),
                    None => {
                        *followed = Some(self.follow.done().unwrap_or(0));
                        self.accounts.insert(account(number));
                    }
                }
                self.act();
            }
            // A long silence, and many ledgers.
            18 => {
                (0..self.bytes.below(40)).for_each(|n| self.close(if n % 9 == 0 { 1 } else { 0 }))
            }
            _ => self.nodes.iter_mut().for_each(|node| node.heal()),
        }
    }

    fn close(&mut self, touched: u8) {
        self.now += Duration::from_secs(4);
        self.world.close(touched);
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.act();
    }

    fn deliver(&mut self, node: usize, messages: usize) {
        for _ in 0..messages {
            let Some((message, text)) = self.nodes[node].queue.pop_front() else { return };
            if self.nodes[node].subscribed {
                self.tell(Event::Message { node, message, text });
            }
        }
    }

    fn lose(&mut self, node: usize) {
        if std::mem::take(&mut self.nodes[node].subscribed) {
            self.nodes[node].queue.clear();
            self.seen.insert("lost");
            self.tell(Event::Lost { node, failure: lost() });
        }
    }

    fn tell(&mut self, event: Event) {
        self.follow.handle(event, &self.accounts, self.now);
        self.act();
    }

    fn finish(&mut self, job: usize, well: bool) {
        let Some(job) = self.jobs.remove(job) else { return };
        let (world, now) = (&self.world, self.now);
        let (node, event) = match job {
            Job::Subscribe(node) if well && self.nodes[node].is_up() => {
                let one = &mut self.nodes[node];
                one.subscribed = true;
                one.queue.clear();
                (node, Event::Subscribed { node, newest: Some(one.newest(world)) })
            }
            Job::Subscribe(node) => (node, Event::Lost { node, failure: lost() }),
            Job::Fetch { node, index, whole } => {
                let one = &self.nodes[node];
                let ledger = one.ledger(world, index, whole).filter(|_| well && one.is_up());
                let failure = (!well || !one.is_up()).then(lost);
                let missing = Event::NotFetched { node, index, failure };
                if ledger.is_some() {
                    self.seen.insert("fetched");
                }
                (node, ledger.map_or(missing, |ledger| Event::Fetched { node, ledger }))
            }
            Job::History(Ask { node, account, min, max, marker }) => {
                let one = &mut self.nodes[node];
                let up = well && one.is_up();
                let page = one.page(world, account, (min, max), marker.is_some()).filter(|_| up);
                let missing = Event::NoHistory { node, account, failure: (!up).then(lost) };
                if page.is_some() {
                    self.seen.insert("history");
                }
                (node, page.map_or(missing, |page| Event::History { node, account, page }))
            }
        };
        if self.nodes[node].is_up() {
            let fit = self.nodes[node].fit(&self.world);
            self.follow.handle(Event::Judged { node, fit }, &self.accounts, now);
        }
        self.tell(event);
    }

    /// Does all that the machine wants.
    fn act(&mut self) {
        for actions in 0.. {
            assert!(actions < 5_000, "it never comes to rest");
            let Some(action) = self.follow.act(&self.accounts, true, self.now) else { return };
            match action {
                Action::Subscribe { node } => self.jobs.push_back(Job::Subscribe(node)),
                Action::Unsubscribe { node, .. } => self.nodes[node].subscribed = false,
                Action::Fetch { node, index, whole } => {
                    self.jobs.push_back(Job::Fetch { node, index, whole });
                }
                Action::History(ask) => {
                    assert!(ask.min <= ask.max && ask.max < self.world.tip() + 40);
                    self.jobs.push_back(Job::History(ask));
                }
                Action::Begun(cursor) => {
                    assert!(!self.begun, "{cursor}");
                    self.done = Some(cursor.ledger_index);
                }
                Action::Done { items, cursor } => self.done_with(&items, &cursor),
                Action::Outage { .. } => drop(self.seen.insert("outage")),
                Action::Recovered { .. } => drop(self.seen.insert("recovered")),
                Action::End(end) => {
                    // Only where all nodes lack what was asked for.
                    assert!(matches!(end, End::Gap { .. }), "{end:?}");
                    self.seen.insert("gap");
                    self.ended = true;
                }
            }
            let excess = self.follow.held().into_iter().find(|held| !held.is_within());
            assert_eq!(excess, None, "memory");
            assert!(self.jobs.len() < 100, "{} requests at a time", self.jobs.len());
        }
    }

    /// What is told must be all there is, in order, and nothing else.
    fn done_with(&mut self, items: &[Item], cursor: &Cursor) {
        let (before, index) = (self.done.expect("it began before"), cursor.ledger_index);
        assert!(index > before && index <= self.world.tip(), "{before}, then {index}");
        assert_eq!(cursor.ledger_hash, Some(self.world.hash(index)), "ledger {index}");
        let told: Vec<TxHash> = items.iter().map(|item| item.transaction.hash()).collect();
        let followed = |number: u8, ledger: u32| {
            self.since[usize::from(number)].is_some_and(|since| ledger > since)
        };
        assert_eq!(told, self.world.touching(before + 1, index, followed), "{before} to {index}");
        if !told.is_empty() {
            self.seen.insert("told");
        }
        self.done = Some(index);
        self.begun = true;
    }

    /// All is well again: it goes on, up to the newest ledger or near it.
    fn epilogue(&mut self) {
        let start = self.now;
        let mut target = self.world.tip() + 20;
        while !self.ended && self.done.is_none_or(|done| done + 20 < target) {
            assert!(self.now < start + PATIENCE, "it stands still behind {:?}", self.done);
            self.close(0);
            target = target.max(self.world.tip().min(target));
            for node in 0..self.nodes.len() {
                self.nodes[node].heal();
                self.nodes[node].hear(&self.world, 0);
                self.deliver(node, usize::MAX);
            }
            for _ in 0..200 {
                self.act();
                if self.jobs.is_empty() {
                    break;
                }
                self.finish(0, true);
            }
        }
    }
}

fn lost() -> Failure {
    Failure::Broken("it was cut".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::play;
    use crate::machine::seeds;

    /// A node of another chain was refuted by its own ledger while it was still subscribing; then the
    /// subscription came, and its next ledger was told.
    #[test]
    fn who_is_refuted_while_it_subscribes_is_not_believed_afterwards() {
        let story = b"\x9a\0\0\0nt\x10\x108\x01\x13\x0b\x0e\xec\xff\xff\xff\x116$reco'\x0b101\x07\x1e\x0c.\xa9A\xaa";
        play(story, std::time::Instant::now());
    }

    /// Two nodes stood far apart when they were subscribed, and came to the same ledger afterwards.
    #[test]
    fn who_agrees_later_where_to_begin_begins_later() {
        let story: &[u8] = &[
            105, 0, 0, 0, 144, 0, 0, 125, 0, 59, 0, 106, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 186, 0, 0,
            16, 0, 0, 0, 106, 0, 29, 176, 26, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 126, 0, 0, 146, 0, 0, 20, 0, 0, 0, 116, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 34, 0,
            0, 6, 0, 0, 186, 0, 0, 59, 0, 221, 53, 23, 245, 160, 85, 100, 156, 192, 74, 0, 247, 41,
            35, 249, 65, 232, 40, 105, 184, 106, 63, 148, 102, 98, 5, 8, 250, 255, 201, 226, 38,
            62, 223, 60, 104, 240, 176, 247, 244, 166, 153, 183, 254, 77, 97, 237, 89, 73, 163,
            185, 83, 81, 227, 252, 117, 241, 35, 207, 90, 130,
        ];
        play(story, std::time::Instant::now());
    }

    #[test]
    fn seeds_tell_what_they_are_called() {
        seeds::each("follow", |name, bytes| {
            let seen = play(bytes, std::time::Instant::now());
            assert_eq!(seeds::words(name), seen);
        });
    }

    proptest! {
        #![proptest_config(seeds::by_chance())]

        #[test]
        fn no_story_makes_it_miss_anything_or_tell_anything_twice(
            bytes in prop::collection::vec(any::<u8>(), 0..600)
        ) {
            play(&bytes, std::time::Instant::now());
        }
    }
}
