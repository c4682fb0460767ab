//! Books in SQLite: the payments, and in the same transaction the place up to which they are booked.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use xrpl_txdata::{Cursor, Event};

/// `cursor` has one row at most. A payment that is booked twice is an error: it must not happen.
const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS payments (
        hash TEXT NOT NULL,
        account TEXT NOT NULL,
        amount TEXT NOT NULL,
        credit TEXT,
        tag INTEGER,
        ledger INTEGER NOT NULL,
        PRIMARY KEY (hash, account, amount)
    );
    CREATE TABLE IF NOT EXISTS cursor (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        cursor TEXT NOT NULL
    );
";

/// The books of a shop.
pub(crate) struct Books {
    db: Connection,
}

impl Books {
    /// Opens the file, or makes it.
    pub(crate) fn open(file: &Path) -> rusqlite::Result<Books> {
        let db = Connection::open(file)?;
        db.execute_batch(TABLES)?;
        Ok(Books { db })
    }

    /// Where to go on; `None` in new books.
    pub(crate) fn cursor(&self) -> rusqlite::Result<Option<Cursor>> {
        let text: Option<String> =
            self.db.query_row("SELECT cursor FROM cursor", [], |row| row.get(0)).optional()?;
        let parsed = text.map(|text| text.parse()).transpose();
        parsed.map_err(|error: xrpl_txdata::ParseError| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
        })
    }

    /// Books an event, and stores where the monitor stands behind it: both or neither.
    pub(crate) fn book(&mut self, event: &Event, cursor: Option<&Cursor>) -> rusqlite::Result<()> {
        let transaction = self.db.transaction()?;
        if let Event::Incoming(payment) = event {
            for incoming in payment.received() {
                // What may be credited, where that is certain.
                let credit = incoming.delivered.as_ref().and_then(|delivered| delivered.exact());
                transaction.execute(
                    "INSERT INTO payments VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        payment.hash().to_string(),
                        incoming.account.to_string(),
                        incoming.amount.to_string(),
                        credit.map(ToString::to_string),
                        incoming.destination_tag,
                        payment.ledger_index(),
                    ],
                )?;
            }
        }
        if let Some(cursor) = cursor {
            transaction.execute(
                "INSERT INTO cursor VALUES (1, ?1) ON CONFLICT DO UPDATE SET cursor = ?1",
                [cursor.to_string()],
            )?;
        }
        transaction.commit()
    }

    /// The hashes of all payments, in the order in which they were booked.
    pub(crate) fn payments(&self) -> rusqlite::Result<Vec<String>> {
        let mut rows = self.db.prepare("SELECT hash FROM payments ORDER BY rowid")?;
        rows.query_map([], |row| row.get(0))?.collect()
    }
}
