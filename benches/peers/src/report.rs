//! The one line that a job ends with, in the words of the benchmark.

use std::{collections::BTreeMap, fmt::Display, fs, time::Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use serde_json::{Value, json};
use xrpl_txdata::ValidatedTransaction;

/// Nanoseconds of the clock that the node's process reads as well.
fn now_ns() -> u64 {
    read(ClockId::Monotonic)
}

fn read(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

#[derive(Clone, Default, Serialize)]
pub(crate) struct Answer {
    outcome: &'static str,
    hash: Option<String>,
    account: Option<String>,
    sequence: Option<u32>,
    ledger_index: Option<u32>,
    validated: Option<bool>,
    has_meta: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Answer {
    pub(crate) fn of(outcome: &'static str) -> Answer {
        Answer { outcome, ..Answer::default() }
    }

    pub(crate) fn error(error: &dyn Display) -> Answer {
        Answer { error: Some(error.to_string()), ..Answer::of("error") }
    }

    pub(crate) fn found(tx: &ValidatedTransaction) -> Answer {
        Answer {
            hash: Some(tx.hash().to_string()),
            account: Some(tx.account().to_string()),
            sequence: Some(tx.sequence()),
            ledger_index: Some(tx.ledger_index()),
            // The type says it: there is no other kind.
            validated: Some(true),
            has_meta: !tx.raw_metadata().is_empty(),
            ..Answer::of("found")
        }
    }

    fn is_right(&self, asked: &str) -> bool {
        self.outcome == "found" && self.hash.as_deref() == Some(asked)
    }
}

/// When a lookup began.
pub(crate) struct Times {
    start_ns: u64,
}

impl Times {
    pub(crate) fn start() -> Times {
        Times { start_ns: now_ns() }
    }
}

pub(crate) fn lookup(answer: Answer, times: Times) {
    let done_ns = now_ns();
    let mut line = json!(answer);
    line["ms"] = json!((done_ns - times.start_ns) as f64 / 1e6);
    line["start_ns"] = json!(times.start_ns);
    line["done_ns"] = json!(done_ns);
    print(line);
}

/// Lookups one after another, or side by side.
pub(crate) struct Rates {
    began: Instant,
    cpu_ms: f64,
    each_ms: Vec<f64>,
    right: usize,
}

impl Rates {
    pub(crate) fn start() -> Rates {
        Rates { began: Instant::now(), cpu_ms: cpu_ms(), each_ms: Vec::new(), right: 0 }
    }

    pub(crate) fn add(&mut self, began: Instant, asked: &str, answer: &Answer) {
        self.each_ms.push(began.elapsed().as_secs_f64() * 1e3);
        self.right += usize::from(answer.is_right(asked));
    }
}

pub(crate) fn rates(mut rates: Rates) {
    let ms = rates.began.elapsed().as_secs_f64() * 1e3;
    let cpu_ms = cpu_ms() - rates.cpu_ms;
    rates.each_ms.sort_by(f64::total_cmp);
    let number = rates.each_ms.len().max(1);
    let at = |percent: usize| rates.each_ms.get(number * percent / 100);
    print(json!({
        "outcome": "done", "n": rates.each_ms.len(), "right": rates.right, "ms": ms,
        "per_s": rates.each_ms.len() as f64 / ms * 1e3, "cpu_ms_each": cpu_ms / number as f64,
        "p50_ms": at(50), "p99_ms": at(99),
    }));
}

/// All waited for at once.
pub(crate) struct Many {
    cpu_ms: f64,
    done_ns: Vec<Option<u64>>,
    outcomes: BTreeMap<&'static str, usize>,
    wrong: usize,
    error: Option<String>,
}

impl Many {
    pub(crate) fn start(number: usize) -> Many {
        Many {
            cpu_ms: cpu_ms(),
            done_ns: vec![None; number],
            outcomes: BTreeMap::new(),
            wrong: 0,
            error: None,
        }
    }

    pub(crate) fn done(&mut self, number: usize, asked: &str, answer: &Answer) {
        *self.outcomes.entry(answer.outcome).or_default() += 1;
        if answer.outcome == "found" {
            self.done_ns[number] = Some(now_ns());
            self.wrong += usize::from(!answer.is_right(asked));
        }
        self.error = self.error.take().or_else(|| answer.error.clone());
    }
}

pub(crate) fn armed() {
    println!("ARMED");
}

pub(crate) fn many(many: Many) {
    print(json!({
        "outcome": "done", "n": many.done_ns.len(), "outcomes": many.outcomes, "wrong": many.wrong,
        "done_ns": many.done_ns, "cpu_ms_phase": cpu_ms() - many.cpu_ms, "error": many.error,
    }));
}

fn print(mut line: Value) {
    line["cpu_ms_total"] = json!(cpu_ms());
    line["rss_kb"] = json!(peak_kb());
    println!("{line}");
}

/// Processor time of this process, user and system.
fn cpu_ms() -> f64 {
    read(ClockId::ProcessCPUTime) as f64 / 1e6
}

/// The most memory that was ever resident.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
