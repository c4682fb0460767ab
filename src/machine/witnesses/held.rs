//! How much of what validators signed is held.

use super::{KEPT, Witnesses};
use crate::config::Held;

impl Witnesses {
    /// Beside the limits.
    pub(crate) fn held(&self) -> [Held; 3] {
        let kept = self.by_key.values().map(|kept| kept.len());
        let trusted = self.listeners.iter().map(|(_, trusted)| trusted.len()).sum();
        let in_ledgers = self.by_ledger.values().map(Vec::len).sum();
        [
            Held::new("validators that were heard", self.by_key.len(), trusted),
            Held::new("validations of one of them", kept.clone().max().unwrap_or(0), KEPT),
            Held::new("validations by ledger", in_ledgers, kept.sum()),
        ]
    }
}
