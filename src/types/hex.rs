//! Hexadecimal text, the ledger's way to print bytes: upper case, no prefix, even length.

const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// Upper-case hexadecimal of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(UPPER[usize::from(byte >> 4)]));
        text.push(char::from(UPPER[usize::from(byte & 15)]));
    }
    text
}

/// The bytes of `text`, appended to `out`; false when it is not an even number of hex digits (and
/// then `out` holds some of them).
#[must_use]
pub(crate) fn decode_into(text: &str, out: &mut Vec<u8>) -> bool {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    out.reserve(pairs.len());
    for [high, low] in pairs {
        match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            _ => return false,
        }
    }
    rest.is_empty()
}

/// The bytes of `text`, `None` when it is not an even number of hex digits.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    decode_into(text, &mut bytes).then_some(bytes)
}

/// Exactly `N` bytes of exactly `2 * N` hex digits.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_cases_are_read_and_upper_case_is_written() {
        assert_eq!(decode("00ffA5"), Some(vec![0, 255, 165]));
        assert_eq!(encode(&[0, 255, 165]), "00FFA5");
        assert_eq!(decode_array("00ffA5"), Some([0, 255, 165]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["0", "0x00", " 00", "0g", "é", "00 "] {
            assert_eq!(decode(text), None, "{text:?}");
            assert_eq!(decode_array::<1>(text), None, "{text:?}");
        }
        assert_eq!(decode_array::<1>("0011"), None);
    }
}
