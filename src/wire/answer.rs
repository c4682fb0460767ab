//! Step 6 of the trip: what a node answers, its result still raw.

use std::ops::Range;

use memchr::memmem;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    envelope::{Envelope, read_str},
    server_error::{read_server_error, unreadable},
    warnings::Warnings,
};
use crate::error::{Failure, ServerError};

/// An answer: a result, or the server's error.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    text: Utf8Bytes,
    /// Where in the text the result stands; few are errors.
    result: Result<Range<usize>, Box<ServerError>>,
    warnings: Warnings,
}

impl Answer {
    /// Reads the whole text of an answer. A WebSocket's are read as frames.
    #[cfg(any(test, feature = "http"))]
    pub(crate) fn read(text: &Utf8Bytes) -> Result<Answer, Failure> {
        match Envelope::read(text) {
            Some(envelope) => Answer::of(text, &envelope),
            None => Err(unreadable(text)),
        }
    }

    /// The answer in this text, of which this is the envelope.
    ///
    /// # Errors
    ///
    /// It is neither a success nor an error.
    pub(super) fn of(text: &Utf8Bytes, envelope: &Envelope<'_>) -> Result<Answer, Failure> {
        // An error stands at the top level; some servers and proxies put it into the result.
        let result = envelope.result.map(RawValue::get);
        let inner = result.filter(|result| has_envelope(result)).and_then(Envelope::read);
        // So do they with warnings.
        let inner_warnings = inner.as_ref().map(Warnings::read).unwrap_or_default();
        let warnings = Warnings::read(envelope).merge(inner_warnings);
        let error =
            [Some(envelope), inner.as_ref()].into_iter().flatten().find(|of| tells_error(of));
        let result = match error {
            Some(Envelope { error, error_code, error_message, .. }) => {
                Err(Box::new(read_server_error(*error, *error_code, *error_message)))
            }
            None => {
                let object = result.filter(|result| result.starts_with('{'));
                Ok(place_in(text, object.ok_or_else(|| unreadable(text))?))
            }
        };
        Ok(Answer { text: text.clone(), result, warnings })
    }

    /// The object of the result.
    ///
    /// # Errors
    ///
    /// What the server says instead.
    pub(crate) fn result(&self) -> Result<&str, &ServerError> {
        match &self.result {
            Ok(place) => Ok(&self.text[place.clone()]),
            Err(error) => Err(error),
        }
    }

    /// The warnings beside it.
    pub(crate) fn warnings(&self) -> Warnings {
        self.warnings
    }

    /// All that the node sent.
    #[cfg(feature = "http")]
    pub(crate) fn text(&self) -> &Utf8Bytes {
        &self.text
    }
}

/// Where in a text a part of it stands.
fn place_in(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr() - text.as_ptr().addr();
    start..start + part.len()
}

fn tells_error(envelope: &Envelope<'_>) -> bool {
    envelope.error.is_some()
        || envelope.status.and_then(read_str).is_some_and(|status| status == "error")
}

/// Whether a result may tell of an error or warn, as an envelope does. Few do, and all are long. An error
/// is called so as a field or as the status. No server writes these names in any other way; one that wants
/// to hide them leaves them out.
fn has_envelope(result: &str) -> bool {
    let names = [r#""error""#, r#""warning"#];
    names.iter().any(|name| memmem::find(result.as_bytes(), name.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Answer, Failure> {
        Answer::read(&Utf8Bytes::from(text))
    }

    fn warnings(text: &str) -> Warnings {
        read(text).unwrap().warnings()
    }

    #[test]
    fn an_error_is_found_wherever_it_stands() {
        for text in [
            r#"{"id":1,"status":"error","error":"txnNotFound","error_code":29}"#,
            r#"{"id":1,"result":{"status":"error","error":"txnNotFound","error_code":29}}"#,
            r#"{"id":1,"result":{"error":"txnNotFound","error_code":29,"request":{}}}"#,
        ] {
            let answer = read(text).unwrap();
            let error = answer.result().unwrap_err();
            assert_eq!((error.token.as_str(), error.code), ("txnNotFound", Some(29)));
        }
    }

    #[test]
    fn an_answer_without_an_object_in_it_is_none() {
        for text in [r#"{"id":1}"#, r#"{"id":1,"result":[]}"#, r#"{"id":1,"result":"ok"}"#] {
            assert!(matches!(read(text), Err(Failure::Unreadable(_))), "{text}");
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
            assert!(warnings(&text).amendment_blocked, "{list}");
        }
        let text = r#"{"id":1,"result":{},"warnings":{"id":1002}}"#;
        assert_eq!(warnings(text), Warnings::default());
    }

    #[test]
    fn warnings_about_the_node_are_kept() {
        let text = r#"{"id":1,"result":{},"warning":"load","warnings":[{"id":1002,"message":"m"},{"id":2001},{"x":1}]}"#;
        let told = warnings(text);
        assert!(told.amendment_blocked && told.clio && told.load);
        let inside = r#"{"result":{"warning":"load","warnings":[{"id":1002}],"status":"success"}}"#;
        let inside = warnings(inside);
        assert!(inside.amendment_blocked && inside.load);
        for inside in [r#"{"warning":"load"}"#, r#"{"warnings":[{"id":2003}]}"#] {
            let text = format!(r#"{{"id":1,"result":{inside}}}"#);
            assert!(warnings(&text).load, "{text}");
        }
        let failed = read(r#"{"id":1,"result":{"status":"error"}}"#).unwrap();
        assert!(failed.result().is_err());
        assert!(!told.out_of_date && !told.validator_list_expired);
    }
}
