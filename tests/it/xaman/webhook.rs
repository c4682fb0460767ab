//! What Xaman sends by itself: webhooks and their signature, messages of the WebSocket.

use serde_json::{Value, json};
use xrpl_txdata::xaman::{SignEvent, SignatureError, Webhook, WebhookError, verify_signature};

use super::TXID;

const SECRET: &str = "11111111-2222-3333-4444-555555555555";
const TIMESTAMP: &str = "1700000000";
const BODY: &str = r#"{"meta":{"url":"https://shop.example/hook","application_uuidv4":"aaaa","payload_uuidv4":"bbbb","opened_by_deeplink":false},"custom_meta":{"identifier":"17","blob":null,"instruction":null},"payloadResponse":{"payload_uuidv4":"bbbb","reference_call_uuidv4":"cccc","signed":true,"user_token":true,"return_url":{"app":null,"web":null},"txid":"3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF"},"userToken":{"user_token":"dddd","token_issued":1700000000,"token_expiration":1702592000}}"#;
/// Of the body above, with the key without its first dash, without any, and as it is. Computed with
/// another implementation.
const SIGNATURES: [&str; 3] = [
    "b3d5ac195fa29b1dbc3b3b2386945242c07e2936",
    "c0341f5aac5ad458ff7ee777f0d12e9f710f1535",
    "a246c7668e2815c9cef5329a08dcd1b1010dbd2c",
];

fn delivered(headers: &[(&str, &str)], body: &str, secret: &str) -> Result<Webhook, WebhookError> {
    Webhook::verify(headers.iter().copied(), body.as_bytes(), secret)
}

#[test]
fn a_webhook_with_a_signature_of_any_key_form() {
    for signature in SIGNATURES {
        let headers = [
            ("content-type", "application/json"),
            ("X-Xumm-Request-Timestamp", TIMESTAMP),
            ("X-XUMM-REQUEST-SIGNATURE", signature),
        ];
        let webhook = delivered(&headers, BODY, SECRET).unwrap();
        assert_eq!(webhook.meta.payload_uuidv4, "bbbb");
        assert_eq!(webhook.custom_meta.identifier.as_deref(), Some("17"));
        assert!(webhook.payload_response.signed);
        assert_eq!(webhook.payload_response.txid.as_deref(), Some(TXID));
        assert_eq!(webhook.user_token.as_ref().unwrap().token_expiration, Some(1_702_592_000));
        let json = serde_json::to_value(&webhook).unwrap();
        assert_eq!(json, serde_json::from_str::<Value>(BODY).unwrap());
        assert_eq!(serde_json::from_value::<Webhook>(json).unwrap(), webhook);
    }
}

#[test]
fn a_forged_webhook() {
    let signed = |signature: &str, timestamp: &str, body: &str, secret: &str| {
        let headers =
            [("x-xumm-request-signature", signature), ("x-xumm-request-timestamp", timestamp)];
        delivered(&headers, body, secret).map(drop)
    };
    let good = SIGNATURES[0];
    assert_eq!(signed(good, TIMESTAMP, BODY, SECRET), Ok(()));
    assert_eq!(signed(&good.to_uppercase(), TIMESTAMP, BODY, SECRET), Ok(()));
    let wrong = Err(WebhookError::Signature(SignatureError::Wrong));
    // The key of somebody else, and none.
    for key in ["11111111-2222-3333-4444-555555555556", "", "2111111-12222-3333-4444-555555555555"]
    {
        assert_eq!(signed(good, TIMESTAMP, BODY, key), wrong, "{key}");
    }
    // Without its dashes such a secret is one that everybody knows: none at all.
    let everybodys = "aff66d9f2aa4ba02a768b73651b27ea030db1a57";
    for secret in ["", "-", "----"] {
        assert_eq!(signed(everybodys, TIMESTAMP, BODY, secret), wrong, "{secret:?}");
    }
    // Another body: another verdict, another order, the members in another order, spaces.
    let value: Value = serde_json::from_str(BODY).unwrap();
    for body in [
        BODY.replace("\"signed\":true", "\"signed\":false"),
        BODY.replace("\"17\"", "\"18\""),
        value.to_string(),
        BODY.replacen(',', ", ", 1),
        format!("{BODY}\n"),
        String::new(),
    ] {
        assert_ne!(body, BODY);
        assert_eq!(signed(good, TIMESTAMP, &body, SECRET), wrong, "{body}");
    }
    assert_eq!(signed(good, "1700000001", BODY, SECRET), wrong);
    let malformed =
        |header, what| Err(WebhookError::Signature(SignatureError::MalformedHeader(header, what)));
    let (signature, timestamp) = ("x-xumm-request-signature", "x-xumm-request-timestamp");
    for text in ["", "00", &good[1..], &format!("{good}00"), &format!("{good} "), &"g".repeat(40)] {
        let expected = malformed(signature, "40 hexadecimal digits");
        assert_eq!(signed(text, TIMESTAMP, BODY, SECRET), expected, "{text:?}");
    }
    for text in ["", "{", "17\n", &"1".repeat(65), &format!("{TIMESTAMP}{{\"meta\":")] {
        let expected = malformed(timestamp, "a short timestamp");
        assert_eq!(signed(good, text, BODY, SECRET), expected, "{text:?}");
    }
}

#[test]
fn a_webhook_with_missing_or_doubled_headers() {
    let (signature, timestamp) = ("x-xumm-request-signature", "x-xumm-request-timestamp");
    let good = [(signature, SIGNATURES[0]), (timestamp, TIMESTAMP)];
    for (missing, left) in [(signature, good[1]), (timestamp, good[0])] {
        let error = delivered(&[left], BODY, SECRET).unwrap_err();
        assert_eq!(error, WebhookError::Signature(SignatureError::MissingHeader(missing)));
    }
    for (repeated, more) in [
        (signature, (signature, SIGNATURES[0])),
        (signature, ("X-Xumm-Request-Signature", "00")),
        (timestamp, ("X-XUMM-request-timestamp", "1")),
    ] {
        let error = delivered(&[good[0], good[1], more], BODY, SECRET).unwrap_err();
        assert_eq!(error, WebhookError::Signature(SignatureError::RepeatedHeader(repeated)));
    }
    let broken: [(&str, &[u8]); 2] = [(signature, b"\xFF"), (timestamp, TIMESTAMP.as_bytes())];
    let error = Webhook::verify(broken, BODY.as_bytes(), SECRET).unwrap_err();
    assert!(error.to_string().contains(signature), "{error}");
}

#[test]
fn a_signed_body_that_is_no_webhook() {
    // Signed by the secret's holder, so the body is what is wrong.
    let signature = "3c125e67ed4547ed45d372b844b7b56a081ad07a";
    assert_eq!(verify_signature(SECRET, TIMESTAMP, signature, br#"{"a":1}"#), Ok(()));
    let headers =
        [("x-xumm-request-signature", signature), ("x-xumm-request-timestamp", TIMESTAMP)];
    let error = delivered(&headers, r#"{"a":1}"#, SECRET).unwrap_err();
    assert!(matches!(error, WebhookError::Body(_)), "{error}");
    assert!(error.to_string().contains("meta.payload_uuidv4 is missing"), "{error}");
    let error = Webhook::from_json_unverified(r#"{"meta": 1}"#).unwrap_err();
    assert_eq!(error.to_string(), "meta: expected an object, got a number");
}

#[test]
fn messages_of_the_websocket() {
    let read = |json: &str| SignEvent::from_json(json).unwrap();
    for (json, event) in [
        (r#"{"opened":true}"#, SignEvent::Opened),
        (r#"{"devapp_fetched":true}"#, SignEvent::DevappFetched),
        (r#"{"pre_signed":true}"#, SignEvent::PreSigned),
        (r#"{"dispatched":true}"#, SignEvent::Dispatched),
        (r#"{"expired":true}"#, SignEvent::Expired),
        (r#"{"expires_in_seconds":-15}"#, SignEvent::ExpiresInSeconds(-15)),
        (r#"{"message":"Welcome f8e9"}"#, SignEvent::Message("Welcome f8e9".to_owned())),
    ] {
        assert_eq!(read(json), event);
    }
    for json in [r#"{"opened":false}"#, r#"{"message":7}"#, r#"{"news":[]}"#, "{}"] {
        assert!(matches!(read(json), SignEvent::Other(_)), "{json}");
    }
    let last = json!({"payload_uuidv4": "bbbb", "reference_call_uuidv4": "cccc", "signed": true,
        "user_token": true, "return_url": {"app": null, "web": "https://shop.example"},
        "opened_by_deeplink": true, "custom_meta": {"identifier": "17", "blob": null,
        "instruction": null}, "txid": TXID, "new": 1});
    let SignEvent::Resolved(resolution) = read(&last.to_string()) else { panic!() };
    assert!(resolution.signed && resolution.other["new"] == 1);
    assert_eq!(serde_json::to_value(&resolution).unwrap(), last);
    let error = SignEvent::from_json(r#"{"signed":"yes"}"#).unwrap_err().to_string();
    assert_eq!(error, "signed: expected a boolean, got a string");
    for json in ["[]", "null", "7"] {
        let error = SignEvent::from_json(json).unwrap_err().to_string();
        assert!(error.starts_with("expected an object"), "{error}");
    }
}
