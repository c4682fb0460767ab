//! A simulated network as a way to connect, in place of TCP.

use std::io;

use super::Network;
use crate::{
    config::Endpoint,
    net::connect::{ByteStream, Connect, ConnectError, Connecting},
};

impl Connect for Network {
    /// Dials the node with the endpoint's host name.
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> Connecting<'a> {
        Box::pin(async move {
            match self.dial(endpoint.host(), endpoint.port()).await {
                Ok(link) => Ok(Box::new(link) as Box<dyn ByteStream>),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err(ConnectError::Resolve(error))
                }
                Err(error) => Err(ConnectError::Connect(error)),
            }
        })
    }
}
