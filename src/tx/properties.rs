//! Whatever JSON a node sends: no panic, and what is told keeps its promises.

use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json};

use super::{Around, BalanceChanges, Delivered, TxRecord, vectors::*};
use crate::types::{Amount, Asset};

/// Words that mean something here, so that arbitrary objects get somewhere.
const WORDS: [&str; 40] = [
    "AffectedNodes",
    "CreatedNode",
    "ModifiedNode",
    "DeletedNode",
    "NewFields",
    "FinalFields",
    "PreviousFields",
    "LedgerEntryType",
    "LedgerIndex",
    "AccountRoot",
    "RippleState",
    "MPToken",
    "MPTokenIssuance",
    "Escrow",
    "PayChannel",
    "Vault",
    "Sponsorship",
    "Account",
    "Balance",
    "LowLimit",
    "HighLimit",
    "Amount",
    "MPTAmount",
    "LockedAmount",
    "OutstandingAmount",
    "MPTokenIssuanceID",
    "Issuer",
    "Sequence",
    "TransactionType",
    "TransactionResult",
    "TransactionIndex",
    "Payment",
    "DeliveredAmount",
    "delivered_amount",
    "tx_json",
    "meta",
    "validated",
    "ledger_index",
    "result",
    "transactions",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
        prop::sample::select(&[ANN, BOB, CAY, ISSUER, "unavailable", "tesSUCCESS", BLOB, META][..])
            .prop_map(Value::from),
        any::<i64>().prop_map(|number| number.to_string().into()),
        "-?[0-9]{1,18}(\\.[0-9]{1,9})?(e-?[0-9]{1,2})?".prop_map(Value::from),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 96, 8, |inner| {
        let name = prop_oneof![
            8 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name, inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An affected node of the right shape with arbitrary fields.
fn affected() -> impl Strategy<Value = Value> {
    let touch = prop::sample::select(&["CreatedNode", "ModifiedNode", "DeletedNode"][..]);
    let kind = prop::sample::select(&WORDS[9..17]);
    let value = prop_oneof![
        leaf(),
        leaf().prop_map(|value| json!({"currency": "USD", "issuer": ANN, "value": value})),
        Just(json!({"currency": "USD", "issuer": BOB, "value": "1"})),
        leaf().prop_map(|value| json!({"mpt_issuance_id": mpt(), "value": value})),
    ];
    let fields = || {
        let name = prop::sample::select(&WORDS[17..28]).prop_map(str::to_owned);
        vec((name, value.clone()), 0..8)
            .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
    };
    (touch, kind, fields(), fields())
        .prop_map(|(touch, kind, fields, previous)| node(touch, kind, fields, previous))
}

/// Reads it in every way there is; only a panic fails.
fn read_all(value: &Value) {
    let around = Around { validated: Some(true), ledger_index: Some(1), ..Around::default() };
    let text = value.to_string();
    for record in TxRecord::read_all(&text).into_iter().flatten().flatten() {
        let account = record.account();
        if let Ok(bound) = record.bind_to_claim() {
            let _ = (bound.delivered(), bound.incoming(&account), bound.fee());
        }
    }
    let _ = TxRecord::read(&text, &around);
    let _ = TxRecord::read_with_binary(&text, &text, &around);
    let _ = BalanceChanges::from_metadata(value);
    let _ = Delivered::from_json(value, value, 90_000_000, None);
}

proptest! {
    #[test]
    fn arbitrary_json_is_read_without_panic(value in json()) {
        read_all(&value);
        read_all(&json!({"tx_json": content(), "meta": value, "validated": true, "ledger_index": 1}));
        let mut meta = meta();
        meta["AffectedNodes"] = value;
        read_all(&json!({"tx_json": content(), "meta": meta, "validated": true, "ledger_index": 1}));
    }

    #[test]
    fn a_cut_message_is_an_error(length in 0_usize..1500) {
        let message = json!({"result": {"tx_json": content(), "meta": meta(), "validated": true,
            "ledger_index": 38129}}).to_string();
        let cut = message.get(..length.min(message.len() - 1)).unwrap();
        prop_assert!(TxRecord::read(cut, &Around::default()).is_err());
    }

    /// Tokens neither appear nor vanish, each change is a difference, and none is told twice.
    #[test]
    fn arbitrary_nodes_keep_the_promises(nodes in vec(affected(), 0..12)) {
        let changes = BalanceChanges::from_metadata(&json!({ "AffectedNodes": nodes })).unwrap();
        let mut told: Vec<_> = changes.iter().map(|c| (c.account, c.asset(), c.counterparty)).collect();
        let count = told.len();
        told.dedup();
        prop_assert_eq!(told.len(), count);
        prop_assert!(told.is_sorted());
        for change in &changes {
            prop_assert_eq!(change.after.checked_sub(&change.before), Some(change.delta));
            prop_assert!(!change.delta.is_zero());
            prop_assert!(changes.of(&change.account).contains(change));
            if let (Asset::Token { issuer, .. }, Some(other)) = (change.asset(), change.counterparty) {
                prop_assert!(issuer == change.account || issuer == other);
                let mirror = changes.of(&other).iter().find(|one| {
                    one.asset() == change.asset() && one.counterparty == Some(change.account)
                });
                let sum = mirror.and_then(|mirror| mirror.delta.checked_add(&change.delta));
                prop_assert!(sum.is_some_and(|sum| sum.is_zero()));
            }
        }
        let _ = serde_json::to_string(&changes);
        let _ = changes.xrp_total();
    }

    /// A payment is credited exactly when the balance bears it out.
    #[test]
    fn xrp_is_exact_only_when_the_balance_is(
        claimed in 1_i64..1000, gained in 1_i64..1000, signed in 1_i64..1000, partial: bool,
    ) {
        let transaction = json!({"TransactionType": "Payment", "Account": ANN, "Destination": BOB,
            "Amount": signed.to_string(), "Flags": if partial { 131_072 } else { 0 }});
        let metadata = json!({"TransactionResult": "tesSUCCESS", "DeliveredAmount": claimed.to_string(),
            "AffectedNodes": [root(BOB, "1000", &(1000 + gained).to_string())]});
        let delivered = Delivered::from_json(&transaction, &metadata, 90_000_000, None).unwrap();
        let allowed = if partial { claimed <= signed } else { claimed == signed };
        let believed = allowed && claimed == gained;
        prop_assert_eq!(delivered.exact().is_some(), believed);
        if let Some(Amount::Xrp(drops)) = delivered.exact() {
            prop_assert_eq!(drops.as_i64(), gained);
        }
    }
}
