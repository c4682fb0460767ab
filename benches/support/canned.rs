//! A node that has its answers ready: so fast that what asks it is measured, and not it.

use std::{collections::HashMap, net::Ipv4Addr, sync::Arc, thread};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
};
use tokio_tungstenite::tungstenite::Message;
use xrpl_txdata::{TxHash, testing::Network};

/// Listens on a thread of its own until the process ends.
pub(crate) struct Canned {
    pub(crate) port: u16,
    pub(crate) hashes: Vec<TxHash>,
}

impl Canned {
    /// Has so many plain payments.
    pub(crate) fn new(payments: u32) -> Canned {
        let network = Network::new(1);
        let (from, to) = (network.account("from"), network.account("to"));
        let amount = "25 XRP".parse().expect("an amount");
        let pay = |tag| network.pay(from, to, amount).tag(tag).submit();
        let hashes: Vec<TxHash> = (0..payments).map(pay).collect();
        network.close_ledger();
        let results = hashes.iter().map(|hash| (hash.to_string(), result(&network, hash)));
        let results: Arc<HashMap<String, String>> = Arc::new(results.collect());
        let info = Arc::<str>::from(info(&network));
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(listener).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let node = thread::Builder::new().name("node".into()).spawn(move || {
            runtime.block_on(async {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, results.clone(), info.clone()));
                }
            });
        });
        node.expect("a thread");
        Canned { port, hashes }
    }
}

/// As a server of API version 2 shows it.
fn result(network: &Network, hash: &TxHash) -> String {
    let truth = network.truth(hash).expect("it is in a ledger");
    json!({
        "tx_json": truth.json, "meta": truth.metadata, "hash": hash, "validated": true,
        "ledger_index": truth.ledger_index, "close_time_iso": "2026-01-01T00:00:00Z",
    })
    .to_string()
}

fn info(network: &Network) -> String {
    let tip = network.tip();
    let hash = network.ledger(tip).expect("the newest").hash;
    json!({"info": {
        "build_version": "3.0.0", "complete_ledgers": format!("32570-{tip}"), "network_id": 0,
        "server_state": "full", "peers": 20, "load_factor": 1,
        "validated_ledger": {"age": 1, "hash": hash, "seq": tip, "base_fee_xrp": 0.00001,
            "reserve_base_xrp": 1, "reserve_inc_xrp": 0.2},
    }})
    .to_string()
}

async fn serve(stream: TcpStream, results: Arc<HashMap<String, String>>, info: Arc<str>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let request: Value = serde_json::from_str(&text).expect("a request");
        let asked = request["transaction"].as_str().and_then(|hash| results.get(hash));
        let result = asked.map_or(&*info, String::as_str);
        let id = &request["id"];
        let reply =
            format!(r#"{{"id":{id},"status":"success","type":"response","result":{result}}}"#);
        if socket.send(Message::text(reply)).await.is_err() {
            return;
        }
    }
}
