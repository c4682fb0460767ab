//! Steps 1 and 10 of the trip: what users call.

mod absence;
mod ask;
mod asking;
mod builder;
mod lookup;
#[cfg(feature = "proof")]
mod proving;
mod trust;
mod verify;
mod watching;
#[cfg(feature = "proof")]
mod witnessing;

use std::{fmt, sync::Arc};

use tokio::sync::watch;

pub use absence::{Absence, Lookup, Searched};
pub use builder::Builder;
pub use lookup::LookupBuilder;
pub use trust::Trust;
#[cfg(not(feature = "proof"))]
use trust::proving;
pub use verify::{PaymentAnswer, XamanAnswer};
use watching::Watching;

use crate::{
    config::{FitnessRules, IntoEndpoint, Timeouts},
    error::{Error, Kind},
    machine::operators::Operators,
    net::{
        node::Node,
        pool::{Pool, Tasks},
    },
    types::IntoTxKey,
};

/// Looks up transactions on several nodes. Cheap to clone; all clones share their connections.
///
/// Connections open when they are first needed and close when they were idle for a while, when the
/// last clone is dropped, or by [`close`](TxData::close).
///
/// They are tasks of the tokio runtime that was the current one then, which needs timers and I/O
/// (`enable_all`). When that one is shut down, whoever asks next opens others on its own. Runtimes that live
/// but that nobody drives are of no use: nothing comes in over their connections.
#[derive(Clone)]
pub struct TxData(Arc<Inner>);

impl fmt::Debug for TxData {
    /// Whom it asks, and what it believes. What nodes have said is not shown: it may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { pool, timeouts, agreement, trust, .. } = &*self.0;
        let endpoints: Vec<_> = pool.nodes().iter().map(Node::endpoint).collect();
        f.debug_struct("TxData")
            .field("endpoints", &endpoints)
            .field("timeouts", timeouts)
            .field("agreement", agreement)
            .field("trust", trust)
            .finish_non_exhaustive()
    }
}

struct Inner {
    pool: Pool,
    timeouts: Timeouts,
    rules: Arc<FitnessRules>,
    agreement: usize,
    operators: Operators,
    trust: Trust,
    native_asset: Option<Arc<str>>,
    watching: Watching,
    #[cfg(feature = "proof")]
    witnessing: witnessing::Witnessing,
    #[cfg(feature = "proof")]
    archive: Option<Arc<dyn crate::proof::ProofArchive>>,
    /// Headers that are walked at most.
    #[cfg(feature = "proof")]
    walk: u32,
    closed: watch::Sender<bool>,
}

/// The nodes of a client, and what it believes.
pub(crate) struct Contact {
    pub(crate) nodes: Vec<Node>,
    pub(crate) tasks: Tasks,
    pub(crate) timeouts: Timeouts,
    pub(crate) rules: Arc<FitnessRules>,
    pub(crate) agreement: usize,
    pub(crate) operators: Operators,
    pub(crate) watched: usize,
    pub(crate) seed: u64,
    pub(crate) native_asset: Option<Arc<str>>,
    pub(crate) closed: watch::Receiver<bool>,
}

impl TxData {
    /// A client for these endpoints; nothing is connected yet.
    ///
    /// An empty list means [`MAINNET_ENDPOINTS`](crate::MAINNET_ENDPOINTS). Only nodes of the main
    /// network with full history are believed; [`builder`](TxData::builder) chooses otherwise.
    ///
    /// # Errors
    /// Names every endpoint that cannot be used, and a time limit that is zero or longer than a day.
    ///
    /// ```
    /// use xrpl_txdata::{Timeouts, TxData};
    ///
    /// let txd = TxData::new(["wss://xrplcluster.com", "wss://s2.ripple.com"], Timeouts::default())?;
    /// # Ok::<(), xrpl_txdata::Error>(())
    /// ```
    pub fn new<I>(endpoints: I, timeouts: Timeouts) -> Result<TxData, Error>
    where
        I: IntoIterator<Item: IntoEndpoint>,
    {
        TxData::builder().endpoints(endpoints).timeouts(timeouts).build()
    }

    /// All settings.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The truth about one transaction: what it did in a validated ledger, or that it is not there.
    /// Waits up to `wait_secs` seconds for one that is not there yet; 0 does not wait, 30 days are the most.
    ///
    /// `key` is a transaction hash or a CTID. Short for [`lookup`](TxData::lookup) with
    /// [`wait`](LookupBuilder::wait).
    ///
    /// # Errors
    /// A key that is neither; no usable answer from any endpoint, with what each of them did.
    ///
    /// # Panics
    /// Outside of a tokio runtime, and in one without timers.
    ///
    /// ```no_run
    /// # async fn _example() -> Result<(), xrpl_txdata::Error> {
    /// use xrpl_txdata::{Lookup, Timeouts, TxData};
    ///
    /// let txd = TxData::new(["wss://xrplcluster.com", "wss://s2.ripple.com"], Timeouts::default())?;
    /// let hash = "8F3CE0481EF31A1BE44AD7D744D286B0F440780CD0056951948F93A803D47F8B";
    /// match txd.get_one(hash, 20).await? {
    ///     Lookup::Found(tx) => println!("{}: delivered {}", tx.result(), tx.delivered()),
    ///     Lookup::Absent(absence) => println!("not in ledgers {}", absence.coverage()),
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn get_one(&self, key: impl IntoTxKey, wait_secs: u64) -> Result<Lookup, Error> {
        self.lookup(key).wait(std::time::Duration::from_secs(wait_secs)).await
    }

    /// A lookup with settings of its own, awaited directly. What is wrong with the key or a setting is told
    /// then, as an error; it panics where [`get_one`](TxData::get_one) does.
    ///
    /// ```no_run
    /// # async fn _example(txd: xrpl_txdata::TxData) -> Result<(), xrpl_txdata::Error> {
    /// # use std::time::Duration;
    /// let lookup = txd.lookup("C5E55EDF00440000").wait(Duration::from_secs(20)).await?;
    /// # Ok(()) }
    /// ```
    pub fn lookup(&self, key: impl IntoTxKey) -> LookupBuilder {
        LookupBuilder::new(self.clone(), key.into_tx_key())
    }

    /// What a monitor shares with the lookups. It proves nothing, so it serves nobody who believes
    /// validators alone.
    pub(crate) fn contact(&self) -> Result<Contact, Error> {
        if !matches!(self.0.trust, Trust::Nodes) {
            let expected =
                "nodes: a monitor does not prove what it tells; look each payment up by a \
                            client that does"
                    .to_owned();
            let (name, value) = ("trust", "validators".to_owned());
            return Err(Error::new(Kind::InvalidSetting { name, value, expected }));
        }
        let Inner { pool, timeouts, rules, agreement, native_asset, watching, closed, .. } =
            &*self.0;
        let (watched, seed) = watching.watched_and_seed();
        Ok(Contact {
            nodes: pool.nodes().to_vec(),
            tasks: pool.tasks().clone(),
            timeouts: *timeouts,
            rules: rules.clone(),
            agreement: *agreement,
            operators: self.0.operators.clone(),
            watched,
            seed,
            native_asset: native_asset.clone(),
            closed: closed.subscribe(),
        })
    }

    /// What this client holds at this moment for its lookups, beside the limits: requests, messages that
    /// wait, ledgers that are remembered. When nothing is looked up, waited for or monitored, all is 0.
    #[cfg(feature = "testing")]
    pub fn held(&self) -> Vec<crate::config::Held> {
        let mut held: Vec<_> = self.0.pool.nodes().iter().flat_map(Node::held).collect();
        held.extend(self.0.watching.held());
        held.extend(self.0.witnessing.held());
        held
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.0.closed.borrow()
    }

    /// Closes all connections, ends what is still being asked with an error, and returns when nothing
    /// of this client runs any more, or after five seconds: what was begun on a runtime that nobody drives
    /// does not end. Later calls on any clone fail.
    pub async fn close(&self) {
        self.0.closed.send_replace(true);
        self.0.watching.close();
        #[cfg(feature = "proof")]
        self.0.witnessing.close();
        self.0.pool.close().await;
    }
}
