//! Step 6 of the trip: what a message of a node is.

use std::borrow::Cow;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    error::Failure,
    wire::{
        answer::Answer,
        envelope::{Envelope, read_str},
        server_error::bounded,
        stream::StreamMessage,
    },
};

/// What a text frame is, as far as its envelope tells.
#[derive(Debug)]
pub(crate) enum Frame {
    /// An answer to the request with this id, or why it cannot be used.
    Answer { id: u64, answer: Result<Answer, Failure> },
    /// A message of a stream, or a notice of a proxy.
    Stream(StreamMessage),
    /// The server could not read something it was sent.
    Complaint { text: String },
    /// Nothing a server should send: no JSON object, or an answer without a usable id.
    Unreadable,
}

impl Frame {
    /// Reads the envelope. Linear in the text, whatever it holds.
    pub(crate) fn peek(text: &Utf8Bytes) -> Frame {
        let Some(envelope) = Envelope::read(text) else {
            return Frame::Unreadable;
        };
        let kind = envelope.kind.and_then(read_str);
        match (envelope.id, kind.as_deref()) {
            (Some(id), _) => match id.get().parse() {
                Ok(id) => Frame::Answer { id, answer: Answer::of(text, &envelope) },
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        format!("{:?}", Frame::peek(&Utf8Bytes::from(text)))
    }

    #[test]
    fn the_envelope_tells_answers_streams_and_noise_apart() {
        for (text, expected) in [
            (r#"{"id":7,"status":"success","type":"response","result":{}}"#, "Answer { id: 7,"),
            (r#"{"id":7,"result":{}}"#, "Answer { id: 7,"),
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
            let frame = shown(text);
            assert!(frame.starts_with(expected), "{text} is {frame}");
        }
    }

    /// The same in another spelling is the same, and what is there twice is nothing.
    #[test]
    fn no_spelling_of_a_message_makes_another_one_of_it() {
        let deep = format!("{}8{}", "[{\"id\":".repeat(500), "}]".repeat(500));
        for (text, expected) in [
            (r#"{"\u0069d":7}"#, "Answer { id: 7,"),
            (r#" { "result" : {"id":8} , "id" : 7 } "#, "Answer { id: 7,"),
            (r#"{"x":"\"id\":8,{[","id":7}"#, "Answer { id: 7,"),
            (r#"{"x":"\\","id":7,"y":"\\\""}"#, "Answer { id: 7,"),
            (&format!(r#"{{"x":{deep},"id":7}}"#), "Answer { id: 7,"),
            (r#"{"id":null,"type":"ledgerClosed"}"#, "Stream(Other)"),
            (r#"{"type":"validation\u0052eceived"}"#, "Stream(Validation)"),
            (r#"{"x":{"id":7},"type":"ledgerClosed"}"#, "Stream(Other)"),
            (r#"{"id":7,"id":7}"#, "Unreadable"),
            (r#"{"id":7,"\u0069d":8}"#, "Unreadable"),
            (r#"{"type":"ledgerClosed","type":"validationReceived"}"#, "Unreadable"),
            (r#"{"id":7}{"id":8}"#, "Unreadable"),
        ] {
            let frame = shown(text);
            assert!(frame.starts_with(expected), "{text} is {frame}");
        }
    }

    #[test]
    fn nesting_without_end_is_skipped_and_not_a_stack_overflow() {
        let text = format!("{{\"id\":1,\"result\":{}", "[".repeat(100_000));
        assert!(shown(&text) == "Unreadable");
        let closed = format!("{{\"id\":1,\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(shown(&closed).starts_with("Answer { id: 1,"));
    }
}
