//! Faults before the first word: name, connection, TLS, upgrade.

use xrpl_txdata::{Failure, testing::Fault};

use super::fails;

fails! {
    name_does_not_resolve: [Fault::NameNotFound]
        => AllEndpointsFailed at 0 ms, Dial Failure::Resolve(_), beside at 0 ms;
    refused: [Fault::Refused]
        => AllEndpointsFailed at 0 ms, Dial Failure::Connect(_), beside at 0 ms;
    never_connects: [Fault::NeverConnects]
        => TimedOut at 10_000 ms, Dial Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
    slow_to_connect: [Fault::SlowToConnect(std::time::Duration::from_secs(20))]
        => TimedOut at 10_000 ms, Dial Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
    accepts_and_never_answers_the_handshake: [Fault::NoHandshake]
        => TimedOut at 10_000 ms, Upgrade Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
    handshake_answered_with_403: [Fault::HttpStatus(403)]
        => AllEndpointsFailed at 0 ms, Upgrade Failure::UpgradeStatus { status: 403 },
        beside at 0 ms;
    handshake_answered_with_429: [Fault::HttpStatus(429)]
        => AllEndpointsFailed at 0 ms, Upgrade Failure::UpgradeStatus { status: 429 },
        beside at 0 ms;
    handshake_answered_with_503: [Fault::HttpStatus(503)]
        => AllEndpointsFailed at 0 ms, Upgrade Failure::UpgradeStatus { status: 503 },
        beside at 0 ms;
    wrong_accept_key: [Fault::WrongAcceptKey]
        => AllEndpointsFailed at 0 ms, Upgrade Failure::Upgrade(_), beside at 0 ms;
    endless_handshake: [Fault::EndlessHandshake]
        => AllEndpointsFailed at 620 ms, Upgrade Failure::Upgrade(_), beside at 620 ms;
}

mod over_tls {
    use super::*;

    fails! {
        over TLS
        name_mismatch: [Fault::CertificateName]
            => AllEndpointsFailed at 0 ms, Tls Failure::Tls(text) if text.contains("not valid for name"),
            beside at 0 ms;
        unknown_root: [Fault::CertificateRoot]
            => AllEndpointsFailed at 0 ms, Tls Failure::Tls(text) if text.contains("UnknownIssuer"),
            beside at 0 ms;
        never_answers_the_handshake: [Fault::NoHandshake]
            => TimedOut at 10_000 ms, Tls Failure::NoAnswer { unreadable: 0 }, beside at 1250 ms;
        refused_by_http: [Fault::HttpStatus(403)]
            => AllEndpointsFailed at 0 ms, Upgrade Failure::UpgradeStatus { status: 403 },
            beside at 0 ms;
    }
}
