//! The keys that an address and headers may hold: sent to a node, and shown to nobody.

use data_encoding::BASE64;

use super::Endpoint;
use crate::error::{Failure, Unfit};

/// What is shorter hides nothing, and stands in many words.
const SHORTEST: usize = 4;

/// The scheme of RFC 7617.
const BASIC: &str = "Basic ";

impl Endpoint {
    /// The `Authorization` header that the address stands for, if it has a user name.
    pub(crate) fn basic_authorization(&self) -> Option<String> {
        let credentials = percent_decoded(self.credentials.as_deref()?);
        Some(format!("{BASIC}{}", BASE64.encode(&credentials)))
    }

    /// With the values of the headers that are sent to it beside its address.
    pub(crate) fn sent<'a>(mut self, headers: impl Iterator<Item = &'a str>) -> Endpoint {
        self.headers = headers.map(str::to_owned).collect();
        self
    }

    /// What this node did, without the keys that it was sent: a server may repeat them in words of its own.
    pub(crate) fn hide_keys(&self, failure: Failure) -> Failure {
        let hide = |text: String| self.hide_keys_in(text);
        match failure {
            Failure::Resolve(text) => Failure::Resolve(hide(text)),
            Failure::Connect(text) => Failure::Connect(hide(text)),
            Failure::Tls(text) => Failure::Tls(hide(text)),
            Failure::Upgrade(text) => Failure::Upgrade(hide(text)),
            Failure::Broken(text) => Failure::Broken(hide(text)),
            Failure::Complaint(text) => Failure::Complaint(hide(text)),
            Failure::Unreadable(text) => Failure::Unreadable(hide(text)),
            Failure::Closed { code, reason } => Failure::Closed { code, reason: hide(reason) },
            Failure::HttpStatus { status, retry_after, reason } => {
                Failure::HttpStatus { status, retry_after, reason: hide(reason) }
            }
            Failure::Server(mut error) => {
                error.token = hide(error.token);
                error.message = error.message.map(hide);
                Failure::Server(error)
            }
            Failure::Unfit(Unfit::NotSynced { state }) => {
                Failure::Unfit(Unfit::NotSynced { state: hide(state) })
            }
            Failure::Unfit(Unfit::PartialHistory { complete, first, validated }) => {
                let complete = hide(complete);
                Failure::Unfit(Unfit::PartialHistory { complete, first, validated })
            }
            Failure::CoolingDown { remaining, cause } => {
                Failure::CoolingDown { remaining, cause: Box::new(self.hide_keys(*cause)) }
            }
            // Numbers, hashes, and words of our own.
            failure @ (Failure::UpgradeStatus { .. }
            | Failure::NoAnswer { .. }
            | Failure::TooLarge { .. }
            | Failure::NotValidated
            | Failure::Unconfirmed { .. }
            | Failure::NotThere { .. }
            | Failure::ContentMismatch { .. }
            | Failure::PositionMismatch { .. }
            | Failure::FutureLedger { .. }
            | Failure::Unfit(_)
            | Failure::Unproven(_)
            | Failure::Busy { .. }) => failure,
        }
    }

    fn hide_keys_in(&self, mut text: String) -> String {
        for key in self.keys() {
            text = text.replace(&key, "…");
            // It may have been cut in the middle.
            let begins = (SHORTEST..key.len()).rev().filter_map(|length| key.get(..length));
            if let Some(begin) = begins.into_iter().find(|begin| text.ends_with(begin)) {
                text.replace_range(text.len() - begin.len().., "…");
            }
        }
        text
    }

    /// Each part of the address and of headers that may be a key, as it is written and as it is sent, the
    /// longest first.
    fn keys(&self) -> Vec<String> {
        let written = self.credentials.iter().chain([&self.path_and_query]);
        let parts = written.flat_map(|text| text.split(['/', '?', '&', '=', ':', ';', ',', '@']));
        let mut keys: Vec<String> = parts.map(str::to_owned).collect();
        let words = |value: &String| value.split(' ').map(str::to_owned).collect::<Vec<_>>();
        keys.extend(self.headers.iter().flat_map(words));
        let sent = |key: &String| String::from_utf8(percent_decoded(key)).ok();
        keys.extend(keys.iter().filter_map(sent).collect::<Vec<_>>());
        keys.extend(self.basic_authorization().map(|header| header.replace(BASIC, "")));
        keys.retain(|key| key.chars().count() >= SHORTEST);
        keys.sort_unstable_by_key(|key| std::cmp::Reverse(key.len()));
        keys.dedup();
        keys
    }
}

/// The text that `%40` and its like stand for (RFC 3986, section 2.1).
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let mut byte = *first;
        if let (b'%', [high, low, after @ ..]) = (byte, after)
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            byte = high << 4 | low;
            rest = after;
        }
        decoded.push(byte);
    }
    decoded
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::ServerError;

    fn endpoint() -> Endpoint {
        "wss://us%65r:p%40ss@a.test/v1/0123abcdef/ws?token=%C3%A9t%C3%A9s".parse().unwrap()
    }

    #[test]
    fn what_a_server_repeats_of_its_address_is_hidden_however_it_writes_it() {
        for (said, shown) in [
            ("no route GET /v1/0123abcdef/ws", "no route GET /v1/…/ws"),
            (r"no route \/v1\/0123abcdef", r"no route \/v1\/…"),
            ("0123abcdef 0123abcdef!", "… …!"),
            ("unknown token=%C3%A9t%C3%A9s", "unknown …=…"),
            ("unknown étés", "unknown …"),
            ("user p@ss is wrong, or p%40ss", "… … is wrong, or …"),
            ("bad Basic dXNlcjpwQHNz", "bad Basic …"),
            ("cut in the middle: 0123ab", "cut in the middle: …"),
            ("cut too early: 012", "cut too early: 012"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(endpoint().hide_keys_in(said.to_owned()), shown);
        }
        let with_header = endpoint().sent(["shop/1.0", "Bearer 0a1b2c"].into_iter());
        let said = "no such token 0a1b2c".to_owned();
        assert_eq!(with_header.hide_keys_in(said), "no such … …");
        let plain: Endpoint = "wss://a.test".parse().unwrap();
        assert_eq!(plain.hide_keys_in("GET / on a.test".to_owned()), "GET / on a.test");
    }

    #[test]
    fn keys_are_hidden_in_every_failure_that_holds_words_of_others() {
        let key = || "0123abcdef".to_owned();
        let error = ServerError { token: key(), code: Some(1), message: Some(key()) };
        let texts = [
            Failure::Resolve(key()),
            Failure::Connect(key()),
            Failure::Tls(key()),
            Failure::Upgrade(key()),
            Failure::Broken(key()),
            Failure::Complaint(key()),
            Failure::Unreadable(key()),
            Failure::Closed { code: None, reason: key() },
            Failure::HttpStatus { status: 400, retry_after: None, reason: key() },
            Failure::Server(error.clone()),
            Failure::Unfit(Unfit::NotSynced { state: key() }),
            Failure::Unfit(Unfit::PartialHistory { complete: key(), first: 1, validated: 2 }),
            Failure::CoolingDown {
                remaining: Duration::ZERO,
                cause: Box::new(Failure::Server(error)),
            },
        ];
        for failure in texts {
            assert!(format!("{failure:?}").contains(&key()));
            let hidden = endpoint().hide_keys(failure.clone());
            assert_eq!(std::mem::discriminant(&hidden), std::mem::discriminant(&failure));
            let shown = format!("{hidden} {hidden:?}");
            assert!(!shown.contains(&key()) && shown.contains('…'), "{shown}");
        }
        let own = Failure::NotThere { ledgers: key() };
        assert_eq!(endpoint().hide_keys(own.clone()), own);
    }

    #[test]
    fn credentials_are_sent_as_they_were_before_they_were_escaped() {
        assert_eq!(percent_decoded("user:p%40ss%2Fword"), b"user:p@ss/word");
        assert_eq!(percent_decoded("100%:%4:%zz:%"), b"100%:%4:%zz:%");
        assert_eq!(percent_decoded("%c3%A9"), "é".as_bytes());
    }
}
