//! Frequency bands: sums over bins of a power spectrum.

use std::ops::Range;

/// Adjacent bands with hard edges in Hz over the bins of one FFT.
///
/// A bin counts as a rectangle of one bin's width around its centre, and a band takes that share of it which
/// it covers: a band narrower than a bin still gets its part, and neighbouring bands never count a bin twice.
#[derive(Debug, Clone)]
pub(crate) struct Bands {
    /// Bins and the range of their weights, per band. Empty for a band beyond the Nyquist frequency.
    spans: Vec<(Range<usize>, Range<usize>)>,
    weights: Vec<f32>,
}

impl Bands {
    /// Bands between neighbouring `edges_hz` (ascending) over `bins` bins that stand `bin_hz` apart.
    pub(crate) fn new(edges_hz: &[f32], bin_hz: f32, bins: usize) -> Self {
        let mut spans = Vec::with_capacity(edges_hz.len());
        let mut weights = Vec::new();
        for edge in edges_hz.windows(2) {
            let (low, high) = (edge[0] / bin_hz, edge[1] / bin_hz);
            let share = |bin: usize| (high.min(bin as f32 + 0.5) - low.max(bin as f32 - 0.5)).max(0.0);
            // Bin 0 and 1 hold what a constant offset leaks into: never part of a band unless it lies there
            // wholly.
            let first = (libm::floorf(low + 0.5) as usize).min(bins);
            let end = (libm::floorf(high + 0.5) as usize + 1).clamp(first, bins);
            let start = weights.len();
            weights.extend((first..end).map(share));
            spans.push((first..end, start..weights.len()));
        }
        Self { spans, weights }
    }

    /// Number of bands.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Sum over the powers of the bins in each band.
    pub(crate) fn sums(&self, powers: &[f32], sums: &mut [f32]) {
        for ((bins, weights), sum) in self.spans.iter().zip(sums) {
            *sum = dot(&powers[bins.clone()], &self.weights[weights.clone()]);
        }
    }
}

/// Inner product in eight lanes, so that the compiler can vectorise it without reordering a sum on its own.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    let mut lanes = [0.0f32; 8];
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let tail: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f32>() + tail
}

/// `count + 1` edges spaced evenly on a logarithmic frequency axis.
pub(crate) fn log_edges(low_hz: f64, high_hz: f64, count: usize) -> Vec<f32> {
    (0..=count).map(|i| (low_hz * libm::pow(high_hz / low_hz, i as f64 / count as f64)) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::{Bands, log_edges};

    #[test]
    fn bands_share_bins_without_counting_any_twice() {
        let bands = Bands::new(&[100.0, 130.0, 135.0, 500.0], 21.5, 64);
        let mut powers = [0.0; 3];
        bands.sums(&[1.0; 64], &mut powers);
        let bins = powers.map(|p| p * 21.5);
        assert!(
            (bins[0] - 30.0).abs() < 1e-3 && (bins[1] - 5.0).abs() < 1e-3 && (bins[2] - 365.0).abs() < 1e-2
        );
    }

    #[test]
    fn a_band_beyond_nyquist_is_silent() {
        let bands = Bands::new(&[6_000.0, 20_000.0], 20.0, 201);
        let mut powers = [1.0];
        bands.sums(&[1.0; 201], &mut powers);
        assert_eq!(powers, [0.0]);
        assert_eq!(log_edges(100.0, 400.0, 2), [100.0, 200.0, 400.0]);
    }
}
