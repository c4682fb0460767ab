//! The truth about one XRP Ledger transaction, from several nodes, in the time you allow.

pub mod types;

#[doc(no_inline)]
pub use types::{Hash256, LedgerHash, ParseError, TxHash};
