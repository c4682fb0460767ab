//! The database. Payments and the monitor's cursor are stored together or not at all: that is what makes
//! every payment count exactly once, whenever the process is killed.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, OptionalExtension, Row, params};
use xrpl_txdata::{AccountId, Amount, Cursor, TxHash};

use crate::{
    Fallible,
    book::{Outcome, Payment},
    follow::IsPaid,
    order::Order,
};

/// Orders and payments that a page shows.
const SHOWN: u32 = 50;

/// The database.
#[derive(Debug)]
pub(crate) struct Store(Mutex<Connection>);

/// A transaction that somebody has named for an order.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) hash: String,
    /// Why it can never pay anything, if that is known.
    pub(crate) ended: Option<String>,
}

impl Store {
    /// The database in this file, or one in memory. It belongs to one account for ever: of another one it
    /// would know only what came after.
    pub(crate) fn open(file: Option<&Path>, account: AccountId) -> Fallible<Store> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        // A commit is on the disk when it returns; pages may be read meanwhile.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.execute_batch(include_str!("schema.sql"))?;
        let sql = "INSERT INTO shop (only_one, account) VALUES (1, ?1) ON CONFLICT DO NOTHING";
        connection.execute(sql, [account.to_string()])?;
        let owner: String =
            connection.query_row("SELECT account FROM shop", [], |row| row.get(0))?;
        if owner != account.to_string() {
            return Err(format!("the database belongs to the account {owner}").into());
        }
        Ok(Store(Mutex::new(connection)))
    }

    /// Up to where everything is booked; none before the first ledger.
    pub(crate) fn cursor(&self) -> Fallible<Option<Cursor>> {
        let text: Option<String> =
            self.lock().query_row("SELECT cursor FROM place", [], |row| row.get(0)).optional()?;
        Ok(text.map(|text| text.parse()).transpose()?)
    }

    /// A new order. None as long as there is no place in the ledger: a payment that came before the first
    /// one would never be seen.
    pub(crate) fn add_order(&self, amount: &Amount) -> Fallible<Option<i64>> {
        let connection = self.lock();
        let inserted = connection.execute(
            "INSERT INTO orders (amount) SELECT ?1 WHERE EXISTS (SELECT 1 FROM place)",
            [amount.to_string()],
        )?;
        Ok((inserted == 1).then(|| connection.last_insert_rowid()))
    }

    pub(crate) fn order(&self, id: i64) -> Fallible<Option<Order>> {
        let connection = self.lock();
        let mut found = connection.prepare_cached("SELECT id, amount FROM orders WHERE id = ?1")?;
        let row = found.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(row.map(read_order).transpose()?)
    }

    /// The newest orders, and whether they are paid.
    pub(crate) fn orders(&self) -> Fallible<Vec<(Order, bool)>> {
        let connection = self.lock();
        let mut found = connection.prepare_cached(
            "SELECT id, amount, EXISTS (SELECT 1 FROM payments
                 WHERE order_id = orders.id AND outcome = 'paid')
             FROM orders ORDER BY id DESC LIMIT ?1",
        )?;
        let rows = found.query_map([SHOWN], |row| {
            Ok(((row.get::<_, i64>(0)?, row.get::<_, String>(1)?), row.get::<_, bool>(2)?))
        })?;
        rows.map(|row| {
            let (order, paid) = row?;
            Ok((read_order(order)?, paid))
        })
        .collect()
    }

    /// Somebody says that this transaction pays an order. False when it was named before.
    pub(crate) fn name(&self, hash: &TxHash, order: i64) -> Fallible<bool> {
        let sql = "INSERT OR IGNORE INTO named (hash, order_id) VALUES (?1, ?2)";
        Ok(self.lock().execute(sql, params![hash.to_string(), order])? == 1)
    }

    /// Which order a transaction was named for.
    pub(crate) fn named_for(&self, hash: &TxHash) -> Fallible<Option<i64>> {
        let sql = "SELECT order_id FROM named WHERE hash = ?1";
        Ok(self.lock().query_row(sql, [hash.to_string()], |row| row.get(0)).optional()?)
    }

    /// What was named for an order.
    pub(crate) fn named(&self, order: i64) -> Fallible<Vec<Named>> {
        let connection = self.lock();
        let mut found = connection
            .prepare_cached("SELECT hash, ended FROM named WHERE order_id = ?1 ORDER BY rowid")?;
        let read = |row: &Row<'_>| Ok(Named { hash: row.get(0)?, ended: row.get(1)? });
        Ok(found.query_map([order], read)?.collect::<Result<_, _>>()?)
    }

    /// What was named, and neither is a payment nor has ended.
    pub(crate) fn unsettled(&self) -> Fallible<Vec<(TxHash, i64)>> {
        let connection = self.lock();
        let mut found = connection.prepare_cached(
            "SELECT hash, order_id FROM named WHERE ended IS NULL AND NOT EXISTS
                 (SELECT 1 FROM payments WHERE key LIKE '%:' || named.hash)",
        )?;
        let rows = found.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        rows.map(|row| {
            let (hash, order) = row?;
            Ok((hash.parse()?, order))
        })
        .collect()
    }

    /// A transaction that was named can never pay anything.
    pub(crate) fn end(&self, hash: &TxHash, why: &str) -> Fallible<()> {
        let sql = "UPDATE named SET ended = ?2 WHERE hash = ?1";
        self.lock().execute(sql, [hash.to_string(), why.to_owned()])?;
        Ok(())
    }

    /// Books payments and moves on in the ledger, in one transaction: both are there, or neither is.
    /// `judge` sees for each of them whether its order is paid, by those before it too.
    pub(crate) fn book<T>(
        &self,
        told: &[T],
        judge: impl Fn(&T, IsPaid) -> Fallible<Payment>,
        cursor: &Cursor,
    ) -> Fallible<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for one in told {
            let is_paid = |order: i64| {
                let sql = "SELECT EXISTS (SELECT 1 FROM payments
                               WHERE order_id = ?1 AND outcome = 'paid')";
                Ok(transaction.query_row(sql, [order], |row| row.get::<_, bool>(0))?)
            };
            let payment = judge(one, &is_paid)?;
            // One that is there already is the same one, told again. An order that would be paid twice
            // is an error, and nothing of this is stored.
            transaction.execute(
                "INSERT INTO payments (key, order_id, ledger, delivered, outcome, verdict)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key) DO NOTHING",
                params![
                    payment.key,
                    payment.order,
                    payment.ledger,
                    payment.delivered,
                    payment.outcome.as_str(),
                    payment.verdict.to_string(),
                ],
            )?;
        }
        transaction.execute(
            "INSERT INTO place (only_one, cursor) VALUES (1, ?1)
             ON CONFLICT (only_one) DO UPDATE SET cursor = ?1",
            [cursor.to_string()],
        )?;
        Ok(transaction.commit()?)
    }

    /// The payments of an order, the first one first.
    pub(crate) fn payments_of(&self, order: i64) -> Fallible<Vec<Payment>> {
        self.payments("WHERE order_id = ?1 ORDER BY rowid", order)
    }

    /// The newest payments.
    pub(crate) fn recent_payments(&self) -> Fallible<Vec<Payment>> {
        self.payments("ORDER BY rowid DESC LIMIT ?1", i64::from(SHOWN))
    }

    fn payments(&self, which: &str, parameter: i64) -> Fallible<Vec<Payment>> {
        let sql = format!(
            "SELECT key, order_id, ledger, delivered, outcome, verdict FROM payments {which}"
        );
        let connection = self.lock();
        let mut found = connection.prepare_cached(&sql)?;
        let rows = found.query_map([parameter], |row| {
            Ok((
                row.get::<_, String>(4)?,
                row.get::<_, String>(5)?,
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?),
            ))
        })?;
        rows.map(|row| {
            let (outcome, verdict, (key, order, ledger, delivered)) = row?;
            let outcome = Outcome::read(&outcome).ok_or("an outcome of another version")?;
            let verdict = serde_json::from_str(&verdict)?;
            Ok(Payment { key, order, ledger, delivered, outcome, verdict })
        })
        .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic cut off was rolled back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_order((id, amount): (i64, String)) -> Result<Order, xrpl_txdata::ParseError> {
    Ok(Order { id, amount: amount.parse()? })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn cursor(ledger: u32) -> Cursor {
        format!(r#"{{"version":1,"network_id":0,"ledger_index":{ledger}}}"#).parse().unwrap()
    }

    fn payment(key: &str, outcome: Outcome) -> Payment {
        let (order, ledger, delivered) = (Some(1), 9, "25 XRP".to_owned());
        Payment { key: key.to_owned(), order, ledger, delivered, outcome, verdict: Value::Null }
    }

    fn open() -> Store {
        Store::open(None, AccountId::from_bytes([1; 20])).unwrap()
    }

    #[test]
    fn no_order_is_made_before_there_is_a_place_in_the_ledger() {
        let (store, amount) = (open(), "25 XRP".parse().unwrap());
        assert_eq!(store.add_order(&amount).unwrap(), None);
        store.book::<()>(&[], |_, _| unreachable!(), &cursor(8)).unwrap();
        assert_eq!(store.add_order(&amount).unwrap(), Some(1));
    }

    #[test]
    fn payments_and_cursor_are_stored_together_or_not_at_all() {
        let store = open();
        store.book::<()>(&[], |_, _| unreachable!(), &cursor(8)).unwrap();
        store.add_order(&"25 XRP".parse().unwrap()).unwrap();
        let two = ["0:A", "0:B"];
        // Whoever decides wrongly, or not at all, changes nothing.
        let paid = |key: &&str, _: IsPaid| Ok(payment(key, Outcome::Paid));
        assert!(store.book(&two, paid, &cursor(9)).is_err(), "an order is paid twice");
        let fails = |key: &&str, _: IsPaid| match *key {
            "0:A" => Ok(payment(key, Outcome::Paid)),
            _ => Err("no".into()),
        };
        assert!(store.book(&two, fails, &cursor(9)).is_err());
        assert_eq!(store.cursor().unwrap(), Some(cursor(8)));
        assert_eq!(store.recent_payments().unwrap(), []);
        // The second one of a ledger sees the first.
        let right = |key: &&str, is_paid: IsPaid| {
            let outcome = if is_paid(1)? { Outcome::Surplus } else { Outcome::Paid };
            Ok(payment(key, outcome))
        };
        for _ in 0..2 {
            store.book(&two, right, &cursor(9)).unwrap();
        }
        let outcomes: Vec<Outcome> =
            store.payments_of(1).unwrap().iter().map(|payment| payment.outcome).collect();
        assert_eq!(outcomes, [Outcome::Paid, Outcome::Surplus]);
        assert_eq!(store.cursor().unwrap(), Some(cursor(9)));
    }
}
