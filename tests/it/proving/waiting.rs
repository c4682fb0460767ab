//! Proofs of what is not there yet.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_transaction_that_appears_is_proven_by_its_own_ledger() {
    for ledgers in [0, 1, 5] {
        let court = Court::new(2);
        let txd = court.client();
        let hash = court.stage.pay_after(ledgers);
        let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
        let tx = found(answer);
        assert_eq!(elapsed, secs(4 * (u64::from(ledgers) + 1)), "no ledger later than it is there");
        is_true(court.network(), &tx);
        let ProvenSource::Validators { ledger_index, .. } = tx.source().proven.unwrap() else {
            panic!()
        };
        assert_eq!(ledger_index, tx.ledger_index());
        court.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn liars_do_not_keep_it_from_being_proven_when_it_comes() {
    for fault in [
        Fault::AlteredMetadata,
        Fault::ForgedChain,
        Fault::HidesValidations,
        Fault::ReplaysValidations,
        Fault::MinoritySignatures,
        Fault::ForgesSignatures,
        Fault::OtherHeader,
        Fault::Forgets,
        Fault::SkipsLedger,
        Fault::Refused,
    ] {
        let court = liars(fault, 1, 1);
        let txd = court.client();
        let hash = court.stage.pay_after(2);
        let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
        is_true(court.network(), &found(answer));
        assert!(elapsed <= secs(17), "{fault:?}: {elapsed:?}");
        court.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn where_all_lie_the_wait_ends_in_time_and_without_an_answer() {
    for fault in [Fault::ForgedChain, Fault::HidesValidations, Fault::AlteredMetadata] {
        let court = liars(fault, 2, 0);
        let txd = court.client();
        let hash = court.stage.pay_after(2);
        let (answer, elapsed) = timed(txd.get_one(hash, 30)).await;
        let error = answer.expect_err("it cannot be proven");
        assert_eq!(error.kind(), ErrorKind::NotProven, "{fault:?}: {error}");
        assert!(elapsed <= secs(40), "{fault:?}: {elapsed:?}");
        court.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_appears_is_proven_after_all_when_signatures_come_late() {
    let court = Court::new(2);
    for node in &court.nodes {
        node.set_faults([Fault::HidesValidations.times(6)]);
    }
    let txd = court.client();
    let hash = court.stage.pay_after(2);
    let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
    let tx = found(answer);
    is_true(court.network(), &tx);
    assert_eq!(elapsed, secs(28), "with the seventh ledger");
    court.ends(txd).await;
}
