//! Some say that it is there, and others that it is not: who is believed, and who delays nobody.

use xrpl_txdata::{Ctid, Error, ErrorKind, testing::Fault};

use super::*;

/// Direct answers are believed up to so many ledgers before the newest.
const STEP: u32 = 2;

const MINUTE: Duration = Duration::from_secs(60);

fn agreeing(nodes: usize, agreement: usize, source: WatchSource) -> Story {
    Story::with(nodes, source, |n| n.traffic(0), |client| client.agreement(agreement))
}

/// What is never validated, with its last possible ledger.
async fn never(story: &Story, wait: Duration, last: u32) -> Result<Absence, Error> {
    let lookup = story.txd.lookup(story.pay().never()).wait(wait).last_ledger_sequence(last);
    match lookup.await? {
        Lookup::Absent(absence) => Ok(absence),
        Lookup::Found(tx) => panic!("{tx:?}"),
    }
}

/// Everything that one node can do to claim it: the others look in all ledgers, and say never.
#[tokio::test(start_paused = true)]
async fn one_liar_keeps_nobody_from_a_certain_never() {
    for source in BOTH {
        for (nodes, agreement) in [(3, 2), (4, 2), (4, 3)] {
            for lies in [
                &[Fault::Invents.on("tx")][..],
                &[Fault::Invents.on("stream")],
                &[Fault::Invents.on("ledger")],
                &[Fault::Invents.on("tx"), Fault::Invents.on("stream")],
            ] {
                let story = agreeing(nodes, agreement, source);
                story.nodes[0].set_faults(lies.iter().copied());
                let last = story.network.tip() + 3;
                let absence = never(&story, Duration::from_secs(120), last).await.unwrap();
                assert!(absence.is_final() && absence.coverage().contains(last), "{absence}");
                let liar = story.nodes[0].url();
                if absence.searched().len() < nodes {
                    assert!(absence.searched().iter().all(|one| one.endpoint != liar));
                }
                story.quiet().await;
            }
        }
    }
}

/// Whatever one of the nodes does that are followed, all are asked when the last possible ledger is two
/// ledgers ago, and the others know.
#[tokio::test(start_paused = true)]
async fn one_bad_node_of_several_delays_a_never_by_some_ledgers() {
    for source in BOTH {
        for bad in [
            // It names the transaction, counts it, and never shows it.
            &[Fault::Invents.on("stream"), Fault::NoMetadata.on("stream")][..],
            // It counts what is not there, or tells of another chain.
            &[Fault::Invents.on("stream"), Fault::Unvalidated.on("stream")],
            &[Fault::ForgedChain.into()],
            // It tells nothing, late, or something else.
            &[Fault::StopsSilently.into()],
            &[Fault::SkipsLedger.into()],
            &[Fault::NoReply.on("tx")],
            &[Fault::NoReply.on("ledger"), Fault::SkipsTransaction.into()],
            &[Fault::Slow(Duration::from_secs(9)).into()],
            &[Fault::OldState(10).into()],
            &[Fault::Unvalidated.into()],
            &[Fault::Forgets.into()],
            &[Fault::JumpsAhead(300).into()],
            &[Fault::JumpsAhead(900).times(1)],
            &[Fault::FallsBack(2).into()],
            &[Fault::Behind(3).into()],
        ] {
            for agreement in [1, 2] {
                let client = |client: Builder| client.agreement(agreement);
                let story = Story::with(4, source, |network| network.traffic(2), client);
                story.nodes[0].set_faults(bad.iter().copied());
                let last = story.network.tip() + 3;
                let absence = never(&story, MINUTE * 10, last).await.unwrap();
                assert!(absence.is_final(), "{absence}");
                let took = story.elapsed();
                assert!(took <= LEDGER * (4 + STEP) + OVERALL, "{source:?} {bad:?}: {took:?}");
                story.quiet().await;
            }
        }
    }
}

/// Half a minute after direct answers tell surely of the last possible ledger at the latest, and with the
/// liar among those that could not help. Until then nobody is worn out with questions.
#[tokio::test(start_paused = true)]
async fn a_disputed_never_is_told_soon_and_names_who_disputes_it() {
    for lie in [Fault::Invents.on("tx"), Fault::Invents.on("stream")] {
        let story = agreeing(4, 2, WatchSource::Stream);
        story.nodes[0].set_faults([lie]);
        let last = story.network.tip() + 3;
        let absence = never(&story, Duration::from_secs(120), last).await.unwrap();
        assert!(absence.is_final(), "{absence}");
        assert!(story.elapsed() >= LEDGER * (3 + STEP));
        assert!(story.elapsed() <= LEDGER * (3 + STEP) + MINUTE / 2, "{:?}", story.elapsed());
        let asked: u64 = story.nodes.iter().map(|node| node.requests("tx")).max().unwrap();
        assert!(asked <= 15, "asked {asked} times");
        let attempts: Vec<_> = absence.attempts().iter().map(ToString::to_string).collect();
        assert!(
            matches!(&attempts[..], [one] if one.contains("n0") && one.contains("fewer than 2")),
            "{attempts:?}"
        );
        assert_eq!(absence.searched().len(), 3, "the others");
        story.quiet().await;
    }
}

/// Without a wait, for what could only have been in the past.
#[tokio::test(start_paused = true)]
async fn a_disputed_never_needs_no_wait() {
    let story = agreeing(4, 2, WatchSource::Stream);
    story.nodes[1].set_faults([Fault::Invents]);
    story.until(30.0).await;
    let last = story.network.tip() - STEP;
    assert!(never(&story, Duration::ZERO, last).await.unwrap().is_final());
    let error = never(&story, Duration::ZERO, last + 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllEndpointsFailed, "not sure yet: {error}");
    story.quiet().await;
}

/// The same for a place that one node fills with what stands elsewhere.
#[tokio::test(start_paused = true)]
async fn one_liar_does_not_fill_an_empty_place() {
    for wait in [0, 60] {
        let story = agreeing(3, 2, WatchSource::Stream);
        story.pay().submit();
        let place = Ctid::new(story.network.tip() + 1, 1, 0).unwrap();
        story.nodes[0].set_faults([Fault::OtherPlace]);
        if wait == 0 {
            story.until(4.5).await;
        }
        let lookup = story.txd.lookup(place).wait(Duration::from_secs(wait));
        let answer = lookup.await.unwrap();
        assert!(matches!(answer, Lookup::Absent(absence) if absence.is_final()));
        assert!(story.elapsed() <= LEDGER * 2, "{:?}", story.elapsed());
        story.quiet().await;
    }
}

/// One says so and one denies it, and the third cannot be asked, or is of the same party: who of them lies?
#[tokio::test(start_paused = true)]
async fn one_word_against_another_decides_nothing() {
    for silent in [true, false] {
        for honest_claim in [true, false] {
            let client = |client: Builder| match silent {
                true => client.agreement(2),
                false => client.agreement(2).one_operator(["ws://n1.test", "ws://n2.test"]),
            };
            let story = Story::with(3, WatchSource::Stream, |n| n.traffic(0), client);
            let (held, unheld) = (story.pay().submit(), story.pay().never());
            let liars = if honest_claim { 1..3 } else { 0..1 };
            let lie = if honest_claim { Fault::Forgets } else { Fault::Invents };
            story.nodes[liars].iter().for_each(|node| node.set_faults([lie.on("tx")]));
            if silent {
                story.nodes[2].set_faults([Fault::Refused]);
            }
            let last = story.network.tip() + 1;
            story.until(4.5).await;
            let hash = if honest_claim { held } else { unheld };
            let lookup = story.txd.lookup(hash).wait(Duration::from_secs(60));
            let error = lookup.last_ledger_sequence(last).await.unwrap_err();
            assert_ne!(error.kind(), ErrorKind::Disagreement, "{error}");
            story.quiet().await;
        }
    }
}

/// It streams what it does not have when it is asked: its "not found" is no second word for never.
#[tokio::test(start_paused = true)]
async fn who_contradicts_itself_has_not_looked() {
    for lies in [
        &[Fault::Invents.on("stream")][..],
        &[Fault::Invents.on("stream"), Fault::NoMetadata.on("stream")],
    ] {
        let story = agreeing(2, 2, WatchSource::Stream);
        story.nodes[0].set_faults(lies.iter().copied());
        let last = story.network.tip() + 3;
        let answer = never(&story, MINUTE, last).await;
        assert!(!answer.as_ref().is_ok_and(Absence::is_final), "{answer:?}");
        assert!(story.elapsed() <= MINUTE + OVERALL);
        story.quiet().await;
    }
}

/// Fewer lie than must agree, and the one who claims it is the only one who tells the truth: an error, but
/// no never.
#[tokio::test(start_paused = true)]
async fn the_only_honest_one_is_not_outvoted() {
    // So long ago that its ledger is looked at while it is waited for, or that it is not.
    for (wait, ago) in [(0, 20.0), (60, 20.0), (60, 60.0)] {
        let story = agreeing(4, 3, WatchSource::Stream);
        let hash = story.pay().submit();
        let last = story.network.tip() + 1;
        story.until(ago).await;
        story.nodes[1].set_faults([Fault::Forgets]);
        story.nodes[2].set_faults([Fault::Forgets]);
        story.nodes[3].set_faults([Fault::NoReply.on("tx")]);
        let lookup = story.txd.lookup(hash).wait(Duration::from_secs(wait));
        let answer = lookup.last_ledger_sequence(last).await;
        assert!(answer.is_err(), "{wait}: {answer:?}");
        story.quiet().await;
    }
}

/// Only one has it in time, one hides it, and the others do not have the last possible ledger for long: it
/// is found when they have it.
#[tokio::test(start_paused = true)]
async fn those_who_lag_are_waited_for_before_anything_is_decided() {
    for source in BOTH {
        for lag in [Fault::Behind(3), Fault::NotYetThere(Duration::from_millis(3_500))] {
            let story = agreeing(4, 2, source);
            let hash = story.pay().after(1).submit();
            let last = story.network.tip() + 2;
            story.nodes[1].set_faults([Fault::Forgets]);
            story.nodes[2].set_faults([lag]);
            story.nodes[3].set_faults([lag]);
            let lookup = story.txd.lookup(hash).wait(Duration::from_secs(120));
            let answer = lookup.last_ledger_sequence(last).await.unwrap();
            assert!(answer.is_found(), "{source:?} {lag:?}: {answer:?}");
            story.quiet().await;
        }
    }
}

/// Where three must agree, "never" is the word of three. The third is not followed, and asked for the last
/// ledger when the next one closes.
#[tokio::test(start_paused = true)]
async fn as_many_as_must_agree_say_never() {
    for source in BOTH {
        for (agreement, failing, told) in [(3, 0, true), (3, 1, false), (2, 1, true)] {
            let story = agreeing(3, agreement, source);
            story.nodes[..failing].iter().for_each(|node| node.set_faults([Fault::Refused]));
            let last = story.network.tip() + 3;
            let absence = never(&story, Duration::from_secs(60), last).await.unwrap();
            assert_eq!(absence.is_final(), told, "{source:?}: {agreement}, {absence}");
            let took = if told { LEDGER * 4 } else { LEDGER * 15 };
            assert!(story.elapsed() <= took, "{source:?}: {agreement} {:?}", story.elapsed());
            assert_eq!(absence.searched().len(), 3 - failing);
            story.quiet().await;
        }
    }
}
