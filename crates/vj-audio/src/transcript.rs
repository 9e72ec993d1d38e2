//! A whole file's worth of frames as the one JSON document that `vj analyze --json` prints.

use serde::Serialize;

use crate::event::{Beat, Onset};
use crate::frame::FeatureFrame;
use crate::structure::Section;

/// A section with both ends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SectionSpan {
    /// `buildup`, `drop` or `breakdown`.
    #[serde(rename = "type")]
    pub section: Section,
    /// In seconds.
    pub start: f64,
    /// In seconds; the end of the file if it was still on.
    pub end: f64,
    /// When a live listener is told of its start, in seconds.
    pub announced_at: f64,
}

/// Collects frames. All times are in seconds from the start of the stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transcript {
    /// Length of the sound.
    pub duration_sec: f64,
    /// In Hz.
    pub sample_rate: u32,
    /// The last tempo that was known, in BPM; 0 = never any.
    pub tempo_bpm: f32,
    /// `[time, BPM]` each time the tempo was due and known.
    pub tempo_curve: Vec<(f64, f32)>,
    /// All beats.
    pub beats: Vec<Beat>,
    /// Times of the first beats of bars.
    pub downbeats: Vec<f64>,
    /// All onsets.
    pub onsets: Vec<Onset>,
    /// `[time, Hz, confidence]` of each tick; 0 Hz = unvoiced.
    pub pitch: Vec<(f64, f32, f32)>,
    /// All sections, by announcement.
    pub structure: Vec<SectionSpan>,
    /// Number of frames (ticks).
    pub frames: u64,
    /// Wall time that the analysis took, as told to [`finish`](Self::finish).
    pub elapsed_sec: f64,
    /// Which of `structure` are still on.
    #[serde(skip)]
    open: Vec<usize>,
}

impl Transcript {
    /// An empty transcript of a stream at `sample_rate` Hz.
    pub fn new(sample_rate: u32) -> Self {
        Self {
            duration_sec: 0.0,
            sample_rate,
            tempo_bpm: 0.0,
            tempo_curve: Vec::new(),
            beats: Vec::new(),
            downbeats: Vec::new(),
            onsets: Vec::new(),
            pitch: Vec::new(),
            structure: Vec::new(),
            frames: 0,
            elapsed_sec: 0.0,
            open: Vec::new(),
        }
    }

    /// Takes the next frame.
    pub fn push(&mut self, frame: &FeatureFrame) {
        self.frames += 1;
        if frame.tempo_bpm > 0.0 {
            self.tempo_bpm = frame.tempo_bpm;
            if frame.tempo_due {
                self.tempo_curve.push((frame.time_sec, frame.tempo_bpm));
            }
        }
        self.beats.extend(frame.beat_event);
        self.downbeats.extend(frame.downbeat().map(|beat| beat.time));
        self.onsets.extend(frame.onsets.iter());
        self.pitch.push((frame.time_sec, frame.pitch_hz, frame.pitch_confidence));
        for change in frame.structure.iter() {
            if change.begins {
                self.open.push(self.structure.len());
                self.structure.push(SectionSpan {
                    section: change.section,
                    start: change.time,
                    end: change.time,
                    announced_at: change.announced_at,
                });
            } else if let Some(at) =
                self.open.iter().position(|open| self.structure[*open].section == change.section)
            {
                let open = self.open.remove(at);
                self.structure[open].end = change.time;
            }
        }
    }

    /// Closes the transcript of a stream that lasted `duration_sec` and took `elapsed_sec` to analyse.
    pub fn finish(mut self, duration_sec: f64, elapsed_sec: f64) -> Self {
        for open in std::mem::take(&mut self.open) {
            self.structure[open].end = duration_sec;
        }
        self.duration_sec = duration_sec;
        self.elapsed_sec = elapsed_sec;
        self
    }
}
