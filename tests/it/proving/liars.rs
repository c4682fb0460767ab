//! Nodes that lie: beside an honest one the truth is proven, and without one nothing is.

use super::*;

/// A lie, and how it is found out when nobody tells the truth.
type Liar = (Fault, fn(&Failure) -> bool);

const LIARS: [Liar; 13] = [
    (Fault::AlteredMetadata, |failure| matches!(failure, Failure::Unreadable(_))),
    (Fault::ForgedChain, |failure| {
        matches!(failure, Failure::Unproven(Unproven::OtherLedger { .. }))
    }),
    (Fault::Forgets, |failure| matches!(failure, Failure::Unreadable(_))),
    (Fault::OtherHeader, |failure| matches!(failure, Failure::Unreadable(_))),
    (Fault::HidesValidations, no_quorum),
    (Fault::ReplaysValidations, no_quorum),
    (Fault::PartialValidations, no_quorum),
    (Fault::MinoritySignatures, no_quorum),
    (Fault::ForgesSignatures, no_quorum),
    (Fault::VotesTwice(2), no_quorum),
    (Fault::VotesTwice(5), no_quorum),
    (Fault::StopsSilently, no_quorum),
    (Fault::Error("slowDown"), |failure| matches!(failure, Failure::Server(_))),
];

fn no_quorum(failure: &Failure) -> bool {
    matches!(failure, Failure::Unproven(Unproven::NoQuorum { .. }))
}

/// Faults of binary ledgers; the question itself is answered well.
fn only_ledgers(fault: Fault) -> bool {
    matches!(fault, Fault::Forgets | Fault::OtherHeader | Fault::Error(_))
}

fn court_of(fault: Fault, count: usize, honest: usize) -> Court {
    let court = liars(fault, count, honest);
    if only_ledgers(fault) {
        court.nodes[..count].iter().for_each(|node| node.set_faults([fault.on("ledger")]));
    }
    court
}

#[tokio::test(start_paused = true)]
async fn one_honest_node_of_two_proves_the_truth() {
    for (fault, _) in LIARS {
        for honest_first in [false, true] {
            let mut court = court_of(fault, 1, 1);
            if honest_first {
                court.nodes.reverse();
            }
            let answer = look_up(&court, court.stage.hash).await;
            // Whoever shows that validators signed twice takes their votes away: then nobody can tell.
            match (fault, answer) {
                (Fault::VotesTwice(_), Err(error)) => {
                    assert_eq!(error.kind(), ErrorKind::NotProven, "{fault:?}: {error}");
                }
                (_, answer) => is_true(court.network(), &found(answer)),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_all_nodes_lie_nothing_is_proven() {
    for (fault, is_expected) in LIARS {
        let court = court_of(fault, 2, 0);
        let answer = look_up(&court, court.stage.hash).await;
        if fault == Fault::ReplaysValidations {
            // What was signed about the ledger before is true, and is about this very one.
            is_true(court.network(), &found(answer));
            continue;
        }
        let error = answer.expect_err("it is not proven");
        assert_eq!(error.kind(), ErrorKind::NotProven, "{fault:?}: {error}");
        for node in &court.nodes {
            let failure = unproven(&error, node);
            assert!(is_expected(&failure), "{fault:?}: {failure:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn any_mixture_of_lies_is_the_truth_or_nothing() {
    for seed in 0..40_usize {
        let court = Court::new(3);
        for (place, node) in court.nodes.iter().enumerate() {
            let (one, other) =
                (LIARS[(seed * 7 + place * 3) % 13].0, LIARS[(seed * 5 + place) % 13].0);
            node.set_faults([one, other].map(|fault| match only_ledgers(fault) {
                true => fault.on("ledger"),
                false => fault.into(),
            }));
        }
        match look_up(&court, court.stage.hash).await {
            Ok(Lookup::Found(tx)) => is_true(court.network(), &tx),
            Ok(Lookup::Absent(absence)) => panic!("{seed}: {absence}"),
            Err(_) => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn thieves_of_a_minority_of_keys_prove_nothing() {
    // They make the chain of their own and sign it with the keys of three validators of five; the
    // caller is given these signatures beside those of strangers.
    let court = liars(Fault::ForgedChain, 2, 0);
    court.network().stop_clock();
    let txd = court.client();
    let index = court.network().truth(&court.stage.hash).unwrap().ledger_index;
    let nodes_only = court.client_with(|builder| builder.trust(Trust::Nodes));
    let told = found(timed(nodes_only.get_one(court.stage.hash, 0)).await.0);
    let forged = told.ledger_hash().unwrap();
    assert_ne!(forged, court.network().ledger(index).unwrap().hash, "it is believed otherwise");
    let stolen = court.network().validators();
    let signed = stolen[..3].iter().map(|validator| validator.validation(index, &forged));
    let signed = signed.map(|bytes| xrpl_txdata::proof::Validation::verify(&bytes).unwrap());
    let lookup = txd.lookup(court.stage.hash).validations(signed);
    let error = timed(lookup).await.0.unwrap_err();
    let Failure::Unproven(Unproven::NoQuorum { signers: 3, .. }) =
        unproven(&error, &court.nodes[0])
    else {
        panic!("{error}")
    };
    // With a fourth one they are a quorum: whoever has that many keys is the network.
    let signed = stolen[..4].iter().map(|validator| validator.validation(index, &forged));
    let signed = signed.map(|bytes| xrpl_txdata::proof::Validation::verify(&bytes).unwrap());
    let lookup = txd.lookup(court.stage.hash).validations(signed);
    assert_eq!(found(timed(lookup).await.0).ledger_hash(), Some(forged));
    drop(nodes_only);
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn what_stands_beside_a_place_is_not_proven_to_stand_there() {
    let court = Court::new(2);
    let (network, shop) = (court.network(), court.network().account("shop"));
    let pay = |name: &str| network.pay(network.account(name), shop, "1 XRP".parse().unwrap());
    let hashes = [pay("one").submit(), pay("two").submit()];
    network.close_ledger();
    court.nodes[0].set_faults([Fault::OtherPlace]);
    let nodes_only = court.client_with(|builder| builder.trust(Trust::Nodes));
    let txd = court.client();
    for hash in hashes {
        let truth = network.truth(&hash).unwrap();
        let place = xrpl_txdata::Ctid::new(truth.ledger_index, truth.index as u16, 0).unwrap();
        let told = found(timed(nodes_only.get_one(place, 0)).await.0);
        assert!(told.hash() != hash && hashes.contains(&told.hash()), "it is believed otherwise");
        let tx = found(timed(txd.get_one(place, 0)).await.0);
        assert_eq!(tx.hash(), hash);
        is_true(network, &tx);
    }
    court.nodes[1].set_faults([Fault::OtherPlace]);
    let truth = network.truth(&hashes[0]).unwrap();
    let place = xrpl_txdata::Ctid::new(truth.ledger_index, truth.index as u16, 0).unwrap();
    let error = timed(txd.get_one(place, 0)).await.0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotProven, "{error}");
    drop(nodes_only);
    court.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_cannot_be_proven_is_no_absence() {
    // One says that it has what the other does not have.
    let court = Court::new(2);
    court.nodes[0].set_faults([Fault::HidesValidations]);
    court.nodes[1].set_faults([Fault::Forgets.on("tx"), Fault::HidesValidations.into()]);
    let error = look_up(&court, court.stage.hash).await.expect_err("nobody knows");
    assert_eq!(error.kind(), ErrorKind::NotProven, "{error}");
    assert!(no_quorum(&unproven(&error, &court.nodes[0])), "{error}");
}

#[tokio::test(start_paused = true)]
async fn nodes_that_fall_silent_on_the_way_hold_nobody_up() {
    for command in ["ledger", "subscribe", "tx"] {
        let court = Court::new(2);
        court.nodes[0].set_faults([Fault::NoReply.on(command)]);
        let txd = court.client();
        let (answer, elapsed) = timed(txd.get_one(court.stage.hash, 0)).await;
        is_true(court.network(), &found(answer));
        assert!(elapsed <= secs(5), "{command}: {elapsed:?}");
        court.ends(txd).await;
    }
}
