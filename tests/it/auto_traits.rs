//! What is awaited may move between threads, and what is shared may be shared: multi-threaded runtimes and
//! `tokio::spawn` ask for it. (Of types that lack such a trait `api.txt` tells; of futures nothing does.)

use std::error::Error as StdError;

use xrpl_txdata::{
    Error, Event, ExpectedPayment, Lookup, Monitor, MonitorHandle, PaymentAnswer, TxData,
    ValidatedTransaction,
    proof::{Proof, ProofError, TrustedValidators},
    testing::Network,
    types::ParseError,
    verify::{ExpectationError, MemorySeen, Verdict},
    xaman::Payload,
};

fn shared<T: Send + Sync + 'static>() {}

/// As `anyhow`, `Box<dyn Error + Send + Sync>` and `?` in spawned tasks take them.
fn error<T: StdError + Send + Sync + 'static>() {}

fn moves<T: Send>(future: T) -> T {
    future
}

#[test]
fn clients_answers_and_errors_may_be_shared_between_threads() {
    shared::<TxData>();
    shared::<Lookup>();
    shared::<ValidatedTransaction>();
    shared::<PaymentAnswer>();
    shared::<Verdict>();
    shared::<Event>();
    shared::<Monitor>();
    shared::<MonitorHandle>();
    shared::<Proof>();
    shared::<TrustedValidators>();
    shared::<Network>();
    error::<Error>();
    error::<ParseError>();
    error::<ExpectationError>();
    error::<ProofError>();
}

/// Compiling it is the test; nothing is polled.
#[tokio::test]
async fn every_future_may_move_between_threads() {
    let network = Network::new(1);
    let node = network.node("n1.test");
    let txd = TxData::builder().endpoints([node.url()]).connect(network.clone()).build().unwrap();
    let shop = network.account("shop");
    let hash = network.pay(network.account("customer"), shop, "1 XRP".parse().unwrap()).submit();
    let expected = ExpectedPayment::to(shop).exactly("1 XRP").build().unwrap();
    let payload = Payload::from_json(r#"{"meta": {"exists": true}}"#);
    drop(moves(txd.get_one(hash, 0)));
    drop(moves(txd.lookup(hash).into_future()));
    drop(moves(txd.verify_payment(hash, &expected, 0)));
    if let Ok(payload) = &payload {
        drop(moves(txd.verify_xaman(payload, &expected, 0)));
    }
    drop(moves(txd.close()));
    let mut monitor = txd.monitor([shop]).start().unwrap();
    drop(moves(monitor.next()));
    network.close_ledger();
    let PaymentAnswer::Judged { verdict, .. } =
        txd.verify_payment(hash, &expected, 0).await.unwrap()
    else {
        panic!("its ledger is closed")
    };
    let verdict = moves(verdict.claim(&mut MemorySeen::default())).await.unwrap();
    assert!(verdict.is_paid());
}
