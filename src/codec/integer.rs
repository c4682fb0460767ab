//! Integers, and the names that JSON has for some of them.

use serde_json::Value;

use super::{
    Definitions,
    definitions::{Field, Kind, Spelling},
    error::{DecodeError, EncodeError, shortened, shown},
    reader::Reader,
};

impl Definitions {
    /// A number, or the name it stands for. A number without a name survives as a number.
    pub(super) fn read_integer(
        &self,
        reader: &mut Reader<'_>,
        field: Field,
    ) -> Result<Value, DecodeError> {
        let number = match field.kind {
            Kind::UInt8 => reader.byte()?.into(),
            Kind::UInt16 => u16::from_be_bytes(reader.array()?).into(),
            Kind::Int32 => return Ok(i32::from_be_bytes(reader.array()?).into()),
            _ => u32::from_be_bytes(reader.array()?),
        };
        Ok(match self.words(field.spelling).and_then(|words| words.name(number)) {
            Some(name) => name.into(),
            None => number.into(),
        })
    }

    pub(super) fn write_integer(
        &self,
        out: &mut Vec<u8>,
        field: Field,
        value: &Value,
    ) -> Result<(), EncodeError> {
        if field.kind == Kind::Int32 {
            out.extend(i32::try_from(signed(value)?).map_err(|_| too_large(value))?.to_be_bytes());
            return Ok(());
        }
        let number = match (self.words(field.spelling), value) {
            (Some(words), Value::String(word)) => words.code(word).ok_or_else(|| {
                EncodeError::UnknownWord { field: field.name.unwrap_or(""), word: shortened(word) }
            })?,
            _ => u32::try_from(unsigned(value)?).map_err(|_| too_large(value))?,
        };
        let [_, _, high, low] = number.to_be_bytes();
        match field.kind {
            Kind::UInt8 if number <= 0xFF => out.push(low),
            Kind::UInt16 if number <= 0xFFFF => out.extend([high, low]),
            Kind::UInt32 => out.extend(number.to_be_bytes()),
            _ => return Err(too_large(value)),
        }
        Ok(())
    }
}

/// 64 bits as text: most in lower-case hexadecimal without leading zeros, as servers print them
/// today, amounts in decimal. Some have printed 16 upper-case digits; [`write_long`] reads all.
pub(super) fn read_long(reader: &mut Reader<'_>, spelling: Spelling) -> Result<Value, DecodeError> {
    let number = u64::from_be_bytes(reader.array()?);
    Ok(match spelling {
        Spelling::Decimal => number.to_string().into(),
        _ => format!("{number:x}").into(),
    })
}

pub(super) fn write_long(
    out: &mut Vec<u8>,
    spelling: Spelling,
    value: &Value,
) -> Result<(), EncodeError> {
    let number = match (spelling, value) {
        (Spelling::Decimal, _) | (_, Value::Number(_)) => unsigned(value)?,
        (_, Value::String(text)) => hexadecimal(text)
            .ok_or_else(|| format!("{} is not 1 to 16 hexadecimal digits", shown(value)))?,
        _ => return Err(format!("{} is not a 64-bit number", shown(value)).into()),
    };
    out.extend(number.to_be_bytes());
    Ok(())
}

fn hexadecimal(text: &str) -> Option<u64> {
    let digits = text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits { u64::from_str_radix(text, 16).ok() } else { None }
}

/// Signed 64 bits as decimal text. The type has a code, but no field yet.
pub(super) fn read_signed_long(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    Ok(i64::from_be_bytes(reader.array()?).to_string().into())
}

pub(super) fn write_signed_long(out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    out.extend(signed(value)?.to_be_bytes());
    Ok(())
}

/// A number, or its decimal text, which servers take and print for some fields.
pub(super) fn unsigned(value: &Value) -> Result<u64, EncodeError> {
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| format!("{} is not an unsigned integer that fits", shown(value)).into())
}

/// The same with a sign.
pub(super) fn signed(value: &Value) -> Result<i64, EncodeError> {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if !text.starts_with('+') => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| format!("{} is not an integer that fits", shown(value)).into())
}

fn too_large(value: &Value) -> EncodeError {
    format!("{} is larger than the field", shown(value)).into()
}
