//! Notes that the sender attached.

use serde::Serialize;

use super::fields::{self, Object};
use crate::types::hex;

/// A note that the sender attached. Anybody can write anything here: it proves nothing.
///
/// Each part is the text, when the bytes are valid UTF-8 without control characters other than line
/// breaks and tabs; the bytes are always there in hexadecimal form.
///
/// JSON: `{"type"?, "data"?, "format"?}`, each `{"hex", "text"?}`.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Memo {
    /// What kind of note it is, by convention a word or an address (RFC 5988).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub memo_type: Option<MemoPart>,
    /// The note itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<MemoPart>,
    /// How the data is written, by convention a media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<MemoPart>,
}

/// One part of a note.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoPart {
    /// Its bytes in hexadecimal form, as the ledger's JSON has them.
    pub hex: String,
    /// Its text, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Memo {
    /// The memos of a transaction, in its order.
    pub(crate) fn read_all(transaction: &Object) -> Vec<Memo> {
        let memos = transaction.get("Memos").and_then(|memos| memos.as_array());
        let memos = memos.map(Vec::as_slice).unwrap_or_default();
        let memos = memos.iter().filter_map(|memo| memo.get("Memo")?.as_object());
        memos
            .map(|memo| Memo {
                memo_type: MemoPart::read(memo, "MemoType"),
                data: MemoPart::read(memo, "MemoData"),
                format: MemoPart::read(memo, "MemoFormat"),
            })
            .collect()
    }
}

impl MemoPart {
    fn read(memo: &Object, name: &str) -> Option<MemoPart> {
        let hex = fields::text(memo, name)?;
        let text = hex::decode(hex).and_then(|bytes| String::from_utf8(bytes).ok());
        let readable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        Some(MemoPart { hex: hex.to_owned(), text: text.filter(|t| t.chars().all(readable)) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_given_only_where_the_bytes_are_text() {
        let transaction = json!({"Memos": [
            {"Memo": {"MemoType": "6E6F7465", "MemoData": "E282AC0A35"}},
            {"Memo": {"MemoData": "E282", "MemoFormat": ""}},
            {"Memo": {"MemoData": "61001B5B33316D"}},
            {"Memo": {"MemoData": "6"}},
            "not a memo",
        ]});
        let memos = Memo::read_all(transaction.as_object().unwrap());
        let text = |part: &Option<MemoPart>| part.as_ref().and_then(|part| part.text.clone());
        assert_eq!(memos.len(), 4);
        assert_eq!(text(&memos[0].memo_type).as_deref(), Some("note"));
        assert_eq!(text(&memos[0].data).as_deref(), Some("€\n5"));
        assert_eq!(text(&memos[1].data), None, "cut-off UTF-8");
        assert_eq!(text(&memos[1].format).as_deref(), Some(""));
        assert_eq!(text(&memos[2].data), None, "would control a terminal");
        assert_eq!(text(&memos[3].data), None, "half a byte");
        assert_eq!(memos[1].data.as_ref().unwrap().hex, "E282");
        assert_eq!(Memo::read_all(json!({}).as_object().unwrap()), []);
        assert_eq!(
            serde_json::to_value(&memos[1]).unwrap(),
            json!({"data": {"hex": "E282"}, "format": {"hex": "", "text": ""}})
        );
    }
}
