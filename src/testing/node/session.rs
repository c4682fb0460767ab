//! One connection of a node: handshake, requests in, answers and stream messages out.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, future::select, pin_mut};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
    time::Instant,
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        Bytes, Message,
        handshake::server::{Callback, ErrorResponse, Request, Response},
        http::{HeaderValue, StatusCode, header},
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::{
    NodeState, Socket, Tap, Valve,
    answer::{self, LONGEST_REQUEST},
    http, lock, publish,
    sabotage::{Act, acts},
    subscriptions::Subscriptions,
    view::View,
};
use crate::testing::{
    faults::{Fault, Strikes},
    link::Held,
    network::Shared,
};

/// Pause between two pings; a client that has not answered by the next one is dropped.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long a node waits for the client's close frame after its own.
const CLOSING: Duration = Duration::from_secs(5);
/// Pause between two pieces of an endless handshake.
const ENDLESS_PACE: Duration = Duration::from_millis(5);
/// A client that lets more messages wait is too slow.
const MOST_WAITING: usize = 200_000;
/// Buffer of each connection, in bytes.
const BUFFER: usize = 8 << 10;

/// Serves one connection to its end, with the faults that strike it.
pub(in crate::testing) async fn serve(
    shared: &Arc<Shared>,
    node: &Arc<NodeState>,
    socket: impl Socket + 'static,
    tls: Option<TlsAcceptor>,
    strikes: Strikes,
) {
    let _serving = Held::new(&node.serving);
    let mut cut = node.cut.subscribe();
    let valve = node.valve();
    let session = async {
        // A client that goes away, or that refuses the certificate, ends the session: no matter.
        let _ = match tls {
            _ if strikes.has(Fault::NoHandshake) => drain(socket).await,
            Some(tls) => match tls.accept(socket).await {
                Ok(socket) => upgrade(shared, node, socket, &valve, &strikes).await,
                Err(_) => Ok(()),
            },
            None => upgrade(shared, node, socket, &valve, &strikes).await,
        };
    };
    let cut = async {
        let _ = cut.changed().await;
    };
    pin_mut!(session, cut);
    select(session, cut).await;
}

/// Reads and ignores until the client gives up.
async fn drain(mut socket: impl Socket) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while socket.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn upgrade(
    shared: &Arc<Shared>,
    node: &Arc<NodeState>,
    socket: impl Socket + 'static,
    valve: &Arc<Valve>,
    strikes: &Strikes,
) -> io::Result<()> {
    let mut tap = Tap::new(socket, node, valve);
    if strikes.has(Fault::EndlessHandshake) {
        return never_end(tap).await;
    }
    if !tap.wants_websocket().await? {
        valve.upgraded();
        return http::serve(shared, node, tap, strikes).await;
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .max_message_size(Some(4 * LONGEST_REQUEST));
    let handshake = Handshake(strikes.clone());
    if let Ok(socket) = accept_hdr_async_with_config(tap, handshake, Some(config)).await {
        valve.upgraded();
        let session = Session {
            shared: Arc::clone(shared),
            node: Arc::clone(node),
            valve: Arc::clone(valve),
            queue: Mutex::default(),
            news: Notify::new(),
            subscriptions: Mutex::new(Subscriptions::new(&node.subscriptions)),
            alive: AtomicBool::new(true),
            published: Mutex::new(*shared.tip.borrow()),
        };
        session.run(socket).await;
    }
    Ok(())
}

async fn never_end(mut tap: Tap) -> io::Result<()> {
    tap.read_u8().await?;
    tap.write_all(b"HTTP/1.1 101 Switching Protocols\r\n").await?;
    loop {
        tap.write_all(b"X-Patience: is a virtue\r\n").await?;
        tap.flush().await?;
        tokio::time::sleep(ENDLESS_PACE).await;
    }
}

/// The answer to the handshake.
struct Handshake(Strikes);

impl Callback for Handshake {
    fn on_request(self, _: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        let status = self.0.find(|fault| match fault {
            Fault::HttpStatus(code) => Some(code),
            _ => None,
        });
        if let Some(code) = status {
            let mut refusal = ErrorResponse::new(Some(format!("<html>Error {code}</html>\n")));
            *refusal.status_mut() =
                StatusCode::from_u16(code).unwrap_or_else(|_| panic!("{code} is no HTTP status"));
            return Err(refusal);
        }
        if self.0.has(Fault::WrongAcceptKey) {
            let wrong = HeaderValue::from_static("AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
            response.headers_mut().insert(header::SEC_WEBSOCKET_ACCEPT, wrong);
        }
        Ok(response)
    }
}

/// A connection after its handshake.
struct Session {
    shared: Arc<Shared>,
    node: Arc<NodeState>,
    valve: Arc<Valve>,
    /// What is to be done when, in this order.
    queue: Mutex<BTreeMap<(Instant, u64), Act>>,
    news: Notify,
    subscriptions: Mutex<Subscriptions>,
    /// Whether the client has answered the last ping.
    alive: AtomicBool,
    /// The last ledger of which subscribers were told, or were not because there were none.
    published: Mutex<u32>,
}

impl Session {
    async fn run(&self, socket: WebSocketStream<Tap>) {
        let (mut sink, mut stream) = socket.split();
        let reader = async {
            while let Some(Ok(message)) = stream.next().await {
                match message {
                    Message::Text(text) => self.hear(text.as_str()),
                    Message::Binary(bytes) => {
                        self.hear(std::str::from_utf8(&bytes).unwrap_or_default());
                    }
                    Message::Pong(_) => self.alive.store(true, Ordering::Relaxed),
                    _ => {}
                }
            }
        };
        let writer = async {
            // A write that fails has lost its client.
            let _ = self.write(&mut sink).await;
        };
        pin_mut!(reader, writer);
        select(reader, writer).await;
    }

    /// Does what is due, and waits for more.
    async fn write(
        &self,
        sink: &mut (impl SinkExt<Message, Error = impl Sized> + Unpin),
    ) -> Result<(), ()> {
        let mut tip = self.shared.tip.subscribe();
        let mut ping = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        loop {
            self.publish();
            while let Some(act) = self.due() {
                match act {
                    Act::Send(message) => sink.send(message).await.map_err(|_| ())?,
                    Act::Cut(message) => {
                        self.valve.cut_after(message.len() / 2);
                        return sink.send(message).await.map_err(|_| ());
                    }
                    Act::Close(code) => {
                        let frame =
                            CloseFrame { code: CloseCode::from(code), reason: reason(code).into() };
                        sink.send(Message::Close(Some(frame))).await.map_err(|_| ())?;
                        tokio::time::sleep(CLOSING).await;
                        return Ok(());
                    }
                    Act::Hangup => return Ok(()),
                    Act::Reset => {
                        self.valve.reset();
                        return Ok(());
                    }
                }
            }
            let next = lock(&self.queue).first_key_value().map(|((due, _), _)| *due);
            let due = async {
                match next {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.news.notified() => {}
                () = due => {}
                _ = ping.tick() => {
                    if !self.alive.swap(false, Ordering::Relaxed) {
                        return Ok(());
                    }
                    sink.send(Message::Ping(Bytes::new())).await.map_err(|_| ())?;
                }
                // The network is gone with its last ledger: this task ends with it.
                _ = tip.changed() => {}
            }
        }
    }

    fn due(&self) -> Option<Act> {
        let mut queue = lock(&self.queue);
        let first = queue.first_entry()?;
        (first.key().0 <= Instant::now()).then(|| first.remove())
    }

    fn schedule(&self, acts: Vec<Act>, delay: Duration) {
        let due = Instant::now() + self.node.latency() + delay;
        let mut queue = lock(&self.queue);
        for act in acts {
            // After everything that is due at the same moment.
            let last = queue.range(..=(due, u64::MAX)).next_back();
            let place =
                last.filter(|((at, _), _)| *at == due).map_or(0, |((_, place), _)| place + 1);
            queue.insert((due, place), act);
        }
        if queue.len() > MOST_WAITING {
            queue.clear();
            queue.insert((due, 0), Act::Close(1008));
        }
        drop(queue);
        self.news.notify_one();
    }

    /// Answers a request. No answer overtakes the news of ledgers that closed before it.
    fn hear(&self, text: &str) {
        let request = match serde_json::from_str(text) {
            Ok(Value::Object(request)) if text.len() <= LONGEST_REQUEST => request,
            _ => return self.schedule(vec![not_understood(text)], Duration::ZERO),
        };
        let command = answer::command(&request).unwrap_or_default();
        for action in self.node.hooks(command) {
            action();
        }
        self.publish();
        let strikes = self.node.on_request(command);
        let reply = self.reply(&request, &strikes);
        let (acts, delay) = acts(reply, &strikes);
        self.schedule(acts, delay);
    }

    fn reply(&self, request: &Map<String, Value>, strikes: &Strikes) -> Map<String, Value> {
        let world = lock(&self.shared.world);
        let view = View::new(&world, &self.node, strikes, self.shared.since_close());
        answer::reply(&view, request, Some(&mut lock(&self.subscriptions)))
    }

    /// Tells of the ledgers that closed since the last time.
    fn publish(&self) {
        let mut published = lock(&self.published);
        loop {
            let mut all = Vec::new();
            {
                let world = lock(&self.shared.world);
                let none = Strikes::default();
                let view = View::new(&world, &self.node, &none, self.shared.since_close());
                let next = published.saturating_add(1);
                if view.tip().is_none_or(|tip| tip < next) {
                    return;
                }
                *published = next;
                let Some(ledger) = world.closed(next) else { continue };
                let strikes = self.node.on_ledger(next);
                let view = View::new(&world, &self.node, &strikes, self.shared.since_close());
                for message in publish::messages(&view, &ledger, &lock(&self.subscriptions)) {
                    if let Value::Object(message) = message {
                        all.push(acts(message, &strikes));
                    }
                }
            }
            for (acts, delay) in all {
                self.schedule(acts, delay);
            }
        }
    }
}

fn not_understood(text: &str) -> Act {
    let message = json!({ "type": "error", "error": "jsonInvalid", "value": text });
    Act::Send(Message::text(message.to_string()))
}

fn reason(code: u16) -> &'static str {
    match code {
        1001 => "Shutting Down",
        1008 => "threshold exceeded",
        _ => "",
    }
}
