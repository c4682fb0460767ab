//! What a status of HTTP stands for, and how long the node is left alone after it.

use std::time::Duration;

use xrpl_txdata::{ErrorKind, Failure, testing::Fault};

use crate::{
    faults::refusals::rests_for_over,
    support::{Stage, ms, timed},
};

#[tokio::test(start_paused = true)]
async fn a_node_that_limits_our_rate_rests_for_as_long_as_it_says_or_for_half_a_minute() {
    rests_for_over("http", Fault::RateLimited(7), 7_250, 7_500).await;
    rests_for_over("http", Fault::RateLimited(7).on("server_info"), 7_250, 7_500).await;
    rests_for_over("http", Fault::RateLimited(u32::MAX), 3_600_250, 3_600_500).await;
    rests_for_over("http", Fault::Overloaded, 30_000, 30_500).await;
    rests_for_over("http", Fault::HttpStatus(429), 30_000, 30_500).await;
    rests_for_over("http", Fault::HttpStatus(503), 30_000, 30_500).await;
    rests_for_over("http", Fault::Error("slowDown"), 30_000, 30_500).await;
}

#[tokio::test(start_paused = true)]
async fn who_must_not_ask_stays_away_and_what_broke_is_tried_again() {
    rests_for_over("http", Fault::HttpStatus(401), 600_000, 600_000).await;
    rests_for_over("http", Fault::HttpStatus(403), 600_000, 600_000).await;
    rests_for_over("http", Fault::Error("tooBusy"), 2_000, 2_000).await;
    for fault in [
        Fault::Refused,
        Fault::HttpStatus(500),
        Fault::HttpStatus(502),
        Fault::HttpStatus(521),
        Fault::Redirects,
        Fault::Html,
        Fault::NotJson,
        Fault::ErrorFrame,
        Fault::UnknownId,
        Fault::ClosesMidRequest,
        Fault::ClosesMidFrame,
        Fault::Resets,
        Fault::Oversized((16 << 20) + 1),
    ] {
        rests_for_over("http", fault, 250, 500).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_redirect_is_followed_and_the_error_says_so() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::Redirects]);
    let elsewhere = stage.node("elsewhere.test");
    let txd = stage.builder_of(["http://n1.test".to_owned()]).build().unwrap();
    let error = timed(txd.get_one(stage.hash, 0)).await.0.unwrap_err();
    assert!(error.to_string().contains("302, a redirect, and these are not followed"), "{error}");
    assert_eq!(elsewhere.connections(), 0);
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn headers_without_end_are_read_up_to_a_limit() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults([Fault::EndlessHandshake]);
    let txd = stage.builder_of(["http://n1.test".to_owned()]).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllEndpointsFailed);
    let failure = &error.attempts()[0].failure;
    assert!(
        matches!(failure, Failure::Broken(text) if text.contains("head is too large")),
        "{error}"
    );
    assert!(elapsed < ms(4_000) && node.bytes_sent() < 70_000, "{elapsed:?}");
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_body_is_exact_with_a_length_and_in_chunks() {
    for in_chunks in [false, true] {
        for (bytes, fits) in [(20_000, true), (20_001, false)] {
            let stage = Stage::new();
            let node = stage.node("n1.test");
            node.set_faults([Fault::Oversized(bytes)]);
            if in_chunks {
                node.add_fault(Fault::Fragmented);
            }
            let builder = stage.builder_of(["http://n1.test".to_owned()]);
            let txd = builder.max_message_bytes(20_000).build().unwrap();
            let answer = timed(txd.get_one(stage.hash, 0)).await.0;
            assert_eq!(answer.is_ok(), fits, "{bytes} bytes: {answer:?}");
            if let Err(error) = answer {
                assert_eq!(error.attempts()[0].failure, Failure::TooLarge { limit: 20_000 });
            }
            stage.ends(txd).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_loris_that_gets_there_in_time_is_an_answer() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::Dribbles(Duration::from_millis(1))]);
    let txd = stage.builder_of(["http://n1.test".to_owned()]).build().unwrap();
    let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
    assert!(answer.unwrap().is_found());
    assert!(elapsed > ms(500) && elapsed < ms(5_000), "{elapsed:?}");
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn clio_and_both_versions_answer_alike() {
    let stage = Stage::new();
    let clio = stage.network.clio("clio.test");
    for old in [false, true] {
        if old {
            clio.set_faults([Fault::OnlyApi1]);
        }
        let txd = stage.builder_of(["http://clio.test".to_owned()]).build().unwrap();
        let tx = timed(txd.get_one(stage.hash, 0)).await.0.unwrap().found().unwrap();
        assert_eq!(tx.delivered().to_string(), "25 XRP");
        stage.ends(txd).await;
    }
}
