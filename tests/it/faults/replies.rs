//! Faults of a connection that is open: silence, ends, and frames that are no answers.

use xrpl_txdata::{Failure, testing::Fault};

use super::{fails, harmless};
use crate::support::{Stage, timed};

fails! {
    silent_after_the_upgrade: [Fault::Silent]
        => TimedOut at 10_000 ms, ServerInfo Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    answers_nothing: [Fault::NoReply.on("server_info"), Fault::NoReply.on("tx")]
        => TimedOut at 10_000 ms, ServerInfo Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    answers_server_info_but_not_tx: [Fault::NoReply]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    answers_tx_but_not_server_info: [Fault::NoReply.on("server_info")]
        => TimedOut at 10_000 ms, ServerInfo Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    slower_than_overall: [Fault::Slow(std::time::Duration::from_millis(10_001))]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;

    closes_mid_request: [Fault::ClosesMidRequest]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Closed { code: None, .. },
        beside at 0 ms;
    closes_instead_of_server_info: [Fault::ClosesMidRequest.on("server_info")]
        => AllEndpointsFailed at 0 ms, ServerInfo Failure::Closed { code: None, .. },
        beside at 0 ms;
    closes_mid_frame: [Fault::ClosesMidFrame]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Closed { code: None, .. },
        beside at 0 ms;
    closes_with_1001: [Fault::Closes(1001)]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Closed { code: Some(1001), reason } if reason == "Shutting Down",
        beside at 0 ms;
    closes_with_1008: [Fault::Closes(1008)]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Closed { code: Some(1008), reason } if reason == "threshold exceeded",
        beside at 0 ms;
    // A reset also destroys the answer to `server_info` that was on its way.
    resets: [Fault::Resets]
        => AllEndpointsFailed at 0 ms, ServerInfo Failure::Broken(text) if text.contains("reset"),
        beside at 0 ms;

    not_json: [Fault::NotJson]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 1 },
        beside at 1250 ms;
    json_but_no_object: [Fault::NotObject]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 1 },
        beside at 1250 ms;
    unknown_id: [Fault::UnknownId]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    reply_without_id: [Fault::NoId]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 1 },
        beside at 1250 ms;
    error_frame: [Fault::ErrorFrame]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::Complaint(text) if text.contains("jsonInvalid"),
        beside at 0 ms;
    binary_frame: [Fault::BinaryFrame]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 1 },
        beside at 1250 ms;
    message_over_the_limit: [Fault::Oversized((16 << 20) + 1)]
        => AllEndpointsFailed at 0 ms, Transaction Failure::TooLarge { limit: 0x100_0000 },
        beside at 0 ms;
}

harmless! {
    doubled_reply: [Fault::DoubledReply], found at 0 ms;
    fragmented_message: [Fault::Fragmented], found at 0 ms;
    a_hundred_thousand_levels_beside_the_answer: [Fault::DeepNesting(100_000)], found at 0 ms;
    flood_of_stream_messages: [Fault::Flood(5_000)], found at 0 ms;
    unknown_fields: [Fault::UnknownFields], found at 0 ms;
    unknown_fields_about_itself: [Fault::UnknownFields.on("server_info")], found at 0 ms;
    api_version_1_only: [Fault::OnlyApi1], found at 0 ms;
}

#[tokio::test(start_paused = true)]
async fn ten_megabytes_in_one_string() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::HugeString(10 << 20)]);
    let txd = stage.client(&["n1.test"]);
    assert!(timed(txd.get_one(stage.hash, 0)).await.0.unwrap().is_found());
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_messages_is_exact() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    for (bytes, fits) in [(20_000, true), (20_001, false)] {
        node.set_faults([Fault::Oversized(bytes)]);
        let txd = stage.builder(&["n1.test"]).max_message_bytes(20_000).build().unwrap();
        let answer = timed(txd.get_one(stage.hash, 0)).await.0;
        assert_eq!(answer.is_ok(), fits, "{bytes} bytes: {answer:?}");
        if let Err(error) = answer {
            assert_eq!(error.attempts()[0].failure, Failure::TooLarge { limit: 20_000 });
        }
        stage.ends(txd).await;
    }
}
