//! What the watch has done by nodes: subscriptions, lists, and transactions that appeared.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::{
    client::ask::Ask,
    config::FitnessRules,
    error::{Failure, Step},
    machine::{
        backoff::Readiness,
        fitness::{Fit, judge},
        race::Reply,
        watch::Event,
    },
    net::{
        link::{AccountSet, Listener},
        node::Node,
    },
    tx::ValidatedTransaction,
    types::TxHash,
    wire::{request::Streams, stream::subscribed_ledger},
};

/// The outcome of a job.
pub(super) enum Done {
    Subscribed { node: usize, network_id: u32, newest: u32, listener: Listener },
    Event(Event),
    Asked { node: usize, hash: TxHash, reply: Reply<ValidatedTransaction> },
}

/// Judges a node and subscribes to its streams.
pub(super) async fn subscribe(
    node: Node,
    index: usize,
    rules: Arc<FitnessRules>,
    streams: Streams,
    limit: Duration,
) -> Done {
    let subscribing = async {
        let fit = fit(&node, &rules).await?;
        let (listener, answer) = node.subscribe(streams, AccountSet::default()).await?;
        let result = answer.result().map_err(|error| node.refused(error))?;
        // Without a ledger in the answer what the node said a moment ago must do.
        let newest = subscribed_ledger(result).map(|ledger| ledger.index);
        Ok((fit.network_id, newest.unwrap_or(fit.validated.index), listener))
    };
    match timeout(limit, subscribing).await.unwrap_or_else(|_| Err(node.no_answer())) {
        Ok((network_id, newest, listener)) => {
            Done::Subscribed { node: index, network_id, newest, listener }
        }
        Err(failure) => Done::Event(Event::Lost { node: index, failure }),
    }
}

/// Fetches the list of a ledger's transactions.
pub(super) async fn fetch(
    node: Node,
    index: usize,
    rules: Arc<FitnessRules>,
    ledger: u32,
    limit: Duration,
) -> Done {
    let not_fetched = |soon| Event::NotFetched { node: index, index: ledger, soon };
    let fetching = async {
        let fit = fit(&node, &rules).await.map_err(|_| not_fetched(false))?;
        match node.hash_list(ledger).await {
            Ok(list) => Ok(Event::Fetched { node: index, network_id: fit.network_id, list }),
            Err(failure) => Err(not_fetched(failure.is_none())),
        }
    };
    let event = timeout(limit, fetching).await.unwrap_or_else(|_| Err(not_fetched(false)));
    Done::Event(event.unwrap_or_else(|event| event))
}

/// Asks a node for a transaction that has appeared in a validated ledger.
pub(super) async fn ask(
    node: Node,
    index: usize,
    rules: Arc<FitnessRules>,
    hash: TxHash,
    limit: Duration,
) -> Done {
    let reply = match node.readiness() {
        Readiness::Resting(failure) => Reply::Failed(Step::Choose, failure),
        Readiness::Ready | Readiness::Doubtful(_) => {
            let (ask, _) = Ask::new(node.clone(), hash.into(), rules);
            timeout(limit, ask.run())
                .await
                .unwrap_or_else(|_| Reply::Failed(Step::Transaction, node.no_answer()))
        }
    };
    Done::Asked { node: index, hash, reply }
}

async fn fit(node: &Node, rules: &FitnessRules) -> Result<Fit, Failure> {
    if let Readiness::Resting(failure) = node.readiness() {
        return Err(failure);
    }
    let (_, info) = node.server_info().await?;
    judge(&info, rules).map_err(Failure::Unfit)
}
