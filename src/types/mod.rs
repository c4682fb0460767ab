//! The ledger's words as types that cannot be wrong. Everything else is built from them.

mod account;
mod amount;
mod amount_forms;
mod asset;
pub(crate) mod base58;
mod ctid;
mod currency;
mod drops;
mod hash;
pub(crate) mod hex;
mod key;
mod mpt;
mod parse_error;
mod readable;
pub(crate) mod text;
mod time;
mod token_forms;
mod token_sum;
mod token_text;
mod token_value;
mod x_address;

pub use account::AccountId;
pub use amount::Amount;
pub use asset::Asset;
pub use ctid::Ctid;
pub use currency::Currency;
pub use drops::Drops;
pub(crate) use hash::sha512_half;
pub use hash::{Hash256, LedgerHash, TxHash};
pub use key::{IntoTxKey, TxKey};
pub use mpt::MptId;
pub use parse_error::ParseError;
pub use time::RippleTime;
pub use token_value::TokenValue;
pub use x_address::XAddress;

#[cfg(test)]
mod round_trips;
