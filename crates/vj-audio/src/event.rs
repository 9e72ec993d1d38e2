//! What happened since the last tick.

use crate::structure::StructureChange;

/// A beat, announced on the last tick before it.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Beat {
    /// When the beat is, in seconds of sample time: normally ahead of the announcement.
    pub time: f64,
    /// The tick at which it is told, in seconds.
    pub announced_at: f64,
    /// Its number in the bar, 1..=4; 1 is a downbeat.
    #[serde(skip)]
    pub beat_in_bar: u8,
}

/// The start of a note or a hit.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Onset {
    /// When the attack was, in seconds of sample time.
    pub time: f64,
    /// The tick at which it is told, in seconds.
    pub announced_at: f64,
    /// 0..1.
    pub strength: f32,
}

/// A short list held in place, so that a frame needs no allocation. What does not fit is dropped: the limits
/// are chosen such that nothing ever is (see [`limits`](crate::limits)).
#[derive(Clone, Copy)]
pub struct EventList<T, const LIMIT: usize> {
    events: [Option<T>; LIMIT],
}

/// Onsets since the last tick.
pub type Onsets = EventList<Onset, { crate::limits::ONSETS_PER_TICK }>;
/// Structure changes since the last tick.
pub type StructureChanges = EventList<StructureChange, { crate::limits::STRUCTURE_EVENTS_PER_TICK }>;

impl<T: Copy, const LIMIT: usize> EventList<T, LIMIT> {
    /// Appends an event if there is room.
    pub(crate) fn push(&mut self, event: T) {
        debug_assert!(
            self.events.iter().any(Option::is_none),
            "more events in one tick than the limit allows for"
        );
        if let Some(free) = self.events.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(event);
        }
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.events.iter_mut().flatten()
    }

    /// The events in order of announcement.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.events.iter().flatten()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.events.iter().all(Option::is_none)
    }
}

impl<T: Copy, const LIMIT: usize> Default for EventList<T, LIMIT> {
    fn default() -> Self {
        Self { events: [None; LIMIT] }
    }
}

impl<T: PartialEq, const LIMIT: usize> PartialEq for EventList<T, LIMIT> {
    fn eq(&self, other: &Self) -> bool {
        self.events == other.events
    }
}

impl<T: std::fmt::Debug, const LIMIT: usize> std::fmt::Debug for EventList<T, LIMIT> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.events.iter().flatten()).finish()
    }
}
