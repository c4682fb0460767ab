//! What can be asked for on the command line.

use std::path::PathBuf;

use clap::Parser;
use xrpl_txdata::{AccountId, Endpoint};

/// Prints payments to XRP Ledger accounts as they come, and never misses one.
///
/// Without an address it starts a simulated network inside this program, cuts all its nodes off in the
/// middle, and shows that nothing is lost.
///
/// Exit status: 0 at the end of the range or with Ctrl-C, 2 when ledgers are missing that no node has
/// any more, 3 when it cannot begin there, 64 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "monitor", version)]
pub(crate) struct Args {
    /// Classic addresses.
    pub(crate) accounts: Vec<AccountId>,

    /// A node to watch, ws, wss, http or https; may be repeated, in the order of preference. Public servers
    /// of the main network unless given.
    #[arg(long = "endpoint", value_name = "URL")]
    pub(crate) endpoints: Vec<Endpoint>,

    /// The network: 0 main, 1 test, 2 dev, 21337 Xahau. 0 unless given.
    #[arg(long, value_name = "ID")]
    pub(crate) network: Option<u32>,

    /// Also believe nodes without full history.
    #[arg(long)]
    pub(crate) allow_partial_history: bool,

    /// Begin with this ledger; with the next one that closes unless given.
    #[arg(long, value_name = "N")]
    pub(crate) from_ledger: Option<u32>,

    /// End after this ledger.
    #[arg(long, value_name = "N")]
    pub(crate) to_ledger: Option<u32>,

    /// Go on where this file says, and keep it up to date.
    #[arg(long, value_name = "FILE")]
    pub(crate) cursor: Option<PathBuf>,

    /// Print all transactions that touch the accounts.
    #[arg(long)]
    pub(crate) all: bool,

    /// Print one line of JSON per event.
    #[arg(long)]
    pub(crate) json: bool,
}
