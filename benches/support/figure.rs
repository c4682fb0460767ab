//! How a figure is told.

use std::time::Duration;

/// One line of the table that `benches/all` collects: a path, what was measured, the least that it could be, the
/// goal, and how far it is from the limit.
pub(crate) fn figure(path: &str, measured: &str, limit: &str, goal: &str, ratio: &str) {
    println!("figure: | {path} | {measured} | {limit} | {goal} | {ratio} |");
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
