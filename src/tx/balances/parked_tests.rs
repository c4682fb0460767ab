//! Escrows, channels, sponsored fees and vaults, from creation to deletion.

use serde_json::{Value, json};

use super::{tests::changes, *};
use crate::tx::vectors::*;

fn parked(nodes: Value) -> Vec<(LockedIn, String, String)> {
    let changes = changes(nodes);
    assert!(changes.is_complete(), "{changes:?}");
    let one = |c: &LockedChange| (c.place, c.before.to_string(), c.after.to_string());
    changes.locked().iter().map(one).collect()
}

fn xrp(place: LockedIn, before: &str, after: &str) -> Vec<(LockedIn, String, String)> {
    vec![(place, format!("{before} XRP"), format!("{after} XRP"))]
}

#[test]
fn escrows_hold_from_creation_to_deletion() {
    let escrow = |amount: Value| json!({"Account": ANN, "Destination": BOB, "Amount": amount});
    let made = created("Escrow", escrow(json!("5000000")));
    assert_eq!(parked(json!([made])), xrp(LockedIn::Escrow, "0", "5"));
    let ended = deleted("Escrow", escrow(json!("5000000")), NONE);
    assert_eq!(parked(json!([ended])), xrp(LockedIn::Escrow, "5", "0"));
    let token = json!({"currency": "USD", "issuer": CAY, "value": "12.5"});
    let ended = changes(json!([deleted("Escrow", escrow(token), NONE)]));
    assert_eq!(ended.locked()[0].delta.to_string(), format!("-12.5 USD:{CAY}"));
    assert_eq!(ended.locked()[0].owner, Some(account(ANN)));
    assert_eq!(ended.locked()[0].destination, Some(account(BOB)));
    assert!(ended.locked()[0].is_beside_balances());
    // Tokens that the holder's own entry keeps locked are not told twice.
    let tokens = json!({"mpt_issuance_id": mpt(), "value": "5"});
    let ended = changes(json!([deleted("Escrow", escrow(tokens), NONE)]));
    assert!(!ended.locked()[0].is_beside_balances());
}

#[test]
fn on_xahau_a_line_keeps_what_an_escrow_locks() {
    let token = json!({"currency": "USD", "issuer": CAY, "value": "5"});
    let escrow =
        created("Escrow", json!({"Account": ANN, "Destination": BOB, "Amount": token.clone()}));
    let mut locking = line("10", ANN, CAY);
    locking["LockedBalance"] = token;
    for (line, beside) in [
        (modified("RippleState", locking.clone(), json!({})), false),
        (deleted("RippleState", line("10", ANN, CAY), json!({"LockedBalance": "5"})), false),
        // On the XRP Ledger it leaves the line.
        (rippled(ANN, CAY, "10", "5"), true),
    ] {
        let changes = changes(json!([escrow, line]));
        assert_eq!(changes.locked()[0].is_beside_balances(), beside, "{line}");
    }
}

#[test]
fn channels_hold_what_was_put_in_and_not_paid_out() {
    let channel = |amount: &str, balance: &str| json!({"Account": ANN, "Destination": BOB, "Amount": amount, "Balance": balance});
    let place = LockedIn::PaymentChannel;
    let new = json!({"Account": ANN, "Destination": BOB, "Amount": "9000000"});
    assert_eq!(parked(json!([created("PayChannel", new)])), xrp(place, "0", "9"));
    let funded =
        modified("PayChannel", channel("9000000", "2000000"), json!({"Amount": "5000000"}));
    assert_eq!(parked(json!([funded])), xrp(place, "3", "7"));
    let claimed = modified("PayChannel", channel("9000000", "2000000"), json!({"Balance": "0"}));
    assert_eq!(parked(json!([claimed])), xrp(place, "9", "7"));
    let closed =
        deleted("PayChannel", channel("9000000", "6000000"), json!({"Balance": "2000000"}));
    assert_eq!(parked(json!([closed])), xrp(place, "7", "0"));
    let expired = deleted("PayChannel", channel("9000000", "6000000"), NONE);
    assert_eq!(parked(json!([expired])), xrp(place, "3", "0"));
}

#[test]
fn a_sponsors_fees_are_set_aside() {
    let fees = |amount: &str| json!({"Owner": ANN, "Sponsee": BOB, "FeeAmount": amount});
    let former = |amount: &str| json!({ "FeeAmount": amount });
    let place = LockedIn::Sponsorship;
    assert_eq!(parked(json!([created("Sponsorship", fees("1000000"))])), xrp(place, "0", "1"));
    let spent = modified("Sponsorship", fees("1000000"), former("1000012"));
    assert_eq!(parked(json!([spent])), xrp(place, "1.000012", "1"));
    let gone = deleted("Sponsorship", fees("1000000"), NONE);
    assert_eq!(parked(json!([gone])), xrp(place, "1", "0"));
    // Another field changed; nobody lost a million drops, so that these were there before.
    let root = |before: &str| {
        modified("AccountRoot", json!({"Account": ANN, "Balance": "5"}), json!({"Balance": before}))
    };
    let counted = modified("Sponsorship", fees("1000000"), json!({"RemainingOwnerCount": 3}));
    assert_eq!(parked(json!([root("15"), counted.clone()])), vec![]);
    // The sponsor lost more than a million: they may be these, or burnt.
    let unsure = changes(json!([root("1000015"), counted]));
    assert_eq!((unsure.unknown().len(), unsure.xrp_total()), (1, None));
    // His balance is known all the same.
    assert_eq!(unsure.delta(&account(ANN), Asset::Xrp), Some(Amount::Xrp(Drops::new(-1_000_010))));
}

#[test]
fn vaults_tell_what_they_have_and_lent() {
    let vault =
        |total: &str| json!({"Account": BOB, "Asset": {"currency": "XRP"}, "AssetsTotal": total});
    let place = LockedIn::Vault;
    let root = |before: &str, after: &str| {
        modified(
            "AccountRoot",
            json!({"Account": BOB, "Balance": after}),
            json!({"Balance": before}),
        )
    };
    let grown = modified("Vault", vault("7"), json!({"AssetsTotal": "5"}));
    assert_eq!(parked(json!([root("5", "7"), grown])), xrp(place, "0.000005", "0.000007"));
    // The first deposit: nothing before, and nothing is not written.
    let first = modified("Vault", vault("7"), json!({}));
    assert_eq!(parked(json!([first.clone(), root("0", "7")])), xrp(place, "0", "0.000007"));
    // A loan of everything comes back: the total is what it was.
    let loan = modified("Loan", json!({"Borrower": ANN}), json!({"PaymentRemaining": 1}));
    assert_eq!(parked(json!([first.clone(), root("0", "7"), loan])), vec![]);
    assert_eq!(parked(json!([first])), vec![]);
    let changes = changes(json!([created("Vault", vault("7"))]));
    assert!(!changes.locked()[0].is_beside_balances());
    assert_eq!(changes.pool(&account(BOB)), Some(Pool::Vault));
}

#[test]
fn a_crowd_of_vaults_is_not_searched_for() {
    let vault = json!({"Account": BOB, "Asset": {"currency": "XRP"}, "AssetsTotal": "7"});
    let crowd = vec![modified("Vault", vault, json!({})); 10_000];
    let changes = changes(json!(crowd));
    assert_eq!((changes.locked().len(), changes.unknown().len()), (0, 10_000));
}

#[test]
fn a_sponsorship_is_weighed_against_all_others() {
    // The sponsor of the second one took 12 drops for a fee and gave nothing to the first one.
    let first = modified(
        "Sponsorship",
        json!({"Owner": ANN, "FeeAmount": "10"}),
        json!({"RemainingOwnerCount": 3}),
    );
    let second = modified(
        "Sponsorship",
        json!({"Owner": BOB, "FeeAmount": "88"}),
        json!({"FeeAmount": "100"}),
    );
    // Those 12 drops could be 2 that were burnt and the first one's 10.
    assert_eq!(changes(json!([first, second])).unknown().len(), 1);
}

#[test]
fn a_sponsorship_is_weighed_only_where_something_may_have_been_put_in() {
    let root = |before: &str| root(ANN, before, "5");
    let fees = json!({"Owner": ANN, "FeeAmount": "1000000"});
    let none = json!({"Owner": ANN});
    let counted = json!({"RemainingOwnerCount": 3});
    for (what, lost, node, unknown) in [
        ("only touched", "2000005", modified("Sponsorship", fees.clone(), NONE), 0),
        ("nothing set aside", "2000005", modified("Sponsorship", none, counted.clone()), 0),
        ("less was lost", "1000004", modified("Sponsorship", fees.clone(), counted.clone()), 0),
        ("all that was lost", "1000005", modified("Sponsorship", fees, counted), 1),
    ] {
        let changes = changes(json!([root(lost), node]));
        assert_eq!((changes.unknown().len(), changes.locked().len()), (unknown, 0), "{what}");
    }
}

#[test]
fn of_a_first_deposit_only_what_the_vaults_own_account_gained_counts() {
    let asset = json!({"currency": "XRP"});
    let vault = json!({"Account": BOB, "Asset": asset, "AssetsTotal": "7"});
    let first = modified("Vault", vault, json!({}));
    let shares = holder(BOB, json!({"MPTAmount": "5"}), json!({"MPTAmount": "3"}));
    let paid = [first.clone(), root(BOB, "0", "7"), root(ANN, "27", "10"), shares];
    let told = changes(json!(paid));
    let one = |c: &LockedChange| (c.place, c.before.to_string(), c.after.to_string());
    let parked: Vec<_> = told.locked().iter().map(one).collect();
    assert_eq!(parked, xrp(LockedIn::Vault, "0", "0.000007"));
    // Another account gained as much, and the vault's own nothing.
    let other = changes(json!([first, root(CAY, "0", "7")]));
    assert!(other.locked().is_empty(), "{other:?}");
}

#[test]
fn sixteen_vaults_are_searched_for_and_seventeen_are_not() {
    let vault = json!({"Account": BOB, "Asset": {"currency": "XRP"}, "AssetsTotal": "7"});
    for (vaults, unknown) in [(16, 0), (17, 17)] {
        let changes = changes(json!(vec![modified("Vault", vault.clone(), json!({})); vaults]));
        assert_eq!((changes.locked().len(), changes.unknown().len()), (0, unknown));
    }
}
