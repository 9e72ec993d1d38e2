//! What the networks see of a sound, for their training (`tools/ears`): not part of the interface.

use crate::bar_pointer::BarPointer;
use crate::beat::BeatTracker;
use crate::clock::SampleGrid;
use crate::limits::{STEPS_PER_SECOND, TICKS_PER_SECOND};
use crate::stages::{Stages, Step};
use crate::{AnalyzerConfig, FeatureFrame};

/// Steps from one row of the networks of build-up and breakdown to the next: 0.1 s.
const STEPS_PER_SECTION_ROW: u64 = 20;

/// What the networks see of one sound.
#[derive(Debug, Default)]
pub struct TrainingRows {
    /// For each beat as it was told: its time and the period before it in seconds, the cells of [the quarters of the way to
    /// it](crate), and the changes of harmony at the second beat before it, 0 where they were not known yet.
    pub beats: Vec<Vec<f32>>,
    /// For each tenth of a second the inputs of the networks of build-up and breakdown.
    pub sections: Vec<Vec<f32>>,
}

/// How the beat tracker is made to err, as the octave judge has to notice.
#[derive(Debug, Clone, Copy, Default)]
pub enum Pulse {
    /// Not at all.
    #[default]
    AsHeard,
    /// Between octaves it prefers those around this tempo in BPM.
    Around(f32),
    /// It hears none but near this tempo in BPM.
    Near(f32),
}

/// Listens to `sound` (mono, at `sample_rate` Hz) with the octave judge switched off.
#[must_use]
pub fn rows(sample_rate: u32, sound: &[f32], pulse: Pulse) -> TrainingRows {
    let config = AnalyzerConfig::default();
    let grid = SampleGrid::new(sample_rate, STEPS_PER_SECOND);
    let mut stages = Stages::new(sample_rate, &grid, &config);
    stages.is_octave_judged = false;
    match pulse {
        Pulse::AsHeard => {}
        Pulse::Around(bpm) => stages.beats = BeatTracker::with_model(BarPointer::new(bpm)),
        Pulse::Near(bpm) => stages.beats = BeatTracker::with_model(BarPointer::held_near(bpm)),
    }
    let mut rows = TrainingRows::default();
    let mut ticks = 0;
    let mut frame = FeatureFrame::neutral();
    for number in 1.. {
        if grid.position(number) > sound.len() as u64 {
            break;
        }
        let position = grid.position(number - 1);
        let now = number as f64 / f64::from(STEPS_PER_SECOND);
        let samples = &sound[position as usize..grid.position(number) as usize];
        stages.step(Step { number, position, now }, samples, &config);
        if let Some(beat) = stages.heard.take() {
            let changes = beat.evidence.unwrap_or_default().changes;
            let times = [beat.time as f32, beat.period as f32];
            rows.beats.push([&times, beat.cells.as_flattened(), &changes].concat());
        }
        if number.is_multiple_of(STEPS_PER_SECTION_ROW) {
            rows.sections.push(stages.structure.inputs().to_vec());
        }
        let tick = |ticks: u64| ticks as f64 / f64::from(TICKS_PER_SECOND);
        while tick(ticks + 1) <= now {
            ticks += 1;
            stages.fill(&mut frame, &config, tick(ticks), tick(ticks + 1));
        }
    }
    rows
}
