//! Step 8 of the trip, for those who believe validators alone: the messages of the `validations`
//! stream. One part of them is signed, and nothing else is read.

use serde::Deserialize;

use crate::types::hex;

#[derive(Deserialize)]
struct Fields<'a> {
    data: Option<&'a str>,
}

/// The signed bytes of a message; servers before 2022 did not send them.
pub(crate) fn signed_bytes(message: &str) -> Option<Vec<u8>> {
    let fields: Fields<'_> = serde_json::from_str(message).ok()?;
    hex::decode(fields.data?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_signed_is_read() {
        let message = r#"{"type":"validationReceived","ledger_index":"7","data":"22AB"}"#;
        assert_eq!(signed_bytes(message), Some(vec![0x22, 0xAB]));
        for message in [
            r#"{"type":"validationReceived","ledger_index":"7"}"#,
            r#"{"data":7}"#,
            r#"{"data":"2"}"#,
            r#"{"data":"zz"}"#,
            "[]",
            "",
        ] {
            assert_eq!(signed_bytes(message), None, "{message}");
        }
    }
}
