//! Contact with nodes: from an address to answers.

pub(crate) mod connect;
pub(crate) mod ledger;
pub(crate) mod link;
mod names;
pub(crate) mod node;
pub(crate) mod open;
pub(crate) mod pool;
#[cfg(feature = "tls")]
pub(crate) mod tls;
pub(crate) mod upgrade;
