//! Testing your own code: a whole network in memory, with every cheat and every fault at hand.
//!
//! Code that takes money must be tested against what goes wrong, and a real network neither fails on
//! demand nor closes a ledger when you say so. The feature `testing` brings a network that does both:
//! [`testing::Network`](crate::testing::Network). Your code does not notice; only the client is made in
//! another way.
//!
//! ```toml
//! [dev-dependencies]
//! tokio = { version = "1", features = ["macros", "rt", "test-util"] }
//! xrpl-txdata = { version = "0.1", features = ["testing"] }
//! ```
//!
//! # A test from top to bottom
//!
//! What is to be tested takes a [`TxData`](crate::TxData). It is made of public types alone, and so is
//! the test: nothing is mocked, the real client speaks the servers' protocol with simulated nodes.
//!
//! ```
//! use xrpl_txdata::{Error, ExpectedPayment, PaymentAnswer, TxData, testing::Network};
//!
//! #[derive(Debug, PartialEq)]
//! enum Order { Paid, Refused(String), Open }
//!
//! /// Your code.
//! async fn settle(txd: &TxData, order: &ExpectedPayment, hash: &str) -> Result<Order, Error> {
//!     Ok(match txd.verify_payment(hash, order, 20).await? {
//!         PaymentAnswer::Judged { verdict, .. } if verdict.is_paid() => Order::Paid,
//!         PaymentAnswer::Judged { verdict, .. } => {
//!             let codes: Vec<&str> = verdict.failures().map(|check| check.code.as_str()).collect();
//!             Order::Refused(codes.join(" "))
//!         }
//!         PaymentAnswer::Absent(_) => Order::Open,
//!     })
//! }
//!
//! // In your crate: #[tokio::test(start_paused = true)]
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let network = Network::new(1);
//!     let node = network.node("n1.test");
//!     let txd = TxData::builder().endpoints([node.url()]).connect(network.clone()).build()?;
//!     let (customer, shop) = (network.account("customer"), network.account("shop"));
//!     let order = ExpectedPayment::to(shop).tag(7).exactly("25 XRP").build()?;
//!     network.run_clock();
//!
//!     // Two ledgers from now, while your code waits.
//!     let good = network.pay(customer, shop, "25 XRP".parse()?).tag(7).after(1).submit();
//!     assert_eq!(settle(&txd, &order, &good.to_string()).await?, Order::Paid);
//!
//!     // To another customer of the same shop.
//!     let other = network.pay(customer, shop, "25 XRP".parse()?).tag(8).submit();
//!     let refused = Order::Refused("destination_tag".to_owned());
//!     assert_eq!(settle(&txd, &order, &other.to_string()).await?, refused);
//!
//!     // Signed, and in no ledger ever: `never` gives its hash.
//!     let lost = network.pay(customer, shop, "25 XRP".parse()?).tag(7).never();
//!     assert_eq!(settle(&txd, &order, &lost.to_string()).await?, Order::Open);
//!     Ok(())
//! }
//! ```
//!
//! # Time
//!
//! The library measures time by no clock but that of `tokio::time`. With `start_paused = true` that stands
//! still while somebody works and jumps to the next timer when all wait, so a wait of 20 seconds is over
//! at once.
//! [`run_clock`](crate::testing::Network::run_clock) closes a ledger every four of these seconds;
//! without it, [`close_ledger`](crate::testing::Network::close_ledger) closes one when you say so.
//!
//! Pause the clock over the network in memory only. Over real sockets
//! ([`listen`](crate::testing::Network::listen)) it would jump to the time limit while the kernel still
//! holds the answer.
//!
//! # What to try
//!
//! | what may happen to you | how to make it happen |
//! |---|---|
//! | promises 100, delivers 1 | [`pay(..).partial(amount)`](crate::testing::PaymentOrder::partial) |
//! | "USD" of an issuer of their own | pay in a token of another [`account`](crate::testing::Network::account) |
//! | no tag, or another one | leave [`tag`](crate::testing::PaymentOrder::tag) away, or change it |
//! | is in the ledger, but failed | [`fails("tecPATH_DRY")`](crate::testing::PaymentOrder::fails) |
//! | comes later, or too late | [`after(ledgers)`](crate::testing::PaymentOrder::after), [`in_ledger`](crate::testing::PaymentOrder::in_ledger) |
//! | can never come any more | [`last_ledger_sequence`](crate::testing::PaymentOrder::last_ledger_sequence) with [`never`](crate::testing::PaymentOrder::never) |
//! | one payment for two orders | judge it twice, and [`claim`](crate::verify::Verdict::claim) both verdicts |
//! | an escrow, a check, anything else | [`include`](crate::testing::Network::include) a transaction with its metadata, as recorded somewhere |
//! | a node is dead, slow, blind | [`Fault::Refused`](crate::testing::Fault::Refused), [`Slow`](crate::testing::Fault::Slow), [`StopsSilently`](crate::testing::Fault::StopsSilently) |
//! | a node lies about what was paid | [`Fault::AlteredMetadata`](crate::testing::Fault::AlteredMetadata) |
//! | a node follows a test network | [`Fault::WrongNetwork`](crate::testing::Fault::WrongNetwork) |
//! | nobody can be reached | `Refused` at every node: your code must not take the [`Error`](crate::Error) for "not paid" |
//! | your process dies | drop the [`Monitor`](crate::Monitor) anywhere, and go on from the cursor that you stored |
//!
//! A fault strikes always, or as [`times`](crate::testing::Fault::times),
//! [`after`](crate::testing::Fault::after) and [`on`](crate::testing::Fault::on) say:
//! `Fault::NoReply.on("tx").times(2)`. [`heal`](crate::testing::Node::heal) ends all of them.
//!
//! # What really happened
//!
//! [`Network::truth`](crate::testing::Network::truth) is what a ledger holds under a hash, whatever the
//! nodes say. [`Node::requests`](crate::testing::Node::requests),
//! [`Network::open_connections`](crate::testing::Network::open_connections) and their like tell what your
//! program did to the nodes: that it asked once and not a hundred times, and left no connection behind.
//!
//! # Without any network
//!
//! What a recorded transaction delivered and changed needs no client at all:
//! [`BalanceChanges::from_metadata`](crate::BalanceChanges::from_metadata),
//! [`Delivered::from_json`](crate::Delivered::from_json). A
//! [`ValidatedTransaction`](crate::ValidatedTransaction) has no constructor, not even for tests: it would
//! be a way to believe what nobody has checked. Put the transaction into a simulated ledger, and look it
//! up.
//!
//! Programs in other languages, and people with a browser, reach a simulated node through
//! [`Network::listen`](crate::testing::Network::listen): it is a real server on this machine then. The
//! payment service in `examples/checker` runs on one.
