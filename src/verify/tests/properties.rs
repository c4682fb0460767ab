//! Any transaction with any expectation has a verdict, and the verdict agrees with itself.

use std::sync::LazyLock;

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{corpus::recorded, *};
use crate::{AccountId, Amount, Drops, Hash256, MptId, RippleTime, TokenValue, verify::PaidBy};

/// Recorded ones where there are some, and some that are made up in any case.
static TRANSACTIONS: LazyLock<Vec<ValidatedTransaction>> = LazyLock::new(|| {
    let (transaction, metadata) = honest();
    let mut all = vec![validated(&transaction, &metadata)];
    all.extend(recorded());
    all
});

fn account() -> impl Strategy<Value = AccountId> {
    let known = [SHOP, BUYER, OTHER, ISSUER].map(|text| text.parse().unwrap());
    prop_oneof![select(known.to_vec()), any::<[u8; 20]>().prop_map(AccountId::from_bytes)]
}

fn amount() -> impl Strategy<Value = Amount> {
    let value = (any::<i64>(), -110..100_i16)
        .prop_map(|(mantissa, exponent)| TokenValue::new(mantissa.into(), exponent).unwrap());
    let currency = select(vec!["USD", "BTC", "CCK", "03930D02208264E2E40EC1B0C09E4DB96EE197B1"]);
    prop_oneof![
        any::<i64>().prop_map(|drops| Amount::Xrp(Drops::new(drops))),
        (1..100_000_000_i64).prop_map(|drops| Amount::Xrp(Drops::new(drops))),
        (value, currency, account()).prop_map(|(value, currency, issuer)| Amount::Token {
            value,
            currency: currency.parse().unwrap(),
            issuer
        }),
        (any::<i64>(), any::<u32>(), account()).prop_map(|(value, sequence, issuer)| Amount::Mpt {
            value,
            id: MptId::new(sequence, issuer)
        }),
    ]
}

/// Steps that build an expectation, each of which may be left out.
fn builder() -> impl Strategy<Value = ExpectedPaymentBuilder> {
    let amounts = (0..3_u8, amount(), amount());
    let tags = option::of(prop_oneof![Just(0), Just(7), any::<u32>()]);
    let bounds = (option::of(any::<u32>()), option::of(any::<u32>()));
    let times = (option::of(any::<u32>()), option::of(any::<u32>()));
    let rest = (
        option::of(any::<[u8; 32]>()),
        option::of(any::<u32>()),
        vec(account(), 0..3),
        vec(select(PaidBy::ALL.to_vec()), 0..5),
        prop_oneof![Just(0_u32), Just(1), any::<u32>()],
    );
    (account(), amounts, tags, any::<bool>(), bounds, times, rest).prop_map(
        |(to, (how, one, two), tag, any_tag, ledgers, times, rest)| {
            let (invoice, source_tag, senders, ways, network) = rest;
            let mut order = ExpectedPayment::to(to).network_id(network);
            order = match (tag, any_tag) {
                (Some(tag), _) => order.tag(tag),
                (None, true) => order.any_tag(),
                (None, false) => order,
            };
            order = match how {
                0 => order.exactly(one),
                1 => order.at_least(one),
                _ => order.between(one, two),
            };
            if let Some(id) = invoice {
                order = order.invoice_id(Hash256::from_bytes(id));
            }
            if let Some(tag) = source_tag {
                order = order.source_tag(tag);
            }
            for sender in senders {
                order = order.sender(sender);
            }
            if !ways.is_empty() {
                order = order.ways(ways);
            }
            if let Some(first) = ledgers.0 {
                order = order.first_ledger(first);
            }
            if let Some(last) = ledgers.1 {
                order = order.last_ledger(last);
            }
            if let Some(time) = times.0 {
                order = order.not_before(RippleTime::from_seconds(time));
            }
            if let Some(time) = times.1 {
                order = order.not_after(RippleTime::from_seconds(time));
            }
            order
        },
    )
}

fn agrees_with_itself(tx: &ValidatedTransaction, expected: &ExpectedPayment) {
    let verdict = payment(tx, expected);
    assert_eq!(verdict, payment(tx, expected));
    assert_eq!(verdict.is_paid(), verdict.failures().count() == 0, "{}", verdict.table());
    assert_eq!(verdict.table().lines().count(), 3 + verdict.checks().len());
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["paid"], verdict.is_paid());
    assert_eq!(verdict.to_string().starts_with("paid: "), verdict.is_paid());
    let codes: Vec<_> = verdict.checks().iter().map(|check| check.code).collect();
    assert!(codes.is_sorted() && codes.len() == 19, "{codes:?}");
    match verdict.amount_received() {
        Some(received) => {
            assert_eq!(received.asset(), expected.asset());
            assert_eq!(verdict.is_paid(), expected.amount().accepts(&received));
        }
        None => assert!(!verdict.is_paid()),
    }
}

/// Takes something out of the metadata, or puts something else in its place.
fn spoil(value: &mut Value, steps: &[usize], nonsense: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        *value = nonsense.clone();
        return;
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            let name = members.keys().nth(step % members.len()).unwrap().clone();
            match (rest.is_empty(), nonsense) {
                (true, Value::Null) => drop(members.remove(&name)),
                _ => spoil(&mut members[&name], rest, nonsense),
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            let at = step % elements.len();
            spoil(&mut elements[at], rest, nonsense);
        }
        _ => *value = nonsense.clone(),
    }
}

fn nonsense() -> impl Strategy<Value = Value> {
    let words = vec![
        json!(null),
        json!({}),
        json!([]),
        json!(true),
        json!(-1),
        json!(1.5),
        json!("9223372036854775807"),
        json!("-9223372036854775808"),
        json!("1e400"),
        json!("unavailable"),
        json!(SHOP),
        token("9999999999999999e80", ISSUER),
        token("-1e-81", SHOP),
    ];
    select(words)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_transaction_has_a_verdict_by_any_expectation(
        at in any::<prop::sample::Index>(),
        builder in builder(),
    ) {
        if let Ok(expected) = builder.build() {
            agrees_with_itself(at.get(&TRANSACTIONS), &expected);
            let json = serde_json::to_string(&expected).unwrap();
            prop_assert_eq!(serde_json::from_str::<ExpectedPayment>(&json).unwrap(), expected);
        }
    }

    #[test]
    fn spoilt_metadata_has_a_verdict_too(
        at in any::<prop::sample::Index>(),
        builder in builder(),
        steps in vec(any::<usize>(), 1..7),
        nonsense in nonsense(),
    ) {
        let tx = at.get(&TRANSACTIONS);
        let mut metadata = Value::Object(tx.raw_metadata().clone());
        spoil(&mut metadata, &steps, &nonsense);
        let reply = json!({"tx_json": tx.raw_transaction(), "meta": metadata, "validated": true,
            "ledger_index": tx.ledger_index()});
        let record = TxRecord::from_value(reply, &Around::default());
        let bound = record.ok().and_then(|record| record.bind(tx.hash()).ok());
        if let Some(record) = bound {
            let source = Source::of("wss://node.test");
            let tx = ValidatedTransaction::new(record, tx.network_id(), source).unwrap();
            let own = ExpectedPayment::to(tx.destination().unwrap_or(tx.account()))
                .any_tag()
                .ways(PaidBy::ALL)
                .network_id(tx.network_id());
            let price = tx.delivered().exact().copied().unwrap_or(Amount::Xrp(Drops::new(1)));
            for order in [builder, own.at_least(price)] {
                if let Ok(expected) = order.build() {
                    agrees_with_itself(&tx, &expected);
                }
            }
        }
    }
}
