//! Waiting for what is handed in later.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use xrpl_txdata::{Lookup, TxData, WatchSource};

use super::{
    payments::payment,
    report::{Checked, ensure, same, skipped, wrong},
    run::Run,
    server::Closing,
};
use crate::support::secs;

/// News of a ledger may take so long. Over HTTP servers are asked every few seconds.
const NEWS: Duration = Duration::from_secs(10);

/// Waits, hands it in after `pause`, closes, and hears of it.
pub(super) async fn wait(run: &Run, txd: &TxData, pause: Duration) -> Checked {
    let before = run.holdings().await?;
    let signed = run.server.sign(&run.alice, payment(run.bob.account, "1000003")).await?;
    let lookup = txd.lookup(signed.hash).wait(pause + run.patience());
    let waiting = tokio::spawn(lookup.into_future());
    sleep(pause).await;
    ensure(!waiting.is_finished(), || "it ended before anything was handed in".to_owned())?;
    run.server.submit(&signed).await?;
    run.server.settle(&signed).await?;
    let settled = Instant::now();
    let Lookup::Found(tx) = waiting.await.expect("it does not panic")? else {
        return wrong(format!("{} is validated, and not found", signed.hash));
    };
    same("hash", signed.hash, tx.hash())?;
    run.enter(&tx, &signed, &before).await?;
    let late = settled.elapsed();
    ensure(late < NEWS, || format!("it took {late:?} by {:?}", tx.source()))
}

/// Those who are told by streams, and those who fetch the list of each ledger.
pub(super) async fn by(run: &Run, source: WatchSource) -> Checked {
    if source == WatchSource::Stream && run.source != WatchSource::Stream {
        return skipped("it streams no transactions");
    }
    let txd = run.settings.builder(&run.url).watch_source(source).build()?;
    wait(run, &txd, secs(1)).await
}

/// No ledger closes for longer than a network ever takes, and nobody minds.
pub(super) async fn after_a_pause(run: &Run) -> Checked {
    if run.server.closing != Closing::Asked {
        return skipped("its ledgers close by themselves");
    }
    wait(run, &run.txd, secs(25)).await
}

/// Many wait at once, and each hears of its own.
pub(super) async fn together(run: &Run) -> Checked {
    let first = run.server.sign(&run.alice, payment(run.bob.account, "1000004")).await?;
    let other = run.server.sign(&run.bob, payment(run.alice.account, "1000005")).await?;
    let wait = |hash| tokio::spawn(run.txd.lookup(hash).wait(run.patience()).into_future());
    let waiting: Vec<_> =
        [first.hash, other.hash, first.hash].into_iter().map(|hash| (hash, wait(hash))).collect();
    sleep(secs(1)).await;
    for signed in [&first, &other] {
        let before = run.holdings().await?;
        run.server.submit(signed).await?;
        let told = run.server.settle(signed).await?;
        run.look_up(signed, &told, &before).await?;
    }
    for (hash, waiting) in waiting {
        let found = waiting.await.expect("it does not panic")?.found().map(|tx| tx.hash());
        same("hash", Some(hash), found)?;
    }
    Ok(())
}
