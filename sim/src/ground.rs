//! Where a scenario is played: the simulated machine under a clock that jumps, or the real one.
//!
//! A script sees only [`Ground`], so the same script and the same checkers judge both. What a real machine cannot be made
//! to do (a clogged link, a jump of its wall clock) is marked as missed there, never passed over in silence.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg64;
use vj_core::ProcessName;
use vj_env::{Clock, ControlPlane, LocalBoxFuture, Scope, Telemetry};

use crate::cache_disk::CACHE;
use crate::checkers::{Pace, Slack};
use crate::console::{Console, SimConsole};
use crate::curtain::Curtain;
use crate::history::{History, What};
use crate::player_files::FileDeed;
use crate::sound_cards::Gives;
use crate::world::{Weather, World};

/// Under which driver something is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Driver {
    /// The simulated machine, in virtual time: the same seed gives the same bytes.
    Virtual,
    /// Real processes of this program (`vj`), real sockets, real time.
    Real(PathBuf),
}

/// A real machine is shared: what it is given in time is this often the figure that holds in virtual time.
const REAL_PATIENCE: f64 = 3.0;

impl Driver {
    /// Whether time and processes are real.
    #[must_use]
    pub fn is_real(&self) -> bool {
        matches!(self, Self::Real(_))
    }

    /// By how much a deadline is stretched.
    #[must_use]
    pub fn patience(&self) -> f64 {
        if self.is_real() { REAL_PATIENCE } else { 1.0 }
    }

    /// How closely the moments that the law fixes are kept.
    #[must_use]
    pub fn slack(&self) -> Slack {
        match self {
            Self::Virtual => Slack { early_sec: 0.0, late_sec: 0.2 },
            // Never sooner; but a machine that writes gigabytes to its disk was seen to let a manager wait for a second.
            Self::Real(_) => Slack { early_sec: 0.05, late_sec: 0.5 * REAL_PATIENCE },
        }
    }

    /// How evenly the ticks come. On a real machine, where others want the processor too, one may be late; none is lost.
    #[must_use]
    pub fn pace(&self) -> Pace {
        match self {
            // One tick, and the millisecond that timers round up to, twice.
            Self::Virtual => Pace { gap_sec: 1.0 / 60.0 + 0.002, off: 2.0 },
            Self::Real(_) => Pace { gap_sec: 0.5, off: 6.0 },
        }
    }

    /// One of two lengths of a run: nobody waits for hours of real time.
    #[must_use]
    pub fn pick<T>(&self, in_virtual_time: T, in_real_time: T) -> T {
        if self.is_real() { in_real_time } else { in_virtual_time }
    }
}

/// Somebody who listens where the visuals do, until it is dropped.
pub trait Listening {}

/// A machine with a show on it.
pub trait Ground {
    /// Its clock; the run began at zero.
    fn clock(&self) -> &Clock;

    /// What has happened so far.
    fn history(&self) -> &History;

    /// The end of the script, for whoever keeps asking beside it.
    fn curtain(&self) -> &Curtain;

    /// From which everything random of the run is drawn.
    fn seed(&self) -> u64;

    /// The clock by which its processes tell the time: moments that are written down for them are of this one.
    fn system_clock(&self) -> Clock {
        self.clock().clone()
    }

    /// The control plane, for a client outside every process.
    fn control(&self) -> Rc<dyn ControlPlane>;

    /// Datagrams for somebody outside every process.
    ///
    /// # Errors
    /// When the system gives no socket.
    fn telemetry(&self) -> std::io::Result<Rc<dyn Telemetry>>;

    /// Where the debugger of this show listens.
    fn debugger_at(&self) -> SocketAddr;

    /// Datagrams to whoever listens there that found no room, where the system tells.
    fn lost_at(&self, at: SocketAddr) -> Option<u64>;

    /// Resident memory of a process in bytes, where it is a process and the system tells.
    fn resident_bytes(&self, name: ProcessName) -> Option<u64>;

    /// Seconds of a core that a process has used, where it is a process and the system tells.
    fn cpu_sec(&self, name: ProcessName) -> Option<f64>;

    /// Opens a console.
    fn console(&self) -> Box<dyn Console>;

    /// Adds to the history, now.
    fn note(&self, what: What) {
        self.history().add(self.clock().now(), what);
    }

    /// Random numbers for what is drawn before the run starts: a plan.
    fn plan(&self) -> Pcg64 {
        Pcg64::seed_from_u64(self.seed())
    }

    /// Starts a process, as somebody at a shell would. A worker that is the second of its name is refused.
    fn start(&self, name: ProcessName) -> u32;

    /// Starts the manager and keeps it alive, as `vj up` does, for as long as `onlookers` live or the show does.
    fn guard(&self, onlookers: &Scope);

    /// The live process of that name.
    fn pid_of(&self, name: ProcessName) -> Option<u32>;

    /// The live process of that name, if it serves its socket.
    fn serving(&self, name: ProcessName) -> Option<u32>;

    /// SIGKILL. A process that is gone is no error.
    fn kill(&self, pid: u32);

    /// SIGTERM.
    fn terminate(&self, pid: u32);

    /// SIGSTOP.
    fn freeze(&self, pid: u32);

    /// SIGCONT.
    fn thaw(&self, pid: u32);

    /// Lets it stand still, or run again, without a word in the history: a slice of a longer fault.
    fn hold_still(&self, pid: u32, still: bool);

    /// The weather on the links: on the simulated machine on all of them, else on those that clients of the script open.
    fn set_weather(&self, weather: Weather);

    /// Stops (or frees) all bytes that `pid` sends, without anybody being told; false where that cannot be done.
    fn clog(&self, pid: u32, clogged: bool) -> bool;

    /// Breaks every connection of `pid`; false where that cannot be done.
    fn cut(&self, pid: u32) -> bool;

    /// Puts the wall clock off; false where that cannot be done.
    fn step_wall_clock(&self, by_ms: i64) -> bool;

    /// Whether anything can be written to disk; false where that cannot be done.
    fn set_disk_full(&self, full: bool) -> bool;

    /// From now on each file takes so long to be read or written; false where that cannot be done.
    fn set_disk_slow(&self, takes: Duration) -> bool;

    /// From now on this share of all datagrams is lost; false where that cannot be done.
    fn lose_telemetry(&self, share: f64) -> bool;

    /// Another audio input is there beside those of the stage.
    fn add_card(&self, name: &str, rate_hz: u32, channels: u16, is_loopback: bool);

    /// Pulls the plug of an audio input.
    fn unplug_card(&self, name: &str);

    /// Plugs it in again; it may have another format now.
    fn plug_card(&self, name: &str, rate_hz: u32, channels: u16);

    /// What an audio input does from now on; false where that cannot be done.
    fn let_card_give(&self, name: &str, gives: Gives) -> bool;

    /// Does something to a file of VirtualDJ's; false where that cannot be done.
    fn player_file(&self, name: &str, deed: FileDeed) -> bool;

    /// From now on the system tells nobody that these files change; false where that cannot be done.
    fn mute_player_files(&self) -> bool;

    /// Puts a file into the state directory, as an earlier night or somebody's editor left it.
    fn put_state_file(&self, name: &str, bytes: &[u8]);

    /// A file of the state directory; none where there is none.
    fn state_file(&self, name: &str) -> Option<Vec<u8>>;

    /// Puts a file into the cache, as a fault of the disk left it.
    fn put_cache_file(&self, name: &str, bytes: &[u8]);

    /// The files of the cache, by their names below it.
    fn cache_files(&self) -> Vec<(String, Vec<u8>)>;

    /// The visuals listen from now on.
    fn visuals_listen(&self) -> Box<dyn Listening>;

    /// `vj down`: ready when it is done, with its exit code.
    fn down(&self) -> LocalBoxFuture<'_, i32>;

    /// Runs `vj` with these arguments and waits for its end: exit code, and what it complained of. Nothing on the simulated
    /// machine, which has no command line.
    fn vj<'a>(&'a self, args: &'a [&'a str]) -> LocalBoxFuture<'a, Option<(Option<i32>, String)>>;

    /// The live processes of the show, by number, the guardian (`up`) among them where it is a process.
    fn live(&self) -> Vec<(u32, String)>;

    /// Open descriptors of the guardian, where it is a process and the system tells.
    fn guardian_descriptors(&self) -> Option<usize>;

    /// What processes hold, by kind, where that can be counted.
    fn held(&self) -> Vec<(&'static str, usize)> {
        Vec::new()
    }

    /// What is left of a show that is over: processes, sockets, held locks, half-written files.
    fn leftovers(&self) -> Vec<String>;
}

impl Ground for World {
    fn clock(&self) -> &Clock {
        self.clock()
    }

    fn history(&self) -> &History {
        self.history()
    }

    fn curtain(&self) -> &Curtain {
        self.curtain()
    }

    fn seed(&self) -> u64 {
        self.seed()
    }

    fn control(&self) -> Rc<dyn ControlPlane> {
        self.control()
    }

    fn telemetry(&self) -> std::io::Result<Rc<dyn Telemetry>> {
        Ok(self.telemetry())
    }

    fn debugger_at(&self) -> SocketAddr {
        crate::stage::DEBUGGER.into()
    }

    fn lost_at(&self, at: SocketAddr) -> Option<u64> {
        self.lost_at(at)
    }

    fn resident_bytes(&self, _: ProcessName) -> Option<u64> {
        None
    }

    fn cpu_sec(&self, _: ProcessName) -> Option<f64> {
        None
    }

    fn console(&self) -> Box<dyn Console> {
        Box::new(SimConsole::open(self))
    }

    fn plan(&self) -> Pcg64 {
        self.stream("plan")
    }

    fn start(&self, name: ProcessName) -> u32 {
        self.start(name)
    }

    fn guard(&self, onlookers: &Scope) {
        onlookers.spawn(crate::stage::guard(Rc::new(self.clone())));
    }

    fn pid_of(&self, name: ProcessName) -> Option<u32> {
        self.pid_of(name)
    }

    fn serving(&self, name: ProcessName) -> Option<u32> {
        self.sockets().contains(&(name, true)).then(|| self.pid_of(name)).flatten()
    }

    fn kill(&self, pid: u32) {
        self.kill(pid);
    }

    fn terminate(&self, pid: u32) {
        self.terminate(pid);
    }

    fn freeze(&self, pid: u32) {
        self.freeze(pid);
    }

    fn thaw(&self, pid: u32) {
        self.thaw(pid);
    }

    fn hold_still(&self, pid: u32, still: bool) {
        self.hold_still(pid, still);
    }

    fn set_weather(&self, weather: Weather) {
        self.set_weather(weather);
    }

    fn clog(&self, pid: u32, clogged: bool) -> bool {
        self.clog(pid, clogged);
        true
    }

    fn cut(&self, pid: u32) -> bool {
        self.cut(pid);
        true
    }

    fn step_wall_clock(&self, by_ms: i64) -> bool {
        self.step_wall_clock(by_ms);
        true
    }

    fn set_disk_full(&self, full: bool) -> bool {
        self.set_disk_full(full);
        true
    }

    fn set_disk_slow(&self, takes: Duration) -> bool {
        self.set_disk_slow(takes);
        true
    }

    fn lose_telemetry(&self, share: f64) -> bool {
        self.lose_telemetry(share);
        true
    }

    fn add_card(&self, name: &str, rate_hz: u32, channels: u16, is_loopback: bool) {
        self.cards().add(name, rate_hz, channels, is_loopback);
    }

    fn unplug_card(&self, name: &str) {
        self.cards().unplug(self, name);
    }

    fn plug_card(&self, name: &str, rate_hz: u32, channels: u16) {
        self.cards().plug(self, name, rate_hz, channels);
    }

    fn let_card_give(&self, name: &str, gives: Gives) -> bool {
        self.cards().let_give(self, name, gives);
        true
    }

    fn player_file(&self, name: &str, deed: FileDeed) -> bool {
        self.player_files().act(name, deed, self.clock().wall_now().0 / 1_000)
    }

    fn mute_player_files(&self) -> bool {
        self.player_files().set_mute(true);
        true
    }

    fn put_state_file(&self, name: &str, bytes: &[u8]) {
        self.put_file(name, bytes);
    }

    fn state_file(&self, name: &str) -> Option<Vec<u8>> {
        self.file(name)
    }

    fn put_cache_file(&self, name: &str, bytes: &[u8]) {
        self.put_file(&format!("{CACHE}/{name}"), bytes);
    }

    fn cache_files(&self) -> Vec<(String, Vec<u8>)> {
        self.files_below(CACHE)
    }

    fn visuals_listen(&self) -> Box<dyn Listening> {
        Box::new(self.listen(crate::stage::VISUALS.into()))
    }

    fn down(&self) -> LocalBoxFuture<'_, i32> {
        Box::pin(crate::stage::down(self))
    }

    fn vj<'a>(&'a self, _: &'a [&'a str]) -> LocalBoxFuture<'a, Option<(Option<i32>, String)>> {
        Box::pin(async { None })
    }

    fn live(&self) -> Vec<(u32, String)> {
        self.live().into_iter().map(|(pid, name)| (pid, name.to_string())).collect()
    }

    fn guardian_descriptors(&self) -> Option<usize> {
        None
    }

    fn held(&self) -> Vec<(&'static str, usize)> {
        self.held()
    }

    fn leftovers(&self) -> Vec<String> {
        let processes = self.live().into_iter().map(|(pid, name)| format!("process {name} (pid {pid})"));
        let sockets = self.sockets().into_iter().map(|(name, _)| format!("socket of {name}"));
        let holders = ProcessName::ALL.into_iter().filter(|name| self.pid_of(*name).is_some());
        processes.chain(sockets).chain(holders.map(|name| format!("held lock of {name}"))).collect()
    }
}

impl Listening for crate::world::Receiver {}
