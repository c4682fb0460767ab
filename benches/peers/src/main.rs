//! One runner of a benchmark of many clients: it gets a job as a file of JSON, does it with this library, and
//! prints one line of JSON. Jobs: `lookup` (once, cold), `warm` (one after another), `pipelined` (many in flight)
//! and `many` (all waited for at once).

mod job;
mod report;

use std::{
    future::IntoFuture,
    sync::Arc,
    time::{Duration, Instant},
};

use job::Job;
use report::{Answer, Many, Rates, Times};
use tokio::task::JoinSet;
use xrpl_txdata::{Lookup, Timeouts, TxData};

/// The one runner in which everything runs: figures are those of one thread.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let job = Job::load()?;
    let limit = Duration::from_secs_f64(job.limit_s);
    match job.op.as_str() {
        "lookup" => {
            let times = Times::start();
            let answer = match client(&job) {
                Ok(txd) => {
                    let wait = Duration::from_secs_f64(job.wait_s);
                    let lookup = lookup(&txd, &job.hash, wait);
                    tokio::time::timeout(limit, lookup)
                        .await
                        .unwrap_or_else(|_| Answer::of("timeout"))
                }
                Err(error) => Answer::error(&error),
            };
            report::lookup(answer, times);
        }
        "warm" => report::rates(warm(&job).await?),
        "pipelined" => report::rates(pipelined(&job).await?),
        "many" => report::many(many(&job).await?),
        other => return Err(format!("{other:?} is no job of this runner").into()),
    }
    Ok(())
}

/// As a user builds it: only what the job is about is set.
fn client(job: &Job) -> Result<TxData, Box<dyn std::error::Error>> {
    let mut builder = TxData::builder().endpoints(&job.urls);
    if let Some(roots) = job.roots()? {
        builder = builder.root_certificates(roots);
    }
    if let Some(overall) = job.options.overall_s {
        let timeouts =
            Timeouts { overall: Duration::from_secs_f64(overall), ..Timeouts::default() };
        builder = builder.timeouts(timeouts);
    }
    Ok(builder.build()?)
}

async fn lookup(txd: &TxData, hash: &str, wait: Duration) -> Answer {
    match txd.lookup(hash).wait(wait).await {
        Ok(Lookup::Found(tx)) => Answer::found(&tx),
        Ok(_) => Answer::of("not_found"),
        Err(error) => Answer::error(&error),
    }
}

/// Each after the one before, on the connection that the first has opened.
async fn warm(job: &Job) -> Result<Rates, Box<dyn std::error::Error>> {
    let txd = client(job)?;
    let (first, rest) = job.hashes.split_first().ok_or("no hashes")?;
    lookup(&txd, first, Duration::ZERO).await;
    let mut rates = Rates::start();
    for hash in rest {
        let began = Instant::now();
        let answer = lookup(&txd, hash, Duration::ZERO).await;
        rates.add(began, hash, &answer);
    }
    Ok(rates)
}

/// `in_flight` at any moment.
async fn pipelined(job: &Job) -> Result<Rates, Box<dyn std::error::Error>> {
    let txd = Arc::new(client(job)?);
    let (first, rest) = job.hashes.split_first().ok_or("no hashes")?;
    lookup(&txd, first, Duration::ZERO).await;
    let mut rates = Rates::start();
    let mut running = JoinSet::new();
    let mut waiting = rest.iter().cloned();
    loop {
        while running.len() < job.options.in_flight
            && let Some(hash) = waiting.next()
        {
            let txd = txd.clone();
            running.spawn(async move {
                let began = Instant::now();
                let answer = lookup(&txd, &hash, Duration::ZERO).await;
                (began, hash, answer)
            });
        }
        let Some(done) = running.join_next().await else { return Ok(rates) };
        let (began, hash, answer) = done?;
        rates.add(began, &hash, &answer);
    }
}

async fn many(job: &Job) -> Result<Many, Box<dyn std::error::Error>> {
    let txd = client(job)?;
    let wait = Duration::from_secs_f64(job.wait_s);
    let mut many = Many::start(job.hashes.len());
    let mut waiting = JoinSet::new();
    for (number, hash) in job.hashes.iter().enumerate() {
        let lookup = txd.lookup(hash.as_str()).wait(wait).into_future();
        waiting.spawn(async move { (number, lookup.await) });
    }
    report::armed();
    while let Some(done) = waiting.join_next().await {
        let (number, outcome) = done?;
        let answer = match outcome {
            Ok(Lookup::Found(tx)) => Answer::found(&tx),
            Ok(_) => Answer::of("not_found"),
            Err(error) => Answer::error(&error),
        };
        many.done(number, &job.hashes[number], &answer);
    }
    Ok(many)
}
