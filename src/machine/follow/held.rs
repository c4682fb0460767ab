//! How much a monitor holds.

use super::{Follow, TRAIL, WINDOW, fetches::AT_ONCE};
use crate::config::Held;

impl Follow {
    /// Beside the limits.
    pub(crate) fn held(&self) -> Vec<Held> {
        let nodes = self.plan.names.len();
        let mut held = vec![
            Held::new("ledgers that were handed out", self.trail.len(), TRAIL),
            Held::new(
                "ledgers that were fetched",
                self.fetches.ledgers(),
                (2 * WINDOW as usize + AT_ONCE) * nodes,
            ),
        ];
        held.extend(self.fetches.held());
        held.extend(self.shelf.held());
        held.extend(self.passing.held());
        held
    }
}
