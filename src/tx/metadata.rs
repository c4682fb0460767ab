//! The ledger entries that a transaction touched: a typed view of `AffectedNodes`.

use serde_json::Value;

use super::fields::Object;
use crate::codec::Definitions;

/// What happened to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    Created,
    Modified,
    Deleted,
}

/// One touched entry: its fields afterwards, and the former values of those that changed.
///
/// The ledger writes no field that has its default value (nothing, zero), neither afterwards nor
/// before. Whether a missing field means "unchanged" or "was zero" depends on the field; who reads
/// one decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    /// Place in `AffectedNodes`, for messages.
    pub(crate) at: usize,
    pub(crate) touch: Touch,
    /// Empty for a type that has no name here.
    pub(crate) entry_type: &'a str,
    /// The key of the entry in the ledger, when the metadata tells it.
    pub(crate) index: Option<&'a str>,
    /// `NewFields` of a created entry, `FinalFields` of any other.
    pub(crate) fields: Option<&'a Object>,
    /// `PreviousFields`: present and empty is something else than missing.
    pub(crate) previous: Option<&'a Object>,
}

impl<'a> Node<'a> {
    /// Reads one element of `AffectedNodes`; `None` when it has not the shape of one.
    fn read(at: usize, element: &'a Value) -> Option<Node<'a>> {
        let element = element.as_object()?;
        let (name, body) = element.iter().next().filter(|_| element.len() == 1)?;
        let body = body.as_object()?;
        let (touch, fields) = match name.as_str() {
            "CreatedNode" => (Touch::Created, "NewFields"),
            "ModifiedNode" => (Touch::Modified, "FinalFields"),
            "DeletedNode" => (Touch::Deleted, "FinalFields"),
            _ => return None,
        };
        Some(Node {
            at,
            touch,
            entry_type: match body.get("LedgerEntryType")? {
                Value::String(name) => name,
                // A type that is newer than this crate. One that has a name is not hidden by its code.
                Value::Number(code) if !Definitions::name_entry_type(code.as_u64()?) => "",
                _ => return None,
            },
            index: body.get("LedgerIndex").and_then(Value::as_str),
            fields: body.get(fields).and_then(Value::as_object),
            previous: body.get("PreviousFields").and_then(fields_or_none_of_them),
        })
    }

    /// A field afterwards; for a deleted entry, as it was when it went.
    pub(crate) fn field(&self, name: &str) -> Option<&'a Value> {
        self.fields?.get(name)
    }

    /// What the field was before, where it changed.
    pub(crate) fn former(&self, name: &str) -> Option<&'a Value> {
        self.previous?.get(name)
    }

    /// A field that every entry of the type has, before the transaction: `None` for a new entry.
    pub(crate) fn before(&self, name: &str) -> Option<&'a Value> {
        match self.touch {
            Touch::Created => None,
            Touch::Modified | Touch::Deleted => self.former(name).or_else(|| self.field(name)),
        }
    }

    /// A field that every entry of the type has, after the transaction: `None` for a deleted entry.
    pub(crate) fn after(&self, name: &str) -> Option<&'a Value> {
        match self.touch {
            Touch::Deleted => None,
            Touch::Created | Touch::Modified => self.field(name),
        }
    }

    /// Where in the metadata this node stands.
    pub(crate) fn path(&self) -> String {
        path(self.at)
    }
}

/// Where element `at` of the touched entries stands.
pub(crate) fn path(at: usize) -> String {
    format!("AffectedNodes[{at}]")
}

/// Each touched entry, `Err` with its place for one that cannot be read; `None` when there is no
/// list of them at all.
pub(crate) fn nodes(
    metadata: &Object,
) -> Option<impl Iterator<Item = Result<Node<'_>, usize>> + '_> {
    let elements = metadata.get("AffectedNodes")?.as_array()?;
    Some(elements.iter().enumerate().map(|(at, element)| Node::read(at, element).ok_or(at)))
}

/// Some languages write an empty object as an empty list.
fn fields_or_none_of_them(value: &Value) -> Option<&Object> {
    static EMPTY: std::sync::LazyLock<Object> = std::sync::LazyLock::new(Object::new);
    match value {
        Value::Object(fields) => Some(fields),
        Value::Array(list) if list.is_empty() => Some(&EMPTY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_list_stands_for_no_fields_and_any_other_list_for_nothing() {
        for (previous, fields) in [
            (json!({}), Some(0)),
            (json!([]), Some(0)),
            (json!({"Balance": "5"}), Some(1)),
            (json!(["Balance"]), None),
            (json!(5), None),
        ] {
            assert_eq!(fields_or_none_of_them(&previous).map(Object::len), fields, "{previous}");
        }
    }
}
