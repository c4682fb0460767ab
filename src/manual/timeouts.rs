//! How long things take, and who decides.
//!
//! | limit | default | what it bounds | what happens then |
//! |---|---|---|---|
//! | [`Timeouts::endpoint`](crate::Timeouts::endpoint) | 1250 ms | the silence of all nodes asked so far | the next node joins; nobody leaves |
//! | [`Timeouts::overall`](crate::Timeouts::overall) | 10 s | the lookup: names, connections, TLS, upgrades, answers | it ends with what is known |
//! | [`wait`](crate::LookupBuilder::wait) | none | how long closed ledgers are followed for a transaction that is not there yet | one last question to all nodes, then [`Absent`](crate::Lookup::Absent) |
//! | [`idle_timeout`](crate::Builder::idle_timeout) | 60 s | how long an unused connection stays open | it is closed |
//! | [`keep_alive`](crate::Builder::keep_alive) | 20 s | silence on a WebSocket | a ping; after twice that time the connection is dead |
//!
//! The first three decide when an answer comes: never later than `overall + wait`. A deadline is computed
//! once, when the lookup starts, and every step gets what is left of it.
//!
//! When the time is over the answer is what is known: `Absent` if a fit node has looked and nobody had
//! it, else an error with one [`Attempt`](crate::Attempt) per node that says at which step it hung.
//!
//! # Which to change
//!
//! * **Nodes far away or slow:** raise `endpoint`. If it is too short, every lookup asks two nodes; the
//!   answer stays as good.
//! * **Somebody waits at a screen:** lower `overall`, and give a `wait` of what they will bear. Five ledgers
//!   are some twenty seconds.
//! * **An order that must end some day:** no long wait, but the transaction's `LastLedgerSequence`
//!   ([absence](super::absence)).
//! * **Proven lookups** need the next ledger: leave `overall` at 10 s or more.
//!
//! Limits are above zero and up to a day ([`MAX_TIMEOUT`](crate::MAX_TIMEOUT)); a wait is up to thirty days
//! ([`MAX_WAIT`](crate::MAX_WAIT)).
//!
//! # What nobody sets
//!
//! A node that asks for a pause gets [half a minute or what it asks for](super::lookup#who-is-asked-at-all).
//! While ledgers are followed, a node that closes none for 18 s counts as dead. The age that a node's last
//! validated ledger may have is no time limit but a question of
//! [trust](super::trust#which-nodes-are-believed-at-all).
//!
//! The clock is that of `tokio::time`, so [tests](super::testing#time) can pause it.
