//! The monitor in any story of nodes that tell late, twice, out of order, in vain, of a part only, or of
//! another chain: nothing is missed, nothing comes twice or early, and it never stands still.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| xrpl_txdata::__fuzz::follow(bytes));
