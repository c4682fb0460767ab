//! Whether a node may be believed at all, from what it says about itself.

use crate::{
    config::{FitnessRules, Network},
    error::Unfit,
    wire::{
        ranges::LedgerRanges,
        server_info::{ServerInfo, ValidatedLedger},
    },
};

/// The oldest ledger that any server of the main network can have; the ones before it are lost.
const MAINNET_FIRST_LEDGER: u32 = 32_570;

/// Other networks begin with ledger 1, but servers list from a little after the genesis.
const OTHER_FIRST_LEDGER: u32 = 10;

/// `complete_ledgers` may lag behind the validated ledger by this many.
const COMPLETE_LAG: u32 = 1;

/// A fit node: what it may be believed about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    pub(crate) network_id: u32,
    pub(crate) validated: ValidatedLedger,
    /// The ledgers it has: what its "not found" covers.
    pub(crate) complete: LedgerRanges,
}

/// Judges a node. The first reason against it is given, the gravest first.
pub(crate) fn judge(info: &ServerInfo, rules: &FitnessRules) -> Result<Fit, Unfit> {
    let network_id = network(info, rules)?;
    if info.amendment_blocked || info.warnings.amendment_blocked {
        return Err(Unfit::AmendmentBlocked);
    }
    if info.warnings.validator_list_expired {
        return Err(Unfit::ValidatorListExpired);
    }
    if info.corruption_detected {
        return Err(Unfit::Corrupt);
    }
    match info.server_state.as_deref() {
        Some("full" | "validating" | "proposing") => {}
        // Who follows no network may have no word for how well.
        Some("standalone") | None if rules.standalone => {}
        // Clio has no state; it warns when it falls behind.
        None if info.is_clio => {}
        state => {
            return Err(Unfit::NotSynced { state: state.unwrap_or("missing").to_owned() });
        }
    }
    if info.warnings.out_of_date {
        return Err(Unfit::OutOfDate);
    }
    let validated = info.validated.clone().ok_or(Unfit::NoValidatedLedger)?;
    if !rules.standalone {
        let limit_seconds = rules.max_ledger_age.as_secs();
        let age_seconds = validated.age.ok_or(Unfit::AgeUnknown)?;
        if age_seconds > limit_seconds {
            return Err(Unfit::Stale { age_seconds, limit_seconds });
        }
    }
    let complete = info.complete_ledgers.clone().unwrap_or_default();
    if rules.full_history {
        let first = first_ledger(network_id, rules.first_ledger, validated.index);
        let last = validated.index.saturating_sub(COMPLETE_LAG).max(first);
        if !complete.covers(first..=last) {
            let complete = info.complete_text.clone();
            return Err(Unfit::PartialHistory { complete, first, validated: validated.index });
        }
    }
    Ok(Fit { network_id, validated, complete })
}

fn network(info: &ServerInfo, rules: &FitnessRules) -> Result<u32, Unfit> {
    match (rules.network, info.network_id) {
        (Network::Id(expected), Some(found)) if expected != found => {
            Err(Unfit::OtherNetwork { expected, found })
        }
        (_, Some(found)) => Ok(found),
        (Network::Id(expected), None) if rules.accept_silent_network => Ok(expected),
        // Silence is no proof: old servers of any network are silent.
        (_, None) => Err(Unfit::NetworkUnknown),
    }
}

fn first_ledger(network_id: u32, configured: Option<u32>, validated: u32) -> u32 {
    match configured {
        Some(first) => first,
        None if network_id == 0 && validated >= MAINNET_FIRST_LEDGER => MAINNET_FIRST_LEDGER,
        // A private network that keeps the id 0 and is young.
        None => OTHER_FIRST_LEDGER.min(validated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::warnings::Warnings;

    fn good() -> ServerInfo {
        ServerInfo {
            network_id: Some(0),
            complete_ledgers: Some("32570-90000000".parse().unwrap()),
            complete_text: "32570-90000000".to_owned(),
            server_state: Some("full".to_owned()),
            validated: Some(ValidatedLedger { index: 90_000_000, hash: None, age: Some(3) }),
            ..ServerInfo::default()
        }
    }

    fn verdict(change: impl FnOnce(&mut ServerInfo)) -> Result<Fit, Unfit> {
        let mut info = good();
        change(&mut info);
        judge(&info, &FitnessRules::default())
    }

    #[test]
    fn a_healthy_full_history_node_is_fit() {
        let fit = verdict(|_| ()).unwrap();
        assert_eq!(fit.network_id, 0);
        assert!(fit.complete.covers(32_570..=90_000_000));
        for state in ["validating", "proposing"] {
            assert!(verdict(|info| info.server_state = Some(state.to_owned())).is_ok());
        }
        assert!(
            verdict(|info| {
                info.server_state = None;
                info.is_clio = true;
            })
            .is_ok()
        );
    }

    #[test]
    fn each_reason_against_a_node_has_its_name() {
        assert_eq!(
            verdict(|info| info.network_id = Some(1)),
            Err(Unfit::OtherNetwork { expected: 0, found: 1 })
        );
        assert_eq!(verdict(|info| info.network_id = None), Err(Unfit::NetworkUnknown));
        assert_eq!(verdict(|info| info.amendment_blocked = true), Err(Unfit::AmendmentBlocked));
        let warned = |change: fn(&mut Warnings)| verdict(|info| change(&mut info.warnings));
        assert_eq!(warned(|w| w.amendment_blocked = true), Err(Unfit::AmendmentBlocked));
        assert_eq!(warned(|w| w.validator_list_expired = true), Err(Unfit::ValidatorListExpired));
        assert_eq!(warned(|w| w.out_of_date = true), Err(Unfit::OutOfDate));
        assert_eq!(verdict(|info| info.corruption_detected = true), Err(Unfit::Corrupt));
        for state in ["disconnected", "connected", "syncing", "tracking", "FULL", ""] {
            let found = verdict(|info| info.server_state = Some(state.to_owned()));
            assert_eq!(found, Err(Unfit::NotSynced { state: state.to_owned() }));
        }
        assert!(matches!(verdict(|info| info.server_state = None), Err(Unfit::NotSynced { .. })));
        assert_eq!(verdict(|info| info.validated = None), Err(Unfit::NoValidatedLedger));
        assert_eq!(
            verdict(|info| info.validated.as_mut().unwrap().age = Some(61)),
            Err(Unfit::Stale { age_seconds: 61, limit_seconds: 60 })
        );
        assert!(verdict(|info| info.validated.as_mut().unwrap().age = Some(60)).is_ok());
        assert_eq!(
            verdict(|info| info.validated.as_mut().unwrap().age = None),
            Err(Unfit::AgeUnknown)
        );
    }

    #[test]
    fn full_history_is_one_range_from_the_first_ledger_to_the_validated_one() {
        for (complete, fit) in [
            ("32570-90000000", true),
            ("32570-89999999", true),
            ("1-90000000", true),
            ("32570-89999998", false),
            ("32571-90000000", false),
            ("32570-500,600-90000000", false),
            ("32570-50000000,50000002-90000000", false),
            ("89000000-90000000", false),
            ("empty", false),
        ] {
            let found = verdict(|info| info.complete_ledgers = complete.parse().ok());
            assert_eq!(found.is_ok(), fit, "{complete}: {found:?}");
        }
        assert!(verdict(|info| info.complete_ledgers = None).is_err());
    }

    #[test]
    fn without_the_demand_a_node_covers_what_it_has() {
        let rules = FitnessRules { full_history: false, ..FitnessRules::default() };
        let mut info = good();
        info.complete_ledgers = Some("89000000-90000000".parse().unwrap());
        assert_eq!(judge(&info, &rules).unwrap().complete.to_string(), "89000000-90000000");
    }

    #[test]
    fn other_networks_begin_early_and_may_be_young() {
        let rules = FitnessRules { network: Network::Id(1), ..FitnessRules::default() };
        let mut info = good();
        info.network_id = Some(1);
        for (complete, validated, fit) in
            [("6-500", 500, true), ("11-500", 500, false), ("2-5", 5, true), ("5", 5, true)]
        {
            info.complete_ledgers = Some(complete.parse().unwrap());
            info.validated = Some(ValidatedLedger { index: validated, hash: None, age: Some(1) });
            assert_eq!(judge(&info, &rules).is_ok(), fit, "{complete} of {validated}");
        }
        // The ledgers that the main network lost are lost nowhere else.
        for (complete, validated, fit) in [
            ("10-90000000", 90_000_000, true),
            ("32570-90000000", 90_000_000, false),
            ("32570-32570", 32_570, false),
        ] {
            info.complete_ledgers = Some(complete.parse().unwrap());
            info.validated = Some(ValidatedLedger { index: validated, hash: None, age: Some(1) });
            assert_eq!(judge(&info, &rules).is_ok(), fit, "{complete} of {validated}");
        }
        let rules = FitnessRules { first_ledger: Some(400), ..rules };
        info.complete_ledgers = Some("300-500".parse().unwrap());
        info.validated = Some(ValidatedLedger { index: 500, hash: None, age: Some(1) });
        assert!(judge(&info, &rules).is_ok());
    }

    #[test]
    fn a_young_network_without_an_id_of_its_own_begins_early_too() {
        for (complete, validated, fit) in [
            ("10-32569", 32_569, true),
            ("11-32569", 32_569, false),
            ("32570", 32_570, true),
            ("32571-32572", 32_572, false),
        ] {
            let found = verdict(|info| {
                info.complete_ledgers = complete.parse().ok();
                let newest = ValidatedLedger { index: validated, hash: None, age: Some(1) };
                info.validated = Some(newest);
            });
            assert_eq!(found.is_ok(), fit, "{complete} of {validated}");
        }
    }

    #[test]
    fn any_network_is_allowed_only_by_choice_and_must_still_be_named() {
        let rules =
            FitnessRules { network: Network::Any, full_history: false, ..FitnessRules::default() };
        let mut info = good();
        info.network_id = Some(21_337);
        assert_eq!(judge(&info, &rules).unwrap().network_id, 21_337);
        info.network_id = None;
        assert_eq!(judge(&info, &rules), Err(Unfit::NetworkUnknown));
    }

    #[test]
    fn a_server_of_its_own_is_believed_only_by_choice_and_may_stand_still() {
        let mut info = good();
        info.server_state = Some("standalone".to_owned());
        let state = "standalone".to_owned();
        assert_eq!(judge(&info, &FitnessRules::default()), Err(Unfit::NotSynced { state }));
        let rules = FitnessRules { standalone: true, ..FitnessRules::default() };
        for state in [Some("standalone"), Some("full"), None] {
            info.server_state = state.map(str::to_owned);
            for age in [Some(0), Some(1_000_000), None] {
                info.validated.as_mut().unwrap().age = age;
                assert!(judge(&info, &rules).is_ok(), "{state:?} {age:?}");
            }
        }
        // Everything else is asked of it as ever.
        for state in ["disconnected", "connected", "syncing", "tracking", "Standalone", ""] {
            info.server_state = Some(state.to_owned());
            assert!(matches!(judge(&info, &rules), Err(Unfit::NotSynced { .. })), "{state}");
        }
        info.server_state = Some("standalone".to_owned());
        info.network_id = Some(1);
        assert_eq!(judge(&info, &rules), Err(Unfit::OtherNetwork { expected: 0, found: 1 }));
        info.network_id = Some(0);
        info.validated = None;
        assert_eq!(judge(&info, &rules), Err(Unfit::NoValidatedLedger));
    }

    #[test]
    fn a_node_that_names_no_network_is_believed_only_by_choice() {
        let rules = FitnessRules {
            network: Network::Id(63_456),
            accept_silent_network: true,
            full_history: false,
            ..FitnessRules::default()
        };
        let mut info = good();
        info.network_id = None;
        assert_eq!(judge(&info, &rules).unwrap().network_id, 63_456);
        info.network_id = Some(0);
        assert!(judge(&info, &rules).is_err());
    }
}
