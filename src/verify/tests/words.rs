//! What a verdict says to people: exactly what was expected, and what was found.

use serde_json::{Value, json};

use super::*;
use crate::verify::{Outcome, PaidBy, policy::TagPolicy, verdict::ESSENTIAL};

/// What a check expected and found.
#[track_caller]
fn says(verdict: &Verdict, code: CheckCode, outcome: Outcome, expected: &str, actual: &str) {
    let check = verdict.check(code).unwrap();
    let said = (check.outcome, check.expected.as_str(), check.actual.as_str());
    assert_eq!(said, (outcome, expected, actual), "{}", verdict.table());
}

/// The honest payment, of which the node says this as well.
fn with(meta: Value) -> ValidatedTransaction {
    let (transaction, mut metadata) = honest();
    for (name, value) in meta.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    validated(&transaction, &metadata)
}

#[test]
fn an_amount_in_doubt_is_told_with_the_reason() {
    use CheckCode::{Amount, Asset, BalanceChange, DeliveredAmount};
    use Outcome::{Failed, NotApplicable, Passed};
    // Told in two ways: neither is taken, but of what it is can be said.
    let two = with(json!({"DeliveredAmount": "25000000", "delivered_amount": "24000000"}));
    let verdict = payment(&two, &order_for("25 XRP"));
    says(&verdict, Asset, Passed, "XRP", "XRP");
    let why = "the node gives two amounts";
    says(&verdict, DeliveredAmount, Failed, "known for certain", why);
    says(&verdict, Amount, NotApplicable, "exactly 25 XRP", "unknown");
    let unknown = "the delivered amount is not known";
    says(&verdict, BalanceChange, NotApplicable, "what was delivered", unknown);
    // The balance gained another amount than the node claims.
    let (transaction, _) = honest();
    let gained = [xrp(BUYER, 100_000_000, 74_999_988), xrp(SHOP, 50_000_000, 50_000_001)];
    let verdict = payment(&validated(&transaction, &metadata(&gained)), &order_for("25 XRP"));
    says(&verdict, DeliveredAmount, Passed, "known for certain", "25 XRP");
    says(&verdict, Amount, Passed, "exactly 25 XRP", "25 XRP");
    let found = "0.000001 XRP more: the balance gained another amount";
    says(&verdict, BalanceChange, Failed, "25 XRP more", found);
    // Nothing is known of the balance.
    let nodes = json!({"ModifiedNode": {"LedgerEntryType": "AccountRoot",
        "FinalFields": {"Account": SHOP}, "PreviousFields": {"Balance": "1"}}});
    let verdict = payment(&validated(&transaction, &metadata(&[nodes])), &order_for("25 XRP"));
    let why = "the balance's gain is not known";
    says(&verdict, BalanceChange, Failed, "25 XRP more", why);
}

#[test]
fn what_nobody_was_paid_is_told_for_each_check() {
    let transaction = json!({"TransactionType": "TrustSet", "Destination": null,
        "DestinationTag": null, "Amount": null});
    let tx = validated(&super::transaction(transaction), &metadata(&[]));
    let verdict = payment(&tx, &order().exactly("25 XRP").ways(PaidBy::ALL).build().unwrap());
    let nothing = "TrustSet pays no account";
    for (code, expected) in [
        (CheckCode::Destination, SHOP),
        (CheckCode::DestinationTag, "7"),
        (CheckCode::Asset, "XRP"),
        (CheckCode::DeliveredAmount, "known for certain"),
        (CheckCode::Amount, "exactly 25 XRP"),
        (CheckCode::BalanceChange, "what was delivered"),
        (CheckCode::NotSelf, "another account"),
        (CheckCode::Sender, "as asked for"),
        (CheckCode::InvoiceId, "as asked for"),
        (CheckCode::SourceTag, "as asked for"),
    ] {
        says(&verdict, code, Outcome::NotApplicable, expected, nothing);
    }
}

#[test]
fn windows_and_what_is_missing_are_told() {
    use CheckCode::{InvoiceId, LedgerWindow, SourceTag, TimeWindow};
    let (transaction, metadata) = honest();
    let tx = validated(&transaction, &metadata);
    let judged =
        |order: ExpectedPaymentBuilder| payment(&tx, &order.exactly("25 XRP").build().unwrap());
    let time = |text: &str| text.parse::<crate::RippleTime>().unwrap();
    let (day, next) = (time("2026-01-02T00:00:00Z"), time("2026-01-03T00:00:00Z"));

    let verdict = judged(order());
    says(&verdict, TimeWindow, Outcome::NotApplicable, "anything", CLOSED);
    says(&verdict, SourceTag, Outcome::NotApplicable, "anything", "no source tag");
    let verdict = judged(order().not_before(day).not_after(next));
    let window = "2026-01-02T00:00:00Z to 2026-01-03T00:00:00Z";
    says(&verdict, TimeWindow, Outcome::Passed, window, CLOSED);
    let verdict = judged(order().not_before(next).first_ledger(LEDGER + 1));
    says(&verdict, TimeWindow, Outcome::Failed, "2026-01-03T00:00:00Z or later", CLOSED);
    says(&verdict, LedgerWindow, Outcome::Failed, "90000001 or later", "90000000");
    let verdict = judged(order().not_after(day).last_ledger(LEDGER));
    says(&verdict, TimeWindow, Outcome::Failed, "2026-01-02T00:00:00Z or earlier", CLOSED);
    says(&verdict, LedgerWindow, Outcome::Passed, "90000000 or earlier", "90000000");
    let invoice = "A".repeat(64);
    let verdict = judged(order().invoice_id(invoice.as_str()));
    says(&verdict, InvoiceId, Outcome::Failed, &invoice, "no invoice id");
}

#[test]
fn a_share_of_a_pool_is_called_one() {
    let (transaction, metadata) = honest();
    let tx = validated(&transaction, &metadata);
    let share = format!("03{}", "5".repeat(38));
    let expects = |asset: &str| order().exactly(format!("1 {asset}")).build().unwrap();
    for (asset, called) in [
        (format!("USD:{ISSUER}"), format!("USD:{ISSUER}")),
        (format!("{share}:{ISSUER}"), format!("{share}:{ISSUER} (a share of a liquidity pool)")),
    ] {
        let verdict = payment(&tx, &expects(&asset));
        says(&verdict, CheckCode::Asset, Outcome::Failed, &called, "XRP");
    }
}

#[test]
fn the_table_shows_every_check_in_columns() {
    let (transaction, metadata) = honest();
    let order = order().exactly("26 XRP").ways([PaidBy::Payment, PaidBy::CheckCash]);
    let verdict = payment(&validated(&transaction, &metadata), &order.build().unwrap());
    let table = verdict.table();
    // The verdict in words comes first.
    let lines: Vec<&str> = table.lines().skip(2).collect();
    assert_eq!(lines.len(), 20, "{table}");
    for (line, shown) in [
        (0, "         check              expected                             found"),
        (2, "ok       network            0                                    0"),
        (5, "-        batch              a transaction of its own             no part of a batch"),
        (6, "ok       transaction type   Payment or CheckCash                 Payment"),
        (11, "FAILED   amount             exactly 26 XRP                       25 XRP"),
    ] {
        assert_eq!(lines[line], shown, "{table}");
    }
}

#[test]
fn what_cannot_be_expected_is_refused_by_name() {
    let refused = order().exactly("0 XRP").build().unwrap_err();
    assert_eq!(refused.field(), "amount");
    let text = format!("no payment can be expected like this: amount: {}", refused.reason());
    assert_eq!(refused.to_string(), text);
    assert!(refused.reason().contains("more than nothing"), "{text}");
}

/// A verdict that lacks a check is none, though nothing in it has failed.
#[test]
fn what_was_not_checked_is_not_paid() {
    let (transaction, metadata) = honest();
    let verdict = payment(&validated(&transaction, &metadata), &order_for("25 XRP"));
    for code in ESSENTIAL {
        let less = verdict.clone().without(code);
        assert_eq!((less.is_paid(), less.failures().count()), (false, 0), "{code:?}");
        let known = code == CheckCode::Amount;
        assert_eq!(less.amount_received().is_some(), known, "{code:?}");
    }
    let kept = verdict.without(CheckCode::Sender);
    assert!(kept.is_paid());
    assert_eq!((kept.ledger_index(), kept.close_time()), (LEDGER, CLOSED.parse().ok()));
}

#[test]
fn tags_and_ways_have_one_form() {
    for (json, policy, shown) in [
        (json!("any"), TagPolicy::Any, "any"),
        (json!("none"), TagPolicy::NoTag, "no tag"),
        (json!(7), TagPolicy::This(7), "7"),
    ] {
        assert_eq!(serde_json::from_value::<TagPolicy>(json.clone()).unwrap(), policy);
        assert_eq!(serde_json::to_value(policy).unwrap(), json);
        assert_eq!(policy.to_string(), shown);
    }
    let error = serde_json::from_value::<TagPolicy>(json!("seven")).unwrap_err().to_string();
    assert!(error.contains("\"any\"") && error.contains("\"none\""), "{error}");
    assert_eq!(format!("{:>9}", PaidBy::Payment), "  Payment");
}

#[test]
fn an_expectation_tells_what_it_was_made_of() {
    let time = |seconds| crate::RippleTime::from_seconds(seconds);
    let full = order()
        .network_id(21_337)
        .between("1 XRP", "2 XRP")
        .ways([PaidBy::EscrowFinish, PaidBy::CheckCash])
        .sender(BUYER)
        .invoice_id("AB".repeat(32))
        .source_tag(3)
        .not_before(time(4))
        .not_after(time(5))
        .first_ledger(6)
        .last_ledger(8)
        .order_id("17")
        .build()
        .unwrap();
    assert_eq!((full.network_id(), full.destination().to_string()), (21_337, SHOP.to_owned()));
    assert_eq!(full.destination_tag(), TagPolicy::This(7));
    assert_eq!(full.amount().least(), &"1 XRP".parse().unwrap());
    assert_eq!(full.amount().most(), Some(&"2 XRP".parse().unwrap()));
    assert!(full.ways().iter().eq(&[PaidBy::CheckCash, PaidBy::EscrowFinish]));
    assert!(full.senders().iter().eq(&[BUYER.parse().unwrap()]));
    assert_eq!(full.invoice_id().unwrap().to_string(), "AB".repeat(32));
    assert_eq!(full.source_tag(), Some(3));
    assert_eq!((full.not_before(), full.not_after()), (Some(time(4)), Some(time(5))));
    assert_eq!((full.first_ledger(), full.last_ledger()), (Some(6), Some(8)));
    assert_eq!(full.order_id(), Some("17"));
}

#[test]
fn what_is_said_twice_is_no_contradiction() {
    let twice = order().tag(7).exactly("25 XRP").exactly("25000000 drops");
    let once = order().exactly("25 XRP").build();
    assert_eq!(order().tag(7).exactly("25 XRP").exactly("25 XRP").build(), once);
    assert!(twice.build().is_err());
    assert!(order().tag(8).exactly("25 XRP").build().is_err());
    assert!(order().exactly("25 XRP").exactly("24 XRP").build().is_err());
}

#[test]
fn a_check_is_called_by_its_code() {
    for code in ESSENTIAL {
        assert_eq!(serde_json::to_value(code).unwrap(), json!(code.to_string()));
    }
    for (code, shown) in [(CheckCode::Amount, "amount"), (CheckCode::XamanTxid, "xaman_txid")] {
        assert_eq!(code.to_string(), shown);
    }
}
