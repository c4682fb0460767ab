//! Believing nobody but the validators: what is proven, how, and what it costs.
//!
//! With [`Trust::Validators`](crate::Trust::Validators) no node is believed about anything that is *found*.
//! The whole ledger is fetched in binary form; its transactions and their metadata must hash to the root in
//! its header; headers are walked forward to a ledger that a quorum of your validators, four fifths, signed.
//! What you get is read from exactly those bytes. However many nodes lie, and whatever they agree on, they
//! cannot make it say anything else: without a proof there is
//! [`ErrorKind::NotProven`](crate::ErrorKind::NotProven), and its attempts tell for each node
//! [what was missing](crate::Unproven).
//!
//! ```no_run
//! use xrpl_txdata::{
//!     RippleTime, TxData,
//!     proof::{Publisher, TrustedValidators, VL_RIPPLE_COM},
//! };
//!
//! # async fn example(published: &str, now: RippleTime) -> Result<(), Box<dyn std::error::Error>> {
//! // `published` is what the publisher's site serves; its key is pinned, so it may come from anywhere.
//! let list = Publisher::new(VL_RIPPLE_COM.parse()?).accept(published, now)?;
//! let txd = TxData::builder().trust(TrustedValidators::from_lists(&[list])?).build()?;
//!
//! let hash = "8F3CE0481EF31A1BE44AD7D744D286B0F440780CD0056951948F93A803D47F8B";
//! if let Some(tx) = txd.get_one(hash, 20).await?.found() {
//!     println!("delivered {}, proven by {:?}", tx.delivered(), tx.source().proven);
//!     // To store beside the order, and to check years later without any network.
//!     let document = tx.proof().map(|proof| proof.to_json());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Where the signatures come from
//!
//! Servers do not keep what validators sign. It is collected while the lookup runs, from the `validations`
//! streams of up to eight endpoints that speak WebSocket; those over HTTP stream nothing. So
//!
//! * a transaction that is validated already is proven by the *next* ledger, some four seconds later,
//! * one that is waited for is proven by its own ledger,
//! * from a transaction's ledger to a signed one at most [`longest_walk`](crate::Builder::longest_walk)
//!   headers are fetched: a quarter of an hour of ledgers, unless set,
//! * older transactions need what somebody kept: a [`ProofArchive`](crate::proof::ProofArchive) of proven
//!   hashes ([`proof_archive`](crate::Builder::proof_archive)), or the validations of that time, brought by
//!   [`LookupBuilder::validations`](crate::LookupBuilder::validations).
//!
//! # What it does not do
//!
//! * Signatures do not name the network; your validators stand for it. So a network id must be set.
//! * Absence is still what nodes say, and so is what a monitor tells, which refuses such a client: look each
//!   payment up by a client that proves.
//! * A node that hides what it has can delay a proof. So can validators that sign two ledgers: they lose
//!   their vote.
//! * A published list holds for a time, and whether it does now is read from the clock of this machine.
//! * Whoever has the keys of four fifths of your validators is the network.
//!
//! A proof that was stored is read and checked by [`Proof`](crate::proof::Proof), offline. The example `prove`
//! does both.
