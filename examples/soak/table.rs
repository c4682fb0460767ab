//! The table: one row for each minute.

use std::{fmt, time::Duration};

use crate::{histogram::Histogram, tally::Counts};

/// What was measured in a stretch of time.
#[derive(Clone)]
pub(crate) struct Row {
    /// From the beginning to the end of the row.
    pub(crate) at: Duration,
    pub(crate) lasted: Duration,
    pub(crate) counts: Counts,
    /// In KiB.
    pub(crate) memory: Option<u64>,
    pub(crate) sockets: Option<u64>,
    /// Those of the library.
    pub(crate) tasks: u64,
}

pub(crate) const HEAD: &str = "   min │ lookups/s     p50     p99 │ waits/s     p50     p99 │ payments/s     p50     p99 │ memory sockets tasks │ killed │ lag\n\
───────┼───────────────────────────┼─────────────────────────┼────────────────────────────┼──────────────────────┼────────┼──────";

impl Row {
    pub(crate) fn per_second(&self, of: &Histogram) -> f64 {
        of.count() as f64 / self.lasted.as_secs_f64().max(1e-9)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { lookups, waits, payments, killed, lag, .. } = &self.counts;
        write!(f, "{:>6.1} │ ", self.at.as_secs_f64() / 60.0)?;
        for (of, width) in [(lookups, 9), (waits, 7), (payments, 10)] {
            write!(
                f,
                "{:>width$.1} {:>7} {:>7} │ ",
                self.per_second(of),
                time(of.percentile(50)),
                time(of.percentile(99))
            )?;
        }
        let number = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
        let memory =
            self.memory.map_or("-".to_owned(), |kib| format!("{:.1}M", kib as f64 / 1024.0));
        write!(f, "{memory:>6} {:>7} {:>5} │ ", number(self.sockets), self.tasks)?;
        write!(f, "{killed:>6} │ {}", time(Some(*lag)))
    }
}

/// Three digits are enough.
pub(crate) fn time(time: Option<Duration>) -> String {
    match time.map(|time| time.as_secs_f64() * 1e3) {
        None => "-".to_owned(),
        Some(ms) if ms < 9.95 => format!("{ms:.2}ms"),
        Some(ms) if ms < 999.5 => format!("{ms:.0}ms"),
        Some(ms) => format!("{:.1}s", ms / 1e3),
    }
}
