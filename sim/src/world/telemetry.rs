//! Datagrams on the simulated machine: logged, delivered to whoever listens, else gone.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::rc::{Rc, Weak};

use tokio::sync::Notify;
use vj_core::ProcessName;
use vj_env::{Datagrams, Gate, LocalBoxFuture, Telemetry};

use super::machine::Machine;
use crate::history::What;

/// Datagrams that wait for a receiver which does not read, as a socket's buffer would hold; further ones are lost.
const MAILBOX_MAX: usize = 256;

/// Where the system chooses ports from.
const EPHEMERAL_PORTS: std::ops::Range<u16> = 49_152..65_535;

/// Telemetry as one process sees it, or somebody outside every process.
pub(super) struct SimTelemetry {
    pub(super) machine: Weak<Machine>,
    pub(super) pid: u32,
    pub(super) from: Option<ProcessName>,
    pub(super) gate: Option<Rc<Gate>>,
}

impl SimTelemetry {
    fn machine(&self) -> Option<Rc<Machine>> {
        if self.gate.as_ref().is_some_and(|gate| gate.is_killed()) { None } else { self.machine.upgrade() }
    }

    /// Each process sends from a port of its own.
    fn port(&self) -> u16 {
        20_000 + u16::try_from(self.pid % 20_000).unwrap_or_default()
    }
}

impl Telemetry for SimTelemetry {
    fn send(&self, to: SocketAddr, packet: &[u8]) {
        let Some(machine) = self.machine() else { return };
        let from = self.from.filter(|_| to == machine.visuals);
        // What the manager says of health is part of the history, whether it arrives or not.
        if from.is_some() {
            machine.watch_health(packet);
        }
        if machine.loses_a_datagram() {
            return;
        }
        // The log is what the visuals get. Copies to subscribers are the same messages once more.
        if let Some(from) = from {
            machine.osc.add(machine.clock.now(), from, packet);
        }
        let mailbox = machine.receivers.borrow().get(&to).cloned();
        if let Some(mailbox) = mailbox {
            let from = Sender { name: self.from, address: SocketAddr::from(([127, 0, 0, 1], self.port())) };
            mailbox.push(&machine, to, from, packet);
        }
    }

    fn dropped(&self) -> u64 {
        0
    }

    fn listen(&self, at: SocketAddr) -> io::Result<Box<dyn Datagrams>> {
        let machine = self.machine().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut receivers = machine.receivers.borrow_mut();
        let address = if at.port() == 0 {
            let mut free = EPHEMERAL_PORTS.map(|port| SocketAddr::new(at.ip(), port));
            free.find(|address| !receivers.contains_key(address)).ok_or(io::ErrorKind::AddrInUse)?
        } else {
            at
        };
        if receivers.contains_key(&address) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let mailbox = Rc::new(Mailbox { owner: self.pid, ..Mailbox::default() });
        receivers.insert(address, mailbox.clone());
        Ok(Box::new(SimDatagrams { machine: self.machine.clone(), address, mailbox }))
    }
}

#[derive(Clone, Copy)]
struct Sender {
    name: Option<ProcessName>,
    address: SocketAddr,
}

#[derive(Default)]
pub(super) struct Mailbox {
    /// The process that listens; 0 for somebody outside.
    pub(super) owner: u32,
    packets: RefCell<VecDeque<(Sender, Vec<u8>)>>,
    came: Notify,
    got_any: Cell<bool>,
    /// Those that found no room.
    lost: Cell<u64>,
}

impl Mailbox {
    fn push(&self, machine: &Machine, to: SocketAddr, from: Sender, packet: &[u8]) {
        // Of ports that processes listen to, the processes tell.
        if !self.got_any.replace(true) && self.owner == 0 {
            machine.note(What::FirstPacket { address: to.to_string() });
        }
        let mut packets = self.packets.borrow_mut();
        if packets.len() < MAILBOX_MAX {
            packets.push_back((from, packet.to_vec()));
            self.came.notify_one();
        } else {
            self.lost.set(self.lost.get() + 1);
        }
    }

    /// Datagrams that found no room.
    pub(super) fn lost(&self) -> u64 {
        self.lost.get()
    }

    fn pop(&self) -> Option<(Sender, Vec<u8>)> {
        self.packets.borrow_mut().pop_front()
    }

    async fn next(&self) -> (Sender, Vec<u8>) {
        loop {
            if let Some(packet) = self.pop() {
                return packet;
            }
            self.came.notified().await;
        }
    }
}

/// A port that a process listens to.
struct SimDatagrams {
    machine: Weak<Machine>,
    address: SocketAddr,
    mailbox: Rc<Mailbox>,
}

impl Datagrams for SimDatagrams {
    fn local_addr(&self) -> SocketAddr {
        self.address
    }

    fn receive<'a>(
        &'a mut self,
        buffer: &'a mut [u8],
    ) -> LocalBoxFuture<'a, io::Result<(usize, SocketAddr)>> {
        Box::pin(async {
            let (from, packet) = self.mailbox.next().await;
            Ok((fill(buffer, &packet), from.address))
        })
    }

    fn try_receive(&mut self, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
        let (from, packet) = self.mailbox.pop()?;
        Some((fill(buffer, &packet), from.address))
    }
}

fn fill(buffer: &mut [u8], packet: &[u8]) -> usize {
    let len = packet.len().min(buffer.len());
    buffer[..len].copy_from_slice(&packet[..len]);
    len
}

impl Drop for SimDatagrams {
    /// What closing a socket does.
    fn drop(&mut self) {
        if let Some(machine) = self.machine.upgrade() {
            let is_this = |mailbox: &mut Rc<Mailbox>| Rc::ptr_eq(mailbox, &self.mailbox);
            machine.receivers.borrow_mut().retain(|_, mailbox| !is_this(mailbox));
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
    /// The next datagram of a process, and which process sent it.
    pub async fn next(&self) -> (ProcessName, Vec<u8>) {
        loop {
            if let (Sender { name: Some(name), .. }, packet) = self.mailbox.next().await {
                return (name, packet);
            }
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
