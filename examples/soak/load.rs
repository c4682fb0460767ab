//! Those who ask, those who wait, and those who change their mind.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::{
    dice::Dice,
    judge::{self, Known, Question, Right},
    stage::Stage,
    truth::Target,
};

/// Milliseconds between two questions of one who asks, at most.
const PAUSE: u64 = 100;

/// Ledgers for which somebody waits, at most.
const LONGEST_WAIT: u64 = 20;

/// What somebody wants to know.
struct Wish {
    target: Target,
    wait: Duration,
    last: Option<u32>,
    /// After which nobody wants to know any more.
    given_up: Option<Duration>,
}

/// Asks for what is there, for what comes, and for what never comes.
pub(crate) async fn ask(stage: Stage, mut dice: Dice) {
    while stage.is_under_load() {
        sleep(dice.millis(PAUSE)).await;
        let target = match dice.below(10) {
            0 => stage.truth.coming(&mut dice),
            1 => stage.truth.never(&mut dice),
            _ => stage.truth.old(&mut dice),
        };
        let Some(target) = target else { continue };
        let given_up = dice.chance(8).then(|| dice.millis(10));
        look(&stage, Wish { target, wait: Duration::ZERO, last: None, given_up }).await;
    }
}

/// Waits for what comes, and for what never comes.
pub(crate) async fn wait(stage: Stage, mut dice: Dice) {
    while stage.is_under_load() {
        let target = match dice.below(8) {
            0 => stage.truth.never(&mut dice),
            _ => stage.truth.coming(&mut dice),
        };
        let Some(target) = target else {
            sleep(dice.millis(PAUSE)).await;
            continue;
        };
        let longest = LONGEST_WAIT * stage.interval.as_millis() as u64;
        let wait = Duration::from_millis(1) + dice.millis(longest);
        let last = stage.truth.newest() + 1 + dice.below(10) as u32;
        look(
            &stage,
            Wish {
                target,
                wait,
                last: dice.chance(4).then_some(last),
                given_up: dice.chance(8).then(|| dice.millis(wait.as_millis() as u64)),
            },
        )
        .await;
    }
}

async fn look(stage: &Stage, wish: Wish) {
    let Wish { target, wait, last, given_up } = wish;
    let lookup = match target.ctid {
        Some(ctid) => stage.txd.lookup(ctid),
        None => stage.txd.lookup(target.hash),
    };
    let lookup = match last {
        Some(last) => lookup.wait(wait).last_ledger_sequence(last),
        None => lookup.wait(wait),
    };
    let asked = Instant::now();
    let answer = match given_up {
        Some(after) => timeout(after, lookup.into_future()).await.ok(),
        None => Some(lookup.await),
    };
    let Some(answer) = answer else {
        stage.tally.count().given_up += 1;
        return;
    };
    let question = Question { asked, wait, last, answered: Instant::now() };
    let steady = stage.truth.steady_since();
    let newest = stage.truth.newest();
    // What is in the newest ledger is told a moment after its closing, and perhaps after the answer.
    stage.truth.knows(newest).await;
    let ledger = stage.truth.holds(&target.hash);
    let paid = ledger.iter().flat_map(|ledger| &ledger.paid).find(|one| one.hash == target.hash);
    let known = Known { ledger: ledger.as_deref(), paid, newest, steady };
    match judge::answer(&question, &answer, &known) {
        Ok(right) => {
            let mut counts = stage.tally.count();
            counts.answered(right);
            match (right, &ledger) {
                _ if wait.is_zero() => counts.lookups.add(question.answered - asked),
                (Right::Found, Some(ledger)) => {
                    let since = ledger.at.max(asked);
                    counts.waits.add(question.answered.saturating_duration_since(since));
                }
                // Whoever waits in vain takes as long as was asked for.
                _ => {}
            }
        }
        Err(wrong) => stage.tally.wrong(&format!("{}: {wrong}; {question}", target.hash)),
    }
}
