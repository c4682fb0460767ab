//! From a request to the right answer, in the words of the node's software.

use serde_json::{Map, Value, json};

use super::{
    account_tx, errors::Refusal, ledgers, server, shapes::members, subscriptions::Subscriptions,
    transactions, view::View,
};
use crate::testing::faults::Fault;

/// Longer requests are refused, in bytes.
pub(super) const LONGEST_REQUEST: usize = 1_000_000;
const NEWEST_API: u64 = 2;

/// A request as far as it is understood.
pub(super) struct Ask<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) request: &'a Map<String, Value>,
    pub(super) api: u64,
}

pub(super) type Answer = Result<Map<String, Value>, Refusal>;

impl Ask<'_> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.request.get(name)?.as_str()
    }

    /// An option that is true or false; version 2 insists on that.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.request.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) if self.api > 1 || self.view.is_clio() => Err("invalidParams".into()),
            Some(other) => Ok(!matches!(other, Value::Null) && other != &json!(0)),
        }
    }
}

/// The command of a request; `method` is its other name.
pub(super) fn command(request: &Map<String, Value>) -> Option<&str> {
    request.get("command").or_else(|| request.get("method"))?.as_str()
}

/// The whole message that answers `request`. Without subscriptions, as over HTTP, there are none to be had.
pub(super) fn reply(
    view: &View<'_>,
    request: &Map<String, Value>,
    subscriptions: Option<&mut Subscriptions>,
) -> Map<String, Value> {
    let version = request.get("api_version");
    let answer = api_version(view, version).and_then(|api| {
        let ask = Ask { view, request, api };
        answer(&ask, subscriptions)
    });
    let mut message = match answer {
        Ok(result) => members(json!({ "status": "success", "result": result })),
        Err(refusal) => {
            let mut message = refusal.members();
            message.insert("status".to_owned(), json!("error"));
            message.insert("request".to_owned(), json!(request));
            message
        }
    };
    message.insert("type".to_owned(), json!("response"));
    for echoed in ["id", "api_version"] {
        if let Some(value) = request.get(echoed) {
            message.insert(echoed.to_owned(), value.clone());
        }
    }
    if view.strikes.has(Fault::Loaded) {
        message.insert("warning".to_owned(), json!("load"));
    }
    let warnings = server::warnings(view);
    if !warnings.is_empty() {
        message.insert("warnings".to_owned(), warnings.into());
    }
    message
}

fn api_version(view: &View<'_>, version: Option<&Value>) -> Result<u64, Refusal> {
    let newest = if view.strikes.has(Fault::OnlyApi1) { 1 } else { NEWEST_API };
    match version.map(Value::as_u64) {
        None => Ok(1),
        Some(Some(api)) if (1..=newest).contains(&api) => Ok(api),
        Some(_) if view.is_clio() => {
            Err(Refusal::from("invalid_API_version").with("error_code", 6000))
        }
        Some(_) => Err("invalid_API_version".into()),
    }
}

fn answer(ask: &Ask<'_>, subscriptions: Option<&mut Subscriptions>) -> Answer {
    let view = ask.view;
    let error = view.strikes.find(|fault| match fault {
        Fault::Error(token) => Some(token),
        _ => None,
    });
    if let Some(token) = error {
        return Err(token.into());
    }
    match command(ask.request) {
        None if view.is_clio() => Err(Refusal::from("missingCommand").with("error_code", 6001)),
        None => Err("missingCommand".into()),
        Some("ping") => Ok(Map::new()),
        Some("server_info") => Ok(server::info(view)),
        Some("server_state") => server::state(view),
        Some("fee") => Ok(server::fee(view)),
        Some("ledger_closed") => server::ledger_closed(view),
        Some("ledger_current") => server::ledger_current(view),
        Some("ledger") => ledgers::ledger(ask),
        Some("tx") => transactions::tx(ask),
        Some("transaction_entry") => transactions::transaction_entry(ask),
        Some("account_tx") => account_tx::account_tx(ask),
        Some("subscribe") => subscriptions.ok_or("noEvents")?.subscribe(ask),
        Some("unsubscribe") => subscriptions.ok_or("noEvents")?.unsubscribe(ask),
        Some(_) => Err("unknownCmd".into()),
    }
}
