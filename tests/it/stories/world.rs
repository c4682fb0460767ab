//! A story as it happens, on the paused clock.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{
    runtime::Handle,
    time::{Instant, sleep, sleep_until, timeout},
};
use xrpl_txdata::{
    AccountId, Event, RippleTime, TxData, TxHash,
    proof::{Publisher, TrustedValidators},
    testing::{Fault, Network, Node},
};

use super::{
    counting::Counting,
    judge::{Asked, Judge},
    plan::{Belief, LENGTH, Look, Plan, Target, What},
    told::Told,
};
use crate::support::within;

/// What every payment promises and delivers.
pub(super) const PRICE: &str = "25 XRP";

/// The tag of the payment from before the story.
const OLD_TAG: u32 = 1;

/// Between two ledgers.
pub(super) const LEDGER: Duration = Duration::from_secs(4);

/// Those who sign ledgers. All three are a quorum.
const VALIDATORS: usize = 3;

/// What a monitor may need to be up to date after the last misdeed.
const CATCH_UP: Duration = Duration::from_secs(200);

/// A world whose clock runs.
pub(super) struct World {
    pub(super) network: Network,
    pub(super) nodes: Vec<Node>,
    pub(super) start: Instant,
    /// The last ledger before the beginning.
    pub(super) genesis: u32,
    pub(super) customer: AccountId,
    pub(super) shop: AccountId,
    old: TxHash,
    /// Every payment has its own.
    tag: AtomicU32,
}

impl World {
    fn new(plan: &Plan) -> World {
        let network = Network::builder()
            .seed(plan.seed)
            .traffic(plan.traffic)
            .history(12)
            .validators(VALIDATORS)
            .build();
        let nodes = (0..plan.nodes.len()).map(|n| network.node(&format!("n{n}.test"))).collect();
        let (customer, shop) = (network.account("customer"), network.account("shop"));
        let old = network.pay(customer, shop, PRICE.parse().unwrap()).tag(OLD_TAG).submit();
        let genesis = network.close_ledger();
        let (start, tag) = (Instant::now(), AtomicU32::new(OLD_TAG + 1));
        World { network, nodes, start, genesis, customer, shop, old, tag }
    }

    /// A payment, and its tag.
    fn pay(&self, target: Target) -> (TxHash, u32) {
        let tag = self.tag.fetch_add(1, Ordering::Relaxed);
        let pay = self.network.pay(self.customer, self.shop, PRICE.parse().unwrap()).tag(tag);
        match target {
            Target::Old => (self.old, OLD_TAG),
            Target::Coming(after) => (pay.after(after).submit(), tag),
            Target::Never => (pay.never(), tag),
        }
    }

    /// Milliseconds since the beginning.
    pub(super) fn moment(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap()
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
    let counting = Counting::new(&world.network);
    let urls =
        world.nodes.iter().zip(&plan.nodes).map(|(node, character)| {
            if character.over_http { node.http_url() } else { node.url() }
        });
    let txd = TxData::builder()
        .endpoints(urls)
        .connect(counting.clone())
        .watch_source(plan.source)
        .watched_nodes(plan.watched)
        .seed(plan.seed);
    let txd = match plan.belief {
        Belief::Nodes(agreement) => txd.agreement(agreement),
        Belief::Validators => txd.trust(validators(&world.network)),
    };
    let txd = txd.build().unwrap();
    counting.begin(&txd);
    world.network.run_clock();
    let judge = Judge::new(plan, &world);
    let lookups = plan.moves.iter().filter_map(|one| match &one.what {
        What::Look(look) => Some(ask(&world, &txd, &judge, one.at, look)),
        _ => None,
    });
    let (asked, followed, ()) = within(async {
        tokio::join!(
            join_all(lookups),
            follow(plan, &world, &txd, &judge, &counting),
            misbehave(plan, &world)
        )
    })
    .await;
    let mut told = Told { samples: counting.end(), ..followed };
    asked.iter().for_each(|one| told.add(one));
    quiet(world, txd).await;
    told
}

/// Everything that nodes do wrong, in its time.
async fn misbehave(plan: &Plan, world: &World) {
    for one in &plan.moves {
        world.until(one.at).await;
        match &one.what {
            What::Fail { node, failing } => world.nodes[*node].add_fault(failing.scripted),
            What::Lie { node, lie } => {
                world.nodes[*node].add_fault(lie.scripted);
                if lie.unvalidated {
                    world.nodes[*node].add_fault(Fault::Unvalidated);
                }
            }
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
    let (hash, tag) = world.pay(look.target);
    let begun = world.network.tip();
    let asking = (0..look.times).map(async |_| {
        let mut lookup = txd.lookup(hash).wait(Duration::from_secs(look.wait));
        if let Some(last) = look.last {
            lookup = lookup.last_ledger_sequence(begun + last);
        }
        let asked = Instant::now();
        let given_up = look.given_up.map_or(Duration::MAX, Duration::from_millis);
        match timeout(given_up, lookup.into_future()).await {
            Ok(answer) => judge.answer(&Asked { hash, tag, look, begun, asked }, answer),
            Err(_) => Told { given_up: 1, ..Told::default() },
        }
    });
    let mut told = Told::default();
    join_all(asking).await.iter().for_each(|one| told.add(one));
    told
}

/// Follows the shop from the beginning to the end of the story.
async fn follow(
    plan: &Plan,
    world: &World,
    txd: &TxData,
    judge: &Judge<'_>,
    counting: &Counting,
) -> Told {
    let Some(source) = plan.monitor else { return Told::default() };
    let mut monitor =
        txd.monitor([world.shop]).source(source).from_ledger(world.genesis).start().unwrap();
    counting.monitor(&monitor);
    let end = world.start + Duration::from_millis(LENGTH) + CATCH_UP;
    let enough = world.genesis + (LENGTH / 4_000) as u32;
    let mut done = world.genesis - 1;
    let mut paid = Vec::new();
    while done < enough {
        let Ok(event) = tokio::time::timeout_at(end, monitor.next()).await else { break };
        match event.expect("it never ends by itself") {
            Ok(Event::Incoming(payment)) => {
                let amounts = payment.received().iter().map(|one| one.amount.to_string());
                paid.push((payment.hash(), amounts.collect()));
            }
            Ok(Event::LedgerDone(cursor)) => {
                done = cursor.ledger_index();
                assert!(done <= world.network.tip(), "ledger {done} is done early");
            }
            Ok(Event::GapNotFillable { from, to }) => panic!("ledgers {from} to {to} are there"),
            Ok(_) => {}
            Err(error) => {
                judge.monitor_failed(&error);
                break;
            }
        }
    }
    judge.followed(done, &paid, enough)
}

/// Those who sign this network's ledgers, from their published list.
fn validators(network: &Network) -> TrustedValidators {
    let mut publisher = Publisher::new(network.publisher().master_key());
    let list = publisher.accept(&network.validator_list(), RippleTime::from_seconds(1)).unwrap();
    TrustedValidators::from_lists(&[list]).unwrap()
}

/// Nobody asks any more: nothing is left.
async fn quiet(world: World, txd: TxData) {
    // What was said last must leave before the sockets are looked at.
    sleep(Duration::from_secs(1)).await;
    for node in &world.nodes {
        assert_eq!(node.subscriptions(), 0, "{} still streams", node.name());
    }
    let left = txd.held().into_iter().filter(|held| held.count > 0);
    assert_eq!(left.collect::<Vec<_>>(), [], "the client still holds this");
    within(txd.close()).await;
    drop(txd);
    assert_eq!(world.network.open_connections(), 0, "sockets are left");
    world.network.stop_clock();
    within(world.network.settle()).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "tasks are left");
}
