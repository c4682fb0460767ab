//! A network in memory, to test programs that look up payments: ledgers that close when you say so,
//! nodes that answer like real servers, and every fault of theirs by name.
//!
//! ```
//! use xrpl_txdata::testing::{Fault, Network};
//!
//! let network = Network::new(7);
//! let node = network.node("n1.test");
//! let (customer, shop) = (network.account("customer"), network.account("shop"));
//!
//! // What shall happen: a payment that promises 100 USD and delivers 1.
//! let usd = |value| format!("{value} USD:{}", network.account("issuer")).parse();
//! let hash = network.pay(customer, shop, usd(100)?).partial(usd(1)?).tag(7).submit();
//! assert!(network.truth(&hash).is_none());
//!
//! // The ledger that holds it closes, and the only node does not find it at the first two times.
//! node.set_faults([Fault::Forgets.times(2)]);
//! network.close_ledger();
//! assert_eq!(network.truth(&hash).unwrap().result(), "tesSUCCESS");
//! # Ok::<(), xrpl_txdata::ParseError>(())
//! ```
//!
//! # The truth
//!
//! A [`Network`] is one chain of closed [`Ledger`]s. Everything in it follows from its seed and from
//! your calls: [`Network::pay`], [`Network::offer`], [`Network::include`] schedule transactions,
//! [`Network::close_ledger`] validates them, or [`Network::run_clock`] does so every four seconds of
//! tokio's time, which tests can pause. Others trade and pay in the same ledgers. All of it looks
//! like the real thing: the bytes of a transaction hash to its name, metadata say exactly what
//! changed and add up, ledgers hash to the headers that the next ones name. Only signatures and state
//! hashes are made up.
//!
//! [`Network::truth`] and [`Network::ledger`] say what really happened, whatever the nodes say.
//!
//! # The nodes
//!
//! A [`Node`] is reachable as `ws://name` and `wss://name` by those who dial with
//! [`Network::dial`]; a `Network` is also a [`Connect`](crate::Connect). It speaks the servers'
//! WebSocket protocol in versions 1 and 2, as rippled or as Clio: `server_info`, `server_state`,
//! `fee`, `ping`, `ledger`, `ledger_closed`, `ledger_current`, `tx`, `transaction_entry`,
//! `account_tx`, `subscribe` and `unsubscribe` for ledgers, transactions and accounts.
//!
//! [`Fault`] lists what can be wrong with it. Counters such as [`Network::open_connections`] and
//! [`Node::requests`] tell what your program did to the nodes.
//!
//! [`Network::listen`] puts a node on real sockets of this machine, for programs in other languages
//! and for a look by hand. A [`Recording`] of a real network can be the past of a simulated one.
//!
//! Nothing here sleeps in real time, and nothing goes on when the last [`Network`] handle is dropped.

mod certificates;
mod connect;
mod faults;
mod link;
mod loopback;
mod network;
mod node;
mod random;
mod recorded;
mod truth;

#[cfg(test)]
mod tests;

pub use faults::{Fault, Scripted};
pub use link::Link;
pub use loopback::Loopback;
pub use network::{Network, NetworkBuilder};
pub use node::Node;
pub use recorded::{Recording, RecordingError};
pub use truth::{Ledger, LedgerTransaction, OfferOrder, PaymentOrder};
