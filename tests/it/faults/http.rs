//! The same over HTTP: faults of the connection, of the protocol, of what is said in it.

mod answers;
mod connections;
mod waiting;

use xrpl_txdata::{Failure, Unfit, testing::Fault};

use super::{fails, harmless};

fails! {
    over HTTP
    name_does_not_resolve: [Fault::NameNotFound]
        => AllEndpointsFailed at 0 ms, Dial Failure::Resolve(_), beside at 0 ms;
    refused: [Fault::Refused]
        => AllEndpointsFailed at 0 ms, Dial Failure::Connect(_), beside at 0 ms;
    never_connects: [Fault::NeverConnects]
        => TimedOut at 10_000 ms, Dial Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
    slow_to_connect: [Fault::SlowToConnect(std::time::Duration::from_secs(20))]
        => TimedOut at 10_000 ms, Dial Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
    accepts_and_never_says_anything: [Fault::NoHandshake]
        => TimedOut at 10_000 ms, ServerInfo Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
    silent: [Fault::Silent]
        => TimedOut at 10_000 ms, ServerInfo Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
    answers_server_info_but_not_tx: [Fault::NoReply]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    answers_tx_but_not_server_info: [Fault::NoReply.on("server_info")]
        => TimedOut at 10_000 ms, ServerInfo Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    slower_than_overall: [Fault::Slow(std::time::Duration::from_millis(10_001))]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    slow_loris: [Fault::Dribbles(std::time::Duration::from_millis(100))]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;

    closes_mid_request: [Fault::ClosesMidRequest]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Closed { code: None, .. },
        beside at 0 ms;
    closes_instead_of_server_info: [Fault::ClosesMidRequest.on("server_info")]
        => AllEndpointsFailed at 0 ms, ServerInfo Failure::Closed { code: None, .. },
        beside at 0 ms;
    closes_in_the_middle_of_the_body: [Fault::ClosesMidFrame]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Closed { code: None, .. },
        beside at 0 ms;
    resets: [Fault::Resets]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Broken(text) if text.contains("reset"),
        beside at 0 ms;
    claims_more_bytes_than_come: [Fault::ClaimsLength(10)]
        => TimedOut at 10_000 ms, Transaction Failure::NoAnswer { unreadable: 0 },
        beside at 1250 ms;
    claims_fewer_bytes_than_come: [Fault::ClaimsLength(-10)]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Unreadable(_), beside at 0 ms;
    claims_more_than_the_limit: [Fault::ClaimsLength(i32::MAX)]
        => AllEndpointsFailed at 0 ms, Transaction Failure::TooLarge { limit: 0x100_0000 },
        beside at 0 ms;
    body_over_the_limit: [Fault::Oversized((16 << 20) + 1)]
        => AllEndpointsFailed at 0 ms, Transaction Failure::TooLarge { limit: 0x100_0000 },
        beside at 0 ms;
    body_in_chunks_over_the_limit: [Fault::Oversized((16 << 20) + 1), Fault::Fragmented]
        => AllEndpointsFailed at 0 ms, Transaction Failure::TooLarge { limit: 0x100_0000 },
        beside at 0 ms;

    not_json: [Fault::NotJson]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Unreadable(text)
            if text.starts_with("It is now"),
        beside at 0 ms;
    json_but_no_object: [Fault::NotObject]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Unreadable(_), beside at 0 ms;
    html_instead_of_json: [Fault::Html]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Unreadable(text)
            if text.contains("Please log in"),
        beside at 0 ms;
    the_answer_to_another_request: [Fault::UnknownId]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Broken(text)
            if text.contains("another request"),
        beside at 0 ms;
    redirected: [Fault::Redirects]
        => AllEndpointsFailed at 0 ms, Transaction Failure::HttpStatus { status: 302, .. },
        beside at 0 ms;
    forbidden: [Fault::HttpStatus(403)]
        => AllEndpointsFailed at 0 ms, ServerInfo Failure::HttpStatus { status: 403, .. },
        beside at 0 ms;
    bad_gateway: [Fault::HttpStatus(502)]
        => AllEndpointsFailed at 0 ms, ServerInfo Failure::HttpStatus { status: 502, .. },
        beside at 0 ms;
    overloaded: [Fault::Overloaded]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::HttpStatus { status: 503, retry_after: None, .. },
        beside at 0 ms;
    rate_limited: [Fault::RateLimited(7)]
        => AllEndpointsFailed at 0 ms,
        Transaction Failure::HttpStatus { status: 429, retry_after: Some(time), .. }
            if time.as_secs() == 7,
        beside at 0 ms;
    request_it_cannot_read: [Fault::ErrorFrame]
        => AllEndpointsFailed at 0 ms, Transaction Failure::HttpStatus { status: 400, reason, .. }
            if reason == "Unable to parse request",
        beside at 0 ms;

    error_inside_a_good_status: [Fault::Error("tooBusy")]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Server(error) if error.token == "tooBusy",
        beside at 0 ms;
    not_validated_yet: [Fault::Error("lgrNotValidated")]
        => AllEndpointsFailed at 200 ms,
        Transaction Failure::Server(error) if error.token == "lgrNotValidated",
        beside at 200 ms;
    validated_is_missing: [Fault::NoValidatedFlag]
        => AllEndpointsFailed at 0 ms, Transaction Failure::NotValidated, beside at 0 ms;
    altered_content: [Fault::AlteredContent]
        => AllEndpointsFailed at 0 ms, Transaction Failure::ContentMismatch { .. },
        beside at 0 ms;
    wrong_network_id: [Fault::WrongNetwork(1)]
        => AllEndpointsFailed at 0 ms,
        ServerInfo Failure::Unfit(Unfit::OtherNetwork { expected: 0, found: 1 }),
        beside at 0 ms;
    amendment_blocked: [Fault::AmendmentBlocked]
        => AllEndpointsFailed at 0 ms, ServerInfo Failure::Unfit(Unfit::AmendmentBlocked),
        beside at 0 ms;
}

harmless! {
    over HTTP
    doubled_reply: [Fault::DoubledReply], found at 0 ms;
    in_many_small_chunks: [Fault::Fragmented], found at 0 ms;
    called_html: [Fault::WrongContentType], found at 0 ms;
    closed_after_each_answer: [Fault::ClosesAfterReply], found at 0 ms;
    reply_without_id: [Fault::NoId], found at 0 ms;
    a_hundred_thousand_levels_beside_the_answer: [Fault::DeepNesting(100_000)], found at 0 ms;
    unknown_fields: [Fault::UnknownFields], found at 0 ms;
    unknown_fields_about_itself: [Fault::UnknownFields.on("server_info")], found at 0 ms;
    api_version_1_only: [Fault::OnlyApi1], found at 0 ms;
    a_second_late: [Fault::Slow(std::time::Duration::from_secs(1))], found at 1000 ms;
}

mod over_tls {
    use super::*;

    fails! {
        over HTTPS
        name_mismatch: [Fault::CertificateName]
            => AllEndpointsFailed at 0 ms, Tls Failure::Tls(text) if text.contains("not valid for name"),
            beside at 0 ms;
        unknown_root: [Fault::CertificateRoot]
            => AllEndpointsFailed at 0 ms, Tls Failure::Tls(text) if text.contains("UnknownIssuer"),
            beside at 0 ms;
        never_answers_the_handshake: [Fault::NoHandshake]
            => TimedOut at 10_000 ms, Tls Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
        refused_by_status: [Fault::HttpStatus(403)]
            => AllEndpointsFailed at 0 ms, ServerInfo Failure::HttpStatus { status: 403, .. },
            beside at 0 ms;
    }
}
