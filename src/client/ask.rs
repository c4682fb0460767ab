//! Steps 4 to 6 of the trip: one node is asked, judged, and its answer made a reply for the race.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::{BoxFuture, try_join};
use tokio::time::{Instant, sleep};

use crate::{
    config::{Endpoint, FitnessRules},
    error::{Failure, Step, Unfit},
    machine::{
        fitness::{Fit, judge},
        race::{Reply, Story},
    },
    net::node::Node,
    tx::{
        Around, BoundRecord, Chain, ContentMismatch, RecordError, Source, TxRecord,
        ValidatedTransaction, WrongNetwork,
    },
    types::{Ctid, TxKey},
    wire::{
        answer::Answer,
        ranges::LedgerRanges,
        request::Request,
        server_error::{Treatment, treatment},
    },
};

/// Pause before the one repetition of a request that a node could not answer just now.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// Ledgers by which an answer may be ahead of what its node said a moment before.
const AHEAD: u32 = 16;

impl Story for ValidatedTransaction {
    fn agrees_with(&self, other: &ValidatedTransaction) -> bool {
        self.tells_the_same_as(other)
    }

    fn ledger(&self) -> u32 {
        self.ledger_index()
    }
}

/// One node being asked.
#[derive(Debug)]
pub(crate) struct Ask {
    node: Node,
    key: TxKey,
    rules: Arc<FitnessRules>,
    progress: Arc<Progress>,
}

/// How far an [`Ask`] has come.
#[derive(Debug, Default)]
struct Progress {
    judged: AtomicBool,
    /// It has not found it, and asks once more; nobody has heard that yet.
    hesitates: AtomicBool,
    done: AtomicBool,
    /// What the proof of its answer waits for.
    proof: Mutex<Option<Failure>>,
}

/// Where an [`Ask`] is, for the one who gives up on it.
#[derive(Debug)]
pub(crate) struct Whereabouts {
    node: Node,
    asked: Instant,
    progress: Arc<Progress>,
}

impl Whereabouts {
    /// The step at which it hangs, and what it is waiting for.
    pub(crate) fn unfinished(&self) -> (Step, Failure) {
        let proof = self.progress.proof.lock().unwrap_or_else(PoisonError::into_inner);
        if self.progress.done.load(Ordering::Relaxed) {
            return (Step::Proof, proof.clone().unwrap_or_else(|| self.node.no_answer()));
        }
        let step = match (self.node.opening_step(), self.progress.judged.load(Ordering::Relaxed)) {
            (Some(step), _) => step,
            (None, false) => Step::ServerInfo,
            (None, true) => Step::Transaction,
        };
        (step, self.node.no_answer())
    }

    /// Whether it has not found it, and is making sure of that; told once.
    pub(crate) fn hesitates(&self) -> bool {
        self.progress.hesitates.load(Ordering::Relaxed)
            && self.progress.hesitates.swap(false, Ordering::Relaxed)
    }

    /// Its answer is there, and the proof of it waits: this is missing.
    #[cfg(feature = "proof")]
    pub(crate) fn waits_for(&self, missing: Failure) {
        *self.progress.proof.lock().unwrap_or_else(PoisonError::into_inner) = Some(missing);
    }

    /// The race is over. A node that was silent for so long is asked after others for a while.
    pub(crate) fn left_behind(&self, patience: Duration) {
        if !self.progress.done.load(Ordering::Relaxed) && self.asked.elapsed() >= patience {
            self.node.was_silent();
        }
    }
}

type Failed = (Step, Failure);

impl Ask {
    pub(crate) fn new(node: Node, key: TxKey, rules: Arc<FitnessRules>) -> (Ask, Whereabouts) {
        let progress = Arc::<Progress>::default();
        let (asked, ours) = (Instant::now(), progress.clone());
        let whereabouts = Whereabouts { node: node.clone(), asked, progress };
        (Ask { node, key, rules, progress: ours }, whereabouts)
    }

    /// Asks and judges.
    pub(crate) async fn run(&self) -> Reply<ValidatedTransaction> {
        let reply = self.reply().await;
        self.progress.done.store(true, Ordering::Relaxed);
        reply.unwrap_or_else(|(step, failure)| Reply::Failed(step, failure))
    }

    async fn reply(&self) -> Result<Reply<ValidatedTransaction>, Failed> {
        let asked = Instant::now();
        // Both leave in one flight: judging a node costs no round trip of its own.
        let ((known, fit), answer) = try_join(self.judge(), self.request(false)).await?;
        let reply = self.read(answer, &fit).await?;
        self.progress.hesitates.store(matches!(reply, Reply::Absent(_)), Ordering::Relaxed);
        match (reply, self.key) {
            (Reply::Absent(ledgers), TxKey::Ctid(place)) => {
                self.look_at(place, ledgers, &fit).await
            }
            // The node may have looked for the transaction before the ledgers closed that it spoke
            // of: what it has searched is certain only of a question asked after that.
            (Reply::Absent(_), TxKey::Hash(_)) if known >= asked => match self.again(&fit).await? {
                Reply::Absent(ledgers) => self.confirm(ledgers).await,
                answer => Ok(answer),
            },
            (Reply::Absent(ledgers), TxKey::Hash(_)) => self.confirm(ledgers).await,
            (answer, _) => Ok(answer),
        }
    }

    /// Whoever has not found it has looked only where it still has the ledgers: a server may delete old ones
    /// between saying that it has them and looking.
    fn confirm(
        &self,
        ledgers: LedgerRanges,
    ) -> BoxFuture<'_, Result<Reply<ValidatedTransaction>, Failed>> {
        Box::pin(async move {
            let failed = |failure| (self.step(&failure, Step::ServerInfo), failure);
            let info = self.node.server_info_from_now().await.map_err(failed)?;
            let fit = judge(&info, &self.rules)
                .map_err(|unfit| (Step::ServerInfo, Failure::Unfit(unfit)))?;
            let searched = ledgers.also_in(&fit.complete);
            if searched.is_empty() {
                // It has looked nowhere that it can answer for: that is no "not found".
                let told =
                    format!("it had ledgers {ledgers} before it looked, {} after", fit.complete);
                return Err((Step::ServerInfo, Failure::Unreadable(told)));
            }
            Ok(Reply::Absent(searched))
        })
    }

    async fn again(&self, fit: &Fit) -> Result<Reply<ValidatedTransaction>, Failed> {
        let answer = self.request(false).await?;
        self.read(answer, fit).await
    }

    /// A place where there is nothing. Of its ledger only the list itself can show that: the one who has not
    /// found it may be another server behind the same address, and not have the ledger yet.
    fn look_at<'a>(
        &'a self,
        place: Ctid,
        mut ledgers: LedgerRanges,
        fit: &'a Fit,
    ) -> BoxFuture<'a, Result<Reply<ValidatedTransaction>, Failed>> {
        Box::pin(async move {
            let index = place.ledger_index();
            if !ledgers.contains(index) {
                return Ok(Reply::Absent(ledgers));
            }
            let list = self.node.hash_list(index).await;
            let places = list.ok().map(|list| list.transactions.len());
            let is_taken =
                places.is_some_and(|places| usize::from(place.transaction_index()) < places);
            if is_taken && let found @ Reply::Found(_) = self.again(fit).await? {
                return Ok(found);
            }
            if is_taken || places.is_none() {
                ledgers.remove(index);
            }
            Ok(Reply::Absent(ledgers))
        })
    }

    async fn judge(&self) -> Result<(Instant, Fit), Failed> {
        let (known, info) = self
            .node
            .server_info()
            .await
            .map_err(|failure| (self.step(&failure, Step::ServerInfo), failure))?;
        let fit =
            judge(&info, &self.rules).map_err(|unfit| (Step::ServerInfo, Failure::Unfit(unfit)))?;
        self.progress.judged.store(true, Ordering::Relaxed);
        Ok((known, fit))
    }

    async fn request(&self, binary: bool) -> Result<Answer, Failed> {
        self.node
            .request(&Request::Tx { key: self.key, binary })
            .await
            .map_err(|failure| (self.step(&failure, Step::Transaction), failure))
    }

    /// The step that failed: what broke an opening connection broke no request.
    fn step(&self, failure: &Failure, otherwise: Step) -> Step {
        match failure {
            Failure::Resolve(_) | Failure::Connect(_) => Step::Dial,
            Failure::Tls(_) => Step::Tls,
            Failure::UpgradeStatus { .. } | Failure::Upgrade(_) => Step::Upgrade,
            _ => self.node.opening_step().unwrap_or(otherwise),
        }
    }

    async fn read(
        &self,
        mut answer: Answer,
        fit: &Fit,
    ) -> Result<Reply<ValidatedTransaction>, Failed> {
        let failed = |failure| (Step::Transaction, failure);
        let mut repeated = false;
        loop {
            let error = match answer.result() {
                Ok(result) => {
                    if let Some(reply) = self.found(result, fit) {
                        return reply;
                    }
                    return self.found_in_bytes(result, fit).await;
                }
                Err(error) => error,
            };
            match treatment(error) {
                Treatment::NotFound => return Ok(Reply::Absent(fit.complete.clone())),
                Treatment::OlderVersion if !repeated => {
                    self.node.falls_back(error);
                }
                Treatment::RetrySame if !repeated => sleep(RETRY_PAUSE).await,
                _ => return Err(failed(self.node.refused(error))),
            }
            repeated = true;
            answer = self.request(false).await?;
        }
    }

    /// What the JSON of an answer tells; none where only its bytes can.
    fn found(&self, json: &str, fit: &Fit) -> Option<Result<Reply<ValidatedTransaction>, Failed>> {
        let record = TxRecord::read(json, &around(fit)).map_err(unusable);
        match record.and_then(|record| self.bind(record, fit)) {
            Err(Unusable::Content(_)) => None,
            bound => Some(self.accept(bound, fit)),
        }
    }

    /// A field that is newer than we are, or content that we cannot encode as it was signed: the bytes tell
    /// it all the same, and only they can show that the node is wrong. Few need this, and the room for it.
    fn found_in_bytes<'a>(
        &'a self,
        json: &'a str,
        fit: &'a Fit,
    ) -> BoxFuture<'a, Result<Reply<ValidatedTransaction>, Failed>> {
        Box::pin(async move {
            let failed = |failure| (Step::Transaction, failure);
            let answer = self.request(true).await?;
            let binary = answer.result();
            let binary = binary.map_err(|error| failed(Failure::Server(error.clone())))?;
            let record = TxRecord::read_with_binary(json, binary, &around(fit)).map_err(unusable);
            self.accept(record.and_then(|record| self.bind(record, fit)), fit)
        })
    }

    /// Ties what came to what was asked.
    fn bind(&self, record: TxRecord, fit: &Fit) -> Result<BoundRecord, Unusable> {
        let bound = match self.key {
            TxKey::Hash(hash) => record.bind(hash),
            TxKey::Ctid(asked) => {
                let (ledger, index) = (record.ledger_index(), record.transaction_index());
                let place = (ledger, index, fit.network_id);
                let (network, number) =
                    (asked.network_id().into(), asked.transaction_index().into());
                if place != (asked.ledger_index(), number, network) {
                    let found = format!("ledger {ledger}, index {index}, network {}", place.2);
                    let asked = asked.to_string();
                    return Err(Unusable::Answer(Failure::PositionMismatch { asked, found }));
                }
                record.bind_to_claim()
            }
        };
        bound.map_err(|mismatch| {
            let ContentMismatch { asked, computed, .. } = mismatch;
            Unusable::Content(Failure::ContentMismatch { asked, computed })
        })
    }

    /// The one place where an answer becomes a fact.
    fn accept(
        &self,
        bound: Result<BoundRecord, Unusable>,
        fit: &Fit,
    ) -> Result<Reply<ValidatedTransaction>, Failed> {
        let failed = |failure| (Step::Transaction, failure);
        let record = bound.map_err(|unusable| failed(unusable.into_failure()))?;
        let (claimed, validated) = (record.ledger_index(), fit.validated.index);
        if claimed > validated.saturating_add(AHEAD) {
            return Err(failed(Failure::FutureLedger { claimed, validated }));
        }
        validated_transaction(record, fit.network_id, self.node.endpoint())
            .map(Reply::Found)
            .map_err(failed)
    }
}

/// What a fit node's answers are about.
fn around(fit: &Fit) -> Around {
    Around { chain: Chain::of_network(fit.network_id), ..Around::default() }
}

/// A bound record of a fit node, as a fact. How it came is filled in by the lookup.
pub(crate) fn validated_transaction(
    record: BoundRecord,
    network_id: u32,
    endpoint: &Endpoint,
) -> Result<ValidatedTransaction, Failure> {
    ValidatedTransaction::new(record, network_id, Source::of(endpoint.to_string())).map_err(
        |wrong| {
            let WrongNetwork { expected, found } = wrong;
            Failure::Unfit(Unfit::OtherNetwork { expected, found })
        },
    )
}

/// Why an answer cannot be used as it is.
enum Unusable {
    /// Its content does not encode to what was asked for; its bytes may.
    Content(Failure),
    Answer(Failure),
}

impl Unusable {
    fn into_failure(self) -> Failure {
        match self {
            Unusable::Content(failure) | Unusable::Answer(failure) => failure,
        }
    }
}

fn unusable(error: RecordError) -> Unusable {
    match error {
        RecordError::NotValidated => Unusable::Answer(Failure::NotValidated),
        RecordError::UnknownField(_) => Unusable::Content(Failure::Unreadable(error.to_string())),
        error => Unusable::Answer(Failure::Unreadable(error.to_string())),
    }
}
