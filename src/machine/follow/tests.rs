//! The machine step by step: where it stands, what it wants next, and when it ends.

mod held;
pub(super) mod scene;
mod time;
mod trust;

use std::time::Duration;

use super::{
    stories::world::{Node, World, account},
    *,
};
use crate::config::FitnessRules;

/// A machine, the world, and what was asked for and not answered yet.
struct Stage {
    world: World,
    follow: Follow,
    accounts: Accounts,
    now: Instant,
    asked: Vec<Action>,
}

fn plan(nodes: usize, source: Source, history: AccountHistory, start: Start) -> Plan {
    Plan {
        names: (0..nodes).map(|node| format!("ws://n{node}.test")).collect(),
        operators: Operators::new(nodes, &[]),
        watched: 2,
        agreement: 1,
        source,
        history,
        filter: Filter::Touching,
        start,
        to: None,
        stall: FitnessRules::default().stall(),
        seed: u64::MAX,
    }
}

impl Stage {
    /// Both nodes are subscribed, and stand at the newest ledger.
    fn new(source: Source, history: AccountHistory, begin: impl Fn(&World) -> Start) -> Stage {
        Stage::of(2, source, history, begin)
    }

    /// The same where there are more: the first two are subscribed.
    fn of(
        nodes: usize,
        source: Source,
        history: AccountHistory,
        begin: impl Fn(&World) -> Start,
    ) -> Stage {
        let (world, now) = (World::new(), Instant::now());
        let follow = Follow::new(plan(nodes, source, history, begin(&world)), now);
        let accounts = Accounts::new([account(0)]);
        let mut stage = Stage { world, follow, accounts, now, asked: Vec::new() };
        stage.act();
        let newest = stage.world.tip();
        (0..2).for_each(|node| stage.subscribe(node, newest, false));
        stage
    }

    fn subscribe(&mut self, node: usize, index: u32, alien: bool) {
        let one = Node::new(false, alien);
        let fit = Fit { validated: validated(index), ..one.fit(&self.world) };
        self.tell(Event::Judged { node, fit });
        let newest = Some(ClosedLedger { index, ..one.newest(&self.world) });
        self.tell(Event::Subscribed { node, newest });
    }

    fn act(&mut self) {
        while let Some(action) = self.follow.act(&self.accounts, true, self.now) {
            self.asked.push(action);
        }
    }

    fn tell(&mut self, event: Event) {
        self.follow.handle(event, &self.accounts, self.now);
        self.act();
    }

    /// The requests for ledgers since the last look: who, which, and whether whole.
    fn fetches(&mut self) -> Vec<(usize, u32, bool)> {
        let asked = std::mem::take(&mut self.asked);
        let fetch = |action| match action {
            Action::Fetch { node, index, whole } => Some((node, index, whole)),
            _ => None,
        };
        asked.into_iter().filter_map(fetch).collect()
    }

    /// Answers every request truly until there is none, for some seconds.
    fn settle(&mut self) -> Vec<Action> {
        self.settle_with(3, |_, page| Some(page))
    }

    /// For so many seconds, with histories as `tells` makes them of the true ones.
    fn settle_with(
        &mut self,
        seconds: u32,
        mut tells: impl FnMut(&Ask, HistoryPage) -> Option<HistoryPage>,
    ) -> Vec<Action> {
        let mut others = Vec::new();
        for _ in 0..seconds * 20 {
            self.now += Duration::from_millis(50);
            self.act();
            for action in std::mem::take(&mut self.asked) {
                let mut one = Node::new(false, false);
                match action {
                    Action::Fetch { node, index, whole } => {
                        let ledger = one.ledger(&self.world, index, whole).expect("it is there");
                        self.tell(Event::Fetched { node, ledger });
                    }
                    Action::History(ask) => {
                        let Ask { node, account, min, max, ref marker } = ask;
                        let page = one.page(&self.world, account, (min, max), marker.is_some());
                        self.tell(match tells(&ask, page.expect("it is there")) {
                            Some(page) => Event::History { node, account, page },
                            None => Event::NoHistory { node, account, failure: None },
                        });
                    }
                    other => others.push(other),
                }
            }
        }
        others
    }
}

fn validated(index: u32) -> crate::wire::server_info::ValidatedLedger {
    crate::wire::server_info::ValidatedLedger { index, hash: None, age: Some(1) }
}

fn cursor(world: &World, back: u32, done: Vec<TxHash>) -> Start {
    let ledger_index = world.tip() - back;
    let ledger_hash = Some(world.hash(ledger_index));
    Start::Cursor(Cursor { network_id: 0, ledger_index, ledger_hash, done })
}

fn done(actions: &[Action]) -> Vec<(u32, usize)> {
    let done = |action: &Action| match action {
        Action::Done { items, cursor } => Some((cursor.ledger_index, items.len())),
        _ => None,
    };
    actions.iter().filter_map(done).collect()
}

#[test]
fn histories_pay_by_the_length_of_the_gap_and_the_number_of_pages() {
    use AccountHistory::{Automatic, From, Never};
    for (history, source, ledgers, pages, pays) in [
        (Automatic, Source::Transactions, 255, 2, false),
        (Automatic, Source::Transactions, 256, 256, true),
        (Automatic, Source::Ledgers, 300, 301, false),
        (Automatic, Source::Accounts, 1, 2, true),
        (Automatic, Source::Accounts, 1, 4, false),
        (Automatic, Source::Accounts, 15, 59, true),
        (Automatic, Source::Accounts, 15, u64::MAX, false),
        (From(7), Source::Transactions, 7, 1_000_000, true),
        (From(7), Source::Accounts, 6, 1, false),
        (Never, Source::Accounts, u32::MAX, 0, false),
    ] {
        assert_eq!(history.pays(source, ledgers, pages), pays, "{history:?} {ledgers} {pages}");
    }
}

#[test]
fn each_source_reads_as_far_as_it_must() {
    for (source, expected) in [
        // Of the ledger with which a stream began it tells nothing: that one is fetched, like all before.
        (Source::Transactions, vec![true; 4]),
        (Source::Ledgers, vec![true; 4]),
        // Quiet accounts' ledgers wait; the first header shows the chain.
        (Source::Accounts, Vec::new()),
    ] {
        let never = AccountHistory::Never;
        let mut stage = Stage::new(source, never, |world| cursor(world, 4, Vec::new()));
        let wholes =
            stage.fetches().into_iter().filter(|(_, index, _)| *index > stage.world.tip() - 4);
        let wholes: Vec<bool> = wholes.map(|(_, _, whole)| whole).collect();
        assert_eq!(wholes, expected, "{source:?}");
    }
    let mut stage =
        Stage::new(Source::Accounts, AccountHistory::Never, |world| cursor(world, 20, Vec::new()));
    assert_eq!(stage.fetches().iter().filter(|(_, _, whole)| *whole).count(), 7, "a long silence");
}

#[test]
fn what_a_stream_names_is_read_at_once_with_all_before_it() {
    let begin = |world: &World| cursor(world, 3, Vec::new());
    let mut stage = Stage::new(Source::Accounts, AccountHistory::Automatic, begin);
    assert!(done(&stage.settle()).is_empty(), "nothing is named");
    stage.world.close(1);
    let mut node = Node::new(false, false);
    node.hear(&stage.world, 0);
    while let Some((message, text)) = node.queue.pop_front() {
        stage.tell(Event::Message { node: 0, message, text });
    }
    let tip = stage.world.tip();
    let told = done(&stage.settle());
    assert_eq!(told.last(), Some(&(tip, 1)), "{told:?}");
    let named = (tip - 3..tip).filter(|index| index % 7 == 100 % 7).count();
    assert_eq!(told.len(), 1 + named, "the ledgers between are passed over: {told:?}");
}

#[test]
fn a_node_that_closes_a_ledger_after_its_transactions_has_not_stopped() {
    let mut stage = Stage::new(Source::Transactions, AccountHistory::Never, |_| Start::Now);
    let mut node = Node::new(false, false);
    for _ in 0..20 {
        stage.now += Duration::from_secs(4);
        stage.world.close(1);
        node.hear(&stage.world, 0);
        // The close comes last.
        node.queue.rotate_left(1);
        while let Some((message, text)) = node.queue.pop_front() {
            stage.tell(Event::Message { node: 0, message, text });
        }
    }
    assert_eq!(stage.follow.watched(), [0], "the other one is silent");
}

#[test]
fn histories_that_never_come_to_an_end_hold_nothing_up() {
    let begin = |world: &World| cursor(world, 40, Vec::new());
    let mut stage = Stage::new(Source::Accounts, AccountHistory::Automatic, begin);
    let from = stage.world.tip() - 39;
    // Its first page is good, every time, and what should follow on it is not.
    let told = stage.settle_with(60, |ask, page| match (ask.node, ask.min == from) {
        (1, true) => Some(HistoryPage {
            ledgers: vec![from, from + 1],
            marker: Some(serde_json::json!(1)),
            ..page
        }),
        (1, false) => Some(HistoryPage { ledgers: Vec::new(), marker: None, ..page }),
        _ => Some(page),
    });
    // Without news the last few ledgers wait.
    let last = stage.follow.done().unwrap();
    assert!(last > stage.world.tip() - 16, "{last}");
    let items = done(&told).iter().map(|(_, items)| items).sum::<usize>();
    assert_eq!(items, stage.world.touching(from, last, |n, _| n == 0).len());
}

#[test]
fn nobody_is_witness_twice_however_witnesses_change() {
    let begin = |world: &World| cursor(world, 40, Vec::new());
    let mut stage = Stage::of(3, Source::Accounts, AccountHistory::Automatic, begin);
    stage.accounts.insert(account(1));
    for node in 0..3 {
        let index = stage.world.tip() - 40;
        let ledger = Node::new(false, false).ledger(&stage.world, index, false).unwrap();
        stage.tell(Event::Fetched { node, ledger });
    }
    // The first one hides what touched one account, and tells nothing of the other; so the third one
    // takes its place. Only then the second one is given up, too, before it has told what the first hid.
    let mut third = false;
    let told = stage.settle_with(60, |ask, page| {
        third |= ask.node == 2;
        match (ask.node, ask.account == account(0)) {
            (0, true) => Some(HistoryPage { ledgers: Vec::new(), marker: None, ..page }),
            (0, false) => None,
            (1, true) if third => None,
            (1, true) => {
                let marker = Some(serde_json::json!(1));
                Some(HistoryPage { ledgers: Vec::new(), marker, ..page })
            }
            _ => Some(page),
        }
    });
    assert!(third);
    let (first, last) = (stage.world.tip() - 39, stage.follow.done().unwrap());
    let items = done(&told).iter().map(|(_, items)| items).sum::<usize>();
    assert_eq!(items, stage.world.touching(first, last, |n, _| n < 2).len());
}

#[test]
fn what_was_handed_out_already_is_remembered_until_its_ledger_comes() {
    let world = World::new();
    let (first, last) = (world.tip() - 6, world.tip());
    let later = world.touching(first + 1, last, |_, _| true);
    assert!(!later.is_empty(), "one ledger in seven has something");
    let begin = |world: &World| cursor(world, 6, later.clone());
    let mut stage = Stage::new(Source::Ledgers, AccountHistory::Never, begin);
    let told = stage.settle();
    assert_eq!(done(&told).iter().map(|(_, items)| items).sum::<usize>(), 0, "nothing twice");
    let carried = told.iter().filter_map(|action| match action {
        Action::Done { cursor, .. } => Some((cursor.ledger_index, cursor.done.clone())),
        _ => None,
    });
    for (index, carried) in carried {
        let passed = !world.touching(first + 1, index, |_, _| true).is_empty();
        assert_eq!(carried, if passed { Vec::new() } else { later.clone() }, "{index}");
    }
}

#[test]
fn who_begins_now_is_not_led_astray_by_a_node_that_is_gone() {
    let (world, now) = (World::new(), Instant::now());
    let plan = plan(2, Source::Ledgers, AccountHistory::Never, Start::Now);
    let follow = Follow::new(plan, now);
    let accounts = Accounts::new([account(0)]);
    let mut stage = Stage { world, follow, accounts, now, asked: Vec::new() };
    stage.act();
    stage.subscribe(0, 4_000_000_000, false);
    assert_eq!(stage.follow.done(), Some(4_000_000_000));
    let failure = Failure::NoAnswer { unreadable: 0 };
    stage.tell(Event::Lost { node: 0, failure });
    let tip = stage.world.tip();
    stage.subscribe(1, tip, false);
    // The first one stays away. What it said of itself grows old.
    for _ in 0..12 {
        stage.now += Duration::from_secs(1);
        stage.act();
        let failure = Failure::NoAnswer { unreadable: 0 };
        stage.tell(Event::Lost { node: 0, failure });
    }
    assert_eq!(stage.follow.done(), Some(tip), "the others know better");
    assert!(!stage.settle().iter().any(|action| matches!(action, Action::End(_))));
}

#[test]
fn who_begins_now_begins_where_as_many_stand_as_must_agree() {
    let world = World::new();
    for (told, alone) in [(world.tip() + 10, false), (4_000_000_000, true), (50, true)] {
        let (world, now) = (World::new(), Instant::now());
        let plan =
            Plan { agreement: 2, ..plan(4, Source::Ledgers, AccountHistory::Never, Start::Now) };
        // The third one is of the first one's party.
        let plan = Plan { operators: Operators::new(4, &[vec![0, 2]]), ..plan };
        let (follow, accounts) = (Follow::new(plan, now), Accounts::new([account(0)]));
        let mut stage = Stage { world, follow, accounts, now, asked: Vec::new() };
        let tip = stage.world.tip();
        stage.act();
        stage.subscribe(0, told, false);
        assert_eq!(stage.follow.done(), None);
        stage.subscribe(1, tip, false);
        let third = stage.asked.iter().any(|ask| matches!(ask, Action::Subscribe { node: 3 }));
        assert_eq!((stage.follow.done().is_none(), third), (alone, alone), "{told}");
        if alone {
            stage.subscribe(2, told, false);
            assert_eq!(stage.follow.done(), None, "one party");
            stage.now += STUCK;
            stage.act();
            assert!(
                stage.asked.iter().any(|ask| matches!(ask, Action::Outage { after: None, .. }))
            );
            (1..=3).step_by(2).for_each(|node| stage.subscribe(node, tip, false));
        }
        assert_eq!(stage.follow.done(), Some(tip));
    }
}

#[test]
fn a_cursor_beyond_all_ledgers_that_there_can_be_is_an_error_too() {
    for ledger_index in [4_000_000_000, u32::MAX - 1, u32::MAX] {
        let begin = |_: &World| {
            let ledger_hash = None;
            Start::Cursor(Cursor { network_id: 0, ledger_index, ledger_hash, done: Vec::new() })
        };
        let stage = Stage::new(Source::Ledgers, AccountHistory::Never, begin);
        let ended = |action: &Action| matches!(action, Action::End(End::BeyondTip { .. }));
        assert!(stage.asked.iter().any(ended), "{ledger_index}");
    }
}

#[test]
fn only_all_nodes_together_refute_the_start() {
    let (world, now) = (World::new(), Instant::now());
    let plan = plan(2, Source::Ledgers, AccountHistory::Never, cursor(&world, 3, Vec::new()));
    let mut follow = Follow::new(plan, now);
    let accounts = Accounts::new([account(0)]);
    let tell = |follow: &mut Follow, event| follow.handle(event, &accounts, now);
    let index = world.tip() - 3;
    let alien = |node| {
        let ledger = Node::new(false, true).ledger(&world, index, false).expect("it is there");
        Event::Fetched { node, ledger }
    };
    tell(&mut follow, alien(0));
    for _ in 0..10 {
        let failure = Failure::NoAnswer { unreadable: 0 };
        tell(&mut follow, Event::Lost { node: 1, failure });
    }
    let ends = |follow: &mut Follow| {
        std::iter::from_fn(|| follow.act(&accounts, true, now))
            .any(|action| matches!(action, Action::End(End::OtherChain { .. })))
    };
    assert!(!ends(&mut follow), "one that cannot be reached says nothing");
    tell(&mut follow, alien(1));
    assert!(ends(&mut follow));
}

#[test]
fn what_was_asked_of_a_node_before_it_was_refuted_counts_for_nothing() {
    let now = Instant::now();
    let (world, accounts) = (World::new(), Accounts::new([account(0)]));
    let start = cursor(&world, 1, Vec::new());
    let follow = Follow::new(plan(2, Source::Ledgers, AccountHistory::Never, start), now);
    let mut stage = Stage { world, follow, accounts, now, asked: Vec::new() };
    stage.act();
    let (alien, tip) = (Node::new(false, true), stage.world.tip());
    let ledger = |index| alien.ledger(&stage.world, index, true).expect("it is there");
    let (refuted, late) = (ledger(tip - 1), ledger(tip));
    stage.tell(Event::Fetched { node: 0, ledger: refuted });
    stage.tell(Event::Fetched { node: 0, ledger: late });
    stage.subscribe(0, tip, true);
    assert_eq!(stage.follow.watched(), [0; 0]);
    stage.subscribe(1, tip, false);
    assert_eq!(done(&stage.settle()), [(tip, stage.world.touching(tip, tip, |n, _| n == 0).len())]);
    assert_eq!(stage.follow.watched(), [1]);
}
