//! One binary for all integration tests, a file per behaviour.

mod corpus;
mod layers;
mod lookup;
mod verify;
