//! The plot: four panels of lines over the minutes, as SVG, on light and dark ground.

use std::fmt::Write;

use crate::table::Row;

const WIDTH: f64 = 860.0;
const PANEL: f64 = 150.0;
const GAP: f64 = 46.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 130.0;

/// Colours that are told apart on white and on black, by most eyes (after Okabe and Ito).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#56a0d8", "#e69f00", "#cc79a7"];

struct Panel {
    title: &'static str,
    is_log: bool,
    lines: Vec<(&'static str, Vec<Option<f64>>)>,
}

/// The rows as a picture.
pub(crate) fn svg(rows: &[Row]) -> String {
    let panels = panels(rows);
    let height = GAP + panels.len() as f64 * (PANEL + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Soak: rates, latencies, memory, sockets and tasks over time\">\n\
         <style>svg{{background:#fff;color:#222;font:12px system-ui,sans-serif}}\
         @media(prefers-color-scheme:dark){{svg{{background:#111;color:#ddd}}}}\
         text{{fill:currentColor}}.g{{stroke:currentColor;stroke-opacity:.2}}\
         .l{{fill:none;stroke-width:1.5}}</style>\n"
    );
    let last = rows.last().map_or(1.0, |row| row.at.as_secs_f64() / 60.0);
    let minutes: Vec<f64> = rows.iter().map(|row| row.at.as_secs_f64() / 60.0).collect();
    for (number, panel) in panels.iter().enumerate() {
        let top = GAP + number as f64 * (PANEL + GAP);
        draw(&mut svg, panel, &minutes, last, top);
    }
    svg + "</svg>\n"
}

fn panels(rows: &[Row]) -> Vec<Panel> {
    let each = |of: &dyn Fn(&Row) -> Option<f64>| rows.iter().map(of).collect::<Vec<_>>();
    let millis = |time: Option<std::time::Duration>| time.map(|time| time.as_secs_f64() * 1e3);
    let rates = vec![
        ("lookups", each(&|row| Some(row.per_second(&row.counts.lookups)))),
        ("waits", each(&|row| Some(row.per_second(&row.counts.waits)))),
        ("payments", each(&|row| Some(row.per_second(&row.counts.payments)))),
    ];
    let latencies = vec![
        ("lookups p50", each(&|row| millis(row.counts.lookups.percentile(50)))),
        ("waits p50", each(&|row| millis(row.counts.waits.percentile(50)))),
        ("payments p50", each(&|row| millis(row.counts.payments.percentile(50)))),
        ("lookups p99", each(&|row| millis(row.counts.lookups.percentile(99)))),
        ("waits p99", each(&|row| millis(row.counts.waits.percentile(99)))),
        ("payments p99", each(&|row| millis(row.counts.payments.percentile(99)))),
    ];
    let memory = vec![("memory", each(&|row| Some(row.memory? as f64 / 1024.0)))];
    let held = vec![
        ("sockets", each(&|row| Some(row.sockets? as f64))),
        ("tasks", each(&|row| Some(row.tasks as f64))),
    ];
    let panel = |title, is_log, lines| Panel { title, is_log, lines };
    vec![
        panel("answers per second", false, rates),
        panel("latency in ms (logarithmic)", true, latencies),
        panel("resident memory in MiB", false, memory),
        panel("open sockets and tasks of the client", false, held),
    ]
}

fn draw(svg: &mut String, panel: &Panel, minutes: &[f64], last: f64, top: f64) {
    let scale = Scale::of(panel);
    let x = |minute: f64| LEFT + minute / last.max(1e-9) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| top + PANEL * (1.0 - scale.place(value));
    // Writing into a text cannot fail.
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{:.0}\" font-weight=\"600\">{}</text>",
        top - 8.0,
        panel.title
    );
    for tick in scale.ticks() {
        let (at, right) = (y(tick), WIDTH - RIGHT);
        let _ = writeln!(
            svg,
            "<path class=\"g\" d=\"M{LEFT} {at:.1}H{right}\"/><text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            number(tick)
        );
    }
    for minute in [0.0, last / 4.0, last / 2.0, last * 0.75, last] {
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{} min</text>",
            x(minute),
            top + PANEL + 16.0,
            number(minute)
        );
    }
    for (place, ((name, values), colour)) in panel.lines.iter().zip(COLOURS).enumerate() {
        let mut path = String::new();
        let mut pen = 'M';
        for (minute, value) in minutes.iter().zip(values) {
            match value {
                Some(value) => {
                    let _ = write!(path, "{pen}{:.1} {:.1}", x(*minute), y(*value));
                    pen = 'L';
                }
                None => pen = 'M',
            }
        }
        let (right, line) = (WIDTH - RIGHT + 10.0, top + 12.0 + 18.0 * place as f64);
        let _ = writeln!(
            svg,
            "<path class=\"l\" stroke=\"{colour}\" d=\"{path}\"/>\
             <path stroke=\"{colour}\" stroke-width=\"3\" d=\"M{right:.0} {:.0}h14\"/>\
             <text x=\"{:.0}\" y=\"{line:.0}\">{name}</text>",
            line - 4.0,
            right + 20.0
        );
    }
}

/// From values to heights between 0 and 1.
struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
}

impl Scale {
    fn of(panel: &Panel) -> Scale {
        let values = || panel.lines.iter().flat_map(|(_, values)| values.iter().flatten().copied());
        let highest = values().fold(0.0_f64, f64::max).max(1e-3);
        if !panel.is_log {
            return Scale { low: 0.0, high: round_up(highest), is_log: false };
        }
        let lowest = values().filter(|value| *value > 0.0).fold(highest, f64::min);
        let decade = |value: f64| 10_f64.powf(value);
        let (low, high) = (decade(lowest.log10().floor()), decade(highest.log10().ceil()));
        Scale { low, high: high.max(low * 10.0), is_log: true }
    }

    fn place(&self, value: f64) -> f64 {
        let place = match self.is_log {
            true => (value.max(self.low) / self.low).log10() / (self.high / self.low).log10(),
            false => value / self.high,
        };
        place.clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<f64> {
        if !self.is_log {
            return (0..=4).map(|quarter| self.high * f64::from(quarter) / 4.0).collect();
        }
        let decades = (self.high / self.low).log10().round() as i32;
        (0..=decades).map(|decade| self.low * 10_f64.powi(decade)).collect()
    }
}

/// The next of 1, 2, 4, 8, 10 times a power of ten: quarters of them are short numbers.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    steps.iter().map(|step| step * power).find(|step| *step >= value).unwrap_or(10.0 * power)
}

fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tally::Counts;

    fn rows() -> Vec<Row> {
        let row = |minute: u64| {
            let mut counts = Counts::default();
            counts.lookups.add(Duration::from_millis(1 + minute));
            let lasted = Duration::from_secs(60);
            let memory = (minute != 2).then_some(20_480);
            Row { at: lasted * minute as u32, lasted, counts, memory, sockets: Some(7), tasks: 9 }
        };
        (1..=4).map(row).collect()
    }

    #[test]
    fn every_measure_is_drawn_and_named_and_the_document_is_whole() {
        let svg = svg(&rows());
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        for name in ["lookups p99", "memory", "sockets", "tasks", "prefers-color-scheme:dark"] {
            assert!(svg.contains(name), "{name}");
        }
        assert_eq!(svg.matches("class=\"l\"").count(), 3 + 6 + 1 + 2);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn a_gap_in_the_measuring_is_a_gap_in_the_line() {
        let svg = svg(&rows());
        let memory = svg.lines().find(|line| line.contains(">memory<")).unwrap();
        let line = memory.split("d=\"").nth(1).unwrap();
        assert_eq!((line.matches('M').count(), line.matches('L').count()), (2, 1));
    }

    #[test]
    fn nothing_is_drawn_outside_of_its_panel() {
        let scale = Scale { low: 0.1, high: 100.0, is_log: true };
        let places = [0.0, 0.1, 10.0, 1e9].map(|value| scale.place(value));
        assert_eq!(places.map(|place| (place * 3.0).round()), [0.0, 0.0, 2.0, 3.0]);
        assert_eq!([0.9, 3.0, 25.0].map(round_up), [1.0, 4.0, 40.0]);
    }

    #[test]
    fn no_rows_are_an_empty_plot() {
        assert!(!svg(&[]).contains("NaN"));
    }
}
