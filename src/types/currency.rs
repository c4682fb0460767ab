//! Currency codes: 20 bytes, of which three characters are the short form.

use std::{fmt, str::FromStr};

use super::{
    ParseError, hex,
    text::{as_text, place},
};

/// Where the three characters stand in a standard code; all other bytes are zero.
const CODE: std::ops::Range<usize> = 12..15;

/// The currency code of a token: 20 bytes.
///
/// A token is this code *and* its issuer: anybody can issue any code. Codes compare as bytes
/// (`usd` is not `USD`). XRP is not a token and has no code here.
///
/// Prints as the ledger's JSON does: three characters for a standard code, 40 hexadecimal digits
/// for any other. [`readable`](Currency::readable) is for people's eyes.
///
/// ```
/// use xrpl_txdata::Currency;
///
/// let code: Currency = "524C555344000000000000000000000000000000".parse()?;
/// assert_eq!(code.readable(), "RLUSD");
/// assert_eq!(Currency::from_name("RLUSD")?, code);
///
/// let error = "XRP".parse::<Currency>().unwrap_err();
/// assert!(error.to_string().contains("not a token"));
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 20]);

impl Currency {
    /// From its 20 bytes; `None` for 20 zero bytes, which mean XRP.
    pub const fn from_bytes(bytes: [u8; 20]) -> Option<Currency> {
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != 0 {
                return Some(Currency(bytes));
            }
            at += 1;
        }
        None
    }

    /// Its 20 bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// From what a person would write: a standard code (`USD`), 40 hexadecimal digits, or the
    /// longer name that such digits spell (`RLUSD`).
    ///
    /// # Errors
    ///
    /// Anything that [`name`](Currency::name) would not print again.
    pub fn from_name(text: &str) -> Result<Currency, ParseError> {
        let bytes = text.as_bytes();
        if bytes.len() < 4 || bytes.len() > 20 {
            return text.parse();
        }
        let mut padded = [0; 20];
        for (to, from) in padded.iter_mut().zip(bytes) {
            *to = *from;
        }
        let currency = Currency(padded);
        if currency.name().as_deref() == Some(text) {
            return Ok(currency);
        }
        let reason = match text.char_indices().find(|(_, c)| !matches!(c, ' '..='~')) {
            Some((at, _)) => format!("{} is not a printable ASCII character", place(text, at)),
            None => "a name has three letters or digits in a row, no space at its ends, \
                     and does not look like XRP"
                .to_owned(),
        };
        Err(ParseError::new("a token's currency", text, reason))
    }

    /// The three characters of a standard code.
    pub fn standard_code(&self) -> Option<&str> {
        let (before, after) = (&self.0[..CODE.start], &self.0[CODE.end..]);
        let code = &self.0[CODE];
        let standard = before.iter().chain(after).all(|byte| *byte == 0)
            && code.iter().all(|byte| is_code_character(*byte))
            && code != b"XRP";
        if standard { std::str::from_utf8(code).ok() } else { None }
    }

    /// Whether it stands for a share of an automated market maker's pool (first byte 03).
    pub const fn is_lp_token(&self) -> bool {
        self.0[0] == 0x03
    }
}

/// The characters of a standard code, as rippled has them.
pub(super) const fn is_code_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'?' | b'!'
                | b'@'
                | b'#'
                | b'$'
                | b'%'
                | b'^'
                | b'&'
                | b'*'
                | b'<'
                | b'>'
                | b'('
                | b')'
                | b'{'
                | b'}'
                | b'['
                | b']'
                | b'|'
        )
}

impl FromStr for Currency {
    type Err = ParseError;

    /// The ledger's JSON form: exactly three characters, or 40 hexadecimal digits in any case.
    fn from_str(text: &str) -> Result<Currency, ParseError> {
        let refused = |reason: String| ParseError::new("a token's currency", text, reason);
        if let Ok(code) = <[u8; 3]>::try_from(text.as_bytes()) {
            if code == *b"XRP" {
                return Err(refused("XRP is the ledger's native asset, not a token".to_owned()));
            }
            if code.into_iter().all(is_code_character) {
                let mut bytes = [0; 20];
                bytes[CODE].copy_from_slice(&code);
                return Ok(Currency(bytes));
            }
        }
        if let Some(bytes) = hex::decode_array(text) {
            return Currency::from_bytes(bytes)
                .ok_or_else(|| refused("20 zero bytes mean XRP, not a token".to_owned()));
        }
        Err(refused(fault(text)))
    }
}

impl fmt::Display for Currency {
    /// The ledger's JSON form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.standard_code() {
            Some(code) => f.pad(code),
            None => f.pad(&hex::encode(&self.0)),
        }
    }
}

as_text!(Currency);

fn fault(text: &str) -> String {
    let expected = "expected 3 characters or 40 hexadecimal digits";
    let stranger = match text.chars().count() {
        3 => text.char_indices().find(|(_, c)| !u8::try_from(*c).is_ok_and(is_code_character)),
        40 => text.char_indices().find(|(_, c)| !c.is_ascii_hexdigit()),
        length => return format!("{expected}, got {length} characters"),
    };
    match stranger {
        Some((at, _)) => format!("{expected}, {} is not allowed", place(text, at)),
        None => expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledgers_form_reads_and_prints() {
        for (text, printed) in [
            ("USD", "USD"),
            ("0000000000000000000000005553440000000000", "USD"),
            ("a?]", "a?]"),
            (
                "524c555344000000000000000000000000000000",
                "524C555344000000000000000000000000000000",
            ),
            // What rippled prints for a standard code with characters that it does not allow.
            (
                "0000000000000000000000007F50000000000000",
                "0000000000000000000000007F50000000000000",
            ),
            (
                "0000000000000000000000005852500000000000",
                "0000000000000000000000005852500000000000",
            ),
        ] {
            let currency: Currency = text.parse().unwrap();
            assert_eq!(currency.to_string(), printed);
            assert_eq!(printed.parse(), Ok(currency));
        }
        assert_eq!(Currency::from_bytes([0; 20]), None);
        assert!(Currency::from_bytes([3; 20]).unwrap().is_lp_token());
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        for (text, part) in [
            ("", "got 0 characters"),
            ("XRP", "XRP is the ledger's native asset"),
            ("0000000000000000000000000000000000000000", "20 zero bytes mean XRP"),
            ("US", "got 2 characters"),
            ("U.D", "character 2 ('.')"),
            ("U D", "character 2 (' ')"),
            ("UЅD", "character 2 ('Ѕ')"),
            ("RLUSD", "got 5 characters"),
            ("524C55534400000000000000000000000000000G", "character 40 ('G')"),
            ("524C5553440000000000000000000000000000", "got 38 characters"),
            ("0x524C555344000000000000000000000000000000", "got 42 characters"),
        ] {
            let error = text.parse::<Currency>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
        for (name, part) in [
            ("XRP", "native asset"),
            ("x-r-p", "does not look like XRP"),
            ("a b c d", "three letters or digits in a row"),
            ("USD ", "no space at its ends"),
            ("R\u{200b}LUSD", "character 2 ('\\u{200b}')"),
            ("EURО", "character 4 ('О')"),
            ("a name that is too long", "got 23 characters"),
        ] {
            let error = Currency::from_name(name).unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }
}
