//! Keys in addresses and headers: sent to the node they are for, shown to nobody.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use xrpl_txdata::{Endpoint, Event, Lookup, TxData, testing::Fault};

use crate::support::{Stage, in_a_process_of_its_own, raw::Peer, secs, timed};

const SECRET: &str = "hush";
const QUIET: &str = "://hush:hu%73h@n1.test/hush?hush=hush";

/// A peer that keeps what it hears first on each connection, and refuses.
fn listening() -> (Peer, Arc<Mutex<String>>) {
    let heard = Arc::new(Mutex::new(String::new()));
    let kept = heard.clone();
    let peer = Peer::new(move |_, mut far| {
        let heard = kept.clone();
        async move {
            let mut bytes = [0; 4096];
            let count = far.read(&mut bytes).await.unwrap();
            heard.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            let _ = far.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
        }
    });
    (peer, heard)
}

#[tokio::test(start_paused = true)]
async fn keys_go_to_the_node_as_they_were_meant() {
    let (peer, heard) = listening();
    let txd = TxData::builder()
        .endpoints(["ws://user:p%40ss@peer.test:8080?apikey=12"])
        .header("X-Key", "34")
        .header("user-agent", "shop/1.0")
        .connect(peer.clone())
        .build()
        .unwrap();
    assert!(timed(txd.get_one(Stage::new().hash, 0)).await.0.is_err());
    assert_eq!(peer.connections(), 1);
    let heard = heard.lock().unwrap().clone();
    let mut lines: Vec<&str> = heard.split("\r\n").collect();
    assert_eq!(lines.remove(0), "GET /?apikey=12 HTTP/1.1");
    for line in [
        "Host: peer.test:8080",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        // user:p@ss
        "Authorization: Basic dXNlcjpwQHNz",
        "x-key: 34",
        "user-agent: shop/1.0",
    ] {
        assert!(lines.contains(&line), "{line} is not in {heard}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_go_to_a_node_behind_http_as_well() {
    let (peer, heard) = listening();
    let builder = TxData::builder()
        .endpoints(["http://user:p%40ss@peer.test:8080?apikey=12"])
        .header("X-Key", "34")
        .header("user-agent", "shop/1.0");
    let txd = builder.connect(peer).build().unwrap();
    assert!(timed(txd.get_one(Stage::new().hash, 0)).await.0.is_err());
    let heard = heard.lock().unwrap().clone();
    let mut lines: Vec<&str> = heard.split("\r\n").collect();
    assert_eq!(lines.remove(0), "POST /?apikey=12 HTTP/1.1");
    for line in [
        "host: peer.test:8080",
        "content-type: application/json",
        // user:p@ss
        "authorization: Basic dXNlcjpwQHNz",
        "x-key: 34",
        "user-agent: shop/1.0",
    ] {
        assert!(lines.contains(&line), "{line} is not in {heard}");
    }
    let own = TxData::builder().endpoints(["http://user:pass@peer.test"]);
    let (peer, heard) = listening();
    let own = own.header("Authorization", "Bearer x").header("Host", "b.test").connect(peer);
    let txd = own.build().unwrap();
    assert!(timed(txd.get_one(Stage::new().hash, 0)).await.0.is_err());
    let heard = heard.lock().unwrap().clone();
    assert!(heard.contains("authorization: Bearer x\r\n") && heard.contains("host: b.test\r\n"));
    assert!(!heard.contains("Basic") && !heard.contains("peer.test"), "{heard}");
}

/// What a server answers to what it was sent.
type Says = fn(request: &str) -> String;

/// A peer that repeats the whole beginning of what it was sent in its answer.
fn repeating(says: Says) -> Peer {
    Peer::new(move |_, mut far| async move {
        let mut bytes = [0; 4096];
        let count = far.read(&mut bytes).await.unwrap();
        let head = String::from_utf8_lossy(&bytes[..count]).into_owned();
        let _ = far.write_all(says(&head).as_bytes()).await;
    })
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Its path, and each of its headers that may hold a key.
fn secrets_in(head: &str) -> String {
    let lines = head.split("\r\n").filter(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("post ") || line.starts_with("authorization") || line.starts_with("x-key")
    });
    assert_eq!(lines.clone().count(), 3, "{head}");
    lines.collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn keys_that_a_server_repeats_are_not_shown() {
    let says: [Says; 4] = [
        |head| http("400 Bad Request", &secrets_in(head)),
        |head| http("200 OK", &secrets_in(head)),
        |head| {
            let message = secrets_in(head);
            let body = serde_json::json!({
                "result": { "status": "error", "error": "forbidden", "error_message": message }
            });
            http("200 OK", &body.to_string())
        },
        |head| {
            let token = secrets_in(head);
            http("200 OK", &serde_json::json!({ "result": { "error": token } }).to_string())
        },
    ];
    for says in says {
        let builder = TxData::builder()
            .endpoints(["http://longuser:longpassword@peer.test/longpath?longquery"])
            .header("X-Key", "longheader");
        let txd = builder.connect(repeating(says)).build().unwrap();
        let error = timed(txd.get_one(Stage::new().hash, 0)).await.0.unwrap_err();
        let shown = format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap());
        for secret in ["long", "bG9uZ3VzZXI6bG9uZ3Bhc3N3b3Jk"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains('…'), "it has repeated nothing: {shown}");
    }
}

#[test]
fn keys_are_not_shown_by_any_type() {
    for scheme in ["ws", "wss", "http", "https"] {
        let url = format!("{scheme}{QUIET}");
        let endpoint: Endpoint = url.parse().unwrap();
        let builder = TxData::builder().endpoints([&url]).header("X-Key", SECRET);
        let shown = format!("{endpoint} {endpoint:?} {builder:?}");
        let txd = builder.build().unwrap();
        let shown = format!("{shown} {txd:?} {:?}", txd.lookup("C005523E00000000"));
        assert!(shown.contains("n1.test"));
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn keys_are_not_shown_by_the_errors_that_refuse_them() {
    for url in [
        "hush:hush@n1.test",
        "ftp://hush:hush@n1.test/hush?hush",
        "wss://hush:hush@/hush",
        "wss://hush:hush@n1.test:0/hush",
        "wss://hush:hush@n1 test/hush",
        "wss://user:hush/hush@n1.test",
        "wss://user:hush?hush@n1.test",
        "wss://user:hush#hush@n1.test",
        "https://hush:hush@n1.test:0/hush",
        "n1.test/hush",
        "n1.test?hush",
    ] {
        let error = TxData::builder().endpoints([url]).build().map(drop).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    }
    for (name, value) in [("X-Key", "hush\n"), ("Connection", "hush"), ("X Key", "hush")] {
        let error = TxData::builder().header(name, value).build().map(drop).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    }
}

#[test]
fn keys_are_in_no_error_no_answer_and_no_log() {
    in_a_process_of_its_own("bad_input::credentials::everything_that_is_shown");
}

/// Everything logged, by `tracing` and by the libraries that use `log`.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl log::Log for Logs {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        self.0.lock().unwrap().extend_from_slice(line.as_bytes());
    }

    fn flush(&self) {}
}

#[tokio::test(start_paused = true)]
#[ignore = "it listens to the whole process, and runs in one of its own"]
async fn everything_that_is_shown() {
    let logs = Logs::default();
    let writer = logs.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();
    log::set_boxed_logger(Box::new(logs.clone())).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let mut shown = String::new();
    for (scheme, fault) in [
        ("ws", None),
        ("wss", None),
        ("ws", Some(Fault::Refused)),
        ("ws", Some(Fault::NameNotFound)),
        ("wss", Some(Fault::CertificateName)),
        ("ws", Some(Fault::HttpStatus(403))),
        ("ws", Some(Fault::WrongAcceptKey)),
        ("ws", Some(Fault::EndlessHandshake)),
        ("ws", Some(Fault::ClosesMidFrame)),
        ("ws", Some(Fault::Resets)),
        ("ws", Some(Fault::ErrorFrame)),
        ("ws", Some(Fault::Error("slowDown"))),
        ("ws", Some(Fault::NoReply)),
        ("ws", Some(Fault::Forgets)),
        ("http", None),
        ("https", None),
        ("http", Some(Fault::Refused)),
        ("http", Some(Fault::HttpStatus(403))),
        ("http", Some(Fault::Redirects)),
        ("http", Some(Fault::RateLimited(1))),
        ("http", Some(Fault::ErrorFrame)),
        ("http", Some(Fault::ClosesMidFrame)),
        ("http", Some(Fault::EndlessHandshake)),
        ("http", Some(Fault::NoReply)),
        // It repeats what it was sent.
        ("ws", Some(Fault::Error("no route /hush?hush=hush"))),
        ("http", Some(Fault::Error("no route /hush?hush=hush"))),
    ] {
        let stage = Stage::new();
        stage.node("n1.test").set_faults(fault);
        let urls = [format!("{scheme}{QUIET}")];
        let txd = stage.builder_of(urls).header("X-Key", "hush-hush").build().unwrap();
        for wait in [0, 5] {
            shown += &match timed(txd.get_one(stage.hash, wait)).await.0 {
                Ok(Lookup::Found(tx)) => {
                    format!("{tx:?} {}", serde_json::to_string(&tx).unwrap())
                }
                Ok(Lookup::Absent(absence)) => {
                    let json = serde_json::to_string(&absence).unwrap();
                    format!("{absence} {absence:?} {json}")
                }
                Err(error) => {
                    let json = serde_json::to_string(error.attempts()).unwrap();
                    format!("{error} {error:?} {json}")
                }
            };
        }
        shown += &followed(&stage, &txd).await;
        shown += &format!("{txd:?}");
        within_close(&txd).await;
    }
    let logged = String::from_utf8(logs.0.lock().unwrap().clone()).unwrap();
    // The library below logs each message as it came, where everything is to be logged.
    let repeated = |line: &&str| line.starts_with("tungstenite::") && line.contains("no route");
    assert!(logged.lines().any(|line| repeated(&line)));
    let lines: Vec<&str> = logged.lines().filter(|line| !repeated(line)).collect();
    let logged = lines.join("\n");
    // It was there to be shown, and the logs were listened to.
    assert!(shown.contains("n1.test") && logged.contains("n1.test"));
    assert!(
        shown.contains("LedgerDone") && shown.contains("Outage"),
        "the monitors said something"
    );
    assert!(logged.contains("Received message"), "the library below logs");
    for (name, text) in [("what is shown", &shown), ("the log", &logged)] {
        if let Some(at) = text.find(SECRET).or(text.find("aHVzaDpodXNo")) {
            let around: String = text[..at + 20].chars().rev().take(200).collect();
            panic!("{name} has a key: {}", around.chars().rev().collect::<String>());
        }
    }
}

/// All that a monitor says about these nodes for a while.
async fn followed(stage: &Stage, txd: &TxData) -> String {
    let mut shown = String::new();
    let monitor = txd.monitor([stage.network.account("shop")]);
    shown += &format!("{monitor:?}");
    let mut monitor = monitor.start().unwrap();
    let end = tokio::time::Instant::now() + secs(40);
    stage.network.run_clock();
    while let Ok(Some(event)) = tokio::time::timeout_at(end, monitor.next()).await {
        shown += &format!("{event:?}");
        if let Ok(Event::Outage { failures, .. }) = event {
            failures.iter().for_each(|failure| shown += &failure.to_string());
        }
        shown += &format!("{:?} {:?}", monitor.handle(), monitor.handle().status());
    }
    stage.network.stop_clock();
    shown + &format!("{monitor:?}")
}

async fn within_close(txd: &TxData) {
    crate::support::within(txd.close()).await;
}
