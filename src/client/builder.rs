//! All settings of a client, each with its default.

mod checks;

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::watch;

use self::checks::{count, headers, native_asset, operators, seed_from_clock};
use super::{Inner, Trust, TxData, watching::Watching};
use crate::{
    config::{
        self, Endpoint, FitnessRules, HttpEndpoints, IntoEndpoint, Limits, Network, Timeouts,
        check_duration,
    },
    error::Error,
    machine::watch::WatchSource,
    net::{
        connect::{Connect, Tcp},
        open::Opener,
        pool::Pool,
    },
    types::ParseError,
};

/// Makes a [`TxData`] with settings of your own.
///
/// ```
/// use std::time::Duration;
/// use xrpl_txdata::TxData;
///
/// let txd = TxData::builder()
///     .endpoints(["wss://s.altnet.rippletest.net:51233"])
///     .network_id(1)
///     .allow_partial_history()
///     .endpoint_timeout(Duration::from_millis(800))
///     .build()?;
/// # Ok::<(), xrpl_txdata::Error>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    endpoints: Vec<Result<Endpoint, ParseError>>,
    http: HttpEndpoints,
    timeouts: Timeouts,
    rules: FitnessRules,
    limits: Limits,
    agreement: usize,
    operators: Vec<Vec<Result<Endpoint, ParseError>>>,
    trust: Trust,
    #[cfg(feature = "proof")]
    archive: Option<Arc<dyn crate::proof::ProofArchive>>,
    #[cfg(feature = "proof")]
    walk: u32,
    native_asset: Option<String>,
    watch_source: WatchSource,
    watched_nodes: usize,
    headers: Vec<(String, String)>,
    connect: Arc<dyn Connect>,
    seed: Option<u64>,
    #[cfg(feature = "tls")]
    roots: crate::net::tls::Roots,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and TLS settings may hold secrets.
        f.debug_struct("Builder")
            .field("endpoints", &self.endpoints)
            .field("timeouts", &self.timeouts)
            .field("rules", &self.rules)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder {
            endpoints: Vec::new(),
            http: HttpEndpoints::default(),
            timeouts: Timeouts::default(),
            rules: FitnessRules::default(),
            limits: Limits::default(),
            agreement: 1,
            operators: Vec::new(),
            trust: Trust::Nodes,
            #[cfg(feature = "proof")]
            archive: None,
            #[cfg(feature = "proof")]
            walk: crate::machine::proving::WALK,
            native_asset: None,
            watch_source: WatchSource::default(),
            watched_nodes: 2,
            headers: Vec::new(),
            connect: Arc::new(Tcp::default()),
            seed: None,
            #[cfg(feature = "tls")]
            roots: Default::default(),
        }
    }

    /// The endpoints, in the order of preference, in place of those named before; what is named twice
    /// counts once. An empty list, and none at all, means the public servers of
    /// [`MAINNET_ENDPOINTS`](crate::MAINNET_ENDPOINTS).
    ///
    /// `ws` and `wss` endpoints speak WebSocket. `http` and `https` ones are asked by JSON-RPC (feature
    /// `http`), for networks that forbid WebSocket; both may stand in one list. See
    /// [the manual](crate::manual::lookup#over-http).
    pub fn endpoints<I>(mut self, endpoints: I) -> Builder
    where
        I: IntoIterator<Item: IntoEndpoint>,
    {
        self.endpoints = config::parsed(endpoints);
        self
    }

    /// Takes `http` and `https` endpoints for the `ws` and `wss` endpoints of the same host and port, as
    /// the npm package does. Needs no feature `http`. Many servers have another port for each; public
    /// ones behind a proxy have one for both.
    pub fn http_as_websocket(mut self) -> Builder {
        self.http = HttpEndpoints::Rewritten;
        self
    }

    /// Both time limits.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Builder {
        self.timeouts = timeouts;
        self
    }

    /// How long the nodes asked so far may stay silent before the next one joins
    /// (1250 ms; up to [a day](crate::MAX_TIMEOUT)).
    pub fn endpoint_timeout(mut self, endpoint: Duration) -> Builder {
        self.timeouts.endpoint = endpoint;
        self
    }

    /// The hard bound of a lookup without waiting (10 s; up to [a day](crate::MAX_TIMEOUT)).
    pub fn overall_timeout(mut self, overall: Duration) -> Builder {
        self.timeouts.overall = overall;
        self
    }

    /// The network whose nodes are believed: 0 main (unless set), 1 test, 2 dev, 21337 Xahau. Test
    /// networks hold transactions that look like real payments, so a node of another network is never
    /// believed.
    pub fn network_id(mut self, network_id: u32) -> Builder {
        self.rules.network = Network::Id(network_id);
        self
    }

    /// Believes nodes of any network. The answer says which it was: look at
    /// [`network_id`](crate::ValidatedTransaction::network_id) before you act on it.
    pub fn any_network(mut self) -> Builder {
        self.rules.network = Network::Any;
        self
    }

    /// Takes a node that does not say which network it follows to be on the expected one. For old and
    /// private servers that leave it out.
    pub fn accept_silent_network(mut self) -> Builder {
        self.rules.accept_silent_network = true;
        self
    }

    /// Also believes nodes without full history. Their "not found" then covers only the ledgers that
    /// they have; see [`Absence::coverage`](crate::Absence::coverage).
    pub fn allow_partial_history(mut self) -> Builder {
        self.rules.full_history = false;
        self
    }

    /// The first ledger that a node with full history must have: 32570 on the main network, otherwise
    /// 10, unless set.
    pub fn first_ledger(mut self, index: u32) -> Builder {
        self.rules.first_ledger = Some(index);
        self
    }

    /// How old the last validated ledger of a node may be, as it says itself (60 s; up to a day). An older
    /// one makes it [unfit](crate::Unfit::Stale).
    pub fn max_ledger_age(mut self, age: Duration) -> Builder {
        self.rules.max_ledger_age = age;
        self
    }

    /// The nodes may be servers of their own, for tests: in stand-alone mode, where ledgers close when
    /// somebody says so (`ledger_accept`). Their newest ledger may be of any age, none may close for any
    /// time, and they may call their state `standalone`, or not name it. All else is asked of them as
    /// ever; what they often leave out has settings of its own:
    /// [`accept_silent_network`](Builder::accept_silent_network) and
    /// [`allow_partial_history`](Builder::allow_partial_history).
    ///
    /// Such a server agrees with nobody but itself, and may say that it is of the main network. Nor does
    /// anybody notice when a real node has stopped. Never set this where real payments are looked up.
    ///
    /// ```
    /// use xrpl_txdata::TxData;
    ///
    /// let txd = TxData::builder().endpoints(["ws://127.0.0.1:6006"]).standalone().build()?;
    /// # Ok::<(), xrpl_txdata::Error>(())
    /// ```
    pub fn standalone(mut self) -> Builder {
        self.rules.standalone = true;
        self
    }

    /// What the network calls its native asset, for people: three letters or digits. `XRP` unless
    /// set, and `XAH` on Xahau.
    pub fn native_asset(mut self, code: impl Into<String>) -> Builder {
        self.native_asset = Some(code.into());
        self
    }

    /// How many nodes must tell the same story before it is believed (1): nodes of as many different
    /// [operators](Builder::one_operator). At most 16, and no more than there are operators. "Not found"
    /// needs no agreement: the word of one fit node is enough for it, and
    /// [`searched`](crate::Absence::searched) tells whose it was.
    pub fn agreement(mut self, nodes: usize) -> Builder {
        self.agreement = nodes;
        self
    }

    /// These endpoints are run by one party: where several must [agree](Builder::agreement), and where an
    /// absence is to be [final](crate::Absence::is_final), they are one witness. Each endpoint is a party
    /// by itself unless this names it; call it for each party.
    ///
    /// ```
    /// use xrpl_txdata::TxData;
    ///
    /// let ripple = ["wss://s1.ripple.com", "wss://s2.ripple.com"];
    /// let txd = TxData::builder()
    ///     .endpoints(ripple.into_iter().chain(["wss://xrplcluster.com"]))
    ///     .one_operator(ripple)
    ///     .agreement(2)
    ///     .build()?;
    /// # Ok::<(), xrpl_txdata::Error>(())
    /// ```
    pub fn one_operator<I>(mut self, endpoints: I) -> Builder
    where
        I: IntoIterator<Item: IntoEndpoint>,
    {
        self.operators.push(config::parsed(endpoints));
        self
    }

    /// Whom lookups believe (nodes). With [`Trust::Validators`] the agreement of nodes is not needed for
    /// what is found, and a network must be named. It takes until the next ledger is validated, so leave
    /// an [`overall_timeout`](Builder::overall_timeout) of 10 s at least.
    pub fn trust(mut self, trust: impl Into<Trust>) -> Builder {
        self.trust = trust.into();
        self
    }

    /// Where the hashes of ledgers are kept that were proven, one for about every 256 ledgers: older
    /// transactions are proven from them, by headers alone. It is asked from within lookups, and should
    /// answer at once.
    #[cfg(feature = "proof")]
    pub fn proof_archive(mut self, archive: Arc<dyn crate::proof::ProofArchive>) -> Builder {
        self.archive = Some(archive);
        self
    }

    /// How many headers are fetched at most, to get from a transaction's ledger to one whose hash is
    /// known (256, a quarter of an hour of ledgers; at most 4096).
    #[cfg(feature = "proof")]
    pub fn longest_walk(mut self, headers: u32) -> Builder {
        self.walk = headers;
        self
    }

    /// How closed ledgers are followed while lookups wait (the stream of all transactions). Monitors have a
    /// [setting of their own](crate::MonitorBuilder::source).
    pub fn watch_source(mut self, source: WatchSource) -> Builder {
        self.watch_source = source;
        self
    }

    /// How many nodes are followed at a time while lookups wait, and by each monitor (2, where there are
    /// two; 1 to 16).
    pub fn watched_nodes(mut self, nodes: usize) -> Builder {
        self.watched_nodes = nodes;
        self
    }

    /// The largest message accepted from a node, in bytes (16 MiB; 1 KiB to 1 GiB). A node that sends a
    /// larger one fails with [`Failure::TooLarge`](crate::Failure::TooLarge). Whole ledgers come in one
    /// message: below some megabytes what needs them fails.
    pub fn max_message_bytes(mut self, bytes: usize) -> Builder {
        self.limits.message_bytes = bytes;
        self
    }

    /// How many requests may wait for their answer on one connection (16384; up to 1,048,576). One more
    /// fails with [`Failure::Busy`](crate::Failure::Busy), and the next node is asked.
    pub fn max_open_requests(mut self, requests: usize) -> Builder {
        self.limits.open_requests = requests;
        self
    }

    /// After which time an unused connection is closed (60 s; up to a day).
    pub fn idle_timeout(mut self, idle: Duration) -> Builder {
        self.limits.idle = idle;
        self
    }

    /// After which silence on a WebSocket a ping is sent (20 s; up to a day). A connection silent for twice
    /// that time is dead, and so is one over HTTP that owes the newest ledger to whoever waits.
    pub fn keep_alive(mut self, silence: Duration) -> Builder {
        self.limits.keep_alive = silence;
        self
    }

    /// A header of the WebSocket upgrade and of each request over HTTP, for keys and for telling operators
    /// who you are. Replaces one of the same name; `User-Agent` is `xrpl-txdata/<version>` unless set.
    ///
    /// Every endpoint gets it: a key that only one of them may see belongs into that one's address.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Builder {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Another way to connect than plain TCP: [`Connect`] shows how to make one. Several clients share one
    /// in an [`Arc`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use xrpl_txdata::{Connect, TxData, testing::Network};
    ///
    /// let way: Arc<dyn Connect> = Arc::new(Network::new(1));
    /// let main = TxData::builder().endpoints(["ws://n1.test"]).connect(way.clone()).build()?;
    /// let test = TxData::builder().endpoints(["ws://t1.test"]).network_id(1).connect(way).build()?;
    /// # Ok::<(), xrpl_txdata::Error>(())
    /// ```
    pub fn connect(mut self, connect: impl Connect) -> Builder {
        self.connect = Arc::new(connect);
        self
    }

    /// Trusts only these root certificates, in DER. What is none is refused by
    /// [`build`](Builder::build). Of this, [`platform_roots`](Builder::platform_roots) and
    /// [`tls_config`](Builder::tls_config) the last one called counts.
    #[cfg(feature = "tls")]
    pub fn root_certificates(mut self, certificates: impl IntoIterator<Item = Vec<u8>>) -> Builder {
        self.roots = crate::net::tls::Roots::Own(certificates.into_iter().collect());
        self
    }

    /// Trusts what the operating system trusts, in place of Mozilla's list. Where that cannot be read,
    /// [`build`](Builder::build) refuses it.
    #[cfg(feature = "platform-roots")]
    pub fn platform_roots(mut self) -> Builder {
        self.roots = crate::net::tls::Roots::Platform;
        self
    }

    /// A whole TLS configuration of your own: another crypto provider, client certificates. It must not
    /// offer HTTP/2: what is spoken is HTTP/1.1.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use xrpl_txdata::{TxData, rustls::{ClientConfig, RootCertStore, crypto::ring}};
    ///
    /// let roots = RootCertStore::empty(); // and what you trust
    /// let provider = Arc::new(ring::default_provider());
    /// let config = ClientConfig::builder_with_provider(provider)
    ///     .with_safe_default_protocol_versions()?
    ///     .with_root_certificates(roots)
    ///     .with_no_client_auth();
    /// let txd = TxData::builder().tls_config(Arc::new(config)).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls_config(mut self, config: Arc<tokio_rustls::rustls::ClientConfig>) -> Builder {
        self.roots = crate::net::tls::Roots::Config(config);
        self
    }

    /// The seed of the jitter between attempts; from the clock unless set. For tests that must repeat.
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = Some(seed);
        self
    }

    /// The client. Nothing is connected yet.
    ///
    /// # Errors
    /// Names the endpoints or the setting that cannot be used.
    pub fn build(self) -> Result<TxData, Error> {
        let endpoints = config::endpoints(self.endpoints, self.http)?;
        self.timeouts.check()?;
        check_duration("max_ledger_age", self.rules.max_ledger_age, config::MAX_TIMEOUT)?;
        check_duration("idle_timeout", self.limits.idle, config::MAX_TIMEOUT)?;
        check_duration("keep_alive", self.limits.keep_alive, config::MAX_TIMEOUT)?;
        let operators = operators(&endpoints, self.operators, self.http)?;
        config::check_agreement(self.agreement, operators.count())?;
        count("watched_nodes", self.watched_nodes, 1, config::MAX_AGREEMENT)?;
        count("max_message_bytes", self.limits.message_bytes, 1 << 10, 1 << 30)?;
        count("max_open_requests", self.limits.open_requests, 1, 1 << 20)?;
        #[cfg(feature = "proof")]
        count("longest_walk", self.walk as usize, 0, crate::machine::proving::MAX_WALK as usize)?;
        let opener = Opener {
            connect: self.connect,
            #[cfg(feature = "tls")]
            tls: crate::net::tls::Tls::new(&self.roots)?,
            headers: headers(self.headers)?,
            limits: self.limits,
        };
        let seed = self.seed.unwrap_or_else(seed_from_clock);
        let pool = Pool::new(endpoints, opener, self.timeouts, seed);
        let rules = Arc::new(self.rules);
        let watching = Watching::new(
            pool.nodes().to_vec(),
            operators.witnesses(),
            rules.clone(),
            self.timeouts,
            (self.watch_source, self.watched_nodes),
            seed,
            pool.tasks().clone(),
        );
        Ok(TxData(Arc::new(Inner {
            timeouts: self.timeouts,
            rules,
            agreement: self.agreement,
            operators,
            trust: self.trust,
            #[cfg(feature = "proof")]
            witnessing: super::witnessing::Witnessing::new(
                pool.nodes().to_vec(),
                self.timeouts.overall,
                seed,
                pool.tasks().clone(),
            ),
            #[cfg(feature = "proof")]
            archive: self.archive,
            #[cfg(feature = "proof")]
            walk: self.walk,
            native_asset: native_asset(self.native_asset)?,
            watching,
            pool,
            closed: watch::Sender::new(false),
        })))
    }
}
