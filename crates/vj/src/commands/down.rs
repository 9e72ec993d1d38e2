//! `vj down`: stops workers, manager and guardian, also those without a manager.

use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use clap::builder::FalseyValueParser;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use vj_core::ProcessName;
use vj_env::real::{FileStore, LockFile, RealProcesses};
use vj_env::{Log, Processes, Scope, Store};
use vj_supervisor::{Stopped, stop_all};

use crate::client::{Bus, NOT_RUNNING, on_bus};
use crate::config::ConfigArgs;
use crate::terminal::{Paint, print_line};

/// Beyond the grace of each process, the guardian gets this long before it is killed and passed over.
const GUARDIAN_ENDS: Duration = Duration::from_secs(6);

const LOOKS: Duration = Duration::from_millis(20);

/// What `vj down` is asked for.
#[derive(Debug, Args)]
pub(crate) struct DownArgs {
    /// Print what was stopped as one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Stops everything.
pub(crate) fn run(args: DownArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        let log = Log::new(bus.clock.clone(), |record| eprintln!("{}: {}", record.level, record.message));
        let refuse = |_| Err(std::io::Error::other("vj down starts nothing"));
        let (scope, clock) = (Scope::new(), bus.clock.clone());
        let processes: Rc<dyn Processes> =
            Rc::new(RealProcesses::new(bus.dir.clone(), clock, scope, log.clone(), refuse));
        let mut ran: Vec<_> = ProcessName::ALL
            .into_iter()
            .rev()
            .filter_map(|name| {
                Some(Stopped { name, pid: processes.adopt(name)?, killed: false, survived: false })
            })
            .collect();
        let guardian = stop_guardian(&bus, &*processes, &mut ran).await?;
        let store: Rc<dyn Store> = Rc::new(FileStore::new(&bus.paths.state));
        let grace = bus.config.law().stop_grace;
        let mut stopped = stop_all(&bus.control, &bus.clock, &processes, &*store, &log, grace).await;
        // Those that the guardian has stopped already.
        for it in ran {
            if !stopped.iter().any(|other| other.pid == it.pid) {
                stopped.push(it);
            }
        }
        stopped.sort_by_key(|it| std::cmp::Reverse(it.name));
        report(&bus, &args, guardian, &stopped)
    })
}

fn report(bus: &Bus, args: &DownArgs, guardian: Option<u32>, stopped: &[Stopped]) -> Result<ExitCode> {
    let nothing = guardian.is_none() && stopped.is_empty();
    if args.json {
        let list: Vec<_> = stopped
            .iter()
            .map(|it| json!({"name": it.name.as_str(), "pid": it.pid, "killed": it.killed, "survived": it.survived}))
            .collect();
        print_line(json!({"stopped": list, "guardian": guardian}))?;
    } else {
        for it in stopped {
            let how = match it {
                Stopped { survived: true, .. } => "could not be killed",
                Stopped { killed: true, .. } => "did not obey and was killed",
                _ => "stopped",
            };
            print_line(format_args!("{} (pid {}) {how}", it.name, it.pid))?;
        }
        if let Some(pid) = guardian {
            print_line(format_args!("guardian (pid {pid}) stopped"))?;
        }
    }
    if nothing {
        eprintln!("{} nothing runs on {}", Paint::for_stderr().alarm("error:"), bus.dir.path().display());
        return Ok(ExitCode::from(NOT_RUNNING));
    }
    Ok(if stopped.iter().any(|it| it.survived) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Asks the guardian to end, which stops everything in order; a hung one is killed. Returns who it was.
async fn stop_guardian(bus: &Bus, processes: &dyn Processes, ran: &mut [Stopped]) -> Result<Option<u32>> {
    let path = bus.dir.up_lock();
    let Some(pid) = LockFile::holder(&path)?.and_then(|holder| holder.pid) else { return Ok(None) };
    let Some(target) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(None) };
    let count = u32::try_from(ProcessName::ALL.len()).unwrap_or(1);
    let grace = bus.config.law().stop_grace;
    let limits = [(Signal::TERM, grace * count + GUARDIAN_ENDS), (Signal::KILL, GUARDIAN_ENDS)];
    // One that stands still is let run: what it is told then, it does.
    let _ = kill_process(target, Signal::CONT);
    let mut since = bus.clock.now();
    for (signal, limit) in limits {
        let _ = kill_process(target, signal);
        let until = bus.clock.now() + limit;
        while bus.clock.now() < until {
            if LockFile::holder(&path)?.is_none_or(|holder| holder.pid != Some(pid)) {
                return Ok(Some(pid));
            }
            // One after the other they are told to end; who needs all of its grace was killed.
            if let Ok(notice) = bus.clock.timeout(LOOKS, processes.next_exit()).await {
                let now = bus.clock.now();
                if let Some(it) = ran.iter_mut().find(|it| it.pid == notice.pid) {
                    it.killed = now.since(since) >= grace;
                }
                since = now;
            }
        }
    }
    Ok(Some(pid))
}
