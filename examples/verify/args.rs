//! What can be asked for on the command line.

use std::{path::PathBuf, time::Duration};

use clap::Parser;
use xrpl_txdata::{Builder, Endpoint, ExpectedPayment, TxData, TxKey, verify::ExpectationError};

/// Tells the truth about one XRP Ledger transaction, from several nodes.
///
/// Without a hash it starts a simulated network inside this program and shows what happens when the
/// first node is dead, when a payment delivers less than it promises, and when a transaction is not
/// there yet.
///
/// Exit status: 0 found and successful (and paid, where a payment was expected), 1 found but failed
/// or not paid, 2 not found, 3 could not find out, 64 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "verify", version)]
pub(crate) struct Args {
    /// A transaction hash (64 hexadecimal digits) or a CTID (16).
    pub(crate) hash: Option<TxKey>,

    /// A node to ask, ws, wss, http or https; may be repeated, in the order of preference. Public servers of
    /// the main network unless given.
    #[arg(long = "endpoint", value_name = "URL")]
    pub(crate) endpoints: Vec<Endpoint>,

    /// How long to wait for a transaction that is not there yet.
    #[arg(long, value_name = "SECS", default_value_t = 0)]
    pub(crate) wait: u64,

    /// How long a node may stay silent before the next one is asked as well.
    #[arg(long, value_name = "MS", default_value_t = 1250)]
    pub(crate) endpoint_timeout: u64,

    /// How long all of it may take; the wait comes on top.
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub(crate) timeout: u64,

    /// The network: 0 main, 1 test, 2 dev, 21337 Xahau. 0 unless given.
    #[arg(long, value_name = "ID")]
    pub(crate) network: Option<u32>,

    /// Also believe nodes without full history.
    #[arg(long)]
    pub(crate) allow_partial_history: bool,

    /// Judge the payment: who must have been paid, a classic address or an X-address. With it goes
    /// --expect-amount.
    #[arg(long, value_name = "ADDRESS", requires = "expect_amount", requires = "hash")]
    pub(crate) expect_to: Option<String>,

    /// The destination tag it must have. Without this option it must have none, unless the X-address
    /// holds one.
    #[arg(long, value_name = "TAG", requires = "expect_to")]
    pub(crate) expect_tag: Option<u32>,

    /// What must have arrived at least: "25 XRP", "9.95 USD:rIssuer" or "100 MPT:id".
    #[arg(long, value_name = "AMOUNT", requires = "expect_to")]
    pub(crate) expect_amount: Option<String>,

    /// Print one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show each step of the trip on standard error.
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Ask a node inside this program that is loaded with recorded transactions from this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "endpoints", requires = "hash")]
    pub(crate) recorded: Option<PathBuf>,
}

impl Args {
    /// The payment that is expected, if any is.
    pub(crate) fn expected(&self) -> Result<Option<ExpectedPayment>, ExpectationError> {
        let (Some(to), Some(amount)) = (&self.expect_to, &self.expect_amount) else {
            return Ok(None);
        };
        let expected = ExpectedPayment::to(to.as_str()).at_least(amount.as_str());
        let expected = match self.expect_tag {
            Some(tag) => expected.tag(tag),
            None => expected,
        };
        expected.network_id(self.network.unwrap_or(0)).build().map(Some)
    }

    /// A client's settings as asked for, but for the endpoints.
    pub(crate) fn builder(&self) -> Builder {
        let builder = TxData::builder()
            .endpoint_timeout(Duration::from_millis(self.endpoint_timeout))
            .overall_timeout(Duration::from_millis(self.timeout));
        let builder = match self.network {
            Some(id) => builder.network_id(id),
            None => builder,
        };
        if self.allow_partial_history { builder.allow_partial_history() } else { builder }
    }
}
