//! The same ledger in other JSON: nodes that agree with each other by its bytes must not differ by what is
//! made of it.

use serde_json::{Value, json};

use super::*;
use crate::verify::PaidBy;

/// The buyer's escrow pays the shop; its tag is written like this.
fn escrow_with_tag(tag: Value) -> ValidatedTransaction {
    escrow_with("DestinationTag", tag)
}

fn escrow_with(name: &str, tag: Value) -> ValidatedTransaction {
    let transaction = json!({"TransactionType": "EscrowFinish", "Owner": BUYER, "OfferSequence": 3,
        "Destination": null, "DestinationTag": null, "Amount": null});
    let escrow = json!({"DeletedNode": {"LedgerEntryType": "Escrow", "LedgerIndex": "0".repeat(64),
        "FinalFields": {"Account": BUYER, "Destination": SHOP, "Amount": "25000000",
            name: tag}}});
    let nodes = [escrow, xrp(SHOP, 50_000_000, 75_000_000)];
    validated(&super::transaction(transaction), &metadata(&nodes))
}

#[test]
fn a_tag_is_no_missing_tag_however_it_is_written() {
    let builder = || ExpectedPayment::to(SHOP).exactly("25 XRP").ways([PaidBy::EscrowFinish]);
    let (tagged, untagged) = (builder().tag(7).build().unwrap(), builder().build().unwrap());
    let (honest, odd) = (escrow_with_tag(json!(7)), escrow_with_tag(json!("7")));
    assert!(honest.tells_the_same_as(&odd), "the bytes are the same");
    for tx in [honest, odd] {
        paid(&payment(&tx, &tagged));
        fails(&payment(&tx, &untagged), &[CheckCode::DestinationTag]);
    }
    // What is no tag at all is not the same as none either.
    for tag in [json!("seven"), json!(-1), json!(7.5), json!(4_294_967_296_u64), json!({})] {
        for expected in [&tagged, &untagged] {
            assert!(!payment(&escrow_with_tag(tag.clone()), expected).is_paid(), "{tag}");
        }
    }
}

#[test]
fn a_tag_under_another_name_is_not_the_same() {
    let (honest, hidden) = (escrow_with_tag(json!(7)), escrow_with("Unknown(2,14)", json!(7)));
    assert!(!honest.tells_the_same_as(&hidden) && !hidden.tells_the_same_as(&honest));
}
