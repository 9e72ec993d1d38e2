//! Which line is sung now, and when the next one is due.
//!
//! A [`Follower`] is told where the player is, as often as somebody looks, and never steps back by itself: positions
//! that are corrected by a little must not make a line flash twice. Only a seek, or another offset, may go back.

use crate::lrc::Line;

/// The place in the lyrics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The line that is sung, from 0; -1 before the first, as `/karaoke/line/active` says it.
    pub active: i32,
    /// Whether that is another line than before.
    pub has_changed: bool,
    /// Seconds of playback until the next line; `None` after the last one and while the player stands.
    pub next_in_sec: Option<f64>,
}

/// Follows a song's lines.
#[derive(Debug, Clone)]
pub struct Follower {
    /// In order; lines that start together are one step, told as the first of them.
    steps: Vec<Step>,
    offset_ms: i64,
    /// How many steps have come: the last of them is active.
    come: usize,
    /// The offset is another one since the last look: the next one may go back.
    is_moved: bool,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    time_ms: u32,
    index: i32,
}

impl Follower {
    /// For lines in the order of their times. `offset_ms` is the user's `timing_offset_ms`, the global one and the
    /// track's own together: positive brings each line sooner, like LRC's own `[offset:]`.
    #[must_use]
    pub fn new(lines: &[Line], offset_ms: i32) -> Self {
        let mut steps: Vec<Step> = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            let Ok(index) = i32::try_from(index) else { break };
            if steps.last().is_none_or(|last| last.time_ms < line.time_ms) {
                steps.push(Step { time_ms: line.time_ms, index });
            }
        }
        Self { steps, offset_ms: offset_ms.into(), come: 0, is_moved: false }
    }

    /// Another offset, in effect at the next look, which may go back.
    pub fn set_offset_ms(&mut self, offset_ms: i32) {
        self.is_moved |= self.offset_ms != i64::from(offset_ms);
        self.offset_ms = offset_ms.into();
    }

    /// The line that was active at the last look.
    #[must_use]
    pub fn active(&self) -> i32 {
        self.come.checked_sub(1).map_or(-1, |last| self.steps[last].index)
    }

    /// The player is at `position_sec`. `sought`: it jumped there since the last look. A position that is no number
    /// counts as no news.
    pub fn follow(&mut self, position_sec: f64, is_playing: bool, sought: bool) -> Place {
        let before = self.active();
        let position_ms = position_sec * 1_000.0 + self.offset_ms as f64;
        if position_ms.is_finite() {
            let come =
                self.steps.partition_point(|step| f64::from(step.time_ms) <= position_ms + ROUNDING_MS);
            let may_go_back = sought || std::mem::take(&mut self.is_moved);
            self.come = if may_go_back { come } else { come.max(self.come) };
        }
        let next = self.steps.get(self.come).filter(|_| is_playing && position_ms.is_finite());
        let next_in_sec = next.map(|step| ((f64::from(step.time_ms) - position_ms) / 1_000.0).max(0.0));
        Place { active: self.active(), has_changed: self.active() != before, next_in_sec }
    }
}

/// A timer that was set to a line's time must find it come, whatever seconds as floats make of milliseconds.
const ROUNDING_MS: f64 = 0.01;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(times_ms: &[u32]) -> Vec<Line> {
        times_ms.iter().map(|time_ms| Line::new(*time_ms, "x")).collect()
    }

    /// Position, playing, sought; then the active line and the seconds until the next.
    type Look = ((f64, bool, bool), (i32, Option<f64>));

    fn check(times_ms: &[u32], offset_ms: i32, looks: &[Look]) {
        let mut follower = Follower::new(&lines(times_ms), offset_ms);
        for ((position_sec, is_playing, sought), (active, next_in_sec)) in looks.iter().copied() {
            let place = follower.follow(position_sec, is_playing, sought);
            assert_eq!(place.active, active, "at {position_sec}");
            match (place.next_in_sec, next_in_sec) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() < 1e-9, "at {position_sec}: {found}");
                }
                (found, expected) => assert_eq!(found, expected, "at {position_sec}"),
            }
        }
    }

    #[test]
    fn lines_come_at_their_time() {
        check(
            &[1_000, 2_500, 9_000],
            0,
            &[
                ((0.0, true, false), (-1, Some(1.0))),
                ((0.999, true, false), (-1, Some(0.001))),
                ((1.0, true, false), (0, Some(1.5))),
                ((2.4, true, false), (0, Some(0.1))),
                ((2.5, true, false), (1, Some(6.5))),
                ((9.0, true, false), (2, None)),
                ((400.0, true, false), (2, None)),
            ],
        );
        check(&[], 0, &[((5.0, true, false), (-1, None))]);
    }

    #[test]
    fn it_goes_back_on_a_seek_alone() {
        check(
            &[1_000, 2_000, 3_000],
            0,
            &[
                ((2.05, true, false), (1, Some(0.95))),
                ((1.95, true, false), (1, Some(1.05))),
                ((0.5, true, false), (1, Some(2.5))),
                ((0.5, true, true), (-1, Some(0.5))),
                ((3.5, true, true), (2, None)),
            ],
        );
    }

    #[test]
    fn nothing_is_due_while_it_stands_but_a_seek_shows() {
        check(
            &[1_000, 2_000],
            0,
            &[
                ((1.5, false, false), (0, None)),
                ((2.5, false, true), (1, None)),
                ((0.0, false, true), (-1, None)),
            ],
        );
    }

    #[test]
    fn a_positive_offset_brings_lines_sooner() {
        check(&[1_000, 2_000], 200, &[((0.8, true, false), (0, Some(1.0)))]);
        check(&[1_000, 2_000], -200, &[((1.1, true, false), (-1, Some(0.1)))]);
        check(&[100], 200, &[((0.0, true, false), (0, None))]);
        let mut follower = Follower::new(&lines(&[1_000, 2_000]), 0);
        assert_eq!(follower.follow(1.1, true, false).active, 0);
        follower.set_offset_ms(-200);
        let place = follower.follow(1.1, true, false);
        assert_eq!((place.active, place.has_changed), (-1, true), "another offset may go back");
    }

    #[test]
    fn lines_that_start_together_are_one_step() {
        let mut follower = Follower::new(&lines(&[1_000, 1_000, 2_000]), 0);
        assert_eq!(follower.follow(1.5, true, false).active, 0);
        assert_eq!(follower.follow(2.0, true, false).active, 2);
    }

    #[test]
    fn what_is_no_number_is_no_news() {
        let mut follower = Follower::new(&lines(&[1_000]), 0);
        follower.follow(1.5, true, false);
        for position in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let place = follower.follow(position, true, true);
            assert_eq!((place.active, place.next_in_sec), (0, None));
        }
    }

    proptest! {
        #[test]
        fn without_a_seek_it_never_goes_back(
            mut times in prop::collection::vec(0_u32..60_000, 0..30),
            steps in prop::collection::vec((0.0_f64..2.0, -0.4_f64..0.4), 1..60),
        ) {
            times.sort_unstable();
            let mut follower = Follower::new(&lines(&times), 0);
            let (mut position, mut last) = (0.0_f64, -1);
            for (wait, error) in steps {
                position += wait;
                let place = follower.follow((position + error).max(0.0), true, false);
                prop_assert!(place.active >= last);
                prop_assert_eq!(place.has_changed, place.active != last);
                last = place.active;
            }
        }

        #[test]
        fn a_timer_set_to_the_next_line_finds_it_come(
            mut times in prop::collection::vec(0_u32..10_000_000, 1..30),
            start in 0.0_f64..10_000.0,
            offset_ms in -5_000_i32..5_000,
        ) {
            times.sort_unstable();
            times.dedup();
            let mut follower = Follower::new(&lines(&times), offset_ms);
            let mut position = start;
            let mut active = follower.follow(position, true, false).active;
            while let Some(wait) = follower.follow(position, true, false).next_in_sec {
                position += wait;
                let place = follower.follow(position, true, false);
                prop_assert_eq!(place.active, active + 1);
                active = place.active;
            }
            prop_assert_eq!(usize::try_from(active + 1).unwrap(), times.len());
        }
    }
}
