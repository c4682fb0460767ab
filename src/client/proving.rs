//! Step 9 of the trip, for those who believe validators alone: one node's answer is proven, or is none.

use std::{sync::Arc, time::SystemTime};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use tokio::time::{Duration, sleep};

use super::{Inner, ask::Whereabouts, trust::Trust, witnessing::Hearing};
use crate::{
    config::Network,
    error::{Error, Failure, Kind, Step, Unproven},
    machine::{
        proving::{AT_ONCE, Anchor, By, Next, Proving, refused},
        race::Reply,
        witnesses::Witnesses,
    },
    net::node::Node,
    proof::{Manifest, Proof, ProofArchive, Proven, ProvenBy, TrustedValidators, Validation},
    tx::{Around, Chain, ProvenSource, Source, TxRecord, ValidatedTransaction},
    types::{LedgerHash, RippleTime, TxKey, hex},
    wire::whole::WholeLedger,
};

/// Pause before a node is asked again for a ledger that it does not have yet.
const NOT_YET: Duration = Duration::from_millis(500);

/// Times that a node is asked for a ledger that it does not have.
const PATIENCE: usize = 8;

/// Ledgers between two checkpoints that are kept.
const CHECKPOINTS: u32 = 256;

/// How one lookup comes to believe what nodes say.
#[derive(Debug)]
pub(super) struct Prover {
    key: TxKey,
    trusted: Arc<TrustedValidators>,
    /// What the caller brought.
    given: Witnesses,
    /// What is heard meanwhile.
    hearing: Hearing,
    archive: Option<Arc<dyn ProofArchive>>,
    walk: u32,
}

impl Prover {
    /// None when nodes are believed. From now on validations are collected.
    ///
    /// # Errors
    ///
    /// Validators whose list is not in force, or who cannot be believed because no network is named.
    pub(super) fn new(
        inner: &Inner,
        trust: &Trust,
        key: TxKey,
        validations: &[Validation],
    ) -> Result<Option<Prover>, Error> {
        let Trust::Validators(trusted) = trust else { return Ok(None) };
        check(trusted, inner.rules.network)?;
        let mut given = Witnesses::default();
        given.listen(trusted.clone());
        for validation in validations {
            given.hear(validation.as_bytes());
        }
        Ok(Some(Prover {
            key,
            trusted: trusted.clone(),
            given,
            hearing: inner.witnessing.listen(trusted.clone()),
            archive: inner.archive.clone(),
            walk: inner.walk,
        }))
    }

    /// A node says that it has the transaction: proves it, waiting for what validators sign.
    pub(super) async fn prove(
        &self,
        node: &Node,
        claim: ValidatedTransaction,
        whereabouts: &Whereabouts,
    ) -> Reply<ValidatedTransaction> {
        match self.proven(node, &claim, whereabouts).await {
            Ok(tx) => Reply::Found(tx),
            Err(failure) => Reply::Failed(Step::Proof, failure),
        }
    }

    async fn proven(
        &self,
        node: &Node,
        claim: &ValidatedTransaction,
        whereabouts: &Whereabouts,
    ) -> Result<ValidatedTransaction, Failure> {
        let mut proving = Proving::new(claim.hash(), claim.ledger_index(), self.walk);
        let mut news = self.hearing.news();
        let checkpoint = self.checkpoint(&proving)?;
        if checkpoint.is_none() && self.anchor(&proving, None).is_none() {
            // Nothing that is yet to be signed can be nearer than its newest ledger.
            let (_, info) = node.server_info().await?;
            let newest = info.validated.as_ref().map_or(0, |ledger| ledger.index);
            proving.reach(newest).map_err(Failure::Unproven)?;
        }
        loop {
            // What comes from here on makes the news change.
            news.mark_unchanged();
            let anchor = self.anchor(&proving, checkpoint);
            match proving.next(anchor).map_err(Failure::Unproven)? {
                Next::Ledger(index) => {
                    let ledger = fetched(node, index, true).await?;
                    proving.ledger(&ledger).map_err(Failure::Unproven)?;
                }
                Next::Headers(indices) => {
                    let fetching = indices.map(|index| fetched(node, index, false));
                    let fetching = stream::iter(fetching).buffered(AT_ONCE as usize);
                    let headers: Vec<_> =
                        fetching.map_ok(|ledger| *ledger.header).try_collect().await?;
                    proving.headers(&headers).map_err(Failure::Unproven)?;
                }
                Next::Wait => {
                    whereabouts.waits_for(Failure::Unproven(self.count(&proving)));
                    // The task that hears ends with this lookup, not before.
                    if news.changed().await.is_err() {
                        return Err(Failure::Unproven(self.count(&proving)));
                    }
                }
                Next::Done(proof, anchor) => {
                    let proven = self.verify(*proof, anchor).map_err(Failure::Unproven)?;
                    return self.told(claim, proven).map_err(Failure::Unproven);
                }
            }
        }
    }

    /// The nearest ledger that was proven before.
    fn checkpoint(&self, proving: &Proving) -> Result<Option<Anchor>, Failure> {
        let Some(archive) = &self.archive else { return Ok(None) };
        let kept = archive.at_or_after(*proving.range().start());
        let kept = kept.map_err(|error| Failure::Unproven(refused(error)))?;
        let near = kept.filter(|(index, _)| proving.reach(*index).is_ok());
        Ok(near.map(|(index, hash)| Anchor { index, hash, by: By::Checkpoint }))
    }

    /// The nearest ledger whose hash is known.
    fn anchor(&self, proving: &Proving, checkpoint: Option<Anchor>) -> Option<Anchor> {
        let elected = |witnesses: &Witnesses| witnesses.elected(&self.trusted, proving.range());
        let anchor = |(index, hash): (u32, LedgerHash)| Anchor { index, hash, by: By::Validators };
        let heard = self.hearing.with(elected).flatten().map(anchor);
        let given = elected(&self.given).map(anchor);
        [heard, given, checkpoint].into_iter().flatten().min_by_key(|anchor| anchor.index)
    }

    /// How many validators were heard, for one who waited in vain.
    fn count(&self, proving: &Proving) -> Unproven {
        let best = |witnesses: &Witnesses| witnesses.best(&self.trusted, proving.range());
        let tallies = [self.hearing.with(best).flatten(), best(&self.given)];
        let signers = tallies.iter().flatten().map(|tally| tally.signers.len()).max();
        Unproven::NoQuorum {
            ledger_index: *proving.range().start(),
            signers: signers.unwrap_or(0),
            validators: self.trusted.len(),
            quorum: self.trusted.quorum(),
        }
    }

    /// Checks the whole document, and keeps what it has shown.
    fn verify(&self, proof: Proof, anchor: Anchor) -> Result<(Proof, Proven), Unproven> {
        if anchor.by == By::Checkpoint {
            let archive = self.archive.as_ref().ok_or_else(|| refused("there is no archive"))?;
            let proven = proof.verify_archived(&**archive).map_err(refused)?;
            return Ok((proof, proven));
        }
        let heard = |witnesses: &Witnesses| witnesses.of(anchor.index).to_vec();
        let mut validations = self.hearing.with(heard).unwrap_or_default();
        validations.extend(heard(&self.given));
        let at = now().ok_or_else(|| refused("the clock of this machine is wrong"))?;
        let proof = signed(proof, &self.trusted, &validations, at);
        let proven = proof.verify(&self.trusted, at).map_err(refused)?;
        if let Some(archive) = &self.archive {
            let (index, hash) = (anchor.index, anchor.hash);
            let known = archive.hash(index).map_err(refused)?;
            let near = archive.at_or_after(index.saturating_sub(CHECKPOINTS)).map_err(refused)?;
            // Another hash is refused by the archive itself.
            if known.is_some() || near.is_none() {
                archive.keep(index, hash).map_err(refused)?;
            }
        }
        Ok((proof, proven))
    }

    /// The transaction as the proven bytes tell it. Of the node's claim only its name is left, and the
    /// network, which it had to be on to be asked.
    fn told(
        &self,
        claim: &ValidatedTransaction,
        (proof, proven): (Proof, Proven),
    ) -> Result<ValidatedTransaction, Unproven> {
        let header = proven.header();
        let around = Around {
            chain: Chain::of_network(claim.network_id()),
            validated: Some(true),
            ledger_index: Some(header.ledger_index),
            ledger_hash: Some(header.hash()),
            close_time: Some(header.close_time),
        };
        let blobs = json!({
            "tx_blob": hex::encode(proven.transaction()), "meta": hex::encode(proven.metadata()),
        });
        let record = TxRecord::from_value(blobs, &around).map_err(refused)?;
        if let TxKey::Ctid(place) = self.key
            && (place.ledger_index(), u32::from(place.transaction_index()))
                != (record.ledger_index(), record.transaction_index())
        {
            return Err(Unproven::NotInLedger { ledger_index: place.ledger_index() });
        }
        let record = record.bind(claim.hash()).map_err(refused)?;
        let source = Source::of(claim.source().endpoint.clone());
        let tx = ValidatedTransaction::new(record, claim.network_id(), source).map_err(refused)?;
        Ok(tx.proven(proof, provenance(proven.by())))
    }
}

/// The document with all that is needed to check it: with the published list, if one of those that the
/// validators came from suffices by itself, so that other programs can check it too.
fn signed(
    proof: Proof,
    trusted: &TrustedValidators,
    validations: &[Arc<Validation>],
    at: RippleTime,
) -> Proof {
    let proof = proof.with_validations(validations.iter().map(|validation| &**validation));
    for list in trusted.lists() {
        let listed = list.validators().iter().filter_map(|listed| listed.manifest.as_ref());
        let listed: Vec<&Manifest> = listed.collect();
        let newer = trusted.manifests().filter(|manifest| !listed.contains(manifest));
        let document = proof.clone().with_list(list).with_manifests(newer);
        if document.verify_published(&[*list.publisher()], at).is_ok() {
            return document;
        }
    }
    proof.with_manifests(trusted.manifests())
}

fn provenance(by: &ProvenBy) -> ProvenSource {
    match by {
        ProvenBy::Validators { signed, tally, .. } => ProvenSource::Validators {
            ledger_index: signed.ledger_index,
            signers: tally.signers.len(),
            validators: tally.validators,
            quorum: tally.quorum,
        },
        ProvenBy::Checkpoint { ledger_index, .. } => {
            ProvenSource::Checkpoint { ledger_index: *ledger_index }
        }
    }
}

/// A ledger, asked for again while the node does not have it yet.
async fn fetched(node: &Node, index: u32, whole: bool) -> Result<WholeLedger, Failure> {
    for _ in 0..PATIENCE {
        match node.ledger(index, whole).await {
            Ok(ledger) => return Ok(ledger),
            Err(Some(failure)) => return Err(failure),
            Err(None) => sleep(NOT_YET).await,
        }
    }
    Err(Failure::Unproven(Unproven::NoLedger { ledger_index: index }))
}

/// Whether these validators can be believed at all, now.
fn check(trusted: &TrustedValidators, network: Network) -> Result<(), Error> {
    let refused = |value: String, expected: &str| {
        let expected = expected.to_owned();
        Err(Error::new(Kind::InvalidSetting { name: "trust", value, expected }))
    };
    if network == Network::Any {
        let value = "the validators of one network".to_owned();
        return refused(value, "a network_id beside it: signatures do not name the network");
    }
    let Some(now) = now() else {
        return refused("a list that ends".to_owned(), "a clock that is set");
    };
    match trusted.in_force(now) {
        Ok(()) => Ok(()),
        Err(error) => {
            refused(format!("a validator list that does not hold: {error}"), "one that does")
        }
    }
}

/// The time of day, at the edge: lists expire by it.
fn now() -> Option<RippleTime> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    RippleTime::from_unix_seconds(since.as_secs())
}
