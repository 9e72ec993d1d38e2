//! Reports in, changes out.

use std::time::Duration;

use super::{Playback, PlaybackKind, Position, SEEK_SEC, Standing, Track};
use crate::At;

/// "Nothing plays" must be said for this long before it ends a track: services say it now and then in the middle of one,
/// and a file that is being written is empty for a moment.
pub const END_GRACE: Duration = Duration::from_secs(4);

/// An answer with the track that was just left, and going on in it, is an old answer: for this long after the change it must
/// be given twice to count.
pub const STALE_FOR: Duration = Duration::from_secs(8);

/// A service that reports a place so far behind the end of the track has lost sight of its player.
const OVERRUN: Duration = Duration::from_secs(10);

/// A track of unknown length is taken to be over when nobody has said anything for so long.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// A player that stopped counts as playing for this long, so that a pause of a breath gives the stage to nobody else.
const STANDING_HOLD: Duration = Duration::from_secs(3);

/// What a report changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Another track, or none any more.
    pub track: bool,
    /// It went on or stopped.
    pub is_playing: bool,
    /// Somebody jumped within the track.
    pub seek: bool,
    /// The position was a little off, and is being corrected: no change of what plays, but whoever lets it run on by itself
    /// wants to know.
    pub correction: bool,
}

/// Errors below this nobody sees.
const CORRECTION_SEC: f64 = 0.01;

impl Changes {
    /// Whether anything changed.
    #[must_use]
    pub fn any(self) -> bool {
        self.track || self.is_playing || self.seek
    }
}

#[derive(Debug, Clone)]
struct Current {
    track: Track,
    kind: PlaybackKind,
    play: Option<u64>,
    position: Position,
    /// The last place that was reported, as it was.
    reported: Option<Duration>,
}

/// The track that was left last.
#[derive(Debug, Clone)]
struct Left {
    track: Track,
    play: Option<u64>,
    at: At,
    position_sec: f64,
    /// An old answer with it was let pass already.
    was_claimed: bool,
}

/// Makes one story of what a source reports: which track, whether it runs, and where it is.
#[derive(Debug, Clone, Default)]
pub struct Detector {
    is_known: bool,
    heard_at: At,
    current: Option<Current>,
    /// Of what kind that is which plays without a track.
    kind: PlaybackKind,
    empty_since: Option<At>,
    stopped_at: Option<At>,
    left: Option<Left>,
}

impl Detector {
    /// Nothing has been reported yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether anything was reported at all.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// The current track.
    #[must_use]
    pub fn track(&self) -> Option<&Track> {
        self.current.as_ref().map(|current| &current.track)
    }

    /// Of what kind it is.
    #[must_use]
    pub fn kind(&self) -> PlaybackKind {
        self.current.as_ref().map_or(self.kind, |current| current.kind)
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.position.is_running())
    }

    /// Where in the track it is, in seconds; never behind its end, and 0 without a track.
    #[must_use]
    pub fn position_sec(&self, now: At) -> f64 {
        let Some(current) = &self.current else { return 0.0 };
        let sec = current.position.sec(now);
        current.track.known_duration().map_or(sec, |duration| sec.min(duration.as_secs_f64()))
    }

    /// By how much that is still to be corrected, and within which time: see [`Position::correction`].
    #[must_use]
    pub fn position_correction(&self, now: At) -> (f64, f64) {
        self.current.as_ref().map_or((0.0, 0.0), |current| current.position.correction(now))
    }

    /// How long the track still runs, if it runs and its length is known.
    #[must_use]
    pub fn remaining(&self, now: At) -> Option<Duration> {
        let duration = self.track().filter(|_| self.is_playing())?.known_duration()?;
        Some(Duration::from_secs_f64((duration.as_secs_f64() - self.position_sec(now)).max(0.0)))
    }

    /// How much it has to say among several players.
    #[must_use]
    pub fn standing(&self, now: At) -> Standing {
        let holds = self.stopped_at.is_some_and(|at| now.since(at) < STANDING_HOLD);
        match &self.current {
            _ if !self.is_known => Standing::Gone,
            None => Standing::Idle,
            Some(current) if current.position.is_running() || holds => Standing::Playing,
            Some(_) => Standing::Stopped,
        }
    }

    /// When [`standing`](Self::standing) changes by itself next.
    #[must_use]
    pub fn standing_changes_at(&self, now: At) -> Option<At> {
        self.stopped_at.map(|at| at + STANDING_HOLD).filter(|at| *at > now)
    }

    /// Nobody says how it is any more. A track runs on by itself, but not beyond its end: then it is taken to have stopped.
    pub fn unheard(&mut self, now: At) -> Changes {
        let Some(current) = self.current.as_mut().filter(|it| it.position.is_running()) else {
            return Changes::default();
        };
        let is_over = match current.track.known_duration() {
            Some(duration) => current.position.sec(now) > (duration + OVERRUN).as_secs_f64(),
            None => now.since(self.heard_at) > LONGEST,
        };
        if is_over {
            current.position.set_running(now, false);
            self.stopped_at = Some(now);
        }
        Changes { is_playing: is_over, ..Changes::default() }
    }

    /// A source says how it is at `now`.
    pub fn report(&mut self, now: At, playback: &Playback) -> Changes {
        self.is_known = true;
        self.heard_at = now;
        self.kind = playback.kind;
        let Some(track) = &playback.track else { return self.nothing_plays(now, playback.kind) };
        self.empty_since = None;
        let is_playing = playback.is_playing && !is_lost(track, playback.position);
        if let Some(current) = &mut self.current
            && current.track.is_same_as(track)
            && current.play == playback.play
        {
            return self.goes_on(now, playback, track, is_playing);
        }
        if self.is_stale(now, playback, track) {
            return Changes::default();
        }
        let was_playing = self.is_playing();
        self.leave(now);
        let position_sec = playback.position.unwrap_or_default().as_secs_f64();
        self.current = Some(Current {
            track: track.clone(),
            kind: playback.kind,
            play: playback.play,
            position: Position::new(now, position_sec, is_playing),
            reported: playback.position,
        });
        self.stopped_at = None;
        Changes { track: true, is_playing: was_playing != is_playing, ..Changes::default() }
    }

    fn goes_on(&mut self, now: At, playback: &Playback, track: &Track, is_playing: bool) -> Changes {
        let Some(current) = &mut self.current else { return Changes::default() };
        // What was not known before is no other track.
        if track.known_duration().is_some() {
            current.track.duration = track.duration;
        }
        if current.track.album.is_empty() {
            current.track.album.clone_from(&track.album);
        }
        current.kind = playback.kind;
        let mut changes = Changes::default();
        if current.position.is_running() != is_playing {
            current.position.set_running(now, is_playing);
            self.stopped_at = (!is_playing).then_some(now);
            changes.is_playing = true;
        }
        if let Some(reported) = playback.position {
            // Some devices say 0 all the time.
            let is_stuck = reported.is_zero() && current.reported == Some(reported) && is_playing;
            if !is_stuck {
                changes.seek = current.position.report(now, reported);
                changes.correction = current.position.correction(now).0.abs() > CORRECTION_SEC;
            }
            current.reported = Some(reported);
        }
        changes
    }

    fn nothing_plays(&mut self, now: At, kind: PlaybackKind) -> Changes {
        if self.current.is_none() {
            return Changes::default();
        }
        let since = *self.empty_since.get_or_insert(now);
        // An advertisement is not a pause in what was said.
        if kind != PlaybackKind::Ad && now.since(since) < END_GRACE {
            return Changes::default();
        }
        let was_playing = self.is_playing();
        self.leave(now);
        Changes { track: true, is_playing: was_playing, ..Changes::default() }
    }

    fn leave(&mut self, now: At) {
        let position_sec = self.position_sec(now);
        self.left = self.current.take().map(|old| Left {
            track: old.track,
            play: old.play,
            at: now,
            position_sec,
            was_claimed: false,
        });
        self.stopped_at = None;
        self.empty_since = None;
    }

    /// Whether this is an old answer about the track that was left, and not a way back to it: it goes on where that was.
    fn is_stale(&mut self, now: At, playback: &Playback, track: &Track) -> bool {
        let has_current = self.current.is_some();
        let Some(left) = &mut self.left else { return false };
        let goes_on =
            playback.position.is_none_or(|position| position.as_secs_f64() > left.position_sec - SEEK_SEC);
        let is_stale = has_current
            && !left.was_claimed
            && now.since(left.at) < STALE_FOR
            && left.play == playback.play
            && left.track.is_same_as(track)
            && goes_on
            && left.position_sec > SEEK_SEC;
        left.was_claimed |= is_stale;
        is_stale
    }
}

fn is_lost(track: &Track, position: Option<Duration>) -> bool {
    let end = track.known_duration();
    end.zip(position).is_some_and(|(end, position)| position > end + OVERRUN)
}
