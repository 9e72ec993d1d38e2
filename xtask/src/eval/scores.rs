//! All scores of one piece, and of several.

use std::collections::BTreeMap;

use super::annotation::{Told, Truth};
use super::beats::{self, trimmed};
use super::events::{Found, matched, median, percentile, sorted};
use super::pitch::{self, Frames};
use super::structure::{self, Drops, Looks};
use super::tempo;

/// A beat that is further away is another one.
const BEAT_SEC: f64 = 0.07;
/// An onset that is further away is another one.
const ONSET_SEC: f64 = 0.05;

/// The columns of the table: names, how a value is shown, and what it is.
pub(super) const COLUMNS: [(&str, Shown, &str); 29] = [
    ("F", Shown::Share, "beats: F-measure within 70 ms, from 5 s on"),
    ("Foct", Shown::Share, "the same at the best of twice, once and half the beats"),
    ("CMLt", Shown::Share, "beats in continuity, at the annotated level"),
    ("AMLt", Shown::Share, "beats in continuity, at any allowed level"),
    ("Cem", Shown::Share, "Cemgil's accuracy"),
    ("Flive", Shown::Share, "F where each beat counts when it was announced"),
    ("lat", Shown::Millis, "announcement after the beat, median, in ms; below 0 = ahead"),
    ("lat90", Shown::Millis, "the same, 90th percentile"),
    ("dbF", Shown::Share, "first beats of bars: F-measure within 70 ms"),
    ("A1", Shown::Share, "tempo within 4 %"),
    ("A2", Shown::Share, "the same at any level"),
    ("lock", Shown::Tenths, "seconds until the tempo is right and stays so"),
    ("lock%", Shown::Share, "share of pieces in which it ever is"),
    ("relock", Shown::Tenths, "seconds from a change of tempo until it is right again"),
    ("onF", Shown::Share, "onsets: F-measure within 50 ms"),
    ("onP", Shown::Share, "their precision"),
    ("onR", Shown::Share, "their recall"),
    ("onlat", Shown::Millis, "announcement after the onset, median, in ms"),
    ("dropR", Shown::Share, "drops that were told from 0.5 s before to 2 s after them"),
    ("dropFP/min", Shown::Tenths, "other drops that were told, a minute"),
    ("buF", Shown::Share, "build-ups: F-measure of tenths of seconds, of pieces with one"),
    ("buFP%", Shown::Hundredths, "build-ups that are none, in percent of the time of all pieces"),
    ("brF", Shown::Share, "breakdowns: F-measure of tenths of seconds, of pieces with one"),
    ("brFP%", Shown::Hundredths, "breakdowns that are none, in percent of the time of all pieces"),
    ("GPE%", Shown::Tenths, "pitch: frames more than 20 % off, of those that both call voiced, in percent"),
    ("RPA%", Shown::Tenths, "pitch within 50 cents, of voiced frames, in percent"),
    ("VR%", Shown::Tenths, "voiced frames that are called so, in percent"),
    ("VFA%", Shown::Tenths, "unvoiced frames that are called voiced, in percent"),
    ("%core", Shown::Hundredths, "processor time, in percent of the sound's"),
];

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Share,
    Millis,
    Tenths,
    Hundredths,
}

impl Shown {
    pub(super) fn text(self, value: Option<f64>) -> String {
        match (self, value) {
            (_, None) => "-".to_owned(),
            (Self::Share, Some(value)) => format!("{value:.3}"),
            (Self::Millis, Some(value)) => format!("{value:+.0}"),
            (Self::Tenths, Some(value)) => format!("{value:.1}"),
            (Self::Hundredths, Some(value)) => format!("{value:.2}"),
        }
    }
}

/// Kinds of sections that last, and the columns of their F-measure and of those told where there are none.
const SECTIONS: [(&str, &str, &str); 2] = [("buildup", "buF", "buFP%"), ("breakdown", "brF", "brFP%")];

/// The scores of one piece.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Scores {
    values: BTreeMap<&'static str, f64>,
    drops: Option<(Drops, f64)>,
    /// Of each of [`SECTIONS`].
    sections: Option<[Looks; SECTIONS.len()]>,
    pitch: Option<Frames>,
    cpu: Option<(f64, f64)>,
}

/// Judges what was told of a piece.
pub(super) fn score(truth: &Truth, told: &Told) -> Scores {
    let mut scores = Scores { cpu: told.cpu, ..Scores::default() };
    if let (Some(beats), Some(found)) = (&truth.beats, &told.beats) {
        score_beats(&mut scores.values, truth, told, beats, found);
    }
    if let (Some(onsets), Some(found)) = (&truth.onsets, &told.onsets) {
        let found_sorted = sorted(found);
        let onsets = sorted(onsets);
        let all = Found::of(&onsets, &found_sorted, ONSET_SEC);
        scores.values.extend([("onF", all.f()), ("onP", all.precision), ("onR", all.recall)]);
        if let Some(announced) = told.onsets_announced.as_ref().filter(|all| all.len() == found.len()) {
            let late = lateness(&onsets, found, announced, ONSET_SEC, 0.0);
            scores.values.extend(median(&late).map(|sec| ("onlat", sec * 1e3)));
        }
    }
    if let (Some(structure), Some(found)) = (&truth.structure, &told.structure) {
        scores.drops = Some((structure::drops(structure, found), truth.duration_sec));
        scores.sections =
            Some(SECTIONS.map(|(kind, ..)| structure::looks(kind, structure, found, truth.duration_sec)));
    }
    if let (Some(pitch), Some(found)) = (&truth.pitch, &told.pitch) {
        scores.pitch = Some(pitch::frames(pitch, found));
    }
    scores
}

fn score_beats(
    values: &mut BTreeMap<&'static str, f64>,
    truth: &Truth,
    told: &Told,
    beats: &[f64],
    found: &[f64],
) {
    if let Some(all) = beats::score(beats, found) {
        values.extend([
            ("F", all.f),
            ("Foct", all.f_any_level),
            ("CMLt", all.cml_total),
            ("AMLt", all.aml_total),
            ("Cem", all.cemgil),
        ]);
    }
    if let Some(announced) = told.announced.as_ref().filter(|all| all.len() == found.len()) {
        // What is announced early can be shown in time, and what is announced late is shown then.
        let shown: Vec<f64> = found.iter().zip(announced).map(|(at, said)| at.max(*said)).collect();
        values.extend(beats::score(beats, &shown).map(|all| ("Flive", all.f)));
        let late = lateness(&trimmed(beats), found, announced, BEAT_SEC, 5.0);
        values.extend(median(&late).map(|sec| ("lat", sec * 1e3)));
        values.extend(percentile(&late, 0.9).map(|sec| ("lat90", sec * 1e3)));
    }
    let tempo = told.tempo_bpm.filter(|bpm| *bpm != 0.0);
    let tempo = tempo.or_else(|| tempo::of_second_half(&sorted(found), truth.duration_sec)).unwrap_or(0.0);
    if let Some(right) = tempo::of_second_half(beats, truth.duration_sec) {
        let (is_right, is_near) = tempo::accuracy(tempo, right);
        values.extend([("A1", f64::from(is_right)), ("A2", f64::from(is_near))]);
    }
    if let Some(downbeats) = told.downbeats.as_ref().filter(|_| truth.downbeats.len() > 2) {
        values.insert("dbF", beats::f_measure(&truth.downbeats, downbeats));
    }
    let Some(curve) = told.tempo_curve.as_ref().filter(|_| told.announced.is_some()) else { return };
    if let Some(change) = truth.change_sec {
        values
            .extend(tempo::locks_again(beats, curve, change, truth.duration_sec).map(|sec| ("relock", sec)));
    } else if !truth.is_ramp {
        let locks = tempo::locks_at(beats, curve, truth.duration_sec);
        values.extend(locks.map(|sec| ("lock", sec)));
        values.insert("lock%", f64::from(locks.is_some()));
    }
}

/// By how much each that was found in time was announced after it was.
fn lateness(truth: &[f64], found: &[f64], announced: &[f64], window: f64, from_sec: f64) -> Vec<f64> {
    let mut both: Vec<(f64, f64)> = found.iter().copied().zip(announced.iter().copied()).collect();
    both.sort_by(|one, two| one.0.total_cmp(&two.0));
    both.dedup_by_key(|(time, _)| *time);
    both.retain(|(time, _)| *time >= from_sec);
    let times: Vec<f64> = both.iter().map(|(time, _)| *time).collect();
    matched(truth, &times, window).into_iter().map(|(at, other)| both[other].1 - truth[at]).collect()
}

/// The values of several pieces together, by column.
pub(super) fn together<'a>(all: impl Iterator<Item = &'a Scores> + Clone) -> BTreeMap<&'static str, f64> {
    let mut values = BTreeMap::new();
    for (name, shown, _) in COLUMNS {
        let of_it: Vec<f64> = all.clone().filter_map(|scores| scores.values.get(name).copied()).collect();
        let value = match shown {
            Shown::Millis => median(&of_it),
            _ if of_it.is_empty() => None,
            _ => Some(of_it.iter().sum::<f64>() / of_it.len() as f64),
        };
        values.extend(value.map(|value| (name, value)));
    }
    let share = |part: f64, all: f64| (all > 0.0).then(|| part / all);
    let drops: Vec<_> = all.clone().filter_map(|scores| scores.drops).collect();
    if !drops.is_empty() {
        let sum = |of: fn(&Drops) -> usize| drops.iter().map(|(drops, _)| of(drops)).sum::<usize>() as f64;
        let minutes = drops.iter().map(|(_, sec)| sec).sum::<f64>() / 60.0;
        values.extend(share(sum(|it| it.told), sum(|it| it.there)).map(|value| ("dropR", value)));
        values.extend(share(sum(|it| it.false_ones), minutes).map(|value| ("dropFP/min", value)));
    }
    for (of, (_, f, false_share)) in SECTIONS.into_iter().enumerate() {
        let pieces: Vec<Looks> =
            all.clone().filter_map(|scores| Some(scores.sections.as_ref()?[of])).collect();
        let (mut right, mut wrong) = (0.0, 0.0);
        for looks in pieces.iter().filter(|looks| looks.is_there()) {
            right += looks.right as f64;
            wrong += (looks.too_much + looks.missed) as f64;
        }
        let sum = |of: fn(&Looks) -> usize| pieces.iter().map(of).sum::<usize>() as f64;
        values.extend(share(2.0 * right, 2.0 * right + wrong).map(|value| (f, value)));
        let false_ones = share(100.0 * sum(|looks| looks.too_much), sum(|looks| looks.all));
        values.extend(false_ones.map(|value| (false_share, value)));
    }
    let mut frames = Frames::default();
    all.clone().filter_map(|scores| scores.pitch).for_each(|of_it| frames += of_it);
    for (name, part, of) in [
        ("GPE%", frames.gross, frames.both_voiced),
        ("RPA%", frames.right, frames.voiced),
        ("VR%", frames.both_voiced, frames.voiced),
        ("VFA%", frames.false_alarms, frames.unvoiced),
    ] {
        values.extend(share(100.0 * part as f64, of as f64).map(|value| (name, value)));
    }
    let cpu = all.filter_map(|scores| scores.cpu).fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    values.extend(share(100.0 * cpu.0, cpu.1).map(|value| ("%core", value)));
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_half(count: u32, from: f64) -> Vec<f64> {
        (0..count).map(|n| from + f64::from(n) * 0.5).collect()
    }

    #[test]
    fn what_is_announced_late_is_shown_late() {
        let beats = every_half(100, 0.0);
        let truth = Truth { duration_sec: 50.0, beats: Some(beats.clone()), ..Truth::default() };
        let announced = |by: f64| Some(beats.iter().map(|beat| beat + by).collect());
        let told = |by: f64| Told { beats: Some(beats.clone()), announced: announced(by), ..Told::default() };
        let early = score(&truth, &told(-0.2)).values;
        assert_eq!((early["F"], early["Flive"], early["lat"].round()), (1.0, 1.0, -200.0));
        let late = score(&truth, &told(0.1)).values;
        assert_eq!((late["F"], late["Flive"], late["lat90"].round()), (1.0, 0.0, 100.0));
        assert_eq!((late["A1"], late["A2"]), (1.0, 1.0));
        assert!(!late.contains_key("onF") && !late.contains_key("lock"), "what was not told is not judged");
    }

    #[test]
    fn pieces_together_are_means_and_delays_are_medians() {
        let one = Scores { values: [("F", 1.0), ("lat", 10.0)].into(), ..Scores::default() };
        let two = Scores { values: [("F", 0.5), ("lat", 30.0)].into(), ..Scores::default() };
        let all = [one.clone(), two, one];
        let values = together(all.iter());
        assert!((values["F"] - 2.5 / 3.0).abs() < 1e-12 && values["lat"] == 10.0, "{values:?}");
        assert!(!values.contains_key("dropR"));
    }

    #[test]
    fn sections_are_counted_over_all_pieces_and_missed_in_those_that_have_one() {
        let span = |kind: &str, start, end| structure::Span { kind: kind.to_owned(), start, end };
        let piece = |truth: Vec<structure::Span>, told: Vec<structure::Span>| {
            let truth = Truth { duration_sec: 10.0, structure: Some(truth), ..Truth::default() };
            score(&truth, &Told { structure: Some(told), ..Told::default() })
        };
        let all = [
            piece(vec![span("breakdown", 2.0, 6.0)], vec![span("breakdown", 4.0, 8.0)]),
            piece(vec![], vec![span("breakdown", 0.0, 3.0)]),
        ];
        let values = together(all.iter());
        let rounded = |column: &str| values.get(column).map(|value| (value * 1e6).round() / 1e6);
        assert_eq!((rounded("brF"), rounded("brFP%")), (Some(0.5), Some(25.0)), "{values:?}");
        assert_eq!((rounded("buF"), rounded("buFP%")), (None, Some(0.0)), "{values:?}");
    }
}
