//! Nodes that tell badly, go away or lie, while somebody waits.

use xrpl_txdata::testing::Fault;

use super::*;

/// Whatever streams get wrong that is no lie is repaired at the next close at the latest.
#[tokio::test(start_paused = true)]
async fn bad_streams_delay_by_one_ledger_at_most() {
    for source in BOTH {
        for fault in [
            Fault::SkipsLedger.after(1).times(1),
            Fault::SkipsTransaction.into(),
            Fault::DuplicatesMessages.into(),
            Fault::ReordersMessages.into(),
            Fault::ClosedAfterTransactions.into(),
            Fault::ClosedWithoutTransactions.into(),
            Fault::Fragmented.on("stream"),
            Fault::UnknownFields.on("stream"),
            Fault::NoMetadata.on("stream"),
            Fault::NotJson.on("stream").after(1).times(1),
            Fault::NotYetThere(Duration::from_millis(1500)).on("ledger"),
            Fault::Forgets.on("ledger").times(1),
            Fault::Error("lgrNotValidated").on("ledger").times(3),
        ] {
            for both in [false, true] {
                let story = Story::new(3, source);
                let hash = story.pay().after(1).submit();
                for node in &story.nodes[..if both { 2 } else { 1 }] {
                    node.add_fault(fault);
                }
                story.find(hash, 60).await;
                let moment = story.elapsed();
                let bound =
                    if both { LEDGER * 3 } else { LEDGER * 2 + Duration::from_millis(1500) };
                assert!(moment <= bound, "{source:?} {fault:?} {both} {moment:?}");
                assert_eq!(story.nodes[2].subscriptions(), 0, "{fault:?} is no reason to go");
                story.quiet().await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_closes_is_given_up_after_its_transactions_were_read() {
    for source in BOTH {
        let story = Story::new(2, source);
        for node in &story.nodes {
            node.set_faults([Fault::TransactionsWithoutClosed]);
        }
        let hash = story.pay().after(1).submit();
        story.find(hash, 60).await;
        let bound = if source == WatchSource::Stream { 8 } else { 20 };
        assert!(story.elapsed() <= Duration::from_secs(bound), "{source:?} {:?}", story.elapsed());
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn outages_are_survived_by_one_node_and_by_two() {
    for source in BOTH {
        for nodes in [1, 2] {
            for outage in [1, 20, 90] {
                let story = Story::new(nodes, source);
                let (during, after) = (story.pay().after(1), story.pay().after(35));
                let (during, after) = (during.submit(), after.submit());
                let never = story.pay().never();
                let failing = async {
                    story.until(7.9).await;
                    for node in &story.nodes {
                        node.set_faults([Fault::Refused]);
                        node.cut_connections();
                    }
                    story.until(7.9 + f64::from(outage)).await;
                    story.nodes.iter().for_each(Node::heal);
                };
                let during = async {
                    story.find(during, 200).await;
                    // Found soon after somebody is back.
                    let back = Duration::from_secs_f64(7.9 + f64::from(outage) * 1.5 + 2.0);
                    assert!(story.elapsed() <= back, "{source:?} {nodes} {:?}", story.elapsed());
                };
                let (absence, ..) =
                    tokio::join!(story.miss(never, 200), failing, during, story.find(after, 200));
                assert!(absence.coverage().is_contiguous(), "{absence}");
                story.quiet().await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_reset_at_every_ledger_loses_nothing() {
    for source in BOTH {
        let story = Story::new(1, source);
        let hashes: Vec<_> = (0..10).map(|after| story.pay().after(after).submit()).collect();
        let cutting = async {
            for ledger in 1..=11 {
                story.until(f64::from(ledger) * 4.0 - 0.1).await;
                story.nodes[0].cut_connections();
            }
        };
        let waiting = async {
            for hash in hashes {
                story.find(hash, 60).await;
            }
        };
        tokio::join!(cutting, waiting);
        assert!(story.elapsed() <= Duration::from_secs(46), "{:?}", story.elapsed());
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_jump_of_300_ledgers_is_fetched() {
    for source in BOTH {
        let story = Story::new(1, source);
        let hash = story.pay().after(150).submit();
        let first = story.network.tip();
        let never = story.pay().never();
        let jumping = async {
            story.until(1.0).await;
            story.nodes[0].set_faults([Fault::SkipsLedger.times(299)]);
            for _ in 0..300 {
                story.network.close_ledger();
            }
        };
        let (absence, ..) = tokio::join!(story.miss(never, 10), story.find(hash, 10), jumping);
        assert!(absence.coverage().covers(first..=first + 300));
        story.quiet().await;
    }
}

/// The liar is left, the others go on, and nothing it said is believed.
#[tokio::test(start_paused = true)]
async fn lies_disqualify_and_others_find_it() {
    for source in BOTH {
        for lie in [
            Fault::JumpsAhead(300).after(1).times(1),
            Fault::JumpsAhead(5_000).after(1).times(1),
            Fault::FallsBack(6).after(1).times(1),
            Fault::TwoHashes.after(1).times(1),
        ] {
            let story = Story::new(3, source);
            story.nodes[0].set_faults([lie]);
            let hash = story.pay().after(4).submit();
            let watching = async {
                story.until(17.0).await;
                let streams = story.nodes[2].subscriptions();
                assert_eq!(story.nodes[0].subscriptions(), 0, "{lie:?}");
                assert_eq!(story.nodes[1].subscriptions(), streams, "{lie:?}: another took over");
            };
            tokio::join!(story.find(hash, 60), watching);
            assert_eq!(story.elapsed(), LEDGER * 5, "{lie:?}");
            story.quiet().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn transactions_of_another_network_disqualify() {
    let story = Story::with(3, WatchSource::Stream, |n| n.traffic(3), |client| client);
    story.nodes[0].set_faults([Fault::ForeignTransaction.after(1)]);
    let hash = story.pay().after(4).submit();
    let watching = async {
        story.until(17.0).await;
        assert_eq!((story.nodes[0].subscriptions(), story.nodes[2].subscriptions()), (0, 2));
    };
    tokio::join!(story.find(hash, 60), watching);
    story.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn content_that_does_not_hash_to_its_name_is_no_answer_and_disqualifies() {
    for fault in [Fault::OtherContent, Fault::AlteredContent] {
        let story = Story::with(3, WatchSource::Stream, |n| n.traffic(3), |client| client);
        story.nodes[0].set_faults([fault.on("stream")]);
        let hash = story.pay().after(1).submit();
        let never = story.pay().never();
        let watching = async {
            story.until(9.0).await;
            assert_eq!((story.nodes[0].subscriptions(), story.nodes[2].subscriptions()), (0, 2));
        };
        let (tx, ..) = tokio::join!(story.find(hash, 60), story.miss(never, 20), watching);
        assert_ne!(tx.source().endpoint, story.nodes[0].url(), "{fault:?}");
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_only_node_lies_and_nothing_false_is_said() {
    for source in BOTH {
        for lie in [
            Fault::JumpsAhead(300).times(1),
            Fault::FallsBack(6).times(1),
            Fault::TwoHashes.times(1),
            Fault::OtherContent.into(),
        ] {
            let story = Story::new(1, source);
            story.nodes[0].set_faults([lie]);
            let hash = story.pay().after(1).submit();
            match story.txd.get_one(hash, 60).await {
                Ok(Lookup::Found(tx)) => assert_eq!(tx.hash(), hash),
                Ok(Lookup::Absent(absence)) => drop(story.honest(hash, absence)),
                Err(error) => assert!(!error.attempts().is_empty()),
            }
            assert!(story.elapsed() <= Duration::from_secs(60) + OVERALL);
            story.quiet().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_silently_is_replaced_within_20_seconds() {
    for source in BOTH {
        let story = Story::new(3, source);
        story.nodes[0].set_faults([Fault::StopsSilently.after(2)]);
        story.nodes[1].set_faults([Fault::StopsSilently.after(2)]);
        let hash = story.pay().after(3).submit();
        story.find(hash, 60).await;
        assert!(story.elapsed() <= Duration::from_secs(8 + 20), "{:?}", story.elapsed());
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_wants_a_rest_is_not_asked_for_what_has_appeared() {
    for source in BOTH {
        let story = Story::new(2, source);
        let hash = story.pay().after(1).submit();
        let tiring = async {
            story.until(5.0).await;
            for node in &story.nodes {
                node.add_fault(Fault::NoMetadata.on("stream"));
            }
            story.nodes[0].add_fault(Fault::Error("slowDown").on("tx"));
            story.miss(story.pay().never(), 0).await;
            story.nodes[0].requests("tx")
        };
        let (asked, _) = tokio::join!(tiring, story.find(hash, 60));
        assert_eq!(story.nodes[0].requests("tx"), asked, "{source:?}");
        assert!(story.elapsed() <= LEDGER * 2 + Duration::from_secs(1), "{:?}", story.elapsed());
        story.quiet().await;
    }
}

/// A stream may hang on its connection alone: the only node gets a new one.
#[tokio::test(start_paused = true)]
async fn the_only_node_that_stops_silently_is_connected_anew() {
    for source in BOTH {
        let story = Story::new(1, source);
        story.nodes[0].set_faults([Fault::StopsSilently.after(2).times(6)]);
        let hash = story.pay().after(4).submit();
        story.find(hash, 60).await;
        assert!(story.elapsed() <= Duration::from_secs(8 + 21), "{:?}", story.elapsed());
        assert_eq!(story.network.connections(), 2);
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_of_five_are_watched_and_a_cluster_that_lags_bothers_nobody_else() {
    for source in BOTH {
        let story = Story::new(5, source);
        for node in &story.nodes[..2] {
            node.set_faults([Fault::NotYetThere(Duration::from_millis(900)).on("ledger")]);
        }
        let hash = story.pay().after(9).submit();
        let watching = async {
            story.until(1.0).await;
            let asked =
                |story: &Story| -> u64 { story.nodes[2..].iter().map(Node::all_requests).sum() };
            let before = asked(&story);
            story.until(39.0).await;
            assert_eq!(asked(&story), before);
            let subscribed: Vec<bool> =
                story.nodes.iter().map(|node| node.subscriptions() > 0).collect();
            assert_eq!(subscribed, [true, true, false, false, false]);
        };
        tokio::join!(story.find(hash, 60), watching);
        story.quiet().await;
    }
}
