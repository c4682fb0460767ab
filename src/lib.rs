//! The truth about one XRP Ledger transaction, from several nodes, in the time you allow.
//!
//! Give it a transaction hash. It asks several servers and believes none of them more than it has to,
//! waits on closed ledgers if the transaction is not there yet, and tells what the transaction did in a
//! *validated* ledger, how much it *really delivered*, and who gained and who lost what. Or that it is
//! not there, and in which ledgers it was looked for.
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
//! What happens in there: [the race](manual::lookup), [the time limits](manual::timeouts),
//! [what "not found" means](manual::absence), [whom you believe](manual::trust). Did an order get paid:
//! [`verify`], [`xaman`]. Following accounts for months: [`TxData::monitor`] and
//! [its page](manual::monitoring).
//!
//! Without a network: [`BalanceChanges::from_metadata`] and [`Delivered::from_json`] read recorded
//! transactions, and [`testing`] is a simulated network for your own tests.
//!
//! # Features
//!
//! They only add.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `tls` | yes | `wss://` and `https://` with the root certificates of Mozilla's list |
//! | `http` | | `http://` and `https://` endpoints: JSON-RPC, where no WebSocket gets through |
//! | `platform-roots` | | the roots that the operating system trusts |
//! | `proof` | | [`proof`]: validated by the validators' own signatures, on no server's word |
//! | `testing` | | [`testing`], a simulated network with scripted faults |
//!
//! # Map of the code
//!
//! `types` are the ledger's words, `codec` its binary format, `wire` the servers' language, `proof` what
//! validators signed, `tx` the meaning of a transaction, `machine` the decisions (no I/O, time is a
//! parameter), `net` the contact with nodes, `client` the entrance. A file imports only from layers below
//! its own, and a test checks it. The first line of each file says which step of a lookup's trip it is.

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
    ValidatedTransaction, Way, WrongNetwork,
};
pub use verify::{ExpectedPayment, Verdict};
pub use wire::ranges::LedgerRanges;

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
        crate::machine::race::stories::play(bytes, std::time::Instant::now());
    }

    /// Plays the story of a watch that these bytes tell; panics when a promise is broken.
    #[cfg(fuzzing)]
    pub fn watch(bytes: &[u8]) {
        crate::machine::watch::stories::play(bytes, std::time::Instant::now());
    }

    /// Plays the story of a monitor that these bytes tell; panics when a promise is broken.
    #[cfg(fuzzing)]
    pub fn follow(bytes: &[u8]) {
        crate::machine::follow::stories::play(bytes, std::time::Instant::now());
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
