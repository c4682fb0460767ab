//! Step 6 of the trip: the top level of a message. Read once, with everything inside kept raw.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The fields of any message, whoever sends it; all that is not named here is skipped unread.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub(super) id: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<&'a RawValue>,
    // What answers tell, and complaints.
    #[serde(borrow)]
    pub(super) status: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error_code: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error_message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) value: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) warning: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) warnings: Option<&'a RawValue>,
    // What streams tell, and answers to subscriptions.
    #[serde(borrow)]
    pub(super) validated: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) hash: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) transaction: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) tx_json: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) ledger_index: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) ledger_hash: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) txn_count: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) network_id: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Linear in the text, whatever it holds. `None` when it is no JSON object, or names a field twice.
    pub(super) fn read(text: &'a str) -> Option<Envelope<'a>> {
        serde_json::from_str(text).ok()
    }
}

/// The text of a raw JSON string.
pub(crate) fn read_str(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0)
}
