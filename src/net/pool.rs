//! All endpoints of a client: the order in which they are asked, and the tasks they keep.

use std::sync::Arc;

use tokio::sync::watch;

use super::{node::Node, open::Opener};
use crate::{
    config::{Endpoint, Timeouts},
    error::Failure,
    machine::backoff::Readiness,
};

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

impl Pool {
    pub(crate) fn new(
        endpoints: Vec<Endpoint>,
        opener: Opener,
        timeouts: Timeouts,
        seed: u64,
    ) -> Pool {
        let opener = Arc::new(opener);
        let tasks = Tasks::new();
        let nodes = (seed..)
            .zip(endpoints)
            .map(|(seed, endpoint)| {
                Node::new(endpoint, opener.clone(), timeouts.overall, seed, tasks.clone())
            })
            .collect();
        Pool { nodes, tasks }
    }

    /// Every node in the order in which a lookup asks them: as configured, those that failed a moment
    /// ago after the others. With a failure for those that are not asked at all: they rest because
    /// they must, or because they failed a moment ago and others are left.
    pub(crate) fn order(&self) -> Vec<(Node, Option<Failure>)> {
        let mut ready = Vec::new();
        let mut doubtful = Vec::new();
        let mut resting = Vec::new();
        for node in &self.nodes {
            match node.readiness() {
                Readiness::Ready => ready.push((node.clone(), None)),
                Readiness::Doubtful(failure) => doubtful.push((node.clone(), Some(failure))),
                Readiness::Resting(failure) => resting.push((node.clone(), Some(failure))),
            }
        }
        if ready.is_empty() {
            // Nobody better is left: they are asked in spite of it.
            for (_, failure) in &mut doubtful {
                *failure = None;
            }
        }
        ready.into_iter().chain(doubtful).chain(resting).collect()
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Lets go of all connections and waits until they are closed.
    pub(crate) async fn close(&self) {
        for node in &self.nodes {
            node.release();
        }
        self.tasks.finished().await;
    }
}
