//! Datagrams on the simulated machine: logged, delivered to whoever listens, else gone.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::{Rc, Weak};

use tokio::sync::Notify;
use vj_core::ProcessName;
use vj_env::{Gate, Telemetry};

use super::machine::Machine;
use crate::history::What;

/// Datagrams that wait for a receiver which does not read, as a socket's buffer would hold; further ones are lost.
const MAILBOX_MAX: usize = 256;

/// Telemetry as one process sees it.
pub(super) struct SimTelemetry {
    pub(super) machine: Weak<Machine>,
    pub(super) from: ProcessName,
    pub(super) gate: Rc<Gate>,
}

impl Telemetry for SimTelemetry {
    fn send(&self, to: SocketAddr, packet: &[u8]) {
        if self.gate.is_killed() {
            return;
        }
        let Some(machine) = self.machine.upgrade() else { return };
        // The log is what the visuals get. Copies to subscribers are the same messages once more.
        if to == machine.visuals {
            machine.osc.add(machine.clock.now(), self.from, packet);
            machine.watch_health(packet);
        }
        let mailbox = machine.receivers.borrow().get(&to).cloned();
        if let Some(mailbox) = mailbox {
            mailbox.push(&machine, to, self.from, packet);
        }
    }

    fn dropped(&self) -> u64 {
        0
    }
}

#[derive(Default)]
pub(super) struct Mailbox {
    packets: RefCell<VecDeque<(ProcessName, Vec<u8>)>>,
    came: Notify,
    got_any: Cell<bool>,
}

impl Mailbox {
    fn push(&self, machine: &Machine, to: SocketAddr, from: ProcessName, packet: &[u8]) {
        if !self.got_any.replace(true) {
            machine.note(What::FirstPacket { address: to.to_string() });
        }
        let mut packets = self.packets.borrow_mut();
        if packets.len() < MAILBOX_MAX {
            packets.push_back((from, packet.to_vec()));
            self.came.notify_one();
        }
    }
}

/// A UDP port on the simulated machine that somebody listens to; it closes when this is dropped.
pub struct Receiver {
    pub(super) machine: Weak<Machine>,
    pub(super) address: SocketAddr,
    pub(super) mailbox: Rc<Mailbox>,
}

impl Receiver {
    /// The next datagram, and which process sent it.
    pub async fn next(&self) -> (ProcessName, Vec<u8>) {
        loop {
            if let Some(packet) = self.mailbox.packets.borrow_mut().pop_front() {
                return packet;
            }
            self.mailbox.came.notified().await;
        }
    }
}

impl Drop for Receiver {
    /// What closing a socket does.
    fn drop(&mut self) {
        if let Some(machine) = self.machine.upgrade() {
            machine.receivers.borrow_mut().remove(&self.address);
            machine.note(What::Receiver { address: self.address.to_string(), listens: false });
        }
    }
}
