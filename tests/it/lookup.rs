//! One lookup on healthy and unhealthy nodes.

use std::time::Duration;

use tokio::time::Instant;
use xrpl_txdata::{
    TxData,
    testing::{Fault, Network},
};

fn client(network: &Network, nodes: &[&str]) -> TxData {
    let urls = nodes.iter().map(|name| format!("ws://{name}"));
    TxData::builder().endpoints(urls).connect(network.clone()).seed(1).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_transaction_of_a_closed_ledger_is_found() {
    let network = Network::new(1);
    network.node("n1.test");
    let hash = network
        .pay(network.account("a"), network.account("b"), "25 XRP".parse().unwrap())
        .tag(7)
        .submit();
    network.close_ledger();
    let txd = client(&network, &["n1.test"]);
    let tx = txd.get_one(hash, 0).await.unwrap().found().unwrap();
    assert!(tx.is_success());
    assert_eq!(tx.destination_tag(), Some(7));
    assert_eq!(tx.delivered().to_string(), "25 XRP");
    txd.close().await;
    assert_eq!(network.open_connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn silence_brings_the_second_node_after_the_endpoint_timeout() {
    let network = Network::new(1);
    network.node("n1.test").set_faults([Fault::NoHandshake]);
    network.node("n2.test");
    let hash =
        network.pay(network.account("a"), network.account("b"), "25 XRP".parse().unwrap()).submit();
    network.close_ledger();
    let txd = client(&network, &["n1.test", "n2.test"]);
    let start = Instant::now();
    let tx = txd.get_one(hash, 0).await.unwrap().found().unwrap();
    assert_eq!(start.elapsed(), Duration::from_millis(1250));
    assert_eq!(tx.source().endpoint, "ws://n2.test");
    println!("{:?}", tx.source());
    drop(txd);
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(network.open_connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn waiting_finds_it_in_the_ledger_that_closes() {
    let network = Network::new(1);
    network.node("n1.test");
    network.node("n2.test");
    network.run_clock();
    let hash = network
        .pay(network.account("a"), network.account("b"), "25 XRP".parse().unwrap())
        .after(3)
        .submit();
    let txd = client(&network, &["n1.test", "n2.test"]);
    let start = Instant::now();
    let tx = txd.get_one(hash, 60).await.unwrap().found().unwrap();
    println!("{:?} {:?}", tx.source(), start.elapsed());
    let never =
        network.pay(network.account("a"), network.account("b"), "26 XRP".parse().unwrap()).never();
    let absence = txd.get_one(never, 20).await.unwrap().absent().unwrap();
    println!("{absence} {:?} {:?}", absence.searched(), absence.elapsed());
    let last = network.tip() + 3;
    let lookup = txd.lookup(never).wait(Duration::from_secs(60)).last_ledger_sequence(last);
    let absence = lookup.await.unwrap().absent().unwrap();
    println!("{absence} {:?} {:?}", absence.searched(), absence.elapsed());
    assert!(absence.is_final());
    txd.close().await;
    assert_eq!(network.open_connections(), 0);
}
