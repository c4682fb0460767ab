//! Payloads, webhooks and messages of Xaman from any text: no panic, what is read writes and reads
//! back, and a payload never pays by itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::{
    ExpectedPayment,
    xaman::{Payload, SignEvent, Webhook, judge, verify_signature},
};

const SHOP: &str = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY";

fuzz_target!(|text: &str| {
    if let Ok(payload) = Payload::from_json(text) {
        let json = serde_json::to_value(&payload).expect("a payload is JSON");
        assert_eq!(Payload::from_value(json).ok().as_ref(), Some(&payload));
        for network in [0, 1, 21337] {
            let order = ExpectedPayment::to(SHOP).network_id(network).exactly("25 XRP");
            let verdict = judge(&payload, &order.build().expect("nothing contradicts itself"));
            assert_eq!(verdict.txid().is_none(), verdict.failures().next().is_some());
            assert_eq!(verdict.table().lines().count(), verdict.checks().len() + 3);
        }
    }
    if let Ok(webhook) = Webhook::from_json_unverified(text) {
        let json = serde_json::to_value(&webhook).expect("a webhook is JSON");
        assert_eq!(serde_json::from_value(json).ok().as_ref(), Some(&webhook));
    }
    let _ = SignEvent::from_json(text);

    let (timestamp, signature) = text.split_once('\n').unwrap_or((text, ""));
    assert!(verify_signature("a secret", timestamp, signature, text.as_bytes()).is_err());
});
