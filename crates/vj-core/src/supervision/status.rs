//! What the manager tells about a worker.

use super::{Exit, Health};
use crate::At;

/// One worker, as `get_state` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkerStatus {
    /// Whether it is wished to run: the driver keeps this over its own death.
    pub enabled: bool,
    /// Whether a process of it is alive.
    pub running: bool,
    /// Its health.
    pub health: Health,
    /// Its live process.
    pub pid: Option<u32>,
    /// Whether that process was found running, not started by this manager.
    pub adopted: bool,
    /// Restarts that the law made, since this manager began. Starts and restarts by hand are not among them, nor do they
    /// set it back.
    pub restart_count: u64,
    /// When the live process last sent a heartbeat.
    pub last_heartbeat: Option<At>,
    /// When it will be started again, in back-off.
    pub next_restart: Option<At>,
    /// How its last process ended.
    pub last_exit: Option<Exit>,
}
