//! Steps 1, 2 and 8 of the trip: one lookup from its key to its answer.

mod answers;
mod pursuit;

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, debug_span};

use super::{
    Inner, Trust, TxData,
    absence::Lookup,
    asking::{Asking, Raced},
    proving::Prover,
    watching::Waiting,
};
use crate::{
    config::{MAX_WAIT, Network, check_agreement},
    error::{Error, ErrorKind, Kind},
    machine::watch::Awaited,
    types::{ParseError, TxKey},
    wire::ranges::LedgerRanges,
};

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
        let refused = |name, value: String, expected| {
            Err(Error::new(Kind::InvalidSetting { name, value, expected }))
        };
        if self.wait > MAX_WAIT {
            let expected = format!("at most {} s", MAX_WAIT.as_secs());
            return refused("wait", format!("{:?}", self.wait), expected);
        }
        check_agreement(self.agreement, inner.operators.count())?;
        for (name, ledger) in
            [("first_ledger", self.first_ledger), ("last_ledger_sequence", self.last_ledger)]
        {
            if ledger == Some(0) {
                return refused(name, "0".to_owned(), "1 or more, as ledgers have".to_owned());
            }
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

    fn is_place(&self) -> bool {
        matches!(self.key, TxKey::Ctid(_))
    }
}
