//! A node over HTTP: what real servers answer to JSON-RPC, and what they answer to nonsense.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::testing::{Fault, Link, Network};

/// The status and the body of what comes back for these bytes.
async fn answer(link: &mut Link, request: &str) -> (String, String) {
    link.write_all(request.as_bytes()).await.unwrap();
    let mut heard = String::new();
    loop {
        let mut bytes = [0; 4096];
        let count = link.read(&mut bytes).await.unwrap();
        heard.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        let Some((head, body)) = heard.split_once("\r\n\r\n") else { continue };
        let length = head.split_once("Content-Length: ").unwrap().1;
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        if body.len() >= length || count == 0 {
            return (head[9..12].to_owned(), body.to_owned());
        }
    }
}

async fn post(link: &mut Link, body: &str) -> (String, String) {
    let length = body.len();
    answer(link, &format!("POST / HTTP/1.1\r\nHost: n\r\nContent-Length: {length}\r\n\r\n{body}"))
        .await
}

async fn rpc(link: &mut Link, body: Value) -> Value {
    let (status, body) = post(link, &body.to_string()).await;
    assert_eq!(status, "200", "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test(start_paused = true)]
async fn success_and_errors_come_with_the_status_200() {
    let network = Network::builder().traffic(0).build();
    let node = network.node("n1.test");
    assert_eq!(
        (node.http_url().as_str(), node.https_url().as_str()),
        ("http://n1.test", "https://n1.test")
    );
    let mut link = network.dial("n1.test", 80).await.unwrap();
    let newest = json!({"method": "ledger", "params": [{"ledger_index": "validated"}], "id": 5});
    let found = rpc(&mut link, newest).await;
    assert_eq!((&found["result"]["validated"], &found["id"]), (&json!(true), &json!(5)));
    assert_eq!(found["result"]["status"], "success");
    assert_eq!(found["result"]["ledger_index"], network.tip());
    let hash = "0".repeat(64);
    let absent = json!({"method": "tx", "params": [{"transaction": hash, "api_version": 2}]});
    let error = rpc(&mut link, absent).await;
    assert_eq!(error["result"]["error"], "txnNotFound");
    assert_eq!(
        (&error["result"]["status"], &error["result"]["error_code"]),
        (&json!("error"), &json!(29))
    );
    assert_eq!(error["result"]["request"]["command"], "tx");
    assert_eq!(error["error"], Value::Null, "it stands in the result alone");
    let stream = json!({"method": "subscribe", "params": [{"streams": ["ledger"]}]});
    assert_eq!(rpc(&mut link, stream).await["result"]["error"], "noEvents");
    assert_eq!((node.requests("tx"), node.connections(), node.subscriptions()), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_refused_in_plain_text() {
    let network = Network::builder().traffic(0).build();
    network.node("n1.test").set_faults([Fault::OnlyApi1]);
    let mut link = network.dial("n1.test", 80).await.unwrap();
    for (body, complaint) in [
        ("{", "Unable to parse request"),
        ("[]", "Unable to parse request"),
        ("{}", "Null method"),
        (r#"{"method":7}"#, "method is not string"),
        (r#"{"method":""}"#, "method is empty"),
        (r#"{"method":"tx","params":{}}"#, "params unparseable"),
        (r#"{"method":"tx","params":[{},{}]}"#, "params unparseable"),
        (r#"{"method":"server_info","params":[{"api_version":2}]}"#, "invalid_API_version"),
    ] {
        let (status, text) = post(&mut link, body).await;
        assert_eq!((status.as_str(), text.trim()), ("400", complaint), "{body}");
    }
    let (status, _) = answer(&mut link, "GET / HTTP/1.1\r\nHost: n\r\n\r\n").await;
    assert_eq!(status, "400", "a page is no request");
}
