//! All endpoints of a client: the order in which they are asked, and the tasks they keep.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{sync::watch, time::timeout};

use super::{node::Node, open::Opener};
use crate::{
    config::{Endpoint, Timeouts},
    machine::backoff::{Readiness, seeds},
};

/// What an opening may take beyond the time of the lookup that began it: the lookup is the first to say
/// that its time is over.
const OPENING_SLACK: Duration = Duration::from_millis(50);

/// How long `close` waits for tasks. Those that run need half a second at most.
const CLOSING: Duration = Duration::from_secs(5);

/// Counts running tasks, so that `close` can wait for the last one.
#[derive(Clone, Debug)]
pub(crate) struct Tasks(Arc<watch::Sender<usize>>);

/// One running task.
struct Running(Arc<watch::Sender<usize>>);

/// What is to be done if a task goes before its end.
struct Unfinished<F: FnOnce()>(Option<F>);

impl Tasks {
    pub(crate) fn new() -> Tasks {
        Tasks(Arc::new(watch::Sender::new(0)))
    }

    /// Spawns a task. `lost` is called should it go before its end: the runtime on which it was spawned may
    /// end before the client, and code of the user's that it calls may panic.
    pub(crate) fn spawn(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
        lost: impl FnOnce() + Send + 'static,
    ) {
        self.0.send_modify(|count| *count += 1);
        let running = Running(self.0.clone());
        let unfinished = Unfinished(Some(lost));
        // In a box: a future that is awaited by another one takes its room there twice.
        let task = Box::pin(task);
        tokio::spawn(async move {
            task.await;
            unfinished.finish();
            drop(running);
        });
    }

    /// Until no task runs, or for [`CLOSING`]: a task whose runtime nobody drives does not end.
    async fn finished(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let mut running = self.0.subscribe();
        let _ = timeout(CLOSING, running.wait_for(|count| *count == 0)).await;
    }
}

impl<F: FnOnce()> Unfinished<F> {
    fn finish(mut self) {
        self.0 = None;
    }
}

impl<F: FnOnce()> Drop for Unfinished<F> {
    fn drop(&mut self) {
        if let Some(lost) = self.0.take() {
            lost();
        }
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
