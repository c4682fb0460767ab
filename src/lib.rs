//! The truth about one XRP Ledger transaction, from several nodes, in the time you allow.
//!
//! Give it the hash of an XRP Ledger transaction, and it tells your application the truth about it, in the
//! time you allow: what the transaction did in a *validated* ledger, how much it *really delivered*, who
//! gained and who lost what; or that it is not there yet, or that it can never be there. It asks several
//! servers and believes none of them more than it has to.
//!
//! ```no_run
//! use xrpl_txdata::{Error, Lookup, Timeouts, TxData};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Error> {
//!     let endpoints = ["wss://xrplcluster.com", "wss://s2.ripple.com"];
//!     let txd = TxData::new(endpoints, Timeouts::default())?;
//!
//!     // Wait up to 20 seconds for a transaction that is not there yet.
//!     let hash = "8F3CE0481EF31A1BE44AD7D744D286B0F440780CD0056951948F93A803D47F8B";
//!     match txd.get_one(hash, 20).await? {
//!         Lookup::Found(tx) => println!("{}: delivered {}", tx.result(), tx.delivered()),
//!         Lookup::Absent(absence) => println!("not in ledgers {}", absence.coverage()),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Found is not paid: credit what was [delivered](ValidatedTransaction::delivered), and only where every check
//! of an [expected payment](ExpectedPayment) passes. Absent is not never, unless it [says so](Absence::is_final).
//! And an [`Error`] is no answer at all.
//!
//! # Where to read on
//!
//! | you want to | read |
//! |---|---|
//! | know what happens when you ask | [lookup](manual::lookup), [timeouts](manual::timeouts) |
//! | choose the servers to ask | [endpoints](manual::endpoints) |
//! | know whether an order is paid | [`verify`], [`TxData::verify_payment`] |
//! | take payments that users sign in Xaman | [`xaman`] |
//! | follow accounts for months, and miss nothing | [monitoring](manual::monitoring) |
//! | know what "not found" is worth, and when it is for ever | [absence](manual::absence) |
//! | know whom you believe, and believe nobody | [trust](manual::trust), [proof](manual::proof) |
//! | handle what goes wrong | [errors](manual::errors) |
//! | test code that takes money | [testing](manual::testing) |
//! | read transactions that you have already | [`BalanceChanges::from_metadata`], [`Delivered::from_json`] |
//! | replace the npm package of this name | [from_npm](manual::from_npm) |
//! | know what the next version may change | [stability](manual::stability) |
//!
//! # Features
//!
//! They only add.
//!
//! | feature | what it adds |
//! |---|---|
//! | `tls` (default) | `wss` and `https` endpoints: rustls with ring, and Mozilla's root certificates compiled in |
//! | `http` | `http` and `https` endpoints: JSON-RPC for networks that let no WebSocket through |
//! | `platform-roots` | [`Builder::platform_roots`]: trusts what the operating system trusts |
//! | `proof` | [`Trust::Validators`]: lookups that believe no node, but what validators signed; and the module [`proof`], which writes and checks portable proofs, offline |
//! | `testing` | the module [`testing`]: a network in memory, with validators that sign its ledgers and nodes whose faults are scripted by name; brings `proof` |
//!
//! # Map of the code
//!
//! `types` are the ledger's words, `codec` its binary format, `wire` the servers' language, `proof` what
//! validators signed, `tx` the meaning of a transaction, `machine` the decisions (no I/O, time is a
//! parameter), `net` the contact with nodes, `client` the entrance. A file imports only from layers below
//! its own, and a test checks it. The first line of each file says which step of a lookup's trip it is.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a feature its items are links to nothing; `cargo doc` works all the same.
#![cfg_attr(
    not(all(feature = "platform-roots", feature = "testing")),
    expect(rustdoc::broken_intra_doc_links, reason = "links to items of features that are off")
)]

mod client;
mod codec;
mod config;
mod error;
mod machine;
pub mod manual;
mod monitor;
mod net;
#[cfg(feature = "proof")]
pub mod proof;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
pub mod types;
pub mod verify;
mod wire;
pub mod xaman;

pub use client::{
    Absence, Builder, Lookup, LookupBuilder, PaymentAnswer, Searched, Trust, TxData, XamanAnswer,
};
pub use config::{Endpoint, IntoEndpoint, MAINNET_ENDPOINTS, MAX_TIMEOUT, MAX_WAIT, Timeouts};
pub use error::{Attempt, Blame, Error, ErrorKind, Failure, ServerError, Step, Unfit, Unproven};
pub use machine::{
    follow::{cursor::Cursor, goal::AccountHistory, reading::Filter},
    watch::WatchSource,
};
pub use monitor::{
    Event, IncomingPayment, IntoAccount, Monitor, MonitorBuilder, MonitorHandle, MonitorSource,
    MonitorStatus, NodeFailure,
};
pub use net::connect::{ByteStream, Connect, ConnectError, Connecting};
pub use tx::{
    Around, BalanceChange, BalanceChanges, BoundRecord, Chain, ContentMismatch, Delivered, Doubt,
    Fee, FeeSource, Incoming, LockedChange, LockedIn, Memo, MemoPart, MetadataError, Pool,
    ProvenSource, RecordError, ResolvedBy, ResultClass, Source, TxRecord, TxResult, UnknownChange,
    ValidatedTransaction, Way,
};
pub use verify::{ExpectedPayment, Verdict};
pub use wire::ranges::LedgerRanges;

/// The crate rustls, as [`Builder::tls_config`] takes its configuration.
#[cfg(feature = "tls")]
#[doc(no_inline)]
pub use tokio_rustls::rustls;
#[doc(no_inline)]
pub use types::{
    AccountId, Amount, Asset, Ctid, Currency, Drops, Hash256, IntoTxKey, LedgerHash, MptId,
    ParseError, RippleTime, TokenValue, TxHash, TxKey, XAddress,
};

/// What the fuzz targets need from inside. No part of the interface.
#[doc(hidden)]
pub mod __fuzz {
    use serde_json::{Map, Value};

    use crate::{
        Around, ExpectedPayment, Source, TxRecord, ValidatedTransaction, Verdict,
        codec::Definitions, verify,
    };

    /// The verdict on the transaction that a message of a node on `network_id` holds.
    pub fn verdict(message: &str, network_id: u32, expected: &ExpectedPayment) -> Option<Verdict> {
        let record = TxRecord::read(message, &Around::default()).ok()?;
        let hash = record.hash();
        let source = Source::of("wss://node.test");
        let tx = ValidatedTransaction::new(record.bind(hash).ok()?, network_id, source).ok()?;
        Some(verify::payment(&tx, expected))
    }

    /// Plays the story of a race that these bytes tell; panics when a promise is broken.
    #[cfg(fuzzing)]
    pub fn race(bytes: &[u8]) {
        let _ = crate::machine::race::stories::play(bytes, std::time::Instant::now());
    }

    /// Plays the story of a watch that these bytes tell; panics when a promise is broken.
    #[cfg(fuzzing)]
    pub fn watch(bytes: &[u8]) {
        let _ = crate::machine::watch::stories::play(bytes, std::time::Instant::now());
    }

    /// Plays the story of a monitor that these bytes tell; panics when a promise is broken.
    #[cfg(fuzzing)]
    pub fn follow(bytes: &[u8]) {
        let _ = crate::machine::follow::stories::play(bytes, std::time::Instant::now());
    }

    /// The object of these bytes.
    pub fn decode(blob: &[u8]) -> Option<Map<String, Value>> {
        Definitions::xrpl().decode(blob).ok()
    }

    /// The bytes of this object.
    pub fn encode(json: &Map<String, Value>) -> Option<Vec<u8>> {
        Definitions::xrpl().encode_transaction(json).ok()
    }
}

/// The README's examples, which compile and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
