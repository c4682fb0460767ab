//! The whole story on a simulated network inside this program, over real sockets on this machine.

use std::time::Duration;

use xrpl_txdata::{
    Amount, TxHash,
    testing::{Fault, Network},
};

use crate::{args::Args, lookup, print, report};

/// A ledger closes this often here; on the main network it is every four seconds.
const INTERVAL: Duration = Duration::from_millis(1_000);

/// Tells it; the exit status is that of the last lookup that should have found something.
pub(crate) async fn tell(args: &Args) -> Result<u8, Box<dyn std::error::Error>> {
    let network = Network::builder()
        .seed(2026)
        .network_id(args.network.unwrap_or(0))
        .history(40)
        .interval(INTERVAL)
        .build();
    let dead = network.node("dead");
    dead.set_faults([Fault::NoHandshake]);
    let (first, second) = (network.node("first"), network.clio("second"));
    let mut urls = Vec::new();
    for node in [&dead, &first, &second] {
        urls.push(network.listen(node).await?.ws_url());
    }

    let (customer, shop) = (network.account("customer"), network.account("shop"));
    let usd = |value: u32| -> Result<Amount, _> {
        format!("{value} USD:{}", network.account("issuer")).parse()
    };
    let paid = network.pay(customer, shop, "25 XRP".parse()?).tag(7).memo("order 7").submit();
    let cheat = network.pay(customer, shop, usd(1_000)?).partial(usd(1)?).tag(8).submit();
    network.close_ledger();
    let coming = network.pay(customer, shop, "9.95 XRP".parse()?).tag(9).after(2).submit();
    let never = network.pay(customer, shop, "1 XRP".parse()?).never();
    network.run_clock();

    say(args, format_args!("A network inside this program: three nodes, a ledger every second."));
    say(args, format_args!("  {} accepts connections and never answers", urls[0]));
    say(args, format_args!("  {} runs rippled", urls[1]));
    say(args, format_args!("  {} runs Clio", urls[2]));

    let txd = args.builder().endpoints(urls).build()?;
    let scenes: [(&str, TxHash, u64); 3] = [
        (
            "A payment that is in a ledger. The first node is dead, so the second one answers.",
            paid,
            0,
        ),
        ("One that promises 1000 USD and is successful. Look at what it delivered.", cheat, 0),
        ("One that is not there yet. The answer comes with the ledger that holds it.", coming, 20),
    ];
    let mut status = 0;
    for (number, (title, hash, wait)) in (1..).zip(scenes) {
        say(args, format_args!("\n{number}. {title}\n"));
        let outcome = lookup(&txd, hash.into(), wait).await;
        print(args, &outcome, None);
        status = status.max(report::status(&outcome));
    }

    let last = network.tip() + 2;
    say(
        args,
        format_args!("\n4. One that nobody submits, and that is valid up to ledger {last}.\n"),
    );
    let wait = Duration::from_secs(20);
    let outcome = txd.lookup(never).wait(wait).last_ledger_sequence(last).await;
    print(args, &outcome, None);
    // This one is not to be found: the story is well told when it is not.
    status = status.max(if report::status(&outcome) == 2 { 0 } else { 3 });

    say(args, format_args!("\nNow with a hash of yours: cargo run --example verify -- <hash>"));
    txd.close().await;
    Ok(status)
}

fn say(args: &Args, line: std::fmt::Arguments<'_>) {
    if !args.json {
        anstream::println!("{line}");
    }
}
