//! What settings must be, and what is made of them.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    config::{self, Endpoint, HttpEndpoints},
    error::{Error, Kind},
    machine::operators::Operators,
    types::ParseError,
};

/// What the two sides tell each other about the connection and the message; not the user's to choose.
const RESERVED: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_EXTENSIONS,
];

/// The endpoints by operator. An endpoint that is not asked is run by nobody.
pub(super) fn operators(
    endpoints: &[Endpoint],
    groups: Vec<Vec<Result<Endpoint, ParseError>>>,
    http: HttpEndpoints,
) -> Result<Operators, Error> {
    let mut by_place = Vec::new();
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        let mut places = Vec::new();
        for endpoint in config::endpoints(group, http)? {
            let place = endpoints.iter().position(|one| *one == endpoint);
            let name = "one_operator";
            let refused = || {
                let expected = "one of the endpoints".to_owned();
                Error::new(Kind::InvalidSetting { name, value: endpoint.to_string(), expected })
            };
            places.push(place.ok_or_else(refused)?);
        }
        by_place.push(places);
    }
    Ok(Operators::new(endpoints.len(), &by_place))
}

/// A number in its range.
pub(super) fn count(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), Error> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    let expected = format!("{min} to {max}");
    Err(Error::new(Kind::InvalidSetting { name, value: value.to_string(), expected }))
}

/// What three letters the native asset is called by.
pub(super) fn native_asset(code: Option<String>) -> Result<Option<Arc<str>>, Error> {
    match code {
        Some(code) if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Ok(Some(code.into()))
        }
        Some(value) => {
            let expected = "three ASCII letters or digits".to_owned();
            let value = format!("{value:?}");
            Err(Error::new(Kind::InvalidSetting { name: "native_asset", value, expected }))
        }
        None => Ok(None),
    }
}

/// Headers as they are sent: the user's own, and who we are.
pub(super) fn headers(own: Vec<(String, String)>) -> Result<HeaderMap, Error> {
    let agent = HeaderValue::from_static(concat!("xrpl-txdata/", env!("CARGO_PKG_VERSION")));
    let mut headers = HeaderMap::from_iter([(header::USER_AGENT, agent)]);
    for (name, value) in own {
        // The value may be a key and is not repeated.
        let refused = |expected: &str| {
            Error::new(Kind::InvalidSetting {
                name: "header",
                value: format!("{name:?}"),
                expected: expected.to_owned(),
            })
        };
        let parsed: HeaderName = name.parse().map_err(|_| refused("a header name of RFC 9110"))?;
        if RESERVED.contains(&parsed) {
            return Err(refused("a header that the library does not set itself"));
        }
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| refused("a value of visible ASCII characters"))?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

/// Different in each process.
pub(super) fn seed_from_clock() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() ^ u64::from(since.subsec_nanos()).rotate_left(32))
}
