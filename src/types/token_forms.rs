//! Other forms of token values: the ledger's digits, `rust_decimal`, indivisible tokens (XLS-14d).

use rust_decimal::Decimal;

use super::{ParseError, TokenValue};

/// Significant digits of a value in the ledger.
const LEDGER_DIGITS: u32 = 16;
/// Power of ten of a ledger value's first digit.
const LEDGER_MAGNITUDES: std::ops::RangeInclusive<i32> = -81..=95;
/// XLS-14d: one indivisible token is this power of ten, and values from the other one up are not
/// such tokens.
const INDIVISIBLE: i16 = -81;
const DIVISIBLE: i32 = -70;

impl TokenValue {
    /// Whether the ledger can hold exactly this value: 16 digits, exponents from −96 to 80.
    pub fn is_ledger_value(&self) -> bool {
        self.exact
            && (self.is_zero()
                || self.digits() <= LEDGER_DIGITS && LEDGER_MAGNITUDES.contains(&self.magnitude()))
    }

    /// The same number as a [`Decimal`], never rounded: `None` where that type cannot hold it (more
    /// than 28 decimals, or beyond about 7.9e28), and where the value itself is not exact.
    pub fn to_decimal(&self) -> Option<Decimal> {
        if !self.exact {
            return None;
        }
        match u32::try_from(self.exponent) {
            Ok(zeros) => {
                let integer = self.mantissa.checked_mul(10_i128.checked_pow(zeros)?)?;
                Decimal::try_from_i128_with_scale(integer, 0).ok()
            }
            Err(_) => {
                let decimals = self.exponent.unsigned_abs().into();
                Decimal::try_from_i128_with_scale(self.mantissa, decimals).ok()
            }
        }
    }

    /// The signed 16-digit mantissa and the exponent with which the ledger writes this value
    /// (zero is `(0, 0)`); `None` unless it [`is_ledger_value`](TokenValue::is_ledger_value).
    pub fn ledger_parts(&self) -> Option<(i64, i16)> {
        if self.is_zero() || !self.is_ledger_value() {
            return self.is_ledger_value().then_some((0, 0));
        }
        let zeros = LEDGER_DIGITS.checked_sub(self.digits())?;
        let mantissa =
            i64::try_from(self.mantissa).ok()?.checked_mul(10_i64.checked_pow(zeros)?)?;
        Some((mantissa, self.exponent.checked_sub(i16::try_from(zeros).ok()?)?))
    }

    /// How many indivisible tokens a tiny value stands for (XLS-14d): `1e-81` is 1. `None` for
    /// zero, for values of 1e-70 and more, and for fractions of such a token.
    ///
    /// ```
    /// use xrpl_txdata::TokenValue;
    ///
    /// assert_eq!("1000000000000000e-96".parse::<TokenValue>()?.indivisible(), Some(1));
    /// assert_eq!(TokenValue::from_indivisible(-12).unwrap().to_string(), "-12e-81");
    /// # Ok::<(), xrpl_txdata::ParseError>(())
    /// ```
    pub fn indivisible(&self) -> Option<i64> {
        let tiny = self.exact && !self.is_zero() && self.magnitude() < DIVISIBLE;
        let zeros = u32::try_from(i32::from(self.exponent) - i32::from(INDIVISIBLE)).ok()?;
        let count =
            if tiny { self.mantissa.checked_mul(10_i128.checked_pow(zeros)?) } else { None };
        i64::try_from(count?).ok()
    }

    /// The tiny value that stands for so many indivisible tokens (XLS-14d); `None` from 10^11 on,
    /// where the value would no longer be understood so.
    pub fn from_indivisible(count: i64) -> Option<TokenValue> {
        TokenValue::new(count.into(), INDIVISIBLE)
            .filter(|v| v.is_zero() || v.indivisible() == Some(count))
    }
}

impl TryFrom<TokenValue> for Decimal {
    type Error = ParseError;

    /// As [`TokenValue::to_decimal`].
    fn try_from(value: TokenValue) -> Result<Decimal, ParseError> {
        value.to_decimal().ok_or_else(|| {
            let reason = if value.is_exact() {
                "it holds 28 decimals, and numbers up to about 7.9e28"
            } else {
                "digits of the number are lost already"
            };
            ParseError::new("a number that rust_decimal can hold", &value.to_string(), reason)
        })
    }
}

impl From<Decimal> for TokenValue {
    /// Always exact: a `Decimal` has fewer digits.
    fn from(decimal: Decimal) -> TokenValue {
        i16::try_from(decimal.scale())
            .ok()
            .and_then(|decimals| TokenValue::new(decimal.mantissa(), -decimals))
            .expect("a Decimal has at most 29 digits and 28 decimals")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> TokenValue {
        text.parse().unwrap()
    }

    #[test]
    fn what_a_ledger_can_hold_has_sixteen_digits_and_a_bounded_exponent() {
        for (text, parts) in [
            ("0", Some((0, 0))),
            ("1", Some((1_000_000_000_000_000, -15))),
            ("-1", Some((-1_000_000_000_000_000, -15))),
            ("12.5", Some((1_250_000_000_000_000, -14))),
            ("0.000001", Some((1_000_000_000_000_000, -21))),
            ("9999999999999999e80", Some((9_999_999_999_999_999, 80))),
            ("1000000000000000e-96", Some((1_000_000_000_000_000, -96))),
            ("1e95", Some((1_000_000_000_000_000, 80))),
            ("1e96", None),
            ("9e-82", None),
            ("10000000000000001", None),
            ("1.0000000000000001", None),
            ("1000000000000001e-97", None),
        ] {
            assert_eq!(value(text).ledger_parts(), parts, "{text}");
            assert_eq!(value(text).is_ledger_value(), parts.is_some());
            if let Some((mantissa, exponent)) = parts {
                assert_eq!(TokenValue::new(mantissa.into(), exponent), Some(value(text)));
            }
        }
    }

    #[test]
    fn a_decimal_holds_the_same_number_or_is_refused() {
        for (text, printed) in [
            ("12.5", "12.5"),
            ("-0.05", "-0.05"),
            ("0", "0"),
            ("1e-28", "0.0000000000000000000000000001"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
            ("1e28", "10000000000000000000000000000"),
        ] {
            let decimal = value(text).to_decimal().unwrap();
            assert_eq!(decimal.to_string(), printed);
            assert_eq!(TokenValue::from(decimal), value(text));
            assert_eq!(Decimal::try_from(value(text)), Ok(decimal));
        }
        // The first of these is where the parser of rust_decimal cuts digits without a word.
        for text in [
            "0.00000000000000000000000000001234567890123456",
            "1e-29",
            "79228162514264337593543950336",
            "1e29",
            "9999999999999999e80",
            "1e-81",
            "1e32767",
        ] {
            assert_eq!(value(text).to_decimal(), None, "{text}");
            let error = Decimal::try_from(value(text)).unwrap_err().to_string();
            assert!(error.contains("28 decimals"), "{error}");
        }
        let rounded = value("1e50").checked_add(value("1")).unwrap();
        let inexact_one = rounded.checked_sub(value("1e50")).unwrap().checked_add(value("1"));
        assert_eq!(inexact_one, Some(value("1")));
        assert_eq!(inexact_one.unwrap().to_decimal(), None);
        assert_eq!(inexact_one.unwrap().ledger_parts(), None);
    }

    #[test]
    fn tiny_values_count_indivisible_tokens() {
        for (text, count) in [
            ("1e-81", Some(1)),
            ("-12e-81", Some(-12)),
            ("1e-71", Some(10_000_000_000)),
            ("99999999999e-81", Some(99_999_999_999)),
            ("1e-70", None),
            ("1e-82", None),
            ("1500000000000000e-96", None),
            ("0", None),
            ("1", None),
            ("9999999999999999e80", None),
        ] {
            assert_eq!(value(text).indivisible(), count, "{text}");
            if let Some(count) = count {
                assert_eq!(TokenValue::from_indivisible(count), Some(value(text)));
            }
        }
        assert_eq!(TokenValue::from_indivisible(0), Some(TokenValue::ZERO));
        assert_eq!(TokenValue::from_indivisible(100_000_000_000), None);
        assert_eq!(TokenValue::from_indivisible(i64::MIN), None);
    }
}
