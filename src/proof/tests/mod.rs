//! What is tested with private parts: recorded pieces, trees of chosen keys, an archive's limits.
//! All else about proofs is in `tests/it/proof`.

mod archive;
mod fields;
mod trees;
mod vectors;

use crate::types::{Hash256, hex};

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn hash(text: &str) -> Hash256 {
    text.parse().unwrap()
}
