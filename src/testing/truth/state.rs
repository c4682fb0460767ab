//! The ledger's entries, and a sandbox in which one transaction changes them: what differs at the
//! end becomes its metadata, so that metadata cannot disagree with itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::types::{TxHash, hex};

/// The index of an entry in the state tree.
pub(super) type Key = [u8; 32];

/// One entry of the ledger: an account, a trust line, an offer, …
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its type, for example `AccountRoot`.
    pub(super) kind: &'static str,
    /// Its fields without `LedgerEntryType`, `PreviousTxnID` and `PreviousTxnLgrSeq`.
    pub(super) fields: Map<String, Value>,
    /// The transaction that changed it last, and that one's ledger.
    pub(super) thread: (TxHash, u32),
}

/// All entries of the last closed ledger.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    entries: BTreeMap<Key, Entry>,
}

impl State {
    pub(super) fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Puts an entry there as if it had been since before the first ledger.
    pub(super) fn provide(&mut self, key: Key, entry: Entry) {
        self.entries.entry(key).or_insert(entry);
    }

    /// The fields of an entry, to change them without a transaction, as if they had been so before
    /// the first ledger.
    pub(super) fn fields_mut(&mut self, key: &Key) -> Option<&mut Map<String, Value>> {
        self.entries.get_mut(key).map(|entry| &mut entry.fields)
    }

    /// Begins a transaction.
    pub(super) fn sandbox(&mut self) -> Sandbox<'_> {
        Sandbox { state: self, changed: BTreeMap::new() }
    }
}

/// The entries as one transaction sees and changes them.
#[derive(Debug)]
pub(super) struct Sandbox<'s> {
    state: &'s mut State,
    changed: BTreeMap<Key, Change>,
}

#[derive(Debug)]
struct Change {
    entry: Entry,
    deleted: bool,
}

impl Sandbox<'_> {
    pub(super) fn get(&self, key: &Key) -> Option<&Map<String, Value>> {
        match self.changed.get(key) {
            Some(change) if change.deleted => None,
            Some(change) => Some(&change.entry.fields),
            None => self.state.get(key).map(|entry| &entry.fields),
        }
    }

    /// The fields to write to; the entry counts as affected from now on. `None` when there is none.
    pub(super) fn touch(&mut self, key: &Key) -> Option<&mut Map<String, Value>> {
        if !self.changed.contains_key(key) {
            let entry = self.state.get(key)?.clone();
            self.changed.insert(*key, Change { entry, deleted: false });
        }
        let change = self.changed.get_mut(key).filter(|change| !change.deleted)?;
        Some(&mut change.entry.fields)
    }

    pub(super) fn create(&mut self, key: Key, kind: &'static str, fields: Value) {
        let Value::Object(fields) = fields else { return };
        let entry = Entry { kind, fields, thread: (TxHash::from_bytes([0; 32]), 0) };
        self.changed.insert(key, Change { entry, deleted: false });
    }

    /// Deletes an entry with the fields that it has now.
    pub(super) fn delete(&mut self, key: &Key) {
        if self.touch(key).is_some()
            && let Some(change) = self.changed.get_mut(key)
        {
            change.deleted = true;
        }
    }

    /// Throws all changes away: the transaction fails.
    pub(super) fn discard(&mut self) {
        self.changed.clear();
    }

    /// Writes the changes to the state and gives them as `AffectedNodes`, in the order of the keys
    /// like a server.
    pub(super) fn commit(self, hash: TxHash, ledger_index: u32) -> Vec<Value> {
        let mut nodes = Vec::new();
        for (key, Change { mut entry, deleted }) in self.changed {
            let before = self.state.get(&key);
            if let Some(node) = affected_node(&key, before, &entry, deleted, hash, ledger_index) {
                nodes.push(node);
            }
            if deleted {
                self.state.entries.remove(&key);
            } else {
                entry.thread = (hash, ledger_index);
                self.state.entries.insert(key, entry);
            }
        }
        nodes
    }
}

fn affected_node(
    key: &Key,
    before: Option<&Entry>,
    after: &Entry,
    deleted: bool,
    hash: TxHash,
    ledger_index: u32,
) -> Option<Value> {
    let mut node = json!({ "LedgerEntryType": after.kind, "LedgerIndex": hex::encode(key) });
    let Some(before) = before else {
        let new = after.fields.iter().filter(|(_, value)| !is_default(value));
        node["NewFields"] = new.map(|(name, value)| (name.clone(), value.clone())).collect();
        return (!deleted).then(|| json!({ "CreatedNode": node }));
    };
    let mut last = after.fields.clone();
    if deleted {
        last.insert("PreviousTxnID".to_owned(), json!(hash));
        last.insert("PreviousTxnLgrSeq".to_owned(), json!(ledger_index));
    } else {
        node["PreviousTxnID"] = json!(before.thread.0);
        node["PreviousTxnLgrSeq"] = json!(before.thread.1);
    }
    // A field that was absent shows as an empty object, like on the ledger.
    if before.fields != after.fields {
        let changed =
            before.fields.iter().filter(|(name, old)| after.fields.get(*name) != Some(old));
        node["PreviousFields"] = changed.map(|(name, old)| (name.clone(), old.clone())).collect();
    }
    node["FinalFields"] = Value::Object(last);
    Some(if deleted { json!({ "DeletedNode": node }) } else { json!({ "ModifiedNode": node }) })
}

/// Created entries leave out what is zero. A token amount of zero is not a default: it names its
/// currency.
fn is_default(value: &Value) -> bool {
    value.as_u64() == Some(0) || value.as_str() == Some("0")
}
