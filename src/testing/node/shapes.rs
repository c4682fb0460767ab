//! A transaction in every form in which servers tell of it, for both versions of the API.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{
    testing::truth::{Ledger, LedgerTransaction},
    types::{Ctid, hex},
};

/// From this ledger on, and from this close time on, an amount without a note is what was delivered
/// (rippled, `DeliveredAmount.cpp`).
const DELIVERS_AMOUNT_FROM: (u32, u32) = (4_594_095, 446_000_000);

/// A transaction, its ledger, and how the client wants to see both.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) tx: Arc<LedgerTransaction>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) api: u64,
    pub(super) binary: bool,
    pub(super) network_id: u32,
}

type Members = Map<String, Value>;

impl Shape {
    /// The result of `tx`.
    pub(super) fn tx(&self) -> Members {
        let mut result = match (self.binary, self.api) {
            (true, 1) => members(json!({ "tx": self.blob(), "meta": self.meta_blob() })),
            (true, _) => members(json!({ "tx_blob": self.blob(), "meta_blob": self.meta_blob() })),
            (false, 1) => with(self.fields(), "meta", self.metadata()),
            (false, _) => {
                let tx = with(self.fields_with_date(), "ledger_index", self.tx.ledger_index);
                members(json!({ "tx_json": tx, "meta": self.metadata() }))
            }
        };
        match self.api {
            1 => {
                result.insert("inLedger".to_owned(), json!(self.tx.ledger_index));
                result.insert("date".to_owned(), self.date());
            }
            _ => self.name_ledger(&mut result),
        }
        result.insert("hash".to_owned(), json!(self.tx.hash));
        result.insert("ledger_index".to_owned(), json!(self.tx.ledger_index));
        result.insert("validated".to_owned(), json!(true));
        if let Some(ctid) = self.ctid() {
            result.insert("ctid".to_owned(), json!(ctid.to_string()));
        }
        result
    }

    /// The result of `transaction_entry`.
    pub(super) fn transaction_entry(&self) -> Members {
        let mut result = Members::new();
        match self.api {
            1 => {
                result
                    .insert("tx_json".to_owned(), with(self.fields(), "hash", self.tx.hash).into());
                result.insert("metadata".to_owned(), self.metadata());
                result.insert("ledger_hash".to_owned(), json!(self.ledger.hash));
            }
            _ => {
                result.insert("tx_json".to_owned(), self.fields().into());
                result.insert("meta".to_owned(), self.metadata());
                result.insert("hash".to_owned(), json!(self.tx.hash));
                self.name_ledger(&mut result);
            }
        }
        result.insert("ledger_index".to_owned(), json!(self.tx.ledger_index));
        result.insert("validated".to_owned(), json!(true));
        result
    }

    /// An element of the `transactions` of an expanded `ledger`.
    pub(super) fn in_ledger(&self) -> Value {
        match (self.binary, self.api) {
            (true, 1) => json!({ "tx_blob": self.blob(), "meta": self.meta_blob() }),
            (true, _) => json!({
                "tx_blob": self.blob(), "meta_blob": self.meta_blob(), "hash": self.tx.hash,
            }),
            (false, 1) => {
                let fields = with(self.fields(), "hash", self.tx.hash);
                with(fields, "metaData", self.metadata()).into()
            }
            (false, _) => self.entry(self.fields()),
        }
    }

    /// An element of the `transactions` of `account_tx`.
    pub(super) fn in_account(&self) -> Value {
        let index = self.tx.ledger_index;
        match (self.binary, self.api) {
            (true, api) => {
                let meta = if api == 1 { "meta" } else { "meta_blob" };
                json!({
                    "tx_blob": self.blob(), meta: self.meta_blob(),
                    "ledger_index": index, "validated": true,
                })
            }
            (false, 1) => {
                let mut tx = with(self.fields_with_date(), "hash", self.tx.hash);
                tx.insert("ledger_index".to_owned(), json!(index));
                tx.insert("inLedger".to_owned(), json!(index));
                json!({ "tx": tx, "meta": self.metadata(), "validated": true })
            }
            (false, _) => self.entry(with(self.fields_with_date(), "ledger_index", index)),
        }
    }

    /// A message of the `transactions` stream.
    pub(super) fn in_stream(&self) -> Value {
        let mut message = members(json!({
            "type": "transaction",
            "engine_result": self.tx.result(),
            "engine_result_code": engine_code(&self.tx),
            "engine_result_message": engine_message(self.tx.result()),
            "ledger_index": self.tx.ledger_index,
            "meta": self.metadata(),
            "status": "closed",
            "validated": true,
        }));
        self.name_ledger(&mut message);
        match self.api {
            1 => {
                let tx = with(self.fields_with_date(), "hash", self.tx.hash);
                message.insert("transaction".to_owned(), tx.into());
            }
            _ => {
                message.insert("tx_json".to_owned(), self.fields_with_date().into());
                message.insert("hash".to_owned(), json!(self.tx.hash));
            }
        }
        message.into()
    }

    /// The shape that version 2 has in lists.
    fn entry(&self, tx: Members) -> Value {
        let mut entry = members(json!({
            "tx_json": tx,
            "meta": self.metadata(),
            "hash": self.tx.hash,
            "ledger_index": self.tx.ledger_index,
            "validated": true,
        }));
        self.name_ledger(&mut entry);
        entry.into()
    }

    fn name_ledger(&self, result: &mut Members) {
        result.insert("ledger_hash".to_owned(), json!(self.ledger.hash));
        result.insert("close_time_iso".to_owned(), json!(self.ledger.close_time.to_string()));
    }

    /// The fields as the version has them: `DeliverMax` beside `Amount`, or in its place.
    fn fields(&self) -> Members {
        let mut fields = self.tx.json.clone();
        if fields.get("TransactionType").is_some_and(|kind| kind == "Payment")
            && let Some(amount) = fields.get("Amount").cloned()
        {
            fields.insert("DeliverMax".to_owned(), amount);
            if self.api > 1 {
                fields.remove("Amount");
            }
        }
        fields
    }

    fn fields_with_date(&self) -> Members {
        with(self.fields(), "date", self.date())
    }

    fn date(&self) -> Value {
        json!(self.ledger.close_time.seconds())
    }

    fn blob(&self) -> String {
        hex::encode(&self.tx.blob)
    }

    fn meta_blob(&self) -> String {
        hex::encode(&self.tx.meta_blob)
    }

    /// The stored metadata and what servers add to it.
    fn metadata(&self) -> Value {
        let mut metadata = self.tx.metadata.clone();
        if let Some(delivered) = self.delivered() {
            metadata.insert("delivered_amount".to_owned(), delivered);
        }
        metadata.into()
    }

    fn delivered(&self) -> Option<Value> {
        let kind = self.tx.json.get("TransactionType")?.as_str()?;
        if !matches!(kind, "Payment" | "CheckCash" | "AccountDelete")
            || self.tx.result() != "tesSUCCESS"
        {
            return None;
        }
        let (ledger, time) = DELIVERS_AMOUNT_FROM;
        let noted = self.tx.metadata.get("DeliveredAmount");
        match noted.or_else(|| self.tx.json.get("Amount")) {
            Some(amount)
                if noted.is_some()
                    || self.tx.ledger_index >= ledger
                    || self.ledger.close_time.seconds() > time =>
            {
                Some(amount.clone())
            }
            Some(_) => Some("unavailable".into()),
            None => None,
        }
    }

    fn ctid(&self) -> Option<Ctid> {
        let index = u16::try_from(self.tx.index).ok()?;
        Ctid::new(self.tx.ledger_index, index, u16::try_from(self.network_id).ok()?)
    }
}

/// The code is the last byte of the metadata.
fn engine_code(tx: &LedgerTransaction) -> u8 {
    tx.meta_blob.last().copied().unwrap_or(0)
}

fn engine_message(result: &str) -> &'static str {
    match result {
        "tesSUCCESS" => "The transaction was applied. Only final in a validated ledger.",
        _ => "The transaction failed and only its fee was taken.",
    }
}

pub(super) fn members(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

fn with(mut members: Members, name: &str, value: impl serde::Serialize) -> Members {
    members.insert(name.to_owned(), json!(value));
    members
}
