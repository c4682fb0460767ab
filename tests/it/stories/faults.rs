//! What the nodes of a story do wrong.

use std::time::Duration;

use xrpl_txdata::testing::{Fault, Scripted};

use super::plan::{Belief, Dice};

/// How a bad node fails that does not lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failing {
    pub(super) scripted: Scripted,
    /// Its old ledgers are away for some requests, and there for those before and after.
    pub(super) flickers: bool,
}

/// Bad nodes that do not lie: they fail, garble, lag, or say themselves that they are of no use.
pub(super) fn honest(dice: &mut Dice) -> Failing {
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
        Fault::NotYetThere(Duration::from_millis(dice.below(9_000))),
        Fault::HoleInHistory(32_570 + dice.below(60) as u32),
        Fault::SkipsLedger,
        Fault::SkipsTransaction,
        Fault::DuplicatesMessages,
        Fault::ReordersMessages,
        Fault::ClosedAfterTransactions,
        Fault::ClosedWithoutTransactions,
        Fault::TransactionsWithoutClosed,
        Fault::StopsSilently,
    ];
    // Half of them are faults of streams, which stand at the end.
    let of_streams = faults.iter().position(|fault| *fault == Fault::SkipsLedger).unwrap() as u64;
    let first = if dice.below(2) == 0 { of_streams } else { 0 };
    let fault = faults[(first + dice.below(faults.len() as u64 - first)) as usize];
    let (scripted, passes) = at_times(dice, fault);
    let of_history = matches!(fault, Fault::PartialHistory(_) | Fault::HoleInHistory(_));
    Failing { scripted, flickers: passes && of_history }
}

/// What is not true, said as if it were.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lie {
    fault: Fault,
    /// Said by itself, and not when asked.
    in_stream: bool,
    /// Everything it says it calls unvalidated: then nobody may believe it.
    pub(super) unvalidated: bool,
    pub(super) scripted: Scripted,
}

/// What somebody may come to believe who takes a liar's word. Every other lie is found out by what
/// is signed, hashed or counted, and harms nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Harm {
    /// That a signed transaction is validated which is not.
    Invents,
    /// Another ledger, result or metadata.
    Alters,
    /// That it is not there.
    Hides,
    /// That a ledger has closed, without any transactions, which has not: that it is not there either.
    Foresees,
}

impl Lie {
    /// One that matters to who believes these.
    pub(super) fn of(dice: &mut Dice, belief: Belief) -> Lie {
        let lies = [
            // Found out: other content, other networks, what nobody validated, and contradictions.
            Fault::OtherTransaction,
            Fault::OtherContent,
            Fault::AlteredContent,
            Fault::WrongNetwork(1),
            Fault::ForeignTransaction,
            Fault::ShowsOpenLedger,
            Fault::Unvalidated,
            Fault::JumpsAhead(1 + dice.below(40) as u32),
            Fault::FallsBack(1 + dice.below(9) as u32),
            Fault::TwoHashes,
            Fault::OtherHeader,
            // Believed by who takes its word.
            Fault::Invents,
            Fault::ValidatesOpenLedger,
            Fault::AlteredMetadata,
            Fault::EarlierLedger(1 + dice.below(5) as u32),
            Fault::ForgedChain,
            Fault::Forgets,
            Fault::OldState(1 + dice.below(20) as u32),
            // What validators signed: kept back, old, or false.
            Fault::HidesValidations,
            Fault::ReplaysValidations,
            Fault::PartialValidations,
            Fault::MinoritySignatures,
            Fault::ForgesSignatures,
            Fault::VotesTwice(1 + dice.below(3) as usize),
        ];
        let of_validators =
            lies.iter().position(|lie| *lie == Fault::HidesValidations).unwrap() as u64;
        let kinds = match belief {
            Belief::Validators => lies.len() as u64,
            Belief::Nodes(_) => of_validators,
        };
        let fault = lies[dice.below(kinds) as usize];
        let spoken =
            [Fault::Invents, Fault::ValidatesOpenLedger, Fault::AlteredContent, Fault::Unvalidated];
        let in_stream = spoken.contains(&fault) && dice.below(3) == 0;
        // Lies that are heard are what matters: most last until they end.
        let scripted = if dice.below(4) == 0 { at_times(dice, fault).0 } else { fault.into() };
        let scripted = if in_stream { scripted.on("stream") } else { scripted };
        let invents = matches!(fault, Fault::Invents | Fault::ValidatesOpenLedger);
        let unvalidated = invents && !in_stream && dice.below(2) == 0;
        Lie { fault, in_stream, unvalidated, scripted }
    }

    pub(super) fn harm(self) -> Option<Harm> {
        match self.fault {
            Fault::Invents | Fault::ValidatesOpenLedger if self.unvalidated => None,
            Fault::Invents | Fault::ValidatesOpenLedger => Some(Harm::Invents),
            Fault::AlteredMetadata | Fault::EarlierLedger(_) | Fault::ForgedChain => {
                Some(Harm::Alters)
            }
            Fault::Forgets | Fault::OldState(_) => Some(Harm::Hides),
            Fault::JumpsAhead(_) => Some(Harm::Foresees),
            _ => None,
        }
    }

    /// Whether a history that it tells lacks a ledger: what is told of an earlier one is missing in its own.
    pub(super) fn hides_in_histories(self) -> bool {
        self.harm() == Some(Harm::Hides) || matches!(self.fault, Fault::EarlierLedger(_))
    }

    /// Whether its ledgers fit their own hashes.
    pub(super) fn forges_ledgers(self) -> bool {
        self.fault == Fault::ForgedChain
    }

    /// Whether its streams tell, and count, what is not there.
    pub(super) fn invents_in_stream(self) -> bool {
        self.in_stream && self.harm() == Some(Harm::Invents)
    }
}

/// Always, or now and then; whether it passes.
fn at_times(dice: &mut Dice, fault: Fault) -> (Scripted, bool) {
    match dice.below(3) {
        0 => (fault.into(), false),
        1 => (fault.times(1 + dice.below(4) as u32), true),
        _ => (fault.after(dice.below(3) as u32).times(1 + dice.below(6) as u32), true),
    }
}
