//! One connection of a node over HTTP: JSON-RPC requests in, answers out, one after the other.

use std::{io, sync::Arc, time::Duration};

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    NodeState, Tap,
    answer::{self, LONGEST_REQUEST},
    lock,
    rpc::{Said, Then, said, said_in_plain_text},
    view::View,
};
use crate::testing::{
    faults::{Fault, Strikes},
    network::Shared,
};

/// Bytes of a request's head at most.
const LONGEST_HEAD: usize = 64 << 10;

/// Serves a connection to its end, with the faults that strike it.
pub(super) async fn serve(
    shared: &Arc<Shared>,
    node: &Arc<NodeState>,
    tap: Tap,
    strikes: &Strikes,
) -> io::Result<()> {
    let mut session = Session { tap, heard: Vec::new() };
    let status = strikes.find(|fault| match fault {
        Fault::HttpStatus(code) => Some(code),
        _ => None,
    });
    while let Some(body) = session.next_request().await? {
        let said = match (status, read(&body)) {
            (Some(code), _) => Said::page(code),
            (None, Ok(request)) => reply(shared, node, &request),
            (None, Err(complaint)) => said_in_plain_text(400, complaint),
        };
        if !session.say(node.latency(), said).await? {
            break;
        }
    }
    Ok(())
}

/// The request of a body, as a WebSocket would bring it.
fn read(body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let Ok(Value::Object(outer)) = serde_json::from_slice(body) else {
        return Err("Unable to parse request");
    };
    let method = match outer.get("method") {
        None | Some(Value::Null) => return Err("Null method"),
        Some(Value::String(method)) if method.is_empty() => return Err("method is empty"),
        Some(Value::String(method)) => method,
        Some(_) => return Err("method is not string"),
    };
    let mut request = match outer.get("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Array(params)) => match params.as_slice() {
            [] => Map::new(),
            [Value::Object(only)] => only.clone(),
            _ => return Err("params unparseable"),
        },
        Some(_) => return Err("params unparseable"),
    };
    request.insert("command".to_owned(), json!(method));
    if let Some(id) = outer.get("id") {
        request.insert("id".to_owned(), id.clone());
    }
    Ok(request)
}

fn reply(shared: &Arc<Shared>, node: &Arc<NodeState>, request: &Map<String, Value>) -> Said {
    let command = answer::command(request).unwrap_or_default();
    for action in node.hooks(command) {
        action();
    }
    let strikes = node.on_request(command);
    let reply = {
        let world = lock(&shared.world);
        let view = View::new(&world, node, &strikes, shared.since_close());
        answer::reply(&view, request, None)
    };
    said(reply, node.software, &strikes)
}

/// A connection.
struct Session {
    tap: Tap,
    /// Read, and not yet understood.
    heard: Vec<u8>,
}

impl Session {
    /// The body of the next request; none when the client has gone, or talks nonsense.
    async fn next_request(&mut self) -> io::Result<Option<Vec<u8>>> {
        let head = loop {
            if let Some(end) = self.heard.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = self.heard.split_off(end + 4);
                break String::from_utf8_lossy(&std::mem::replace(&mut self.heard, rest))
                    .into_owned();
            }
            if self.heard.len() > LONGEST_HEAD || !self.hear().await? {
                return Ok(None);
            }
        };
        let length = |line: &str| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.trim().parse::<usize>().ok()).flatten()
        };
        let length = head.lines().find_map(length).unwrap_or(0);
        while self.heard.len() < length {
            if length > LONGEST_REQUEST || !self.hear().await? {
                return Ok(None);
            }
        }
        let rest = self.heard.split_off(length);
        Ok(Some(std::mem::replace(&mut self.heard, rest)))
    }

    /// Reads more; false when the client has gone.
    async fn hear(&mut self) -> io::Result<bool> {
        let mut more = [0; 4096];
        let count = self.tap.read(&mut more).await?;
        self.heard.extend_from_slice(&more[..count]);
        Ok(count > 0)
    }

    /// Says all this, after a while; whether the connection goes on.
    async fn say(&mut self, latency: Duration, said: Said) -> io::Result<bool> {
        let mut pause = latency + said.after;
        for piece in &said.pieces {
            if !self.pause(pause).await? {
                return Ok(false);
            }
            self.tap.write_all(piece).await?;
            self.tap.flush().await?;
            pause = said.pace;
        }
        match said.then {
            Then::GoesOn => Ok(true),
            Then::Closes => {
                self.pause(pause).await?;
                self.tap.shutdown().await?;
                Ok(false)
            }
            Then::Resets => {
                self.pause(pause).await?;
                self.tap.valve().reset();
                Ok(false)
            }
            Then::SaysNothing => {
                while self.hear().await? {}
                Ok(false)
            }
        }
    }

    /// Waits; false when the client goes meanwhile.
    async fn pause(&mut self, time: Duration) -> io::Result<bool> {
        if time.is_zero() {
            return Ok(true);
        }
        let sleep = tokio::time::sleep(time);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => return Ok(true),
                more = self.hear() => if !more? {
                    return Ok(false);
                }
            }
        }
    }
}
