//! The other ways of being paid, each only where it is allowed.

use serde_json::{Value, json};

use super::*;
use crate::verify::PaidBy;

/// An entry that the transaction deleted, made by the buyer for the shop.
fn deleted(entry_type: &str, more: Value) -> Value {
    let mut fields = json!({"Account": BUYER, "Destination": SHOP, "DestinationTag": 7,
        "SourceTag": 3});
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    json!({"DeletedNode": {"LedgerEntryType": entry_type, "FinalFields": fields}})
}

fn check() -> ValidatedTransaction {
    let invoice = "A".repeat(64);
    let transaction = json!({"TransactionType": "CheckCash", "Account": SHOP, "CheckID": "0".repeat(64),
        "Destination": null, "DestinationTag": null});
    let nodes = [
        deleted("Check", json!({"SendMax": "30000000", "InvoiceID": invoice})),
        xrp(BUYER, 100_000_000, 75_000_000),
        xrp(SHOP, 50_000_000, 74_999_988),
    ];
    validated(&super::transaction(transaction), &metadata(&nodes))
}

fn escrow_finished_by(finisher: &str) -> ValidatedTransaction {
    let transaction = json!({"TransactionType": "EscrowFinish", "Account": finisher, "Owner": BUYER,
        "OfferSequence": 3, "Destination": null, "DestinationTag": null, "Amount": null});
    let fee = if finisher == SHOP { 12 } else { 0 };
    let nodes = [
        deleted("Escrow", json!({"Amount": "25000000"})),
        xrp(SHOP, 50_000_000, 75_000_000 - fee),
        xrp(OTHER, 50_000_000, 49_999_988),
    ];
    let nodes = if finisher == SHOP { &nodes[..2] } else { &nodes };
    validated(&super::transaction(transaction), &metadata(nodes))
}

fn claim() -> ValidatedTransaction {
    let transaction = json!({"TransactionType": "PaymentChannelClaim", "Account": SHOP,
        "Channel": "0".repeat(64), "Balance": "40000000", "Amount": "40000000",
        "Destination": null, "DestinationTag": null});
    let channel = json!({"ModifiedNode": {"LedgerEntryType": "PayChannel",
        "FinalFields": {"Account": BUYER, "Destination": SHOP, "DestinationTag": 7, "SourceTag": 3,
            "Amount": "100000000", "Balance": "40000000"},
        "PreviousFields": {"Balance": "15000000"}}});
    let nodes = [channel, xrp(SHOP, 50_000_000, 74_999_988)];
    validated(&super::transaction(transaction), &metadata(&nodes))
}

fn account_delete() -> ValidatedTransaction {
    let transaction = json!({"TransactionType": "AccountDelete", "Amount": null, "Fee": "2000000",
        "SourceTag": 3});
    let deleted = json!({"DeletedNode": {"LedgerEntryType": "AccountRoot",
        "FinalFields": {"Account": BUYER, "Balance": "0"}, "PreviousFields": {"Balance": "27000000"}}});
    let mut metadata = metadata(&[deleted, xrp(SHOP, 50_000_000, 75_000_000)]);
    metadata["DeliveredAmount"] = "25000000".into();
    validated(&super::transaction(transaction), &metadata)
}

#[test]
fn each_way_pays_where_it_is_allowed_and_nowhere_else() {
    for (way, tx) in [
        (PaidBy::CheckCash, check()),
        (PaidBy::EscrowFinish, escrow_finished_by(OTHER)),
        (PaidBy::EscrowFinish, escrow_finished_by(SHOP)),
        (PaidBy::PaymentChannelClaim, claim()),
        (PaidBy::AccountDelete, account_delete()),
    ] {
        // Tag, sender and source tag are those of the check, escrow or channel.
        let order = || order().exactly("25 XRP").sender(BUYER).source_tag(3);
        let verdict = payment(&tx, &order().ways([way]).build().unwrap());
        paid(&verdict);
        assert_eq!(verdict.amount_received(), Some("25 XRP".parse().unwrap()));
        paid(&payment(&tx, &order().ways(PaidBy::ALL).build().unwrap()));
        let others = PaidBy::ALL.into_iter().filter(|other| *other != way);
        let forbidden = payment(&tx, &order().ways(others).build().unwrap());
        fails(&forbidden, &[CheckCode::TransactionType]);
        fails(&payment(&tx, &order().build().unwrap()), &[CheckCode::TransactionType]);
        let wrong_tag = ExpectedPayment::to(SHOP).tag(8).exactly("25 XRP").ways([way]);
        fails(&payment(&tx, &wrong_tag.build().unwrap()), &[CheckCode::DestinationTag]);
        let wrong_sender = super::order().exactly("25 XRP").sender(OTHER).ways([way]);
        fails(&payment(&tx, &wrong_sender.build().unwrap()), &[CheckCode::Sender]);
    }
    let invoice = order().exactly("25 XRP").ways([PaidBy::CheckCash]);
    paid(&payment(&check(), &invoice.clone().invoice_id("A".repeat(64)).build().unwrap()));
    let other = invoice.invoice_id("B".repeat(64)).build().unwrap();
    fails(&payment(&check(), &other), &[CheckCode::InvoiceId]);
}

#[test]
fn a_claim_pays_what_it_adds_and_not_what_it_says() {
    // The field `Balance` counts all claims so far.
    let said = order().exactly("40 XRP").ways([PaidBy::PaymentChannelClaim]).build().unwrap();
    fails(&payment(&claim(), &said), &[CheckCode::Amount]);
}

#[test]
fn a_claim_that_pays_nothing() {
    let transaction = json!({"TransactionType": "PaymentChannelClaim", "Channel": "0".repeat(64),
        "Destination": null, "DestinationTag": null, "Flags": 0x0002_0000});
    let channel = json!({"ModifiedNode": {"LedgerEntryType": "PayChannel",
        "FinalFields": {"Account": BUYER, "Destination": SHOP, "DestinationTag": 7,
            "Amount": "100000000", "Balance": "40000000", "Expiration": 5},
        "PreviousFields": {}}});
    let tx = validated(&super::transaction(transaction), &metadata(&[channel]));
    let order = order().at_least("0.000001 XRP").ways(PaidBy::ALL).build().unwrap();
    fails(&payment(&tx, &order), &[CheckCode::DeliveredAmount]);
}

#[test]
fn the_escrow_of_somebody_else_and_one_that_did_not_arrive() {
    let finish = |nodes: &[Value]| {
        let transaction = json!({"TransactionType": "EscrowFinish", "Account": OTHER, "Owner": BUYER,
            "OfferSequence": 3, "Destination": null, "DestinationTag": null, "Amount": null});
        validated(&super::transaction(transaction), &metadata(nodes))
    };
    let order = order().exactly("25 XRP").ways([PaidBy::EscrowFinish]).build().unwrap();
    let amount = json!({"Amount": "25000000", "Destination": OTHER});
    let nodes = [deleted("Escrow", amount), xrp(OTHER, 50_000_000, 74_999_988)];
    fails(&payment(&finish(&nodes), &order), &[CheckCode::Destination]);
    // The node says that an escrow is gone, and shows nobody who got it.
    let nodes = [deleted("Escrow", json!({"Amount": "25000000"}))];
    fails(&payment(&finish(&nodes), &order), &[CheckCode::BalanceChange]);
    // Two at once are no escrow that anybody could name.
    let one = deleted("Escrow", json!({"Amount": "25000000"}));
    let nodes = [one.clone(), one, xrp(SHOP, 50_000_000, 75_000_000)];
    let verdict = payment(&finish(&nodes), &order);
    assert!(!verdict.is_paid() && verdict.amount_received().is_none(), "{verdict}");
}

/// The order expects the buyer's escrow; somebody else's was finished, and the node writes the buyer on it.
#[test]
fn the_owner_of_an_escrow_is_the_one_who_was_signed() {
    let finish = |owner: &str| {
        let transaction = json!({"TransactionType": "EscrowFinish", "Account": OTHER, "Owner": owner,
            "OfferSequence": 3, "Destination": null, "DestinationTag": null, "Amount": null});
        let nodes =
            [deleted("Escrow", json!({"Amount": "25000000"})), xrp(SHOP, 50_000_000, 75_000_000)];
        validated(&super::transaction(transaction), &metadata(&nodes))
    };
    let order =
        order().exactly("25 XRP").sender(BUYER).ways([PaidBy::EscrowFinish]).build().unwrap();
    paid(&payment(&finish(BUYER), &order));
    let verdict = payment(&finish(OTHER), &order);
    assert!(!verdict.is_paid() && verdict.amount_received().is_none(), "{verdict}");
}

#[test]
fn an_escrow_of_tokens_delivers_what_its_issuer_leaves() {
    let transaction = json!({"TransactionType": "EscrowFinish", "Account": OTHER, "Owner": BUYER,
        "OfferSequence": 3, "Destination": null, "DestinationTag": null, "Amount": null});
    let nodes = [
        deleted("Escrow", json!({"Amount": token("25", ISSUER)})),
        line("USD", SHOP, ISSUER, "10", "34.5"),
    ];
    let tx = validated(&super::transaction(transaction), &metadata(&nodes));
    let order = |amount: &str| {
        let amount = format!("{amount} USD:{ISSUER}");
        order().exactly(amount).ways([PaidBy::EscrowFinish]).build().unwrap()
    };
    paid(&payment(&tx, &order("24.5")));
    fails(&payment(&tx, &order("25")), &[CheckCode::Amount]);
}

/// Neither more nor less than was let go is believed of XRP; of a token the issuer may keep a part, and not add one.
#[test]
fn what_an_escrow_let_go_is_what_must_have_arrived() {
    let transaction = json!({"TransactionType": "EscrowFinish", "Account": OTHER, "Owner": BUYER,
        "OfferSequence": 3, "Destination": null, "DestinationTag": null, "Amount": null});
    let finish =
        |nodes: &[Value]| validated(&super::transaction(transaction.clone()), &metadata(nodes));
    for after in [74_999_999, 75_000_001] {
        let escrow = deleted("Escrow", json!({"Amount": "25000000"}));
        let order = order().at_least("1 XRP").ways([PaidBy::EscrowFinish]).build().unwrap();
        let verdict = payment(&finish(&[escrow, xrp(SHOP, 50_000_000, after)]), &order);
        fails(&verdict, &[CheckCode::BalanceChange]);
    }
    let gaining = |after: &str| {
        let escrow = deleted("Escrow", json!({"Amount": token("25", ISSUER)}));
        let amount = format!("1 USD:{ISSUER}");
        let order = order().at_least(amount).ways([PaidBy::EscrowFinish]).build().unwrap();
        payment(&finish(&[escrow, line("USD", SHOP, ISSUER, "10", after)]), &order)
    };
    paid(&gaining("35"));
    fails(&gaining("35.5"), &[CheckCode::BalanceChange]);
}

/// A third of a hundred on a balance of a thousand: the last digits do not fit.
#[test]
fn an_escrow_is_not_short_of_what_its_receivers_balance_cannot_hold() {
    let transaction = json!({"TransactionType": "EscrowFinish", "Account": OTHER, "Owner": BUYER,
        "OfferSequence": 3, "Destination": null, "DestinationTag": null, "Amount": null});
    let finish = |held: &str, more: Value, after: &str| {
        let mut fields = json!({"Amount": token(held, ISSUER)});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let nodes = [deleted("Escrow", fields), line("USD", SHOP, ISSUER, "1000.1", after)];
        let tx = validated(&super::transaction(transaction.clone()), &metadata(&nodes));
        let order = order().exactly(format!("{held} USD:{ISSUER}")).ways([PaidBy::EscrowFinish]);
        payment(&tx, &order.build().unwrap())
    };
    let none = || json!({});
    for (held, after) in
        [("66.66666666666667", "1066.766666666667"), ("33.33333333333333", "1033.433333333333")]
    {
        paid(&finish(held, none(), after));
    }
    fails(&finish("66.66666666666667", none(), "1066.7666666668"), &[CheckCode::BalanceChange]);
    fails(&finish("66.66666666666667", none(), "1066.7666666665"), &[CheckCode::Amount]);
    // Where the issuer keeps a fee, what is missing may be it.
    let charged =
        finish("33.33333333333333", json!({"TransferRate": 1_000_000_001}), "1033.433333333333");
    fails(&charged, &[CheckCode::Amount]);
}

/// It is credited once. What is lost over a hundred credits would hide that four fifths did not come.
#[test]
fn what_a_large_balance_rounds_away_at_once_is_no_more_than_its_last_digit() {
    let transaction = json!({"TransactionType": "EscrowFinish", "Account": OTHER, "Owner": BUYER,
        "OfferSequence": 3, "Destination": null, "DestinationTag": null, "Amount": null});
    let gaining = |after: &str| {
        let nodes = [
            deleted("Escrow", json!({"Amount": token("50", ISSUER)})),
            line("USD", SHOP, ISSUER, "1000000000000000", after),
        ];
        let tx = validated(&super::transaction(transaction.clone()), &metadata(&nodes));
        let order = order().exactly(format!("50 USD:{ISSUER}")).ways([PaidBy::EscrowFinish]);
        payment(&tx, &order.build().unwrap())
    };
    paid(&gaining("1000000000000050"));
    fails(&gaining("1000000000000010"), &[CheckCode::Amount]);
    fails(&gaining("1000000000000090"), &[CheckCode::BalanceChange]);
}

/// Whoever cashes a check is paid by it, whatever the node shows of it.
#[test]
fn a_check_pays_who_cashed_it() {
    let transaction = json!({"TransactionType": "CheckCash", "Account": OTHER, "CheckID": "0".repeat(64),
        "Destination": null, "DestinationTag": null});
    let nodes = [
        deleted("Check", json!({"SendMax": "30000000"})),
        xrp(BUYER, 100_000_000, 75_000_000),
        xrp(OTHER, 50_000_000, 74_999_988),
    ];
    let tx = validated(&super::transaction(transaction), &metadata(&nodes));
    let verdict = payment(&tx, &order().exactly("25 XRP").ways(PaidBy::ALL).build().unwrap());
    fails(&verdict, &[CheckCode::Destination]);
}

#[test]
fn transactions_that_pay_nobody() {
    let nodes = [xrp(BUYER, 100_000_000, 99_999_988), xrp(SHOP, 50_000_000, 75_000_000)];
    for kind in ["OfferCreate", "TrustSet", "PaymentChannelFund", "EscrowCancel", "AccountSet"] {
        let transaction = json!({"TransactionType": kind, "Destination": null,
            "DestinationTag": null, "Amount": null});
        let tx = validated(&super::transaction(transaction), &metadata(&nodes));
        let verdict = payment(&tx, &order().exactly("25 XRP").ways(PaidBy::ALL).build().unwrap());
        fails(&verdict, &[CheckCode::TransactionType]);
        assert_eq!(verdict.amount_received(), None);
    }
}
