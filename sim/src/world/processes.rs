//! Processes as the simulated manager sees them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use tokio::sync::Notify;
use vj_core::ProcessName;
use vj_core::supervision::{Exit, Signal};
use vj_env::{ExitNotice, Gate, LocalBoxFuture, Processes, SpawnError};

use super::machine::Machine;

/// The ends that one manager is told of.
#[derive(Default)]
pub(super) struct Exits {
    waiting: RefCell<VecDeque<ExitNotice>>,
    came: Notify,
}

impl Exits {
    pub(super) fn push(&self, notice: ExitNotice) {
        self.waiting.borrow_mut().push_back(notice);
        self.came.notify_one();
    }
}

/// The other processes, as one manager sees them.
pub(super) struct SimProcesses {
    pub(super) machine: Weak<Machine>,
    pub(super) gate: Rc<Gate>,
    pub(super) exits: Rc<Exits>,
}

impl SimProcesses {
    fn machine(&self) -> Option<Rc<Machine>> {
        if self.gate.is_killed() { None } else { self.machine.upgrade() }
    }
}

impl Processes for SimProcesses {
    fn spawn(&self, worker: ProcessName) -> Result<u32, SpawnError> {
        let gone = || SpawnError { worker, why: "the manager is gone".to_owned() };
        let machine = self.machine().ok_or_else(gone)?;
        let pid = machine.start(worker);
        machine.watch_exit(pid, &self.exits, true);
        Ok(pid)
    }

    fn signal(&self, pid: u32, signal: Signal) {
        let Some(machine) = self.machine() else { return };
        match signal {
            Signal::Terminate => machine.terminate(pid),
            Signal::Kill => machine.kill(pid, Exit::Signal(9)),
        }
    }

    fn adopt(&self, worker: ProcessName) -> Option<u32> {
        let machine = self.machine()?;
        let pid = machine.lock_holder(worker)?;
        machine.watch_exit(pid, &self.exits, false);
        Some(pid)
    }

    fn clear_stale_socket(&self, worker: ProcessName) {
        let Some(machine) = self.machine() else { return };
        if machine.lock_holder(worker).is_none() {
            machine.remove_socket(worker, 0);
        }
    }

    fn next_exit(&self) -> LocalBoxFuture<'_, ExitNotice> {
        Box::pin(async move {
            loop {
                if let Some(notice) = self.exits.waiting.borrow_mut().pop_front() {
                    return notice;
                }
                self.exits.came.notified().await;
            }
        })
    }
}
