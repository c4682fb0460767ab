//! One test for each way to cheat a careless checker, or to be mistaken.

use serde_json::{Value, json};

use super::*;
use crate::{
    codec::{self, Definitions},
    tx::RecordError,
    types::{RippleTime, TxHash},
    verify::{IdempotencyKey, Mark, MemorySeen, SeenStore, TagPolicy},
};

const PARTIAL: u32 = 0x0002_0000;

/// The buyer pays tokens to the shop, on one line each with their issuer.
fn token_payment(currency: &str, issuer: &str, value: &str) -> ValidatedTransaction {
    let amount = json!({"currency": currency, "issuer": issuer, "value": value});
    let nodes = [
        xrp(BUYER, 100_000_000, 99_999_988),
        line(currency, BUYER, issuer, "100", "75"),
        line(currency, SHOP, issuer, "10", "35"),
    ];
    validated(&transaction(json!({"Amount": amount})), &metadata(&nodes))
}

#[test]
fn a_partial_payment_of_one_drop_for_a_million_xrp() {
    let transaction = transaction(json!({"Amount": "1000000000000", "Flags": PARTIAL,
        "SendMax": token("1", ISSUER)}));
    let mut metadata = metadata(&[xrp(SHOP, 50_000_000, 50_000_001)]);
    metadata["DeliveredAmount"] = "1".into();
    let tx = validated(&transaction, &metadata);
    assert_eq!(tx.raw_transaction()["Amount"], "1000000000000");

    let verdict = payment(&tx, &order_for("1000000 XRP"));
    fails(&verdict, &[CheckCode::Amount]);
    assert_eq!(verdict.amount_received(), Some("0.000001 XRP".parse().unwrap()));
    assert_eq!(verdict.underpaid(), Some("999999.999999 XRP".parse().unwrap()));
    let at_least = order().at_least("1 XRP").build().unwrap();
    fails(&payment(&tx, &at_least), &[CheckCode::Amount]);
}

#[test]
fn a_payment_that_is_only_proposed() {
    let (transaction, metadata) = honest();
    for validated in [json!(false), json!("true"), json!(1), json!(null)] {
        let reply = json!({"tx_json": transaction, "meta": metadata, "validated": validated,
            "ledger_index": LEDGER});
        let error = TxRecord::from_value(reply, &Around::default()).unwrap_err();
        assert_eq!(error, RecordError::NotValidated);
    }
}

#[test]
fn a_failed_payment_that_is_in_the_ledger_all_the_same() {
    let (transaction, mut metadata) = honest();
    metadata["TransactionResult"] = "tecPATH_DRY".into();
    // A node that adds an amount to it makes it no better.
    metadata["delivered_amount"] = "25000000".into();
    let verdict = payment(&validated(&transaction, &metadata), &order_for("25 XRP"));
    fails(&verdict, &[CheckCode::Result, CheckCode::DeliveredAmount]);
    assert_eq!(verdict.amount_received(), None);
}

#[test]
fn a_payment_with_money_of_a_test_network() {
    let (transaction, metadata) = honest();
    let tx = on_network(1, &transaction, &metadata);
    let verdict = payment(&tx, &order_for("25 XRP"));
    fails(&verdict, &[CheckCode::Network]);
    assert_eq!(verdict.amount_received(), None);
    // The same bytes on the main network are another payment.
    let main = payment(&validated(&transaction, &metadata), &order_for("25 XRP"));
    assert_ne!(main.idempotency_key(), verdict.idempotency_key());
    paid(&payment(&tx, &order().exactly("25 XRP").network_id(1).build().unwrap()));
}

#[test]
fn the_right_amount_of_a_token_with_the_same_code_of_another_issuer() {
    let tx = token_payment("USD", OTHER, "25");
    fails(&payment(&tx, &order_for(&format!("25 USD:{ISSUER}"))), &[CheckCode::Asset]);
    paid(&payment(&tx, &order_for(&format!("25 USD:{OTHER}"))));
}

#[test]
fn the_right_code_in_another_spelling() {
    let tx = token_payment("usd", ISSUER, "25");
    fails(&payment(&tx, &order_for(&format!("25 USD:{ISSUER}"))), &[CheckCode::Asset]);
}

#[test]
fn a_token_that_calls_itself_xrp() {
    for code in
        ["7872700000000000000000000000000000000000", "5852500000000000000000000000000000000000"]
    {
        let tx = token_payment(code, ISSUER, "25");
        fails(&payment(&tx, &order_for("25 XRP")), &[CheckCode::Asset]);
        // In drops.
        let tx = token_payment(code, ISSUER, "25000000");
        assert!(!payment(&tx, &order_for("25 XRP")).is_paid());
    }
}

#[test]
fn shares_of_a_liquidity_pool() {
    let tx = token_payment("03930D02208264E2E40EC1B0C09E4DB96EE197B1", ISSUER, "25");
    for amount in ["25 XRP".to_owned(), format!("25 USD:{ISSUER}")] {
        let verdict = payment(&tx, &order_for(&amount));
        fails(&verdict, &[CheckCode::Asset]);
        assert!(verdict.to_string().contains("a share of a liquidity pool"));
    }
}

#[test]
fn any_issuer_that_the_shop_trusts() {
    // Who names the receiver as the issuer pays with tokens of anybody whom the receiver trusts.
    let amount = json!({"Amount": token("25", SHOP), "SendMax": token("25", OTHER)});
    let paid_through = |issuer: &str| {
        let nodes =
            [line("USD", BUYER, issuer, "100", "75"), line("USD", SHOP, issuer, "10", "35")];
        validated(&transaction(amount.clone()), &metadata(&nodes))
    };
    let expected = order_for(&format!("25 USD:{ISSUER}"));
    fails(&payment(&paid_through(OTHER), &expected), &[CheckCode::Asset]);
    // An issuer that expects its own tokens back does not get them.
    let own = order_for(&format!("25 USD:{SHOP}"));
    fails(&payment(&paid_through(OTHER), &own), &[CheckCode::Asset]);
    let verdict = payment(&paid_through(ISSUER), &expected);
    paid(&verdict);
    assert_eq!(verdict.amount_received(), Some(format!("25 USD:{ISSUER}").parse().unwrap()));
    // A part of this issuer's and a part of that one's.
    let nodes = [line("USD", SHOP, ISSUER, "10", "34"), line("USD", SHOP, OTHER, "0", "1")];
    let mixed = validated(&transaction(amount.clone()), &metadata(&nodes));
    fails(&payment(&mixed, &expected), &[CheckCode::Asset]);
    // One of this issuer's, and 24 of the shop's own, which it sold for a drop on the way.
    let own_offer = json!({"ModifiedNode": {"LedgerEntryType": "Offer",
        "FinalFields": {"Account": SHOP, "TakerGets": token("76", SHOP), "TakerPays": "3"},
        "PreviousFields": {"TakerGets": token("100", SHOP), "TakerPays": "4"}}});
    let nodes = [own_offer, line("USD", SHOP, ISSUER, "10", "11")];
    let bought = validated(&transaction(amount.clone()), &metadata(&nodes));
    assert!(bought.delivered().exact().is_some());
    fails(&payment(&bought, &expected), &[CheckCode::Asset]);
    // It gave away one line's for another's.
    let nodes = [line("USD", SHOP, ISSUER, "10", "36"), line("USD", SHOP, OTHER, "1", "0")];
    let swapped = validated(&transaction(amount.clone()), &metadata(&nodes));
    fails(&payment(&swapped, &expected), &[CheckCode::Asset]);
}

#[test]
fn the_tag_of_another_customer_no_tag_and_tag_zero() {
    let tagged = |tag: Value| {
        let (_, metadata) = honest();
        validated(&transaction(json!({"DestinationTag": tag})), &metadata)
    };
    let expected = |tag| ExpectedPayment::to(SHOP).tag(tag).exactly("25 XRP").build().unwrap();
    for (tag, wanted) in [
        (json!(8), 7),
        (json!(0), 7),
        (json!(null), 7),
        (json!(null), 0),
        (json!(7), 0),
        (json!(u32::MAX), 7),
    ] {
        fails(&payment(&tagged(tag), &expected(wanted)), &[CheckCode::DestinationTag]);
    }
    paid(&payment(&tagged(json!(0)), &expected(0)));
    paid(&payment(&tagged(json!(u32::MAX)), &expected(u32::MAX)));
}

#[test]
fn a_tag_where_none_is_expected() {
    let (tagged, metadata) = honest();
    let tx = validated(&tagged, &metadata);
    let none = ExpectedPayment::to(SHOP).exactly("25 XRP").build().unwrap();
    assert_eq!(none.destination_tag(), TagPolicy::NoTag);
    fails(&payment(&tx, &none), &[CheckCode::DestinationTag]);
    paid(&payment(&tx, &ExpectedPayment::to(SHOP).any_tag().exactly("25 XRP").build().unwrap()));
    let untagged = validated(&transaction(json!({"DestinationTag": null})), &metadata);
    paid(&payment(&untagged, &none));
}

#[test]
fn a_payment_to_somebody_else() {
    let (_, metadata) = honest();
    let to_other = metadata.to_string().replace(SHOP, OTHER);
    let tx = validated(
        &transaction(json!({"Destination": OTHER})),
        &serde_json::from_str(&to_other).unwrap(),
    );
    let verdict = payment(&tx, &order_for("25 XRP"));
    fails(&verdict, &[CheckCode::Destination]);
    assert_eq!(verdict.amount_received(), None);
}

#[test]
fn a_payment_to_oneself() {
    let own = json!({"Account": SHOP, "SendMax": token("30", ISSUER)});
    // Converts tokens of its own into XRP: delivered, and nothing was gained by anybody's paying.
    let nodes = [xrp(SHOP, 50_000_000, 74_999_988), line("USD", SHOP, ISSUER, "100", "70")];
    let tx = validated(&transaction(own.clone()), &metadata(&nodes));
    assert_eq!(tx.delivered().to_string(), "25 XRP");
    fails(&payment(&tx, &order_for("25 XRP")), &[CheckCode::NotSelf]);
    // The balance shows the fee alone.
    let tx = validated(&transaction(own), &metadata(&[xrp(SHOP, 50_000_000, 49_999_988)]));
    let both = [CheckCode::BalanceChange, CheckCode::NotSelf];
    fails(&payment(&tx, &order_for("25 XRP")), &both);
}

#[test]
fn an_old_payment_is_presented_again() {
    let (transaction, metadata) = honest();
    let tx = validated(&transaction, &metadata);
    let closed: RippleTime = CLOSED.parse().unwrap();
    let at = |seconds: i64| {
        RippleTime::from_seconds(closed.seconds().checked_add_signed(seconds as i32).unwrap())
    };
    let order = || order().exactly("25 XRP");
    for (expected, code) in [
        (order().not_before(at(1)), CheckCode::TimeWindow),
        (order().not_after(at(-1)), CheckCode::TimeWindow),
        (order().first_ledger(LEDGER + 1), CheckCode::LedgerWindow),
        (order().last_ledger(LEDGER - 1), CheckCode::LedgerWindow),
    ] {
        fails(&payment(&tx, &expected.build().unwrap()), &[code]);
    }
    let just = order().not_before(at(0)).not_after(at(0)).first_ledger(LEDGER).last_ledger(LEDGER);
    paid(&payment(&tx, &just.build().unwrap()));
}

#[test]
fn a_node_that_does_not_tell_when() {
    let (transaction, metadata) = honest();
    let reply = json!({"tx_json": transaction, "meta": metadata, "validated": true,
        "ledger_index": LEDGER});
    let record = TxRecord::from_value(reply, &Around::default()).unwrap();
    let hash = record.hash();
    let source = Source::of("wss://node.test");
    let tx = ValidatedTransaction::new(record.bind(hash).unwrap(), 0, source).unwrap();
    paid(&payment(&tx, &order_for("25 XRP")));
    let recent = order().exactly("25 XRP").not_before(RippleTime::from_seconds(0)).build().unwrap();
    fails(&payment(&tx, &recent), &[CheckCode::TimeWindow]);
}

#[tokio::test]
async fn one_payment_for_two_orders() {
    let (transaction, metadata) = honest();
    let tx = validated(&transaction, &metadata);
    let mut seen = MemorySeen::default();
    // An order that it does not pay does not use it up.
    let unpaid = payment(&tx, &order_for("26 XRP")).claim(&mut seen).await.unwrap();
    fails(&unpaid, &[CheckCode::Amount]);
    let first = payment(&tx, &order_for("25 XRP")).claim(&mut seen).await.unwrap();
    paid(&first);
    assert_eq!(first.check(CheckCode::FirstUse).unwrap().outcome, crate::verify::Outcome::Passed);
    let second = payment(&tx, &order_for("25 XRP")).claim(&mut seen.clone()).await.unwrap();
    fails(&second, &[CheckCode::FirstUse]);
    assert_eq!(second.amount_received(), None);
    assert_eq!(seen.mark(IdempotencyKey { network_id: 1, hash: tx.hash() }).await, Ok(Mark::First));
}

#[test]
fn amounts_in_spellings_that_mislead() {
    // Drops are integers: a node's JSON with anything else is no transaction.
    for amount in [json!("25.0"), json!("25e6"), json!(25.5), json!("+25000000")] {
        let (_, metadata) = honest();
        let reply = json!({"tx_json": transaction(json!({"Amount": amount})), "meta": metadata,
            "validated": true, "ledger_index": LEDGER});
        assert!(TxRecord::from_value(reply, &Around::default()).is_err(), "{amount}");
    }
    // Tokens have exponents, and these are the same number.
    for value in ["25", "2.5e1", "2500000000000000e-14", "25.00"] {
        paid(&payment(
            &token_payment("USD", ISSUER, value),
            &order_for(&format!("25 USD:{ISSUER}")),
        ));
    }
    // These are not: 2.5 is not 25, and a 17th digit makes another number.
    for value in ["2.5", "25e1", "24.99999999999999"] {
        assert!(
            !payment(&token_payment("USD", ISSUER, value), &order_for(&format!("25 USD:{ISSUER}")))
                .is_paid()
        );
    }
    let reply = json!({"tx_json": transaction(json!({"Amount": token("25.000000000000001", ISSUER)})),
        "meta": honest().1, "validated": true, "ledger_index": LEDGER});
    assert!(TxRecord::from_value(reply, &Around::default()).is_err());
    let error = order().exactly(format!("25.000000000000001 USD:{ISSUER}")).build().unwrap_err();
    assert!(error.reason().contains("16 significant digits"), "{error}");
}

#[test]
fn a_delivered_amount_larger_than_the_balance_change() {
    let (transaction, _) = honest();
    let nodes = [xrp(BUYER, 100_000_000, 99_999_987), xrp(SHOP, 50_000_000, 50_000_001)];
    let mut metadata = metadata(&nodes);
    metadata["delivered_amount"] = "25000000".into();
    let verdict = payment(&validated(&transaction, &metadata), &order_for("25 XRP"));
    fails(&verdict, &[CheckCode::BalanceChange]);
    assert_eq!(verdict.amount_received(), None);
    assert!(verdict.to_string().contains("got 0.000001 XRP more"), "{verdict}");
    // A node that leaves the shop's account out of it is not believed either.
    let tx = validated(&transaction, &super::metadata(&[xrp(BUYER, 100_000_000, 74_999_988)]));
    fails(&payment(&tx, &order_for("25 XRP")), &[CheckCode::BalanceChange]);
}

#[test]
fn a_node_that_tells_two_amounts_or_one_that_nobody_signed() {
    let (_, honest) = honest();
    let partial = transaction(json!({"Flags": PARTIAL, "SendMax": token("1", ISSUER)}));
    let mut two = honest.clone();
    two["DeliveredAmount"] = "1".into();
    two["delivered_amount"] = "25000000".into();
    let verdict = payment(&validated(&partial, &two), &order_for("25 XRP"));
    fails(&verdict, &[CheckCode::DeliveredAmount]);
    // One XRP was signed, whatever the node says arrived.
    let small = transaction(json!({"Amount": "1000000"}));
    let mut large = honest.clone();
    large["delivered_amount"] = "25000000".into();
    let verdict = payment(&validated(&small, &large), &order_for("25 XRP"));
    fails(&verdict, &[CheckCode::DeliveredAmount]);
    for nonsense in [json!("a lot"), json!(null), json!({"value": "25"}), json!(25)] {
        large["delivered_amount"] = nonsense;
        let verdict = payment(&validated(&transaction(json!({})), &large), &order_for("25 XRP"));
        fails(&verdict, &[CheckCode::DeliveredAmount]);
    }
}

#[test]
fn a_payment_so_old_that_its_amount_is_unavailable() {
    let (transaction, mut metadata) = honest();
    metadata["delivered_amount"] = "unavailable".into();
    let verdict = payment(&validated(&transaction, &metadata), &order_for("25 XRP"));
    fails(&verdict, &[CheckCode::DeliveredAmount]);
    assert_eq!(verdict.amount_received(), None);
    assert_eq!(
        verdict.check(CheckCode::Amount).unwrap().outcome,
        crate::verify::Outcome::NotApplicable
    );
}

#[test]
fn multi_purpose_tokens_that_say_more_than_they_delivered() {
    // Before the amendment fixMPTDeliveredAmount, partial payments of these stored no amount.
    let id = "00002403C84A0A28E0190E208E982C352BBD5006600555CF";
    let holder = |account: &str, before: &str, after: &str| {
        json!({"ModifiedNode": {"LedgerEntryType": "MPToken",
            "FinalFields": {"Account": account, "MPTokenIssuanceID": id, "MPTAmount": after},
            "PreviousFields": {"MPTAmount": before}}})
    };
    let amount = json!({"mpt_issuance_id": id, "value": "100"});
    let transaction = transaction(json!({"Amount": amount, "Flags": PARTIAL}));
    let expected = order_for(&format!("100 MPT:{id}"));
    let all = [holder(BUYER, "200", "100"), holder(SHOP, "10", "110")];
    paid(&payment(&validated(&transaction, &metadata(&all)), &expected));
    let one = [holder(BUYER, "200", "199"), holder(SHOP, "10", "11")];
    fails(
        &payment(&validated(&transaction, &metadata(&one)), &expected),
        &[CheckCode::BalanceChange],
    );
}

#[test]
fn a_batch_whose_outside_succeeded() {
    let inner = json!({"TransactionType": "Payment", "Account": BUYER, "Destination": SHOP,
        "DestinationTag": 7, "Amount": "25000000", "Fee": "0", "Flags": 0x4000_0000, "Sequence": 6,
        "SigningPubKey": ""});
    let outer = json!({"TransactionType": "Batch", "Account": BUYER, "Fee": "48", "Flags": 0x0001_0000,
        "Sequence": 5, "SigningPubKey": "02".repeat(33), "TxnSignature": "30".repeat(70),
        "RawTransactions": [{"RawTransaction": inner}, {"RawTransaction": {
            "TransactionType": "Payment", "Account": BUYER, "Destination": OTHER, "Amount": "1",
            "Fee": "0", "Flags": 0x4000_0000, "Sequence": 7, "SigningPubKey": ""}}]});
    let tx = validated(&outer, &metadata(&[xrp(BUYER, 100_000_000, 99_999_952)]));
    let verdict = payment(&tx, &order_for("25 XRP"));
    fails(&verdict, &[CheckCode::Batch, CheckCode::TransactionType]);
    let blob = Definitions::xrpl().encode_transaction(inner.as_object().unwrap()).unwrap();
    let hash: TxHash = codec::transaction_id(&blob);
    let place = format!("{hash} (Payment to {SHOP})");
    assert!(verdict.check(CheckCode::Batch).unwrap().actual.contains(&place), "{verdict}");

    // The inner transaction by its own hash, with its own metadata.
    let nodes = [xrp(BUYER, 100_000_000, 75_000_000), xrp(SHOP, 50_000_000, 75_000_000)];
    let mut metadata = metadata(&nodes);
    metadata["ParentBatchID"] = tx.hash().to_string().into();
    let own = payment(&validated(&inner, &metadata), &order_for("25 XRP"));
    paid(&own);
    assert_eq!(own.idempotency_key().hash, hash);
    assert!(own.check(CheckCode::Batch).unwrap().actual.contains(&tx.hash().to_string()));
}

#[test]
fn from_a_stranger_for_another_invoice_on_behalf_of_another() {
    let (_, metadata) = honest();
    let mine = "A".repeat(64);
    let tx = validated(&transaction(json!({"InvoiceID": mine, "SourceTag": 3})), &metadata);
    let order = || order().exactly("25 XRP");
    paid(&payment(
        &tx,
        &order().sender(OTHER).sender(BUYER).invoice_id(&mine).source_tag(3).build().unwrap(),
    ));
    for (expected, code) in [
        (order().sender(OTHER), CheckCode::Sender),
        (order().invoice_id("B".repeat(64)), CheckCode::InvoiceId),
        (order().source_tag(0), CheckCode::SourceTag),
    ] {
        fails(&payment(&tx, &expected.build().unwrap()), &[code]);
    }
    let bare = validated(&transaction(json!({})), &metadata);
    fails(
        &payment(&bare, &order().invoice_id("0".repeat(64)).build().unwrap()),
        &[CheckCode::InvoiceId],
    );
    fails(&payment(&bare, &order().source_tag(0).build().unwrap()), &[CheckCode::SourceTag]);
}

#[test]
fn too_little_and_too_much() {
    let (transaction, metadata) = honest();
    let tx = validated(&transaction, &metadata);
    let amount = |text: &str| Some(text.parse().unwrap());
    let more = payment(&tx, &order().at_least("24 XRP").build().unwrap());
    paid(&more);
    assert_eq!((more.overpaid(), more.underpaid()), (amount("1 XRP"), None));
    assert!(more.to_string().starts_with("paid: received 25 XRP, 1 XRP more than asked for"));
    for (expected, over, under) in [
        (order().exactly("24.999999 XRP"), amount("0.000001 XRP"), None),
        (order().exactly("25.000001 XRP"), None, amount("0.000001 XRP")),
        (order().at_least("25.000001 XRP"), None, amount("0.000001 XRP")),
        (order().between("1 XRP", "24 XRP"), amount("1 XRP"), None),
        (order().between("26 XRP", "27 XRP"), None, amount("1 XRP")),
    ] {
        let verdict = payment(&tx, &expected.build().unwrap());
        fails(&verdict, &[CheckCode::Amount]);
        // The money is here, and it is this order's.
        assert_eq!(verdict.amount_received(), amount("25 XRP"));
        assert_eq!((verdict.overpaid(), verdict.underpaid()), (over, under));
    }
    paid(&payment(&tx, &order().between("25 XRP", "25 XRP").build().unwrap()));
}

#[test]
fn names_of_a_node_do_not_break_the_table() {
    let (transaction, metadata) = honest();
    let source = Source::of("wss://a\nok   result   \u{1b}[31m\u{202e}");
    let tx = ValidatedTransaction::new(record(&transaction, &metadata), 0, source).unwrap();
    let verdict = payment(&tx, &order_for("25 XRP"));
    let table = verdict.table();
    assert_eq!(table.lines().count(), 3 + verdict.checks().len(), "{table}");
    assert!(!table.contains(['\u{1b}', '\u{202e}']));
}
