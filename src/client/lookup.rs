//! Steps 1, 2 and 8 of the trip: one lookup from its key to its answer.

mod answers;

use std::{
    collections::BTreeSet,
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout_at},
};
use tracing::{Instrument, debug_span};

use super::{
    Inner, Trust, TxData,
    absence::Lookup,
    asking::{Asking, Finding, Raced, Short},
    proving::Prover,
    watching::{News, Waiting},
};
use crate::{
    config::{MAX_WAIT, Network},
    error::{Error, ErrorKind, Kind},
    machine::{race::ASK_AGAIN, watch::Awaited},
    tx::ResolvedBy,
    types::{ParseError, TxKey},
    wire::ranges::LedgerRanges,
};

/// The longest pause before nodes are asked again that could not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// One lookup with its settings; `.await` runs it.
#[derive(Clone, Debug)]
#[must_use = "a lookup does nothing until it is awaited"]
pub struct LookupBuilder {
    txd: TxData,
    /// What is wrong with it is rare, and large.
    key: Result<TxKey, Box<ParseError>>,
    wait: Duration,
    agreement: usize,
    trust: Trust,
    #[cfg(feature = "proof")]
    /// Few bring any.
    validations: Option<Box<[crate::proof::Validation]>>,
    first_ledger: Option<u32>,
    last_ledger: Option<u32>,
}

impl LookupBuilder {
    pub(super) fn new(txd: TxData, key: Result<TxKey, ParseError>) -> LookupBuilder {
        LookupBuilder {
            key: key.map_err(Box::new),
            wait: Duration::ZERO,
            agreement: txd.0.agreement,
            trust: txd.0.trust.clone(),
            #[cfg(feature = "proof")]
            validations: None,
            first_ledger: None,
            last_ledger: None,
            txd,
        }
    }

    /// How long to wait for a transaction that is not there yet, on top of the overall time limit: not at
    /// all unless set, and up to [30 days](crate::MAX_WAIT).
    pub fn wait(mut self, wait: Duration) -> LookupBuilder {
        self.wait = wait;
        self
    }

    /// How many nodes, of as many [operators](crate::Builder::one_operator), must tell the same story, or
    /// must have looked before it is "never" (two at least); the client's setting unless set.
    pub fn agreement(mut self, nodes: usize) -> LookupBuilder {
        self.agreement = nodes;
        self
    }

    /// Whom it believes; the client's setting unless set.
    pub fn trust(mut self, trust: impl Into<Trust>) -> LookupBuilder {
        self.trust = trust.into();
        self
    }

    /// What validators signed, brought by you, beside what is heard meanwhile: for transactions of the
    /// past whose validations somebody kept.
    #[cfg(feature = "proof")]
    pub fn validations(
        mut self,
        validations: impl IntoIterator<Item = crate::proof::Validation>,
    ) -> LookupBuilder {
        let own = self.validations.take().map(Vec::from).unwrap_or_default();
        self.validations = Some(own.into_iter().chain(validations).collect());
        self
    }

    /// The `LastLedgerSequence` of the transaction. Once this ledger and all before it, from
    /// [`first_ledger`](LookupBuilder::first_ledger) on, were searched on two nodes of different
    /// [operators](crate::Builder::one_operator) (or on the only one, or on as many as must
    /// [agree](LookupBuilder::agreement)), the answer is [`Absent`](Lookup::Absent) and
    /// [final](crate::Absence::is_final), at once. Whoever was only asked for the transaction counts up to
    /// two ledgers before its newest; see [`absence`](crate::manual::absence).
    ///
    /// The number is believed as you give it, for a hash does not tell it: with one that is too small,
    /// "never" is said too early.
    pub fn last_ledger_sequence(mut self, index: u32) -> LookupBuilder {
        self.last_ledger = Some(index);
        self
    }

    /// The first ledger in which the transaction could be: the one that was current when it was
    /// signed. Without it that is the one current when the lookup begins, and each node that counts for
    /// finality must have been asked for the transaction itself: it may have been validated before.
    pub fn first_ledger(mut self, index: u32) -> LookupBuilder {
        self.first_ledger = Some(index);
        self
    }

    /// The key, if all that was asked for makes sense.
    fn check(&self) -> Result<&TxKey, Error> {
        let key = self.key.as_ref();
        let key = key.map_err(|error| Error::new(Kind::InvalidKey(ParseError::clone(error))))?;
        let inner = &*self.txd.0;
        let operators = inner.operators.count();
        let refused = |name, value: String, expected| {
            Err(Error::new(Kind::InvalidSetting { name, value, expected }))
        };
        if self.wait > MAX_WAIT {
            let expected = format!("at most {} s", MAX_WAIT.as_secs());
            return refused("wait", format!("{:?}", self.wait), expected);
        }
        if !(1..=operators).contains(&self.agreement) {
            let expected = format!("1 to {operators}, the number of operators of the endpoints");
            return refused("agreement", self.agreement.to_string(), expected);
        }
        if let (Some(first), Some(last)) = (self.first_ledger, self.last_ledger)
            && last < first
        {
            let expected = format!("at least the first ledger, {first}");
            return refused("last_ledger_sequence", last.to_string(), expected);
        }
        if let (TxKey::Ctid(ctid), Network::Id(expected)) = (key, inner.rules.network)
            && u32::from(ctid.network_id()) != expected
        {
            let reason =
                format!("it names network {}, expected network {expected}", ctid.network_id());
            let error = ParseError::new("a CTID of this network", &ctid.to_string(), reason);
            return Err(Error::new(Kind::InvalidKey(error)));
        }
        Ok(key)
    }

    /// Borrows what it needs: many may wait at once, and none shall keep its settings twice.
    async fn run(&self) -> Result<Lookup, Error> {
        let question = self.question()?;
        let span = debug_span!("lookup", key = %question.key);
        let answer = question.answer().instrument(span).await;
        // A closed client answers nothing, even if it could: connections that closing has ended look
        // like those that nodes end.
        let closed = self.txd.is_closed();
        answer.filter(|_| !closed).unwrap_or_else(|| Err(Error::new(Kind::Closed)))
    }

    fn question(&self) -> Result<Question<'_>, Error> {
        let key = self.check()?;
        #[cfg(feature = "proof")]
        let prover = {
            let brought = self.validations.as_deref().unwrap_or_default();
            Prover::new(&self.txd.0, &self.trust, *key, brought)?.map(Box::new)
        };
        #[cfg(not(feature = "proof"))]
        let prover = None;
        Ok(Question { asked: self, key, prover, started: Instant::now() })
    }
}

impl IntoFuture for LookupBuilder {
    type Output = Result<Lookup, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.run().await })
    }
}

/// What asking all nodes has led to, while somebody waits.
enum Asked {
    Answered(Result<Lookup, Error>),
    /// These have it, and others do not yet.
    Short(Vec<usize>),
    /// It is not there yet, as many have said as must.
    Absent,
}

/// What the watch tells. Never ends when it tells nothing any more, also when that was heard before.
async fn heard(news: &mut oneshot::Receiver<News>) -> News {
    if !news.is_terminated()
        && let Ok(news) = news.await
    {
        return news;
    }
    std::future::pending().await
}

/// One lookup under way.
struct Question<'a> {
    asked: &'a LookupBuilder,
    key: &'a TxKey,
    /// One in a thousand has one, and all are to be small.
    prover: Option<Box<Prover>>,
    started: Instant,
}

impl Question<'_> {
    fn inner(&self) -> &Inner {
        &self.asked.txd.0
    }

    /// None when the client was closed meanwhile.
    async fn answer(&self) -> Option<Result<Lookup, Error>> {
        if self.asked.wait.is_zero() {
            return self.until_closed(async { self.told(self.race(self.latest()).await) }).await;
        }
        // Whoever waits is registered before the first question, so that nothing slips through.
        let (waiting, news) = self.inner().watching.wait_for(self.awaited(), self.asked.agreement);
        let mut pursuit = std::pin::pin!(self.pursue(&waiting, news));
        if let Ok(answer) = timeout_at(self.started + self.asked.wait, &mut pursuit).await {
            return answer;
        }
        // Many wait for long, few come to the end: it takes its room only then.
        self.until_closed(self.end(&waiting, pursuit)).await?
    }

    /// Work that closing the client ends. In a box: who only waits holds neither the work nor what listens
    /// for the closing.
    fn until_closed<'a, T>(
        &'a self,
        work: impl Future<Output = T> + Send + 'a,
    ) -> BoxFuture<'a, Option<T>> {
        Box::pin(async move {
            let mut closing = self.inner().closed.subscribe();
            tokio::select! {
                biased;
                _ = closing.wait_for(|closed| *closed) => None,
                done = work => Some(done),
            }
        })
    }

    /// When the answer is there at the latest.
    fn latest(&self) -> Instant {
        self.started + self.inner().timeouts.overall + self.asked.wait
    }

    /// The time is over: one last question, for what no watch has seen.
    async fn end(
        &self,
        waiting: &Waiting,
        mut pursuit: Pin<&mut impl Future<Output = Option<Result<Lookup, Error>>>>,
    ) -> Option<Result<Lookup, Error>> {
        let end = self.latest().min(Instant::now() + self.inner().timeouts.overall);
        let raced = tokio::select! {
            biased;
            answer = &mut pursuit => return answer,
            raced = self.race_beside(waiting, end) => raced,
        };
        let coverage = waiting.coverage();
        let (attempts, error) = match raced {
            // Their word covers nothing any more: it appeared at one of them while the others were asked,
            // who may have it in a moment.
            Raced::Absent { searched, mut attempts } if coverage.is_empty() => {
                if let Ok(answer) = timeout_at(end, &mut pursuit).await {
                    return answer;
                }
                attempts.extend(searched.iter().map(|(node, ledgers)| self.missed(*node, ledgers)));
                (attempts, None)
            }
            Raced::Absent { attempts, .. } => (attempts, None),
            // Nobody answers any more; what was looked at before still was, unless it was before the wait.
            Raced::Failed(error) if error.kind() != ErrorKind::Disagreement => {
                if !waiting.has_looked() {
                    return Some(Err(error));
                }
                (error.attempts().to_vec(), Some(error))
            }
            decided => return Some(self.told(decided)),
        };
        if coverage.is_empty() {
            let nobody = || Error::with_attempts(Kind::AllEndpointsFailed, attempts);
            return Some(Err(error.unwrap_or_else(nobody)));
        }
        Some(Ok(self.absent(coverage, attempts, waiting.is_final())))
    }

    fn awaited(&self) -> Awaited {
        let (first, last) = (self.asked.first_ledger, self.asked.last_ledger);
        match *self.key {
            TxKey::Hash(hash) => Awaited::Transaction { hash, first, last },
            // A place in a ledger is there, or is empty for ever, when the ledger is closed.
            TxKey::Ctid(ctid) => Awaited::Ledger(ctid.ledger_index()),
        }
    }

    /// Asks and listens until something is decided. Never ends if nothing is.
    async fn pursue(
        &self,
        waiting: &Waiting,
        mut news: oneshot::Receiver<News>,
    ) -> Option<Result<Lookup, Error>> {
        if let Some(answer) = self.until_closed(self.ask(waiting, &mut news)).await? {
            return Some(answer);
        }
        // Here many wait for long, and hold nothing beside this.
        let told = if news.is_terminated() { None } else { news.await.ok() };
        match told {
            Some(news) => self.until_closed(self.learn(news)).await,
            // There is no watch any more: the client was closed, or the watch is lost and the wait goes on.
            None => self.until_closed(std::future::pending()).await,
        }
    }

    /// Asks all nodes and listens; none when as many as must have said that it is not there yet.
    async fn ask(
        &self,
        waiting: &Waiting,
        news: &mut oneshot::Receiver<News>,
    ) -> Option<Result<Lookup, Error>> {
        let answer = tokio::select! {
            // What a node has answered counts first: a place that is taken need not be asked for
            // again because the watch, too, has reached it.
            biased;
            asked = self.ask_until_answered(waiting) => match asked {
                Asked::Answered(answer) => return Some(answer),
                Asked::Absent => return None,
                // Like a ledger that was reached, the others must have it in a moment.
                Asked::Short(claimed) => self.insist(claimed).await,
            },
            news = heard(news) => self.learn(news).await,
        };
        Some(answer)
    }

    /// What follows from what the watch tells.
    async fn learn(&self, news: News) -> Result<Lookup, Error> {
        match news {
            News::Never { searched } => Ok(self.absent(searched, Vec::new(), true)),
            News::Found { tx, node } if self.agreement() == 1 && self.prover.is_none() => {
                let (resolved_by, agreed) = (ResolvedBy::LedgerWatch, vec![node]);
                let attempts = Vec::new();
                Ok(self.found(Finding { tx: *tx, node, resolved_by, agreed, attempts }))
            }
            News::Found { node, .. } => self.insist([node]).await,
            News::Reached => self.insist([]).await,
        }
    }

    /// Asks all nodes, and again when the network is back.
    async fn ask_until_answered(&self, waiting: &Waiting) -> Asked {
        let mut deadline = self.started + self.inner().timeouts.overall;
        let needed = match self.asked.last_ledger {
            Some(_) => self.needed_for_never(),
            None => 1,
        };
        let mut pause = ASK_AGAIN;
        loop {
            let mut followed = waiting.followed();
            let answered = match self.race_beside(waiting, deadline).await {
                Raced::Absent { searched, .. } => {
                    let nodes = searched.iter().map(|(node, _)| *node);
                    self.inner().operators.witnesses().votes(nodes)
                }
                Raced::Short(short) => return Asked::Short(short.claimed),
                Raced::Failed(error) if error.kind() != ErrorKind::Disagreement => 0,
                decided => return Asked::Answered(self.told(decided)),
            };
            if answered >= needed {
                return Asked::Absent;
            }
            tokio::select! {
                _ = followed.changed() => {}
                // Nodes that can be followed can be asked. Others are not pestered by everybody who
                // waits: the watch tries them for all.
                () = sleep(pause), if answered == 0 && waiting.is_following() => {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            deadline = Instant::now() + self.inner().timeouts.overall;
        }
    }

    /// Asks again and again for what must be there, or is there as these nodes claim: until enough tell the
    /// same, or enough others know that it can never be there.
    async fn insist(&self, claimed: impl IntoIterator<Item = usize>) -> Result<Lookup, Error> {
        let mut claimed: BTreeSet<usize> = claimed.into_iter().collect();
        loop {
            match self.race(Instant::now() + self.inner().timeouts.overall).await {
                Raced::Found(finding) => {
                    let resolved_by = ResolvedBy::LedgerWatch;
                    return Ok(self.found(Finding { resolved_by, ..finding }));
                }
                Raced::Failed(error) if error.kind() == ErrorKind::Disagreement => {
                    return Err(error);
                }
                Raced::Failed(_) => {}
                Raced::Absent { searched, attempts } => {
                    if let Some(never) = self.never(&claimed, searched, attempts) {
                        return Ok(never);
                    }
                }
                Raced::Short(Short { error, claimed: also, searched }) => {
                    claimed.extend(also);
                    let attempts = error.attempts().to_vec();
                    if let Some(never) = self.never(&claimed, searched, attempts) {
                        return Ok(never);
                    }
                }
            }
            sleep(ASK_AGAIN).await;
        }
    }

    async fn race(&self, deadline: Instant) -> Raced {
        self.asking(deadline).run(|_, _| ()).await
    }

    /// The same, while the watch hears who does not have the transaction: "never" may be certain
    /// before the last node has said "not here".
    async fn race_beside(&self, waiting: &Waiting, deadline: Instant) -> Raced {
        let absent = |node, ledgers: &LedgerRanges| self.testify(waiting, node, ledgers);
        self.asking(deadline).run(absent).await
    }

    /// A node does not have it.
    fn testify(&self, waiting: &Waiting, node: usize, ledgers: &LedgerRanges) {
        waiting.testify(node, &self.sure(ledgers));
    }

    fn asking(&self, deadline: Instant) -> Asking<'_> {
        let asking = Asking::new(self.inner(), *self.key, self.agreement(), deadline);
        asking.proven_by(self.prover.as_deref())
    }

    /// How many must tell the same: two who prove the same tell no more than one.
    fn agreement(&self) -> usize {
        if self.prover.is_some() { 1 } else { self.asked.agreement }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// What is heard after a watch has ended is nothing, as often as somebody listens.
    #[tokio::test]
    async fn a_watch_that_ended_can_be_listened_to_again() {
        let (sender, mut news) = oneshot::channel();
        assert!(heard(&mut news).now_or_never().is_none());
        drop(sender);
        assert!(heard(&mut news).now_or_never().is_none());
        assert!(heard(&mut news).now_or_never().is_none());
    }
}
