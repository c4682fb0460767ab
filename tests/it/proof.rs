//! Proofs: what holds, and for each reason of refusal the lie that meets it.

mod documents;
mod flips;
mod forms;
mod keys;
mod lists;
mod random;
mod recorded;
mod signed;
mod trust;
mod world;

use data_encoding::HEXUPPER_PERMISSIVE;

fn hex(bytes: &[u8]) -> String {
    HEXUPPER_PERMISSIVE.encode(bytes)
}

fn bytes(hex: &str) -> Vec<u8> {
    HEXUPPER_PERMISSIVE.decode(hex.as_bytes()).unwrap()
}
