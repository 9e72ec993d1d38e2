//! What the law asks its driver to do.

use std::time::Duration;

use super::Health;
use crate::ProcessName;

/// Something for the driver to do or to tell, in the order of the list that [`step`](super::Supervisor::step) gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start a process of this worker and answer by `Spawned`, `SpawnFailed` or `Found`.
    Spawn {
        /// The worker to start.
        worker: ProcessName,
    },
    /// Send a signal to the whole process group of this process, so that nothing it started outlives it.
    Signal {
        /// Whose process it is.
        worker: ProcessName,
        /// The process, leader of its group.
        pid: u32,
        /// What to send.
        signal: Signal,
    },
    /// The health that users see has changed: announce and log it. At most once per worker and step.
    HealthChanged {
        /// Whose health.
        worker: ProcessName,
        /// What it is now.
        health: Health,
    },
    /// The manager itself was frozen, and all deadlines of silence and of SIGTERM's grace were moved on. For the log.
    FreezeForgiven {
        /// By how much: the time since the step before, of which the law has seen nothing.
        unseen: Duration,
    },
}

/// The two signals of supervision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// SIGTERM: please end.
    Terminate,
    /// SIGKILL: also ends a stopped process, which cannot obey SIGTERM.
    Kill,
}
