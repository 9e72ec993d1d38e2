//! The windowed power spectrum.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

/// A Hann-windowed real FFT of fixed length.
///
/// Powers are scaled such that a sine of amplitude 1 peaks at 1, whatever the length: the stages after it
/// need not know the sample rate. They are powers and not magnitudes because half of the stages want sums of
/// squares, and the other half need a root of their own anyway.
pub(crate) struct PowerFft {
    plan: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    buffer: Vec<f32>,
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
    powers: Vec<f32>,
    bin_hz: f32,
}

/// The mean square of a signal is the sum over its powers times this: half for the sine's crest, and the
/// noise bandwidth of the Hann window (1.5 bins).
pub(crate) const MEAN_SQUARE_PER_POWER: f32 = 0.5 / 1.5;

impl PowerFft {
    /// An FFT over about `seconds` of sound at `sample_rate` Hz; see [`fft_length`].
    pub(crate) fn new(seconds: f64, sample_rate: f64) -> Self {
        Self::with_window(seconds, sample_rate, hann)
    }

    /// The same with another window of the Hann family, which `window` makes for a length.
    pub(crate) fn with_window(seconds: f64, sample_rate: f64, window: impl Fn(usize) -> Vec<f32>) -> Self {
        let length = fft_length(seconds * sample_rate);
        let plan = RealFftPlanner::<f32>::new().plan_fft_forward(length);
        let mut window = window(length);
        let gain = 2.0 / window.iter().sum::<f32>();
        window.iter_mut().for_each(|w| *w *= gain);
        Self {
            buffer: plan.make_input_vec(),
            bins: plan.make_output_vec(),
            scratch: plan.make_scratch_vec(),
            powers: vec![0.0; length / 2 + 1],
            bin_hz: (sample_rate / length as f64) as f32,
            window,
            plan,
        }
    }

    /// Number of samples that a transform needs.
    pub(crate) fn length(&self) -> usize {
        self.window.len()
    }

    /// Distance between two bins in Hz.
    pub(crate) fn bin_hz(&self) -> f32 {
        self.bin_hz
    }

    /// Number of bins, `length / 2 + 1`.
    pub(crate) fn bins(&self) -> usize {
        self.powers.len()
    }

    /// Transforms `samples` (exactly [`length`](Self::length) of them) and returns the power of each bin.
    pub(crate) fn powers(&mut self, samples: &[f32]) -> &[f32] {
        for ((y, x), w) in self.buffer.iter_mut().zip(samples).zip(&self.window) {
            *y = x * w;
        }
        self.plan
            .process_with_scratch(&mut self.buffer, &mut self.bins, &mut self.scratch)
            .expect("buffers were made by this plan");
        for (power, bin) in self.powers.iter_mut().zip(&self.bins) {
            *power = bin.re * bin.re + bin.im * bin.im;
        }
        &self.powers
    }

    /// The result of the last transform.
    pub(crate) fn last(&self) -> &[f32] {
        &self.powers
    }

    pub(crate) fn reset(&mut self) {
        self.powers.fill(0.0);
    }
}

/// A periodic Hann window: its sidelobes fall by 18 dB per octave and a constant offset leaks into bins 0 and
/// 1 only.
pub(crate) fn hann(length: usize) -> Vec<f32> {
    let step = std::f64::consts::TAU / length as f64;
    (0..length).map(|i| (0.5 - 0.5 * libm::cos(step * i as f64)) as f32).collect()
}

/// Two halves of Hann windows, a long one that rises up to `peak` (a share of the length) and a short one that falls: it
/// smears like a Hann window and weighs what is new sooner.
pub(crate) fn leaning(length: usize, peak: f64) -> Vec<f32> {
    let rising = libm::round(length as f64 * peak) as usize;
    let at = |i: usize| {
        let share = if i < rising {
            (i as f64 + 0.5) / rising as f64
        } else {
            1.0 + (i as f64 + 0.5 - rising as f64) / (length - rising) as f64
        };
        (0.5 - 0.5 * libm::cos(std::f64::consts::PI * share)) as f32
    };
    (0..length).map(at).collect()
}

/// The even length without prime factors above 5 that is nearest to `samples`: 2048 stays 2048 (46 ms at 44.1
/// kHz), and at 48 kHz the same duration becomes 2160 rather than a power of two at twice the cost.
pub(crate) fn fft_length(samples: f64) -> usize {
    let smooth = |n: &usize| {
        let mut rest = *n;
        for factor in [2, 3, 5] {
            while rest.is_multiple_of(factor) {
                rest /= factor;
            }
        }
        rest == 1
    };
    let target = samples.max(16.0) as usize;
    (target / 2..=target * 2)
        .filter(|n| n.is_multiple_of(4))
        .filter(smooth)
        .min_by_key(|n| (n.abs_diff(target), *n))
        .expect("a power of two lies between half a number and its double")
}

#[cfg(test)]
mod tests {
    use super::{PowerFft, fft_length};

    #[test]
    fn a_window_keeps_its_duration_at_every_rate() {
        let seconds = 2048.0 / 44_100.0;
        let lengths = [22_050.0, 44_100.0, 48_000.0, 96_000.0].map(|rate| fft_length(seconds * rate));
        assert_eq!(lengths, [1024, 2048, 2160, 4500]);
    }

    #[test]
    fn a_full_scale_sine_peaks_at_one() {
        for rate in [16_000.0, 44_100.0, 96_000.0] {
            let mut fft = PowerFft::new(0.046, rate);
            let hz = f64::from(fft.bin_hz()) * 40.0;
            let sine: Vec<f32> = (0..fft.length())
                .map(|i| libm::sin(std::f64::consts::TAU * hz * i as f64 / rate) as f32)
                .collect();
            assert!((fft.powers(&sine)[40] - 1.0).abs() < 1e-3);
        }
    }
}
