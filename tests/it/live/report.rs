//! How each item fared: done, skipped because the server leaves something out, or wrong.

use std::{fmt, time::Duration};

use tokio::time::timeout;

/// No item takes longer, where ledgers close when asked. Everything in it has a shorter limit of its own.
const CEILING: Duration = Duration::from_secs(120);
/// Ledgers that an item may need, where they close by themselves.
const LEDGERS: u32 = 40;

/// When so much is wrong, the rest tells nothing new.
const ENOUGH: usize = 5;

/// Why an item came to its end before it was done.
#[derive(Debug)]
pub(super) enum Halt {
    /// The server leaves something out; that is its good right.
    Skipped(String),
    /// Something is not true, or nothing came when something must.
    Wrong(String),
}

pub(super) type Checked<T = ()> = Result<T, Halt>;

pub(super) fn skipped<T>(why: impl Into<String>) -> Checked<T> {
    Err(Halt::Skipped(why.into()))
}

pub(super) fn wrong<T>(what: impl Into<String>) -> Checked<T> {
    Err(Halt::Wrong(what.into()))
}

pub(super) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { wrong(what()) }
}

/// Both are the same, or the second one, which is the library's, is wrong.
pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, server: T, library: T) -> Checked {
    ensure(server == library, || format!("{what}: the server {server:?}, the library {library:?}"))
}

/// Both are the same list, or what one of them lacks is told.
pub(super) fn same_list<T: PartialEq + fmt::Debug>(
    what: &str,
    server: &[T],
    library: &[T],
) -> Checked {
    let without = |one: &[T], other: &[T]| -> Vec<String> {
        let alone = one.iter().filter(|item| !other.contains(item));
        alone.map(|item| format!("{item:?}")).collect()
    };
    ensure(server == library, || {
        let (missed, invented) = (without(server, library), without(library, server));
        let (server, library) = (server.len(), library.len());
        format!(
            "{what}: the server {server}, the library {library}; missed {missed:?}, invented \
             {invented:?}, or in another order"
        )
    })
}

/// The library could not find out, though the server had just said it to us.
impl From<xrpl_txdata::Error> for Halt {
    fn from(error: xrpl_txdata::Error) -> Halt {
        let attempts: Vec<String> = error.attempts().iter().map(|one| one.to_string()).collect();
        Halt::Wrong(format!("the library: {error} [{}]", attempts.join("; ")))
    }
}

/// Servers show a lot.
fn shortened(text: &str, length: usize) -> String {
    let end = if text.chars().nth(length).is_some() { "…" } else { "" };
    text.chars().take(length).chain(end.chars()).collect()
}

#[derive(Debug, Default)]
pub(super) struct Report {
    done: usize,
    skipped: usize,
    wrong: Vec<String>,
    /// The time that a ledger takes.
    pub(super) interval: Duration,
}

impl Report {
    /// Carries one item out and says how it fared.
    pub(super) async fn item(&mut self, name: &str, item: impl Future<Output = Checked>) {
        let outcome = if self.wrong.len() < ENOUGH {
            let ceiling = CEILING + self.interval * LEDGERS;
            let late = |_| wrong(format!("no end in {} s", ceiling.as_secs()));
            timeout(ceiling, item).await.unwrap_or_else(late)
        } else {
            skipped("enough is wrong already")
        };
        match outcome {
            Ok(()) => {
                self.done += 1;
                println!("live: done     {name}");
            }
            Err(Halt::Skipped(why)) => {
                self.skipped += 1;
                println!("live: skipped  {name}: {}", shortened(&why, 200));
            }
            Err(Halt::Wrong(what)) => {
                println!("live: WRONG    {name}: {}", shortened(&what, 4000));
                self.wrong.push(name.to_owned());
            }
        }
    }

    pub(super) fn done(&self) -> usize {
        self.done
    }

    pub(super) fn close(self) {
        let Report { done, skipped, wrong, .. } = self;
        println!("live: {done} done, {skipped} skipped, {} wrong", wrong.len());
        assert!(wrong.is_empty(), "wrong: {}; see above", wrong.join(", "));
        assert!(done > 0, "nothing could be tested with this server");
    }
}
