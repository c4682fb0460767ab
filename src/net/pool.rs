//! All endpoints of a client: the order in which they are asked, and the tasks they keep.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{node::Node, open::Opener};
use crate::{
    config::{Endpoint, Timeouts},
    machine::backoff::{Readiness, seeds},
};

/// What an opening may take beyond the time of the lookup that began it: the lookup is the first to say
/// that its time is over.
const OPENING_SLACK: Duration = Duration::from_millis(50);

/// Counts running tasks, so that `close` can wait for the last one.
#[derive(Clone, Debug)]
pub(crate) struct Tasks(Arc<watch::Sender<usize>>);

/// One running task.
#[derive(Debug)]
pub(crate) struct Running(Arc<watch::Sender<usize>>);

impl Tasks {
    pub(crate) fn new() -> Tasks {
        Tasks(Arc::new(watch::Sender::new(0)))
    }

    pub(crate) fn begin(&self) -> Running {
        self.0.send_modify(|count| *count += 1);
        Running(self.0.clone())
    }

    /// Until no task runs.
    pub(crate) async fn finished(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// The nodes of a client.
#[derive(Debug)]
pub(crate) struct Pool {
    nodes: Vec<Node>,
    tasks: Tasks,
}

/// A node as a lookup sees it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Its place in the list of endpoints.
    pub(crate) index: usize,
    pub(crate) node: Node,
}

impl Pool {
    pub(crate) fn new(
        endpoints: Vec<Endpoint>,
        opener: Opener,
        timeouts: Timeouts,
        seed: u64,
    ) -> Pool {
        let opener = Arc::new(opener);
        let tasks = Tasks::new();
        let limit = timeouts.overall + OPENING_SLACK;
        let nodes = seeds(seed)
            .zip(endpoints)
            .map(|(seed, endpoint)| {
                let values = opener.headers.values().filter_map(|value| value.to_str().ok());
                (seed, endpoint.sent(values))
            })
            .map(|(seed, endpoint)| Node::new(endpoint, opener.clone(), limit, seed, tasks.clone()))
            .collect();
        Pool { nodes, tasks }
    }

    /// Every node in the order in which a lookup asks them: as configured, then those that are spared, those
    /// that failed a moment ago, those that rest.
    pub(crate) fn order(&self) -> Vec<Candidate> {
        let mut ready = Vec::new();
        let mut spared = Vec::new();
        let mut doubtful = Vec::new();
        let mut resting = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let candidate = Candidate { index, node: node.clone() };
            match node.readiness() {
                Readiness::Ready if node.is_spared() => spared.push(candidate),
                Readiness::Ready => ready.push(candidate),
                Readiness::Doubtful(_) => doubtful.push(candidate),
                Readiness::Resting(_) => resting.push(candidate),
            }
        }
        [ready, spared, doubtful, resting].concat()
    }

    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Ends all connections and waits until they are closed.
    pub(crate) async fn close(&self) {
        for node in &self.nodes {
            node.close();
        }
        self.tasks.finished().await;
    }
}
