//! The simulated machine as a script sees it.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

use rand_pcg::Pcg64;
use vj_core::ProcessName;
use vj_core::supervision::Exit;
use vj_env::{Clock, ControlPlane, Telemetry, WallMillis};

use super::control::SimControl;
use super::link::{LinkHandle, Weather};
use super::machine::{Machine, Program};
use super::telemetry::{Mailbox, Receiver, SimTelemetry};
use crate::curtain::Curtain;
use crate::history::{HealthEar, History, What};
use crate::osc_log::OscLog;
use crate::player_files::PlayerDisk;
use crate::sound_cards::SoundCards;

/// The date at which every simulated run begins: 2026-01-01 00:00 UTC, in milliseconds since the Unix epoch.
const BEGINS_MS: u64 = 1_767_225_600_000;

/// What a simulated machine is made of.
pub struct WorldConfig {
    /// From which everything random is drawn.
    pub seed: u64,
    /// Whether the OSC log is kept, or what comes with every tick is only hashed.
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
            curtain: Curtain::default(),
            visuals: config.visuals,
            clock,
            osc: Rc::new(OscLog::new(config.keep_osc)),
            weather: Cell::new(Weather::default()),
            locks: RefCell::default(),
            sockets: RefCell::default(),
            receivers: RefCell::default(),
            disk: RefCell::default(),
            disk_full: Cell::new(false),
            disk_takes: Cell::default(),
            telemetry_loss: Cell::default(),
            telemetry_dice: RefCell::default(),
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

    /// The end of the script.
    #[must_use]
    pub fn curtain(&self) -> &Curtain {
        &self.machine.curtain
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

    /// Lets it stand still, or run again, without a word in the history: a slice of a longer fault.
    pub fn hold_still(&self, pid: u32, still: bool) {
        self.machine.with_process(pid, |process| {
            let gate = process.scope.gate();
            if still { gate.freeze() } else { gate.thaw() }
        });
    }

    /// From now on this share of all datagrams is lost on the way.
    pub fn lose_telemetry(&self, share: f64) {
        let (kind, target) = ("telemetry_loss".to_owned(), "datagrams".to_owned());
        self.note(if share > 0.0 {
            What::Fault { kind, target, detail: format!("{share} of them") }
        } else {
            What::Mended { kind, target }
        });
        self.machine.telemetry_loss.set(share);
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

    /// What processes hold: links, sockets, locks, ports, files. A show that goes on for long holds no more at its end.
    #[must_use]
    pub fn held(&self) -> Vec<(&'static str, usize)> {
        let machine = &self.machine;
        let links = machine.links.borrow().iter().filter(|(_, link)| link.is_open()).count();
        vec![
            ("processes", machine.processes.borrow().len()),
            ("links", links),
            ("sockets", machine.sockets.borrow().len()),
            ("locks", machine.locks.borrow().len()),
            ("ports", machine.receivers.borrow().len()),
            ("files", machine.disk.borrow().len()),
        ]
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
