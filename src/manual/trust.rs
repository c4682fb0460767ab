//! Whom you believe, and what nobody can forge.
//!
//! # What a node cannot forge
//!
//! The content of a transaction. It is encoded again into the bytes that were signed, these are hashed,
//! and the hash must be the one you asked for. Sender, destination, tags, memos, the asset and the
//! largest possible amount are therefore certain, whatever the node is.
//!
//! # What you believe a node
//!
//! That the transaction is in a validated ledger, in which one, with which result, and what its
//! metadata say: the delivered amount and the balances. A delivered amount is held against what the
//! sender signed and against the balance of the account that was paid; when these cannot all be true it
//! is [`Doubtful`](crate::Delivered::Doubtful). A node that lies consistently about its ledger is still
//! believed when it is the only one asked. Ask more than one:
//!
//! ```
//! use xrpl_txdata::TxData;
//!
//! let txd = TxData::builder()
//!     .endpoints(["wss://xrplcluster.com", "wss://s2.ripple.com", "wss://honeycluster.io"])
//!     .agreement(2)
//!     .build()?;
//! # Ok::<(), xrpl_txdata::Error>(())
//! ```
//!
//! Endpoints of one operator are not two witnesses, nor are a `wss` and an `https` address of one server.
//! Choose them of different ones, or say which belong together with
//! [`one_operator`](crate::Builder::one_operator): they have one vote then.
//!
//! # Believing nobody
//!
//! With the feature `proof`, a lookup can believe validators by their signatures, and no node about what is
//! found, however many of them lie: [proof](super::proof).
//!
//! # Which nodes are believed at all
//!
//! A node must say that it follows the network you expect (the main one unless you choose another),
//! that it is in step with it, and that it has the whole history. It must have validated a ledger in
//! the last minute, must not be amendment blocked, its validator list must not have expired, and its
//! data must not be corrupt. The first reason against it is the [`Unfit`](crate::Unfit) of its
//! [`Attempt`](crate::Attempt). A test network's payment looks exactly like a real one, which is why
//! the network is never guessed.
//!
//! A server in stand-alone mode, for tests, follows no network but closes ledgers of its own. It is believed
//! when [`standalone`](crate::Builder::standalone) says so: its last ledger may then be of any age, and nobody
//! minds when none closes.
//!
//! # Absence
//!
//! Nobody can prove alone that something is *not* there. "Not found" of one node is weak evidence, so every
//! node of the list is asked before it is the answer, and "never" needs two of them, of different
//! operators, or as many as must agree. An agreement does not change the first: where all others are down,
//! "not found" may be the word of one.
