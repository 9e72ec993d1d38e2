//! What is told of the track, and to whom: the visuals hear the current player only, subscribers hear everything.

use std::time::Duration;

use vj_bus::Emitter;
use vj_bus::osc::{Osc, TrackMessage};
use vj_core::At;
use vj_core::mutants::{self, Mutant};
use vj_core::playback::{Changes, Detector, Player};

/// Between two positions of one track.
const POSITION_EVERY: Duration = Duration::from_millis(500);

/// Tells of one player.
pub(super) struct Voice {
    player: Player,
    /// Whether the visuals hear it.
    is_current: bool,
    /// When the visuals were last told of a track.
    told_at: At,
    /// When the next position is due; none without a track.
    pub(super) position_due: Option<At>,
}

impl Voice {
    /// A voice that nobody but subscribers hears yet.
    pub(super) fn new(player: Player) -> Self {
        Self { player, is_current: false, told_at: At::ZERO, position_due: None }
    }

    /// It is the current player from now on, or no longer. One that has just become it tells how things are, and returns true.
    pub(super) fn set_current(
        &mut self,
        is_current: bool,
        out: &Emitter,
        now: At,
        detector: &Detector,
    ) -> bool {
        let was_current = std::mem::replace(&mut self.is_current, is_current);
        let becomes = is_current && !was_current;
        if becomes {
            self.tell(out, now, detector, Changes { track: true, ..Changes::default() });
        }
        becomes
    }

    /// Tells what changed.
    pub(super) fn tell(&mut self, out: &Emitter, now: At, detector: &Detector, changes: Changes) {
        if changes.track {
            let track = detector.track().map(|track| TrackMessage {
                source: self.player.as_str(),
                artist: &track.artist,
                title: &track.title,
                album: &track.album,
                duration_sec: track.duration.as_secs_f32(),
                has_lyrics: false,
            });
            if mutants::is_on(Mutant::TrackToldTwice) {
                self.send(out, &Osc::Track(track));
            }
            self.send(out, &Osc::Track(track));
            if self.is_current {
                self.told_at = now;
            }
        }
        if changes.any() {
            self.position(out, now, detector);
        }
    }

    /// When the visuals were last told of a track, in seconds of the machine; 0 = never.
    pub(super) fn told_at_sec(&self) -> f64 {
        self.told_at.as_secs_f64()
    }

    /// Tells the position.
    pub(super) fn position(&mut self, out: &Emitter, now: At, detector: &Detector) {
        let sec = detector.position_sec(now) as f32;
        self.send(out, &Osc::TrackPosition { sec, is_playing: detector.is_playing() });
        out.end_of_tick();
        self.position_due = detector.track().map(|_| now + POSITION_EVERY);
    }

    fn send(&self, out: &Emitter, message: &Osc<'_>) {
        if self.is_current {
            out.emit(message);
        } else {
            out.emit_to_subscribers(message);
        }
    }
}
