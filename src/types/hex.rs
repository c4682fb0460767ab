//! Hexadecimal text, the ledger's way to print bytes: upper case, no prefix, even length.

use data_encoding::{HEXUPPER, HEXUPPER_PERMISSIVE};

/// Upper-case hexadecimal of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    HEXUPPER.encode(bytes)
}

/// The bytes of `text`, in any case; `None` when it is not an even number of hex digits.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    HEXUPPER_PERMISSIVE.decode(text.as_bytes()).ok()
}

/// The bytes of `text`, appended to `out`; when it is not an even number of hex digits, false and
/// nothing appended.
#[must_use]
pub(crate) fn decode_into(text: &str, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    out.resize(start + text.len() / 2, 0);
    let good = text.len().is_multiple_of(2)
        && HEXUPPER_PERMISSIVE.decode_mut(text.as_bytes(), &mut out[start..]).is_ok();
    if !good {
        out.truncate(start);
    }
    good
}

/// Exactly `N` bytes of exactly `2 * N` hex digits.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let good =
        text.len() == 2 * N && HEXUPPER_PERMISSIVE.decode_mut(text.as_bytes(), &mut bytes).is_ok();
    good.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_cases_are_read_and_upper_case_is_written() {
        assert_eq!(decode("00ffA5"), Some(vec![0, 255, 165]));
        assert_eq!(encode(&[0, 255, 165]), "00FFA5");
        assert_eq!(decode_array("00ffA5"), Some([0, 255, 165]));
        let mut out = vec![1];
        assert!(decode_into("00ffA5", &mut out));
        assert_eq!(out, [1, 0, 255, 165]);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["0", "0x00", " 00", "0g", "é", "00 "] {
            assert_eq!(decode(text), None, "{text:?}");
            assert_eq!(decode_array::<1>(text), None, "{text:?}");
            let mut out = vec![1];
            assert!(!decode_into(text, &mut out));
            assert_eq!(out, [1]);
        }
        assert_eq!(decode_array::<1>("0011"), None);
    }
}
