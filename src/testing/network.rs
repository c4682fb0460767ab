//! The network as a test author holds it: its truth, its nodes, its clock, its wires.

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Map, Value};
use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::Instant,
};

use super::{
    certificates::Certificates,
    faults::Fault,
    link::{self, Held, Link},
    node::{Node, NodeState, Software, lock, serve},
    recorded::{Archive, Recording},
    signing::Validator,
    truth::{
        Ledger, LedgerTransaction, OfferOrder, Order, PaymentOrder, Settings, World, named_account,
    },
};
use crate::types::{AccountId, Amount, RippleTime, TxHash};

/// The port on which nodes speak TLS; every other one is plain.
const TLS_PORT: u16 = 443;

/// A simulated network: one chain of ledgers, any number of nodes that tell of it, well or badly.
///
/// A cheap handle; the last one dropped ends everything. The same seed and the same calls give the
/// same ledgers, hashes and replies. See the [module](super) for an example.
#[derive(Clone)]
pub struct Network {
    shared: Arc<Shared>,
    tasks: Arc<Tasks>,
}

/// What the tasks of nodes use.
pub(super) struct Shared {
    pub(super) world: Mutex<World>,
    /// Index of the last closed ledger; changes wake the nodes.
    pub(super) tip: watch::Sender<u32>,
    pub(super) closed_at: Mutex<Instant>,
    nodes: Mutex<BTreeMap<String, Arc<NodeState>>>,
    certificates: OnceLock<Certificates>,
    links: Arc<AtomicUsize>,
    links_served: Arc<AtomicUsize>,
    dialled: AtomicU64,
}

/// Ends all tasks when dropped.
#[derive(Default)]
struct Tasks {
    running: Mutex<JoinSet<()>>,
    clock: Mutex<Option<AbortHandle>>,
}

/// A network that is being described; see [`Network::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing is made before `build`"]
pub struct NetworkBuilder {
    settings: Settings,
}

impl NetworkBuilder {
    /// From what everything follows: hashes, accounts, traffic. 0 when not set.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// The network's id: 0, that of the main network, when not set.
    pub fn network_id(mut self, id: u32) -> Self {
        self.settings.network_id = id;
        self
    }

    /// Index of the first ledger there is: 32570, like on the main network, when not set.
    pub fn first_ledger(mut self, index: u32) -> Self {
        self.settings.first_ledger = index;
        self
    }

    /// How many ledgers are closed at the start, at least 1: 8 when not set.
    pub fn history(mut self, ledgers: u32) -> Self {
        self.settings.history = ledgers;
        self
    }

    /// The time between two ledgers: 4 s when not set. Not zero: ledgers would close without end.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.settings.interval = interval;
        self
    }

    /// About how many transactions of others each ledger has: 4 when not set.
    pub fn traffic(mut self, transactions: u32) -> Self {
        self.settings.traffic = transactions;
        self
    }

    /// Forget all but so many of the newest ledgers, for networks that run for months. All are kept
    /// when not set.
    pub fn keep(mut self, ledgers: usize) -> Self {
        self.settings.keep = ledgers.max(1);
        self
    }

    /// How many validators sign its ledgers: 5 when not set, of which 4 are a quorum.
    pub fn validators(mut self, validators: usize) -> Self {
        self.settings.validators = validators;
        self
    }

    /// Its past is a recorded one: nodes hold the history of that network, and the first simulated
    /// ledger follows the newest recorded one. Sets the network's id and first ledger.
    ///
    /// # Panics
    ///
    /// When the recording has no such network.
    pub fn recorded(mut self, recording: &Recording, network: &str) -> Self {
        let archive = Archive::new(recording, network);
        let archive = archive.unwrap_or_else(|| panic!("there is no {network:?} in {recording:?}"));
        self.settings.network_id = archive.network_id();
        self.settings.first_ledger = archive.newest().saturating_add(1);
        self.settings.archive = Some(Arc::new(archive));
        self
    }

    /// Makes it, with its first ledgers closed.
    pub fn build(self) -> Network {
        let world = World::new(self.settings);
        let shared = Shared {
            tip: watch::Sender::new(world.tip()),
            world: Mutex::new(world),
            closed_at: Mutex::new(Instant::now()),
            nodes: Mutex::default(),
            certificates: OnceLock::new(),
            links: Arc::default(),
            links_served: Arc::default(),
            dialled: AtomicU64::new(0),
        };
        Network { shared: Arc::new(shared), tasks: Arc::default() }
    }
}

impl Network {
    /// A network with the main network's id, 8 closed ledgers from 32570 on, and no nodes yet.
    pub fn new(seed: u64) -> Network {
        Network::builder().seed(seed).build()
    }

    /// A network with settings of your own.
    pub fn builder() -> NetworkBuilder {
        NetworkBuilder {
            settings: Settings {
                seed: 0,
                network_id: 0,
                first_ledger: 32_570,
                history: 8,
                interval: Duration::from_secs(4),
                traffic: 4,
                keep: usize::MAX,
                validators: 5,
                archive: None,
            },
        }
    }

    /// The node with this name; it runs rippled when it is new.
    pub fn node(&self, name: &str) -> Node {
        self.node_with(name, Software::Rippled)
    }

    /// The node with this name; it runs Clio when it is new.
    pub fn clio(&self, name: &str) -> Node {
        self.node_with(name, Software::Clio)
    }

    fn node_with(&self, name: &str, software: Software) -> Node {
        let mut nodes = lock(&self.shared.nodes);
        let new = || Arc::new(NodeState::new(name, software));
        Node { state: Arc::clone(nodes.entry(name.to_owned()).or_insert_with(new)) }
    }

    /// The account that `name` stands for. Since before the first ledger it has 100 million XRP, and a
    /// thousand million of each token that it is going to spend. Of a token that you let it be paid
    /// before you first let it spend any, it has what it was paid.
    pub fn account(&self, name: &str) -> AccountId {
        let account = named_account(self.seed(), name);
        self.fund(account);
        account
    }

    /// The account that `name` stands for, of which no ledger knows until somebody pays it.
    pub fn unfunded(&self, name: &str) -> AccountId {
        let account = named_account(self.seed(), name);
        lock(&self.shared.world).leave_unfunded(account);
        account
    }

    /// Lets this account have 100 million XRP since before the first ledger.
    pub fn fund(&self, account: AccountId) {
        lock(&self.shared.world).fund(account);
    }

    /// Describes a payment; [`PaymentOrder::submit`] signs it.
    pub fn pay(&self, from: AccountId, to: AccountId, amount: Amount) -> PaymentOrder<'_> {
        PaymentOrder::new(self, from, to, amount)
    }

    /// Describes an offer to give `gives` for `wants`; [`OfferOrder::submit`] signs it.
    pub fn offer(&self, account: AccountId, gives: Amount, wants: Amount) -> OfferOrder<'_> {
        OfferOrder::new(self, account, gives, wants)
    }

    /// Puts any transaction with this metadata into the next ledger. `tx` needs `TransactionType`
    /// and `Account`; the fields of every transaction are added where they are missing,
    /// `TransactionIndex` is set.
    ///
    /// # Panics
    ///
    /// When a field is unknown or has a value it cannot have.
    pub fn include(&self, tx: Map<String, Value>, metadata: Map<String, Value>) -> TxHash {
        self.submit(Order::included(tx, metadata))
    }

    pub(super) fn submit(&self, order: Order) -> TxHash {
        lock(&self.shared.world).submit(order)
    }

    /// Closes the next ledger now; gives its index. All nodes hear of it.
    pub fn close_ledger(&self) -> u32 {
        self.shared.close()
    }

    /// Closes a ledger every interval from now on, by the clock of tokio, which tests can pause.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn run_clock(&self) {
        let shared = Arc::clone(&self.shared);
        let interval = lock(&shared.world).settings.interval;
        let clock = self.spawn(async move {
            let mut next = Instant::now();
            loop {
                next += interval;
                tokio::time::sleep_until(next).await;
                shared.close();
            }
        });
        if let Some(earlier) = lock(&self.tasks.clock).replace(clock) {
            earlier.abort();
        }
    }

    /// No ledger closes by itself any more.
    pub fn stop_clock(&self) {
        if let Some(clock) = lock(&self.tasks.clock).take() {
            clock.abort();
        }
    }

    /// Index of the last closed ledger.
    pub fn tip(&self) -> u32 {
        *self.shared.tip.borrow()
    }

    /// The closed ledger with this index.
    ///
    /// # Panics
    ///
    /// When it is recorded and its file is damaged; the message names the file.
    pub fn ledger(&self, index: u32) -> Option<Arc<Ledger>> {
        let ledger = lock(&self.shared.world).ledger(index);
        ledger.unwrap_or_else(|error| panic!("{error}"))
    }

    /// What a ledger really holds under this hash.
    ///
    /// # Panics
    ///
    /// When it is recorded and its file is damaged; the message names the file.
    pub fn truth(&self, hash: &TxHash) -> Option<Arc<LedgerTransaction>> {
        let found = lock(&self.shared.world).transaction(hash);
        found.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Those who sign its ledgers. Their keys follow from the seed.
    pub fn validators(&self) -> Vec<Validator> {
        lock(&self.shared.world).council.validators.clone()
    }

    /// Who publishes the list of its validators.
    pub fn publisher(&self) -> Validator {
        lock(&self.shared.world).council.publisher.clone()
    }

    /// The list of its validators as their publisher's site would serve it: version 1, in force at
    /// any time there is.
    ///
    /// ```
    /// use xrpl_txdata::{RippleTime, proof::Publisher, testing::Network};
    ///
    /// let network = Network::new(1);
    /// let publisher = network.publisher().master_key();
    /// let now = RippleTime::from_seconds(820_540_800);
    /// let list = Publisher::new(publisher).accept(&network.validator_list(), now)?;
    /// assert_eq!(list.validators().len(), 5);
    /// # Ok::<(), xrpl_txdata::proof::ListError>(())
    /// ```
    pub fn validator_list(&self) -> String {
        self.validator_list_between(RippleTime::from_seconds(0), RippleTime::from_seconds(u32::MAX))
    }

    /// The same list, but in force between two moments only.
    pub fn validator_list_between(&self, effective: RippleTime, expiration: RippleTime) -> String {
        let council = lock(&self.shared.world).council.clone();
        council.list(effective.seconds(), expiration.seconds())
    }

    /// What its validators signed about the ledger with this index: the bytes that honest nodes send
    /// as `data`. None for a ledger that has not closed in the simulation.
    pub fn validations(&self, index: u32) -> Vec<Vec<u8>> {
        let world = lock(&self.shared.world);
        let (council, ledger) = (world.council.clone(), world.closed(index));
        drop(world);
        ledger.map(|ledger| council.validations(&ledger)).unwrap_or_default()
    }

    /// Connects to a node as a program with these addresses would: `host` is the node's name; port
    /// 443 speaks TLS, every other one does not.
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound) for a name that does not resolve,
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused). A node that
    /// [never connects](Fault::NeverConnects) keeps you waiting forever.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn dial(&self, host: &str, port: u16) -> io::Result<Link> {
        let no_name = || {
            let text = format!("failed to lookup address information of {host}");
            io::Error::new(io::ErrorKind::NotFound, text)
        };
        let node = lock(&self.shared.nodes).get(host).cloned().ok_or_else(no_name)?;
        self.shared.dialled.fetch_add(1, Ordering::Relaxed);
        let strikes = node.on_connection();
        if strikes.has(Fault::NameNotFound) {
            return Err(no_name());
        }
        if strikes.has(Fault::Refused) || !node.is_running() {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        if strikes.has(Fault::NeverConnects) {
            return std::future::pending().await;
        }
        let slowness = strikes.find(|fault| match fault {
            Fault::SlowToConnect(time) => Some(time),
            _ => None,
        });
        if let Some(time) = slowness {
            tokio::time::sleep(time).await;
        }
        let (near, far) = link::pair(Held::new(&self.shared.links));
        let shared = Arc::clone(&self.shared);
        let served = Held::new(&shared.links_served);
        let tls =
            (port == TLS_PORT).then(|| shared.certificates().acceptor(&[&node.name], &strikes));
        self.spawn(async move {
            let _served = served;
            serve(&shared, &node, far, tls, strikes).await;
        });
        Ok(near)
    }

    /// How many ends of in-memory connections are held now by those who dialled.
    pub fn open_connections(&self) -> usize {
        self.shared.links.load(Ordering::Relaxed)
    }

    /// How many times somebody dialled a node.
    pub fn connections(&self) -> u64 {
        self.shared.dialled.load(Ordering::Relaxed)
    }

    /// Waits until the nodes have noticed every in-memory connection that was dropped, so that
    /// [`Node::subscriptions`] and [`Node::open_connections`] speak of the others only.
    pub async fn settle(&self) {
        for _ in 0..10_000 {
            let served = self.shared.links_served.load(Ordering::Relaxed);
            if served <= self.open_connections() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("nodes do not notice that their clients are gone");
    }

    /// The certificate of the authority that signs for the nodes, DER-encoded: the one root a client
    /// needs to trust. New keys for each network, whatever the seed.
    pub fn ca_certificate_der(&self) -> Vec<u8> {
        self.shared.certificates().ca_der()
    }

    /// The same certificate as PEM text, for clients that read it from a file.
    pub fn ca_certificate_pem(&self) -> String {
        self.shared.certificates().ca_pem()
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let mut running = lock(&self.tasks.running);
        while running.try_join_next().is_some() {}
        running.spawn(task)
    }

    fn seed(&self) -> u64 {
        lock(&self.shared.world).settings.seed
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("tip", &self.tip()).finish_non_exhaustive()
    }
}

impl Shared {
    fn close(&self) -> u32 {
        let index = {
            let mut world = lock(&self.world);
            let ledger = world.close();
            *lock(&self.closed_at) = Instant::now();
            ledger.index
        };
        self.tip.send_replace(index);
        index
    }

    /// Time since the last ledger closed.
    pub(super) fn since_close(&self) -> Duration {
        lock(&self.closed_at).elapsed()
    }

    pub(super) fn certificates(&self) -> &Certificates {
        self.certificates.get_or_init(Certificates::new)
    }
}
