//! Events for people and for programs.

use std::io::{IsTerminal, Write};

use serde_json::json;
use xrpl_txdata::{Error, Event, MonitorHandle};

/// Where events go.
pub(crate) struct Report {
    json: bool,
    handle: MonitorHandle,
}

impl Report {
    pub(crate) fn new(json: bool, handle: MonitorHandle) -> Report {
        Report { json, handle }
    }

    pub(crate) fn event(&self, event: &Event) {
        if self.json {
            println!("{}", line(event));
        } else {
            self.human(event);
        }
    }

    pub(crate) fn error(&self, error: &Error) {
        if self.json {
            println!("{}", json!({ "event": "error", "error": error.to_string() }));
        } else {
            clear();
            eprintln!("monitor: {error}");
        }
    }

    fn human(&self, event: &Event) {
        if !matches!(event, Event::LedgerDone(_)) {
            clear();
        }
        match event {
            Event::Incoming(payment) => {
                for incoming in payment.received() {
                    let tag = incoming.destination_tag.map(|tag| format!(" tag {tag}"));
                    let from = incoming.sender.map(|sender| format!(" from {sender}"));
                    println!(
                        "ledger {}: {}{} received {} by {:?}{}, {}",
                        payment.ledger_index(),
                        incoming.account,
                        tag.unwrap_or_default(),
                        incoming.amount,
                        incoming.way,
                        from.unwrap_or_default(),
                        payment.hash(),
                    );
                }
            }
            Event::Transaction(tx) => println!(
                "ledger {}: {} {} of {}, {}",
                tx.ledger_index(),
                tx.transaction_type(),
                tx.result(),
                tx.account(),
                tx.hash()
            ),
            Event::LedgerDone(_) => self.status(),
            Event::Outage { after, failures } => {
                let after = after.map(|after| format!(" after ledger {after}"));
                println!("outage{}: {}", after.unwrap_or_default(), list(failures));
            }
            Event::Recovered { lasted } => {
                println!("recovered after {:.1} s", lasted.as_secs_f64());
            }
            Event::GapNotFillable { from, to } => {
                println!("no node has ledgers {from} to {to} any more");
            }
            other => println!("{other:?}"),
        }
    }

    /// One line at the bottom, where somebody can see it.
    fn status(&self) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let status = self.handle.status();
        let number = |n: Option<u32>| n.map_or("-".to_owned(), |n| n.to_string());
        eprint!(
            "\r\x1b[2Kledger {}, {} behind, {}",
            number(status.last_ledger),
            number(status.lag()),
            if status.nodes.is_empty() { "no node".to_owned() } else { status.nodes.join(" ") },
        );
        let _ = std::io::stderr().flush();
    }
}

fn clear() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[2K");
    }
}

fn list<T: ToString>(failures: &[T]) -> String {
    failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn line(event: &Event) -> serde_json::Value {
    match event {
        Event::Incoming(payment) => json!({ "event": "incoming", "payment": payment }),
        Event::Transaction(tx) => json!({ "event": "transaction", "transaction": tx }),
        Event::LedgerDone(cursor) => json!({ "event": "ledger_done", "cursor": cursor }),
        Event::Outage { after, failures } => {
            let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
            json!({ "event": "outage", "after": after, "failures": failures })
        }
        Event::Recovered { lasted } => {
            json!({ "event": "recovered", "lasted_ms": lasted.as_millis() as u64 })
        }
        Event::GapNotFillable { from, to } => {
            json!({ "event": "gap_not_fillable", "from": from, "to": to })
        }
        other => json!({ "event": format!("{other:?}") }),
    }
}
