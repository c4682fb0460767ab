//! From the right answer to the bytes that a node, well or faulty, sends over HTTP.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    Software,
    sabotage::{FRAGMENT, alter, disfigure, print},
};
use crate::testing::faults::{Fault, Strikes};

/// What a node says to one request.
#[derive(Debug)]
pub(super) struct Said {
    /// How much later.
    pub(super) after: Duration,
    pub(super) pieces: Vec<Vec<u8>>,
    /// Between the pieces.
    pub(super) pace: Duration,
    pub(super) then: Then,
}

/// What the node does after that.
#[derive(Debug)]
pub(super) enum Then {
    /// The connection can be used again.
    GoesOn,
    Closes,
    Resets,
    SaysNothing,
}

impl Said {
    fn whole(bytes: Vec<u8>) -> Said {
        Said {
            after: Duration::ZERO,
            pieces: vec![bytes],
            pace: Duration::ZERO,
            then: Then::GoesOn,
        }
    }

    /// This status and a page of HTML.
    pub(super) fn page(status: u16) -> Said {
        let page = format!("<html>Error {status}</html>\n");
        Said::whole(message(status, "text/html", "", page.as_bytes()))
    }
}

/// This status and a line of text.
pub(super) fn said_in_plain_text(status: u16, text: &str) -> Said {
    Said::whole(message(status, "text/plain", "", format!("{text}\r\n").as_bytes()))
}

/// What is said instead of `reply`, which is the answer over a WebSocket.
pub(super) fn said(reply: Map<String, Value>, software: Software, strikes: &Strikes) -> Said {
    let mut reply = reply;
    let mut after = Duration::ZERO;
    let mut instead = None;
    for fault in strikes.iter() {
        match fault {
            Fault::Slow(time) => after += time,
            Fault::NoReply => instead = instead.or(Some(nothing(Then::SaysNothing))),
            Fault::ClosesMidRequest | Fault::Closes(_) => {
                instead = instead.or(Some(nothing(Then::Closes)));
            }
            Fault::Resets => instead = instead.or(Some(nothing(Then::Resets))),
            Fault::RateLimited(seconds) => {
                let header = format!("Retry-After: {seconds}\r\n");
                let bytes = message(429, "text/html", &header, b"<html>Too many requests</html>");
                instead = instead.or(Some(Said::whole(bytes)));
            }
            Fault::Overloaded => {
                instead = instead.or(Some(said_in_plain_text(503, "Server is overloaded")));
            }
            Fault::Redirects => {
                let header = "Location: http://elsewhere.test/\r\n";
                let bytes = message(302, "text/html", header, b"<html>Elsewhere</html>");
                instead = instead.or(Some(Said::whole(bytes)));
            }
            Fault::Html => {
                let bytes = message(200, "text/html", "", b"<html>Please log in</html>");
                instead = instead.or(Some(Said::whole(bytes)));
            }
            Fault::ErrorFrame => {
                let text = "Unable to parse request";
                instead = instead.or(Some(said_in_plain_text(400, text)));
            }
            fault => alter(&mut reply, fault),
        }
    }
    let said = instead.unwrap_or_else(|| answer(reply, software, strikes));
    Said { after, ..said }
}

fn nothing(then: Then) -> Said {
    Said { after: Duration::ZERO, pieces: Vec::new(), pace: Duration::ZERO, then }
}

fn answer(reply: Map<String, Value>, software: Software, strikes: &Strikes) -> Said {
    if reply.get("error") == Some(&json!("invalid_API_version"))
        && !reply.contains_key("error_code")
    {
        return said_in_plain_text(400, "invalid_API_version");
    }
    let body = strikes.iter().fold(print(&in_rpc(reply, software), strikes), disfigure);
    let kind = match strikes.has(Fault::WrongContentType) {
        true => "text/html",
        false => "application/json; charset=UTF-8",
    };
    if strikes.has(Fault::Fragmented) {
        return Said::whole(in_chunks(kind, body.as_bytes()));
    }
    let claim = strikes.find(|fault| match fault {
        Fault::ClaimsLength(more) => Some(more),
        _ => None,
    });
    let length = body.len().saturating_add_signed(claim.unwrap_or(0) as isize);
    let mut bytes = head(200, kind, &format!("Content-Length: {length}\r\n"));
    let begun = bytes.len();
    bytes.extend_from_slice(body.as_bytes());
    if strikes.has(Fault::ClosesMidFrame) {
        bytes.truncate(begun + body.len() / 2);
        return Said { then: Then::Closes, ..Said::whole(bytes) };
    }
    let copies = if strikes.has(Fault::DoubledReply) { 2 } else { 1 };
    let said = Said::whole(bytes.repeat(copies));
    let pace = strikes.find(|fault| match fault {
        Fault::Dribbles(pace) => Some(pace),
        _ => None,
    });
    if let Some(pace) = pace {
        return Said { pieces: bytes.chunks(1).map(<[u8]>::to_vec).collect(), pace, ..said };
    }
    let closes = strikes.has(Fault::ClosesAfterReply);
    Said { then: if closes { Then::Closes } else { Then::GoesOn }, ..said }
}

/// The answer over a WebSocket as JSON-RPC has it: errors stand in the result, beside the status, and what
/// warns of a load. Clio does not repeat the id.
fn in_rpc(mut reply: Map<String, Value>, software: Software) -> Map<String, Value> {
    let mut outer = Map::new();
    for name in ["warnings", "id", "nest", "pad", "note", "unheard_of", "another_flag"] {
        if let Some(value) =
            reply.remove(name).filter(|_| name != "id" || software == Software::Rippled)
        {
            outer.insert(name.to_owned(), value);
        }
    }
    let status = reply.remove("status").unwrap_or_default();
    let warning = reply.remove("warning");
    let mut result = match reply.remove("result") {
        Some(Value::Object(result)) => result,
        _ => {
            reply.remove("type");
            reply
        }
    };
    result.insert("status".to_owned(), status);
    result.extend(warning.map(|warning| ("warning".to_owned(), warning)));
    outer.insert("result".to_owned(), result.into());
    outer
}

fn head(status: u16, kind: &str, headers: &str) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        _ => "No",
    };
    format!(
        "HTTP/1.1 {status} {reason}\r\nServer: simulated\r\nContent-Type: {kind}\r\n{headers}\r\n"
    )
    .into_bytes()
}

fn message(status: u16, kind: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head(status, kind, &format!("{headers}Content-Length: {}\r\n", body.len()));
    bytes.extend_from_slice(body);
    bytes
}

fn in_chunks(kind: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head(200, kind, "Transfer-Encoding: chunked\r\n");
    for chunk in body.chunks(FRAGMENT).chain([&[][..]]) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
