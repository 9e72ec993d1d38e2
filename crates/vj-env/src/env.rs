//! All that a process may touch.

use std::rc::Rc;

use vj_core::ProcessName;

use crate::{Clock, ControlPlane, Log, Scope, Shutdown, Store, Telemetry};

/// A process's whole world. Cloning is cheap and gives the same world.
#[derive(Clone)]
pub struct Env {
    /// Who this process is.
    pub name: ProcessName,
    /// Its number, unique while it lives.
    pub pid: u32,
    /// Time.
    pub clock: Clock,
    /// Where its tasks run and die.
    pub scope: Scope,
    /// Sockets.
    pub control: Rc<dyn ControlPlane>,
    /// Datagrams.
    pub telemetry: Rc<dyn Telemetry>,
    /// Small files that survive a crash.
    pub store: Rc<dyn Store>,
    /// The wish, from outside, that this process ends in good order.
    pub shutdown: Shutdown,
    /// What it says about itself.
    pub log: Log,
}
