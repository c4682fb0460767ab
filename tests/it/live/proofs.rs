//! Proofs, where the server tells what validators sign.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use xrpl_txdata::{
    Lookup,
    proof::{Manifest, PublicKey, TrustedValidators},
};

use super::{
    report::{Checked, Halt, ensure, skipped, wrong},
    run::Run,
};

/// Validators sign within a moment.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn prove(run: &Run) -> Checked {
    let Some(hash) = run.journal().last().map(|entry| entry.tx.hash()) else {
        return skipped("there is no transaction");
    };
    let trusted = validators(run).await?;
    let lookup = run.txd.lookup(hash).trust(trusted);
    let proving = tokio::spawn(lookup.into_future());
    while !proving.is_finished() {
        run.server.close().await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    match proving.await.expect("it does not panic")? {
        Lookup::Found(tx) => ensure(tx.source().proven.is_some(), || format!("{:?}", tx.source())),
        Lookup::Absent(absence) => wrong(format!("{absence}")),
    }
}

/// Everybody who signs the next ledgers.
async fn validators(run: &Run) -> Checked<TrustedValidators> {
    let broken = Halt::Skipped;
    let mut socket = run.server.line.connect().await.map_err(broken)?;
    let question = json!({ "id": 1, "command": "subscribe", "streams": ["validations"] });
    let sent = socket.send(Message::text(question.to_string())).await;
    sent.map_err(|error| broken(error.to_string()))?;
    let mut keys = BTreeMap::new();
    for _ in 0..3 {
        run.server.close().await?;
        while let Ok(Some(Ok(message))) = timeout(PATIENCE, socket.next()).await {
            let text = message.into_text().unwrap_or_default();
            let Ok(said) = serde_json::from_str::<Value>(&text) else { continue };
            if said["status"] == "error" {
                return skipped(format!("it streams no validations: {}", said["error"]));
            }
            let key = |name: &str| said[name].as_str()?.parse::<PublicKey>().ok();
            if let (Some(signing), true) = (key("validation_public_key"), said["data"].is_string())
            {
                keys.insert(key("master_key").unwrap_or(signing), signing);
                break;
            }
        }
    }
    if keys.is_empty() {
        return skipped("nobody signs its ledgers, as in stand-alone mode");
    }
    let trusted = TrustedValidators::from_keys(keys.keys().copied());
    let mut trusted = trusted.map_err(|error| broken(error.to_string()))?;
    for (_, signing) in keys.iter().filter(|(master, signing)| master != signing) {
        let fields = json!({ "public_key": signing.to_string() });
        let answer = run.server.line.ask("manifest", fields).await?;
        let manifest = answer["manifest"].as_str().map(Manifest::from_text);
        match manifest {
            Some(Ok(manifest)) => drop(trusted.apply(manifest)),
            other => return skipped(format!("a manifest is {other:?}")),
        }
    }
    Ok(trusted)
}
