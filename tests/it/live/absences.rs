//! What is not there, not there yet, and never will be.

use serde_json::json;
use xrpl_txdata::{Absence, Ctid, Failure, LedgerRanges, Lookup, TxHash};

use super::{
    payments::payment,
    report::{Checked, Halt, ensure, same, skipped, wrong},
    run::Run,
    server::Closing,
    wallet::Signed,
};
use crate::support::secs;

/// A hash that nothing has. Nothing may be said of ledgers that the server does not have.
pub(super) async fn unknown(run: &Run) -> Checked {
    let nothing = TxHash::from_bytes([0x5A; 32]);
    let told = match run.txd.lookup(nothing).await {
        Ok(Lookup::Absent(absence)) => absence,
        Ok(Lookup::Found(tx)) => return wrong(format!("found {tx:?}")),
        Err(error) => {
            let halt = Halt::from(error);
            return match has(run).await? {
                // Who says that it has no ledgers has not looked in any.
                ledgers if ledgers.is_empty() => skipped(format!("it names no ledgers: {halt:?}")),
                _ => Err(halt),
            };
        }
    };
    claims_only_what_it_has(run, &told).await?;
    ensure(!told.is_final(), || format!("it may come yet: {told}"))
}

/// It is handed in and in no ledger yet: what is not validated has not happened.
pub(super) async fn not_yet(run: &Run) -> Checked {
    if run.server.closing != Closing::Asked {
        return skipped("its ledgers close by themselves");
    }
    let before = run.holdings().await?;
    let signed = run.server.sign(&run.alice, payment(run.bob.account, "1000001")).await?;
    run.server.submit(&signed).await?;
    let early = run.txd.lookup(signed.hash).await;
    // Whatever that says, what comes next must not find it half done.
    let told = run.server.settle(&signed).await?;
    run.look_up(&signed, &told, &before).await?;
    let unvalidated = |failure: &Failure| matches!(failure, Failure::NotValidated);
    match early {
        Ok(Lookup::Found(tx)) => wrong(format!("found before its ledger was closed: {tx:?}")),
        Ok(Lookup::Absent(absence)) => ensure(!absence.is_final(), || format!("{absence}")),
        Err(error) if error.attempts().iter().all(|one| unvalidated(&one.failure)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// It was never handed in, and its last ledger is past.
pub(super) async fn expired(run: &Run) -> Checked {
    let (signed, first) = expiring(run).await?;
    run.server.close_up_to(signed.last_ledger + 1).await?;
    // What a node says of itself is believed for two seconds; no network closes three ledgers meanwhile.
    tokio::time::sleep(secs(3)).await;
    let lookup = run.txd.lookup(signed.hash).first_ledger(first);
    match lookup.last_ledger_sequence(signed.last_ledger).await? {
        Lookup::Found(tx) => wrong(format!("found {tx:?}"))?,
        Lookup::Absent(absence) => {
            claims_only_what_it_has(run, &absence).await?;
            let ledgers = has(run).await?;
            if !ledgers.covers(first..=signed.last_ledger) {
                ensure(!absence.is_final(), || format!("it has {ledgers}: {absence}"))?;
                return skipped(format!("it says that it has only ledgers {ledgers}"));
            }
            ensure(absence.is_final(), || format!("it can come no more: {absence}"))?;
        }
    }
    refuses(run, &signed).await
}

/// The same while waiting: the wait is over when the last ledger is, not before.
pub(super) async fn expiring_while_waited_for(run: &Run) -> Checked {
    let (signed, first) = expiring(run).await?;
    let lookup = run.txd.lookup(signed.hash).first_ledger(first).wait(run.patience());
    let waiting = tokio::spawn(lookup.last_ledger_sequence(signed.last_ledger).into_future());
    loop {
        let early = waiting.is_finished();
        let now = run.server.validated().await?;
        if early && now < signed.last_ledger {
            return wrong(format!("it ended before ledger {}: {now}", signed.last_ledger));
        }
        if now > signed.last_ledger {
            break;
        }
        run.server.close().await?;
    }
    // Two ledgers more, in case that the news of the last one was lost.
    for _ in 0..2 {
        if !waiting.is_finished() {
            tokio::time::sleep(secs(2)).await;
            run.server.close().await?;
        }
    }
    match waiting.await.expect("it does not panic")? {
        Lookup::Found(tx) => wrong(format!("found {tx:?}")),
        Lookup::Absent(absence) => {
            ensure(absence.is_final(), || format!("it can come no more: {absence}"))?;
            let early = absence.elapsed() + secs(10) < run.patience();
            ensure(early, || format!("late: {:?}", absence.elapsed()))
        }
    }
}

/// What is there in time is found, however its last ledger is named.
pub(super) async fn in_time(run: &Run) -> Checked {
    let Some(tx) = run.journal().last().map(|entry| entry.tx.clone()) else {
        return skipped("there is no transaction");
    };
    let last = tx.ledger_index();
    let lookup = run.txd.lookup(tx.hash()).first_ledger(last).last_ledger_sequence(last);
    ensure(lookup.await?.is_found(), || format!("{} is in ledger {last}", tx.hash()))
}

/// By its place, and by a place where nothing is.
pub(super) async fn by_place(run: &Run) -> Checked {
    let Some(tx) = run.journal().last().map(|entry| entry.tx.clone()) else {
        return skipped("there is no transaction");
    };
    let Some(ctid) = tx.ctid() else { return skipped("its place has no compact id") };
    let told = run.server.line.ask("tx", json!({ "ctid": ctid.to_string() })).await?;
    let hash = told["hash"].as_str().or(told["tx_json"]["hash"].as_str()).unwrap_or_default();
    same("hash", hash, &tx.hash().to_string())?;
    let Lookup::Found(found) = run.txd.lookup(ctid).await? else {
        return wrong(format!("{ctid} is not found"));
    };
    same("hash", tx.hash(), found.hash())?;
    let nothing = Ctid::new(ctid.ledger_index(), 999, ctid.network_id()).expect("it is small");
    let found = run.txd.lookup(nothing).await?.found();
    ensure(found.is_none(), || format!("{nothing} is {found:?}"))
}

/// A payment that must be in one of the next two ledgers, and the first of them.
async fn expiring(run: &Run) -> Checked<(Signed, u32)> {
    let now = run.server.validated().await?;
    let mut tx = payment(run.bob.account, "1000002");
    tx["LastLedgerSequence"] = (now + 2).into();
    Ok((run.server.sign(&run.alice, tx).await?, now + 1))
}

/// The server thinks so, too.
async fn refuses(run: &Run, signed: &Signed) -> Checked {
    match run.server.submit(signed).await {
        Err(Halt::Skipped(_)) => Ok(()),
        Err(wrong) => Err(wrong),
        Ok(result) => {
            let newest = run.server.close().await?;
            match run.server.told(&signed.hash).await? {
                None => Ok(()),
                Some(_) => wrong(format!("{result}: the server took it after all, in {newest}")),
            }
        }
    }
}

/// The ledgers that the server says it has. What it says may be a ledger late.
pub(super) async fn has(run: &Run) -> Checked<LedgerRanges> {
    let info = run.server.info().await?;
    let text = info["complete_ledgers"].as_str().unwrap_or("empty");
    if text == "empty" {
        return Ok(LedgerRanges::new());
    }
    let Ok(mut ledgers) = text.parse::<LedgerRanges>() else {
        return skipped(format!("complete_ledgers is {text:?}"));
    };
    if !ledgers.is_empty() {
        let newest = run.server.validated().await?;
        ledgers.insert(newest.saturating_sub(1)..=newest);
    }
    Ok(ledgers)
}

async fn claims_only_what_it_has(run: &Run, absence: &Absence) -> Checked {
    let ledgers = has(run).await?;
    let covered = absence.coverage().iter().all(|range| ledgers.covers(range));
    ensure(covered, || format!("{absence}, but the server has {ledgers}"))
}
