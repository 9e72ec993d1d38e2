//! The last bars laid over each other: what the beats of a bar have in common.

use crate::bar::BEATS_PER_BAR;
use crate::beat_listener::{Cells, QUARTERS, SIGNALS};

/// Numbers that a network sees of a fold.
pub(crate) const FOLD_INPUTS: usize = BEATS_PER_BAR * QUARTERS * SIGNALS + SIGNALS;
/// Signals that are weaker than this everywhere are not made as strong as others.
const SIGNAL_MIN: f32 = 0.1;

/// The cells of the last bars laid over each other: a mean for each beat of four.
#[derive(Debug, Clone)]
pub(crate) struct BeatFold {
    sums: [Cells; BEATS_PER_BAR],
    weights: [f32; BEATS_PER_BAR],
    forget_per_beat: f32,
}

impl BeatFold {
    /// Nothing yet; each beat takes `1 - forget_per_beat` of the weight of those before it.
    pub(crate) fn new(forget_per_beat: f32) -> Self {
        Self { sums: [Cells::default(); BEATS_PER_BAR], weights: [0.0; BEATS_PER_BAR], forget_per_beat }
    }

    /// Adds a beat of this class (its number modulo 4).
    pub(crate) fn add(&mut self, class: usize, cells: &Cells) {
        let forget = self.forget_per_beat;
        self.sums.as_flattened_mut().as_flattened_mut().iter_mut().for_each(|sum| *sum *= forget);
        self.weights.iter_mut().for_each(|weight| *weight *= forget);
        self.weights[class] += 1.0;
        for (sum, cell) in self.sums[class].as_flattened_mut().iter_mut().zip(cells.as_flattened()) {
            *sum += cell;
        }
    }

    /// What a network sees when the class `first` is taken for the first: the means, each signal against its own strongest,
    /// and then how strong that is.
    pub(crate) fn inputs(&self, first: usize, inputs: &mut [f32]) {
        let (means, strongest) = inputs.split_at_mut(FOLD_INPUTS - SIGNALS);
        strongest.fill(0.0);
        for (place, means) in means.chunks_exact_mut(QUARTERS * SIGNALS).enumerate() {
            let class = (first + place) % BEATS_PER_BAR;
            let per_weight = 1.0 / self.weights[class].max(1e-6);
            for (at, (mean, sum)) in means.iter_mut().zip(self.sums[class].as_flattened()).enumerate() {
                *mean = sum * per_weight;
                strongest[at % SIGNALS] = strongest[at % SIGNALS].max(*mean);
            }
        }
        for (at, mean) in means.iter_mut().enumerate() {
            *mean /= strongest[at % SIGNALS] + SIGNAL_MIN;
        }
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.forget_per_beat);
    }
}
