//! Worker processes of a real machine.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::rc::Rc;

use rustix::process::{Pid, kill_process, kill_process_group};
use tokio::sync::Notify;
use vj_core::ProcessName;
use vj_core::supervision::{Exit, Signal};

use super::{BusDir, LockFile};
use crate::{Clock, ExitNotice, LocalBoxFuture, Log, Processes, Scope, SpawnError};

/// How often the lock of an adopted process is looked at where the system cannot tell of the end of a process that is
/// no child.
const LOCK_LOOKS: std::time::Duration = std::time::Duration::from_millis(100);

/// Makes the command line of a process. It must put itself into a session of its own, and have its standard streams
/// where nobody has to read them.
type CommandOf = Box<dyn Fn(ProcessName) -> std::io::Result<Command>>;

/// The processes of one bus, on a real machine.
///
/// Children are waited for; an adopted process is watched through its pidfd on Linux, and through its lock elsewhere.
/// The pid is never trusted alone: it is that of whoever holds the lock.
pub struct RealProcesses {
    inner: Rc<Inner>,
}

struct Inner {
    dir: BusDir,
    clock: Clock,
    scope: Scope,
    log: Log,
    command: CommandOf,
    /// Those whose end is waited for.
    watched: RefCell<BTreeMap<u32, ProcessName>>,
    exits: RefCell<VecDeque<ExitNotice>>,
    came: Notify,
}

impl RealProcesses {
    /// The processes of the bus in `dir`; `command` says how each is started.
    pub fn new(
        dir: BusDir,
        clock: Clock,
        scope: Scope,
        log: Log,
        command: impl Fn(ProcessName) -> std::io::Result<Command> + 'static,
    ) -> Self {
        let command = Box::new(command);
        let (watched, exits, came) = Default::default();
        Self { inner: Rc::new(Inner { dir, clock, scope, log, command, watched, exits, came }) }
    }
}

impl Inner {
    fn ended(&self, worker: ProcessName, pid: u32, exit: Exit) {
        if self.watched.borrow_mut().remove(&pid).is_some() {
            self.exits.borrow_mut().push_back(ExitNotice { worker, pid, exit });
            self.came.notify_one();
        }
    }

    fn holder(&self, worker: ProcessName) -> Option<u32> {
        match LockFile::holder(&self.dir.lock(worker)) {
            Ok(holder) => holder.and_then(|holder| holder.pid),
            Err(error) => {
                self.log.warn(format!("failed to look at the lock of {worker}: {error}"));
                None
            }
        }
    }

    /// Ready when `pid`, which is no child of ours, has ended.
    async fn gone(&self, worker: ProcessName, pid: u32) {
        #[cfg(target_os = "linux")]
        if let Some(ended) = pidfd(pid) {
            // Between the look at the lock and here the process may have ended and its number may be another's.
            if self.holder(worker) == Some(pid) {
                let _ = ended.readable().await;
            }
            return;
        }
        while self.holder(worker) == Some(pid) {
            self.clock.sleep(LOCK_LOOKS).await;
        }
    }
}

/// Ready when `pid` has ended, for those who watch a process and are not its parent. Between the moment at which its
/// number was learnt and the call it must not have ended so long ago that another has the number.
pub async fn process_ended(clock: &Clock, pid: u32) {
    #[cfg(target_os = "linux")]
    if let Some(ended) = pidfd(pid) {
        let _ = ended.readable().await;
        return;
    }
    // A child that nobody has waited for counts as alive here: only its parent could tell.
    while to_pid(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok()) {
        clock.sleep(LOCK_LOOKS).await;
    }
}

/// Something that becomes readable when the process ends; none on a kernel older than 5.3.
#[cfg(target_os = "linux")]
fn pidfd(pid: u32) -> Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>> {
    let fd = rustix::process::pidfd_open(to_pid(pid)?, rustix::process::PidfdFlags::NONBLOCK).ok()?;
    #[allow(
        deprecated,
        reason = "its successor is unsafe, for types that may close the descriptor early: not this one"
    )]
    tokio::io::unix::AsyncFd::with_interest(fd, tokio::io::Interest::READABLE).ok()
}

fn to_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Vanished,
    }
}

impl Processes for RealProcesses {
    fn spawn(&self, worker: ProcessName) -> Result<u32, SpawnError> {
        let failed = |why: std::io::Error| SpawnError { worker, why: why.to_string() };
        let command = (self.inner.command)(worker).map_err(failed)?;
        let mut child = tokio::process::Command::from(command).spawn().map_err(failed)?;
        let Some(pid) = child.id() else {
            return Err(SpawnError { worker, why: "it ended before it had a number".to_owned() });
        };
        self.inner.watched.borrow_mut().insert(pid, worker);
        let inner = self.inner.clone();
        self.inner.scope.spawn(async move {
            let exit = child.wait().await.map_or(Exit::Vanished, exit_of);
            inner.ended(worker, pid, exit);
        });
        Ok(pid)
    }

    fn signal(&self, pid: u32, signal: Signal) {
        // The number of a process that has ended may be another's by now.
        let watched = self.inner.watched.borrow().contains_key(&pid);
        let Some(target) = to_pid(pid).filter(|_| watched) else { return };
        let number = match signal {
            Signal::Terminate => rustix::process::Signal::TERM,
            Signal::Kill => rustix::process::Signal::KILL,
        };
        // A process leads its group from its first moments on; before that, and if somebody else started it without a
        // group of its own, there is only the process itself.
        if kill_process_group(target, number).is_err() {
            let _ = kill_process(target, number);
        }
    }

    fn adopt(&self, worker: ProcessName) -> Option<u32> {
        let pid = self.inner.holder(worker)?;
        if self.inner.watched.borrow_mut().insert(pid, worker).is_none() {
            let inner = self.inner.clone();
            self.inner.scope.spawn(async move {
                inner.gone(worker, pid).await;
                inner.ended(worker, pid, Exit::Vanished);
            });
        }
        Some(pid)
    }

    fn clear_stale_socket(&self, worker: ProcessName) {
        let path = self.inner.dir.socket(worker);
        if fs::symlink_metadata(&path).is_err() && !self.inner.dir.lock(worker).exists() {
            return;
        }
        // Whoever holds the lock serves the socket, or will remove it itself.
        let Ok(Some(_lock)) = LockFile::try_hold_unnamed(&self.inner.dir.lock(worker)) else { return };
        let is_socket = fs::symlink_metadata(&path).is_ok_and(|found| found.file_type().is_socket());
        if is_socket && let Err(error) = fs::remove_file(&path) {
            self.inner.log.warn(format!("failed to remove the stale socket {}: {error}", path.display()));
        }
    }

    fn next_exit(&self) -> LocalBoxFuture<'_, ExitNotice> {
        Box::pin(async move {
            loop {
                if let Some(notice) = self.inner.exits.borrow_mut().pop_front() {
                    return notice;
                }
                self.inner.came.notified().await;
            }
        })
    }
}
