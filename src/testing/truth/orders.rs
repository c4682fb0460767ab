//! How a test author says what shall happen on the ledger.

use serde_json::{Map, Value, json};

use super::transactions::Effect;
use crate::{
    codec::Definitions,
    testing::Network,
    types::{AccountId, Amount, Hash256, TxHash, hex},
};

/// The flag of a payment that may deliver less than its amount.
pub(super) const PARTIAL_PAYMENT: u32 = 0x0002_0000;

/// A transaction yet to be signed, and when it shall be validated.
#[derive(Clone, Debug)]
pub(in crate::testing) struct Order {
    pub(super) tx: Map<String, Value>,
    pub(super) effect: Effect,
    pub(super) when: When,
    /// Whether it converts one asset into another through an offer, and leaves a part of that offer.
    pub(super) converts: Option<Leftover>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// So many ledgers after the next one.
    After(u32),
    In(u32),
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leftover {
    Half,
    Nothing,
}

impl Order {
    pub(super) fn new(kind: &str, account: AccountId) -> Order {
        let mut tx = Map::new();
        tx.insert("TransactionType".to_owned(), kind.into());
        tx.insert("Account".to_owned(), json!(account));
        Order { tx, effect: Effect::default(), when: When::After(0), converts: None }
    }

    /// A transaction with metadata of the test author.
    pub(in crate::testing) fn included(
        tx: Map<String, Value>,
        metadata: Map<String, Value>,
    ) -> Order {
        let effect = Effect { metadata: Some(metadata), ..Effect::default() };
        Order { tx, effect, when: When::After(0), converts: None }
    }

    pub(super) fn payment(from: AccountId, to: AccountId, amount: Amount) -> Order {
        Order::new("Payment", from).with("Destination", to).with("Amount", amount)
    }

    pub(super) fn with(mut self, field: &str, value: impl serde::Serialize) -> Order {
        self.tx.insert(field.to_owned(), json!(value));
        self
    }

    pub(super) fn partial(mut self, delivered: Amount) -> Order {
        self.effect.delivers = Some(delivered);
        self.with("Flags", PARTIAL_PAYMENT)
    }

    pub(super) fn through(mut self, leftover: Leftover) -> Order {
        self.converts = Some(leftover);
        self
    }

    pub(super) fn fails(mut self, code: &str) -> Order {
        assert!(
            code.starts_with("tec") && Definitions::xrpl().has_result(code),
            "{code:?} is no code that starts with \"tec\": only such failures reach a ledger"
        );
        self.effect.fails = Some(code.to_owned());
        self
    }
}

/// The parts of an order that all transactions have in common.
macro_rules! common {
    ($order:ident) => {
        impl $order<'_> {
            /// The source tag: the customer of the sender.
            pub fn source_tag(mut self, tag: u32) -> Self {
                self.order = self.order.with("SourceTag", tag);
                self
            }

            /// Adds a memo with this text as its data.
            pub fn memo(mut self, text: &str) -> Self {
                let memo = json!({ "Memo": { "MemoData": hex::encode(text.as_bytes()) } });
                match self.order.tx.get_mut("Memos") {
                    Some(Value::Array(memos)) => memos.push(memo),
                    _ => self.order = self.order.with("Memos", [memo]),
                }
                self
            }

            /// The fee in drops, 12 when not set.
            pub fn fee(mut self, drops: u32) -> Self {
                self.order = self.order.with("Fee", drops.to_string());
                self
            }

            /// The last ledger that may hold it. When not set, 20 ledgers after the next one, or the
            /// one that will hold it.
            pub fn last_ledger_sequence(mut self, ledger_index: u32) -> Self {
                self.order = self.order.with("LastLedgerSequence", ledger_index);
                self
            }

            /// It reaches a ledger, but fails with this `tec…` code: it costs the fee and does
            /// nothing else.
            ///
            /// # Panics
            ///
            /// When the ledger has no such code, or it does not start with `tec`.
            pub fn fails(mut self, code: &str) -> Self {
                self.order = self.order.fails(code);
                self
            }

            /// Into the ledger with this index, instead of the next one to close.
            pub fn in_ledger(mut self, ledger_index: u32) -> Self {
                self.order.when = When::In(ledger_index);
                self
            }

            /// So many ledgers after the next one to close.
            pub fn after(mut self, ledgers: u32) -> Self {
                self.order.when = When::After(ledgers);
                self
            }

            /// Signs it and schedules it; gives its hash.
            ///
            /// # Panics
            ///
            /// When its ledger is closed already, or comes after its last ledger sequence, or when
            /// the account does not exist yet.
            pub fn submit(self) -> TxHash {
                self.network.submit(self.order)
            }

            /// Signs it, but no ledger will ever hold it.
            pub fn never(mut self) -> TxHash {
                self.order.when = When::Never;
                self.network.submit(self.order)
            }
        }
    };
}

/// A payment that is being described; see [`Network::pay`].
#[derive(Clone, Debug)]
#[must_use = "nothing is signed before `submit`"]
pub struct PaymentOrder<'n> {
    network: &'n Network,
    order: Order,
}

common!(PaymentOrder);

impl<'n> PaymentOrder<'n> {
    pub(in crate::testing) fn new(
        network: &'n Network,
        from: AccountId,
        to: AccountId,
        amount: Amount,
    ) -> Self {
        PaymentOrder { network, order: Order::payment(from, to, amount) }
    }

    /// The destination tag: the customer of the receiver.
    pub fn tag(mut self, tag: u32) -> Self {
        self.order = self.order.with("DestinationTag", tag);
        self
    }

    /// The invoice it pays.
    pub fn invoice_id(mut self, id: Hash256) -> Self {
        self.order = self.order.with("InvoiceID", id);
        self
    }

    /// A partial payment: the amount is only a promise, so much is delivered. Partial payments of
    /// XRP need a [`send_max`](Self::send_max) of another asset, like on the real network.
    pub fn partial(mut self, delivered: Amount) -> Self {
        self.order = self.order.partial(delivered);
        self
    }

    /// What the sender spends. Of another asset than the amount, it is exchanged through somebody's
    /// offer, and spent whole.
    pub fn send_max(mut self, spends: Amount) -> Self {
        self.order = self.order.with("SendMax", spends).through(Leftover::Half);
        self
    }
}

/// An offer that is being described; see [`Network::offer`].
#[derive(Clone, Debug)]
#[must_use = "nothing is signed before `submit`"]
pub struct OfferOrder<'n> {
    network: &'n Network,
    order: Order,
}

common!(OfferOrder);

impl<'n> OfferOrder<'n> {
    pub(in crate::testing) fn new(
        network: &'n Network,
        account: AccountId,
        gives: Amount,
        wants: Amount,
    ) -> Self {
        let order = Order::new("OfferCreate", account);
        OfferOrder { network, order: order.with("TakerGets", gives).with("TakerPays", wants) }
    }

    /// Somebody's offer matches it at once: both are exchanged, nothing stays in the book.
    pub fn taken(mut self) -> Self {
        self.order = self.order.through(Leftover::Nothing);
        self
    }
}
