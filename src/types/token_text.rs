//! Token values as text: all spellings that servers use, and a short one that reads back.

use std::{fmt, str::FromStr};

use super::{ParseError, TokenValue, text::place, token_value::DIGITS};

/// Exponents are counted up to here; what lies beyond is refused, whatever the digits are.
const EXPONENT_LIMIT: i64 = 1_000_000_000;
/// Zeros that may be written out before the digits of a small number…
const ZEROS_BEFORE: i32 = 12;
/// …and after those of a great one.
const ZEROS_AFTER: i32 = 21;

impl FromStr for TokenValue {
    type Err = ParseError;

    /// A decimal number as servers write it: `12.5`, `-0.000001`, `1e5`, `1E-7`,
    /// `1000000000000000e-4`. Nothing is rounded: more than 38 significant digits are refused.
    fn from_str(text: &str) -> Result<TokenValue, ParseError> {
        read(text).map_err(|reason| ParseError::new("a token's value", text, reason))
    }
}

impl fmt::Display for TokenValue {
    /// A plain decimal number where that is readable (`12.5`, `100000000000`), else an integer
    /// with its exponent (`1e-81`, `9999999999999999e80`); reads back to the same value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa().unsigned_abs().to_string();
        let exponent = i32::from(self.exponent());
        let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
        // Where the point stands, counted from the first digit.
        let point = length + exponent;
        let text = match usize::try_from(point) {
            _ if exponent == 0 => digits,
            Ok(_) if (1..=ZEROS_AFTER).contains(&exponent) => {
                let zeros = usize::try_from(exponent).unwrap_or_default();
                format!("{digits}{:0<zeros$}", "")
            }
            Ok(point @ 1..) if exponent < 0 => {
                let (whole, fraction) = digits.split_at_checked(point).unwrap_or((&digits, "0"));
                format!("{whole}.{fraction}")
            }
            _ if exponent < 0 && (-ZEROS_BEFORE..=0).contains(&point) => {
                let zeros = usize::try_from(-point).unwrap_or_default();
                format!("0.{:0<zeros$}{digits}", "")
            }
            _ => format!("{digits}e{exponent}"),
        };
        f.pad_integral(!self.is_negative(), "", &text)
    }
}

fn read(text: &str) -> Result<TokenValue, String> {
    if let Some((at, _)) =
        text.char_indices().find(|(_, c)| !matches!(c, '0'..='9' | '.' | '+' | '-' | 'e' | 'E'))
    {
        return Err(format!("{} is not part of a decimal number", place(text, at)));
    }
    let (negative, rest) = sign(text);
    let (number, exponent) = match rest.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    digits_only(whole, if fraction.is_some() { "before the point" } else { "in the number" })?;
    if let Some(fraction) = fraction {
        digits_only(fraction, "after the point")?;
    }
    let fraction = fraction.unwrap_or("");

    let (digits, zeros) = significant(whole.bytes().chain(fraction.bytes()))?;
    let decimals = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let power = exponent.map_or(Ok(0), power)?;
    zeros
        .checked_sub(decimals)
        .and_then(|shift| shift.checked_add(power))
        .map(|exponent| if digits == 0 { 0 } else { exponent })
        .and_then(|exponent| i32::try_from(exponent).ok())
        .and_then(|exponent| TokenValue::round(negative, digits, exponent, true))
        .ok_or_else(|| "its exponent is out of range".to_owned())
}

/// Splits off a sign.
fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn digits_only(part: &str, place: &str) -> Result<(), String> {
    match part.chars().find(|c| !c.is_ascii_digit()) {
        Some(stranger) => Err(format!("{stranger:?} stands {place}, expected digits alone")),
        None if part.is_empty() => Err(format!("there are no digits {place}")),
        None => Ok(()),
    }
}

/// The significant digits as an integer, and how many zeros follow them.
fn significant(digits: impl Iterator<Item = u8>) -> Result<(u128, i64), String> {
    let (mut number, mut length, mut zeros) = (0_u128, 0_u32, 0_u32);
    for digit in digits {
        if digit == b'0' {
            zeros = zeros.saturating_add(u32::from(number != 0));
            continue;
        }
        length = length.saturating_add(zeros).saturating_add(1);
        if length > DIGITS {
            return Err(format!("it has more than {DIGITS} significant digits"));
        }
        number = number * 10_u128.pow(zeros + 1) + u128::from(digit - b'0');
        zeros = 0;
    }
    Ok((number, zeros.into()))
}

/// The power of ten after the `e`.
fn power(text: &str) -> Result<i64, String> {
    let (negative, digits) = sign(text);
    digits_only(digits, "in the exponent")?;
    let mut power = 0_i64;
    for digit in digits.bytes() {
        power = (power * 10 + i64::from(digit - b'0')).min(EXPONENT_LIMIT);
    }
    Ok(if negative { -power } else { power })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_servers_is_read() {
        for (text, printed) in [
            ("10", "10"),
            ("0.05", "0.05"),
            ("-12.5", "-12.5"),
            ("1e5", "100000"),
            ("1E-7", "0.0000001"),
            ("1e+5", "100000"),
            ("+1.50", "1.5"),
            ("007.0", "7"),
            ("1413500174054660e-4", "141350017405.466"),
            ("1000000000000000e-4", "100000000000"),
            ("9999999999999999e80", "9999999999999999e80"),
            ("1000000000000000e-96", "1e-81"),
            ("-1234567890123456e-96", "-1234567890123456e-96"),
            ("0", "0"),
            ("-0.00", "0"),
            ("0e999999999999999999999", "0"),
            ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
            ("0.00000000000012345", "0.00000000000012345"),
            ("0.000000000000012345", "12345e-18"),
            ("12300000000000000000000", "12300000000000000000000"),
            ("1230000000000000000000000", "123e22"),
        ] {
            let value: TokenValue = text.parse().unwrap();
            assert_eq!(value.to_string(), printed, "{text}");
            assert_eq!(printed.parse(), Ok(value));
            assert!(value.is_exact());
        }
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        for (text, part) in [
            ("", "no digits in the number"),
            ("-", "no digits in the number"),
            ("e5", "no digits in the number"),
            (".5", "no digits before the point"),
            ("5.", "no digits after the point"),
            ("1e", "no digits in the exponent"),
            ("1e-", "no digits in the exponent"),
            ("--1", "'-' stands in the number"),
            ("1-1", "'-' stands in the number"),
            ("1.2.3", "'.' stands after the point"),
            ("1e2.5", "'.' stands in the exponent"),
            ("1e2e3", "'e' stands in the exponent"),
            (" 1", "character 1 (' ')"),
            ("1 ", "character 2 (' ')"),
            ("1,000", "character 2 (',')"),
            ("1_000", "character 2 ('_')"),
            ("0x10", "character 2 ('x')"),
            ("１", "character 1 ('１')"),
            ("NaN", "character 1 ('N')"),
            ("inf", "character 1 ('i')"),
            ("1e99999999999999999999", "exponent is out of range"),
            ("1e-40000", "exponent is out of range"),
            ("100000000000000000000000000000000000001", "more than 38 significant digits"),
        ] {
            let error = text.parse::<TokenValue>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }
}
