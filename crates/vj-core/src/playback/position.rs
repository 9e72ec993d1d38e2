//! A position that runs on by itself between reports.

use std::time::Duration;

use crate::At;

/// A report that is further off than this is a seek; below it, it is a small error that is worked off unseen.
pub const SEEK_SEC: f64 = 1.5;

/// How long a small error is worked off. With [`SEEK_SEC`] at most, the position still runs forward at half its speed.
const CORRECT_OVER_SEC: f64 = 3.0;

/// Where in a track a player is, at any moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// At this moment it was shown as `base_sec`.
    at: At,
    base_sec: f64,
    /// By how much what is shown was wrong then.
    error_sec: f64,
    is_running: bool,
}

impl Position {
    /// At `sec` now.
    #[must_use]
    pub fn new(now: At, sec: f64, is_running: bool) -> Self {
        Self { at: now, base_sec: sec, error_sec: 0.0, is_running }
    }

    /// In seconds from the start of the track, never negative.
    #[must_use]
    pub fn sec(&self, now: At) -> f64 {
        let elapsed = if self.is_running { now.since(self.at).as_secs_f64() } else { 0.0 };
        let corrected = self.error_sec * (elapsed / CORRECT_OVER_SEC).min(1.0);
        (self.base_sec + elapsed + corrected).max(0.0)
    }

    /// By how much it still has to be corrected while it runs, and within which time that is done, in seconds: so that
    /// whoever lets it run on by itself elsewhere comes to the same.
    #[must_use]
    pub fn correction(&self, now: At) -> (f64, f64) {
        let left_sec = CORRECT_OVER_SEC - now.since(self.at).as_secs_f64();
        if !self.is_running || left_sec <= 0.0 {
            return (0.0, 0.0);
        }
        (self.error_sec * left_sec / CORRECT_OVER_SEC, left_sec)
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.is_running
    }

    /// It runs, or stands, from now on.
    pub fn set_running(&mut self, now: At, is_running: bool) {
        if is_running != self.is_running {
            // What is left of an error counts at once: nobody sees a correction while it stands.
            let target = self.base_sec
                + self.error_sec
                + if self.is_running { now.since(self.at).as_secs_f64() } else { 0.0 };
            *self = Self::new(now, target.max(0.0), is_running);
        }
    }

    /// A source says where it is. Returns whether that was a seek, which counts at once; a small error is worked off.
    pub fn report(&mut self, now: At, reported: Duration) -> bool {
        let shown = self.sec(now);
        let error_sec = reported.as_secs_f64() - shown;
        if error_sec.abs() > SEEK_SEC || !self.is_running {
            let is_seek = error_sec.abs() > SEEK_SEC;
            *self = Self::new(now, reported.as_secs_f64(), self.is_running);
            return is_seek;
        }
        *self = Self { at: now, base_sec: shown, error_sec, is_running: true };
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(sec: f64) -> At {
        At::from_secs_f64(sec)
    }

    #[test]
    fn it_runs_on_by_itself_and_stands_while_paused() {
        let mut position = Position::new(at(10.0), 30.0, true);
        assert_eq!(position.sec(at(12.5)), 32.5);
        position.set_running(at(12.5), false);
        assert_eq!(position.sec(at(100.0)), 32.5);
        position.set_running(at(100.0), true);
        assert_eq!(position.sec(at(101.0)), 33.5);
    }

    #[test]
    fn a_small_error_is_worked_off_and_a_great_one_is_a_seek() {
        let mut position = Position::new(at(0.0), 0.0, true);
        assert!(!position.report(at(2.0), Duration::from_millis(1_400)));
        assert_eq!(position.sec(at(2.0)), 2.0, "no jump");
        assert!((position.sec(at(5.0)) - 4.4).abs() < 1e-9, "after three seconds it is right");
        let (error_sec, left_sec) = position.correction(at(4.0));
        assert!((error_sec + 0.2).abs() < 1e-9 && left_sec == 1.0, "{error_sec} {left_sec}");
        assert_eq!(position.correction(at(5.0)), (0.0, 0.0));
        assert!(position.report(at(5.0), Duration::from_secs(60)));
        assert_eq!(position.sec(at(5.0)), 60.0);
        assert!(position.report(at(6.0), Duration::from_secs(2)));
    }

    proptest! {
        #[test]
        fn while_it_runs_small_corrections_never_make_it_go_back(
            steps in prop::collection::vec((0.05_f64..4.0, -1.4_f64..1.4), 1..40),
        ) {
            let mut position = Position::new(at(0.0), 100.0, true);
            let (mut now, mut last) = (0.0, 100.0);
            for (wait, error) in steps {
                for part in 1..=4 {
                    let sec = position.sec(at(now + wait * f64::from(part) / 4.0));
                    prop_assert!(sec >= last - 1e-6, "{sec} after {last}");
                    last = sec;
                }
                now += wait;
                let reported = position.sec(at(now)) + error;
                prop_assert!(!position.report(at(now), Duration::from_secs_f64(reported.max(0.0))));
            }
        }
    }
}
