//! The 32-band display spectrum.

use crate::bands::log_edges;
use crate::fft::MEAN_SQUARE_PER_POWER;

/// Number of bands of the display spectrum.
pub const SPECTRUM_BANDS: usize = 32;

/// Lowest and highest edge in Hz.
const RANGE_HZ: (f64, f64) = (30.0, 16_000.0);
/// What the display spans, in dB below the loudest recent overall level.
const SPAN_DB: f32 = 54.0;
/// Tilt in dB per octave that brings the spectrum of music, which falls by 3 to 5 dB an octave, to about
/// level.
const TILT_DB_PER_OCTAVE: f32 = 2.5;
/// The spectrum falls by this share of the way per hop; it rises at once.
const RELEASE_PER_HOP: f32 = 0.15;
/// Values under this are exactly 0.
const VALUE_MIN: f32 = 1e-3;

/// Band edges in Hz: 32 bands spaced evenly on a logarithmic axis.
pub(crate) fn spectrum_edges_hz() -> Vec<f32> {
    log_edges(RANGE_HZ.0, RANGE_HZ.1, SPECTRUM_BANDS)
}

/// The spectrum stage: dB over the last seconds' ceiling, tilted, 0..1.
#[derive(Debug, Clone)]
pub(crate) struct DisplaySpectrum {
    values: [f32; SPECTRUM_BANDS],
    /// 10 log10 of what turns a sum of squared magnitudes into a mean square, plus the tilt, per band.
    offset_db: [f32; SPECTRUM_BANDS],
}

impl DisplaySpectrum {
    pub(crate) fn new() -> Self {
        let octaves_per_band = libm::log2(RANGE_HZ.1 / RANGE_HZ.0) as f32 / SPECTRUM_BANDS as f32;
        let base = 10.0 * libm::log10f(MEAN_SQUARE_PER_POWER) + SPAN_DB;
        Self {
            values: [0.0; SPECTRUM_BANDS],
            offset_db: std::array::from_fn(|band| base + TILT_DB_PER_OCTAVE * octaves_per_band * band as f32),
        }
    }

    /// Takes the sums of squared magnitudes per band, the loudest recent RMS and the state of the silence
    /// gate.
    pub(crate) fn hop(&mut self, powers: &[f32; SPECTRUM_BANDS], ceiling: f32, gate: f32) {
        const DB_PER_OCTAVE: f32 = 3.010_3;
        let per_ceiling = 1.0 / (ceiling * ceiling);
        for ((value, power), offset) in self.values.iter_mut().zip(powers).zip(&self.offset_db) {
            let db = DB_PER_OCTAVE * libm::log2f(power * per_ceiling + 1e-12) + offset;
            let target = gate * (db / SPAN_DB).clamp(0.0, 1.0);
            let next = if target >= *value { target } else { *value + (target - *value) * RELEASE_PER_HOP };
            *value = if next < VALUE_MIN { 0.0 } else { next };
        }
    }

    /// Magnitudes 0..1 per band, low to high.
    pub(crate) fn values(&self) -> &[f32; SPECTRUM_BANDS] {
        &self.values
    }

    pub(crate) fn reset(&mut self) {
        self.values = [0.0; SPECTRUM_BANDS];
    }
}
