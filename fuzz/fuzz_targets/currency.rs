//! Currency codes from any text and any bytes: no panic, what is read prints and reads back, and
//! what is shown to people is plain ASCII that never reads as XRP.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::{Asset, Currency};

fuzz_target!(|data: &[u8]| {
    if let Some(currency) = data.first_chunk().and_then(|bytes| Currency::from_bytes(*bytes)) {
        holds(currency);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(currency) = text.parse() {
        holds(currency);
    }
    if let Ok(currency) = Currency::from_name(text) {
        holds(currency);
    }
    if let Ok(asset) = text.parse::<Asset>() {
        assert_eq!(asset.to_string().parse(), Ok(asset));
    }
});

fn holds(currency: Currency) {
    assert_eq!(currency.to_string().parse(), Ok(currency));
    if let Some(name) = currency.name() {
        assert_eq!(Currency::from_name(&name), Ok(currency));
    }
    let shown = currency.readable();
    assert!(shown.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{shown:?}");
    assert!(!shown.trim().eq_ignore_ascii_case("XRP"), "{shown:?}");
}
