//! Onsets: the starts of notes and hits, told apart 30 ms and announced within a tick or two.
//!
//! SuperFlux (Boeck and Widmer, DAFx 2013): the rise of a logarithmic band spectrum over its own recent past,
//! each band compared with the greatest of its neighbours so that vibrato and glides make no flux. Peaks are
//! picked online after Boeck, Krebs and Schedl (ISMIR 2012). The window is 23 ms and stands apart from the
//! long window of the beat stage: a causal 46 ms frame would tell every onset 25 ms late.

use crate::bands::{Bands, log_edges};
use crate::fft::{MEAN_SQUARE_PER_POWER, PowerFft};
use crate::levels::gate;

/// Window in seconds.
const WINDOW_SEC: f64 = 1_024.0 / 44_100.0;
/// Bands between 40 Hz and 16 kHz, about three an octave: finer ones would be narrower than a bin in the
/// low half.
const BANDS: usize = 24;
/// The rise is taken over this many steps (10 ms): shorter than the attack of most instruments.
const LAG: usize = 2;
/// Amplitude (relative to the recent peak) at which the compression turns from linear to logarithmic: -50 dB.
const KNEE: f32 = 0.003;
/// The reference peak halves in about 4 s.
const PEAK_DECAY_PER_STEP: f32 = 0.999_13;
/// The reference peak never falls below this band amplitude.
const PEAK_MIN: f32 = 0.003;

/// A peak must be the greatest of this many past steps (30 ms) ...
const MAXIMUM_STEPS: usize = 6;
/// ... and stand above the mean of this many past steps (100 ms) ...
const MEAN_STEPS: usize = 20;
/// ... by this much flux per band.
const THRESHOLD: f32 = 0.07;
/// Two onsets lie at least this many steps apart (35 ms).
const STEPS_BETWEEN: u32 = 7;
/// Flux per band of a full-strength onset.
const FULL_STRENGTH: f32 = 0.6;
/// From the moment at which the flux peaks back to the attack.
const DELAY_SEC: f64 = 0.009;
const HISTORY: usize = MEAN_STEPS + 1;

/// An onset as the stage finds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FoundOnset {
    /// Estimated time of the attack in seconds.
    pub(crate) time: f64,
    /// 0..1.
    pub(crate) strength: f32,
}

/// The onset stage. Runs once a step, twice a hop.
pub(crate) struct OnsetDetector {
    fft: PowerFft,
    bands: Bands,
    powers: [f32; BANDS],
    /// Compressed band spectra of the last steps, newest last.
    spectra: [[f32; BANDS]; LAG + 1],
    /// Flux of the last steps, newest last.
    flux: [f32; HISTORY],
    peak: f32,
    steps_since: u32,
}

impl OnsetDetector {
    pub(crate) fn new(sample_rate: u32) -> Self {
        let fft = PowerFft::new(WINDOW_SEC, f64::from(sample_rate));
        let bands = Bands::new(&log_edges(40.0, 16_000.0, BANDS), fft.bin_hz(), fft.bins());
        Self {
            fft,
            bands,
            powers: [0.0; BANDS],
            spectra: [[0.0; BANDS]; LAG + 1],
            flux: [0.0; HISTORY],
            peak: PEAK_MIN,
            steps_since: STEPS_BETWEEN,
        }
    }

    /// Number of samples that [`step`](Self::step) needs.
    pub(crate) fn length(&self) -> usize {
        self.fft.length()
    }

    /// Takes the last samples up to `now` seconds.
    pub(crate) fn step(&mut self, samples: &[f32], now: f64) -> Option<FoundOnset> {
        self.bands.sums(self.fft.powers(samples), &mut self.powers);
        // The silence gate of this short window: that of the levels opens too late for the first hit.
        let rms = (self.powers.iter().sum::<f32>() * MEAN_SQUARE_PER_POWER).sqrt();
        let flux = self.superflux() * gate(rms);
        self.flux.copy_within(1.., 0);
        self.flux[HISTORY - 1] = flux;
        self.steps_since = (self.steps_since + 1).min(STEPS_BETWEEN);
        self.pick(now)
    }

    /// Mean rise per band.
    fn superflux(&mut self) -> f32 {
        let loudest = self.powers.iter().fold(0.0f32, |loudest, power| loudest.max(*power)).sqrt();
        self.peak = (self.peak * PEAK_DECAY_PER_STEP).max(loudest).max(PEAK_MIN);
        let per_knee = 1.0 / (KNEE * self.peak);
        self.spectra.rotate_left(1);
        let [past, .., now] = &mut self.spectra;
        let mut flux = 0.0;
        for band in 0..BANDS {
            now[band] = libm::log10f(1.0 + self.powers[band].sqrt() * per_knee);
            let widest = past[band].max(past[band.saturating_sub(1)]).max(past[(band + 1).min(BANDS - 1)]);
            flux += (now[band] - widest).max(0.0);
        }
        flux / BANDS as f32
    }

    fn pick(&mut self, now: f64) -> Option<FoundOnset> {
        let flux = self.flux[HISTORY - 1];
        let mean = self.flux[..MEAN_STEPS].iter().sum::<f32>() / MEAN_STEPS as f32;
        let is_peak = self.flux[HISTORY - MAXIMUM_STEPS..].iter().all(|earlier| flux >= *earlier);
        let found = is_peak && flux > mean + THRESHOLD && self.steps_since >= STEPS_BETWEEN;
        found.then(|| {
            self.steps_since = 0;
            FoundOnset { time: (now - DELAY_SEC).max(0.0), strength: (flux / FULL_STRENGTH).min(1.0) }
        })
    }

    /// The onset strength of the last step, 0..1.
    pub(crate) fn strength(&self) -> f32 {
        (self.flux[HISTORY - 1] / FULL_STRENGTH).min(1.0)
    }

    pub(crate) fn reset(&mut self) {
        self.spectra = [[0.0; BANDS]; LAG + 1];
        self.flux = [0.0; HISTORY];
        self.peak = PEAK_MIN;
        self.steps_since = STEPS_BETWEEN;
    }
}
