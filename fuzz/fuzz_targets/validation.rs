//! Validations from any bytes: no panic, and what holds is its own bytes and counts once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::proof::{Ballot, TrustedValidators, Validation};

fuzz_target!(|data: &[u8]| {
    let Ok(validation) = Validation::verify(data) else { return };
    assert_eq!(validation.as_bytes(), data);
    let trusted = TrustedValidators::from_keys([*validation.signing_key()]).expect("one key");
    let mut ballot = Ballot::new(validation.ledger_index());
    ballot.cast(&validation, &trusted);
    ballot.cast(&validation, &trusted);
    assert_eq!(ballot.elected(&trusted).is_some(), validation.is_full());
});
