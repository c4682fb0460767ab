//! What happens when you look a transaction up.
//!
//! [`get_one`](crate::TxData::get_one) takes a key and a wait; [`lookup`](crate::TxData::lookup) is the same
//! with settings for this one question:
//!
//! ```no_run
//! # async fn example(txd: xrpl_txdata::TxData, hash: &str) -> Result<(), xrpl_txdata::Error> {
//! use std::time::Duration;
//! use xrpl_txdata::Lookup;
//!
//! let question = txd
//!     .lookup(hash)
//!     .wait(Duration::from_secs(60)) // for a transaction that is not there yet
//!     .last_ledger_sequence(98_000_020) // after which it can never come
//!     .agreement(2); // nodes that must tell the same
//! match question.await? {
//!     Lookup::Found(tx) => println!("{}: delivered {}", tx.result(), tx.delivered()),
//!     Lookup::Absent(absence) if absence.is_final() => println!("it will never come"),
//!     Lookup::Absent(absence) => println!("not yet: {absence}"),
//! }
//! # Ok(()) }
//! ```
//!
//! The key is the hash of the transaction, 64 hexadecimal digits in any case, or its compact id (CTID,
//! XLS-37), 16 of them.
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
//!   holds both stories; no majority is taken. Where some have it and others have not reached its ledger
//!   yet, all are asked again until the time is over.
//! * Losers are dropped: their requests are cancelled, a connection that was still being made for this
//!   lookup alone is given up. Connections that are open stay open for the next lookup, until they
//!   have been idle for a minute.
//!
//! # Who is asked at all
//!
//! A node that rate limits us rests for half a minute at least, one that cannot follow the network any more,
//! or whose word was false, for ten minutes. A node whose connection failed a moment ago is asked only when
//! no better one is left; the pauses between attempts grow up to half a minute. A node that is not asked
//! shows up in the [attempts](crate::Error::attempts) with the reason.
//!
//! # Over HTTP
//!
//! With the feature `http`, `http://` and `https://` endpoints are asked by JSON-RPC over HTTP/1.1: for
//! networks that let no WebSocket through. They stand in one list with the others, run in the same race
//! and are judged, believed and left alone by the same rules. What is different:
//!
//! * Requests of one moment leave side by side, over up to six connections, which are kept for the next
//!   ones. A request that met a connection just as the node closed it is asked once more: all of them
//!   only read. Giving a lookup up closes the connection that its answer would have come over.
//! * Only the status 200 with a JSON object is an answer. Redirects are not followed. 429 and 503 mean that
//!   the node is left alone, for as long as its `Retry-After` says (in seconds, an hour at most) or else for
//!   half a minute; 401 and 403 for ten minutes. See [`Failure::HttpStatus`](crate::Failure::HttpStatus).
//! * A node behind HTTP says nothing by itself. While something is waited for, it is asked for its newest
//!   validated ledger every three seconds, and for the list of each ledger's transactions; so a
//!   transaction is found up to three seconds after its ledger closed. Of a mixed list, nodes behind
//!   WebSocket are followed in preference.
//! * A [monitor](crate::TxData::monitor) works over HTTP as well, by the same questions, and fetches every
//!   ledger whole. Take [`MonitorSource::Ledgers`](crate::MonitorSource::Ledgers) where no endpoint
//!   streams: the other source waits one ledger longer for a stream that does not come.
//!
//! Two addresses of one server are two endpoints to this library, but one witness to you: list one of them.
//! Where an `http` address also speaks WebSocket, [`http_as_websocket`](crate::Builder::http_as_websocket)
//! takes it for that, as the npm package does.
//!
//! # Many lookups
//!
//! A [`TxData`](crate::TxData) is cheap to clone. All lookups share one connection per node (a few, over
//! HTTP), none waits for another, and each can be dropped at any time: its request is forgotten, its wait
//! ends.
