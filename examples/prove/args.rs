//! What can be asked for on the command line.

use std::{
    error::Error,
    fs,
    io::Read,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use clap::Parser;
use xrpl_txdata::{
    Endpoint, RippleTime, TxKey,
    proof::{
        ListError, PublicKey, Publisher, UNL_XRPLF_ORG, VL_ALTNET_RIPPLETEST_NET, VL_RIPPLE_COM,
        ValidatorList,
    },
};

/// Proves on no server's word that an XRP Ledger transaction was validated, and what it did.
///
/// With a hash it asks nodes for everything that proves it and prints the document, an XPOP (XLS-41).
/// With --check it checks such a document, offline. Without either it does both on a simulated network
/// inside this program, some of whose nodes lie, and shows what becomes of a document with one bit
/// flipped.
///
/// To prove, a validator list is needed: curl https://vl.ripple.com > list.json
///
/// Exit status: 0 proven, 1 the document is no proof, 2 not found, 3 could not be proven, 64 wrong
/// usage.
#[derive(Debug, Parser)]
#[command(name = "prove", version)]
pub(crate) struct Args {
    /// A transaction hash (64 hexadecimal digits) or a CTID (16).
    #[arg(requires = "list", conflicts_with = "check")]
    pub(crate) hash: Option<TxKey>,

    /// The document to check; - reads standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) check: Option<PathBuf>,

    /// The published list of the validators to believe, as a publisher's site serves it. To check a
    /// document, the list in it will do.
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,

    /// A publisher of lists to believe, by its master key; may be repeated. Those of the main and the
    /// test network unless given.
    #[arg(long = "publisher", value_name = "KEY")]
    publishers: Vec<PublicKey>,

    /// Ask whether the document was good when its ledger closed, and not whether its list holds today.
    /// Keys that were retired since may have been stolen since.
    #[arg(long, requires = "check")]
    pub(crate) in_its_day: bool,

    /// A node to ask; may be repeated. Public servers of the main network unless given.
    #[arg(long = "endpoint", value_name = "URL")]
    pub(crate) endpoints: Vec<Endpoint>,

    /// The network: 0 main, 1 test, 2 dev.
    #[arg(long, value_name = "ID", default_value_t = 0)]
    pub(crate) network: u32,

    /// How long to wait for a transaction that is not there yet.
    #[arg(long, value_name = "SECS", default_value_t = 0)]
    pub(crate) wait: u64,

    /// How long all of it may take; the next ledger must come within it.
    #[arg(long, value_name = "SECS", default_value_t = 20)]
    timeout: u64,
}

impl Args {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The publishers to believe.
    pub(crate) fn publishers(&self) -> Result<Vec<PublicKey>, Box<dyn Error>> {
        if !self.publishers.is_empty() {
            return Ok(self.publishers.clone());
        }
        let known = [VL_RIPPLE_COM, UNL_XRPLF_ORG, VL_ALTNET_RIPPLETEST_NET];
        Ok(known.iter().map(|key| key.parse()).collect::<Result<_, _>>()?)
    }

    /// The list of the option, by one of the publishers, in force at this moment.
    pub(crate) fn list(&self, at: RippleTime) -> Result<Option<ValidatorList>, Box<dyn Error>> {
        let Some(path) = &self.list else { return Ok(None) };
        let document = read(path)?;
        let mut refused = None;
        for key in self.publishers()? {
            match Publisher::new(key).accept(&document, at) {
                Ok(list) => return Ok(Some(list)),
                // Why the list of its own publisher is refused says more than that others are not.
                Err(error @ ListError::OtherPublisher { .. }) => {
                    refused.get_or_insert(error);
                }
                Err(error) => refused = Some(error),
            }
        }
        let reason = refused.map_or_else(|| "no publisher".to_owned(), |error| error.to_string());
        Err(format!("{}: {reason}", path.display()).into())
    }
}

/// The present.
pub(crate) fn now() -> Result<RippleTime, Box<dyn Error>> {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    RippleTime::from_unix_seconds(seconds).ok_or("the clock is not in this century".into())
}

/// The text of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<String, Box<dyn Error>> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}
