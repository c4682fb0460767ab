//! The ledger's binary format from any bytes: no panic, and what is read writes the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::__fuzz::{decode, encode};

fuzz_target!(|blob: &[u8]| {
    if let Some(json) = decode(blob) {
        let again = encode(&json).expect("what was read can be written");
        // Numbers of earlier days have other bytes today, but as many.
        assert_eq!(again.len(), blob.len());
        assert_eq!(decode(&again), Some(json));
    }
});
