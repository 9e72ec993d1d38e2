//! Tempo: a straight line through the last beats.

/// Beats that the line is drawn through at most. 24 beats span 8 to 16 s: enough to tell 124.0 from 123.8 BPM
/// when each beat is known to 10 ms, short enough to follow a DJ who rides the pitch fader.
const BEATS: usize = 24;
/// Beats that predict the next one: fewer, to follow the phase more closely than the tempo.
const PHASE_BEATS: usize = 8;

/// The most recent beats of one unbroken run, evenly spaced but for their jitter.
#[derive(Debug, Clone)]
pub(crate) struct BeatRun {
    times: [f64; BEATS],
    count: usize,
}

impl BeatRun {
    pub(crate) fn new() -> Self {
        Self { times: [0.0; BEATS], count: 0 }
    }

    /// Starts again with nothing.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// Number of beats kept.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The last beat in seconds.
    pub(crate) fn last(&self) -> Option<f64> {
        self.count.checked_sub(1).map(|last| self.times[last])
    }

    /// Appends a beat.
    pub(crate) fn push(&mut self, time: f64) {
        if self.count == BEATS {
            self.times.copy_within(1.., 0);
            self.count -= 1;
        }
        self.times[self.count] = time;
        self.count += 1;
    }

    /// Corrects the last beat.
    pub(crate) fn amend(&mut self, time: f64) {
        if let Some(last) = self.count.checked_sub(1) {
            self.times[last] = time;
        }
    }

    /// Beat period in seconds from all beats kept, once there are four.
    pub(crate) fn period(&self) -> Option<f64> {
        line(&self.times[..self.count], 4).map(|(_, period)| period)
    }

    /// Time and period of the last beat on the line through the newest beats: less jitter than the beat
    /// itself.
    pub(crate) fn smoothed_last(&self) -> Option<(f64, f64)> {
        line(&self.times[self.count.saturating_sub(PHASE_BEATS)..self.count], 4)
    }
}

/// Least squares through `times` over their index, if there are at least `least`: the value at the last index
/// and the slope.
fn line(times: &[f64], least: usize) -> Option<(f64, f64)> {
    if times.len() < least {
        return None;
    }
    let n = times.len() as f64;
    let mean_index = (n - 1.0) / 2.0;
    let origin = times[0];
    let mean_time = times.iter().map(|time| time - origin).sum::<f64>() / n;
    let (mut covariance, mut variance) = (0.0, 0.0);
    for (index, time) in times.iter().enumerate() {
        let from_mean = index as f64 - mean_index;
        covariance += from_mean * (time - origin - mean_time);
        variance += from_mean * from_mean;
    }
    let slope = covariance / variance;
    Some((origin + mean_time + slope * (n - 1.0 - mean_index), slope))
}

#[cfg(test)]
mod tests {
    use super::BeatRun;

    #[test]
    fn a_line_through_rounded_beats_gives_the_exact_tempo() {
        let mut run = BeatRun::new();
        for beat in 0..40 {
            // 124 BPM, each beat rounded to the 10 ms grid of the hops.
            run.push((f64::from(beat) * 60.0 / 124.0 * 100.0).round() / 100.0);
        }
        let bpm = 60.0 / run.period().expect("enough beats");
        assert!((bpm - 124.0).abs() < 0.15, "{bpm}");
    }
}
