//! What Xaman posts to an application when a payload was decided: a hint to fetch the payload.

use super::{
    member::{Member, PayloadError, objects, parse},
    payload::CustomMeta,
    signature::{
        SIGNATURE_HEADER, SignatureError, TIMESTAMP_HEADER, single_headers, verify_signature,
    },
};

objects! {
    /// The body of a webhook. It says that a payload was decided; fetch the payload, and judge that.
    Webhook {
        /// Where it was sent, and about what.
        meta: WebhookMeta = "meta",
        /// What the application wrote on the payload.
        custom_meta: CustomMeta = "custom_meta",
        /// What came of the payload.
        payload_response: PayloadResponse = "payloadResponse",
        /// By which the application can push to the user, when the user allows it.
        user_token: Option<UserToken> = "userToken",
    }

    /// Where a webhook was sent, and about what.
    WebhookMeta {
        /// The address that it was sent to.
        url: Option<String> = "url",
        /// The application.
        application_uuidv4: Option<String> = "application_uuidv4",
        /// The payload.
        payload_uuidv4: String = "payload_uuidv4",
        /// Whether the payload was opened by a link on the same device.
        opened_by_deeplink: Option<bool> = "opened_by_deeplink",
    }

    /// What came of a payload, in short.
    PayloadResponse {
        /// The payload.
        payload_uuidv4: String = "payload_uuidv4",
        /// The call that this is about, for Xaman's support.
        reference_call_uuidv4: Option<String> = "reference_call_uuidv4",
        /// Whether the user has signed.
        signed: bool = "signed",
        /// Whether there is a token for the user.
        user_token: Option<bool> = "user_token",
        /// Where the user returns to.
        return_url: Option<ReturnUrl> = "return_url",
        /// The hash of the signed transaction. It says nothing about the ledger.
        txid: Option<String> = "txid",
    }

    /// Where the user returns to.
    ReturnUrl {
        /// In the app.
        app: Option<String> = "app",
        /// In the browser.
        web: Option<String> = "web",
    }

    /// By which an application can push payloads to a user.
    UserToken {
        /// The token.
        user_token: Option<String> = "user_token",
        /// When it was given, in seconds since 1970.
        token_issued: Option<i64> = "token_issued",
        /// Until when it holds, in seconds since 1970.
        token_expiration: Option<i64> = "token_expiration",
    }
}

impl Webhook {
    /// Reads a webhook that surely comes from Xaman: its signature holds over the bytes of the body.
    ///
    /// `headers` are all headers of the request, as your web server has them; those of the signature
    /// must be there exactly once. `body` is what was received, byte for byte: JSON that was parsed and
    /// written again has other bytes. `api_secret` is the secret of your application.
    ///
    /// Deliveries may repeat and come out of order, and Xaman repeats what is not answered with status
    /// 200 within 15 seconds.
    ///
    /// ```
    /// use xrpl_txdata::xaman::{SignatureError, Webhook, WebhookError};
    ///
    /// let headers = [("content-type", "application/json"), ("x-xumm-request-timestamp", "1700000000")];
    /// let secret = "11111111-2222-3333-4444-555555555555";
    /// let error = Webhook::verify(headers, br#"{"a":1}"#, secret).unwrap_err();
    /// let missing = SignatureError::MissingHeader("x-xumm-request-signature");
    /// assert_eq!(error, WebhookError::Signature(missing));
    /// ```
    ///
    /// # Errors
    ///
    /// A signature header that is missing, repeated or malformed, a signature that does not hold, or a
    /// body that is no webhook.
    pub fn verify<N: AsRef<str>, V: AsRef<[u8]>>(
        headers: impl IntoIterator<Item = (N, V)>,
        body: &[u8],
        api_secret: &str,
    ) -> Result<Webhook, WebhookError> {
        let [signature, timestamp] = single_headers([SIGNATURE_HEADER, TIMESTAMP_HEADER], headers)?;
        verify_signature(api_secret, &timestamp, &signature, body)?;
        Ok(Webhook::from_json_unverified(body)?)
    }

    /// Reads a webhook's body without its signature: anybody can have sent it.
    ///
    /// # Errors
    ///
    /// Not JSON, or a member that is missing or of another kind.
    pub fn from_json_unverified(json: impl AsRef<[u8]>) -> Result<Webhook, PayloadError> {
        Webhook::read(Some(parse(json.as_ref())?))
    }
}

/// Why a request is no webhook of Xaman's.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Nobody knows who sent it.
    #[error("{0}")]
    Signature(#[from] SignatureError),
    /// Xaman sent it, and it is not what Xaman's webhooks are.
    #[error("the webhook's body: {0}")]
    Body(#[from] PayloadError),
}
