//! The ledger's binary format, both ways: step 6 of the trip, where a reply's content is turned back
//! into the bytes that were signed, so that their hash can be compared with the one asked for.
//!
//! A transaction, its metadata, a ledger entry, a validation and a manifest are all the same thing:
//! one object, a sequence of fields in canonical order. [`Definitions`] say what the fields are
//! called, and have the methods:
//!
//! * [`Definitions::decode`]: bytes to JSON as rippled prints it. Takes any bytes.
//! * [`Definitions::encode_transaction`] and [`Definitions::encode_metadata`]: any server's JSON to
//!   the exact bytes. Keys in lower case are left out: they are what servers add, whichever API
//!   version, and no field of the binary format has such a name.
//!
//! The format is described on xrpl.org under "Serialization Format"; where that is silent, what
//! rippled does is what holds.
//!
//! What ledgers are made of belongs to it: [`header`], whose hash is the ledger's name, and [`tree`],
//! whose root stands in the header.

mod amount;
mod asset;
mod decimal;
mod decode;
mod definitions;
mod encode;
mod error;
pub(crate) mod framing;
#[cfg_attr(
    not(feature = "proof"),
    expect(dead_code, unreachable_pub, reason = "public, and used whole, with that feature")
)]
pub(crate) mod header;
mod integer;
mod number;
mod path_set;
pub(crate) mod reader;
#[cfg_attr(
    not(feature = "proof"),
    expect(dead_code, unreachable_pub, reason = "public, and used whole, with that feature")
)]
pub(crate) mod tree;

use crate::types::{TxHash, sha512_half};

pub(crate) use definitions::Definitions;
pub(crate) use error::EncodeError;

/// How deep objects and arrays may lie in each other. rippled's own limit is 10.
pub(crate) const MAX_DEPTH: usize = 16;

/// Largest object that is decoded, in bytes. A transaction has at most 1 MiB, and metadata of the
/// most nodes that rippled allows (5200) stays below this.
pub(crate) const MAX_BLOB: usize = 8 << 20;

/// Most fields, path steps and array elements in one decoded object. Each costs memory many times
/// its bytes, so that [`MAX_BLOB`] alone would not bound it.
pub(crate) const MAX_FIELDS: usize = 200_000;

/// The hash that names the transaction of these bytes.
pub(crate) fn transaction_id(blob: &[u8]) -> TxHash {
    TxHash::from_bytes(sha512_half(&[b"TXN\0", blob]))
}

#[cfg(test)]
mod tests;
