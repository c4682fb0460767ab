//! Payments that were used for an order already: the same hash must not pay twice.

use std::{
    collections::HashSet,
    convert::Infallible,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use super::key::IdempotencyKey;

/// Remembers which payments were used.
///
/// That the same payment is presented for two orders, or twice for one, is how most shops lose money.
/// Checking and marking are therefore one step, [`mark`](SeenStore::mark): of two that mark one key at
/// the same moment exactly one is told [`First`](Mark::First), in whichever task, process or machine
/// they run. A database with a unique key does that by itself.
///
/// The step is asynchronous, for it usually waits for a database, and takes `&mut self`, so that a
/// store can be an open database transaction: what the mark promises then becomes true together with
/// what your application writes about the order, or not at all.
///
/// ```
/// # mod db {
/// #     #[derive(Default)]
/// #     pub struct Transaction(std::collections::HashSet<String>);
/// #     #[derive(Debug)]
/// #     pub struct Error;
/// #     impl Transaction {
/// #         pub async fn execute(&mut self, _: &str, key: &str) -> Result<u64, Error> {
/// #             Ok(self.0.insert(key.to_owned()).into())
/// #         }
/// #         pub async fn commit(self) -> Result<(), Error> { Ok(()) }
/// #     }
/// # }
/// use xrpl_txdata::verify::{IdempotencyKey, Mark, SeenStore, Verdict};
///
/// // CREATE TABLE used_payments (payment TEXT PRIMARY KEY)
/// struct UsedPayments<'t>(&'t mut db::Transaction);
///
/// impl SeenStore for UsedPayments<'_> {
///     type Error = db::Error;
///
///     async fn mark(&mut self, key: IdempotencyKey) -> Result<Mark, db::Error> {
///         // The primary key decides, and a second transaction with this key waits for this one.
///         let insert = "INSERT INTO used_payments (payment) VALUES ($1) ON CONFLICT DO NOTHING";
///         let rows = self.0.execute(insert, &key.to_string()).await?;
///         Ok(if rows == 1 { Mark::First } else { Mark::Again })
///     }
/// }
///
/// async fn settle(verdict: Verdict, mut transaction: db::Transaction) -> Result<bool, db::Error> {
///     let verdict = verdict.claim(&mut UsedPayments(&mut transaction)).await?;
///     if verdict.is_paid() {
///         transaction.execute("UPDATE orders SET paid = TRUE WHERE id = $1", "17").await?;
///         // Up to here nothing has happened; a crash before this line loses nothing.
///         transaction.commit().await?;
///     }
///     Ok(verdict.is_paid())
/// }
/// ```
pub trait SeenStore {
    /// How asking can fail.
    type Error;

    /// Marks a payment as used, and tells whether it was used before.
    fn mark(
        &mut self,
        key: IdempotencyKey,
    ) -> impl Future<Output = Result<Mark, Self::Error>> + Send;
}

/// The answer of a [`SeenStore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a payment that was used before must not be credited again"]
pub enum Mark {
    /// The payment is new and now counts as used.
    First,
    /// It was used before.
    Again,
}

impl<S: SeenStore + Send + ?Sized> SeenStore for &mut S {
    type Error = S::Error;

    fn mark(
        &mut self,
        key: IdempotencyKey,
    ) -> impl Future<Output = Result<Mark, Self::Error>> + Send {
        (**self).mark(key)
    }
}

/// A [`SeenStore`] in memory, for tests and for programs whose orders do not outlive them. Clones
/// share what they remember; it forgets nothing as long as one of them lives.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use xrpl_txdata::verify::{Mark, MemorySeen, SeenStore};
///
/// let mut seen = MemorySeen::default();
/// let key = "0:3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF".parse().unwrap();
/// assert_eq!(seen.mark(key).await, Ok(Mark::First));
/// assert_eq!(seen.clone().mark(key).await, Ok(Mark::Again));
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemorySeen(Arc<Mutex<HashSet<IdempotencyKey>>>);

impl SeenStore for MemorySeen {
    type Error = Infallible;

    async fn mark(&mut self, key: IdempotencyKey) -> Result<Mark, Infallible> {
        // A set that somebody panicked over is still a set.
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(if seen.insert(key) { Mark::First } else { Mark::Again })
    }
}
