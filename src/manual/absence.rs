//! What "not found" means.
//!
//! # Not there
//!
//! [`Lookup::Absent`](crate::Lookup::Absent) is an answer: fit nodes looked, and it is not there. An
//! [`Error`](crate::Error) means that nobody could find out. The difference matters: after an error the
//! payment may well have arrived.
//!
//! [`Absence::coverage`](crate::Absence::coverage) says in which ledgers it surely is not, as far as the
//! nodes can be believed, and [`Absence::searched`](crate::Absence::searched) who looked where. A node
//! covers the ledgers that it has: all of them, because nodes without full history are not believed
//! unless you [allow](crate::Builder::allow_partial_history) it. Anything outside was not searched. What a
//! node has is asked before it looks and after: it may delete ledgers meanwhile. Where several servers with
//! different histories stand behind one address, and each answers some requests, nothing shows that.
//!
//! # Not there yet
//!
//! With a wait, closed ledgers are followed until the hash appears. One watch serves all lookups of a
//! client, so that ten thousand waits cost no more per ledger than one. The order leaves no window: the
//! hash is registered first, then streams are subscribed, then nodes are asked, then the last few
//! ledgers are looked at, then every ledger that closes.
//!
//! A ledger counts as searched only when it is complete: a node has named as many distinct transactions
//! of it as the ledger has, or has sent its whole list. What is missing is fetched; what cannot be
//! fetched stays a hole in the coverage.
//!
//! # Never
//!
//! A transaction with a `LastLedgerSequence` can be in no later ledger. Tell it to the lookup, and the
//! answer comes as soon as all ledgers up to it are covered by two nodes (or by the only one there is), of
//! two [operators](crate::Builder::one_operator) where there are two, or by as many as must
//! [agree](crate::LookupBuilder::agreement) if these are more:
//! [`Absence::is_final`](crate::Absence::is_final) holds. Behind one address may stand several servers that
//! are not in step: whoever was only asked for the transaction is believed up to two ledgers before its
//! newest. With a wait the ledgers themselves tell at once; where they do not, because one of the nodes that
//! are followed has stopped or lies, all nodes are asked two ledgers later. Without one ask again after some
//! ten seconds.
//! If the lookup begins later than the transaction was signed, after a restart for example, tell it the
//! [first ledger](crate::LookupBuilder::first_ledger) too; nodes without full history may have forgotten
//! what was validated in between. Where only two operators are listed and one of them is down, nothing is
//! final before that one is back, and the wait goes on to its end: three keep "never" working.
//!
//! Take the number from what was signed. A hash does not tell it, and with one that is too small "never" is
//! said too early.
//!
//! ```no_run
//! # async fn example(txd: xrpl_txdata::TxData, hash: &str) -> Result<(), xrpl_txdata::Error> {
//! use std::time::Duration;
//! use xrpl_txdata::Lookup;
//!
//! let wait = Duration::from_secs(120);
//! if let Lookup::Absent(absence) = txd.lookup(hash).wait(wait).last_ledger_sequence(98_000_020).await? {
//!     if absence.is_final() {
//!         println!("safe to sign another one");
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! A node that says that it is there, while fewer tell the same than must agree, does not keep this answer
//! back. All are asked then, again and again, and it is told when so many others have looked in all these
//! ledgers; whoever disputes it is named in the [attempts](crate::Absence::attempts). Where fewer lie than
//! must agree, one of those who have looked tells the truth. One word against one other decides nothing:
//! that is an error.
//!
//! A compact id (CTID) names one place in one ledger. When that ledger is closed, so many nodes have it,
//! and their lists of its transactions end before that place, there will never be anything: this absence
//! is final, too. A node that finds nothing at a place, and cannot show its ledger's list, has not searched
//! that ledger.
//!
//! Without either nobody can say "never": [`is_final`](crate::Absence::is_final) is false, and a later
//! ledger may hold the transaction.
