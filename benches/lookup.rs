//! What a lookup costs from end to end, beside the least that it could cost.
//!
//! `cargo bench --bench lookup`. The limit of a warm lookup is a bare WebSocket that exchanges the same bytes
//! with the same node, on one connection and in the same thread, and looks at none of them.

#[path = "support/canned.rs"]
mod canned;
#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/distant.rs"]
mod distant;
#[path = "support/figure.rs"]
mod figure;

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use canned::Canned;
use cpu::cpu_time;
use distant::Distant;
use figure::{figure, median, ratio, wanted};
use futures_util::{SinkExt, StreamExt, stream};
use tokio::{net::TcpStream, runtime::Builder};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};
use xrpl_txdata::{
    TxData, TxHash,
    testing::{Fault, Network, Node},
};

const ROUND_TRIP: Duration = Duration::from_millis(50);

/// Lookups at the same time.
const IN_FLIGHT: usize = 64;

fn main() {
    let quick = !wanted();
    cold();
    warm(if quick { (1, 20) } else { (9, 4_000) });
    dead_first();
}

fn here<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

/// The clock stands still while anybody works: only what is waited for takes time.
fn paused<T>(work: impl Future<Output = T>) -> T {
    let paused = Builder::new_current_thread().enable_all().start_paused(true).build();
    paused.expect("a runtime").block_on(work)
}

/// One with a plain payment.
fn network() -> (Network, TxHash) {
    let network = Network::new(1);
    let (from, to) = (network.account("from"), network.account("to"));
    let hash = network.pay(from, to, "25 XRP".parse().expect("an amount")).submit();
    network.close_ledger();
    (network, hash)
}

fn client<const N: usize>(network: &Network, endpoints: [String; N]) -> xrpl_txdata::Builder {
    TxData::builder().endpoints(endpoints).root_certificates([network.ca_certificate_der()])
}

async fn look_up(txd: &TxData, hash: TxHash) {
    let found = txd.lookup(hash).await.expect("an answer").found().expect("it is there");
    assert_eq!(found.hash(), hash);
}

/// From nothing to the answer, where each round trip takes long: those of TCP, TLS 1.3, the upgrade, the
/// request.
fn cold() {
    for (scheme, round_trips) in [("ws", 3), ("wss", 4)] {
        let took = paused(async {
            let (network, hash) = network();
            let node = network.node("n1.test");
            let url = if scheme == "wss" { node.tls_url() } else { node.url() };
            let distant = Distant { network: network.clone(), round_trip: ROUND_TRIP };
            let txd = client(&network, [url]).connect(distant).build().expect("a client");
            let begun = tokio::time::Instant::now();
            look_up(&txd, hash).await;
            begun.elapsed()
        });
        let limit = ROUND_TRIP * round_trips;
        let path = format!("cold lookup over {scheme}, {round_trips} round trips of 50 ms");
        figure(&path, &ms(took), &ms(limit), "limit + 10 %", &ratio(took, limit));
    }
}

/// On an open connection, in pairs: the bare socket, then the library.
fn warm((rounds, lookups): (usize, u32)) {
    let canned = Canned::new(lookups);
    for (path, at_once, goal) in [
        ("warm lookups, one after another", 1, "80 % of its rate"),
        (&format!("warm lookups, {IN_FLIGHT} in flight"), IN_FLIGHT, "70 % of its rate"),
    ] {
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            bare.push(here(exchange(&canned, at_once)));
            ours.push(here(look_all_up(&canned, at_once)));
        }
        let each =
            |taken: &[Taken]| median(taken.iter().map(|taken| taken.time).collect()) / lookups;
        let work =
            |taken: &[Taken]| median(taken.iter().map(|taken| taken.work).collect()) / lookups;
        let rate = |taken: &[Taken]| format!("{:.0}/s", 1.0 / each(taken).as_secs_f64());
        figure(path, &rate(&ours), &rate(&bare), goal, &ratio(each(&bare), each(&ours)));
        println!(
            "  processor time of each: {:.1?}, of the bare socket's {:.1?}",
            work(&ours),
            work(&bare)
        );
    }
}

struct Taken {
    time: Duration,
    /// Of this thread's processor.
    work: Duration,
}

impl Taken {
    fn since(begun: Instant, worked: Duration) -> Taken {
        Taken { time: begun.elapsed(), work: cpu_time() - worked }
    }
}

async fn look_all_up(canned: &Canned, at_once: usize) -> Taken {
    let txd = TxData::builder()
        .endpoints([format!("ws://127.0.0.1:{}", canned.port)])
        .build()
        .expect("a client");
    look_up(&txd, canned.hashes[0]).await;
    let (begun, worked) = (Instant::now(), cpu_time());
    if at_once == 1 {
        for hash in &canned.hashes {
            look_up(&txd, *hash).await;
        }
    } else {
        let lookups = canned.hashes.iter().map(|hash| look_up(&txd, *hash));
        stream::iter(lookups).buffer_unordered(at_once).for_each(|()| async {}).await;
    }
    Taken::since(begun, worked)
}

/// The same requests, sent as soon as there is room; the answers are only counted.
async fn exchange(canned: &Canned, at_once: usize) -> Taken {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, canned.port)).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let url = format!("ws://127.0.0.1:{}", canned.port);
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.expect("it upgrades");
    let requests: Vec<Message> = canned.hashes.iter().enumerate().map(request).collect();
    let (begun, worked) = (Instant::now(), cpu_time());
    let mut waiting = requests.into_iter();
    for first in waiting.by_ref().take(at_once) {
        socket.feed(first).await.expect("it takes it");
    }
    socket.flush().await.expect("it takes them");
    for next in waiting {
        answered(&mut socket).await;
        socket.send(next).await.expect("it takes it");
    }
    for _ in 0..at_once.min(canned.hashes.len()) {
        answered(&mut socket).await;
    }
    Taken::since(begun, worked)
}

/// As the library asks.
fn request((id, hash): (usize, &TxHash)) -> Message {
    Message::text(format!(
        r#"{{"id":{id},"command":"tx","api_version":2,"transaction":"{hash}","binary":false}}"#
    ))
}

async fn answered(socket: &mut WebSocketStream<TcpStream>) {
    let answer = socket.next().await.expect("it is open").expect("it answers");
    assert!(answer.is_text());
}

/// The first node cannot be had, the second is well.
fn dead_first() {
    let at_once = [
        ("no such name", Fault::NameNotFound),
        ("connection refused", Fault::Refused),
        ("wrong certificate", Fault::CertificateRoot),
        ("HTTP 503", Fault::HttpStatus(503)),
        ("connection reset", Fault::Resets),
        ("no network", Fault::Error("noNetwork")),
        ("too old a ledger", Fault::Stale),
    ];
    let late = [
        ("no connection", Fault::NeverConnects),
        ("no handshake", Fault::NoHandshake),
        ("silent", Fault::Silent),
        ("no reply", Fault::NoReply),
        ("each reply 5 s late", Fault::Slow(Duration::from_secs(5))),
    ];
    for (faults, limit) in [(&at_once[..], Duration::ZERO), (&late[..], ENDPOINT)] {
        for (name, fault) in faults {
            let took = with_first(*fault);
            let path = format!("first node dead: {name}");
            let over = took.saturating_sub(limit);
            figure(&path, &ms(took), &ms(limit), "limit + one answer", &format!("+ {}", ms(over)));
        }
    }
}

/// The library's own patience with an endpoint.
const ENDPOINT: Duration = Duration::from_millis(1_250);

fn with_first(fault: Fault) -> Duration {
    paused(async {
        let (network, hash) = network();
        let [first, second]: [Node; 2] = ["n1.test", "n2.test"].map(|name| network.node(name));
        first.set_faults([fault]);
        let txd = client(&network, [first.tls_url(), second.tls_url()]).connect(network.clone());
        let txd = txd.build().expect("a client");
        let begun = tokio::time::Instant::now();
        look_up(&txd, hash).await;
        begun.elapsed()
    })
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
