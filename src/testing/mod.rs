//! A network in memory, to test programs that look up payments: ledgers that close when you say so,
//! nodes that answer like real servers, and every fault of theirs by name.
//!
//! ```
//! use xrpl_txdata::{Amount, TxData, ValidatedTransaction, testing::{Fault, Network}};
//!
//! /// Your code.
//! fn pays_order_7(tx: &ValidatedTransaction, price: &Amount) -> bool {
//!     tx.is_success() && tx.destination_tag() == Some(7) && tx.delivered().exact() == Some(price)
//! }
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let network = Network::new(1);
//!     let (liar, honest) = (network.node("n1.test"), network.node("n2.test"));
//!     let endpoints = [liar.url(), honest.url()];
//!     let txd = TxData::builder().endpoints(endpoints).connect(network.clone()).build()?;
//!     let (customer, shop) = (network.account("customer"), network.account("shop"));
//!     let usd = |value| format!("{value} USD:{}", network.account("issuer")).parse();
//!
//!     // A payment that promises 100 USD and delivers 1, three ledgers from now.
//!     let hash = network.pay(customer, shop, usd(100)?).partial(usd(1)?).tag(7).after(2).submit();
//!     liar.set_faults([Fault::OtherContent]);
//!     network.run_clock();
//!     let tx = txd.get_one(hash, 20).await?.found().expect("the third ledger holds it");
//!     assert!(!pays_order_7(&tx, &usd(100)?));
//!     assert_eq!(tx.ledger_index(), network.truth(&hash).expect("it is validated").ledger_index);
//!     Ok(())
//! }
//! ```
//!
//! The clock of tokio is paused there (feature `test-util`): twelve seconds pass at once.
//!
//! # The truth
//!
//! A [`Network`] is one chain of closed [`Ledger`]s. Everything in it follows from its seed and from
//! your calls: [`Network::pay`], [`Network::offer`], [`Network::include`] schedule transactions,
//! [`Network::close_ledger`] validates them, or [`Network::run_clock`] does so every four seconds of
//! tokio's time, which tests can pause. Others trade and pay in the same ledgers. All of it looks
//! like the real thing: the bytes of a transaction hash to its name, metadata say exactly what
//! changed and add up, ledgers hash to the headers that the next ones name, and validators sign them:
//! [`Network::validator_list`] is the list on which they are published. Only the signatures of
//! transactions and the state hashes are made up.
//!
//! [`Network::truth`] and [`Network::ledger`] say what really happened, whatever the nodes say.
//!
//! # The nodes
//!
//! A [`Node`] is reachable as `ws://name` and `wss://name`, and as `http://name` and `https://name`, by
//! those who dial with [`Network::dial`]; a `Network` is also a [`Connect`](crate::Connect). It speaks
//! the servers' WebSocket protocol in versions 1 and 2, as rippled or as Clio: `server_info`,
//! `server_state`, `fee`, `ping`, `ledger`, `ledger_closed`, `ledger_current`, `tx`,
//! `transaction_entry`, `account_tx`, `subscribe` and `unsubscribe` for ledgers, transactions,
//! validations and accounts. Over HTTP it answers the same as JSON-RPC, but for the last two.
//!
//! [`Fault`] lists what can be wrong with it. Counters such as [`Network::open_connections`] and
//! [`Node::requests`] tell what your program did to the nodes.
//!
//! [`Network::listen`] puts a node on real sockets of this machine, for programs in other languages
//! and for a look by hand; [`Node::stop`] and [`Node::start`] kill it and start it again there. A
//! [`Recording`] of a real network can be the past of a simulated one.
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
pub mod signing;
mod truth;

#[cfg(test)]
mod tests;

pub use crate::config::Held;
pub use faults::{Fault, Scripted};
pub use link::Link;
pub use loopback::Loopback;
pub use network::{Network, NetworkBuilder};
pub use node::Node;
pub use recorded::{Recording, RecordingError};
pub use truth::{Ledger, LedgerTransaction, OfferOrder, PaymentOrder};
