//! Which accounts each node streams to a monitor that does not hear everything.

use std::{collections::HashSet, sync::Arc};

use crate::{
    machine::follow::accounts::Accounts,
    net::link::AccountSet,
    types::AccountId,
    wire::request::{ACCOUNTS_AT_ONCE, Request},
};

/// What is to be streamed, and what each node was asked for.
#[derive(Debug)]
pub(super) struct Streamed {
    version: u64,
    wanted: AccountSet,
    nodes: Vec<AccountSet>,
}

impl Streamed {
    pub(super) fn new(nodes: usize, accounts: &Accounts) -> Streamed {
        let wanted: AccountSet = Arc::new(accounts.iter().collect());
        Streamed { version: accounts.version(), nodes: vec![wanted.clone(); nodes], wanted }
    }

    /// Looks at the accounts that are followed now.
    pub(super) fn look(&mut self, accounts: &Accounts) {
        if std::mem::replace(&mut self.version, accounts.version()) != self.version {
            self.wanted = Arc::new(accounts.iter().collect());
        }
    }

    /// A node is subscribed to from now on: for which accounts, and what to ask it for.
    pub(super) fn begin(&mut self, node: usize) -> (AccountSet, Vec<Request>) {
        self.nodes[node] = self.wanted.clone();
        let requests = requests(missing(&self.wanted, &HashSet::new()), Request::SubscribeAccounts);
        (self.wanted.clone(), requests)
    }

    /// What to ask a node for, so that it streams what is wanted now. `need` hears what that is, and
    /// keeps of those that are not wanted any more only what nobody else needs.
    pub(super) fn changes(
        &mut self,
        node: usize,
        need: impl FnOnce(&AccountSet, &mut Vec<AccountId>),
    ) -> Vec<Request> {
        let before = std::mem::replace(&mut self.nodes[node], self.wanted.clone());
        if Arc::ptr_eq(&before, &self.wanted) {
            return Vec::new();
        }
        let mut gone = missing(&before, &self.wanted);
        need(&self.wanted, &mut gone);
        let mut changes = requests(missing(&self.wanted, &before), Request::SubscribeAccounts);
        changes.extend(requests(gone, Request::UnsubscribeAccounts));
        changes
    }
}

/// Those that are in one set and not in the other.
fn missing(of: &HashSet<AccountId>, without: &HashSet<AccountId>) -> Vec<AccountId> {
    let mut accounts: Vec<AccountId> = of.difference(without).copied().collect();
    accounts.sort_unstable();
    accounts
}

fn requests(accounts: Vec<AccountId>, request: fn(Vec<AccountId>) -> Request) -> Vec<Request> {
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
        let parts = Streamed::new(1, &accounts).begin(0).1;
        let sizes: Vec<usize> = parts
            .iter()
            .map(|part| match part {
                Request::SubscribeAccounts(accounts) => accounts.len(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(sizes, [1_000, 1_000, 500]);
        assert_eq!(Streamed::new(1, &Accounts::new([])).begin(0).1, []);
    }

    #[test]
    fn a_node_hears_once_of_each_change() {
        let mut accounts = Accounts::new([id(1), id(2)]);
        let mut streamed = Streamed::new(2, &accounts);
        streamed.begin(0);
        streamed.look(&accounts);
        assert!(streamed.changes(0, |_, _| ()).is_empty());
        accounts.insert(id(3));
        accounts.remove(&id(1));
        streamed.look(&accounts);
        let changes =
            [Request::SubscribeAccounts(vec![id(3)]), Request::UnsubscribeAccounts(vec![id(1)])];
        assert_eq!(streamed.changes(0, |_, _| ()), changes);
        assert!(streamed.changes(0, |_, _| ()).is_empty());
        assert_eq!(streamed.begin(1).1, [Request::SubscribeAccounts(vec![id(2), id(3)])]);
        assert!(streamed.changes(1, |_, _| ()).is_empty());
    }
    #[test]
    fn what_somebody_else_needs_stays_subscribed() {
        let mut accounts = Accounts::new([id(1), id(2), id(3)]);
        let mut streamed = Streamed::new(1, &accounts);
        streamed.begin(0);
        accounts.remove(&id(1));
        accounts.remove(&id(2));
        streamed.look(&accounts);
        let changes = streamed.changes(0, |wanted, gone| {
            assert_eq!(wanted.len(), 1);
            gone.retain(|account| *account == id(2));
        });
        assert_eq!(changes, [Request::UnsubscribeAccounts(vec![id(2)])]);
    }
}
