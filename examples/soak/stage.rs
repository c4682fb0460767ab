//! What all who play a part share.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use xrpl_txdata::{AccountId, TxData};

use crate::{tally::Tally, truth::Truth};

#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) txd: TxData,
    pub(crate) shop: AccountId,
    /// Between two ledgers.
    pub(crate) interval: Duration,
    pub(crate) truth: Arc<Truth>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) phase: watch::Receiver<Phase>,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    Load,
    /// Nothing new is asked, no node dies any more; ledgers go on closing.
    Calm,
    /// No ledger closes any more.
    Over,
}

impl Stage {
    pub(crate) fn is_under_load(&self) -> bool {
        *self.phase.borrow() == Phase::Load
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.phase.borrow() == Phase::Over
    }
}
