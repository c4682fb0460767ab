//! The ledger's binary format of any JSON: no panic, and what is written reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::__fuzz::{decode, encode};

fuzz_target!(|text: &str| {
    if let Ok(json) = serde_json::from_str(text)
        && let Some(blob) = encode(&json)
    {
        let read = decode(&blob).expect("what was written can be read");
        assert_eq!(encode(&read), Some(blob));
    }
});
