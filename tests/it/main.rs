//! One binary for all integration tests, a file per behaviour.

mod attacks;
mod auto_traits;
mod bad_input;
mod cancellation;
mod corpus;
mod faults;
mod layers;
mod live;
mod lookup;
mod loopback;
mod memory;
mod monitor;
mod operators;
mod proof;
mod proving;
mod runtimes;
mod seeds;
mod standalone;
mod stories;
mod support;
mod verify;
mod watch;
mod xaman;
