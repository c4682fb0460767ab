//! How bytes fail to be an object, and how JSON fails to become bytes.

use std::borrow::Cow;

use serde_json::Value;

use super::{MAX_BLOB, MAX_DEPTH, MAX_FIELDS};

/// Bytes that no ledger can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {fault}")]
pub(crate) struct DecodeError {
    /// Where reading stopped, counted from 0.
    pub(crate) offset: usize,
    pub(crate) fault: DecodeFault,
}

/// What is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeFault {
    #[error("{wanted} more bytes expected, {left} left")]
    Cut { wanted: usize, left: usize },
    #[error("an object of {0} bytes is larger than {MAX_BLOB}")]
    TooLarge(usize),
    #[error("objects lie deeper in each other than {MAX_DEPTH}")]
    TooDeep,
    #[error("more than {MAX_FIELDS} fields")]
    TooManyFields,
    #[error("a field of the unknown type {0}, whose length nobody can tell")]
    UnknownKind(u8),
    #[error("field {0} a second time in one object")]
    Repeated(String),
    #[error("field {0} not in canonical order")]
    Misplaced(String),
    #[error("{0}")]
    Malformed(&'static str),
}

/// JSON that has no exact binary form. Where a name is unknown, the JSON may be right and only newer
/// than the definitions: then the binary form of the same content is worth asking for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EncodeError {
    /// A field, most likely one that came with a newer amendment.
    #[error("field {0:?} is not known")]
    UnknownField(String),
    /// The same for a type of transaction or of ledger entry, a result, or a permission.
    #[error("{word:?} is not a known {field}")]
    UnknownWord { field: &'static str, word: String },
    /// A value that its field cannot hold. `path` leads to it: `Memos[0].Memo.MemoData`.
    #[error("{path}: {reason}")]
    BadValue { path: String, reason: Cow<'static, str> },
}

impl EncodeError {
    /// The same error, seen from one level further up.
    pub(super) fn within(mut self, parent: &str) -> EncodeError {
        if let EncodeError::BadValue { path, .. } = &mut self {
            let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
            *path = format!("{parent}{dot}{path}");
        }
        self
    }
}

/// Why a value is bad; the path is added on the way out.
impl<R: Into<Cow<'static, str>>> From<R> for EncodeError {
    fn from(reason: R) -> EncodeError {
        EncodeError::BadValue { path: String::new(), reason: reason.into() }
    }
}

/// Longest part of a value that an error repeats, in characters.
const SHOWN: usize = 80;

/// A value as an error shows it.
pub(super) fn shown(value: &Value) -> Cow<'static, str> {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        Value::String(text) => format!("{:?}", shortened(text)).into(),
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
    }
}

/// A text as an error keeps it.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
