//! Types whose JSON form is their text: one reader and one writer for all of them.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Deserializer, de};

use super::ParseError;

/// Reads a JSON string through `FromStr`, without copying the string.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: FromStr<Err = ParseError>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(TextVisitor(PhantomData))
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err = ParseError>> de::Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// `Serialize` by `Display`, `Deserialize` by `FromStr`, and a `Debug` that names the type around
/// the text.
macro_rules! as_text {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::types::text::deserialize(deserializer)
            }
        }
    };
}

pub(crate) use as_text;

/// Whether a character neither breaks a line nor hides in it or turns its direction.
pub(crate) fn is_plain(character: char) -> bool {
    let hidden = matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    !character.is_control() && !hidden
}

/// `character N ('c')`, the place where a text goes wrong, counted from 1.
pub(crate) fn place(text: &str, at: usize) -> String {
    let before = text.char_indices().take_while(|(start, _)| *start < at).count();
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(character) => format!("character {} ({character:?})", before + 1),
        None => format!("character {}", before + 1),
    }
}
