//! Manifests from any bytes and any text: no panic, and what holds has two keys and its own bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::proof::{Manifest, TrustedValidators};

fuzz_target!(|data: &[u8]| {
    if let Ok(manifest) = Manifest::verify(data) {
        assert_eq!(manifest.as_bytes(), data);
        assert_eq!(manifest.signing_key().is_none(), manifest.is_revocation());
        assert_ne!(Some(manifest.master_key()), manifest.signing_key());
        let mut trusted = TrustedValidators::from_keys([*manifest.master_key()]).expect("one key");
        assert_eq!(trusted.apply(manifest.clone()), Ok(true));
        assert_eq!(trusted.apply(manifest), Ok(false));
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Manifest::from_text(text);
    }
});
