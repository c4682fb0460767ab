//! The ledger's words as types that cannot be wrong. Everything else is built from them.

mod hash;
pub(crate) mod hex;
mod parse_error;

pub(crate) use hash::sha512_half;
pub use hash::{Hash256, LedgerHash, TxHash};
pub use parse_error::ParseError;
