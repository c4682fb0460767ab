//! What a server answers in place of an answer.

use std::fmt;

/// An error answer in the server's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerError {
    /// The stable token, such as `slowDown`.
    pub token: String,
    /// Its number, when one came.
    pub code: Option<i64>,
    /// The text for people, cut after 200 characters; it means nothing to programs.
    pub message: Option<String>,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {}", self.token)?;
        if let Some(message) = &self.message {
            write!(f, " ({message})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ServerError {}
