//! Step 8 of the trip: the messages of the `ledger` and `transactions` streams, looked at without
//! reading the transaction itself.

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    envelope::{Envelope, read_str},
    server_info::read_u32,
};
use crate::types::{LedgerHash, TxHash};

/// What a stream message says, as far as following ledgers needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StreamMessage {
    /// A validated ledger was closed.
    Closed(ClosedLedger),
    /// A transaction is in a validated ledger.
    Transaction(StreamedTransaction),
    /// A validator has signed a ledger, or another one does as if.
    Validation,
    /// Something else: another stream, a notice of a proxy, a transaction that is not validated.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClosedLedger {
    pub(crate) index: u32,
    pub(crate) hash: LedgerHash,
    /// How many transactions it has; without it only the ledger itself can tell.
    pub(crate) txn_count: Option<u32>,
    pub(crate) network_id: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamedTransaction {
    /// What the node calls it; nothing is proven yet.
    pub(crate) hash: TxHash,
    pub(crate) ledger_index: u32,
    pub(crate) ledger_hash: LedgerHash,
    /// The network it was made for, if it names one.
    pub(crate) network_id: Option<u32>,
}

/// The content of a transaction, as far as it is looked at.
#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    hash: Option<&'a RawValue>,
    #[serde(borrow, rename = "NetworkID")]
    network_id: Option<&'a RawValue>,
}

impl StreamMessage {
    /// What the envelope of a message of this kind says. A hash is taken only from the place where a
    /// message names its own transaction: memos, invoice ids and the like can hold any hash.
    pub(super) fn read(kind: &str, envelope: &Envelope<'_>) -> StreamMessage {
        match kind {
            "ledgerClosed" => envelope.closed().map(StreamMessage::Closed),
            "transaction" => envelope.streamed().map(StreamMessage::Transaction),
            "validationReceived" => Some(StreamMessage::Validation),
            _ => None,
        }
        .unwrap_or(StreamMessage::Other)
    }
}

/// What the answer to subscribing to `ledger` tells: the newest validated ledger, if there is one.
pub(crate) fn subscribed_ledger(result: &str) -> Option<ClosedLedger> {
    Envelope::read(result)?.closed()
}

/// What the answer to [`Request::Newest`](super::request::Request::Newest) tells, as a stream would have
/// told it; none when that ledger is not validated.
#[cfg(feature = "http")]
pub(crate) fn polled_message(result: &str) -> Option<StreamMessage> {
    let envelope = Envelope::read(result)?;
    let closed = envelope.closed().filter(|_| envelope.is_validated())?;
    // What is in it nobody has said.
    Some(StreamMessage::Closed(ClosedLedger { txn_count: None, network_id: None, ..closed }))
}

impl Envelope<'_> {
    /// Only the boolean: anything else is not validated.
    fn is_validated(&self) -> bool {
        self.validated.is_some_and(|raw| raw.get() == "true")
    }

    fn closed(&self) -> Option<ClosedLedger> {
        Some(ClosedLedger {
            index: number(self.ledger_index?)?,
            hash: read_str(self.ledger_hash?)?.parse().ok()?,
            txn_count: self.txn_count.and_then(number),
            network_id: self.network_id.and_then(number),
        })
    }

    fn streamed(&self) -> Option<StreamedTransaction> {
        if !self.is_validated() {
            return None;
        }
        // Version 2 names the hash beside the transaction, version 1 in it.
        let content = self.tx_json.or(self.transaction)?.get();
        let names_network = memmem::find(content.as_bytes(), b"\"NetworkID\"").is_some();
        let content = match self.hash {
            Some(_) if !names_network => None,
            _ => Some(serde_json::from_str::<Content<'_>>(content).ok()?),
        };
        let inner = content.as_ref();
        Some(StreamedTransaction {
            hash: read_str(self.hash.or_else(|| inner?.hash)?)?.parse().ok()?,
            ledger_index: number(self.ledger_index?)?,
            ledger_hash: read_str(self.ledger_hash?)?.parse().ok()?,
            network_id: inner.and_then(|content| content.network_id).and_then(number),
        })
    }
}

fn number(raw: &RawValue) -> Option<u32> {
    read_u32(&serde_json::from_str(raw.get()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::Frame;

    const HASH: &str = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
    const LEDGER: &str = "E6DB7365949BF9814D76BCC730B01818EB9136A89DB224F3F9F5AAE4569D758E";
    const OTHER: &str = "DB83BF807416C5B3499A73130F843CF615AB8E797D79FE7D330ADF1BFA93951A";

    fn peek(message: &str) -> StreamMessage {
        match Frame::peek(&message.into()) {
            Frame::Stream(message) => message,
            _ => StreamMessage::Other,
        }
    }

    fn hash_of(message: &str) -> Option<TxHash> {
        match peek(message) {
            StreamMessage::Transaction(tx) => Some(tx.hash),
            _ => None,
        }
    }

    #[test]
    fn both_versions_name_the_hash_at_their_own_place() {
        let v2 = format!(
            r#"{{"type":"transaction","hash":"{HASH}","ledger_index":9,"ledger_hash":"{LEDGER}","validated":true,"tx_json":{{"InvoiceID":"{OTHER}"}},"meta":{{}}}}"#
        );
        let v1 = format!(
            r#"{{"type":"transaction","ledger_index":"9","ledger_hash":"{LEDGER}","validated":true,"transaction":{{"AccountTxnID":"{OTHER}","hash":"{HASH}"}},"meta":{{"hash":"{OTHER}"}}}}"#
        );
        assert_eq!(hash_of(&v2), HASH.parse().ok());
        assert_eq!(hash_of(&v1), HASH.parse().ok());
    }

    #[test]
    fn a_hash_that_is_named_twice_is_none() {
        let rest = format!(r#""ledger_index":9,"ledger_hash":"{LEDGER}","validated":true"#);
        for names in [
            format!(r#""hash":"{HASH}","hash":"{OTHER}","tx_json":{{}}"#),
            format!(r#""hash":"{HASH}","\u0068ash":"{HASH}","tx_json":{{}}"#),
            format!(r#""transaction":{{"hash":"{HASH}","hash":"{OTHER}"}}"#),
            format!(r#""transaction":{{"hash":"{HASH}"}},"transaction":{{"hash":"{OTHER}"}}"#),
        ] {
            let message = format!(r#"{{"type":"transaction",{names},{rest}}}"#);
            assert_eq!(hash_of(&message), None, "{message}");
        }
        let beside = format!(
            r#"{{{rest},"hash":"{HASH}","tx_json":{{"hash":"{OTHER}","Memos":["\"hash\":\"{OTHER}\""]}},"type":"transaction"}}"#
        );
        assert_eq!(hash_of(&beside), HASH.parse().ok(), "what the message says beside it counts");
    }

    #[test]
    fn the_network_of_a_transaction_is_read_from_its_fields_only() {
        let network_of = |content: &str| {
            let message = format!(
                r#"{{"type":"transaction","hash":"{HASH}","ledger_index":9,"ledger_hash":"{LEDGER}","validated":true,{content}}}"#
            );
            match peek(&message) {
                StreamMessage::Transaction(tx) => tx.network_id,
                _ => panic!("{message}"),
            }
        };
        assert_eq!(network_of(r#""tx_json":{"NetworkID":21337}"#), Some(21_337));
        assert_eq!(network_of(r#""transaction":{"hash":"x","NetworkID":1}"#), Some(1));
        assert_eq!(network_of(r#""tx_json":{"Memos":[{"Memo":{"NetworkID":5}}]}"#), None);
        assert_eq!(network_of(r#""tx_json":{"Fee":"\"NetworkID\":7"}"#), None);
    }

    #[test]
    fn only_what_is_validated_counts() {
        for validated in ["false", "\"true\"", "null", "1"] {
            let message = format!(
                r#"{{"type":"transaction","hash":"{HASH}","ledger_index":9,"ledger_hash":"{LEDGER}","validated":{validated}}}"#
            );
            assert_eq!(peek(&message), StreamMessage::Other, "{validated}");
        }
        let silent = format!(
            r#"{{"type":"transaction","hash":"{HASH}","ledger_index":9,"ledger_hash":"{LEDGER}"}}"#
        );
        assert_eq!(peek(&silent), StreamMessage::Other);
    }

    #[test]
    fn a_closed_ledger_is_read_with_what_it_has() {
        let message = format!(
            r#"{{"type":"ledgerClosed","ledger_index":38129,"ledger_hash":"{LEDGER}","txn_count":1,"network_id":0,"new":[]}}"#
        );
        let StreamMessage::Closed(ledger) = peek(&message) else { panic!() };
        assert_eq!((ledger.index, ledger.txn_count, ledger.network_id), (38129, Some(1), Some(0)));
        assert_eq!(peek(r#"{"type":"ledgerClosed"}"#), StreamMessage::Other);
        assert_eq!(subscribed_ledger("{}"), None);
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_polled_ledger_becomes_the_message_of_its_close() {
        let answer = |validated: &str| {
            format!(
                r#"{{"ledger":{{}},"ledger_hash":"{LEDGER}","ledger_index":38129,"status":"success"{validated}}}"#
            )
        };
        let message = polled_message(&answer(r#","validated":true"#)).unwrap();
        let StreamMessage::Closed(closed) = message else { panic!() };
        assert_eq!((closed.index, closed.hash.to_string()), (38129, LEDGER.to_owned()));
        assert_eq!(closed.txn_count, None, "what is in it nobody has said");
        for validated in ["", r#","validated":false"#, r#","validated":"true""#] {
            assert_eq!(polled_message(&answer(validated)), None);
        }
        assert_eq!(polled_message(r#"{"validated":true}"#), None);
    }
}
