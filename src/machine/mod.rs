//! Decisions without I/O: plain values in, plain values out, time as a parameter.

pub(crate) mod backoff;
pub(crate) mod finality;
pub(crate) mod fitness;
pub(crate) mod follow;
pub(crate) mod ledgers;
pub(crate) mod operators;
pub(crate) mod pending;
#[cfg(feature = "proof")]
pub(crate) mod proving;
pub(crate) mod race;
#[cfg(test)]
mod seeds;
pub(crate) mod watch;
#[cfg(feature = "proof")]
pub(crate) mod witnesses;
