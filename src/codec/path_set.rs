//! The paths of a payment: lists of steps, each an account, or a change of asset.

use serde_json::{Map, Value};

use super::{
    Definitions, asset,
    decode::Budget,
    error::{DecodeError, EncodeError, shown},
    reader::Reader,
};
use crate::types::{AccountId, MptId};

/// Bits of a step's first byte: which parts follow, in this order.
const ACCOUNT: u8 = 0x01;
const CURRENCY: u8 = 0x10;
const MPT: u8 = 0x40;
const ISSUER: u8 = 0x20;

/// Stands between two paths.
const NEXT: u8 = 0xFF;
/// Ends the last path.
const END: u8 = 0x00;

impl Definitions {
    pub(super) fn read_paths(
        &self,
        reader: &mut Reader<'_>,
        budget: &mut Budget,
    ) -> Result<Value, DecodeError> {
        let (mut paths, mut path) = (Vec::new(), Vec::new());
        loop {
            let start = reader.clone();
            let first = reader.byte()?;
            if first != NEXT && first != END {
                budget.spend(&start)?;
                path.push(self.read_step(&start, reader, first)?);
                continue;
            }
            if path.is_empty() {
                return Err(start.malformed("a path without steps"));
            }
            paths.push(Value::Array(std::mem::take(&mut path)));
            if first == END {
                return Ok(paths.into());
            }
        }
    }

    fn read_step(
        &self,
        start: &Reader<'_>,
        reader: &mut Reader<'_>,
        parts: u8,
    ) -> Result<Value, DecodeError> {
        let unknown = parts & !(ACCOUNT | CURRENCY | MPT | ISSUER) != 0;
        if unknown || parts & CURRENCY != 0 && parts & MPT != 0 {
            return Err(start.malformed("a step of an unknown form"));
        }
        let mut step = Map::new();
        if parts & ACCOUNT != 0 {
            let account = AccountId::from_bytes(reader.array()?);
            step.insert("account".to_owned(), account.to_string().into());
        }
        if parts & CURRENCY != 0 {
            let currency = self.currency_text(reader.array()?);
            step.insert("currency".to_owned(), currency.into());
        }
        if parts & MPT != 0 {
            let id = MptId::from_bytes(reader.array()?);
            step.insert("mpt_issuance_id".to_owned(), id.to_string().into());
        }
        if parts & ISSUER != 0 {
            let issuer = AccountId::from_bytes(reader.array()?);
            step.insert("issuer".to_owned(), issuer.to_string().into());
        }
        Ok(Value::Object(step))
    }

    pub(super) fn write_paths(&self, out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
        let paths = list(value)?;
        for (at, path) in paths.iter().enumerate() {
            if at > 0 {
                out.push(NEXT);
            }
            for step in list(path)? {
                self.write_step(out, step).map_err(|error| error.within(&format!("[{at}]")))?;
            }
        }
        out.push(END);
        Ok(())
    }

    /// Servers also print the first byte, as `type` and `type_hex`; it follows from the parts.
    fn write_step(&self, out: &mut Vec<u8>, step: &Value) -> Result<(), EncodeError> {
        let at = out.len();
        out.push(0);
        let mut parts = 0;
        if let Some(account) = step.get("account") {
            parts |= ACCOUNT;
            out.extend(asset::account_bytes(account)?);
        }
        if let Some(currency) = step.get("currency") {
            parts |= CURRENCY;
            out.extend(self.currency_bytes(currency)?);
        }
        if let Some(id) = step.get("mpt_issuance_id") {
            parts |= MPT;
            out.extend(asset::mpt_id(id)?.as_bytes());
        }
        if let Some(issuer) = step.get("issuer") {
            parts |= ISSUER;
            out.extend(asset::account_bytes(issuer)?);
        }
        if parts == 0 || parts & CURRENCY != 0 && parts & MPT != 0 {
            return Err("a step is an account, or an asset of currency or mpt_issuance_id".into());
        }
        out[at] = parts;
        Ok(())
    }
}

/// A list that is not empty: neither form of the ledger has a way to write an empty one.
fn list(value: &Value) -> Result<&Vec<Value>, EncodeError> {
    match value.as_array() {
        Some(list) if !list.is_empty() => Ok(list),
        _ => Err(format!("{} is not a list of paths or steps", shown(value)).into()),
    }
}
