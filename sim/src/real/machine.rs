//! A show of real processes in a temporary folder, watched from outside.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::process::Command;
use vj_core::{At, ProcessName};
use vj_env::real::{BusDir, LogFile, Pacemaker, UnixControl, real_clock};
use vj_env::{Clock, Scope};

use super::ears;
use super::eyes::{self, Seen};
use super::slow_control::SlowControl;
use super::sound_server::SoundServer;
use super::{config, log_files, system};
use crate::curtain::Curtain;
use crate::history::{Entry, HealthEar, History, What};
use crate::osc_log::{OscLine, OscLog};
use crate::stage::Stage;

/// Killed processes are gone at once. So many looks at whether they are take seconds, and are enough on any machine.
const LOOKS_MAX: usize = 1_000;

/// The file of the run's folder with the pace, and the variable by which its processes find it.
const PACE: &str = "pace";
const PACE_VARIABLE: &str = "VJ_PACE";

thread_local! {
    /// The buses of the shows of this thread that are not over, with their folders.
    static STANDING: RefCell<Vec<(PathBuf, PathBuf)>> = const { RefCell::new(Vec::new()) };
}

/// A show of real processes. It ends with [`end`](Self::end), or when this is dropped.
pub struct RealMachine {
    pub(super) inner: Rc<Inner>,
}

/// What the parts of the driver share.
pub(super) struct Inner {
    pub(super) clock: Clock,
    pub(super) scope: Scope,
    pub(super) dir: BusDir,
    pub(super) osc: OscLog,
    pub(super) health: HealthEar,
    pub(super) seen: RefCell<BTreeMap<ProcessName, Seen>>,
    pub(super) history: History,
    pub(super) curtain: Curtain,
    pub(super) control: Rc<SlowControl>,
    pub(super) seed: u64,
    began_ms: u64,
    program: PathBuf,
    pub(super) temp: TempDir,
    /// Every process that was ever seen, by number, with its name.
    names: RefCell<BTreeMap<u32, String>>,
    ended: RefCell<BTreeSet<u32>>,
    pub(super) guardian: Cell<Option<u32>>,
    pub(super) visuals: SocketAddr,
    pub(super) debugger: SocketAddr,
    pub(super) sound: Option<SoundServer>,
    /// By which all of it runs, where somebody may change that.
    pacemaker: Option<Rc<Pacemaker>>,
}

impl RealMachine {
    /// Makes ready a show of `program` (`vj`) on this stage, with nothing started yet.
    ///
    /// # Errors
    /// What the system refused.
    pub fn new(program: &Path, stage: &Stage) -> Result<Self> {
        if !program.is_file() {
            bail!(
                "there is no program {}: build it with `cargo build -p vj`, or name it with --vj",
                program.display()
            );
        }
        let temp = TempDir::with_prefix("vj-").context("failed to make a temporary folder")?;
        let bus = temp.path().join("bus");
        let recorder = ears::bind()?;
        // At this port nobody listens until somebody is told to.
        let visuals = ears::bind()?.local_addr()?;
        let debugger = ears::bind()?.local_addr()?;
        let targets: Vec<_> =
            [recorder.local_addr()?, visuals].into_iter().chain(stage.listeners.clone()).collect();
        config::write(temp.path(), stage, &targets, debugger)?;
        DirBuilder::new().mode(0o700).create(&bus)?;
        let cards = stage.cards.list();
        let sound = (!cards.is_empty()).then(|| SoundServer::start(temp.path())).transpose()?;
        for (name, rate_hz, channels) in cards {
            sound.as_ref().map(|sound| sound.plug(&name, rate_hz, channels)).transpose()?;
        }
        let system = real_clock();
        let boot_id = system.boot_id().to_owned();
        let began_ms = system.wall_now().0;
        let pacemaker =
            stage.paced.then(|| Pacemaker::create(&temp.path().join(PACE))).transpose()?.map(Rc::new);
        let wall = Rc::new(move || system.wall_now());
        let clock = match &pacemaker {
            Some(pacemaker) => real_clock().paced(pacemaker.clone()).from_zero(),
            None => Clock::starting_at(At::ZERO, wall, &boot_id),
        };
        let dir = BusDir::look_at(&bus);
        let control = UnixControl::new(dir.clone(), clock.clone());
        let inner = Rc::new(Inner {
            control: Rc::new(SlowControl::new(control, clock.clone(), stage.seed)),
            clock,
            scope: Scope::new(),
            dir,
            osc: OscLog::new(stage.keep_osc),
            health: HealthEar::default(),
            seen: RefCell::default(),
            history: History::default(),
            curtain: Curtain::default(),
            seed: stage.seed,
            began_ms,
            program: program.to_owned(),
            temp,
            names: RefCell::default(),
            ended: RefCell::default(),
            guardian: Cell::default(),
            visuals,
            debugger,
            sound,
            pacemaker,
        });
        STANDING.with_borrow_mut(|standing| standing.push((bus, inner.temp.path().to_owned())));
        ears::listen(&inner, recorder)?;
        inner.scope.spawn(eyes::watch(inner.clone()));
        Ok(Self { inner })
    }

    /// Ends the run: what is left of the show is killed, and what happened is put together.
    pub async fn end(&self) -> (Vec<Entry>, Vec<OscLine>) {
        let inner = &self.inner;
        inner.note(What::End);
        // From here on nobody watches: the end of the processes is no part of the story.
        inner.scope.kill();
        let end = inner.clock.now();
        kill_all(inner.dir.path());
        inner.is_over();
        let mut history = log_files::merge(inner.history.take(), &inner.logs(), inner.began_ms);
        history.retain(|entry| entry.t <= crate::history::seconds(end));
        (history, inner.osc.lines())
    }

    /// Kills the processes of all shows that this thread has left standing, and removes their folders: for whoever is told
    /// to end in the middle of one. They have sessions of their own, so nobody else would.
    pub fn clear_away() {
        for (bus, folder) in STANDING.take() {
            kill_all(&bus);
            let _ = fs::remove_dir_all(folder);
        }
    }

    /// Where what belongs to the run is kept while it lasts.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.inner.temp.path()
    }

    /// By which all of it runs, if the stage asked for that.
    #[must_use]
    pub fn pacemaker(&self) -> Option<Rc<Pacemaker>> {
        self.inner.pacemaker.clone()
    }

    /// Runs `vj` with these arguments on this show: how it ended, and what it complained of.
    pub async fn vj(&self, args: &[&str]) -> (Option<i32>, String) {
        let mut command = self.inner.command();
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = command.spawn();
        if let Some(pid) = child.as_ref().ok().and_then(tokio::process::Child::id) {
            self.inner.know(pid, "vj");
        }
        let output = match child {
            Ok(child) => child.wait_with_output().await,
            Err(error) => Err(error),
        };
        match output {
            Ok(output) => (output.status.code(), String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => (None, error.to_string()),
        }
    }

    /// A program that uses the machine's own sound server.
    #[must_use]
    pub fn sound_command(&self, program: &str) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command.env_remove("PULSE_SERVER").envs(self.inner.sound.iter().flat_map(SoundServer::environment));
        command
    }
}

impl Drop for RealMachine {
    fn drop(&mut self) {
        self.inner.scope.kill();
        kill_all(self.inner.dir.path());
        self.inner.is_over();
    }
}

impl Inner {
    pub(super) fn note(&self, what: What) {
        self.history.add(self.clock.now(), what);
    }

    pub(super) fn mark(&self, name: &str, detail: &str) {
        self.note(What::Mark { name: name.to_owned(), detail: detail.to_owned() });
    }

    pub(super) fn know(&self, pid: u32, name: &str) {
        self.names.borrow_mut().entry(pid).or_insert_with(|| name.to_owned());
    }

    pub(super) fn name_of(&self, pid: u32) -> Option<String> {
        self.names.borrow().get(&pid).cloned()
    }

    pub(super) fn has_ended(&self, pid: u32) -> bool {
        self.ended.borrow().contains(&pid)
    }

    /// Notes the end of a process, once; `how` if its parent is us.
    pub(super) fn ended(&self, pid: u32, how: Option<ExitStatus>) {
        if !self.ended.borrow_mut().insert(pid) {
            return;
        }
        let process = self.name_of(pid).unwrap_or_default();
        if process.parse::<ProcessName>().is_ok() {
            self.note(What::Exit { process, pid, how: how.map(in_words).unwrap_or_default() });
        }
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.temp.path().join("state/logs")
    }

    /// `vj`.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Where this show is, for whoever joins it.
    pub(super) fn environment(&self) -> Vec<(OsString, OsString)> {
        let path = |name: &str| self.temp.path().join(name);
        let pace = self.pacemaker.as_ref().map(|_| (PACE_VARIABLE, path(PACE)));
        let places = [
            ("VJ_CONFIG", path("config.toml")),
            ("VJ_BUS_DIR", self.dir.path().to_owned()),
            ("VJ_STATE_DIR", path("state")),
            ("VJ_CACHE_DIR", path("cache")),
        ];
        places.into_iter().chain(pace).map(|(name, path)| (name.into(), path.into())).collect()
    }

    /// This program on this show, and nothing of the user's own settings.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VJ_")) {
            command.env_remove(name);
        }
        command
            .envs(self.environment())
            .env_remove("PULSE_SERVER")
            .envs(self.sound.iter().flat_map(SoundServer::environment))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// Starts a process that lives on its own, with its complaints in the log file of `name`.
    pub(super) fn spawn(self: &Rc<Self>, name: &str, args: &[&str]) -> Result<u32> {
        let mut command = self.command();
        command.args(args).stderr(LogFile::for_streams(&self.logs(), name)?);
        let mut child =
            command.spawn().with_context(|| format!("failed to start {}", self.program.display()))?;
        let pid = child.id().context("it ended before it had a number")?;
        self.know(pid, name);
        let inner = self.clone();
        self.scope.spawn(async move {
            let status = child.wait().await.ok();
            inner.ended(pid, status);
        });
        Ok(pid)
    }

    pub(super) fn strike(&self, kind: &str, pid: u32, number: Signal) {
        let target = self.name_of(pid).unwrap_or_else(|| "nobody".to_owned());
        self.note(What::Fault { kind: kind.to_owned(), target, detail: format!("pid {pid}") });
        if !self.has_ended(pid) {
            system::signal(pid, number);
        }
    }

    /// Nothing of it stands any more.
    fn is_over(&self) {
        STANDING.with_borrow_mut(|standing| standing.retain(|(bus, _)| bus != self.dir.path()));
    }
}

/// Kills all that runs on this bus, and what was started meanwhile.
fn kill_all(bus: &Path) {
    for _ in 0..LOOKS_MAX {
        let left = system::processes_on(bus);
        if left.is_empty() {
            return;
        }
        for pid in left {
            system::signal(pid, Signal::KILL);
        }
    }
}

fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "vanished".to_owned(),
    }
}
