//! 32-byte names of things on the ledger, and the hash function that makes them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha512};

use super::{ParseError, hex};

/// The first half of SHA-512 over the parts one after the other, the hash function of the ledger.
pub(crate) fn sha512_half(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha512::new();
    for part in parts {
        hasher.update(part);
    }
    let mut half = [0; 32];
    half.copy_from_slice(&hasher.finalize()[..32]);
    half
}

macro_rules! hash_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// From its 32 bytes, most significant first.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Its 32 bytes, most significant first.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            /// Exactly 64 hexadecimal digits in any case, nothing around them.
            fn from_str(text: &str) -> Result<Self, ParseError> {
                hex::decode_array(text).map(Self).ok_or_else(|| {
                    ParseError::new($what, text, hash_fault(text))
                })
            }
        }

        impl fmt::Display for $name {
            /// 64 upper-case hexadecimal digits.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&hex::encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

hash_type!(
    /// The hash of a transaction, its name on every server and in every ledger.
    ///
    /// ```
    /// use xrpl_txdata::TxHash;
    ///
    /// let hash: TxHash = "3b1a4e1c9bb6a7208eb146bcdb86ecea6068ed01466d933528ca2b4c64f753ef".parse()?;
    /// assert_eq!(hash.as_bytes()[0], 0x3B);
    /// assert!(hash.to_string().starts_with("3B1A4E1C"));
    /// # Ok::<(), xrpl_txdata::ParseError>(())
    /// ```
    TxHash,
    "a transaction hash"
);
hash_type!(
    /// The hash of a ledger's header; it names one history among all that may have been.
    LedgerHash,
    "a ledger hash"
);
hash_type!(
    /// Any other 32 bytes of the ledger's language: an invoice id, a domain, an entry's index.
    Hash256,
    "a 256-bit hash"
);

fn hash_fault(text: &str) -> String {
    let length = text.chars().count();
    match text.chars().position(|c| !c.is_ascii_hexdigit()) {
        Some(_) if text.starts_with("0x") || text.starts_with("0X") => {
            "expected 64 hexadecimal digits without the prefix 0x".to_owned()
        }
        Some(at) => format!("expected 64 hexadecimal digits, character {} is not one", at + 1),
        None => format!("expected 64 hexadecimal digits, got {length}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_is_wrong_with_a_hash() {
        let whole = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
        for (text, part) in [
            (String::new(), "got 0"),
            (whole[1..].to_owned(), "got 63"),
            (format!("{whole}0"), "got 65"),
            (format!("0x{whole}"), "without the prefix 0x"),
            (format!(" {whole}"), "character 1 is not one"),
            (format!("{}g", &whole[1..]), "character 64 is not one"),
        ] {
            let error = text.parse::<TxHash>().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_transaction_hash_prints_in_upper_case_and_reads_back() {
        let hash = TxHash::from_bytes(sha512_half(&[b"a", b"b"]));
        assert_eq!(hash, TxHash::from_bytes(sha512_half(&[b"ab"])));
        assert_eq!(hash.to_string().to_lowercase().parse(), Ok(hash));
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<TxHash>(&json).unwrap(), hash);
    }
}
