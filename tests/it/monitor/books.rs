//! A shop that books payments in a file and is killed at random points: each payment is booked once.

use std::{fs, path::PathBuf};

use serde::{Deserialize, Serialize};
use xrpl_txdata::{Cursor, Event};

use super::{World, next};

/// Rows and the cursor, stored together or not at all: the new file takes the place of the old one in
/// one step, like a transaction of a database.
#[derive(Default, Deserialize, Serialize)]
struct Books {
    rows: Vec<String>,
    cursor: Option<Cursor>,
}

struct File(PathBuf);

impl File {
    fn load(&self) -> Books {
        let text = fs::read_to_string(&self.0).ok();
        text.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default()
    }

    fn beside(&self) -> PathBuf {
        self.0.with_extension("new")
    }

    fn write(&self, books: &Books) {
        fs::write(self.beside(), serde_json::to_string(books).unwrap()).unwrap();
    }

    fn commit(&self) {
        fs::rename(self.beside(), &self.0).unwrap();
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for path in [self.beside(), self.0.clone()] {
            let _ = fs::remove_file(path);
        }
    }
}

/// One life of the shop, until it is killed: after so many events, before or after the commit.
async fn live(world: &World, file: &File, (events, committed): (u64, bool), last: u32) {
    let txd = world.client();
    let monitor = world.streams(&txd);
    let mut books = file.load();
    let first = world.network.ledger(32_580).unwrap().index;
    let mut monitor = match books.cursor.clone() {
        Some(cursor) => monitor.from(cursor).start().unwrap(),
        None => monitor.from_ledger(first).start().unwrap(),
    };
    for event in 0.. {
        match next(&mut monitor).await.unwrap().unwrap() {
            Event::Incoming(payment) => books.rows.push(payment.hash().to_string()),
            Event::LedgerDone(cursor) if cursor.ledger_index() >= last => {
                books.cursor = Some(cursor);
                file.write(&books);
                return file.commit();
            }
            _ => {}
        }
        books.cursor = monitor.cursor().cloned();
        file.write(&books);
        if event == events && !committed {
            return;
        }
        file.commit();
        if event == events {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_payment_is_booked_once_however_often_the_shop_is_killed() {
    for seed in 0..12_u64 {
        let world = World::new(seed, 1);
        for after in 0..30 {
            for _ in 0..=seed % 3 {
                world.pay(after);
            }
        }
        world.network.run_clock();
        let last = world.network.tip() + 25;
        let name = format!("xrpl-txdata-books-{}-{seed}.json", std::process::id());
        let file = File(std::env::temp_dir().join(name));
        let mut dice = seed;
        while file.load().cursor.is_none_or(|cursor| cursor.ledger_index() < last) {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            live(&world, &file, ((dice >> 33) % 7, dice >> 63 == 1), last).await;
        }
        let truth = world.truth(32_580, last);
        let paid: Vec<_> = truth.into_iter().filter(|line| !line.starts_with("done")).collect();
        assert_eq!(file.load().rows, paid, "seed {seed}");
        assert!(paid.len() >= 25);
    }
}
