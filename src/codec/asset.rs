//! Accounts, currencies, and the asset of an exchange or a bridge.

use serde_json::{Map, Value};

use super::{
    Definitions,
    error::{DecodeError, EncodeError, shown},
    framing,
    reader::Reader,
};
use crate::types::{AccountId, Currency, MptId};

/// Length prefix of an account inside a bridge.
const ACCOUNT_LENGTH: u8 = 20;

/// In the place of an asset's issuer it says that the asset is a multi-purpose token.
const MPT_MARK: [u8; 20] = *AccountId::ONE.as_bytes();

/// The doors of a bridge with the assets behind them, in the order of the bytes.
const BRIDGE: [(&str, &str); 2] =
    [("LockingChainDoor", "LockingChainIssue"), ("IssuingChainDoor", "IssuingChainIssue")];

/// An account with its length before it. A length of 0 is that of the account of a
/// `UNLModify` pseudo-transaction, which rippled prints as an empty text.
pub(super) fn read_account(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let start = reader.clone();
    let bytes = match framing::read_length(reader)? {
        0 => return Ok("".into()),
        20 => reader.array()?,
        _ => return Err(start.malformed("an account is 20 bytes")),
    };
    Ok(AccountId::from_bytes(bytes).to_string().into())
}

pub(super) fn write_account(out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    if value == "" {
        out.push(0);
    } else {
        out.push(ACCOUNT_LENGTH);
        out.extend(account_bytes(value)?);
    }
    Ok(())
}

pub(super) fn account_bytes(value: &Value) -> Result<[u8; 20], EncodeError> {
    let text = value.as_str().ok_or_else(|| format!("{} is not an account", shown(value)))?;
    let account: AccountId = text.parse().map_err(|error| format!("{error}"))?;
    Ok(*account.as_bytes())
}

pub(super) fn mpt_id(value: &Value) -> Result<MptId, EncodeError> {
    let text = value.as_str().ok_or_else(|| format!("{} is not an MPT id", shown(value)))?;
    text.parse().map_err(|error| format!("{error}").into())
}

impl Definitions {
    /// A currency as this ledger's servers print it. The code of the native asset means 20 zero
    /// bytes, and nothing else.
    pub(super) fn currency_text(&self, bytes: [u8; 20]) -> String {
        match Currency::from_bytes(bytes) {
            None => self.native.to_owned(),
            Some(_) if self.native != "XRP" && bytes == code_bytes(*b"XRP") => "XRP".to_owned(),
            Some(currency) => match currency.to_string() {
                code if code == self.native => crate::types::hex::encode(&bytes),
                code => code,
            },
        }
    }

    pub(super) fn currency_bytes(&self, value: &Value) -> Result<[u8; 20], EncodeError> {
        match value.as_str() {
            Some(code) if code == self.native => Ok([0; 20]),
            Some("XRP") => Ok(code_bytes(*b"XRP")),
            Some(code) => {
                let currency: Currency = code.parse().map_err(|error| format!("{error}"))?;
                Ok(*currency.as_bytes())
            }
            None => Err(format!("{} is not a currency", shown(value)).into()),
        }
    }

    /// An asset without an amount: native, token, or multi-purpose token.
    pub(super) fn read_issue(&self, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
        let start = reader.clone();
        let first = reader.array()?;
        if first == [0; 20] {
            let native = ("currency".to_owned(), self.native.into());
            return Ok(Value::Object(Map::from_iter([native])));
        }
        Ok(Value::Object(match reader.array()? {
            second if second == [0; 20] => {
                return Err(start.malformed("a token without an issuer"));
            }
            second if second == MPT_MARK => {
                // Here, unlike in the id, the sequence has its lowest byte first.
                let id =
                    MptId::new(u32::from_le_bytes(reader.array()?), AccountId::from_bytes(first));
                Map::from_iter([("mpt_issuance_id".to_owned(), id.to_string().into())])
            }
            second => Map::from_iter([
                ("currency".to_owned(), self.currency_text(first).into()),
                ("issuer".to_owned(), AccountId::from_bytes(second).to_string().into()),
            ]),
        }))
    }

    pub(super) fn write_issue(&self, out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
        let asset = value.as_object().ok_or_else(|| format!("{} is not an asset", shown(value)))?;
        let parts = (asset.get("currency"), asset.get("issuer"), asset.get("mpt_issuance_id"));
        match parts {
            (None, None, Some(id)) => {
                let id = mpt_id(id)?;
                // It would read as the native asset.
                if id.issuer() == AccountId::ZERO {
                    return Err("an account that issues nothing".into());
                }
                out.extend(id.issuer().as_bytes());
                out.extend(MPT_MARK);
                out.extend(id.sequence().to_le_bytes());
            }
            (Some(currency), issuer, None) => {
                let currency = self.currency_bytes(currency)?;
                out.extend(currency);
                match (currency == [0; 20], issuer) {
                    (true, None) => {}
                    (false, Some(issuer)) => {
                        let issuer = account_bytes(issuer)?;
                        if issuer == [0; 20] || issuer == MPT_MARK {
                            return Err("an account that issues nothing".into());
                        }
                        out.extend(issuer);
                    }
                    (true, Some(_)) => return Err("the native asset has no issuer".into()),
                    (false, None) => return Err("a token needs an issuer".into()),
                }
            }
            _ => return Err("an asset has either currency or mpt_issuance_id".into()),
        }
        Ok(())
    }

    pub(super) fn read_bridge(&self, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
        let mut bridge = Map::new();
        for (door, issue) in BRIDGE {
            let start = reader.clone();
            if reader.byte()? != ACCOUNT_LENGTH {
                return Err(start.malformed("an account is 20 bytes"));
            }
            let account = AccountId::from_bytes(reader.array()?);
            bridge.insert(door.to_owned(), account.to_string().into());
            bridge.insert(issue.to_owned(), self.read_issue(reader)?);
        }
        Ok(Value::Object(bridge))
    }

    pub(super) fn write_bridge(&self, out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
        for (door, issue) in BRIDGE {
            let part = |name| value.get(name).ok_or_else(|| format!("a bridge without {name}"));
            out.push(ACCOUNT_LENGTH);
            out.extend(account_bytes(part(door)?).map_err(|error| error.within(door))?);
            self.write_issue(out, part(issue)?).map_err(|error| error.within(issue))?;
        }
        Ok(())
    }
}

/// The standard form of a three-character code.
fn code_bytes(code: [u8; 3]) -> [u8; 20] {
    let mut bytes = [0; 20];
    bytes[12..15].copy_from_slice(&code);
    bytes
}
