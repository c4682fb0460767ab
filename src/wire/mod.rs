//! The servers' language: what is sent to them, and what their answers say.

pub(crate) mod answer;
mod envelope;
pub(crate) mod frame;
pub(crate) mod history;
pub(crate) mod ledger;
pub(crate) mod ranges;
pub(crate) mod request;
pub(crate) mod server_error;
pub(crate) mod server_info;
pub(crate) mod stream;
#[cfg(feature = "proof")]
pub(crate) mod validation;
pub(crate) mod values;
pub(crate) mod warnings;
pub(crate) mod whole;
