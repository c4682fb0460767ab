//! Payments that a user signs in Xaman (XUMM): from a webhook to the ledger's own answer.
//!
//! 1. Xaman posts a webhook: [`Webhook::verify`] checks who sent it. Or its WebSocket tells the same,
//!    [`SignEvent`]. Either says only that it is time to look.
//! 2. Fetch the payload, `GET https://xumm.app/api/v1/platform/payload/<uuid>` with your key and
//!    secret: [`Payload::from_json`].
//! 3. [`judge()`] it: this needs no ledger.
//! 4. [`TxData::verify_xaman`](crate::TxData::verify_xaman) does step 3 and looks up what was signed,
//!    on your own nodes, against your own order. Only that pays.
//!
//! ```no_run
//! # async fn example(txd: xrpl_txdata::TxData, body: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use xrpl_txdata::{ExpectedPayment, xaman::Payload};
//!
//! let expected = ExpectedPayment::to("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY")
//!     .tag(12345)
//!     .exactly("25 XRP")
//!     .order_id("order 17")
//!     .build()?;
//! let answer = txd.verify_xaman(&Payload::from_json(body)?, &expected, 20).await?;
//! println!("{answer}");
//! # Ok(()) }
//! ```
//!
//! # What must not be believed
//!
//! The template (`request_json`): the user chooses network and account unless they are forced, and
//! what was signed can differ. `dispatched_result`: one node's guess before any ledger closed.
//! A `txid`: a hash says nothing about the ledger. A payload that a browser hands on: fetch it
//! yourself. The identifier: it is checked when the expectation has an
//! [`order_id`](crate::verify::ExpectedPaymentBuilder::order_id), and should be.

mod event;
mod judge;
mod member;
mod payload;
mod signature;
mod state;
mod webhook;

pub use event::{PING, Resolution, SignEvent};
pub use judge::{PayloadVerdict, judge};
pub use member::PayloadError;
pub use payload::{Application, CustomMeta, Meta, Payload, Request, Response};
pub use signature::{SIGNATURE_HEADER, SignatureError, TIMESTAMP_HEADER, verify_signature};
pub use state::PayloadState;
pub use webhook::{PayloadResponse, ReturnUrl, UserToken, Webhook, WebhookError, WebhookMeta};
