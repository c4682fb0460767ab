//! Many who wait at once, and many who give up.

use futures_util::future::join_all;
use xrpl_txdata::testing::Fault;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_thousand_wait_for_the_same() {
    for source in BOTH {
        let story = Story::new(2, source);
        let hash = story.pay().after(2).submit();
        let found = join_all((0..1_000).map(|_| story.find(hash, 60))).await;
        assert_eq!(found.len(), 1_000);
        assert_eq!(story.elapsed(), LEDGER * 3);
        assert_eq!(story.network.connections(), 2);
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_wait_for_different_ones_in_streams() {
    ten_thousand_wait_and_a_tenth_for_nothing(WatchSource::Stream).await;
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_wait_for_different_ones_in_lists() {
    ten_thousand_wait_and_a_tenth_for_nothing(WatchSource::HashLists).await;
}

async fn ten_thousand_wait_and_a_tenth_for_nothing(source: WatchSource) {
    let story = Story::new(2, source);
    let waits = (0..10_000).map(|n| {
        let pay = story.pay().tag(n);
        if n % 10 == 0 { (pay.never(), true) } else { (pay.after(n % 7).submit(), false) }
    });
    let waits: Vec<_> = waits.collect();
    let waits = waits.into_iter().map(async |(hash, never)| match never {
        true => assert!(story.miss(hash, 40).await.coverage().is_contiguous()),
        // Not only by the last question, when the time is over.
        false => {
            drop(story.find(hash, 40).await);
            assert!(story.elapsed() < LEDGER * 9, "{:?}", story.elapsed());
        }
    });
    join_all(waits).await;
    assert_eq!(story.elapsed(), Duration::from_secs(40));
    assert_eq!(story.network.connections(), 2);
    story.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn those_who_give_up_take_nothing_with_them() {
    for source in BOTH {
        let story = Story::new(3, source);
        let hash = story.pay().after(6).submit();
        let given_up = (0..300u64).map(|n| {
            let (hash, millis) =
                (if n % 3 == 0 { hash } else { story.pay().never() }, n * 79 % 23_000);
            let waiting = story.txd.lookup(hash).wait(Duration::from_secs(60)).into_future();
            tokio::time::timeout(Duration::from_millis(millis), waiting)
        });
        let given_up = join_all(given_up.collect::<Vec<_>>());
        let (given_up, _) = tokio::join!(given_up, story.find(hash, 60));
        assert!(given_up.iter().all(Result::is_err));
        assert_eq!(story.elapsed(), LEDGER * 7);
        story.quiet().await;
    }
}

/// Each moment in which a waiting lookup can be dropped: nothing is left behind.
#[tokio::test(start_paused = true)]
async fn a_wait_can_be_cut_after_every_step() {
    for source in BOTH {
        let story = Story::new(2, source);
        for node in &story.nodes {
            node.set_latency(Duration::from_millis(3));
        }
        for polls in 1..40 {
            let mut waiting =
                story.txd.lookup(story.pay().never()).wait(Duration::from_secs(60)).into_future();
            let mut polled = 0;
            let cut = std::future::poll_fn(|cx| {
                polled += 1;
                let cut = polled > polls || waiting.as_mut().poll(cx).is_ready();
                if cut {
                    return std::task::Poll::Ready(());
                }
                // Polled again even when nothing woke it, a moment later.
                let waker = cx.waker().clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    waker.wake();
                });
                std::task::Poll::Pending
            });
            cut.await;
            drop(waiting);
            tokio::time::sleep(Duration::from_millis(20)).await;
            let subscribed: usize = story.nodes.iter().map(Node::subscriptions).sum();
            assert_eq!(subscribed, 0, "{source:?}, cut after {polls} steps");
        }
        story.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn closing_ends_all_waits_at_once() {
    for source in BOTH {
        let story = Story::new(2, source);
        let waits = join_all((0..100).map(|_| {
            story.txd.lookup(story.pay().never()).wait(Duration::from_secs(600)).into_future()
        }));
        let closing = async {
            story.until(9.0).await;
            story.txd.close().await;
        };
        let (waits, ()) = tokio::join!(waits, closing);
        assert!(waits.iter().all(Result::is_err));
        assert_eq!(story.elapsed(), Duration::from_secs(9));
        story.quiet().await;
    }
}

/// A node that talks faster than anybody reads loses messages, and the ledgers' counts show it.
#[tokio::test(start_paused = true)]
async fn a_flood_hides_nothing() {
    for source in BOTH {
        let story = Story::new(2, source);
        story.nodes[0].set_faults([Fault::Flood(6_000).on("server_info").times(2)]);
        let hash = story.pay().after(1).submit();
        story.find(hash, 60).await;
        assert!(story.elapsed() <= LEDGER * 3);
        story.quiet().await;
    }
}
