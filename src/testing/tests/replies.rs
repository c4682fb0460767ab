//! Each command answers in the shapes of its software and API version.

use serde_json::{Value, json};

use super::{Client, one_node};
use crate::{
    codec::Definitions,
    testing::{Fault, LedgerTransaction, Network},
    types::{Amount, Drops, TxHash, hex},
};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// A tagged payment of XRP in the newest ledger.
fn payment(network: &Network) -> TxHash {
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let hash = network.pay(alice, shop, Amount::Xrp(Drops::new(25_000_000))).tag(7).submit();
    network.close_ledger();
    hash
}

/// The signed bytes of a transaction that an answer shows as JSON.
fn content(mut json: Value) -> Vec<u8> {
    let json = json.as_object_mut().expect("an object");
    Definitions::xrpl().encode_transaction(json).expect("signed fields")
}

#[tokio::test(start_paused = true)]
async fn tx_in_both_versions() {
    let (network, _, mut client) = one_node().await;
    let hash = payment(&network);
    let truth = network.truth(&hash).unwrap();
    let ledger = network.ledger(truth.ledger_index).unwrap();

    let v1 = client.ask(json!({ "command": "tx", "transaction": hash })).await;
    assert_eq!(keys(&v1), ["id", "result", "status", "type"]);
    let v1 = &v1["result"];
    assert_eq!(v1["hash"], json!(hash));
    assert_eq!(
        (&v1["inLedger"], &v1["ledger_index"]),
        (&json!(ledger.index), &json!(ledger.index))
    );
    assert_eq!(v1["date"], ledger.close_time.seconds());
    assert_eq!((&v1["Amount"], &v1["DeliverMax"]), (&json!("25000000"), &json!("25000000")));
    assert_eq!(v1["meta"]["delivered_amount"], "25000000");
    assert_eq!(v1["validated"], true);
    assert_eq!(content(v1.clone()), truth.blob);

    let request = json!({ "command": "tx", "transaction": hash, "api_version": 2 });
    let v2 = client.ask(request).await;
    assert_eq!(keys(&v2), ["api_version", "id", "result", "status", "type"]);
    let v2 = &v2["result"];
    let members = [
        "close_time_iso",
        "ctid",
        "hash",
        "ledger_hash",
        "ledger_index",
        "meta",
        "tx_json",
        "validated",
    ];
    assert_eq!(keys(v2), members);
    assert_eq!(v2["ledger_hash"], json!(ledger.hash));
    assert_eq!(v2["close_time_iso"], ledger.close_time.to_string());
    assert_eq!(
        (&v2["tx_json"]["Amount"], &v2["tx_json"]["DeliverMax"]),
        (&Value::Null, &json!("25000000"))
    );
    assert_eq!(content(v2["tx_json"].clone()), truth.blob);

    let request = json!({ "command": "tx", "transaction": hash, "binary": true });
    let v1 = &client.ask(request).await["result"];
    let (blob, meta) = (hex::encode(&truth.blob), hex::encode(&truth.meta_blob));
    assert_eq!((&v1["tx"], &v1["meta"]), (&json!(blob), &json!(meta)));
    let request = json!({ "command": "tx", "transaction": hash, "binary": true, "api_version": 2 });
    let v2 = &client.ask(request).await["result"];
    assert_eq!((&v2["tx_blob"], &v2["meta_blob"]), (&json!(blob), &json!(meta)));

    let request = json!({ "command": "tx", "ctid": v2["ctid"], "api_version": 2 });
    assert_eq!(client.ask(request).await["result"]["hash"], json!(hash));
}

#[tokio::test(start_paused = true)]
async fn tx_that_is_not_there() {
    let (network, node, mut client) = one_node().await;
    let absent = TxHash::from_bytes([7; 32]);
    let reply = client.ask(json!({ "command": "tx", "transaction": absent })).await;
    let members = ["error", "error_code", "error_message", "id", "request", "status", "type"];
    assert_eq!(keys(&reply), members);
    assert_eq!((&reply["error"], &reply["error_code"]), (&json!("txnNotFound"), &json!(29)));
    assert_eq!(reply["request"]["transaction"], json!(absent));

    let tip = network.tip();
    for (min, max, all) in [(tip - 3, tip, true), (tip - 3, tip + 1, false), (1, 900, false)] {
        let request = json!({
            "command": "tx", "transaction": absent, "min_ledger": min, "max_ledger": max,
        });
        assert_eq!(client.ask(request).await["searched_all"], all, "{min} to {max}");
    }
    node.set_faults([Fault::HoleInHistory(tip - 1)]);
    let request = json!({
        "command": "tx", "transaction": absent, "min_ledger": tip - 3, "max_ledger": tip,
    });
    assert_eq!(client.ask(request).await["searched_all"], false);
}

#[tokio::test(start_paused = true)]
async fn wrong_requests_get_the_errors_of_the_software() {
    let network = Network::new(1);
    let mut rippled = Client::connect(&network, &network.node("n1.test")).await;
    let mut clio = Client::connect(&network, &network.clio("n2.test")).await;
    let hash = payment(&network);
    let tip = network.tip();
    for (request, of_rippled, of_clio) in [
        (json!({}), "missingCommand", "missingCommand"),
        (json!({ "command": "dance" }), "unknownCmd", "unknownCmd"),
        (json!({ "command": "tx" }), "invalidParams", "invalidParams"),
        (json!({ "command": "tx", "transaction": "xyz" }), "notImpl", "invalidParams"),
        (json!({ "command": "tx", "ctid": "C0" }), "invalidParams", "invalidParams"),
        (json!({ "command": "tx", "ctid": "C00080000000FFFF" }), "wrongNetwork", "wrongNetwork"),
        (
            json!({ "command": "tx", "transaction": hash, "ctid": "C000800000000000" }),
            "invalidParams",
            "invalidParams",
        ),
        (
            json!({ "command": "tx", "transaction": hash, "min_ledger": 5 }),
            "invalidParams",
            "invalidParams",
        ),
        (
            json!({ "command": "tx", "transaction": hash, "min_ledger": 5, "max_ledger": 4 }),
            "invalidLgrRange",
            "invalidLgrRange",
        ),
        (
            json!({ "command": "tx", "transaction": hash, "min_ledger": 5, "max_ledger": 1006 }),
            "excessiveLgrRange",
            "excessiveLgrRange",
        ),
        (
            json!({ "command": "tx", "transaction": hash, "api_version": 3 }),
            "invalid_API_version",
            "invalid_API_version",
        ),
        (json!({ "command": "ledger", "ledger_index": tip + 1 }), "lgrNotFound", "lgrNotFound"),
        (json!({ "command": "ledger", "full": true }), "noPermission", "noPermission"),
        (json!({ "command": "account_tx", "account": "rX" }), "actMalformed", "actMalformed"),
        (json!({ "command": "subscribe", "streams": ["x"] }), "malformedStream", "malformedStream"),
        (
            json!({ "command": "subscribe", "streams": ["manifests"] }),
            "notSupported",
            "notSupported",
        ),
        (
            json!({ "command": "subscribe", "streams": ["server"] }),
            "notSupported",
            "reportingUnsupported",
        ),
        (json!({ "command": "subscribe", "accounts": [] }), "actMalformed", "actMalformed"),
        (json!({ "command": "server_state" }), "", "unknownCmd"),
    ] {
        for (client, expected) in [(&mut rippled, of_rippled), (&mut clio, of_clio)] {
            let reply = client.ask(request.clone()).await;
            assert_eq!(reply["error"].as_str().unwrap_or_default(), expected, "{request} {reply}");
        }
    }
    for not_a_request in ["hello", "[1]"] {
        use futures_util::SinkExt;
        use tokio_tungstenite::tungstenite::Message;
        rippled.socket.send(Message::text(not_a_request)).await.unwrap();
        let reply = rippled.message().await;
        assert_eq!(
            reply,
            json!({ "type": "error", "error": "jsonInvalid", "value": not_a_request })
        );
    }
}

#[tokio::test(start_paused = true)]
async fn server_info_of_both_kinds_of_software() {
    let network = Network::new(1);
    let mut rippled = Client::connect(&network, &network.node("n1.test")).await;
    let mut clio = Client::connect(&network, &network.clio("n2.test")).await;
    let tip = network.tip();
    let reply = rippled.ask(json!({ "command": "server_info" })).await;
    let info = &reply["result"]["info"];
    assert_eq!(info["complete_ledgers"], format!("32570-{tip}"));
    assert_eq!((&info["server_state"], &info["network_id"]), (&json!("full"), &json!(0)));
    assert_eq!(info["validated_ledger"]["seq"], tip);
    assert_eq!(info["validated_ledger"]["hash"], json!(network.ledger(tip).unwrap().hash));
    tokio::time::advance(std::time::Duration::from_secs(3)).await;
    let reply = rippled.ask(json!({ "command": "server_state" })).await;
    assert_eq!(reply["result"]["state"]["validated_ledger"]["base_fee"], 10);
    let reply = rippled.ask(json!({ "command": "server_info" })).await;
    assert_eq!(reply["result"]["info"]["validated_ledger"]["age"], 3);

    let reply = clio.ask(json!({ "command": "server_info" })).await;
    let info = &reply["result"]["info"];
    assert!(info.get("server_state").is_none() && info["clio_version"].is_string());
    assert_eq!(
        (&reply["warnings"][0]["id"], &reply["result"]["validated"]),
        (&json!(2001), &json!(true))
    );

    let reply = rippled.ask(json!({ "command": "ledger_closed" })).await;
    assert_eq!(reply["result"]["ledger_index"], tip);
    let reply = rippled.ask(json!({ "command": "ledger_current" })).await;
    assert_eq!(reply["result"]["ledger_current_index"], tip + 1);
    let reply = rippled.ask(json!({ "command": "fee" })).await;
    assert_eq!(reply["result"]["drops"]["base_fee"], "10");
    assert_eq!(rippled.ask(json!({ "command": "ping" })).await["result"], json!({}));
}

#[tokio::test(start_paused = true)]
async fn ledger_in_all_its_shapes() {
    let (network, _, mut client) = one_node().await;
    payment(&network);
    let truth = network.ledger(network.tip()).unwrap();
    let mut sorted: Vec<&LedgerTransaction> =
        truth.transactions.iter().map(AsRef::as_ref).collect();
    sorted.sort_by_key(|tx| tx.hash);
    let hashes: Vec<_> = sorted.iter().map(|tx| json!(tx.hash)).collect();
    let mut ask = async |more: Value| {
        let mut request = json!({ "command": "ledger", "ledger_index": truth.index });
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        client.ask(request).await["result"].clone()
    };

    let header = ask(json!({})).await;
    assert_eq!(header["ledger"]["ledger_index"], truth.index.to_string());
    assert_eq!(header["ledger"]["total_coins"], truth.total_drops.to_string());
    assert_eq!(header["ledger"]["close_time_human"], "2026-Jan-01 00:00:40.000000000 UTC");
    assert_eq!((&header["validated"], &header["ledger_hash"]), (&json!(true), &json!(truth.hash)));
    assert_eq!(ask(json!({ "api_version": 2 })).await["ledger"]["ledger_index"], truth.index);
    let binary = ask(json!({ "binary": true })).await;
    assert_eq!(binary["ledger"]["ledger_data"], hex::encode(&truth.header()));

    let list = ask(json!({ "transactions": true })).await;
    assert_eq!(list["ledger"]["transactions"], json!(hashes));
    let v1 = ask(json!({ "transactions": true, "expand": true })).await;
    let v2 = ask(json!({ "transactions": true, "expand": true, "api_version": 2 })).await;
    let b1 = ask(json!({ "transactions": true, "expand": true, "binary": true })).await;
    let b2 = json!({ "transactions": true, "expand": true, "binary": true, "api_version": 2 });
    let b2 = ask(b2).await;
    for (place, tx) in sorted.iter().enumerate() {
        let of = |reply: &Value| reply["ledger"]["transactions"][place].clone();
        assert_eq!((&of(&v1)["hash"], content(of(&v1))), (&json!(tx.hash), tx.blob.clone()));
        assert_eq!(of(&v1)["metaData"]["TransactionIndex"], tx.index);
        let members = [
            "close_time_iso",
            "hash",
            "ledger_hash",
            "ledger_index",
            "meta",
            "tx_json",
            "validated",
        ];
        assert_eq!(keys(&of(&v2)), members);
        assert_eq!(content(of(&v2)["tx_json"].clone()), tx.blob);
        assert_eq!(keys(&of(&b1)), ["meta", "tx_blob"]);
        assert_eq!(keys(&of(&b2)), ["hash", "meta_blob", "tx_blob"]);
        assert_eq!(of(&b2)["meta_blob"], hex::encode(&tx.meta_blob));
    }

    let by_hash = client.ask(json!({ "command": "ledger", "ledger_hash": truth.hash })).await;
    assert_eq!(by_hash["result"]["ledger_index"], truth.index);
    let open = client.ask(json!({ "command": "ledger", "ledger_index": "current" })).await;
    assert_eq!(open["result"]["ledger_current_index"], truth.index + 1);
    assert_eq!(open["result"]["validated"], false);
}

#[tokio::test(start_paused = true)]
async fn transaction_entry_in_both_versions() {
    let (network, _, mut client) = one_node().await;
    let hash = payment(&network);
    let tip = network.tip();
    let request = json!({ "command": "transaction_entry", "tx_hash": hash, "ledger_index": tip });
    let v1 = client.ask(request.clone()).await["result"].clone();
    assert_eq!(keys(&v1), ["ledger_hash", "ledger_index", "metadata", "tx_json", "validated"]);
    let mut request = request;
    request["api_version"] = json!(2);
    let v2 = client.ask(request.clone()).await["result"].clone();
    assert_eq!((&v2["hash"], &v2["meta"]), (&json!(hash), &v1["metadata"]));
    request["ledger_index"] = json!(tip - 1);
    assert_eq!(client.ask(request).await["error"], "transactionNotFound");
}

#[tokio::test(start_paused = true)]
async fn account_tx_pages_in_both_directions() {
    let network = Network::builder().seed(3).history(40).traffic(20).build();
    let mut client = Client::connect(&network, &network.node("n1.test")).await;
    let (alice, shop) = (network.account("alice"), network.account("shop"));
    let mut paid = Vec::new();
    for drops in 1..=35 {
        paid.push(json!(network.pay(alice, shop, Amount::Xrp(Drops::new(drops))).submit()));
        if drops % 4 == 0 {
            network.close_ledger();
        }
    }
    network.close_ledger();
    for (forward, api) in [(true, 1), (false, 1), (true, 2), (false, 2)] {
        let mut expected = paid.clone();
        if !forward {
            expected.reverse();
        }
        let mut found = Vec::new();
        let mut request = json!({
            "command": "account_tx", "account": shop, "forward": forward, "api_version": api,
            "limit": 10,
        });
        loop {
            let page = client.ask(request.clone()).await["result"].clone();
            for entry in page["transactions"].as_array().unwrap() {
                let members = match api {
                    1 => ["meta", "tx", "validated"].as_slice(),
                    _ => &[
                        "close_time_iso",
                        "hash",
                        "ledger_hash",
                        "ledger_index",
                        "meta",
                        "tx_json",
                        "validated",
                    ],
                };
                assert_eq!(keys(entry), members);
                let hash = if api == 1 { &entry["tx"]["hash"] } else { &entry["hash"] };
                found.push(hash.clone());
            }
            assert_eq!((&page["ledger_index_min"], &page["limit"]), (&json!(32_570), &json!(10)));
            match page.get("marker") {
                Some(marker) => request["marker"] = marker.clone(),
                None => break,
            }
        }
        assert_eq!(found, expected);
    }
    let tip = network.tip();
    let mut request = json!({
        "command": "account_tx", "account": shop, "ledger_index_min": 1,
        "ledger_index_max": tip - 1, "binary": true,
    });
    let clipped = client.ask(request.clone()).await["result"].clone();
    assert_eq!(
        (&clipped["ledger_index_min"], &clipped["ledger_index_max"]),
        (&json!(32_570), &json!(tip - 1))
    );
    assert_eq!(keys(&clipped["transactions"][0]), ["ledger_index", "meta", "tx_blob", "validated"]);
    request["api_version"] = json!(2);
    assert_eq!(client.ask(request).await["error"], "lgrIdxMalformed");
}

#[tokio::test(start_paused = true)]
async fn strange_parameters_always_get_an_answer() {
    let (network, _, mut client) = one_node().await;
    let hash = payment(&network);
    let commands = [
        "ping",
        "server_info",
        "fee",
        "ledger",
        "ledger_closed",
        "ledger_current",
        "tx",
        "transaction_entry",
        "account_tx",
        "subscribe",
        "unsubscribe",
    ];
    let names = [
        "transaction",
        "ctid",
        "binary",
        "min_ledger",
        "max_ledger",
        "tx_hash",
        "ledger_index",
        "ledger_hash",
        "account",
        "accounts",
        "streams",
        "limit",
        "marker",
        "ledger_index_min",
        "ledger_index_max",
        "forward",
        "transactions",
        "expand",
        "api_version",
    ];
    let values = [
        json!(null),
        json!(-1),
        json!(0),
        json!(u64::MAX),
        json!(1.5),
        json!(""),
        json!("ß"),
        json!("validated"),
        json!([]),
        json!([[]]),
        json!({ "ledger": -1 }),
        json!(true),
    ];
    for command in commands {
        for name in names {
            for value in &values {
                let mut request = json!({
                    "command": command, "transaction": hash, "account": network.account("shop"),
                    "tx_hash": hash, "min_ledger": 1, "max_ledger": 2,
                });
                request[name] = value.clone();
                let reply = client.ask(request).await;
                assert!(reply["status"].is_string(), "{reply}");
            }
        }
    }
}
