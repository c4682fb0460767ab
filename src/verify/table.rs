//! Checks as a table of plain text.

use super::check::{Check, Outcome};

/// Wider cells are not aligned; what stands right of them moves.
const WIDEST: usize = 48;

pub(crate) fn table(checks: &[Check]) -> String {
    let head = ["", "check", "expected", "found"];
    let rows: Vec<[&str; 4]> = std::iter::once(head).chain(checks.iter().map(row)).collect();
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.filter(|length| *length <= WIDEST).max().unwrap_or_default()
    };
    let (state, name, expected) = (width(0), width(1), width(2));
    let lines = rows.iter().map(|[a, b, c, d]| {
        format!("{a:state$}   {b:name$}   {c:expected$}   {d}").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn row(check: &Check) -> [&str; 4] {
    let state = match check.outcome {
        Outcome::Passed => "ok",
        Outcome::Failed => "FAILED",
        Outcome::NotApplicable => "-",
    };
    [state, check.code.name(), &check.expected, &check.actual]
}
