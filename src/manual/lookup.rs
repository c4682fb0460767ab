//! What happens when you look a transaction up.
//!
//! ```no_run
//! # async fn example() -> Result<(), xrpl_txdata::Error> {
//! use xrpl_txdata::{Lookup, Timeouts, TxData};
//!
//! let txd = TxData::new(["wss://xrplcluster.com", "wss://s2.ripple.com"], Timeouts::default())?;
//! match txd.get_one("8F3CE0481EF31A1BE44AD7D744D286B0F440780CD0056951948F93A803D47F8B", 20).await? {
//!     Lookup::Found(tx) => println!("{}: delivered {}", tx.result(), tx.delivered()),
//!     Lookup::Absent(absence) => println!("not in ledgers {}", absence.coverage()),
//! }
//! # Ok(()) }
//! ```
//!
//! # The race
//!
//! Nodes are asked in the order of your list.
//!
//! * The first node is asked. `server_info` and `tx` leave in one flight, so that judging the node
//!   costs no round trip of its own.
//! * The next node joins when one of those asked cannot help: it failed, it is unfit, or it does not
//!   have the transaction. It also joins when all asked so far stay silent for
//!   [`Timeouts::endpoint`](crate::Timeouts::endpoint).
//! * Nobody who was asked leaves the race. A late good answer of an earlier node wins as well as an
//!   early one of a later node; [`ResolvedBy`](crate::ResolvedBy) tells which it was.
//! * A fit node that has the transaction in a validated ledger wins, provided that the content it sent
//!   hashes to the hash you asked for. An error answer never wins. Neither does "not found": the race
//!   goes on until every node has said so.
//! * With [`agreement(k)`](crate::LookupBuilder::agreement) `k` nodes are asked together, and the
//!   `k`-th that tells the same wins. Two that contradict each other end the race with an error that
//!   holds both stories; no majority is taken.
//! * Losers are dropped: their requests are cancelled, a connection that was still being made for this
//!   lookup alone is given up. Connections that are open stay open for the next lookup, until they
//!   have been idle for a minute.
//!
//! # Who is asked at all
//!
//! A node that rate limits us rests for at least half a minute, one that cannot follow the network any
//! more for ten. A node whose connection failed a moment ago is asked only when no better one is left;
//! the pauses between attempts grow up to half a minute. A node that is not asked shows up in the
//! [attempts](crate::Error::attempts) with the reason.
//!
//! # Many lookups
//!
//! A [`TxData`](crate::TxData) is cheap to clone. All lookups share one connection per node, none waits
//! for another, and each can be dropped at any time: its request is forgotten, its wait ends.
