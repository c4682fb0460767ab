//! What following costs: a stream of more transactions than the network has ever carried, the catch-up
//! over many ledgers, and the memory of a month.
//!
//! `cargo bench --bench monitor -- stream`, `catch-up`, `month`; all of them without a word. The nodes
//! run in a thread of their own, so the time of the thread that follows is the monitor's alone.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/figure.rs"]
mod figure;

use std::{
    fs,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use cpu::cpu_time;
use figure::figure;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use xrpl_txdata::{
    AccountHistory, AccountId, Event, Monitor, MonitorSource, TxData, testing::Network,
};

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|one| one == name);
    if wanted("stream") {
        for accounts in [1, 1_000, 100_000] {
            stream(accounts);
        }
    }
    if wanted("catch-up") {
        catch_up();
    }
    if wanted("month") {
        month();
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Memory of this process in KiB, without the code that the system pages in.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

async fn until(monitor: &mut Monitor, last: u32) -> usize {
    let mut payments = 0;
    loop {
        match monitor.next().await.expect("it goes on").expect("no error") {
            Event::Incoming(_) => payments += 1,
            Event::LedgerDone(cursor) if cursor.ledger_index() >= last => return payments,
            _ => {}
        }
    }
}

/// Ledgers of the stream, and how many transactions each has: four seconds of 1,500.
const LEDGERS: u32 = 20;
const TRANSACTIONS: usize = 6_000;

/// A node that streams as fast as it is read, ledger by ledger, with one payment to the shop in each.
fn stream(accounts: usize) {
    let network = Network::builder().seed(1).traffic(200).build();
    let shop = network.account("shop");
    let tip = network.tip();
    network.pay(network.account("customer"), shop, "1 XRP".parse().expect("XRP")).submit();
    network.close_ledger();
    let ledger = network.ledger(tip + 1).expect("it is closed");
    // As a stream tells them; what makes each of them another one is put in below.
    let told: Vec<(bool, Value)> = ledger
        .transactions
        .iter()
        .map(|tx| {
            let ours = tx.json.get("Destination") == Some(&json!(shop));
            let message = json!({
                "type": "transaction", "validated": true, "hash": tx.hash, "tx_json": tx.json,
                "meta": tx.metadata, "engine_result": "tesSUCCESS", "status": "closed",
                "close_time_iso": "2026-01-01T00:00:00Z",
            });
            (ours, message)
        })
        .collect();
    let mut frames: Vec<Vec<Utf8Bytes>> = Vec::new();
    for index in 1..=LEDGERS {
        let place = |message: &Value| {
            let mut message = message.clone();
            message["ledger_index"] = json!(tip + index);
            message["ledger_hash"] = json!(format!("{index:064X}"));
            message
        };
        let closed = json!({ "type": "ledgerClosed", "txn_count": TRANSACTIONS });
        let mut ledger: Vec<Utf8Bytes> = vec![place(&closed).to_string().into()];
        let (ours, others): (Vec<_>, Vec<_>) = told.iter().partition(|(ours, _)| *ours);
        ledger.extend(ours.iter().map(|(_, message)| place(message).to_string().into()));
        for (number, (_, message)) in (ledger.len()..=TRANSACTIONS).zip(others.iter().cycle()) {
            let mut message = place(message);
            message["hash"] = json!(format!("{:064X}", u64::from(index) << 32 | number as u64));
            ledger.push(message.to_string().into());
        }
        frames.push(ledger);
    }
    let bytes: usize = frames.iter().flatten().map(|text| text.len()).sum();
    let (ready, port) = mpsc::channel();
    let (done, go) = tokio::sync::mpsc::unbounded_channel::<u32>();
    thread::spawn(move || runtime().block_on(serve(ready, frames, tip, go)));
    let port: u16 = port.recv().expect("it listens");

    let others = (1..accounts).map(|n| {
        let mut id = [7; 20];
        id[..8].copy_from_slice(&(n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        AccountId::from_bytes(id)
    });
    let followed: Vec<AccountId> = others.chain([shop]).collect();
    let (spent, wall, payments) = runtime().block_on(async {
        let builder = TxData::builder().endpoints([format!("ws://127.0.0.1:{port}")]);
        let txd = builder.build().expect("a client");
        let monitor = txd.monitor(followed).source(MonitorSource::Transactions);
        let mut monitor = monitor.start().expect("a monitor");
        // The first ledger is not counted: connecting is in it.
        let mut payments = until(&mut monitor, tip + 1).await;
        let since = Instant::now();
        let before = cpu_time();
        for index in 2..=LEDGERS {
            done.send(index).expect("it listens");
            payments += until(&mut monitor, tip + index).await;
        }
        (cpu_time() - before, since.elapsed(), payments)
    });
    assert_eq!(payments, LEDGERS as usize);
    let count = f64::from(LEDGERS - 1) * TRANSACTIONS as f64;
    let rate = count / spent.as_secs_f64();
    let path = format!("monitor of {accounts} accounts, transactions per second of one core");
    figure(&path, &format!("{rate:.0}"), "", "50,000", &format!("{:.2}", rate / 50_000.0));
    println!(
        "stream, {accounts} accounts: {rate:.0} transactions/s of one core, {:.1} µs each ({} bytes); \
         {wall:.1?} of the clock",
        spent.as_secs_f64() * 1e6 / count,
        bytes / LEDGERS as usize / TRANSACTIONS,
    );
}

/// Serves one client: what it must know, then a ledger whenever the last one is done.
async fn serve(
    ready: mpsc::Sender<u16>,
    frames: Vec<Vec<Utf8Bytes>>,
    tip: u32,
    mut go: tokio::sync::mpsc::UnboundedReceiver<u32>,
) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    ready.send(listener.local_addr().expect("an address").port()).expect("somebody waits");
    let (socket, _) = listener.accept().await.expect("a client");
    let socket = tokio_tungstenite::accept_async(socket).await.expect("a WebSocket");
    let (mut sink, mut source) = socket.split();
    loop {
        let index = tokio::select! {
            Some(index) = go.recv() => index,
            message = source.next() => {
                let Some(Ok(Message::Text(text))) = message else { return };
                let request: Value = serde_json::from_str(&text).expect("a request");
                let subscribes = request["command"] == "subscribe";
                let result = match request["command"].as_str() {
                    Some("server_info") => json!({ "info": {
                        "network_id": 0, "server_state": "full",
                        "complete_ledgers": format!("1-{}", tip + LEDGERS),
                        "validated_ledger": { "seq": tip, "hash": format!("{tip:064X}"), "age": 1 },
                    } }),
                    Some("subscribe") => json!({
                        "ledger_index": tip, "ledger_hash": format!("{tip:064X}"),
                    }),
                    other => panic!("{other:?} is not needed"),
                };
                let answer = json!({ "id": request["id"], "type": "response",
                    "status": "success", "result": result });
                if sink.send(Message::text(answer.to_string())).await.is_err() {
                    return;
                }
                if !subscribes {
                    continue;
                }
                1
            }
        };
        for text in &frames[index as usize - 1] {
            if sink.feed(Message::Text(text.clone())).await.is_err() {
                return;
            }
        }
        if sink.flush().await.is_err() {
            return;
        }
    }
}

/// Ledgers to catch up with.
const GAP: u32 = 10_000;

/// The same ledgers by bare requests, by a monitor that reads all of them, and by one that reads what
/// histories name.
fn catch_up() {
    let (ready, told) = mpsc::channel();
    let (_alive, ended) = tokio::sync::oneshot::channel::<()>();
    thread::spawn(move || {
        runtime().block_on(async {
            let network = Network::builder().seed(2).traffic(20).history(4).build();
            let (customer, shop) = (network.account("customer"), network.account("shop"));
            for after in (0..GAP).step_by(100) {
                let amount = "1 XRP".parse().expect("XRP");
                network.pay(customer, shop, amount).after(after).submit();
            }
            let first = network.tip() + 1;
            for _ in 0..GAP {
                network.close_ledger();
            }
            let url = network.listen(&network.node("n1")).await.expect("a socket").ws_url();
            ready.send((url, shop, first)).expect("somebody waits");
            let _ = ended.await;
        });
    });
    let (url, shop, first) = told.recv().expect("a network");
    let measure = |what: &str, ledgers: u32, took: Duration, worked: Duration| {
        println!(
            "catch-up, {what}: {:.0} ledgers/s, {worked:.2?} of work here for {ledgers}",
            f64::from(ledgers) / took.as_secs_f64(),
        );
    };
    runtime().block_on(async {
        let since = Instant::now();
        let before = cpu_time();
        bare(&url, first).await;
        measure("bare requests", GAP, since.elapsed(), cpu_time() - before);
    });
    for (what, history) in [
        ("ledger by ledger", AccountHistory::Never),
        ("by histories, 100 payments", AccountHistory::Automatic),
    ] {
        runtime().block_on(async {
            let since = Instant::now();
            let before = cpu_time();
            let txd = TxData::new([url.as_str()], Default::default()).expect("a client");
            let monitor = txd.monitor([shop]).source(MonitorSource::Ledgers);
            let monitor = monitor.account_history(history).from_ledger(first);
            let last = first + GAP - 1;
            let mut monitor = monitor.to_ledger(last).start().expect("a monitor");
            assert_eq!(until(&mut monitor, last).await, 100);
            measure(what, GAP, since.elapsed(), cpu_time() - before);
        });
    }
}

/// Asks for all the ledgers, eight at a time, and does nothing with them.
async fn bare(url: &str, first: u32) {
    let address = url.trim_start_matches("ws://");
    let socket = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let (socket, _) = tokio_tungstenite::client_async(url, socket).await.expect("a WebSocket");
    let (mut sink, mut source) = socket.split();
    let request = |index: u32| {
        let request = json!({ "id": index, "command": "ledger", "ledger_index": index,
            "transactions": true, "expand": true, "binary": true, "api_version": 2 });
        Message::text(request.to_string())
    };
    for index in first..first + 8 {
        sink.send(request(index)).await.expect("it is read");
    }
    for answered in 0..GAP {
        source.next().await.expect("an answer").expect("an answer");
        if answered + 8 < GAP {
            sink.send(request(first + answered + 8)).await.expect("it is read");
        }
    }
}

/// Thirty days on a clock that does not wait, by each source, with a payment in each ledger and a
/// connection lost each hour. Nobody else uses the network: its own memory would grow with new accounts.
fn month() {
    for source in [MonitorSource::Transactions, MonitorSource::Accounts] {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let network = Network::builder().seed(3).traffic(0).keep(2_000).build();
            let (customer, shop) = (network.account("customer"), network.account("shop"));
            let nodes = [network.node("n1"), network.node("n2")];
            let builder = TxData::builder().endpoints(nodes.iter().map(|node| node.url()));
            let builder = builder.connect(network.clone()).allow_partial_history();
            let txd = builder.build().expect("a client");
            let mut monitor = txd.monitor([shop]).source(source).start().expect("a monitor");
            network.run_clock();
            let start = network.tip();
            for day in 1..=30_u32 {
                for hour in 0..24 {
                    for after in 0..900 {
                        let amount = "1 XRP".parse().expect("XRP");
                        network.pay(customer, shop, amount).after(after).submit();
                    }
                    until(&mut monitor, start + ((day - 1) * 24 + hour + 1) * 900).await;
                    nodes[hour as usize % 2].cut_connections();
                }
                if day % 5 == 0 || day == 1 {
                    println!("month, {source:?}: day {day}, {} KiB", resident_kib());
                }
            }
        });
    }
}
