//! Onsets: the starts of notes and hits, and which drum they are, told within a tick or two.
//!
//! A 23 ms window, transformed every 5 ms, becomes a band spectrum on a logarithmic scale under its own recent peak. A
//! small network looks at that spectrum and its last 90 ms and says how likely it is that a hit has just begun: of any
//! kind, a kick, a snare, a hat. Peaks are picked online after Boeck, Krebs and Schedl (ISMIR 2012), who use a network
//! too, though one of a hundred times the cost. The window leans to its newest end and stands apart from the long one of
//! the beat stage: a causal symmetric 46 ms frame would tell every onset 25 ms late.
//!
//! In a dense mix the network hears hits that spectral flux (SuperFlux; Boeck and Widmer, DAFx 2013) misses among
//! guitars, and is not taken in by the beating of detuned saws, which flux takes for a row of attacks. What it was trained
//! on, and by how much it is better, stands in `weights/README.md`.

use crate::bands::{Bands, log_edges};
use crate::fft::{MEAN_SQUARE_PER_POWER, PowerFft, leaning};
use crate::levels::Hearing;
use crate::net::{Net, probability};

/// Window in seconds.
const WINDOW_SEC: f64 = 1_024.0 / 44_100.0;
/// Where the window peaks, as a share of its length: a sound weighs fully 5 ms after it began.
const WINDOW_PEAK: f64 = 0.8;
/// Bands between 40 Hz and 16 kHz, about three an octave: finer ones would be narrower than a bin in the
/// low half.
const BANDS: usize = 28;
/// Amplitude (relative to the recent peak) at which the compression turns from linear to logarithmic: -50 dB.
const KNEE: f32 = 0.003;
/// The reference peak halves in about 4 s.
const PEAK_DECAY_PER_STEP: f32 = 0.999_13;
/// The reference peak never falls below this band amplitude.
const PEAK_MIN: f32 = 0.003;

/// The spectra that the network sees, in steps before the newest: dense over the attack, then wider, up to 90 ms.
const LAGS: [usize; 9] = [0, 1, 2, 3, 4, 6, 8, 12, 18];
const SPECTRA: usize = LAGS[LAGS.len() - 1] + 1;
/// Inputs, hidden units, outputs.
const SIZES: [usize; 4] = [LAGS.len() * BANDS, 32, 16, DRUMS + 1];
const WEIGHTS: &[u8] = include_bytes!("weights/onset.bin");
/// Kick, snare (and clap), hat (and cymbals).
pub(crate) const DRUMS: usize = 3;

/// The logit from which on a step is an onset: where precision and recall balance on songs kept out of the training.
const THRESHOLD: f32 = 1.5;
/// The same for each drum: here what counts is not to take one for another.
const DRUM_THRESHOLD: f32 = 0.5;
/// Two onsets lie at least this many steps apart (30 ms).
const STEPS_BETWEEN: u32 = 6;
/// From the moment at which an onset is found back to the attack.
const DELAY_SEC: f64 = 0.006_5;
/// The strength is the rise of the spectrum over this many steps (10 ms) ...
const RISE_STEPS: usize = 2;
/// ... as a mean per band, where this much counts as full.
const FULL_STRENGTH: f32 = 0.6;
/// What rises by less is no onset, whatever the network says.
const STRENGTH_MIN: f32 = 0.01;

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
    /// Compressed band spectra of the last steps, newest first.
    spectra: [[f32; BANDS]; SPECTRA],
    net: Net,
    inputs: [f32; SIZES[0]],
    peak: f32,
    /// Rise of the last step, 0..1.
    strength: f32,
    drums: [f32; DRUMS],
    likely: [f32; DRUMS + 1],
    steps_since: u32,
    drum_steps_since: [u32; DRUMS],
}

impl OnsetDetector {
    pub(crate) fn new(sample_rate: u32) -> Self {
        let fft = PowerFft::with_window(WINDOW_SEC, f64::from(sample_rate), |n| leaning(n, WINDOW_PEAK));
        let bands = Bands::new(&log_edges(40.0, 16_000.0, BANDS), fft.bin_hz(), fft.bins());
        Self {
            fft,
            bands,
            powers: [0.0; BANDS],
            spectra: [[0.0; BANDS]; SPECTRA],
            net: Net::from_bytes(&SIZES, WEIGHTS),
            inputs: [0.0; SIZES[0]],
            peak: PEAK_MIN,
            strength: 0.0,
            drums: [0.0; DRUMS],
            likely: [0.0; DRUMS + 1],
            steps_since: STEPS_BETWEEN,
            drum_steps_since: [STEPS_BETWEEN; DRUMS],
        }
    }

    /// Number of samples that [`step`](Self::step) needs.
    pub(crate) fn length(&self) -> usize {
        self.fft.length()
    }

    /// Takes the last samples up to `now` seconds.
    pub(crate) fn step(&mut self, samples: &[f32], now: f64, hearing: Hearing) -> Option<FoundOnset> {
        self.bands.sums(self.fft.powers(samples), &mut self.powers);
        // The silence gate of this short window: that of the levels opens too late for the first hit.
        let rms = (self.powers.iter().sum::<f32>() * MEAN_SQUARE_PER_POWER).sqrt();
        let gate = hearing.gate(rms);
        self.compress();
        self.strength = (gate * self.rise() / FULL_STRENGTH).min(1.0);
        self.steps_since = (self.steps_since + 1).min(STEPS_BETWEEN);
        self.drums = [0.0; DRUMS];
        self.likely = [0.0; DRUMS + 1];
        self.drum_steps_since.iter_mut().for_each(|steps| *steps = (*steps + 1).min(STEPS_BETWEEN));
        if gate <= 0.0 {
            return None;
        }
        let logits = self.logits();
        self.likely = logits.map(|logit| gate * probability(logit));
        for drum in 0..DRUMS {
            let confidence = self.likely[1 + drum];
            if confidence >= DRUM_THRESHOLD && self.drum_steps_since[drum] >= STEPS_BETWEEN {
                self.drum_steps_since[drum] = 0;
                self.drums[drum] = confidence;
            }
        }
        if logits[0] < THRESHOLD || self.strength <= STRENGTH_MIN || self.steps_since < STEPS_BETWEEN {
            return None;
        }
        self.steps_since = 0;
        Some(FoundOnset { time: (now - DELAY_SEC).max(0.0), strength: self.strength })
    }

    /// The newest spectrum: logarithms of the band amplitudes over the recent peak.
    fn compress(&mut self) {
        let loudest = self.powers.iter().fold(0.0f32, |loudest, power| loudest.max(*power)).sqrt();
        self.peak = (self.peak * PEAK_DECAY_PER_STEP).max(loudest).max(PEAK_MIN);
        let per_knee = 1.0 / (KNEE * self.peak);
        self.spectra.rotate_right(1);
        for (now, power) in self.spectra[0].iter_mut().zip(&self.powers) {
            *now = libm::log10f(1.0 + power.sqrt() * per_knee);
        }
    }

    /// Mean rise per band over the last steps, each band compared with the greatest of its neighbours so that vibrato and
    /// glides count for nothing: the flux of SuperFlux.
    fn rise(&self) -> f32 {
        let (now, past) = (&self.spectra[0], &self.spectra[RISE_STEPS]);
        let rise = |band: usize| {
            let widest = past[band].max(past[band.saturating_sub(1)]).max(past[(band + 1).min(BANDS - 1)]);
            (now[band] - widest).max(0.0)
        };
        (0..BANDS).map(rise).sum::<f32>() / BANDS as f32
    }

    fn logits(&mut self) -> [f32; DRUMS + 1] {
        for (inputs, lag) in self.inputs.as_chunks_mut::<BANDS>().0.iter_mut().zip(LAGS) {
            *inputs = self.spectra[lag];
        }
        self.net.run(&self.inputs)
    }

    /// The onset strength of the last step, 0..1.
    pub(crate) fn strength(&self) -> f32 {
        self.strength
    }

    /// How likely an onset, a kick, a snare and a hat are at the last step, 0..1.
    pub(crate) fn likely(&self) -> [f32; DRUMS + 1] {
        self.likely
    }

    /// The kick, snare and hat found at the last step: how sure each is, 0..1; 0 = none.
    pub(crate) fn drums(&self) -> [f32; DRUMS] {
        self.drums
    }

    pub(crate) fn reset(&mut self) {
        self.spectra = [[0.0; BANDS]; SPECTRA];
        self.peak = PEAK_MIN;
        self.strength = 0.0;
        self.drums = [0.0; DRUMS];
        self.likely = [0.0; DRUMS + 1];
        self.steps_since = STEPS_BETWEEN;
        self.drum_steps_since = [STEPS_BETWEEN; DRUMS];
    }
}
