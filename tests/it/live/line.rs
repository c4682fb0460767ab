//! A line to the server that is none of the library's: what it says there is what the library is held
//! against.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use hyper::body::Body;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::Mutex, time::timeout};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};
use xrpl_txdata::Endpoint;

use super::report::Halt;

/// A server that is on this machine, or near it, answers at once.
const PATIENCE: Duration = Duration::from_secs(15);

/// The server says no, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) token: String,
    text: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a server does not do cannot be tested with it.
impl From<Refused> for Halt {
    fn from(refused: Refused) -> Halt {
        Halt::Skipped(refused.text)
    }
}

/// `ws://` or `http://`.
pub(super) struct Line {
    endpoint: Endpoint,
    path: String,
    socket: Mutex<Option<WebSocketStream<TcpStream>>>,
    asked: AtomicU64,
}

impl Line {
    pub(super) fn new(url: &str) -> Result<Line, String> {
        let endpoint: Endpoint = url.parse().map_err(|error| format!("{error}"))?;
        if endpoint.is_secure() {
            return Err(format!("{endpoint}: expected ws:// or http://"));
        }
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.find('/').map_or("/", |at| &rest[at..]).to_owned();
        let (socket, asked) = (Mutex::new(None), AtomicU64::new(1));
        Ok(Line { endpoint, path, socket, asked })
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Asks without a version: servers then answer in the first one, the library asks for the second.
    pub(super) async fn ask(&self, command: &str, fields: Value) -> Result<Value, Refused> {
        let refused = |token: &str, text: String| {
            let text = format!("{command}: {text}");
            Refused { token: token.to_owned(), text }
        };
        let answer = timeout(PATIENCE, async {
            if self.endpoint.scheme() == "http" {
                self.post(json!({ "method": command, "params": [fields] })).await
            } else {
                let mut text = fields;
                text["command"] = command.into();
                self.say(text).await
            }
        });
        let answer = match answer.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(refused("", error)),
            Err(_) => return Err(refused("", format!("silent for {} s", PATIENCE.as_secs()))),
        };
        // Over HTTP errors stand within the result.
        let result = answer.get("result").filter(|result| result.is_object());
        let said = result.filter(|result| result.get("error").is_some()).unwrap_or(&answer);
        if let Some(token) = said.get("error").and_then(Value::as_str) {
            let message = said["error_message"].as_str().or(said["error_exception"].as_str());
            return Err(refused(token, format!("{token} {}", message.unwrap_or_default())));
        }
        result.cloned().ok_or_else(|| refused("", format!("no result in {answer}")))
    }

    async fn say(&self, mut question: Value) -> Result<Value, String> {
        let id = self.asked.fetch_add(1, Ordering::Relaxed);
        question["id"] = id.into();
        let mut slot = self.socket.lock().await;
        // An old connection may be dead, and then a new one is not.
        let mut socket = match slot.take() {
            Some(socket) => socket,
            None => self.connect().await?,
        };
        if socket.send(Message::text(question.to_string())).await.is_err() {
            socket = self.connect().await?;
            let sent = socket.send(Message::text(question.to_string())).await;
            sent.map_err(|error| error.to_string())?;
        }
        while let Some(message) = socket.next().await {
            let Ok(text) = message.map_err(|error| error.to_string())?.into_text() else {
                continue;
            };
            let Ok(said) = serde_json::from_str::<Value>(&text) else { continue };
            // Without an id it is about something that could not be read.
            if said["id"] == id || (said["type"] == "error" && said.get("id").is_none()) {
                *slot = Some(socket);
                return Ok(said);
            }
        }
        Err("it closed the connection".to_owned())
    }

    /// A connection of its own, for what streams.
    pub(super) async fn connect(&self) -> Result<WebSocketStream<TcpStream>, String> {
        let stream = self.dial().await?;
        let url = format!("ws://{}:{}{}", self.endpoint.host(), self.endpoint.port(), self.path);
        let upgraded = client_async(url, stream).await;
        upgraded.map(|(socket, _)| socket).map_err(|error| error.to_string())
    }

    async fn dial(&self) -> Result<TcpStream, String> {
        let place = (self.endpoint.host(), self.endpoint.port());
        TcpStream::connect(place).await.map_err(|error| error.to_string())
    }

    async fn post(&self, question: Value) -> Result<Value, String> {
        let error = |error: hyper::Error| error.to_string();
        let io = TokioIo::new(self.dial().await?);
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake::<_, String>(io).await.map_err(error)?;
        let driver = tokio::spawn(connection);
        let request = hyper::Request::post(&self.path)
            .header("Host", format!("{}:{}", self.endpoint.host(), self.endpoint.port()))
            .header("Content-Type", "application/json")
            .body(question.to_string())
            .map_err(|error| error.to_string())?;
        let answer = sender.send_request(request).await.map_err(error)?;
        let (status, mut body, mut bytes) = (answer.status(), answer.into_body(), Vec::new());
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            bytes.extend(frame.map_err(error)?.into_data().unwrap_or_default());
        }
        driver.abort();
        let text = String::from_utf8_lossy(&bytes);
        serde_json::from_str(&text)
            .map_err(|_| format!("HTTP {status}: {}", text.chars().take(100).collect::<String>()))
    }
}
