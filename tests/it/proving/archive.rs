//! What is too old to be signed again, and the hashes that were kept.

use xrpl_txdata::proof::{MemoryArchive, ProofArchive};

use super::*;

/// As many ledgers as were asked for have passed since the payment.
fn later(ledgers: u32) -> Court {
    let court = Court::new(2);
    for _ in 0..ledgers {
        court.network().close_ledger();
    }
    court
}

#[tokio::test(start_paused = true)]
async fn headers_are_walked_as_far_as_the_bound_and_no_further() {
    // The next ledger to close is one more.
    for (ledgers, walk, proven) in [(9, 10, true), (10, 10, false), (40, 256, true)] {
        let court = later(ledgers);
        let txd = court.client_with(|builder| builder.longest_walk(walk));
        let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
        match proven {
            true => is_true(court.network(), &found(answer)),
            false => {
                let error = answer.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotProven);
                let Failure::Unproven(Unproven::TooFarBack { limit: 10, .. }) =
                    unproven(&error, &court.nodes[0])
                else {
                    panic!("{error}")
                };
                assert!(elapsed <= secs(4), "it is said as soon as it is known: {elapsed:?}");
            }
        }
        court.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kept_hash_proves_what_is_before_it_at_once() {
    let court = later(20);
    let archive = Arc::new(MemoryArchive::default());
    let index = court.network().truth(&court.stage.hash).unwrap().ledger_index;
    let kept = court.network().ledger(index + 7).unwrap();
    archive.keep(kept.index, kept.hash).unwrap();
    let txd = with_archive(&court, archive.clone());
    let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
    let tx = found(answer);
    assert_eq!(elapsed, ms(0));
    let by = ProvenSource::Checkpoint { ledger_index: kept.index };
    assert_eq!(tx.source().proven, Some(by));
    let proof = Proof::from_json(&tx.proof().unwrap().to_json()).unwrap();
    assert_eq!(*proof.verify_archived(&*archive).unwrap().id(), court.stage.hash);
    assert_eq!(tx.raw_metadata(), &court.network().truth(&court.stage.hash).unwrap().metadata);
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_proven_is_kept_and_proves_the_next_one() {
    let court = Court::new(1);
    let archive = Arc::new(MemoryArchive::default());
    let txd = with_archive(&court, archive.clone());
    is_true(court.network(), &found(timed(txd.get_one(court.stage.hash, 0)).await.0));
    let index = court.network().truth(&court.stage.hash).unwrap().ledger_index;
    let (kept, hash) = archive.at_or_after(index).unwrap().expect("it is kept");
    assert_eq!(hash, court.network().ledger(kept).unwrap().hash);
    let later = with_archive(&court, archive);
    let (again, elapsed) = timed(later.get_one(court.stage.hash, 0)).await;
    assert_eq!(elapsed, ms(0));
    drop(later);
    assert_eq!(found(again).source().proven, Some(ProvenSource::Checkpoint { ledger_index: kept }));
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_forged_chain_does_not_lead_to_a_kept_hash() {
    let court = liars(Fault::ForgedChain, 2, 0);
    let archive = Arc::new(MemoryArchive::default());
    let tip = court.network().ledger(court.network().tip()).unwrap();
    archive.keep(tip.index, tip.hash).unwrap();
    let txd = with_archive(&court, archive);
    let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), elapsed), (ErrorKind::NotProven, ms(0)));
    court.ends(txd).await;
}
