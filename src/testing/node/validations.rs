//! The `validations` stream: what validators signed about a closed ledger, or what a lying node
//! makes of it.

use serde_json::{Value, json};

use super::view::View;
use crate::{
    proof::{Validation, quorum},
    testing::{
        faults::Fault,
        random,
        signing::Validator,
        truth::{Council, Ledger},
    },
    types::{LedgerHash, hex},
};

/// Flags of a validator that signs without being in step with the network.
const PARTIAL: u32 = 0x8000_0000;

/// The messages of one ledger, for a connection that speaks this version.
pub(super) fn messages(view: &View<'_>, ledger: &Ledger, api: u64) -> Vec<Value> {
    let council = &view.world.council;
    let all = signed(view, ledger, council).into_iter().enumerate();
    all.map(|(place, data)| message(view, ledger, council.validators.get(place), &data, api))
        .collect()
}

/// The bytes that the node sends as signed.
fn signed(view: &View<'_>, ledger: &Ledger, council: &Council) -> Vec<Vec<u8>> {
    let (strikes, validators) = (view.strikes, &council.validators);
    if strikes.has(Fault::HidesValidations) {
        return Vec::new();
    }
    if strikes.has(Fault::ReplaysValidations) {
        let earlier = ledger.index.checked_sub(1).and_then(|index| view.world.closed(index));
        return earlier.map(|earlier| council.validations(&earlier)).unwrap_or_default();
    }
    if strikes.has(Fault::PartialValidations) {
        let partial = |v: &Validator| v.validation_with(ledger.index, &ledger.hash, PARTIAL);
        return validators.iter().map(partial).collect();
    }
    if strikes.has(Fault::MinoritySignatures) {
        let stranger = |n: usize| Validator::new(&format!("stranger {n}"));
        let few = quorum(validators.len()).saturating_sub(1);
        let others = (few..validators.len()).map(stranger);
        let signers = validators.iter().take(few).cloned().chain(others);
        return signers.map(|one| one.validation(ledger.index, &ledger.hash)).collect();
    }
    let mut all = council.validations(ledger);
    if strikes.has(Fault::ForgesSignatures) {
        for data in &mut all {
            // The last byte belongs to the signature.
            data.last_mut().into_iter().for_each(|byte| *byte ^= 1);
        }
    }
    let twice = strikes.find(|fault| match fault {
        Fault::VotesTwice(validators) => Some(validators),
        _ => None,
    });
    let seed = view.world.settings.seed;
    let other = random::bytes(seed, &format!("another ledger {}", ledger.index));
    let also = |v: &Validator| v.validation(ledger.index, &LedgerHash::from_bytes(other));
    all.extend(validators.iter().take(twice.unwrap_or(0)).map(also));
    all
}

/// Only `data` is signed. The rest says what a server would say of this ledger.
fn message(
    view: &View<'_>,
    ledger: &Ledger,
    validator: Option<&Validator>,
    data: &[u8],
    api: u64,
) -> Value {
    let index = if api == 1 { json!(ledger.index.to_string()) } else { json!(ledger.index) };
    let mut message = json!({
        "type": "validationReceived",
        "data": hex::encode(data),
        "flags": 0x8000_0001_u32,
        "full": true,
        "ledger_hash": ledger.hash,
        "ledger_index": index,
        "network_id": view.network_id(),
        "signing_time": ledger.close_time.seconds(),
    });
    if let Ok(validation) = Validation::verify(data) {
        message["validation_public_key"] = json!(validation.signing_key().to_base58());
    }
    if let Some(validator) = validator {
        message["master_key"] = json!(validator.master_key().to_base58());
    }
    message
}
