//! What accounts hold: XRP in the account itself, tokens on trust lines, multi-purpose tokens in
//! entries of their own; and the one way value moves between them.

use serde_json::{Map, Value, json};

use super::state::{Entry, Key, Sandbox, State};
use crate::types::{
    AccountId, Amount, Currency, Drops, Hash256, MptId, TokenValue, TxHash, sha512_half,
};

/// The XRP that an account must keep to exist, in drops.
pub(super) const RESERVE_BASE: i64 = 1_000_000;
/// What each entry it owns adds to that, in drops.
pub(super) const RESERVE_INCREMENT: i64 = 200_000;
/// Digits of a token balance on the ledger.
const DIGITS: u32 = 16;

/// The code of a failure that still costs the fee.
pub(super) type Tec = &'static str;

pub(super) fn account_key(account: AccountId) -> Key {
    sha512_half(&[&[0, b'a'], account.as_bytes()])
}

pub(super) fn offer_key(account: AccountId, sequence: u32) -> Key {
    sha512_half(&[&[0, b'o'], account.as_bytes(), &sequence.to_be_bytes()])
}

pub(super) fn ticket_key(account: AccountId, sequence: u32) -> Key {
    sha512_half(&[&[0, b'T'], account.as_bytes(), &sequence.to_be_bytes()])
}

fn line_key(one: AccountId, other: AccountId, currency: Currency) -> Key {
    let (low, high) = (one.min(other), one.max(other));
    sha512_half(&[&[0, b'r'], low.as_bytes(), high.as_bytes(), currency.as_bytes()])
}

fn issuance_key(id: MptId) -> Key {
    sha512_half(&[&[0, b'~'], id.as_bytes()])
}

fn mpt_key(id: MptId, holder: AccountId) -> Key {
    sha512_half(&[&[0, b't'], &issuance_key(id), holder.as_bytes()])
}

/// Moves `amount`, or says with which code the transaction fails.
pub(super) fn transfer(
    sandbox: &mut Sandbox<'_>,
    from: AccountId,
    to: AccountId,
    amount: &Amount,
    ledger_index: u32,
) -> Result<(), Tec> {
    match amount {
        Amount::Xrp(drops) => transfer_xrp(sandbox, from, to, drops.as_i64(), ledger_index),
        Amount::Token { value, currency, issuer } => {
            if from != *issuer {
                change_line(sandbox, from, *issuer, *currency, -*value)?;
            }
            if to != *issuer {
                change_line(sandbox, to, *issuer, *currency, *value)?;
            }
            Ok(())
        }
        Amount::Mpt { value, id } => {
            let mut outstanding = 0;
            if from != id.issuer() {
                change_number(sandbox, &mpt_key(*id, from), "MPTAmount", -*value)?;
                outstanding -= *value;
            }
            if to != id.issuer() {
                change_number(sandbox, &mpt_key(*id, to), "MPTAmount", *value)?;
                outstanding += *value;
            }
            if outstanding != 0 {
                change_number(sandbox, &issuance_key(*id), "OutstandingAmount", outstanding)?;
            }
            Ok(())
        }
    }
}

fn transfer_xrp(
    sandbox: &mut Sandbox<'_>,
    from: AccountId,
    to: AccountId,
    drops: i64,
    ledger_index: u32,
) -> Result<(), Tec> {
    let source = sandbox.get(&account_key(from)).ok_or("tecINTERNAL")?;
    let reserve = RESERVE_BASE + RESERVE_INCREMENT * number(source, "OwnerCount");
    if number(source, "Balance") - drops < reserve {
        return Err("tecUNFUNDED_PAYMENT");
    }
    if sandbox.get(&account_key(to)).is_none() {
        if drops < RESERVE_BASE {
            return Err("tecNO_DST_INSUF_XRP");
        }
        let fields = account_fields(to, 0, ledger_index);
        sandbox.create(account_key(to), "AccountRoot", fields);
    }
    change_number(sandbox, &account_key(from), "Balance", -drops)?;
    change_number(sandbox, &account_key(to), "Balance", drops)
}

/// Adds to what `holder` has of the issuer's token. The line's balance is written from the side of
/// the lower account.
fn change_line(
    sandbox: &mut Sandbox<'_>,
    holder: AccountId,
    issuer: AccountId,
    currency: Currency,
    change: TokenValue,
) -> Result<(), Tec> {
    let line = sandbox.touch(&line_key(holder, issuer, currency)).ok_or("tecPATH_DRY")?;
    let balance: TokenValue = line["Balance"]["value"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or("tecINTERNAL")?;
    let held = if holder < issuer { balance } else { -balance };
    let held = on_ledger(held.checked_add(change).ok_or("tecPATH_DRY")?);
    if held.is_negative() {
        return Err("tecPATH_PARTIAL");
    }
    line["Balance"]["value"] = json!(if holder < issuer { held } else { -held });
    Ok(())
}

/// Adds to a number that a field holds as a number or as text; zero token amounts disappear.
pub(super) fn change_number(
    sandbox: &mut Sandbox<'_>,
    key: &Key,
    field: &str,
    change: i64,
) -> Result<(), Tec> {
    let fields = sandbox.touch(key).ok_or("tecPATH_DRY")?;
    let after = number(fields, field) + change;
    if after < 0 {
        return Err("tecPATH_PARTIAL");
    }
    match field {
        "OwnerCount" | "Sequence" => fields.insert(field.to_owned(), json!(after)),
        "TicketCount" | "MPTAmount" if after == 0 => fields.remove(field),
        "TicketCount" => fields.insert(field.to_owned(), json!(after)),
        _ => fields.insert(field.to_owned(), json!(after.to_string())),
    };
    Ok(())
}

/// A whole number in a field, 0 when there is none.
pub(super) fn number(fields: &Map<String, Value>, field: &str) -> i64 {
    match fields.get(field) {
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        Some(value) => value.as_i64().unwrap_or(0),
        None => 0,
    }
}

/// The nearest value with the 16 digits that the ledger keeps.
pub(super) fn on_ledger(value: TokenValue) -> TokenValue {
    let (mut mantissa, mut exponent) = (value.mantissa(), value.exponent());
    while mantissa.unsigned_abs() >= 10_u128.pow(DIGITS) {
        let up = mantissa % 10 / 5;
        (mantissa, exponent) = (mantissa / 10 + up, exponent + 1);
    }
    TokenValue::new(mantissa, exponent).unwrap_or(value)
}

fn account_fields(account: AccountId, drops: i64, sequence: u32) -> Value {
    json!({
        "Account": account,
        "Balance": drops.to_string(),
        "Flags": 0,
        "OwnerCount": 0,
        "Sequence": sequence,
    })
}

fn line_fields(
    holder: AccountId,
    issuer: AccountId,
    currency: Currency,
    held: TokenValue,
) -> Value {
    let lower = holder < issuer;
    let limit = |account: AccountId| {
        let value = if account == holder { "1000000000000" } else { "0" };
        json!({ "currency": currency, "issuer": account, "value": value })
    };
    let balance = if lower { held } else { -held };
    json!({
        "Balance": { "currency": currency, "issuer": AccountId::ONE, "value": balance },
        "Flags": if lower { 0x0001_0000 } else { 0x0002_0000 },
        "HighLimit": limit(holder.max(issuer)),
        "HighNode": "0",
        "LowLimit": limit(holder.min(issuer)),
        "LowNode": "0",
    })
}

/// Opens a trust line that holds nothing yet.
pub(super) fn open_line(
    sandbox: &mut Sandbox<'_>,
    holder: AccountId,
    issuer: AccountId,
    currency: Currency,
) -> Result<(), Tec> {
    let key = line_key(holder, issuer, currency);
    if sandbox.get(&key).is_none() {
        let fields = line_fields(holder, issuer, currency, TokenValue::ZERO);
        sandbox.create(key, "RippleState", fields);
        change_number(sandbox, &account_key(holder), "OwnerCount", 1)?;
    }
    Ok(())
}

/// Gives entries to accounts as if they had had them before the first ledger.
#[derive(Debug)]
pub(super) struct Provider<'s> {
    pub(super) state: &'s mut State,
    pub(super) thread: (TxHash, u32),
}

impl Provider<'_> {
    fn provide(&mut self, key: Key, kind: &'static str, fields: Value) {
        if let Value::Object(fields) = fields {
            self.state.provide(key, Entry { kind, fields, thread: self.thread });
        }
    }

    pub(super) fn account(&mut self, account: AccountId, drops: Drops, sequence: u32) {
        let fields = account_fields(account, drops.as_i64(), sequence);
        self.provide(account_key(account), "AccountRoot", fields);
    }

    /// Lets `holder` hold the asset of `amount`, and have `amount` of it where there is nothing yet.
    pub(super) fn holding(&mut self, holder: AccountId, amount: &Amount) {
        match amount {
            Amount::Token { value, currency, issuer } if *issuer != holder => {
                let fields = line_fields(holder, *issuer, *currency, *value);
                self.provide(line_key(holder, *issuer, *currency), "RippleState", fields);
            }
            Amount::Mpt { value, id } => {
                self.issuance(*id);
                if id.issuer() != holder {
                    self.mpt(holder, *id, *value);
                }
            }
            _ => {}
        }
    }

    fn issuance(&mut self, id: MptId) {
        let fields = json!({
            "AssetScale": 0,
            "Flags": 32,
            "Issuer": id.issuer(),
            "OutstandingAmount": "1000000000000",
            "OwnerNode": "0",
            "Sequence": id.sequence(),
        });
        self.provide(issuance_key(id), "MPTokenIssuance", fields);
    }

    fn mpt(&mut self, holder: AccountId, id: MptId, units: i64) {
        let mut fields = json!({
            "Account": holder,
            "Flags": 0,
            "MPTokenIssuanceID": id,
            "OwnerNode": "0",
        });
        if units != 0 {
            fields["MPTAmount"] = json!(units.to_string());
        }
        self.provide(mpt_key(id, holder), "MPToken", fields);
    }

    /// An offer to give `gives` for `wants`.
    pub(super) fn offer(
        &mut self,
        maker: AccountId,
        sequence: u32,
        gives: &Amount,
        wants: &Amount,
    ) {
        self.own(maker, "OwnerCount");
        let fields = offer_fields(maker, sequence, gives, wants);
        self.provide(offer_key(maker, sequence), "Offer", fields);
    }

    /// A ticket with this number, as an earlier `TicketCreate` would have left it.
    pub(super) fn ticket(&mut self, account: AccountId, sequence: u32) {
        self.own(account, "OwnerCount");
        self.own(account, "TicketCount");
        let fields = json!({
            "Account": account,
            "Flags": 0,
            "OwnerNode": "0",
            "TicketSequence": sequence,
        });
        self.provide(ticket_key(account, sequence), "Ticket", fields);
    }

    fn own(&mut self, account: AccountId, count: &str) {
        if let Some(fields) = self.state.fields_mut(&account_key(account)) {
            let owned = number(fields, count) + 1;
            fields.insert(count.to_owned(), json!(owned));
        }
    }
}

pub(super) fn offer_fields(
    account: AccountId,
    sequence: u32,
    gives: &Amount,
    wants: &Amount,
) -> Value {
    let book = sha512_half(&[format!("{} {}", wants.asset(), gives.asset()).as_bytes()]);
    json!({
        "Account": account,
        "BookDirectory": Hash256::from_bytes(book),
        "BookNode": "0",
        "Flags": 0,
        "OwnerNode": "0",
        "Sequence": sequence,
        "TakerGets": gives,
        "TakerPays": wants,
    })
}
