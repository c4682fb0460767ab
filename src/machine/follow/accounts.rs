//! The followed accounts, and a cheap look at whether a transaction could concern one of them: it may
//! say yes too often, and never no in error.

use std::collections::{HashMap, HashSet};

use memchr::{memchr, memchr_iter};
use serde_json::{Map, Value};

use crate::types::AccountId;

/// Bits of the sieve through which places in binary data go first.
const SIEVE_BITS: usize = 1 << 20;

/// A set of accounts.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    by_address: HashMap<Box<str>, AccountId>,
    ids: HashSet<[u8; 20]>,
    sieve: Vec<u64>,
    /// How often it was changed.
    version: u64,
}

impl Accounts {
    pub(crate) fn new(accounts: impl IntoIterator<Item = AccountId>) -> Accounts {
        let mut set = Accounts {
            by_address: HashMap::new(),
            ids: HashSet::new(),
            sieve: vec![0; SIEVE_BITS / 64],
            version: 0,
        };
        for account in accounts {
            set.insert(account);
        }
        set
    }

    /// True when it was not there.
    pub(crate) fn insert(&mut self, account: AccountId) -> bool {
        let bit = bit(account.as_bytes());
        self.sieve[bit / 64] |= 1 << (bit % 64);
        self.by_address.insert(account.to_string().into(), account);
        let new = self.ids.insert(*account.as_bytes());
        self.version += u64::from(new);
        new
    }

    /// True when it was there. The sieve keeps its hole: it only lets a little more through.
    pub(crate) fn remove(&mut self, account: &AccountId) -> bool {
        self.by_address.remove(account.to_string().as_str());
        let removed = self.ids.remove(account.as_bytes());
        self.version += u64::from(removed);
        removed
    }

    /// Another one after each change.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.ids.iter().map(|id| AccountId::from_bytes(*id))
    }

    pub(crate) fn contains(&self, account: &AccountId) -> bool {
        self.ids.contains(account.as_bytes())
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether JSON text may name one of them: as an address, or in the id of a multi-purpose token.
    pub(crate) fn may_be_in_text(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        // Behind an escape anything may hide. Servers do not escape what matters, memos apart.
        if memchr(b'\\', bytes).is_some() {
            return true;
        }
        let mut opening: Option<usize> = None;
        for quote in memchr_iter(b'"', bytes) {
            let Some(start) = opening.replace(quote + 1) else { continue };
            // Every stretch between two quotes is looked at, inside strings and between them.
            let named = match (quote.saturating_sub(start), bytes.get(start)) {
                (25..=35, Some(b'r')) => {
                    text.get(start..quote).is_some_and(|text| self.by_address.contains_key(text))
                }
                (48, Some(_)) => text
                    .get(start + 8..quote)
                    .and_then(crate::types::hex::decode_array)
                    .is_some_and(|id: [u8; 20]| self.ids.contains(&id)),
                _ => false,
            };
            if named {
                return true;
            }
        }
        false
    }

    /// Whether binary data may name one of them: every run of twenty bytes is looked at.
    pub(crate) fn may_be_in_bytes(&self, bytes: &[u8]) -> bool {
        bytes.windows(20).any(|window| {
            let bit = bit(window);
            self.sieve[bit / 64] & (1 << (bit % 64)) != 0 && self.ids.contains(window)
        })
    }

    /// Those of the accounts that a transaction touched, in their order: its sender, and all that are
    /// named in the entries it created, changed or deleted, as servers list them under `account_tx`
    /// (rippled, `AcceptedLedgerTx.cpp` and `TxMeta.cpp`).
    pub(crate) fn touched_by(
        &self,
        sender: AccountId,
        metadata: &Map<String, Value>,
    ) -> Vec<AccountId> {
        let nodes = metadata.get("AffectedNodes").and_then(Value::as_array).into_iter().flatten();
        let entries = nodes.filter_map(Value::as_object).flat_map(Map::values);
        let fields = entries.flat_map(|entry| {
            ["NewFields", "FinalFields"].map(|name| entry.get(name).and_then(Value::as_object))
        });
        let named = fields.flatten().flat_map(Map::values).filter_map(|value| match value {
            Value::String(text) => self.named(text),
            Value::Object(amount) => {
                let text = |name| amount.get(name).and_then(Value::as_str);
                self.named(text("issuer").or_else(|| text("mpt_issuance_id"))?)
            }
            _ => None,
        });
        let sender = Some(sender).filter(|sender| self.contains(sender));
        let mut touched: Vec<AccountId> = sender.into_iter().chain(named).collect();
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// The ledgers in which entries of these accounts had changed before this transaction changed them:
    /// the accounts themselves, their trust lines and holdings of multi-purpose tokens.
    pub(crate) fn changed_before<'a>(
        &'a self,
        metadata: &'a Map<String, Value>,
    ) -> impl Iterator<Item = u32> + 'a {
        let nodes = metadata.get("AffectedNodes").and_then(Value::as_array).into_iter().flatten();
        let entries = nodes.filter_map(Value::as_object).flat_map(Map::values);
        entries.filter_map(|entry| {
            let fields = entry.get("FinalFields")?;
            let owner = |owner: &Value| owner.as_str().and_then(|text| self.named(text)).is_some();
            let followed = match entry.get("LedgerEntryType")?.as_str()? {
                "AccountRoot" | "MPToken" => owner(fields.get("Account")?),
                "RippleState" => ["LowLimit", "HighLimit"].into_iter().any(|side| {
                    fields.get(side).and_then(|limit| limit.get("issuer")).is_some_and(owner)
                }),
                _ => false,
            };
            let before = entry.get("PreviousTxnLgrSeq").or_else(|| fields.get("PreviousTxnLgrSeq"));
            before.filter(|_| followed)?.as_u64()?.try_into().ok()
        })
    }

    fn named(&self, text: &str) -> Option<AccountId> {
        if let Some(account) = self.by_address.get(text) {
            return Some(*account);
        }
        // The id of a token is its number and its issuer.
        let issuer = text.get(8..).filter(|_| text.len() == 48)?;
        let id = AccountId::from_bytes(crate::types::hex::decode_array(issuer)?);
        Some(id).filter(|id| self.contains(id))
    }
}

/// The place of an id in the sieve, by its first twenty bits. Ids are hashes: they spread by
/// themselves.
fn bit(id: &[u8]) -> usize {
    let byte = |at: usize| id.get(at).copied().map_or(0, usize::from);
    byte(0) << 12 | byte(1) << 4 | byte(2) >> 4
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(n: u8) -> AccountId {
        AccountId::from_bytes([n; 20])
    }

    fn set() -> Accounts {
        Accounts::new([id(1), id(2)])
    }

    #[test]
    fn an_address_is_seen_wherever_it_stands_in_json() {
        let set = set();
        for text in [
            json!({ "Account": id(1) }).to_string(),
            json!([[{ "x": { "issuer": id(2) } }], 5]).to_string(),
            format!("{{\"a\" : \"{}\"}}", id(1)),
            format!("\"{}\"", id(2)),
            json!({ "MPTokenIssuanceID": format!("00000001{}", "01".repeat(20)) }).to_string(),
        ] {
            assert!(set.may_be_in_text(&text), "{text}");
        }
        for text in [
            json!({ "Account": id(3) }).to_string(),
            format!("{}", id(1)),
            json!({ "x": format!("00000001{}", "03".repeat(20)) }).to_string(),
            "\"".to_owned(),
            String::new(),
        ] {
            assert!(!set.may_be_in_text(&text), "{text}");
        }
        let escaped = json!({ "Account": id(1) }).to_string().replace(":\"r", ":\"\\u0072");
        assert!(set.may_be_in_text(&escaped), "an escape hides nothing");
    }

    #[test]
    fn an_id_is_seen_at_every_place_of_binary_data() {
        let set = set();
        for before in 0..40 {
            let mut bytes = vec![9; before];
            bytes.extend([2; 20]);
            assert!(set.may_be_in_bytes(&bytes));
            bytes.pop();
            assert!(!set.may_be_in_bytes(&bytes));
        }
        assert!(!set.may_be_in_bytes(&[]));
    }

    #[test]
    fn the_sieve_tells_ids_apart_by_their_first_twenty_bits() {
        assert_eq!(bit(&[0x12, 0x34, 0x5F]), 0x12345);
        assert_eq!(bit(&[0xFF; 20]), SIEVE_BITS - 1);
    }

    #[test]
    fn accounts_come_and_go() {
        let mut set = set();
        assert!(!set.insert(id(1)) && set.insert(id(3)) && set.remove(&id(3)));
        assert!(!set.remove(&id(3)) && set.len() == 2);
        let mut versions = vec![set.version()];
        for added in [true, false, true] {
            let changed = if added { set.insert(id(4)) } else { set.remove(&id(4)) };
            assert!(changed && !versions.contains(&set.version()), "sweeps see that it changed");
            versions.push(set.version());
        }
        assert!(!set.insert(id(4)) && set.version() == versions[3] && set.remove(&id(4)));
        assert!(!set.may_be_in_text(&json!({ "Account": id(3) }).to_string()));
        assert!(!set.may_be_in_bytes(&[3; 20]));
    }

    #[test]
    fn touched_are_the_sender_and_those_named_in_what_became_of_entries() {
        let set = Accounts::new((1..=6).map(id));
        let metadata = json!({ "AffectedNodes": [
            { "ModifiedNode": { "FinalFields": { "Account": id(1) },
                "PreviousFields": { "RegularKey": id(6) } } },
            { "CreatedNode": { "NewFields": { "LowLimit": { "issuer": id(2), "value": "0" },
                "Sequence": 5 } } },
            { "DeletedNode": { "FinalFields": {
                "MPTokenIssuanceID": format!("00000001{}", "03".repeat(20)),
                "Amount": { "mpt_issuance_id": format!("00000002{}", "04".repeat(20)) } } } },
        ] });
        let metadata = metadata.as_object().unwrap();
        assert_eq!(set.touched_by(id(5), metadata), (1..=5).map(id).collect::<Vec<_>>());
        assert_eq!(set.touched_by(id(7), &Map::new()), []);
    }

    #[test]
    fn entries_of_followed_accounts_tell_when_they_had_changed_before() {
        let metadata = json!({ "AffectedNodes": [
            { "ModifiedNode": { "LedgerEntryType": "AccountRoot", "PreviousTxnLgrSeq": 11,
                "FinalFields": { "Account": id(1) } } },
            { "ModifiedNode": { "LedgerEntryType": "RippleState", "PreviousTxnLgrSeq": 12,
                "FinalFields": { "LowLimit": { "issuer": id(9) }, "HighLimit": { "issuer": id(2) } } } },
            { "DeletedNode": { "LedgerEntryType": "MPToken", "FinalFields": {
                "Account": id(2), "PreviousTxnLgrSeq": 13 } } },
            // Not theirs: another account, one that only names them, one that is new, one that cannot be.
            { "ModifiedNode": { "LedgerEntryType": "AccountRoot", "PreviousTxnLgrSeq": 21,
                "FinalFields": { "Account": id(9), "RegularKey": id(1) } } },
            { "ModifiedNode": { "LedgerEntryType": "DirectoryNode", "PreviousTxnLgrSeq": 22,
                "FinalFields": { "Owner": id(1) } } },
            { "CreatedNode": { "LedgerEntryType": "MPToken", "NewFields": { "Account": id(1) } } },
            { "ModifiedNode": { "LedgerEntryType": "AccountRoot", "PreviousTxnLgrSeq": -1,
                "FinalFields": { "Account": id(1) } } },
        ] });
        let before: Vec<u32> = set().changed_before(metadata.as_object().unwrap()).collect();
        assert_eq!(before, [11, 12, 13]);
    }
}
