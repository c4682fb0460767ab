//! Amounts from any text and any JSON: no panic, what is read prints and reads back, sums agree
//! with their differences.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::{Amount, Drops, TokenValue};

fuzz_target!(|text: &str| {
    if let Ok(amount) = text.parse() {
        reads_back(amount);
    }
    if let Ok(json) = serde_json::from_str(text)
        && let Ok(amount) = Amount::from_json(&json)
    {
        reads_back(amount);
    }
    if let Ok(drops) = Drops::from_xrp(text) {
        assert_eq!(Drops::from_xrp(&drops.xrp()), Ok(drops));
    }

    // Two values, one after the other.
    let (first, second) = text.split_once(' ').unwrap_or((text, "1"));
    if let (Ok(a), Ok(b)) = (first.parse::<TokenValue>(), second.parse::<TokenValue>()) {
        values_agree(a, b);
    }
});

fn reads_back(amount: Amount) {
    assert_eq!(amount.to_string().parse(), Ok(amount));
    let json = serde_json::to_value(amount).expect("an amount is JSON");
    assert_eq!(Amount::from_json(&json), Ok(amount));
}

fn values_agree(a: TokenValue, b: TokenValue) {
    assert_eq!(a.to_string().parse(), Ok(a));
    if let Some(decimal) = a.to_decimal() {
        assert_eq!(TokenValue::from(decimal), a);
    }
    if let Some(sum) = a.checked_add(b) {
        assert_eq!(b.checked_add(a), Some(sum));
        if sum.is_exact() {
            assert_eq!(sum.checked_sub(b).filter(TokenValue::is_exact), Some(a));
            assert_eq!(sum.cmp(&a), b.cmp(&TokenValue::ZERO));
        }
    }
}
