//! The end of everything, in order: the workers in the reverse order of their start, then the manager.

use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use vj_bus::{Client, Outcome};
use vj_core::ProcessName::{self, ProcessManager};
use vj_core::supervision::Signal;
use vj_env::{Clock, ControlPlane, Log, Processes, Store};

use crate::show;

/// A manager that does not answer within this is hung, and passed over.
const MANAGER_ANSWERS: Duration = Duration::from_secs(1);

/// Beyond the grace of each worker, the manager gets this long.
const MANAGER_ENDS: Duration = Duration::from_secs(2);

/// After SIGKILL a process is gone as soon as the system comes to it.
const KILLED: Duration = Duration::from_secs(2);

/// One process that ran, and how it was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Which.
    pub name: ProcessName,
    /// Its number.
    pub pid: u32,
    /// It did not obey, and was killed.
    pub killed: bool,
    /// It is still there: the system did not let it be killed.
    pub survived: bool,
}

/// Stops every process of the bus: through the manager if one answers, and else by signal, each with `grace` between
/// SIGTERM and SIGKILL. Then the show is forgotten, and no socket is left. Returns who ran, in order of their end.
pub async fn stop_all(
    control: &dyn ControlPlane,
    clock: &Clock,
    processes: &Rc<dyn Processes>,
    store: &dyn Store,
    log: &Log,
    grace: Duration,
) -> Vec<Stopped> {
    let running: Vec<_> = ProcessName::ALL
        .into_iter()
        .rev()
        .filter_map(|name| {
            processes.adopt(name).map(|pid| Stopped { name, pid, killed: false, survived: false })
        })
        .collect();
    let mut stopping = Stopping { clock, processes, running, stopped: Vec::new() };
    if stopping.runs(ProcessManager) && ask_manager(control, clock).await {
        // It stops the workers one after another, each with its own grace.
        let workers = u32::try_from(stopping.running.len()).unwrap_or(1);
        stopping.until_all_gone(grace, grace * workers + MANAGER_ENDS).await;
    }
    if let Some(manager) = stopping.running.iter().find(|it| it.name == ProcessManager).cloned() {
        // Hung or half-way: while it lived, it would start again what is stopped here.
        log.warn(format!("{ProcessManager} (pid {}) does not answer and is killed", manager.pid));
        stopping.kill(&manager).await;
    }
    while let Some(next) = stopping.running.first().cloned() {
        processes.signal(next.pid, Signal::Terminate);
        if !stopping.until_gone(next.pid, grace).await {
            stopping.kill(&next).await;
        }
    }
    for name in ProcessName::ALL {
        processes.clear_stale_socket(name);
    }
    show::end(store, log).await;
    stopping.stopped
}

async fn ask_manager(control: &dyn ControlPlane, clock: &Clock) -> bool {
    let asked = async {
        let mut client = Client::connect(control, clock, ProcessManager).await.ok()?;
        let answer = client.call("shutdown", json!({"workers": true})).await;
        // A manager whose last answer was lost may be about to do it all the same.
        matches!(answer, Outcome::Replied(_)).then_some(())
    };
    matches!(clock.timeout(MANAGER_ANSWERS, asked).await, Ok(Some(())))
}

struct Stopping<'a> {
    clock: &'a Clock,
    processes: &'a Rc<dyn Processes>,
    running: Vec<Stopped>,
    stopped: Vec<Stopped>,
}

impl Stopping<'_> {
    fn runs(&self, name: ProcessName) -> bool {
        self.running.iter().any(|it| it.name == name)
    }

    fn gone(&mut self, pid: u32) {
        if let Some(at) = self.running.iter().position(|it| it.pid == pid) {
            let gone = self.running.remove(at);
            self.stopped.push(gone);
        }
    }

    /// The manager tells them to end, one after the other; who needs all of its grace was killed.
    async fn until_all_gone(&mut self, grace: Duration, limit: Duration) {
        let until = self.clock.now() + limit;
        let mut since = self.clock.now();
        while !self.running.is_empty() {
            let left = until.since(self.clock.now());
            match self.clock.timeout(left, self.processes.next_exit()).await {
                Ok(notice) => {
                    let now = self.clock.now();
                    if let Some(it) = self.running.iter_mut().find(|it| it.pid == notice.pid) {
                        it.killed = now.since(since) >= grace;
                    }
                    since = now;
                    self.gone(notice.pid);
                }
                Err(_) => return,
            }
        }
    }

    async fn until_gone(&mut self, pid: u32, limit: Duration) -> bool {
        let until = self.clock.now() + limit;
        while self.running.iter().any(|it| it.pid == pid) {
            let left = until.since(self.clock.now());
            match self.clock.timeout(left, self.processes.next_exit()).await {
                Ok(notice) => self.gone(notice.pid),
                Err(_) => return false,
            }
        }
        true
    }

    async fn kill(&mut self, target: &Stopped) {
        if let Some(it) = self.running.iter_mut().find(|it| it.pid == target.pid) {
            it.killed = true;
        }
        self.processes.signal(target.pid, Signal::Kill);
        if !self.until_gone(target.pid, KILLED).await
            && let Some(it) = self.running.iter_mut().find(|it| it.pid == target.pid)
        {
            it.survived = true;
            let pid = it.pid;
            self.gone(pid);
        }
    }
}
