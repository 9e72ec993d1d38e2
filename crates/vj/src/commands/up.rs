//! `vj up`: the show begins, and stays up.

use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use vj_bus::Client;
use vj_core::ProcessName;
use vj_core::limits::LOCK_PATIENCE;
use vj_core::show::CONFIG;
use vj_env::real::{BusDir, FileStore, LockFile, RealProcesses};
use vj_env::{Log, Processes, Scope, Shutdown, Store};
use vj_supervisor::{Guardian, Wish, end_show, keep_wish, stop_all};

use super::worker::worker_names;
use super::{doctor, status};
use crate::client::{Bus, Called, NOT_RUNNING, on_this_bus};
use crate::config::{Config, ConfigArgs, Paths};
use crate::process;
use crate::terminal::Paint;

/// Until then everybody should have said that it is well.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// Between two looks at who is well.
const LOOKS: Duration = Duration::from_millis(50);

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
It starts the process manager, which starts the workers; whoever ends unasked is started again. `vj up` itself may be \
killed or lose its terminal, and the show goes on; the next `vj up` takes it over as it is.";

/// Between two looks at whether the owner of a show still lives.
const OWNER_LOOKS: Duration = Duration::from_millis(500);

/// What `vj up` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct UpArgs {
    /// Give the terminal back once everything runs
    #[arg(long, env = "VJ_DETACH", value_parser = clap::builder::FalseyValueParser::new())]
    detach: bool,
    /// Run these workers and no others, whatever the config enables
    #[arg(long, env = "VJ_ONLY", value_delimiter = ',', value_name = "WORKER", value_parser = worker_names())]
    only: Vec<ProcessName>,
    /// The guardian itself, in a session of its own
    #[arg(long, hide = true)]
    detached: bool,
    /// Stop everything when whoever started this is gone: for a rehearsal, which nobody else would end
    #[arg(long, hide = true)]
    owned: bool,
}

/// Starts the show and guards it.
pub(crate) fn run(args: UpArgs, config_args: &ConfigArgs) -> Result<ExitCode> {
    if args.detached {
        let _ = rustix::process::setsid();
    }
    // A file that is bad now would be bad in the middle of the show.
    let config = match Config::load(config_args) {
        Ok(config) => config,
        Err(errors) => return Ok(errors.report()),
    };
    let paths = Paths::find(config_args);
    let config_args = config_args.clone();
    on_this_bus(config, paths, |bus| async move {
        let dir = BusDir::create(&bus.config.bus_dir())?;
        if args.detach && !args.detached {
            return detach(&bus, &dir, &args, &config_args).await;
        }
        let lock = match take(&bus, &dir).await? {
            Ok(lock) => lock,
            Err(code) => return Ok(code),
        };
        let code = show(&bus, dir, &args, config_args).await;
        drop(lock);
        code
    })
}

/// Becomes the guardian; there is one.
async fn take(bus: &Bus, dir: &BusDir) -> Result<Result<LockFile, ExitCode>> {
    let until = bus.clock.now() + LOCK_PATIENCE;
    loop {
        let path = dir.up_lock();
        match LockFile::try_take(&path).with_context(|| format!("failed to lock {}", path.display()))? {
            Ok(lock) => return Ok(Ok(lock)),
            Err(holder) if bus.clock.now() >= until => return Ok(Err(is_up(holder.pid))),
            Err(_) => bus.clock.sleep(LOOKS).await,
        }
    }
}

fn is_up(pid: Option<u32>) -> ExitCode {
    let pid = pid.map(|pid| format!(" (guardian pid {pid})")).unwrap_or_default();
    eprintln!("{} vj is up already{pid}: `vj status` shows it", Paint::for_stderr().alarm("error:"));
    ExitCode::from(NOT_RUNNING)
}

/// Starts a guardian of its own and stays until everybody is well.
async fn detach(bus: &Bus, dir: &BusDir, args: &UpArgs, config_args: &ConfigArgs) -> Result<ExitCode> {
    if let Some(holder) = LockFile::holder(&dir.up_lock())? {
        return Ok(is_up(holder.pid));
    }
    doctor::brief(bus).await;
    let mut command = process::detached(&bus.paths, "up")?;
    command.args(["up", "--detached"]);
    config_args.hand_on(&mut command);
    for worker in &args.only {
        command.args(["--only", worker.as_str()]);
    }
    let mut guardian = command.spawn().context("failed to start the guardian")?;
    let settled = settled(bus);
    let ended = async {
        loop {
            if let Some(status) = guardian.try_wait()? {
                return Ok::<_, io::Error>(status);
            }
            bus.clock.sleep(LOOKS).await;
        }
    };
    tokio::select! {
        biased;
        status = ended => bail!("the guardian ended at once ({}): see `vj logs`", status?),
        settled = settled => {
            // Of several at once one is the guardian; what settled is its show.
            match LockFile::holder(&dir.up_lock())? {
                Some(holder) if holder.pid.is_some_and(|pid| pid != guardian.id()) => {
                    // Ours may not have looked yet, and would begin a show of its own if that one ended before it does.
                    let _ = guardian.kill();
                    let _ = guardian.wait();
                    Ok(is_up(holder.pid))
                }
                _ => Ok(report(bus, settled).await),
            }
        }
    }
}

/// From the first process to the last.
async fn show(bus: &Bus, dir: BusDir, args: &UpArgs, config_args: ConfigArgs) -> Result<ExitCode> {
    let log = process::log(&bus.clock, &bus.paths.logs(), "up", None);
    let shutdown = Shutdown::new();
    let scope = Scope::new();
    end_on_signals(&scope, &shutdown)?;
    if args.owned {
        end_with_owner(bus, &scope, &shutdown);
    }
    let store: Rc<dyn Store> = Rc::new(FileStore::new(&bus.paths.state));
    let processes = manager(bus, dir, &scope, &log, config_args);
    begin(bus, args, &processes, &*store, &log).await?;
    if !args.detached {
        doctor::brief(bus).await;
    }
    let guardian = Guardian {
        clock: bus.clock.clone(),
        processes: processes.clone(),
        store: store.clone(),
        shutdown: shutdown.clone(),
        log: log.clone(),
        time_scale: bus.config.time_scale(),
    };
    let guarding = guardian.guard();
    tokio::pin!(guarding);
    if !args.detached {
        tokio::select! {
            biased;
            () = &mut guarding => return end(bus, &processes, &*store, &log).await,
            settled = settled(bus) => {
                report(bus, settled).await;
                say("Ctrl-C stops everything, in order.");
            }
        }
    }
    guarding.await;
    end(bus, &processes, &*store, &log).await
}

/// Where nothing runs a show begins: what the last one left is forgotten. Where something runs, it is taken as it is.
async fn begin(
    bus: &Bus,
    args: &UpArgs,
    processes: &Rc<dyn Processes>,
    store: &dyn Store,
    log: &Log,
) -> Result<()> {
    let manager = processes.adopt(ProcessName::ProcessManager);
    let somebody =
        manager.is_some() || ProcessName::ALL.into_iter().any(|name| processes.adopt(name).is_some());
    let files = FileStore::new(&bus.paths.state);
    if !somebody {
        files.sweep();
        end_show(store, log).await;
    }
    if manager.is_none() {
        // From here on there is a show: a manager that finds the config bad later falls back on this.
        files.replace_now(CONFIG, &bus.config.to_snapshot()).context("failed to write the show's config")?;
    }
    if args.only.is_empty() {
        return Ok(());
    }
    let wish: Wish =
        bus.config.workers().into_iter().map(|(name, _)| (name, args.only.contains(&name))).collect();
    if manager.is_none() {
        return keep_wish(store, &wish).await.map_err(anyhow::Error::msg);
    }
    let mut client = Client::connect(&bus.control, &bus.clock, ProcessName::ProcessManager).await?;
    for (name, on) in wish {
        let cmd = if on { "start_worker" } else { "stop_worker" };
        client.call(cmd, json!({"worker": name.as_str()})).await.ok().map_err(anyhow::Error::msg)?;
    }
    Ok(())
}

/// How the guardian starts the manager.
fn manager(bus: &Bus, dir: BusDir, scope: &Scope, log: &Log, config_args: ConfigArgs) -> Rc<dyn Processes> {
    let paths = bus.paths.clone();
    Rc::new(RealProcesses::new(dir, bus.clock.clone(), scope.clone(), log.clone(), move |name| {
        let mut command = process::detached(&paths, name.as_str())?;
        command.args(["manager", "--detached"]);
        config_args.hand_on(&mut command);
        Ok(command)
    }))
}

/// Whether a worker that has registered has not yet come to know how it is: it may find no sound.
async fn somebody_opens(bus: &Bus, state: &Value) -> bool {
    for name in ProcessName::ALL.into_iter().filter(|name| name.is_worker()) {
        if state["workers"][name.as_str()]["health"] == "healthy"
            && let Ok(Called::Replied(reply)) = bus.call(name, "get_state", Value::Null).await
            && reply.data["status"] == "starting"
        {
            return true;
        }
    }
    false
}

/// Waits until the manager answers and no worker is on its way any more; the manager's last word, if it had one.
async fn settled(bus: &Bus) -> Option<Value> {
    let until = bus.clock.now() + SETTLED_WITHIN;
    let mut last = None;
    loop {
        if let Some(state) = status::manager_state(bus).await {
            if !status::somebody_is_on_the_way(&state) && !somebody_opens(bus, &state).await {
                // By now the manager knows how they are, too.
                return status::manager_state(bus).await.or(Some(state));
            }
            last = Some(state);
        }
        if bus.clock.now() >= until {
            return last;
        }
        bus.clock.sleep(LOOKS).await;
    }
}

async fn report(bus: &Bus, state: Option<Value>) -> ExitCode {
    match state {
        Some(state) => {
            say(&format!("vj is up on {}.", bus.dir.path().display()));
            let _ = status::print(bus, state).await;
            ExitCode::SUCCESS
        }
        None => {
            say("The process manager does not answer yet: `vj status` and `vj logs` tell more.");
            ExitCode::FAILURE
        }
    }
}

async fn end(bus: &Bus, processes: &Rc<dyn Processes>, store: &dyn Store, log: &Log) -> Result<ExitCode> {
    log.info("stopping everything");
    let grace = bus.config.law().stop_grace;
    let stopped = stop_all(&bus.control, &bus.clock, processes, store, log, grace).await;
    for it in &stopped {
        let how = if it.killed { "did not obey and was killed" } else { "stopped" };
        log.info(format!("{} (pid {}) {how}", it.name, it.pid));
    }
    Ok(if stopped.iter().any(|it| it.survived) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A process whose parent dies gets another one.
fn end_with_owner(bus: &Bus, scope: &Scope, shutdown: &Shutdown) {
    let (clock, shutdown, owner) = (bus.clock.clone(), shutdown.clone(), rustix::process::getppid());
    scope.spawn(async move {
        while rustix::process::getppid() == owner {
            clock.sleep(OWNER_LOOKS).await;
        }
        shutdown.ask();
    });
}

/// SIGTERM and Ctrl-C end the show. The end of the terminal ends nothing: the guardian goes on without it.
fn end_on_signals(scope: &Scope, shutdown: &Shutdown) -> io::Result<()> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let mut signals = signal(kind)?;
        let shutdown = shutdown.clone();
        scope.spawn(async move {
            while signals.recv().await.is_some() {
                shutdown.ask();
            }
        });
    }
    let mut hangups = signal(SignalKind::hangup())?;
    scope.spawn(async move { while hangups.recv().await.is_some() {} });
    Ok(())
}

fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
