//! Accounts: 20 bytes, written as a classic address.

use std::{fmt, str::FromStr};

use super::{
    ParseError, base58,
    text::{as_text, place},
};

/// Type prefix of an account in base58.
const PREFIX: u8 = 0x00;

/// An account of the ledger: 20 bytes, printed as a classic address (`r…`).
///
/// A classic address names an account alone. Where many customers share one account, the
/// destination tag tells them apart; an [`XAddress`](super::XAddress) holds both.
///
/// ```
/// use xrpl_txdata::AccountId;
///
/// let account: AccountId = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY".parse()?;
/// assert_eq!(account.to_string(), "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY");
///
/// // One wrong character never names another account.
/// let error = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDZ".parse::<AccountId>().unwrap_err();
/// assert!(error.reason().contains("checksum"));
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 20]);

impl AccountId {
    /// The account that nobody holds, `rrrrrrrrrrrrrrrrrrrrrhoLvTp`: 20 zero bytes.
    pub const ZERO: AccountId = AccountId([0; 20]);

    /// The issuer that stands in for "either side" in the balance of a trust line,
    /// `rrrrrrrrrrrrrrrrrrrrBZbvji`.
    pub const ONE: AccountId =
        AccountId([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// From its 20 bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> AccountId {
        AccountId(bytes)
    }

    /// Its 20 bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = ParseError;

    /// Exactly one classic address, nothing around it.
    fn from_str(text: &str) -> Result<AccountId, ParseError> {
        let mut buffer = [0; base58::BUFFER];
        let reason = match base58::decode(text, &mut buffer) {
            Ok(decoded) => match <[u8; 21]>::try_from(decoded.payload) {
                Ok([PREFIX, account @ ..]) if decoded.checksum_holds => {
                    return Ok(AccountId(account));
                }
                _ => fault(text, &decoded),
            },
            Err(reason) => reason,
        };
        Err(ParseError::new("a classic address", base58::shown(text), reason))
    }
}

impl fmt::Display for AccountId {
    /// The classic address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut payload = [PREFIX; 21];
        payload[1..].copy_from_slice(&self.0);
        f.pad(&base58::encode(&payload))
    }
}

as_text!(AccountId);

/// Which part of a base58 text makes it something else than a classic address.
fn fault(text: &str, decoded: &base58::Decoded<'_>) -> String {
    let known = match (decoded.payload, text.as_bytes().first()) {
        ([0x05, 0x44, ..] | [0x04, 0x93, ..], _) if decoded.payload.len() == 31 => {
            "its prefix is that of an X-address; read it as XAddress"
        }
        ([0x1C, ..], _) if decoded.payload.len() == 34 => {
            "its prefix is that of a node's public key"
        }
        (_, Some(b's')) => "it starts like a secret seed; an address starts with r",
        _ => "",
    };
    match decoded.payload {
        _ if !known.is_empty() => known.to_owned(),
        payload if payload.len() != 21 => {
            format!("wrong length: an account is 20 bytes, this holds {}", payload.len() - 1)
        }
        [PREFIX, ..] => "its checksum does not match; a character is mistyped".to_owned(),
        _ => format!("wrong prefix: an address starts with r, {} is not r", place(text, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_and_print() {
        for (text, account) in [
            ("rrrrrrrrrrrrrrrrrrrrrhoLvTp", AccountId::ZERO),
            ("rrrrrrrrrrrrrrrrrrrrBZbvji", AccountId::ONE),
            (
                "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B",
                AccountId(
                    super::super::hex::decode_array("0A20B3C85F482532A9578DBB3950B85CA06594D1")
                        .unwrap(),
                ),
            ),
        ] {
            assert_eq!(text.parse(), Ok(account));
            assert_eq!(account.to_string(), text);
            let json = serde_json::to_string(&account).unwrap();
            assert_eq!(serde_json::from_str::<AccountId>(&json).unwrap(), account);
        }
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        for (text, part) in [
            ("", "empty"),
            ("r", "too short"),
            (
                "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GD0",
                "character 34 ('0') is not in the ledger's base58",
            ),
            (" rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY", "character 1 (' ')"),
            ("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY\n", "character 35 ('\\n')"),
            ("rPEPPÉR7kfTD9w2To4CQk6UCfuHM9c6GDY", "character 6 ('É')"),
            ("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDZ", "checksum"),
            ("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6G", "wrong length"),
            ("XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2gYsjNFQLKYW33DzBm", "X-address"),
            ("n9Lxh4VJhbpThQqpXBwC1rGL4t93zqVeEetbJKSyAEBuhdfBbFmc", "node's public key"),
            (&"r".repeat(65), "65 characters are too long"),
        ] {
            let error = text.parse::<AccountId>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }

    #[test]
    fn a_secret_seed_is_refused_without_being_shown() {
        for seed in ["sn3nxiW7v8KXzPzAqzyHXbSSKNuN9", "sEdTM1uX8pu2do5XvTnutH6HsouMaM2"] {
            let error = seed.parse::<AccountId>().unwrap_err().to_string();
            assert!(error.contains("secret seed") && !error.contains(&seed[3..]), "{error}");
        }
    }
}
