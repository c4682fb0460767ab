//! What a node must be to be believed, and how much it may make us hold.

use std::time::Duration;

/// Which network's nodes are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// Only nodes that say this network id.
    Id(u32),
    /// Whatever the node says; the answer carries it.
    Any,
}

/// The rules by which a node is judged.
#[derive(Clone, Debug)]
pub(crate) struct FitnessRules {
    pub(crate) network: Network,
    /// Whether a node that does not say its network id is taken to be on the expected one.
    pub(crate) accept_silent_network: bool,
    pub(crate) full_history: bool,
    /// The network's first ledger, where the user knows it.
    pub(crate) first_ledger: Option<u32>,
    pub(crate) max_ledger_age: Duration,
    /// Whether nodes may follow no network at all, but close ledgers of their own when they are told to.
    pub(crate) standalone: bool,
}

/// A node that has closed no ledger for so long has stopped, though its connection lives. Ledgers
/// close every three to five seconds.
const STALL: Duration = Duration::from_secs(18);

impl FitnessRules {
    /// After which time without a closed ledger a node has stopped; never, where ledgers close when
    /// somebody wants them to.
    pub(crate) fn stall(&self) -> Option<Duration> {
        (!self.standalone).then_some(STALL)
    }
}

impl Default for FitnessRules {
    fn default() -> FitnessRules {
        FitnessRules {
            network: Network::Id(0),
            accept_silent_network: false,
            full_history: true,
            first_ledger: None,
            max_ledger_age: Duration::from_secs(60),
            standalone: false,
        }
    }
}

/// Bounds on what a node may make us hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of one message, and of one frame.
    pub(crate) message_bytes: usize,
    /// Requests that wait for their answer on one connection.
    pub(crate) open_requests: usize,
    /// A connection that nobody uses is closed after this time.
    pub(crate) idle: Duration,
    /// Silence after which a ping is sent, and again until the connection counts as dead.
    pub(crate) keep_alive: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message_bytes: 16 << 20,
            open_requests: 16_384,
            idle: Duration::from_secs(60),
            keep_alive: Duration::from_secs(20),
        }
    }
}
