//! What comes out: one frame per tick.

use crate::event::{Beat, Onsets, StructureChanges};
use crate::levels::LEVEL_BANDS;
use crate::spectrum::SPECTRUM_BANDS;

/// Everything that a listener is told at one tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureFrame {
    /// Number of the tick, from 1: tick `n` stands at sample `n * sample_rate / 60`, rounded down.
    pub tick: u64,
    /// The tick's sample position over the sample rate, in seconds. Nothing after it was looked at.
    pub time_sec: f64,
    /// Sub-bass, bass, low mid, mid, high mid, presence, air; each 0..1.
    pub levels: [f32; LEVEL_BANDS],
    /// Overall level 0..1.
    pub rms: f32,
    /// Log-spaced magnitudes 0..1, low to high; `None` while switched off.
    pub spectrum: Option<[f32; SPECTRUM_BANDS]>,
    /// True on the tick that announces a beat.
    pub beat: bool,
    /// Strongest onset strength since the last tick, 0..1.
    pub onset_strength: f32,
    /// How sure it is that a kick was hit since the last tick, 0..1; 0 = none.
    pub kick: f32,
    /// The same for a snare or a clap.
    pub snare: f32,
    /// The same for a hat or a cymbal.
    pub hat: f32,
    /// Position in the beat, 0 (on it) to just under 1.
    pub beat_phase: f32,
    /// Number of the running beat in its bar, 1..=4.
    pub beat_in_bar: u8,
    /// Bars begun since the start of the stream.
    pub bars: u32,
    /// Tempo in BPM, 0 = none yet.
    pub tempo_bpm: f32,
    /// 0..1.
    pub tempo_confidence: f32,
    /// True once a second, and at once when the tempo has changed by more than 1 % since it was last due.
    pub tempo_due: bool,
    /// Pitch in Hz, 0 = unvoiced or switched off.
    pub pitch_hz: f32,
    /// 0..1.
    pub pitch_confidence: f32,
    /// True while tension builds up.
    pub build_up: bool,
    /// True for some seconds from a drop on.
    pub drop: bool,
    /// True while bass and drums are away; no longer once tension builds up.
    pub breakdown: bool,
    /// How sure the analyser is of a build-up, 0..1. The flag follows it with hysteresis.
    pub build_up_confidence: f32,
    /// The same for a breakdown; it may stay up through a build-up, while the flag is down.
    pub breakdown_confidence: f32,
    /// How sure it was of the drop that is on, 0..1; 0 = none is.
    pub drop_confidence: f32,
    /// Where the loudness is heading, -1..1.
    pub energy_trend: f32,
    /// Spectral centroid, 0..1.
    pub brightness: f32,
    /// True ten times a second, and at once when the build-up or drop flag has changed.
    pub structure_due: bool,
    /// The beat announced on this tick.
    pub beat_event: Option<Beat>,
    /// Onsets since the last tick.
    pub onsets: Onsets,
    /// Structure changes since the last tick.
    pub structure: StructureChanges,
}

impl FeatureFrame {
    /// What is told when nothing was ever heard.
    pub(crate) fn neutral() -> Self {
        Self {
            tick: 0,
            time_sec: 0.0,
            levels: [0.0; LEVEL_BANDS],
            rms: 0.0,
            spectrum: None,
            beat: false,
            onset_strength: 0.0,
            kick: 0.0,
            snare: 0.0,
            hat: 0.0,
            beat_phase: 0.0,
            beat_in_bar: 1,
            bars: 0,
            tempo_bpm: 0.0,
            tempo_confidence: 0.0,
            tempo_due: false,
            pitch_hz: 0.0,
            pitch_confidence: 0.0,
            build_up: false,
            drop: false,
            breakdown: false,
            build_up_confidence: 0.0,
            breakdown_confidence: 0.0,
            drop_confidence: 0.0,
            energy_trend: 0.0,
            brightness: 0.0,
            structure_due: false,
            beat_event: None,
            onsets: Onsets::default(),
            structure: StructureChanges::default(),
        }
    }

    /// True when something is told that happened only once.
    pub(crate) fn tells_events(&self) -> bool {
        self.beat
            || self.onset_strength > 0.0
            || self.kick + self.snare + self.hat > 0.0
            || !self.onsets.is_empty()
            || !self.structure.is_empty()
    }

    /// The downbeat announced on this tick.
    pub fn downbeat(&self) -> Option<Beat> {
        self.beat_event.filter(|beat| beat.beat_in_bar == 1)
    }
}
