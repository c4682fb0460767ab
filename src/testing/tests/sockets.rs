//! TLS in memory, and nodes on real sockets.

use std::{io, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::testing::{Fault, Network};

/// Nothing on this machine takes longer.
const SOON: Duration = Duration::from_secs(20);

/// The client's end of TLS, which trusts the network's authority alone.
async fn encrypt<S>(network: &Network, name: &str, socket: S) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(network.ca_certificate_der())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

async fn tip<S: AsyncRead + AsyncWrite + Unpin>(url: &str, socket: S) -> Value {
    let (mut socket, _) = client_async(url, socket).await.unwrap();
    socket.send(Message::text(json!({ "command": "ledger_closed" }).to_string())).await.unwrap();
    let reply = socket.next().await.unwrap().unwrap();
    serde_json::from_str::<Value>(reply.to_text().unwrap()).unwrap()["result"]["ledger_index"]
        .clone()
}

#[tokio::test(start_paused = true)]
async fn tls_in_memory_and_its_faults() {
    let network = Network::builder().traffic(0).build();
    let node = network.node("n1.test");
    assert_eq!(node.tls_url(), "wss://n1.test");
    assert!(network.ca_certificate_pem().starts_with("-----BEGIN CERTIFICATE-----"));
    let link = network.dial("n1.test", 443).await.unwrap();
    let socket = encrypt(&network, "n1.test", link).await.unwrap();
    assert_eq!(tip("wss://n1.test", socket).await, network.tip());

    for (fault, reason) in
        [(Fault::CertificateName, "not valid for name"), (Fault::CertificateRoot, "UnknownIssuer")]
    {
        node.set_faults([fault]);
        let link = network.dial("n1.test", 443).await.unwrap();
        let error = encrypt(&network, "n1.test", link).await.unwrap_err().to_string();
        assert!(error.contains(reason), "{fault:?}: {error}");
    }
    network.settle().await;
    assert_eq!(node.open_connections(), 0);
}

#[tokio::test]
async fn a_node_on_real_sockets() {
    let network = Network::builder().traffic(0).build();
    let node = network.node("n1.test");
    let loopback = network.listen(&node).await.unwrap();
    let port = |url: String| url.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let plain = || TcpStream::connect(("127.0.0.1", port(loopback.ws_url())));
    let secure = || TcpStream::connect(("127.0.0.1", port(loopback.wss_url())));

    assert_eq!(tip(&loopback.ws_url(), plain().await.unwrap()).await, network.tip());
    for name in ["localhost", "127.0.0.1"] {
        let socket = encrypt(&network, name, secure().await.unwrap()).await.unwrap();
        assert_eq!(tip(&loopback.wss_url(), socket).await, network.tip());
    }
    node.set_faults([Fault::CertificateRoot]);
    assert!(encrypt(&network, "localhost", secure().await.unwrap()).await.is_err());

    node.set_faults([Fault::Refused]);
    let mut refused = plain().await.unwrap();
    let error = refused.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    node.set_faults([Fault::NeverConnects]);
    let mut silent = plain().await.unwrap();
    let ceiling = Duration::from_millis(50);
    assert!(tokio::time::timeout(ceiling, silent.read(&mut [0; 8])).await.is_err());

    node.heal();
    let (mut socket, _) = client_async(loopback.ws_url(), plain().await.unwrap()).await.unwrap();
    node.cut_connections();
    let end = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.unwrap();
    assert!(end.is_some_and(|end| end.is_err()));

    // Ports close with the network.
    drop(network);
    for _ in 0..100 {
        if plain().await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the port is still open");
}

#[tokio::test]
async fn a_node_that_is_killed_comes_back_at_its_ports() {
    let network = Network::builder().traffic(0).build();
    let node = network.node("n1.test");
    let at = network.listen(&node).await.unwrap();
    for url in [at.ws_url(), at.wss_url()] {
        let address = url.rsplit('/').next().unwrap().to_owned();
        let mut open = TcpStream::connect(&address).await.unwrap();
        let in_memory = network.dial("n1.test", 80).await.unwrap();
        node.stop();
        let mut end = Vec::new();
        let _ = tokio::time::timeout(SOON, open.read_to_end(&mut end)).await.expect("it is over");
        let refused = async {
            while TcpStream::connect(&address).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(SOON, refused).await.expect("nobody listens");
        let dialled = network.dial("n1.test", 80).await.unwrap_err();
        assert_eq!(dialled.kind(), io::ErrorKind::ConnectionRefused);
        drop(in_memory);
        network.close_ledger();
        node.start();
        let reached = async {
            loop {
                match TcpStream::connect(&address).await {
                    Ok(socket) => return socket,
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        let socket = tokio::time::timeout(SOON, reached).await.expect("it listens again");
        if url == at.ws_url() {
            assert_eq!(tip(&url, socket).await, network.tip(), "with what closed meanwhile");
        }
    }
}
