//! The messages of the WebSocket that follows one payload: hints to fetch it.

use serde_json::{Map, Value};

use super::{
    member::{Member, PayloadError, objects, parse},
    payload::CustomMeta,
    webhook::ReturnUrl,
};

objects! {
    /// The last message of a payload's WebSocket: the user has decided. Fetch the payload, and judge
    /// that.
    Resolution {
        /// The payload.
        payload_uuidv4: Option<String> = "payload_uuidv4",
        /// The call that this is about, for Xaman's support.
        reference_call_uuidv4: Option<String> = "reference_call_uuidv4",
        /// Whether the user has signed.
        signed: bool = "signed",
        /// Whether there is a token for the user.
        user_token: Option<bool> = "user_token",
        /// Where the user returns to.
        return_url: Option<ReturnUrl> = "return_url",
        /// Whether the payload was opened by a link on the same device.
        opened_by_deeplink: Option<bool> = "opened_by_deeplink",
        /// What the application wrote on the payload.
        custom_meta: CustomMeta = "custom_meta",
        /// The hash of the signed transaction. It says nothing about the ledger.
        txid: Option<String> = "txid",
    }
}

/// A message of `wss://xumm.app/sign/<uuid>`, which follows one payload.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum SignEvent {
    /// A greeting (`Welcome <uuid>`), or the answer to [`PING`].
    Message(String),
    /// So many seconds are left to open the payload, less than none afterwards.
    ExpiresInSeconds(i64),
    /// The user has opened the payload.
    Opened,
    /// The app has fetched the payload.
    DevappFetched,
    /// The user is about to sign.
    PreSigned,
    /// The signed transaction was sent to a node.
    Dispatched,
    /// The payload can no longer be opened.
    Expired,
    /// The user has decided; nothing comes after this.
    Resolved(Box<Resolution>),
    /// Something that this crate does not know.
    Other(Map<String, Value>),
}

/// What a client may send on the WebSocket to hear that the connection lives.
pub const PING: &str = r#"{"ping":true}"#;

impl SignEvent {
    /// Reads one message. What it is about is seen from its members, for messages have no type.
    ///
    /// ```
    /// use xrpl_txdata::xaman::SignEvent;
    ///
    /// assert_eq!(SignEvent::from_json(r#"{"opened":true}"#)?, SignEvent::Opened);
    /// # Ok::<(), xrpl_txdata::xaman::PayloadError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Not a JSON object, or the last message with a member that is missing or of another kind.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<SignEvent, PayloadError> {
        let members = match parse(json.as_ref())? {
            Value::Object(members) => members,
            other => return Err(PayloadError::member("an object", Some(&other))),
        };
        if members.contains_key("signed") {
            let resolution = Resolution::read(Some(Value::Object(members)))?;
            return Ok(SignEvent::Resolved(Box::new(resolution)));
        }
        let is_true = |name: &str| members.get(name) == Some(&Value::Bool(true));
        let switches = [
            ("opened", SignEvent::Opened),
            ("devapp_fetched", SignEvent::DevappFetched),
            ("pre_signed", SignEvent::PreSigned),
            ("dispatched", SignEvent::Dispatched),
            ("expired", SignEvent::Expired),
        ];
        if let Some((_, event)) = switches.into_iter().find(|(name, _)| is_true(name)) {
            return Ok(event);
        }
        if let Some(seconds) = members.get("expires_in_seconds").and_then(Value::as_i64) {
            return Ok(SignEvent::ExpiresInSeconds(seconds));
        }
        match members.get("message") {
            Some(Value::String(message)) => Ok(SignEvent::Message(message.clone())),
            _ => Ok(SignEvent::Other(members)),
        }
    }
}
