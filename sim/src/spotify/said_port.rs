//! What a recording says behind the port of the worker: each answer comes at the moment at which it came on that night.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use vj_core::At;
use vj_core::playback::Playback;
use vj_env::{Clock, LocalBoxFuture};
use vj_workers::playback::Said;
use vj_workers::ports::{OpenPlayback, PlaybackSource, SourceError};

/// A monitor that has just begun asks at once. Where the recording has an answer within this time it is the one to that
/// question; else it is told what was said last.
const ANSWERS_WITHIN_SEC: f64 = 2.0;

/// What was said, and when.
#[derive(Clone)]
pub struct SaidPlayer {
    lines: Rc<[(f64, Said)]>,
    /// The clock of the run, once there is one.
    clock: Rc<RefCell<Option<Clock>>>,
    /// Lines that this life of the monitor has heard, or missed; none before its first question.
    heard: Rc<Cell<Option<usize>>>,
}

impl SaidPlayer {
    /// A player that says this.
    #[must_use]
    pub fn new(lines: Vec<(f64, Said)>, clock: Rc<RefCell<Option<Clock>>>) -> Self {
        Self { lines: lines.into(), clock, heard: Rc::default() }
    }

    /// For a stage, whatever its settings are. Each life of a monitor begins to hear anew.
    #[must_use]
    pub fn open(&self) -> OpenPlayback {
        let Self { lines, clock, .. } = self.clone();
        Rc::new(move |_| Rc::new(Self { lines: lines.clone(), clock: clock.clone(), heard: Rc::default() }))
    }

    /// Which line answers a question at this moment; none: nothing is said any more.
    fn next(&self, now_sec: f64) -> Option<usize> {
        // A microsecond, since a line's time is rounded to that.
        let past = self.lines.partition_point(|(t, _)| *t <= now_sec + 1e-6);
        let is_soon =
            |from_sec: f64| self.lines.get(past).is_some_and(|(t, _)| t - from_sec <= ANSWERS_WITHIN_SEC);
        match self.heard.get() {
            Some(heard) if past <= heard => (heard < self.lines.len()).then_some(heard),
            None if past == 0 || is_soon(now_sec) => (past < self.lines.len()).then_some(past),
            _ => Some(past - 1),
        }
    }

    async fn answer(self) -> Result<Playback, SourceError> {
        let clock = self.clock.borrow().clone();
        let Some(clock) = clock else { return Ok(Playback::default()) };
        let Some(at) = self.next(clock.now().as_secs_f64()) else { return std::future::pending().await };
        let (t, said) = &self.lines[at];
        clock.sleep_until(At::from_secs_f64(*t)).await;
        self.heard.set(Some(at + 1));
        let later = Duration::try_from_secs_f64(clock.now().as_secs_f64() - t).unwrap_or_default();
        said.answer(later)
    }
}

impl PlaybackSource for SaidPlayer {
    fn name(&self) -> String {
        "recording".to_owned()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        Box::pin(self.clone().answer())
    }

    /// The answer says when it comes.
    fn next_in(&self, _: Duration, _: bool) -> Duration {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(times: &[f64]) -> SaidPlayer {
        let lines = times.iter().map(|t| (*t, Said::Failed(t.to_string()))).collect();
        SaidPlayer::new(lines, Rc::default())
    }

    #[test]
    fn each_answer_is_given_once_and_what_was_missed_is_left_out() {
        let player = player(&[1.0, 3.0, 5.0, 20.0]);
        assert_eq!(player.next(0.0), Some(0), "the first answer is waited for");
        player.heard.set(Some(1));
        assert_eq!(player.next(1.1), Some(1));
        // It stood still, and missed one.
        assert_eq!(player.next(5.5), Some(2));
        player.heard.set(Some(3));
        assert_eq!(player.next(5.5), Some(3));
        player.heard.set(Some(4));
        assert_eq!(player.next(20.5), None);
    }

    #[test]
    fn who_begins_in_the_middle_hears_what_was_said_last_unless_something_is_said_soon() {
        let player = player(&[1.0, 3.0, 20.0]);
        assert_eq!(player.next(10.0), Some(1));
        assert_eq!(player.next(18.5), Some(2));
        assert_eq!(player.next(30.0), Some(2));
    }
}
