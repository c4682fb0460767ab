//! Monitors of the shop, each of which must tell every payment once, in order, and soon.

use std::time::{Duration, Instant};

use tokio::time::timeout;
use xrpl_txdata::{Amount, Delivered, Event, IncomingPayment, MonitorSource, TxHash};

use crate::{judge, stage::Stage, truth::Ledger};

/// A payment comes within this time, where a node is steady for so long.
const SOON: Duration = Duration::from_secs(60);

/// How often it is looked after a monitor that says nothing.
const LOOK: Duration = Duration::from_secs(1);

/// A payment that a monitor told.
struct Told {
    hash: TxHash,
    /// None unless it is one exact amount.
    amount: Option<Amount>,
    at: Instant,
}

/// Follows from behind this ledger to the last one there will be.
pub(crate) async fn follow(stage: Stage, source: MonitorSource, mut done: u32) {
    let fail = |what: String| stage.tally.wrong(&format!("the monitor of {source:?}: {what}"));
    let monitor = stage.txd.monitor([stage.shop]).source(source).from_ledger(done + 1).start();
    let mut monitor = match monitor {
        Ok(monitor) => monitor,
        Err(error) => return fail(error.to_string()),
    };
    let mut told = Vec::new();
    while !stage.is_over() || done < stage.truth.newest() {
        if let Some(late) = is_late(&stage, done) {
            return fail(late);
        }
        let Ok(event) = timeout(LOOK, monitor.next()).await else { continue };
        match event {
            Some(Ok(Event::Incoming(payment))) => told.push(Told::of(&payment)),
            Some(Ok(Event::LedgerDone(cursor))) => {
                let (from, to) = (done + 1, cursor.ledger_index());
                if let Err(wrong) = is_complete(&stage, from, to, &told).await {
                    return fail(wrong);
                }
                (done, told) = (to, Vec::new());
            }
            Some(Ok(Event::GapNotFillable { from, to })) => {
                return fail(format!("ledgers {from} to {to} are there, and it says they are not"));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return fail(format!("it ends after ledger {done}: {error}")),
            None => return fail(format!("it ends after ledger {done}")),
        }
    }
}

impl Told {
    fn of(payment: &IncomingPayment) -> Told {
        let amount = match payment.received() {
            [one] => one.delivered.as_ref().and_then(Delivered::exact).copied(),
            _ => None,
        };
        Told { hash: payment.hash(), amount, at: Instant::now() }
    }
}

async fn is_complete(stage: &Stage, from: u32, to: u32, told: &[Told]) -> Result<(), String> {
    if from > to || to > stage.truth.newest() || !stage.truth.knows(to).await {
        return Err(format!("ledgers {from} to {to} are done, {} is there", stage.truth.newest()));
    }
    let ledgers = stage.truth.ledgers(from, to);
    if ledgers.len() != (to - from + 1) as usize {
        return Err(format!("ledgers {from} to {to} come too late to be judged"));
    }
    let ledgers: Vec<&Ledger> = ledgers.iter().map(AsRef::as_ref).collect();
    let pairs: Vec<_> = told.iter().map(|one| (one.hash, one.amount)).collect();
    judge::told(&ledgers, &pairs)?;
    let mut counts = stage.tally.count();
    let closed = ledgers.iter().flat_map(|ledger| {
        ledger.paid.iter().filter(|paid| paid.delivered.is_some()).map(|_| ledger.at)
    });
    for (one, closed) in told.iter().zip(closed) {
        counts.payments.add(one.at.saturating_duration_since(closed));
    }
    Ok(())
}

fn is_late(stage: &Stage, done: u32) -> Option<String> {
    let ledger = stage.truth.ledgers(done + 1, u32::MAX).into_iter().next()?;
    let since = ledger.at.max(stage.truth.steady_since()?);
    (since.elapsed() > SOON).then(|| {
        let (index, elapsed) = (ledger.index, since.elapsed());
        format!("ledger {index} is not done after {elapsed:?}, and a node was steady")
    })
}
