//! The health of a worker, as users see it everywhere.

use std::fmt;

/// The health of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Health {
    /// No process, and none is wanted or on its way.
    #[default]
    Stopped,
    /// A process is being started, or runs and has not registered yet.
    Starting,
    /// It registered and its heartbeats come.
    Healthy,
    /// Its heartbeats come and say that it cannot do all of its job.
    Degraded,
    /// It runs but has been silent for too long.
    Unhealthy,
    /// It crashed and will be started again.
    Backoff,
    /// It crashed too often; only a person starts it again.
    GivenUp,
}

impl Health {
    /// Every health.
    pub const ALL: [Self; 7] = [
        Self::Stopped,
        Self::Starting,
        Self::Healthy,
        Self::Degraded,
        Self::Unhealthy,
        Self::Backoff,
        Self::GivenUp,
    ];

    /// The spelling in states, on OSC and on the screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
            Self::Backoff => "backoff",
            Self::GivenUp => "given_up",
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` and not `write_str`, so that tables can align it.
        f.pad(self.as_str())
    }
}
