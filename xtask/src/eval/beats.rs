//! How well beats are found, by the measures of mir_eval (Raffel et al., ISMIR 2014), which are those of Davies, Degara and
//! Plumbley, "Evaluation methods for musical audio beat tracking algorithms" (2009).

use super::events::{Found, sorted};

/// What comes before is not judged: a listener needs some time.
const FROM_SEC: f64 = 5.0;

/// A beat that is further away is another one.
const WINDOW_SEC: f64 = 0.07;

/// How far a beat, and the interval before it, may be off, as a share of the interval.
const CONTINUITY: f64 = 0.175;

/// Sigma of Cemgil's measure.
const CEMGIL_SEC: f64 = 0.04;

/// The scores of one list of beats.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct BeatScores {
    /// F-measure within 70 ms.
    pub(super) f: f64,
    /// The best of that over the beats, twice as many, and either half of them.
    pub(super) f_any_level: f64,
    /// Share of beats in continuity at the annotated level.
    pub(super) cml_total: f64,
    /// The same at any level that is allowed: also double, half and off the beat.
    pub(super) aml_total: f64,
    /// Cemgil's accuracy.
    pub(super) cemgil: f64,
}

/// The beats that are judged.
pub(super) fn trimmed(times: &[f64]) -> Vec<f64> {
    sorted(times).into_iter().filter(|time| *time >= FROM_SEC).collect()
}

/// F-measure of beats, or of first beats of bars.
pub(super) fn f_measure(truth: &[f64], told: &[f64]) -> f64 {
    Found::of(&trimmed(truth), &trimmed(told), WINDOW_SEC).f()
}

/// The scores; none where the truth has fewer than two beats.
pub(super) fn score(truth: &[f64], told: &[f64]) -> Option<BeatScores> {
    let (truth, told) = (trimmed(truth), trimmed(told));
    if truth.len() < 2 {
        return None;
    }
    if told.len() < 2 {
        return Some(BeatScores::default());
    }
    let f = Found::of(&truth, &told, WINDOW_SEC).f();
    let [_, _, double, even, odd] = variations(&truth);
    // Each half is half of the truth, and the double one has the points between all of them.
    let levels = [&double, &even, &odd].into_iter().filter(|level| level.len() > 1);
    let f_any_level = levels.map(|level| Found::of(level, &told, WINDOW_SEC).f()).fold(f, f64::max);
    let continuity = variations(&truth).map(|level| in_continuity(&level, &told));
    let aml_total = continuity.into_iter().fold(0.0, f64::max);
    Some(BeatScores { f, f_any_level, cml_total: continuity[0], aml_total, cemgil: cemgil(&truth, &told) })
}

/// The beats; those between them; both; every second one from the first; every second one from the second.
fn variations(beats: &[f64]) -> [Vec<f64>; 5] {
    let mut double = Vec::with_capacity(beats.len() * 2);
    for pair in beats.windows(2) {
        double.extend([pair[0], f64::midpoint(pair[0], pair[1])]);
    }
    double.extend(beats.last());
    let from = |first: usize, all: &[f64]| all.iter().copied().skip(first).step_by(2).collect();
    [beats.to_vec(), from(1, &double), double, from(0, beats), from(1, beats)]
}

/// Share of the beats that are where one of `truth` is, at its distance from the one before.
fn in_continuity(truth: &[f64], told: &[f64]) -> f64 {
    let count = truth.len().max(told.len());
    if truth.len() < 2 || told.len() < 2 {
        return 0.0;
    }
    let (mut used, mut right) = (vec![false; truth.len()], 0);
    for (at, beat) in told.iter().enumerate() {
        let nearest = nearest(truth, *beat);
        if used[nearest] {
            continue;
        }
        let interval = |times: &[f64], at: usize, looks_ahead: bool| {
            if looks_ahead && at + 1 < times.len() {
                times[at + 1] - times[at]
            } else {
                times[at] - times[at - 1]
            }
        };
        let is_first = at == 0 || nearest == 0;
        let (of_truth, of_told) = (interval(truth, nearest, is_first), interval(told, at, is_first));
        let phase = ((beat - truth[nearest]) / of_truth).abs();
        let period = (1.0 - of_told / of_truth).abs();
        if phase < CONTINUITY && period < CONTINUITY {
            used[nearest] = true;
            right += 1;
        }
    }
    f64::from(right) / count as f64
}

fn nearest(times: &[f64], time: f64) -> usize {
    let after = times.partition_point(|other| *other < time);
    match (after.checked_sub(1), times.get(after)) {
        (Some(before), Some(next)) if time - times[before] > next - time => after,
        (Some(before), _) => before,
        (None, _) => after,
    }
}

/// The mean of a Gaussian of each beat's error.
fn cemgil(truth: &[f64], told: &[f64]) -> f64 {
    let hits = truth.iter().map(|beat| {
        let off = (beat - told[nearest(told, *beat)]) / CEMGIL_SEC;
        libm::exp(-off * off / 2.0)
    });
    hits.sum::<f64>() / (f64::midpoint(told.len() as f64, truth.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(sec: f64, from: f64) -> Vec<f64> {
        (0..40).map(|n| from + f64::from(n) * sec).collect()
    }

    #[test]
    fn perfect_beats_are_perfect_and_none_are_nothing() {
        let beats = every(0.5, 5.0);
        let perfect = BeatScores { f: 1.0, f_any_level: 1.0, cml_total: 1.0, aml_total: 1.0, cemgil: 1.0 };
        assert_eq!(score(&beats, &beats), Some(perfect));
        assert_eq!(score(&beats, &[]), Some(BeatScores::default()));
        assert_eq!(score(&[6.0], &beats), None);
    }

    #[test]
    fn another_level_and_the_off_beat_count_where_they_are_allowed() {
        let beats = every(0.5, 5.0);
        let off = score(&beats, &every(0.5, 5.25)).unwrap();
        assert_eq!((off.f, off.cml_total), (0.0, 0.0));
        assert!(off.aml_total > 0.95, "{off:?}");
        let half = score(&beats, &every(1.0, 5.0)[..20]).unwrap();
        assert!(
            (half.f - 2.0 / 3.0).abs() < 0.01 && half.f_any_level == 1.0 && half.aml_total == 1.0,
            "{half:?}"
        );
    }
}
