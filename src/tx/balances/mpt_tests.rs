//! Multi-purpose tokens: every way in which a missing field can be read.

use serde_json::{Value, json};

use super::{
    tests::{changes, told},
    *,
};
use crate::tx::vectors::*;

/// Balances, and behind a `/` the locked ones.
fn tokens(nodes: Value) -> (Vec<String>, usize) {
    let changes = changes(nodes);
    let mut told = told(&changes);
    for locked in changes.locked() {
        if [LockedIn::LockedTokens, LockedIn::ConfidentialTokens].contains(&locked.place) {
            let (Amount::Mpt { value: before, .. }, Amount::Mpt { value: after, .. }) =
                (locked.before, locked.after)
            else {
                panic!("{locked:?}")
            };
            told.push(format!("/ {before} {after}"));
        }
    }
    (told, changes.unknown().len())
}

#[test]
fn a_missing_count_was_nothing_or_the_same_and_the_sum_tells() {
    let n = |amount: &str| json!({ "MPTAmount": amount });
    let locked = |locked: &str| json!({ "LockedAmount": locked });
    let both = |amount: &str, locked: &str| json!({"MPTAmount": amount, "LockedAmount": locked});
    let out = |amount: &str| json!({ "OutstandingAmount": amount });
    for (what, nodes, expected) in [
        (
            "0 -> N, out of the issuer",
            json!([holder(ANN, n("5"), json!({})), issuance(out("15"), out("10"))]),
            vec!["ann 0 5", "issuer -10 -15"],
        ),
        (
            "N -> M and 0 -> N between holders",
            json!([holder(ANN, n("3"), n("8")), holder(BOB, n("5"), json!({}))]),
            vec!["ann 8 3", "bob 0 5"],
        ),
        (
            "N -> 0",
            json!([holder(ANN, json!({}), n("8")), holder(BOB, n("9"), n("1"))]),
            vec!["ann 8 0", "bob 1 9"],
        ),
        (
            "unchanged N while a flag changed",
            json!([holder(ANN, n("5"), json!({"Flags": 1}))]),
            vec![],
        ),
        (
            "an escrow of everything",
            json!([
                holder(ANN, locked("10000"), n("10000")),
                issuance(json!({"LockedAmount": "10000", "OutstandingAmount": "10000"}), json!({})),
            ]),
            vec!["ann 10000 0", "/ 0 10000"],
        ),
        (
            "finished: the sender's rest is unchanged, the receiver's is new",
            json!([
                holder(ANN, n("7"), locked("5")),
                holder(BOB, n("5"), json!({})),
                issuance(out("20"), locked("5")),
            ]),
            vec!["bob 0 5", "/ 5 0"],
        ),
        (
            "cancelled: the same shape, and everything is back",
            json!([holder(ANN, n("5"), locked("5")), issuance(out("20"), locked("5"))]),
            vec!["ann 0 5", "/ 5 0"],
        ),
        (
            "a payment beside an escrow that stays as it is",
            json!([
                holder(ANN, both("90", "10"), n("100")),
                issuance(json!({"LockedAmount": "10", "OutstandingAmount": "190"}), out("200")),
            ]),
            vec!["ann 100 90", "issuer -200 -190"],
        ),
        (
            "a transfer fee is no longer outstanding",
            json!([
                holder(ANN, n("80"), n("100")),
                holder(BOB, n("18"), json!({})),
                issuance(out("98"), out("100")),
            ]),
            vec!["ann 100 80", "bob 0 18", "issuer -100 -98"],
        ),
        (
            "taken back by the issuer",
            json!([holder(ANN, json!({}), n("900")), issuance(out("0"), out("900"))]),
            vec!["ann 900 0", "issuer -900 0"],
        ),
        (
            "made confidential: outstanding as before",
            json!([
                holder(ANN, n("40"), n("100")),
                issuance(
                    json!({"OutstandingAmount": "100", "ConfidentialOutstandingAmount": "60"}),
                    json!({})
                ),
            ]),
            vec!["ann 100 40", "/ 0 60"],
        ),
    ] {
        let (told, unknown) = tokens(nodes);
        assert_eq!(
            (told, unknown),
            (expected.iter().map(|e| (*e).to_owned()).collect(), 0),
            "{what}"
        );
    }
}

#[test]
fn token_entries_come_and_go() {
    let (told, unknown) = tokens(json!([
        created("MPToken", token(ANN, json!({"MPTAmount": "5"}))),
        created("MPToken", token(CAY, json!({}))),
        deleted("MPToken", token(BOB, json!({})), json!({"MPTAmount": "5"})),
    ]));
    assert_eq!((told, unknown), (vec!["ann 0 5".to_owned(), "bob 5 0".to_owned()], 0));
    // A maximum is no balance, and neither is an empty issuance.
    let fields = json!({"Issuer": ISSUER, "Sequence": 7, "MaximumAmount": "900"});
    for node in
        [created("MPTokenIssuance", fields.clone()), deleted("MPTokenIssuance", fields, NONE)]
    {
        assert_eq!(tokens(json!([node])), (vec![], 0));
    }
}

#[test]
fn what_several_choices_explain_is_unknown() {
    // One of two holders got the five, with nothing to tell which.
    let flagged = json!({"Flags": 1});
    let five = json!({"MPTAmount": "5"});
    let nodes = json!([
        holder(ANN, five.clone(), flagged.clone()),
        holder(BOB, five.clone(), flagged),
        holder(CAY, json!({}), five.clone()),
    ]);
    let unsure = changes(nodes);
    assert_eq!(told(&unsure), ["cay 5 0"]);
    let asset = Asset::Mpt(mpt());
    assert_eq!(unsure.delta(&account(ANN), asset), None);
    assert_eq!(unsure.delta(&account(BOB), asset), None);
    assert_eq!(unsure.delta(&account(CAY), asset).unwrap().to_string(), format!("-5 {asset}"));
    // Something was added to Bob's entry, and there is only one thing that can be.
    let nodes = json!([
        holder(ANN, five.clone(), json!({"Flags": 1})),
        holder(BOB, five.clone(), json!({})),
        holder(CAY, json!({}), five),
    ]);
    assert_eq!(tokens(nodes), (vec!["bob 0 5".to_owned(), "cay 5 0".to_owned()], 0));
}

#[test]
fn tokens_out_of_nothing_are_not_believed() {
    let n = |amount: &str| json!({ "MPTAmount": amount });
    for nodes in [
        // A node that claims more for one holder than the others lost.
        json!([holder(ANN, n("500"), n("1")), holder(BOB, n("1"), n("8"))]),
        // The same with an open count.
        json!([holder(ANN, n("500"), json!({})), holder(BOB, n("1"), n("8"))]),
        // Early development networks wrote hexadecimal numbers.
        json!([holder(ANN, n("c8"), n("64"))]),
        json!([holder(ANN, n("0064"), n("0065")), holder(BOB, n("1"), n("0"))]),
        json!([holder(ANN, n("9223372036854775808"), n("1"))]),
        json!([holder(ANN, n("-1"), n("1"))]),
        json!([holder(ANN, json!({"MPTAmount": 5}), n("1"))]),
    ] {
        let changes = changes(nodes);
        let asset = Asset::Mpt(mpt());
        assert!(!changes.is_complete());
        assert_eq!(changes.delta(&account(ANN), asset), None, "{changes:?}");
        assert_eq!(changes.delta(&account(ANN), Asset::Xrp), Some(Amount::zero(Asset::Xrp)));
    }
}

#[test]
fn a_crowd_of_open_counts_is_not_tried_out() {
    let holders: Vec<Value> = (0..1000)
        .map(|number: u32| {
            let mut bytes = [0; 20];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            let account = AccountId::from_bytes(bytes).to_string();
            holder(&account, json!({"MPTAmount": "5"}), json!({"Flags": 1}))
        })
        .collect();
    let changes = changes(json!(holders));
    assert_eq!((changes.iter().count(), changes.unknown().len()), (0, 1000));
}

#[test]
fn an_empty_list_stands_for_no_fields() {
    // Some languages cannot tell an empty object from an empty list.
    let nodes = json!([
        holder(ANN, json!({"MPTAmount": "5"}), json!([])),
        holder(BOB, json!({}), json!({"MPTAmount": "5"})),
    ]);
    assert_eq!(tokens(nodes), (vec!["ann 0 5".to_owned(), "bob 5 0".to_owned()], 0));
}

/// What a holder has and keeps locked, before and after, and whether a flag changed too.
type History = ([i64; 2], [i64; 2], bool);

/// The entry as the ledger writes it: what is nothing is left out.
fn written(counts: [i64; 2]) -> Value {
    let named = ["MPTAmount", "LockedAmount"].into_iter().zip(counts);
    named.filter(|(_, count)| *count != 0).map(|(name, n)| (name, n.to_string())).collect()
}

fn entry(account: &str, (before, after, flag): History) -> Option<Value> {
    let changed = [0, 1].map(|at| if before[at] == after[at] { 0 } else { before[at] });
    let mut previous = written(changed);
    if flag {
        previous["Flags"] = 0.into();
    }
    (before != after || flag).then(|| holder(account, written(after), previous))
}

/// The issuance is in the metadata when one of its totals changed.
fn totals(histories: &[History]) -> Option<Value> {
    let sum = |all: &dyn Fn(&History) -> i64| histories.iter().map(all).sum::<i64>();
    let outstanding = [sum(&|h| h.0[0] + h.0[1]), sum(&|h| h.1[0] + h.1[1])];
    let locked = [sum(&|h| h.0[1]), sum(&|h| h.1[1])];
    let mut latest = json!({"OutstandingAmount": outstanding[1].to_string()});
    let mut previous = json!({});
    if locked[1] != 0 {
        latest["LockedAmount"] = locked[1].to_string().into();
    }
    if outstanding[0] != outstanding[1] {
        previous["OutstandingAmount"] = outstanding[0].to_string().into();
    }
    if locked[0] != locked[1] && locked[0] != 0 {
        previous["LockedAmount"] = locked[0].to_string().into();
    }
    (outstanding[0] != outstanding[1] || locked[0] != locked[1]).then(|| issuance(latest, previous))
}

proptest::proptest! {
    /// Whatever happened to the holders: what is told is what happened, the rest is unknown.
    #[test]
    fn nothing_is_told_that_did_not_happen(
        histories in proptest::collection::vec(
            ([0..3_i64, 0..3_i64], [0..3_i64, 0..3_i64], proptest::bool::ANY), 1..7),
    ) {
        let account = |number: usize| {
            let mut bytes = [1; 20];
            bytes[0] = u8::try_from(number).unwrap();
            AccountId::from_bytes(bytes)
        };
        let entries = histories.iter().enumerate();
        let entries = entries.filter_map(|(n, h)| entry(&account(n).to_string(), *h));
        let nodes: Vec<Value> = entries.chain(totals(&histories)).collect();
        let changes = changes(json!(nodes));
        for (number, (before, after, _)) in histories.iter().enumerate() {
            let account = account(number);
            if let Some(delta) = changes.delta(&account, Asset::Mpt(mpt())) {
                assert_eq!(delta, Amount::Mpt { value: after[0] - before[0], id: mpt() });
            }
            let unsure = |one: &UnknownChange| one.account == Some(account) && one.place.is_some();
            if !changes.unknown().iter().any(unsure) {
                let mut locked = changes.locked().iter().filter(|one| one.owner == Some(account));
                let told = locked.next().map(|one| one.delta);
                let happened = after[1] - before[1];
                let happened = Amount::Mpt { value: happened, id: mpt() };
                assert_eq!(told.unwrap_or(Amount::zero(Asset::Mpt(mpt()))), happened);
            }
        }
        // Nobody was accused of making tokens out of nothing.
        assert!(changes.unknown().iter().all(|one| one.account.is_some()), "{changes:?}");
    }
}

#[test]
fn an_issuer_owes_its_own_tokens_and_what_cannot_be_told_is_said_of_a_place() {
    let out = |amount: &str| json!({ "OutstandingAmount": amount });
    let n = |amount: &str| json!({ "MPTAmount": amount });
    let paid = changes(json!([holder(ANN, n("5"), json!({})), issuance(out("15"), out("10"))]));
    assert_eq!(told(&paid), ["ann 0 5", "issuer -10 -15"]);
    for change in paid.iter() {
        assert_eq!(change.is_issuer(), change.account == account(ISSUER), "{change:?}");
    }
    // Without a sequence it is the first of its account, if it is new; else nobody knows which.
    for (touch, unknown) in [("CreatedNode", 0), ("ModifiedNode", 1)] {
        let fields = json!({"Issuer": ISSUER, "OutstandingAmount": "0"});
        let found = changes(json!([node(touch, "MPTokenIssuance", fields, json!({}))]));
        assert_eq!(found.unknown().len(), unknown, "{touch}");
    }
    // Of holders alone: the place of the first of them.
    let found = changes(json!([root(BOB, "1", "1"), holder(ANN, n("x"), n("5"))]));
    let places: Vec<&str> = found.unknown().iter().map(|one| one.path.as_str()).collect();
    assert!(!places.is_empty() && places.iter().all(|at| at.contains('1')), "{places:?}");
}

#[test]
fn who_gave_up_an_entry_gave_up_what_was_in_it() {
    // Nothing former is told of what did not change before the entry went.
    let n = |amount: &str| json!({ "MPTAmount": amount });
    for former in [NONE, json!({}), json!({"Flags": 1})] {
        let gone = deleted("MPToken", token(BOB, n("5")), former.clone());
        let nodes = json!([gone, holder(ANN, n("8"), n("3"))]);
        let expected = vec!["ann 3 8".to_owned(), "bob 5 0".to_owned()];
        assert_eq!(tokens(nodes), (expected, 0), "{former}");
    }
}

#[test]
fn ten_open_counts_are_tried_out_and_eleven_are_not() {
    let n = |amount: u32| json!({ "MPTAmount": amount.to_string() });
    for (open, known) in [(10, true), (11, false)] {
        // 1, 2, 4, … are open; three tokens came to those with 1 and 2.
        let holders = (0..open).map(|number: u8| {
            let account = AccountId::from_bytes([number + 1; 20]).to_string();
            holder(&account, n(1 << number), json!({"Flags": 1}))
        });
        let nodes: Vec<Value> = holders.chain([holder(ANN, n(4), n(7))]).collect();
        let (told, unknown) = tokens(json!(nodes));
        let (changed, unsure) = if known { (3, 0) } else { (1, open) };
        assert_eq!((told.len(), unknown), (changed, usize::from(unsure)), "{told:?}");
        assert_eq!(told.iter().filter(|one| one.contains(" 0 ")).count(), changed - 1, "{told:?}");
    }
}
