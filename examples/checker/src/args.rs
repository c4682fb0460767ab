//! What can be chosen on the command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;
use xrpl_txdata::{AccountId, Asset, Endpoint};

/// A payment service to try and to copy.
///
/// Without arguments it plays on a network inside the process, with buttons to pay well and badly.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// Where the pages are served; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// A node to ask, ws, wss, http or https; may be repeated. Without any the network is simulated
    #[arg(long = "endpoint", value_name = "URL", requires = "account")]
    pub(crate) endpoints: Vec<Endpoint>,

    /// The account that is paid
    #[arg(long, value_name = "ADDRESS", requires = "endpoints")]
    pub(crate) account: Option<AccountId>,

    /// A token that is accepted beside the native asset, such as USD:rIssuer; may be repeated
    #[arg(long = "token", value_name = "CODE:ISSUER", requires = "endpoints")]
    pub(crate) tokens: Vec<Asset>,

    /// The network's id: 0 main, 1 test, 2 dev, 21337 Xahau
    #[arg(long, default_value_t = 0)]
    pub(crate) network_id: u32,

    /// Where orders, payments and the place in the ledger are kept. With simulated nodes, whose ledgers
    /// end with the process, only in memory
    #[arg(long, value_name = "FILE", default_value = "checker.sqlite")]
    pub(crate) database: PathBuf,

    /// The secret of your application at Xaman, for its webhooks
    #[arg(long, env = "XAMAN_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) xaman_secret: Option<String>,
}
