//! What the nodes of a story do wrong.

use std::time::Duration;

use xrpl_txdata::testing::{Fault, Scripted};

use super::plan::Dice;

/// Bad nodes that do not lie: they fail, garble, lag, or say themselves that they are of no use.
pub(super) fn honest(dice: &mut Dice) -> Scripted {
    let faults = [
        Fault::NameNotFound,
        Fault::Refused,
        Fault::NeverConnects,
        Fault::SlowToConnect(Duration::from_millis(dice.below(4_000))),
        Fault::NoHandshake,
        Fault::HttpStatus([403, 429, 503][dice.below(3) as usize]),
        Fault::WrongAcceptKey,
        Fault::EndlessHandshake,
        Fault::Silent,
        Fault::NoReply,
        Fault::Slow(Duration::from_millis(dice.below(12_000))),
        Fault::ClosesMidRequest,
        Fault::ClosesMidFrame,
        Fault::Closes([1001, 1008, 1011][dice.below(3) as usize]),
        Fault::Resets,
        Fault::NotJson,
        Fault::NotObject,
        Fault::UnknownId,
        Fault::DoubledReply,
        Fault::NoId,
        Fault::ErrorFrame,
        Fault::BinaryFrame,
        Fault::Fragmented,
        Fault::DeepNesting(10_000),
        Fault::HugeString(100_000),
        Fault::UnknownFields,
        Fault::Flood(50),
        Fault::Error(
            ["slowDown", "tooBusy", "noNetwork", "internal", "lgrNotFound", "amendmentBlocked"]
                [dice.below(6) as usize],
        ),
        Fault::Unvalidated,
        Fault::NoValidatedFlag,
        Fault::ValidatedText,
        Fault::NoMetadata,
        Fault::WrongNetwork(1),
        Fault::Stale,
        Fault::AmendmentBlocked,
        Fault::PartialHistory(5),
        Fault::NotSynced,
        Fault::NoValidatedLedger,
        Fault::SkipsLedger,
        Fault::SkipsTransaction,
        Fault::DuplicatesMessages,
        Fault::ReordersMessages,
        Fault::ClosedAfterTransactions,
        Fault::ClosedWithoutTransactions,
        Fault::TransactionsWithoutClosed,
        Fault::StopsSilently,
    ];
    let fault = faults[dice.below(faults.len() as u64) as usize];
    at_times(dice, fault)
}

/// Nodes that say what is not true, as if it were.
pub(super) fn lie(dice: &mut Dice) -> Scripted {
    let lies = [
        Fault::OtherTransaction,
        Fault::OtherContent,
        Fault::AlteredContent,
        Fault::AlteredMetadata,
        Fault::Forgets,
        Fault::ShowsOpenLedger,
        Fault::NotYetThere(Duration::from_millis(dice.below(9_000))),
        Fault::HoleInHistory(1),
        Fault::JumpsAhead(1 + dice.below(40) as u32),
        Fault::FallsBack(1 + dice.below(9) as u32),
        Fault::TwoHashes,
        Fault::ForeignTransaction,
        Fault::OtherHeader,
        Fault::ForgedChain,
    ];
    let lie = lies[dice.below(lies.len() as u64) as usize];
    at_times(dice, lie)
}

/// Always, or now and then.
fn at_times(dice: &mut Dice, fault: Fault) -> Scripted {
    match dice.below(3) {
        0 => fault.into(),
        1 => fault.times(1 + dice.below(4) as u32),
        _ => fault.after(dice.below(3) as u32).times(1 + dice.below(6) as u32),
    }
}
