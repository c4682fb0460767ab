//! How a figure is told.

#![allow(dead_code, reason = "no bench needs all of it")]

use std::time::{Duration, Instant};

/// One line of the table that `benches/all` collects: a path, what was measured, the least that it could be, the
/// goal, and how far it is from the limit.
pub(crate) fn figure(path: &str, measured: &str, limit: &str, goal: &str, ratio: &str) {
    println!("figure: | {path} | {measured} | {limit} | {goal} | {ratio} |");
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Whether somebody wants figures: `cargo test` only looks whether a bench runs.
pub(crate) fn wanted() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// How long it takes: the median of batches that are long enough for the clock.
pub(crate) fn time<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut batch = |times: u32| {
        let begun = Instant::now();
        (0..times).for_each(|_| drop(std::hint::black_box(work())));
        begun.elapsed() / times
    };
    let once = batch(1).max(Duration::from_nanos(100));
    let times = (Duration::from_millis(10).as_nanos() / once.as_nanos()).clamp(1, 1 << 16) as u32;
    median((0..31).map(|_| batch(times)).collect())
}

pub(crate) fn ratio(one: Duration, other: Duration) -> String {
    format!("{:.2}", one.as_secs_f64() / other.as_secs_f64())
}
