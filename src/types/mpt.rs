//! Issuances of multi-purpose tokens (XLS-33).

use std::{fmt, str::FromStr};

use super::{
    AccountId, ParseError, hex,
    text::{as_text, place},
};

/// The name of one issuance of a multi-purpose token (XLS-33): the issuer, and the sequence number
/// of the transaction that created it. Prints as 48 hexadecimal digits.
///
/// ```
/// use xrpl_txdata::MptId;
///
/// let id: MptId = "00002403C84A0A28E0190E208E982C352BBD5006600555CF".parse()?;
/// assert_eq!(id.sequence(), 9219);
/// assert_eq!(MptId::new(id.sequence(), id.issuer()), id);
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MptId([u8; 24]);

impl MptId {
    /// The issuance that `issuer` created with its transaction of this sequence number.
    pub fn new(sequence: u32, issuer: AccountId) -> MptId {
        let mut bytes = [0; 24];
        bytes[..4].copy_from_slice(&sequence.to_be_bytes());
        bytes[4..].copy_from_slice(issuer.as_bytes());
        MptId(bytes)
    }

    /// From its 24 bytes.
    pub const fn from_bytes(bytes: [u8; 24]) -> MptId {
        MptId(bytes)
    }

    /// Its 24 bytes: the sequence number, most significant byte first, then the issuer.
    pub const fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }

    /// Sequence number of the transaction that created it.
    pub const fn sequence(&self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_be_bytes([a, b, c, d])
    }

    /// Who issues it.
    pub const fn issuer(&self) -> AccountId {
        let [_, _, _, _, issuer @ ..] = self.0;
        AccountId::from_bytes(issuer)
    }
}

impl FromStr for MptId {
    type Err = ParseError;

    /// Exactly 48 hexadecimal digits in any case.
    fn from_str(text: &str) -> Result<MptId, ParseError> {
        hex::decode_array(text).map(MptId).ok_or_else(|| {
            let reason = match text.char_indices().find(|(_, c)| !c.is_ascii_hexdigit()) {
                Some((at, _)) => {
                    format!("expected 48 hexadecimal digits, {} is not one", place(text, at))
                }
                None => format!("expected 48 hexadecimal digits, got {}", text.len()),
            };
            ParseError::new("the id of an MPT issuance", text, reason)
        })
    }
}

impl fmt::Display for MptId {
    /// 48 upper-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(&self.0))
    }
}

as_text!(MptId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_sequence_and_issuer() {
        let id: MptId = "00002403c84a0a28e0190e208e982c352bbd5006600555cf".parse().unwrap();
        assert_eq!(id.to_string(), "00002403C84A0A28E0190E208E982C352BBD5006600555CF");
        assert_eq!(id.sequence(), 0x2403);
        assert_eq!(id.issuer().as_bytes()[..], id.as_bytes()[4..]);
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        let whole = "00002403C84A0A28E0190E208E982C352BBD5006600555CF";
        for (text, part) in [
            (String::new(), "got 0"),
            (whole[1..].to_owned(), "got 47"),
            (format!("{whole}00"), "got 50"),
            (format!("{}x", &whole[1..]), "character 48 ('x')"),
            (format!(" {whole}"), "character 1 (' ')"),
        ] {
            let error = text.parse::<MptId>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }
}
