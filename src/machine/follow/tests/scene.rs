//! A monitor among nodes that say what a test makes them say.

use super::super::{
    stories::world::{Node, World, account},
    *,
};
use crate::wire::server_info::ValidatedLedger;

pub(in crate::machine::follow) const SECOND: Duration = Duration::from_secs(1);

pub(in crate::machine::follow) struct Scene {
    pub(in crate::machine::follow) world: World,
    pub(in crate::machine::follow) follow: Follow,
    pub(in crate::machine::follow) accounts: Accounts,
    pub(in crate::machine::follow) now: Instant,
}

impl Scene {
    /// So many nodes stand at the newest ledger, and the monitor so many ledgers before.
    pub(in crate::machine::follow) fn new(nodes: usize, groups: &[Vec<usize>], back: u32) -> Scene {
        let world = World::new();
        let ledger_index = world.tip() - back;
        let ledger_hash = Some(world.hash(ledger_index));
        let start = Cursor { network_id: 0, ledger_index, ledger_hash, done: Vec::new() };
        let mut scene = Scene::begin(nodes, groups, Start::Cursor(start));
        (0..nodes).for_each(|node| scene.subscribe(node, world.tip()));
        scene
    }

    pub(in crate::machine::follow) fn begin(
        nodes: usize,
        groups: &[Vec<usize>],
        start: Start,
    ) -> Scene {
        let plan = Plan {
            names: (0..nodes).map(|node| format!("ws://n{node}.test")).collect(),
            operators: Operators::new(nodes, groups),
            watched: nodes,
            agreement: 1,
            source: Source::Ledgers,
            history: AccountHistory::Never,
            filter: Filter::Touching,
            start,
            to: None,
            stall: None,
            seed: 1,
        };
        let now = Instant::now();
        let follow = Follow::new(plan, now);
        let accounts = Accounts::new([account(0)]);
        Scene { world: World::new(), follow, accounts, now }
    }

    pub(in crate::machine::follow) fn tell(&mut self, event: Event) {
        self.follow.handle(event, &self.accounts, self.now);
    }

    pub(in crate::machine::follow) fn subscribe(&mut self, node: usize, index: u32) {
        let validated = ValidatedLedger { index, hash: None, age: Some(1) };
        let complete = format!("100-{index}").parse().unwrap();
        self.tell(Event::Judged { node, fit: Fit { network_id: 0, validated, complete } });
        let hash = self.world.hash(index);
        let newest = ClosedLedger { index, hash, txn_count: None, network_id: None };
        self.tell(Event::Subscribed { node, newest: Some(newest) });
    }

    /// Everything that is to be done so many seconds later.
    pub(in crate::machine::follow) fn after(&mut self, seconds: u32) -> Vec<Action> {
        self.now += seconds * SECOND;
        std::iter::from_fn(|| self.follow.act(&self.accounts, true, self.now)).collect()
    }

    pub(in crate::machine::follow) fn give(&mut self, node: usize, index: u32, whole: bool) {
        let ledger = Node::new(false, false).ledger(&self.world, index, whole).unwrap();
        self.tell(Event::Fetched { node, ledger });
    }
    /// Everything up to this ledger was handed out.
    pub(in crate::machine::follow) fn stand(&mut self, done: u32) {
        self.follow.stand(done, Some(self.world.hash(done)), Vec::new());
        self.follow.place.iter_mut().for_each(|place| place.verified = true);
    }
}
