//! What callers get wrong: a typed error that names the value and what was expected, before anybody
//! is dialled.

mod credentials;

use std::time::Duration;

use xrpl_txdata::{
    Blame, Builder, Ctid, Error, ErrorKind, MAINNET_ENDPOINTS, MAX_TIMEOUT, MAX_WAIT, Timeouts,
    TxData,
};

use crate::support::{Stage, ms, secs, timed};

const NANO: Duration = Duration::from_nanos(1);

/// Yours, of this kind, and says all of this.
fn is_yours(error: &Error, kind: ErrorKind, says: &[&str]) {
    assert_eq!((error.kind(), error.blame()), (kind, Blame::You), "{error}");
    assert_eq!(error.attempts(), [], "{error}");
    for part in says {
        assert!(error.to_string().contains(part), "{error:?} does not say {part:?}");
    }
}

#[test]
fn endpoints_that_cannot_be_dialled() {
    for (endpoint, expected) in [
        ("", "it is empty"),
        (" ", "spaces"),
        (" wss://a.test", "spaces"),
        ("wss://a.test\n", "spaces"),
        ("a.test", "wss://, http:// or https://"),
        ("a.test:443", "wss://, http:// or https://"),
        ("//a.test", "wss://, http:// or https://"),
        ("ftp://a.test", "ws, wss, http or https"),
        ("://a.test", "ws, wss, http or https"),
        ("http://", "URL"),
        ("https://a.test:0", "port"),
        ("wss://", "URL"),
        ("wss:///path", "URL"),
        ("wss://?query", "URL"),
        ("wss://:443", "host"),
        ("wss://user@", "URL"),
        ("wss://user@:443", "host"),
        ("wss://a b.test", "URL"),
        ("wss://a.test/a b", "URL"),
        ("wss://münchen.test", "URL"),
        ("wss://a.test:0", "port"),
        ("wss://a.test:", "port"),
        ("wss://a.test:65536", "port"),
        ("wss://a.test:99999999999999999999", "port"),
        ("wss://a.test:-1", "port"),
        ("wss://a.test:8o", "port"),
        ("wss://a.test:+80", "port"),
        // What was meant as a password must not make a host of the user.
        ("wss://user:pa/ss@a.test", "port"),
        ("wss://user:pa?ss@a.test", "port"),
        ("wss://user:pa#ss@a.test", "port"),
        ("wss://a.test:80:80", "URL"),
        ("wss://[::1", "URL"),
        ("wss://[::1]x", "port"),
        ("wss://[]", "IPv6"),
        ("wss://[1.2.3.4]", "IPv6"),
        ("wss://a.test\u{0}", "URL"),
    ] {
        let error = TxData::new([endpoint], Timeouts::default()).unwrap_err();
        is_yours(&error, ErrorKind::InvalidEndpoints, &["is not an endpoint", expected]);
        let shown = endpoint.split(['/', '\n']).next().unwrap();
        assert!(error.to_string().contains(shown), "{error}");
    }
}

#[test]
fn every_bad_endpoint_of_a_list_is_named() {
    let list = ["wss://good.test", "bad one", "ftp://two.test", "ws://three.test:0", "ws://fine"];
    let error = TxData::new(list, Timeouts::default()).unwrap_err();
    is_yours(&error, ErrorKind::InvalidEndpoints, &["bad one", "two.test", "three.test:0"]);
    assert!(!error.to_string().contains("good.test"), "{error}");
}

#[test]
fn an_empty_list_means_the_public_servers_of_the_main_network() {
    let none: [&str; 0] = [];
    let txd = TxData::new(none, Timeouts::default()).unwrap();
    let shown = format!("{txd:?}");
    for endpoint in MAINNET_ENDPOINTS {
        assert!(shown.contains(endpoint));
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_none() {
    let stage = Stage::new();
    stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    let good = stage.hash.to_string();
    let long = "F".repeat(10_000);
    for (key, expected) in [
        (String::new(), "64"),
        (good[..63].to_owned(), "64"),
        (format!("{good}0"), "64"),
        (format!("0x{good}"), "64"),
        (format!("0x{}", &good[2..]), "prefix 0x"),
        (format!(" {good}"), "64"),
        (format!("{good}\n"), "64"),
        (format!(" {}", &good[1..]), "character 1 "),
        (format!("{}G", &good[1..]), "character 64 "),
        (format!("{}é", &good[2..]), "character 63 "),
        ("C00000000000000".to_owned(), "64"),
        ("00000000000000C0".to_owned(), "C"),
        ("C00000000000000G".to_owned(), "character 16 "),
        ("0xC0007F43000000".to_owned(), "0x"),
        (" C0007F4300000000".to_owned(), "64"),
        (long, "64"),
    ] {
        for wait in [0, 5] {
            let (answer, elapsed) = timed(txd.get_one(&key, wait)).await;
            let error = answer.unwrap_err();
            is_yours(&error, ErrorKind::InvalidKey, &[expected]);
            assert!(error.to_string().len() < 300, "{error}");
            let start: String = key.trim().chars().take(10).collect();
            assert!(error.to_string().contains(&start), "{error} does not show {key}");
            assert_eq!(elapsed, ms(0));
        }
    }
    assert_eq!(stage.network.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_hash_in_any_case_is_one() {
    let stage = Stage::new();
    stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    let hash = stage.hash.to_string();
    for key in [hash.to_lowercase(), hash.to_uppercase()] {
        assert!(timed(txd.get_one(key, 0)).await.0.unwrap().is_found());
    }
    let ctid = Ctid::new(32579, 0, 0).unwrap().to_string().to_lowercase();
    assert!(timed(txd.get_one(ctid, 0)).await.0.unwrap().is_found());
}

#[tokio::test(start_paused = true)]
async fn a_place_on_another_network() {
    let stage = Stage::new();
    stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    for wait in [0, 5] {
        let (answer, _) = timed(txd.get_one("C0007F4300000001", wait)).await;
        let error = answer.unwrap_err();
        is_yours(&error, ErrorKind::InvalidKey, &["C0007F4300000001", "network 1", "network 0"]);
    }
    assert_eq!(stage.network.connections(), 0);
    // Where any network is right, the nodes know.
    let txd = stage.builder(&["n1.test"]).any_network().build().unwrap();
    let (answer, _) = timed(txd.get_one("C0007F4300000001", 0)).await;
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::AllEndpointsFailed);
}

#[test]
fn time_limits_of_nothing_or_for_ever() {
    let setting = |set: fn(Builder, Duration) -> Builder, value| {
        set(TxData::builder(), value).build().map(drop)
    };
    type Set = fn(Builder, Duration) -> Builder;
    let settings: [(&str, Set); 5] = [
        ("timeouts.endpoint", Builder::endpoint_timeout),
        ("timeouts.overall", Builder::overall_timeout),
        ("max_ledger_age", Builder::max_ledger_age),
        ("idle_timeout", Builder::idle_timeout),
        ("keep_alive", Builder::keep_alive),
    ];
    for (name, set) in settings {
        for value in [Duration::ZERO, MAX_TIMEOUT + NANO, Duration::MAX] {
            let error = setting(set, value).unwrap_err();
            let (shown, at_most) = (format!("{value:?}"), "at most 86400 s");
            is_yours(&error, ErrorKind::InvalidSetting, &[name, &shown, "more than zero", at_most]);
        }
        setting(set, NANO).unwrap();
        setting(set, MAX_TIMEOUT).unwrap();
    }
    let timeouts = Timeouts { overall: Duration::ZERO, ..Timeouts::default() };
    let error = TxData::new(["ws://a.test"], timeouts).unwrap_err();
    is_yours(&error, ErrorKind::InvalidSetting, &["timeouts.overall", "0ns"]);
}

#[tokio::test(start_paused = true)]
async fn waits_for_ever() {
    let stage = Stage::new();
    stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    for wait in [MAX_WAIT + NANO, Duration::from_secs(u64::MAX), Duration::MAX] {
        let error = timed(txd.lookup(stage.hash).wait(wait)).await.0.unwrap_err();
        let shown = format!("{wait:?}");
        is_yours(
            &error,
            ErrorKind::InvalidSetting,
            &["wait", &shown, "expected at most 2592000 s"],
        );
    }
    let error = timed(txd.get_one(stage.hash, u64::MAX)).await.0.unwrap_err();
    is_yours(&error, ErrorKind::InvalidSetting, &["wait"]);
    assert_eq!(stage.network.connections(), 0);
    for wait in [NANO, MAX_WAIT] {
        let (answer, _) = timed(txd.lookup(stage.hash).wait(wait)).await;
        assert!(answer.unwrap().is_found());
    }
}

#[tokio::test(start_paused = true)]
async fn agreement_of_nobody_or_of_more_than_there_are() {
    let stage = Stage::new();
    for name in ["n1.test", "n2.test"] {
        stage.node(name);
    }
    for nodes in [0, 3, usize::MAX] {
        let error =
            stage.builder(&["n1.test", "n2.test"]).agreement(nodes).build().map(drop).unwrap_err();
        let value = format!(" {nodes}:");
        let range = "1 to 2, the number of operators";
        is_yours(&error, ErrorKind::InvalidSetting, &["agreement is", &value, range]);
        let txd = stage.client(&["n1.test", "n2.test"]);
        let error = timed(txd.lookup(stage.hash).agreement(nodes)).await.0.unwrap_err();
        is_yours(&error, ErrorKind::InvalidSetting, &["agreement is", &value, range]);
    }
    // However many there are.
    let names: Vec<String> = (0..20).map(|number| format!("ws://n{number}.test")).collect();
    let many = stage.builder_of(names.clone()).build().unwrap();
    let error = timed(many.lookup(stage.hash).agreement(17)).await.0.unwrap_err();
    is_yours(&error, ErrorKind::InvalidSetting, &["agreement is 17", "1 to 16"]);
    let error = stage.builder_of(names).agreement(17).build().map(drop).unwrap_err();
    is_yours(&error, ErrorKind::InvalidSetting, &["agreement is 17", "1 to 16"]);
    // One endpoint under two spellings is one node.
    let twice = ["ws://n1.test", "WS://N1.test:80/"].map(str::to_owned);
    assert!(stage.builder_of(twice).agreement(2).build().is_err());
    assert_eq!(stage.network.connections(), 0);
    let txd = stage.client(&["n1.test", "n2.test"]);
    let (answer, _) = timed(txd.lookup(stage.hash).agreement(2)).await;
    assert_eq!(answer.unwrap().found().unwrap().source().agreed.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_last_ledger_before_the_first() {
    let stage = Stage::new();
    stage.node("n1.test");
    let txd = stage.client(&["n1.test"]);
    for (name, lookup) in [
        ("first_ledger", txd.lookup(stage.hash).first_ledger(0)),
        ("last_ledger_sequence", txd.lookup(stage.hash).last_ledger_sequence(0)),
    ] {
        let error = timed(lookup).await.0.unwrap_err();
        is_yours(&error, ErrorKind::InvalidSetting, &[name, "0", "1 or more"]);
    }
    let lookup = txd.lookup(stage.hash).first_ledger(500).last_ledger_sequence(499);
    let error = timed(lookup).await.0.unwrap_err();
    is_yours(&error, ErrorKind::InvalidSetting, &["last_ledger_sequence", "499", "500"]);
    assert_eq!(stage.network.connections(), 0);
}

#[test]
fn counts_and_sizes_out_of_their_range() {
    type Set = fn(Builder, usize) -> Builder;
    let settings: [(&str, Set, usize, usize); 3] = [
        ("watched_nodes", Builder::watched_nodes, 1, 16),
        ("max_message_bytes", Builder::max_message_bytes, 1 << 10, 1 << 30),
        ("max_open_requests", Builder::max_open_requests, 1, 1 << 20),
    ];
    for (name, set, min, max) in settings {
        for value in [0, min - 1, max + 1, usize::MAX] {
            let error = set(TxData::builder(), value).build().map(drop).unwrap_err();
            let (shown, range) = (format!(" {value}:"), format!("{min} to {max}"));
            is_yours(&error, ErrorKind::InvalidSetting, &[name, &shown, &range]);
        }
        set(TxData::builder(), min).build().unwrap();
        set(TxData::builder(), max).build().unwrap();
    }
}

#[test]
fn headers_that_cannot_be_sent() {
    for (name, value, expected) in [
        ("", "x", "header name"),
        ("X Key", "x", "header name"),
        ("X-Ключ", "x", "header name"),
        ("X-Key\r\nEvil", "x", "header name"),
        ("X-Key", "a\r\nEvil: b", "visible ASCII"),
        ("X-Key", "\u{0}", "visible ASCII"),
        ("Content-Length", "5", "library does not set"),
        ("Content-Type", "text/html", "library does not set"),
        ("Transfer-Encoding", "chunked", "library does not set"),
        ("Connection", "close", "library does not set"),
        ("upgrade", "h2c", "library does not set"),
        ("Sec-WebSocket-Key", "x", "library does not set"),
        ("sec-websocket-version", "8", "library does not set"),
        ("Sec-WebSocket-Extensions", "permessage-deflate", "library does not set"),
    ] {
        let error = TxData::builder().header(name, value).build().map(drop).unwrap_err();
        is_yours(&error, ErrorKind::InvalidSetting, &["header", expected]);
        assert!(!error.to_string().contains("Evil: b"), "{error}");
        assert!(!error.to_string().contains('\n'), "{error:?}");
    }
}

#[test]
fn roots_that_are_no_certificates() {
    for der in [Vec::new(), b"-----BEGIN CERTIFICATE-----".to_vec(), vec![0x30; 100]] {
        let error = TxData::builder().root_certificates([der]).build().map(drop).unwrap_err();
        is_yours(&error, ErrorKind::InvalidSetting, &["root_certificates", "in DER"]);
    }
}

#[tokio::test(start_paused = true)]
async fn any_number_is_a_seed() {
    let stage = Stage::new();
    for name in ["n1.test", "n2.test"] {
        stage.node(name);
    }
    for seed in [0, u64::MAX] {
        let txd = stage.builder(&["n1.test", "n2.test"]).seed(seed).build().unwrap();
        assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
        assert!(!timed(txd.get_one(stage.never_paid(), 1)).await.0.unwrap().is_found());
        let mut monitor = txd.monitor([stage.network.account("shop")]).start().unwrap();
        let _quiet = tokio::time::timeout(secs(1), monitor.next()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_shortest_time_limits_give_an_error_and_not_a_panic() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([xrpl_txdata::testing::Fault::NoReply]);
    let timeouts = Timeouts { endpoint: NANO, overall: NANO };
    let txd = stage.builder(&["n1.test"]).timeouts(timeouts).keep_alive(NANO).build().unwrap();
    let (answer, elapsed) = timed(txd.lookup(stage.hash).wait(NANO)).await;
    assert_eq!(answer.unwrap_err().blame(), Blame::Time);
    assert!(elapsed <= ms(3), "{elapsed:?}");
    tokio::time::sleep(secs(1)).await;
    stage.ends(txd).await;
}
