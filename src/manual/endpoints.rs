//! Choosing endpoints: whose nodes to ask, and how many.
//!
//! # In short
//!
//! Two of your own and one of somebody else, or three of three operators. All with full history, all over
//! `wss`, the nearest first.
//!
//! ```
//! use xrpl_txdata::TxData;
//!
//! let txd = TxData::builder()
//!     .endpoints(["ws://10.0.0.5:6006", "wss://xrplcluster.com", "wss://s2.ripple.com"])
//!     .header("User-Agent", "shop.example (ops@shop.example)")
//!     .build()?;
//! # Ok::<(), xrpl_txdata::Error>(())
//! ```
//!
//! # Public servers
//!
//! | network | endpoint | what is known of it |
//! |---|---|---|
//! | main | `wss://xrplcluster.com` | full history; a proxy in front of several servers |
//! | main | `wss://s2.ripple.com` | full history; Clio |
//! | main | `wss://honeycluster.io` | full history; Clio |
//! | main | `wss://s1.ripple.com` | the history of some days only |
//! | test (1) | `wss://s.altnet.rippletest.net:51233` | reset now and then |
//! | dev (2) | `wss://s.devnet.rippletest.net:51233` | reset often |
//! | Xahau (21337) | `wss://xahau.network` | another chain with other transaction types |
//!
//! The first three are asked when you name none ([`MAINNET_ENDPOINTS`](crate::MAINNET_ENDPOINTS)). The others
//! need [`network_id`](crate::Builder::network_id), and mostly
//! [`allow_partial_history`](crate::Builder::allow_partial_history).
//!
//! Nobody has promised you anything there. Ripple says that its public servers are not for sustained or
//! business use and may go at any time; the limits of all of them are unknown, and change. They are right
//! for a try and as the third opinion, not as what a shop lives on (xrpl.org, "Public Servers").
//!
//! # A node of your own
//!
//! is the best first endpoint: no limits, no strangers between you and the ledger, and nobody who learns
//! which payments you wait for. Full history is more than most can keep; a server that keeps some days
//! answers all that a shop asks about yesterday: with
//! [`allow_partial_history`](crate::Builder::allow_partial_history) it is believed, and "not found" covers
//! [the ledgers that it has](crate::Absence::coverage). Without it such a node is
//! [unfit](crate::Unfit::PartialHistory): a hash that it does not have may be older than its memory.
//!
//! # How many, and whose
//!
//! * **One** endpoint is one point of failure, and "never" rests on its word alone.
//! * **Two** of different operators carry the default settings: one is asked at a time, the other takes over,
//!   and while something is waited for both are followed. A [final](crate::Absence::is_final) absence needs
//!   two.
//! * **Three** keep [`agreement(2)`](crate::Builder::agreement) working while one of them is down.
//! * **Several names of one operator are one witness.** Say so with
//!   [`one_operator`](crate::Builder::one_operator), and list no server twice, as `wss` and as `https`.
//!
//! The order is the order of preference: while the first one has what you ask for, the others are not even
//! connected. What several nodes, or nobody but validators, protect you from: [trust](super::trust).
//!
//! # Clio, proxies and load balancers
//!
//! rippled and Clio are asked alike. Behind one name may stand many servers, so that an answer is a ledger
//! older than the one before, and a transaction that was there is not there a moment later. This is allowed
//! for: "not found" is not the answer before every node has said it, a ledger counts as searched only when
//! all its transactions were seen, and a node that [contradicts itself](crate::Unfit::TwoHistories) about a
//! ledger is left alone for ten minutes. But a load balancer over servers of one operator is still one
//! endpoint of one operator.
//!
//! # Limits of servers
//!
//! A server that has much to do for us warns first (`load`, or the warning 2003 of Clio): for half a minute it
//! is asked after the others, where there are others. One that has had enough says so by an error
//! (`slowDown`), by closing with the code 1008, or by the HTTP status 429 or 503. It is then left alone for
//! half a minute at least, or for as long as it asks over
//! HTTP, by all lookups and monitors of the client; other nodes are asked meanwhile. To stay below its
//! limits: keep one [`TxData`](crate::TxData) for the whole process and clone it, for all clones share one
//! connection for each endpoint; use a [monitor](super::monitoring) in place of many waits; and say who you
//! are in a [`header`](crate::Builder::header), so that an operator can write to you before blocking you.
//!
//! Messages above 16 MiB are refused ([`max_message_bytes`](crate::Builder::max_message_bytes)). A whole
//! ledger is usually below two.
//!
//! # WebSocket or HTTP
//!
//! `wss` wherever it gets through: one connection, and servers tell what closes. `https` where a network lets
//! nothing else pass, or a provider sells nothing else (feature `http`): it works, but asks again and again;
//! [lookups](super::lookup#over-http) has the differences. The port is part of the address: many servers
//! speak HTTP on another one.
//!
//! Keys of providers stand in the path or in a header. Give the whole URL: the library sends it, and shows
//! scheme, host and port only.
//!
//! # Proxies, Tor, other ways
//!
//! [`Builder::connect`](crate::Builder::connect) takes a [`Connect`](crate::Connect) of yours, which opens a
//! stream of bytes to an endpoint in any way; TLS and WebSocket are still done above it, by the library.
