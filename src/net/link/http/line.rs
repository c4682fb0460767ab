//! Steps 3 to 5 of the trip, over HTTP: one connection, and one request after the other on it.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use hyper::{
    Error as HttpError, Method, Request, Response, StatusCode,
    body::{Body, Incoming},
    client::conn::http1::{Builder, Connection, SendRequest},
    header::{self, HeaderMap, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    config::Endpoint,
    error::Failure,
    net::{
        connect::ByteStream,
        open::{Opener, Progress, closed},
    },
    wire::server_error::bounded,
};

/// Real answers begin with a few hundred bytes of headers.
const MAX_HEAD: usize = 16 << 10;

/// What is read of the text beside a status that is none of success. Real ones are one line.
const MAX_COMPLAINT: usize = 256;

/// What a server says that does not know the second version of the API, beside the status 400.
const OLD_SERVER: &str = "invalid_API_version";

/// Where a line goes.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) opener: &'a Opener,
    pub(super) endpoint: &'a Endpoint,
    /// How long opening a connection may take.
    pub(super) limit: Duration,
}

/// One connection. It makes progress while it is asked or waited for.
pub(super) struct Line {
    sender: SendRequest<String>,
    connection: Connection<TokioIo<Box<dyn ByteStream>>, String>,
    ended: bool,
}

impl Line {
    pub(super) async fn open(site: Site<'_>, progress: &Progress) -> Result<Line, Failure> {
        let opening = async {
            let stream = site.opener.dial(site.endpoint, progress).await?;
            let stream = TokioIo::new(stream);
            Builder::new().max_buf_size(MAX_HEAD).handshake(stream).await.map_err(failure)
        };
        let opened = timeout(site.limit, opening).await;
        let (sender, connection) = opened.unwrap_or(Err(Failure::NoAnswer { unreadable: 0 }))?;
        Ok(Line { sender, connection, ended: false })
    }

    /// Asks, and reads the whole answer.
    pub(super) async fn ask(&mut self, site: Site<'_>, text: String) -> Result<Utf8Bytes, Failure> {
        let request = request(site, text)?;
        let Line { sender, connection, ended } = self;
        let asking = async {
            let response = sender.send_request(request).await.map_err(failure)?;
            read(response, site.opener.limits.message_bytes).await
        };
        let mut asking = pin!(asking);
        poll_fn(|cx| {
            *ended = *ended || Pin::new(&mut *connection).poll(cx).is_ready();
            asking.as_mut().poll(cx)
        })
        .await
    }

    /// Waits until it can take a request; false when it never will.
    pub(super) async fn is_ready(&mut self) -> bool {
        let Line { sender, connection, ended } = self;
        poll_fn(|cx| {
            *ended = *ended || Pin::new(&mut *connection).poll(cx).is_ready();
            match sender.poll_ready(cx) {
                Poll::Ready(ready) => Poll::Ready(ready.is_ok()),
                Poll::Pending if *ended => Poll::Ready(false),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    pub(super) fn is_open(&self) -> bool {
        !self.ended && !self.sender.is_closed()
    }

    /// Ready when the connection has ended, which nobody need have asked for.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.ended = self.ended || Pin::new(&mut self.connection).poll(cx).is_ready();
        if self.is_open() { Poll::Pending } else { Poll::Ready(()) }
    }
}

fn request(site: Site<'_>, text: String) -> Result<Request<String>, Failure> {
    let Site { opener, endpoint, .. } = site;
    let own = &opener.headers;
    // What the user sets replaces what the address says.
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let (host, basic) = (Some(endpoint.authority().to_string()), endpoint.basic_authorization());
    for (name, value) in [(header::HOST, host), (header::AUTHORIZATION, basic)] {
        if let Some(value) = value.filter(|_| !own.contains_key(&name)) {
            let mut value = HeaderValue::from_str(&value).map_err(unsendable)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    headers.extend(own.clone());
    let request = Request::builder().method(Method::POST).uri(endpoint.path_and_query());
    let mut request = request.body(text).map_err(unsendable)?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// The reason is not shown: it may repeat a key.
fn unsendable<E>(_: E) -> Failure {
    Failure::Broken("its address cannot be sent in a request".to_owned())
}

/// The text of a whole answer. Redirects are not followed: who answers is whom the user has named.
async fn read(response: Response<Incoming>, limit: usize) -> Result<Utf8Bytes, Failure> {
    let (status, headers) = (response.status(), response.headers());
    let retry_after = headers.get(header::RETRY_AFTER).and_then(seconds);
    let reason = match status {
        StatusCode::OK => {
            let body = response.into_body();
            if body.size_hint().lower() > limit as u64 {
                return Err(Failure::TooLarge { limit });
            }
            let bytes = collect(body, limit).await?.map_err(|_| Failure::TooLarge { limit })?;
            return String::from_utf8(bytes)
                .map(Utf8Bytes::from)
                .map_err(|_| Failure::Unreadable("text that is not UTF-8".to_owned()));
        }
        StatusCode::BAD_REQUEST => {
            let text = collect(response.into_body(), MAX_COMPLAINT).await?;
            let text = text.unwrap_or_else(|beginning| beginning);
            let text = String::from_utf8_lossy(&text).trim().to_owned();
            if text == OLD_SERVER {
                // As its WebSocket would have said it.
                return Ok(Utf8Bytes::from(format!(
                    r#"{{"status":"error","error":"{OLD_SERVER}"}}"#
                )));
            }
            bounded(&text, 100)
        }
        _ => String::new(),
    };
    Err(Failure::HttpStatus { status: status.as_u16(), retry_after, reason })
}

/// All bytes, or those up to the limit when there are more.
async fn collect(mut body: Incoming, limit: usize) -> Result<Result<Vec<u8>, Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.map_err(failure)?.into_data() else { continue };
        if data.len() > limit - bytes.len() {
            bytes.extend_from_slice(&data[..limit - bytes.len()]);
            return Ok(Err(bytes));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Ok(bytes))
}

/// `Retry-After` in its form of seconds. The other one, a date, depends on two clocks.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// What an error of HTTP means for whoever waits.
fn failure(error: HttpError) -> Failure {
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return closed(None);
    }
    let source = std::error::Error::source(&error);
    let kind = source.and_then(|source| source.downcast_ref::<io::Error>()).map(io::Error::kind);
    if kind == Some(io::ErrorKind::UnexpectedEof) {
        return closed(None);
    }
    let text = source.map_or_else(|| error.to_string(), ToString::to_string);
    Failure::Broken(bounded(&text, 200))
}
