//! Compact transaction ids: a transaction's place in the ledger (XLS-37).

use std::{fmt, str::FromStr};

use super::{ParseError, hex, text::as_text};

/// First four bits of the text: the only ones in use.
const LEAD: u64 = 0xC;
const MAX_LEDGER_INDEX: u32 = 0x0FFF_FFFF;

/// Where a transaction stands: network, ledger, and its number in that ledger (XLS-37). Prints as 16
/// hexadecimal digits, the first one C.
///
/// It names a place, not a content; the hash does that.
///
/// ```
/// use xrpl_txdata::Ctid;
///
/// let ctid: Ctid = "C5E55EDF00440000".parse()?;
/// assert_eq!((ctid.ledger_index(), ctid.transaction_index(), ctid.network_id()), (98918111, 68, 0));
/// assert_eq!(Ctid::new(98918111, 68, 0), Some(ctid));
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ctid {
    // In this order they compare by place.
    network_id: u16,
    ledger_index: u32,
    transaction_index: u16,
}

impl Ctid {
    /// The transaction with this number (from 0) in a ledger of a network; `None` for ledgers after
    /// 268,435,455, which have no such ids.
    pub const fn new(ledger_index: u32, transaction_index: u16, network_id: u16) -> Option<Ctid> {
        if ledger_index > MAX_LEDGER_INDEX {
            return None;
        }
        Some(Ctid { network_id, ledger_index, transaction_index })
    }

    /// The ledger that holds it.
    pub const fn ledger_index(&self) -> u32 {
        self.ledger_index
    }

    /// Its number in that ledger, from 0.
    pub const fn transaction_index(&self) -> u16 {
        self.transaction_index
    }

    /// The network; 0 is the main one.
    pub const fn network_id(&self) -> u16 {
        self.network_id
    }
}

impl FromStr for Ctid {
    type Err = ParseError;

    /// Exactly 16 hexadecimal digits in any case, the first one C.
    fn from_str(text: &str) -> Result<Ctid, ParseError> {
        let refused = |reason: String| ParseError::new("a compact transaction id", text, reason);
        let Some(bytes) = hex::decode_array(text) else {
            return Err(refused(match text.chars().position(|c| !c.is_ascii_hexdigit()) {
                Some(at) => {
                    format!("expected 16 hexadecimal digits, character {} is not one", at + 1)
                }
                None => format!("expected 16 hexadecimal digits, got {}", text.len()),
            }));
        };
        let [a, b, c, d, e, f, g, h] = bytes;
        let lead_and_ledger = u32::from_be_bytes([a, b, c, d]);
        if u64::from(lead_and_ledger >> 28) != LEAD {
            return Err(refused("expected C as its first digit".to_owned()));
        }
        Ok(Ctid {
            network_id: u16::from_be_bytes([g, h]),
            ledger_index: lead_and_ledger & MAX_LEDGER_INDEX,
            transaction_index: u16::from_be_bytes([e, f]),
        })
    }
}

impl fmt::Display for Ctid {
    /// 16 upper-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = u64::from(self.ledger_index) << 32
            | u64::from(self.transaction_index) << 16
            | u64::from(self.network_id);
        f.pad(&format!("{:016X}", LEAD << 60 | place))
    }
}

as_text!(Ctid);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_ids_read_and_print() {
        for (text, place) in [
            ("C5E55EDF00440000", (98_918_111, 68, 0)),
            ("C005523E00000000", (348_734, 0, 0)),
            ("CFFFFFFFFFFFFFFF", (268_435_455, 65_535, 65_535)),
            ("C000000000000001", (0, 0, 1)),
        ] {
            let ctid = Ctid::new(place.0, place.1, place.2).unwrap();
            assert_eq!(ctid.to_string(), text);
            assert_eq!(text.to_lowercase().parse(), Ok(ctid));
        }
        assert_eq!(Ctid::new(268_435_456, 0, 0), None);
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        for (text, part) in [
            ("", "got 0"),
            ("C5E55EDF0044000", "got 15"),
            ("C5E55EDF004400000", "got 17"),
            ("C5E55EDF0044000g", "character 16"),
            ("D5E55EDF00440000", "expected C"),
            ("05E55EDF00440000", "expected C"),
        ] {
            let error = text.parse::<Ctid>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }
}
