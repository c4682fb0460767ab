//! Metadata and whole messages from any JSON: no panic, nothing appears or vanishes, no balance is
//! told twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use xrpl_txdata::{Asset, BalanceChanges, Delivered, TxRecord};

fuzz_target!(|text: &str| {
    for record in TxRecord::read_all(text).into_iter().flatten().flatten() {
        let account = record.account();
        if let Ok(bound) = record.bind_to_claim() {
            let _ = (bound.delivered(), bound.incoming(&account), bound.fee());
        }
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    // Any list is tried as the list of touched entries.
    for metadata in [json!({ "AffectedNodes": value, "TransactionResult": "tesSUCCESS" }), value] {
        if let Ok(changes) = BalanceChanges::from_metadata(&metadata) {
            promises_hold(&changes);
            let payment = json!({"TransactionType": "Payment", "Amount": "1",
                "Account": "rrrrrrrrrrrrrrrrrrrrBZbvji", "Destination": "rrrrrrrrrrrrrrrrrrrrrhoLvTp"});
            let _ = Delivered::from_json(&payment, &metadata, 90_000_000, None);
        }
    }
});

fn promises_hold(changes: &BalanceChanges) {
    let mut last = None;
    for change in changes {
        assert_eq!(change.after.checked_sub(&change.before), Some(change.delta));
        let key = Some((change.account, change.asset(), change.counterparty));
        assert!(last < key, "sorted, and no balance twice");
        last = key;
        if let (Asset::Token { .. }, Some(other)) = (change.asset(), change.counterparty) {
            let mirrored = changes.of(&other).iter().any(|one| {
                one.asset() == change.asset()
                    && one.counterparty == Some(change.account)
                    && Some(one.delta) == change.delta.checked_neg()
            });
            assert!(mirrored, "a token has two sides");
        }
    }
    serde_json::to_string(changes).expect("balances are JSON");
}
