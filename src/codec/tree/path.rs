//! What shows that one transaction is in a ledger's tree: the hashes beside its way to the root.

use super::{MAX_DEPTH, TreeError, inner_hash, leaf_hash, nibble};
use crate::types::{Hash256, TxHash};

/// The hashes of a node's sixteen children, zero where there is none.
pub type Row = [Hash256; 16];

/// The nodes of a ledger's transaction tree that lie between its root and one transaction.
///
/// Comes from [`TransactionTree::path`](super::TransactionTree::path) or out of a proof document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionPath {
    /// The root first.
    rows: Vec<Row>,
}

impl InclusionPath {
    /// From the rows that lead to the transaction, the root's first.
    pub fn new(rows: Vec<Row>) -> InclusionPath {
        InclusionPath { rows }
    }

    /// The rows, the root's first. Each holds, among fifteen others, the hash of the next one.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The root of the tree in which a transaction of these bytes, with this metadata, stands at
    /// the end of this path. Nothing is proven before that root is found in a header.
    ///
    /// # Errors
    ///
    /// [`PathError`] when the path does not lead to this transaction and metadata.
    pub fn root(
        &self,
        id: &TxHash,
        transaction: &[u8],
        metadata: &[u8],
    ) -> Result<Hash256, PathError> {
        if self.rows.is_empty() || self.rows.len() > MAX_DEPTH {
            return Err(PathError::Length(self.rows.len()));
        }
        let mut hash = leaf_hash(id, transaction, metadata)?;
        for (depth, row) in self.rows.iter().enumerate().rev() {
            // The place is given by the id, so that nothing can be proven at another's place.
            if row.get(nibble(id, depth)) != Some(&hash) {
                return Err(match depth + 1 == self.rows.len() {
                    true => PathError::OtherLeaf,
                    false => PathError::Broken { depth },
                });
            }
            hash = inner_hash(row);
        }
        Ok(hash)
    }
}

/// Why a path does not lead to a transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// No rows, or more than a key has digits.
    #[error("a path through the tree has 1 to {MAX_DEPTH} rows, this has {0}")]
    Length(usize),
    /// Another transaction or other metadata stands at the end of the path.
    #[error("the path ends at another transaction, or at other metadata of this one")]
    OtherLeaf,
    /// A row does not contain the hash of the row below it.
    #[error("row {depth} of the path does not contain the row below it")]
    Broken {
        /// The row, counted from the root's, which is 0.
        depth: usize,
    },
    /// Sizes that no ledger can hold.
    #[error(transparent)]
    Size(#[from] TreeError),
}
