//! One simulated node: its faults, its counters, and the handle by which a test commands it.

mod account_tx;
mod answer;
mod errors;
mod http;
mod ledgers;
mod lies;
mod publish;
mod rpc;
mod sabotage;
mod server;
mod session;
mod shapes;
mod subscriptions;
mod tap;
mod transactions;
mod validations;
mod view;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

pub(super) use session::serve;
pub(super) use tap::{Socket, Tap, Valve};

use super::faults::{Script, Scripted, Strikes};

/// Plans of this many ledgers are kept, for connections that publish them late.
const PLANS: usize = 400;

/// A simulated node; [`Network::node`](super::Network::node) makes it. A cheap handle.
#[derive(Clone)]
pub struct Node {
    pub(super) state: Arc<NodeState>,
}

/// The software that a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Software {
    Rippled,
    Clio,
}

/// A node as its connections see it.
#[derive(Debug)]
pub(super) struct NodeState {
    pub(super) name: String,
    pub(super) software: Software,
    settings: Mutex<Settings>,
    /// Whether its process lives.
    pub(super) running: tokio::sync::watch::Sender<bool>,
    /// Ends of its connections, for cutting and waking.
    valves: Mutex<Vec<Weak<Valve>>>,
    hooks: Mutex<Vec<Hook>>,
    /// Connections listen to be told to end.
    pub(super) cut: tokio::sync::watch::Sender<u64>,
    pub(super) serving: Arc<AtomicUsize>,
    connections: AtomicU64,
    requests: Mutex<BTreeMap<String, u64>>,
    received: AtomicU64,
    sent: AtomicU64,
    pub(super) subscriptions: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Settings {
    script: Script,
    latency: Duration,
    /// Which stream faults struck at which ledger, the same for all connections.
    plans: BTreeMap<u32, Strikes>,
}

/// Something to do once, when a request is read.
struct Hook {
    command: &'static str,
    /// How many requests until then.
    left: u32,
    action: Box<dyn FnOnce() + Send>,
}

impl Node {
    /// Its name, for example `n1.test`.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Its address without encryption, for example `ws://n1.test`.
    pub fn url(&self) -> String {
        format!("ws://{}", self.state.name)
    }

    /// Its address with encryption, for example `wss://n1.test`. Its certificate comes from the
    /// network's own authority, see [`Network::ca_certificate_der`](super::Network::ca_certificate_der).
    pub fn tls_url(&self) -> String {
        format!("wss://{}", self.state.name)
    }

    /// Its address for JSON-RPC over HTTP without encryption, for example `http://n1.test`.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.state.name)
    }

    /// Its address for JSON-RPC over HTTP with encryption, for example `https://n1.test`.
    pub fn https_url(&self) -> String {
        format!("https://{}", self.state.name)
    }

    /// From now on it has these faults and no others. Open connections are concerned as well.
    pub fn set_faults<S: Into<Scripted>>(&self, faults: impl IntoIterator<Item = S>) {
        let script = Script(faults.into_iter().map(Into::into).collect());
        self.change(|settings| settings.script = script);
    }

    /// From now on it has this fault too.
    pub fn add_fault(&self, fault: impl Into<Scripted>) {
        let fault = fault.into();
        self.change(|settings| settings.script.0.push(fault));
    }

    /// From now on it is as it should be.
    pub fn heal(&self) {
        self.change(|settings| settings.script = Script::default());
    }

    /// When it has read its `nth` request with this command from now on, does `action` before it
    /// answers: for example close a ledger between a query and a subscription.
    ///
    /// ```
    /// # use xrpl_txdata::testing::Network;
    /// let network = Network::new(1);
    /// let clock = network.clone();
    /// network.node("n1.test").when_asked("subscribe", 1, move || {
    ///     clock.close_ledger();
    /// });
    /// ```
    pub fn when_asked(
        &self,
        command: &'static str,
        nth: u32,
        action: impl FnOnce() + Send + 'static,
    ) {
        let hook = Hook { command, left: nth, action: Box::new(action) };
        lock(&self.state.hooks).push(hook);
    }

    /// From now on each of its messages comes this much later.
    pub fn set_latency(&self, latency: Duration) {
        self.change(|settings| settings.latency = latency);
    }

    /// Resets all its connections.
    pub fn cut_connections(&self) {
        for valve in self.valves() {
            valve.reset();
        }
        self.state.cut.send_modify(|cuts| *cuts += 1);
        self.change(|_| ());
    }

    /// Its process is killed: all its connections are reset, and new ones are refused until
    /// [`start`](Node::start). On real sockets nobody listens on its ports meanwhile.
    pub fn stop(&self) {
        self.state.running.send_replace(false);
        self.cut_connections();
    }

    /// Its process runs again, after [`stop`](Node::stop): at the same address, with every ledger that
    /// closed meanwhile, and with the faults it had.
    pub fn start(&self) {
        self.state.running.send_replace(true);
    }

    /// How many connections it serves now.
    pub fn open_connections(&self) -> usize {
        self.state.serving.load(Ordering::Relaxed)
    }

    /// How many connections were made to it, those included that ended badly.
    pub fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// How many requests with this command it has read.
    pub fn requests(&self, command: &str) -> u64 {
        lock(&self.state.requests).get(command).copied().unwrap_or(0)
    }

    /// How many requests it has read.
    pub fn all_requests(&self) -> u64 {
        lock(&self.state.requests).values().sum()
    }

    /// How many streams and accounts its connections are subscribed to now.
    pub fn subscriptions(&self) -> usize {
        self.state.subscriptions.load(Ordering::Relaxed)
    }

    /// How many bytes it has read from its clients, above encryption.
    pub fn bytes_received(&self) -> u64 {
        self.state.received.load(Ordering::Relaxed)
    }

    /// How many bytes it has written to its clients, above encryption.
    pub fn bytes_sent(&self) -> u64 {
        self.state.sent.load(Ordering::Relaxed)
    }

    fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut lock(&self.state.settings));
        for valve in self.valves() {
            valve.wake();
        }
    }

    fn valves(&self) -> Vec<Arc<Valve>> {
        lock(&self.state.valves).iter().filter_map(Weak::upgrade).collect()
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({} {})", self.command, self.left)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.state.name).finish()
    }
}

impl NodeState {
    pub(super) fn new(name: &str, software: Software) -> NodeState {
        NodeState {
            name: name.to_owned(),
            software,
            settings: Mutex::default(),
            running: tokio::sync::watch::Sender::new(true),
            valves: Mutex::default(),
            hooks: Mutex::default(),
            cut: tokio::sync::watch::Sender::new(0),
            serving: Arc::default(),
            connections: AtomicU64::new(0),
            requests: Mutex::default(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            subscriptions: Arc::default(),
        }
    }

    /// Somebody dials: the faults that strike this connection.
    pub(super) fn on_connection(&self) -> Strikes {
        self.connections.fetch_add(1, Ordering::Relaxed);
        lock(&self.settings).script.on_connection()
    }

    pub(super) fn is_running(&self) -> bool {
        *self.running.borrow()
    }

    /// Somebody asks: the faults that strike this request.
    fn on_request(&self, command: &str) -> Strikes {
        *lock(&self.requests).entry(command.to_owned()).or_default() += 1;
        lock(&self.settings).script.on_request(command)
    }

    /// What is to be done before a request with this command is answered.
    fn hooks(&self, command: &str) -> Vec<Box<dyn FnOnce() + Send>> {
        let mut hooks = lock(&self.hooks);
        for hook in hooks.iter_mut().filter(|hook| hook.command == command) {
            hook.left = hook.left.saturating_sub(1);
        }
        hooks.extract_if(.., |hook| hook.left == 0).map(|hook| hook.action).collect()
    }

    /// A ledger is to be published: the faults that strike it.
    fn on_ledger(&self, index: u32) -> Strikes {
        let Settings { script, plans, .. } = &mut *lock(&self.settings);
        let plan = plans.entry(index).or_insert_with(|| script.on_ledger()).clone();
        while plans.len() > PLANS {
            plans.pop_first();
        }
        plan
    }

    fn behind(&self) -> u32 {
        lock(&self.settings).script.behind()
    }

    fn latency(&self) -> Duration {
        lock(&self.settings).latency
    }

    fn is_silent(&self) -> bool {
        lock(&self.settings).script.is_silent()
    }

    /// A new connection's valve, known to the node as long as the connection lives.
    pub(super) fn valve(&self) -> Arc<Valve> {
        let valve = Arc::default();
        let mut valves = lock(&self.valves);
        valves.retain(|valve: &Weak<Valve>| valve.strong_count() > 0);
        valves.push(Arc::downgrade(&valve));
        valve
    }

    fn count_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn count_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// State stays usable when a test that held it has failed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
