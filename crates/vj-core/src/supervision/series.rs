//! The restarts of one worker, from which the next delay and the end of patience are worked out.

use std::collections::VecDeque;
use std::time::Duration;

use super::Law;
use crate::At;
use crate::mutants::{self, Mutant};

/// What one worker's restarts add up to.
///
/// Two things are counted, because they answer two questions. The *streak* (how long to wait?) ends with a minute of
/// health. The *window* (is it hopeless?) only knows when restarts were made.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// Crashes since the streak began; the next delay is found by it.
    streak: usize,
    /// When the law restarted it, oldest first; never more than `max_restarts` of the window.
    restarts: VecDeque<At>,
}

impl Series {
    /// One crash, decided here and now: the delay before the restart, or `None` to give up.
    ///
    /// The limit is looked at when the process ends and not when the next one would start: then a back-off of 30 s would
    /// have emptied the window each time, and an instant crasher would be restarted for ever.
    pub(super) fn crashed(&mut self, now: At, law: &Law) -> Option<Duration> {
        while self.restarts.front().is_some_and(|restart| now.since(*restart) > law.restart_window) {
            self.restarts.pop_front();
        }
        if self.restarts.len() >= law.max_restarts as usize {
            return None;
        }
        let delay = law.delay(self.streak);
        self.streak += 1;
        Some(if mutants::is_on(Mutant::NoBackOff) { Duration::ZERO } else { delay })
    }

    /// The law started it again.
    pub(super) fn restarted(&mut self, now: At) {
        self.restarts.push_back(now);
        if mutants::is_on(Mutant::RestartCountedTwice) {
            self.restarts.push_back(now);
        }
    }

    /// It was healthy for long enough: the next crash is a first one.
    pub(super) fn end_streak(&mut self) {
        self.streak = 0;
    }

    /// A person laid hands on it: nothing of what was counts any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
