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
    nodes: Vec<Asked>,
    /// Changes of all nodes so far.
    changes: u64,
}

#[derive(Clone, Debug)]
struct Asked {
    accounts: AccountSet,
    /// The change that is under way. There is one at a time: a node that is asked for two may carry out the
    /// end of the first after the second.
    change: Option<u64>,
}

/// What to ask a node for, so that it streams what is wanted.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) number: u64,
    /// All that are wanted.
    pub(super) accounts: AccountSet,
    pub(super) requests: Vec<Request>,
}

impl Streamed {
    pub(super) fn new(nodes: usize, accounts: &Accounts) -> Streamed {
        let wanted: AccountSet = Arc::new(accounts.iter().collect());
        let asked = Asked { accounts: wanted.clone(), change: None };
        Streamed { version: accounts.version(), wanted, nodes: vec![asked; nodes], changes: 0 }
    }

    /// Looks at the accounts that are followed now.
    pub(super) fn look(&mut self, accounts: &Accounts) {
        if std::mem::replace(&mut self.version, accounts.version()) != self.version {
            self.wanted = Arc::new(accounts.iter().collect());
        }
    }

    /// A node is subscribed to from now on: for which accounts, and what to ask it for.
    pub(super) fn begin(&mut self, node: usize) -> (AccountSet, Vec<Request>) {
        self.nodes[node] = Asked { accounts: self.wanted.clone(), change: None };
        let requests = requests(missing(&self.wanted, &HashSet::new()), Request::SubscribeAccounts);
        (self.wanted.clone(), requests)
    }

    /// What to ask a node for, so that it streams what is wanted now; none while it is asked for the change
    /// before.
    pub(super) fn change(&mut self, node: usize) -> Option<Change> {
        let asked = &mut self.nodes[node];
        if asked.change.is_some() || Arc::ptr_eq(&asked.accounts, &self.wanted) {
            return None;
        }
        let before = std::mem::replace(&mut asked.accounts, self.wanted.clone());
        let mut all = requests(missing(&self.wanted, &before), Request::SubscribeAccounts);
        all.extend(requests(missing(&before, &self.wanted), Request::UnsubscribeAccounts));
        if all.is_empty() {
            return None;
        }
        self.changes += 1;
        asked.change = Some(self.changes);
        Some(Change { number: self.changes, accounts: self.wanted.clone(), requests: all })
    }

    /// A change has come to its end, well or badly. Whether it was still the one under way: the node may be
    /// subscribed to again meanwhile, over another connection.
    pub(super) fn is_over(&mut self, node: usize, number: u64) -> bool {
        self.nodes[node].change.take_if(|under_way| *under_way == number).is_some()
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
        assert!(streamed.change(0).is_none());
        accounts.insert(id(3));
        accounts.remove(&id(1));
        streamed.look(&accounts);
        let first = streamed.change(0).unwrap();
        let expected =
            [Request::SubscribeAccounts(vec![id(3)]), Request::UnsubscribeAccounts(vec![id(1)])];
        assert_eq!(first.requests, expected);
        assert!(streamed.is_over(0, first.number));
        assert!(streamed.change(0).is_none());
        assert_eq!(streamed.begin(1).1, [Request::SubscribeAccounts(vec![id(2), id(3)])]);
        assert!(streamed.change(1).is_none());
    }

    #[test]
    fn a_node_is_asked_for_one_change_after_the_other() {
        let mut accounts = Accounts::new([id(1)]);
        let mut streamed = Streamed::new(2, &accounts);
        let mut change = |streamed: &mut Streamed, node, new| {
            accounts.insert(id(new));
            streamed.look(&accounts);
            streamed.change(node)
        };
        let first = change(&mut streamed, 0, 2).unwrap();
        assert!(change(&mut streamed, 0, 3).is_none(), "the first is under way");
        let other = change(&mut streamed, 1, 4).unwrap();
        assert!(!streamed.is_over(0, other.number), "that is another node's");
        assert!(streamed.is_over(0, first.number) && !streamed.is_over(0, first.number));
        // All that came meanwhile, in one go.
        let second = change(&mut streamed, 0, 5).unwrap();
        assert_eq!(second.requests, [Request::SubscribeAccounts(vec![id(3), id(4), id(5)])]);
        streamed.begin(0);
        assert!(!streamed.is_over(0, second.number), "it was of another connection");
    }
}
