//! XRP in whole drops.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;

use super::{
    ParseError, TokenValue,
    text::{as_text, place},
};

const PER_XRP: u64 = 1_000_000;

/// An amount of XRP in drops, a millionth of an XRP each; negative for what an account lost.
///
/// Prints and reads as the ledger's JSON does, an integer number of drops. [`xrp`](Drops::xrp) and
/// [`from_xrp`](Drops::from_xrp) are for people. It holds every amount that the ledger's binary
/// form can hold, historic offers for more XRP than ever existed included.
///
/// ```
/// use xrpl_txdata::Drops;
///
/// let drops = Drops::from_xrp("12.5")?;
/// assert_eq!(drops, Drops::new(12_500_000));
/// assert_eq!(drops.to_string(), "12500000");
/// assert_eq!(drops.xrp(), "12.5");
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Drops(i64);

impl Drops {
    /// No XRP.
    pub const ZERO: Drops = Drops(0);

    /// From a number of drops.
    pub const fn new(drops: i64) -> Drops {
        Drops(drops)
    }

    /// The number of drops.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// Reads a decimal number of XRP, such as `12.5`, exactly.
    ///
    /// # Errors
    ///
    /// Not a decimal number, finer than a drop, or more than any ledger's field can hold.
    pub fn from_xrp(text: &str) -> Result<Drops, ParseError> {
        let refused = |reason: &'static str| ParseError::new("an amount of XRP", text, reason);
        let xrp: TokenValue = text.parse().map_err(|e: ParseError| {
            ParseError::new("an amount of XRP", text, e.reason().to_owned())
        })?;
        match (xrp.is_zero(), xrp.exponent()) {
            (true, _) => Ok(Drops::ZERO),
            (_, ..-6) => Err(refused("XRP has at most 6 decimals")),
            (_, exponent) => u32::try_from(i32::from(exponent) + 6)
                .ok()
                .and_then(|exponent| 10_i128.checked_pow(exponent))
                .and_then(|scale| xrp.mantissa().checked_mul(scale))
                .and_then(|drops| i64::try_from(drops).ok())
                .map(Drops)
                .ok_or_else(|| refused("more XRP than the ledger can write")),
        }
    }

    /// The amount in XRP, with as many of its 6 decimals as it needs: `12.5`, `25`, `-0.000001`.
    pub fn xrp(self) -> String {
        let (sign, drops) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, rest) = (drops / PER_XRP, drops % PER_XRP);
        match rest {
            0 => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{}", format!("{rest:06}").trim_end_matches('0')),
        }
    }

    /// The amount in XRP as a decimal number; always exact.
    pub fn xrp_decimal(self) -> Decimal {
        Decimal::new(self.0, 6).normalize()
    }

    /// The sum, `None` where it leaves the range.
    pub const fn checked_add(self, other: Drops) -> Option<Drops> {
        match self.0.checked_add(other.0) {
            Some(drops) => Some(Drops(drops)),
            None => None,
        }
    }

    /// The difference, `None` where it leaves the range.
    pub const fn checked_sub(self, other: Drops) -> Option<Drops> {
        match self.0.checked_sub(other.0) {
            Some(drops) => Some(Drops(drops)),
            None => None,
        }
    }

    /// The same amount with the other sign, `None` where it leaves the range.
    pub const fn checked_neg(self) -> Option<Drops> {
        match self.0.checked_neg() {
            Some(drops) => Some(Drops(drops)),
            None => None,
        }
    }

    /// Whether it is no XRP at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is less than none.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl FromStr for Drops {
    type Err = ParseError;

    /// An integer number of drops, as in the ledger's JSON; digits with at most a minus before them.
    fn from_str(text: &str) -> Result<Drops, ParseError> {
        integer(text)
            .map(Drops)
            .map_err(|reason| ParseError::new("a number of drops", text, reason))
    }
}

impl fmt::Display for Drops {
    /// The integer number of drops.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

as_text!(Drops);

/// Digits with at most a minus before them, or why `text` is something else.
pub(super) fn integer(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let offset = text.len() - digits.len();
    match digits.bytes().position(|byte| !byte.is_ascii_digit()) {
        _ if digits.is_empty() => Err("it has no digits".to_owned()),
        Some(at) => {
            Err(format!("expected an integer, {} is not a digit", place(text, offset + at)))
        }
        None => text.parse().map_err(|_| "the number is too large".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_shown_as_xrp_and_read_back() {
        for (drops, xrp) in [
            (0, "0"),
            (1, "0.000001"),
            (-1, "-0.000001"),
            (12_500_000, "12.5"),
            (-25_000_000, "-25"),
            (100_000_000_000_000_000, "100000000000"),
            (i64::MAX, "9223372036854.775807"),
            (i64::MIN, "-9223372036854.775808"),
        ] {
            assert_eq!(Drops::new(drops).xrp(), xrp);
            assert_eq!(Drops::from_xrp(xrp), Ok(Drops::new(drops)));
            assert_eq!(drops.to_string().parse(), Ok(Drops::new(drops)));
            assert_eq!(Drops::new(drops).xrp_decimal().to_string(), xrp);
        }
        assert_eq!(Drops::from_xrp("1e3"), Ok(Drops::new(1_000_000_000)));
        assert_eq!(Drops::from_xrp("1.0000000"), Ok(Drops::new(1_000_000)));
        assert_eq!(Drops::from_xrp("0e-99"), Ok(Drops::ZERO));
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        for (text, part) in [
            ("", "no digits"),
            ("-", "no digits"),
            ("+5", "character 1 ('+')"),
            ("5.0", "character 2 ('.')"),
            ("1e5", "character 2 ('e')"),
            ("--5", "character 2 ('-')"),
            ("5 ", "character 2 (' ')"),
            ("9223372036854775808", "too large"),
        ] {
            let error = text.parse::<Drops>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
        for (text, part) in [
            ("0.0000001", "at most 6 decimals"),
            ("9223372036854.775808", "more XRP than"),
            ("1e300", "more XRP than"),
            ("1.", "after the point"),
        ] {
            let error = Drops::from_xrp(text).unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }
}
