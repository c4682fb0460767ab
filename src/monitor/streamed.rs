//! Which accounts each node streams to a monitor that does not hear everything.

use std::{collections::HashSet, sync::Arc};

use crate::{
    machine::follow::accounts::Accounts,
    types::AccountId,
    wire::request::{ACCOUNTS_AT_ONCE, Request},
};

/// A set of accounts at one moment.
pub(super) type Snapshot = Arc<HashSet<AccountId>>;

/// What is to be streamed, and what each node was asked for.
#[derive(Debug)]
pub(super) struct Streamed {
    version: u64,
    wanted: Snapshot,
    nodes: Vec<Snapshot>,
}

impl Streamed {
    pub(super) fn new(nodes: usize, accounts: &Accounts) -> Streamed {
        let wanted: Snapshot = Arc::new(accounts.iter().collect());
        Streamed { version: accounts.version(), nodes: vec![wanted.clone(); nodes], wanted }
    }

    /// Looks at the accounts that are followed now.
    pub(super) fn look(&mut self, accounts: &Accounts) {
        if std::mem::replace(&mut self.version, accounts.version()) != self.version {
            self.wanted = Arc::new(accounts.iter().collect());
        }
    }

    /// A node is subscribed to from now on: what to ask it for.
    pub(super) fn begin(&mut self, node: usize) -> Vec<Request> {
        self.nodes[node] = self.wanted.clone();
        requests(&self.wanted, &HashSet::new(), Request::SubscribeAccounts)
    }

    /// What to ask a node for, so that it streams what is wanted now.
    pub(super) fn changes(&mut self, node: usize) -> Vec<Request> {
        let before = std::mem::replace(&mut self.nodes[node], self.wanted.clone());
        if Arc::ptr_eq(&before, &self.wanted) {
            return Vec::new();
        }
        let mut changes = requests(&self.wanted, &before, Request::SubscribeAccounts);
        changes.extend(requests(&before, &self.wanted, Request::UnsubscribeAccounts));
        changes
    }
}

/// For those that are in one set and not in the other.
fn requests(
    of: &HashSet<AccountId>,
    without: &HashSet<AccountId>,
    request: fn(Vec<AccountId>) -> Request,
) -> Vec<Request> {
    let mut accounts: Vec<AccountId> = of.difference(without).copied().collect();
    accounts.sort_unstable();
    accounts.chunks(ACCOUNTS_AT_ONCE).map(|chunk| request(chunk.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> AccountId {
        let mut id = [0; 20];
        id[..4].copy_from_slice(&n.to_be_bytes());
        AccountId::from_bytes(id)
    }

    #[test]
    fn many_accounts_are_asked_for_in_parts_and_none_is_not_asked_for() {
        let accounts = Accounts::new((0..2_500).map(id));
        let parts = Streamed::new(1, &accounts).begin(0);
        let sizes: Vec<usize> = parts
            .iter()
            .map(|part| match part {
                Request::SubscribeAccounts(accounts) => accounts.len(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(sizes, [1_000, 1_000, 500]);
        assert_eq!(Streamed::new(1, &Accounts::new([])).begin(0), []);
    }

    #[test]
    fn a_node_hears_once_of_each_change() {
        let mut accounts = Accounts::new([id(1), id(2)]);
        let mut streamed = Streamed::new(2, &accounts);
        streamed.begin(0);
        streamed.look(&accounts);
        assert!(streamed.changes(0).is_empty());
        accounts.insert(id(3));
        accounts.remove(&id(1));
        streamed.look(&accounts);
        let changes =
            [Request::SubscribeAccounts(vec![id(3)]), Request::UnsubscribeAccounts(vec![id(1)])];
        assert_eq!(streamed.changes(0), changes);
        assert!(streamed.changes(0).is_empty());
        assert_eq!(streamed.begin(1), [Request::SubscribeAccounts(vec![id(2), id(3)])]);
        assert!(streamed.changes(1).is_empty());
    }
}
