//! When it appears: in which ledger, and beside which step of the lookup.

use xrpl_txdata::{Ctid, ResolvedBy, testing::Fault};

use super::*;

#[tokio::test(start_paused = true)]
async fn it_appears_in_the_next_the_tenth_or_the_last_possible_ledger() {
    for source in BOTH {
        for after in [0, 9] {
            let story = Story::new(2, source);
            let hash = story.pay().after(after).submit();
            let last = story.network.tip() + 1 + after;
            let lookup = story.txd.lookup(hash).wait(Duration::from_secs(60));
            let tx = lookup.last_ledger_sequence(last).await.unwrap().found().unwrap();
            assert_eq!(story.elapsed(), LEDGER * (after + 1), "in the moment of its ledger");
            assert_eq!((tx.ledger_index(), tx.destination_tag()), (last, None));
            assert_eq!(tx.source().resolved_by, ResolvedBy::LedgerWatch);
            assert_eq!(story.network.connections(), 2);
            story.quiet().await;
        }
    }
}

/// A ledger closes at every tenth of a second of the first two, while answers take 300 ms: before the
/// first question, between question and answer, before, while and after the subscription.
#[tokio::test(start_paused = true)]
async fn no_step_leaves_a_window() {
    for source in BOTH {
        for tenths in 0..20 {
            let story = Story::new(2, source);
            story.network.stop_clock();
            for (node, millis) in story.nodes.iter().zip([300, 450]) {
                node.set_latency(Duration::from_millis(millis));
            }
            let hash = story.pay().submit();
            let moment = Duration::from_millis(100) * tenths;
            let closing = async {
                tokio::time::sleep(moment).await;
                story.network.close_ledger();
            };
            let (tx, ()) = tokio::join!(story.find(hash, 20), closing);
            let late = story.elapsed() - moment;
            assert!(late <= Duration::from_millis(1200), "{source:?} {moment:?} {late:?}");
            drop(tx);
            story.until(20.0).await;
            story.quiet().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_comes_later_joins_the_watch_and_misses_nothing() {
    for source in BOTH {
        let story = Story::new(2, source);
        let never = story.pay().never();
        let hashes: Vec<_> = (0..8).map(|after| story.pay().after(after).submit()).collect();
        let first = story.miss(never, 60);
        let others = async {
            for (hash, ledger) in hashes.iter().zip(1..) {
                // In the moment of the close, before it, and after it.
                story.until(f64::from(ledger) * 4.0 - f64::from(ledger % 3) + 1.0).await;
                story.find(*hash, 20).await;
            }
        };
        tokio::join!(first, others);
        assert_eq!(story.elapsed(), Duration::from_secs(60));
        assert_eq!(story.network.connections(), 2);
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_mentions_the_hash_is_no_match() {
    for source in BOTH {
        let story = Story::new(2, source);
        let never = story.pay().never();
        story.pay().invoice_id(never.to_string().parse().unwrap()).submit();
        story.pay().memo(&never.to_string()).after(1).submit();
        let asked = |story: &Story| story.nodes.iter().map(|node| node.requests("tx")).sum::<u64>();
        let watching = async {
            story.until(1.0).await;
            let before = asked(&story);
            story.until(15.0).await;
            assert_eq!(asked(&story), before, "nobody asks because of a memo");
        };
        let (absence, ()) = tokio::join!(story.miss(never, 20), watching);
        assert!(!absence.is_final());
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_stream_shows_is_not_asked_for() {
    let story = Story::new(2, WatchSource::Stream);
    let hash = story.pay().after(2).submit();
    let asked = || story.nodes.iter().map(|node| node.requests("tx")).sum::<u64>();
    let before = async {
        story.until(1.0).await;
        asked()
    };
    let (before, _) = tokio::join!(before, story.find(hash, 60));
    assert_eq!(asked(), before);
    story.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn only_what_is_validated_counts() {
    for source in BOTH {
        let story = Story::new(2, source);
        let hash = story.pay().after(2).submit();
        for node in &story.nodes {
            node.set_faults([Fault::ShowsOpenLedger.into(), Fault::Unvalidated.on("stream")]);
        }
        story.find(hash, 60).await;
        // The stream calls nothing validated, so a list must tell, at the next close at latest.
        assert!(story.elapsed() >= LEDGER * 3 && story.elapsed() <= LEDGER * 4);
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_in_a_ledger_is_waited_for_without_asking_all_the_time() {
    for source in BOTH {
        let story = Story::new(2, source);
        let ledger = story.network.tip() + 5;
        let hash = story.pay().in_ledger(ledger).submit();
        let there = story.txd.lookup(Ctid::new(ledger, 0, 0).unwrap());
        let empty = story.txd.lookup(Ctid::new(ledger, 1, 0).unwrap());
        let wait = Duration::from_secs(600);
        let (there, empty) = tokio::join!(there.wait(wait), empty.wait(wait));
        assert_eq!(there.unwrap().found().unwrap().hash(), hash);
        assert!(story.elapsed() < LEDGER * 5 + Duration::from_secs(2));
        let Ok(Lookup::Absent(absence)) = empty else { panic!() };
        assert!(absence.is_final(), "the ledger is closed, and there is nothing at that place");
        let asked: u64 = story.nodes.iter().map(|node| node.requests("tx")).sum();
        assert!(asked <= 16, "{asked} questions");
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_must_agree_while_waiting_too() {
    for source in BOTH {
        let story = Story::with(2, source, |n| n.traffic(0), |client| client.agreement(2));
        // The other one is two ledgers behind.
        story.nodes[1].set_faults([Fault::Behind(2)]);
        let hash = story.pay().after(1).submit();
        let tx = story.find(hash, 60).await;
        assert_eq!(tx.source().agreed.len(), 2);
        assert!(story.elapsed() >= LEDGER * 4, "{:?}", story.elapsed());
        assert!(story.elapsed() <= LEDGER * 4 + Duration::from_secs(1));
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn news_that_come_during_the_first_question_wait_for_agreement_as_well() {
    for source in BOTH {
        let story = Story::with(2, source, |n| n.traffic(0), |client| client.agreement(2));
        story.nodes[1].set_faults([Fault::Slow(Duration::from_secs(6)).on("tx").times(1)]);
        let hash = story.pay().submit();
        let tx = story.find(hash, 60).await;
        assert_eq!(tx.source().agreed.len(), 2);
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_story_where_two_must_agree_is_no_absence() {
    for source in BOTH {
        let story = Story::with(2, source, |n| n.traffic(0), |client| client.agreement(2));
        story.nodes[1].set_faults([Fault::Forgets.on("tx")]);
        let hash = story.pay().submit();
        assert!(story.txd.get_one(hash, 20).await.is_err());
        assert!(story.elapsed() <= Duration::from_secs(20) + OVERALL);
        story.quiet().await;
    }
}

/// A question that is answered makes room for the next one, however long the watch goes on.
#[tokio::test(start_paused = true)]
async fn one_after_the_other_is_found_when_it_comes() {
    for source in BOTH {
        let story = Story::new(1, source);
        let never = story.pay().never();
        let others = async {
            for _ in 0..20 {
                let (hash, begun) = (story.pay().submit(), story.elapsed());
                story.find(hash, 600).await;
                let took = story.elapsed() - begun;
                assert!(took <= LEDGER + Duration::from_secs(1), "{source:?}: {took:?}");
            }
        };
        tokio::join!(story.miss(never, 600), others);
        story.quiet().await;
    }
}
