//! The recorded past of one network, read when it is asked for.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, OnceLock},
};

use serde_json::Value;

use super::{
    MAINNET_FIRST, Part, Place, Recording, RecordingError,
    files::{self, Envelope, Header, LedgerFile, TransactionFile},
};
use crate::{
    codec::Definitions,
    testing::{
        node::lock,
        random,
        truth::{Ledger, LedgerTransaction, definitions},
    },
    types::{AccountId, Hash256, LedgerHash, RippleTime, TxHash, hex},
};

/// Seconds between two ledgers, where nothing else is known.
const USUAL_INTERVAL: i64 = 4;
/// All XRP there was, where nothing else is known.
const SOME_DROPS: u64 = 99_990_000_000_000_000;

/// One network's part of a recording.
pub(in crate::testing) struct Archive {
    recording: Recording,
    network: String,
    ledgers: Mutex<HashMap<u32, Arc<Ledger>>>,
    accounts: OnceLock<HashMap<AccountId, VecDeque<(u32, u32)>>>,
}

impl Archive {
    /// `None` when the recording has no such network.
    pub(in crate::testing) fn new(recording: &Recording, network: &str) -> Option<Archive> {
        recording.part(network)?;
        Some(Archive {
            recording: recording.clone(),
            network: network.to_owned(),
            ledgers: Mutex::default(),
            accounts: OnceLock::new(),
        })
    }

    fn part(&self) -> &Part {
        self.recording.part(&self.network).expect("the network is in the recording")
    }

    pub(in crate::testing) fn network_id(&self) -> u32 {
        self.part().id
    }

    /// The first ledger of the network.
    pub(in crate::testing) fn first(&self) -> u32 {
        if self.network == "mainnet" { MAINNET_FIRST.0 } else { 1 }
    }

    /// The newest ledger of which anything is recorded.
    pub(in crate::testing) fn newest(&self) -> u32 {
        let part = self.part();
        let newest = [
            part.loose.last_key_value().map(|(index, _)| *index),
            part.ledgers.last_key_value().map(|(index, _)| *index),
            part.headers.last_key_value().map(|(index, _)| *index),
        ];
        newest.into_iter().flatten().max().unwrap_or(self.first())
    }

    /// A ledger; what was not recorded of it is made up.
    pub(in crate::testing) fn ledger(
        &self,
        index: u32,
    ) -> Result<Option<Arc<Ledger>>, RecordingError> {
        if !(self.first()..=self.newest()).contains(&index) {
            return Ok(None);
        }
        if let Some(ledger) = lock(&self.ledgers).get(&index) {
            return Ok(Some(Arc::clone(ledger)));
        }
        let ledger = Arc::new(self.read_ledger(index)?);
        lock(&self.ledgers).insert(index, Arc::clone(&ledger));
        Ok(Some(ledger))
    }

    pub(in crate::testing) fn ledger_by_hash(
        &self,
        hash: &LedgerHash,
    ) -> Result<Option<Arc<Ledger>>, RecordingError> {
        let mut headers = self.part().headers.iter();
        let recorded = headers.find(|(_, header)| header.ledger_hash == *hash).map(|(n, _)| *n);
        let read = || lock(&self.ledgers).values().find(|l| l.hash == *hash).map(|l| l.index);
        match recorded.or_else(read) {
            Some(index) => self.ledger(index),
            None => Ok(None),
        }
    }

    pub(in crate::testing) fn transaction(
        &self,
        hash: &TxHash,
    ) -> Result<Option<Arc<LedgerTransaction>>, RecordingError> {
        let Some(place) = self.part().transactions.get(hash) else { return Ok(None) };
        let ledger = self.ledger(place.ledger)?;
        let found = ledger.and_then(|l| l.transactions.iter().find(|tx| tx.hash == *hash).cloned());
        Ok(found)
    }

    /// Any other transaction, always the same.
    pub(in crate::testing) fn another(
        &self,
        tx: &LedgerTransaction,
    ) -> Result<Option<Arc<LedgerTransaction>>, RecordingError> {
        let hashes = self.part().transactions.keys().filter(|hash| **hash != tx.hash);
        hashes.min().map_or(Ok(None), |hash| self.transaction(hash))
    }

    /// Places of what touched an account; reads the whole recording the first time.
    pub(in crate::testing) fn of_account(
        &self,
        account: &AccountId,
    ) -> impl DoubleEndedIterator<Item = (u32, u32)> {
        let accounts = self.accounts.get_or_init(|| {
            let part = self.part();
            let mut indexes: Vec<u32> =
                part.loose.keys().chain(part.ledgers.keys()).copied().collect();
            indexes.sort_unstable();
            indexes.dedup();
            let ledgers = indexes.into_iter().filter_map(|index| self.ledger(index).ok().flatten());
            let mut accounts: HashMap<_, VecDeque<_>> = HashMap::new();
            for ledger in ledgers {
                for tx in &ledger.transactions {
                    for account in tx.affected() {
                        accounts.entry(*account).or_default().push_back((ledger.index, tx.index));
                    }
                }
            }
            accounts
        });
        accounts.get(account).into_iter().flatten().copied()
    }

    fn read_ledger(&self, index: u32) -> Result<Ledger, RecordingError> {
        let part = self.part();
        let (mut transactions, mut envelopes) = (Vec::new(), Vec::new());
        if let Some(path) = part.ledgers.get(&index) {
            let file: LedgerFile = files::read(path)?;
            for line in file.transactions {
                let place = part.transactions.get(&line.hash);
                let blobs = (line.tx_blob, line.meta_blob);
                let bad = |reason: String| RecordingError::new(path, reason);
                let tx = match place.and_then(|place| place.file.as_ref()) {
                    Some(_) => None,
                    None => {
                        Some(decoded(line.hash, index, &blobs, self.definitions()).map_err(bad)?)
                    }
                };
                let tx = match tx {
                    Some(tx) => tx,
                    None => self.read_transaction(&line.hash, Some(blobs.1))?.0,
                };
                transactions.push(Arc::new(tx));
            }
        }
        for hash in part.loose.get(&index).into_iter().flatten() {
            let (tx, envelope) = self.read_transaction(hash, None)?;
            transactions.push(Arc::new(tx));
            envelopes.push(envelope);
        }
        transactions.sort_by_key(|tx| (tx.index, tx.hash));
        match part.headers.get(&index) {
            Some(header) => Ok(with_header(index, header, transactions)),
            None => Ok(self.without_header(index, transactions, &envelopes)),
        }
    }

    fn without_header(
        &self,
        index: u32,
        transactions: Vec<Arc<LedgerTransaction>>,
        envelopes: &[Envelope],
    ) -> Ledger {
        let made_up = |what: &str| random::bytes(index.into(), &format!("{} {what}", self.network));
        let date = envelopes.iter().find_map(|envelope| envelope.date);
        let time = date.unwrap_or_else(|| self.time_near(index));
        let before = time.saturating_sub(u32::try_from(USUAL_INTERVAL).unwrap_or(0));
        let mut ledger = Ledger::close(
            index,
            (LedgerHash::from_bytes(made_up("parent")), RippleTime::from_seconds(before)),
            RippleTime::from_seconds(time),
            SOME_DROPS,
            Hash256::from_bytes(made_up("state")),
            transactions,
        );
        if let Some(hash) = envelopes.iter().find_map(|envelope| envelope.ledger_hash) {
            ledger.hash = hash;
        }
        ledger
    }

    /// When about a ledger closed: between the nearest ones of which that is known.
    pub(in crate::testing) fn time_near(&self, index: u32) -> u32 {
        let known = |(index, header): (&u32, &Header)| {
            (i64::from(*index), i64::from(header.close_time().seconds()))
        };
        let headers = &self.part().headers;
        let start = (i64::from(MAINNET_FIRST.0), i64::from(MAINNET_FIRST.1));
        let before = headers.range(..=index).next_back().map_or(start, known);
        let after = headers.range(index..).next().map(known);
        let after = after.filter(|after| after.0 > before.0);
        let distance = i64::from(index) - before.0;
        let seconds = match after {
            Some(after) => distance * (after.1 - before.1) / (after.0 - before.0),
            None => distance * USUAL_INTERVAL,
        };
        u32::try_from(before.1 + seconds).unwrap_or(0)
    }

    fn read_transaction(
        &self,
        hash: &TxHash,
        meta_blob: Option<String>,
    ) -> Result<(LedgerTransaction, Envelope), RecordingError> {
        let place = self.part().transactions.get(hash);
        let Some(Place { file: Some(path), ledger }) = place else {
            unreachable!("only transactions with a file of their own are read from one");
        };
        let bad = |reason: &dyn fmt::Display| RecordingError::new(path, reason);
        let mut file: TransactionFile = files::read(path)?;
        let meta_blob = match file.meta_blob.or(meta_blob) {
            Some(blob) => hex::decode(&blob).ok_or_else(|| bad(&"meta_blob is not hexadecimal"))?,
            // Without bytes when they hold what no ledger holds, like edited ones do.
            None => self.definitions().encode_metadata(&file.meta).unwrap_or_default(),
        };
        let blob = hex::decode(&file.tx_blob).ok_or_else(|| bad(&"tx_blob is not hexadecimal"))?;
        // What servers add, and they will add again.
        file.meta.remove("delivered_amount");
        if let Some(amount) = file.tx.remove("DeliverMax") {
            file.tx.entry("Amount").or_insert(amount);
        }
        let index = file.meta.get("TransactionIndex").and_then(Value::as_u64);
        let tx = LedgerTransaction {
            hash: *hash,
            ledger_index: *ledger,
            index: index.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            blob,
            meta_blob,
            json: file.tx,
            metadata: file.meta,
            affected: OnceLock::new(),
        };
        Ok((tx, file.envelope))
    }

    fn definitions(&self) -> &'static Definitions {
        definitions(self.network_id())
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Archive").field(&self.network).finish()
    }
}

fn with_header(index: u32, header: &Header, transactions: Vec<Arc<LedgerTransaction>>) -> Ledger {
    Ledger {
        index,
        hash: header.ledger_hash,
        parent_hash: header.parent_hash,
        close_time: header.close_time(),
        parent_close_time: header.parent_close_time(),
        total_drops: header.total_drops(),
        transaction_hash: header.transaction_hash,
        account_hash: header.account_hash,
        close_time_resolution: header.close_time_resolution,
        close_flags: header.close_flags,
        transactions,
    }
}

/// A transaction that is recorded as bytes only.
fn decoded(
    hash: TxHash,
    ledger_index: u32,
    (blob, meta_blob): &(String, String),
    definitions: &Definitions,
) -> Result<LedgerTransaction, String> {
    let bytes = |text: &str| {
        hex::decode(text).ok_or_else(|| format!("the bytes of {hash} are not hexadecimal"))
    };
    let (blob, meta_blob) = (bytes(blob)?, bytes(meta_blob)?);
    let json = |bytes: &[u8]| definitions.decode(bytes).map_err(|error| format!("{hash}: {error}"));
    let (tx, metadata) = (json(&blob)?, json(&meta_blob)?);
    let index = metadata.get("TransactionIndex").and_then(Value::as_u64);
    Ok(LedgerTransaction {
        hash,
        ledger_index,
        index: index.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        blob,
        meta_blob,
        json: tx,
        metadata,
        affected: OnceLock::new(),
    })
}
