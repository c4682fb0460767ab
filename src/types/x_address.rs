//! X-addresses: an account and its destination tag in one text (XLS-5).

use std::{fmt, str::FromStr};

use super::{AccountId, ParseError, base58, text::as_text};

const MAIN: [u8; 2] = [0x05, 0x44];
const TEST: [u8; 2] = [0x04, 0x93];

/// An account, the destination tag that belongs to it, and which kind of network it is meant for
/// (XLS-5).
///
/// No tag and tag 0 are different things. Servers take classic addresses only; the tag goes into
/// the transaction's own field.
///
/// ```
/// use xrpl_txdata::XAddress;
///
/// let address: XAddress = "XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD28Sq49uo34VyjnmK5H".parse()?;
/// assert_eq!(address.account.to_string(), "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY");
/// assert_eq!(address.tag, Some(12345));
/// assert!(!address.test_network);
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct XAddress {
    /// The account.
    pub account: AccountId,
    /// The destination tag; `None` is not the same as 0.
    pub tag: Option<u32>,
    /// Meant for a test network (`T…`), not for the main network (`X…`).
    pub test_network: bool,
}

impl FromStr for XAddress {
    type Err = ParseError;

    /// Exactly one X-address, nothing around it.
    fn from_str(text: &str) -> Result<XAddress, ParseError> {
        let mut buffer = [0; base58::BUFFER];
        base58::decode(text, &mut buffer)
            .and_then(|decoded| read(&decoded))
            .map_err(|reason| ParseError::new("an X-address", base58::shown(text), reason))
    }
}

impl fmt::Display for XAddress {
    /// `X…` for the main network, `T…` for a test network.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut payload = [0; 31];
        payload[..2].copy_from_slice(if self.test_network { &TEST } else { &MAIN });
        payload[2..22].copy_from_slice(self.account.as_bytes());
        if let Some(tag) = self.tag {
            payload[22] = 1;
            payload[23..27].copy_from_slice(&tag.to_le_bytes());
        }
        f.pad(&base58::encode(&payload))
    }
}

as_text!(XAddress);

fn read(decoded: &base58::Decoded<'_>) -> Result<XAddress, String> {
    let payload = <&[u8; 31]>::try_from(decoded.payload).map_err(|_| match decoded.payload {
        [0, rest @ ..] if rest.len() == 20 => "it is a classic address, without a tag".to_owned(),
        payload => format!("wrong length: expected 31 bytes, this holds {}", payload.len()),
    })?;
    let [p0, p1, account @ .., flag, a, b, c, d, e, f, g, h] = *payload;
    let test_network = match [p0, p1] {
        MAIN => false,
        TEST => true,
        _ => return Err("wrong prefix: an X-address starts with X or T".to_owned()),
    };
    if !decoded.checksum_holds {
        return Err("its checksum does not match; a character is mistyped".to_owned());
    }
    let (low, high) = ([a, b, c, d], [e, f, g, h]);
    let tag = match flag {
        0 if low == [0; 4] && high == [0; 4] => None,
        0 => return Err("its flag says that there is no tag, yet one follows".to_owned()),
        1 if high == [0; 4] => Some(u32::from_le_bytes(low)),
        1 => return Err("its tag has more than 32 bits".to_owned()),
        2 => return Err("it has a 64-bit tag, which the ledger does not know".to_owned()),
        _ => return Err(format!("its tag flag is {flag}, expected 0 or 1")),
    };
    Ok(XAddress { account: AccountId::from_bytes(account), tag, test_network })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(tag: Option<u32>, test_network: bool) -> XAddress {
        let account = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY".parse().unwrap();
        XAddress { account, tag, test_network }
    }

    #[test]
    fn known_addresses_read_and_print() {
        for (text, expected) in [
            ("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2gYsjNFQLKYW33DzBm", address(None, false)),
            ("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2m4Er6SnvjVLpMWPjR", address(Some(0), false)),
            ("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD28Sq49uo34VyjnmK5H", address(Some(12345), false)),
            ("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2iUSJwsp6dNbEzfhN4", address(Some(u32::MAX), false)),
            ("TVd2rqMkYL2AyS97NdELcpeiprNBjwLZzuUG5rZnaewsahi", address(None, true)),
            ("TVd2rqMkYL2AyS97NdELcpeiprNBjwRRHC2utXo9wPDgUDU", address(Some(1), true)),
        ] {
            assert_eq!(text.parse(), Ok(expected));
            assert_eq!(expected.to_string(), text);
        }
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        let payload = |prefix: [u8; 2], flag: u8, tag: [u8; 8]| {
            base58::encode(&[&prefix[..], &[7; 20], &[flag], &tag].concat())
        };
        for (text, part) in [
            ("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY".to_owned(), "a classic address"),
            ("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2gYsjNFQLKYW33DzBn".to_owned(), "checksum"),
            ("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2gYsjNFQLKYW33Dz".to_owned(), "wrong length"),
            ("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2gYsjNFQLKYW33DzB0".to_owned(), "character 47 ('0')"),
            (payload([5, 0x45], 0, [0; 8]), "wrong prefix"),
            (payload(MAIN, 0, [1, 0, 0, 0, 0, 0, 0, 0]), "no tag"),
            (payload(MAIN, 1, [0, 0, 0, 0, 1, 0, 0, 0]), "more than 32 bits"),
            (payload(TEST, 2, [1, 0, 0, 0, 1, 0, 0, 0]), "64-bit tag"),
            (payload(TEST, 3, [0; 8]), "flag is 3"),
            (String::new(), "empty"),
        ] {
            let error = text.parse::<XAddress>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }
}
