//! When a node that failed is tried again: a schedule with a cap and jitter, and rests that were
//! asked for.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::error::Failure;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

/// How long a node rests after it asked us to slow down. Servers keep their accounts per address and
/// refuse whoever comes back earlier.
const SLOW_DOWN: Duration = Duration::from_secs(30);

/// How long a node rests that cannot be used until its operator mends it.
const QUARANTINE: Duration = Duration::from_secs(600);

/// No node is left alone for longer because it asked for it.
const LONGEST_ASKED: Duration = Duration::from_secs(60 * 60);

/// How long a node is asked after the others when it warns of sending us away. Its account of us is a sum over
/// the last half a minute.
const WARNED: Duration = Duration::from_secs(30);

/// How long a busy node rests.
const BUSY: Duration = Duration::from_secs(2);

/// The health of one endpoint: since when it fails, and until when it is left alone.
#[derive(Debug)]
pub(crate) struct Health {
    seed: u64,
    schedule: Option<ExponentialBackoff>,
    rest: Option<Rest>,
    warned_until: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Rest {
    until: Instant,
    cause: Failure,
    /// Asked for by the node, or plain from what it is: not shortened because nobody else is left.
    binding: bool,
}

/// Why and how long a node is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestKind {
    /// The connection failed; the next attempt follows the schedule.
    Reconnect,
    /// It is busy or starting up.
    Busy,
    /// It rate limits us.
    SlowDown,
    /// It said how long it wants to be left alone.
    Asked(Duration),
    /// It cannot be used for long.
    Quarantine,
}

/// Whether a node may be asked now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Readiness {
    Ready,
    /// It failed a moment ago: better ask others first.
    Doubtful(Failure),
    /// It must not be asked.
    Resting(Failure),
}

/// A seed for each node of a client, so that they do not come back together either.
pub(crate) fn seeds(seed: u64) -> impl Iterator<Item = u64> {
    (0..).map(move |node| seed.wrapping_add(node))
}

impl Health {
    /// `seed` spreads the attempts of many clients; the same seed gives the same schedule.
    pub(crate) fn new(seed: u64) -> Health {
        Health { seed, schedule: None, rest: None, warned_until: None }
    }

    /// It answered: the schedule starts anew. A rest that was asked for stays: the answer may have been
    /// on its way when it was.
    pub(crate) fn succeeded(&mut self) {
        self.schedule = None;
        if self.rest.as_ref().is_some_and(|rest| !rest.binding) {
            self.rest = None;
        }
    }

    /// It failed: until when it rests.
    pub(crate) fn failed(&mut self, kind: RestKind, cause: Failure, now: Instant) -> Instant {
        let pause = match kind {
            RestKind::Reconnect => self.next_pause(),
            RestKind::Busy => BUSY,
            // Clients that were sent away together must not come back together.
            RestKind::SlowDown => SLOW_DOWN + self.next_pause(),
            RestKind::Asked(pause) => pause.min(LONGEST_ASKED) + self.next_pause(),
            RestKind::Quarantine => QUARANTINE,
        };
        let until = now + pause;
        if self.rest.as_ref().is_none_or(|rest| rest.until <= until) {
            let binding = !matches!(kind, RestKind::Reconnect);
            self.rest = Some(Rest { until, cause, binding });
        }
        until
    }

    /// It answered, and warned that it will send us away if we go on like this.
    pub(crate) fn warned(&mut self, now: Instant) {
        self.warned_until = Some(now + WARNED);
    }

    /// Whether it is to be spared where others can be asked.
    pub(crate) fn is_spared(&self, now: Instant) -> bool {
        self.warned_until.is_some_and(|until| until > now)
    }

    pub(crate) fn readiness(&self, now: Instant) -> Readiness {
        match &self.rest {
            Some(rest) if rest.until > now => {
                let cause = Box::new(rest.cause.clone());
                let failure = Failure::CoolingDown { remaining: rest.until - now, cause };
                if rest.binding {
                    Readiness::Resting(failure)
                } else {
                    Readiness::Doubtful(failure)
                }
            }
            _ => Readiness::Ready,
        }
    }

    fn next_pause(&mut self) -> Duration {
        let seed = self.seed;
        let schedule = self.schedule.get_or_insert_with(|| {
            ExponentialBuilder::default()
                .with_min_delay(FIRST)
                // Jitter adds up to one whole delay, so half the cap keeps below the cap.
                .with_max_delay(LONGEST / 2)
                .with_factor(2.0)
                .with_jitter()
                .with_jitter_seed(seed)
                .without_max_times()
                .build()
        });
        schedule.next().unwrap_or(LONGEST).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        Failure::Connect("refused".to_owned())
    }

    #[test]
    fn pauses_grow_to_a_cap_and_never_end() {
        let now = Instant::now();
        let mut health = Health::new(1);
        let pauses: Vec<Duration> =
            (0..100).map(|_| health.failed(RestKind::Reconnect, failure(), now) - now).collect();
        assert!(pauses[0] >= FIRST && pauses[0] <= 2 * FIRST, "{:?}", pauses[0]);
        assert!(pauses.iter().all(|pause| *pause <= LONGEST));
        assert!(pauses[20..].iter().all(|pause| *pause >= LONGEST / 2));
    }

    #[test]
    fn two_clients_do_not_come_back_at_the_same_moment() {
        let now = Instant::now();
        let pause = |seed| Health::new(seed).failed(RestKind::SlowDown, failure(), now) - now;
        assert_ne!(pause(1), pause(2));
        assert!(pause(1) >= SLOW_DOWN && pause(2) >= SLOW_DOWN);
        // Not after many failures either, when the pauses grow no more.
        let last = |seed| {
            let mut health = Health::new(seed);
            (0..50).fold(now, |_, _| health.failed(RestKind::Reconnect, failure(), now))
        };
        assert_ne!(last(1), last(2));
    }

    #[test]
    fn success_forgets_failure() {
        let now = Instant::now();
        let mut health = Health::new(1);
        health.failed(RestKind::Reconnect, failure(), now);
        assert!(matches!(health.readiness(now), Readiness::Doubtful(_)));
        health.succeeded();
        assert_eq!(health.readiness(now), Readiness::Ready);
    }

    #[test]
    fn success_does_not_end_a_rest_that_was_asked_for() {
        let now = Instant::now();
        for kind in [RestKind::Busy, RestKind::SlowDown, RestKind::Quarantine] {
            let mut health = Health::new(1);
            let until = health.failed(kind, failure(), now);
            health.succeeded();
            let last = until - Duration::from_millis(1);
            assert!(matches!(health.readiness(last), Readiness::Resting(_)), "{kind:?}");
            assert_eq!(health.readiness(until), Readiness::Ready);
        }
    }

    #[test]
    fn who_names_a_time_is_left_alone_for_it_within_reason() {
        let now = Instant::now();
        for (asked, rests) in [(0, 0), (7, 7), (600, 600), (u64::MAX, 3_600)] {
            let kind = RestKind::Asked(Duration::from_secs(asked));
            let rested = Health::new(1).failed(kind, failure(), now) - now;
            let (least, most) = (Duration::from_secs(rests) + FIRST, 2 * FIRST);
            assert!(rested >= least && rested <= least + most, "{asked}: {rested:?}");
        }
    }

    #[test]
    fn who_warns_is_spared_for_a_while_and_stays_ready() {
        let now = Instant::now();
        let mut health = Health::new(1);
        assert!(!health.is_spared(now));
        health.warned(now);
        assert!(health.is_spared(now) && !health.is_spared(now + WARNED));
        assert_eq!(health.readiness(now), Readiness::Ready);
    }

    #[test]
    fn a_shorter_rest_does_not_end_a_longer_one() {
        let now = Instant::now();
        let mut health = Health::new(1);
        health.failed(RestKind::Quarantine, failure(), now);
        health.failed(RestKind::Busy, failure(), now);
        let later = now + QUARANTINE - Duration::from_secs(1);
        assert!(matches!(health.readiness(later), Readiness::Resting(_)));
        assert_eq!(health.readiness(now + QUARANTINE), Readiness::Ready);
    }
}
