//! The name by which a payment is credited once.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::types::{ParseError, TxHash};

/// The one name of a payment: network and transaction. Prints, reads and serialises as `0:3B1A…`.
///
/// The hash alone is not enough: the same signed bytes can be valid on several networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey {
    /// The network; 0 is the main one.
    pub network_id: u32,
    /// The transaction.
    pub hash: TxHash,
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.network_id, self.hash))
    }
}

impl FromStr for IdempotencyKey {
    type Err = ParseError;

    /// A network id, a colon and a hash.
    fn from_str(text: &str) -> Result<IdempotencyKey, ParseError> {
        let refused = |reason: String| ParseError::new("the key of a payment", text, reason);
        let Some((network, hash)) = text.split_once(':') else {
            return Err(refused("expected a network id, a colon and a hash".to_owned()));
        };
        let digits = network.bytes().all(|byte| byte.is_ascii_digit());
        let network_id = network.parse().ok().filter(|_| digits);
        Ok(IdempotencyKey {
            network_id: network_id.ok_or_else(|| {
                refused(format!("expected a network id before the colon, got {network:?}"))
            })?,
            hash: hash.parse().map_err(|error: ParseError| refused(error.to_string()))?,
        })
    }
}

impl Serialize for IdempotencyKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IdempotencyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<IdempotencyKey, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
