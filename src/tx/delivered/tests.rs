//! Every rule of delivered amounts, each with the lie that it catches.

use serde_json::{Value, json};

use super::*;
use crate::tx::vectors::*;

/// A ledger of today, and one from before February 2014.
const NEW: (u32, Option<u32>) = (90_000_000, None);
const OLD: (u32, Option<u32>) = (38_129, Some(410_424_200));

fn usd(value: &str, issuer: &str) -> Value {
    json!({"currency": "USD", "issuer": issuer, "value": value})
}

fn tokens(value: &str) -> Value {
    json!({"mpt_issuance_id": mpt(), "value": value})
}

/// Ann pays Bob.
fn payment(amount: Value, flags: u32) -> Value {
    json!({"TransactionType": "Payment", "Account": ANN, "Destination": BOB, "Amount": amount,
        "Fee": "10", "Flags": flags})
}

fn judge(transaction: &Value, meta: Value, (index, time): (u32, Option<u32>)) -> Delivered {
    let mut metadata = json!({"TransactionResult": "tesSUCCESS", "AffectedNodes": []});
    metadata.as_object_mut().unwrap().extend(meta.as_object().unwrap().clone());
    let time = time.map(RippleTime::from_seconds);
    Delivered::from_json(transaction, &metadata, index, time).unwrap()
}

fn exact(amount: &Value) -> Delivered {
    Delivered::Exact(Amount::from_json(amount).unwrap())
}

/// Why it is doubtful.
fn doubt(delivered: &Delivered) -> Option<Doubt> {
    match delivered {
        Delivered::Doubtful { why, .. } => Some(*why),
        _ => None,
    }
}

#[test]
fn a_full_payment_delivers_its_amount() {
    let nodes = json!([root(ANN, "100", "85"), root(BOB, "5", "10")]);
    for meta in
        [json!({"AffectedNodes": nodes}), json!({"AffectedNodes": nodes, "delivered_amount": "5"})]
    {
        let delivered = judge(&payment(json!("5"), 0), meta, NEW);
        assert_eq!(delivered, exact(&json!("5")));
        assert_eq!(delivered.to_string(), "0.000005 XRP");
    }
    // The name of the second API version.
    let mut transaction = payment(json!("5"), 0);
    let amount = transaction.as_object_mut().unwrap().remove("Amount").unwrap();
    transaction["DeliverMax"] = amount;
    let meta = json!({"AffectedNodes": nodes});
    assert_eq!(judge(&transaction, meta, NEW), exact(&json!("5")));
}

#[test]
fn a_partial_payment_delivers_what_was_stored_and_not_its_amount() {
    let transaction = payment(json!("1000000000"), PARTIAL_PAYMENT);
    let nodes = json!([root(BOB, "5", "6")]);
    let meta = json!({"AffectedNodes": nodes, "DeliveredAmount": "1", "delivered_amount": "1"});
    assert_eq!(judge(&transaction, meta, NEW), exact(&json!("1")));
    // A node that hides the stored amount is caught by the balance.
    let hidden = judge(&transaction, json!({"AffectedNodes": nodes}), NEW);
    assert_eq!(doubt(&hidden), Some(Doubt::NotInBalance));
    assert_eq!(
        hidden.to_string(),
        "doubtful, the balance gained another amount: claimed 1000 XRP, observed 0.000001 XRP"
    );
}

#[test]
fn failed_transactions_deliver_nothing() {
    let meta = json!({"TransactionResult": "tecPATH_PARTIAL", "delivered_amount": "5",
        "DeliveredAmount": "5", "AffectedNodes": [root(BOB, "5", "10")]});
    assert_eq!(judge(&payment(json!("5"), 0), meta.clone(), NEW), Delivered::Nothing);
    let odd = json!({"TransactionResult": "tesNEW", "AffectedNodes": [root(BOB, "5", "10")]});
    assert_eq!(judge(&payment(json!("5"), 0), odd, NEW), Delivered::Nothing);
    let none = json!({"AffectedNodes": [], "TransactionResult": null});
    assert_eq!(judge(&payment(json!("5"), 0), none, NEW), Delivered::Nothing);
}

#[test]
fn before_february_2014_nobody_knows() {
    let transaction = payment(json!("5"), 0);
    let meta = || json!({"AffectedNodes": [root(BOB, "5", "10")]});
    for (place, known) in [
        (OLD, false),
        ((4_594_094, None), false),
        ((4_594_095, None), true),
        ((4_594_094, Some(446_000_000)), false),
        // Other networks have young ledgers of low numbers.
        ((7, Some(446_000_001)), true),
        ((7, None), false),
    ] {
        let expected = if known { exact(&json!("5")) } else { Delivered::Unavailable };
        assert_eq!(judge(&transaction, meta(), place), expected, "{place:?}");
    }
    let mut said = meta();
    said["delivered_amount"] = "unavailable".into();
    assert_eq!(judge(&transaction, said.clone(), NEW), Delivered::Unavailable);
    // It cannot be unavailable and stored.
    said["DeliveredAmount"] = "5".into();
    assert_eq!(doubt(&judge(&transaction, said, NEW)), Some(Doubt::TwoAmounts));
    // What was stored is known at any age.
    let mut stored = meta();
    stored["DeliveredAmount"] = "5".into();
    assert_eq!(judge(&transaction, stored, OLD), exact(&json!("5")));
}

#[test]
fn two_amounts_that_differ_are_doubtful_and_the_larger_is_not_taken() {
    let transaction = payment(json!("9"), PARTIAL_PAYMENT);
    for (stored, written) in [("5", "9"), ("9", "5")] {
        let meta = json!({"DeliveredAmount": stored, "delivered_amount": written,
            "AffectedNodes": [root(BOB, "0", "5")]});
        assert_eq!(doubt(&judge(&transaction, meta, NEW)), Some(Doubt::TwoAmounts));
    }
    // One number in two notations is one number.
    let amounts = (usd("1e3", CAY), usd("1000", CAY));
    let meta = json!({"DeliveredAmount": amounts.0, "delivered_amount": amounts.1,
        "AffectedNodes": [rippled(BOB, CAY, "0", "1000")]});
    let delivered = judge(&payment(usd("5000", CAY), PARTIAL_PAYMENT), meta, NEW);
    assert_eq!(delivered, exact(&amounts.0));
}

#[test]
fn unreadable_amounts_are_doubtful() {
    let transaction = payment(json!("9"), PARTIAL_PAYMENT);
    for (name, value) in [
        ("delivered_amount", json!("Unavailable")),
        ("delivered_amount", json!(5)),
        ("delivered_amount", json!(null)),
        ("DeliveredAmount", json!("unavailable")),
        ("DeliveredAmount", json!("1.5")),
        ("DeliveredAmount", json!({"currency": "XRP", "value": "5"})),
    ] {
        let mut meta = json!({"AffectedNodes": [root(BOB, "0", "9")]});
        meta[name] = value.clone();
        let delivered = judge(&transaction, meta, NEW);
        assert_eq!(doubt(&delivered), Some(Doubt::Unreadable), "{name} {value}");
    }
}

#[test]
fn nobody_receives_more_than_was_signed() {
    for (transaction, claimed, believed) in [
        // A full payment is all or nothing.
        (payment(json!("5"), 0), "5", true),
        (payment(json!("5"), 0), "6", false),
        (payment(json!("5"), 0), "4", false),
        (payment(json!("5"), PARTIAL_PAYMENT), "5", true),
        (payment(json!("5"), PARTIAL_PAYMENT), "4", true),
        (payment(json!("5"), PARTIAL_PAYMENT), "6", false),
        // Another asset altogether.
        (payment(usd("5", CAY), PARTIAL_PAYMENT), "4", false),
    ] {
        let after = claimed.parse::<u32>().unwrap().to_string();
        let meta = json!({"DeliveredAmount": claimed, "AffectedNodes": [root(BOB, "0", &after)]});
        let delivered = judge(&transaction, meta, NEW);
        let expected = if believed { None } else { Some(Doubt::NotSigned) };
        assert_eq!(doubt(&delivered), expected, "{transaction} {claimed}");
    }
    let mut least = payment(json!("9"), PARTIAL_PAYMENT);
    least["DeliverMin"] = "5".into();
    let meta = |n: &str| json!({"DeliveredAmount": n, "AffectedNodes": [root(BOB, "0", n)]});
    assert_eq!(judge(&least, meta("5"), NEW), exact(&json!("5")));
    assert_eq!(doubt(&judge(&least, meta("4"), NEW)), Some(Doubt::NotSigned));
}

#[test]
fn nobody_receives_tokens_of_another_issuer_than_was_signed() {
    let judged = |signed: Value, claimed: Value, line: Value| {
        let meta = json!({"DeliveredAmount": claimed, "AffectedNodes": [line]});
        doubt(&judge(&payment(signed, PARTIAL_PAYMENT), meta, NEW))
    };
    let line = |issuer: &str| rippled(BOB, issuer, "0", "5");
    assert_eq!(judged(usd("5", CAY), usd("5", CAY), line(CAY)), None);
    // Signed were tokens that anybody can issue, claimed are others.
    let swapped = judged(usd("5", ANN), usd("5", CAY), line(CAY));
    assert_eq!(swapped, Some(Doubt::NotSigned));
    // In the name of the receiver stands for any issuer.
    assert_eq!(judged(usd("5", BOB), usd("5", CAY), line(CAY)), None);
    // What cannot be read was not signed either.
    let unreadable = judged(json!("five"), usd("5", CAY), line(CAY));
    assert_eq!(unreadable, Some(Doubt::NotSigned));
    // Of a deleted account nothing is left but XRP.
    let mut delete = payment(NONE, 0);
    delete["TransactionType"] = "AccountDelete".into();
    let meta = json!({"DeliveredAmount": usd("5", CAY), "AffectedNodes": [line(CAY)]});
    assert_eq!(doubt(&judge(&delete, meta, NEW)), Some(Doubt::NotSigned));
}

#[test]
fn xrp_must_stand_in_the_balance_to_the_drop() {
    for (before, after, believed) in [("5", "10", true), ("5", "9", false), ("5", "11", false)] {
        let meta = json!({"delivered_amount": "5", "AffectedNodes": [root(BOB, before, after)]});
        let delivered = judge(&payment(json!("5"), 0), meta, NEW);
        assert_eq!(doubt(&delivered), (!believed).then_some(Doubt::NotInBalance));
    }
    // No trace of the receiver at all.
    let missing = judge(&payment(json!("5"), 0), json!({"delivered_amount": "5"}), NEW);
    assert_eq!(doubt(&missing), Some(Doubt::NotInBalance));
    let unreadable = json!({"AffectedNodes": [root(BOB, "5", "ten")]});
    let delivered = judge(&payment(json!("5"), 0), unreadable, NEW);
    assert_eq!(doubt(&delivered), Some(Doubt::BalanceUnknown));
}

#[test]
fn a_receiver_who_paid_the_fee_gained_more_than_his_balance_shows() {
    let mut delegated = payment(json!("5"), 0);
    delegated["Delegate"] = BOB.into();
    let meta = |after: &str| json!({"AffectedNodes": [root(BOB, "100", after)]});
    assert_eq!(judge(&delegated, meta("95"), NEW), exact(&json!("5")));
    assert_eq!(doubt(&judge(&delegated, meta("105"), NEW)), Some(Doubt::NotInBalance));
    // A payment to oneself, for tokens.
    let mut own = payment(json!("5"), PARTIAL_PAYMENT);
    own["Destination"] = ANN.into();
    let meta = json!({"DeliveredAmount": "-1", "AffectedNodes": [root(ANN, "100", "89")]});
    assert_eq!(judge(&own, meta, NEW), exact(&json!("-1")), "rounding of a pool, seen in 2024");
}

#[test]
fn own_offers_that_a_payment_took_are_not_part_of_it() {
    // Bob is paid 5 USD through his own offer, which sells 5 USD for 100 drops.
    let offer = node(
        "DeletedNode",
        "Offer",
        json!({"Account": BOB, "TakerGets": usd("0", CAY), "TakerPays": "0"}),
        json!({"TakerGets": usd("5", CAY), "TakerPays": "100"}),
    );
    let payment = payment(usd("5", CAY), 0);
    let meta = json!({"AffectedNodes": [root(BOB, "0", "100"), offer]});
    assert_eq!(judge(&payment, meta, NEW), exact(&usd("5", CAY)));
    // An offer of somebody else explains nothing.
    let other = node(
        "DeletedNode",
        "Offer",
        json!({"Account": CAY, "TakerGets": usd("0", CAY), "TakerPays": "0"}),
        json!({"TakerGets": usd("5", CAY), "TakerPays": "100"}),
    );
    let meta = json!({"AffectedNodes": [root(BOB, "0", "100"), other]});
    assert_eq!(doubt(&judge(&payment, meta, NEW)), Some(Doubt::NotInBalance));
}

#[test]
fn tokens_must_stand_on_the_line_but_for_rounding() {
    let payment = |value: &str| payment(usd(value, CAY), 0);
    for (value, before, after, believed) in [
        ("5", "1", "6", true),
        ("5", "1", "5", false),
        ("5", "1", "7", false),
        // Sixteen digits hold no more of it.
        ("0.0864139716249", "100000", "100000.086413971624", true),
        ("0.0864139716249", "1", "1.086413971624", false),
        ("120", "0.1", "120.09999999999974", true),
        ("120", "0.1", "120.0999999999", false),
        // Forty times 0.0123456789, each of which the balance holds but for the last digit.
        ("0.493827156", "1000000.123456789", "1000000.617283909", true),
        ("0.493827156", "1000000.123456789", "1000000.617282", false),
    ] {
        let meta = json!({"AffectedNodes": [rippled(BOB, CAY, before, after)]});
        let delivered = judge(&payment(value), meta, NEW);
        assert_eq!(
            doubt(&delivered),
            (!believed).then_some(Doubt::NotInBalance),
            "{value}: {before} to {after}"
        );
    }
    // The line to another issuer is another token.
    let meta = json!({"AffectedNodes": [rippled(BOB, ANN, "0", "5")]});
    assert_eq!(doubt(&judge(&payment("5"), meta, NEW)), Some(Doubt::NotInBalance));
    // A line that cannot be read could be the one.
    let meta = json!({"AffectedNodes": [rippled(BOB, CAY, "0", "5"), rippled(BOB, ANN, "x", "5")]});
    assert_eq!(doubt(&judge(&payment("5"), meta, NEW)), Some(Doubt::BalanceUnknown));
}

#[test]
fn on_xahau_xrp_is_a_token_like_others() {
    let xrp = |json: Value| -> Value {
        serde_json::from_str(&json.to_string().replace("USD", "XRP")).unwrap()
    };
    let nodes = json!([root(ANN, "100", "90"), rippled(BOB, CAY, "1", "6")]);
    let meta = xrp(json!({"AffectedNodes": nodes, "DeliveredAmount": usd("5", CAY)}));
    let delivered = judge(&payment(xrp(usd("5", CAY)), PARTIAL_PAYMENT), meta, NEW);
    let code = "0000000000000000000000005852500000000000";
    let token = json!({"currency": code, "issuer": CAY, "value": "5"});
    assert_eq!(delivered, exact(&token));
    // It is not called what it is not.
    assert_eq!(delivered.to_string(), format!("5 {code}:{CAY}"));
}

#[test]
fn what_else_changed_is_no_gain_of_that_token_and_no_doubt_about_it() {
    let eur: Value =
        serde_json::from_str(&rippled(BOB, CAY, "0", "5").to_string().replace("USD", "EUR"))
            .unwrap();
    for (amount, nodes, why) in [
        (usd("9", CAY), json!([rippled(BOB, CAY, "0", "4"), eur]), Some(Doubt::NotInBalance)),
        (usd("4", CAY), json!([rippled(BOB, CAY, "0", "4"), eur]), None),
        // What the receiver lost on another line was not delivered.
        (
            usd("5", BOB),
            json!([rippled(BOB, CAY, "0", "5"), rippled(BOB, ANN, "7", "5")]),
            Some(Doubt::NotInBalance),
        ),
        (usd("3", BOB), json!([rippled(BOB, CAY, "0", "5"), rippled(BOB, ANN, "7", "5")]), None),
        // That XRP cannot be read is nothing to a token.
        (usd("4", CAY), json!([rippled(BOB, CAY, "0", "4"), root(ANN, "x", "5")]), None),
    ] {
        let delivered = judge(&payment(amount.clone(), 0), json!({"AffectedNodes": nodes}), NEW);
        assert_eq!(doubt(&delivered), why, "{amount} {nodes}");
    }
}

#[test]
fn an_issuer_is_paid_by_owing_less() {
    let back = payment(usd("5", BOB), 0);
    let meta = json!({"AffectedNodes": [rippled(ANN, BOB, "9", "4")]});
    assert_eq!(judge(&back, meta, NEW), exact(&usd("5", BOB)));
    // Naming the receiver means any issuer that he trusts.
    let meta = json!({"AffectedNodes": [rippled(BOB, CAY, "0", "2"), rippled(ANN, BOB, "4", "1")]});
    assert_eq!(judge(&back, meta, NEW), exact(&usd("5", BOB)));
    let meta = json!({"AffectedNodes": [rippled(ANN, BOB, "4", "9")]});
    assert_eq!(doubt(&judge(&back, meta, NEW)), Some(Doubt::NotInBalance));
}

#[test]
fn who_pays_himself_gains_on_one_line_and_loses_on_another() {
    let mut own = payment(usd("5", ANN), PARTIAL_PAYMENT);
    own["Destination"] = ANN.into();
    let nodes = json!([rippled(ANN, BOB, "0", "5"), rippled(ANN, CAY, "7", "1")]);
    assert_eq!(judge(&own, json!({"AffectedNodes": nodes}), NEW), exact(&usd("5", ANN)));
}

#[test]
fn multi_purpose_tokens_are_not_credited_beyond_the_balance() {
    // Before an amendment of late 2025, direct partial payments stored no amount.
    let partial = payment(tokens("100"), PARTIAL_PAYMENT);
    let n = |n: &str| json!({ "MPTAmount": n });
    let nodes = json!([holder(ANN, n("60"), n("100")), holder(BOB, n("40"), json!({}))]);
    let delivered = judge(&partial, json!({"AffectedNodes": nodes}), NEW);
    assert_eq!(
        delivered,
        Delivered::Doubtful {
            claimed: Some(Amount::Mpt { value: 100, id: mpt() }),
            observed: Some(Amount::Mpt { value: 40, id: mpt() }),
            why: Doubt::NotInBalance,
        }
    );
    let stored = json!({"AffectedNodes": nodes, "DeliveredAmount": tokens("40")});
    assert_eq!(judge(&partial, stored, NEW), exact(&tokens("40")));
    // Back to the issuer: less is outstanding.
    let mut back = payment(tokens("40"), 0);
    back["Destination"] = ISSUER.into();
    let less = json!({"OutstandingAmount": "60"});
    let nodes = json!([
        holder(ANN, n("60"), n("100")),
        issuance(less, json!({"OutstandingAmount": "100"})),
    ]);
    assert_eq!(judge(&back, json!({"AffectedNodes": nodes}), NEW), exact(&tokens("40")));
    // Tokens that come from nowhere.
    let nodes = json!([holder(BOB, n("40"), n("0"))]);
    let delivered = judge(&payment(tokens("40"), 0), json!({"AffectedNodes": nodes}), NEW);
    assert_eq!(doubt(&delivered), Some(Doubt::BalanceUnknown));
}

#[test]
fn a_check_pays_who_cashes_it() {
    let cash = |name: &str| {
        let mut cash = json!({"TransactionType": "CheckCash", "Account": BOB, "Fee": "10"});
        cash[name] = "50".into();
        cash
    };
    let meta = |after: &str| json!({"AffectedNodes": [root(BOB, "100", after)]});
    assert_eq!(judge(&cash("Amount"), meta("140"), NEW), exact(&json!("50")));
    assert_eq!(doubt(&judge(&cash("Amount"), meta("150"), NEW)), Some(Doubt::NotInBalance));
    // As much as possible, and what that was is stored.
    let mut stored = meta("150");
    stored["DeliveredAmount"] = "60".into();
    assert_eq!(judge(&cash("DeliverMin"), stored.clone(), NEW), exact(&json!("60")));
    stored["DeliveredAmount"] = "40".into();
    assert_eq!(doubt(&judge(&cash("DeliverMin"), stored, NEW)), Some(Doubt::NotSigned));
    assert_eq!(judge(&cash("DeliverMin"), meta("150"), NEW), Delivered::Unavailable);
}

#[test]
fn a_deleted_account_leaves_its_remainder() {
    let delete = json!({"TransactionType": "AccountDelete", "Account": ANN, "Destination": BOB,
        "Fee": "2000000"});
    let gone = deleted(
        "AccountRoot",
        json!({"Account": ANN, "Balance": "0"}),
        json!({"Balance": "9000000"}),
    );
    let nodes = json!([gone, root(BOB, "0", "7000000")]);
    let meta = json!({"DeliveredAmount": "7000000", "AffectedNodes": nodes});
    assert_eq!(judge(&delete, meta, NEW), exact(&json!("7000000")));
    assert_eq!(judge(&delete, json!({"AffectedNodes": nodes}), NEW), Delivered::Unavailable);
}

#[test]
fn other_types_are_no_payments() {
    for name in ["EscrowFinish", "OfferCreate", "Batch", "PaymentChannelFund", "Payment2040", ""] {
        let transaction = json!({"TransactionType": name, "Account": ANN, "Amount": "5"});
        let meta = json!({"delivered_amount": "5", "AffectedNodes": [root(ANN, "0", "5")]});
        assert_eq!(judge(&transaction, meta, NEW), Delivered::NotAPayment, "{name}");
    }
    assert_eq!(judge(&json!(null), json!({}), NEW), Delivered::NotAPayment);
    let hidden = json!({"TransactionType": "ConfidentialMPTSend", "Account": ANN});
    assert_eq!(judge(&hidden, json!({}), NEW), Delivered::Confidential);
    let failed = json!({"TransactionResult": "tecNO_AUTH"});
    assert_eq!(judge(&hidden, failed, NEW), Delivered::NotAPayment);
    assert!(Delivered::from_json(&json!({}), &json!({}), 1, None).is_err());
}

#[test]
fn the_json_form_is_stable() {
    let doubtful = Delivered::Doubtful {
        claimed: Some("9 XRP".parse().unwrap()),
        observed: None,
        why: Doubt::BalanceUnknown,
    };
    for (delivered, expected) in [
        (exact(&json!("5")), json!({"status": "exact", "amount": "5"})),
        (Delivered::Nothing, json!({"status": "nothing"})),
        (Delivered::Unavailable, json!({"status": "unavailable"})),
        (Delivered::Confidential, json!({"status": "confidential"})),
        (Delivered::NotAPayment, json!({"status": "not_a_payment"})),
        (doubtful, json!({"status": "doubtful", "why": "balance_unknown", "claimed": "9000000"})),
    ] {
        assert_eq!(serde_json::to_value(&delivered).unwrap(), expected);
        assert_eq!(delivered.exact().is_some(), expected["status"] == "exact");
    }
}

#[test]
fn amounts_of_two_assets_are_neither_more_nor_less() {
    let amount = |value| Amount::from_json(&value).unwrap();
    let usd = amount(usd("5", ISSUER));
    let eur = amount(json!({"currency": "EUR", "issuer": ISSUER, "value": "4"}));
    let of = |id: &str| amount(json!({"mpt_issuance_id": id, "value": "4"}));
    let (one, two) = (of(&"0A".repeat(24)), of(&"0B".repeat(24)));
    assert_eq!(compare(&usd, &eur), None);
    assert_eq!(compare(&one, &two), None);
    assert_eq!(compare(&one, &usd), None);
    assert_eq!(compare(&usd, &usd), Some(std::cmp::Ordering::Equal));
    assert_eq!(compare(&one, &one), Some(std::cmp::Ordering::Equal));
}
