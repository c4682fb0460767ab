//! Reading Xaman's JSON member by member: what is wrong is named by its path, what is unknown is kept.

use std::fmt;

use serde_json::{Map, Value};

/// JSON that is not what Xaman sends. The message names the member.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadError {
    /// Not JSON; says where it breaks.
    NotJson(String),
    /// A member is missing or of another kind.
    Member {
        /// Which one, from the outside in: `meta.signed`.
        path: String,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// Xaman answered with an error in place of a payload.
    Refused {
        /// Its code: 404 for an unknown payload.
        code: Option<i64>,
        /// What it says about it.
        message: Option<String>,
        /// How its support can find the call.
        reference: Option<String>,
    },
}

impl PayloadError {
    pub(super) fn member(expected: &'static str, found: Option<&Value>) -> PayloadError {
        let found = found.map_or("missing", kind);
        PayloadError::Member { path: String::new(), expected, found }
    }

    /// The same fault, seen from one object further out.
    fn inside(self, name: &str) -> PayloadError {
        match self {
            PayloadError::Member { path, expected, found } => {
                let path = if path.is_empty() { name.to_owned() } else { format!("{name}.{path}") };
                PayloadError::Member { path, expected, found }
            }
            other => other,
        }
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PayloadError::NotJson(reason) => write!(f, "not JSON: {reason}"),
            PayloadError::Member { path, expected, found } if path.is_empty() => {
                write!(f, "expected {expected}, got {found}")
            }
            PayloadError::Member { path, expected, found: "missing" } => {
                write!(f, "{path} is missing, expected {expected}")
            }
            PayloadError::Member { path, expected, found } => {
                write!(f, "{path}: expected {expected}, got {found}")
            }
            PayloadError::Refused { code, message, reference } => {
                f.write_str("Xaman gave an error in place of a payload")?;
                if let Some(code) = code {
                    write!(f, ", code {code}")?;
                }
                if let Some(message) = message {
                    write!(f, ", {message:?}")?;
                }
                if let Some(reference) = reference {
                    write!(f, ", reference {reference:?}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for PayloadError {}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Text to JSON.
pub(super) fn parse(json: &[u8]) -> Result<Value, PayloadError> {
    serde_json::from_slice(json).map_err(|error| PayloadError::NotJson(error.to_string()))
}

/// What a member can hold.
pub(super) trait Member: Sized {
    /// `None` when the object has no such member.
    fn read(value: Option<Value>) -> Result<Self, PayloadError>;
}

/// An object whose members are taken out one by one; what is left is unknown.
pub(super) struct Members(Map<String, Value>);

impl Members {
    pub(super) fn of(value: Option<Value>) -> Result<Members, PayloadError> {
        match value {
            Some(Value::Object(members)) => Ok(Members(members)),
            // A part that is not there yet: all its members are missing.
            None | Some(Value::Null) => Ok(Members(Map::new())),
            other => Err(PayloadError::member("an object", other.as_ref())),
        }
    }

    pub(super) fn take<T: Member>(&mut self, name: &str) -> Result<T, PayloadError> {
        T::read(self.0.remove(name)).map_err(|fault| fault.inside(name))
    }

    pub(super) fn rest(self) -> Map<String, Value> {
        self.0
    }
}

impl Member for bool {
    fn read(value: Option<Value>) -> Result<bool, PayloadError> {
        match value {
            Some(Value::Bool(value)) => Ok(value),
            other => Err(PayloadError::member("a boolean", other.as_ref())),
        }
    }
}

impl Member for String {
    fn read(value: Option<Value>) -> Result<String, PayloadError> {
        match value {
            Some(Value::String(value)) => Ok(value),
            other => Err(PayloadError::member("a string", other.as_ref())),
        }
    }
}

impl Member for i64 {
    fn read(value: Option<Value>) -> Result<i64, PayloadError> {
        let number = value.as_ref().and_then(Value::as_i64);
        number.ok_or_else(|| PayloadError::member("an integer", value.as_ref()))
    }
}

impl Member for u32 {
    fn read(value: Option<Value>) -> Result<u32, PayloadError> {
        let number = value.as_ref().and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        number.ok_or_else(|| PayloadError::member("an integer of 32 bits", value.as_ref()))
    }
}

impl Member for Value {
    fn read(value: Option<Value>) -> Result<Value, PayloadError> {
        value.ok_or_else(|| PayloadError::member("any value", None))
    }
}

impl Member for Vec<String> {
    fn read(value: Option<Value>) -> Result<Vec<String>, PayloadError> {
        match value {
            Some(Value::Array(elements)) => elements
                .into_iter()
                .enumerate()
                .map(|(at, one)| String::read(Some(one)).map_err(|f| f.inside(&at.to_string())))
                .collect(),
            other => Err(PayloadError::member("a list of strings", other.as_ref())),
        }
    }
}

/// Nearly everything that Xaman sends can be null, or left out.
impl<T: Member> Member for Option<T> {
    fn read(value: Option<Value>) -> Result<Option<T>, PayloadError> {
        match value {
            None | Some(Value::Null) => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

/// Objects of Xaman's: their fields, the names of these in the JSON, and room for what is unknown.
macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = $key:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[non_exhaustive]
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub struct $name {
            $($(#[$field_doc])* #[serde(rename = $key)] pub $field: $type,)*
            /// Members that this crate does not know.
            #[serde(flatten)]
            pub other: serde_json::Map<String, serde_json::Value>,
        }

        impl $crate::xaman::member::Member for $name {
            fn read(
                value: Option<serde_json::Value>,
            ) -> Result<$name, $crate::xaman::member::PayloadError> {
                let mut members = $crate::xaman::member::Members::of(value)?;
                Ok($name {
                    $($field: members.take($key)?,)*
                    other: members.rest(),
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                $crate::xaman::member::Member::read(Some(value)).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

pub(super) use objects;
