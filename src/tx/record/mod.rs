//! One decoder for every shape in which servers tell of a transaction, step 6 of the trip: what
//! comes out is content whose hash was computed here, and the metadata that came with it.

mod bound;
mod error;
mod parts;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use self::bound::BoundRecord;
pub use self::error::{ContentMismatch, RecordError};
use self::parts::{Meta, Parts};
use super::{
    fields::{self, Object},
    outcome::TxResult,
};
use crate::{
    codec::{self, Definitions},
    types::{AccountId, Ctid, LedgerHash, RippleTime, TxHash},
};

/// Which ledger a message is about: the sister ledgers share a language, but not all of its words.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Chain {
    /// The XRP Ledger and its test networks.
    #[default]
    Xrpl,
    /// Xahau and its test network. A transaction is known as one of Xahau by the `NetworkID` in its
    /// JSON or by the compact id that came with it; otherwise somebody must say so.
    Xahau,
}

impl Chain {
    /// Code of the native asset, for people: amounts of it are [`Drops`](crate::Drops) on either
    /// ledger.
    pub const fn native_asset(self) -> &'static str {
        match self {
            Chain::Xrpl => "XRP",
            Chain::Xahau => "XAH",
        }
    }

    /// The ledger of a network: 21337 and 21338 are Xahau's.
    pub const fn of_network(network_id: u32) -> Chain {
        match network_id {
            21_337 | 21_338 => Chain::Xahau,
            _ => Chain::Xrpl,
        }
    }

    pub(crate) fn definitions(self) -> &'static Definitions {
        match self {
            Chain::Xrpl => Definitions::xrpl(),
            Chain::Xahau => Definitions::xahau(),
        }
    }
}

/// What stood around the part of a message that holds the transaction. What the part itself tells
/// must agree with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Which ledger it is about.
    pub chain: Chain,
    /// Whether the envelope called its content validated. `Some(true)` only for the boolean `true`.
    pub validated: Option<bool>,
    /// The ledger that holds the transaction.
    pub ledger_index: Option<u32>,
    /// The hash of that ledger.
    pub ledger_hash: Option<LedgerHash>,
    /// When that ledger closed.
    pub close_time: Option<RippleTime>,
}

/// A transaction and its metadata as one node told them, from a ledger that this node calls
/// validated.
///
/// The content is what was signed: it was encoded into the ledger's binary form, hashed, and decoded
/// again, so that nothing in it is the node's own. The metadata, the ledger and the time are the
/// node's word. [`bind`](TxRecord::bind) ties the record to the hash that was asked for.
///
/// ```
/// use xrpl_txdata::{Around, TxRecord};
///
/// let reply = r#"{"result": {"tx_blob": "1200002200000000240000003E6140000002540BE40068400000000000000A7321034AADB09CFF4A4804073701EC53C3510CDC95917C2BB0150FB742D0C66E6CEE9E74473045022022EB32AECEF7C644C891C19F87966DF9C62B1F34BABA6BE774325E4BB8E2DD62022100A51437898C28C2B297112DF8131F2BB39EA5FE613487DDD611525F17962646398114550FC62003E785DC231A1058A05E56E3F09CF4E68314D4CC8AB5B21D86A82C3E9E8D0ECF2404B77FECBA",
///     "meta": {"AffectedNodes": [], "TransactionIndex": 0, "TransactionResult": "tesSUCCESS"},
///     "ledger_index": 38129, "validated": true}}"#;
///
/// let record = TxRecord::read(reply, &Around::default())?;
/// assert!(record.hash().to_string().starts_with("3B1A4E1C9BB6A720"));
/// assert_eq!(record.transaction()["Amount"], "10000000000");
/// # Ok::<(), xrpl_txdata::RecordError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TxRecord {
    chain: Chain,
    hash: TxHash,
    claimed: Option<TxHash>,
    blob: Vec<u8>,
    transaction: Object,
    metadata: Object,
    account: AccountId,
    transaction_type: String,
    result: TxResult,
    transaction_index: u32,
    ledger_index: u32,
    ledger_hash: Option<LedgerHash>,
    close_time: Option<RippleTime>,
    ctid: Option<Ctid>,
}

impl TxRecord {
    /// Reads the part of a message that holds one transaction: a `tx` or `transaction_entry` reply
    /// (the whole of it or only its `result`), a `transaction` message of a stream, one entry of
    /// `account_tx` or of an expanded ledger; of both API versions, JSON or binary.
    ///
    /// # Errors
    ///
    /// See [`RecordError`]; after [`UnknownField`](RecordError::UnknownField), ask the same node for
    /// the binary form.
    pub fn read(text: &str, around: &Around) -> Result<TxRecord, RecordError> {
        TxRecord::from_value(error::parse(text)?, around)
    }

    /// The same from parsed JSON.
    ///
    /// # Errors
    ///
    /// See [`read`](TxRecord::read).
    pub fn from_value(part: Value, around: &Around) -> Result<TxRecord, RecordError> {
        TxRecord::from_parts(Parts::read(part, around)?)
    }

    /// Reads the JSON form and the binary form of one answer, for content with fields that are newer
    /// than this crate. The transaction comes from the bytes; the metadata too, unless they are
    /// beyond decoding: then it is that of the JSON form.
    ///
    /// # Errors
    ///
    /// See [`read`](TxRecord::read).
    pub fn read_with_binary(
        json: &str,
        binary: &str,
        around: &Around,
    ) -> Result<TxRecord, RecordError> {
        let json = Parts::read(error::parse(json)?, around)?;
        let binary = Parts::read(error::parse(binary)?, around)?;
        TxRecord::from_parts(binary.completed_by(json)?)
    }

    /// Reads every transaction of a whole message of any kind: those of a `ledger` (expanded) or
    /// `account_tx` reply, or the one of a `tx` reply or stream message; none when it holds none.
    ///
    /// # Errors
    ///
    /// Only when the message is no JSON. Each transaction can fail alone.
    pub fn read_all(message: &str) -> Result<Vec<Result<TxRecord, RecordError>>, RecordError> {
        let parts = parts::all(error::parse(message)?);
        let records = parts.into_iter().map(|(part, around)| TxRecord::from_value(part, &around));
        Ok(records.collect())
    }

    fn from_parts(parts: Parts) -> Result<TxRecord, RecordError> {
        let definitions = parts.chain.definitions();
        let metadata = match parts.metadata.ok_or(RecordError::NoMetadata)? {
            Meta::Json(metadata) => metadata,
            Meta::Blob(blob) => {
                definitions.decode(&blob).map_err(|fault| RecordError::bad_value("meta", fault))?
            }
        };
        if !metadata.get("AffectedNodes").is_some_and(Value::is_array) {
            return Err(RecordError::bad_value("meta.AffectedNodes", "expected a list"));
        }
        let result = TxResult::read(&metadata)
            .ok_or_else(|| RecordError::bad_value("meta.TransactionResult", "expected a code"))?;
        let transaction_index = fields::uint32(&metadata, "TransactionIndex")
            .ok_or_else(|| RecordError::bad_value("meta.TransactionIndex", "expected a number"))?;
        let ledger_index = parts.ledger_index.ok_or(RecordError::NoLedgerIndex)?;
        let blob = parts.content.into_blob(definitions)?;
        // What the record tells is what was hashed, whatever the node's JSON looked like.
        let transaction =
            definitions.decode(&blob).map_err(|fault| RecordError::bad_value("tx_blob", fault))?;
        let account = match fields::text(&transaction, "Account") {
            // What the network itself makes comes from nobody, written as no bytes at all.
            Some("") => Some(AccountId::ZERO),
            _ => fields::account(&transaction, "Account"),
        };
        let account = account
            .ok_or_else(|| RecordError::bad_value("Account", "expected an account address"))?;
        let transaction_type = match transaction.get("TransactionType") {
            Some(Value::String(name)) => name.clone(),
            // The code of a type that is newer than this crate.
            Some(Value::Number(code)) => code.to_string(),
            _ => return Err(RecordError::bad_value("TransactionType", "expected a name")),
        };
        let hash = codec::transaction_id(&blob);
        let claimed = parts.claimed.iter().find(|claimed| **claimed != hash);
        if let Some(ctid) = &parts.ctid
            && (ctid.ledger_index() != ledger_index
                || u32::from(ctid.transaction_index()) != transaction_index)
        {
            let place = format!("transaction {transaction_index} of ledger {ledger_index}");
            return Err(RecordError::contradiction("place", ctid, place));
        }
        Ok(TxRecord {
            chain: parts.chain,
            hash,
            claimed: claimed.or(parts.claimed.first()).copied(),
            blob,
            transaction,
            metadata,
            account,
            transaction_type,
            result,
            transaction_index,
            ledger_index,
            ledger_hash: parts.ledger_hash,
            close_time: parts.close_time,
            ctid: parts.ctid,
        })
    }

    /// Ties the record to a question: its content must hash to `asked`, and any hash that the node
    /// wrote beside it must be the same.
    ///
    /// # Errors
    ///
    /// The node answered with something else. That is its fault; another node may answer right.
    pub fn bind(self, asked: TxHash) -> Result<BoundRecord, ContentMismatch> {
        if self.hash == asked && self.claimed.is_none_or(|claimed| claimed == asked) {
            return Ok(BoundRecord::new(self));
        }
        Err(ContentMismatch { asked, computed: self.hash, claimed: self.claimed })
    }

    /// Ties the record to the hash that the node called it by, for lists that nobody asked by hash.
    /// Binary entries are called nothing and pass.
    ///
    /// # Errors
    ///
    /// The content has another hash than the node says.
    pub fn bind_to_claim(self) -> Result<BoundRecord, ContentMismatch> {
        let asked = self.claimed.unwrap_or(self.hash);
        self.bind(asked)
    }

    /// Which ledger's words it is written in.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// The hash of the content, computed here.
    pub fn hash(&self) -> TxHash {
        self.hash
    }

    /// The hash that the node wrote beside it, if it wrote one; a wrong one if it wrote several.
    pub fn claimed_hash(&self) -> Option<TxHash> {
        self.claimed
    }

    /// The signed bytes.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The content, in the JSON form of rippled's first API version: the payment's amount is called
    /// `Amount`, there is no field that was not signed.
    pub fn transaction(&self) -> &Object {
        &self.transaction
    }

    /// The metadata as the node sent it.
    pub fn metadata(&self) -> &Object {
        &self.metadata
    }

    /// Who sent it.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// What kind of transaction it is, by its name in the ledger; one that is newer than this crate by the
    /// number of its type.
    pub fn transaction_type(&self) -> &str {
        &self.transaction_type
    }

    /// The result code.
    pub fn result(&self) -> &TxResult {
        &self.result
    }

    /// Its number in the ledger, from 0, in the order of execution.
    pub fn transaction_index(&self) -> u32 {
        self.transaction_index
    }

    /// The ledger that holds it.
    pub fn ledger_index(&self) -> u32 {
        self.ledger_index
    }

    /// The hash of that ledger, when the node told it.
    pub fn ledger_hash(&self) -> Option<LedgerHash> {
        self.ledger_hash
    }

    /// When that ledger closed, when the node told it.
    pub fn close_time(&self) -> Option<RippleTime> {
        self.close_time
    }

    /// The compact id that the node gave it, if any. It fits the ledger index and the number in it.
    pub fn ctid(&self) -> Option<Ctid> {
        self.ctid
    }
}
