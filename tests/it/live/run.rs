//! One run: the server, the client that is tested with it, a few people with money, and a journal of all
//! that they did.

use std::{
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use serde_json::{Map, Value, json};
use xrpl_txdata::{
    AccountId, Amount, Delivered, Lookup, RippleTime, TxData, ValidatedTransaction, WatchSource,
};

use super::{
    Settings,
    report::{Checked, ensure, same, skipped, wrong},
    server::Server,
    state::{self, Values},
    wallet::{Signed, Wallet},
};
use crate::support::secs;

pub(super) struct Run {
    pub(super) server: Server,
    pub(super) txd: TxData,
    pub(super) url: String,
    pub(super) settings: Settings,
    /// Whether the server tells by itself when a ledger closes, and how the library learns what is in it.
    pub(super) streams: bool,
    pub(super) source: WatchSource,
    /// Whether the server shows trust lines.
    pub(super) lines: bool,
    pub(super) root: Wallet,
    /// Pays.
    pub(super) alice: Wallet,
    /// Is paid.
    pub(super) bob: Wallet,
    /// Issues tokens.
    pub(super) gate: Wallet,
    pub(super) journal: Mutex<Vec<Entry>>,
}

/// One transaction, and what it changed as the state of the server's ledgers shows.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) tx: ValidatedTransaction,
    pub(super) changes: Values,
    pub(super) fee: u64,
}

impl Run {
    pub(super) fn accounts(&self) -> [AccountId; 4] {
        [&self.root, &self.alice, &self.bob, &self.gate].map(|wallet| wallet.account)
    }

    /// How long to wait for what comes within a few ledgers.
    pub(super) fn patience(&self) -> Duration {
        secs(100) + 10 * self.server.interval
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.journal.lock().unwrap()
    }

    pub(super) async fn holdings(&self) -> Checked<Values> {
        state::holdings(&self.server, &self.accounts(), self.lines).await
    }

    /// Signs, submits, closes, looks up, and holds every word of the library against the server's.
    pub(super) async fn carry_out(&self, by: &Wallet, tx: Value) -> Checked<ValidatedTransaction> {
        let before = self.holdings().await?;
        let signed = self.server.sign(by, tx).await?;
        self.server.submit(&signed).await?;
        let told = self.server.settle(&signed).await?;
        self.look_up(&signed, &told, &before).await
    }

    /// The same, for what must succeed if what comes after it shall make sense.
    pub(super) async fn succeed(&self, by: &Wallet, tx: Value) -> Checked<ValidatedTransaction> {
        let tx = self.carry_out(by, tx).await?;
        if tx.is_success() {
            return Ok(tx);
        }
        skipped(format!("the server's result of {} is {}", tx.transaction_type(), tx.result()))
    }

    /// The server has just said that the transaction is validated: so must the library.
    pub(super) async fn look_up(
        &self,
        signed: &Signed,
        told: &Map<String, Value>,
        before: &Values,
    ) -> Checked<ValidatedTransaction> {
        // A moment may pass until what the server counts by has followed.
        let Lookup::Found(tx) = self.txd.lookup(signed.hash).wait(secs(10)).await? else {
            return wrong(format!("{} is not found, but the server has {told:?}", signed.hash));
        };
        self.compare(&tx, signed, told).await?;
        self.enter(&tx, signed, before).await?;
        Ok(tx)
    }

    /// Balances in the metadata are those of the server's state; writes them down.
    pub(super) async fn enter(
        &self,
        tx: &ValidatedTransaction,
        signed: &Signed,
        before: &Values,
    ) -> Checked {
        let changes = state::changes(before, &self.holdings().await?);
        let read = state::told(tx.balance_changes(), &self.accounts(), self.lines)?;
        same("balance changes", &changes, &read)?;
        ensure(tx.balance_changes().is_complete(), || {
            format!("unknown changes: {:?}", tx.balance_changes().unknown())
        })?;
        self.journal().push(Entry { tx: tx.clone(), changes, fee: signed.fee });
        Ok(())
    }

    async fn compare(
        &self,
        tx: &ValidatedTransaction,
        signed: &Signed,
        told: &Map<String, Value>,
    ) -> Checked {
        let Some(meta) = told.get("meta").filter(|meta| meta.is_object()) else {
            return skipped(format!("its answer holds no metadata: {told:?}"));
        };
        let (result, place) = (meta["TransactionResult"].as_str(), &meta["TransactionIndex"]);
        same("hash", signed.hash, tx.hash())?;
        same("result", result, Some(tx.result().code()))?;
        same("success", result == Some("tesSUCCESS"), tx.is_success())?;
        same("index in the ledger", place.as_u64(), Some(tx.transaction_index().into()))?;
        let ledger = told.get("ledger_index").or(told.get("inLedger"));
        same("ledger", ledger.and_then(Value::as_u64), Some(tx.ledger_index().into()))?;
        if let Some(account) = told.get("Account").and_then(Value::as_str) {
            same("account", account, &tx.account().to_string())?;
        }
        same("fee", signed.fee, tx.fee().drops.as_i64().unsigned_abs())?;
        same("bytes", &signed.blob, &data_encoding::HEXUPPER.encode(tx.transaction_blob()))?;
        self.same_ledger(tx).await?;
        if tx.transaction_type() == "Payment" {
            self.same_amount(tx, meta)?;
        }
        Ok(())
    }

    async fn same_ledger(&self, tx: &ValidatedTransaction) -> Checked {
        let fields = json!({ "ledger_index": tx.ledger_index() });
        let Ok(header) = self.server.line.ask("ledger", fields).await else { return Ok(()) };
        let hash = header["ledger_hash"].as_str().or(header["ledger"]["ledger_hash"].as_str());
        if let (Some(hash), Some(read)) = (hash, tx.ledger_hash()) {
            same("ledger hash", hash, &read.to_string())?;
        }
        let closed = header["ledger"]["close_time"].as_u64().and_then(|time| time.try_into().ok());
        match (closed.map(RippleTime::from_seconds), tx.close_time()) {
            (Some(closed), Some(read)) => same("close time", closed, read),
            _ => Ok(()),
        }
    }

    fn same_amount(&self, tx: &ValidatedTransaction, meta: &Value) -> Checked {
        if !tx.is_success() {
            return same("delivered", &Delivered::Nothing, tx.delivered());
        }
        // The first is what the ledger stores, the second what servers say of it.
        for name in ["DeliveredAmount", "delivered_amount"] {
            let Some(amount) = meta.get(name) else { continue };
            let Ok(amount) = serde_json::from_value::<Amount>(amount.clone()) else {
                return skipped(format!("{name} is {amount}"));
            };
            same(name, Some(&amount), tx.delivered().exact())?;
        }
        ensure(tx.delivered().exact().is_some(), || format!("delivered {}", tx.delivered()))
    }
}
