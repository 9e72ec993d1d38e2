//! The simulated machine and its processes.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg64;
use vj_core::ProcessName;
use vj_core::supervision::Exit;
use vj_env::{
    Clock, ControlPlane, Env, ExitNotice, LocalBoxFuture, Log, Processes, Scope, Shutdown, Telemetry,
    WallMillis,
};

use super::control::{SimControl, Socket};
use super::disk::SimStore;
use super::link::{LinkHandle, Weather};
use super::processes::{Exits, SimProcesses};
use super::telemetry::{Mailbox, Receiver, SimTelemetry};
use crate::history::{HealthEar, History, What};
use crate::osc_log::OscLog;
use crate::player_files::PlayerDisk;
use crate::sound_cards::SoundCards;

/// The date at which every simulated run begins: 2026-01-01 00:00 UTC, in milliseconds since the Unix epoch.
const BEGINS_MS: u64 = 1_767_225_600_000;

/// From the fork of a process to its first line of code: what a small native binary takes.
const START_LATENCY: Duration = Duration::from_millis(15);

/// What a process runs: the same code as on a real machine. Only the manager is given the means to start others.
pub type Program = Rc<dyn Fn(Env, Rc<dyn Processes>) -> LocalBoxFuture<'static, i32>>;

/// What a simulated machine is made of.
pub struct WorldConfig {
    /// From which everything random is drawn.
    pub seed: u64,
    /// Whether the OSC log is kept, or only hashed.
    pub keep_osc: bool,
    /// Whether what the processes say goes into the history.
    pub keep_logs: bool,
    /// Where the visuals listen: what is sent there is the OSC log.
    pub visuals: SocketAddr,
    /// The audio inputs.
    pub cards: SoundCards,
    /// What VirtualDJ writes down.
    pub player_files: PlayerDisk,
    /// What each process runs.
    pub program: Program,
}

/// The simulated machine. Cloning gives the same machine.
#[derive(Clone)]
pub struct World {
    pub(super) machine: Rc<Machine>,
}

pub(super) struct Machine {
    this: Weak<Machine>,
    seed: u64,
    keep_logs: bool,
    cards: SoundCards,
    player_files: PlayerDisk,
    program: Program,
    streams: RefCell<BTreeMap<String, u64>>,
    next_pid: Cell<u32>,
    wall_step_ms: Rc<Cell<i64>>,
    processes: RefCell<BTreeMap<u32, Process>>,
    links: RefCell<Vec<(u32, LinkHandle)>>,
    /// Processes whose bytes stay under way, over links that they open later too.
    clogged: RefCell<BTreeSet<u32>>,
    health: HealthEar,
    history: Rc<History>,
    pub(super) visuals: SocketAddr,
    pub(super) clock: Clock,
    pub(super) osc: Rc<OscLog>,
    pub(super) weather: Cell<Weather>,
    pub(super) locks: RefCell<BTreeMap<ProcessName, u32>>,
    pub(super) sockets: RefCell<BTreeMap<ProcessName, Rc<Socket>>>,
    pub(super) receivers: RefCell<BTreeMap<SocketAddr, Rc<Mailbox>>>,
    pub(super) disk: RefCell<BTreeMap<String, Vec<u8>>>,
    pub(super) disk_full: Cell<bool>,
}

struct Process {
    name: ProcessName,
    scope: Scope,
    shutdown: Shutdown,
    /// Managers that are told of its end, and whether as its parent.
    watchers: Vec<(Rc<Exits>, bool)>,
}

impl World {
    /// A machine without processes. Must be called within the virtual driver.
    #[must_use]
    pub fn new(config: WorldConfig) -> Self {
        let wall_step_ms = Rc::new(Cell::new(0_i64));
        let step = wall_step_ms.clone();
        // The wall clock runs with the monotonic one, from a fixed date, plus what somebody has put it off by.
        let since_start = Clock::starting_at(vj_core::At::ZERO, Rc::new(|| WallMillis(0)), "simulated");
        let wall = move || {
            let elapsed_ms = since_start.now().as_nanos() / 1_000_000;
            WallMillis((BEGINS_MS + elapsed_ms).saturating_add_signed(step.get()))
        };
        let clock = Clock::starting_at(vj_core::At::ZERO, Rc::new(wall), "simulated");
        let machine = Rc::new_cyclic(|this| Machine {
            this: this.clone(),
            seed: config.seed,
            keep_logs: config.keep_logs,
            cards: config.cards,
            player_files: config.player_files,
            program: config.program,
            streams: RefCell::default(),
            next_pid: Cell::new(101),
            wall_step_ms,
            processes: RefCell::default(),
            links: RefCell::default(),
            clogged: RefCell::default(),
            health: HealthEar::default(),
            history: Rc::default(),
            visuals: config.visuals,
            clock,
            osc: Rc::new(OscLog::new(config.keep_osc)),
            weather: Cell::new(Weather::default()),
            locks: RefCell::default(),
            sockets: RefCell::default(),
            receivers: RefCell::default(),
            disk: RefCell::default(),
            disk_full: Cell::new(false),
        });
        Self { machine }
    }

    /// The machine's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.machine.clock
    }

    /// From which everything random is drawn.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.machine.seed
    }

    /// The machine's audio inputs.
    #[must_use]
    pub fn cards(&self) -> &SoundCards {
        &self.machine.cards
    }

    /// What VirtualDJ writes down.
    #[must_use]
    pub fn player_files(&self) -> &PlayerDisk {
        &self.machine.player_files
    }

    /// What has happened.
    #[must_use]
    pub fn history(&self) -> &Rc<History> {
        &self.machine.history
    }

    /// What the visuals got.
    #[must_use]
    pub fn osc(&self) -> &Rc<OscLog> {
        &self.machine.osc
    }

    /// Adds to the history, now.
    pub fn note(&self, what: What) {
        self.machine.note(what);
    }

    /// The control plane for a client outside every process.
    #[must_use]
    pub fn control(&self) -> Rc<dyn ControlPlane> {
        Rc::new(SimControl { machine: self.machine.this.clone(), pid: 0, gate: None })
    }

    /// Datagrams for somebody outside every process: from there and back.
    #[must_use]
    pub fn telemetry(&self) -> Rc<dyn Telemetry> {
        Rc::new(SimTelemetry { machine: self.machine.this.clone(), pid: 0, from: None, gate: None })
    }

    /// Datagrams to whoever listens there that found no room.
    #[must_use]
    pub fn lost_at(&self, address: SocketAddr) -> Option<u64> {
        self.machine.receivers.borrow().get(&address).map(|mailbox| mailbox.lost())
    }

    /// Somebody listens on a UDP port from now on.
    #[must_use]
    pub fn listen(&self, address: SocketAddr) -> Receiver {
        let mailbox = Rc::<Mailbox>::default();
        self.machine.receivers.borrow_mut().insert(address, mailbox.clone());
        self.note(What::Receiver { address: address.to_string(), listens: true });
        Receiver { machine: self.machine.this.clone(), address, mailbox }
    }

    /// Starts a process, as somebody at a shell would: nobody is its parent.
    pub fn start(&self, name: ProcessName) -> u32 {
        self.machine.start(name)
    }

    /// The live process that holds the lock of `name`.
    #[must_use]
    pub fn pid_of(&self, name: ProcessName) -> Option<u32> {
        self.machine.lock_holder(name)
    }

    /// SIGKILL. A process that is gone is no error.
    pub fn kill(&self, pid: u32) {
        self.machine.fault("kill", pid);
        self.machine.kill(pid, Exit::Signal(9));
    }

    /// SIGTERM.
    pub fn terminate(&self, pid: u32) {
        self.machine.fault("terminate", pid);
        self.machine.terminate(pid);
    }

    /// SIGSTOP.
    pub fn freeze(&self, pid: u32) {
        self.machine.fault("freeze", pid);
        self.machine.with_process(pid, |process| process.scope.gate().freeze());
    }

    /// SIGCONT.
    pub fn thaw(&self, pid: u32) {
        self.machine.mended("freeze", pid);
        self.machine.with_process(pid, |process| process.scope.gate().thaw());
    }

    /// The weather on every link, from now on.
    pub fn set_weather(&self, weather: Weather) {
        let (kind, target) = ("weather".to_owned(), "links".to_owned());
        self.note(if weather == Weather::default() {
            What::Mended { kind, target }
        } else {
            What::Fault { kind, target, detail: weather.to_string() }
        });
        self.machine.weather.set(weather);
        for (_, link) in &*self.machine.links.borrow() {
            link.set_weather(weather);
        }
    }

    /// Stops (or frees) all bytes that `pid` sends, without anybody being told.
    pub fn clog(&self, pid: u32, clogged: bool) {
        if clogged {
            self.machine.fault("clog", pid);
            self.machine.clogged.borrow_mut().insert(pid);
        } else {
            self.machine.mended("clog", pid);
            self.machine.clogged.borrow_mut().remove(&pid);
        }
        self.machine.each_link(pid, |link| link.set_clogged(clogged));
    }

    /// Breaks every connection of `pid`; both sides notice.
    pub fn cut(&self, pid: u32) {
        self.machine.fault("cut", pid);
        self.machine.each_link(pid, LinkHandle::cut);
    }

    /// Puts the wall clock off by this much, on top of what was before.
    pub fn step_wall_clock(&self, by_ms: i64) {
        let detail = format!("{by_ms} ms");
        self.note(What::Fault { kind: "wall_clock_step".to_owned(), target: "clock".to_owned(), detail });
        self.machine.wall_step_ms.set(self.machine.wall_step_ms.get() + by_ms);
    }

    /// A stream of random numbers of its own: drawing from one changes no other.
    #[must_use]
    pub fn stream(&self, name: &str) -> Pcg64 {
        self.machine.stream(name)
    }

    /// The live processes.
    #[must_use]
    pub fn live(&self) -> Vec<(u32, ProcessName)> {
        self.machine.processes.borrow().iter().map(|(pid, process)| (*pid, process.name)).collect()
    }

    /// Names of which a socket stands on the bus, and whether it is served.
    #[must_use]
    pub fn sockets(&self) -> Vec<(ProcessName, bool)> {
        self.machine.sockets.borrow().iter().map(|(name, socket)| (*name, socket.served.get())).collect()
    }
}

impl Machine {
    pub(super) fn note(&self, what: What) {
        self.history.add(self.clock.now(), what);
    }

    fn fault(&self, kind: &str, pid: u32) {
        self.note(What::Fault {
            kind: kind.to_owned(),
            target: self.name_of(pid),
            detail: format!("pid {pid}"),
        });
    }

    fn mended(&self, kind: &str, pid: u32) {
        self.note(What::Mended { kind: kind.to_owned(), target: self.name_of(pid) });
    }

    fn name_of(&self, pid: u32) -> String {
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

    fn env(
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

    fn with_process(&self, pid: u32, act: impl FnOnce(&Process)) {
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

    fn each_link(&self, pid: u32, act: impl Fn(&LinkHandle)) {
        for (owner, link) in &*self.links.borrow() {
            if *owner == pid {
                act(link);
            }
        }
    }

    pub(super) fn watch_health(&self, packet: &[u8]) {
        if let Some(health) = self.health.hear(packet) {
            self.note(health);
        }
    }
}
