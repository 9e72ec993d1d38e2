//! What one monitor's player plays, heard at once on each change and each second anyway.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::Notify;
use vj_core::At;
use vj_core::playback::{Player, Standing, Track};
use vj_env::Env;

use crate::following::{self, Follower};
use crate::playback::{CHANGES, SPEAKS, STANDING, TOLD_AT, TRACKS};

/// How far off a place may be that runs on by itself: a monitor works off small errors at half a second a second, and none is
/// greater than a seek.
const DRIFT_PER_SEC: f64 = 0.5;
const DRIFT_SEC_MAX: f64 = vj_core::playback::SEEK_SEC;
const DRIFT_SLACK_SEC: f64 = 0.4;
/// While the player stands nothing drifts.
const STANDING_SLACK_SEC: f64 = 0.05;

/// Where in its track a player is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Place {
    at: At,
    sec: f64,
    /// How much of an error the monitor still works off, and within which time.
    correction_sec: f64,
    corrected_in_sec: f64,
    pub(super) is_playing: bool,
}

impl Place {
    /// In seconds from the start of the track.
    pub(super) fn sec(&self, now: At) -> f64 {
        if !self.is_playing {
            return self.sec;
        }
        let elapsed = now.since(self.at).as_secs_f64();
        let share = if self.corrected_in_sec > elapsed { elapsed / self.corrected_in_sec } else { 1.0 };
        self.sec + elapsed + self.correction_sec * share
    }

    /// How long it takes until `sec` more of the track have been played, at most: while an error is worked off it goes on
    /// faster, or slower; then whoever waits looks again.
    pub(super) fn takes_at_most(&self, now: At, sec: f64) -> f64 {
        let is_corrected = now.since(self.at).as_secs_f64() < self.corrected_in_sec;
        let pace = if is_corrected { 1.0 + self.correction_sec / self.corrected_in_sec } else { 1.0 };
        sec / pace.max(1.0)
    }

    /// Whether somebody jumped since `before`.
    pub(super) fn is_sought_since(&self, before: &Self) -> bool {
        let off = (self.sec - before.sec(self.at)).abs();
        let elapsed = self.at.since(before.at).as_secs_f64();
        off > match (before.is_playing, self.is_playing) {
            (true, true) => (DRIFT_PER_SEC * elapsed).min(DRIFT_SEC_MAX) + DRIFT_SLACK_SEC,
            (false, false) => STANDING_SLACK_SEC,
            // Where it stops, what is left of an error counts at once.
            _ => DRIFT_SEC_MAX + DRIFT_SLACK_SEC,
        }
    }
}

/// What a monitor says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Heard {
    pub(super) standing: Standing,
    pub(super) track: Option<Track>,
    pub(super) place: Place,
    /// Which play it is: the monitor's process, and how many tracks it has seen.
    pub(super) play: (u64, u64),
    /// When it last told the visuals of a track.
    pub(super) told_at_sec: f64,
    /// Whether it is the one who speaks to the visuals.
    pub(super) speaks: bool,
}

/// Follows one monitor.
pub(super) struct Ear {
    pub(super) player: Player,
    heard: RefCell<Heard>,
    /// Of the state that was heard last.
    figures: RefCell<[Option<Value>; 4]>,
    is_known: Cell<bool>,
    changed: Notify,
}

impl Ear {
    pub(super) fn to(player: Player) -> Self {
        let (heard, figures, is_known) = Default::default();
        Self { player, heard, figures, is_known, changed: Notify::new() }
    }

    /// What it says; none while it is not known whether it is there.
    pub(super) fn heard(&self) -> Option<Heard> {
        self.is_known.get().then(|| self.heard.borrow().clone())
    }

    /// Ready when it was asked again, or is gone. Cancel-safe.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Follows it, for ever.
    pub(super) async fn follow(&self, env: &Env) {
        following::follow(env, self.player.monitor(), self).await;
    }

    fn take(&self, heard: Heard) {
        *self.heard.borrow_mut() = heard;
        self.is_known.set(true);
        self.changed.notify_one();
    }
}

impl Follower for Ear {
    fn hear(&self, state: &Value, looked_at: At) {
        *self.figures.borrow_mut() = figures(state["stats"].as_object().unwrap_or(&Map::new()));
        self.take(read(state, looked_at));
    }

    fn hear_heartbeat(&self, stats: &Map<String, Value>) -> bool {
        figures(stats) != *self.figures.borrow()
    }

    fn is_gone(&self) {
        if self.heard.borrow().standing != Standing::Gone || !self.is_known.get() {
            self.take(Heard::default());
        }
    }
}

/// What changes when there is something to ask about.
fn figures(stats: &Map<String, Value>) -> [Option<Value>; 4] {
    [STANDING, TOLD_AT, CHANGES, SPEAKS].map(|name| stats.get(name).cloned())
}

fn read(state: &Value, looked_at: At) -> Heard {
    let stats = &state["stats"];
    let text = |name: &str| state["track"][name].as_str().unwrap_or_default().to_owned();
    let track = state["track"].is_object().then(|| Track {
        artist: text("artist"),
        title: text("title"),
        album: text("album"),
        duration: state["track"]["duration_sec"]
            .as_f64()
            .and_then(|sec| Duration::try_from_secs_f64(sec).ok())
            .unwrap_or_default(),
    });
    let number = |name: &str| state[name].as_f64().filter(|sec| sec.is_finite()).unwrap_or_default();
    let place = Place {
        at: looked_at,
        sec: number("position_sec"),
        correction_sec: number("position_correction_sec"),
        corrected_in_sec: number("position_corrected_in_sec"),
        is_playing: state["is_playing"].as_bool().unwrap_or_default(),
    };
    Heard {
        standing: stats[STANDING].as_str().and_then(|text| text.parse().ok()).unwrap_or_default(),
        track,
        place,
        play: (state["pid"].as_u64().unwrap_or_default(), stats[TRACKS].as_u64().unwrap_or_default()),
        told_at_sec: stats[TOLD_AT].as_f64().unwrap_or_default(),
        speaks: stats[SPEAKS].as_bool().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(at_sec: f64, sec: f64, is_playing: bool) -> Place {
        Place { at: At::from_secs_f64(at_sec), sec, is_playing, ..Place::default() }
    }

    #[test]
    fn a_seek_is_told_from_an_error_that_is_worked_off() {
        for (before, after, is_seek) in [
            (place(0.0, 10.0, true), place(1.0, 11.4, true), false),
            (place(0.0, 10.0, true), place(1.0, 10.5, true), false),
            (place(0.0, 10.0, true), place(1.0, 9.5, true), true),
            (place(0.0, 10.0, true), place(1.0, 12.5, true), true),
            (place(0.0, 10.0, true), place(3.0, 11.5, true), false),
            (place(0.0, 10.0, true), place(0.01, 8.4, true), true),
            (place(0.0, 10.0, false), place(60.0, 10.0, false), false),
            (place(0.0, 10.0, false), place(1.0, 9.0, false), true),
            (place(0.0, 10.0, true), place(1.0, 9.6, false), false),
            (place(0.0, 10.0, true), place(1.0, 60.0, false), true),
        ] {
            assert_eq!(after.is_sought_since(&before), is_seek, "{before:?} {after:?}");
        }
        assert_eq!(place(1.0, 10.0, true).sec(At::from_millis(2_500)), 11.5);
        assert_eq!(place(1.0, 10.0, false).sec(At::from_millis(2_500)), 10.0);
        let late = Place { correction_sec: 1.5, corrected_in_sec: 3.0, ..place(1.0, 10.0, true) };
        assert_eq!(late.takes_at_most(At::from_millis(2_000), 3.0), 2.0, "it goes on at one and a half");
        assert_eq!(late.takes_at_most(At::from_millis(4_500), 3.0), 3.0);
        let corrected = Place { correction_sec: -0.6, corrected_in_sec: 3.0, ..place(1.0, 10.0, true) };
        let secs = [2_000, 4_000, 5_000].map(|ms| (corrected.sec(At::from_millis(ms)) * 1e3).round());
        assert_eq!(secs, [10_800.0, 12_400.0, 13_400.0]);
    }
}
