//! Books payments to accounts in SQLite, each exactly once, however often the program is killed.
//!
//! `cargo run --example monitor_sqlite -- FILE <address>...` follows the public main network, from where
//! FILE says, or from now on. Without an address a simulated network inside this program pays a shop:
//! kill it, start it again, and look into the file.

mod books;

use std::{path::PathBuf, time::Duration};

use clap::Parser;
use xrpl_txdata::{AccountId, Event, TxData, testing::Network};

use books::Books;

/// Books payments to XRP Ledger accounts in a file of SQLite, each exactly once.
#[derive(Debug, Parser)]
#[command(name = "monitor_sqlite", version)]
struct Args {
    /// The file; it is made when it is not there.
    file: PathBuf,

    /// Classic addresses. Without one, a simulated network pays a shop.
    accounts: Vec<AccountId>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let mut books = Books::open(&args.file)?;
    let (txd, accounts) = match args.accounts.is_empty() {
        true => simulated(books.cursor()?.map_or(0, |cursor| cursor.ledger_index()))?,
        false => (TxData::builder().build()?, args.accounts),
    };
    println!("{} payments were booked before", books.payments()?.len());
    let monitor = txd.monitor(&accounts);
    let mut monitor = match books.cursor()? {
        Some(cursor) => monitor.from(cursor).start()?,
        None => monitor.start()?,
    };
    loop {
        let event = tokio::select! {
            event = monitor.next() => event,
            _ = tokio::signal::ctrl_c() => None,
        };
        let Some(event) = event.transpose()? else { break };
        books.book(&event, monitor.cursor())?;
        match event {
            Event::Incoming(payment) => {
                println!("booked {} of ledger {}", payment.hash(), payment.ledger_index());
            }
            Event::GapNotFillable { from, to } => {
                return Err(format!("no node has ledgers {from} to {to}").into());
            }
            _ => {}
        }
    }
    println!("{} payments are booked", books.payments()?.len());
    Ok(())
}

/// A shop that is paid in every second ledger. The ledgers are the same in every run, and go on a little
/// behind the last one that was booked: some were missed while this program did not run.
fn simulated(booked: u32) -> Result<(TxData, Vec<AccountId>), Box<dyn std::error::Error>> {
    let network = Network::builder().seed(7).interval(Duration::from_millis(400)).build();
    let (customer, shop) = (network.account("customer"), network.account("shop"));
    for ledger in (0..1_000).step_by(2) {
        network.pay(customer, shop, "10 XRP".parse()?).after(ledger).submit();
    }
    while network.tip() < booked + 5 && booked > 0 {
        network.close_ledger();
    }
    network.run_clock();
    let nodes = [network.node("n1"), network.node("n2")];
    let urls = nodes.iter().map(|node| node.url());
    let txd = TxData::builder().endpoints(urls).connect(network).build()?;
    Ok((txd, vec![shop]))
}
