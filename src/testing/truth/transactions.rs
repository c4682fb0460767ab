//! What a transaction does to the ledger's entries, and the metadata that says so.

use serde_json::{Map, Value, json};

use super::{
    holdings::{self, Tec, account_key, change_number, number, offer_key, ticket_key, transfer},
    state::{Sandbox, State},
};
use crate::types::{AccountId, Amount, TxHash};

/// What the test author decided about a transaction beyond its signed fields.
#[derive(Clone, Debug, Default)]
pub(in crate::testing) struct Effect {
    /// Fails with this code whatever the entries say.
    pub(super) fails: Option<String>,
    /// Delivers this much instead of its `Amount`.
    pub(super) delivers: Option<Amount>,
    /// Has this metadata, not computed.
    pub(super) metadata: Option<Map<String, Value>>,
    /// The offer through which it converts one asset into another: whose, and its sequence.
    pub(super) through: Option<(AccountId, u32)>,
}

/// Applies a transaction: changes the entries, burns the fee, gives the metadata (without
/// `TransactionIndex`).
pub(super) fn apply(
    state: &mut State,
    tx: &Map<String, Value>,
    hash: TxHash,
    effect: &Effect,
    ledger_index: u32,
) -> Map<String, Value> {
    if let Some(metadata) = &effect.metadata {
        return metadata.clone();
    }
    let mut sandbox = state.sandbox();
    let outcome = match &effect.fails {
        Some(code) => Err(code.as_str()),
        None => act(&mut sandbox, tx, effect, ledger_index),
    };
    let (result, delivered) = match outcome {
        Ok(delivered) => ("tesSUCCESS", delivered),
        Err(code) => {
            sandbox.discard();
            (code, None)
        }
    };
    charge(&mut sandbox, tx);
    let mut metadata = Map::new();
    metadata.insert("AffectedNodes".to_owned(), sandbox.commit(hash, ledger_index).into());
    metadata.insert("TransactionResult".to_owned(), result.into());
    if let Some(delivered) = delivered {
        metadata.insert("DeliveredAmount".to_owned(), json!(delivered));
    }
    metadata
}

/// The amount to store as delivered, where it is not simply the amount of the transaction.
fn act<'e>(
    sandbox: &mut Sandbox<'_>,
    tx: &Map<String, Value>,
    effect: &'e Effect,
    ledger_index: u32,
) -> Result<Option<Amount>, &'e str> {
    let account = account(tx, "Account")?;
    match tx.get("TransactionType").and_then(Value::as_str) {
        Some("Payment") => {
            let to = self::account(tx, "Destination")?;
            let amount = amount(tx, "Amount")?;
            let delivers = effect.delivers.unwrap_or(amount);
            match effect.through {
                Some(offer) => {
                    let spends = self::amount(tx, "SendMax")?;
                    take(sandbox, (account, to), offer, (&spends, &delivers), ledger_index)?;
                }
                None => transfer(sandbox, account, to, &delivers, ledger_index)?,
            }
            Ok(effect.delivers.is_some().then_some(delivers))
        }
        Some("OfferCreate") => {
            let (gives, wants) = (amount(tx, "TakerGets")?, amount(tx, "TakerPays")?);
            match effect.through {
                Some(offer) => {
                    take(sandbox, (account, account), offer, (&gives, &wants), ledger_index)?;
                }
                None => {
                    let sequence = sequence(tx);
                    let fields = holdings::offer_fields(account, sequence, &gives, &wants);
                    sandbox.create(offer_key(account, sequence), "Offer", fields);
                    change_number(sandbox, &account_key(account), "OwnerCount", 1)?;
                }
            }
            Ok(None)
        }
        Some("TrustSet") => {
            let Amount::Token { currency, issuer, .. } = amount(tx, "LimitAmount")? else {
                return Err("tecINTERNAL");
            };
            holdings::open_line(sandbox, account, issuer, currency)?;
            Ok(None)
        }
        Some("AccountSet") => {
            let fields = sandbox.touch(&account_key(account)).ok_or("tecINTERNAL")?;
            if let Some(domain) = tx.get("Domain") {
                fields.insert("Domain".to_owned(), domain.clone());
            }
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// Takes part of an offer, or all of it: `from` spends, `to` receives.
fn take(
    sandbox: &mut Sandbox<'_>,
    (from, to): (AccountId, AccountId),
    (maker, sequence): (AccountId, u32),
    (spends, receives): (&Amount, &Amount),
    ledger_index: u32,
) -> Result<(), Tec> {
    transfer(sandbox, from, maker, spends, ledger_index)?;
    transfer(sandbox, maker, to, receives, ledger_index)?;
    let key = offer_key(maker, sequence);
    let offer = sandbox.touch(&key).ok_or("tecPATH_DRY")?;
    let gives = rest(offer, "TakerGets", receives)?;
    let wants = rest(offer, "TakerPays", spends)?;
    let used_up = gives.is_zero();
    offer.insert("TakerGets".to_owned(), json!(gives));
    offer.insert("TakerPays".to_owned(), json!(wants));
    if used_up {
        sandbox.delete(&key);
        change_number(sandbox, &account_key(maker), "OwnerCount", -1)?;
    }
    Ok(())
}

fn rest(offer: &Map<String, Value>, field: &str, taken: &Amount) -> Result<Amount, Tec> {
    amount(offer, field)?.checked_sub(taken).filter(|rest| !rest.is_negative()).ok_or("tecPATH_DRY")
}

/// The fee is burnt and the sequence number or ticket used up, whatever the result.
fn charge(sandbox: &mut Sandbox<'_>, tx: &Map<String, Value>) {
    let Ok(account) = account(tx, "Account") else { return };
    let key = account_key(account);
    let ticket = number(tx, "TicketSequence");
    if let Some(fields) = sandbox.touch(&key) {
        let left = number(fields, "Balance") - fee(tx);
        fields.insert("Balance".to_owned(), json!(left.max(0).to_string()));
        if ticket == 0 {
            fields.insert("Sequence".to_owned(), json!(number(tx, "Sequence") + 1));
        }
    }
    if ticket != 0 {
        sandbox.delete(&ticket_key(account, sequence(tx)));
        for count in ["OwnerCount", "TicketCount"] {
            // The account exists and has the ticket: both were provided together.
            let _ = change_number(sandbox, &key, count, -1);
        }
    }
}

/// The fee in drops.
pub(super) fn fee(tx: &Map<String, Value>) -> i64 {
    number(tx, "Fee")
}

/// The sequence number, or that of the ticket in its place.
fn sequence(tx: &Map<String, Value>) -> u32 {
    let ticket = number(tx, "TicketSequence");
    let sequence = if ticket == 0 { number(tx, "Sequence") } else { ticket };
    u32::try_from(sequence).unwrap_or(0)
}

pub(super) fn account(fields: &Map<String, Value>, name: &str) -> Result<AccountId, Tec> {
    fields.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok()).ok_or("tecINTERNAL")
}

pub(super) fn amount(fields: &Map<String, Value>, name: &str) -> Result<Amount, Tec> {
    fields.get(name).and_then(|value| Amount::from_json(value).ok()).ok_or("tecINTERNAL")
}
