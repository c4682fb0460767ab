//! What the parts of the service share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use xrpl_txdata::{AccountId, MonitorStatus, TxData};

use crate::{Fallible, args::Args, play::Play, store::Store};

/// The service.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) store: Store,
    pub(crate) client: TxData,
    pub(crate) account: AccountId,
    pub(crate) network_id: u32,
    /// The assets that can be asked for, as they are written behind an amount.
    pub(crate) assets: Vec<String>,
    /// The simulated network, unless the nodes are real.
    pub(crate) play: Option<Play>,
    pub(crate) xaman_secret: Option<String>,
    health: Mutex<Health>,
    changes: watch::Sender<u64>,
}

/// How the following of the ledger goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    pub(crate) status: MonitorStatus,
    /// Why nothing new can be learned at the moment, one line for each node.
    pub(crate) outage: Option<Vec<String>>,
}

impl Shop {
    pub(crate) fn open(args: &Args) -> Fallible<Shop> {
        let builder = TxData::builder().network_id(args.network_id);
        let (play, client, account, assets) = match args.account {
            Some(account) => {
                let client = builder.endpoints(args.endpoints.iter().cloned()).build()?;
                let tokens = args.tokens.iter().map(ToString::to_string);
                (None, client, account, ["XRP".to_owned()].into_iter().chain(tokens).collect())
            }
            None => {
                let play = Play::start(args.network_id);
                let (client, account) = (play.client(builder)?, play.shop());
                let assets = vec!["XRP".to_owned(), play.token()];
                (Some(play), client, account, assets)
            }
        };
        let file = play.is_none().then_some(args.database.as_path());
        Ok(Shop {
            store: Store::open(file, account)?,
            client,
            account,
            network_id: args.network_id,
            assets,
            play,
            xaman_secret: args.xaman_secret.clone(),
            health: Mutex::default(),
            changes: watch::Sender::new(0),
        })
    }

    /// Something that pages show has changed.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
