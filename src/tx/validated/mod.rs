//! The answer people act on: a transaction of a validated ledger and what it meant.

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer, ser::SerializeStruct};

#[cfg(feature = "proof")]
use super::ProvenSource;
use super::{
    BalanceChanges, BoundRecord, Chain, Delivered, Incoming, Memo, Source, TxResult,
    fee::Fee,
    fields::{self, Object},
};
#[cfg(feature = "proof")]
use crate::proof::Proof;
use crate::types::{AccountId, Ctid, Hash256, LedgerHash, RippleTime, TxHash};

/// A transaction that a node reported in a validated ledger of the right network, and whose content
/// hashes to the hash asked for. There is no way to make one by hand.
///
/// Cheap to clone. What the content tells (who, to whom, how much at most) was signed by its sender
/// and cannot be changed by a node. What the metadata tells (result, delivered amount, balances) is
/// the word of the nodes in [`source`](Self::source), unless that says that it is proven.
///
/// ```
/// # use xrpl_txdata::{TxData, testing::Network};
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let network = Network::new(1);
/// # let node = network.node("n1.test");
/// # let txd = TxData::builder().endpoints([node.url()]).connect(network.clone()).build()?;
/// # let shop = network.account("shop");
/// # let hash = network.pay(network.account("customer"), shop, "25 XRP".parse()?).tag(7).submit();
/// # network.close_ledger();
/// let tx = txd.get_one(hash, 0).await?.found().ok_or("it is not there")?;
/// assert!(tx.is_success() && tx.destination() == Some(shop) && tx.destination_tag() == Some(7));
/// // Not what was offered: what arrived.
/// let delivered = tx.delivered().exact().ok_or("nobody knows how much")?;
/// assert_eq!(delivered.to_string(), "25 XRP");
/// // All that it did to the receiver, and fields that have no method of their own.
/// println!("{:?}", tx.balance_changes().of(&shop));
/// println!("{:?}", tx.raw_transaction().get("Flags"));
/// # Ok(()) }
/// ```
///
/// # JSON
///
/// One object, stable; fields may be added. What is missing is left out, but for `memos`, which is
/// then empty.
///
/// | field | value |
/// |---|---|
/// | `hash` | 64 hexadecimal digits |
/// | `ctid` | 16 hexadecimal digits, for places that have one |
/// | `network_id` | number, 0 is the main network |
/// | `native_asset` | what the network calls its own asset: `XRP`, `XAH` |
/// | `ledger_index`, `ledger_hash`, `close_time` | number; 64 hexadecimal digits; `2013-01-02T06:43:20Z` |
/// | `transaction_index` | number, from 0 |
/// | `transaction_type`, `result`, `is_success` | `Payment`; `tesSUCCESS`; boolean |
/// | `account`, `destination` | classic addresses |
/// | `destination_tag`, `source_tag` | numbers; a missing tag is not tag 0 |
/// | `invoice_id` | 64 hexadecimal digits |
/// | `sequence`, `ticket_sequence` | numbers; with a ticket, `sequence` is 0 |
/// | `fee` | see [`Fee`] |
/// | `memos` | list of [`Memo`] |
/// | `parent_batch` | 64 hexadecimal digits |
/// | `delivered` | see [`Delivered`] |
/// | `balance_changes` | see [`BalanceChanges`] |
/// | `raw_transaction`, `raw_metadata` | the ledger's JSON |
/// | `transaction_blob` | the signed bytes in hexadecimal form |
/// | `source` | see [`Source`] |
#[derive(Clone)]
pub struct ValidatedTransaction {
    facts: Arc<Facts>,
    #[cfg(feature = "proof")]
    proof: Option<Arc<Proof>>,
    source: Arc<Source>,
    native_asset: Arc<str>,
}

struct Facts {
    record: BoundRecord,
    network_id: u32,
    ctid: Option<Ctid>,
}

impl ValidatedTransaction {
    /// `network_id` is that of the node which gave the record.
    ///
    /// # Errors
    ///
    /// The transaction was made for another network, or the node's own compact id is of another one.
    pub(crate) fn new(
        record: BoundRecord,
        network_id: u32,
        source: Source,
    ) -> Result<ValidatedTransaction, WrongNetwork> {
        let transaction = record.transaction();
        let named = fields::uint32(transaction, "NetworkID");
        let placed = record.ctid().map(|ctid| u32::from(ctid.network_id()));
        if let Some(found) = [named, placed].into_iter().flatten().find(|id| *id != network_id) {
            return Err(WrongNetwork { expected: network_id, found });
        }
        let ctid = u16::try_from(network_id)
            .ok()
            .zip(u16::try_from(record.transaction_index()).ok())
            .and_then(|(network, index)| Ctid::new(record.ledger_index(), index, network));
        let facts = Facts { record, network_id, ctid };
        let native_asset = Chain::of_network(network_id).native_asset().into();
        Ok(ValidatedTransaction {
            facts: Arc::new(facts),
            #[cfg(feature = "proof")]
            proof: None,
            source: Arc::new(source),
            native_asset,
        })
    }

    /// The same transaction, as the answer of a lookup that knows more about how it came, and what the
    /// native asset is called.
    pub(crate) fn answered(
        mut self,
        mut source: Source,
        native_asset: Option<&Arc<str>>,
    ) -> ValidatedTransaction {
        source.proven = self.source.proven;
        self.source = Arc::new(source);
        self.native_asset = native_asset.unwrap_or(&self.native_asset).clone();
        self
    }

    /// The same transaction, whose record comes from proven bytes.
    #[cfg(feature = "proof")]
    pub(crate) fn proven(mut self, proof: Proof, by: ProvenSource) -> ValidatedTransaction {
        self.proof = Some(Arc::new(proof));
        self.source = Arc::new(Source { proven: Some(by), ..(*self.source).clone() });
        self
    }

    /// Whether another node told the same: the same content in the same place, at the same time, with
    /// the same effect. What servers add to metadata for convenience is left aside.
    pub(crate) fn tells_the_same_as(&self, other: &ValidatedTransaction) -> bool {
        let place = |tx: &ValidatedTransaction| {
            (tx.hash(), tx.network_id(), tx.ledger_index(), tx.transaction_index())
        };
        let same_ledger = match (self.ledger_hash(), other.ledger_hash()) {
            (Some(one), Some(two)) => one == two,
            // Old servers do not name it.
            _ => true,
        };
        place(self) == place(other)
            && same_ledger
            // Who has the ledger tells when it closed: one's word alone would decide what was in time.
            && self.close_time() == other.close_time()
            && self.result() == other.result()
            && self.delivered() == other.delivered()
            && self.facts.record.has_same_metadata(&other.facts.record)
    }

    /// Whether the ledger's JSON of its content encodes to the bytes that were signed: who told JSON that
    /// gives other bytes told something else.
    pub(crate) fn is_understood(&self) -> bool {
        self.facts.record.is_understood()
    }

    /// The hash of its content.
    pub fn hash(&self) -> TxHash {
        self.facts.record.hash()
    }

    /// Its place as a compact id (XLS-37), computed here; `None` beyond ledger 268,435,455 and for
    /// network ids above 65,535.
    pub fn ctid(&self) -> Option<Ctid> {
        self.facts.ctid
    }

    /// The network of the node that answered; 0 is the main one.
    pub fn network_id(&self) -> u32 {
        self.facts.network_id
    }

    /// What the network calls its native asset: `XRP`, or `XAH` on Xahau, unless the client was told
    /// another name. Amounts of it are [`Amount::Xrp`](crate::Amount::Xrp) on every network; see
    /// [`Amount::display_with`](crate::Amount::display_with).
    pub fn native_asset(&self) -> &str {
        &self.native_asset
    }

    /// The ledger that holds it.
    pub fn ledger_index(&self) -> u32 {
        self.facts.record.ledger_index()
    }

    /// The hash of that ledger, when the node told it.
    pub fn ledger_hash(&self) -> Option<LedgerHash> {
        self.facts.record.ledger_hash()
    }

    /// When that ledger closed, rounded by the network, when the node told it.
    pub fn close_time(&self) -> Option<RippleTime> {
        self.facts.record.close_time()
    }

    /// Its number in the ledger, from 0, in the order of execution.
    pub fn transaction_index(&self) -> u32 {
        self.facts.record.transaction_index()
    }

    /// What kind of transaction it is, by its name in the ledger: `Payment`, `OfferCreate`, …; one that is
    /// newer than this crate by the number of its type.
    pub fn transaction_type(&self) -> &str {
        self.facts.record.transaction_type()
    }

    /// The result code.
    pub fn result(&self) -> &TxResult {
        self.facts.record.result()
    }

    /// Whether it did what it was meant to do. Not every success is a payment, see
    /// [`delivered`](Self::delivered).
    pub fn is_success(&self) -> bool {
        self.result().is_success()
    }

    /// Who sent it.
    pub fn account(&self) -> AccountId {
        self.facts.record.account()
    }

    /// The field `Destination`, where the transaction has one.
    pub fn destination(&self) -> Option<AccountId> {
        fields::account(self.raw_transaction(), "Destination")
    }

    /// The field `DestinationTag`. No tag is something else than tag 0. Checks, escrows and payment
    /// channels have their tags elsewhere, see [`incoming`](Self::incoming).
    pub fn destination_tag(&self) -> Option<u32> {
        self.number("DestinationTag")
    }

    /// The field `SourceTag`: on whose behalf the sender sent it.
    pub fn source_tag(&self) -> Option<u32> {
        self.number("SourceTag")
    }

    /// The field `InvoiceID`.
    pub fn invoice_id(&self) -> Option<Hash256> {
        fields::hash256(self.raw_transaction(), "InvoiceID")
    }

    /// Notes of the sender. They prove nothing.
    pub fn memos(&self) -> Vec<Memo> {
        Memo::read_all(self.raw_transaction())
    }

    /// What was charged, and to whom.
    pub fn fee(&self) -> Fee {
        self.facts.record.fee()
    }

    /// The sender's sequence number; 0 where a ticket was used.
    pub fn sequence(&self) -> u32 {
        self.number("Sequence").unwrap_or_default()
    }

    /// The ticket that was used in place of a sequence number.
    pub fn ticket_sequence(&self) -> Option<u32> {
        self.number("TicketSequence")
    }

    /// The batch that this is an inner transaction of (XLS-56). The batch itself can succeed while inner
    /// transactions of it fail or are left out; each one that was applied stands in the ledger by itself.
    pub fn parent_batch(&self) -> Option<TxHash> {
        fields::text(self.raw_metadata(), "ParentBatchID")?.parse().ok()
    }

    /// How much arrived at the account that was paid.
    pub fn delivered(&self) -> &Delivered {
        self.facts.record.delivered()
    }

    /// Who gained and who lost what.
    pub fn balance_changes(&self) -> &BalanceChanges {
        self.facts.record.balance_changes()
    }

    /// What one account received through this transaction, and by which way; payments, and all the
    /// other ways in which value comes to an account.
    pub fn incoming(&self, account: &AccountId) -> Vec<Incoming> {
        self.facts.record.incoming(account)
    }

    /// The content as the ledger's JSON: exactly what was signed.
    pub fn raw_transaction(&self) -> &Object {
        self.facts.record.transaction()
    }

    /// The metadata as the node sent it.
    pub fn raw_metadata(&self) -> &Object {
        self.facts.record.metadata()
    }

    /// The signed bytes; the hash is theirs.
    pub fn transaction_blob(&self) -> &[u8] {
        self.facts.record.blob()
    }

    /// Which node answered, and by whose signatures it is proven, if it is.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The proof that this transaction did this, to store and to check offline: of answers to those who
    /// believe [validators](crate::Trust::Validators).
    #[cfg(feature = "proof")]
    pub fn proof(&self) -> Option<&Proof> {
        self.proof.as_deref()
    }

    fn number(&self, name: &str) -> Option<u32> {
        fields::uint32(self.raw_transaction(), name)
    }
}

impl Serialize for ValidatedTransaction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = Fields(serializer.serialize_struct("ValidatedTransaction", 27)?);
        out.field("hash", &self.hash())?;
        out.optional("ctid", &self.ctid())?;
        out.field("network_id", &self.network_id())?;
        out.field("native_asset", self.native_asset())?;
        out.field("ledger_index", &self.ledger_index())?;
        out.optional("ledger_hash", &self.ledger_hash())?;
        out.optional("close_time", &self.close_time())?;
        out.field("transaction_index", &self.transaction_index())?;
        out.field("transaction_type", self.transaction_type())?;
        out.field("result", self.result())?;
        out.field("is_success", &self.is_success())?;
        out.field("account", &self.account())?;
        out.optional("destination", &self.destination())?;
        out.optional("destination_tag", &self.destination_tag())?;
        out.optional("source_tag", &self.source_tag())?;
        out.optional("invoice_id", &self.invoice_id())?;
        out.field("sequence", &self.sequence())?;
        out.optional("ticket_sequence", &self.ticket_sequence())?;
        out.field("fee", &self.fee())?;
        out.field("memos", &self.memos())?;
        out.optional("parent_batch", &self.parent_batch())?;
        out.field("delivered", self.delivered())?;
        out.field("balance_changes", self.balance_changes())?;
        out.field("raw_transaction", self.raw_transaction())?;
        out.field("raw_metadata", self.raw_metadata())?;
        out.field("transaction_blob", &crate::types::hex::encode(self.transaction_blob()))?;
        out.field("source", self.source())?;
        out.0.end()
    }
}

/// Writes fields and leaves out missing ones.
struct Fields<S>(S);

impl<S: SerializeStruct> Fields<S> {
    fn field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        self.0.serialize_field(key, value)
    }

    fn optional<T: Serialize>(
        &mut self,
        key: &'static str,
        value: &Option<T>,
    ) -> Result<(), S::Error> {
        match value {
            Some(value) => self.field(key, value),
            None => self.0.skip_field(key),
        }
    }
}

impl fmt::Debug for ValidatedTransaction {
    /// The facts; not the raw content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatedTransaction")
            .field("hash", &self.hash())
            .field("network_id", &self.network_id())
            .field("ledger_index", &self.ledger_index())
            .field("transaction_type", &self.transaction_type())
            .field("result", self.result())
            .field("delivered", self.delivered())
            .field("source", self.source())
            .finish_non_exhaustive()
    }
}

/// A transaction was made for another network than the one that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongNetwork {
    /// The network of the node that gave it.
    pub(crate) expected: u32,
    /// The network that it names.
    pub(crate) found: u32,
}

impl fmt::Display for WrongNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WrongNetwork { expected, found } = self;
        write!(f, "the node is on network {expected}, but its transaction is of network {found}")
    }
}
