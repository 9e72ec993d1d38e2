//! The low-rate stream: the same sound at about 11 kHz, for all that needs long windows.

use crate::bands::dot;

/// A decimating low-pass filter (windowed sinc, linear phase) that keeps one sample in `factor`.
///
/// Sub-bass and pitch need windows of 90 ms and more, but nothing above 5 kHz: at a quarter of the rate the
/// same FFT costs a quarter. The filter delays by eight output samples, 0.7 ms.
#[derive(Debug, Clone)]
pub(crate) struct Decimator {
    factor: usize,
    taps: Vec<f32>,
    /// The last `taps.len() - 1` inputs, followed by the inputs at hand.
    line: Vec<f32>,
}

/// Half the length of the filter, in output samples.
const HALF_LENGTH: usize = 8;
/// Pass band as a share of the output's Nyquist frequency; what folds back from above lies over the bands in
/// use.
const CUTOFF: f64 = 0.85;

impl Decimator {
    /// A decimator of a stream at `sample_rate` to at least `target_rate`, fed at most `longest_input`
    /// samples at a time.
    pub(crate) fn new(sample_rate: u32, target_rate: u32, longest_input: usize) -> Self {
        let factor = (sample_rate / target_rate).max(1) as usize;
        let taps = if factor == 1 { vec![1.0] } else { low_pass(factor) };
        let line = vec![0.0; taps.len() - 1 + longest_input];
        Self { factor, taps, line }
    }

    /// Inputs per output.
    pub(crate) fn factor(&self) -> usize {
        self.factor
    }

    /// Filters `input`, whose first sample stands at `position` of the stream, into `output`, which must hold
    /// one sample for each `factor` inputs, rounded up; returns how many were written. Outputs stand at the
    /// multiples of `factor`.
    pub(crate) fn run(&mut self, position: u64, input: &[f32], output: &mut [f32]) -> usize {
        let memory = self.taps.len() - 1;
        self.line[memory..memory + input.len()].copy_from_slice(input);
        let mut written = 0;
        let mut at = (self.factor - (position % self.factor as u64) as usize) % self.factor;
        while at < input.len() {
            output[written] = dot(&self.line[at..at + self.taps.len()], &self.taps);
            written += 1;
            at += self.factor;
        }
        self.line.copy_within(input.len()..input.len() + memory, 0);
        written
    }

    /// Forgets the past.
    pub(crate) fn reset(&mut self) {
        self.line.fill(0.0);
    }
}

fn low_pass(factor: usize) -> Vec<f32> {
    let length = 2 * HALF_LENGTH * factor + 1;
    let centre = (HALF_LENGTH * factor) as f64;
    let cutoff = CUTOFF / factor as f64;
    let taps: Vec<f64> = (0..length)
        .map(|i| {
            let x = i as f64 - centre;
            let sinc = if x == 0.0 {
                1.0
            } else {
                libm::sin(std::f64::consts::PI * cutoff * x) / (std::f64::consts::PI * cutoff * x)
            };
            // Blackman: -58 dB sidelobes.
            let angle = std::f64::consts::PI * (x / (centre + 1.0));
            sinc * (0.42 + 0.5 * libm::cos(angle) + 0.08 * libm::cos(2.0 * angle))
        })
        .collect();
    let gain: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / gain) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::Decimator;

    #[test]
    fn a_tone_passes_and_what_would_fold_back_does_not() {
        for (hz, low, high) in [(1_000.0, 0.99, 1.01), (8_000.0, 0.0, 0.003), (10_500.0, 0.0, 0.003)] {
            let mut decimator = Decimator::new(44_100, 11_025, 441);
            let input: Vec<f32> = (0..4_410)
                .map(|i| libm::sin(std::f64::consts::TAU * hz * f64::from(i) / 44_100.0) as f32)
                .collect();
            let mut out = Vec::new();
            for (i, chunk) in input.chunks(441).enumerate() {
                let mut buffer = [0.0; 111];
                let written = decimator.run(i as u64 * 441, chunk, &mut buffer);
                out.extend_from_slice(&buffer[..written]);
            }
            let peak = out[200..].iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            assert!(peak >= low && peak <= high, "{hz} Hz came out at {peak}");
        }
    }
}
