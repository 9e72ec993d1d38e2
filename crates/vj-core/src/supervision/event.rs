//! What can happen to the law: a closed list of everything that wakes it.

use super::Exit;
use crate::ProcessName;

/// Something that happened. Events about a worker that the supervisor does not have are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A deadline came, or the driver just looks at the clock. Never wrong, at any moment.
    Tick,
    /// All survivors have been reported: start every worker that is enabled and has no process.
    Begin,
    /// A person wants it to run. Clears the restart series and skips the back-off.
    StartRequested {
        /// The worker to start.
        worker: ProcessName,
    },
    /// A person wants it to end, and to stay down.
    StopRequested {
        /// The worker to stop.
        worker: ProcessName,
    },
    /// A person wants a fresh process of it. Not a crash: clears the restart series and skips the back-off.
    RestartRequested {
        /// The worker to restart.
        worker: ProcessName,
    },
    /// Its lock is held by this live process, which this manager did not start: adopt it. The lock is the truth: a
    /// process that the law believed in until now, and that does not hold the lock, is forgotten (it can only exit).
    Found {
        /// The worker whose lock is held.
        worker: ProcessName,
        /// The holder.
        pid: u32,
    },
    /// The process asked for by `Action::Spawn` runs. Comes before any other event of that process.
    Spawned {
        /// The worker that was started.
        worker: ProcessName,
        /// Its process.
        pid: u32,
    },
    /// The process asked for by `Action::Spawn` could not be started. Counts as a crash.
    SpawnFailed {
        /// The worker that was to be started.
        worker: ProcessName,
    },
    /// The worker registered (again) over a connection of its own; health starts here. A worker of which the law knows
    /// no process is adopted by this.
    Registered {
        /// The worker that registered.
        worker: ProcessName,
        /// Its process.
        pid: u32,
    },
    /// A heartbeat arrived. Of another pid than the known one, or before `Registered`, it says nothing.
    Heartbeat {
        /// The worker that sent it.
        worker: ProcessName,
        /// Its process.
        pid: u32,
        /// What it says about itself.
        status: Reported,
    },
    /// The process is gone, whatever caused it.
    Exited {
        /// Whose process it was.
        worker: ProcessName,
        /// The process that ended.
        pid: u32,
        /// How it ended.
        exit: Exit,
    },
    /// Stop every worker, one after another in the reverse order of start. Final: nothing is started any more. The wish
    /// (`enabled`) stays as it is.
    ShutdownAll,
}

/// What a worker says about itself in a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Reported {
    /// It is getting ready.
    Starting,
    /// All is well.
    #[default]
    Running,
    /// It runs, but something it needs is missing.
    Degraded,
    /// It is about to end.
    Stopping,
}
