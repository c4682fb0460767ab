//! Lookups that believe validators alone: proven by any honest node, by none of the lying ones.

mod archive;
mod liars;
mod waiting;
mod ways;

use std::sync::Arc;

use xrpl_txdata::{
    Builder, Error, ErrorKind, Failure, Lookup, ProvenSource, RippleTime, Trust, TxData, TxHash,
    Unproven, ValidatedTransaction,
    proof::{Proof, Publisher, TrustedValidators},
    testing::{Fault, Network, Node},
};

use crate::support::{Stage, ms, secs, timed, within};

/// A stage whose ledgers close by themselves, and whose nodes are believed by nobody.
struct Court {
    stage: Stage,
    nodes: Vec<Node>,
}

impl Court {
    fn new(nodes: usize) -> Court {
        let stage = Stage::new();
        let nodes = (1..=nodes).map(|n| stage.node(&format!("n{n}.test"))).collect();
        stage.network.run_clock();
        Court { stage, nodes }
    }

    fn client(&self) -> TxData {
        self.client_with(|builder| builder)
    }

    fn client_with(&self, settings: impl FnOnce(Builder) -> Builder) -> TxData {
        let urls: Vec<String> = self.nodes.iter().map(Node::url).collect();
        settings(self.stage.builder_of(urls).trust(trusted(&self.stage.network))).build().unwrap()
    }

    fn network(&self) -> &Network {
        &self.stage.network
    }

    async fn ends(self, txd: TxData) {
        self.stage.network.stop_clock();
        self.stage.ends(txd).await;
    }
}

/// The validators of a network, from their published list.
fn trusted(network: &Network) -> TrustedValidators {
    let mut publisher = Publisher::new(network.publisher().master_key());
    let list = publisher.accept(&network.validator_list(), RippleTime::from_seconds(1)).unwrap();
    TrustedValidators::from_lists(&[list]).unwrap()
}

/// The answer is the truth, to the last byte, and its proof holds offline.
fn is_true(network: &Network, tx: &ValidatedTransaction) {
    let truth = network.truth(&tx.hash()).expect("a ledger holds it");
    let ledger = network.ledger(truth.ledger_index).unwrap();
    assert_eq!((tx.ledger_index(), tx.ledger_hash()), (ledger.index, Some(ledger.hash)));
    assert_eq!(tx.close_time(), Some(ledger.close_time));
    assert_eq!(tx.transaction_blob(), truth.blob);
    assert_eq!(tx.raw_transaction(), &truth.json);
    assert_eq!(tx.raw_metadata(), &truth.metadata, "and nothing that servers add");
    let document = tx.proof().expect("it is proven").to_json();
    let proof = Proof::from_json(&document).unwrap();
    let at = RippleTime::from_seconds(1);
    let proven = proof.verify(&trusted(network), at).unwrap();
    assert_eq!((*proven.id(), proven.metadata()), (tx.hash(), &truth.meta_blob[..]));
    // Others need no more than the publisher's key.
    proof.verify_published(&[network.publisher().master_key()], at).unwrap();
}

fn found(answer: Result<Lookup, Error>) -> ValidatedTransaction {
    answer.unwrap().found().expect("it is there")
}

/// How a node's word failed to be proven.
fn unproven(error: &Error, node: &Node) -> Failure {
    let attempt = error.attempts().iter().find(|attempt| attempt.endpoint == node.url());
    attempt.unwrap_or_else(|| panic!("{error}")).failure.clone()
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_proven_by_the_next_ledger_that_validators_sign() {
    let court = Court::new(1);
    let txd = court.client();
    let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
    let tx = found(answer);
    assert_eq!(elapsed, secs(4), "when the next ledger closes");
    is_true(court.network(), &tx);
    let ProvenSource::Validators { ledger_index, signers, validators, quorum, .. } =
        tx.source().proven.unwrap()
    else {
        panic!()
    };
    // The first four that are heard are enough.
    assert_eq!((ledger_index, validators, quorum), (tx.ledger_index() + 1, 5, 4));
    assert!((4..=5).contains(&signers));
    let json = serde_json::to_value(&tx).unwrap();
    assert_eq!(json["source"]["proven"]["validators"]["quorum"], 4);
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn by_its_place_it_is_proven_too() {
    let court = Court::new(2);
    let truth = court.network().truth(&court.stage.hash).unwrap();
    let ctid = xrpl_txdata::Ctid::new(truth.ledger_index, truth.index as u16, 0).unwrap();
    let txd = court.client();
    let tx = found(timed(txd.get_one(ctid, 0)).await.0);
    assert_eq!(tx.hash(), truth.hash);
    is_true(court.network(), &tx);
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn many_lookups_share_what_validators_sign() {
    let court = Court::new(2);
    let txd = court.client();
    let lookups = (0..20).map(|_| txd.get_one(court.stage.hash, 0));
    for answer in within(futures_util::future::join_all(lookups)).await {
        is_true(court.network(), &found(answer));
    }
    for node in &court.nodes {
        let subscriptions = node.requests("subscribe");
        assert!(subscriptions <= 2, "{subscriptions} subscriptions for twenty lookups");
    }
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_lookup_may_believe_others_than_its_client_does() {
    let court = Court::new(1);
    let urls: Vec<String> = court.nodes.iter().map(Node::url).collect();
    let txd = court.stage.builder_of(urls).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
    let told = found(answer);
    assert_eq!((elapsed, told.source().proven), (ms(0), None));
    assert!(told.proof().is_none());
    let lookup = txd.lookup(court.stage.hash).trust(trusted(court.network()));
    is_true(court.network(), &found(timed(lookup).await.0));
    let other = trusted(&Network::builder().seed(2).build());
    let (answer, elapsed) = timed(txd.lookup(court.stage.hash).trust(other)).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), elapsed), (ErrorKind::NotProven, secs(10)), "{error}");
    let nobody = matches!(
        unproven(&error, &court.nodes[0]),
        Failure::Unproven(Unproven::NoQuorum { signers: 0, validators: 5, quorum: 4, .. })
    );
    assert!(nobody, "{error}");
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn what_validators_signed_before_can_be_brought() {
    let court = Court::new(1);
    court.network().stop_clock();
    let txd = court.client();
    let index = court.network().truth(&court.stage.hash).unwrap().ledger_index;
    let signed: Vec<_> = court.network().validations(index);
    let signed = signed.iter().map(|bytes| xrpl_txdata::proof::Validation::verify(bytes).unwrap());
    let signed: Vec<_> = signed.collect();
    let lookup = txd.lookup(court.stage.hash).validations(signed.clone());
    let (answer, elapsed) = timed(lookup).await;
    assert_eq!(elapsed, ms(0));
    is_true(court.network(), &found(answer));
    // Three of five are no quorum, and time does not make them one.
    let lookup = txd.lookup(court.stage.hash).validations(signed[..3].to_vec());
    let (answer, elapsed) = timed(lookup).await;
    assert_eq!((answer.unwrap_err().kind(), elapsed), (ErrorKind::NotProven, secs(10)));
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn validators_that_nobody_can_believe_are_refused_before_anybody_is_asked() {
    let court = Court::new(1);
    let network = court.network();
    let key = network.publisher().master_key();
    let (from, until) = (RippleTime::from_seconds(10), RippleTime::from_seconds(1_000));
    let list = network.validator_list_between(from, until);
    let list = Publisher::new(key).accept(&list, RippleTime::from_seconds(500)).unwrap();
    let expired: Trust = TrustedValidators::from_lists(&[list]).unwrap().into();
    let txd = court.client();
    let error = timed(txd.lookup(court.stage.hash).trust(expired)).await.0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSetting);
    assert!(error.to_string().contains("list"), "{error}");
    let any = court.client_with(Builder::any_network);
    let error = timed(any.get_one(court.stage.hash, 0)).await.0.unwrap_err();
    assert!(error.to_string().contains("network_id"), "{error}");
    assert_eq!(network.connections(), 0);
    let too_long = TxData::builder().longest_walk(4_097).build().unwrap_err();
    assert!(too_long.to_string().contains("longest_walk"), "{too_long}");
    drop(any);
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_proves_nothing_is_not_started() {
    let court = Court::new(1);
    let txd = court.client();
    let error = txd.monitor([court.network().account("shop")]).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSetting);
    assert!(error.to_string().contains("trust"), "{error}");
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn what_no_ledger_holds_is_absent_and_not_unproven() {
    let court = Court::new(2);
    let txd = court.client();
    for wait in [0, 9] {
        let (answer, elapsed) = timed(txd.get_one(court.stage.never_paid(), wait)).await;
        let Ok(Lookup::Absent(absence)) = answer else { panic!("{answer:?}") };
        assert_eq!((absence.searched().len(), elapsed), (2, secs(wait)));
    }
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_wherever_it_is_cut() {
    // At every quarter of a second of a proof, and closed or dropped.
    for quarter in 0..20 {
        for closes in [true, false] {
            let court = Court::new(2);
            court.nodes[0].set_latency(ms(300));
            let txd = court.client();
            let lookup = tokio::spawn({
                let (txd, hash) = (txd.clone(), court.stage.hash);
                async move { txd.get_one(hash, 5).await }
            });
            tokio::time::sleep(ms(quarter * 250)).await;
            if closes {
                let start = tokio::time::Instant::now();
                within(txd.close()).await;
                assert_eq!(start.elapsed(), ms(0));
                drop(lookup.await.unwrap());
            } else {
                lookup.abort();
                drop(lookup.await);
                // The connections stay; nobody listens on them any more.
                tokio::time::sleep(secs(1)).await;
                let listening: usize = court.nodes.iter().map(Node::subscriptions).sum();
                assert_eq!(listening, 0, "after {quarter} quarters");
            }
            court.ends(txd).await;
        }
    }
}

/// A client that keeps the hashes of proven ledgers.
fn with_archive(court: &Court, archive: Arc<dyn xrpl_txdata::proof::ProofArchive>) -> TxData {
    court.client_with(|builder| builder.proof_archive(archive))
}

/// So many lying nodes, and perhaps an honest one at the end.
fn liars(fault: Fault, liars: usize, honest: usize) -> Court {
    let court = Court::new(liars + honest);
    for node in &court.nodes[..liars] {
        node.set_faults([fault]);
    }
    court
}

async fn look_up(court: &Court, hash: TxHash) -> Result<Lookup, Error> {
    let txd = court.client();
    let answer = timed(txd.get_one(hash, 0)).await.0;
    drop(txd);
    answer
}
