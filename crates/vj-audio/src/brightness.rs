//! Brightness: the spectral centroid, 0..1.

/// Frequency that counts as 1. A fixed one: the same music must not get darker because it was sampled at a
/// higher rate. With it music lies between 0.03 (a sub-bass alone) and 0.5 (cymbals), and white noise at
/// about 1.
const FULL_HZ: f32 = 11_025.0;
/// Bins above this are left out, as many sources carry nothing there but noise.
const HIGHEST_HZ: f32 = 16_000.0;
/// Share of the way taken per hop: 200 ms.
const SMOOTHING_PER_HOP: f32 = 0.05;
/// Values under this are exactly 0.
const VALUE_MIN: f32 = 1e-5;

/// Centroid of the magnitude spectrum, normalised once and smoothed.
#[derive(Debug, Clone)]
pub(crate) struct Brightness {
    per_bin: f32,
    end: usize,
    value: f32,
}

impl Brightness {
    pub(crate) fn new(bin_hz: f32, bins: usize) -> Self {
        Self { per_bin: bin_hz / FULL_HZ, end: ((HIGHEST_HZ / bin_hz) as usize).min(bins), value: 0.0 }
    }

    /// Takes the powers of one hop. While the gate is closed the value fades.
    pub(crate) fn hop(&mut self, powers: &[f32], gate: f32) {
        let (mut weighted, mut total) = ([0.0f32; 8], [0.0f32; 8]);
        // The first chunk is left out: bin 0 and 1 hold the constant offset, and the rest of it hardly moves
        // a centroid.
        let (chunks, _) = powers[..self.end].as_chunks::<8>();
        for (i, chunk) in chunks.iter().enumerate().skip(1) {
            let first = (8 * i) as f32;
            for lane in 0..8 {
                let magnitude = chunk[lane].sqrt();
                weighted[lane] += magnitude * (first + lane as f32);
                total[lane] += magnitude;
            }
        }
        let total: f32 = total.iter().sum();
        let centroid = if total > 0.0 { weighted.iter().sum::<f32>() / total * self.per_bin } else { 0.0 };
        let target = gate * centroid.clamp(0.0, 1.0);
        let next = self.value + (target - self.value) * SMOOTHING_PER_HOP;
        self.value = if next < VALUE_MIN { 0.0 } else { next };
    }

    /// 0..1.
    pub(crate) fn value(&self) -> f32 {
        self.value
    }

    pub(crate) fn reset(&mut self) {
        self.value = 0.0;
    }
}
