//! The tree of a ledger's transactions: its root, which stands in the header, from all of them
//! (rippled's `SHAMap`).

pub(crate) mod path;

use path::{InclusionPath, Row};

use super::{framing, transaction_id};
use crate::types::{Hash256, TxHash, sha512_half};

/// Most transactions of one ledger that are hashed together.
pub const MAX_TRANSACTIONS: usize = 65_536;

/// Nibbles of a key: no path is longer.
pub(crate) const MAX_DEPTH: usize = 64;
/// What stands in the place of a child that is not there.
pub(crate) const NOTHING: Hash256 = Hash256::from_bytes([0; 32]);

/// All transactions of one ledger, each with the metadata that says what it did, as a tree.
///
/// When [`root`](TransactionTree::root) is what the header says, then these are the ledger's
/// transactions, to the last byte, and there are no others: a hash that is not here is not in that
/// ledger.
///
/// ```
/// use xrpl_txdata::proof::TransactionTree;
///
/// let tree = TransactionTree::new([(&b"transaction"[..], &b"metadata"[..])])?;
/// let id = *tree.ids().next().unwrap();
/// let path = tree.path(&id).unwrap();
/// assert_eq!(path.root(&id, b"transaction", b"metadata")?, tree.root());
///
/// // A ledger without transactions has 32 zero bytes in the place of a root.
/// let empty = TransactionTree::new::<[u8; 0]>([])?;
/// assert_eq!(empty.root().as_bytes(), &[0; 32]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionTree {
    /// Sorted by id.
    pub(crate) leaves: Vec<Leaf>,
    root: Hash256,
}

/// What a transaction is in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaf {
    pub(crate) id: TxHash,
    pub(crate) hash: Hash256,
}

impl TransactionTree {
    /// From the binary form of each transaction and of its metadata (`tx_blob` and `meta` of a
    /// server's binary ledger), in any order. The ids are computed, not believed.
    ///
    /// # Errors
    ///
    /// [`TreeError`] for a transaction that comes twice and for sizes beyond the limits.
    pub fn new<B: AsRef<[u8]>>(
        transactions: impl IntoIterator<Item = (B, B)>,
    ) -> Result<TransactionTree, TreeError> {
        let leaves = transactions.into_iter().map(|(transaction, metadata)| {
            let (transaction, metadata) = (transaction.as_ref(), metadata.as_ref());
            let id = transaction_id(transaction);
            Ok(Leaf { id, hash: leaf_hash(&id, transaction, metadata)? })
        });
        // One more than the limit is enough to know that there are too many.
        let leaves = leaves.take(MAX_TRANSACTIONS + 1).collect::<Result<_, TreeError>>()?;
        TransactionTree::from_leaves(leaves)
    }

    pub(crate) fn from_leaves(mut leaves: Vec<Leaf>) -> Result<TransactionTree, TreeError> {
        if leaves.len() > MAX_TRANSACTIONS {
            return Err(TreeError::TooManyTransactions);
        }
        leaves.sort_unstable();
        let twice = leaves.iter().zip(leaves.iter().skip(1)).find(|(one, next)| one.id == next.id);
        if let Some((twice, _)) = twice {
            return Err(TreeError::Repeated(twice.id));
        }
        let root = if leaves.is_empty() { NOTHING } else { subtree_hash(&leaves, 0) };
        Ok(TransactionTree { leaves, root })
    }

    /// The hash of the whole, as the header has it in `transaction_hash`.
    pub fn root(&self) -> Hash256 {
        self.root
    }

    /// How many transactions there are.
    pub fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// The hashes of the transactions, in ascending order.
    pub fn ids(&self) -> impl Iterator<Item = &TxHash> {
        self.leaves.iter().map(|leaf| &leaf.id)
    }

    /// What shows that one transaction is in the tree, without the others; `None` when it is not.
    pub fn path(&self, id: &TxHash) -> Option<InclusionPath> {
        self.leaves.binary_search_by_key(id, |leaf| leaf.id).ok()?;
        let mut leaves = self.leaves.as_slice();
        let mut rows = Vec::new();
        // Other keys part from this one sooner or later: none is in the tree twice.
        while rows.is_empty() || leaves.len() > 1 {
            let depth = rows.len();
            rows.push(row(leaves, depth));
            leaves = child(leaves, depth, nibble(id, depth));
        }
        Some(InclusionPath::new(rows))
    }
}

/// The hash of one transaction with its metadata, as it stands in the tree.
///
/// # Errors
///
/// [`TreeError::TooLarge`] for bytes beyond what the ledger can hold.
pub(crate) fn leaf_hash(
    id: &TxHash,
    transaction: &[u8],
    metadata: &[u8],
) -> Result<Hash256, TreeError> {
    let prefix = |bytes: &[u8]| {
        let mut length = Vec::with_capacity(3);
        framing::write_length(&mut length, bytes.len())
            .map(|()| length)
            .map_err(|_| TreeError::TooLarge { id: *id, bytes: bytes.len() })
    };
    let (first, second) = (prefix(transaction)?, prefix(metadata)?);
    let parts = [b"SND\0", &first[..], transaction, &second, metadata, id.as_bytes()];
    Ok(Hash256::from_bytes(sha512_half(&parts)))
}

/// The hash of a node from those of its sixteen children.
pub(crate) fn inner_hash(row: &Row) -> Hash256 {
    let mut bytes = [0; 4 + 16 * 32];
    let (prefix, rest) = bytes.split_at_mut(4);
    prefix.copy_from_slice(b"MIN\0");
    for (place, hash) in rest.as_chunks_mut::<32>().0.iter_mut().zip(row) {
        *place = *hash.as_bytes();
    }
    Hash256::from_bytes(sha512_half(&[&bytes]))
}

/// The digit that decides, at this depth, in which child a key lies.
pub(crate) fn nibble(key: &TxHash, depth: usize) -> usize {
    let byte = key.as_bytes().get(depth / 2).copied().unwrap_or_default();
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 15 })
}

/// The hashes of the children of the node under which exactly these leaves lie.
fn row(leaves: &[Leaf], depth: usize) -> Row {
    std::array::from_fn(|digit| match child(leaves, depth, digit) {
        [] => NOTHING,
        [leaf] => leaf.hash,
        several => subtree_hash(several, depth + 1),
    })
}

/// The hash of the node at this depth under which exactly these leaves lie.
pub(crate) fn subtree_hash(leaves: &[Leaf], depth: usize) -> Hash256 {
    // All keys differ somewhere within their 64 digits, so this ends.
    inner_hash(&row(leaves, depth))
}

/// Those of the sorted `leaves` that have this digit at this depth.
pub(crate) fn child(leaves: &[Leaf], depth: usize, digit: usize) -> &[Leaf] {
    let start = leaves.partition_point(|leaf| nibble(&leaf.id, depth) < digit);
    let rest = leaves.get(start..).unwrap_or_default();
    let end = rest.partition_point(|leaf| nibble(&leaf.id, depth) == digit);
    rest.get(..end).unwrap_or_default()
}

/// Why transactions are not those of one ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The same transaction twice.
    #[error("transaction {0} comes twice in one ledger")]
    Repeated(TxHash),
    /// More than [`MAX_TRANSACTIONS`].
    #[error("more than {MAX_TRANSACTIONS} transactions in one ledger")]
    TooManyTransactions,
    /// A transaction or metadata beyond what the ledger's format can hold.
    #[error("transaction {id} or its metadata has {bytes} bytes, more than a ledger can hold")]
    TooLarge {
        /// The transaction.
        id: TxHash,
        /// Its size, or that of its metadata.
        bytes: usize,
    },
}
