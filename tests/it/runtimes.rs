//! A client outlives the runtime on which it was first used, and code of the user's that panics: what ran there
//! is lost, and whoever asks next begins anew.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use xrpl_txdata::{
    Connect, Connecting, Endpoint, ErrorKind, Failure, MonitorSource, Timeouts, TxData,
    testing::{Network, PaymentOrder},
};

use crate::support::{Stage, timed};

/// For a moment: one that nobody drives does nothing.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn half_a_second(runtime: &Runtime) {
    runtime.block_on(async { tokio::time::sleep(Duration::from_millis(500)).await });
}

/// A network whose nodes run by themselves, and a client of one of them.
struct Far {
    network: Network,
    txd: TxData,
    _runs: Runtime,
}

impl Far {
    fn new() -> Far {
        let runs = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let network = Network::new(1);
        let node = network.node("n1.test");
        let url = runs.block_on(network.listen(&node)).unwrap().ws_url();
        let long = Duration::from_secs(30);
        let txd = TxData::builder().endpoints([url]).max_ledger_age(100 * long);
        let txd = txd.timeouts(Timeouts { endpoint: long, overall: long }).build().unwrap();
        Far { network, txd, _runs: runs }
    }

    fn pay(&self) -> PaymentOrder<'_> {
        let (from, to) = (self.network.account("from"), self.network.account("to"));
        self.network.pay(from, to, "1 XRP".parse().unwrap())
    }
}

#[test]
fn a_lookup_needs_no_connection_of_a_runtime_that_is_gone() {
    let far = Far::new();
    let hash = far.pay().submit();
    far.network.close_ledger();
    for _ in 0..3 {
        assert!(runtime().block_on(far.txd.get_one(hash, 0)).unwrap().is_found());
    }
}

#[test]
fn a_wait_needs_no_watch_of_a_runtime_that_is_gone() {
    let far = Far::new();
    let never = far.pay().never();
    let first = runtime();
    let lost = first.spawn({
        let txd = far.txd.clone();
        async move { txd.get_one(never, 3_600).await.map(drop) }
    });
    // It listens before its runtime goes.
    half_a_second(&first);
    assert!(!lost.is_finished());
    // One who waits beside it, on a runtime that goes on, asks once more when its time is over.
    let second = runtime();
    let hash = far.pay().submit();
    let beside = second.spawn(far.txd.lookup(hash).wait(Duration::from_secs(2)).into_future());
    half_a_second(&second);
    drop(first);
    far.network.close_ledger();
    assert!(second.block_on(beside).unwrap().unwrap().is_found());
    // And who comes later is told by a watch of its own.
    let hash = far.pay().submit();
    let later = second.spawn(far.txd.lookup(hash).wait(Duration::from_secs(3_600)).into_future());
    half_a_second(&second);
    far.network.close_ledger();
    assert!(second.block_on(later).unwrap().unwrap().is_found());
}

#[test]
fn a_monitor_says_that_its_runtime_is_gone() {
    let far = Far::new();
    let account = far.network.account("to");
    let mut monitor = runtime().block_on(async {
        let monitor = far.txd.monitor([account]).source(MonitorSource::Transactions);
        let monitor = monitor.start().unwrap();
        assert!(monitor.handle().is_running());
        monitor
    });
    assert!(!monitor.handle().is_running());
    let error = runtime().block_on(monitor.next()).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(error.to_string().contains("the runtime that it ran on"), "{error}");
    assert!(runtime().block_on(monitor.next()).is_none());
}

#[test]
fn closing_does_not_wait_for_ever_for_a_runtime_that_nobody_drives() {
    let far = Far::new();
    let never = far.pay().never();
    let first = runtime();
    assert!(!first.block_on(far.txd.get_one(never, 0)).unwrap().is_found());
    let paused = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    paused.block_on(far.txd.close());
    assert_eq!(first.block_on(far.txd.get_one(never, 0)).unwrap_err().kind(), ErrorKind::Closed);
}

/// Code of the user's that panics.
struct Panics;

impl Connect for Panics {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async move { panic!("no way to {endpoint}") })
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_panics_is_a_failure_at_once() {
    let stage = Stage::new();
    let txd = TxData::builder().endpoints(["ws://n1.test"]).connect(Panics).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), elapsed), (ErrorKind::AllEndpointsFailed, Duration::ZERO));
    let failure = &error.attempts()[0].failure;
    assert!(matches!(failure, Failure::Broken(why) if why.contains("panic")), "{failure:?}");
}
