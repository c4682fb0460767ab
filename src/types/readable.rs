//! Currency codes for people's eyes, and never a text that pretends to be something else.

use super::{Currency, currency::is_code_character, hex};

/// What a code is shown as that pretends to be the native asset.
const INVALID: &str = "???";
/// First byte of an old code with a yearly charge or interest.
const DEMURRAGE: u8 = 0x01;
/// First byte of a code that names a transaction before its text (XLS-15d, as XLS-14d tokens use).
const NAMED_TRANSACTION: u8 = 0x02;

impl Currency {
    /// The code as people read it; for display alone, tokens are compared by bytes and issuer.
    ///
    /// | Code | Shown as |
    /// |---|---|
    /// | standard code | its three characters |
    /// | hexadecimal that spells printable ASCII | the text (`RLUSD`) |
    /// | first byte 02 (XLS-15d) | the text after the 8 bytes that name a transaction |
    /// | first byte 03, a share of a liquidity pool | `LP ` and 40 hexadecimal digits |
    /// | first byte 01, the old codes with interest | the code and its yearly rate, `XAU (-0.5%pa)` |
    /// | anything that reads as XRP | `???` |
    /// | all else: bytes, control or invisible characters, letters of other scripts, spellings of a standard code | 40 hexadecimal digits |
    ///
    /// The npm package `xrpl-txdata` shows the same for ordinary codes; it cuts texts after 12
    /// characters, which makes different codes look alike, and shows spellings of a standard code
    /// as that code.
    ///
    /// ```
    /// use xrpl_txdata::Currency;
    ///
    /// let spoof: Currency = "5852500000000000000000000000000000000000".parse()?;
    /// assert_eq!(spoof.readable(), "???");
    /// # Ok::<(), xrpl_txdata::ParseError>(())
    /// ```
    pub fn readable(&self) -> String {
        self.readable_beside("XRP")
    }

    /// [`readable`](Currency::readable) on a network whose native asset has another name, such as
    /// `XAH`: a code that reads as that name is shown as `???` too.
    pub fn readable_beside(&self, native: &str) -> String {
        let bytes = self.as_bytes();
        let text = match (self.standard_code(), bytes[0]) {
            (Some(code), _) => Some(code.to_owned()),
            // The standard spelling of XRP, which the ledger forbids.
            (None, 0x00) if bytes[12..] == *b"XRP\0\0\0\0\0" => text(&bytes[12..]),
            (None, DEMURRAGE) => return with_rate(bytes).unwrap_or_else(|| hex::encode(bytes)),
            (None, NAMED_TRANSACTION) => text(&bytes[8..]),
            (None, 0x03) => return format!("LP {}", hex::encode(bytes)),
            (None, _) => text(bytes),
        };
        match text {
            Some(text) if reads_as(&text, native) || reads_as(&text, "XRP") => INVALID.to_owned(),
            Some(text) if self.standard_code().is_some() || !is_standard(&text) => text,
            _ => hex::encode(bytes),
        }
    }

    /// The text that [`from_name`](Currency::from_name) reads as exactly this code: three
    /// characters, or what the bytes spell in printable ASCII. `None` where only the hexadecimal
    /// digits say which code it is.
    pub fn name(&self) -> Option<String> {
        if let Some(code) = self.standard_code() {
            return Some(code.to_owned());
        }
        // Bytes 00 to 1F begin no text, so the kinds above are excluded by being unprintable.
        text(self.as_bytes()).filter(|text| !is_standard(text) && !reads_as(text, "XRP"))
    }
}

/// The printable ASCII that `bytes` spell before their trailing zeros, with three letters or digits
/// in a row somewhere and no space at its ends.
fn text(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().rposition(|byte| *byte != 0)? + 1;
    let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim() == text;
    let word = text.as_bytes().windows(3).any(|w| w.iter().all(u8::is_ascii_alphanumeric));
    (printable && word).then(|| text.to_owned())
}

/// Whether a text would pass for a standard code.
fn is_standard(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(is_code_character)
}

/// Whether nothing but case, spaces and signs tells `text` from `native`.
fn reads_as(text: &str, native: &str) -> bool {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .eq(native.chars().map(|c| c.to_ascii_uppercase()))
}

/// `XAU (-0.5%pa)`: a three-character code, and the rate whose e-folding time in seconds is stored
/// as a floating-point number.
fn with_rate(bytes: &[u8; 20]) -> Option<String> {
    const YEAR: f64 = 31_536_000.0;

    let [DEMURRAGE, a, b, c, 0, 0, 0, 0, folding @ .., 0, 0, 0, 0] = *bytes else {
        return None;
    };
    let percent = ((YEAR / f64::from_be_bytes(folding)).exp() - 1.0) * 100.0;
    let code = [a, b, c];
    let plausible = percent.is_finite() && percent.abs() < 1000.0;
    if !plausible || !code.into_iter().all(is_code_character) || code == *b"XRP" {
        return None;
    }
    let rate = format!("{percent:.2}");
    let rate = rate.trim_end_matches('0').trim_end_matches('.');
    Some(format!("{} ({rate}%pa)", std::str::from_utf8(&code).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_shown_as_people_read_them_and_never_as_something_else() {
        for (code, shown, name) in [
            ("USD", "USD", Some("USD")),
            ("usd", "usd", Some("usd")),
            ("$$$", "$$$", Some("$$$")),
            ("xrp", "???", Some("xrp")),
            // XRP as a standard code, as hexadecimal text, in lower case, with signs, after XLS-15d.
            ("0000000000000000000000005852500000000000", "???", None),
            ("5852500000000000000000000000000000000000", "???", None),
            ("7872700000000000000000000000000000000000", "???", None),
            ("2458525000000000000000000000000000000000", "???", None),
            ("0241A2B3C4D5E6F7585250000000000000000000", "???", None),
            ("524C555344000000000000000000000000000000", "RLUSD", Some("RLUSD")),
            ("4D7920436F696E00000000000000000000000000", "My Coin", Some("My Coin")),
            ("0241A2B3C4D5E6F750756E6B7300000000000000", "Punks", None),
            ("0158415500000000C1F76FF6ECB0BAC600000000", "XAU (-0.5%pa)", None),
            (
                "03930D02208264E2E40EC1B0C09E4DB96EE197B1",
                "LP 03930D02208264E2E40EC1B0C09E4DB96EE197B1",
                None,
            ),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(currency.readable(), shown, "{code}");
            assert_eq!(currency.name().as_deref(), name, "{code}");
            if let Some(name) = name {
                assert_eq!(Currency::from_name(name), Ok(currency));
            }
        }
    }

    #[test]
    fn what_is_no_plain_text_is_shown_as_digits() {
        for code in [
            // USD spelt another way, twice.
            "5553440000000000000000000000000000000000",
            "0241A2B3C4D5E6F7555344000000000000000000",
            // Cyrillic letters, a right-to-left mark, a zero-width space, a line feed, a NUL inside.
            "D0A5D0A0D0A00000000000000000000000000000",
            "41E2808E42434400000000000000000000000000",
            "55E2808B53444400000000000000000000000000",
            "5553440A41424300000000000000000000000000",
            "5553440041424300000000000000000000000000",
            // Spaces at the ends, no word, no text at all, an unknown first byte.
            "2055534444000000000000000000000000000000",
            "5553444420000000000000000000000000000000",
            "4120422043000000000000000000000000000000",
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
            "0000000000000000000000000000000000000001",
            "0000000055534400000000000000000000000000",
            "0000000000000000000000005520440000000000",
            "0158415500000000000000000000000000000000",
            "0158525000000000C1F76FF6ECB0BAC600000000",
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(currency.readable(), code);
            assert_eq!(currency.name(), None, "{code}");
        }
    }

    #[test]
    fn the_native_asset_of_a_sister_network_is_guarded_too() {
        let currency: Currency = "XAH".parse().unwrap();
        assert_eq!(currency.readable(), "XAH");
        assert_eq!(currency.readable_beside("XAH"), "???");
    }
}
