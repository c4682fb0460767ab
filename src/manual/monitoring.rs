//! Watching accounts for months, and booking each payment exactly once.
//!
//! # How it goes
//!
//! A [`Monitor`](crate::Monitor) stands behind one complete ledger and waits for the next one. That is
//! handed out when all its transactions are known, and not before:
//!
//! * from the stream of a node that has named exactly as many transactions of it as the ledger has, or
//! * from the ledger itself, fetched in binary form. Its transactions must hash to the root in its
//!   header, its header to the ledger's name, and the ledger must follow the one handed out before.
//!
//! Whatever streams lose, repeat or reorder, whatever does not fit into the bounded memory, and
//! everything from an outage or before the start is a ledger that is fetched, unless
//! [histories](#histories) show that it need not be. So [events](crate::Event) come ledger by ledger,
//! in a ledger by transaction index, each transaction once, and
//! [`LedgerDone`](crate::Event::LedgerDone) means that there is nothing more up to there. A ledger
//! without any transaction is always fetched: one false message could make one up.
//!
//! Two nodes are watched where there are two ([`watched_nodes`](crate::Builder::watched_nodes)). A node
//! that has closed no ledger for 18 seconds counts as dead, whatever its connection says. A node that
//! names another ledger than the others, or one that does not follow what was handed out, is left
//! alone for ten minutes; where two nodes differ and no third one decides, nothing is handed out and
//! an [`Outage`](crate::Event::Outage) is told. The monitor never skips a ledger: it goes on trying, or
//! it ends with [`GapNotFillable`](crate::Event::GapNotFillable) when all nodes lack a ledger for a
//! minute. One that cannot be reached may have it, and is waited for an hour.
//!
//! # Sources
//!
//! | [`MonitorSource`](crate::MonitorSource) | subscribed | a ledger is known | `LedgerDone` |
//! |---|---|---|---|
//! | `Transactions` | everything | by the count of its transactions, at once | each ledger |
//! | `Accounts` | the accounts | fetched, when it is named; not needed, when histories say so | ledgers with something of yours, and every 16th at least |
//! | `Ledgers` | closed ledgers | fetched, each of them | each ledger |
//!
//! Unless set, at most eight accounts on two WebSocket endpoints or more are followed by `Accounts`, all
//! else by `Transactions`, and by `Ledgers` with an [agreement](crate::Builder::agreement). Endpoints
//! that are asked over HTTP stream nothing: of them every ledger is fetched, or with `Accounts` the
//! histories after 16 ledgers.
//!
//! # Histories
//!
//! A server lists what touched an account (`account_tx`). Where that costs less than reading every
//! ledger, after an outage of hours or between two payments, a monitor asks for the history of each
//! account over the stretch, and reads only the ledgers that it names. Such lists cannot be proven
//! whole, so this is when a ledger is passed over:
//!
//! * *Two* nodes (the only one, where one is configured; as many as must agree, where those are more)
//!   have told the history of every followed account there, and *neither* named the ledger. What one of
//!   them alone names is read. So a transaction is missed only if both leave it out.
//! * Each has the whole stretch and says that it searched all of it. Servers clip ranges without a word;
//!   such an answer does not count.
//! * Each is on the chain of the ledger that was handed out before: it has named that ledger.
//! * What changed before shows no gap: each entry says in which ledger it had changed the last time. If
//!   an account, a trust line or a token of yours changed in a ledger that was passed over, the histories
//!   were wrong, and all ledgers up to there are read.
//!
//! Pages overlap by a ledger, in which the next page must begin; markers are used only where a page is
//! empty, and never with another node. As long as no two nodes can tell the histories, and where they
//! bring nothing for ten seconds, ledger by ledger is read. Not seen is what both nodes leave out and no
//! later change points to: the last payment before the end of a stretch, or tokens that came over a new
//! trust line. [`AccountHistory`](crate::AccountHistory) says from what length on a gap is filled this
//! way; `AccountHistory::Never` reads every ledger.
//!
//! # What is handed out
//!
//! All by which a followed account gained something, whatever the way: see
//! [`Way`](crate::Way) and [what to credit](crate::Incoming::delivered). With
//! [`Filter::Touching`](crate::Filter::Touching), all that touched an account.
//!
//! The content of each transaction hashes to its name. What it *did* is, from a stream, the word of
//! the node; from a fetched ledger it is proven by the ledger's hash. Whoever wants that always
//! chooses [`MonitorSource::Ledgers`](crate::MonitorSource::Ledgers), and with an
//! [agreement](crate::Builder::agreement) of two or more that many nodes must name the same ledger.
//!
//! # Exactly once
//!
//! Between the network and your books stands a crash. Store the [`Cursor`](crate::Cursor) in the same
//! database transaction as your own rows, and go on from it: then either both are there, or neither
//! is. [`Monitor::cursor`](crate::Monitor::cursor) is right after every event, in the middle of a
//! ledger too.
//!
//! ```no_run
//! # struct Transaction;
//! # impl Transaction {
//! #     fn book(&self, _: &xrpl_txdata::Incoming, _: xrpl_txdata::TxHash) {}
//! #     fn store(&self, _: String) {}
//! #     fn commit(self) -> Result<(), std::io::Error> { Ok(()) }
//! # }
//! # struct Database;
//! # impl Database {
//! #     fn cursor(&self) -> Option<String> { None }
//! #     fn begin(&mut self) -> Transaction { Transaction }
//! # }
//! use xrpl_txdata::{Event, TxData};
//!
//! async fn run(txd: TxData, db: &mut Database) -> Result<(), Box<dyn std::error::Error>> {
//!     let monitor = txd.monitor(["rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"]);
//!     let mut monitor = match db.cursor() {
//!         Some(stored) => monitor.from(stored.parse()?).start()?,
//!         None => monitor.from_now().start()?,
//!     };
//!     while let Some(event) = monitor.next().await {
//!         let transaction = db.begin();
//!         match event? {
//!             Event::Incoming(payment) => {
//!                 for incoming in payment.received() {
//!                     transaction.book(incoming, payment.hash());
//!                 }
//!             }
//!             Event::LedgerDone(_) => {}
//!             Event::GapNotFillable { from, to } => {
//!                 return Err(format!("no node has ledgers {from} to {to}").into());
//!             }
//!             _ => continue,
//!         }
//!         if let Some(cursor) = monitor.cursor() {
//!             transaction.store(cursor.to_string());
//!         }
//!         transaction.commit()?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! The example `monitor_sqlite` does this with SQLite: a table of payments, a table with one cursor, and
//! one transaction of the database for each event. The tests kill a process with these books dozens of
//! times, at any moment, and find each payment once. Without a database that commits both together the
//! cursor must be stored *after* the rows: then a crash in between repeats what came since, and the
//! rows need a key that tells (hash, account, asset).
//!
//! At the start the cursor's ledger must be in the chain of a node. If all nodes have another one under
//! its index, the stream ends with an error that shows both: the network is another one, or a test
//! network that was reset. Nothing is replayed. A node that cannot be reached is waited for.
//!
//! # A slow consumer
//!
//! The task that reads the sockets never waits for you. 64 events wait in the channel, with them the
//! rest of one ledger, and of the next 16 ledgers what streams have told, up to 64 MiB. All beyond
//! that is forgotten and fetched when you have caught up. [`MonitorHandle::status`] tells the lag.
//!
//! # Costs
//!
//! The stream of all transactions of the main network is some tens of kilobytes a second from each
//! watched node, however many accounts are followed; looking through it costs microseconds per
//! transaction. Each ledger that must be fetched costs one request, up to eight at a time. A history
//! costs one request for each account, for each of two nodes and for some two hundred transactions of
//! that account, up to four at a time; with `Accounts`, at least once in 16 ledgers.
//!
//! [`MonitorHandle::status`]: crate::MonitorHandle::status
