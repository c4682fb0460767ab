//! The server as somebody uses it who pays: it takes transactions, closes ledgers and tells what is in
//! them.

use std::{collections::BTreeSet, sync::Mutex, time::Duration};

use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};
use xrpl_txdata::{AccountId, TxHash};

use super::{
    line::Line,
    report::{Checked, Halt, skipped, wrong},
    wallet::{Signed, Wallet},
};

/// How long a server that closes ledgers by itself may take for one.
const INTERVAL: Duration = Duration::from_secs(30);
/// Ledgers until a transaction that was taken must be in one.
const LEDGERS: u32 = 8;
const VALID_FOR: u32 = 20;
/// No fee is higher, in drops, whatever the server says.
const HIGHEST_FEE: u64 = 5_000_000;

/// How its ledgers come to be closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Closing {
    /// By `ledger_accept`.
    Asked,
    ByItself,
    Never,
}

pub(super) struct Server {
    pub(super) line: Line,
    admin: Line,
    pub(super) closing: Closing,
    /// How long it takes to close one, where nobody can ask for it.
    pub(super) interval: Duration,
    pub(super) network_id: Option<u32>,
    /// In drops: of an account, and for each thing that it owns.
    pub(super) reserve: (u64, u64),
    /// Everything that it was ever handed.
    submitted: Mutex<BTreeSet<TxHash>>,
}

impl Server {
    /// Meets a server: who it is, and how its ledgers close.
    pub(super) async fn meet(line: Line, admin: Line) -> Checked<Server> {
        let (closing, reserve) = (Closing::Never, (10_000_000, 2_000_000));
        let submitted = Mutex::default();
        let (interval, network_id) = (Duration::ZERO, None);
        let mut server = Server { line, admin, closing, interval, network_id, reserve, submitted };
        let info = server.info().await?;
        server.network_id = info["network_id"].as_u64().and_then(|id| id.try_into().ok());
        let before = server.validated().await.ok();
        server.closing = match server.admin.ask("ledger_accept", json!({})).await {
            Ok(_) => Closing::Asked,
            Err(refused) => {
                println!("live: {refused}: waiting for a ledger to close by itself");
                match server.next_after(before.unwrap_or(0)).await {
                    Ok(first) => {
                        let since = Instant::now();
                        server.next_after(first).await.ok();
                        server.interval = since.elapsed();
                        Closing::ByItself
                    }
                    Err(_) => Closing::Never,
                }
            }
        };
        let info = server.info().await?;
        let xrp = |name: &str| info["validated_ledger"][name].as_f64().filter(|xrp| *xrp > 0.0);
        let drops = |name, other: u64| xrp(name).map_or(other, |xrp| (xrp * 1e6).ceil() as u64);
        server.reserve =
            (drops("reserve_base_xrp", reserve.0), drops("reserve_inc_xrp", reserve.1));
        Ok(server)
    }

    pub(super) async fn info(&self) -> Checked<Value> {
        let mut answer = self.line.ask("server_info", json!({})).await?;
        match answer.get_mut("info") {
            Some(info) if info.is_object() => Ok(info.take()),
            _ => skipped(format!("server_info says {answer}")),
        }
    }

    /// Its newest validated ledger.
    pub(super) async fn validated(&self) -> Checked<u32> {
        let info = self.info().await?;
        match info["validated_ledger"]["seq"].as_u64().and_then(|seq| seq.try_into().ok()) {
            Some(seq) => Ok(seq),
            None => skipped("server_info names no validated ledger"),
        }
    }

    async fn next_after(&self, before: u32) -> Checked<u32> {
        let until = Instant::now() + INTERVAL;
        while Instant::now() < until {
            if let Ok(now) = self.validated().await
                && now > before
            {
                return Ok(now);
            }
            sleep(Duration::from_millis(100)).await;
        }
        skipped(format!("no ledger closed after {before} in {} s", INTERVAL.as_secs()))
    }

    /// Closes a ledger, or waits for one to close. The newest one then.
    pub(super) async fn close(&self) -> Checked<u32> {
        let before = self.validated().await.unwrap_or(0);
        match self.closing {
            Closing::Asked => drop(self.admin.ask("ledger_accept", json!({})).await?),
            Closing::ByItself => {}
            Closing::Never => return skipped("its ledgers do not close"),
        }
        self.next_after(before).await
    }

    /// Closes ledgers until this one is validated.
    pub(super) async fn close_up_to(&self, index: u32) -> Checked<u32> {
        loop {
            let newest = self.close().await?;
            if newest >= index {
                return Ok(newest);
            }
        }
    }

    /// Gives a transaction what it lacks, and signs it.
    pub(super) async fn sign(&self, by: &Wallet, tx: Value) -> Checked<Signed> {
        let Value::Object(mut tx) = tx else { return wrong("a transaction is an object") };
        let mut fill = |name: &str, value: Value| {
            tx.entry(name).or_insert(value);
        };
        fill("Account", by.account.to_string().into());
        fill("Flags", 0.into());
        fill("Sequence", self.sequence(&by.account).await?.into());
        fill("Fee", self.fee().await.to_string().into());
        fill("LastLedgerSequence", (self.validated().await? + VALID_FOR).into());
        // Networks with higher ids want them in each transaction, the others forbid it.
        if let Some(id) = self.network_id.filter(|id| *id > 1024) {
            fill("NetworkID", id.into());
        }
        Ok(by.sign(tx))
    }

    async fn sequence(&self, account: &AccountId) -> Checked<u64> {
        let mut refused = None;
        for ledger in ["current", "validated"] {
            let fields = json!({ "account": account, "ledger_index": ledger });
            match self.line.ask("account_info", fields).await {
                Ok(answer) => match answer["account_data"]["Sequence"].as_u64() {
                    Some(sequence) => return Ok(sequence),
                    None => return skipped(format!("account_info says {answer}")),
                },
                Err(error) => refused = Some(error),
            }
        }
        Err(refused.map_or_else(|| Halt::Skipped(String::new()), Halt::from))
    }

    /// Twice what it wants, within reason.
    async fn fee(&self) -> u64 {
        let answer = self.line.ask("fee", json!({})).await.unwrap_or_default();
        let drops = |name: &str| answer["drops"][name].as_str()?.parse::<u64>().ok();
        let wanted = drops("open_ledger_fee").or(drops("base_fee")).unwrap_or(10);
        wanted.saturating_mul(2).clamp(10, HIGHEST_FEE)
    }

    /// Hands a transaction in. `Ok` when the server took it: it may then be in the next ledger.
    pub(super) async fn submit(&self, signed: &Signed) -> Checked<String> {
        self.submitted.lock().unwrap().insert(signed.hash);
        let answer = match self.line.ask("submit", json!({ "tx_blob": signed.blob })).await {
            // It could not even read it.
            Err(refused) if refused.token == "invalidTransaction" => {
                return wrong(format!("{refused}, and not what was made of {}", signed.blob));
            }
            answer => answer?,
        };
        let result = answer["engine_result"].as_str().unwrap_or("no engine_result");
        let message = answer["engine_result_message"].as_str().unwrap_or_default();
        for hash in
            [&answer["hash"], &answer["tx_json"]["hash"]].into_iter().flat_map(Value::as_str)
        {
            if hash.parse() != Ok(signed.hash) {
                return wrong(format!("the server calls it {hash}, we {}", signed.hash));
            }
        }
        match result.get(..3) {
            Some("tes" | "tec" | "ter") => Ok(result.to_owned()),
            _ if result == "temBAD_SIGNATURE" => wrong(format!("{result}: {message}")),
            _ => skipped(format!("submit: {result} {message}")),
        }
    }

    pub(super) fn was_handed(&self, hash: &TxHash) -> bool {
        self.submitted.lock().unwrap().contains(hash)
    }

    /// Closes ledgers until one of them holds the transaction, and tells what the server tells of it.
    pub(super) async fn settle(&self, signed: &Signed) -> Checked<Map<String, Value>> {
        for _ in 0..LEDGERS {
            self.close().await?;
            if let Some(told) = self.told(&signed.hash).await? {
                return Ok(told);
            }
        }
        skipped(format!("it took {}, but no ledger of {LEDGERS} holds it", signed.hash))
    }

    /// What it tells of a transaction, once that is validated.
    pub(super) async fn told(&self, hash: &TxHash) -> Checked<Option<Map<String, Value>>> {
        match self.line.ask("tx", json!({ "transaction": hash })).await {
            Ok(Value::Object(told)) if told.get("validated") == Some(&Value::Bool(true)) => {
                Ok(Some(told))
            }
            Ok(_) => Ok(None),
            Err(refused) if refused.token == "txnNotFound" => Ok(None),
            Err(refused) => Err(refused.into()),
        }
    }
}
