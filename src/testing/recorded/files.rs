//! The files of a recording, as far as they are used.

use std::path::Path;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::RecordingError;
use crate::types::{Ctid, Hash256, LedgerHash, RippleTime, TxHash};

/// A file of a transaction, to list it.
#[derive(Deserialize)]
pub(super) struct Summary {
    pub(super) hash: TxHash,
    pub(super) network: String,
    pub(super) ledger_index: Option<u32>,
    pub(super) tx: SummaryFields,
    envelope: Option<Envelope>,
}

#[derive(Deserialize)]
pub(super) struct SummaryFields {
    #[serde(rename = "NetworkID")]
    network_id: Option<u32>,
    #[serde(rename = "LastLedgerSequence")]
    pub(super) last_ledger_sequence: Option<u32>,
}

/// What a server said around a transaction.
#[derive(Default, Deserialize)]
pub(super) struct Envelope {
    /// Close time of its ledger.
    pub(super) date: Option<u32>,
    pub(super) ledger_hash: Option<LedgerHash>,
    ctid: Option<String>,
}

/// A file of a transaction.
#[derive(Deserialize)]
pub(super) struct TransactionFile {
    pub(super) tx: Map<String, Value>,
    pub(super) meta: Map<String, Value>,
    pub(super) tx_blob: String,
    pub(super) meta_blob: Option<String>,
    #[serde(default)]
    pub(super) envelope: Envelope,
}

/// A file of a ledger, or a line of the file of headers.
#[derive(Deserialize)]
pub(super) struct LedgerFile {
    pub(super) network: String,
    pub(super) ledger_index: u32,
    pub(super) header: Option<Header>,
    #[serde(default)]
    pub(super) transactions: Vec<Lines>,
}

/// A transaction in a ledger.
#[derive(Deserialize)]
pub(super) struct Lines {
    pub(super) hash: TxHash,
    pub(super) tx_blob: String,
    pub(super) meta_blob: String,
}

#[derive(Clone, Deserialize)]
pub(super) struct Header {
    pub(super) ledger_hash: LedgerHash,
    pub(super) parent_hash: LedgerHash,
    pub(super) transaction_hash: Hash256,
    pub(super) account_hash: Hash256,
    total_coins: String,
    parent_close_time: Option<u32>,
    close_time: u32,
    pub(super) close_time_resolution: u8,
    #[serde(default)]
    pub(super) close_flags: u8,
}

impl Summary {
    /// The network's id, as far as the transaction or its compact id say it.
    pub(super) fn network_id(&self) -> Option<u32> {
        let ctid = self.envelope.as_ref().and_then(|envelope| envelope.ctid.as_ref());
        let of_ctid = || ctid?.parse::<Ctid>().ok().map(|ctid| ctid.network_id().into());
        self.tx.network_id.or_else(of_ctid)
    }
}

impl Header {
    pub(super) fn total_drops(&self) -> u64 {
        self.total_coins.parse().unwrap_or(0)
    }

    pub(super) fn close_time(&self) -> RippleTime {
        RippleTime::from_seconds(self.close_time)
    }

    pub(super) fn parent_close_time(&self) -> RippleTime {
        RippleTime::from_seconds(self.parent_close_time.unwrap_or(self.close_time))
    }
}

/// The newest ledger that metadata name as that of an earlier transaction; 0 when they name none.
pub(super) fn newest_named(text: &str) -> u32 {
    let named = text.split("\"PreviousTxnLgrSeq\"").skip(1).filter_map(|rest| {
        let rest = rest.trim_start_matches([' ', ':']);
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    });
    named.max().unwrap_or(0)
}

pub(super) fn text(path: &Path) -> Result<String, RecordingError> {
    std::fs::read_to_string(path).map_err(|error| RecordingError::new(path, error))
}

pub(super) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, RecordingError> {
    serde_json::from_str(text).map_err(|error| RecordingError::new(path, error))
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, RecordingError> {
    parse(path, &text(path)?)
}
