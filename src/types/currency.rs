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
