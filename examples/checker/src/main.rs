//! A small payment service: makes orders, shows how to pay them, and books each payment exactly once.
//!
//! Without arguments it plays on a network inside the process, where every cheat can be tried; with
//! `--endpoint` and `--account` it watches an account on real nodes.

mod args;
mod book;
mod follow;
mod named;
mod order;
mod play;
mod shop;
mod store;
mod web;

use std::{error::Error, process::ExitCode, sync::Arc};

use clap::Parser;
use tokio::net::TcpListener;

use crate::{args::Args, shop::Shop};

/// What can fail, and is told to whoever started the service.
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Fallible<()> {
    let listener = TcpListener::bind(args.listen).await?;
    println!("http://{}", listener.local_addr()?);
    let shop = Arc::new(Shop::open(&args)?);
    if shop.play.is_some() {
        println!("The network is simulated. --endpoint and --account watch a real one.");
    }
    // What was named before the last end, and is not settled, is looked up again.
    for (hash, order) in shop.store.unsettled()? {
        tokio::spawn(named::settle(shop.clone(), hash, order));
    }
    let serving = axum::serve(listener, web::router(shop.clone()));
    tokio::select! {
        // Either of them ends only when something is wrong that trying again does not mend.
        followed = follow::run(&shop) => followed,
        served = serving => Ok(served?),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}
