//! Over their whole range: what is printed reads back. And no text whatever does harm.

use std::{fmt::Debug, str::FromStr, time::Instant};

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::*;

fn reads_back<T>(value: T)
where
    T: FromStr<Err = ParseError> + ToString + PartialEq + Debug,
{
    assert_eq!(value.to_string().parse(), Ok(value));
}

fn reads_back_as_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
    let json = serde_json::to_value(&value).unwrap();
    assert_eq!(serde_json::from_value::<T>(json).unwrap(), value);
}

/// Every reader, on the same text. Whatever it makes of it reads back.
fn read_as_anything(text: &str) {
    fn attempt<T: FromStr<Err = ParseError> + ToString + PartialEq + Debug>(text: &str) {
        match text.parse::<T>() {
            Ok(value) => reads_back(value),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    attempt::<AccountId>(text);
    attempt::<XAddress>(text);
    attempt::<Currency>(text);
    attempt::<TokenValue>(text);
    attempt::<Drops>(text);
    attempt::<MptId>(text);
    attempt::<Asset>(text);
    attempt::<Amount>(text);
    attempt::<RippleTime>(text);
    attempt::<Ctid>(text);
    attempt::<TxHash>(text);
    if let Ok(drops) = Drops::from_xrp(text) {
        assert_eq!(Drops::from_xrp(&drops.xrp()), Ok(drops));
    }
    if let Ok(currency) = Currency::from_name(text) {
        assert_eq!(Currency::from_name(&currency.name().unwrap()), Ok(currency));
    }
}

fn account() -> impl Strategy<Value = AccountId> {
    any::<[u8; 20]>().prop_map(AccountId::from_bytes)
}

/// Codes of every kind: standard, spelled in ASCII, any bytes.
fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![
        "[A-Za-z0-9?!@#$%^&*<>(){}\\[\\]|]{3}".prop_filter_map("XRP", |code| code.parse().ok()),
        "[ -~]{3,20}".prop_filter_map("empty", |text| {
            let mut bytes = [0; 20];
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            Currency::from_bytes(bytes)
        }),
        any::<[u8; 20]>().prop_filter_map("zero", Currency::from_bytes),
    ]
}

/// Any number of up to 38 digits with any exponent, and the ledger's own numbers more often.
fn token_value() -> impl Strategy<Value = TokenValue> {
    prop_oneof![
        (any::<i128>(), 0..39_u32, any::<i16>()).prop_filter_map("digits", |(digits, less, e)| {
            TokenValue::new(digits / 10_i128.pow(less), e)
        }),
        (-9_999_999_999_999_999..=9_999_999_999_999_999_i128, -96..=80_i16)
            .prop_filter_map("range", |(mantissa, exponent)| TokenValue::new(mantissa, exponent)),
        (any::<i32>(), -40..=40_i16)
            .prop_filter_map("range", |(mantissa, e)| TokenValue::new(mantissa.into(), e)),
    ]
}

fn asset() -> impl Strategy<Value = Asset> {
    prop_oneof![
        Just(Asset::Xrp),
        (currency(), account()).prop_map(|(currency, issuer)| Asset::Token { currency, issuer }),
        any::<[u8; 24]>().prop_map(|bytes| Asset::Mpt(MptId::from_bytes(bytes))),
    ]
}

fn amount() -> impl Strategy<Value = Amount> {
    (asset(), any::<i64>(), token_value()).prop_map(|(asset, integer, value)| match asset {
        Asset::Xrp => Amount::Xrp(Drops::new(integer)),
        Asset::Token { currency, issuer } => Amount::Token { value, currency, issuer },
        Asset::Mpt(id) => Amount::Mpt { value: integer, id },
    })
}

proptest! {
    #[test]
    fn accounts(account in account(), tag: Option<u32>, test_network: bool) {
        reads_back(account);
        reads_back_as_json(account);
        reads_back(XAddress { account, tag, test_network });
        reads_back_as_json(XAddress { account, tag, test_network });
    }

    #[test]
    fn one_wrong_character_never_names_another_account(
        account in account(), at in 0..25_usize, wrong in "[1-9A-HJ-NP-Za-km-z]",
    ) {
        let mut text = account.to_string();
        let same = text.get(at..=at) == Some(wrong.as_str());
        text.replace_range(at..=at, &wrong);
        prop_assert!(same || text.parse::<AccountId>().is_err());
    }

    #[test]
    fn currencies(currency in currency()) {
        reads_back(currency);
        reads_back_as_json(currency);
        if let Some(name) = currency.name() {
            prop_assert_eq!(Currency::from_name(&name), Ok(currency));
        }
        prop_assert!(currency.readable().bytes().all(|byte| matches!(byte, b' '..=b'~')));
    }

    #[test]
    fn token_values(value in token_value(), other in token_value()) {
        reads_back(value);
        reads_back_as_json(value);
        prop_assert_eq!(value == other, value.cmp(&other).is_eq());
        prop_assert_eq!(value.checked_add(other), other.checked_add(value));
        if let Some(decimal) = value.to_decimal() {
            prop_assert_eq!(TokenValue::from(decimal), value);
        }
        if let Some((mantissa, exponent)) = value.ledger_parts() {
            prop_assert_eq!(TokenValue::new(mantissa.into(), exponent), Some(value));
        }
    }

    #[test]
    fn amounts(amount in amount()) {
        reads_back(amount);
        reads_back_as_json(amount);
        reads_back(amount.asset());
        reads_back_as_json(amount.asset());
    }

    #[test]
    fn drops_times_and_places(
        drops: i64, seconds: u32, ledger in 0..=0x0FFF_FFFF_u32, index: u16, network: u16, id: [u8; 24],
    ) {
        let drops = Drops::new(drops);
        reads_back(drops);
        reads_back_as_json(drops);
        prop_assert_eq!(Drops::from_xrp(&drops.xrp()), Ok(drops));
        reads_back(RippleTime::from_seconds(seconds));
        reads_back_as_json(RippleTime::from_seconds(seconds));
        reads_back(Ctid::new(ledger, index, network).unwrap());
        reads_back_as_json(Ctid::new(ledger, index, network).unwrap());
        reads_back(MptId::from_bytes(id));
        reads_back_as_json(MptId::from_bytes(id));
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        read_as_anything(&text);
    }

    #[test]
    fn any_text_that_resembles_an_amount_is_read_or_refused(
        text in "[-+]?[0-9.]{0,45}([eE][-+]?[0-9]{0,12})?( ?[A-Z]{0,5}(:[rXTs][1-9A-Za-z]{0,50})?)?",
    ) {
        read_as_anything(&text);
    }
}

#[test]
fn long_texts_take_linear_time() {
    const LENGTH: usize = 1 << 20;

    let started = Instant::now();
    for piece in
        ["r", "X", "0", "9", "0.", "-", "e", "1e", ":", " ", "MPT:", "\u{0}", "é", "\u{202e}"]
    {
        let long = piece.repeat(LENGTH / piece.len());
        for text in [long.clone(), format!("1 {long}"), format!("0.{long}"), format!("1e{long}")] {
            read_as_anything(&text);
        }
    }
    // Quadratic time would be hours.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
