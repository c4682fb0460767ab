//! The steps of asking one node.

use std::fmt;

/// The steps of asking one node, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Not asked at all, because of what happened before.
    Choose,
    /// Name look-up and TCP connection, or whatever the user's own `Connect` does.
    Dial,
    /// The TLS handshake.
    Tls,
    /// The WebSocket upgrade.
    Upgrade,
    /// `server_info`, from which the node is judged.
    ServerInfo,
    /// The question itself.
    Transaction,
    /// The proof of the answer: the whole ledger, headers, and what validators signed.
    Proof,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Choose => "choosing",
            Step::Dial => "dialling",
            Step::Tls => "TLS",
            Step::Upgrade => "upgrading",
            Step::ServerInfo => "server_info",
            Step::Transaction => "tx",
            Step::Proof => "proof",
        })
    }
}
