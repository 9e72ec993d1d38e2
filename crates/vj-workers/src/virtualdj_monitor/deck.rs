//! One deck, as far as it has been told.

use std::time::Duration;

use vj_core::At;

/// Artist and title come one after the other.
pub(super) const SETTLES: Duration = Duration::from_millis(100);

/// One deck.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Deck {
    pub(super) artist: String,
    pub(super) title: String,
    pub(super) length: Duration,
    /// 0..1, and when it was told.
    pub(super) position: Option<(f64, At)>,
    pub(super) bpm: f64,
    pub(super) is_audible: bool,
    /// When artist or title changed.
    pub(super) changed_at: Option<At>,
    /// Counts what was loaded.
    pub(super) loads: u64,
    /// What was in it before VirtualDJ fell silent, and which load that was.
    pub(super) before: Option<(String, String, u64)>,
}

impl Deck {
    pub(super) fn text_changed(&mut self, now: At) {
        if self.changed_at.is_none_or(|at| now.since(at) >= SETTLES) {
            self.settle(now);
            self.loads += 1;
            // What was told of the place belongs to the track before.
            self.position = None;
        }
        self.changed_at = Some(now);
    }

    /// Once artist and title are told: what is still in it after a silence is no other load.
    pub(super) fn settle(&mut self, now: At) {
        if self.changed_at.is_some()
            && !self.is_half_told(now)
            && let Some((artist, title, loads)) = self.before.take()
            && (artist.as_str(), title.as_str()) == (self.artist.as_str(), self.title.as_str())
        {
            self.loads = loads;
        }
    }

    pub(super) fn is_half_told(&self, now: At) -> bool {
        self.changed_at.is_some_and(|at| now.since(at) < SETTLES)
    }

    pub(super) fn has_track(&self) -> bool {
        !self.artist.trim().is_empty() || !self.title.trim().is_empty()
    }
}
