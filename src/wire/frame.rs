//! Step 6 of the trip: the envelope of a text frame. Read once, with everything inside kept raw.

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    error::ServerError,
    wire::{
        server_error::{bounded, read_server_error},
        stream::StreamMessage,
    },
};

/// What a text frame is, as far as its envelope tells.
#[derive(Debug)]
pub(crate) enum Frame {
    /// An answer to the request with this id.
    Answer { id: u64 },
    /// A message of a stream, or a notice of a proxy.
    Stream(StreamMessage),
    /// The server could not read something it was sent.
    Complaint { text: String },
    /// Nothing a server should send: no JSON object, or an answer without a usable id.
    Unreadable,
}

/// The fields of any message, whoever sends it; all that is not named here is skipped unread.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    // What streams tell, and answers to subscriptions.
    #[serde(borrow)]
    pub(super) validated: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) hash: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) transaction: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) tx_json: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) ledger_index: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) ledger_hash: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) txn_count: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) network_id: Option<&'a RawValue>,
}

impl Frame {
    /// Reads the envelope. Linear in the text, whatever it holds.
    pub(crate) fn peek(text: &str) -> Frame {
        let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(text) else {
            return Frame::Unreadable;
        };
        let kind = envelope.kind.and_then(read_str);
        match (envelope.id, kind.as_deref()) {
            (Some(id), _) => match id.get().parse() {
                Ok(id) => Frame::Answer { id },
                Err(_) => Frame::Unreadable,
            },
            (None, Some("error")) => {
                let token = envelope.error.and_then(read_str).unwrap_or(Cow::Borrowed("error"));
                let value = envelope.value.and_then(read_str).unwrap_or_default();
                Frame::Complaint { text: bounded(&format!("{token} {value}"), 100) }
            }
            (None, Some("response") | None) => Frame::Unreadable,
            (None, Some(kind)) => Frame::Stream(StreamMessage::read(kind, &envelope)),
        }
    }
}

/// An answer, its parts still raw.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// The result, or the server's error.
    pub(crate) result: Result<&'a RawValue, ServerError>,
    /// The `warnings` of the envelope.
    pub(crate) warnings: Warnings,
}

/// The warnings that say something about the node rather than about the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Warnings {
    /// 1002: it no longer follows the network's rules.
    pub(crate) amendment_blocked: bool,
    /// 1003: it validates nothing.
    pub(crate) validator_list_expired: bool,
    /// 2002: a Clio server whose data may be out of date.
    pub(crate) out_of_date: bool,
    /// 2001: a Clio server.
    pub(crate) clio: bool,
    /// `load` or 2003: about to be rate limited.
    pub(crate) load: bool,
}

#[derive(Deserialize)]
struct AnswerFields<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    error_code: Option<&'a RawValue>,
    #[serde(borrow)]
    error_message: Option<&'a RawValue>,
    #[serde(borrow)]
    warning: Option<&'a RawValue>,
    #[serde(borrow)]
    warnings: Option<&'a RawValue>,
}

impl<'a> Answer<'a> {
    /// Reads the text of a [`Frame::Answer`]. `None` when it is neither a success nor an error.
    pub(crate) fn read(text: &'a str) -> Option<Answer<'a>> {
        let outer: AnswerFields<'a> = serde_json::from_str(text).ok()?;
        // An error stands at the top level; some servers and proxies put it into the result.
        let result = outer.result.map(RawValue::get).filter(|result| has_envelope(result));
        let inner = result.and_then(|text| serde_json::from_str::<AnswerFields<'a>>(text).ok());
        // So do they with warnings.
        let warnings = inner.as_ref().map(Warnings::read).unwrap_or_default();
        let warnings = Warnings::read(&outer).merge(warnings);
        let failed = |fields: &AnswerFields<'a>| {
            fields.error.is_some()
                || fields.status.and_then(read_str).is_some_and(|status| status == "error")
        };
        for fields in [Some(&outer), inner.as_ref()].into_iter().flatten() {
            if failed(fields) {
                let error =
                    read_server_error(fields.error, fields.error_code, fields.error_message);
                return Some(Answer { result: Err(error), warnings });
            }
        }
        let result = outer.result.filter(|raw| raw.get().starts_with('{'))?;
        Some(Answer { result: Ok(result), warnings })
    }
}

/// Whether a result may tell of an error or warn, as an envelope does. Few do, and all are long. An error
/// is called so as a field or as the status. No server writes these names in any other way; one that wants
/// to hide them leaves them out.
fn has_envelope(result: &str) -> bool {
    let names = [r#""error""#, r#""warning"#];
    names.iter().any(|name| memmem::find(result.as_bytes(), name.as_bytes()).is_some())
}

impl Warnings {
    fn read(fields: &AnswerFields<'_>) -> Warnings {
        let list = fields.warnings.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let warnings = Warnings::read_list(list.as_ref());
        let load = fields.warning.and_then(read_str).is_some_and(|text| text == "load");
        Warnings { load: load || warnings.load, ..warnings }
    }

    /// Reads a list of objects with an `id`. Whatever else is in it hides none of them.
    pub(crate) fn read_list(list: Option<&Value>) -> Warnings {
        let ids: Vec<u64> = list
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|warning| match warning.get("id")? {
                Value::String(digits) => digits.parse().ok(),
                id => id.as_u64(),
            })
            .collect();
        Warnings {
            amendment_blocked: ids.contains(&1002),
            validator_list_expired: ids.contains(&1003),
            out_of_date: ids.contains(&2002),
            clio: ids.contains(&2001),
            load: ids.contains(&2003),
        }
    }
}

/// The text of a raw JSON string.
pub(crate) fn read_str(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_tells_answers_streams_and_noise_apart() {
        for (text, expected) in [
            (r#"{"id":7,"status":"success","type":"response","result":{}}"#, "Answer { id: 7 }"),
            (r#"{"id":7,"result":{}}"#, "Answer { id: 7 }"),
            (r#"{"type":"ledgerClosed","ledger_index":5}"#, "Stream(Other)"),
            (r#"{"type":"PROXY"}"#, "Stream(Other)"),
            (r#"{"type":"validationReceived"}"#, "Stream(Validation)"),
            (r#"{"type":"error","error":"jsonInvalid","value":"x"}"#, "Complaint"),
            (r#"{"id":"7","type":"response"}"#, "Unreadable"),
            (r#"{"id":-7}"#, "Unreadable"),
            (r#"{"type":"response","result":{}}"#, "Unreadable"),
            (r#"{"result":{}}"#, "Unreadable"),
            ("[]", "Unreadable"),
            ("<html>", "Unreadable"),
            ("", "Unreadable"),
        ] {
            let frame = format!("{:?}", Frame::peek(text));
            assert!(frame.starts_with(expected), "{text} is {frame}");
        }
    }

    /// The same in another spelling is the same, and what is there twice is nothing.
    #[test]
    fn no_spelling_of_a_message_makes_another_one_of_it() {
        let deep = format!("{}8{}", "[{\"id\":".repeat(500), "}]".repeat(500));
        for (text, expected) in [
            (r#"{"\u0069d":7}"#, "Answer { id: 7 }"),
            (r#" { "result" : {"id":8} , "id" : 7 } "#, "Answer { id: 7 }"),
            (r#"{"x":"\"id\":8,{[","id":7}"#, "Answer { id: 7 }"),
            (r#"{"x":"\\","id":7,"y":"\\\""}"#, "Answer { id: 7 }"),
            (&format!(r#"{{"x":{deep},"id":7}}"#), "Answer { id: 7 }"),
            (r#"{"id":null,"type":"ledgerClosed"}"#, "Stream(Other)"),
            (r#"{"type":"validation\u0052eceived"}"#, "Stream(Validation)"),
            (r#"{"x":{"id":7},"type":"ledgerClosed"}"#, "Stream(Other)"),
            (r#"{"id":7,"id":7}"#, "Unreadable"),
            (r#"{"id":7,"\u0069d":8}"#, "Unreadable"),
            (r#"{"type":"ledgerClosed","type":"validationReceived"}"#, "Unreadable"),
            (r#"{"id":7}{"id":8}"#, "Unreadable"),
        ] {
            let frame = format!("{:?}", Frame::peek(text));
            assert!(frame.starts_with(expected), "{text} is {frame}");
        }
    }

    #[test]
    fn nesting_without_end_is_skipped_and_not_a_stack_overflow() {
        let text = format!("{{\"id\":1,\"result\":{}", "[".repeat(100_000));
        assert!(matches!(Frame::peek(&text), Frame::Unreadable));
        let closed = format!("{{\"id\":1,\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(Frame::peek(&closed), Frame::Answer { id: 1 }));
        assert!(Answer::read(&closed).is_none());
    }

    #[test]
    fn an_error_is_found_wherever_it_stands() {
        for text in [
            r#"{"id":1,"status":"error","error":"txnNotFound","error_code":29}"#,
            r#"{"id":1,"result":{"status":"error","error":"txnNotFound","error_code":29}}"#,
            r#"{"id":1,"result":{"error":"txnNotFound","error_code":29,"request":{}}}"#,
        ] {
            let answer = Answer::read(text).unwrap();
            let error = answer.result.unwrap_err();
            assert_eq!((error.token.as_str(), error.code), ("txnNotFound", Some(29)));
        }
    }

    #[test]
    fn an_answer_without_an_object_in_it_is_none() {
        for text in [r#"{"id":1}"#, r#"{"id":1,"result":[]}"#, r#"{"id":1,"result":"ok"}"#] {
            assert!(Answer::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn no_neighbour_hides_a_warning() {
        for list in [
            r#"[5,"text",null,{"id":[]},{"id":-1},{"id":1002}]"#,
            r#"[{"id":"1002","message":5}]"#,
            r#"[{"id":1002},{"id":{"deep":[1]}}]"#,
        ] {
            let text = format!(r#"{{"id":1,"result":{{}},"warnings":{list}}}"#);
            assert!(Answer::read(&text).unwrap().warnings.amendment_blocked, "{list}");
        }
        let text = r#"{"id":1,"result":{},"warnings":{"id":1002}}"#;
        assert_eq!(Answer::read(text).unwrap().warnings, Warnings::default());
    }

    #[test]
    fn warnings_about_the_node_are_kept() {
        let text = r#"{"id":1,"result":{},"warning":"load","warnings":[{"id":1002,"message":"m"},{"id":2001},{"x":1}]}"#;
        let warnings = Answer::read(text).unwrap().warnings;
        assert!(warnings.amendment_blocked && warnings.clio && warnings.load);
        let inside = r#"{"result":{"warning":"load","warnings":[{"id":1002}],"status":"success"}}"#;
        let inside = Answer::read(inside).unwrap().warnings;
        assert!(inside.amendment_blocked && inside.load);
        for inside in [r#"{"warning":"load"}"#, r#"{"warnings":[{"id":2003}]}"#] {
            let text = format!(r#"{{"id":1,"result":{inside}}}"#);
            assert!(Answer::read(&text).unwrap().warnings.load, "{text}");
        }
        let failed = Answer::read(r#"{"id":1,"result":{"status":"error"}}"#).unwrap();
        assert!(failed.result.is_err());
        assert!(!warnings.out_of_date && !warnings.validator_list_expired);
    }
}
