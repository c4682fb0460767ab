//! The other entrance: accounts that are followed for months, without ever missing a payment.

mod driver;
mod event;
mod jobs;
mod stream;
mod streamed;

use std::{collections::VecDeque, sync::Arc};

use self::{
    driver::{Driver, Shared},
    stream::EVENTS,
};
pub use self::{
    event::{Event, IncomingPayment, NodeFailure},
    stream::{Monitor, MonitorHandle, MonitorStatus},
};
use crate::{
    client::TxData,
    config::Network,
    error::{Error, Kind},
    machine::follow::{
        Plan, Start,
        accounts::Accounts,
        cursor::Cursor,
        goal::{AccountHistory, Source},
        reading::Filter,
    },
    net::node::Node,
    types::{AccountId, ParseError},
};

/// How a monitor learns what is in a ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MonitorSource {
    /// [`Accounts`](MonitorSource::Accounts) where at most eight are followed on two endpoints or more,
    /// all of them WebSocket; else [`Transactions`](MonitorSource::Transactions). Where the client
    /// demands the [agreement](crate::Builder::agreement) of several nodes,
    /// [`Ledgers`](MonitorSource::Ledgers). Chosen once, at the start.
    #[default]
    Automatic,
    /// Every transaction of the network is streamed and filtered here: the lowest latency, for any
    /// number of accounts, and the most traffic. What a stream loses is fetched: a ledger is complete
    /// when as many transactions came as it has.
    Transactions,
    /// Only what touches the accounts is streamed: the least traffic, for a few accounts. Each ledger
    /// that the stream names is fetched. Nobody can count what such a stream leaves out; so before
    /// anything of a ledger is handed out, and after 16 ledgers without any news, the accounts'
    /// [histories](AccountHistory) must have told which of the ledgers before it concern them. A
    /// payment comes some hundred milliseconds later than otherwise, and one that the stream left out a
    /// minute later. [`LedgerDone`](Event::LedgerDone) comes for the ledgers that were read, and says as
    /// ever that everything up to there was told.
    Accounts,
    /// Each ledger is fetched when it has closed, and hashes to its own name: a few hundred
    /// milliseconds later, and no node can alter or leave out anything in a ledger that it names right.
    Ledgers,
}

/// With more accounts than this it costs less to hear everything.
const FEW_ACCOUNTS: usize = 8;

impl MonitorSource {
    fn chosen(self, accounts: usize, nodes: &[Node], agreement: usize) -> Source {
        let several_stream = nodes.len() > 1 && nodes.iter().all(Node::speaks);
        match self {
            // Streams prove nothing.
            MonitorSource::Automatic | MonitorSource::Transactions if agreement > 1 => {
                Source::Ledgers
            }
            MonitorSource::Automatic if accounts <= FEW_ACCOUNTS && several_stream => {
                Source::Accounts
            }
            MonitorSource::Automatic | MonitorSource::Transactions => Source::Transactions,
            MonitorSource::Accounts => Source::Accounts,
            MonitorSource::Ledgers => Source::Ledgers,
        }
    }
}

/// What can stand in a list of accounts: an address or an [`AccountId`].
pub trait IntoAccount {
    /// Parses, unless it is one already.
    #[doc(hidden)]
    fn into_account(self) -> Result<AccountId, ParseError>;
}

impl IntoAccount for AccountId {
    fn into_account(self) -> Result<AccountId, ParseError> {
        Ok(self)
    }
}

impl IntoAccount for &AccountId {
    fn into_account(self) -> Result<AccountId, ParseError> {
        Ok(*self)
    }
}

impl IntoAccount for &str {
    fn into_account(self) -> Result<AccountId, ParseError> {
        self.parse()
    }
}

impl IntoAccount for String {
    fn into_account(self) -> Result<AccountId, ParseError> {
        self.parse()
    }
}

impl IntoAccount for &String {
    fn into_account(self) -> Result<AccountId, ParseError> {
        self.parse()
    }
}

impl TxData {
    /// Watches accounts for incoming payments: settings of a [`Monitor`], a stream of [`Event`]s.
    ///
    /// It begins with the next ledger that closes, unless told otherwise. The manual tells
    /// [how it works](crate::manual::monitoring) and how to book each payment exactly once.
    ///
    /// ```no_run
    /// # async fn example(txd: xrpl_txdata::TxData) -> Result<(), Box<dyn std::error::Error>> {
    /// use xrpl_txdata::Event;
    ///
    /// let stored = r#"{"version":1,"network_id":0,"ledger_index":98000000}"#;
    /// let shop = "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe";
    /// let mut monitor = txd.monitor([shop]).from(stored.parse()?).start()?;
    /// while let Some(event) = monitor.next().await {
    ///     match event? {
    ///         Event::Incoming(payment) => {
    ///             for incoming in payment.received() {
    ///                 println!("{} received {}", incoming.account, incoming.amount);
    ///             }
    ///         }
    ///         Event::LedgerDone(cursor) => println!("store {cursor}"),
    ///         event => println!("{event:?}"),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn monitor<I>(&self, accounts: I) -> MonitorBuilder
    where
        I: IntoIterator<Item: IntoAccount>,
    {
        MonitorBuilder {
            txd: self.clone(),
            accounts: accounts.into_iter().map(IntoAccount::into_account).collect(),
            start: Start::Now,
            to: None,
            filter: Filter::default(),
            source: MonitorSource::default(),
            history: AccountHistory::default(),
        }
    }
}

/// Settings of a [`Monitor`]; see [`TxData::monitor`].
#[derive(Clone, Debug)]
#[must_use = "nothing is monitored before `start`"]
pub struct MonitorBuilder {
    txd: TxData,
    accounts: Vec<Result<AccountId, ParseError>>,
    start: Start,
    to: Option<u32>,
    filter: Filter,
    source: MonitorSource,
    history: AccountHistory,
}

impl MonitorBuilder {
    /// Goes on behind what a cursor says was handed out. The nodes must have the cursor's ledger in
    /// their chain.
    pub fn from(mut self, cursor: Cursor) -> MonitorBuilder {
        self.start = Start::Cursor(cursor);
        self
    }

    /// Begins with this ledger; the nodes must still have it.
    pub fn from_ledger(mut self, index: u32) -> MonitorBuilder {
        self.start = Start::Ledger(index);
        self
    }

    /// Begins with the next ledger that closes, as the first node says that is watched; where several must
    /// [agree](crate::Builder::agreement), as soon as so many of them stand within 16 ledgers of each other.
    /// This is how it is unless set.
    pub fn from_now(mut self) -> MonitorBuilder {
        self.start = Start::Now;
        self
    }

    /// Ends after this ledger.
    pub fn to_ledger(mut self, index: u32) -> MonitorBuilder {
        self.to = Some(index);
        self
    }

    /// Which transactions are handed out: those that brought value to the accounts unless set.
    pub fn filter(mut self, filter: Filter) -> MonitorBuilder {
        self.filter = filter;
        self
    }

    /// How it learns what is in a ledger: by the number of accounts unless set. Where the client
    /// demands the [agreement](crate::Builder::agreement) of several nodes, ledgers are fetched in any
    /// case: streams prove nothing.
    pub fn source(mut self, source: MonitorSource) -> MonitorBuilder {
        self.source = source;
        self
    }

    /// When gaps are filled by the histories of the accounts, and not ledger by ledger: when it pays,
    /// unless set.
    pub fn account_history(mut self, history: AccountHistory) -> MonitorBuilder {
        self.history = history;
        self
    }

    /// Starts following, in a task of its own that ends with the [`Monitor`].
    ///
    /// # Errors
    /// Names every account that is none, an empty list, a cursor of another network than the client's,
    /// and a range that ends before it begins. What only nodes can know comes out of the stream.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(self) -> Result<Monitor, Error> {
        let accounts = self.accounts()?;
        let contact = self.txd.contact()?;
        if *contact.closed.borrow() {
            return Err(Error::new(Kind::Closed));
        }
        if let (Start::Cursor(cursor), Network::Id(expected)) = (&self.start, contact.rules.network)
            && cursor.network_id() != expected
        {
            let found = cursor.network_id();
            return Err(Error::new(Kind::CursorNetwork { expected, found }));
        }
        let first = match &self.start {
            Start::Now => 0,
            Start::Ledger(first) => *first,
            Start::Cursor(cursor) => cursor.ledger_index(),
        };
        if let Some(to) = self.to.filter(|to| *to < first) {
            let expected = format!("a ledger not before the first one, {first}");
            let (name, value) = ("to_ledger", to.to_string());
            return Err(Error::new(Kind::InvalidSetting { name, value, expected }));
        }
        if matches!(self.start, Start::Ledger(0)) {
            let (name, expected) = ("from_ledger", "1 or more".to_owned());
            return Err(Error::new(Kind::InvalidSetting { name, value: "0".to_owned(), expected }));
        }
        let cursor = match &self.start {
            Start::Cursor(cursor) => Some(cursor.clone()),
            _ => None,
        };
        let source = self.source.chosen(accounts.len(), &contact.nodes, contact.agreement);
        let plan = Plan {
            names: contact.nodes.iter().map(|node| node.endpoint().to_string()).collect(),
            watched: contact.watched,
            agreement: contact.agreement,
            operators: contact.operators.clone(),
            source,
            history: self.history,
            filter: self.filter,
            start: self.start,
            to: self.to,
            stall: contact.rules.stall(),
            seed: contact.seed,
        };
        let shared = Arc::new(Shared::new(accounts));
        let (sender, events) = tokio::sync::mpsc::channel(EVENTS);
        // It lives as long as the task, and the stream of events ends with it.
        let running = sender.downgrade();
        let tasks = contact.tasks.clone();
        let driver = Driver::new(contact, plan, shared.clone(), sender);
        tasks.spawn(driver.run(), || ());
        let handle = MonitorHandle::new(shared, running);
        Ok(Monitor::new(events, handle, cursor, self.txd))
    }

    fn accounts(&self) -> Result<Accounts, Error> {
        let bad: Vec<ParseError> =
            self.accounts.iter().filter_map(|account| account.clone().err()).collect();
        if !bad.is_empty() {
            return Err(Error::new(Kind::InvalidAccounts(bad)));
        }
        if self.accounts.is_empty() {
            let (name, value) = ("accounts", "an empty list".to_owned());
            let expected = "at least one account".to_owned();
            return Err(Error::new(Kind::InvalidSetting { name, value, expected }));
        }
        Ok(Accounts::new(self.accounts.iter().flatten().copied()))
    }
}

/// What waits to be taken by the consumer.
type Outbox = VecDeque<stream::Note>;
