//! What a payload alone tells about a payment: enough to say no, never enough to say yes.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{payload::Payload, state::PayloadState};
use crate::{
    codec::{self, Definitions},
    tx::Chain,
    types::{TxHash, hex},
    verify::{Check, CheckCode, ExpectedPayment, Outcome, table},
};

/// What Xaman lets users sign that no ledger ever sees.
const PSEUDO: [&str; 2] = ["SignIn", "PaymentChannelAuthorize"];
/// Xahau's networks are named after it, and are neither the main nor the test network.
const XAHAU: &str = "XAHAU";

/// The checks of a payload that need no ledger.
///
/// There is no "paid" here: a payload is a hint. When nothing failed, its transaction is worth looking
/// up, which [`TxData::verify_xaman`](crate::TxData::verify_xaman) does.
///
/// JSON: `{"state", "txid"?, "checks"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use = "a payload is a hint: look up its transaction"]
pub struct PayloadVerdict {
    state: PayloadState,
    #[serde(skip_serializing_if = "Option::is_none")]
    txid: Option<TxHash>,
    checks: Vec<Check>,
}

impl PayloadVerdict {
    /// How far the payload has come.
    pub fn state(&self) -> PayloadState {
        self.state
    }

    /// The transaction to look up; only when no check failed.
    pub fn txid(&self) -> Option<TxHash> {
        self.txid.filter(|_| self.failures().next().is_none())
    }

    /// Every check, in order.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The failed checks, in order.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.is_failed())
    }

    /// All checks as a table of plain text, one line each.
    pub fn table(&self) -> String {
        format!("payload {}\n\n{}", self.state, table(&self.checks))
    }
}

impl fmt::Display for PayloadVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "payload {}", self.state)?;
        for check in self.failures() {
            write!(f, "\n- {check}")?;
        }
        Ok(())
    }
}

/// Judges a payload by what an order expects, as far as that goes without the ledger: it exists, was
/// decided and signed, by one signature, for the right network and this order, and what was signed is a
/// transaction, the one that it names. Amounts and accounts are left to the ledger, which knows what
/// was really paid.
///
/// `dispatched_result` is not looked at: it is what one node said before any ledger closed.
///
/// ```
/// use xrpl_txdata::{ExpectedPayment, verify::CheckCode, xaman::{Payload, judge}};
///
/// let expected = ExpectedPayment::to("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY")
///     .exactly("25 XRP")
///     .order_id("17")
///     .build()?;
/// let payload = Payload::from_json(r#"{
///     "meta": {"exists": true, "resolved": true, "signed": false, "cancelled": false, "expired": false},
///     "custom_meta": {"identifier": "17"}}"#)?;
///
/// let verdict = judge(&payload, &expected);
/// assert_eq!(verdict.failures().next().unwrap().code, CheckCode::XamanSigned);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn judge(payload: &Payload, expected: &ExpectedPayment) -> PayloadVerdict {
    let mut judge = Judge { payload, expected, checks: Vec::with_capacity(9) };
    judge.state();
    judge.network();
    let txid = judge.txid();
    judge.content(txid);
    judge.identifier();
    PayloadVerdict { state: payload.state(), txid, checks: judge.checks }
}

struct Judge<'a> {
    payload: &'a Payload,
    expected: &'a ExpectedPayment,
    checks: Vec<Check>,
}

impl Judge<'_> {
    /// What the user was asked, and what the user did.
    fn state(&mut self) {
        let meta = &self.payload.meta;
        let state = self.payload.state();
        let known = if meta.exists { "known to Xaman" } else { "unknown to Xaman" };
        self.require(CheckCode::XamanExists, meta.exists, "known to Xaman", known);
        let request = &self.payload.payload;
        let template = request.request_json.as_ref();
        let template = template.and_then(|json| json.get("TransactionType")?.as_str());
        let asked = [request.tx_type.as_deref(), template];
        let pseudo = asked.into_iter().flatten().find(|kind| is_pseudo(kind));
        let wanted = "a transaction";
        match (pseudo, asked.into_iter().flatten().next()) {
            (Some(pseudo), _) => {
                let found = format!("{pseudo}, which never reaches a ledger");
                self.require(CheckCode::XamanTransaction, false, wanted, found);
            }
            (None, Some(kind)) => self.require(CheckCode::XamanTransaction, true, wanted, kind),
            // Then what was signed decides.
            (None, None) => self.skip(CheckCode::XamanTransaction, wanted, "of no type"),
        }
        self.require(CheckCode::XamanResolved, meta.resolved, "decided by the user", state);
        if meta.resolved {
            self.require(CheckCode::XamanSigned, meta.signed, "signed by the user", state);
        } else {
            self.skip(CheckCode::XamanSigned, "signed by the user", state);
        }
        // Several signatures together make a transaction with a hash that no payload knows.
        let several = self.payload.is_multisign();
        let found = if several { "one signature of several" } else { "a signature of its own" };
        self.require(CheckCode::XamanMultisign, !several, "a signature of its own", found);
    }

    /// The network is chosen by the user, unless the payload forces one.
    fn network(&mut self) {
        let response = &self.payload.response;
        let expected = self.expected.network_id();
        let names = [&response.dispatched_nodetype, &response.environment_nodetype];
        let names = names.into_iter().flatten().filter(|name| !name.is_empty());
        let id = response.environment_networkid;
        let told: Vec<String> =
            names.clone().cloned().chain(id.map(|id| format!("network {id}"))).collect();
        let word = network_name(expected);
        let wanted = match word {
            Some(word) => format!("{word}, network {expected}"),
            None => format!("network {expected}"),
        };
        if told.is_empty() {
            self.skip(CheckCode::XamanNetwork, wanted, "not told");
            return;
        }
        let mut names = names;
        let named = names.all(|name| is_named(name, word));
        let numbered = id.is_none_or(|id| id == expected);
        self.require(CheckCode::XamanNetwork, named && numbered, wanted, told.join(", "));
    }

    /// Which transaction the payload names.
    fn txid(&mut self) -> Option<TxHash> {
        let wanted = "the hash of a transaction";
        if !(self.payload.meta.resolved && self.payload.meta.signed) {
            self.skip(CheckCode::XamanTxid, wanted, "nothing was signed");
            return None;
        }
        let txid = self.payload.txid();
        match (&self.payload.response.txid, txid) {
            (_, Some(txid)) => self.require(CheckCode::XamanTxid, true, wanted, txid),
            (Some(text), None) => self.require(CheckCode::XamanTxid, false, wanted, text),
            (None, None) => self.require(CheckCode::XamanTxid, false, wanted, "none"),
        }
        txid
    }

    /// Whether the signed bytes, where the payload has them, are those of that transaction.
    fn content(&mut self, txid: Option<TxHash>) {
        let wanted = match txid {
            Some(txid) => format!("the bytes of {txid}"),
            None => "the bytes of the transaction".to_owned(),
        };
        let text = self.payload.response.hex.as_deref().filter(|text| !text.is_empty());
        let Some(text) = text else {
            self.skip(CheckCode::XamanHex, wanted, "none");
            return;
        };
        match (signed(text, self.expected.network_id()), txid) {
            (Ok((hash, kind)), Some(txid)) => {
                let found = format!("{kind} {hash}");
                self.require(CheckCode::XamanHex, hash == txid, wanted, found);
            }
            (Err(fault), _) => self.require(CheckCode::XamanHex, false, wanted, fault),
            // What nothing names cannot be another one.
            (Ok((hash, kind)), None) => {
                self.skip(CheckCode::XamanHex, wanted, format!("{kind} {hash}"));
            }
        }
    }

    /// Whether the payload was made for this order.
    fn identifier(&mut self) {
        let found = self.payload.custom_meta.identifier.as_deref();
        let text = found.unwrap_or("none");
        match self.expected.order_id() {
            Some(id) => self.require(CheckCode::XamanIdentifier, found == Some(id), id, text),
            None => self.skip(CheckCode::XamanIdentifier, "anything", text),
        }
    }

    fn require(
        &mut self,
        code: CheckCode,
        holds: bool,
        expected: impl fmt::Display,
        actual: impl fmt::Display,
    ) {
        let outcome = if holds { Outcome::Passed } else { Outcome::Failed };
        self.checks.push(Check::new(code, outcome, expected, actual));
    }

    fn skip(&mut self, code: CheckCode, expected: impl fmt::Display, actual: impl fmt::Display) {
        self.checks.push(Check::new(code, Outcome::NotApplicable, expected, actual));
    }
}

fn is_pseudo(kind: &str) -> bool {
    PSEUDO.iter().any(|pseudo| pseudo.eq_ignore_ascii_case(kind))
}

/// The word that Xaman's name of a network contains.
const fn network_name(id: u32) -> Option<&'static str> {
    match id {
        0 => Some("MAINNET"),
        1 => Some("TESTNET"),
        2 => Some("DEVNET"),
        21_337 | 21_338 => Some(XAHAU),
        _ => None,
    }
}

/// Whether Xaman's name is that of a network with this word in it, or of none that has a word.
fn is_named(name: &str, word: Option<&str>) -> bool {
    let name = name.to_ascii_uppercase();
    // The name of Xahau's test network has two of the words in it.
    let found = [XAHAU, "MAINNET", "TESTNET", "DEVNET"].into_iter().find(|one| name.contains(one));
    found == word
}

/// Hash and type of a signed transaction, or why these bytes are none.
fn signed(text: &str, network_id: u32) -> Result<(TxHash, String), String> {
    let blob = hex::decode(text).ok_or("not hexadecimal digits")?;
    let definitions = match Chain::of_network(network_id) {
        Chain::Xahau => Definitions::xahau(),
        Chain::Xrpl => Definitions::xrpl(),
    };
    let decoded = definitions.decode(&blob).map_err(|error| format!("no transaction: {error}"))?;
    let Some(kind) = decoded.get("TransactionType").and_then(Value::as_str) else {
        return Err("no transaction: it has no TransactionType".to_owned());
    };
    if is_pseudo(kind) {
        return Err(format!("{kind}, which never reaches a ledger"));
    }
    if !has_own_signature(&decoded) {
        return Err(format!("a {kind} without a signature of its own"));
    }
    Ok((codec::transaction_id(&blob), kind.to_owned()))
}

/// Whether one key signed for itself. Those who sign together leave the field empty.
fn has_own_signature(transaction: &Map<String, Value>) -> bool {
    let text = |name: &str| transaction.get(name).and_then(Value::as_str);
    ["SigningPubKey", "TxnSignature"]
        .into_iter()
        .all(|name| text(name).is_some_and(|t| !t.is_empty()))
}
