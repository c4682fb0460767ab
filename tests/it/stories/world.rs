//! A story as it happens, on the paused clock.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    runtime::Handle,
    time::{Instant, sleep, sleep_until, timeout},
};
use xrpl_txdata::{
    AccountId, Event, TxData, TxHash,
    testing::{Network, Node},
};

use super::{
    judge::{Asked, Judge, Told},
    plan::{LENGTH, Look, Plan, Target, What},
};
use crate::support::within;

/// Between two ledgers.
pub(super) const LEDGER: Duration = Duration::from_secs(4);

/// What a monitor may need to be up to date after the last misdeed.
const CATCH_UP: Duration = Duration::from_secs(200);

/// A world whose clock runs.
pub(super) struct World {
    pub(super) network: Network,
    pub(super) nodes: Vec<Node>,
    pub(super) start: Instant,
    /// The last ledger before the beginning.
    pub(super) genesis: u32,
    customer: AccountId,
    pub(super) shop: AccountId,
    old: TxHash,
}

impl World {
    fn new(plan: &Plan) -> World {
        let network = Network::builder().seed(plan.seed).traffic(plan.traffic).history(12).build();
        let nodes = (0..plan.nodes.len()).map(|n| network.node(&format!("n{n}.test"))).collect();
        let (customer, shop) = (network.account("customer"), network.account("shop"));
        let old = network.pay(customer, shop, "25 XRP".parse().unwrap()).submit();
        let genesis = network.close_ledger();
        World { network, nodes, start: Instant::now(), genesis, customer, shop, old }
    }

    fn pay(&self, target: Target) -> TxHash {
        let pay = self.network.pay(self.customer, self.shop, "25 XRP".parse().unwrap());
        match target {
            Target::Old => self.old,
            Target::Coming(after) => pay.after(after).submit(),
            Target::Never => pay.never(),
        }
    }

    /// When a ledger closed.
    pub(super) fn closed(&self, index: u32) -> Instant {
        self.start + LEDGER * index.saturating_sub(self.genesis)
    }

    async fn until(&self, millis: u64) {
        sleep_until(self.start + Duration::from_millis(millis)).await;
    }
}

/// Lets it happen.
///
/// # Panics
/// When a promise is broken.
pub(super) async fn tell(plan: &Plan) -> Told {
    let world = World::new(plan);
    for (node, character) in world.nodes.iter().zip(&plan.nodes) {
        node.set_latency(character.latency);
    }
    let urls =
        world.nodes.iter().zip(&plan.nodes).map(|(node, character)| {
            if character.over_http { node.http_url() } else { node.url() }
        });
    let txd = TxData::builder()
        .endpoints(urls)
        .connect(world.network.clone())
        .watch_source(plan.source)
        .watched_nodes(plan.watched)
        .agreement(plan.agreement)
        .seed(plan.seed)
        .build()
        .unwrap();
    world.network.run_clock();
    let judge = Judge::new(plan, &world);
    let lookups = plan.moves.iter().filter_map(|one| match &one.what {
        What::Look(look) => Some(ask(&world, &txd, &judge, one.at, look)),
        _ => None,
    });
    let (asked, followed, ()) = within(async {
        tokio::join!(join_all(lookups), follow(plan, &world, &txd, &judge), misbehave(plan, &world))
    })
    .await;
    let mut told = followed;
    asked.iter().for_each(|one| told.add(one));
    quiet(world, txd).await;
    told
}

/// Everything that nodes do wrong, in its time.
async fn misbehave(plan: &Plan, world: &World) {
    for one in &plan.moves {
        world.until(one.at).await;
        match &one.what {
            What::Fail { node, fault } => world.nodes[*node].add_fault(*fault),
            What::Heal { node } => world.nodes[*node].heal(),
            What::Cut { node } => world.nodes[*node].cut_connections(),
            What::Look(_) => {}
        }
    }
    world.until(LENGTH).await;
    world.nodes.iter().for_each(Node::heal);
}

async fn ask(world: &World, txd: &TxData, judge: &Judge<'_>, at: u64, look: &Look) -> Told {
    world.until(at).await;
    let hash = world.pay(look.target);
    let begun = world.network.tip();
    let asking = (0..look.times).map(async |_| {
        let mut lookup = txd.lookup(hash).wait(Duration::from_secs(look.wait));
        if let Some(last) = look.last {
            lookup = lookup.last_ledger_sequence(begun + last);
        }
        let asked = Instant::now();
        let given_up = look.given_up.map_or(Duration::MAX, Duration::from_millis);
        match timeout(given_up, lookup.into_future()).await {
            Ok(answer) => judge.answer(&Asked { hash, look, begun, asked }, answer),
            Err(_) => Told { given_up: 1, ..Told::default() },
        }
    });
    let mut told = Told::default();
    join_all(asking).await.iter().for_each(|one| told.add(one));
    told
}

/// Follows the shop from the beginning to the end of the story.
async fn follow(plan: &Plan, world: &World, txd: &TxData, judge: &Judge<'_>) -> Told {
    let Some(source) = plan.monitor else { return Told::default() };
    let mut monitor =
        txd.monitor([world.shop]).source(source).from_ledger(world.genesis).start().unwrap();
    let end = world.start + Duration::from_millis(LENGTH) + CATCH_UP;
    let enough = world.genesis + (LENGTH / 4_000) as u32;
    let mut done = world.genesis - 1;
    let mut paid = Vec::new();
    while done < enough {
        let Ok(event) = tokio::time::timeout_at(end, monitor.next()).await else { break };
        match event.expect("it never ends by itself").expect("it goes on") {
            Event::Incoming(payment) => paid.push(payment.hash()),
            Event::LedgerDone(cursor) => {
                done = cursor.ledger_index();
                assert!(done <= world.network.tip(), "ledger {done} is done early");
            }
            Event::GapNotFillable { from, to } => panic!("ledgers {from} to {to} are there"),
            _ => {}
        }
    }
    judge.followed(done, &paid, enough)
}

/// Nobody asks any more: nothing is left.
async fn quiet(world: World, txd: TxData) {
    // What was said last must leave before the sockets are looked at.
    sleep(Duration::from_secs(1)).await;
    for node in &world.nodes {
        assert_eq!(node.subscriptions(), 0, "{} still streams", node.name());
    }
    within(txd.close()).await;
    drop(txd);
    assert_eq!(world.network.open_connections(), 0, "sockets are left");
    world.network.stop_clock();
    within(world.network.settle()).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "tasks are left");
}
