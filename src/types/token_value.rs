//! Exact decimal numbers over the whole range of the ledger's tokens.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use super::text::as_text;

/// Most significant digits that a value keeps.
pub(super) const DIGITS: u32 = 38;
/// The first number with more digits.
pub(super) const LIMIT: u128 = 10_u128.pow(DIGITS);

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
    pub(super) mantissa: i128,
    /// 0 for zero.
    pub(super) exponent: i16,
    pub(super) exact: bool,
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

    /// The value without its sign.
    #[must_use]
    pub fn abs(self) -> TokenValue {
        if self.is_negative() { -self } else { self }
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
    pub(super) fn digits(&self) -> u32 {
        self.mantissa.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1)
    }

    /// The power of ten of the first digit.
    pub(super) fn magnitude(&self) -> i32 {
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
        TokenValue::new(integer.into(), 0).expect("an i64 has at most 19 digits")
    }
}

as_text!(TokenValue);
