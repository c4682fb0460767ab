//! How stories ended, in numbers.

use std::fmt;

/// How stories ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) found: u64,
    /// Of those found, how many by signatures.
    pub(super) proven: u64,
    /// A lie was believed, where that is so by contract.
    pub(super) fooled: u64,
    pub(super) absent: u64,
    pub(super) never: u64,
    pub(super) errors: u64,
    pub(super) disagreements: u64,
    pub(super) given_up: u64,
    pub(super) monitored: u64,
    pub(super) payments: u64,
    /// How many times it was looked at what the client holds.
    pub(super) samples: u64,
}

impl Told {
    pub(super) fn add(&mut self, other: &Told) {
        for ((_, sum), (_, more)) in self.counts().into_iter().zip(other.clone().counts()) {
            *sum += *more;
        }
    }

    /// Whether every ending was met.
    pub(super) fn is_varied(&self) -> bool {
        self.clone().counts().iter().all(|(_, count)| **count > 0)
    }

    fn counts(&mut self) -> [(&'static str, &mut u64); 11] {
        [
            ("found", &mut self.found),
            ("of them proven", &mut self.proven),
            ("lies believed", &mut self.fooled),
            ("absent", &mut self.absent),
            ("never", &mut self.never),
            ("errors", &mut self.errors),
            ("disagreements", &mut self.disagreements),
            ("given up", &mut self.given_up),
            ("monitors", &mut self.monitored),
            ("payments told by them", &mut self.payments),
            ("looks at what is held", &mut self.samples),
        ]
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = self.clone();
        let counts = all.counts().map(|(name, count)| format!("{count} {name}"));
        f.write_str(&counts.join(", "))
    }
}
