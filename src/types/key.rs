//! What a transaction can be asked for by: its hash, or its place.

use std::{fmt, str::FromStr};

use super::{Ctid, ParseError, TxHash};

/// The name of a transaction in a question: its hash, or the place where it stands.
///
/// ```
/// use xrpl_txdata::TxKey;
///
/// assert!(matches!("C005523E00000000".parse()?, TxKey::Ctid(_)));
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TxKey {
    /// The hash of its content.
    Hash(TxHash),
    /// Ledger, index in the ledger, and network (XLS-37).
    Ctid(Ctid),
}

impl FromStr for TxKey {
    type Err = ParseError;

    /// 64 hexadecimal digits are a hash, 16 a CTID, in any case.
    fn from_str(text: &str) -> Result<TxKey, ParseError> {
        match text.len() {
            16 => text.parse().map(TxKey::Ctid),
            _ => text.parse().map(TxKey::Hash),
        }
    }
}

impl fmt::Display for TxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TxKey::Hash(hash) => hash.fmt(f),
            TxKey::Ctid(ctid) => ctid.fmt(f),
        }
    }
}

impl From<TxHash> for TxKey {
    fn from(hash: TxHash) -> TxKey {
        TxKey::Hash(hash)
    }
}

impl From<Ctid> for TxKey {
    fn from(ctid: Ctid) -> TxKey {
        TxKey::Ctid(ctid)
    }
}

/// What can be asked for: a [`TxKey`], a [`TxHash`], a [`Ctid`], or a text of one of them.
pub trait IntoTxKey {
    /// Parses, unless it is one already.
    #[doc(hidden)]
    fn into_tx_key(self) -> Result<TxKey, ParseError>;
}

macro_rules! into_tx_key {
    ($($text:ty),* ; $($key:ty),*) => {
        $(impl IntoTxKey for $text {
            fn into_tx_key(self) -> Result<TxKey, ParseError> {
                self.parse()
            }
        })*
        $(impl IntoTxKey for $key {
            fn into_tx_key(self) -> Result<TxKey, ParseError> {
                Ok(self.into())
            }
        })*
    };
}

into_tx_key!(&str, String, &String; TxKey, TxHash, Ctid);
