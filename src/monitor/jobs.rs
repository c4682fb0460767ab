//! What a monitor has done by nodes: subscriptions, and whole ledgers.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::streamed::Change;
use crate::{
    config::FitnessRules,
    error::Failure,
    machine::{
        backoff::Readiness,
        fitness::{Fit, judge},
        follow::{Event, sweep::Ask},
    },
    net::{
        link::{AccountSet, Line, Listener},
        node::Node,
    },
    wire::{
        history::read_history_page,
        request::{Request, Streams},
        stream::{ClosedLedger, subscribed_ledger},
    },
};

/// How long one ledger may take.
const FETCH: Duration = Duration::from_secs(10);

/// What each thousand of accounts adds to the time for subscribing.
const PER_REQUEST: Duration = Duration::from_secs(1);

/// What servers answer to a range that they do not have to its end.
const NOT_ALL: [&str; 3] = ["lgrIdxsInvalid", "lgrIdxMalformed", "invalidLgrRange"];

/// The outcome of a job.
pub(super) struct Done {
    pub(super) node: usize,
    /// What the node said of itself.
    pub(super) fit: Option<Fit>,
    pub(super) listener: Option<Listener>,
    pub(super) event: Option<Event>,
    /// The change of its accounts that it was.
    pub(super) change: Option<u64>,
}

/// Judges a node and subscribes to its streams, then, with these requests, to those of accounts.
pub(super) async fn subscribe(
    node: Node,
    (index, streams): (usize, Streams),
    rules: Arc<FitnessRules>,
    requests: Vec<Request>,
    accounts: AccountSet,
    limit: Duration,
) -> Done {
    let limit = with_requests(limit, &requests);
    let mut fit = None;
    let subscribing = async {
        let judged = judged(&node, &rules).await?;
        let validated = fit.insert(judged).validated.clone();
        let (listener, answer) = node.subscribe(streams, accounts).await?;
        let result = answer.result().map_err(|error| node.refused(error))?;
        // One that does not speak by itself streams no accounts: their histories tell.
        if let Some(line) = listener.line() {
            ask_all(&node, &line, &requests).await?;
        }
        // Without a ledger in the answer what the node said a moment ago must do.
        let newest = subscribed_ledger(result).or_else(|| {
            let (index, hash) = (validated.index, validated.hash?);
            Some(ClosedLedger { index, hash, txn_count: None, network_id: None })
        });
        Ok((listener, newest))
    };
    let subscribed = timeout(limit, subscribing).await.unwrap_or_else(|_| Err(node.no_answer()));
    match subscribed {
        Ok((listener, newest)) => Done {
            node: index,
            fit,
            listener: Some(listener),
            event: Some(Event::Subscribed { node: index, newest }),
            change: None,
        },
        Err(failure) => {
            let event = Some(Event::Lost { node: index, failure });
            Done { node: index, fit, listener: None, event, change: None }
        }
    }
}

/// Judges a node and fetches a ledger.
pub(super) async fn fetch(
    node: Node,
    index: usize,
    rules: Arc<FitnessRules>,
    ledger: u32,
    whole: bool,
) -> Done {
    let mut fit = None;
    let fetching = async {
        let judged = judged(&node, &rules).await.map_err(Some)?;
        let has = fit.insert(judged).complete.contains(ledger);
        let behind = fit.as_ref().is_some_and(|fit| fit.validated.index <= ledger);
        // What is very new may be there and not be listed yet.
        if !has && !behind {
            return Err(None);
        }
        node.ledger(ledger, whole).await
    };
    let fetched = timeout(FETCH, fetching).await.unwrap_or_else(|_| Err(Some(node.no_answer())));
    let event = match fetched {
        Ok(ledger) => Event::Fetched { node: index, ledger },
        Err(failure) => Event::NotFetched { node: index, index: ledger, failure },
    };
    Done { node: index, fit, listener: None, event: Some(event), change: None }
}

/// Judges a node and asks for a page of an account's history.
pub(super) async fn history(node: Node, rules: Arc<FitnessRules>, ask: Ask) -> Done {
    let Ask { node: index, account, min, max, marker } = ask;
    let mut fit = None;
    let asking = async {
        let judged = judged(&node, &rules).await.map_err(Some)?;
        if !fit.insert(judged).complete.covers(min..=max) {
            return Err(None);
        }
        let request = Request::History { account, min, max, marker };
        let answer = node.request(&request).await.map_err(Some)?;
        let result = answer.result().map_err(|error| {
            // A moment after a ledger closed it may not be in the histories yet.
            let not_yet = NOT_ALL.contains(&error.token.as_str());
            let failure = node.refused(error);
            (!not_yet).then_some(failure)
        })?;
        read_history_page(result)
            .map_err(|reason| Some(Failure::Unreadable(format!("account_tx: {reason}"))))
    };
    let asked = timeout(FETCH, asking).await.unwrap_or_else(|_| Err(Some(node.no_answer())));
    let event = match asked {
        Ok(page) => Event::History { node: index, account, page },
        Err(failure) => Event::NoHistory { node: index, account, failure },
    };
    Done { node: index, fit, listener: None, event: Some(event), change: None }
}

/// Changes which accounts are subscribed at a node that is subscribed to.
pub(super) async fn change(node: Node, line: Line, index: usize, change: Change) -> Done {
    let limit = with_requests(FETCH, &change.requests);
    let changing = timeout(limit, ask_all(&node, &line, &change.requests));
    let changed = changing.await.unwrap_or_else(|_| Err(node.no_answer()));
    let event = changed.err().map(|failure| Event::Lost { node: index, failure });
    Done { node: index, fit: None, listener: None, event, change: Some(change.number) }
}

fn with_requests(limit: Duration, requests: &[Request]) -> Duration {
    limit.saturating_add(PER_REQUEST.saturating_mul(requests.len() as u32))
}

/// Asks one after the other, and takes no error for an answer.
async fn ask_all(node: &Node, line: &Line, requests: &[Request]) -> Result<(), Failure> {
    for request in requests {
        if let Some(answer) = line.request(request).await? {
            answer.result().map_err(|error| node.refused(error))?;
        }
    }
    Ok(())
}

async fn judged(node: &Node, rules: &FitnessRules) -> Result<Fit, Failure> {
    if let Readiness::Resting(failure) = node.readiness() {
        return Err(failure);
    }
    let (_, info) = node.server_info().await?;
    judge(&info, rules).map_err(Failure::Unfit)
}
