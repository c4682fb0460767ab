//! The same as a picture: a panel for each line, a bar for each peer, on a logarithmic scale.

use std::fmt::{Error, Write};

use crate::results::Line;

const WIDTH: usize = 860;
const COLUMNS: usize = 2;
const PANEL: usize = WIDTH / COLUMNS;
const ROW: usize = 18;
const TITLE: usize = 26;
const GAP: usize = 16;
/// Room for names on the left and for values on the right of the bars.
const NAMES: usize = 130;
const VALUES: usize = 78;
const LONGEST: f64 = (PANEL - NAMES - VALUES) as f64;
const SHORTEST: f64 = 3.0;

/// Legible on light and on dark pages.
const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#333}.t{font-weight:600}.n{text-anchor:end}\
    .o{fill:#0a7d4f}.p{fill:#8795a1}.l{fill:#c9d1d9}.on{font-weight:600}\
    @media(prefers-color-scheme:dark){text{fill:#ddd}.o{fill:#2fbf83}.p{fill:#7b8794}.l{fill:#46515c}}";

pub(crate) fn draw(peers: &[String], lines: &[Line]) -> Result<String, Error> {
    let panel_height = TITLE + ROW * peers.len() + GAP;
    let height = panel_height * lines.len().div_ceil(COLUMNS);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\" \
         aria-label=\"Clients of the XRP Ledger beside each other; the numbers stand in the table.\">\
         <style>{STYLE}</style>\n"
    );
    for (number, line) in lines.iter().enumerate() {
        let (x, y) = (number % COLUMNS * PANEL, number / COLUMNS * panel_height);
        panel(&mut svg, (x, y), peers, line)?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn panel(
    svg: &mut String,
    (x, y): (usize, usize),
    peers: &[String],
    line: &Line,
) -> Result<(), Error> {
    writeln!(svg, "<text class=\"t\" x=\"{}\" y=\"{}\">{}</text>", x + 8, y + 16, line.name)?;
    let known = || line.values.iter().flatten().copied();
    let (least, most) = (known().fold(f64::MAX, f64::min), known().fold(f64::MIN, f64::max));
    for (row, (peer, value)) in peers.iter().zip(&line.values).enumerate() {
        let text_at = y + TITLE + ROW * row + 12;
        let class = if row == 0 { "n on" } else { "n" };
        writeln!(svg, "<text class=\"{class}\" x=\"{}\" y=\"{text_at}\">{peer}</text>", x + NAMES)?;
        let Some(value) = value else { continue };
        // The shortest bar is that of the least.
        let share = if most > least { (value / least).ln() / (most / least).ln() } else { 0.0 };
        let length = SHORTEST + share * (LONGEST - SHORTEST);
        let bar = if row == 0 {
            "o"
        } else if row + 1 == peers.len() {
            "l"
        } else {
            "p"
        };
        let (bar_x, bar_y) = (x + NAMES + 6, text_at - 10);
        writeln!(
            svg,
            "<rect class=\"{bar}\" x=\"{bar_x}\" y=\"{bar_y}\" width=\"{length:.1}\" height=\"12\"/>\
             <text x=\"{:.1}\" y=\"{text_at}\">{}</text>",
            bar_x as f64 + length + 5.0,
            line.show(*value)
        )?;
    }
    Ok(())
}
