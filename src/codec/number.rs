//! Numbers of any asset (rippled's `STNumber`): a signed 64-bit mantissa and a 32-bit exponent.

use serde_json::Value;

use super::{
    decimal,
    error::{DecodeError, EncodeError, shown},
    reader::Reader,
};
use crate::types::TokenValue;

/// Digits of a normalised mantissa. rippled keeps so many inside, and writes one less where they
/// exceed a signed 64-bit integer.
const DIGITS: u32 = 19;
const MIN_MANTISSA: u64 = 10_u64.pow(DIGITS - 1);
/// Exponent that zero is written with.
const ZERO_EXPONENT: i32 = i32::MIN;
/// Exponents of 19 digits. rippled's end at 32768; these leave room for the zeros that are printed as
/// part of the exponent, and no asset's amounts come near either.
const EXPONENTS: std::ops::RangeInclusive<i32> = -32_768..=32_749;
/// rippled prints a number without an exponent only if the exponent, that of 19 digits, is 0 or one
/// of these.
const PLAIN_EXPONENTS: std::ops::RangeInclusive<i32> = -28..=-8;

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let start = reader.clone();
    let mantissa = i64::from_be_bytes(reader.array()?);
    let exponent = i32::from_be_bytes(reader.array()?);
    if mantissa == 0 {
        return match exponent {
            ZERO_EXPONENT => Ok("0".into()),
            _ => Err(start.malformed("a zero with an exponent")),
        };
    }
    // Before the lending amendments mantissas had 16 digits, so that this may take several steps.
    let (mut digits, mut exponent) = (mantissa.unsigned_abs(), exponent);
    while digits < MIN_MANTISSA {
        digits *= 10;
        exponent = exponent.saturating_sub(1);
    }
    if mantissa == i64::MIN || !EXPONENTS.contains(&exponent) {
        return Err(start.malformed("a number outside of its range"));
    }
    let negative = mantissa < 0;
    if exponent == 0 || PLAIN_EXPONENTS.contains(&exponent) {
        return Ok(decimal::plain(negative, digits, exponent).into());
    }
    while digits % 10 == 0 {
        digits /= 10;
        exponent += 1;
    }
    Ok(decimal::scientific(negative, digits, exponent).into())
}

pub(super) fn write(out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    let value: TokenValue = match value {
        Value::String(text) => text.parse().map_err(|error| format!("{error}"))?,
        Value::Number(number) if !number.is_f64() => {
            number.to_string().parse().map_err(|error| format!("{error}"))?
        }
        _ => return Err(format!("{} is not a number", shown(value)).into()),
    };
    let (mantissa, exponent) = normalised(value)
        .ok_or_else(|| format!("{value} has more digits or a larger exponent than the ledger"))?;
    out.extend(mantissa.to_be_bytes());
    out.extend(exponent.to_be_bytes());
    Ok(())
}

/// As rippled writes it; `None` where that would take rounding.
fn normalised(value: TokenValue) -> Option<(i64, i32)> {
    if value.is_zero() {
        return Some((0, ZERO_EXPONENT));
    }
    let mut digits = u64::try_from(value.mantissa().unsigned_abs()).ok()?;
    let mut exponent = i32::from(value.exponent());
    let zeros = (DIGITS - 1).saturating_sub(digits.ilog10());
    digits = digits.checked_mul(10_u64.pow(zeros))?;
    exponent -= zeros.cast_signed();
    if !EXPONENTS.contains(&exponent) {
        return None;
    }
    if digits > i64::MAX.unsigned_abs() {
        if digits % 10 != 0 {
            return None;
        }
        digits /= 10;
        exponent += 1;
    }
    let mantissa = i64::try_from(digits).ok()?;
    let mantissa = if value.is_negative() { -mantissa } else { mantissa };
    Some((mantissa, exponent))
}
