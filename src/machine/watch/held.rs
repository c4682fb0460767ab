//! How much a watch holds.

use super::Watch;
use crate::config::Held;

impl Watch {
    /// Beside the limits.
    pub(crate) fn held(&self) -> Vec<Held> {
        let waiters = self.waiters.count();
        let mut held = vec![
            Held::new("those who wait", waiters, usize::MAX),
            // Of what nobody waits for nothing is kept.
            Held::new("transactions that appeared", self.appearances.count(), waiters),
        ];
        held.extend(self.appearances.held(self.settings.nodes));
        held.extend(self.ledgers.held());
        held.extend(self.fetches.held());
        held.extend(self.questions.held());
        held
    }
}
