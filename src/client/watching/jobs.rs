//! What the watch has done by nodes: subscriptions, lists, and transactions that appeared.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use crate::{
    client::ask::Ask,
    config::FitnessRules,
    error::{Failure, ServerError},
    machine::{
        backoff::Readiness,
        fitness::{Fit, judge},
        race::Reply,
        watch::Event,
    },
    net::{
        link::Listener,
        node::{Node, unreadable},
    },
    tx::ValidatedTransaction,
    types::TxHash,
    wire::{
        frame::Answer,
        ledger::{HashListError, read_hash_list},
        request::{Request, Streams},
        server_error::{Treatment, treatment},
        stream::subscribed_ledger,
    },
};

/// How long one list may take.
const FETCH: Duration = Duration::from_secs(5);

/// How often a transaction that appeared is asked for, at each node.
const ROUNDS: u32 = 5;

/// Pause between two rounds.
const ROUND_PAUSE: Duration = Duration::from_millis(500);

/// The outcome of a job.
pub(super) enum Done {
    Subscribed { node: usize, network_id: u32, newest: Option<u32>, listener: Listener },
    Event(Event),
    Completed { hash: TxHash, found: Option<(usize, ValidatedTransaction)> },
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
        let (listener, text) = node.subscribe(streams).await?;
        let answer = Answer::read(&text).ok_or_else(|| unreadable(&text))?;
        let result = answer.result.map_err(|error| refused(&node, error))?;
        // Without a ledger in the answer what the node said a moment ago must do.
        let newest = subscribed_ledger(result.get()).map(|ledger| ledger.index);
        Ok((fit.network_id, newest.or(Some(fit.validated.index)), listener))
    };
    match timeout(limit, subscribing).await.unwrap_or_else(|_| Err(node.no_answer())) {
        Ok((network_id, newest, listener)) => {
            Done::Subscribed { node: index, network_id, newest, listener }
        }
        Err(failure) => Done::Event(Event::Lost { node: index, failure }),
    }
}

/// Fetches the list of a ledger's transactions.
pub(super) async fn fetch(node: Node, index: usize, rules: Arc<FitnessRules>, ledger: u32) -> Done {
    let soon = |soon| Event::NotFetched { node: index, index: ledger, soon };
    let fetching = async {
        fit(&node, &rules).await.map_err(|_| soon(false))?;
        let request = Request::HashList { index: ledger };
        let text = node.request(&request).await.map_err(|_| soon(false))?;
        let answer = Answer::read(&text).ok_or_else(|| soon(false))?;
        let result = answer.result.map_err(|error| {
            // Straight after the close a cluster's other servers may not have it yet.
            let not_yet = treatment(&error) == Treatment::RetrySame || error.token == "lgrNotFound";
            refused(&node, error);
            soon(not_yet)
        })?;
        match read_hash_list(result.get()) {
            Ok(list) if list.index == ledger => Ok(Event::Fetched { node: index, list }),
            Ok(_) | Err(HashListError::Unreadable(_)) => Err(soon(false)),
            Err(HashListError::NotValidated) => Err(soon(true)),
        }
    };
    let event = timeout(FETCH, fetching).await.unwrap_or_else(|_| Err(soon(false)));
    Done::Event(event.unwrap_or_else(|event| event))
}

/// Asks nodes for a transaction that appeared in a validated ledger, until one shows it.
pub(super) async fn complete(
    nodes: Vec<(usize, Node)>,
    hash: TxHash,
    rules: Arc<FitnessRules>,
    limit: Duration,
) -> Done {
    for round in 0..ROUNDS {
        if round > 0 {
            sleep(ROUND_PAUSE).await;
        }
        for (index, node) in &nodes {
            let (ask, _) = Ask::new(node.clone(), hash.into(), rules.clone());
            if let Ok(Reply::Found(found)) = timeout(limit, ask.run()).await {
                return Done::Completed { hash, found: Some((*index, found)) };
            }
        }
    }
    Done::Completed { hash, found: None }
}

async fn fit(node: &Node, rules: &FitnessRules) -> Result<Fit, Failure> {
    if let Readiness::Resting(failure) = node.readiness() {
        return Err(failure);
    }
    let (_, info) = node.server_info().await?;
    judge(&info, rules).map_err(Failure::Unfit)
}

fn refused(node: &Node, error: ServerError) -> Failure {
    node.refused(&error);
    Failure::Server(error)
}
