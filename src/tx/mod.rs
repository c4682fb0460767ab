//! What a transaction did: pure code over its content and its metadata, step 9 of the trip.
//!
//! [`record`] makes one trustworthy record of any reply; the others read meaning out of it.

mod balances;
#[cfg(test)]
mod corpus;
mod delivered;
mod fee;
pub(crate) mod fields;
mod incoming;
mod memo;
mod metadata;
mod outcome;
#[cfg(test)]
mod properties;
mod record;
mod source;
mod validated;
#[cfg(test)]
mod vectors;

pub use balances::{
    BalanceChange, BalanceChanges, LockedChange, LockedIn, MetadataError, Pool, UnknownChange,
};
pub(crate) use delivered::{Credits, gained_of};
pub use delivered::{Delivered, Doubt};
pub use fee::{Fee, FeeSource};
pub use incoming::{Incoming, Way};
pub use memo::{Memo, MemoPart};
pub use outcome::{ResultClass, TxResult};
pub use record::{Around, BoundRecord, Chain, ContentMismatch, RecordError, TxRecord};
pub use source::{ProvenSource, ResolvedBy, Source};
pub use validated::ValidatedTransaction;
pub(crate) use validated::WrongNetwork;
