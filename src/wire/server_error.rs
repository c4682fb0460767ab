//! A server's error answer, and what to do about each token.
//!
//! Tokens and numbers as in rippled's `ErrorCodes.h` and Clio's `Errors.cpp`; the token decides, the
//! number only where there is no token, the message never.

use serde_json::value::RawValue;

use crate::{
    error::{Failure, ServerError},
    types::text::is_plain,
    wire::envelope::read_str,
};

/// What an error answer to a look-up means for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// A real answer: this node does not have the transaction.
    NotFound,
    /// The same node, once more, after a moment.
    RetrySame,
    /// The same node, with API version 1.
    OlderVersion,
    /// Another node; this one did nothing wrong.
    NextKeep,
    /// Another node; this one rests for a moment (busy, starting up, out of step).
    Next,
    /// Another node; this one wants to be left alone, at least half a minute.
    SlowDown,
    /// Another node; this one cannot be used for a long time.
    Quarantine,
}

/// How to go on after `error` in answer to a `tx` or a `server_info`.
pub(crate) fn treatment(error: &ServerError) -> Treatment {
    use Treatment::*;
    match error.token.as_str() {
        "txnNotFound" | "transactionNotFound" => NotFound,
        "invalid_API_version" => OlderVersion,
        "lgrNotValidated" | "failedToForward" => RetrySame,
        "slowDown" => SlowDown,
        "amendmentBlocked" | "unlBlocked" | "forbidden" | "noPermission" | "notEnabled" => {
            Quarantine
        }
        "lgrNotFound" | "lgrIdxsInvalid" | "lgrIdxMalformed" | "wrongNetwork" => NextKeep,
        "" => by_code(error.code),
        _ => Next,
    }
}

fn by_code(code: Option<i64>) -> Treatment {
    use Treatment::*;
    match code {
        Some(29) => NotFound,
        Some(6000) => OlderVersion,
        Some(22 | 90) => RetrySame,
        Some(10) => SlowDown,
        Some(14 | 80 | 3 | 6 | 12) => Quarantine,
        Some(21 | 57 | 58 | 4) => NextKeep,
        _ => Next,
    }
}

pub(crate) fn read_server_error(
    token: Option<&RawValue>,
    code: Option<&RawValue>,
    message: Option<&RawValue>,
) -> ServerError {
    ServerError {
        token: token.and_then(read_str).map(|text| bounded(&text, 100)).unwrap_or_default(),
        code: code.and_then(|raw| raw.get().trim_matches('"').parse().ok()),
        message: message.and_then(read_str).map(|text| bounded(&text, 200)),
    }
}

/// `text` cut after `max` characters, those replaced that break a line, hide in it or turn its direction: it
/// may end in a log or a terminal.
pub(crate) fn bounded(text: &str, max: usize) -> String {
    text.chars().take(max).map(|c| if is_plain(c) { c } else { '\u{FFFD}' }).collect()
}

/// What cannot be read, as it is shown.
pub(crate) fn unreadable(text: &str) -> Failure {
    Failure::Unreadable(bounded(text, 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(token: &str, code: Option<i64>) -> ServerError {
        ServerError { token: token.to_owned(), code, message: None }
    }

    #[test]
    fn each_token_is_treated_by_its_class() {
        use Treatment::*;
        for (token, expected) in [
            ("txnNotFound", NotFound),
            ("invalid_API_version", OlderVersion),
            ("lgrNotValidated", RetrySame),
            ("failedToForward", RetrySame),
            ("tooBusy", Next),
            ("notReady", Next),
            ("noNetwork", Next),
            ("noCurrent", Next),
            ("notSynced", Next),
            ("notImpl", Next),
            ("invalidParams", Next),
            ("unknownCmd", Next),
            ("internal", Next),
            ("dbDeserialization", Next),
            ("slowDown", SlowDown),
            ("amendmentBlocked", Quarantine),
            ("unlBlocked", Quarantine),
            ("notEnabled", Quarantine),
            ("forbidden", Quarantine),
            ("wrongNetwork", NextKeep),
            ("lgrNotFound", NextKeep),
            ("neverHeardOf", Next),
        ] {
            assert_eq!(treatment(&error(token, None)), expected, "{token}");
        }
    }

    #[test]
    fn the_number_speaks_only_where_there_is_no_token() {
        assert_eq!(treatment(&error("", Some(29))), Treatment::NotFound);
        assert_eq!(treatment(&error("", Some(10))), Treatment::SlowDown);
        assert_eq!(treatment(&error("internal", Some(29))), Treatment::Next);
        assert_eq!(treatment(&error("", None)), Treatment::Next);
    }

    #[test]
    fn a_servers_text_cannot_reach_the_terminal_as_it_is() {
        assert_eq!(bounded("a\u{1b}[31mb\n", 100), "a\u{FFFD}[31mb\u{FFFD}");
        assert_eq!(bounded("a\u{202e}b\u{2028}\u{200b}é", 100), "a\u{FFFD}b\u{FFFD}\u{FFFD}é");
        assert_eq!(bounded(&"x".repeat(500), 200).len(), 200);
    }
}
