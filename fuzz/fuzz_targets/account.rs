//! Addresses from any text: no panic, and what is read prints the same text again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::{AccountId, XAddress};

fuzz_target!(|text: &str| {
    // Base58 has one spelling for each content, so the text itself must come back.
    if let Ok(account) = text.parse::<AccountId>() {
        assert_eq!(account.to_string(), text);
    }
    if let Ok(address) = text.parse::<XAddress>() {
        assert_eq!(address.to_string(), text);
    }

    // Random texts seldom have a right checksum, so the other way round as well.
    if let Some((account, rest)) = text.as_bytes().split_first_chunk::<20>() {
        let account = AccountId::from_bytes(*account);
        assert_eq!(account.to_string().parse(), Ok(account));
        let tag = rest.first_chunk::<4>().map(|tag| u32::from_le_bytes(*tag));
        let address = XAddress { account, tag, test_network: rest.len() % 2 == 1 };
        assert_eq!(address.to_string().parse(), Ok(address));
    }
});
