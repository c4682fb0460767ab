//! Step 7 of the trip: the race of one lookup over real nodes. The machine decides, this does.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use tokio::time::{Instant, sleep_until};
use tracing::debug;

use super::{
    Inner,
    ask::{Ask, Whereabouts},
    proving::Prover,
};
use crate::{
    error::{Attempt, Error, ErrorKind, Failure, Kind, Step},
    machine::{
        backoff::Readiness,
        race::{Finish, Race, Reply, Vain},
    },
    net::{node::Node, pool::Candidate},
    tx::{ResolvedBy, ValidatedTransaction},
    types::TxKey,
    wire::ranges::LedgerRanges,
};

/// How a race over real nodes ended. Nodes are named by their place in the list of endpoints.
#[derive(Debug)]
pub(super) enum Raced {
    Found(Finding),
    Absent {
        searched: Vec<(usize, LedgerRanges)>,
        attempts: Vec<Attempt>,
    },
    /// Nodes have it, but fewer than must agree.
    Short(Short),
    Failed(Error),
}

/// Too few that tell the same.
#[derive(Debug)]
pub(super) struct Short {
    /// What this is to one who must know.
    pub(super) error: Error,
    /// Who says that it is there.
    pub(super) claimed: Vec<usize>,
    /// Who has looked for it in vain, and where.
    pub(super) searched: Vec<(usize, LedgerRanges)>,
}

/// What was found, and how.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) tx: ValidatedTransaction,
    pub(super) node: usize,
    pub(super) resolved_by: ResolvedBy,
    pub(super) agreed: Vec<usize>,
    pub(super) attempts: Vec<Attempt>,
}

/// One race.
pub(super) struct Asking<'a> {
    inner: &'a Inner,
    key: TxKey,
    candidates: Vec<Candidate>,
    asked: Vec<Option<Arc<Whereabouts>>>,
    race: Race<ValidatedTransaction>,
    /// Nodes are not believed, but proven.
    prover: Option<&'a Prover>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(
        inner: &'a Inner,
        key: TxKey,
        agreement: usize,
        deadline: Instant,
    ) -> Asking<'a> {
        let candidates = inner.pool.order();
        let race =
            Race::new(candidates.len(), inner.timeouts.endpoint, deadline.into_std(), agreement)
                .run_by(candidates.iter().map(|one| inner.operators.of(one.index)));
        let asked = candidates.iter().map(|_| None).collect();
        Asking { inner, key, candidates, asked, race, prover: None }
    }

    /// Whoever has it must prove it.
    pub(super) fn proven_by(self, prover: Option<&'a Prover>) -> Asking<'a> {
        Asking { prover, ..self }
    }

    /// Runs it. `absent` hears of each node that does not have the transaction, as soon as it says so.
    pub(super) async fn run(&mut self, absent: impl Fn(usize, &LedgerRanges)) -> Raced {
        let (mut asks, mut proofs) = (UnderWay::new(), UnderWay::new());
        loop {
            let now = Instant::now().into_std();
            while let Some(next) = self.race.ask_next(now) {
                let node = &self.candidates[next].node;
                let endpoint = node.endpoint();
                if let Some(failure) = self.objection(node) {
                    debug!(%endpoint, failure = %endpoint.hide_keys(failure.clone()), "not asked");
                    self.race.replied(next, Reply::Failed(Step::Choose, failure), now);
                    continue;
                }
                debug!(%endpoint, "asked");
                let (ask, whereabouts) = Ask::new(node.clone(), self.key, self.inner.rules.clone());
                self.asked[next] = Some(Arc::new(whereabouts));
                asks.push(async move { (next, ask.run().await) });
            }
            if let Some(finish) = self.race.finish(now) {
                return self.conclude(finish);
            }
            let wake = Instant::from_std(self.race.wake());
            tokio::select! {
                // An answer that is there counts, even if the time is over in the same moment.
                biased;
                (node, reply) = asks.next() => {
                    self.log(node, &reply);
                    let reply = match (reply, self.prover, &self.asked[node]) {
                        (Reply::Found(tx), Some(prover), Some(whereabouts)) => {
                            self.race.claimed(node);
                            let (one, whereabouts) =
                                (self.candidates[node].node.clone(), whereabouts.clone());
                            proofs.push(async move {
                                (node, prover.prove(&one, tx, &whereabouts).await)
                            });
                            continue;
                        }
                        (reply, ..) => reply,
                    };
                    if let Reply::Absent(ledgers) = &reply {
                        absent(self.candidates[node].index, ledgers);
                    }
                    self.race.replied(node, reply, Instant::now().into_std());
                }
                (node, reply) = proofs.next() => {
                    if matches!(reply, Reply::Found(_)) {
                        debug!(endpoint = %self.candidates[node].node.endpoint(), "proven");
                    } else {
                        self.log(node, &reply);
                    }
                    self.race.replied(node, reply, Instant::now().into_std());
                }
                // Behind the asks: those move first.
                node = hesitating(&self.asked) => self.race.hesitates(node),
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Why a node is not asked at all.
    fn objection(&self, node: &Node) -> Option<Failure> {
        match node.readiness() {
            Readiness::Ready => None,
            // Dialled in spite of its failure a moment ago as long as nobody better has answered.
            Readiness::Doubtful(failure) => self.race.has_absence().then_some(failure),
            Readiness::Resting(failure) => Some(failure),
        }
    }

    fn conclude(&self, finish: Finish<ValidatedTransaction>) -> Raced {
        for whereabouts in self.asked.iter().flatten() {
            whereabouts.left_behind(self.inner.timeouts.endpoint);
        }
        let found = matches!(finish, Finish::Found { .. });
        let attempts = self.attempts(found);
        let place = |node: usize| self.candidates[node].index;
        let claimed: Vec<usize> = self.race.claimants().map(place).collect();
        let short = !claimed.is_empty();
        let failed = |kind| {
            let unproven = short && self.prover.is_some();
            let kind = if unproven { Kind::NotProven } else { kind };
            let mut attempts = attempts.clone();
            if short && !matches!(kind, Kind::Disagreement(..)) {
                attempts.extend(self.race.too_few().map(|vain| self.attempt(vain)));
            }
            let error = Error::with_attempts(kind, attempts);
            if !short || error.kind() == ErrorKind::Disagreement {
                return Raced::Failed(error);
            }
            let absent = self.race.absent().iter();
            let searched = absent.map(|(node, ledgers)| (place(*node), ledgers.clone())).collect();
            Raced::Short(Short { error, claimed: claimed.clone(), searched })
        };
        match finish {
            Finish::Found { story, node, late, agreed } => Raced::Found(Finding {
                tx: story,
                node: place(node),
                resolved_by: if late { ResolvedBy::LateReply } else { ResolvedBy::FirstReply },
                agreed: agreed.into_iter().map(place).collect(),
                attempts,
            }),
            Finish::Absent(searched) => {
                let searched =
                    searched.into_iter().map(|(node, ledgers)| (place(node), ledgers)).collect();
                Raced::Absent { searched, attempts }
            }
            Finish::Disagreement { stories } => {
                let [one, two] = stories.map(|(node, tx)| self.story(node, &tx));
                failed(Kind::Disagreement(one, two))
            }
            Finish::Failed => failed(Kind::AllEndpointsFailed),
            Finish::TimedOut => failed(Kind::TimedOut(self.inner.timeouts.overall)),
        }
    }

    /// Who has not found it has not failed, where another one has.
    fn attempts(&self, found: bool) -> Vec<Attempt> {
        let vain = self.race.attempts(Instant::now().into_std(), |node| match &self.asked[node] {
            Some(whereabouts) => whereabouts.unfinished(),
            None => (Step::Choose, Failure::NoAnswer { unreadable: 0 }),
        });
        let failed = |vain: &Vain| !(found && self.race.is_hesitating(vain.node));
        vain.into_iter().filter(failed).map(|vain| self.attempt(vain)).collect()
    }

    fn attempt(&self, vain: Vain) -> Attempt {
        let endpoint = self.candidates[vain.node].node.endpoint();
        Attempt::new(endpoint, vain.step, vain.elapsed, vain.failure)
    }

    fn story(&self, node: usize, tx: &ValidatedTransaction) -> String {
        let endpoint = self.candidates[node].node.endpoint();
        let (result, ledger, delivered) = (tx.result(), tx.ledger_index(), tx.delivered());
        let hash = tx.ledger_hash().map_or("unnamed".to_owned(), |hash| hash.to_string());
        let time = tx.close_time().map_or("at no told time".to_owned(), |time| time.to_string());
        format!(
            "{endpoint} has {result} in ledger {ledger} ({hash}, {time}), delivered: {delivered}"
        )
    }

    fn log(&self, node: usize, reply: &Reply<ValidatedTransaction>) {
        let endpoint = self.candidates[node].node.endpoint();
        match reply {
            Reply::Found(_) => debug!(%endpoint, "has it"),
            Reply::Absent(ledgers) => debug!(%endpoint, %ledgers, "does not have it"),
            Reply::Failed(step, failure) => {
                let failure = endpoint.hide_keys(failure.clone());
                debug!(%endpoint, %step, %failure, "failed");
            }
        }
    }
}

/// The next node that has not found it and is making sure of that. Looked at whenever an ask has moved.
async fn hesitating(asked: &[Option<Arc<Whereabouts>>]) -> usize {
    poll_fn(|_| {
        let hesitates = |one: &Option<Arc<Whereabouts>>| {
            one.as_ref().is_some_and(|whereabouts| whereabouts.hesitates())
        };
        asked.iter().position(hesitates).map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// What is done by several nodes at the same time. They are so few that each is looked at whenever one of
/// them moves; a set that knows which one it was wakes its own task once more after each look.
struct UnderWay<F>(Vec<Pin<Box<F>>>);

impl<F: Future> UnderWay<F> {
    fn new() -> UnderWay<F> {
        UnderWay(Vec::new())
    }

    fn push(&mut self, work: F) {
        self.0.push(Box::pin(work));
    }

    /// What is done next, of those begun first where several are done; nothing ever while there is none.
    async fn next(&mut self) -> F::Output {
        poll_fn(|cx| {
            let mut works = self.0.iter_mut().enumerate();
            let done = works.find_map(|(at, work)| match work.as_mut().poll(cx) {
                Poll::Ready(output) => Some((at, output)),
                Poll::Pending => None,
            });
            let Some((at, output)) = done else { return Poll::Pending };
            self.0.remove(at);
            Poll::Ready(output)
        })
        .await
    }
}
