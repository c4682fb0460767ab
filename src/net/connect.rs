//! Step 3 of the trip: from an endpoint to a stream of bytes.

use std::{fmt, future::Future, io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::sleep,
};

use super::names::Names;
use crate::{config::Endpoint, error::Failure, wire::server_error::bounded};

/// Head start of each address of a name before the next one is dialled beside it (RFC 8305 names
/// 250 ms).
const HEAD_START: Duration = Duration::from_millis(250);

/// More addresses of one name are not tried.
const MAX_ADDRESSES: usize = 8;

/// Any two-way stream of bytes: TCP, a tunnel, a pipe in memory.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// Why no stream could be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name has no address.
    Resolve(io::Error),
    /// No address took the connection.
    Connect(io::Error),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Resolve(error) => write!(f, "the name does not resolve: {error}"),
            ConnectError::Connect(error) => write!(f, "cannot connect: {error}"),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> ConnectError {
        ConnectError::Connect(error)
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Failure {
        match error {
            ConnectError::Resolve(error) => Failure::Resolve(bounded(&error.to_string(), 200)),
            ConnectError::Connect(error) => Failure::Connect(bounded(&error.to_string(), 200)),
        }
    }
}

/// The future of [`Connect::connect`].
pub type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<Box<dyn ByteStream>, ConnectError>> + Send + 'a>>;

/// How streams to endpoints are made. The default dials TCP; proxies, Tor and networks in memory are
/// other ways. TLS and WebSocket are done above it, by the library.
///
/// Dropping the future must end the attempt. There is no time limit of its own: the library's
/// deadlines drop it.
///
/// ```
/// use xrpl_txdata::{Connect, Connecting, Endpoint};
///
/// /// Sends everything through a tunnel that listens on this machine.
/// struct Tunnel;
///
/// impl Connect for Tunnel {
///     fn connect<'a>(&'a self, _endpoint: &'a Endpoint) -> Connecting<'a> {
///         Box::pin(async {
///             let stream = tokio::net::TcpStream::connect("127.0.0.1:9050").await?;
///             Ok(Box::new(stream) as Box<dyn xrpl_txdata::ByteStream>)
///         })
///     }
/// }
/// # fn _check() -> Result<(), xrpl_txdata::Error> {
/// let txd = xrpl_txdata::TxData::builder().endpoints(["wss://s2.ripple.com"]).connect(Tunnel).build()?;
/// # Ok(()) }
/// ```
pub trait Connect: Send + Sync + 'static {
    /// A stream to the endpoint's host and port.
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a>;
}

impl<C: Connect + ?Sized> Connect for Arc<C> {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        (**self).connect(endpoint)
    }
}

/// Plain TCP, all addresses of a name, each with a head start before the next.
#[derive(Clone, Default)]
pub(crate) struct Tcp {
    names: Names,
}

impl Connect for Tcp {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async move {
            let addresses = self.names.addresses(endpoint.host(), endpoint.port()).await;
            let addresses = addresses.map_err(ConnectError::Resolve)?;
            let stream = dial(in_turn(addresses)).await?;
            // Requests are small and single: waiting to fill a packet only delays them.
            stream.set_nodelay(true).map_err(ConnectError::Connect)?;
            Ok(Box::new(stream) as Box<dyn ByteStream>)
        })
    }
}

/// IPv6 and IPv4 in turn, so that a dead family costs one head start and not one per address; no more than
/// are tried.
fn in_turn(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut mixed = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let before = mixed.len();
        mixed.extend(first.next());
        mixed.extend(second.next());
        if mixed.len() == before {
            mixed.truncate(MAX_ADDRESSES);
            return mixed;
        }
    }
}

async fn dial(addresses: Vec<SocketAddr>) -> Result<TcpStream, ConnectError> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    if addresses.is_empty() {
        return Err(ConnectError::Resolve(last));
    }
    let mut waiting = addresses.into_iter();
    let mut dials = FuturesUnordered::new();
    loop {
        if let Some(address) = waiting.next() {
            dials.push(TcpStream::connect(address));
        }
        let more = waiting.len() > 0;
        tokio::select! {
            // An open connection counts even when the head start ends in the same moment.
            biased;
            Some(dialled) = dials.next() => match dialled {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            },
            () = sleep(HEAD_START), if more => {}
        }
        if dials.is_empty() && waiting.len() == 0 {
            return Err(ConnectError::Connect(last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_families_take_turns() {
        let addresses: Vec<SocketAddr> =
            ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]
                .map(|text| text.parse().unwrap())
                .to_vec();
        let mixed: Vec<String> = in_turn(addresses).iter().map(ToString::to_string).collect();
        assert_eq!(mixed, ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]);
    }

    #[test]
    fn of_many_addresses_those_that_are_tried_are_of_both_families() {
        let v6 = (1..=9).map(|n| format!("[::{n}]:1"));
        let all = v6.chain((1..=9).map(|n| format!("1.1.1.{n}:1")));
        let tried = in_turn(all.map(|text| text.parse().unwrap()).collect());
        let v6 = tried.iter().filter(|address| address.is_ipv6()).count();
        assert_eq!((tried.len(), v6), (MAX_ADDRESSES, MAX_ADDRESSES / 2));
    }

    #[tokio::test]
    async fn a_dead_address_does_not_hide_a_living_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let living = listener.local_addr().unwrap();
        // Taken, so that nobody else gets it; but nobody listens.
        let taken = tokio::net::TcpSocket::new_v4().unwrap();
        taken.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let dead = taken.local_addr().unwrap();
        assert!(dial(vec![dead, living]).await.is_ok());
        assert!(matches!(dial(vec![dead]).await, Err(ConnectError::Connect(_))));
        assert!(matches!(dial(vec![]).await, Err(ConnectError::Resolve(_))));
    }
}
