//! How a wait ends: the time is over, or it can never come.

use xrpl_txdata::{Ctid, Searched, testing::Fault};

use super::*;

#[tokio::test(start_paused = true)]
async fn waits_of_no_one_and_3600_seconds_end_in_time_with_what_was_searched() {
    for source in BOTH {
        for wait in [0, 1, 3600] {
            let story = Story::new(2, source);
            let never = story.pay().never();
            let first = story.network.tip();
            let absence = story.miss(never, wait).await;
            assert_eq!(story.elapsed(), Duration::from_secs(wait));
            let last = story.network.tip();
            assert!(absence.coverage().covers(first..=last), "{absence}, expected {first}-{last}");
            assert!(absence.coverage().is_contiguous());
            assert_eq!(absence.searched().len(), 2);
            assert!(!absence.is_final());
            story.quiet().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn never_is_told_in_the_moment_the_last_possible_ledger_closes() {
    for source in BOTH {
        for nodes in [1, 2, 3] {
            let story = Story::with(nodes, source, |n| n.traffic(3), |client| client);
            let never = story.pay().never();
            let last = story.network.tip() + 5;
            let lookup = story.txd.lookup(never).wait(Duration::from_secs(600));
            let answer = lookup.last_ledger_sequence(last).await.unwrap();
            let Lookup::Absent(absence) = answer else { panic!() };
            assert_eq!(story.elapsed(), LEDGER * 5);
            assert!(absence.is_final() && absence.coverage().contains(last), "{absence}");
            assert!(absence.searched().len() >= nodes.min(2));
            story.quiet().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_only_have_been_in_the_past_is_never_at_once() {
    for source in BOTH {
        let story = Story::new(2, source);
        let never = story.pay().never();
        story.until(10.0).await;
        let last = story.network.tip() - 1;
        let lookup = story.txd.lookup(never).wait(Duration::from_secs(600));
        let answer = lookup.last_ledger_sequence(last).await.unwrap();
        assert!(matches!(answer, Lookup::Absent(absence) if absence.is_final()));
        assert_eq!(story.elapsed(), Duration::from_secs(10));
        story.quiet().await;
    }
}

/// Behind one address may stand several servers: the one that is asked for the transaction does not have the
/// ledger yet that another one speaks of.
#[tokio::test(start_paused = true)]
async fn servers_behind_one_address_that_are_not_in_step_do_not_make_a_false_never() {
    for source in BOTH {
        for (nodes, wait) in [(1, 0), (1, 20), (2, 0), (2, 20)] {
            let story = Story::new(nodes, source);
            let hash = story.pay().submit();
            let last = story.network.tip() + 1;
            for node in &story.nodes {
                node.set_faults([Fault::OldState(1).on("tx").times(2)]);
            }
            story.until(4.5).await;
            let lookup = story.txd.lookup(hash).wait(Duration::from_secs(wait));
            match lookup.last_ledger_sequence(last).await.unwrap() {
                Lookup::Absent(absence) => assert!(!absence.is_final() && wait == 0, "{absence}"),
                Lookup::Found(tx) => assert_eq!(tx.ledger_index(), last),
            }
            story.quiet().await;
        }
    }
}

/// The same for a place: only the list of its ledger tells that nothing is there, or that something is.
#[tokio::test(start_paused = true)]
async fn servers_behind_one_address_that_are_not_in_step_do_not_empty_a_place() {
    let behind = |asked, times| Fault::OldState(1).on(asked).times(times);
    // Who looks for the transaction is behind, once or always; who is asked for the list is, too, or has nothing
    // to show for it.
    for (faults, found) in [
        (vec![behind("tx", 1)], true),
        (vec![behind("tx", 2)], false),
        (vec![behind("tx", 100)], false),
        (vec![behind("tx", 100), behind("ledger", 100)], false),
        (vec![behind("tx", 100), Fault::Unvalidated.on("ledger")], false),
        (vec![behind("tx", 100), Fault::Error("tooBusy").on("ledger")], false),
    ] {
        for (nodes, wait) in [(1, 0), (1, 20), (2, 0), (2, 20)] {
            let story = Story::new(nodes, WatchSource::HashLists);
            story.pay().submit();
            let place = Ctid::new(story.network.tip() + 1, 0, 0).unwrap();
            story.nodes.iter().for_each(|node| node.set_faults(faults.clone()));
            story.until(4.5).await;
            let lookup = story.txd.lookup(place).wait(Duration::from_secs(wait)).await;
            match lookup.unwrap() {
                Lookup::Absent(absence) => {
                    assert!(!absence.is_final() && !found, "{absence}");
                    assert!(!absence.coverage().contains(place.ledger_index()), "{absence}");
                }
                Lookup::Found(tx) => assert_eq!(tx.ctid(), Some(place)),
            }
            story.nodes.iter().for_each(Node::heal);
            // A node that was too busy has its rest.
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert!(story.txd.lookup(place).await.unwrap().is_found());
            story.quiet().await;
        }
    }
}

/// Somebody was wrong about its last ledger: the next one holds it, and comes in the same moment. What was
/// said until then had its evidence.
#[tokio::test(start_paused = true)]
async fn a_final_never_says_who_has_looked_whatever_comes_a_moment_later() {
    for source in BOTH {
        let story = Story::with(2, source, |n| n.traffic(0), |client| client);
        let hash = story.pay().after(1).submit();
        let last = story.network.tip() + 1;
        let lookup = story.txd.lookup(hash).wait(Duration::from_secs(20));
        let closing = async {
            story.until(1.0).await;
            story.network.close_ledger();
            story.network.close_ledger();
        };
        let (answer, ()) = tokio::join!(lookup.last_ledger_sequence(last).into_future(), closing);
        match answer.unwrap() {
            Lookup::Absent(absence) => {
                assert!(absence.is_final() && absence.coverage().contains(last), "{absence}");
            }
            Lookup::Found(tx) => assert_eq!(tx.ledger_index(), last + 1),
        }
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_node_of_two_is_not_enough_for_never() {
    for source in BOTH {
        let story = Story::new(2, source);
        story.nodes[1].set_faults([Fault::Refused]);
        let never = story.pay().never();
        let last = story.network.tip() + 2;
        let lookup = story.txd.lookup(never).wait(Duration::from_secs(40));
        let answer = lookup.last_ledger_sequence(last).await.unwrap();
        let Lookup::Absent(absence) = answer else { panic!() };
        assert!(!absence.is_final() && absence.coverage().contains(last), "{absence}");
        assert_eq!(story.elapsed(), Duration::from_secs(40));
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_node_that_comes_back_makes_never_certain() {
    for source in BOTH {
        let story = Story::new(2, source);
        story.nodes[1].set_faults([Fault::Refused]);
        let never = story.pay().never();
        let last = story.network.tip() + 2;
        let lookup = story.txd.lookup(never).wait(Duration::from_secs(600));
        let healing = async {
            story.until(100.0).await;
            story.nodes[1].heal();
        };
        let (answer, ()) = tokio::join!(lookup.last_ledger_sequence(last).into_future(), healing);
        assert!(matches!(answer, Ok(Lookup::Absent(absence)) if absence.is_final()));
        assert!(story.elapsed() < Duration::from_secs(135), "{:?}", story.elapsed());
        story.quiet().await;
    }
}

/// Nobody can be reached at the start; meanwhile it is validated. "Never" would be false then.
#[tokio::test(start_paused = true)]
async fn what_landed_while_nobody_could_be_reached_is_found_behind() {
    for source in BOTH {
        for history in [Fault::UnknownFields, Fault::PartialHistory(40)] {
            let client = |client: Builder| client.allow_partial_history();
            let story = Story::with(2, source, |n| n.traffic(0), client);
            for node in &story.nodes {
                node.set_faults([Fault::Refused]);
            }
            let hash = story.pay().after(1).submit();
            let last = story.network.tip() + 30;
            let lookup = story.txd.lookup(hash).wait(Duration::from_secs(600));
            let healing = async {
                story.until(75.0).await;
                for node in &story.nodes {
                    // Asked directly they do not know it at first, so that following must show it.
                    node.set_faults([Fault::Forgets.on("tx").times(4), history.into()]);
                }
            };
            let (answer, ()) =
                tokio::join!(lookup.last_ledger_sequence(last).into_future(), healing);
            assert!(answer.unwrap().is_found());
            assert!(story.elapsed() < Duration::from_secs(110), "{:?}", story.elapsed());
            story.quiet().await;
        }
    }
}

/// A server deletes old ledgers behind what it said that it has, before it looks. It has not searched them then.
#[tokio::test(start_paused = true)]
async fn what_was_deleted_before_it_was_looked_for_was_not_searched() {
    for (partial, wait) in [(true, 0), (true, 30), (false, 0), (false, 30)] {
        let history = |client: Builder| match partial {
            true => client.allow_partial_history(),
            false => client,
        };
        let story = Story::with(1, WatchSource::Stream, |network| network.traffic(0), history);
        let hash = story.pay().submit();
        story.until(41.0).await;
        let paid = story.network.truth(&hash).unwrap().ledger_index;
        // What it says of itself first is still true.
        story.nodes[0].set_faults([Fault::PartialHistory(5).after(1)]);
        let tip = story.network.tip();
        let lookup = story.txd.lookup(hash).wait(Duration::from_secs(wait));
        let lookup = lookup.last_ledger_sequence(tip + 3);
        match lookup.await {
            Ok(Lookup::Absent(absence)) => {
                // Ledgers that close meanwhile are seen.
                assert!(partial || wait > 0, "it is not fit any more: {absence}");
                assert!(partial || !absence.is_final(), "{absence}");
                // Where history is not asked for, "never" speaks of the ledgers from now on alone.
                let claims = |one: &Searched| one.ledgers.contains(paid);
                assert!(!absence.searched().iter().any(claims), "{absence}");
            }
            Err(error) => assert!(!partial, "{error}"),
            found => panic!("{found:?}"),
        }
        story.quiet().await;
    }
}

/// A node that keeps one ledger alone has another one after it has looked: it has searched nothing.
#[tokio::test(start_paused = true)]
async fn who_keeps_nothing_of_what_it_had_has_not_looked() {
    let mut errors = 0;
    for tenth in 30..45 {
        let client = |client: Builder| client.allow_partial_history();
        let story = Story::with(1, WatchSource::Stream, |network| network.traffic(0), client);
        story.nodes[0].set_faults([Fault::PartialHistory(1)]);
        story.nodes[0].set_latency(Duration::from_millis(400));
        story.until(f64::from(tenth) / 10.0).await;
        match story.txd.lookup(story.pay().never()).await {
            Ok(Lookup::Absent(absence)) => assert!(!absence.coverage().is_empty(), "{absence}"),
            Err(error) => {
                errors += 1;
                assert!(error.to_string().contains("before it looked"), "{error}");
            }
            found => panic!("{found:?}"),
        }
        story.quiet().await;
    }
    assert!((1..15).contains(&errors), "{errors} of 15: the ledger closed in between at times");
}

#[tokio::test(start_paused = true)]
async fn nobody_answers_at_all_is_an_error_in_time() {
    for source in BOTH {
        for fault in [Fault::Refused, Fault::NoHandshake, Fault::Silent, Fault::WrongNetwork(1)] {
            let story = Story::new(2, source);
            for node in &story.nodes {
                node.set_faults([fault]);
            }
            let hash = story.pay().submit();
            let error = story.txd.get_one(hash, 30).await.unwrap_err();
            assert_eq!(error.attempts().len(), 2, "{error}");
            assert!(story.elapsed() >= Duration::from_secs(30));
            assert!(story.elapsed() <= Duration::from_secs(30) + OVERALL, "{:?}", story.elapsed());
            story.quiet().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_searched_before_everybody_went_away_is_still_told() {
    for source in BOTH {
        let story = Story::new(2, source);
        let never = story.pay().never();
        let first = story.network.tip();
        let leaving = async {
            story.until(14.0).await;
            for node in &story.nodes {
                node.set_faults([Fault::Refused]);
                node.cut_connections();
            }
        };
        let (absence, ()) = tokio::join!(story.miss(never, 30), leaving);
        assert!(absence.coverage().covers(first..=first + 2), "{absence}");
        assert!(!absence.attempts().is_empty());
        story.quiet().await;
    }
}

/// The first lookup has been told and is still asking around when the second one begins: a new watch,
/// which must not take the first one's end for the second one's.
#[tokio::test(start_paused = true)]
async fn one_who_is_done_late_ends_nobody_elses_wait() {
    for source in BOTH {
        let story =
            Story::with(2, source, |network| network.traffic(0), |client| client.agreement(2));
        let (first, second) = (story.pay().submit(), story.pay().after(3).submit());
        let late = Fault::Slow(Duration::from_secs(6)).on("tx");
        story.nodes[1].set_faults([late]);
        let after_it = async {
            story.until(5.0).await;
            story.find(second, 60).await;
            assert!(
                story.elapsed() <= LEDGER * 4 + Duration::from_secs(2),
                "{:?}",
                story.elapsed()
            );
        };
        let before_it = async {
            story.find(first, 60).await;
            assert!(story.elapsed() > Duration::from_secs(6), "{:?}", story.elapsed());
            story.nodes[1].heal();
        };
        tokio::join!(before_it, after_it);
        story.quiet().await;
    }
}

/// The last question reaches both nodes before the ledger closes, and one of them shows the transaction
/// before the other one has answered: that is no "nobody could answer".
#[tokio::test(start_paused = true)]
async fn what_appears_during_the_last_question_is_asked_for_until_the_end() {
    for source in BOTH {
        for hides in [false, true] {
            let story =
                Story::with(2, source, |network| network.traffic(0), |client| client.agreement(2));
            let hash = story.pay().submit();
            story.nodes[1].set_latency(Duration::from_millis(80));
            if hides {
                story.nodes[1].set_faults([Fault::Forgets.on("tx")]);
            }
            let wait = Duration::from_millis(3_900);
            match story.txd.lookup(hash).wait(wait).await {
                Ok(Lookup::Found(tx)) => {
                    assert!(!hides && tx.source().agreed.len() == 2, "{source:?}");
                    assert!(story.elapsed() <= Duration::from_secs(6), "{:?}", story.elapsed());
                }
                Err(error) => {
                    assert!(hides && error.attempts().len() == 2, "{source:?} {error}");
                    assert!(story.elapsed() <= wait + OVERALL, "{:?}", story.elapsed());
                }
                absent => panic!("{source:?}, hidden: {hides}: {absent:?}"),
            }
            story.quiet().await;
        }
    }
}

/// The same without any wait: one node has reached the ledger when it is asked, and the other one has not.
#[tokio::test(start_paused = true)]
async fn what_appears_during_the_only_question_is_asked_for_again() {
    for hides in [false, true] {
        let story = Story::with(
            2,
            WatchSource::Stream,
            |network| network.traffic(0),
            |client| client.agreement(2),
        );
        // Connected and judged before the ledger closes.
        story.miss(story.pay().never(), 0).await;
        let hash = story.pay().submit();
        story.nodes[1].set_latency(Duration::from_millis(80));
        if hides {
            story.nodes[0].set_faults([Fault::Forgets.on("tx")]);
        }
        story.until(3.95).await;
        let answer = story.txd.lookup(hash).await;
        let elapsed = story.elapsed();
        match answer {
            Ok(Lookup::Found(tx)) => assert!(!hides && tx.source().agreed.len() == 2),
            // Nothing will change: it has the ledger by now, and not the payment.
            Err(error) => assert!(hides && error.attempts().len() == 2, "{error}"),
            absent => panic!("hidden: {hides}: {absent:?}"),
        }
        assert!(elapsed > Duration::from_secs_f64(4.9), "asked once: {elapsed:?}");
        // What a node said of its ledgers is believed for a while, so one round more may be needed.
        assert!(elapsed < Duration::from_secs_f64(6.5), "{elapsed:?}");
        story.quiet().await;
    }
}

/// A third node that never answers is waited for to the end, but nobody waits for it to be asked again.
#[tokio::test(start_paused = true)]
async fn who_never_answers_does_not_keep_the_others_from_agreeing() {
    let client = |client: Builder| client.agreement(2);
    let story = Story::with(3, WatchSource::Stream, |network| network.traffic(0), client);
    story.miss(story.pay().never(), 0).await;
    let hash = story.pay().submit();
    story.nodes[1].set_latency(Duration::from_millis(80));
    story.nodes[2].set_faults([Fault::NoReply.on("tx")]);
    story.until(3.95).await;
    let answer = story.txd.lookup(hash).await.unwrap();
    let Lookup::Found(tx) = answer else { panic!("{answer:?}") };
    assert_eq!(tx.source().agreed.len(), 2);
    assert!(story.elapsed() < Duration::from_secs_f64(6.5), "{:?}", story.elapsed());
    story.quiet().await;
}

/// One who had it does not have it when all are asked again, or cannot be asked: that it was there stands, and
/// the others' "not here" is no answer.
#[tokio::test(start_paused = true)]
async fn what_one_node_has_shown_is_not_absent_because_it_is_silent_later() {
    for fault in [Fault::Forgets.on("tx"), Fault::NoReply.on("tx")] {
        let client = |client: Builder| client.agreement(2);
        let story = Story::with(2, WatchSource::Stream, |network| network.traffic(0), client);
        story.miss(story.pay().never(), 0).await;
        let hash = story.pay().submit();
        story.nodes[1].set_latency(Duration::from_millis(80));
        // The first one never gets on.
        story.nodes[0].set_faults([Fault::Forgets.on("tx")]);
        story.until(3.95).await;
        let later = async {
            story.until(4.6).await;
            story.nodes[1].set_faults([fault]);
        };
        let (answer, ()) = tokio::join!(story.txd.lookup(hash).into_future(), later);
        let error = answer.expect_err("one has it, and two must agree");
        assert!(error.attempts().len() == 2, "{error}");
        assert!(story.elapsed() <= Duration::from_secs_f64(3.96) + OVERALL);
        story.quiet().await;
    }
}

/// What somebody else's wait has seen before is no look for this one, and a place that a node has named is no
/// absence.
#[tokio::test(start_paused = true)]
async fn who_is_refused_by_all_is_not_told_that_it_is_absent() {
    let (mut errors, mut found) = (0, 0);
    for source in BOTH {
        for fault in
            [Fault::Refused.into(), Fault::NoReply.on("tx"), Fault::Error("internal").on("tx")]
        {
            for (later, others) in [(0, true), (1, true), (0, false), (1, false)] {
                let story = Story::new(2, source);
                let (txd, other) = (story.txd.clone(), story.pay().never());
                if others {
                    tokio::spawn(async move { txd.get_one(other, 300).await.map(drop) });
                }
                story.until(5.0).await;
                for node in &story.nodes {
                    node.set_faults([fault]);
                    if fault == Fault::Refused.into() {
                        node.cut_connections();
                    }
                }
                let hash = story.pay().after(later).submit();
                if later == 0 {
                    story.network.close_ledger();
                }
                match story.txd.get_one(hash, 40).await {
                    Err(_) => errors += 1,
                    // The stream may show it to who waits for it in time.
                    Ok(Lookup::Found(_)) => found += 1,
                    absent => panic!("{source:?}, {fault:?}, {later}, {others}: {absent:?}"),
                }
            }
        }
    }
    assert!(errors >= 16 && found >= 2, "{errors} errors, {found} found");
}
