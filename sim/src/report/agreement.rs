//! How far the analysis agrees with what is known about the sound.

use serde::Serialize;

use super::meta::Truth;
use super::music::{Music, Section, SectionKind};
use super::units::coarse;

/// A beat counts as found within 70 ms: the tolerance of the MIREX beat-tracking task.
const BEAT_TOLERANCE_SEC: f64 = 0.07;
/// A tempo counts as right within 4 %: the tolerance of the MIREX tempo task.
const TEMPO_TOLERANCE: f64 = 0.04;
/// A drop counts as found when the visuals were told of it within this time ...
const DROP_LATE_SEC: f64 = 2.0;
/// ... and not earlier than this: the first note may sound a little before the bar.
const DROP_EARLY_SEC: f64 = 0.25;

/// How far the analysis agrees with the truth; where the truth is silent there is nothing to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// Beats of the truth.
    pub beats: usize,
    /// Those told within 70 ms, each by a beat of its own.
    pub beats_found: usize,
    /// F-measure of the beats, 0..1: the harmonic mean of the share found and the share of told beats that were right.
    pub beats_f_measure: f64,
    /// Tempo messages during known tempi.
    pub tempo_messages: usize,
    /// Those within 4 % of the known tempo.
    pub tempo_right: usize,
    /// Drops of the truth.
    pub drops: usize,
    /// Those told within 2 s.
    pub drops_found: usize,
}

impl Agreement {
    /// Compares what was told with the truth; both in seconds since the start of the run.
    pub(super) fn of(music: &Music, truth: &Truth) -> Self {
        let beats_found = matches(&truth.beats, &music.beats);
        let all_beats = truth.beats.len() + music.beats.len();
        let tempo: Vec<bool> = music.tempo.iter().filter_map(|told| tempo_is_right(*told, truth)).collect();
        let drops: Vec<f64> = truth
            .structure
            .iter()
            .filter(|section| section.kind == "drop")
            .map(|section| section.start)
            .collect();
        Self {
            beats: truth.beats.len(),
            beats_found,
            beats_f_measure: if all_beats == 0 {
                0.0
            } else {
                coarse(2.0 * beats_found as f64 / all_beats as f64)
            },
            tempo_messages: tempo.len(),
            tempo_right: tempo.iter().filter(|right| **right).count(),
            drops: drops.len(),
            drops_found: drops.iter().filter(|start| drop_was_told(**start, &music.structure)).count(),
        }
    }
}

/// How many of `known` have a partner among `told`, one to one; both ascending.
fn matches(known: &[f64], told: &[f64]) -> usize {
    let (mut of_known, mut of_told, mut found) = (0, 0, 0);
    while let (Some(known), Some(told)) = (known.get(of_known), told.get(of_told)) {
        if (known - told).abs() <= BEAT_TOLERANCE_SEC {
            found += 1;
        }
        of_known += usize::from(*known <= told + BEAT_TOLERANCE_SEC);
        of_told += usize::from(*told <= known + BEAT_TOLERANCE_SEC);
    }
    found
}

/// None while no tempo is known: before the first track, and in the silence after a track's end.
fn tempo_is_right((t, bpm): (f64, f64), truth: &Truth) -> Option<bool> {
    let playing =
        truth.tracks.is_empty() || truth.tracks.iter().any(|track| (track.start..track.end).contains(&t));
    let begun = truth.tempo_curve.partition_point(|(from, _)| *from <= t);
    let (_, known) = truth.tempo_curve[..begun].last().filter(|_| playing)?;
    Some((bpm / known - 1.0).abs() <= TEMPO_TOLERANCE)
}

fn drop_was_told(start: f64, told: &[Section]) -> bool {
    let in_time = start - DROP_EARLY_SEC..=start + DROP_LATE_SEC;
    told.iter().any(|section| section.kind == SectionKind::Drop && in_time.contains(&section.start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::meta::{TruthSection, TruthTrack};

    #[test]
    fn beats_are_matched_one_to_one() {
        assert_eq!(matches(&[1.0, 2.0, 3.0], &[1.05, 1.06, 2.08, 2.95]), 2);
        assert_eq!(matches(&[1.0, 1.5, 2.0], &[1.0, 1.5, 2.0]), 3);
        assert_eq!(matches(&[], &[1.0]), 0);
    }

    #[test]
    fn the_figures_of_a_small_set() {
        let truth = Truth {
            tracks: vec![TruthTrack { title: "a".into(), artist: String::new(), start: 1.0, end: 10.0 }],
            structure: vec![
                TruthSection { kind: "drop".into(), start: 4.0, end: 8.0 },
                TruthSection { kind: "drop".into(), start: 9.0, end: 10.0 },
                TruthSection { kind: "breakdown".into(), start: 1.0, end: 4.0 },
            ],
            beats: vec![1.0, 1.5, 2.0, 2.5],
            tempo_curve: vec![(1.0, 120.0)],
        };
        let music = Music {
            beats: vec![1.0, 1.5, 2.2],
            tempo: vec![(0.5, 90.0), (2.0, 124.0), (3.0, 60.0), (11.0, 60.0)],
            structure: vec![Section { kind: SectionKind::Drop, start: 5.9, end: 8.0 }],
            ..Music::default()
        };
        let agreement = Agreement::of(&music, &truth);
        assert_eq!((agreement.beats, agreement.beats_found, agreement.beats_f_measure), (4, 2, 0.571));
        assert_eq!((agreement.tempo_messages, agreement.tempo_right), (2, 1));
        assert_eq!((agreement.drops, agreement.drops_found), (2, 1));
    }
}
