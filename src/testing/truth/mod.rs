//! The truth: what really happened on the simulated network, whatever its nodes say.

mod council;
mod holdings;
mod ledger;
mod orders;
mod sign;
mod state;
mod traffic;
mod transactions;
mod world;

pub(super) use council::Council;
pub use ledger::{Ledger, LedgerTransaction};
pub(super) use orders::Order;
pub use orders::{OfferOrder, PaymentOrder};
pub(super) use sign::named_account;
pub(super) use world::{Found, Settings, Signed, World, definitions};
