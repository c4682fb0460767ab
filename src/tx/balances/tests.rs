//! XRP and trust lines, entries that cannot be read, and the JSON form.

use serde_json::{Value, json};

use super::*;
use crate::tx::vectors::*;

pub(super) fn changes(nodes: Value) -> BalanceChanges {
    BalanceChanges::from_metadata(&json!({ "AffectedNodes": nodes })).unwrap()
}
/// Every change as `account counterparty? before after`, the issuers of tokens left out.
pub(super) fn told(changes: &BalanceChanges) -> Vec<String> {
    let name = |account: AccountId| match account.to_string().as_str() {
        ANN => "ann".to_owned(),
        BOB => "bob".to_owned(),
        CAY => "cay".to_owned(),
        ISSUER => "issuer".to_owned(),
        other => other.to_owned(),
    };
    let number = |amount: &Amount| match amount {
        Amount::Xrp(drops) => drops.to_string(),
        Amount::Token { value, .. } => value.to_string(),
        Amount::Mpt { value, .. } => value.to_string(),
    };
    let one = |change: &BalanceChange| {
        let side = change.counterparty.map(|other| format!("-{}", name(other))).unwrap_or_default();
        let (before, after) = (number(&change.before), number(&change.after));
        assert_eq!(change.after.checked_sub(&change.before), Some(change.delta));
        format!("{}{side} {before} {after}", name(change.account))
    };
    let mut told: Vec<String> = changes.iter().map(one).collect();
    told.sort();
    told
}
#[test]
fn ledger_38129_paid_ten_thousand_xrp_and_burnt_ten_drops() {
    let changes = BalanceChanges::from_metadata(&json!(
        "201C00000000F8E3110061564C6ACBD635B0F07101F7FA25871B0925F8836155462152172755845CE691C49EE8\
         24000000016240000002540BE4008114D4CC8AB5B21D86A82C3E9E8D0ECF2404B77FECBAE1E1E51100612500007A\
         55552485FDC606352F1B0785DA5DE96FB9DBAF43EB60ECBB01B7F6FA970F512CDA5F56B33FDD5CF3445E1A7F2BE9\
         B06336BEBD73A5E3EE885D3EF93F7E3E2992E46F1AE6240000003E62400000E6D8EEB01EE1E72200000000240000\
         003F2D0000000062400000E484E2CC148114550FC62003E785DC231A1058A05E56E3F09CF4E6E1E1F1031000"
    ))
    .unwrap();
    assert_eq!(told(&changes), ["bob 0 10000000000", "cay 991481999390 981481999380"]);
    assert_eq!(changes.created(), [account(BOB)]);
    assert_eq!(changes.xrp_total(), Some(Drops::new(-10)));
}

#[test]
fn accounts_start_with_nothing_and_end_with_nothing() {
    let changes = changes(json!([
        // The account of a new pool: a balance of zero is not written.
        created("AccountRoot", json!({"Account": ANN, "AMMID": "00"})),
        created("AccountRoot", json!({"Account": BOB, "Balance": "7"})),
        deleted("AccountRoot", json!({"Account": CAY, "Balance": "0"}), json!({"Balance": "9"})),
        deleted("AccountRoot", json!({"Account": ISSUER, "Balance": "5"}), NONE),
    ]));
    assert_eq!(told(&changes), ["bob 0 7", "cay 9 0", "issuer 5 0"]);
    assert_eq!(changes.pool(&account(ANN)), Some(Pool::Amm));
    assert_eq!((changes.created().len(), changes.deleted().len()), (2, 2));
    assert_eq!(changes.created(), {
        let mut created = [account(ANN), account(BOB)];
        created.sort();
        created
    });
}

#[test]
fn what_was_only_touched_did_not_change() {
    let changes = changes(json!([
        // Threading only.
        modified("AccountRoot", NONE, NONE),
        modified("AccountRoot", json!({"Account": ANN, "Balance": "5"}), NONE),
        modified("AccountRoot", json!({"Account": BOB, "Balance": "5"}), json!({"Sequence": 1})),
        modified("RippleState", NONE, NONE),
        modified("RippleState", line("5", ANN, BOB), json!({"Flags": 1})),
        modified("MPToken", token(ANN, json!({"MPTAmount": "5"})), NONE),
        modified("MPToken", NONE, NONE),
        modified("MPTokenIssuance", NONE, NONE),
        modified("PayChannel", NONE, NONE),
        modified("Escrow", NONE, NONE),
        modified("Vault", NONE, NONE),
        modified("Sponsorship", NONE, NONE),
        modified("Offer", json!({"Account": ANN}), json!({"TakerGets": "1"})),
        modified("SomethingOf2040", json!({"Balance": "5"}), json!({"Balance": "6"})),
    ]));
    assert_eq!(told(&changes), [""; 0]);
    assert!(changes.is_complete() && changes.locked().is_empty(), "{changes:?}");
    assert_eq!(changes.delta(&account(ANN), Asset::Xrp), Some(Amount::Xrp(Drops::ZERO)));
}
#[test]
fn an_entry_of_a_newer_type_is_in_binary_form_what_it_is_as_json() {
    let touched = json!({"Account": ANN, "Flags": 0});
    let nodes = |kind: Value| {
        let mut node = modified("Offer", touched.clone(), json!({"Flags": 1}));
        node["ModifiedNode"]["LedgerEntryType"] = kind;
        json!({"AffectedNodes": [node, root(BOB, "4", "5")]})
    };
    let spelled = BalanceChanges::from_metadata(&nodes("SomethingOf2040".into())).unwrap();
    // What has no name is written and read as its code.
    let coded = nodes(60_000.into());
    let bytes = Definitions::xrpl().encode_metadata(coded.as_object().unwrap()).unwrap();
    let binary = BalanceChanges::from_metadata(&hex::encode(&bytes).into()).unwrap();
    assert_eq!(told(&binary), ["bob 4 5"]);
    assert_eq!(binary, spelled);
    assert!(binary.is_complete());
    // A name cannot be hidden behind its code: AccountRoot, and Xahau's URIToken.
    for code in [97, 85] {
        assert!(!BalanceChanges::from_metadata(&nodes(code.into())).unwrap().is_complete());
    }
}

#[test]
fn a_trust_line_is_seen_from_both_sides() {
    for (before, after, expected) in [
        // Positive: the low side holds what the high one owes.
        ("1", "3", vec!["ann-bob 1 3", "bob-ann -1 -3"]),
        ("3", "0", vec!["ann-bob 3 0", "bob-ann -3 0"]),
        // Negative: the other way round.
        ("-3", "-1", vec!["ann-bob -3 -1", "bob-ann 3 1"]),
        // Through zero: two debts changed, one of each side.
        ("-3", "2", vec!["ann-bob -3 0", "ann-bob 0 2", "bob-ann 0 -2", "bob-ann 3 0"]),
        ("1000000000000000e-4", "1e11", vec![]),
    ] {
        let node =
            modified("RippleState", line(after, ANN, BOB), json!({"Balance": balance(before)}));
        let changes = changes(json!([node]));
        assert_eq!(told(&changes), expected);
        for change in &changes {
            let Asset::Token { issuer, .. } = change.asset() else { panic!("{change:?}") };
            assert_eq!(change.is_issuer(), issuer == change.account);
            assert_eq!(
                change.is_issuer(),
                change.before.is_negative() || change.after.is_negative()
            );
        }
    }
}

#[test]
fn trust_lines_are_created_and_deleted() {
    let created = changes(json!([created("RippleState", line("-7", ANN, BOB))]));
    assert_eq!(told(&created), ["ann-bob 0 -7", "bob-ann 0 7"]);
    let gone = deleted("RippleState", line("0", ANN, BOB), json!({"Balance": balance("2")}));
    assert_eq!(told(&changes(json!([gone]))), ["ann-bob 2 0", "bob-ann -2 0"]);
    let empty = deleted("RippleState", line("0", ANN, BOB), json!({"LowLimit": balance("2")}));
    assert_eq!(told(&changes(json!([empty]))), [""; 0]);
}

#[test]
fn a_difference_of_balances_is_exact_or_unknown() {
    // A double would say 0 or 0.125.
    let close = modified(
        "RippleState",
        line("9007199254740993", ANN, BOB),
        json!({"Balance": balance("9007199254740992")}),
    );
    let changes = changes(json!([close]));
    let usd = changes.of(&account(ANN))[0].asset();
    assert_eq!(changes.delta(&account(ANN), usd).unwrap().to_string(), format!("1 {usd}"));
    // 160 digits apart: no sum of 38 digits holds the difference.
    let far = modified(
        "RippleState",
        line("1e80", ANN, BOB),
        json!({"Balance": balance("1000000000000000e-96")}),
    );
    let changes = super::BalanceChanges::from_metadata(&json!({"AffectedNodes": [far]})).unwrap();
    assert!(!changes.of(&account(ANN))[0].delta.is_exact());
    assert_eq!(changes.delta(&account(ANN), usd), None);
}

#[test]
fn every_account_is_found_among_many() {
    let line = |holder: &str, value: &str| {
        modified("RippleState", line(value, holder, CAY), json!({"Balance": balance("0")}))
    };
    let root = |holder: &str| {
        let fields = json!({"Account": holder, "Balance": "1"});
        modified("AccountRoot", fields, json!({"Balance": "2"}))
    };
    let changes = changes(json!([line(BOB, "5"), root(ANN), line(ANN, "6"), root(BOB), root(CAY)]));
    assert_eq!(changes.of(&account(ANN)).len(), 2);
    assert_eq!(changes.of(&account(BOB)).len(), 2);
    assert_eq!(changes.of(&account(CAY)).len(), 3, "XRP, and two debts");
    assert_eq!(changes.of(&account(ISSUER)), []);
    let owed = Asset::Token { currency: "USD".parse().unwrap(), issuer: account(CAY) };
    assert_eq!(changes.delta(&account(CAY), owed).unwrap().to_string(), format!("-11 {owed}"));
    assert_eq!(changes.into_iter().count(), 7);
}
#[test]
fn shares_of_a_pool_are_tokens_of_its_account() {
    let share = |value: &str| {
        json!({"currency": "03930D02208264E2E40EC1B0C09E4DB96EE197B1",
            "issuer": "rrrrrrrrrrrrrrrrrrrrBZbvji", "value": value})
    };
    let mut fields = line("0", ANN, BOB);
    fields["Balance"] = share("12");
    let changes = changes(json!([
        modified("RippleState", fields, json!({"Balance": share("5")})),
        modified("AMM", json!({"Account": BOB}), json!({"LPTokenBalance": share("5")})),
        modified("LoanBroker", json!({"Account": CAY}), NONE),
    ]));
    let Asset::Token { currency, issuer } = changes.of(&account(ANN))[0].asset() else { panic!() };
    assert!(currency.is_lp_token());
    assert_eq!(issuer, account(BOB));
    assert_eq!(changes.pool(&account(BOB)), Some(Pool::Amm));
    assert_eq!(changes.pool(&account(CAY)), Some(Pool::LoanBroker));
    assert_eq!(changes.pool(&account(ANN)), None);
}

#[test]
fn what_cannot_be_read_is_unknown_and_hides_nothing_else() {
    let good =
        modified("AccountRoot", json!({"Account": BOB, "Balance": "5"}), json!({"Balance": "4"}));
    let root = |fields: Value| modified("AccountRoot", fields, json!({"Balance": "4"}));
    let usd = |low: &str, high: &str, value: &str| {
        modified("RippleState", line(value, low, high), json!({"Balance": balance("1")}))
    };
    let (ann, dummy) = (ANN, "rrrrrrrrrrrrrrrrrrrrBZbvji");
    for bad in [
        json!(null),
        json!("ModifiedNode"),
        json!({}),
        json!({"ModifiedNode": []}),
        json!({"ModifiedNode": {"FinalFields": {}}}),
        json!({"ChangedNode": {"LedgerEntryType": "AccountRoot"}}),
        json!({"ModifiedNode": {"LedgerEntryType": "Offer"}, "DeletedNode": {}}),
        root(json!({"Account": ann})),
        root(json!({"Account": ann, "Balance": "1.5"})),
        root(json!({"Account": ann, "Balance": 5})),
        root(json!({"Account": ann, "Balance": "9223372036854775808"})),
        root(json!({"Account": "rX", "Balance": "5"})),
        root(json!({"Balance": "5"})),
        usd(dummy, ann, "5"),
        usd(ann, ann, "5"),
        usd(ann, "x", "5"),
        usd(ann, CAY, "NaN"),
        usd(ann, CAY, "12345678901234567890123456789012345678901234567890"),
        modified("MPToken", json!({"Account": ann, "MPTAmount": "5"}), json!({})),
        modified("MPTokenIssuance", json!({"Issuer": "x"}), json!({})),
        created("Escrow", json!({"Account": ann, "Amount": "x"})),
        created("PayChannel", json!({"Amount": "5", "Balance": balance("1")})),
        created("Vault", json!({"Asset": "XRP", "AssetsTotal": "5"})),
        created("Vault", json!({"Asset": {"currency": "XRP"}, "AssetsTotal": "0.5"})),
        created("Sponsorship", json!({"FeeAmount": "x"})),
    ] {
        let changes = changes(json!([bad, good]));
        assert_eq!(told(&changes), ["bob 4 5"], "{bad}");
        assert_eq!(changes.unknown().len(), 1, "{bad}");
        assert!(changes.unknown()[0].to_string().starts_with("AffectedNodes[0]: "));
    }
}

#[test]
fn a_balance_told_twice_is_not_believed() {
    let root = |before: &str| {
        modified("AccountRoot", json!({"Account": ANN, "Balance": "9"}), json!({"Balance": before}))
    };
    let changes = changes(json!([root("5"), root("1")]));
    assert_eq!(changes.of(&account(ANN)), []);
    assert_eq!(changes.delta(&account(ANN), Asset::Xrp), None);
    assert_eq!(changes.xrp_total(), None);
}

#[test]
fn sums_beyond_the_range_are_unknown() {
    let huge = |holder: &str, after: &str, before: &str| {
        modified(
            "AccountRoot",
            json!({"Account": holder, "Balance": after}),
            json!({"Balance": before}),
        )
    };
    let (most, least) = ("9223372036854775807", "-9223372036854775807");
    assert_eq!(changes(json!([huge(ANN, most, least)])).unknown().len(), 1);
    let two = changes(json!([huge(ANN, most, "0"), huge(BOB, most, "0")]));
    assert_eq!(two.xrp_total(), None);
}

#[test]
fn other_json_is_no_metadata() {
    for (json, part) in [
        ("", "EOF"),
        ("null", "neither an object"),
        ("[]", "neither an object"),
        ("{}", "no list AffectedNodes"),
        (r#"{"AffectedNodes": {}}"#, "no list AffectedNodes"),
        (r#""unavailable""#, "not hex"),
        (r#""F9""#, "byte "),
    ] {
        let error = BalanceChanges::from_metadata_str(json).unwrap_err().to_string();
        assert!(error.contains(part), "{json}: {error}");
    }
    let none = BalanceChanges::from_metadata_str(r#"{"AffectedNodes": []}"#).unwrap();
    assert_eq!(none, BalanceChanges::default());
}

#[test]
fn the_json_form_is_stable() {
    let changes = changes(json!([
        created("AccountRoot", json!({"Account": ANN, "Balance": "7"})),
        modified("RippleState", line("3", ANN, BOB), json!({"Balance": balance("1")})),
        created("Escrow", json!({"Account": ANN, "Destination": BOB, "Amount": "5"})),
        root_of_nobody(),
        modified("AMM", json!({"Account": BOB}), NONE),
    ]));
    let usd = |value: &str| json!({"currency": "USD", "issuer": BOB, "value": value});
    assert_eq!(
        serde_json::to_value(&changes).unwrap(),
        json!({
            "changes": [
                {"account": BOB, "counterparty": ANN, "before": usd("-1"), "after": usd("-3"), "delta": usd("-2")},
                {"account": ANN, "before": "0", "after": "7", "delta": "7"},
                {"account": ANN, "counterparty": BOB, "before": usd("1"), "after": usd("3"), "delta": usd("2")},
            ],
            "locked": [{"place": "escrow", "owner": ANN, "destination": BOB, "before": "0", "after": "5", "delta": "5"}],
            "unknown": [{"path": "AffectedNodes[3]", "asset": {"currency": "XRP"}, "reason": "its account cannot be read"}],
            "created": [ANN], "deleted": [], "pools": {BOB: "amm"},
        })
    );
}

fn root_of_nobody() -> Value {
    modified("AccountRoot", json!({"Balance": "5"}), json!({"Balance": "6"}))
}
