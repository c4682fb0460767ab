//! The truth about one XRP Ledger transaction, from several nodes, in the time you allow.

pub mod types;

#[doc(no_inline)]
pub use types::{
    AccountId, Amount, Asset, Ctid, Currency, Drops, Hash256, LedgerHash, MptId, ParseError,
    RippleTime, TokenValue, TxHash, XAddress,
};
