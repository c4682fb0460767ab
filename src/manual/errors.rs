//! What an error means, whose fault it is, and what to do about it.
//!
//! # Three endings, not two
//!
//! A lookup ends in one of three ways, and code that takes money must keep them apart:
//!
//! | ending | what is known | what follows |
//! |---|---|---|
//! | [`Lookup::Found`](crate::Lookup::Found) | what the transaction did | paid or not: [judge](crate::verify) it |
//! | [`Lookup::Absent`](crate::Lookup::Absent) | the ledgers in which it is not | not yet; never, if [`is_final`](crate::Absence::is_final): see [absence](super::absence) |
//! | [`Error`](crate::Error) | nothing | **nothing**: it may have been paid |
//!
//! ```
//! use xrpl_txdata::{Blame, Lookup, Step, TxData, testing::{Fault, Network}};
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let network = Network::new(1);
//!     let (dead, silent) = (network.node("n1.test"), network.node("n2.test"));
//!     let txd = TxData::builder()
//!         .endpoints([dead.url(), silent.url()])
//!         .connect(network.clone())
//!         .build()?;
//!     dead.set_faults([Fault::Refused]);
//!     silent.set_faults([Fault::Silent]);
//!
//!     let hash = "8F3CE0481EF31A1BE44AD7D744D286B0F440780CD0056951948F93A803D47F8B";
//!     match txd.get_one(hash, 0).await {
//!         Ok(Lookup::Found(tx)) => println!("{}", tx.result()),
//!         Ok(Lookup::Absent(absence)) => println!("{absence}"),
//!         Err(error) => match error.blame() {
//!             Blame::You => return Err(error.into()),
//!             // The nodes, or time: ask again later. The order stays as it is.
//!             _ => {
//!                 for attempt in error.attempts() {
//!                     println!("{attempt}");
//!                 }
//!                 assert_eq!(error.attempts()[0].step, Step::Dial);
//!                 assert_eq!(error.attempts().len(), 2);
//!             }
//!         },
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Which, and what to do
//!
//! | [`kind`](crate::ErrorKind) | [`blame`](crate::Blame) | what to do |
//! |---|---|---|
//! | `InvalidEndpoints`, `InvalidKey`, `InvalidSetting`, `InvalidAccounts` | `You` | mend the value that the message names; asking again gives the same |
//! | `WrongStart` | `You` | the cursor of a monitor, or its first ledger, is not on this network: find out why before you begin anywhere else |
//! | `Closed` | `You` | somebody has called [`close`](crate::TxData::close) |
//! | `AllEndpointsFailed` | `Nodes` | ask again later; if it stays, the attempts tell what is wrong with each |
//! | `TimedOut` | `Time` | ask again, or allow more: see [timeouts](super::timeouts) |
//! | `Disagreement` | `Nodes` | believe none of them; ask again, and look which node is wrong |
//! | `NotProven` | `Nodes` | only with [`Trust::Validators`](crate::Trust::Validators): the attempts tell what was missing |
//!
//! With an [agreement](crate::Builder::agreement), `AllEndpointsFailed` is also the end when a node has the
//! transaction and too few others can [confirm](crate::Failure::Unconfirmed) it.
//!
//! Repeating is harmless: the library only reads. It does not repeat a lookup by itself; but within one all
//! nodes join in their turn, and while it waits for a transaction it goes on asking until the wait is over.
//!
//! # The evidence
//!
//! [`attempts`](crate::Error::attempts) has one entry for each endpoint that gave no usable answer: at which
//! [`Step`](crate::Step) it stopped, after how long, and the [`Failure`](crate::Failure). An
//! [`Absence`](crate::Absence::attempts) and the [`Source`](crate::Source) of a found transaction have them
//! too, for the nodes that were of no use meanwhile. A node that answers, but is not fit to be believed, has
//! the failure [`Unfit`](crate::Unfit); what a server says in its own words is a
//! [`ServerError`](crate::ServerError).
//!
//! `Display` of an `Error` is one line with all of that, for logs. No text of this library shows the path,
//! the query or the user name of an endpoint, where keys are.
//!
//! # A monitor
//!
//! An [outage](crate::Event::Outage) is an event and not an error: a [`Monitor`](crate::Monitor) goes on
//! trying for ever. It ends with an error only where trying is of no use (`WrongStart`, `Closed`), and with
//! [`GapNotFillable`](crate::Event::GapNotFillable) when all nodes lack ledgers that it needs.
//!
//! # Other error types
//!
//! What reads a text or a document says what is wrong with that alone:
//! [`ParseError`](crate::ParseError) for words of the ledger and endpoints,
//! [`MetadataError`](crate::MetadataError) and [`RecordError`](crate::RecordError) for transactions,
//! [`ExpectationError`](crate::verify::ExpectationError) for what no payment can fulfil,
//! [`WebhookError`](crate::xaman::WebhookError) and [`PayloadError`](crate::xaman::PayloadError) for Xaman,
//! and those of the module `proof`. All implement `std::error::Error`, and are `Send` and `Sync`.
//!
//! # Logs
//!
//! Each step is an event of the crate `tracing`: `debug` within a span `lookup` that has the key; a monitor
//! tells its outages as `info`. The target is `xrpl_txdata` and what is below it. Without a subscriber
//! nothing is written.
