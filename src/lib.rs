//! The truth about one XRP Ledger transaction, from several nodes, in the time you allow.

mod config;
mod error;
mod machine;
mod net;
pub mod types;
mod wire;

pub use config::{Endpoint, IntoEndpoint, MAINNET_ENDPOINTS, MAX_TIMEOUT, MAX_WAIT, Timeouts};
pub use error::{Attempt, Blame, Error, ErrorKind, Failure, ServerError, Step, Unfit};
pub use net::connect::{ByteStream, Connect, ConnectError, Connecting};
pub use wire::ranges::LedgerRanges;

#[doc(no_inline)]
pub use types::{
    AccountId, Amount, Asset, Ctid, Currency, Drops, Hash256, IntoTxKey, LedgerHash, MptId,
    ParseError, RippleTime, TokenValue, TxHash, TxKey, XAddress,
};
