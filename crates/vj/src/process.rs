//! One process of the bus in the foreground: its world, its signals, its end.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::rc::Rc;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;
use vj_bus::{Launch, service};
use vj_core::ProcessName;
use vj_core::settings::Settings;
use vj_core::show::CONFIG;
use vj_env::real::{
    BusDir, FileStore, LogFile, PaceFile, RealProcesses, UdpTelemetry, UnixControl, real_clock, stamp,
};
use vj_env::{Clock, Env, Level, Log, LogRecord, Processes, Scope, Shutdown};
use vj_supervisor::{Enabled, ProcessManager};

use crate::config::Paths;
use crate::config_watch::Watched;

/// Names the pace of a rehearsal, for the processes that it starts.
const PACE: &str = "VJ_PACE";

/// Descriptors that a process may need at once: 256 clients, its files, and reserve. macOS starts with 256 in all.
const DESCRIPTORS: u64 = 1_024;

/// Whether a process stands on its own, or in front of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a terminal, say: what it says is shown there, and it ends with it.
    Foreground,
    /// In a session of its own; its standard streams go to its log file.
    Detached,
}

impl Place {
    /// Makes it so.
    pub(crate) fn take(detached: bool) -> Self {
        if !detached {
            return Self::Foreground;
        }
        // Fails only for the leader of a group, which then has its own already.
        let _ = rustix::process::setsid();
        Self::Detached
    }
}

/// The clock of a process: the machine's, or in a rehearsal that somebody may slow down, that of the file that `VJ_PACE` names.
pub(crate) fn clock() -> Result<Clock> {
    let clock = real_clock();
    let Some(path) = std::env::var_os(PACE).filter(|path| !path.is_empty()) else { return Ok(clock) };
    let path = Path::new(&path);
    let pace = PaceFile::open(path).with_context(|| format!("{PACE}: failed to read {}", path.display()))?;
    Ok(clock.paced(Rc::new(pace)))
}

/// Runs one process from its start to its end.
pub(crate) fn run(name: ProcessName, watched: Rc<Watched>, paths: &Paths, place: Place) -> Result<ExitCode> {
    raise_descriptors();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let config = watched.config();
    let life = async {
        let dir = BusDir::create(&config.bus_dir())?;
        let clock = clock()?;
        let telemetry = UdpTelemetry::new().context("failed to open a UDP socket")?;
        let log = log(&clock, &paths.logs(), name.as_str(), Some(telemetry.port()));
        let env = Env {
            name,
            pid: std::process::id(),
            clock: clock.clone(),
            scope: Scope::new(),
            control: Rc::new(UnixControl::new(dir.clone(), clock.clone())),
            telemetry: Rc::new(telemetry),
            store: Rc::new(FileStore::new(&paths.state)),
            shutdown: Shutdown::new(),
            log,
        };
        end_on_signals(&env, place)?;
        let mut launch = config.launch(name);
        launch.config = Some(watched.clone().watch(name));
        Ok::<_, anyhow::Error>(live(env, dir, launch, &watched, paths).await)
    };
    let code = LocalSet::new().block_on(&runtime, life)?;
    // Threads of sound libraries may hang; they must not keep the process.
    runtime.shutdown_background();
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

async fn live(env: Env, dir: BusDir, launch: Launch, watched: &Rc<Watched>, paths: &Paths) -> i32 {
    match env.name {
        ProcessName::ProcessManager => {
            let processes: Rc<dyn Processes> = Rc::new(workers(&env, dir, paths));
            let (watched, log) = (watched.clone(), env.log.clone());
            let enabled = move |settings: &Settings| -> Enabled {
                // Asked by a manager that holds its lock, before it starts anybody. One that is turned away must not
                // have touched the config of the show.
                if let Err(error) = watched.hand_on_with_heartbeat(settings.number("heartbeat")) {
                    log.warn(format!("failed to hand the config on to the workers: {error}"));
                }
                watched.config().workers().into_iter().collect::<BTreeMap<_, _>>()
            };
            service::run(env, ProcessManager::following(processes, enabled), launch).await
        }
        ProcessName::AudioAnalyzer => service::run(env, crate::audio::worker(), launch).await,
        ProcessName::SpotifyMonitor => {
            let monitor = crate::playback::spotify(&env, &paths.state);
            service::run(env, monitor, launch).await
        }
        ProcessName::VirtualDjMonitor => service::run(env, crate::playback::virtualdj(), launch).await,
        ProcessName::LyricsFetcher => service::run(env, crate::lyrics::worker(paths), launch).await,
        ProcessName::OscDebugger => service::run(env, vj_workers::OscDebugger, launch).await,
        ProcessName::TestWorker => service::run(env, vj_sim::test_worker::TestWorker, launch).await,
    }
}

/// How the manager starts workers: this program again, with the show's config.
fn workers(env: &Env, dir: BusDir, paths: &Paths) -> RealProcesses {
    let bus = dir.path().to_owned();
    let paths = paths.clone();
    RealProcesses::new(dir, env.clock.clone(), env.scope.clone(), env.log.clone(), move |worker| {
        let mut command = detached(&paths, worker.as_str())?;
        command.args(["worker", worker.as_str(), "--detached", "--snapshot"]).arg(paths.state.join(CONFIG));
        command.arg("--bus-dir").arg(&bus);
        Ok(command)
    })
}

/// This program again, in its own time: nobody's pipe to fill up, its streams in its log file.
pub(crate) fn detached(paths: &Paths, log: &str) -> io::Result<Command> {
    let streams = LogFile::for_streams(&paths.logs(), log)?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .stdin(Stdio::null())
        .stdout(streams.try_clone()?)
        .stderr(streams)
        .env("VJ_STATE_DIR", &paths.state)
        .env("VJ_CACHE_DIR", &paths.cache);
    Ok(command)
}

/// What a process says: to its log file, and to whoever sits in front of it. `osc_from` is the UDP port that it sends from.
pub(crate) fn log(clock: &Clock, dir: &Path, name: &str, osc_from: Option<u16>) -> Log {
    let debug = std::env::var("VJ_LOG").is_ok_and(|level| level == "debug");
    let file = LogFile::open(dir, name);
    let complaint = file.as_ref().err().map(|error| format!("no log file: {error}"));
    let file = file.ok();
    if let Some(file) = &file {
        // The first word of every process, in the file only: there it tells one life from the next.
        let osc = osc_from.map(|port| format!(", sends OSC from port {port}")).unwrap_or_default();
        let message = format!("starts (vj {}){osc}", vj_bus::VERSION);
        file.write(&LogRecord { time_ms: clock.wall_now().0, level: Level::Info, message });
    }
    let shown = !file.as_ref().is_some_and(LogFile::carries_stderr);
    panic_with_a_stamp(clock.clone());
    let log = Log::new(clock.clone(), move |record| {
        if record.level == Level::Debug && !debug {
            return;
        }
        if let Some(file) = &file {
            file.write(record);
        }
        if shown {
            show(record);
        }
    });
    if let Some(complaint) = complaint {
        log.warn(complaint);
    }
    log
}

/// A terminal that is gone must not end the process.
fn show(record: &LogRecord) {
    let _ = writeln!(io::stderr(), "{}: {}", record.level, record.message);
}

/// A panic is found in the log file among what else happened then.
fn panic_with_a_stamp(clock: Clock) {
    // The hook may run on any thread, and the clock belongs to one: it is asked for the date of the start only.
    let started = clock.wall_now();
    let pid = std::process::id();
    let origin = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic).tv_sec;
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic).tv_sec - origin;
        let now = vj_env::WallMillis(started.0 + since.unsigned_abs() * 1_000);
        let _ = writeln!(io::stderr(), "{} error {pid} a panic:", stamp(now));
        usual(info);
    }));
}

/// SIGTERM and Ctrl-C ask a process to end; so does the end of its terminal, if it has one.
fn end_on_signals(env: &Env, place: Place) -> io::Result<()> {
    let mut kinds = vec![SignalKind::terminate(), SignalKind::interrupt()];
    if place == Place::Foreground {
        kinds.push(SignalKind::hangup());
    }
    for kind in kinds {
        let mut signals = signal(kind)?;
        let shutdown = env.shutdown.clone();
        env.scope.spawn(async move {
            while signals.recv().await.is_some() {
                shutdown.ask();
            }
        });
    }
    Ok(())
}

fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < DESCRIPTORS) {
        let wanted = maximum.map_or(DESCRIPTORS, |maximum| maximum.min(DESCRIPTORS));
        // With fewer it still serves; the limit of clients is then reached sooner.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}
