//! Steps 1, 2, 8 and 10 of the trip: one lookup from its key to its answer.

use std::{
    collections::BTreeMap,
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};
use tracing::{Instrument, debug_span};

use super::{
    Inner, TxData,
    absence::{Absence, Lookup, Searched},
    asking::{Asking, Finding, Raced},
    watching::{News, Testimony, Waiting},
};
use crate::{
    config::{MAX_WAIT, check_duration},
    error::{Attempt, Error, ErrorKind, Kind},
    machine::finality::Window,
    tx::{ResolvedBy, Source},
    types::{ParseError, TxKey},
    wire::ranges::LedgerRanges,
};

/// Pause before nodes are asked again for what appeared at one of them, and for a place in a ledger
/// that is not closed yet.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// One lookup with its settings; `.await` runs it.
#[derive(Clone, Debug)]
#[must_use = "a lookup does nothing until it is awaited"]
pub struct LookupBuilder {
    txd: TxData,
    key: Result<TxKey, ParseError>,
    wait: Duration,
    agreement: usize,
    first_ledger: Option<u32>,
    last_ledger: Option<u32>,
}

impl LookupBuilder {
    pub(super) fn new(txd: TxData, key: Result<TxKey, ParseError>) -> LookupBuilder {
        let agreement = txd.0.agreement;
        let (first_ledger, last_ledger) = (None, None);
        LookupBuilder { txd, key, wait: Duration::ZERO, agreement, first_ledger, last_ledger }
    }

    /// How long to wait for a transaction that is not there yet, on top of the overall time limit.
    pub fn wait(mut self, wait: Duration) -> LookupBuilder {
        self.wait = wait;
        self
    }

    /// How many nodes must tell the same story; the client's setting unless set.
    pub fn agreement(mut self, nodes: usize) -> LookupBuilder {
        self.agreement = nodes;
        self
    }

    /// The `LastLedgerSequence` of the transaction. Once this ledger and all before it, from
    /// [`first_ledger`](LookupBuilder::first_ledger) on, were searched on two nodes (or on the only
    /// one), the answer is [`Absent`](Lookup::Absent) and [final](Absence::is_final), at once.
    pub fn last_ledger_sequence(mut self, index: u32) -> LookupBuilder {
        self.last_ledger = Some(index);
        self
    }

    /// The first ledger in which the transaction could be: the one that was current when it was
    /// signed. Without it that is the one current when the lookup begins.
    pub fn first_ledger(mut self, index: u32) -> LookupBuilder {
        self.first_ledger = Some(index);
        self
    }

    async fn run(self) -> Result<Lookup, Error> {
        let key = self.key.map_err(|error| Error::new(Kind::InvalidKey(error)))?;
        if !self.wait.is_zero() {
            check_duration("wait", self.wait, MAX_WAIT)?;
        }
        let inner = &*self.txd.0;
        let nodes = inner.pool.nodes().len();
        let refused = |name, value: u32, expected| {
            Err(Error::new(Kind::InvalidSetting { name, value: value.to_string(), expected }))
        };
        if !(1..=nodes).contains(&self.agreement) {
            let value = u32::try_from(self.agreement).unwrap_or(u32::MAX);
            let expected = format!("1 to {nodes}, the number of endpoints");
            return refused("agreement", value, expected);
        }
        if let (Some(first), Some(last)) = (self.first_ledger, self.last_ledger)
            && last < first
        {
            let expected = format!("at least the first ledger, {first}");
            return refused("last_ledger_sequence", last, expected);
        }
        let mut closing = inner.closed.subscribe();
        let span = debug_span!("lookup", %key);
        let question = Question {
            inner,
            key,
            agreement: self.agreement,
            first: self.first_ledger,
            last: self.last_ledger,
            started: Instant::now(),
        };
        tokio::select! {
            // A closed client answers nothing, even if it could.
            biased;
            _ = closing.wait_for(|closed| *closed) => Err(Error::new(Kind::Closed)),
            answer = question.answer(self.wait).instrument(span) => answer,
        }
    }
}

impl IntoFuture for LookupBuilder {
    type Output = Result<Lookup, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// One lookup under way.
struct Question<'a> {
    inner: &'a Inner,
    key: TxKey,
    agreement: usize,
    first: Option<u32>,
    last: Option<u32>,
    started: Instant,
}

impl Question<'_> {
    async fn answer(&self, wait: Duration) -> Result<Lookup, Error> {
        let overall = self.started + self.inner.timeouts.overall;
        if wait.is_zero() {
            return self.told(self.race(overall).await);
        }
        // Whoever waits is registered before the first question, so that nothing slips through.
        let mut waiting = match self.key {
            TxKey::Hash(hash) => Some(self.inner.watching.wait_for(hash, self.first, self.last)),
            TxKey::Ctid(_) => None,
        };
        // "Never" may be certain before the last node has said "not here".
        let testimony = waiting.as_ref().map(Waiting::testimony);
        let raced = tokio::select! {
            biased;
            news = self.news(&mut waiting) => return news,
            raced = self.race_beside(testimony, overall) => raced,
        };
        let first = match raced {
            Raced::Absent { searched, attempts } => Some((searched, attempts)),
            Raced::Failed(error) if error.kind() != ErrorKind::Disagreement => None,
            decided => return self.told(decided),
        };
        tokio::select! {
            biased;
            news = self.news(&mut waiting) => return news,
            () = sleep_until(self.started + wait) => {}
        }
        // The time is over: one last question, for what no watch has seen.
        let end = (overall + wait).min(Instant::now() + self.inner.timeouts.overall);
        let raced = tokio::select! {
            biased;
            news = self.news(&mut waiting) => return news,
            raced = self.race(end) => raced,
        };
        let seen = waiting.iter().flat_map(Waiting::coverage);
        match (raced, first) {
            (Raced::Absent { searched, attempts }, _) => {
                Ok(self.absent(searched.into_iter().chain(seen), attempts, false))
            }
            // Nobody answers any more; what was looked at before still was.
            (Raced::Failed(error), Some((searched, _)))
                if error.kind() != ErrorKind::Disagreement =>
            {
                let attempts = error.attempts().to_vec();
                Ok(self.absent(searched.into_iter().chain(seen), attempts, false))
            }
            (decided, _) => self.told(decided),
        }
    }

    async fn race(&self, deadline: Instant) -> Raced {
        self.race_beside(None, deadline).await
    }

    /// The same, while a watch hears who does not have the transaction.
    async fn race_beside(&self, watch: Option<Testimony>, deadline: Instant) -> Raced {
        let absent = |node, ledgers: &LedgerRanges| {
            if let Some(watch) = &watch {
                watch.add(node, ledgers.clone());
            }
        };
        Asking::new(self.inner, self.key, self.agreement, deadline).run(absent).await
    }

    /// What the watch finds out; never ends if it finds out nothing.
    async fn news(&self, waiting: &mut Option<Waiting>) -> Result<Lookup, Error> {
        if let Some(waiting) = waiting {
            match waiting.news().await {
                News::Never => return Ok(self.absent(waiting.coverage(), Vec::new(), true)),
                News::Found { tx, node } if self.agreement == 1 => {
                    let (resolved_by, agreed) = (ResolvedBy::LedgerWatch, vec![node]);
                    let attempts = Vec::new();
                    return Ok(self.found(Finding { tx, node, resolved_by, agreed, attempts }));
                }
                // One node has it: from now on enough others may be asked to agree.
                News::Found { .. } => {}
            }
        }
        // A place in a ledger has no hash to wait for: it is asked for until it is there.
        loop {
            let raced = self.race(Instant::now() + self.inner.timeouts.overall).await;
            match raced {
                Raced::Found(finding) => {
                    let resolved_by = ResolvedBy::LedgerWatch;
                    return Ok(self.found(Finding { resolved_by, ..finding }));
                }
                Raced::Failed(error) if error.kind() == ErrorKind::Disagreement => {
                    return Err(error);
                }
                _ => sleep(ASK_AGAIN).await,
            }
        }
    }

    fn told(&self, raced: Raced) -> Result<Lookup, Error> {
        match raced {
            Raced::Found(finding) => Ok(self.found(finding)),
            Raced::Absent { searched, attempts } => {
                let is_final = self.is_never(&searched);
                Ok(self.absent(searched, attempts, is_final))
            }
            Raced::Failed(error) => Err(error),
        }
    }

    fn found(&self, finding: Finding) -> Lookup {
        let Finding { tx, node, resolved_by, agreed, attempts } = finding;
        let agreed = agreed.into_iter().map(|node| self.endpoint(node)).collect();
        let (endpoint, elapsed) = (self.endpoint(node), self.started.elapsed());
        let source = Source { endpoint, resolved_by, elapsed, agreed, attempts };
        Lookup::Found(tx.answered(source, self.inner.native_asset.as_ref()))
    }

    /// Whether direct answers alone show that it can never come.
    fn is_never(&self, searched: &[(usize, LedgerRanges)]) -> bool {
        let Some(last) = self.last else { return false };
        let covered: Vec<LedgerRanges> = searched.iter().map(|(_, one)| one.clone()).collect();
        let newest =
            covered.iter().filter_map(LedgerRanges::bounds).map(|(_, newest)| newest).min();
        let needed = self.inner.pool.nodes().len().min(2);
        let window = Window { first: self.first, last };
        window.is_settled(newest, &covered, self.inner.rules.full_history, needed)
    }

    fn absent(
        &self,
        searched: impl IntoIterator<Item = (usize, LedgerRanges)>,
        attempts: Vec<Attempt>,
        is_final: bool,
    ) -> Lookup {
        let mut by_node: BTreeMap<usize, LedgerRanges> = BTreeMap::new();
        for (node, ledgers) in searched {
            by_node.entry(node).or_default().extend(&ledgers);
        }
        let searched = by_node
            .into_iter()
            .map(|(node, ledgers)| Searched { endpoint: self.endpoint(node), ledgers })
            .collect();
        let elapsed = self.started.elapsed();
        Lookup::Absent(Absence::new(self.key, searched, is_final, attempts, elapsed))
    }

    fn endpoint(&self, node: usize) -> String {
        self.inner.pool.nodes()[node].endpoint().to_string()
    }
}
