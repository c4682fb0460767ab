//! What happens in the world: ledgers close, payments come, nodes die and come back.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::{
    Failed,
    dice::Dice,
    far::Far,
    network::{Manner, Order, Payment, Reply},
    stage::Stage,
    truth::Ledger,
};

/// New payments for each ledger, and those of them that never come.
const PAYMENTS: u64 = 16;
const NEVER: u64 = 3;

/// They come within so many ledgers.
const AHEAD: u64 = 14;

/// In so many ledgers a node dies once, or loses its connections only.
const LIFE: u64 = 40;
const PEACE: u64 = 60;

/// In so many ledgers all nodes are dead once.
const OUTAGE: u64 = 300;

/// A node is dead for so many ledgers at most; all of them together for fewer.
const LONGEST_DEATH: u64 = 15;
const LONGEST_OUTAGE: u64 = 8;

/// How often it is looked how late a timer is.
const BEAT: Duration = Duration::from_millis(20);

pub(crate) struct Weather {
    pub(crate) far: Far,
    pub(crate) stage: Stage,
    pub(crate) dice: Dice,
    /// After so many ledgers each dead node lives again.
    dead: Vec<Option<u64>>,
    tag: u32,
}

impl Weather {
    pub(crate) fn new(far: Far, stage: Stage, dice: Dice, nodes: usize) -> Weather {
        Weather { far, stage, dice, dead: vec![None; nodes], tag: 0 }
    }

    /// Runs until all is over; gives the network back.
    pub(crate) async fn run(mut self) -> Result<Far, Failed> {
        let mut ticks = interval(self.stage.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.stage.is_over() {
            ticks.tick().await;
            self.sign().await?;
            self.close().await?;
            self.revive().await?;
            if self.stage.is_under_load() {
                self.strike().await?;
            }
        }
        Ok(self.far)
    }

    async fn sign(&mut self) -> Result<(), Failed> {
        let next = self.stage.truth.newest() + 1;
        let payments: Vec<Payment> = (0..PAYMENTS)
            .map(|number| {
                self.tag += 1;
                let value = 1 + self.dice.below(900) as u32;
                let manner = match self.dice.below(8) {
                    0 => Manner::Fails,
                    1 => Manner::Partial(value),
                    _ => Manner::Plain(value),
                };
                let after = (number >= NEVER).then(|| self.dice.below(AHEAD) as u32);
                Payment { manner, tag: self.tag, after }
            })
            .collect();
        let Reply::Signed(hashes) = self.far.order(&Order::Sign(payments.clone())).await? else {
            return Err("the network did not sign".into());
        };
        for (payment, hash) in payments.iter().zip(hashes) {
            match payment.after {
                Some(after) => self.stage.truth.will_come(hash, next + after),
                None => self.stage.truth.never_comes(hash),
            }
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Failed> {
        let next = self.stage.truth.newest() + 1;
        self.stage.truth.begins(next);
        let at = Instant::now();
        match self.far.order(&Order::Close).await? {
            Reply::Closed { index, paid } if index == next => {
                self.stage.truth.closed(Ledger { index, at, paid });
                Ok(())
            }
            other => Err(format!("ledger {next} was to close: {other:?}").into()),
        }
    }

    /// The dead whose time has come live again; all of them when it is calm.
    async fn revive(&mut self) -> Result<(), Failed> {
        let calm = !self.stage.is_under_load();
        for node in 0..self.dead.len() {
            match self.dead[node] {
                Some(more) if more > 0 && !calm => self.dead[node] = Some(more - 1),
                Some(_) => {
                    self.dead[node] = None;
                    self.far.order(&Order::Start(node)).await?;
                    self.stage.truth.disturbed(node, false);
                }
                None => {}
            }
        }
        Ok(())
    }

    async fn strike(&mut self) -> Result<(), Failed> {
        if self.dice.chance(OUTAGE) {
            let ledgers = 2 + self.dice.below(LONGEST_OUTAGE);
            for node in 0..self.dead.len() {
                self.kill(node, ledgers).await?;
            }
        }
        for node in 0..self.dead.len() {
            let alive = self.dead.iter().filter(|dead| dead.is_none()).count();
            if self.dead[node].is_some() {
                continue;
            }
            if alive > 1 && self.dice.chance(LIFE) {
                let ledgers = self.dice.below(LONGEST_DEATH);
                self.kill(node, ledgers).await?;
            } else if self.dice.chance(PEACE) {
                self.stage.truth.disturbed(node, false);
                let reply = self.far.order(&Order::Cut(node)).await?;
                self.stage.truth.disturbed(node, false);
                self.killed(&reply);
            }
        }
        Ok(())
    }

    async fn kill(&mut self, node: usize, ledgers: u64) -> Result<(), Failed> {
        if self.dead[node].is_none() {
            self.stage.truth.disturbed(node, true);
            let reply = self.far.order(&Order::Stop(node)).await?;
            self.killed(&reply);
            self.stage.tally.count().deaths += 1;
        }
        self.dead[node] = Some(ledgers);
        Ok(())
    }

    fn killed(&self, reply: &Reply) {
        if let Reply::Killed(connections) = reply {
            self.stage.tally.count().killed += *connections as u64;
        }
    }
}

/// Notes how late timers are on this machine.
pub(crate) async fn beat(stage: Stage) {
    while !stage.is_over() {
        let start = Instant::now();
        sleep(BEAT).await;
        let lag = start.elapsed().saturating_sub(BEAT);
        let mut counts = stage.tally.count();
        counts.lag = counts.lag.max(lag);
    }
}
