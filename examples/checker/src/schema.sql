-- Orders, what was paid, and the place in the ledger up to which all of it is known.
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    amount TEXT NOT NULL
);
-- A transaction that somebody says pays an order; it is believed only once a ledger holds it.
CREATE TABLE IF NOT EXISTS named (
    hash TEXT PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    -- What came of it, when it can never pay anything.
    ended TEXT
);
CREATE TABLE IF NOT EXISTS payments (
    key TEXT PRIMARY KEY,
    order_id INTEGER REFERENCES orders (id),
    ledger INTEGER NOT NULL,
    delivered TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('paid', 'refused', 'surplus', 'stray')),
    verdict TEXT NOT NULL
);
-- No order is paid twice, whatever the program does.
CREATE UNIQUE INDEX IF NOT EXISTS one_payment_an_order ON payments (order_id) WHERE outcome = 'paid';
-- Whose payments these are.
CREATE TABLE IF NOT EXISTS shop (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    account TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS place (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    cursor TEXT NOT NULL
);
