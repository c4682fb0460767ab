//! Makes what people read of what the benches measured.
//!
//! * `tables figures FILE` reads the lines `figure: | … |` of the benches from its input and writes them as a table.
//! * `tables peers RESULTS.json FOLDER` reads what the benchmark of many clients wrote, and writes `peers.md` and
//!   `peers.svg` into the folder.

mod chart;
mod results;

use std::{error::Error, fmt::Write, fs, io, path::Path};

use results::{Line, Results};

const USAGE: &str = "usage: tables figures FILE < OUTPUT, or tables peers RESULTS.json FOLDER";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["figures", file] => figures(file),
        ["peers", results, folder] => peers(results, folder),
        _ => Err(USAGE.into()),
    }
}

fn figures(file: &str) -> Result<(), Box<dyn Error>> {
    let mut table =
        String::from("| path | measured | limit | goal | ratio |\n|---|---|---|---|---|\n");
    let input = io::read_to_string(io::stdin())?;
    let rows: Vec<&str> = input.lines().filter_map(|line| line.strip_prefix("figure: ")).collect();
    if rows.is_empty() {
        return Err("no bench has told a figure".into());
    }
    rows.iter().try_for_each(|row| writeln!(table, "{row}"))?;
    print!("{table}");
    Ok(fs::write(file, table)?)
}

fn peers(results: &str, folder: &str) -> Result<(), Box<dyn Error>> {
    let results = Results::read(&fs::read_to_string(results)?)?;
    let (names, lines) = (results.names(), results.lines());
    let table = table(&names, &lines)?;
    print!("{table}");
    let folder = Path::new(folder);
    fs::write(folder.join("peers.md"), table)?;
    Ok(fs::write(folder.join("peers.svg"), chart::draw(&names, &lines)?)?)
}

/// Each line with all peers, and how far the first is from the limit and from the best of the others.
fn table(peers: &[String], lines: &[Line]) -> Result<String, std::fmt::Error> {
    let mut table = format!("| | {} | of the limit | of the next best |\n", peers.join(" | "));
    writeln!(table, "|---{}|---|---|", "|---".repeat(peers.len()))?;
    for line in lines {
        write!(table, "| {} ", line.name)?;
        for value in &line.values {
            match value {
                Some(value) => write!(table, "| {} ", line.show(*value))?,
                None => write!(table, "| – ")?,
            }
        }
        let ratio =
            |ratio: Option<f64>| ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
        writeln!(table, "| {} | {} |", ratio(line.of_limit()), ratio(line.of_next_best()))?;
    }
    Ok(table)
}
