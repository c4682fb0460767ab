//! A line of JSON that is an expectation, and after it a node's message: no panic, and a verdict that
//! agrees with itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::{__fuzz::verdict, ExpectedPayment};

fuzz_target!(|text: &str| {
    let (order, message) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(expected) = serde_json::from_str::<ExpectedPayment>(order) else { return };
    let stored = serde_json::to_string(&expected).expect("an expectation is JSON");
    assert_eq!(serde_json::from_str::<ExpectedPayment>(&stored).ok().as_ref(), Some(&expected));

    let Some(verdict) = verdict(message, expected.network_id(), &expected) else { return };
    assert_eq!(verdict.is_paid(), verdict.failures().count() == 0);
    assert_eq!(verdict.to_string().starts_with("paid: "), verdict.is_paid());
    assert_eq!(verdict.table().lines().count(), verdict.checks().len() + 3);
    match verdict.amount_received() {
        Some(received) => assert_eq!(verdict.is_paid(), expected.amount().accepts(&received)),
        None => assert!(!verdict.is_paid()),
    }
});
