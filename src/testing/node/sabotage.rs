//! From the right message to what a faulty node sends instead.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::{
    Bytes, Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::testing::faults::{Fault, Strikes};

/// Length of the pieces of a fragmented message, in bytes.
pub(super) const FRAGMENT: usize = 100;

/// Something that a connection does.
#[derive(Debug)]
pub(super) enum Act {
    Send(Message),
    /// Breaks off in the middle of this message.
    Cut(Message),
    /// Sends a close frame with this code.
    Close(u16),
    Hangup,
    Reset,
}

/// What is done instead of sending `reply`, and how much later.
pub(super) fn acts(reply: Map<String, Value>, strikes: &Strikes) -> (Vec<Act>, Duration) {
    let mut delay = Duration::ZERO;
    let mut acts = Vec::new();
    let mut reply = reply;
    for fault in strikes.iter() {
        match fault {
            Fault::NoReply => return (acts, delay),
            Fault::ClosesMidRequest => return (with(acts, Act::Hangup), delay),
            Fault::Closes(code) => return (with(acts, Act::Close(code)), delay),
            Fault::Resets => return (with(acts, Act::Reset), delay),
            Fault::Slow(time) => delay += time,
            Fault::Flood(messages) => acts.extend((0..messages).map(unasked)),
            _ => alter(&mut reply, fault),
        }
    }
    let text = strikes.iter().fold(print(&reply, strikes), disfigure);
    if strikes.has(Fault::ClosesMidFrame) {
        return (with(acts, Act::Cut(Message::text(text))), delay);
    }
    let copies = if strikes.has(Fault::DoubledReply) { 2 } else { 1 };
    for _ in 0..copies {
        if strikes.has(Fault::BinaryFrame) {
            acts.push(Act::Send(Message::binary(text.clone())));
        } else if strikes.has(Fault::Fragmented) {
            acts.extend(fragments(&text));
        } else {
            acts.push(Act::Send(Message::text(text.clone())));
        }
    }
    (acts, delay)
}

fn with(mut acts: Vec<Act>, last: Act) -> Vec<Act> {
    acts.push(last);
    acts
}

fn unasked(number: usize) -> Act {
    let message = json!({
        "type": "transaction",
        "status": "proposed",
        "validated": false,
        "engine_result": "tesSUCCESS",
        "transaction": { "TransactionType": "AccountSet", "Sequence": number },
    });
    Act::Send(Message::text(message.to_string()))
}

/// Alters the members of a message.
pub(super) fn alter(message: &mut Map<String, Value>, fault: Fault) {
    match fault {
        Fault::UnknownId => {
            message.insert("id".to_owned(), json!(u64::MAX));
        }
        Fault::NoId => {
            message.remove("id");
        }
        Fault::ErrorFrame => {
            message.clear();
            message.insert("type".to_owned(), json!("error"));
            message.insert("error".to_owned(), json!("jsonInvalid"));
            message.insert("value".to_owned(), json!("?"));
        }
        Fault::Unvalidated => set_validated(message, Some(json!(false))),
        Fault::ValidatedText => set_validated(message, Some(json!("true"))),
        Fault::NoValidatedFlag => set_validated(message, None),
        Fault::NoMetadata => {
            remove_metadata(message);
            message.get_mut("result").and_then(Value::as_object_mut).map(remove_metadata);
        }
        Fault::UnknownFields => {
            let mut all = Value::Object(std::mem::take(message));
            strew(&mut all);
            if let Value::Object(members) = all {
                *message = members;
            }
        }
        Fault::HugeString(bytes) => {
            message.insert("note".to_owned(), "x".repeat(bytes).into());
        }
        _ => {}
    }
}

/// `validated` wherever it stands: in the result, in its list of transactions, in a stream message.
fn set_validated(message: &mut Map<String, Value>, to: Option<Value>) {
    let set = |members: &mut Map<String, Value>| match &to {
        _ if !members.contains_key("validated") => {}
        Some(value) => {
            members.insert("validated".to_owned(), value.clone());
        }
        None => {
            members.remove("validated");
        }
    };
    set(message);
    let Some(result) = message.get_mut("result").and_then(Value::as_object_mut) else { return };
    set(result);
    for list in lists(result) {
        list.iter_mut().filter_map(Value::as_object_mut).for_each(set);
    }
}

fn remove_metadata(content: &mut Map<String, Value>) {
    let remove = |members: &mut Map<String, Value>| {
        for name in ["meta", "metaData", "metadata", "meta_blob"] {
            members.remove(name);
        }
    };
    remove(content);
    for list in lists(content) {
        list.iter_mut().filter_map(Value::as_object_mut).for_each(remove);
    }
}

/// The lists of transactions in a result, of `account_tx` and of `ledger`.
fn lists(result: &mut Map<String, Value>) -> Vec<&mut Vec<Value>> {
    let mut found = Vec::new();
    for (name, value) in result {
        match value {
            Value::Array(list) if name == "transactions" => found.push(list),
            Value::Object(inner) if name == "ledger" => {
                let list = inner.get_mut("transactions").and_then(Value::as_array_mut);
                found.extend(list);
            }
            _ => {}
        }
    }
    found
}

/// Members whose own members get company: those that servers fill freely. In amounts and the like an
/// unknown name would mean something else.
const FREELY_FILLED: [&str; 12] = [
    "result",
    "info",
    "state",
    "validated_ledger",
    "ledger",
    "transactions",
    "transaction",
    "tx",
    "tx_json",
    "meta",
    "metaData",
    "metadata",
];

/// Puts unknown members next to all that are known.
fn strew(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(strew),
        Value::Object(members) => {
            let known = |(name, _): &(&String, _)| FREELY_FILLED.contains(&name.as_str());
            members.iter_mut().filter(known).for_each(|(_, value)| strew(value));
            let news = json!({ "since": 2031, "list": [1, { "deep": null }], "text": "\u{1F600}" });
            members.insert("unheard_of".to_owned(), news);
            members.insert("another_flag".to_owned(), json!(true));
        }
        _ => {}
    }
}

/// The text of a message; what would be too deep or too long for a value is made as text.
pub(super) fn print(reply: &Map<String, Value>, strikes: &Strikes) -> String {
    let text = Value::Object(reply.clone()).to_string();
    let addition = strikes.find(|fault| match fault {
        Fault::DeepNesting(levels) => {
            Some(format!("\"nest\":{}{}", "[".repeat(levels), "]".repeat(levels)))
        }
        Fault::Oversized(bytes) => {
            let missing = bytes.saturating_sub(text.len()).saturating_sub("\"pad\":\"\",".len());
            Some(format!("\"pad\":\"{}\"", " ".repeat(missing)))
        }
        _ => None,
    });
    match addition {
        Some(addition) if text.len() > 2 => format!("{{{addition},{}", &text[1..]),
        _ => text,
    }
}

/// Spoils the text of a message.
pub(super) fn disfigure(text: String, fault: Fault) -> String {
    match fault {
        Fault::NotJson => format!("It is now {} o'clock {{", text.len()),
        Fault::NotObject => format!("[{text}]"),
        _ => text,
    }
}

fn fragments(text: &str) -> Vec<Act> {
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(FRAGMENT).collect();
    let last = pieces.len().saturating_sub(1);
    let frames = pieces.into_iter().enumerate().map(|(place, piece)| {
        let kind = if place == 0 { Data::Text } else { Data::Continue };
        Frame::message(Bytes::copy_from_slice(piece), OpCode::Data(kind), place == last)
    });
    frames.map(|frame| Act::Send(Message::Frame(frame))).collect()
}
