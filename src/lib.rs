//! The truth about one XRP Ledger transaction, from several nodes, in the time you allow.

mod client;
mod codec;
mod config;
mod error;
mod machine;
mod net;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
pub mod types;
mod wire;

pub use client::{Absence, Builder, Lookup, LookupBuilder, Searched, TxData};
pub use config::{Endpoint, IntoEndpoint, MAINNET_ENDPOINTS, MAX_TIMEOUT, MAX_WAIT, Timeouts};
pub use error::{Attempt, Blame, Error, ErrorKind, Failure, ServerError, Step, Unfit};
pub use machine::watch::WatchSource;
pub use net::connect::{ByteStream, Connect, ConnectError, Connecting};
pub use tx::{
    Around, BalanceChange, BalanceChanges, BoundRecord, Chain, ContentMismatch, Delivered, Doubt,
    Fee, FeeSource, Incoming, LockedChange, LockedIn, Memo, MemoPart, MetadataError, Pool,
    RecordError, ResolvedBy, ResultClass, Source, TxRecord, TxResult, UnknownChange,
    ValidatedTransaction, Way, WrongNetwork,
};
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

    use crate::codec::Definitions;

    /// The object of these bytes.
    pub fn decode(blob: &[u8]) -> Option<Map<String, Value>> {
        Definitions::xrpl().decode(blob).ok()
    }

    /// The bytes of this object.
    pub fn encode(json: &Map<String, Value>) -> Option<Vec<u8>> {
        Definitions::xrpl().encode_transaction(json).ok()
    }
}
