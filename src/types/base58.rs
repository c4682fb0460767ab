//! The ledger's base58 text with a checksum, under every kind of address.

use sha2::{Digest, Sha256};

use super::text::place;

/// Longest text that is decoded at all: decoding takes quadratic time, and the longest address has
/// 48 characters.
const MAX_CHARACTERS: usize = 64;
/// Room for what so many characters can decode to.
pub(crate) const BUFFER: usize = MAX_CHARACTERS;
const CHECKSUM: usize = 4;
/// A seed has 29 or 31 characters; some may be missing.
const SHORTEST_SEED: usize = 20;

/// What a base58 text holds; the checksum is judged by whoever knows which length was expected.
pub(crate) struct Decoded<'b> {
    /// Type prefix and content, without the checksum.
    pub(crate) payload: &'b [u8],
    pub(crate) checksum_holds: bool,
}

/// The bytes of `text`, or the reason why it is no base58 text.
pub(crate) fn decode<'b>(text: &str, buffer: &'b mut [u8; BUFFER]) -> Result<Decoded<'b>, String> {
    use bs58::decode::Error;

    if text.len() > MAX_CHARACTERS {
        return Err(format!("{} characters are too long for an address", text.chars().count()));
    }
    let decoded = bs58::decode(text).with_alphabet(bs58::Alphabet::RIPPLE).onto(&mut buffer[..]);
    let length = match decoded {
        Ok(length) => length,
        Err(Error::InvalidCharacter { index, .. } | Error::NonAsciiCharacter { index }) => {
            return Err(format!("{} is not in the ledger's base58 alphabet", place(text, index)));
        }
        Err(_) => return Err("it cannot be decoded as base58".to_owned()),
    };
    match buffer.get(..length).and_then(|bytes| bytes.split_last_chunk::<CHECKSUM>()) {
        Some((payload, given)) if !payload.is_empty() => {
            Ok(Decoded { payload, checksum_holds: checksum(payload) == *given })
        }
        _ => Err(match text.chars().count() {
            0 => "it is empty".to_owned(),
            length => format!("{length} characters are too short for an address"),
        }),
    }
}

/// The base58 text of `payload` followed by its checksum.
pub(crate) fn encode(payload: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(payload.len() + CHECKSUM);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&checksum(payload));
    bs58::encode(bytes).with_alphabet(bs58::Alphabet::RIPPLE).into_string()
}

/// What an error may repeat of `text`: errors end up in logs, and a secret seed (`s…`) that somebody
/// pasted into the wrong place must not.
pub(crate) fn shown(text: &str) -> &str {
    let like_a_seed = text.trim_start().starts_with('s') && text.len() >= SHORTEST_SEED;
    if like_a_seed { "s…" } else { text }
}

/// The first four bytes of SHA-256 over SHA-256.
fn checksum(payload: &[u8]) -> [u8; CHECKSUM] {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(Sha256::digest(payload)));
    [a, b, c, d]
}
