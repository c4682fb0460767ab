//! The manual: how it behaves, and why. Nothing in here but pages.

pub mod absence;
pub mod endpoints;
pub mod errors;
pub mod from_npm;
pub mod lookup;
pub mod monitoring;
#[cfg(feature = "proof")]
pub mod proof;
pub mod stability;
pub mod testing;
pub mod timeouts;
pub mod trust;
