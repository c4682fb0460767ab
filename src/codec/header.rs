//! Ledger headers: 118 bytes whose hash is the ledger's name, and the chain that they form
//! (rippled's `LedgerHeader.h`).

use crate::types::{Hash256, LedgerHash, RippleTime, sha512_half};

/// Size of a header in bytes. `ledger_data` of a server's binary ledger is exactly this.
pub const HEADER_SIZE: usize = 118;

/// Most headers of one chain, about four and a half hours of ledgers.
pub const MAX_CHAIN: usize = 4_096;

/// What a ledger says of itself. Its hash covers every field, and with the three hashes also all
/// that the ledger contains and all ledgers before it.
///
/// ```
/// use xrpl_txdata::proof::LedgerHeader;
///
/// let header = LedgerHeader::from_bytes(&[0; 118])?;
/// assert_eq!(header.ledger_index, 0);
/// assert_eq!(header.to_bytes(), [0; 118]);
/// println!("ledger {} has the hash {}", header.ledger_index, header.hash());
/// # Ok::<(), xrpl_txdata::proof::HeaderError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerHeader {
    /// Its number.
    pub ledger_index: u32,
    /// All XRP there are, in drops.
    pub total_drops: u64,
    /// The hash of the ledger before it.
    pub parent_hash: LedgerHash,
    /// The root of the tree of its transactions; zero when there are none.
    pub transaction_hash: Hash256,
    /// The root of the tree of everything the ledger contains.
    pub account_hash: Hash256,
    /// When the ledger before it closed.
    pub parent_close_time: RippleTime,
    /// When it closed, rounded.
    pub close_time: RippleTime,
    /// To how many seconds the close time is rounded.
    pub close_time_resolution: u8,
    /// Bit 0: the validators did not agree on the close time.
    pub close_flags: u8,
}

impl LedgerHeader {
    /// Reads exactly [`HEADER_SIZE`] bytes.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Size`] for any other length; every content is a header.
    pub fn from_bytes(bytes: &[u8]) -> Result<LedgerHeader, HeaderError> {
        let wrong = HeaderError::Size(bytes.len());
        LedgerHeader::read(bytes).filter(|_| bytes.len() == HEADER_SIZE).ok_or(wrong)
    }

    fn read(bytes: &[u8]) -> Option<LedgerHeader> {
        let (index, rest) = bytes.split_first_chunk()?;
        let (drops, rest) = rest.split_first_chunk()?;
        let (parent_hash, rest) = rest.split_first_chunk()?;
        let (transaction_hash, rest) = rest.split_first_chunk()?;
        let (account_hash, rest) = rest.split_first_chunk()?;
        let (parent_close_time, rest) = rest.split_first_chunk()?;
        let (close_time, rest) = rest.split_first_chunk()?;
        let ([close_time_resolution, close_flags], _) = rest.split_first_chunk()?;
        Some(LedgerHeader {
            ledger_index: u32::from_be_bytes(*index),
            total_drops: u64::from_be_bytes(*drops),
            parent_hash: LedgerHash::from_bytes(*parent_hash),
            transaction_hash: Hash256::from_bytes(*transaction_hash),
            account_hash: Hash256::from_bytes(*account_hash),
            parent_close_time: RippleTime::from_seconds(u32::from_be_bytes(*parent_close_time)),
            close_time: RippleTime::from_seconds(u32::from_be_bytes(*close_time)),
            close_time_resolution: *close_time_resolution,
            close_flags: *close_flags,
        })
    }

    /// The bytes that are hashed.
    pub fn to_bytes(self) -> [u8; HEADER_SIZE] {
        let parts: [&[u8]; 9] = [
            &self.ledger_index.to_be_bytes(),
            &self.total_drops.to_be_bytes(),
            self.parent_hash.as_bytes(),
            self.transaction_hash.as_bytes(),
            self.account_hash.as_bytes(),
            &self.parent_close_time.seconds().to_be_bytes(),
            &self.close_time.seconds().to_be_bytes(),
            &[self.close_time_resolution],
            &[self.close_flags],
        ];
        let mut bytes = [0; HEADER_SIZE];
        let content = parts.into_iter().flatten();
        bytes.iter_mut().zip(content).for_each(|(place, byte)| *place = *byte);
        bytes
    }

    /// The ledger's hash.
    pub fn hash(&self) -> LedgerHash {
        LedgerHash::from_bytes(sha512_half(&[b"LWR\0", &self.to_bytes()]))
    }

    /// Checks that `later` follow on this header one by one, each naming the hash of the one before
    /// it. Gives the last of all, itself when nothing follows: whoever believes that one must
    /// believe all of them.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] says where the chain breaks. More than [`MAX_CHAIN`] are not looked at.
    pub fn follow<'a>(
        &'a self,
        later: &'a [LedgerHeader],
    ) -> Result<&'a LedgerHeader, HeaderError> {
        if later.len() > MAX_CHAIN {
            return Err(HeaderError::ChainTooLong(later.len()));
        }
        later.iter().try_fold(self, |before, after| {
            let (ledger_index, hash) = (after.ledger_index, before.hash());
            if before.ledger_index.checked_add(1) != Some(ledger_index) {
                let before = before.ledger_index;
                return Err(HeaderError::NotNext { before, ledger_index });
            }
            if after.parent_hash != hash {
                let named = after.parent_hash;
                return Err(HeaderError::OtherParent { ledger_index, named, hash });
            }
            Ok(after)
        })
    }
}

/// Why bytes are no header, or headers no chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Not as long as a header.
    #[error("a ledger header has {HEADER_SIZE} bytes, this has {0}")]
    Size(usize),
    /// More headers than are looked at.
    #[error("a chain of {0} headers is longer than {MAX_CHAIN}")]
    ChainTooLong(usize),
    /// A header's number is not one more than that of the header before it.
    #[error("ledger {ledger_index} does not come right after ledger {before}")]
    NotNext {
        /// The number before.
        before: u32,
        /// The number that follows.
        ledger_index: u32,
    },
    /// A header follows on another ledger than the one before it.
    #[error("ledger {ledger_index} follows on {named}, and not on {hash}")]
    OtherParent {
        /// The number of the header that follows.
        ledger_index: u32,
        /// The parent it names.
        named: LedgerHash,
        /// The hash of the header before it.
        hash: LedgerHash,
    },
}
