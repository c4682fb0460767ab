//! Step 3 of the trip: the user name and password of an address, as they are sent.

use data_encoding::BASE64;

use crate::config::Endpoint;

/// The `Authorization` header that the address stands for, if it has a user name.
pub(crate) fn basic_authorization(endpoint: &Endpoint) -> Option<String> {
    let credentials = percent_decoded(endpoint.credentials()?);
    Some(format!("Basic {}", BASE64.encode(&credentials)))
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
    use super::*;

    #[test]
    fn credentials_are_sent_as_they_were_before_they_were_escaped() {
        assert_eq!(percent_decoded("user:p%40ss%2Fword"), b"user:p@ss/word");
        assert_eq!(percent_decoded("100%:%4:%zz:%"), b"100%:%4:%zz:%");
        assert_eq!(percent_decoded("%c3%A9"), "é".as_bytes());
    }
}
