//! `subscribe` and `unsubscribe`: what one connection wants to hear of.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Map, Value};

use super::{
    answer::{Answer, Ask},
    errors::Refusal,
    server,
};
use crate::types::AccountId;

/// The subscriptions of one connection; they count as the node's as long as it lives.
#[derive(Debug)]
pub(super) struct Subscriptions {
    streams: BTreeSet<Stream>,
    accounts: BTreeSet<AccountId>,
    /// The version of the last `subscribe`; it holds for all streams of the connection.
    pub(super) api: u64,
    all: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stream {
    Ledger,
    Transactions,
    Validations,
    /// Accepted; but nothing is proposed here, so that it says what `Transactions` says.
    Proposed,
}

impl Subscriptions {
    pub(super) fn new(all: &Arc<AtomicUsize>) -> Subscriptions {
        Subscriptions {
            streams: BTreeSet::new(),
            accounts: BTreeSet::new(),
            api: 1,
            all: Arc::clone(all),
        }
    }

    pub(super) fn has(&self, stream: Stream) -> bool {
        self.streams.contains(&stream)
    }

    pub(super) fn accounts(&self) -> &BTreeSet<AccountId> {
        &self.accounts
    }

    fn count(&self) -> usize {
        self.streams.len() + self.accounts.len()
    }

    /// Entries before a bad one stay subscribed, like on real servers.
    pub(super) fn subscribe(&mut self, ask: &Ask<'_>) -> Answer {
        self.change(ask, |all, ask| {
            let mut result = Map::new();
            for stream in streams(ask) {
                let stream = stream?;
                all.streams.insert(stream);
                if stream == Stream::Ledger
                    && let Some(tip) = ask.view.tip()
                {
                    result = server::ledger_news(ask.view, tip);
                }
            }
            all.accounts.extend(accounts(ask)?);
            all.api = ask.api;
            Ok(result)
        })
    }

    pub(super) fn unsubscribe(&mut self, ask: &Ask<'_>) -> Answer {
        self.change(ask, |all, ask| {
            for stream in streams(ask) {
                all.streams.remove(&stream?);
            }
            for account in accounts(ask)? {
                all.accounts.remove(&account);
            }
            Ok(Map::new())
        })
    }

    fn change(
        &mut self,
        ask: &Ask<'_>,
        change: impl FnOnce(&mut Subscriptions, &Ask<'_>) -> Answer,
    ) -> Answer {
        let before = self.count();
        let answer = change(self, ask);
        self.all.fetch_add(self.count(), Ordering::Relaxed);
        self.all.fetch_sub(before, Ordering::Relaxed);
        answer
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        self.all.fetch_sub(self.count(), Ordering::Relaxed);
    }
}

fn streams(ask: &Ask<'_>) -> impl Iterator<Item = Result<Stream, Refusal>> {
    let named = ask.request.get("streams").and_then(Value::as_array).into_iter().flatten();
    named.map(|name| match name.as_str() {
        Some("ledger") => Ok(Stream::Ledger),
        Some("transactions") => Ok(Stream::Transactions),
        Some("validations") => Ok(Stream::Validations),
        Some("transactions_proposed" | "rt_transactions") => Ok(Stream::Proposed),
        Some("server" | "consensus" | "peer_status") if ask.view.is_clio() => {
            Err("reportingUnsupported".into())
        }
        Some("peer_status") => Err("noPermission".into()),
        Some("manifests" | "server" | "consensus" | "book_changes") => Err("notSupported".into()),
        _ => Err("malformedStream".into()),
    })
}

/// One bad address fails the whole list, and so does an empty one.
fn accounts(ask: &Ask<'_>) -> Result<Vec<AccountId>, Refusal> {
    let Some(named) = ask.request.get("accounts") else { return Ok(Vec::new()) };
    let named = named.as_array().filter(|named| !named.is_empty()).ok_or("actMalformed")?;
    let parsed = named.iter().map(|name| name.as_str().and_then(|text| text.parse().ok()));
    parsed.collect::<Option<Vec<AccountId>>>().ok_or("actMalformed".into())
}
