//! Proof documents from any text: no panic, what is read prints and reads back, and what holds is what
//! the document says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::proof::{MemoryArchive, Proof, ProofArchive};

fuzz_target!(|text: &str| {
    let Ok(proof) = Proof::from_json(text) else { return };
    assert_eq!(Proof::from_json(&proof.to_json()).as_ref(), Ok(&proof));

    let signed = proof.signed_header();
    let archive = MemoryArchive::default();
    archive.keep(signed.ledger_index, signed.hash()).expect("it is empty");
    let by_hash = proof.verify_archived(&archive);

    let publisher = proof.list().and_then(|list| list.public_key);
    let by_list = proof.verify_published(publisher.as_slice(), proof.signed_at());
    for proven in by_hash.iter().chain(&by_list) {
        assert_eq!(*proven.id(), proof.id());
        assert_eq!(proven.header(), proof.header());
    }
    // Signatures are asked on top of all that the other way asks.
    assert!(by_hash.is_ok() || by_list.is_err());
});
