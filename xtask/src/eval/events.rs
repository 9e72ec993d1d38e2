//! Events in time, and which of two lists are the same.

/// In order of time, each once.
pub(super) fn sorted(times: &[f64]) -> Vec<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.dedup();
    times
}

/// Pairs of an event of `truth` and one of `told` that are at most `window` apart, each used once; as many as can be. Both lists
/// are in order of time. (With one width of window, pairing the earliest with the earliest gives the most pairs.)
pub(super) fn matched(truth: &[f64], told: &[f64], window: f64) -> Vec<(usize, usize)> {
    let (mut pairs, mut next) = (Vec::new(), 0);
    for (at, event) in truth.iter().enumerate() {
        while told.get(next).is_some_and(|other| *other < event - window) {
            next += 1;
        }
        if told.get(next).is_some_and(|other| *other <= event + window) {
            pairs.push((at, next));
            next += 1;
        }
    }
    pairs
}

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Found {
    pub(super) precision: f64,
    pub(super) recall: f64,
}

impl Found {
    /// Of events that are at most `window` apart; nothing on either side counts as nothing found.
    pub(super) fn of(truth: &[f64], told: &[f64], window: f64) -> Self {
        if truth.is_empty() || told.is_empty() {
            return Self::default();
        }
        let count = matched(truth, told, window).len() as f64;
        Self { precision: count / told.len() as f64, recall: count / truth.len() as f64 }
    }

    /// The F-measure.
    pub(super) fn f(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum == 0.0 { 0.0 } else { 2.0 * self.precision * self.recall / sum }
    }
}

/// The value below which this share of them lies, between two of them in proportion.
pub(super) fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let values = {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let last = values.len().checked_sub(1)?;
    let place = share * last as f64;
    let (below, rest) = (place.floor() as usize, place.fract());
    let above = values[(below + 1).min(last)];
    Some(values[below] + (above - values[below]) * rest)
}

pub(super) fn median(values: &[f64]) -> Option<f64> {
    percentile(values, 0.5)
}

/// What lies between each and the next.
pub(super) fn intervals(times: &[f64]) -> Vec<f64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_matched_once_and_as_many_as_can_be() {
        assert_eq!(matched(&[1.0, 1.05, 2.0], &[1.06, 1.07, 2.5], 0.07), [(0, 0), (1, 1)]);
        assert_eq!(matched(&[1.0], &[0.93, 1.07], 0.07).len(), 1);
        let found = Found::of(&[1.0, 2.0], &[1.01, 1.5, 2.02, 9.0], 0.07);
        assert_eq!((found.precision, found.recall), (0.5, 1.0));
        assert!((found.f() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(Found::of(&[], &[1.0], 0.07).f(), 0.0);
    }

    #[test]
    fn percentiles_lie_between_values() {
        assert_eq!(median(&[3.0, 1.0]), Some(2.0));
        assert_eq!(percentile(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.9), Some(4.6));
        assert_eq!(median(&[]), None);
    }
}
