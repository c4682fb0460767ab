//! Amounts: drops in 8 bytes, tokens in 48, multi-purpose tokens in 33.

use serde_json::{Map, Value};

use super::{
    Definitions, asset, decimal,
    error::{DecodeError, EncodeError, shown},
    integer,
    reader::Reader,
};
use crate::types::{AccountId, MptId, TokenValue};

/// First bit of a token's amount.
const TOKEN: u64 = 1 << 63;
/// Second bit of an amount that is not negative.
const POSITIVE: u64 = 1 << 62;
/// Third bit of an amount of a multi-purpose token.
const MPT: u64 = 1 << 61;
/// Number of drops, below all of these bits. Offers of early ledgers go beyond what can exist.
const DROPS: u64 = MPT - 1;
/// Most that an issuance of multi-purpose tokens can have (rippled's `maxMPTokenAmount`).
const MAX_MPT: u64 = i64::MAX as u64;

/// A token's mantissa takes the lowest 54 bits, its exponent the 8 above, counted from −97.
const MANTISSA_BITS: u32 = 54;
const EXPONENT_OFFSET: i16 = 97;
const MANTISSAS: std::ops::Range<u64> = 1_000_000_000_000_000..10_000_000_000_000_000;
const EXPONENTS: std::ops::RangeInclusive<i16> = -96..=80;
/// rippled prints a token's value without an exponent only if the exponent is one of these.
const PLAIN_EXPONENTS: std::ops::RangeInclusive<i16> = -25..=-5;

impl Definitions {
    pub(super) fn read_amount(&self, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
        match u64::from(reader.peek()?) << 56 {
            first if first & TOKEN != 0 => self.read_token(reader),
            first if first & MPT != 0 => read_mpt(reader),
            _ => read_drops(reader),
        }
    }

    pub(super) fn write_amount(&self, out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
        match value {
            Value::String(_) | Value::Number(_) => write_drops(out, value),
            Value::Object(amount) => {
                match (amount.get("mpt_issuance_id"), amount.get("currency")) {
                    (Some(id), None) => write_mpt(out, amount, id),
                    (None, Some(currency)) => self.write_token(out, amount, currency),
                    _ => Err("an amount needs either currency or mpt_issuance_id".into()),
                }
            }
            _ => Err(format!("{} is not an amount", shown(value)).into()),
        }
    }

    fn read_token(&self, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
        let start = reader.clone();
        let value = token_text(u64::from_be_bytes(reader.array()?))
            .ok_or_else(|| start.malformed("a token's value outside of its range"))?;
        let (currency, issuer) = (reader.array()?, reader.array()?);
        if currency == [0; 20] || issuer == [0; 20] {
            return Err(start.malformed("a token of no currency or no issuer"));
        }
        Ok(Value::Object(Map::from_iter([
            ("currency".to_owned(), self.currency_text(currency).into()),
            ("issuer".to_owned(), AccountId::from_bytes(issuer).to_string().into()),
            ("value".to_owned(), value.into()),
        ])))
    }

    fn write_token(
        &self,
        out: &mut Vec<u8>,
        amount: &Map<String, Value>,
        currency: &Value,
    ) -> Result<(), EncodeError> {
        out.extend(token_bits(member(amount, "value")?)?.to_be_bytes());
        let currency = self.currency_bytes(currency).map_err(|error| error.within("currency"))?;
        let issuer = member(amount, "issuer")?;
        let issuer = asset::account_bytes(issuer).map_err(|error| error.within("issuer"))?;
        if currency == [0; 20] || issuer == [0; 20] {
            return Err("a token has a currency and an issuer".into());
        }
        out.extend(currency);
        out.extend(issuer);
        Ok(())
    }
}

fn read_drops(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let start = reader.clone();
    let bits = u64::from_be_bytes(reader.array()?);
    match (bits & POSITIVE != 0, bits & DROPS) {
        (true, drops) => Ok(drops.to_string().into()),
        (false, 0) => Err(start.malformed("a negative zero of drops")),
        (false, drops) => Ok(format!("-{drops}").into()),
    }
}

fn write_drops(out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    let drops = integer::signed(value)?;
    if drops.unsigned_abs() > DROPS {
        return Err(format!("{} is more drops than the ledger can write", shown(value)).into());
    }
    let sign = if drops < 0 { 0 } else { POSITIVE };
    out.extend((sign | drops.unsigned_abs()).to_be_bytes());
    Ok(())
}

fn read_mpt(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let start = reader.clone();
    let first = u64::from(reader.byte()?) << 56;
    let value = u64::from_be_bytes(reader.array()?);
    let sign = match first {
        _ if first == MPT | POSITIVE => "",
        _ if first == MPT && value != 0 => "-",
        _ => return Err(start.malformed("not the sign of a multi-purpose token's amount")),
    };
    if value > MAX_MPT {
        return Err(start.malformed("more multi-purpose tokens than there can be"));
    }
    let id = MptId::from_bytes(reader.array()?);
    Ok(Value::Object(Map::from_iter([
        ("mpt_issuance_id".to_owned(), id.to_string().into()),
        ("value".to_owned(), format!("{sign}{value}").into()),
    ])))
}

fn write_mpt(
    out: &mut Vec<u8>,
    amount: &Map<String, Value>,
    id: &Value,
) -> Result<(), EncodeError> {
    if amount.contains_key("issuer") {
        return Err("the issuer of a multi-purpose token stands in mpt_issuance_id".into());
    }
    let value = integer::signed(member(amount, "value")?)?;
    if value.unsigned_abs() > MAX_MPT {
        return Err(format!("{value} is more multi-purpose tokens than there can be").into());
    }
    let sign = if value < 0 { MPT } else { MPT | POSITIVE };
    out.push((sign >> 56) as u8);
    out.extend(value.unsigned_abs().to_be_bytes());
    out.extend(asset::mpt_id(id)?.as_bytes());
    Ok(())
}

/// The value of a token in rippled's spelling; `None` for bits that no ledger writes.
fn token_text(bits: u64) -> Option<String> {
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    if mantissa == 0 {
        return (bits == TOKEN).then(|| "0".to_owned());
    }
    let exponent = i16::from((bits >> MANTISSA_BITS) as u8) - EXPONENT_OFFSET;
    if !MANTISSAS.contains(&mantissa) || !EXPONENTS.contains(&exponent) {
        return None;
    }
    let negative = bits & POSITIVE == 0;
    Some(match exponent {
        0 => decimal::scientific(negative, mantissa, 0).trim_end_matches("e0").to_owned(),
        _ if PLAIN_EXPONENTS.contains(&exponent) => {
            decimal::plain(negative, mantissa, exponent.into())
        }
        _ => decimal::scientific(negative, mantissa, exponent.into()),
    })
}

/// The other way round, from any spelling. A value that would have to be rounded is refused.
fn token_bits(value: &Value) -> Result<u64, EncodeError> {
    let value: TokenValue = match value {
        Value::String(text) => text.parse().map_err(|error| format!("{error}"))?,
        Value::Number(number) if !number.is_f64() => {
            number.to_string().parse().map_err(|error| format!("{error}"))?
        }
        _ => return Err(format!("{} is not the value of a token", shown(value)).into()),
    };
    let (mantissa, exponent) = value
        .ledger_parts()
        .ok_or_else(|| format!("{value} has more digits or a larger exponent than the ledger"))?;
    if mantissa == 0 {
        return Ok(TOKEN);
    }
    let sign = if mantissa < 0 { 0 } else { POSITIVE };
    let exponent = u64::from((exponent + EXPONENT_OFFSET).unsigned_abs());
    Ok(TOKEN | sign | exponent << MANTISSA_BITS | mantissa.unsigned_abs())
}

fn member<'a>(amount: &'a Map<String, Value>, name: &str) -> Result<&'a Value, EncodeError> {
    amount.get(name).ok_or_else(|| format!("an amount without {name}").into())
}
