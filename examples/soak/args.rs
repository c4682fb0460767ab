//! What can be chosen on the command line.

use std::{path::PathBuf, time::Duration};

use clap::Parser;

/// Asks and follows a simulated network over real sockets for a long time, while its nodes are killed and
/// started again, and judges every answer.
///
/// Exit status: 0 when every answer was right and in time, nothing was missed and nothing grew, 1
/// otherwise, 64 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "soak", version)]
pub(crate) struct Args {
    /// How long. Growth is judged from twelve rows of the table on.
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = above_zero)]
    minutes: f64,

    /// Seconds of one row of the table.
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = above_zero)]
    row: f64,

    /// From which everything follows that is left to chance: payments, deaths, questions.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// How many ask at the same time, each with a short pause between two questions.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(crate) askers: usize,

    /// How many wait at the same time for a transaction that is not there yet.
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(crate) waiters: usize,

    /// Milliseconds between two ledgers.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..))]
    interval: u64,

    /// Where the plot goes.
    #[arg(long, value_name = "FILE", default_value = "target/soak.svg")]
    pub(crate) svg: PathBuf,

    /// What the library shall log, on the standard error: `xrpl_txdata=debug` for all of it.
    #[arg(long, value_name = "FILTER")]
    pub(crate) log: Option<String>,

    /// Be the network, and do what the standard input says: the other process of this program.
    #[arg(long, hide = true)]
    pub(crate) network: bool,
}

impl Args {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.minutes * 60.0)
    }

    pub(crate) fn row(&self) -> Duration {
        Duration::from_secs_f64(self.row)
    }

    pub(crate) fn interval(&self) -> Duration {
        Duration::from_millis(self.interval)
    }
}

fn above_zero(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    match (f64::EPSILON..1e6).contains(&number) {
        true => Ok(number),
        false => Err("expected more than nothing, and less than a million".to_owned()),
    }
}
