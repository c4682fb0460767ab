//! Trees, paths and headers: what breaks them.

use proptest::prelude::*;

use super::hash;
use crate::{
    codec::tree::{Leaf, NOTHING, inner_hash, nibble},
    proof::{
        HeaderError, InclusionPath, LedgerHeader, MAX_CHAIN, MAX_TRANSACTIONS, PathError,
        TransactionTree, TreeError,
    },
    types::{Hash256, LedgerHash, RippleTime, TxHash},
};

fn key(text: &str) -> TxHash {
    TxHash::from_bytes(*hash(text).as_bytes())
}

/// Ten transactions with their metadata.
fn ten() -> Vec<(Vec<u8>, Vec<u8>)> {
    (0..10u8).map(|n| (vec![n; 200], vec![0xFF - n; 300])).collect()
}

#[test]
fn every_transaction_has_a_path_to_the_same_root() {
    let ten = ten();
    let tree = TransactionTree::new(ten.clone()).unwrap();
    assert_eq!(tree.len(), 10);
    for (transaction, metadata) in &ten {
        let id = crate::codec::transaction_id(transaction);
        let path = tree.path(&id).unwrap();
        assert_eq!(path.root(&id, transaction, metadata), Ok(tree.root()));
        // Not with other metadata, nor at another's place.
        assert_eq!(path.root(&id, transaction, b"other"), Err(PathError::OtherLeaf));
        for other in tree.ids().filter(|other| **other != id) {
            assert!(path.root(other, transaction, metadata).is_err());
        }
    }
    assert_eq!(tree.path(&TxHash::from_bytes([0; 32])), None);
}

#[test]
fn a_ledger_less_one_or_with_one_more_has_another_root() {
    let ten = ten();
    let root = TransactionTree::new(ten.clone()).unwrap().root();
    for left_out in 0..ten.len() {
        let mut nine = ten.clone();
        nine.remove(left_out);
        assert_ne!(TransactionTree::new(nine).unwrap().root(), root);
    }
    let more = ten.iter().cloned().chain([(vec![11], vec![])]);
    assert_ne!(TransactionTree::new(more).unwrap().root(), root);
}

#[test]
fn no_bit_of_a_path_can_be_changed() {
    let ten = ten();
    let tree = TransactionTree::new(ten.clone()).unwrap();
    let (transaction, metadata) = &ten[3];
    let id = crate::codec::transaction_id(transaction);
    let path = tree.path(&id).unwrap();
    for row in 0..path.rows().len() {
        for place in 0..16 {
            for bit in 0..256 {
                let mut rows = path.rows().to_vec();
                let mut bytes = *rows[row][place].as_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                rows[row][place] = Hash256::from_bytes(bytes);
                let root = InclusionPath::new(rows).root(&id, transaction, metadata);
                assert_ne!(root, Ok(tree.root()), "row {row}, place {place}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_path_that_is_broken_or_too_long_is_named() {
    let id = key("00000000000000000000000000000000000000000000000000000000000000A5");
    let root = |rows| InclusionPath::new(rows).root(&id, b"t", b"m");
    assert_eq!(root(vec![]), Err(PathError::Length(0)));
    assert_eq!(root(vec![[NOTHING; 16]; 65]), Err(PathError::Length(65)));
    assert_eq!(root(vec![[NOTHING; 16]]), Err(PathError::OtherLeaf));

    // A path of the greatest length, to a leaf that shares all but its last digit.
    let leaf = crate::codec::tree::leaf_hash(&id, b"t", b"m").unwrap();
    let mut rows = vec![[NOTHING; 16]; 64];
    let mut below = leaf;
    for depth in (0..64).rev() {
        rows[depth][nibble(&id, depth)] = below;
        below = inner_hash(&rows[depth]);
    }
    assert_eq!(root(rows.clone()), Ok(below));
    rows[10][0] = leaf;
    assert_eq!(root(rows), Err(PathError::Broken { depth: 10 }));

    let huge = vec![0; 918_745];
    let refused = InclusionPath::new(vec![[NOTHING; 16]]).root(&id, &huge, b"");
    assert_eq!(refused, Err(PathError::Size(TreeError::TooLarge { id, bytes: 918_745 })));
}

#[test]
fn keys_may_part_at_their_very_end() {
    let (one, other) = (
        key("00000000000000000000000000000000000000000000000000000000000000A5"),
        key("00000000000000000000000000000000000000000000000000000000000000A6"),
    );
    let leaf = |id| Leaf { id, hash: Hash256::from_bytes([1; 32]) };
    let tree = TransactionTree::from_leaves(vec![leaf(one), leaf(other)]).unwrap();
    assert_eq!(tree.path(&one).unwrap().rows().len(), 64);
}

#[test]
fn the_same_transaction_twice_is_refused() {
    let mut eleven = ten();
    eleven.push((eleven[4].0.clone(), b"other metadata".to_vec()));
    let id = crate::codec::transaction_id(&eleven[4].0);
    assert_eq!(TransactionTree::new(eleven), Err(TreeError::Repeated(id)));
}

#[test]
fn limits_are_kept() {
    let many = (0..=MAX_TRANSACTIONS as u32).map(|n| {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&n.to_be_bytes());
        Leaf { id: TxHash::from_bytes(id), hash: NOTHING }
    });
    let many: Vec<_> = many.collect();
    assert!(TransactionTree::from_leaves(many[1..].to_vec()).is_ok());
    assert_eq!(TransactionTree::from_leaves(many), Err(TreeError::TooManyTransactions));
    let endless = std::iter::repeat_n((vec![1], vec![2]), usize::MAX);
    assert_eq!(TransactionTree::new(endless), Err(TreeError::TooManyTransactions));

    let huge = vec![0; 918_745];
    let id = crate::codec::transaction_id(b"t");
    assert_eq!(
        TransactionTree::new([(&b"t"[..], &huge[..])]),
        Err(TreeError::TooLarge { id, bytes: 918_745 })
    );
}

/// Ledgers that follow on each other.
fn chain(length: u32) -> Vec<LedgerHeader> {
    let mut parent_hash = LedgerHash::from_bytes([0; 32]);
    let header = |n| {
        let header = LedgerHeader {
            ledger_index: 100 + n,
            total_drops: 100_000_000_000_000_000 - u64::from(n),
            parent_hash,
            transaction_hash: NOTHING,
            account_hash: Hash256::from_bytes([n as u8; 32]),
            parent_close_time: RippleTime::from_seconds(10 * n),
            close_time: RippleTime::from_seconds(10 * n + 10),
            close_time_resolution: 10,
            close_flags: 0,
        };
        parent_hash = header.hash();
        header
    };
    (0..length).map(header).collect()
}

#[test]
fn a_chain_of_headers_ends_at_its_last() {
    let chain = chain(5);
    let (first, later) = chain.split_first().unwrap();
    assert_eq!(first.follow(later), Ok(&chain[4]));
    assert_eq!(first.follow(&[]), Ok(first));
}

#[test]
fn a_chain_that_does_not_hold_is_refused() {
    let chain = chain(5);
    // One left out.
    assert_eq!(
        chain[0].follow(&chain[2..]),
        Err(HeaderError::NotNext { before: 100, ledger_index: 102 })
    );
    // The same one twice.
    assert_eq!(
        chain[0].follow(&[chain[1], chain[1]]),
        Err(HeaderError::NotNext { before: 101, ledger_index: 101 })
    );
    // Another one in its place: it has the right number and the wrong hash.
    let mut forged = chain.clone();
    forged[2].account_hash = NOTHING;
    assert_eq!(
        forged[0].follow(&forged[1..]),
        Err(HeaderError::OtherParent {
            ledger_index: 103,
            named: chain[2].hash(),
            hash: forged[2].hash(),
        })
    );
    // Numbers end somewhere.
    let last = LedgerHeader { ledger_index: u32::MAX, ..chain[0] };
    let wrapped = LedgerHeader { ledger_index: 0, parent_hash: last.hash(), ..chain[0] };
    assert_eq!(
        last.follow(&[wrapped]),
        Err(HeaderError::NotNext { before: u32::MAX, ledger_index: 0 })
    );
    let long = vec![chain[0]; MAX_CHAIN + 1];
    assert_eq!(chain[0].follow(&long), Err(HeaderError::ChainTooLong(MAX_CHAIN + 1)));
}

#[test]
fn a_header_has_its_size() {
    for size in [0, 117, 119, 1000] {
        assert_eq!(LedgerHeader::from_bytes(&vec![0; size]), Err(HeaderError::Size(size)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_header_prints_what_it_was_read_from(bytes in prop::array::uniform32(any::<u8>())) {
        // 118 bytes out of 32, so that all of them vary.
        let bytes: Vec<u8> = bytes.iter().cycle().zip(0u8..).map(|(a, b)| a ^ b).take(118).collect();
        let header = LedgerHeader::from_bytes(&bytes).unwrap();
        prop_assert_eq!(header.to_bytes().to_vec(), bytes);
    }

    #[test]
    fn paths_lead_to_the_root_of_any_tree(
        keys in prop::collection::btree_set(
            prop::collection::vec(0u8..3, 32).prop_map(|key| <[u8; 32]>::try_from(key).unwrap()),
            1..20,
        ),
    ) {
        let bytes = |n: usize| vec![n as u8];
        let leaf = |(n, key): (usize, &[u8; 32])| {
            let id = TxHash::from_bytes(*key);
            Leaf { id, hash: crate::codec::tree::leaf_hash(&id, &bytes(n), &[]).unwrap() }
        };
        let tree = TransactionTree::from_leaves(keys.iter().enumerate().map(leaf).collect()).unwrap();
        for (n, key) in keys.iter().enumerate() {
            let id = TxHash::from_bytes(*key);
            prop_assert_eq!(tree.path(&id).unwrap().root(&id, &bytes(n), &[]), Ok(tree.root()));
        }
    }
}
