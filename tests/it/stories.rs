//! Whole worlds, each made of one seed: nodes with faults that come and go, up to all but one of them
//! liars, clients that believe one node, two, or validators, lookups, waits, a monitor, and what must
//! hold in all of them.
//!
//! `cargo test` tells some hundred stories. `STORIES=100000 cargo test --release --test it stories` tells
//! many, `STORY=17 cargo test --test it stories` one. A story that breaks a promise is cut down to the moves that
//! are needed for that, and printed.

mod faults;
mod judge;
mod plan;
mod told;
mod world;

use std::{any::Any, panic::AssertUnwindSafe};

use self::plan::Plan;

/// Stories of one run.
const STORIES: u64 = 200;

#[test]
fn no_story_breaks_a_promise() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (first, count) = match number("STORY") {
        Some(one) => (one, 1),
        None => (0, number("STORIES").unwrap_or(STORIES)),
    };
    let mut told = told::Told::default();
    for seed in first..first + count {
        let plan = Plan::of(seed);
        match tell(&plan) {
            Ok(one) => told.add(&one),
            Err(broken) => {
                let (plan, broken) = shortened(plan, broken);
                panic!("story {seed}: {broken}\n{plan:#?}");
            }
        }
    }
    println!("stories: {count}, {told}");
    // A bench in which nothing happens would prove nothing.
    assert!(count < 100 || told.is_varied(), "{told}");
}

/// Runs a story on a clock of its own; what broke, if anything did.
fn tell(plan: &Plan) -> Result<told::Told, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let telling = AssertUnwindSafe(|| runtime.block_on(world::tell(plan)));
    std::panic::catch_unwind(telling).map_err(message)
}

fn message(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

/// The same story without everything that it breaks a promise without.
fn shortened(mut plan: Plan, mut broken: String) -> (Plan, String) {
    let mut at = plan.moves.len();
    while at > 0 {
        at -= 1;
        let mut shorter = plan.clone();
        shorter.moves.remove(at);
        if let Err(again) = tell(&shorter) {
            (plan, broken) = (shorter, again);
            at = at.min(plan.moves.len());
        }
    }
    (plan, broken)
}
