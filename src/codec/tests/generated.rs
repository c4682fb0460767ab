//! Random objects and random bytes.

use proptest::{collection, prelude::*};
use serde_json::{Map, Value, json};

use super::same;
use crate::{
    codec::{
        Definitions, MAX_DEPTH,
        definitions::{Field, Kind},
    },
    types::{AccountId, Currency, hex},
};

/// How deep generated objects go.
const DEPTH: u32 = 3;

proptest! {
    #[test]
    fn every_object_comes_back((definitions, json) in objects()) {
        let blob = definitions.encode_transaction(&json).unwrap();
        let decoded = definitions.decode(&blob).unwrap();
        prop_assert_eq!(definitions.encode_metadata(&decoded).unwrap(), blob);
        prop_assert!(same(&decoded.into(), &json.into()));
    }

    #[test]
    fn random_bytes_are_read_exactly_or_refused(blob in collection::vec(any::<u8>(), 0..200)) {
        for definitions in [Definitions::xrpl(), Definitions::xahau()] {
            if let Ok(json) = definitions.decode(&blob) {
                _ = definitions.encode_transaction(&json);
            }
        }
    }

    #[test]
    fn damaged_objects_are_read_exactly_or_refused(
        (definitions, json) in objects(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut blob = definitions.encode_transaction(&json).unwrap();
        if !blob.is_empty() {
            let at = at.index(blob.len());
            blob[at] = byte;
            _ = definitions.decode(&blob[..at]);
            _ = definitions.decode(&blob);
        }
    }

    #[test]
    fn arbitrary_json_never_panics(json in arbitrary_object()) {
        for definitions in [Definitions::xrpl(), Definitions::xahau()] {
            if let Ok(blob) = definitions.encode_transaction(&json) {
                prop_assert!(definitions.decode(&blob).is_ok());
            }
        }
    }
}

fn objects() -> impl Strategy<Value = (&'static Definitions, Map<String, Value>)> {
    prop_oneof![Just(Definitions::xrpl()), Just(Definitions::xahau())].prop_flat_map(
        |definitions| object(definitions, DEPTH).prop_map(move |json| (definitions, json)),
    )
}

fn object(definitions: &'static Definitions, depth: u32) -> BoxedStrategy<Map<String, Value>> {
    let nested = |field: &&Field| depth > 0 || !matches!(field.kind, Kind::Object | Kind::Array);
    let fields: Vec<Field> = definitions.fields.iter().filter(nested).copied().collect();
    let member = prop::sample::select(fields)
        .prop_flat_map(move |field| (Just(field.key()), named(definitions, field, depth)));
    collection::vec(member, 0..8).prop_map(Map::from_iter).boxed()
}

/// A value with the name that the definitions have for it.
fn named(definitions: &'static Definitions, field: Field, depth: u32) -> BoxedStrategy<Value> {
    match definitions.words(field.spelling) {
        Some(words) => {
            (0..120_u32).prop_map(|code| words.name(code).map_or(code.into(), Value::from)).boxed()
        }
        None => value(definitions, field.kind, depth),
    }
}

fn value(definitions: &'static Definitions, kind: Kind, depth: u32) -> BoxedStrategy<Value> {
    fn text<T: ToString + std::fmt::Debug>(
        from: impl Strategy<Value = T> + 'static,
    ) -> BoxedStrategy<Value> {
        from.prop_map(|value| value.to_string().into()).boxed()
    }
    match kind {
        Kind::UInt8 => any::<u8>().prop_map(Value::from).boxed(),
        Kind::UInt16 => any::<u16>().prop_map(Value::from).boxed(),
        Kind::UInt32 => any::<u32>().prop_map(Value::from).boxed(),
        Kind::Int32 => any::<i32>().prop_map(Value::from).boxed(),
        // Decimal or hexadecimal, according to the field: digits below ten are both.
        Kind::UInt64 => text(0..10_u64),
        Kind::Int64 => text(any::<i64>()),
        Kind::Hash128 => bytes(16..17),
        Kind::Hash160 => bytes(20..21),
        Kind::Hash192 => bytes(24..25),
        Kind::Hash256 => bytes(32..33),
        Kind::UInt96 | Kind::Hash384 | Kind::Hash512 => bytes(64..65),
        Kind::Blob => bytes(0..250),
        Kind::Amount => amount(),
        Kind::AccountId => account(),
        Kind::Number => {
            (any::<i64>(), -80_i32..80).prop_map(|(m, e)| format!("{}e{e}", m / 100).into()).boxed()
        }
        Kind::Object => object(definitions, depth - 1).prop_map(Value::Object).boxed(),
        Kind::Array => {
            let element = object(definitions, depth - 1).prop_map(|memo| json!({"Memo": memo}));
            collection::vec(element, 0..4).prop_map(Value::Array).boxed()
        }
        Kind::PathSet => {
            let step = prop_oneof![
                account().prop_map(|account| json!({"account": account})),
                (currency(), account()).prop_map(|(c, a)| json!({"currency": c, "issuer": a})),
                bytes(24..25).prop_map(|id| json!({"mpt_issuance_id": id})),
            ];
            let path = collection::vec(step, 1..4).prop_map(Value::Array);
            collection::vec(path, 1..4).prop_map(Value::Array).boxed()
        }
        Kind::Vector256 => collection::vec(bytes(32..33), 0..8).prop_map(Value::Array).boxed(),
        Kind::Issue => asset(),
        Kind::XChainBridge => (account(), asset(), account(), asset())
            .prop_map(|(a, b, c, d)| {
                json!({
                    "LockingChainDoor": a,
                    "LockingChainIssue": b,
                    "IssuingChainDoor": c,
                    "IssuingChainIssue": d,
                })
            })
            .boxed(),
        Kind::Currency => currency(),
    }
}

fn bytes(length: std::ops::Range<usize>) -> BoxedStrategy<Value> {
    collection::vec(any::<u8>(), length).prop_map(|bytes| hex::encode(&bytes).into()).boxed()
}

fn account() -> BoxedStrategy<Value> {
    // The two lowest accounts mean something of their own.
    any::<[u8; 20]>()
        .prop_filter("an account that can issue", |bytes| bytes[..19] != [0; 19])
        .prop_map(|bytes| AccountId::from_bytes(bytes).to_string().into())
        .boxed()
}

fn currency() -> BoxedStrategy<Value> {
    prop_oneof![
        "[A-WYZ][a-z0-9?!@#$%^&*<>(){}|]{2}".prop_map(Value::from),
        any::<[u8; 20]>()
            .prop_filter_map("not the native asset", Currency::from_bytes)
            .prop_map(|currency| currency.to_string().into()),
    ]
    .boxed()
}

fn asset() -> BoxedStrategy<Value> {
    prop_oneof![
        (currency(), account()).prop_map(|(c, a)| json!({"currency": c, "issuer": a})),
        bytes(24..25).prop_map(|id| json!({"mpt_issuance_id": id})),
    ]
    .boxed()
}

fn amount() -> BoxedStrategy<Value> {
    let token = (currency(), account(), -9_999_999_999_999_999..=9_999_999_999_999_999_i64, -96..=80)
        .prop_filter("not below the smallest", |(_, _, mantissa, exponent)| {
            *mantissa == 0 || digits(*mantissa) + exponent > -81
        })
        .prop_map(|(currency, issuer, mantissa, exponent)| {
            json!({"currency": currency, "issuer": issuer, "value": format!("{mantissa}e{exponent}")})
        });
    prop_oneof![
        (-1_000_000_000_000_000_000..=1_000_000_000_000_000_000_i64)
            .prop_map(|drops| drops.to_string().into()),
        token,
        (bytes(24..25), any::<i32>())
            .prop_map(|(id, value)| json!({"mpt_issuance_id": id, "value": value.to_string()})),
    ]
    .boxed()
}

fn digits(number: i64) -> i32 {
    number.unsigned_abs().checked_ilog10().map_or(0, |log| log.cast_signed() + 1)
}

/// JSON that has known keys and hardly ever fitting values.
fn arbitrary_object() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9A-F]{0,66}".prop_map(Value::from),
        "-?[0-9.e+-]{0,20}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        account(),
        amount(),
    ];
    let key = || {
        let names = Definitions::xrpl().fields.iter().map(Field::key);
        let more = ["value", "currency", "issuer", "mpt_issuance_id", "DeliverMax", "account"];
        prop::sample::select(names.chain(more.map(str::to_owned)).collect::<Vec<_>>())
    };
    let tree = leaf.prop_recursive(MAX_DEPTH as u32 + 2, 64, 5, move |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            collection::vec((key(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    collection::vec((key(), tree), 0..8).prop_map(Map::from_iter)
}
