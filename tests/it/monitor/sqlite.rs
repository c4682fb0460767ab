//! A shop that books payments in SQLite, in a process that is killed at any moment, dozens of times:
//! each payment is booked exactly once. The books are those of the example `monitor_sqlite`.

#[path = "../../../examples/monitor_sqlite/books.rs"]
mod books;

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};
use xrpl_txdata::{AccountId, Event, MonitorSource, TxData, testing::Network};

use self::books::Books;
use super::{World, next};
use crate::support::command_in_a_process_of_its_own;

/// How often the process is killed.
const KILLS: u64 = 40;

/// The time between two ledgers.
const INTERVAL: Duration = Duration::from_millis(20);

/// What the process is told: the file, the addresses of the nodes, the shop, and the first and the last
/// ledger.
const VARIABLE: &str = "XRPL_TXDATA_BOOKS";

/// The shop's file, and what SQLite puts beside it.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        for ending in ["sqlite", "sqlite-wal", "sqlite-shm"] {
            let _ = fs::remove_file(self.0.with_extension(ending));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_payment_is_booked_once_however_often_the_process_is_killed() {
    let network = Network::builder().seed(3).interval(INTERVAL).traffic(1).history(4).build();
    let world = World::of(network, 2);
    let ledgers = 400;
    for after in 0..ledgers - 20 {
        for _ in 0..after % 3 {
            world.pay(after);
        }
    }
    let (first, last) = (world.network.tip() + 1, world.network.tip() + ledgers);
    let mut urls = Vec::new();
    for node in &world.nodes {
        urls.push(world.network.listen(node).await.unwrap().ws_url());
    }
    let name = format!("xrpl-txdata-books-{}.sqlite", std::process::id());
    let file = File(env::temp_dir().join(name));
    let told = format!("{} {} {} {first} {last}", file.0.display(), urls.join(","), world.shop);
    // The last ledger closes when the process was killed often enough, however slow the machine is.
    let (let_live, lives) = oneshot::channel();
    let closing = tokio::spawn({
        let network = world.network.clone();
        async move {
            while network.tip() + 1 < last {
                sleep(INTERVAL).await;
                network.close_ledger();
            }
            lives.await.expect("the last ledger may close");
            network.close_ledger();
        }
    });

    let mut dice = 7_u64;
    let mut live = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut process =
            command_in_a_process_of_its_own("monitor::sqlite::books_until_it_is_killed");
        // Now with this source, now with that one: a cursor is good for all of them.
        process.env(VARIABLE, format!("{told} {}", dice >> 62));
        process.stdout(std::process::Stdio::null());
        let process = tokio::process::Command::from(process).spawn().unwrap();
        (process, Duration::from_millis(20 + (dice >> 33) % 200))
    };
    for _ in 0..KILLS {
        let (mut process, moment) = live();
        assert!(timeout(moment, process.wait()).await.is_err(), "it ended by itself");
        // SIGKILL: it hears nothing and tidies up nothing.
        process.kill().await.unwrap();
    }
    let_live.send(()).unwrap();
    let ended = timeout(Duration::from_secs(60), live().0.wait()).await;
    assert!(ended.expect("it ends").unwrap().success(), "it failed by itself");
    closing.await.unwrap();
    let books = Books::open(&file.0).unwrap();
    assert_eq!(books.payments().unwrap(), world.paid(first, last));
    assert_eq!(books.cursor().unwrap().unwrap().ledger_index(), last);
}

/// One life of the shop.
#[tokio::test]
#[ignore = "is started, and killed, by the test above"]
async fn books_until_it_is_killed() {
    let told = env::var(VARIABLE).unwrap();
    let [file, urls, shop, first, last, dice] = told.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{told}");
    };
    let shop: AccountId = shop.parse().unwrap();
    let last: u32 = last.parse().unwrap();
    let source = match dice {
        "0" | "1" => MonitorSource::Accounts,
        "2" => MonitorSource::Ledgers,
        _ => MonitorSource::Transactions,
    };
    let txd = TxData::builder().endpoints(urls.split(',')).build().unwrap();
    let mut books = Books::open(Path::new(file)).unwrap();
    let monitor = txd.monitor([shop]).source(source).to_ledger(last);
    let mut monitor = match books.cursor().unwrap() {
        Some(cursor) => monitor.from(cursor).start().unwrap(),
        None => monitor.from_ledger(first.parse().unwrap()).start().unwrap(),
    };
    while let Some(event) = next(&mut monitor).await {
        let event = event.unwrap();
        assert!(!matches!(event, Event::GapNotFillable { .. }));
        books.book(&event, monitor.cursor()).unwrap();
    }
}
