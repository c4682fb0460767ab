//! A long run: real sockets, nodes that die and come back, and every answer judged.
//!
//! `cargo run --release --example soak -- --minutes 60` asks, waits and follows for an hour, prints a row
//! each minute, writes a plot, and fails when an answer was wrong, late or missed, or when anything grew.
//! The network is a process of its own, so that memory and sockets are the client's alone. `--help` tells
//! the rest.

mod args;
mod dice;
mod drift;
mod far;
mod follow;
mod histogram;
mod judge;
mod load;
mod network;
mod plot;
mod process;
mod stage;
mod table;
mod tally;
mod truth;
mod weather;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Parser;
use tokio::{runtime::Handle, sync::watch, task::JoinSet, time::timeout};
use tracing_subscriber::EnvFilter;
use xrpl_txdata::{MonitorSource, TxData};

use args::Args;
use dice::Dice;
use far::Far;
use network::{Order, Reply};
use stage::{Phase, Stage};
use table::Row;
use tally::{Counts, Tally};
use truth::Truth;
use weather::Weather;

/// The status of `sysexits.h` for wrong usage.
const USAGE: u8 = 64;

/// What is under way must be over so long after the load: the longest wait, and the time to be late.
const CALM: Duration = Duration::from_secs(60);

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    if let Some(filter) = &args.log {
        let filter = EnvFilter::new(filter);
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    let result = if args.network { network::run(&args).await } else { soak(&args).await };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn soak(args: &Args) -> Result<(), Failed> {
    let (far, ready) = Far::start(args).await?;
    let Reply::Ready { urls, authority, shop, tip } = ready else {
        return Err(format!("the network is not ready: {ready:?}").into());
    };
    let nodes = urls.len();
    println!("one client of {}", urls.join(", "));
    let txd = TxData::builder()
        .endpoints(urls)
        .root_certificates([authority])
        // The nodes forget, so that they can run for months.
        .allow_partial_history()
        .seed(args.seed)
        .build()?;
    let (phase, phases) = watch::channel(Phase::Load);
    let stage = Stage {
        txd: txd.clone(),
        shop,
        interval: args.interval(),
        truth: Arc::new(Truth::new(tip, nodes)),
        tally: Arc::new(Tally::default()),
        phase: phases,
    };
    // Before there are any of the client's.
    let own_sockets = process::sockets();

    let weather = Weather::new(far, stage.clone(), Dice::new(args.seed, 0), nodes);
    let weather = tokio::spawn(weather.run());
    let mut followers = JoinSet::new();
    for source in [MonitorSource::Transactions, MonitorSource::Accounts, MonitorSource::Ledgers] {
        followers.spawn(follow::follow(stage.clone(), source, tip));
    }
    followers.spawn(weather::beat(stage.clone()));
    let mut load = JoinSet::new();
    for player in 0..args.askers as u64 {
        load.spawn(load::ask(stage.clone(), Dice::new(args.seed, 1_000 + player)));
    }
    for player in 0..args.waiters as u64 {
        load.spawn(load::wait(stage.clone(), Dice::new(args.seed, 1_000_000 + player)));
    }

    println!("{}", table::HEAD);
    let start = Instant::now();
    let mut rows: Vec<Row> = Vec::new();
    while start.elapsed() < args.duration() && !weather.is_finished() {
        let begun = Instant::now();
        tokio::time::sleep(args.row().min(args.duration().saturating_sub(start.elapsed()))).await;
        let own_tasks = 1 + followers.len() + load.len();
        let tasks = Handle::current().metrics().num_alive_tasks();
        let row = Row {
            at: start.elapsed(),
            lasted: begun.elapsed(),
            counts: stage.tally.take(),
            memory: process::memory(),
            sockets: process::sockets().zip(own_sockets).map(|(all, own)| all.saturating_sub(own)),
            tasks: tasks.saturating_sub(own_tasks) as u64,
        };
        println!("{row}");
        rows.push(row);
    }

    phase.send_replace(Phase::Calm);
    let mut complaints = Vec::new();
    if timeout(CALM, async { while load.join_next().await.is_some() {} }).await.is_err() {
        complaints.push(format!("{} lookups never ended", load.len()));
    }
    phase.send_replace(Phase::Over);
    let mut far = weather.await??;
    if timeout(CALM, async { while followers.join_next().await.is_some() {} }).await.is_err() {
        complaints.push("a monitor never came to the last ledger".to_owned());
    }
    let rest = stage.tally.take();
    drop((stage, load, followers));
    txd.close().await;
    drop(txd);
    complaints.extend(left(&mut far, own_sockets).await?);

    complaints.extend(summary(&rows, &rest, start.elapsed()));
    if let Some(folder) = args.svg.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&args.svg, plot::svg(&rows))?;
    println!("plot: {}", args.svg.display());
    match complaints.is_empty() {
        true => Ok(()),
        false => Err(complaints.join("; ").into()),
    }
}

/// What is left when nobody asks any more and the client is closed.
async fn left(far: &mut Far, own_sockets: Option<u64>) -> Result<Vec<String>, Failed> {
    let mut left = Vec::new();
    let until = Instant::now() + CALM;
    // The last words are on their way.
    while Instant::now() < until {
        left.clear();
        let tasks = Handle::current().metrics().num_alive_tasks();
        if tasks > 0 {
            left.push(format!("{tasks} tasks are left"));
        }
        let sockets = process::sockets();
        if sockets > own_sockets {
            left.push(format!("of {sockets:?} sockets {own_sockets:?} are ours"));
        }
        match far.order(&Order::Left).await? {
            Reply::Left { connections: 0, subscriptions: 0 } => {}
            other => left.push(format!("the nodes have clients: {other:?}")),
        }
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(left)
}

/// Prints what all rows come to; what was wrong with it.
fn summary(rows: &[Row], rest: &Counts, elapsed: Duration) -> Vec<String> {
    let mut all = rest.clone();
    rows.iter().for_each(|row| all.add(&row.counts));
    let Counts { found, absent, never, excused, given_up, killed, deaths, wrong, .. } = all;
    println!(
        "{:.1} minutes: {found} found, {absent} absent, {never} never, {given_up} given up, {excused} \
         errors while no node was steady; {} payments told; {deaths} deaths of nodes, {killed} \
         connections killed; {wrong} wrong, late or missed",
        elapsed.as_secs_f64() / 60.0,
        all.payments.count(),
    );
    for (name, of) in
        [("lookups", &all.lookups), ("waits", &all.waits), ("payments", &all.payments)]
    {
        let [median, p99] = [50, 99].map(|percent| table::time(of.percentile(percent)));
        println!("{name}: median {median}, p99 {p99}");
    }
    let mut complaints = Vec::new();
    if wrong > 0 {
        complaints.push(format!("{wrong} answers were wrong, late or missed"));
    }
    if found == 0 || all.payments.count() == 0 {
        complaints.push("nothing was found, or no payment told".to_owned());
    }
    match drift::judge(rows) {
        Some(grown) => complaints.extend(grown),
        None => println!("too short to see what grows: it takes 12 rows"),
    }
    complaints
}
