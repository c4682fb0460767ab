//! One node's word on its way to a proof, and where each lie ends.

use super::*;
use crate::{
    codec::transaction_id,
    types::{Hash256, RippleTime},
};

/// A chain of ledgers from 7 on, the first of them with three transactions.
struct Chain {
    transactions: Vec<Entry>,
    headers: Vec<LedgerHeader>,
}

impl Chain {
    fn new(metadata: u8) -> Chain {
        let entry = |n: u8| {
            let blob = vec![n; 40];
            Entry { hash: transaction_id(&blob), blob, meta: vec![metadata; 30] }
        };
        let transactions: Vec<_> = (0..3).map(entry).collect();
        let tree = TransactionTree::new(transactions.iter().map(|one| (&one.blob, &one.meta)));
        let mut parent_hash = LedgerHash::from_bytes([6; 32]);
        let headers = (0..40)
            .map(|n| {
                let header = LedgerHeader {
                    ledger_index: 7 + n,
                    total_drops: 1,
                    parent_hash,
                    transaction_hash: tree.as_ref().unwrap().root(),
                    account_hash: Hash256::from_bytes([9; 32]),
                    parent_close_time: RippleTime::from_seconds(1),
                    close_time: RippleTime::from_seconds(2),
                    close_time_resolution: 10,
                    close_flags: 0,
                };
                parent_hash = header.hash();
                header
            })
            .collect();
        Chain { transactions, headers }
    }

    fn whole(&self) -> WholeLedger {
        let header = self.headers[0];
        WholeLedger {
            index: header.ledger_index,
            hash: header.hash(),
            header: Box::new(header),
            transactions: Some(self.transactions.clone()),
        }
    }

    fn anchor(&self, index: u32) -> Option<Anchor> {
        let header = self.headers[index as usize - 7];
        Some(Anchor { index, hash: header.hash(), by: By::Validators })
    }

    /// Ready to walk.
    fn proving(&self, walk: u32) -> Proving {
        let mut proving = Proving::new(self.transactions[1].hash, 7, walk);
        assert_eq!(proving.next(None), Ok(Next::Ledger(7)));
        proving.ledger(&self.whole()).unwrap();
        proving
    }
}

#[test]
fn a_signed_ledger_needs_no_walk() {
    let chain = Chain::new(1);
    let proving = chain.proving(0);
    assert_eq!(proving.next(None), Ok(Next::Wait));
    let Ok(Next::Done(proof, anchor)) = proving.next(chain.anchor(7)) else { panic!() };
    assert_eq!((proof.id(), anchor.index), (chain.transactions[1].hash, 7));
    assert_eq!(proof.signed_header(), &chain.headers[0]);
}

#[test]
fn headers_are_walked_to_the_anchor_some_at_a_time() {
    let chain = Chain::new(1);
    let mut proving = chain.proving(39);
    assert_eq!(proving.next(chain.anchor(30)), Ok(Next::Headers(8..=23)));
    proving.headers(&chain.headers[1..=16]).unwrap();
    assert_eq!(proving.next(chain.anchor(30)), Ok(Next::Headers(24..=30)));
    // Meanwhile a nearer one is known, to which the way is whole.
    let Ok(Next::Done(proof, _)) = proving.next(chain.anchor(12)) else { panic!() };
    assert_eq!(proof.signed_header().ledger_index, 12);
    proving.headers(&chain.headers[17..=23]).unwrap();
    let Ok(Next::Done(proof, _)) = proving.next(chain.anchor(30)) else { panic!() };
    assert_eq!(proof.signed_header(), &chain.headers[23]);
}

#[test]
fn a_walk_has_a_bound() {
    let chain = Chain::new(1);
    let proving = chain.proving(5);
    assert!(matches!(proving.next(chain.anchor(12)), Ok(Next::Headers(_))));
    let too_far = Unproven::TooFarBack { ledger_index: 7, next: 13, limit: 5 };
    assert_eq!(proving.next(chain.anchor(13)), Err(too_far.clone()));
    assert_eq!(proving.reach(13), Err(too_far));
    assert_eq!(proving.reach(12), Ok(()));
}

#[test]
fn another_chain_that_fits_together_ends_at_the_anchor() {
    let (truth, lie) = (Chain::new(1), Chain::new(2));
    let mut proving = lie.proving(39);
    let other = |index: u32| {
        let found = lie.headers[index as usize - 7].hash();
        let expected = truth.headers[index as usize - 7].hash();
        Err(Unproven::OtherLedger { ledger_index: index, expected, found })
    };
    assert_eq!(proving.next(truth.anchor(7)), other(7));
    proving.headers(&lie.headers[1..=4]).unwrap();
    assert_eq!(proving.next(truth.anchor(11)), other(11));
    assert_eq!(proving.next(truth.anchor(9)), other(9));
}

#[test]
fn a_true_header_does_not_follow_on_a_false_ledger() {
    let (truth, lie) = (Chain::new(1), Chain::new(2));
    let mut proving = lie.proving(39);
    assert!(matches!(proving.headers(&truth.headers[1..=4]), Err(Unproven::Refused(_))));
    // Nor one that leaves out a ledger.
    assert!(matches!(proving.headers(&lie.headers[2..=4]), Err(Unproven::Refused(_))));
}

#[test]
fn a_ledger_without_the_transaction_proves_nothing() {
    let chain = Chain::new(1);
    let missing = Err(Unproven::NotInLedger { ledger_index: 7 });
    let mut proving = Proving::new(TxHash::from_bytes([1; 32]), 7, 5);
    assert_eq!(proving.ledger(&chain.whole()), missing);
    // Another ledger than the one that was named.
    let mut proving = Proving::new(chain.transactions[1].hash, 8, 5);
    assert_eq!(proving.ledger(&chain.whole()), Err(Unproven::NotInLedger { ledger_index: 8 }));
    // Transactions that are not those of the header.
    let mut few = chain.whole();
    few.transactions.as_mut().unwrap().pop();
    let mut proving = Proving::new(chain.transactions[1].hash, 7, 5);
    assert!(matches!(proving.ledger(&few), Err(Unproven::Refused(_))));
}
