//! What may change in which version, and what stays.
//!
//! Versions follow [Semantic Versioning](https://semver.org/). Before 1.0 the middle number is the one that
//! may break: `0.1` to `0.2`. `CHANGELOG.md` says of each version what changed; what breaks stands first.
//!
//! # What breaks
//!
//! * Anything public goes, is renamed, or takes or gives something else. All of it is listed in `api.txt` of
//!   the repository, and no change to it goes unseen. Hidden items (`__fuzz`, methods of `IntoEndpoint` and the
//!   like) are not public.
//! * A promise of this manual, or of an item's documentation, holds no more.
//! * A JSON form loses or renames a field, or gives one another meaning. Fields may be added.
//! * A stored text is not read any more: a [`Cursor`](crate::Cursor), an
//!   [`ExpectedPayment`](crate::ExpectedPayment), a [`Proof`](crate::proof::Proof). What is written may
//!   change, if the older form is still read.
//! * A feature goes, or something moves behind one. Features only add; what `default` holds stays.
//! * A setting has another default, or a time limit another meaning.
//! * A crate whose types are part of the interface is raised to a version that its users must follow:
//!   `serde`, `serde_json`, `tokio`, `futures-core`, `rust_decimal`; with `tls`,
//!   [`rustls`](crate::rustls).
//!
//! # What does not
//!
//! * **New variants and fields** of what is marked `#[non_exhaustive]`: ways to fail, reasons to be unfit,
//!   kinds of checks, ways in which value comes. Match them with a `_` arm that is careful: an event that you
//!   do not know is no payment. Enums without that mark are complete, and code that takes money should look
//!   at each of their variants: [`Lookup`](crate::Lookup), [`PaymentAnswer`](crate::PaymentAnswer),
//!   [`Amount`](crate::Amount), [`Asset`](crate::Asset).
//! * **More care.** If something was believed that must not be, it is refused from the next version on,
//!   however small that is: what was found can become an error, an exact amount a doubtful one, a paid order
//!   one that fails a check. Never the other way round.
//! * **The ledger's tables:** fields, transaction types and result codes that amendments bring. Those that a
//!   version does not know survive in it: the transaction is asked for in binary form, and read from that.
//! * **What servers do:** messages, error tokens, limits. They change without asking, and this follows.
//! * **[Public servers](crate::MAINNET_ENDPOINTS)** come and go. Name your own to be independent of that
//!   list.
//! * **Texts for people:** `Display` of errors and verdicts, `Debug`, log events. Programs read `kind`,
//!   `code`, fields and JSON; the codes of [`CheckCode`](crate::verify::CheckCode) stay for ever.
//! * **The simulated network** of [`testing`](crate::testing): the same seed gives the same ledgers in one
//!   version, and others in the next.
//!
//! # The compiler
//!
//! Rust 1.88 is the oldest that compiles this. A younger one is asked for only when the middle number
//! changes, and never one that is less than half a year old.
