//! Exact decimal numbers over the whole range of the ledger's tokens.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use rust_decimal::Decimal;

use super::text::as_text;

/// Most significant digits that a value keeps.
pub(super) const DIGITS: u32 = 38;
const LIMIT: u128 = 10_u128.pow(DIGITS);
/// Significant digits of a value in the ledger.
const LEDGER_DIGITS: u32 = 16;
/// Power of ten of a ledger value's first digit.
const LEDGER_MAGNITUDES: std::ops::RangeInclusive<i32> = -81..=95;
/// XLS-14d: one indivisible token is this power of ten, and values from the other one up are not
/// such tokens.
const INDIVISIBLE: i32 = -81;
const DIVISIBLE: i32 = -70;

/// How much of a token: an exact decimal number.
///
/// The ledger keeps 16 significant digits and exponents from −96 to 80. This type holds all of
/// them, and sums of them with up to 38 digits, exactly. Where 38 digits do not suffice, the result
/// is rounded and says so: [`is_exact`](TokenValue::is_exact) is false on it and on all that is
/// computed from it. Reading a text never rounds. Equality and order are those of the numbers:
/// `1.0`, `1` and `1000000000000000e-15` are one value.
///
/// ```
/// use xrpl_txdata::TokenValue;
///
/// let paid: TokenValue = "1000000000000000e-4".parse()?;
/// assert_eq!(paid.to_string(), "100000000000");
///
/// let change = paid.checked_sub("0.000001".parse()?).unwrap();
/// assert_eq!(change.to_string(), "99999999999.999999");
/// assert!(change.is_exact());
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct TokenValue {
    /// Fewer than 39 digits, without trailing zeros.
    mantissa: i128,
    /// 0 for zero.
    exponent: i16,
    exact: bool,
}

impl TokenValue {
    /// Nothing.
    pub const ZERO: TokenValue = TokenValue { mantissa: 0, exponent: 0, exact: true };

    /// `mantissa` times ten to the power of `exponent`; `None` where that needs more than 38
    /// digits, or an exponent beyond that of the type.
    pub fn new(mantissa: i128, exponent: i16) -> Option<TokenValue> {
        TokenValue::round(mantissa < 0, mantissa.unsigned_abs(), exponent.into(), true)
            .filter(|value| value.exact)
    }

    /// The number's digits without trailing zeros, as an integer with the sign.
    pub const fn mantissa(&self) -> i128 {
        self.mantissa
    }

    /// The power of ten that the mantissa is multiplied with; 0 for zero.
    pub const fn exponent(&self) -> i16 {
        self.exponent
    }

    /// Whether no digit was lost on the way to this value.
    pub const fn is_exact(&self) -> bool {
        self.exact
    }

    /// Whether it is zero.
    pub const fn is_zero(&self) -> bool {
        self.mantissa == 0
    }

    /// Whether it is less than zero.
    pub const fn is_negative(&self) -> bool {
        self.mantissa < 0
    }

    /// Whether the ledger can hold exactly this value: 16 digits, exponents from −96 to 80.
    pub fn is_ledger_value(&self) -> bool {
        self.exact
            && (self.is_zero()
                || self.digits() <= LEDGER_DIGITS && LEDGER_MAGNITUDES.contains(&self.magnitude()))
    }

    /// The sum; `None` only beyond any number the type can hold, far outside of the ledger's range.
    pub fn checked_add(self, other: TokenValue) -> Option<TokenValue> {
        let exact = self.exact && other.exact;
        let (a, b) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if a.is_zero() || b.is_zero() {
            let sum = if a.is_zero() { b } else { a };
            return Some(TokenValue { exact, ..sum });
        }

        // `a` is brought to the exponent of `b`, as far as the room goes. Where the room does not
        // suffice the sum has more than 38 digits, for the last one of `b` is not zero; `b` then
        // loses the digits that stick out.
        let distance = u32::from(a.exponent.abs_diff(b.exponent));
        let (mut exponent, mut exact) = (i32::from(b.exponent), exact);
        let mut left = a.mantissa.unsigned_abs();
        let mut right = b.mantissa.unsigned_abs();
        match 10_u128.checked_pow(distance).and_then(|scale| left.checked_mul(scale)) {
            // Up to here a difference may still come down to 38 digits, and a sum fits u128.
            Some(scaled) if scaled <= 2 * LIMIT => left = scaled,
            _ => {
                let room = DIGITS - a.digits();
                left *= 10_u128.pow(room);
                right = 10_u128.checked_pow(distance - room).map_or(0, |scale| right / scale);
                exponent = i32::from(a.exponent) - room.cast_signed();
                exact = false;
            }
        }
        let (negative, sum) = match (a.is_negative() == b.is_negative(), left >= right) {
            (true, _) => (a.is_negative(), left + right),
            (false, true) => (a.is_negative(), left - right),
            (false, false) => (b.is_negative(), right - left),
        };
        TokenValue::round(negative, sum, exponent, exact)
    }

    /// The difference; `None` only beyond any number the type can hold.
    pub fn checked_sub(self, other: TokenValue) -> Option<TokenValue> {
        self.checked_add(-other)
    }

    /// The value without its sign.
    #[must_use]
    pub fn abs(self) -> TokenValue {
        if self.is_negative() { -self } else { self }
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
        let zeros = u32::try_from(i32::from(self.exponent) - INDIVISIBLE).ok()?;
        let count =
            if tiny { self.mantissa.checked_mul(10_i128.checked_pow(zeros)?) } else { None };
        i64::try_from(count?).ok()
    }

    /// The tiny value that stands for so many indivisible tokens (XLS-14d); `None` from 10^11 on,
    /// where the value would no longer be understood so.
    pub fn from_indivisible(count: i64) -> Option<TokenValue> {
        TokenValue::new(count.into(), -81).filter(|v| v.is_zero() || v.indivisible() == Some(count))
    }

    /// The nearest value with 38 digits; not exact when that takes rounding.
    pub(super) fn round(
        negative: bool,
        magnitude: u128,
        exponent: i32,
        exact: bool,
    ) -> Option<TokenValue> {
        let (mut magnitude, mut exponent) = without_zeros(magnitude, exponent);
        let mut exact = exact;
        if magnitude >= LIMIT {
            // 39 digits at most, and the last one is not zero.
            let up = magnitude % 10 >= 5;
            (magnitude, exponent) =
                without_zeros(magnitude / 10 + u128::from(up), exponent.checked_add(1)?);
            exact = false;
        }
        if magnitude == 0 {
            return Some(TokenValue { exact, ..TokenValue::ZERO });
        }
        let mantissa = i128::try_from(magnitude).ok()?;
        let mantissa = if negative { -mantissa } else { mantissa };
        Some(TokenValue { mantissa, exponent: i16::try_from(exponent).ok()?, exact })
    }

    /// How many digits the mantissa has.
    fn digits(&self) -> u32 {
        self.mantissa.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1)
    }

    /// The power of ten of the first digit.
    fn magnitude(&self) -> i32 {
        i32::from(self.exponent) + self.digits().cast_signed() - 1
    }

    /// Compares absolute values.
    fn cmp_abs(&self, other: &TokenValue) -> Ordering {
        // With the first digits in the same place, both fit into 38 digits at the lower exponent.
        let scaled = |value: &TokenValue, to: i16| {
            let zeros = u32::from(value.exponent.abs_diff(to));
            value.mantissa.unsigned_abs().saturating_mul(10_u128.saturating_pow(zeros))
        };
        let lower = self.exponent.min(other.exponent);
        self.magnitude()
            .cmp(&other.magnitude())
            .then_with(|| scaled(self, lower).cmp(&scaled(other, lower)))
    }
}

/// Trailing zeros of the digits go into the exponent.
fn without_zeros(mut digits: u128, mut exponent: i32) -> (u128, i32) {
    if digits == 0 {
        return (0, 0);
    }
    for zeros in [32_u8, 16, 8, 4, 2, 1] {
        let scale = 10_u128.pow(zeros.into());
        // A power of ten is also that power of two, which is quick to see.
        if digits.trailing_zeros() >= zeros.into() && digits.is_multiple_of(scale) {
            digits /= scale;
            exponent = exponent.saturating_add(zeros.into());
        }
    }
    (digits, exponent)
}

impl std::ops::Neg for TokenValue {
    type Output = TokenValue;

    fn neg(self) -> TokenValue {
        // 38 digits are far from the end of i128.
        TokenValue { mantissa: self.mantissa.wrapping_neg(), ..self }
    }
}

impl Ord for TokenValue {
    fn cmp(&self, other: &TokenValue) -> Ordering {
        let signs = self.mantissa.signum().cmp(&other.mantissa.signum());
        signs.then_with(|| match self.mantissa.signum() {
            0 => Ordering::Equal,
            1 => self.cmp_abs(other),
            _ => other.cmp_abs(self),
        })
    }
}

impl PartialOrd for TokenValue {
    fn partial_cmp(&self, other: &TokenValue) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for TokenValue {
    fn eq(&self, other: &TokenValue) -> bool {
        (self.mantissa, self.exponent) == (other.mantissa, other.exponent)
    }
}

impl Eq for TokenValue {}

impl Hash for TokenValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.mantissa, self.exponent).hash(state);
    }
}

impl Default for TokenValue {
    fn default() -> TokenValue {
        TokenValue::ZERO
    }
}

impl From<i64> for TokenValue {
    fn from(integer: i64) -> TokenValue {
        let (digits, exponent) = without_zeros(integer.unsigned_abs().into(), 0);
        TokenValue::round(integer < 0, digits, exponent, true).unwrap_or_default()
    }
}

impl From<Decimal> for TokenValue {
    /// Always exact: a `Decimal` has fewer digits.
    fn from(decimal: Decimal) -> TokenValue {
        let mantissa = decimal.mantissa();
        let decimals = i32::try_from(decimal.scale()).unwrap_or_default();
        TokenValue::round(mantissa < 0, mantissa.unsigned_abs(), -decimals, true)
            .unwrap_or_default()
    }
}

as_text!(TokenValue);
