//! One binary for all integration tests, a file per behaviour.

mod bad_input;
mod cancellation;
mod corpus;
mod faults;
mod layers;
mod lookup;
mod proof;
mod support;
mod verify;
mod watch;
mod xaman;
