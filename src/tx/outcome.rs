//! The result code of a transaction: success, failure with a fee, or never applied.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::fields::Object;

/// The result code of a transaction, such as `tesSUCCESS` or `tecPATH_DRY`.
///
/// Codes that did not exist when this crate was written are kept as they are; their class is read
/// from their first three letters, as the ledger's naming has it.
///
/// ```
/// use xrpl_txdata::{ResultClass, TxResult};
///
/// let result = TxResult::new("tecPATH_DRY");
/// assert_eq!(result.class(), ResultClass::Tec);
/// assert!(!result.is_success());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TxResult(Code);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Code {
    Success,
    Other(Arc<str>),
}

const SUCCESS: &str = "tesSUCCESS";

/// The longest code that a server may write, in characters; real ones have up to 37.
const LONGEST: usize = 64;

impl TxResult {
    /// From the code's text, any text.
    pub fn new(code: &str) -> TxResult {
        TxResult(if code == SUCCESS { Code::Success } else { Code::Other(code.into()) })
    }

    /// The code that stands in metadata. Codes without a name come out of its binary form as
    /// numbers. A text that can be no code is none: it would be printed wherever codes are.
    pub(crate) fn read(metadata: &Object) -> Option<TxResult> {
        match metadata.get("TransactionResult")? {
            Value::String(code) => is_code(code).then(|| TxResult::new(code)),
            Value::Number(code) => Some(TxResult::new(&code.to_string())),
            _ => None,
        }
    }

    /// The code as the node wrote it.
    pub fn code(&self) -> &str {
        match &self.0 {
            Code::Success => SUCCESS,
            Code::Other(code) => code,
        }
    }

    /// Whether the transaction did what it was meant to do. In a validated ledger everything else
    /// has failed: a fee was taken, nothing was delivered.
    pub fn is_success(&self) -> bool {
        self.0 == Code::Success
    }

    /// What kind of result it is.
    pub fn class(&self) -> ResultClass {
        match self.code().as_bytes().first_chunk() {
            Some(b"tes") => ResultClass::Tes,
            Some(b"tec") => ResultClass::Tec,
            Some(b"tef") => ResultClass::Tef,
            Some(b"tel") => ResultClass::Tel,
            Some(b"tem") => ResultClass::Tem,
            Some(b"ter") => ResultClass::Ter,
            _ => ResultClass::Other,
        }
    }
}

fn is_code(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain && !text.is_empty() && text.len() <= LONGEST
}

impl fmt::Display for TxResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Serialize for TxResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// The classes of result codes (xrpl.org, "Transaction Results"). Only `Tes` and `Tec` stand in
/// validated ledgers.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultClass {
    /// Success.
    Tes,
    /// Failed, and a fee was taken.
    Tec,
    /// Cannot succeed any more in this form.
    Tef,
    /// Refused by one server, for reasons of its own.
    Tel,
    /// Malformed: can never succeed.
    Tem,
    /// Not yet: may be retried.
    Ter,
    /// A code of no known class.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_class_and_survives() {
        for (code, class) in [
            ("tesSUCCESS", ResultClass::Tes),
            ("tecPATH_DRY", ResultClass::Tec),
            ("tefPAST_SEQ", ResultClass::Tef),
            ("telINSUF_FEE_P", ResultClass::Tel),
            ("temMALFORMED", ResultClass::Tem),
            ("terQUEUED", ResultClass::Ter),
            ("tecNEW_IN_2030", ResultClass::Tec),
            ("te", ResultClass::Other),
            ("TESSUCCESS", ResultClass::Other),
            ("", ResultClass::Other),
        ] {
            let result = TxResult::new(code);
            assert_eq!((result.code(), result.class()), (code, class));
            assert_eq!(result.to_string(), code);
            assert_eq!(serde_json::to_value(&result).unwrap(), code);
        }
    }

    #[test]
    fn a_code_without_a_name_is_a_number_and_nothing_else_is_one() {
        let read = |code: serde_json::Value| {
            let metadata = serde_json::json!({"TransactionResult": code});
            let result = TxResult::read(metadata.as_object().unwrap());
            result.map(|result| (result.code().to_owned(), result.is_success()))
        };
        assert_eq!(read("tesSUCCESS".into()), Some(("tesSUCCESS".to_owned(), true)));
        assert_eq!(read(0.into()), Some(("0".to_owned(), false)));
        assert_eq!(read(199.into()), Some(("199".to_owned(), false)));
        assert_eq!(read(true.into()), None);
    }

    #[test]
    fn only_one_code_is_success() {
        assert!(TxResult::new("tesSUCCESS").is_success());
        for code in ["tesPARTIAL", "tessuccess", "tesSUCCESS ", "tecSUCCESS", ""] {
            assert!(!TxResult::new(code).is_success(), "{code:?}");
        }
    }
}
