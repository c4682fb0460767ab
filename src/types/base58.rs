//! The ledger's base58 text with a checksum, under every kind of address.

use std::iter::repeat_n;

use sha2::{Digest, Sha256};

use super::text::place;

/// The digits from 0 to 57.
const ALPHABET: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
/// Which digit a character is.
const DIGITS: [Option<u8>; 256] = {
    let mut digits = [None; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        digits[ALPHABET[digit] as usize] = Some(digit as u8);
        digit += 1;
    }
    digits
};

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
    if text.len() > MAX_CHARACTERS {
        return Err(format!("{} characters are too long for an address", text.chars().count()));
    }
    let bytes = read_digits(text.as_bytes(), buffer).map_err(|index| {
        format!("{} is not in the ledger's base58 alphabet", place(text, index))
    })?;
    match bytes.split_last_chunk::<CHECKSUM>() {
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
    write_digits(&[payload, &checksum(payload)].concat())
}

/// Digits are taken in groups: five are the most whose value has 32 bits.
const GROUP: usize = 5;
const GROUP_VALUE: u64 = 58_u64.pow(GROUP as u32);

/// Parts of 32 bits that the longest text fills: a digit has less than six.
const NUMBER: usize = MAX_CHARACTERS * 6 / 32;

/// What these digits are in base 256, in the front of `buffer`: as many bytes of zero as there are zeros at
/// their beginning, then the number; or the place of the first that is no digit.
fn read_digits<'b>(digits: &[u8], buffer: &'b mut [u8; BUFFER]) -> Result<&'b [u8], usize> {
    // In base 2^32, the least first.
    let mut number = [0_u32; NUMBER];
    for (nth, group) in digits.chunks(GROUP).enumerate() {
        let (mut carry, mut scale) = (0, 1);
        for (at, character) in group.iter().enumerate() {
            let digit = DIGITS[usize::from(*character)].ok_or(nth * GROUP + at)?;
            carry = carry * 58 + u64::from(digit);
            scale *= 58;
        }
        for part in &mut number {
            let value = u64::from(*part) * scale + carry;
            (*part, carry) = (value as u32, value >> 32);
        }
    }
    let mut bytes = [0; NUMBER * 4];
    for (part, place) in number.iter().rev().zip(bytes.chunks_exact_mut(4)) {
        place.copy_from_slice(&part.to_be_bytes());
    }
    let number = &bytes[zeros(&bytes, 0)..];
    let zeros = zeros(digits, ALPHABET[0]);
    let decoded = &mut buffer[..zeros + number.len()];
    decoded[..zeros].fill(0);
    decoded[zeros..].copy_from_slice(number);
    Ok(decoded)
}

/// How many of them stand in front.
fn zeros(digits: &[u8], zero: u8) -> usize {
    digits.iter().take_while(|digit| **digit == zero).count()
}

/// The other way round.
fn write_digits(bytes: &[u8]) -> String {
    // The least first in both.
    let part = |part: &[u8]| part.iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
    let mut number: Vec<u32> = bytes.rchunks(4).map(part).collect();
    let mut digits = Vec::with_capacity(bytes.len() * 2);
    while let Some(highest) = number.last() {
        if *highest == 0 {
            number.pop();
            continue;
        }
        let mut rest = 0;
        for part in number.iter_mut().rev() {
            let value = rest << 32 | u64::from(*part);
            (*part, rest) = ((value / GROUP_VALUE) as u32, value % GROUP_VALUE);
        }
        for _ in 0..GROUP {
            digits.push(ALPHABET[(rest % 58) as usize]);
            rest /= 58;
        }
    }
    // The last group may be shorter.
    while digits.pop_if(|highest| *highest == ALPHABET[0]).is_some() {}
    digits.extend(repeat_n(ALPHABET[0], zeros(bytes, 0)));
    digits.reverse();
    String::from_utf8_lossy(&digits).into_owned()
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

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn others() -> &'static bs58::Alphabet {
        bs58::Alphabet::RIPPLE
    }

    fn read(text: &str) -> Result<Vec<u8>, usize> {
        read_digits(text.as_bytes(), &mut [0; BUFFER]).map(<[u8]>::to_vec)
    }

    /// Not more than the longest text holds, and often with zeros in front.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        (0..20_usize, vec(any::<u8>(), 0..27))
            .prop_map(|(zeros, rest)| [vec![0; zeros], rest].concat())
    }

    proptest! {
        #[test]
        fn bytes_are_written_and_read_as_others_do(bytes in bytes()) {
            let text = write_digits(&bytes);
            prop_assert_eq!(&text, &bs58::encode(&bytes).with_alphabet(others()).into_string());
            prop_assert_eq!(read(&text), Ok(bytes));
        }

        #[test]
        fn any_text_is_read_as_others_read_it(text in "[ -~]{0,8}|[1-9A-HJ-NP-Za-km-z]{0,64}") {
            let theirs = bs58::decode(&text).with_alphabet(others()).into_vec();
            prop_assert_eq!(read(&text).ok(), theirs.ok());
        }
    }

    #[test]
    fn the_largest_number_of_the_longest_text_fits() {
        let text = "z".repeat(MAX_CHARACTERS);
        let theirs = bs58::decode(&text).with_alphabet(others()).into_vec().unwrap();
        assert_eq!(read(&text), Ok(theirs));
        assert_eq!(read(&"r".repeat(MAX_CHARACTERS)), Ok(vec![0; MAX_CHARACTERS]));
    }
}
