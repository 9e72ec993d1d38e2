//! How well, and how soon, the tempo is found.

use super::events::{intervals, median};

/// A tempo that is further off, as a share, is another one.
const TOLERANCE: f64 = 0.04;

/// Factors by which listeners may differ in what they call the beat.
const LEVELS: [f64; 5] = [1.0, 2.0, 0.5, 3.0, 1.0 / 3.0];

/// Beats on either side of a moment that make up the tempo there.
const AROUND: usize = 4;

/// Seconds between two looks at a running tempo.
const STEP_SEC: f64 = 0.25;

/// Share of the time after it that a tempo must be right, to be called found at a moment.
const STAYS: f64 = 0.95;

/// A tempo that is found later than so long before the end is not found.
const END_SEC: f64 = 5.0;

fn is_near(told: f64, truth: f64, levels: &[f64]) -> bool {
    levels.iter().any(|level| (told - truth * level).abs() <= TOLERANCE * truth * level)
}

/// The tempo of the second half, in BPM.
pub(super) fn of_second_half(beats: &[f64], duration_sec: f64) -> Option<f64> {
    let late: Vec<f64> = beats.iter().copied().filter(|beat| *beat >= duration_sec / 2.0).collect();
    median(&intervals(if late.len() > 2 { &late } else { beats })).map(|sec| 60.0 / sec)
}

/// Whether it is the right one, and whether it is at one of the allowed levels.
pub(super) fn accuracy(told: f64, truth: f64) -> (bool, bool) {
    (is_near(told, truth, &LEVELS[..1]), is_near(told, truth, &LEVELS))
}

/// The tempo around a moment.
fn around(beats: &[f64], time: f64) -> Option<f64> {
    let at = beats.partition_point(|beat| *beat < time);
    let near = &beats[at.saturating_sub(AROUND)..(at + AROUND).min(beats.len())];
    median(&intervals(near)).map(|sec| 60.0 / sec)
}

/// From when on the running tempo is right, at any level; none: never.
pub(super) fn locks_at(beats: &[f64], curve: &[(f64, f64)], duration_sec: f64) -> Option<f64> {
    let is_right = |(time, told): &(f64, f64)| {
        *told > 0.0 && around(beats, *time).is_some_and(|truth| is_near(*told, truth, &LEVELS))
    };
    let right: Vec<bool> = curve.iter().map(is_right).collect();
    let steps = (duration_sec / STEP_SEC).ceil() as usize;
    let at_step: Vec<bool> = (0..steps)
        .map(|step| {
            let told = curve.partition_point(|(time, _)| *time <= step as f64 * STEP_SEC);
            told > 0 && right[told - 1]
        })
        .collect();
    // From the end on, so that the share of what follows is known.
    let mut right_after = 0;
    let mut locks = None;
    for step in (0..steps).rev() {
        right_after += usize::from(at_step[step]);
        if at_step[step] && right_after as f64 / (steps - step) as f64 >= STAYS {
            locks = Some(step as f64 * STEP_SEC);
        }
    }
    locks.filter(|sec| *sec < duration_sec - END_SEC)
}

/// Seconds from a change of tempo at `change_sec` until the running tempo is right for three seconds; none: never.
pub(super) fn locks_again(
    beats: &[f64],
    curve: &[(f64, f64)],
    change_sec: f64,
    duration_sec: f64,
) -> Option<f64> {
    let after: Vec<f64> = beats.iter().copied().filter(|beat| *beat >= change_sec - 0.01).collect();
    let mut since: Option<f64> = None;
    for (time, told) in curve.iter().filter(|(time, _)| *time >= change_sec + 0.5) {
        let is_right = around(&after, *time).is_some_and(|truth| is_near(*told, truth, &LEVELS));
        since = is_right.then(|| since.unwrap_or(*time));
        if since.is_some_and(|since| time - since >= 3.0) {
            break;
        }
    }
    since
        .filter(|since| {
            curve.last().is_some_and(|(last, _)| last - since >= 3.0) || duration_sec - since > 2.0
        })
        .map(|since| since - change_sec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beats(bpm: f64, from: f64, to: f64) -> Vec<f64> {
        let count = ((to - from) * bpm / 60.0) as u32;
        (0..count).map(|n| from + f64::from(n) * 60.0 / bpm).collect()
    }

    #[test]
    fn a_tempo_is_right_at_the_level_or_at_any() {
        assert_eq!(of_second_half(&beats(120.0, 0.0, 30.0), 30.0).map(f64::round), Some(120.0));
        assert_eq!(accuracy(124.0, 120.0), (true, true));
        assert_eq!(accuracy(62.0, 120.0), (false, true));
        assert_eq!(accuracy(90.0, 120.0), (false, false));
    }

    #[test]
    fn it_is_found_where_it_stays() {
        let beats = beats(120.0, 0.0, 60.0);
        let curve: Vec<(f64, f64)> =
            (0..60).map(|sec| (f64::from(sec), if sec < 3 { 97.0 } else { 60.5 })).collect();
        assert_eq!(locks_at(&beats, &curve, 60.0), Some(3.0));
        assert_eq!(locks_at(&beats, &[(0.0, 97.0)], 60.0), None);
    }

    #[test]
    fn it_is_found_again_after_a_change() {
        let beats = [beats(120.0, 0.0, 30.0), beats(140.0, 30.0, 60.0)].concat();
        let curve: Vec<(f64, f64)> =
            (0..60).map(|sec| (f64::from(sec), if sec < 34 { 120.0 } else { 141.0 })).collect();
        assert_eq!(locks_again(&beats, &curve, 30.0, 60.0), Some(4.0));
    }
}
