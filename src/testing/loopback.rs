//! The same nodes on real sockets of this machine.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::{
    Network, Node,
    faults::{Fault, Strikes},
    network::Shared,
    node::{NodeState, serve},
};

/// Names of this machine on a certificate.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Pause after a connection could not be accepted, or a port not be had.
const RETRY: Duration = Duration::from_millis(50);

/// Where a node listens; [`Network::listen`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loopback {
    plain: u16,
    tls: u16,
}

impl Loopback {
    /// The address without encryption, such as `ws://127.0.0.1:40001`.
    pub fn ws_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.plain)
    }

    /// The address with encryption, such as `wss://localhost:40002`. A client must trust
    /// [`Network::ca_certificate_der`].
    pub fn wss_url(&self) -> String {
        format!("wss://localhost:{}", self.tls)
    }

    /// The address for JSON-RPC without encryption, such as `http://127.0.0.1:40001`.
    pub fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.plain)
    }

    /// The address for JSON-RPC with encryption, such as `https://localhost:40002`.
    pub fn https_url(&self) -> String {
        format!("https://localhost:{}", self.tls)
    }
}

impl Network {
    /// Lets a node listen on two free ports of 127.0.0.1, without and with encryption, until the
    /// network is dropped.
    ///
    /// Faults work as in memory, with two exceptions: a node that refuses connections resets them
    /// instead, one that never connects accepts and stays silent, and no connection is slow. The clock is still that of
    /// tokio: do not pause it over real sockets, it would jump to the next deadline while the bytes
    /// are on their way.
    ///
    /// # Errors
    ///
    /// No port can be had.
    pub async fn listen(&self, node: &Node) -> io::Result<Loopback> {
        let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let tls = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let loopback =
            Loopback { plain: plain.local_addr()?.port(), tls: tls.local_addr()?.port() };
        for (listener, secure) in [(plain, false), (tls, true)] {
            self.spawn(accept(
                Arc::clone(self.shared()),
                Arc::clone(&node.state),
                listener,
                secure,
            ));
        }
        Ok(loopback)
    }
}

/// Its connections end with it.
async fn accept(
    shared: Arc<Shared>,
    node: Arc<NodeState>,
    mut listener: TcpListener,
    secure: bool,
) {
    let (mut stopped, mut started) = (node.running.subscribe(), node.running.subscribe());
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        tokio::select! {
            // Who is dead accepts nobody.
            biased;
            () = becomes(&mut stopped, false) => {
                connections.shutdown().await;
                let Ok(address) = listener.local_addr() else { return };
                drop(listener);
                let port = kept(address).await;
                becomes(&mut started, true).await;
                listener = match port.listen(BACKLOG) {
                    Ok(listener) => listener,
                    Err(_) => return,
                };
            }
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    let (shared, node) = (Arc::clone(&shared), Arc::clone(&node));
                    connections.spawn(connection(shared, node, socket, secure));
                }
                // For want of file descriptors, for example: it may work later.
                Err(_) => tokio::time::sleep(RETRY).await,
            },
        }
    }
}

async fn becomes(running: &mut watch::Receiver<bool>, wanted: bool) {
    // It never fails: the node lives as long as who listens for it.
    let _ = running.wait_for(|running| *running == wanted).await;
}

/// The port, taken, so that nobody else gets it, no dialler by chance either; but nobody listens.
async fn kept(address: SocketAddr) -> TcpSocket {
    loop {
        let bound = TcpSocket::new_v4().and_then(|socket| {
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok(socket)
        });
        match bound {
            Ok(socket) => return socket,
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}

async fn connection(shared: Arc<Shared>, node: Arc<NodeState>, socket: TcpStream, secure: bool) {
    let strikes = node.on_connection();
    if strikes.has(Fault::Refused) {
        // Where that fails, the client sees an end instead of a reset.
        let _ = socket.set_zero_linger();
        return;
    }
    // Where that fails, small answers come a little later.
    let _ = socket.set_nodelay(true);
    let strikes =
        if strikes.has(Fault::NeverConnects) { Strikes::from(Fault::NoHandshake) } else { strikes };
    let tls = secure.then(|| shared.certificates().acceptor(&NAMES, &strikes));
    serve(&shared, &node, socket, tls, strikes).await;
}
