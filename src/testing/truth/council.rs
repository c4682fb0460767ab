//! Who signs the ledgers of a simulated network: its validators, and the publisher that lists them.

use super::Ledger;
use crate::testing::signing::Validator;

/// The validators of one network and their publisher.
#[derive(Clone, Debug)]
pub(in crate::testing) struct Council {
    pub(in crate::testing) validators: Vec<Validator>,
    pub(in crate::testing) publisher: Validator,
}

impl Council {
    /// Each seed has others, so that no network's word counts on another one.
    pub(super) fn new(seed: u64, validators: usize) -> Council {
        let member = |n| Validator::new(&format!("validator {n} of network {seed}"));
        Council {
            validators: (1..=validators).map(member).collect(),
            publisher: Validator::new(&format!("publisher of network {seed}")),
        }
    }

    /// What every validator says when all is well.
    pub(in crate::testing) fn validations(&self, ledger: &Ledger) -> Vec<Vec<u8>> {
        self.validators.iter().map(|one| one.validation(ledger.index, &ledger.hash)).collect()
    }

    /// The published list, in force from `effective` until `expiration`.
    pub(in crate::testing) fn list(&self, effective: u32, expiration: u32) -> String {
        self.publisher.publish(&Validator::blob(1, effective, expiration, &self.validators))
    }
}
