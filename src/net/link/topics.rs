//! What those who listen on one connection have subscribed, and what nobody needs any more.

use std::{collections::HashSet, sync::Arc};

use crate::{
    types::AccountId,
    wire::{
        request::{ACCOUNTS_AT_ONCE, Request, Streams},
        stream::StreamMessage,
    },
};

/// What somebody wants to hear of. A server knows one subscription per connection, however many share
/// it.
#[derive(Clone, Debug)]
pub(crate) enum Topics {
    /// Ledgers and transactions, and all that nobody knows.
    Ledgers { streams: Streams, accounts: AccountSet },
    /// What validators sign.
    #[cfg(feature = "proof")]
    Validations,
}

/// Accounts whose transactions are streamed.
pub(crate) type AccountSet = Arc<HashSet<AccountId>>;

impl Topics {
    /// Whether a message is about them.
    pub(super) fn hold(&self, message: &StreamMessage) -> bool {
        match self {
            Topics::Ledgers { .. } => *message != StreamMessage::Validation,
            #[cfg(feature = "proof")]
            Topics::Validations => *message == StreamMessage::Validation,
        }
    }

    /// Whether they name this account.
    pub(super) fn name(&self, account: &AccountId) -> bool {
        matches!(self, Topics::Ledgers { accounts, .. } if accounts.contains(account))
    }

    /// These accounts from now on.
    pub(super) fn need(&mut self, wanted: &AccountSet) {
        match self {
            Topics::Ledgers { accounts, .. } => *accounts = wanted.clone(),
            #[cfg(feature = "proof")]
            Topics::Validations => {}
        }
    }

    /// The requests that end what none of the others needs.
    pub(super) fn goodbyes<'a>(
        &self,
        others: impl Iterator<Item = &'a Topics> + Clone,
    ) -> Vec<Request> {
        match self {
            Topics::Ledgers { streams, accounts } => {
                let unneeded = others.clone().fold(*streams, |streams, other| match other {
                    Topics::Ledgers { streams: needed, .. } => streams.without(*needed),
                    #[cfg(feature = "proof")]
                    Topics::Validations => streams,
                });
                let gone = |account: &&AccountId| !others.clone().any(|other| other.name(account));
                let gone: Vec<AccountId> = accounts.iter().filter(gone).copied().collect();
                let streams = (!unneeded.is_empty()).then_some(Request::Unsubscribe(unneeded));
                let accounts = gone.chunks(ACCOUNTS_AT_ONCE).map(<[AccountId]>::to_vec);
                streams.into_iter().chain(accounts.map(Request::UnsubscribeAccounts)).collect()
            }
            #[cfg(feature = "proof")]
            Topics::Validations => {
                let needed = others.clone().any(|other| matches!(other, Topics::Validations));
                Vec::from_iter((!needed).then_some(Request::Validations { begin: false }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(transactions: bool, accounts: &[u8]) -> Topics {
        let accounts = accounts.iter().map(|n| AccountId::from_bytes([*n; 20]));
        Topics::Ledgers {
            streams: Streams::of_ledgers(transactions),
            accounts: Arc::new(accounts.collect()),
        }
    }

    #[test]
    fn only_what_nobody_else_needs_is_unsubscribed() {
        let account = |n| AccountId::from_bytes([n; 20]);
        let all = Request::Unsubscribe(Streams::of_ledgers(true));
        let transactions = Request::Unsubscribe(Streams { ledgers: false, transactions: true });
        for (own, others, expected) in [
            (topics(true, &[]), vec![], vec![all.clone()]),
            (topics(true, &[]), vec![topics(false, &[])], vec![transactions]),
            (topics(false, &[]), vec![topics(true, &[])], vec![]),
            (
                topics(false, &[1, 2]),
                vec![topics(false, &[2, 3]), topics(false, &[])],
                vec![Request::UnsubscribeAccounts(vec![account(1)])],
            ),
            #[cfg(feature = "proof")]
            (topics(true, &[]), vec![Topics::Validations], vec![all]),
            #[cfg(feature = "proof")]
            (
                Topics::Validations,
                vec![topics(true, &[1])],
                vec![Request::Validations { begin: false }],
            ),
            #[cfg(feature = "proof")]
            (Topics::Validations, vec![Topics::Validations], vec![]),
        ] {
            assert_eq!(own.goodbyes(others.iter()), expected, "{own:?} beside {others:?}");
        }
    }

    #[test]
    fn many_accounts_are_left_in_parts() {
        let id = |n: u32| {
            let mut bytes = [0; 20];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            AccountId::from_bytes(bytes)
        };
        let accounts = Arc::new((0..2_500).map(id).collect());
        let own = Topics::Ledgers { streams: Streams::of_ledgers(false), accounts };
        assert_eq!(own.goodbyes([].into_iter()).len(), 1 + 3);
    }
}
