//! The signature of Xaman's webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::types::hex;

/// The header that holds the signature, 40 hexadecimal digits.
pub const SIGNATURE_HEADER: &str = "x-xumm-request-signature";
/// The header that holds the time of the request, which is signed with the body.
pub const TIMESTAMP_HEADER: &str = "x-xumm-request-timestamp";

/// Longest timestamp that makes sense, in bytes.
const MAX_TIMESTAMP: usize = 64;

/// Why the sender of a webhook is not known to be Xaman.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// A header is there more than once: which one would be the right one?
    #[error("the header {0} is there more than once")]
    RepeatedHeader(&'static str),
    /// A header holds something else than it should.
    #[error("the header {0} does not hold {1}")]
    MalformedHeader(&'static str, &'static str),
    /// The signature was made with another secret, or over another body or time.
    #[error("the signature does not hold: another secret, another body or another timestamp")]
    Wrong,
}

/// Checks that Xaman signed these bytes: HMAC-SHA1 over the timestamp and the body, with the
/// application's secret as the key. Compared in constant time.
///
/// Xaman's own sample takes the first dash out of the secret; others take out all, or none. Each of
/// the three is taken for good, for all three know the secret. The unit of the timestamp is not
/// documented, so its age is not judged; what comes twice does no harm, see
/// [`Verdict::claim`](crate::Verdict::claim).
///
/// ```
/// use xrpl_txdata::xaman::verify_signature;
///
/// let secret = "11111111-2222-3333-4444-555555555555";
/// let signature = "3c125e67ed4547ed45d372b844b7b56a081ad07a";
/// assert!(verify_signature(secret, "1700000000", signature, br#"{"a":1}"#).is_ok());
/// assert!(verify_signature(secret, "1700000000", signature, br#"{"a":2}"#).is_err());
/// ```
///
/// # Errors
///
/// The signature is not 40 hexadecimal digits, the timestamp is not a short plain text, or the
/// signature does not hold.
pub fn verify_signature(
    api_secret: &str,
    timestamp: &str,
    signature: &str,
    body: &[u8],
) -> Result<(), SignatureError> {
    let malformed = SignatureError::MalformedHeader;
    let signature: [u8; 20] =
        hex::decode_array(signature).ok_or(malformed(SIGNATURE_HEADER, "40 hexadecimal digits"))?;
    // The bytes of both are signed as one: no brace that opens the body may be taken for the time.
    let plain = timestamp.bytes().all(|byte| matches!(byte, b' '..=b'z'));
    if !plain || timestamp.is_empty() || timestamp.len() > MAX_TIMESTAMP {
        return Err(malformed(TIMESTAMP_HEADER, "a short timestamp"));
    }
    let keys =
        [api_secret.replacen('-', "", 1), api_secret.replace('-', ""), api_secret.to_owned()];
    let mut holds = false;
    for key in keys {
        // All are tried, whichever holds; but an empty one is everybody's.
        let signed = is_signed_with(key.as_bytes(), timestamp.as_bytes(), body, &signature);
        holds |= signed && !key.is_empty();
    }
    if holds { Ok(()) } else { Err(SignatureError::Wrong) }
}

fn is_signed_with(key: &[u8], timestamp: &[u8], body: &[u8], signature: &[u8; 20]) -> bool {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return false };
    mac.update(timestamp);
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

/// The values of headers that must be there exactly once; names in any case.
pub(super) fn single_headers<const COUNT: usize, N: AsRef<str>, V: AsRef<[u8]>>(
    names: [&'static str; COUNT],
    headers: impl IntoIterator<Item = (N, V)>,
) -> Result<[String; COUNT], SignatureError> {
    let mut found = [const { None }; COUNT];
    for (name, value) in headers {
        for (place, wanted) in found.iter_mut().zip(names) {
            if !name.as_ref().eq_ignore_ascii_case(wanted) {
                continue;
            }
            if place.is_some() {
                return Err(SignatureError::RepeatedHeader(wanted));
            }
            let text = std::str::from_utf8(value.as_ref()).map(str::to_owned);
            *place = Some(text.map_err(|_| SignatureError::MalformedHeader(wanted, "plain text"))?);
        }
    }
    let mut values = [const { String::new() }; COUNT];
    for ((value, place), name) in values.iter_mut().zip(found).zip(names) {
        *value = place.ok_or(SignatureError::MissingHeader(name))?;
    }
    Ok(values)
}
