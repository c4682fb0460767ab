//! Latencies in constant memory: those of a measurement that looks for growth must not grow.

use std::time::Duration;

/// The smallest that is told apart, in seconds.
const SMALLEST: f64 = 10e-6;
/// Each class is so much wider than the one before.
const STEP: f64 = 1.05;
/// Up to about a minute.
const CLASSES: usize = 320;

/// How many took how long, within a twentieth.
#[derive(Clone)]
pub(crate) struct Histogram {
    classes: [u64; CLASSES],
    count: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { classes: [0; CLASSES], count: 0 }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, time: Duration) {
        let class = ((time.as_secs_f64() / SMALLEST).max(1.0).ln() / STEP.ln()) as usize;
        self.classes[class.min(CLASSES - 1)] += 1;
        self.count += 1;
    }

    pub(crate) fn merge(&mut self, other: &Histogram) {
        self.classes.iter_mut().zip(other.classes).for_each(|(mine, more)| *mine += more);
        self.count += other.count;
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The time within which so many of a hundred came; none of nothing.
    pub(crate) fn percentile(&self, percent: u64) -> Option<Duration> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut sum = 0;
        let class = self.classes.iter().position(|count| {
            sum += count;
            sum >= rank
        })?;
        Some(Duration::from_secs_f64(SMALLEST * STEP.powf(class as f64 + 0.5)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_within_a_twentieth() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(50), None);
        (1..=1_000).for_each(|ms| histogram.add(Duration::from_millis(ms)));
        assert_eq!(histogram.count(), 1_000);
        for (percent, exact) in [(50, 0.5), (99, 0.99), (100, 1.0)] {
            let told = histogram.percentile(percent).unwrap().as_secs_f64();
            assert!((told / exact - 1.0).abs() < 0.05, "{percent}: {told}");
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_counted() {
        let mut histogram = Histogram::default();
        histogram.add(Duration::ZERO);
        histogram.add(Duration::from_secs(86_400));
        assert!(histogram.percentile(50).unwrap() < Duration::from_micros(11));
        assert!(histogram.percentile(99).unwrap() > Duration::from_secs(50));
    }
}
