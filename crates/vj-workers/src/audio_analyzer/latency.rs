//! How long a block took from its arrival to its packets.

use std::time::Duration;

/// Buckets of 0.1 ms; the last holds all that is slower.
const BUCKETS: usize = 1_000;

/// A histogram of the last seconds. Adding to it allocates nothing.
pub(super) struct Latency {
    counts: Box<[u32; BUCKETS]>,
    total: u32,
    max: Duration,
}

/// What it came to, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quantiles {
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Latency {
    pub(super) fn new() -> Self {
        Self { counts: Box::new([0; BUCKETS]), total: 0, max: Duration::ZERO }
    }

    pub(super) fn add(&mut self, took: Duration) {
        let bucket = usize::try_from(took.as_micros() / 100).unwrap_or(usize::MAX).min(BUCKETS - 1);
        self.counts[bucket] += 1;
        self.total += 1;
        self.max = self.max.max(took);
    }

    /// What it came to since it was last taken; none if fewer than `count` were added.
    pub(super) fn take_after(&mut self, count: u32) -> Option<Quantiles> {
        if self.total < count { None } else { self.take() }
    }

    fn take(&mut self) -> Option<Quantiles> {
        let total = std::mem::take(&mut self.total);
        let counts = std::mem::replace(&mut *self.counts, [0; BUCKETS]);
        let max_ms = std::mem::take(&mut self.max).as_secs_f64() * 1e3;
        if total == 0 {
            return None;
        }
        let quantile = |share: f64| {
            let rank = (f64::from(total) * share).ceil().max(1.0) as u32;
            let mut seen = 0;
            let bucket = counts.iter().position(|count| {
                seen += count;
                seen >= rank
            });
            // The upper edge of the bucket: never better than it was.
            bucket.map_or(max_ms, |bucket| ((bucket + 1) as f64 / 10.0).min(max_ms))
        };
        let [p50_ms, p95_ms, p99_ms] = [0.5, 0.95, 0.99].map(quantile);
        Some(Quantiles { p50_ms, p95_ms, p99_ms, max_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_added_and_then_it_starts_over() {
        let mut latency = Latency::new();
        assert_eq!(latency.take(), None);
        for n in 1..=100 {
            latency.add(Duration::from_micros(n * 100 - 50));
        }
        latency.add(Duration::from_secs(1));
        let Quantiles { p50_ms, p95_ms, p99_ms, max_ms } = latency.take().unwrap();
        assert_eq!((p50_ms, p95_ms, p99_ms, max_ms), (5.1, 9.6, 10.0, 1_000.0));
        assert_eq!(latency.take(), None);
    }
}
