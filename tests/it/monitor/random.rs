//! Random stories against the network's truth: nothing missed, nothing twice, order kept, no ledger
//! done early.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use tokio::time::timeout;
use xrpl_txdata::{
    AccountHistory, MonitorSource,
    testing::{Fault, Network, Node},
};

use super::{Auditor, World, next, within};

/// Seeds of one run; more with `MONITOR_SEEDS`, from another one on with `MONITOR_SEED`.
const SEEDS: u64 = 200;

/// Seeds are told side by side: each story has a clock of its own.
const THREADS: u64 = 2;

/// A small generator of our own: the stories depend on the seed alone.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    fn fault(&mut self) -> Fault {
        let faults = [
            Fault::SkipsLedger,
            Fault::SkipsTransaction,
            Fault::DuplicatesMessages,
            Fault::ReordersMessages,
            Fault::ClosedAfterTransactions,
            Fault::ClosedWithoutTransactions,
            Fault::TransactionsWithoutClosed,
            Fault::JumpsAhead(1 + self.roll(40) as u32),
            Fault::FallsBack(1 + self.roll(9) as u32),
            Fault::TwoHashes,
            Fault::ForeignTransaction,
            Fault::StopsSilently,
            Fault::NoReply,
            Fault::ClosesMidRequest,
            Fault::ClosesMidFrame,
            Fault::Resets,
            Fault::NotJson,
            Fault::Error("lgrNotFound"),
            Fault::Error("tooBusy"),
            Fault::Error("slowDown"),
            Fault::Unvalidated,
            Fault::Forgets,
            Fault::AlteredMetadata,
            Fault::AlteredContent,
            Fault::OtherContent,
            Fault::NotYetThere(Duration::from_secs(self.roll(9))),
            Fault::Behind(1 + self.roll(9) as u32),
            Fault::Refused,
            Fault::Silent,
            Fault::Slow(Duration::from_millis(self.roll(4000))),
            Fault::OnlyApi1,
            Fault::NotSynced,
            Fault::ForgetsAccounts,
            Fault::EmptyPage,
            Fault::SkipsAtMarker,
            Fault::LosesMarkers,
            Fault::ShortPages(1 + self.roll(3) as usize),
            Fault::NarrowRange(1 + self.roll(9) as u32),
            Fault::UnlistedLedger(32_570 + self.roll(40) as u32),
        ];
        faults[self.roll(faults.len() as u64) as usize]
    }
}

async fn story(seed: u64) {
    let mut dice = Dice(seed);
    let network = Network::builder().seed(seed).traffic(dice.roll(3) as u32).history(12).build();
    let world = World::of(network, 1 + dice.roll(3) as usize);
    let (start, length) = (world.network.tip(), 16);
    for after in 0..length + 5 {
        for _ in 0..dice.roll(3) {
            world.pay(after);
        }
    }
    let source = match dice.roll(5) {
        0 => MonitorSource::Ledgers,
        1 | 2 => MonitorSource::Accounts,
        _ => MonitorSource::Transactions,
    };
    let history = match dice.roll(4) {
        0 => AccountHistory::Automatic,
        1 => AccountHistory::Never,
        _ => AccountHistory::From(2 + dice.roll(6) as u32),
    };
    let first = start - dice.roll(8) as u32;
    let txd = world.client();
    let begin = || txd.monitor([world.shop]).source(source).account_history(history);
    let mut monitor = begin().from_ledger(first).start().unwrap();
    let mut auditor = Auditor::new(&world, first - 1);
    world.network.run_clock();
    while auditor.done < start + length {
        match dice.roll(12) {
            0..4 => {
                let node = &world.nodes[dice.roll(world.nodes.len() as u64) as usize];
                let fault = dice.fault().after(dice.roll(2) as u32).times(1 + dice.roll(3) as u32);
                node.add_fault(fault);
            }
            4 => world.nodes[dice.roll(world.nodes.len() as u64) as usize].cut_connections(),
            5 => tokio::time::sleep(Duration::from_secs(dice.roll(60))).await,
            6 => {
                // Killed at any place, and gone on from the cursor.
                if let Some(cursor) = monitor.cursor().cloned() {
                    drop(monitor);
                    auditor.resume();
                    monitor = begin().from(cursor).start().unwrap();
                }
            }
            7 => {
                for node in &world.nodes {
                    node.heal();
                }
            }
            _ => {}
        }
        // Where nothing comes, somebody must mend the nodes.
        let event = loop {
            match timeout(Duration::from_secs(90), next(&mut monitor)).await {
                Ok(event) => break event.expect("it never ends").unwrap(),
                Err(_) => world.nodes.iter().for_each(Node::heal),
            }
        };
        auditor.hear(&event);
    }
}

#[test]
fn nothing_is_missed_and_nothing_comes_twice_whatever_happens() {
    let seeds = std::env::var("MONITOR_SEEDS").ok().and_then(|text| text.parse().ok());
    let first = std::env::var("MONITOR_SEED").ok().and_then(|text| text.parse().ok());
    let (first, count) = (first.unwrap_or(0), seeds.unwrap_or(SEEDS));
    std::thread::scope(|threads| {
        for thread in 0..THREADS {
            threads.spawn(move || {
                for seed in (first..first + count).filter(|seed| seed % THREADS == thread) {
                    tell(seed);
                }
            });
        }
    });
}

fn tell(seed: u64) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    let story = within(Duration::from_secs(4 * 3600), story(seed));
    let told = catch_unwind(AssertUnwindSafe(|| runtime.block_on(story)));
    assert!(told.is_ok(), "MONITOR_SEED={seed} MONITOR_SEEDS=1 tells it again");
}
