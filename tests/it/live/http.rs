//! The same over HTTP, where the server has a port for it.

use serde_json::{Map, Value, json};
use xrpl_txdata::{MonitorSource, TxData, ValidatedTransaction};

use super::{
    line::Line,
    monitors,
    report::{Checked, same, skipped, wrong},
    run::Run,
    waits,
};
use crate::support::secs;

/// A client of the server's port for JSON-RPC: of the one that is named, or that the server names.
pub(super) async fn client(run: &Run, named: Option<&str>) -> Checked<TxData> {
    let url = match named {
        Some(url) => url.to_owned(),
        None => {
            let info = run.server.info().await?;
            let ports = info["ports"].as_array().cloned().unwrap_or_default();
            let speaks = |port: &&Value| {
                let spoken = port["protocol"].as_array().into_iter().flatten();
                spoken.into_iter().any(|protocol| protocol == "http")
            };
            let Some(port) = ports.iter().find(speaks).and_then(|port| port["port"].as_str())
            else {
                return skipped("no port for it is named; set XRPL_LIVE_HTTP_URL");
            };
            format!("http://{}:{port}", run.server.line.endpoint().host())
        }
    };
    let answers = Line::new(&url).map_err(super::report::Halt::Skipped)?;
    answers.ask("server_info", json!({})).await?;
    Ok(run.settings.builder(&url).build()?)
}

/// Every transaction of the run, word for word.
pub(super) async fn lookups(run: &Run, named: Option<&str>) -> Checked {
    let txd = client(run, named).await?;
    let entries = run.journal().clone();
    for entry in entries {
        let Some(found) = txd.lookup(entry.tx.hash()).await?.found() else {
            return wrong(format!("{} is not found", entry.tx.hash()));
        };
        let (mut before, found) = (content(&entry.tx), content(&found));
        // Streams and answers of old servers leave out different things.
        before.retain(|name, _| found.contains_key(name));
        for (name, value) in before {
            same(&name, &value, &found[&name])?;
        }
    }
    Ok(())
}

fn content(tx: &ValidatedTransaction) -> Map<String, Value> {
    let Ok(Value::Object(mut content)) = serde_json::to_value(tx) else {
        panic!("{tx:?} is no object")
    };
    // How it came, and what servers add for convenience.
    content.retain(|name, _| !["source", "raw_metadata"].contains(&name.as_str()));
    content
}

pub(super) async fn wait(run: &Run, named: Option<&str>) -> Checked {
    waits::wait(run, &client(run, named).await?, secs(1)).await
}

pub(super) async fn monitor(run: &Run, named: Option<&str>, first: u32, last: u32) -> Checked {
    monitors::has_whole(run, first, last).await?;
    let txd = client(run, named).await?;
    let monitor = txd.monitor(monitors::followed(run)).from_ledger(first).to_ledger(last);
    let heard = monitors::hear(&mut monitor.source(MonitorSource::Ledgers).start()?, last).await?;
    monitors::all_came(run, first, last, heard)
}
