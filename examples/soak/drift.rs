//! Whether something grew: the last third of a run is compared with its second sixth.
//!
//! The first sixth is left out: that is when caches and buffers are filled once. Medians, because a
//! shared machine stalls now and then; and each tolerance says how much growth is taken for noise.

use std::time::Duration;

use crate::table::Row;

/// With fewer rows there is nothing to compare.
const FEWEST: usize = 12;

/// What must not grow.
struct Measure {
    name: &'static str,
    unit: &'static str,
    of: fn(&Row) -> Option<f64>,
    /// The median may become so many times what it was, and so much more on top.
    times: f64,
    more: f64,
}

const MEASURES: [Measure; 6] = [
    // A hundred bytes lost in each of 300,000 lookups are 30 MiB.
    Measure { name: "memory", unit: "MiB", of: memory, times: 1.1, more: 4.0 },
    Measure {
        name: "sockets",
        unit: "",
        of: |row| Some(row.sockets? as f64),
        times: 1.0,
        more: 3.0,
    },
    Measure { name: "tasks", unit: "", of: |row| Some(row.tasks as f64), times: 1.0, more: 6.0 },
    // What others do on the machine moves the median by milliseconds. What grows with the number of
    // answers, or of deaths, has grown a hundredfold in an hour.
    Measure {
        name: "the median latency of lookups",
        unit: "ms",
        of: lookups,
        times: 3.0,
        more: 20.0,
    },
    Measure { name: "the median latency of waits", unit: "ms", of: waits, times: 3.0, more: 20.0 },
    Measure {
        name: "the median latency of payments",
        unit: "ms",
        of: payments,
        times: 3.0,
        more: 50.0,
    },
];

fn memory(row: &Row) -> Option<f64> {
    Some(row.memory? as f64 / 1024.0)
}

fn lookups(row: &Row) -> Option<f64> {
    row.counts.lookups.percentile(50).map(millis)
}

fn waits(row: &Row) -> Option<f64> {
    row.counts.waits.percentile(50).map(millis)
}

fn payments(row: &Row) -> Option<f64> {
    row.counts.payments.percentile(50).map(millis)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What grew, a sentence each; none when there are too few rows to tell.
pub(crate) fn judge(rows: &[Row]) -> Option<Vec<String>> {
    if rows.len() < FEWEST {
        return None;
    }
    Some(MEASURES.iter().filter_map(|measure| grew(measure, rows)).collect())
}

fn grew(measure: &Measure, rows: &[Row]) -> Option<String> {
    let sixth = rows.len() / 6;
    // What the system does not tell is not judged.
    let early = median(rows[sixth..2 * sixth].iter().filter_map(measure.of))?;
    let late = median(rows[rows.len() - 2 * sixth..].iter().filter_map(measure.of))?;
    let Measure { name, unit, times, more, .. } = measure;
    let most = early * times + more;
    (late > most).then(|| {
        format!("{name} grew from {early:.1} to {late:.1} {unit}, and up to {most:.1} is noise")
    })
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Counts;

    /// A row of a quiet run.
    fn row(number: usize) -> Row {
        let mut counts = Counts::default();
        counts.lookups.add(Duration::from_millis(2 + number as u64 % 3));
        Row {
            at: Duration::from_secs(60 * number as u64),
            lasted: Duration::from_secs(60),
            counts,
            memory: Some(20_000 + number as u64 % 7 * 100),
            sockets: Some(8),
            tasks: 12,
        }
    }

    fn run(change: impl Fn(usize, &mut Row)) -> Vec<Row> {
        let rows = (0..60).map(|number| {
            let mut row = row(number);
            change(number, &mut row);
            row
        });
        rows.collect()
    }

    fn complaints(change: impl Fn(usize, &mut Row)) -> String {
        judge(&run(change)).expect("enough rows").join("; ")
    }

    #[test]
    fn a_quiet_run_has_no_drift() {
        assert_eq!(complaints(|_, _| {}), "");
    }

    #[test]
    fn what_is_filled_once_is_no_drift() {
        let warm =
            |number: usize, row: &mut Row| row.memory = Some(10_000 + 1_000 * number.min(9) as u64);
        assert_eq!(complaints(warm), "");
    }

    #[test]
    fn a_stall_of_the_machine_is_no_drift() {
        let stall = |number, row: &mut Row| {
            if number % 5 == 0 {
                row.counts = Counts::default();
                row.counts.lookups.add(Duration::from_secs(5));
                row.memory = Some(90_000);
            }
        };
        assert_eq!(complaints(stall), "");
    }

    #[test]
    fn a_leak_is_seen() {
        // 200 KiB a minute.
        let leak = |number, row: &mut Row| row.memory = Some(20_000 + 200 * number as u64);
        assert!(complaints(leak).starts_with("memory grew from 22."), "{}", complaints(leak));
    }

    #[test]
    fn sockets_tasks_and_latencies_that_grow_are_seen() {
        let sockets = complaints(|n, row| row.sockets = Some(8 + n as u64 / 8));
        assert!(sockets.starts_with("sockets grew from 9.0 to 14.0"), "{sockets}");
        let tasks = complaints(|n, row| row.tasks = 12 + n as u64 / 4);
        assert!(tasks.starts_with("tasks grew"), "{tasks}");
        let waits =
            complaints(|n, row| row.counts.waits.add(Duration::from_millis((n * n / 10) as u64)));
        assert!(waits.starts_with("the median latency of waits grew"), "{waits}");
    }

    #[test]
    fn too_few_rows_tell_nothing() {
        assert_eq!(judge(&run(|_, _| {})[..11]), None);
        assert_eq!(judge(&run(|_, _| {})[..12]), Some(Vec::new()));
    }

    #[test]
    fn what_the_system_does_not_tell_is_not_judged() {
        let untold = |_, row: &mut Row| (row.memory, row.sockets) = (None, None);
        assert_eq!(complaints(untold), "");
    }
}
