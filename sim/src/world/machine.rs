//! The inside of the simulated machine: what its kernel would do.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use vj_core::ProcessName;
use vj_core::supervision::Exit;
use vj_env::{Clock, Env, ExitNotice, LocalBoxFuture, Log, Processes, Scope, Shutdown};

use super::control::{SimControl, Socket};
use super::disk::SimStore;
use super::link::{LinkHandle, Weather};
use super::processes::{Exits, SimProcesses};
use super::telemetry::{Mailbox, SimTelemetry};
use crate::curtain::Curtain;
use crate::history::{HealthEar, History, What};
use crate::osc_log::OscLog;
use crate::player_files::PlayerDisk;
use crate::sound_cards::SoundCards;

/// From the fork of a process to its first line of code: what a small native binary takes.
const START_LATENCY: Duration = Duration::from_millis(15);

/// What a process runs: the same code as on a real machine. Only the manager is given the means to start others.
pub type Program = Rc<dyn Fn(Env, Rc<dyn Processes>) -> LocalBoxFuture<'static, i32>>;

pub(super) struct Machine {
    pub(super) this: Weak<Machine>,
    pub(super) seed: u64,
    pub(super) keep_logs: bool,
    pub(super) cards: SoundCards,
    pub(super) player_files: PlayerDisk,
    pub(super) program: Program,
    pub(super) streams: RefCell<BTreeMap<String, u64>>,
    pub(super) next_pid: Cell<u32>,
    pub(super) wall_step_ms: Rc<Cell<i64>>,
    pub(super) processes: RefCell<BTreeMap<u32, Process>>,
    pub(super) links: RefCell<Vec<(u32, LinkHandle)>>,
    /// Processes whose bytes stay under way, over links that they open later too.
    pub(super) clogged: RefCell<BTreeSet<u32>>,
    pub(super) health: HealthEar,
    pub(super) history: Rc<History>,
    pub(super) curtain: Curtain,
    pub(super) visuals: SocketAddr,
    pub(super) clock: Clock,
    pub(super) osc: Rc<OscLog>,
    pub(super) weather: Cell<Weather>,
    pub(super) locks: RefCell<BTreeMap<ProcessName, u32>>,
    pub(super) sockets: RefCell<BTreeMap<ProcessName, Rc<Socket>>>,
    pub(super) receivers: RefCell<BTreeMap<SocketAddr, Rc<Mailbox>>>,
    pub(super) disk: RefCell<BTreeMap<String, Vec<u8>>>,
    pub(super) disk_full: Cell<bool>,
    /// What each file takes to be read or written.
    pub(super) disk_takes: Cell<Duration>,
    /// Which share of the datagrams is lost.
    pub(super) telemetry_loss: Cell<f64>,
    /// Whose turn it is to be lost.
    pub(super) telemetry_dice: RefCell<Option<Pcg64>>,
}

pub(super) struct Process {
    pub(super) name: ProcessName,
    pub(super) scope: Scope,
    pub(super) shutdown: Shutdown,
    /// Managers that are told of its end, and whether as its parent.
    pub(super) watchers: Vec<(Rc<Exits>, bool)>,
}

impl Machine {
    pub(super) fn note(&self, what: What) {
        self.history.add(self.clock.now(), what);
    }

    pub(super) fn fault(&self, kind: &str, pid: u32) {
        self.note(What::Fault {
            kind: kind.to_owned(),
            target: self.name_of(pid),
            detail: format!("pid {pid}"),
        });
    }

    pub(super) fn mended(&self, kind: &str, pid: u32) {
        self.note(What::Mended { kind: kind.to_owned(), target: self.name_of(pid) });
    }

    pub(super) fn name_of(&self, pid: u32) -> String {
        self.processes.borrow().get(&pid).map_or("nobody".to_owned(), |process| process.name.to_string())
    }

    /// A stream of random numbers: named, so that a further one changes none of the others.
    pub(super) fn stream(&self, name: &str) -> Pcg64 {
        let mut streams = self.streams.borrow_mut();
        let count = streams.entry(name.to_owned()).or_insert(0);
        *count += 1;
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in name.bytes().chain(count.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Pcg64::seed_from_u64(hash)
    }

    pub(super) fn start(self: &Machine, name: ProcessName) -> u32 {
        let pid = self.next_pid.get();
        self.next_pid.set(pid + 1);
        let scope = Scope::new();
        let shutdown = Shutdown::new();
        let process =
            Process { name, scope: scope.clone(), shutdown: shutdown.clone(), watchers: Vec::new() };
        self.processes.borrow_mut().insert(pid, process);
        self.note(What::Start { process: name.to_string(), pid });
        let machine = self.this.clone();
        let (env, processes) = self.env(name, pid, &scope, shutdown);
        let work = (self.program)(env, processes);
        let panicked = machine.clone();
        scope.gate().on_panic(move |message| {
            let Some(machine) = panicked.upgrade() else { return };
            machine.note(What::Panic { process: name.to_string(), pid, message });
            machine.kill(pid, Exit::Code(101));
        });
        let latency = self.clock.sleep(START_LATENCY);
        scope.spawn(async move {
            latency.await;
            let code = work.await;
            if let Some(machine) = machine.upgrade() {
                machine.kill(pid, Exit::Code(code));
            }
        });
        pid
    }

    pub(super) fn env(
        &self,
        name: ProcessName,
        pid: u32,
        scope: &Scope,
        shutdown: Shutdown,
    ) -> (Env, Rc<dyn Processes>) {
        let gate = scope.gate().clone();
        let machine = self.this.clone();
        let logged = machine.clone();
        let fence = gate.clone();
        let log = Log::new(self.clock.clone(), move |record| {
            if fence.is_killed() {
                return;
            }
            let Some(machine) = logged.upgrade().filter(|machine| machine.keep_logs) else { return };
            let (level, message) = (record.level, record.message.clone());
            machine.note(What::Log { process: name.to_string(), pid, level, message });
        });
        let env = Env {
            name,
            pid,
            clock: self.clock.clone(),
            scope: scope.clone(),
            control: Rc::new(SimControl { machine: machine.clone(), pid, gate: Some(gate.clone()) }),
            telemetry: Rc::new(SimTelemetry {
                machine: machine.clone(),
                pid,
                from: Some(name),
                gate: Some(gate.clone()),
            }),
            store: Rc::new(SimStore { machine: machine.clone(), gate: gate.clone() }),
            shutdown,
            log,
        };
        (env, Rc::new(SimProcesses { machine, gate, exits: Rc::default() }))
    }

    /// The end of a process, by a signal or by itself: what the kernel does then.
    pub(super) fn kill(&self, pid: u32, exit: Exit) {
        let Some(process) = self.processes.borrow_mut().remove(&pid) else { return };
        // First the fence: from here on nothing of it acts any more.
        process.scope.kill();
        // What was under way arrives, then the end: no clog outlives the process that it held up.
        self.each_link(pid, |link| link.set_clogged(false));
        self.each_link(pid, LinkHandle::close);
        self.links.borrow_mut().retain(|(owner, link)| *owner != pid && link.is_open());
        self.locks.borrow_mut().retain(|_, holder| *holder != pid);
        self.receivers.borrow_mut().retain(|_, mailbox| mailbox.owner != pid);
        for socket in self.sockets.borrow().values().filter(|socket| socket.pid == pid) {
            socket.served.set(false);
        }
        self.note(What::Exit { process: process.name.to_string(), pid, how: exit.to_string() });
        for (exits, is_parent) in process.watchers {
            let exit = if is_parent { exit } else { Exit::Vanished };
            exits.push(ExitNotice { worker: process.name, pid, exit });
        }
    }

    pub(super) fn terminate(&self, pid: u32) {
        self.with_process(pid, |process| process.shutdown.ask());
    }

    pub(super) fn with_process(&self, pid: u32, act: impl FnOnce(&Process)) {
        if let Some(process) = self.processes.borrow().get(&pid) {
            act(process);
        }
    }

    pub(super) fn lock_holder(&self, name: ProcessName) -> Option<u32> {
        self.locks.borrow().get(&name).copied()
    }

    pub(super) fn watch_exit(&self, pid: u32, exits: &Rc<Exits>, is_parent: bool) {
        if let Some(process) = self.processes.borrow_mut().get_mut(&pid)
            && !process.watchers.iter().any(|(known, _)| Rc::ptr_eq(known, exits))
        {
            process.watchers.push((exits.clone(), is_parent));
        }
    }

    pub(super) fn remove_socket(&self, name: ProcessName, by_pid: u32) {
        if self.sockets.borrow_mut().remove(&name).is_some() {
            self.note(What::Unbound { process: name.to_string(), pid: by_pid });
        }
    }

    pub(super) fn remember_link(&self, pid: u32, link: LinkHandle) {
        link.set_clogged(self.clogged.borrow().contains(&pid));
        let mut links = self.links.borrow_mut();
        links.retain(|(_, link)| link.is_open());
        links.push((pid, link));
    }

    pub(super) fn each_link(&self, pid: u32, act: impl Fn(&LinkHandle)) {
        for (owner, link) in &*self.links.borrow() {
            if *owner == pid {
                act(link);
            }
        }
    }

    /// Whether this datagram is lost on the way.
    pub(super) fn loses_a_datagram(&self) -> bool {
        let share = self.telemetry_loss.get();
        if share <= 0.0 {
            return false;
        }
        let mut dice = self.telemetry_dice.borrow_mut();
        dice.get_or_insert_with(|| self.stream("lost datagrams")).random_bool(share.min(1.0))
    }

    pub(super) fn watch_health(&self, packet: &[u8]) {
        if let Some(health) = self.health.hear(packet) {
            self.note(health);
        }
    }
}
