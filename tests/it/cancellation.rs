//! Giving up: futures dropped after every possible poll, clients dropped and closed in the middle. What
//! is left is at most one connection per node, to be used again, and of a client that is gone nothing.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{task::yield_now, time::sleep};
use xrpl_txdata::{
    Blame, Builder, ErrorKind, Lookup, TxData,
    testing::{Fault, Scripted},
};

use crate::support::{Stage, ms, raw::Peer, secs, tasks, timed, within};

/// A future that is given up after so many polls.
struct Cut<F> {
    future: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for Cut<F> {
    /// `None` when it was cut.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        while self.polls > 0 {
            self.polls -= 1;
            match self.future.as_mut().poll(cx) {
                Poll::Ready(output) => return Poll::Ready(Some(output)),
                Poll::Pending if self.polls > 0 => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        Poll::Ready(None)
    }
}

/// What is cut: the nodes' faults, and the lookup.
struct Scene {
    scheme: &'static str,
    faults: Vec<Vec<Scripted>>,
    settings: fn(Builder) -> Builder,
    wait: u64,
    /// The transaction is validated this many ledgers later; 0 when it already is.
    later: u32,
}

impl Scene {
    fn of(faults: Vec<Vec<Scripted>>) -> Scene {
        Scene { scheme: "ws", faults, settings: |builder| builder, wait: 0, later: 0 }
    }

    /// Connections that a node may keep.
    fn lines(&self) -> usize {
        if self.scheme == "ws" { 1 } else { 6 }
    }

    /// Cuts after no poll, one poll, two and so on, until the lookup ends by itself; gives the number
    /// of polls that needed.
    async fn cut_everywhere(self) -> usize {
        for polls in 0.. {
            if self.cut_after(polls).await {
                return polls;
            }
        }
        unreachable!("a lookup ends")
    }

    async fn cut_after(&self, polls: usize) -> bool {
        let stage = Stage::new();
        let names: Vec<String> = (1..=self.faults.len()).map(|n| format!("n{n}.test")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let nodes: Vec<_> = names.iter().map(|name| stage.node(name)).collect();
        for (node, faults) in nodes.iter().zip(&self.faults) {
            node.set_faults(faults.iter().copied());
        }
        let hash = if self.later > 0 { stage.pay_after(self.later) } else { stage.hash };
        if self.wait > 0 {
            stage.network.run_clock();
        }
        let urls = names.iter().map(|name| format!("{}://{name}", self.scheme));
        let builder = stage.builder_of(urls).idle_timeout(secs(5));
        let txd = (self.settings)(builder).build().unwrap();

        let lookup = Cut { future: Box::pin(txd.get_one(hash, self.wait)), polls };
        let ended = match within(lookup).await {
            Some(answer) => {
                assert!(answer.unwrap().is_found());
                true
            }
            None => false,
        };

        // Openings end, subscriptions end, and what is open can be used again.
        stage.network.stop_clock();
        sleep(ms(501)).await;
        within(stage.network.settle()).await;
        let most = nodes.len() * self.lines();
        assert!(stage.network.open_connections() <= most, "cut after {polls} polls");
        for node in &nodes {
            assert_eq!(node.subscriptions(), 0, "cut after {polls} polls");
            assert!(node.open_connections() <= self.lines(), "cut after {polls} polls");
            node.heal();
        }
        stage.network.close_ledger();
        let dialled = stage.network.connections();
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        assert!(answer.unwrap().is_found(), "cut after {polls} polls");
        assert_eq!(elapsed, ms(0), "cut after {polls} polls");
        assert!(stage.network.connections() <= dialled + most as u64);

        // No entry keeps a connection from being idle, and no lease one from closing.
        sleep(secs(11)).await;
        assert_eq!(stage.network.open_connections(), 0, "cut after {polls} polls");
        stage.ends(txd).await;
        ended
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_of_a_healthy_node_can_be_cut_everywhere() {
    let polls = Scene::of(vec![vec![]]).cut_everywhere().await;
    assert!(polls >= 2, "{polls}");
}

#[tokio::test(start_paused = true)]
async fn a_race_with_silent_and_broken_nodes_can_be_cut_everywhere() {
    let faults = vec![
        vec![Fault::NoHandshake.into()],
        vec![Fault::NoReply.into()],
        vec![Fault::ClosesMidFrame.into()],
        vec![Fault::OtherContent.into(), Fault::Slow(ms(300)).into()],
        vec![Fault::Fragmented.into(), Fault::OnlyApi1.into(), Fault::Slow(ms(10)).into()],
    ];
    let polls = Scene::of(faults).cut_everywhere().await;
    assert!(polls >= 8, "{polls}");
}

#[tokio::test(start_paused = true)]
async fn an_agreement_can_be_cut_everywhere() {
    let faults = vec![
        vec![Fault::Slow(ms(50)).into()],
        vec![Fault::Refused.into()],
        vec![Fault::Slow(ms(20)).into(), Fault::Slow(ms(5)).on("server_info")],
    ];
    let scene = Scene { settings: |builder| builder.agreement(2), ..Scene::of(faults) };
    assert!(scene.cut_everywhere().await >= 5);
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_cut_everywhere() {
    let faults = vec![vec![], vec![Fault::Slow(ms(100)).into()]];
    let scene = Scene { wait: 30, later: 2, ..Scene::of(faults) };
    assert!(scene.cut_everywhere().await >= 5);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_two_that_agree_can_be_cut_everywhere() {
    let faults = vec![vec![], vec![Fault::Slow(ms(100)).into()], vec![Fault::Refused.into()]];
    let scene =
        Scene { wait: 30, later: 2, settings: |builder| builder.agreement(2), ..Scene::of(faults) };
    assert!(scene.cut_everywhere().await >= 5);
}

#[tokio::test(start_paused = true)]
async fn over_http_all_of_it_can_be_cut_everywhere() {
    let race = vec![
        vec![Fault::NoHandshake.into()],
        vec![Fault::NoReply.into()],
        vec![Fault::ClosesMidFrame.into()],
        vec![Fault::OtherContent.into(), Fault::Dribbles(ms(1)).into()],
        vec![Fault::Fragmented.into(), Fault::OnlyApi1.into(), Fault::Slow(ms(10)).into()],
    ];
    let over = |scheme, faults| Scene { scheme, ..Scene::of(faults) };
    assert!(over("http", vec![vec![]]).cut_everywhere().await >= 2);
    assert!(over("https", vec![vec![]]).cut_everywhere().await >= 2);
    assert!(over("http", race).cut_everywhere().await >= 8);
    let slow = vec![vec![], vec![Fault::Slow(ms(100)).into()]];
    let wait = Scene { wait: 30, later: 2, ..over("http", slow) };
    assert!(wait.cut_everywhere().await >= 5);
}

#[tokio::test(start_paused = true)]
async fn after_the_answer_nothing_goes_on_but_the_connection_it_came_over() {
    let stage = Stage::new();
    for (name, fault) in [
        ("n1.test", Fault::NeverConnects),
        ("n2.test", Fault::NoHandshake),
        ("n3.test", Fault::EndlessHandshake),
    ] {
        stage.node(name).set_faults([fault]);
    }
    stage.node("n4.test");
    let txd = stage.client(&["n1.test", "n2.test", "n3.test", "n4.test"]);
    let before = tasks();
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    yield_now().await;
    assert_eq!(stage.network.open_connections(), 1);
    // The endless one notices with its next header.
    sleep(ms(10)).await;
    // The task of the connection, and the node's for its end of it.
    assert_eq!(tasks(), before + 2);
    let dialled = stage.network.connections();
    sleep(secs(50)).await;
    assert_eq!(stage.network.connections(), dialled, "it dials though nobody asks");
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_dropped_takes_everything_with_it_at_once() {
    for fault in [Fault::NeverConnects, Fault::NoHandshake, Fault::NoReply, Fault::Silent] {
        for scheme in ["ws", "http", "https"] {
            let stage = Stage::new();
            stage.node("n1.test").set_faults([fault]);
            let txd = stage.builder_of([format!("{scheme}://n1.test")]).build().unwrap();
            let lookup = tokio::spawn({
                let (txd, hash) = (txd.clone(), stage.hash);
                async move { txd.get_one(hash, 100).await }
            });
            sleep(secs(3)).await;
            drop(txd);
            lookup.abort();
            stage.is_quiet().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn close_ends_running_lookups_and_returns_when_nothing_runs() {
    let faults = [Fault::NeverConnects, Fault::NoHandshake, Fault::NoReply];
    for (fault, scheme) in faults.into_iter().flat_map(|fault| [(fault, "ws"), (fault, "http")]) {
        let stage = Stage::new();
        stage.node("n1.test").set_faults([fault]);
        stage.node("n2.test");
        let urls = ["n1.test", "n2.test"].map(|name| format!("{scheme}://{name}"));
        let txd = stage.builder_of(urls).build().unwrap();
        let absent = stage.never_paid();
        let lookups = [0, 100].map(|wait| {
            let txd = txd.clone();
            tokio::spawn(async move { timed(txd.get_one(absent, wait)).await })
        });
        sleep(secs(3)).await;
        let (_, closing) = timed_close(&txd).await;
        assert_eq!(closing, ms(0), "{fault:?}");
        assert_eq!(stage.network.open_connections(), 0, "{fault:?}");
        for lookup in lookups {
            let (answer, elapsed) = lookup.await.unwrap();
            let error = answer.unwrap_err();
            assert_eq!((error.kind(), error.blame()), (ErrorKind::Closed, Blame::You));
            assert_eq!(elapsed, secs(3));
        }
        is_closed(&stage, &txd).await;
        stage.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn close_does_not_wait_for_lookups_that_nobody_polls() {
    for (fault, wait) in [(Fault::NoHandshake, 0), (Fault::NoReply, 0), (Fault::NoReply, 100)] {
        let stage = Stage::new();
        stage.node("n1.test").set_faults([fault]);
        let txd = stage.client(&["n1.test"]);
        let mut lookup = Box::pin(txd.get_one(stage.hash, wait));
        tokio::select! {
            biased;
            _ = &mut lookup => panic!("there is no answer"),
            () = sleep(secs(1)) => {}
        }
        // The lookup is still there, and is not polled as long as this waits.
        let (_, closing) = timed_close(&txd).await;
        assert_eq!(closing, ms(0), "{fault:?}, wait {wait}");
        assert_eq!(stage.network.open_connections(), 0, "{fault:?}, wait {wait}");
        assert_eq!(within(lookup).await.unwrap_err().kind(), ErrorKind::Closed);
        stage.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn close_in_the_middle_of_an_opening_leaves_no_connection_behind() {
    // At every step of the scheduler that an opening takes.
    for steps in 0..30 {
        let stage = Stage::new();
        stage.node("n1.test").set_faults([Fault::NoReply]);
        let txd = stage.client(&["n1.test"]);
        let lookup = tokio::spawn({
            let (txd, hash) = (txd.clone(), stage.hash);
            async move { txd.get_one(hash, 0).await }
        });
        for _ in 0..steps {
            yield_now().await;
        }
        let (_, closing) = timed_close(&txd).await;
        assert_eq!(closing, ms(0), "closed after {steps} steps");
        assert_eq!(stage.network.open_connections(), 0, "closed after {steps} steps");
        assert_eq!(within(lookup).await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
        stage.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn close_can_be_called_twice_and_from_any_clone() {
    let stage = Stage::new();
    stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    let clone = txd.clone();
    within(async { tokio::join!(txd.close(), clone.close()) }).await;
    within(txd.close()).await;
    is_closed(&stage, &clone).await;
    drop(clone);
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_holds_up_neither_close_nor_drop() {
    // It upgrades and then never reads again; what it does not read fills the connection.
    let peer = || {
        Peer::new(|_, far| async move {
            let socket = tokio_tungstenite::accept_async(far).await.unwrap();
            std::future::pending::<()>().await;
            drop(socket);
        })
        .buffer(1024)
    };
    for closes in [true, false] {
        let before = tasks();
        let txd = TxData::builder().endpoints(["ws://n1.test"]).connect(peer()).build().unwrap();
        let hash = Stage::new().hash;
        let lookups: Vec<_> = (0..100)
            .map(|_| {
                let txd = txd.clone();
                tokio::spawn(async move { txd.get_one(hash, 0).await })
            })
            .collect();
        sleep(secs(1)).await;
        if closes {
            let (_, closing) = timed_close(&txd).await;
            assert!(closing <= ms(500), "{closing:?}");
        }
        for lookup in &lookups {
            lookup.abort();
        }
        drop((lookups, txd));
        sleep(ms(501)).await;
        // The peer's own task is all that is left.
        assert_eq!(tasks(), before + 1);
    }
}

async fn timed_close(txd: &TxData) -> ((), std::time::Duration) {
    let start = tokio::time::Instant::now();
    (within(txd.close()).await, start.elapsed())
}

/// A closed client answers nothing any more, and dials nobody.
async fn is_closed(stage: &Stage, txd: &TxData) {
    let dialled = stage.network.connections();
    for wait in [0, 100] {
        let (answer, elapsed) = timed(txd.get_one(stage.hash, wait)).await;
        assert_eq!((answer.unwrap_err().kind(), elapsed), (ErrorKind::Closed, ms(0)));
    }
    let lookup: Result<Lookup, _> = timed(txd.lookup(stage.hash)).await.0;
    assert_eq!(lookup.unwrap_err().to_string(), "this client was closed");
    assert_eq!(stage.network.connections(), dialled);
}
