//! Step 3 of the trip: the WebSocket upgrade (RFC 6455, section 4.1).
//!
//! The library that reads and writes the frames could do this as well. But it logs the whole request,
//! keys included, and takes no answer of a proxy that says `Connection: keep-alive, Upgrade`.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::{
            client::{Response, generate_key},
            derive_accept_key,
            machine::TryParse,
        },
        http::{HeaderMap, HeaderName, StatusCode, header},
        protocol::{Role, WebSocketConfig},
    },
};

use super::connect::ByteStream;
use crate::{config::Endpoint, error::Failure, wire::server_error::bounded};

/// Real answers to an upgrade have one or two thousand bytes.
const MAX_ANSWER: usize = 16 << 10;

pub(crate) type Socket = WebSocketStream<Box<dyn ByteStream>>;

/// Asks for the upgrade, with these headers beside its own. No time limit: whoever waits has one.
pub(crate) async fn upgrade(
    mut stream: Box<dyn ByteStream>,
    endpoint: &Endpoint,
    headers: &HeaderMap,
    config: WebSocketConfig,
) -> Result<Socket, Failure> {
    let key = generate_key();
    let request = request(endpoint, headers, &key);
    stream.write_all(&request).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let (answer, first_frames) = read_answer(&mut stream).await?;
    check(&answer, &key)?;
    let role = Role::Client;
    Ok(WebSocketStream::from_partially_read(stream, first_frames, role, Some(config)).await)
}

fn request(endpoint: &Endpoint, headers: &HeaderMap, key: &str) -> Vec<u8> {
    let path = endpoint.path_and_query();
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
    )
    .into_bytes();
    let mut add = |name: &str, value: &[u8]| {
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
    };
    // What the user sets replaces what the address says.
    if !headers.contains_key(header::HOST) {
        add("Host", endpoint.authority().to_string().as_bytes());
    }
    if let (Some(basic), false) =
        (endpoint.basic_authorization(), headers.contains_key(header::AUTHORIZATION))
    {
        add("Authorization", basic.as_bytes());
    }
    for (name, value) in headers {
        add(name.as_str(), value.as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// The answer, and what came behind it.
async fn read_answer(stream: &mut Box<dyn ByteStream>) -> Result<(Response, Vec<u8>), Failure> {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_ANSWER {
        let mut more = [0; 1024];
        let count = stream.read(&mut more).await.map_err(broken)?;
        let more = &more[..count];
        if more.is_empty() {
            return Err(Failure::Upgrade("the connection was closed".to_owned()));
        }
        bytes.extend_from_slice(more);
        // An answer ends with a line.
        if more.contains(&b'\n')
            && let Some((end, answer)) = Response::try_parse(&bytes).map_err(broken)?
        {
            return Ok((answer, bytes.split_off(end)));
        }
    }
    Err(Failure::Upgrade(format!("its answer has no end within {MAX_ANSWER} bytes")))
}

fn check(answer: &Response, key: &str) -> Result<(), Failure> {
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(Failure::UpgradeStatus { status: answer.status().as_u16() });
    }
    let says = |name: HeaderName, token: &str| {
        let values = answer.headers().get_all(name).into_iter();
        let mut tokens = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
        tokens.any(|found| found.trim().eq_ignore_ascii_case(token))
    };
    let wrong = |reason: &str| Err(Failure::Upgrade(reason.to_owned()));
    if !says(header::UPGRADE, "websocket") || !says(header::CONNECTION, "upgrade") {
        return wrong("its answer upgrades to something else");
    }
    let accept = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    if accept.is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
    {
        return wrong("its answer belongs to another request: wrong accept key");
    }
    if answer.headers().contains_key(header::SEC_WEBSOCKET_EXTENSIONS) {
        return wrong("its answer uses an extension that nobody asked for");
    }
    Ok(())
}

fn broken(error: impl std::fmt::Display) -> Failure {
    Failure::Upgrade(bounded(&error.to_string(), 200))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(text: &str) -> Result<(), Failure> {
        let text = text.replace('\n', "\r\n");
        let (_, answer) = Response::try_parse(text.as_bytes()).unwrap().unwrap();
        // The example of RFC 6455, section 1.3.
        check(&answer, "dGhlIHNhbXBsZSBub25jZQ==")
    }

    const GOOD: &str = "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n\n";

    #[test]
    fn an_answer_must_be_the_upgrade_that_was_asked_for() {
        answered(GOOD).unwrap();
        answered(&GOOD.replace("Connection: Upgrade", "connection: keep-alive, upgrade")).unwrap();
        answered(&GOOD.replace("websocket", "WebSocket")).unwrap();
        for (from, to) in [
            ("websocket", "h2c"),
            ("Upgrade: websocket\n", ""),
            ("Connection: Upgrade", "Connection: keep-alive"),
            ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n", ""),
            ("\n\n", "\nSec-WebSocket-Extensions: permessage-deflate\n\n"),
        ] {
            let found = answered(&GOOD.replace(from, to));
            assert!(matches!(found, Err(Failure::Upgrade(_))), "{to}: {found:?}");
        }
        let found = answered(&GOOD.replace("101 Switching Protocols", "429 Too Many Requests"));
        assert_eq!(found, Err(Failure::UpgradeStatus { status: 429 }));
    }

    #[test]
    fn a_header_of_the_user_replaces_what_the_address_says() {
        let endpoint: Endpoint = "ws://user:secret@a.test:8080?key=1".parse().unwrap();
        let text =
            |headers: &HeaderMap| String::from_utf8(request(&endpoint, headers, "KEY")).unwrap();
        let plain = text(&HeaderMap::new());
        assert!(plain.starts_with("GET /?key=1 HTTP/1.1\r\n") && plain.ends_with("\r\n\r\n"));
        assert!(plain.contains("\r\nHost: a.test:8080\r\n"));
        assert!(plain.contains("\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
        let mut own = HeaderMap::new();
        own.insert(header::HOST, "b.test".parse().unwrap());
        own.insert(header::AUTHORIZATION, "Bearer x".parse().unwrap());
        let replaced = text(&own);
        assert!(!replaced.contains("a.test:8080") && !replaced.contains("Basic"), "{replaced}");
        assert!(replaced.contains("host: b.test\r\n") && replaced.contains("Bearer x\r\n"));
    }

    #[test]
    fn no_address_writes_a_line_of_its_own() {
        // Each byte, and characters that end in those which end a line.
        let odd = (0..=0xFF_u32).chain([0x10A, 0x10D, 0x2028]).filter_map(char::from_u32);
        let parts = ["", "/", "/k", "?k", "/k?v", "@", ":", "#"];
        let lines = |text: &str| text.split(['\r', '\n']).filter(|line| !line.is_empty()).count();
        let mut sent = 0;
        for (part, odd) in odd.flat_map(|odd| parts.map(|part| (part, odd))) {
            for url in [
                format!("ws://a.test{part}{odd}X: y{odd}{odd}z"),
                format!("ws://u:p@a.test{part}{odd}X"),
                format!("ws://{odd}X: y{odd}@a.test{part}"),
                format!("ws://a.test{part}%0D%0AX:%20y{odd}"),
            ] {
                let Ok(endpoint) = url.parse::<Endpoint>() else { continue };
                let text = request(&endpoint, &HeaderMap::new(), "KEY");
                let text = String::from_utf8(text).unwrap();
                let expected = 6 + usize::from(endpoint.basic_authorization().is_some());
                assert_eq!(lines(&text), expected, "{url:?}");
                assert_eq!(text.lines().next().unwrap().split(' ').count(), 3, "{url:?}");
                sent += 1;
            }
        }
        assert!(sent > 1000, "{sent}");
    }
}
