//! What the benchmark of many clients has measured, and which of it is compared.

use std::error::Error;

use serde_json::Value;

/// The names under which this library and the bare socket stand in the results.
const OURS: &str = "xrpl-txdata (Rust)";
const LIMIT: &str = "floor";
/// The one that this library succeeds has the same name.
const PREDECESSOR: &str = "xrpl-txdata";

/// What is compared: its name, scenario, path in the scenario's results, unit, and whether more is better.
const COMPARED: [(&str, &str, &[&str], &str, bool); 9] = [
    ("cold lookup", "a", &["ms"], "ms", false),
    ("cold lookup over TLS", "tls", &["ms"], "ms", false),
    ("warm lookups, one after another", "b", &["per_s"], "/s", true),
    ("processor time of a warm lookup", "b", &["cpu_ms_each"], "ms", false),
    ("10,000 waits: 99 of 100 know within", "e", &["10k", "p99_ms"], "ms", false),
    ("10,000 waits: processor time", "e", &["10k", "cpu_s"], "s", false),
    ("10,000 waits: most memory", "e", &["10k", "rss_mb"], "MB", false),
    (
        "10,000 waits for 1,000 hashes: processor time",
        "e",
        &["10k_on_1k_hashes", "cpu_s"],
        "s",
        false,
    ),
    ("one wait under 40 MB/s: processor time", "s", &["cpu_s"], "s", false),
];

pub(crate) struct Results {
    /// This library, the others, the limit, as the benchmark calls them.
    peers: Vec<String>,
    all: Value,
}

/// One thing that was measured of each peer.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    unit: &'static str,
    more_is_better: bool,
    pub(crate) values: Vec<Option<f64>>,
}

impl Results {
    pub(crate) fn read(text: &str) -> Result<Results, Box<dyn Error>> {
        let all: Value = serde_json::from_str(text)?;
        let known = all["peers"].as_object().ok_or("no peers in these results")?;
        let others = known.keys().filter(|name| ![OURS, LIMIT].contains(&name.as_str()));
        let peers = [OURS.to_owned()].into_iter().chain(others.cloned()).chain([LIMIT.to_owned()]);
        Ok(Results { peers: peers.collect(), all })
    }

    /// The same for people.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |peer: &String| match peer.as_str() {
            PREDECESSOR => format!("{peer} (npm)"),
            _ => peer.clone(),
        };
        self.peers.iter().map(name).collect()
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        let line = |(name, scenario, path, unit, more_is_better): (_, &str, &[&str], _, _)| {
            let value = |peer: &String| {
                let scenario = &self.all["results"][scenario][peer];
                let value = path.iter().fold(scenario, |value, key| &value[*key]);
                // What was measured often is told by its median.
                value.as_f64().or_else(|| value["median"].as_f64())
            };
            Line { name, unit, more_is_better, values: self.peers.iter().map(value).collect() }
        };
        COMPARED.map(line).into()
    }
}

impl Line {
    pub(crate) fn show(&self, value: f64) -> String {
        let digits = match value.abs() {
            100.0.. => 0,
            10.0.. => 1,
            1.0.. => 2,
            _ => 3,
        };
        let space = if self.unit.starts_with('/') { "" } else { " " };
        format!("{value:.digits$}{space}{}", self.unit)
    }

    /// How often the limit is needed; below 1 is better than the limit.
    pub(crate) fn of_limit(&self) -> Option<f64> {
        Some(self.cost(*self.values.first()?)? / self.cost(*self.values.last()?)?)
    }

    /// How often the best of the others is needed.
    pub(crate) fn of_next_best(&self) -> Option<f64> {
        let others = self.values.get(1..self.values.len().checked_sub(1)?)?;
        let best = others.iter().filter_map(|value| self.cost(*value)).min_by(f64::total_cmp)?;
        Some(self.cost(*self.values.first()?)? / best)
    }

    /// More is worse.
    fn cost(&self, value: Option<f64>) -> Option<f64> {
        value.map(|value| if self.more_is_better { 1.0 / value } else { value })
    }
}
