//! Races from any story of replies, silence and time: each ends once, in time, and as it must.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| xrpl_txdata::__fuzz::race(bytes));
