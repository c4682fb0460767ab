//! Each way in which value comes to an account.

use serde_json::{Value, json};

use super::*;
use crate::tx::{Around, BoundRecord, vectors::*};

/// A transaction of Ann's, as the record of a ledger of today.
fn record(kind: &str, fields: Value, nodes: Value) -> BoundRecord {
    let mut content = json!({"TransactionType": kind, "Account": ANN, "Fee": "10", "Sequence": 1,
        "SigningPubKey": ""});
    content.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let part = json!({"tx_json": content, "validated": true, "ledger_index": 90_000_000,
        "meta": {"TransactionResult": "tesSUCCESS", "TransactionIndex": 0, "AffectedNodes": nodes}});
    TxRecord::from_value(part, &Around::default()).unwrap().bind_to_claim().unwrap()
}

/// What `receiver` received: way, amount, sender's address and tag.
fn received(
    record: &BoundRecord,
    receiver: &str,
) -> Vec<(Way, String, Option<String>, Option<u32>)> {
    let one = |one: Incoming| {
        assert_eq!(one.account, account(receiver));
        assert_eq!(one.delivered.is_some(), one.way.delivers());
        (one.way, one.amount.to_string(), one.sender.map(|s| s.to_string()), one.destination_tag)
    };
    record.incoming(&account(receiver)).into_iter().map(one).collect()
}

fn one(
    way: Way,
    amount: &str,
    sender: Option<&str>,
    tag: Option<u32>,
) -> Vec<(Way, String, Option<String>, Option<u32>)> {
    vec![(way, amount.to_owned(), sender.map(str::to_owned), tag)]
}

fn usd(value: &str, issuer: &str) -> Value {
    json!({"currency": "USD", "issuer": issuer, "value": value})
}

const ID: &str = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";

#[test]
fn a_payment_comes_with_the_tag_of_the_transaction() {
    let fields = json!({"Destination": BOB, "Amount": "5", "DestinationTag": 0});
    let paid = record("Payment", fields, json!([root(ANN, "100", "85"), root(BOB, "1", "6")]));
    assert_eq!(received(&paid, BOB), one(Way::Payment, "0.000005 XRP", Some(ANN), Some(0)));
    assert_eq!(received(&paid, ANN), []);
    assert_eq!(received(&paid, CAY), []);
    let json = serde_json::to_value(&paid.incoming(&account(BOB))[0]).unwrap();
    let expected = json!({"account": BOB, "way": "payment", "amount": "5", "sender": ANN,
        "destination_tag": 0, "delivered": {"status": "exact", "amount": "5"}});
    assert_eq!(json, expected);
    // A payment that failed brings nothing.
    let failed = record(
        "Payment",
        json!({"Destination": BOB, "Amount": "5"}),
        json!([root(ANN, "100", "90")]),
    );
    assert_eq!(received(&failed, BOB), []);
}

#[test]
fn others_than_the_receiver_were_not_paid() {
    let offer = modified(
        "Offer",
        json!({"Account": CAY, "TakerGets": usd("0", ISSUER), "TakerPays": "0"}),
        json!({"TakerGets": usd("5", ISSUER), "TakerPays": "9"}),
    );
    let pool = modified(
        "AccountRoot",
        json!({"Account": "rMEdVzU8mtEArzjrN9avm3kA675GX7ez8W", "Balance": "9", "AMMID": ID}),
        json!({"Balance": "4"}),
    );
    let nodes = json!([
        root(ANN, "100", "81"),
        root(CAY, "1", "10"),
        offer,
        pool,
        rippled(CAY, ISSUER, "8", "3"),
        rippled(BOB, ISSUER, "0", "4"),
    ]);
    let fields = json!({"Destination": BOB, "Amount": usd("4", ISSUER), "SendMax": "50",
        "DestinationTag": 7});
    let paid = record("Payment", fields, nodes);
    let usd = |value: &str| format!("{value} USD:{ISSUER}");
    assert_eq!(received(&paid, BOB), one(Way::Payment, &usd("4"), Some(ANN), Some(7)));
    assert_eq!(received(&paid, CAY), one(Way::Trade, "0.000009 XRP", None, None));
    // One of five was its own transfer fee.
    assert_eq!(received(&paid, ISSUER), one(Way::Redemption, &usd("1"), None, None));
    let pool = "rMEdVzU8mtEArzjrN9avm3kA675GX7ez8W";
    assert_eq!(received(&paid, pool), one(Way::Amm, "0.000005 XRP", None, None));
}

#[test]
fn tokens_ripple_through_bystanders() {
    let nodes =
        json!([root(ANN, "100", "90"), rippled(CAY, ANN, "5", "8"), rippled(CAY, BOB, "5", "2"),]);
    let fields = json!({"Destination": BOB, "Amount": usd("3", BOB)});
    let paid = record("Payment", fields, nodes);
    assert_eq!(received(&paid, CAY), one(Way::Rippling, &format!("3 USD:{ANN}"), None, None));
    assert_eq!(received(&paid, BOB), one(Way::Payment, &format!("3 USD:{BOB}"), Some(ANN), None));
}

#[test]
fn who_pays_himself_was_not_paid() {
    // Ann turns 40 drops into 5 USD.
    let nodes = json!([root(ANN, "100", "50"), rippled(ANN, ISSUER, "0", "5")]);
    let fields = json!({"Destination": ANN, "Amount": usd("5", ISSUER), "SendMax": "40",
        "DestinationTag": 7});
    let turned = record("Payment", fields, nodes);
    assert_eq!(received(&turned, ANN), one(Way::Trade, &format!("5 USD:{ISSUER}"), None, None));
}

#[test]
fn of_what_the_receiver_gained_only_the_asset_of_the_payment_was_paid() {
    let of = |currency: &str, issuer: &str| json!({"currency": currency, "issuer": issuer, "value": "4"});
    for (amount, line, way) in [
        (of("USD", ISSUER), rippled(BOB, ISSUER, "0", "4"), Way::Payment),
        (of("EUR", ISSUER), rippled(BOB, ISSUER, "0", "4"), Way::Rippling),
        (of("USD", ISSUER), rippled(BOB, CAY, "0", "4"), Way::Rippling),
        (json!("4"), rippled(BOB, ISSUER, "0", "4"), Way::Rippling),
        // In the name of the receiver stands for any issuer, and its own tokens are as good.
        (of("USD", BOB), rippled(BOB, ISSUER, "0", "4"), Way::Payment),
        (of("USD", ISSUER), rippled(CAY, BOB, "4", "0"), Way::Payment),
        (of("EUR", ISSUER), rippled(CAY, BOB, "4", "0"), Way::Redemption),
    ] {
        let fields = json!({"Destination": BOB, "Amount": amount});
        let paid = record("Payment", fields, json!([root(ANN, "20", "10"), line]));
        let ways: Vec<Way> = received(&paid, BOB).into_iter().map(|(way, ..)| way).collect();
        assert_eq!(ways, [way], "{amount} {line}");
    }
}

#[test]
fn one_amount_that_came_as_two_assets_is_not_credited_twice() {
    let ten = |issuer: &str| json!({"Destination": BOB, "Amount": usd("10", issuer)});
    for (fields, lines) in [
        // In the name of the receiver: through two issuers that it trusts.
        (ten(BOB), json!([rippled(BOB, ISSUER, "0", "6"), rippled(BOB, CAY, "0", "4")])),
        // It owed the issuer five, which are paid back; the other five it holds.
        (ten(ISSUER), json!([rippled(BOB, ISSUER, "-5", "5")])),
    ] {
        let paid = record("Payment", fields, lines);
        assert_eq!(paid.delivered().exact().map(|amount| amount.is_negative()), Some(false));
        let received = paid.incoming(&account(BOB));
        assert_eq!(received.len(), 2);
        for one in received {
            assert_eq!(one.way, Way::Payment);
            let Some(Delivered::Doubtful { observed, why, .. }) = one.delivered else { panic!() };
            assert_eq!((observed, why), (Some(one.amount), Doubt::NotInBalance));
        }
    }
}

#[test]
fn an_amount_of_which_a_part_was_the_receivers_own_is_not_credited_as_anothers() {
    // Six of the ten are Bob's own tokens, which his offer sold on the way, and which came back.
    let offer = modified(
        "Offer",
        json!({"Account": BOB, "TakerGets": usd("0", BOB), "TakerPays": "0"}),
        json!({"TakerGets": usd("6", BOB), "TakerPays": "1"}),
    );
    let fields = json!({"Destination": BOB, "Amount": usd("10", BOB), "SendMax": "50"});
    let paid =
        record("Payment", fields, json!([offer, root(BOB, "1", "2"), rippled(BOB, CAY, "0", "4")]));
    assert!(paid.delivered().exact().is_some());
    let received = paid.incoming(&account(BOB));
    let token = received.iter().find(|one| one.way == Way::Payment).unwrap();
    assert_eq!(token.amount.to_string(), format!("4 USD:{CAY}"));
    assert!(matches!(token.delivered, Some(Delivered::Doubtful { .. })));
}

#[test]
fn only_what_is_stated_for_one_account_is_delivered_to_it() {
    for (way, delivers) in [
        (Way::Payment, true),
        (Way::CheckCash, true),
        (Way::AccountDelete, true),
        (Way::EscrowFinish, false),
        (Way::Trade, false),
        (Way::Redemption, false),
        (Way::Unknown("Payment".to_owned()), false),
    ] {
        assert_eq!(way.delivers(), delivers, "{way:?}");
    }
}

#[test]
fn a_check_pays_none_but_whom_it_was_written_for() {
    let of =
        |to: &str| json!({"Account": BOB, "Destination": to, "SendMax": "50", "DestinationTag": 3});
    let offer = modified(
        "Offer",
        json!({"Account": CAY, "TakerGets": usd("0", ISSUER), "TakerPays": "0"}),
        json!({"TakerGets": usd("5", ISSUER), "TakerPays": "9"}),
    );
    let nodes = json!([
        deleted("Check", of(ANN), NONE),
        // What is not the check that ended says nothing of who paid.
        deleted("Escrow", json!({"Account": CAY, "Destination": ANN, "Amount": "5"}), NONE),
        created("Check", json!({"Account": CAY, "Destination": ANN, "SendMax": "5"})),
        offer,
        root(ANN, "100", "140"),
        root(CAY, "1", "10"),
    ]);
    let cashed = record("CheckCash", json!({"CheckID": ID, "Amount": "50"}), nodes);
    assert_eq!(received(&cashed, ANN), one(Way::CheckCash, "0.00005 XRP", Some(BOB), Some(3)));
    assert_eq!(received(&cashed, CAY), one(Way::Trade, "0.000009 XRP", None, None));
}

#[test]
fn a_check_has_its_own_tag_and_sender() {
    let check = deleted(
        "Check",
        json!({"Account": BOB, "Destination": ANN, "SendMax": "50", "DestinationTag": 3}),
        NONE,
    );
    let nodes = json!([check, root(ANN, "100", "140"), root(BOB, "90", "40")]);
    let fields = json!({"CheckID": ID, "Amount": "50"});
    let cashed = record("CheckCash", fields, nodes);
    // Fifty, of which ten went into the fee.
    assert_eq!(received(&cashed, ANN), one(Way::CheckCash, "0.00005 XRP", Some(BOB), Some(3)));
}

#[test]
fn who_receives_just_the_fee_received_something() {
    let check =
        deleted("Check", json!({"Account": BOB, "Destination": ANN, "SendMax": "10"}), NONE);
    let even = modified(
        "AccountRoot",
        json!({"Account": ANN, "Balance": "100", "Sequence": 2}),
        json!({"Sequence": 1}),
    );
    let fields = json!({"CheckID": ID, "Amount": "10"});
    let cashed = record("CheckCash", fields.clone(), json!([check, even, root(BOB, "90", "80")]));
    assert_eq!(received(&cashed, ANN), one(Way::CheckCash, "0.00001 XRP", Some(BOB), None));
    assert!(cashed.delivered().exact().is_some());
    // Metadata that tells nothing of the account tells of no gain either.
    assert_eq!(received(&record("CheckCash", fields, json!([])), ANN), []);
}

#[test]
fn an_escrow_ends_at_its_destination_or_its_owner() {
    let escrow = |owner: &str, destination: &str| {
        let fields = json!({"Account": owner, "Destination": destination, "Amount": "50",
            "DestinationTag": 3});
        deleted("Escrow", fields, NONE)
    };
    let fields = json!({"Owner": BOB, "OfferSequence": 1});
    let nodes = json!([escrow(BOB, CAY), root(CAY, "0", "50"), root(ANN, "20", "10")]);
    let finished = record("EscrowFinish", fields.clone(), nodes);
    assert_eq!(received(&finished, CAY), one(Way::EscrowFinish, "0.00005 XRP", Some(BOB), Some(3)));
    assert_eq!(received(&finished, ANN), [], "who finishes it only pays the fee");
    let nodes = json!([escrow(BOB, CAY), root(BOB, "0", "50"), root(ANN, "20", "10")]);
    let cancelled = record("EscrowCancel", fields, nodes);
    assert_eq!(received(&cancelled, BOB), one(Way::EscrowReturn, "0.00005 XRP", Some(BOB), None));
    // To oneself.
    let fields = json!({"Owner": ANN, "OfferSequence": 1});
    let nodes = json!([escrow(ANN, ANN), root(ANN, "100", "140")]);
    let own = record("EscrowFinish", fields, nodes);
    assert_eq!(received(&own, ANN), one(Way::EscrowFinish, "0.00005 XRP", Some(ANN), Some(3)));
}

#[test]
fn a_channel_pays_its_destination_and_returns_the_rest() {
    let channel = |previous: Value| {
        let fields = json!({"Account": BOB, "Destination": ANN, "Amount": "90", "Balance": "60",
            "DestinationTag": 3});
        deleted("PayChannel", fields, previous)
    };
    let nodes =
        json!([channel(json!({"Balance": "20"})), root(ANN, "100", "130"), root(BOB, "0", "30"),]);
    let claimed = record("PaymentChannelClaim", json!({"Channel": ID}), nodes);
    assert_eq!(
        received(&claimed, ANN),
        one(Way::PaymentChannelClaim, "0.00004 XRP", Some(BOB), Some(3))
    );
    assert_eq!(
        received(&claimed, BOB),
        one(Way::PaymentChannelReturn, "0.00003 XRP", Some(BOB), None)
    );
    // Funding an expired channel pays nobody; it closes it.
    let channel = deleted(
        "PayChannel",
        json!({"Account": ANN, "Destination": BOB, "Amount": "90", "Balance": "60"}),
        NONE,
    );
    let fields = json!({"Channel": ID, "Amount": "5"});
    let funded = record("PaymentChannelFund", fields, json!([channel, root(ANN, "100", "120")]));
    assert_eq!(
        received(&funded, ANN),
        one(Way::PaymentChannelReturn, "0.00003 XRP", Some(ANN), None)
    );
    assert_eq!(received(&funded, BOB), []);
}

#[test]
fn a_deleted_account_pays_its_remainder() {
    let gone =
        deleted("AccountRoot", json!({"Account": ANN, "Balance": "0"}), json!({"Balance": "90"}));
    let fields = json!({"Destination": BOB, "DestinationTag": 9, "Fee": "20"});
    let deleted = record("AccountDelete", fields, json!([gone, root(BOB, "1", "71")]));
    assert_eq!(received(&deleted, BOB), one(Way::AccountDelete, "0.00007 XRP", Some(ANN), Some(9)));
    let fields = json!({"Destination": BOB, "Fee": "20"});
    let other = record("AccountDelete", fields, json!([root(CAY, "1", "71")]));
    let unknown = Way::Unknown("AccountDelete".to_owned());
    assert_eq!(received(&other, CAY), one(unknown, "0.00007 XRP", Some(ANN), None));
}

#[test]
fn an_exchange_is_a_trade_for_both() {
    let offer = modified(
        "Offer",
        json!({"Account": BOB, "TakerGets": "0", "TakerPays": usd("0", ISSUER)}),
        json!({"TakerGets": "50", "TakerPays": usd("5", ISSUER)}),
    );
    let nodes = json!([
        offer,
        root(ANN, "100", "140"),
        root(BOB, "90", "40"),
        rippled(ANN, ISSUER, "5", "0"),
        rippled(BOB, ISSUER, "0", "5"),
    ]);
    let fields = json!({"TakerPays": "50", "TakerGets": usd("5", ISSUER)});
    let traded = record("OfferCreate", fields, nodes);
    assert_eq!(received(&traded, ANN), one(Way::Trade, "0.00005 XRP", None, None));
    assert_eq!(received(&traded, BOB), one(Way::Trade, &format!("5 USD:{ISSUER}"), None, None));
    assert_eq!(received(&traded, ISSUER), []);
}

#[test]
fn other_types_have_ways_of_their_own() {
    let asset =
        json!({"Asset": {"currency": "XRP"}, "Asset2": {"currency": "USD", "issuer": ISSUER}});
    let bridge = json!({"XChainBridge": {"LockingChainDoor": ANN, "IssuingChainDoor": CAY,
        "LockingChainIssue": {"currency": "XRP"}, "IssuingChainIssue": {"currency": "XRP"}},
        "XChainClaimID": "1", "Amount": "5", "Destination": BOB, "DestinationTag": 4});
    let vault = json!({"VaultID": ID, "Amount": "5", "Destination": BOB, "DestinationTag": 4});
    let cover = json!({"LoanBrokerID": ID, "Amount": "5"});
    let mut witnessed = bridge.clone();
    witnessed.as_object_mut().unwrap().remove("DestinationTag");
    for (kind, fields, way, sender, tag) in [
        ("AMMWithdraw", asset, Way::Amm, None, None),
        ("NFTokenAcceptOffer", json!({"NFTokenSellOffer": ID}), Way::NftSale, None, None),
        ("XChainClaim", bridge, Way::CrossChain, Some(ANN), Some(4)),
        ("XChainAddClaimAttestation", witnessed, Way::CrossChain, None, None),
        ("VaultClawback", json!({"VaultID": ID, "Holder": BOB}), Way::Vault, None, None),
        ("LoanSet", json!({"LoanBrokerID": ID, "PrincipalRequested": "5"}), Way::Loan, None, None),
        ("VaultWithdraw", vault, Way::Vault, Some(ANN), Some(4)),
        ("LoanBrokerCoverWithdraw", cover, Way::Loan, Some(ANN), None),
        ("TrustSet", json!({}), Way::Unknown("TrustSet".to_owned()), Some(ANN), None),
    ] {
        let paid = record(kind, fields, json!([root(BOB, "0", "5")]));
        assert_eq!(received(&paid, BOB), one(way, "0.000005 XRP", sender, tag), "{kind}");
    }
    let taken = record(
        "Clawback",
        json!({"Amount": usd("5", BOB)}),
        json!([rippled(BOB, ANN, "9", "4"), root(ANN, "20", "10")]),
    );
    assert_eq!(received(&taken, ANN), one(Way::Clawback, &format!("5 USD:{ANN}"), None, None));
    let json = serde_json::to_value(Way::Unknown("Teleport".to_owned())).unwrap();
    assert_eq!(json, json!({"way": "unknown", "name": "Teleport"}));
}

#[test]
fn a_balance_that_cannot_be_known_is_no_receipt() {
    let fields = json!({"Destination": BOB, "Amount": "5"});
    let paid = record("Payment", fields, json!([root(BOB, "five", "10")]));
    assert_eq!(received(&paid, BOB), []);
    assert!(!paid.balance_changes().is_complete());
}

#[test]
fn an_issuer_gains_by_redemption_what_is_outstanding_no_more() {
    // Two of twenty are the issuer's transfer fee, in either kind of token.
    let n = |amount: &str| json!({ "MPTAmount": amount });
    let out = |amount: &str| json!({ "OutstandingAmount": amount });
    let tokens = json!({"mpt_issuance_id": mpt(), "value": "18"});
    let paid = record(
        "Payment",
        json!({"Destination": BOB, "Amount": tokens}),
        json!([
            holder(ANN, n("80"), n("100")),
            holder(BOB, n("18"), json!({})),
            issuance(out("98"), out("100")),
        ]),
    );
    let asset = Asset::Mpt(mpt());
    let fee = one(Way::Redemption, &format!("2 {asset}"), None, None);
    assert_eq!(received(&paid, ISSUER), fee);
    assert_eq!(received(&paid, BOB), one(Way::Payment, &format!("18 {asset}"), Some(ANN), None));
    // Somebody else's tokens that come to a bystander only flow through it.
    let passed = record(
        "Payment",
        json!({"Destination": BOB, "Amount": "1"}),
        json!([holder(CAY, n("5"), n("3")), holder(ANN, n("5"), n("7"))]),
    );
    assert_eq!(received(&passed, CAY), one(Way::Rippling, &format!("2 {asset}"), None, None));
}
