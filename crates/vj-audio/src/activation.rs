//! The beat activation: how much each hop looks like a beat, 0..1. Flux, and what the onset stage says.

/// Upper edges in Hz of the three flux bands: kick and bass, snare body and voices, hats and snare noise.
const BAND_EDGES_HZ: [f32; 4] = [20.0, 200.0, 2_000.0, 8_000.0];
/// What each band counts. Hats often play the "and": with more weight on them trackers lock half a beat off.
const BAND_WEIGHTS: [f32; 3] = [1.0, 1.0, 0.2];
/// Hops of the running mean that is taken off: 1 s.
const MEAN_PER_HOP: f32 = 0.01;
/// Decay of each band's reference peak per hop: it halves in 10 s, so that a breakdown's pads do not pass for
/// drums.
const PEAK_DECAY_PER_HOP: f32 = 0.999_3;
/// Flux that counts as full strength even when nothing louder was heard: keeps noise at the gate from filling
/// the range.
const PEAK_MIN: f32 = 0.02;
/// What the flux counts, what it counts more where the onset stage hears an onset, and what that counts by itself: soft onsets in
/// dense music leave little flux.
const FLUX_WEIGHT: f32 = 0.8;
const FLUX_OF_ONSET_WEIGHT: f32 = 0.4;
const ONSET_WEIGHT: f32 = 0.15;
/// State under this is exactly 0.
const TINY: f32 = 1e-9;

/// Flux of a square-root compressed spectrum in three bands, each over its running mean and under its recent
/// peak.
///
/// The square root stands between the linear spectrum, in which only the loudest instrument counts, and the
/// logarithm, in which every hat counts like a kick.
#[derive(Debug, Clone)]
pub(crate) struct BeatActivation {
    edges: [usize; 4],
    previous: Vec<f32>,
    mean: [f32; 3],
    peak: [f32; 3],
    flux: [f32; 3],
    gain: f32,
}

impl BeatActivation {
    pub(crate) fn new(bin_hz: f32, bins: usize) -> Self {
        let edges = BAND_EDGES_HZ.map(|hz| ((hz / bin_hz + 0.5) as usize).clamp(1, bins));
        Self {
            edges,
            previous: vec![0.0; edges[3]],
            mean: [0.0; 3],
            peak: [PEAK_MIN; 3],
            flux: [0.0; 3],
            // Flux is summed over bins: the bin width must not change what a given sound yields.
            gain: bin_hz / 21.5,
        }
    }

    /// Takes the powers of one hop, and how likely it has an onset; returns the activation 0..1.
    pub(crate) fn hop(&mut self, powers: &[f32], onset: f32, gate: f32) -> f32 {
        let mut flux_sum = 0.0;
        for (band, weight) in BAND_WEIGHTS.into_iter().enumerate() {
            let bins = self.edges[band]..self.edges[band + 1];
            let flux = self.gain * rise(&powers[bins.clone()], &mut self.previous[bins]);
            let above = (flux - self.mean[band]).max(0.0);
            self.mean[band] = settle(self.mean[band] + (flux - self.mean[band]) * MEAN_PER_HOP);
            self.peak[band] = (self.peak[band] * PEAK_DECAY_PER_HOP).max(above).max(PEAK_MIN);
            self.flux[band] = above / self.peak[band];
            flux_sum += weight * self.flux[band];
        }
        let flux = flux_sum / BAND_WEIGHTS.iter().sum::<f32>();
        gate * (flux * (FLUX_WEIGHT + FLUX_OF_ONSET_WEIGHT * onset) + ONSET_WEIGHT * onset).min(1.0)
    }

    /// The last hop's flux per band (low, mid, high), each 0..1 of its recent peak.
    pub(crate) fn flux(&self) -> [f32; 3] {
        self.flux
    }

    pub(crate) fn reset(&mut self) {
        self.previous.fill(0.0);
        self.mean = [0.0; 3];
        self.peak = [PEAK_MIN; 3];
        self.flux = [0.0; 3];
    }
}

fn settle(x: f32) -> f32 {
    if x < TINY { 0.0 } else { x }
}

/// Half-wave rectified change of the square roots of the magnitudes since the last call, summed; eight lanes
/// for the vectoriser.
fn rise(powers: &[f32], previous: &mut [f32]) -> f32 {
    let (chunks, rest) = powers.as_chunks::<8>();
    let (previous_chunks, previous_rest) = previous.as_chunks_mut::<8>();
    let mut lanes = [0.0f32; 8];
    for (now, before) in chunks.iter().zip(previous_chunks) {
        for lane in 0..8 {
            let root = now[lane].sqrt().sqrt();
            let change = root - before[lane];
            lanes[lane] += if change > 0.0 { change } else { 0.0 };
            before[lane] = root;
        }
    }
    let mut sum: f32 = lanes.iter().sum();
    for (now, before) in rest.iter().zip(previous_rest) {
        let root = now.sqrt().sqrt();
        sum += (root - *before).max(0.0);
        *before = root;
    }
    sum
}
