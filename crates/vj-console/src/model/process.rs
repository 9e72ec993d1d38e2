//! What one process says of itself.

use std::time::Duration;

use serde_json::Value;
use vj_bus::Status;
use vj_core::At;

use crate::limits::STALE_AFTER;

/// One process, as far as it is known.
#[derive(Debug, Clone)]
pub struct Process {
    /// The `data` of its last `get_state`; null before the first.
    pub state: Value,
    /// When that came.
    pub heard_at: At,
    /// Why it cannot be reached; none while it can.
    pub lost: Option<String>,
    /// How it is, by its last heartbeat or state.
    pub status: Option<Status>,
}

impl Process {
    /// How long ago it answered.
    #[must_use]
    pub fn age(&self, now: At) -> Duration {
        now.since(self.heard_at)
    }

    /// Whether it is reached and has answered lately. What is not is shown greyed, with its age.
    #[must_use]
    pub fn is_fresh(&self, now: At) -> bool {
        self.lost.is_none() && self.age(now) <= STALE_AFTER
    }
}
