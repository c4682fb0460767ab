//! Nodes that say themselves why they cannot be believed.

use xrpl_txdata::{Failure, Unfit, testing::Fault};

use super::fails;

fails! {
    wrong_network_id: [Fault::WrongNetwork(1)]
        => AllEndpointsFailed at 0 ms,
        ServerInfo Failure::Unfit(Unfit::OtherNetwork { expected: 0, found: 1 }),
        beside at 0 ms;
    stale: [Fault::Stale]
        => AllEndpointsFailed at 0 ms,
        ServerInfo Failure::Unfit(Unfit::Stale { age_seconds: 600, limit_seconds: 60 }),
        beside at 0 ms;
    amendment_blocked: [Fault::AmendmentBlocked]
        => AllEndpointsFailed at 0 ms, ServerInfo Failure::Unfit(Unfit::AmendmentBlocked),
        beside at 0 ms;
    not_full_history: [Fault::PartialHistory(5)]
        => AllEndpointsFailed at 0 ms,
        ServerInfo Failure::Unfit(Unfit::PartialHistory { complete, first: 32570, validated: 32579 })
            if complete == "32575-32579",
        beside at 0 ms;
    a_hole_in_history: [Fault::HoleInHistory(32571)]
        => AllEndpointsFailed at 0 ms,
        ServerInfo Failure::Unfit(Unfit::PartialHistory { complete, first: 32570, validated: 32579 })
            if complete == "32570,32572-32579",
        beside at 0 ms;
    no_validated_ledger: [Fault::NoValidatedLedger]
        => AllEndpointsFailed at 0 ms,
        ServerInfo Failure::Unfit(Unfit::NotSynced { state }) if state == "connected",
        beside at 0 ms;
    not_synced: [Fault::NotSynced]
        => AllEndpointsFailed at 0 ms,
        ServerInfo Failure::Unfit(Unfit::NotSynced { state }) if state == "tracking",
        beside at 0 ms;
}
