//! What can go wrong, whose fault it is, and the evidence for it.

mod server;
mod step;
mod unproven;

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeMap};

pub use self::{server::ServerError, step::Step, unproven::Unproven};
use crate::{
    config::Endpoint,
    types::{LedgerHash, ParseError, TxHash},
};

/// Why a question could not be answered.
///
/// "Not found" is no error: it is [`Lookup::Absent`](crate::Lookup::Absent). An `Error` means that the
/// library could not find out, and [`attempts`](Error::attempts) shows what each node did.
///
/// ```
/// let error = xrpl_txdata::TxData::new(["ftp://example.com"], Default::default()).unwrap_err();
/// assert_eq!(error.blame(), xrpl_txdata::Blame::You);
/// assert!(error.to_string().contains("ftp://example.com"));
/// assert_eq!(serde_json::to_value(&error).unwrap()["kind"], "invalid_endpoints");
/// ```
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: Kind,
    attempts: Vec<Attempt>,
}

#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("{}", join(.0))]
    InvalidEndpoints(Vec<ParseError>),
    #[error("{0}")]
    InvalidKey(ParseError),
    #[error("the setting {name} is {value}: expected {expected}")]
    InvalidSetting { name: &'static str, value: String, expected: String },
    #[error("none of the endpoints could answer")]
    AllEndpointsFailed,
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("nodes contradict each other: {0}; but {1}")]
    Disagreement(String, String),
    #[error("nodes have the transaction, but what they say cannot be proven from here")]
    NotProven,
    #[error("this client was closed")]
    Closed,
    #[error("the monitor's task has gone, with the runtime that it ran on or by a panic")]
    TaskLost,
    #[error("{}", join(.0))]
    InvalidAccounts(Vec<ParseError>),
    #[error("the cursor is of network {found}, expected {expected}")]
    CursorNetwork { expected: u32, found: u32 },
    #[error(
        "the cursor's ledger {index} is {expected}, on this network it is {found}: \
         another network, or one that was reset"
    )]
    OtherChain { index: u32, expected: LedgerHash, found: LedgerHash },
    #[error(
        "ledger {asked} is beyond the newest one, {tip}: another network, or one that was reset"
    )]
    BeyondTip { asked: u32, tip: u32 },
}

/// The sort of an [`Error`], for a `match`. JSON: its name, as `timed_out`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// An endpoint in the list cannot be used; the message names each of them.
    InvalidEndpoints,
    /// The key is neither a transaction hash nor a CTID.
    InvalidKey,
    /// A setting of the builder or the lookup is out of its range.
    InvalidSetting,
    /// Every endpoint was asked and failed.
    AllEndpointsFailed,
    /// The overall time was over before any node could be believed.
    TimedOut,
    /// Nodes that are fit to answer told different stories; none of them is believed.
    Disagreement,
    /// Nodes say that the transaction was validated, but the signatures of the validators that are
    /// believed do not show it. It may be too old, too new, or a lie; [`attempts`](Error::attempts) tell
    /// for each node why.
    NotProven,
    /// The client was closed while the question was open, or before it was asked; or the runtime was shut
    /// down on which a monitor was started.
    Closed,
    /// No account to monitor, or one whose address is none; the message names each of them.
    InvalidAccounts,
    /// The place to begin at is not on this network: a cursor of another network, of one that was
    /// reset since, or a ledger beyond the newest one.
    WrongStart,
}

/// Whose fault an error is. JSON: `you`, `nodes` or `time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Blame {
    /// The caller's: asking again will give the same.
    You,
    /// The nodes': they answered badly, or not at all, or could not be reached.
    Nodes,
    /// Time's: it was too short for an answer.
    Time,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Error {
        Error(Box::new(Inner { kind, attempts: Vec::new() }))
    }

    pub(crate) fn with_attempts(kind: Kind, attempts: Vec<Attempt>) -> Error {
        Error(Box::new(Inner { kind, attempts }))
    }

    /// The sort of error.
    pub fn kind(&self) -> ErrorKind {
        match self.0.kind {
            Kind::InvalidEndpoints(_) => ErrorKind::InvalidEndpoints,
            Kind::InvalidKey(_) => ErrorKind::InvalidKey,
            Kind::InvalidSetting { .. } => ErrorKind::InvalidSetting,
            Kind::AllEndpointsFailed => ErrorKind::AllEndpointsFailed,
            Kind::TimedOut(_) => ErrorKind::TimedOut,
            Kind::Disagreement(..) => ErrorKind::Disagreement,
            Kind::NotProven => ErrorKind::NotProven,
            Kind::Closed | Kind::TaskLost => ErrorKind::Closed,
            Kind::InvalidAccounts(_) => ErrorKind::InvalidAccounts,
            Kind::CursorNetwork { .. } | Kind::OtherChain { .. } | Kind::BeyondTip { .. } => {
                ErrorKind::WrongStart
            }
        }
    }

    /// Whose fault it is.
    pub fn blame(&self) -> Blame {
        match self.kind() {
            ErrorKind::InvalidEndpoints
            | ErrorKind::InvalidKey
            | ErrorKind::InvalidSetting
            | ErrorKind::InvalidAccounts
            | ErrorKind::WrongStart
            | ErrorKind::Closed => Blame::You,
            ErrorKind::AllEndpointsFailed | ErrorKind::Disagreement | ErrorKind::NotProven => {
                Blame::Nodes
            }
            ErrorKind::TimedOut => Blame::Time,
        }
    }

    /// What was tried: one entry per endpoint that did not give a usable answer, in the order in
    /// which they failed. Empty when the fault is yours.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        for (index, attempt) in self.0.attempts.iter().enumerate() {
            write!(f, "{} {attempt}", if index == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl Serialize for Error {
    /// `{"kind", "blame", "message", "attempts"}`; the message has the attempts in it, too.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("kind", &self.kind())?;
        map.serialize_entry("blame", &self.blame())?;
        map.serialize_entry("message", &self.to_string())?;
        map.serialize_entry("attempts", self.attempts())?;
        map.end()
    }
}

/// One endpoint that gave no usable answer: where it stopped, after how long, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The endpoint, without credentials, path and query.
    pub endpoint: String,
    /// The step that did not succeed.
    pub step: Step,
    /// From the moment this endpoint was asked.
    pub elapsed: Duration,
    /// What happened.
    pub failure: Failure,
}

impl Attempt {
    pub(crate) fn new(
        endpoint: &Endpoint,
        step: Step,
        elapsed: Duration,
        failure: Failure,
    ) -> Attempt {
        let failure = endpoint.hide_keys(failure);
        Attempt { endpoint: endpoint.to_string(), step, elapsed, failure }
    }
}

impl Serialize for Attempt {
    /// `{"endpoint", "step", "elapsed_ms", "failure"}`, the last one as a sentence.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("endpoint", &self.endpoint)?;
        map.serialize_entry("step", &self.step.to_string())?;
        map.serialize_entry("elapsed_ms", &self.elapsed.as_millis())?;
        map.serialize_entry("failure", &self.failure.to_string())?;
        map.end()
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Attempt { endpoint, step, elapsed, failure } = self;
        write!(f, "{endpoint} ({step}, {} ms): {failure}", elapsed.as_millis())
    }
}

/// The single ways in which a node fails to give a usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The name has no address.
    #[error("the name does not resolve: {0}")]
    Resolve(String),
    /// No connection to any address of the name.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// No trusted TLS connection: the certificate, its name, or the protocol.
    #[error("no trusted TLS connection: {0}")]
    Tls(String),
    /// The HTTP answer to the upgrade was not a WebSocket.
    #[error("refused the WebSocket upgrade with HTTP status {status}")]
    UpgradeStatus {
        /// The HTTP status.
        status: u16,
    },
    /// The answer to a request over HTTP was none: a rate limit, a proxy's page, a redirect.
    #[error("answered with HTTP status {status}{}", http_details(*.status, .retry_after, .reason))]
    HttpStatus {
        /// The HTTP status.
        status: u16,
        /// How long it wants to be left alone (`Retry-After`), if it says so in seconds.
        retry_after: Option<Duration>,
        /// The plain text beside the status 400, cut after 100 characters.
        reason: String,
    },
    /// The upgrade broke in another way.
    #[error("broke the WebSocket upgrade: {0}")]
    Upgrade(String),
    /// Nothing usable came in the time there was.
    #[error("no answer{}", noise(*.unreadable))]
    NoAnswer {
        /// Frames that came meanwhile and could not be read as an answer to anything.
        unreadable: u64,
    },
    /// The connection ended before the answer.
    #[error("the connection was closed{}", close_frame(.code, .reason))]
    Closed {
        /// The WebSocket close code, when one was sent.
        code: Option<u16>,
        /// The reason beside it, cut after 100 characters.
        reason: String,
    },
    /// The connection broke, or the node left the WebSocket protocol.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// A message exceeded the limit for messages.
    #[error("sent a message above the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The node says that it could not read what it was sent, without saying what.
    #[error("complained without naming a request: {0}")]
    Complaint(String),
    /// An error answer of the server.
    #[error("answered {0}")]
    Server(ServerError),
    /// The answer is not what the protocol promises.
    #[error("answered something unreadable: {0}")]
    Unreadable(String),
    /// The node knows the transaction, in no validated ledger.
    #[error("knows the transaction but has not validated it")]
    NotValidated,
    /// The node has the transaction, but fewer nodes tell the same than must
    /// [agree](crate::Builder::agreement).
    #[error("has the transaction, but fewer than {needed} tell the same")]
    Unconfirmed {
        /// How many must agree.
        needed: usize,
    },
    /// The node does not have the transaction, while another one says that it is there: its ledger may have
    /// closed between the two answers.
    #[error(
        "does not have the transaction in ledgers {ledgers}, while another node says that it is there"
    )]
    NotThere {
        /// The ledgers in which it looked.
        ledgers: String,
    },
    /// The content under the hash asked for is another transaction's.
    #[error("sent other content under this hash: it hashes to {computed}, asked was {asked}")]
    ContentMismatch {
        /// The hash that was asked for.
        asked: TxHash,
        /// The hash of the content that came.
        computed: TxHash,
    },
    /// The transaction found stands elsewhere than the CTID says.
    #[error("sent the transaction at {found} when {asked} was asked")]
    PositionMismatch {
        /// The CTID asked for.
        asked: String,
        /// Where the answer says it stands.
        found: String,
    },
    /// The answer puts the transaction into a ledger that cannot be validated yet.
    #[error("claims ledger {claimed}, while its last validated ledger is {validated}")]
    FutureLedger {
        /// The ledger index in the answer.
        claimed: u32,
        /// The node's own validated ledger index.
        validated: u32,
    },
    /// The node cannot be asked for money's sake.
    #[error("is unfit: {0}")]
    Unfit(Unfit),
    /// Its word could not be proven by validators' signatures.
    #[error("cannot be proven from here: {0}")]
    Unproven(Unproven),
    /// The node asked us to stay away for a while, or was found unusable a short time ago.
    #[error("rests for another {} s after: {cause}", .remaining.as_secs())]
    CoolingDown {
        /// How long it still rests.
        remaining: Duration,
        /// Why.
        cause: Box<Failure>,
    },
    /// More questions are open on this connection than the limit allows.
    #[error("too many open requests, the limit is {limit}")]
    Busy {
        /// The limit.
        limit: usize,
    },
}

/// Why a node's answers are not used, though it answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// It follows another network.
    #[error("it is on network {found}, expected {expected}")]
    OtherNetwork {
        /// The network id that was expected.
        expected: u32,
        /// The node's network id.
        found: u32,
    },
    /// It does not say which network it follows.
    #[error("it does not say which network it follows")]
    NetworkUnknown,
    /// It is not in step with the network.
    #[error("its state is {state}, expected full, validating or proposing")]
    NotSynced {
        /// Its `server_state`.
        state: String,
    },
    /// It has no validated ledger.
    #[error("it has no validated ledger")]
    NoValidatedLedger,
    /// Its last validated ledger is too old.
    #[error("its last validated ledger is {age_seconds} s old, the limit is {limit_seconds} s")]
    Stale {
        /// Age of its last validated ledger in seconds.
        age_seconds: u64,
        /// The limit in seconds.
        limit_seconds: u64,
    },
    /// It does not say how old its last validated ledger is.
    #[error("it does not say how old its last validated ledger is")]
    AgeUnknown,
    /// It says itself that its data may be out of date.
    #[error("it warns that its data may be out of date")]
    OutOfDate,
    /// It is too old for an amendment of the network and follows it no longer.
    #[error("it is amendment blocked")]
    AmendmentBlocked,
    /// Its validator list expired, so it validates nothing.
    #[error("its validator list expired")]
    ValidatorListExpired,
    /// It reports damaged data.
    #[error("it detected corruption of its own data")]
    Corrupt,
    /// Its history has holes or starts too late.
    #[error("its history is {complete:?}, expected one range from ledger {first} to {validated}")]
    PartialHistory {
        /// Its `complete_ledgers`, cut after 100 characters.
        complete: String,
        /// The first ledger that was expected.
        first: u32,
        /// Its last validated ledger.
        validated: u32,
    },
    /// Two parts of what it said cannot both be true.
    #[error("it contradicted itself about ledger {ledger_index}: {first} and {second}")]
    TwoHistories {
        /// The ledger.
        ledger_index: u32,
        /// One hash of it.
        first: LedgerHash,
        /// Another hash of it.
        second: LedgerHash,
    },
    /// It follows another history than the one that was told before, or than most other nodes do.
    #[error("its ledger {ledger_index} is {found}, expected {expected}")]
    OtherHistory {
        /// The ledger.
        ledger_index: u32,
        /// The hash of it that is believed.
        expected: LedgerHash,
        /// The node's hash of it.
        found: LedgerHash,
    },
    /// Its stream of closed ledgers jumped further than a network can.
    #[error("its ledgers jumped from {from} to {to}")]
    JumpedAhead {
        /// The newest ledger it had reported.
        from: u32,
        /// The one it reported after that.
        to: u32,
    },
    /// Its stream of closed ledgers went back in time.
    #[error("its ledgers went back from {from} to {to}")]
    WentBack {
        /// The newer ledger it had reported.
        from: u32,
        /// The older one it reported after that.
        to: u32,
    },
}

fn join(errors: &[ParseError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn http_details(status: u16, retry_after: &Option<Duration>, reason: &str) -> String {
    let mut details = String::new();
    if (300..400).contains(&status) {
        details.push_str(", a redirect, and these are not followed");
    }
    if !reason.is_empty() {
        details.push_str(&format!(": {reason}"));
    }
    if let Some(pause) = retry_after {
        details.push_str(&format!(", and wants a pause of {} s", pause.as_secs()));
    }
    details
}

fn noise(unreadable: u64) -> String {
    match unreadable {
        0 => String::new(),
        1 => ", only an unreadable frame".to_owned(),
        n => format!(", only {n} unreadable frames"),
    }
}

fn close_frame(code: &Option<u16>, reason: &str) -> String {
    match code {
        Some(code) if reason.is_empty() => format!(" with code {code}"),
        Some(code) => format!(" with code {code}, {reason:?}"),
        None => String::new(),
    }
}
