//! The simulated network, as if it were far away.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split},
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};
use xrpl_txdata::{ByteStream, Connect, Connecting, Endpoint, testing::Network};

/// Room for what is on the way.
const ON_THE_WAY: usize = 1 << 20;

/// Every byte takes half of the time to the node, and half of it back.
pub(crate) struct Distant {
    pub(crate) network: Network,
    pub(crate) round_trip: Duration,
}

impl Connect for Distant {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async move {
            let stream = self.network.connect(endpoint).await?;
            // What TCP's own handshake takes.
            sleep(self.round_trip).await;
            let (near, far) = duplex(ON_THE_WAY);
            join(far, stream, self.round_trip / 2);
            Ok(Box::new(near) as Box<dyn ByteStream>)
        })
    }
}

fn join(near: DuplexStream, far: Box<dyn ByteStream>, delay: Duration) {
    let (from_near, to_near) = split(near);
    let (from_far, to_far) = split(far);
    tokio::spawn(carry(from_near, to_far, delay));
    tokio::spawn(carry(from_far, to_near, delay));
}

/// Reads at once and writes later, so that what follows is on the way at the same time.
async fn carry(
    mut from: impl AsyncRead + Send + Unpin + 'static,
    mut to: impl AsyncWrite + Send + Unpin + 'static,
    delay: Duration,
) -> io::Result<()> {
    let (sender, mut on_the_way) = mpsc::channel::<(Instant, Vec<u8>)>(1_024);
    tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length) = from.read(&mut buffer).await {
            let piece = (Instant::now() + delay, buffer[..length].to_vec());
            if length == 0 || sender.send(piece).await.is_err() {
                return;
            }
        }
    });
    while let Some((due, bytes)) = on_the_way.recv().await {
        sleep_until(due).await;
        to.write_all(&bytes).await?;
        to.flush().await?;
    }
    to.shutdown().await
}
