//! The other ways to ask: over HTTP, for a payment, and of nodes that pass on bad signatures.

use xrpl_txdata::{ExpectedPayment, PaymentAnswer};

use super::*;

#[tokio::test(start_paused = true)]
async fn over_http_it_is_proven_if_one_node_speaks() {
    let court = Court::new(2);
    // The one that speaks does not have the transaction.
    court.nodes[1].set_faults([Fault::Forgets.on("tx")]);
    let trust = || court.stage.builder_of([]).trust(trusted(court.network()));
    let (http, speaks) = (court.nodes[0].http_url(), court.nodes[1].url());
    let txd = trust().endpoints([http.clone(), speaks]).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
    is_true(court.network(), &found(answer));
    assert_eq!(elapsed, secs(4));
    drop(txd);
    // HTTP alone tells nothing of what validators sign.
    let txd = trust().endpoints([http]).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
    assert_eq!((answer.unwrap_err().kind(), elapsed), (ErrorKind::NotProven, secs(10)));
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_judged_by_what_is_proven() {
    let court = liars(Fault::ForgedChain, 1, 1);
    let txd = court.client();
    let shop = court.network().account("shop");
    let expected = ExpectedPayment::to(shop).tag(7).at_least("25 XRP").build().unwrap();
    let answer = within(txd.verify_payment(court.stage.hash, &expected, 0)).await.unwrap();
    let PaymentAnswer::Judged { verdict, transaction } = answer else { panic!("it is there") };
    assert!(verdict.is_paid(), "{verdict}");
    is_true(court.network(), &transaction);
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn bad_signatures_now_and_then_do_not_deafen_us() {
    let court = Court::new(1);
    court.nodes[0].set_faults([Fault::ForgesSignatures.times(1)]);
    let txd = court.client();
    let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
    is_true(court.network(), &found(answer));
    assert_eq!(elapsed, secs(8), "with the ledger after the bad one");
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn the_answer_tells_who_could_not_help() {
    let court = liars(Fault::OtherHeader, 1, 1);
    court.nodes[0].set_faults([Fault::OtherHeader.on("ledger")]);
    let txd = court.client();
    let tx = found(timed(txd.get_one(court.stage.hash, 0)).await.0);
    let attempts = &tx.source().attempts;
    assert_eq!(attempts[0].endpoint, court.nodes[0].url());
    assert_eq!(attempts[0].step, xrpl_txdata::Step::Proof);
    assert!(attempts[0].failure.to_string().contains("header"), "{}", attempts[0]);
    court.ends(txd).await;
}
