//! Starting, signalling and watching other processes: the manager's alone.

use vj_core::ProcessName;
use vj_core::supervision::{Exit, Signal};

use crate::LocalBoxFuture;

/// A process could not be started.
#[derive(Debug, thiserror::Error)]
#[error("failed to start {worker}: {why}")]
pub struct SpawnError {
    /// Which.
    pub worker: ProcessName,
    /// What the system said.
    pub why: String,
}

/// A process that was spawned or adopted has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitNotice {
    /// Which worker.
    pub worker: ProcessName,
    /// Its number.
    pub pid: u32,
    /// How it ended; of an adopted process the system does not tell.
    pub exit: Exit,
}

/// The worker processes of one bus.
pub trait Processes {
    /// Starts a worker, detached: in a session of its own, tied to nobody's life.
    ///
    /// # Errors
    /// When the system refuses.
    fn spawn(&self, worker: ProcessName) -> Result<u32, SpawnError>;

    /// Signals the whole process group of `pid`. A process that is gone is no error.
    fn signal(&self, pid: u32, signal: Signal);

    /// If somebody holds the lock of `worker`, watches that process from now on and returns its number. This is how a
    /// new manager finds what an old one left running: a lock cannot be fooled by a reused number.
    fn adopt(&self, worker: ProcessName) -> Option<u32>;

    /// Removes the socket that a dead `worker` left, holding its lock for that moment.
    fn clear_stale_socket(&self, worker: ProcessName);

    /// The next end of a spawned or adopted process, at once when it happens. Cancel-safe; one reader.
    fn next_exit(&self) -> LocalBoxFuture<'_, ExitNotice>;
}
