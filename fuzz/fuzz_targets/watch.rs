//! The watch in any story of nodes that tell late, twice, out of order, in vain or falsely: nothing
//! false is claimed, nobody who waits is forgotten, and nothing grows without end.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| xrpl_txdata::__fuzz::watch(bytes));
