//! Sockets and locks of the simulated machine.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use vj_core::ProcessName;
use vj_core::limits::LOCK_PATIENCE;
use vj_core::mutants::{self, Mutant};
use vj_env::{BoxLink, ConnectError, ControlPlane, Gate, Listener, LocalBoxFuture, ServeError};

use super::link::{Pipe, SimLink};
use super::machine::Machine;
use crate::history::What;

/// Connections that may wait to be taken in, as with tokio's listener; then connecting fails.
const BACKLOG_MAX: usize = 1_024;

/// How often a taken lock is tried again.
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// A socket file, and whoever serves it.
pub(super) struct Socket {
    pub(super) pid: u32,
    /// False: its process is gone, and the file stands there still.
    pub(super) served: Cell<bool>,
    waiting: RefCell<VecDeque<SimLink>>,
    came: Notify,
    gate: Rc<Gate>,
}

/// The control plane as one process sees it; `pid` 0 is outside every process.
pub(super) struct SimControl {
    pub(super) machine: Weak<Machine>,
    pub(super) pid: u32,
    pub(super) gate: Option<Rc<Gate>>,
}

impl SimControl {
    fn machine(&self) -> Rc<Machine> {
        self.machine.upgrade().expect("processes end before their machine does")
    }

    fn is_dead(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.is_killed())
    }
}

impl ControlPlane for SimControl {
    fn serve(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<Box<dyn Listener>, ServeError>> {
        Box::pin(async move {
            let machine = self.machine();
            let give_up_at = machine.clock.now() + LOCK_PATIENCE;
            while let Some(holder) = machine.lock_holder(name).filter(|holder| *holder != self.pid) {
                if machine.clock.now() >= give_up_at {
                    machine.note(What::Refused { process: name.to_string(), pid: self.pid, holder });
                    if mutants::is_on(Mutant::UnlinkByANonHolder) {
                        machine.remove_socket(name, self.pid);
                    }
                    return Err(ServeError::AlreadyRunning { name, pid: Some(holder) });
                }
                machine.clock.sleep(LOCK_RETRY).await;
            }
            let gate = self.gate.clone().expect("only a process can serve");
            machine.locks.borrow_mut().insert(name, self.pid);
            let socket = Rc::new(Socket {
                pid: self.pid,
                served: Cell::new(true),
                waiting: RefCell::default(),
                came: Notify::new(),
                gate,
            });
            machine.sockets.borrow_mut().insert(name, socket.clone());
            machine.note(What::Bound { process: name.to_string(), pid: self.pid });
            let listening = SimListening { machine: self.machine.clone(), name, socket };
            Ok(Box::new(listening) as Box<dyn Listener>)
        })
    }

    fn connect(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<BoxLink, ConnectError>> {
        Box::pin(async move {
            if self.is_dead() {
                return std::future::pending().await;
            }
            let machine = self.machine();
            let socket =
                machine.sockets.borrow().get(&name).cloned().ok_or(ConnectError::NotRunning(name))?;
            if !socket.served.get() {
                return Err(ConnectError::Stale(name));
            }
            if socket.waiting.borrow().len() >= BACKLOG_MAX {
                return Err(ConnectError::Io { name, source: io::ErrorKind::WouldBlock.into() });
            }
            let weather = machine.weather.get();
            let there = Pipe::new(machine.clock.clone(), weather, machine.stream("link"));
            let back = Pipe::new(machine.clock.clone(), weather, machine.stream("link"));
            let ours = SimLink::new(&back, &there, self.gate.clone());
            let theirs = SimLink::new(&there, &back, Some(socket.gate.clone()));
            machine.remember_link(self.pid, ours.handle());
            machine.remember_link(socket.pid, theirs.handle());
            socket.waiting.borrow_mut().push_back(theirs);
            socket.came.notify_one();
            Ok(Box::new(ours) as BoxLink)
        })
    }

    fn scan(&self) -> Vec<ProcessName> {
        self.machine().sockets.borrow().keys().copied().collect()
    }

    fn socket_path(&self, name: ProcessName) -> PathBuf {
        PathBuf::from(format!("/tmp/vj-bus/{name}.sock"))
    }
}

struct SimListening {
    machine: Weak<Machine>,
    name: ProcessName,
    socket: Rc<Socket>,
}

impl Listener for SimListening {
    fn accept(&mut self) -> LocalBoxFuture<'_, io::Result<BoxLink>> {
        Box::pin(async move {
            loop {
                if let Some(link) = self.socket.waiting.borrow_mut().pop_front() {
                    return Ok(Box::new(link) as BoxLink);
                }
                self.socket.came.notified().await;
            }
        })
    }

    fn close(self: Box<Self>) {
        let Some(machine) = self.machine.upgrade() else { return };
        if self.socket.gate.is_killed() {
            return;
        }
        self.socket.served.set(false);
        machine.remove_socket(self.name, self.socket.pid);
        machine.locks.borrow_mut().remove(&self.name);
    }
}
