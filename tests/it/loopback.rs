//! Real sockets of this machine, real time, several threads: a few smoke tests that what the paused
//! clock shows over streams in memory also holds there.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{net::TcpSocket, time::sleep};
use xrpl_txdata::{
    Error, ErrorKind, Failure, Lookup, Step, Timeouts, TxData,
    testing::{Fault, Loopback, Network, Node},
};

use crate::support::Stage;

/// No test waits longer for anything.
async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("it hangs")
}

async fn lookup(txd: &TxData, stage: &Stage) -> Result<Lookup, Error> {
    soon(txd.get_one(stage.hash, 0)).await
}

/// A client of these addresses that trusts the network's authority. On a busy machine an answer may
/// take its time, and must not look like a node that says nothing.
fn client<const N: usize>(network: &Network, urls: [String; N]) -> TxData {
    impatient(network, urls, Duration::from_secs(10))
}

/// One that turns away from a node after that time.
fn impatient<const N: usize>(network: &Network, urls: [String; N], patience: Duration) -> TxData {
    TxData::builder()
        .endpoints(urls)
        .root_certificates([network.ca_certificate_der()])
        .endpoint_timeout(patience)
        .build()
        .unwrap()
}

/// Until the node has noticed that nobody is connected any more.
async fn is_left(node: &Node) {
    soon(async {
        while node.open_connections() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn found_over_tcp_and_over_tls() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let at = stage.network.listen(&node).await.unwrap();
    for url in [at.ws_url(), at.wss_url(), at.http_url(), at.https_url()] {
        let txd = client(&stage.network, [url.clone()]);
        let tx = lookup(&txd, &stage).await.unwrap().found().unwrap();
        assert_eq!((tx.hash(), tx.delivered().to_string()), (stage.hash, "25 XRP".to_owned()));
        assert_eq!(tx.source().endpoint, url);
        soon(txd.close()).await;
        is_left(&node).await;
    }
    // Over HTTP two each, for the two questions that leave side by side, unless the first is answered
    // before the second leaves.
    assert!((4..=6).contains(&node.connections()), "{}", node.connections());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_a_lookup_waits_and_finds() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let at = stage.network.listen(&node).await.unwrap();
    let txd = client(&stage.network, [at.https_url()]);
    let hash = stage.pay_after(0);
    let closing = async {
        sleep(Duration::from_millis(100)).await;
        stage.network.close_ledger();
    };
    let (answer, ()) = tokio::join!(soon(txd.get_one(hash, 20)), closing);
    assert!(answer.unwrap().is_found());
    drop(txd);
    is_left(&node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_the_resolver_does_not_know() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let at = stage.network.listen(&node).await.unwrap();
    // A label of 64 letters: no resolver asks the network for it.
    let nowhere = format!("ws://{}.invalid", "n".repeat(64));
    let txd = client(&stage.network, [nowhere.clone()]);
    let error = lookup(&txd, &stage).await.unwrap_err();
    let [attempt] = error.attempts() else { panic!("{error}") };
    assert_eq!(attempt.step, Step::Dial, "{error}");
    assert!(matches!(attempt.failure, Failure::Resolve(_)), "{error}");

    let txd = client(&stage.network, [nowhere, at.ws_url()]);
    let tx = lookup(&txd, &stage).await.unwrap().found().unwrap();
    assert_eq!(tx.source().endpoint, at.ws_url());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_dropped_closes_its_sockets() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let at = stage.network.listen(&node).await.unwrap();
    let txd = client(&stage.network, [at.wss_url()]);
    assert!(lookup(&txd, &stage).await.unwrap().is_found());
    assert_eq!(node.open_connections(), 1);
    drop(txd);
    is_left(&node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_port() {
    let stage = Stage::new();
    // Taken, so that nobody else gets it, no dialler by chance either; but nobody listens.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = taken.local_addr().unwrap();
    // It may be refused before all of the first flight is on its way: that is the same failure.
    for url in [format!("ws://{address}"), format!("http://{address}")].iter().cycle().take(40) {
        let lookups = (0..50).map(|_| {
            let (txd, hash) = (client(&stage.network, [url.clone()]), stage.hash);
            tokio::spawn(async move { soon(txd.get_one(hash, 0)).await })
        });
        for answer in join_all(lookups.collect::<Vec<_>>()).await {
            let error = answer.unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AllEndpointsFailed);
            assert_eq!(error.attempts()[0].step, Step::Dial);
            assert!(matches!(&error.attempts()[0].failure, Failure::Connect(_)), "{error}");
        }
    }
}

#[tokio::test]
async fn an_unknown_root_and_another_name() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let at = stage.network.listen(&node).await.unwrap();
    let own = client(&stage.network, [at.wss_url()]);
    // Who trusts the authorities of the web only does not know this one.
    let web = TxData::new([at.wss_url()], Timeouts::default()).unwrap();
    for (txd, fault, reason) in [
        (&web, None, "UnknownIssuer"),
        (&own, Some(Fault::CertificateRoot), "UnknownIssuer"),
        (&own, Some(Fault::CertificateName), "not valid for name"),
    ] {
        node.set_faults(fault);
        let error = lookup(txd, &stage).await.unwrap_err();
        let attempt = &error.attempts()[0];
        assert_eq!(attempt.step, Step::Tls, "{error}");
        assert!(matches!(&attempt.failure, Failure::Tls(text) if text.contains(reason)), "{error}");
    }
    node.heal();
    assert!(lookup(&own, &stage).await.unwrap().is_found(), "afterwards it is trusted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_node_before_a_healthy_one() {
    let stage = Stage::new();
    let (dead, healthy) = (stage.node("n1.test"), stage.node("n2.test"));
    let urls = [
        stage.network.listen(&dead).await.unwrap().wss_url(),
        stage.network.listen(&healthy).await.unwrap().wss_url(),
    ];
    let patience = Duration::from_secs(2);
    for (fault, at_least) in [
        (Fault::NoHandshake, patience),
        (Fault::Silent, patience),
        (Fault::Refused, Duration::ZERO),
    ] {
        dead.set_faults([fault]);
        let txd = impatient(&stage.network, urls.clone(), patience);
        let start = Instant::now();
        let tx = lookup(&txd, &stage).await.unwrap().found().unwrap();
        assert_eq!(tx.source().endpoint, urls[1], "{fault:?}");
        assert!(start.elapsed() >= at_least, "{fault:?}");
        soon(txd.close()).await;
        is_left(&dead).await;
        is_left(&healthy).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_lookups_while_connections_are_cut_all_the_time() {
    many_while_cut(|one, other| [one.ws_url(), other.wss_url()], 1).await;
    many_while_cut(|one, other| [one.http_url(), other.https_url()], 6).await;
}

/// `lines`: how many connections to one node are kept at most.
async fn many_while_cut(urls: fn(Loopback, Loopback) -> [String; 2], lines: u64) {
    let stage = Stage::new();
    let nodes = [stage.node("n1.test"), stage.node("n2.test")];
    let one = stage.network.listen(&nodes[0]).await.unwrap();
    let urls = urls(one, stage.network.listen(&nodes[1]).await.unwrap());
    let txd = client(&stage.network, urls);
    let cutting = tokio::spawn({
        let node = nodes[0].clone();
        async move {
            loop {
                sleep(Duration::from_millis(7)).await;
                node.cut_connections();
            }
        }
    });
    for _ in 0..10 {
        let lookups = (0..20).map(|_| {
            let (txd, hash) = (txd.clone(), stage.hash);
            tokio::spawn(async move { soon(txd.get_one(hash, 0)).await })
        });
        for answer in join_all(lookups).await {
            assert!(answer.unwrap().unwrap().is_found());
        }
    }
    cutting.abort();
    soon(txd.close()).await;
    for node in &nodes {
        is_left(node).await;
    }
    // The one that is left in peace kept its connections.
    assert!(nodes[1].connections() <= lines, "{}", nodes[1].connections());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_while_many_ask() {
    for round in 0..10 {
        let stage = Stage::new();
        let node = stage.node("n1.test");
        let at = stage.network.listen(&node).await.unwrap();
        let url = if round % 2 == 0 { at.wss_url() } else { at.https_url() };
        let txd = client(&stage.network, [url]);
        let lookups: Vec<_> = (0..20)
            .map(|_| {
                let (txd, hash) = (txd.clone(), stage.hash);
                tokio::spawn(async move { soon(txd.get_one(hash, 0)).await })
            })
            .collect();
        sleep(Duration::from_millis(round)).await;
        soon(txd.close()).await;
        for answer in join_all(lookups).await {
            match answer.unwrap() {
                Ok(answer) => assert!(answer.is_found()),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Closed, "{error}"),
            }
        }
        is_left(&node).await;
    }
}
