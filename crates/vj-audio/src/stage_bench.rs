//! Single stages for the benchmark: not part of the interface.

use std::hint::black_box;

use crate::levels::Hearing;
use crate::limits::HOP_SEC;
use crate::stages::{Stages, Step};
use crate::{AnalyzerConfig, clock::SampleGrid, limits::STEPS_PER_SECOND, section_evidence::SectionInput};

/// The stages, warmed up on some sound, each callable on its own.
pub struct StageBench {
    stages: Stages,
    hop: u64,
}

impl StageBench {
    /// Stages that have heard `sound` at `sample_rate` Hz.
    pub fn new(sample_rate: u32, sound: &[f32]) -> Self {
        let grid = SampleGrid::new(sample_rate, STEPS_PER_SECOND);
        let mut stages = Stages::new(sample_rate, &grid, &AnalyzerConfig::default());
        let mut number = 1;
        while grid.position(number) <= sound.len() as u64 {
            let position = grid.position(number - 1);
            let now = number as f64 / f64::from(STEPS_PER_SECOND);
            let samples = &sound[position as usize..grid.position(number) as usize];
            stages.step(Step { number, position, now }, samples, &AnalyzerConfig::default());
            number += 1;
        }
        Self { stages, hop: number / 2 }
    }

    fn now(&mut self) -> f64 {
        self.hop += 1;
        self.hop as f64 * HOP_SEC
    }

    /// The 46 ms spectrum.
    pub fn main_fft(&mut self) {
        let length = self.stages.main_fft.length();
        black_box(self.stages.main_fft.powers(self.stages.history.last(length)));
    }

    /// The 93 ms spectrum of the low-rate stream.
    pub fn low_fft(&mut self) {
        let length = self.stages.low_fft.length();
        black_box(self.stages.low_fft.powers(self.stages.low_history.last(length)));
    }

    /// Band powers and levels.
    pub fn levels(&mut self) {
        let powers = self.stages.level_powers();
        self.stages.levels.hop(black_box(&powers));
    }

    /// The display spectrum.
    pub fn spectrum(&mut self) {
        let powers = self.stages.spectrum_powers();
        self.stages.spectrum.hop(black_box(&powers), 0.2, 1.0);
    }

    /// One step (half a hop) of the onset stage.
    pub fn onset_step(&mut self) {
        let now = self.now();
        let length = self.stages.onsets.length();
        black_box(self.stages.onsets.step(self.stages.history.last(length), now, Hearing::USUAL));
    }

    /// The beat activation.
    pub fn activation(&mut self) {
        black_box(self.stages.activation.hop(self.stages.main_fft.last(), 0.5, 1.0));
    }

    /// Bar pointer and beat tracker, on an activation that peaks twice a second.
    pub fn beats(&mut self) {
        let now = self.now();
        let activation = if self.hop.is_multiple_of(50) { 0.8 } else { 0.05 };
        self.stages.beats.hop(activation, 1.0, now);
    }

    /// The pitch tracker.
    pub fn pitch(&mut self) {
        self.stages.pitch.hop(self.stages.main_fft.last(), 1.0);
    }

    /// The centroid.
    pub fn brightness(&mut self) {
        self.stages.brightness.hop(self.stages.main_fft.last(), 1.0);
    }

    /// The structure tracker.
    pub fn structure(&mut self) {
        let now = self.now();
        let input = SectionInput { bass: 0.1, middle: 0.02, upper: 0.01, hits: [0; 3], gate: 1.0 };
        self.stages.structure.hop(self.hop, input, now, |section, begins, time| {
            black_box((section, begins, time));
        });
    }
}
