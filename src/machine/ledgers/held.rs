//! How much the book of closed ledgers holds.

use super::{Ledgers, MAX_STRETCHES, MAX_TRANSACTIONS, RECORDED, REMEMBERED, REORDER};
use crate::config::Held;

impl Ledgers {
    /// Beside the limits.
    pub(crate) fn held(&self) -> [Held; 4] {
        let told = || self.ledgers.values().flatten();
        let remembered = told().filter_map(|telling| telling.transactions.as_ref());
        let largest = remembered.clone().map(|transactions| transactions.len()).max();
        let stretches = self.nodes.iter().map(|view| view.known.count()).max();
        let by_each = REMEMBERED + REORDER as usize + 2;
        [
            Held::new("ledgers that were told", self.ledgers.len(), RECORDED),
            Held::new(
                "ledgers of which the transactions are known",
                remembered.count(),
                by_each * self.nodes.len(),
            ),
            Held::new("transactions of one of those", largest.unwrap_or(0), MAX_TRANSACTIONS),
            Held::new("stretches of ledgers of a node", stretches.unwrap_or(0), MAX_STRETCHES),
        ]
    }
}
