//! Every way in which a node misbehaves, by name: what a lookup answers, after how long by the paused
//! clock, and what it says about the node. Each alone, and beside a healthy node that is asked second.

mod connection;
mod content;
mod fitness;
mod http;
mod keep_alive;
mod late;
mod odd;
mod refusals;
mod replies;
mod together;
mod waiting;

use std::time::Duration;

use xrpl_txdata::{
    Attempt, Error, ErrorKind, Failure, Lookup, ResolvedBy, Step,
    testing::{Node, Scripted},
};

use crate::support::{Stage, ms, timed};

/// What a faulty node must lead to.
struct Fails {
    faults: Vec<Scripted>,
    scheme: &'static str,
    /// When it is the only node: the error and its time.
    alone: (ErrorKind, u64),
    /// When a healthy node is asked after it: the time of the answer.
    beside: u64,
    step: Step,
    failure: fn(&Failure) -> bool,
}

impl Fails {
    async fn alone(&self) {
        let stage = self.stage();
        let txd = self.builder(&stage, &["n1.test"]).build().unwrap();
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        let error = answer.unwrap_err();
        assert_eq!((error.kind(), elapsed), (self.alone.0, ms(self.alone.1)), "{error}");
        self.check(error.attempts(), elapsed);
        assert!(error.to_string().contains(&error.attempts()[0].to_string()), "{error}");
        stage.ends(txd).await;
    }

    async fn first_of_two(&self) {
        let stage = self.stage();
        let healthy = stage.node("n2.test");
        let txd = self.builder(&stage, &["n1.test", "n2.test"]).build().unwrap();
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &healthy, ResolvedBy::FirstReply, &|attempts| {
            self.check(attempts, ms(self.beside));
        });
        assert_eq!(elapsed, ms(self.beside));
        stage.ends(txd).await;
    }

    fn stage(&self) -> Stage {
        let stage = Stage::new();
        stage.node("n1.test").set_faults(self.faults.iter().copied());
        stage
    }

    fn builder(&self, stage: &Stage, nodes: &[&str]) -> xrpl_txdata::Builder {
        let scheme = self.scheme;
        stage.builder_of(nodes.iter().map(|name| format!("{scheme}://{name}")))
    }

    fn check(&self, attempts: &[Attempt], elapsed: Duration) {
        let [attempt] = attempts else { panic!("expected one attempt, got {attempts:?}") };
        assert_eq!(attempt.endpoint.rsplit_once('/').unwrap().1, "n1.test");
        assert_eq!((attempt.step, attempt.elapsed), (self.step, elapsed), "{attempt}");
        assert!((self.failure)(&attempt.failure), "{attempt}: {:?}", attempt.failure);
    }
}

/// The whole truth was found, and by `node`.
fn found(
    stage: &Stage,
    answer: Result<Lookup, Error>,
    node: &Node,
    resolved_by: ResolvedBy,
    attempts: &dyn Fn(&[Attempt]),
) {
    let tx = answer.unwrap().found().expect("it is there");
    let truth = stage.network.truth(&stage.hash).unwrap();
    assert_eq!((tx.hash(), tx.ledger_index()), (truth.hash, truth.ledger_index));
    assert_eq!(tx.delivered().to_string(), "25 XRP");
    assert_eq!(tx.destination_tag(), Some(7));
    assert!(tx.is_success());
    let source = tx.source();
    assert_eq!(source.endpoint.rsplit_once('/').unwrap().1, node.name());
    assert_eq!(source.resolved_by, resolved_by);
    attempts(&source.attempts);
}

/// A fault that is none: the only node is believed at once, or as much later as it is slow.
async fn is_harmless(scheme: &str, faults: Vec<Scripted>, after: u64) {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    node.set_faults(faults);
    let healthy = stage.node("n2.test");
    for nodes in [&["n1.test"][..], &["n1.test", "n2.test"]] {
        let urls = nodes.iter().map(|name| format!("{scheme}://{name}"));
        let txd = stage.builder_of(urls).build().unwrap();
        let (answer, elapsed) = timed(txd.get_one(stage.hash, 0)).await;
        found(&stage, answer, &node, ResolvedBy::FirstReply, &|attempts| {
            assert_eq!(attempts, []);
        });
        assert_eq!(elapsed, ms(after));
        stage.ends(txd).await;
    }
    assert_eq!(healthy.connections(), 0, "nobody needs the second node");
}

/// Two tests for each fault: `name::alone` and `name::first_of_two`.
macro_rules! fails {
    ($($(#[$note:meta])* $name:ident: $faults:expr
        => $kind:ident at $alone:literal ms, $step:ident $failure:pat $(if $guard:expr)?,
        beside at $beside:literal ms;)*) => {
        fails! { @ "ws": $($(#[$note])* $name: $faults
            => $kind at $alone ms, $step $failure $(if $guard)?, beside at $beside ms;)* }
    };
    (over TLS $($(#[$note:meta])* $name:ident: $faults:expr
        => $kind:ident at $alone:literal ms, $step:ident $failure:pat $(if $guard:expr)?,
        beside at $beside:literal ms;)*) => {
        fails! { @ "wss": $($(#[$note])* $name: $faults
            => $kind at $alone ms, $step $failure $(if $guard)?, beside at $beside ms;)* }
    };
    (over HTTP $($(#[$note:meta])* $name:ident: $faults:expr
        => $kind:ident at $alone:literal ms, $step:ident $failure:pat $(if $guard:expr)?,
        beside at $beside:literal ms;)*) => {
        fails! { @ "http": $($(#[$note])* $name: $faults
            => $kind at $alone ms, $step $failure $(if $guard)?, beside at $beside ms;)* }
    };
    (over HTTPS $($(#[$note:meta])* $name:ident: $faults:expr
        => $kind:ident at $alone:literal ms, $step:ident $failure:pat $(if $guard:expr)?,
        beside at $beside:literal ms;)*) => {
        fails! { @ "https": $($(#[$note])* $name: $faults
            => $kind at $alone ms, $step $failure $(if $guard)?, beside at $beside ms;)* }
    };
    (@ $scheme:literal: $($(#[$note:meta])* $name:ident: $faults:expr
        => $kind:ident at $alone:literal ms, $step:ident $failure:pat $(if $guard:expr)?,
        beside at $beside:literal ms;)*) => {$(
        $(#[$note])*
        mod $name {
            use super::*;

            fn case() -> crate::faults::Fails {
                crate::faults::Fails {
                    faults: $faults.into_iter().map(Into::into).collect(),
                    scheme: $scheme,
                    alone: (xrpl_txdata::ErrorKind::$kind, $alone),
                    beside: $beside,
                    step: xrpl_txdata::Step::$step,
                    failure: |failure| matches!(failure, $failure $(if $guard)?),
                }
            }

            #[tokio::test(start_paused = true)]
            async fn alone() {
                case().alone().await;
            }

            #[tokio::test(start_paused = true)]
            async fn first_of_two() {
                case().first_of_two().await;
            }
        }
    )*};
}

macro_rules! harmless {
    (over HTTP $($(#[$note:meta])* $name:ident: $faults:expr, found at $after:literal ms;)*) => {
        harmless! { @ "http": $($(#[$note])* $name: $faults, found at $after ms;)* }
    };
    (@ $scheme:literal: $($(#[$note:meta])* $name:ident: $faults:expr, found at $after:literal ms;)*) => {$(
        $(#[$note])*
        #[tokio::test(start_paused = true)]
        async fn $name() {
            let faults = $faults.into_iter().map(Into::into).collect();
            crate::faults::is_harmless($scheme, faults, $after).await;
        }
    )*};
    ($($(#[$note:meta])* $name:ident: $faults:expr, found at $after:literal ms;)*) => {
        harmless! { @ "ws": $($(#[$note])* $name: $faults, found at $after ms;)* }
    };
}

use {fails, harmless};
