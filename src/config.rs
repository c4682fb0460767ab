//! What the user chooses: endpoints, time limits, and what a node must be to be believed.

mod credentials;
#[cfg(any(feature = "testing", fuzzing))]
mod held;
mod rules;

use std::{fmt, net::Ipv6Addr, str::FromStr, time::Duration};

use tokio_tungstenite::tungstenite::http::Uri;

#[cfg(all(fuzzing, not(feature = "testing")))]
pub(crate) use self::held::Held;
#[cfg(feature = "testing")]
pub use self::held::Held;
pub(crate) use self::rules::{FitnessRules, Limits, Network};
use crate::{
    error::{Error, Kind},
    types::ParseError,
};

/// Asked when no endpoint is given: public servers of the main network with full history. Their
/// operators promise nothing; an own node is the best default.
pub const MAINNET_ENDPOINTS: [&str; 3] =
    ["wss://xrplcluster.com", "wss://s2.ripple.com", "wss://honeycluster.io"];

/// More nodes than this never agree in useful time.
pub(crate) const MAX_AGREEMENT: usize = 16;

/// The longest time limit that makes sense for a lookup without waiting.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest wait for a transaction that is not there yet.
pub const MAX_WAIT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The address of a server: `ws://`, `wss://`, `http://` or `https://`, a host, perhaps a port and a
/// path. The first two speak WebSocket, the others JSON-RPC over HTTP (feature `http`).
///
/// `Display` and `Debug` show scheme, host and port only: paths, queries and user names of such URLs
/// hold keys.
///
/// ```
/// use xrpl_txdata::Endpoint;
///
/// let endpoint: Endpoint = "wss://user:secret@Example.com/key/abc?token=1".parse()?;
/// assert_eq!(endpoint.to_string(), "wss://example.com");
/// assert_eq!(endpoint.port(), 443);
/// # Ok::<(), xrpl_txdata::ParseError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    transport: Transport,
    secure: bool,
    host: String,
    port: u16,
    credentials: Option<String>,
    path_and_query: String,
    /// Values of the headers that are sent to it.
    headers: Vec<String>,
}

/// What is spoken with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    /// One connection, on which it also speaks by itself.
    WebSocket,
    /// JSON-RPC: it answers, and that is all.
    Http,
}

impl Endpoint {
    /// The scheme: `ws`, `wss`, `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        match (self.transport, self.secure) {
            (Transport::WebSocket, false) => "ws",
            (Transport::WebSocket, true) => "wss",
            (Transport::Http, false) => "http",
            (Transport::Http, true) => "https",
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        self.transport
    }

    /// Whether the connection is encrypted (`wss`, `https`).
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host name or address, in lower case; an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 80 or 443 when the URL names none.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    /// `host` or `host:port` as an HTTP `Host` header wants it.
    pub(crate) fn authority(&self) -> Authority<'_> {
        Authority(self)
    }
}

impl FromStr for Endpoint {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Endpoint, ParseError> {
        // The text may hold a key: an error shows it only as far as that cannot be.
        let refuse =
            |reason: &'static str| ParseError::new("an endpoint", &without_keys(text), reason);
        if text.is_empty() {
            return Err(refuse("it is empty"));
        }
        if text.trim() != text {
            return Err(refuse("expected a URL without spaces around it"));
        }
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| refuse("expected ws://, wss://, http:// or https:// and a host"))?;
        let (transport, secure) = match scheme.to_ascii_lowercase().as_str() {
            "ws" => (Transport::WebSocket, false),
            "http" => (Transport::Http, false),
            "wss" if cfg!(feature = "tls") => (Transport::WebSocket, true),
            "https" if cfg!(feature = "tls") => (Transport::Http, true),
            "wss" | "https" => return Err(refuse("TLS needs the feature tls of this crate")),
            _ => return Err(refuse("expected the scheme ws, wss, http or https")),
        };
        // `http::Uri` knows these schemes by their HTTP names only when asked for a path, so the
        // generic form is parsed as it stands.
        let uri: Uri =
            format!("{scheme}://{rest}").parse().map_err(|_| refuse("it is no well-formed URL"))?;
        let authority = uri.authority().ok_or_else(|| refuse("expected a host"))?;
        let (credentials, place) = match authority.as_str().rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials.to_owned()), place),
            None => (None, authority.as_str()),
        };
        let (host, port) = host_and_port(place).map_err(refuse)?;
        Ok(Endpoint {
            transport,
            secure,
            host: host.to_ascii_lowercase(),
            port: port.unwrap_or(default_port(secure)),
            credentials,
            path_and_query: match uri.path_and_query().map_or("/", |path| path.as_str()) {
                // A request always names a path.
                query if query.starts_with('?') => format!("/{query}"),
                path => path.to_owned(),
            },
            headers: Vec::new(),
        })
    }
}

/// Host and perhaps port of an endpoint.
pub(crate) struct Authority<'a>(&'a Endpoint);

impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoint { host, port, secure, .. } = self.0;
        match host.contains(':') {
            true => write!(f, "[{host}]")?,
            false => f.write_str(host)?,
        }
        if *port == default_port(*secure) { Ok(()) } else { write!(f, ":{port}") }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme(), self.authority())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// What can stand in an endpoint list: a text or an [`Endpoint`].
pub trait IntoEndpoint {
    /// Parses, unless it is one already.
    #[doc(hidden)]
    fn into_endpoint(self) -> Result<Endpoint, ParseError>;
}

impl IntoEndpoint for Endpoint {
    fn into_endpoint(self) -> Result<Endpoint, ParseError> {
        Ok(self)
    }
}

impl IntoEndpoint for &Endpoint {
    fn into_endpoint(self) -> Result<Endpoint, ParseError> {
        Ok(self.clone())
    }
}

impl IntoEndpoint for &str {
    fn into_endpoint(self) -> Result<Endpoint, ParseError> {
        self.parse()
    }
}

impl IntoEndpoint for String {
    fn into_endpoint(self) -> Result<Endpoint, ParseError> {
        self.parse()
    }
}

impl IntoEndpoint for &String {
    fn into_endpoint(self) -> Result<Endpoint, ParseError> {
        self.parse()
    }
}

/// What is done with `http` and `https` endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum HttpEndpoints {
    /// They are asked over HTTP.
    #[default]
    Asked,
    /// They are taken for the `ws` and `wss` endpoints of the same host and port.
    Rewritten,
}

/// Checks a whole list, naming every bad entry; an empty list means [`MAINNET_ENDPOINTS`]. An
/// endpoint given twice is one endpoint: a node cannot agree with itself.
pub(crate) fn endpoints(
    list: Vec<Result<Endpoint, ParseError>>,
    http: HttpEndpoints,
) -> Result<Vec<Endpoint>, Error> {
    let mut good: Vec<Endpoint> = Vec::new();
    let mut bad = Vec::new();
    for item in list {
        let item = item.map(|endpoint| match http {
            HttpEndpoints::Asked => endpoint,
            HttpEndpoints::Rewritten => Endpoint { transport: Transport::WebSocket, ..endpoint },
        });
        match item {
            Ok(endpoint) if endpoint.transport == Transport::Http && !cfg!(feature = "http") => {
                let reason = "HTTP needs the feature http of this crate; or use the server's ws:// \
                              or wss:// port";
                bad.push(ParseError::new("an endpoint", &endpoint.to_string(), reason));
            }
            Ok(endpoint) if good.contains(&endpoint) => {}
            Ok(endpoint) => good.push(endpoint),
            Err(error) => bad.push(error),
        }
    }
    if !bad.is_empty() {
        return Err(Error::new(Kind::InvalidEndpoints(bad)));
    }
    if good.is_empty() {
        return endpoints(parsed(MAINNET_ENDPOINTS), http);
    }
    Ok(good)
}

/// Each entry of a list by itself.
pub(crate) fn parsed<I>(list: I) -> Vec<Result<Endpoint, ParseError>>
where
    I: IntoIterator<Item: IntoEndpoint>,
{
    list.into_iter().map(IntoEndpoint::into_endpoint).collect()
}

/// The two time limits of a lookup.
///
/// ```
/// use std::time::Duration;
/// use xrpl_txdata::Timeouts;
///
/// let timeouts = Timeouts { endpoint: Duration::from_millis(500), ..Timeouts::default() };
/// assert_eq!(timeouts.overall, Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// How long the nodes asked so far may stay silent before the next one joins the race. 1250 ms
    /// unless set. Those asked before stay in the race: a late answer still wins.
    pub endpoint: Duration,
    /// The hard bound of a lookup, name look-up and handshakes included. 10 s unless set. The time to
    /// wait for a transaction comes on top.
    pub overall: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { endpoint: Duration::from_millis(1250), overall: Duration::from_secs(10) }
    }
}

impl Timeouts {
    pub(crate) fn check(self) -> Result<(), Error> {
        check_duration("timeouts.endpoint", self.endpoint, MAX_TIMEOUT)?;
        check_duration("timeouts.overall", self.overall, MAX_TIMEOUT)
    }
}

/// How many nodes must agree: no more than that, and than there are operators.
pub(crate) fn check_agreement(nodes: usize, operators: usize) -> Result<(), Error> {
    if (1..=operators.min(MAX_AGREEMENT)).contains(&nodes) {
        return Ok(());
    }
    let expected = match operators < MAX_AGREEMENT {
        true => format!("1 to {operators}, the number of operators of the endpoints"),
        false => format!("1 to {MAX_AGREEMENT}"),
    };
    Err(Error::new(Kind::InvalidSetting { name: "agreement", value: nodes.to_string(), expected }))
}

/// A duration above zero and up to `max`.
pub(crate) fn check_duration(
    name: &'static str,
    value: Duration,
    max: Duration,
) -> Result<(), Error> {
    if value.is_zero() || value > max {
        return Err(Error::new(Kind::InvalidSetting {
            name,
            value: format!("{value:?}"),
            expected: format!("more than zero and at most {} s", max.as_secs()),
        }));
    }
    Ok(())
}

/// `host`, `host:port`, and an IPv6 address in brackets with or without a port. Whatever stands where a
/// port should must be one: it may be half of a password with a slash in it.
fn host_and_port(place: &str) -> Result<(&str, Option<u16>), &'static str> {
    let (host, rest) = match place.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']').unwrap_or((bracketed, ""));
            if host.parse::<Ipv6Addr>().is_err() {
                return Err("expected an IPv6 address in the brackets");
            }
            (host, rest)
        }
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    if host.is_empty() {
        return Err("expected a host");
    }
    if rest.is_empty() {
        return Ok((host, None));
    }
    let digits = rest.strip_prefix(':').filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()).filter(|port| *port > 0) {
        Some(port) => Ok((host, Some(port))),
        None => Err("expected a port from 1 to 65535 after the colon"),
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// The text without what may be a secret: user info, and path and query.
fn without_keys(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if path.contains('@') {
        // A password with a slash in it begins in what looks like the host.
        return format!("{scheme}…");
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}{host}{}", if path.len() > 1 { "/…" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Endpoint {
        text.parse().unwrap()
    }

    #[test]
    fn an_endpoint_is_scheme_host_port_and_path() {
        let endpoint = parse("wss://s1.ripple.com:51233/a/b?k=v");
        assert_eq!((endpoint.host(), endpoint.port()), ("s1.ripple.com", 51233));
        assert_eq!(endpoint.path_and_query(), "/a/b?k=v");
        assert!(endpoint.is_secure());
        assert_eq!(parse("ws://127.0.0.1").port(), 80);
        assert_eq!(parse("WS://[::1]:6006").authority().to_string(), "[::1]:6006");
        assert_eq!(parse("ws://[::1]").host(), "::1");
        assert_eq!(parse("wss://a?k=v").path_and_query(), "/?k=v");
        assert_eq!(parse("wss://a").path_and_query(), "/");
    }

    #[test]
    fn what_cannot_be_dialled_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", "it is empty"),
            (" wss://a", "without spaces"),
            ("xrplcluster.com", "wss://, http:// or https://"),
            ("ftp://a", "scheme ws, wss, http or https"),
            ("wss://", "URL"),
            ("wss:///path", "URL"),
            ("wss://a b", "URL"),
            ("ws://host:0", "port from 1"),
            ("ws://host:", "port from 1"),
            ("ws://host:70000", "port"),
            ("ws://host:+80", "port"),
            ("ws://user:pass/word@host", "port"),
            ("ws://[::1]80", "port"),
            ("ws://[host]", "IPv6"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?} gave {error}");
        }
    }

    #[test]
    fn keys_in_a_url_are_never_shown() {
        let endpoint = parse("wss://user:hush@host.example/hush?hush=1");
        assert!(!format!("{endpoint} {endpoint:?}").contains("hush"));
        assert_eq!(endpoint.basic_authorization().as_deref(), Some("Basic dXNlcjpodXNo"));
        for bad in [
            "wxs://user:hush@host/hush?hush=1",
            "wss://user:hush@ho st/hush",
            "hush@a/hush",
            "wss://user:hush/hush@host",
            "wss://user:hush?hush@host",
            "user:hush#hush@host",
        ] {
            let error = bad.parse::<Endpoint>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hush"), "{error}");
        }
    }

    #[test]
    fn a_list_names_every_bad_entry_and_an_empty_one_means_the_public_default() {
        let asked = |list: &[&str]| endpoints(parsed(list.iter().copied()), HttpEndpoints::Asked);
        let error = asked(&["wss://good", "nonsense", "ftp://bad"]).unwrap_err().to_string();
        assert!(error.contains("nonsense") && error.contains("ftp://bad"), "{error}");
        assert_eq!(asked(&[]).unwrap().len(), MAINNET_ENDPOINTS.len());
        assert_eq!(asked(&["ws://a", "ws://A:80/"]).unwrap().len(), 1);
    }

    #[test]
    fn http_is_asked_or_rewritten_or_refused_by_name() {
        let list = || parsed(["http://a:51234/k?v", "HTTPS://u:hush@b/hush", "ws://a:51234/k?v"]);
        let rewritten = endpoints(list(), HttpEndpoints::Rewritten).unwrap();
        let shown: Vec<String> = rewritten.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["ws://a:51234", "wss://b"], "and what is the same then is one");
        assert_eq!(rewritten[0].path_and_query(), "/k?v");
        let asked = endpoints(list(), HttpEndpoints::Asked);
        assert_eq!(asked.is_ok(), cfg!(feature = "http"));
        match asked {
            Ok(asked) => {
                let schemes: Vec<&str> = asked.iter().map(Endpoint::scheme).collect();
                assert_eq!(schemes, ["http", "https", "ws"]);
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains("http://a:51234") && text.contains("feature http"), "{text}");
                assert!(text.contains("https://b") && !text.contains("hush"), "{text}");
            }
        }
    }

    #[test]
    fn time_limits_of_nothing_or_for_ever_are_refused() {
        for endpoint in [Duration::ZERO, Duration::MAX] {
            let error = Timeouts { endpoint, ..Timeouts::default() }.check().unwrap_err();
            assert!(error.to_string().contains("timeouts.endpoint"), "{error}");
        }
    }
}
