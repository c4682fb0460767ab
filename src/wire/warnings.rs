//! What a server warns of, beside an answer.

use serde_json::Value;

use super::envelope::{Envelope, read_str};

/// The warnings that say something about the node rather than about the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Warnings {
    /// 1002: it no longer follows the network's rules.
    pub(crate) amendment_blocked: bool,
    /// 1003: it validates nothing.
    pub(crate) validator_list_expired: bool,
    /// 2002: a Clio server whose data may be out of date.
    pub(crate) out_of_date: bool,
    /// 2001: a Clio server.
    pub(crate) clio: bool,
    /// `load` or 2003: about to be rate limited.
    pub(crate) load: bool,
}

impl Warnings {
    pub(super) fn read(envelope: &Envelope<'_>) -> Warnings {
        let list = envelope.warnings.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let warnings = Warnings::read_list(list.as_ref());
        let load = envelope.warning.and_then(read_str).is_some_and(|text| text == "load");
        Warnings { load: load || warnings.load, ..warnings }
    }

    /// Reads a list of objects with an `id`. Whatever else is in it hides none of them.
    pub(crate) fn read_list(list: Option<&Value>) -> Warnings {
        let ids: Vec<u64> = list
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|warning| match warning.get("id")? {
                Value::String(digits) => digits.parse().ok(),
                id => id.as_u64(),
            })
            .collect();
        Warnings {
            amendment_blocked: ids.contains(&1002),
            validator_list_expired: ids.contains(&1003),
            out_of_date: ids.contains(&2002),
            clio: ids.contains(&2001),
            load: ids.contains(&2003),
        }
    }

    pub(super) fn merge(self, other: Warnings) -> Warnings {
        Warnings {
            amendment_blocked: self.amendment_blocked || other.amendment_blocked,
            validator_list_expired: self.validator_list_expired || other.validator_list_expired,
            out_of_date: self.out_of_date || other.out_of_date,
            clio: self.clio || other.clio,
            load: self.load || other.load,
        }
    }
}
