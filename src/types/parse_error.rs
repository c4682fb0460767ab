//! The one way a text fails to be a word of the ledger.

use std::{borrow::Cow, fmt};

/// Longest part of a refused text that an error repeats, in characters.
const SHOWN: usize = 80;

/// A text that is not what it should be: it shows the text, names what was expected, and says which
/// part is wrong.
///
/// ```
/// let error = "0x12".parse::<xrpl_txdata::TxHash>().unwrap_err();
/// assert!(error.to_string().contains("0x12"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    what: &'static str,
    text: String,
    reason: Cow<'static, str>,
}

impl ParseError {
    /// `what` completes "`…` is not …", with its article: "a transaction hash".
    pub(crate) fn new(
        what: &'static str,
        text: &str,
        reason: impl Into<Cow<'static, str>>,
    ) -> ParseError {
        let text = match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        };
        ParseError { what, text, reason: reason.into() }
    }

    /// The refused text, cut after 80 characters.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with it.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not {}: {}", self.text, self.what, self.reason)
    }
}

impl std::error::Error for ParseError {}
