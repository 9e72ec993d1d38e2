//! Pitch of the leading voice: YIN in the spectral domain.
//!
//! De Cheveigne and Kawahara's YIN (JASA 2002) takes the lag at which a signal differs least from itself.
//! Brossier's YinFFT (thesis, 2006) computes the difference from a spectrum weighted like the ear, which
//! keeps a bass drum from outvoting a melody: under drums the plain form errs four times as often. Works on
//! the 46 ms window: a longer one follows glides late.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

/// Lowest pitch in Hz.
const LOWEST_HZ: f32 = 50.0;
/// Highest pitch in Hz.
const HIGHEST_HZ: f32 = 1_900.0;
/// A dip of the normalised difference under this is a period.
const DIP: f32 = 0.35;
/// The shortest period whose dip is within this of the deepest one is taken: the rule against octaves too
/// low.
const OCTAVE_MARGIN: f32 = 0.1;
/// Confidence under which a frame is unvoiced.
const CONFIDENCE_MIN: f32 = 0.6;

/// A pitch that is off the last one by more than this factor has leapt ...
const LEAP_FACTOR: f32 = 1.2;
/// ... and is believed when it has lasted for this many hops: an octave that flips back at once is an error, and a note
/// that lasts is told 20 ms late.
const LEAP_HOPS: u8 = 3;

/// Bins above this frequency are left out: harmonics up there tell nothing new about the period.
const USED_HZ: f32 = 5_500.0;
/// Length of the FFT from spectrum to lags. Four times the bins in use, so that lags come at 22 kHz, finer
/// than the bins' own bandwidth would give: without it a period of 1 ms has too coarse a grain for the octave
/// rule.
const LAG_FFT_LENGTH: usize = 1_024;
/// Harmonics that refine the frequency.
const REFINING_HARMONICS: usize = 5;
/// A harmonic's peak refines the frequency when it agrees within this share ...
const REFINING_RANGE: f32 = 0.03;
/// ... and this many bins: so far may the ear's slope move the peak of a low tone.
const REFINING_BINS: f32 = 0.6;

/// The ear's sensitivity relative to 1 kHz in dB, after Brossier's table (a mix of equal-loudness curves).
const EAR_DB: [(f32, f32); 21] = [
    (0.0, -75.8),
    (20.0, -70.1),
    (25.0, -60.8),
    (31.5, -52.1),
    (40.0, -44.2),
    (50.0, -37.5),
    (63.0, -31.3),
    (80.0, -25.6),
    (100.0, -20.9),
    (125.0, -16.5),
    (160.0, -12.6),
    (200.0, -9.6),
    (250.0, -7.0),
    (315.0, -4.7),
    (400.0, -3.0),
    (500.0, -1.8),
    (630.0, -0.8),
    (800.0, -0.2),
    (1_000.0, 0.0),
    (2_500.0, 4.0),
    (20_000.0, -15.0),
];

/// The pitch stage.
pub(crate) struct PitchTracker {
    plan: Arc<dyn RealToComplex<f32>>,
    /// Power gain of each bin.
    weights: Vec<f32>,
    input: Vec<f32>,
    lags: Vec<Complex32>,
    scratch: Vec<Complex32>,
    /// What undoes the window's own decay at each lag: half of it in decibels. All of it would bring low
    /// tones out as strongly as high ones, but a kick's tail and the octave below as well.
    untaper: Vec<f32>,
    /// Cumulative-mean normalised difference per lag.
    difference: Vec<f32>,
    rate: f32,
    lag_range: (usize, usize),
    /// Hops in a row that were a leap away from `hz`.
    leaping_hops: u8,
    hz: f32,
    confidence: f32,
}

impl PitchTracker {
    /// A tracker on power spectra of `bins` bins that stand `bin_hz` apart.
    pub(crate) fn new(bin_hz: f32, bins: usize) -> Self {
        let plan = RealFftPlanner::<f32>::new().plan_fft_forward(LAG_FFT_LENGTH);
        let used = ((USED_HZ / bin_hz) as usize).min(bins).min(LAG_FFT_LENGTH / 2);
        let rate = bin_hz * LAG_FFT_LENGTH as f32;
        let longest = ((rate / LOWEST_HZ) as usize + 1).min(LAG_FFT_LENGTH / 2 - 1);
        Self {
            weights: (0..used).map(|bin| ear_gain(bin as f32 * bin_hz)).collect(),
            input: plan.make_input_vec(),
            lags: plan.make_output_vec(),
            scratch: plan.make_scratch_vec(),
            untaper: (0..longest + 2)
                .map(|lag| 1.0 / hann_autocorrelation(lag as f32 / rate * bin_hz).sqrt())
                .collect(),
            difference: vec![1.0; longest + 2],
            lag_range: (((rate / HIGHEST_HZ) as usize).max(2), longest),
            rate,
            leaping_hops: 0,
            hz: 0.0,
            confidence: 0.0,
            plan,
        }
    }

    /// Takes the powers of one hop.
    pub(crate) fn hop(&mut self, powers: &[f32], gate: f32) {
        let total = self.autocorrelate(powers);
        if gate <= 0.0 || total <= f32::MIN_POSITIVE {
            self.reset();
            return;
        }
        self.normalise(total);
        let lag = self.period();
        let (exact, depth) = self.interpolate(lag);
        self.confidence = (1.0 - depth).clamp(0.0, 1.0) * gate;
        let mut found = 0.0;
        if self.confidence >= CONFIDENCE_MIN {
            let hz = self.refined(self.rate / exact, powers);
            // A lag at the edge of the range, and a spectral peak beside it, may point beyond it: nothing was looked for there.
            if (LOWEST_HZ..=HIGHEST_HZ).contains(&hz) {
                found = hz;
            }
        }
        self.settle(found);
    }

    /// Takes the pitch found at this hop (0 = none) unless it is a leap that has yet to last.
    fn settle(&mut self, found: f32) {
        let leaps = self.hz > 0.0 && found > 0.0 && (found / self.hz).max(self.hz / found) > LEAP_FACTOR;
        self.leaping_hops = if leaps { self.leaping_hops + 1 } else { 0 };
        if !leaps || self.leaping_hops >= LEAP_HOPS {
            (self.hz, self.leaping_hops) = (found, 0);
        }
    }

    /// The weighting tilts each spectral peak, and a lag has the grain of a sample. The peaks of the plain
    /// spectrum at the first harmonics tell the same frequency more exactly.
    fn refined(&self, hz: f32, powers: &[f32]) -> f32 {
        let bin_hz = self.rate / self.input.len() as f32;
        let (mut sum, mut weights) = (0.0, 0.0);
        for harmonic in 1..=REFINING_HARMONICS {
            let expected = hz * harmonic as f32 / bin_hz;
            let Some(peak) = peak_near(powers, expected) else { continue };
            let exact = peak * bin_hz / harmonic as f32;
            let range = REFINING_RANGE + REFINING_BINS * bin_hz / (hz * harmonic as f32);
            if (exact / hz - 1.0).abs() < range {
                let weight = powers[(peak + 0.5) as usize].sqrt();
                sum += weight * exact;
                weights += weight;
            }
        }
        if weights > 0.0 { sum / weights } else { hz }
    }

    /// Autocorrelation of the ear-weighted spectrum into `lags`; returns its value at lag 0.
    fn autocorrelate(&mut self, powers: &[f32]) -> f32 {
        let length = self.input.len();
        self.input.fill(0.0);
        for (bin, (power, weight)) in powers.iter().zip(&self.weights).enumerate().skip(1) {
            let weighted = power * weight;
            self.input[bin] = weighted;
            self.input[length - bin] = weighted;
        }
        self.plan
            .process_with_scratch(&mut self.input, &mut self.lags, &mut self.scratch)
            .expect("buffers were made by this plan");
        self.lags[0].re
    }

    /// Difference over its cumulative mean: 1 on average, near 0 at a period.
    fn normalise(&mut self, total: f32) {
        let mut sum = 0.0;
        self.difference[0] = 1.0;
        for lag in 1..self.difference.len() {
            let difference = (total - self.lags[lag].re * self.untaper[lag]).max(0.0);
            sum += difference;
            self.difference[lag] = if sum > 0.0 { difference * lag as f32 / sum } else { 1.0 };
        }
    }

    /// The shortest lag that dips about as deep as the deepest.
    fn period(&self) -> usize {
        let (shortest, longest) = self.lag_range;
        let deepest = self.difference[shortest..=longest].iter().fold(f32::MAX, |deepest, x| deepest.min(*x));
        let enough = (deepest + OCTAVE_MARGIN).min(DIP.max(deepest));
        let is_dip = |lag: &usize| {
            let x = self.difference[*lag];
            x <= enough && x <= self.difference[lag - 1] && x <= self.difference[lag + 1]
        };
        (shortest..=longest).find(is_dip).unwrap_or(longest)
    }

    /// Parabola through a dip: its lag and depth between samples.
    fn interpolate(&self, lag: usize) -> (f32, f32) {
        let [before, at, after] = [self.difference[lag - 1], self.difference[lag], self.difference[lag + 1]];
        let curvature = before - 2.0 * at + after;
        if curvature <= 0.0 {
            return (lag as f32, at);
        }
        let shift = (0.5 * (before - after) / curvature).clamp(-0.5, 0.5);
        (lag as f32 + shift, at - 0.25 * (before - after) * shift)
    }

    /// Pitch in Hz, 0 = unvoiced.
    pub(crate) fn hz(&self) -> f32 {
        self.hz
    }

    /// Confidence 0..1.
    pub(crate) fn confidence(&self) -> f32 {
        self.confidence
    }

    pub(crate) fn reset(&mut self) {
        self.hz = 0.0;
        self.confidence = 0.0;
        self.leaping_hops = 0;
    }
}

/// Position in bins of the local maximum near `expected` (one bin and 2 % to each side), exact for a lone
/// sine under a Hann window.
fn peak_near(powers: &[f32], expected: f32) -> Option<f32> {
    let nearest = (expected + 0.5) as usize;
    let reach = 1 + nearest / 50;
    let bin = (nearest.saturating_sub(reach).max(1)..=nearest + reach)
        .filter(|bin| bin + 1 < powers.len())
        .find(|bin| powers[*bin] > powers[bin - 1] && powers[*bin] >= powers[bin + 1])?;
    let [before, at, after] = [powers[bin - 1], powers[bin], powers[bin + 1]].map(f32::sqrt);
    let (neighbour, direction) = if after > before { (after, 1.0) } else { (before, -1.0) };
    Some(bin as f32 + direction * (2.0 * neighbour - at) / (at + neighbour))
}

/// Autocorrelation of a Hann window at a lag of this share of its length, 1 at lag 0. Dividing by it makes
/// the autocorrelation of a windowed tone as high after a long period as after a short one (Boersma, IFA
/// Proceedings 1993).
fn hann_autocorrelation(share: f32) -> f32 {
    let angle = std::f32::consts::TAU * share;
    (1.0 - share) * (2.0 + libm::cosf(angle)) / 3.0 + libm::sinf(angle) / std::f32::consts::TAU
}

/// Power gain of the ear at `hz`.
fn ear_gain(hz: f32) -> f32 {
    let above = EAR_DB.iter().position(|(edge, _)| *edge > hz).unwrap_or(EAR_DB.len() - 1).max(1);
    let ((low, low_db), (high, high_db)) = (EAR_DB[above - 1], EAR_DB[above]);
    let share = ((hz - low) / (high - low)).clamp(0.0, 1.0);
    let db = low_db + share * (high_db - low_db);
    libm::powf(10.0, db / 10.0)
}
