//! Tests of the simulated network: that its truth is consistent, and its nodes as bad as they claim.

mod faults;
mod http;
mod recorded;
mod replies;
mod sockets;
mod stream_faults;
mod streams;
mod truth;
mod validations;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message},
};

use super::{Link, Network, Node};

/// Longer than anything here takes, by the paused clock; less than the time between pings.
const CEILING: Duration = Duration::from_secs(20);

/// A client that says exactly what it gets.
struct Client {
    socket: WebSocketStream<Link>,
    asked: u64,
}

impl Client {
    async fn connect(network: &Network, node: &Node) -> Client {
        Client::try_connect(network, node).await.expect("a connection")
    }

    async fn try_connect(network: &Network, node: &Node) -> Result<Client, tungstenite::Error> {
        let link = network.dial(node.name(), 80).await?;
        let (socket, _) = client_async(node.url(), link).await?;
        Ok(Client { socket, asked: 0 })
    }

    async fn send(&mut self, mut request: Value) -> u64 {
        self.asked += 1;
        request["id"] = json!(self.asked);
        self.socket.send(Message::text(request.to_string())).await.expect("a connection");
        self.asked
    }

    /// The next frame that is not a ping or pong.
    async fn frame(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        loop {
            let frame = tokio::time::timeout(CEILING, self.socket.next()).await;
            match frame.expect("a message in time") {
                Some(Ok(Message::Ping(_))) => {}
                frame => return frame,
            }
        }
    }

    async fn message(&mut self) -> Value {
        let frame = self.frame().await.expect("a message").expect("a message");
        serde_json::from_str(frame.to_text().expect("text")).expect("JSON")
    }

    /// The reply to this request, which must be the next message.
    async fn ask(&mut self, request: Value) -> Value {
        let id = self.send(request).await;
        let reply = self.message().await;
        assert_eq!(reply["id"], json!(id), "{reply}");
        reply
    }

    /// Whether nothing comes for a long time.
    async fn hears_nothing(&mut self) -> bool {
        let heard = async { while let Some(Ok(Message::Ping(_))) = self.socket.next().await {} };
        tokio::time::timeout(CEILING, heard).await.is_err()
    }
}

/// A network with one rippled node and a client of it.
async fn one_node() -> (Network, Node, Client) {
    let network = Network::builder().seed(1).traffic(6).build();
    let node = network.node("n1.test");
    let client = Client::connect(&network, &node).await;
    (network, node, client)
}
