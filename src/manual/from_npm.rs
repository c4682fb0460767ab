//! Coming from npm `xrpl-txdata`: its options, methods, fields and events, and what they are here.
//!
//! The names below are those of version 2.0.1. The same job, in both languages:
//!
//! ```js
//! const txd = new TxData(['wss://xrplcluster.com', 'wss://s2.ripple.com'])
//! const tx = await txd.getOne(hash, 20)
//! console.log(tx.result, tx.balanceChanges)
//! ```
//!
//! ```no_run
//! # async fn example(hash: &str) -> Result<(), xrpl_txdata::Error> {
//! use xrpl_txdata::{Lookup, Timeouts, TxData};
//!
//! let txd = TxData::new(["wss://xrplcluster.com", "wss://s2.ripple.com"], Timeouts::default())?;
//! match txd.get_one(hash, 20).await? {
//!     Lookup::Found(tx) => println!("{} {:?}", tx.result(), tx.balance_changes()),
//!     Lookup::Absent(absence) => println!("{absence}"),
//! }
//! # Ok(()) }
//! ```
//!
//! # The constructor
//!
//! | npm | here |
//! |---|---|
//! | `new TxData()` | `TxData::new([""; 0], Timeouts::default())`, or [`TxData::builder()`](crate::TxData::builder)`.build()`: [three public servers](crate::MAINNET_ENDPOINTS), which are not quite the same three |
//! | `new TxData(endpoints, options)` | [`TxData::new`](crate::TxData::new)`(endpoints, timeouts)`; every other option is the [`Builder`](crate::Builder)'s |
//! | `EndpointTimeoutMs` (1250) | [`Timeouts::endpoint`](crate::Timeouts::endpoint), the same default |
//! | `OverallTimeoutMs` (10000) | [`Timeouts::overall`](crate::Timeouts::overall), the same default; it stays what you set, while the package raises it to `EndpointTimeoutMs` times one more than there are endpoints |
//! | `AllowNoFullHistory: true` | [`allow_partial_history()`](crate::Builder::allow_partial_history) |
//! | `NativeAsset: 'XAH'` | [`native_asset("XAH")`](crate::Builder::native_asset), known by itself for Xahau, with [`network_id(21337)`](crate::Builder::network_id) |
//! | `http` in an endpoint means `ws` | [`http_as_websocket()`](crate::Builder::http_as_websocket); otherwise they are [asked over HTTP](super::lookup#over-http) (feature `http`) |
//! | an endpoint that is none is left out | it is an [error](crate::ErrorKind::InvalidEndpoints), which names all of them |
//! | an option that is none is left out | it is an error that names the setting and its range |
//!
//! # Methods
//!
//! | npm | here |
//! |---|---|
//! | `get(hash, seconds)` | [`get_one(hash, seconds)`](crate::TxData::get_one) |
//! | `getOne(hash, seconds)`, which also ends the object | the same; the client stays usable, and closes what it does not need |
//! | `end()` | drop the last clone, or [`close().await`](crate::TxData::close) |
//! | a CTID in place of the hash | the same |
//! | a hash in upper case | in any case |
//!
//! # What `getOne` gives
//!
//! | npm | here |
//! |---|---|
//! | `result` of a transaction | [`Lookup::Found`](crate::Lookup::Found) with a [`ValidatedTransaction`](crate::ValidatedTransaction) |
//! | `result.error === 'txnNotFound'` | [`Lookup::Absent`](crate::Lookup::Absent) with an [`Absence`](crate::Absence): in which ledgers it is not, and whether it can still come |
//! | `host` | [`source()`](crate::ValidatedTransaction::source)`.endpoint`, without path and query |
//! | `resolvedBy: 'generator'` | `source().resolved_by` is [`FirstReply`](crate::ResolvedBy::FirstReply) |
//! | `resolvedBy: 'emitter'` | [`LateReply`](crate::ResolvedBy::LateReply) |
//! | `resolvedBy: 'asynchash'` | [`LedgerWatch`](crate::ResolvedBy::LedgerWatch) |
//! | `balanceChanges` | [`balance_changes()`](crate::ValidatedTransaction::balance_changes) |
//!
//! | in `result` | here, of [`ValidatedTransaction`](crate::ValidatedTransaction) |
//! |---|---|
//! | `hash`, `Account`, `Destination`, `TransactionType` | `hash()`, `account()`, `destination()`, `transaction_type()` |
//! | `DestinationTag`, `SourceTag`, `InvoiceID` | `destination_tag()`, `source_tag()`, `invoice_id()`; a missing one is `None` |
//! | `Fee`, `Sequence`, `TicketSequence`, `Memos` | `fee()`, `sequence()`, `ticket_sequence()`, `memos()` |
//! | `meta.TransactionResult` | [`result()`](crate::ValidatedTransaction::result), `is_success()` |
//! | `meta.delivered_amount` | [`delivered()`](crate::ValidatedTransaction::delivered), checked against what was signed and what the balance gained |
//! | `Amount` | none, on purpose: it is what was offered, and not what arrived. `raw_transaction()["Amount"]` |
//! | `ledger_index`, `inLedger` | `ledger_index()` |
//! | `date` | `close_time()` |
//! | `validated` | always true: nothing else becomes a value of this type |
//! | all other fields | [`raw_transaction()`](crate::ValidatedTransaction::raw_transaction) |
//! | `meta` | [`raw_metadata()`](crate::ValidatedTransaction::raw_metadata) |
//!
//! | in `balanceChanges[account]` | here, of [`BalanceChange`](crate::BalanceChange) |
//! |---|---|
//! | the key | `account`; [`of(&account)`](crate::BalanceChanges::of) gives those of one |
//! | `counterparty`, `''` for XRP | `counterparty`, `None` for XRP |
//! | `currency` | [`asset()`](crate::BalanceChange::asset), which for tokens has the issuer too |
//! | `value`, a text in XRP or tokens | `delta`, an exact [`Amount`](crate::Amount); XRP in drops, [`Drops::xrp`](crate::types::Drops::xrp) as text. `before` and `after` beside it |
//! | `formatted.value` of an XLS-14d token | [`TokenValue::indivisible`](crate::TokenValue::indivisible) |
//! | `formatted.currency` | [`Currency::readable`](crate::Currency::readable) |
//!
//! # Errors
//!
//! | npm rejects with an `Error` whose `name` is | here |
//! |---|---|
//! | `ENDPOINTS_INVALID` | [`InvalidEndpoints`](crate::ErrorKind::InvalidEndpoints), if one is invalid |
//! | `MAX_LOOKUP_TIME_REACHED` | [`TimedOut`](crate::ErrorKind::TimedOut) when nobody could be believed in time; else the answer is `Absent` |
//! | `ALL_CONNECTIONS_FAILED` | [`AllEndpointsFailed`](crate::ErrorKind::AllEndpointsFailed), with the reason of each: [`attempts`](crate::Error::attempts) |
//! | `OBJECT_IN_ENDED_STATE` | [`Closed`](crate::ErrorKind::Closed), after `close()` only |
//!
//! # Functions beside the class
//!
//! | npm | here |
//! |---|---|
//! | `parseBalanceChanges(meta, nativeAsset)` | [`BalanceChanges::from_metadata`](crate::BalanceChanges::from_metadata)`(&meta)`; the name of the native asset is needed for showing alone |
//! | `utils.currencyCodeFormat(code, maxLength, nativeAsset)` | [`Currency::readable`](crate::Currency::readable), [`readable_beside(native)`](crate::Currency::readable_beside); never cut |
//! | `utils.xrplValueToNft(value)` | [`TokenValue::indivisible`](crate::TokenValue::indivisible) |
//! | `utils.nftValuetoXrpl(count, balance)` | [`TokenValue::from_indivisible`](crate::TokenValue::from_indivisible); the check of a balance is yours, by `indivisible()` |
//!
//! # Events and logs
//!
//! The package has no public events; its `EventBus` (`result`, `xrpljson`, `tx.<hash>`) is private. What
//! comes to accounts is told here by [`TxData::monitor`](crate::TxData::monitor), a stream. `DEBUG=txdata*`
//! is [a `tracing` subscriber](super::errors#logs) with `xrpl_txdata=debug`. The header `User-Agent`, which
//! names your host there, is `xrpl-txdata/<version>` unless you set [another](crate::Builder::header).
//!
//! # What behaves differently
//!
//! * **The wait works.** The package accepts only replies that are marked as validated, which an error reply
//!   never is: "not found" never arrives, the wait for a later ledger never begins, and `getOne` rejects after
//!   its overall time. Here the time limits bound the question, and the wait comes on top.
//! * **A missing transaction** says where it was looked for, and can be [final](super::absence).
//! * **The content is checked** against the hash asked for, and nodes of other networks are not believed.
//! * **Full history** is one unbroken range from the first ledger, not a text that begins with its number.
//! * **Amounts are exact and typed:** the ledger's whole range, MPTs, no floating point; what the metadata
//!   leaves open is listed as [unknown](crate::BalanceChanges::unknown).
//! * **One connection** for each endpoint (a few, over HTTP) serves all lookups at once.
//! * **No browser:** it needs tokio and sockets.
