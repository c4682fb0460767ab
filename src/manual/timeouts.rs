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
//! Nothing returns later than `overall + wait`. The overall deadline is computed once, when the lookup
//! starts; every step gets what is left of it.
//!
//! When the time is over the answer is what is known: `Absent` if a fit node has looked and nobody had
//! it, else an error with one [`Attempt`](crate::Attempt) per node that says at which step it hung.
//!
//! The clock is that of `tokio::time`, so tests can pause it.
