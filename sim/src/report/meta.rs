//! What a report is told beside the two logs.

use serde::Deserialize;

use crate::checkers::Violation;
use crate::compare::Comparison;

/// What a report is told beside the two logs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReportMeta {
    /// Title of the set or name of the scenario.
    pub title: String,
    /// From which everything random was drawn.
    pub seed: u64,
    /// How long the set is, in seconds.
    pub duration_sec: f64,
    /// Name of the audio file, if there was one.
    pub audio: Option<String>,
    /// When the first sample was heard, in seconds since the start of the run.
    pub audio_starts_sec: f64,
    /// What is known about the sound, as `truth.json` beside it has it.
    pub truth: Option<Truth>,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// Faults that were planned and struck nobody, in words.
    pub missed: Vec<String>,
    /// How what was sent stands beside what is expected, if somebody has compared it.
    pub comparison: Option<Comparison>,
}

/// What is known about the sound of a set. All times are in seconds from the start of the file; what is not known is empty.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Truth {
    /// The tracks, as played.
    pub tracks: Vec<TruthTrack>,
    /// Breakdowns, build-ups and drops.
    pub structure: Vec<TruthSection>,
    /// Times of all beats, ascending.
    pub beats: Vec<f64>,
    /// Time and tempo in BPM, ascending; a tempo counts until the next entry.
    pub tempo_curve: Vec<(f64, f64)>,
}

/// One track of a set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TruthTrack {
    /// Its title.
    pub title: String,
    /// Whose it is.
    #[serde(default)]
    pub artist: String,
    /// In seconds.
    pub start: f64,
    /// In seconds.
    pub end: f64,
}

/// One section of a set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TruthSection {
    /// `breakdown`, `buildup` or `drop`.
    #[serde(rename = "type")]
    pub kind: String,
    /// In seconds.
    pub start: f64,
    /// In seconds.
    pub end: f64,
}

impl Truth {
    /// The same, in seconds since the start of the run.
    #[must_use]
    pub fn shifted(&self, by_sec: f64) -> Self {
        let mut truth = self.clone();
        truth.tracks.iter_mut().for_each(|track| {
            track.start += by_sec;
            track.end += by_sec;
        });
        truth.structure.iter_mut().for_each(|section| {
            section.start += by_sec;
            section.end += by_sec;
        });
        truth.beats.iter_mut().for_each(|beat| *beat += by_sec);
        truth.tempo_curve.iter_mut().for_each(|(t, _)| *t += by_sec);
        truth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_beside_a_set_is_read_and_further_keys_are_left_alone() {
        let text = r#"{"name": "n", "duration": 4.0, "tracks": [{"title": "a", "artist": "b", "start": 1.0, "end": 3.0, "bpm": 120.0}],
            "structure": [{"type": "drop", "start": 1.0, "end": 2.0}], "beats": [1.0, 1.5], "tempo_curve": [[1.0, 120.0]]}"#;
        let truth: Truth = serde_json::from_str(text).unwrap();
        let shifted = truth.shifted(0.5);
        assert_eq!((shifted.tracks[0].start, shifted.tracks[0].end), (1.5, 3.5));
        assert_eq!((shifted.structure[0].kind.as_str(), shifted.structure[0].end), ("drop", 2.5));
        assert_eq!((shifted.beats, shifted.tempo_curve), (vec![1.5, 2.0], vec![(1.5, 120.0)]));
    }
}
