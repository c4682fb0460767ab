//! The service is killed at random moments, while payments come in: none is lost, none counts twice.

use std::{collections::BTreeMap, path::Path, time::Duration};

use rusqlite::Connection;
use tokio::time::sleep;
use xrpl_txdata::{AccountId, testing::Network};

use crate::process::{Service, until};

const ORDERS: i64 = 12;
const LIVES: usize = 12;

/// What each order must come to: payments by their outcome.
type Books = BTreeMap<(Option<i64>, String), usize>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_it_is_killed_each_payment_is_booked_once() {
    let network = Network::builder().seed(7).interval(Duration::from_millis(250)).build();
    let node = network.node("n1.test");
    let at = network.listen(&node).await.unwrap();
    network.run_clock();
    let shop = network.account("shop");
    let folder = std::env::temp_dir().join(format!("checker-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("books.sqlite");
    // One is watched over a stream, the other times by polling.
    let start = |life: usize| {
        let url = if life.is_multiple_of(4) { at.http_url() } else { at.ws_url() };
        let account = shop.to_string();
        Service::start(&[
            "--endpoint",
            &url,
            "--account",
            &account,
            "--database",
            file.to_str().unwrap(),
        ])
    };

    let service = start(1);
    let mut expected = Books::new();
    let mut random = 88_172_645_463_325_252_u64;
    for number in 1..=ORDERS {
        assert_eq!(service.order("10", "XRP"), number);
    }
    service.kill();
    for life in 0..LIVES {
        let service = start(life);
        pay(&network, shop, life as i64 + 1, &mut expected);
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        sleep(Duration::from_millis(random % 700)).await;
        service.kill();
    }
    let last = network.tip() + 5;
    let _service = start(1);
    until(|| (cursor(&file) >= last).then_some(()));
    assert_eq!(books(&file), expected);
    drop(std::fs::remove_dir_all(&folder));
}

/// An order is paid well, another one badly, and somebody forgets his tag.
fn pay(network: &Network, shop: AccountId, order: i64, expected: &mut Books) {
    let customer = network.account("customer");
    let pay = |value: &str| network.pay(customer, shop, value.parse().unwrap());
    let mut book = |order, outcome: &str| {
        *expected.entry((order, outcome.to_owned())).or_default() += 1;
    };
    let tag = 1_000 + u32::try_from(order).unwrap();
    // The second one comes much later, perhaps in another life.
    pay("10 XRP").tag(tag).submit();
    book(Some(order), "paid");
    if order % 2 == 0 {
        pay("11 XRP").tag(tag).after(3).submit();
        book(Some(order), "surplus");
    }
    if order % 3 == 0 {
        pay("9 XRP").tag(tag).after(1).submit();
        book(Some(order), "refused");
    }
    pay("10 XRP").memo(&order.to_string()).after(1).submit();
    book(None, "stray");
}

fn cursor(file: &Path) -> u32 {
    let text: String = Connection::open(file)
        .and_then(|books| books.query_row("SELECT cursor FROM place", [], |row| row.get(0)))
        .unwrap();
    text.parse::<xrpl_txdata::Cursor>().unwrap().ledger_index()
}

fn books(file: &Path) -> Books {
    let connection = Connection::open(file).unwrap();
    let mut found = connection
        .prepare("SELECT order_id, outcome, COUNT(*) FROM payments GROUP BY order_id, outcome")
        .unwrap();
    let rows = found.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}
