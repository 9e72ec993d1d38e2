//! `vj status`: a line per worker.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::{Map, Value, json};
use vj_bus::{Found, discover};
use vj_core::ProcessName;
use vj_core::limits::DISCOVERY_TIMEOUT;

use crate::client::{Bus, Called, NOT_RUNNING, on_bus};
use crate::columns::{columns, duration};
use crate::config::ConfigArgs;
use crate::terminal::{Paint, print_line};

/// What is said of each worker.
const HEADINGS: [&str; 7] = ["WORKER", "HEALTH", "PID", "UPTIME", "RESTARTS", "HEARTBEAT", "NOTE"];

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
HEALTH is one of
  healthy    it works
  degraded   it works, but something that it needs is not there: NOTE says what
  starting   it was just started
  unhealthy  it says nothing any more; if that lasts it is killed and started again
  backoff    it ended unasked, and is started again in a moment
  given_up   it ended unasked too often in a row; `vj start` tries again
  stopped    it is not to run
and, where no process manager answers,
  unsupervised  it works, and nobody would start it again: `vj up` takes over
  stale         it is dead, and left its socket behind
Exit codes: 0 all that are enabled are healthy or degraded, 1 some are not or nobody supervises them, 3 nothing runs.";

/// What `vj status` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct StatusArgs {
    /// Print one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Prints how everybody is. Exit code 0: all enabled workers are healthy or degraded; 1: some are not; 3: nothing runs.
pub(crate) fn run(args: StatusArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        if let Some(mut state) = manager_state(&bus).await {
            if args.json {
                ask_why(&bus, &mut state).await;
                print_line(document(&bus, Some(&state), workers_of(&state)))?;
            } else {
                print(&bus, state.clone()).await?;
            }
            let well = workers_of(&state).values().all(is_as_wished);
            return Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        unsupervised(&bus, &args).await
    })
}

/// What the manager says of everybody, if it answers.
pub(crate) async fn manager_state(bus: &Bus) -> Option<Value> {
    match bus.call(ProcessName::ProcessManager, "get_state", Value::Null).await {
        Ok(Called::Replied(reply)) => Some(reply.data),
        _ => None,
    }
}

/// The manager knows that a worker is degraded, and the worker why.
async fn ask_why(bus: &Bus, state: &mut Value) {
    let Some(workers) = state["workers"].as_object_mut() else { return };
    for (name, worker) in workers.iter_mut().filter(|(_, worker)| worker["health"] == "degraded") {
        let Ok(name) = name.parse::<ProcessName>() else { continue };
        let asked = bus.call(name, "get_state", Value::Null);
        if let Ok(Ok(Called::Replied(reply))) = bus.clock.timeout(DISCOVERY_TIMEOUT, asked).await {
            worker["last_error"] = reply.data["last_error"].clone();
        }
    }
}

/// Whether an enabled worker is between being started and being well.
pub(crate) fn somebody_is_on_the_way(state: &Value) -> bool {
    let on_the_way = |worker: &Value| {
        worker["enabled"] == true && matches!(worker["health"].as_str(), Some("stopped" | "starting"))
    };
    state["status"] != "running" || workers_of(state).values().any(on_the_way)
}

fn workers_of(state: &Value) -> Map<String, Value> {
    state["workers"].as_object().cloned().unwrap_or_default()
}

fn is_as_wished(worker: &Value) -> bool {
    worker["enabled"] != true || matches!(worker["health"].as_str(), Some("healthy" | "degraded"))
}

fn document(bus: &Bus, manager: Option<&Value>, workers: Map<String, Value>) -> Value {
    let shown = |state: &Value| {
        json!({
            "pid": state["pid"], "version": state["version"], "uptime_sec": state["uptime_sec"],
            "status": state["status"], "config_error": state.get("config_error").cloned().unwrap_or_default(),
        })
    };
    json!({
        "bus_dir": bus.dir.path().display().to_string(),
        "supervised": manager.is_some(),
        "manager": manager.map(shown),
        "workers": workers,
    })
}

/// Prints what the manager says.
pub(crate) async fn print(bus: &Bus, mut state: Value) -> io::Result<()> {
    ask_why(bus, &mut state).await;
    let paint = Paint::for_stdout();
    let mut out = io::stdout().lock();
    let uptime = state["uptime_sec"].as_f64().unwrap_or_default();
    writeln!(
        out,
        "{} {}, pid {}, up {}, bus {}",
        paint.strong("process_manager"),
        state["status"].as_str().unwrap_or_default(),
        state["pid"],
        duration(uptime),
        bus.dir.path().display()
    )?;
    if let Some(error) = state["config_error"].as_str() {
        writeln!(out, "{} {error}", paint.alarm("config:"))?;
        writeln!(out, "        The last good config stays in force until that is mended.")?;
    }
    let rows: Vec<_> = workers_of(&state).iter().map(|(name, worker)| row(name, worker)).collect();
    write!(out, "{}", columns(&HEADINGS, &rows, paint))
}

fn row(name: &str, worker: &Value) -> Vec<String> {
    let ago = |field: &str| worker[field].as_f64();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        name.to_owned(),
        worker["health"].as_str().unwrap_or("?").to_owned(),
        or_dash(worker["pid"].as_u64().map(|pid| pid.to_string())),
        or_dash(ago("uptime_sec").map(duration)),
        or_dash(worker["restart_count"].as_u64().map(|count| count.to_string())),
        or_dash(ago("last_heartbeat_sec_ago").map(|sec| format!("{} ago", duration(sec)))),
        note(name, worker),
    ]
}

/// What a person needs to know beyond the figures.
fn note(name: &str, worker: &Value) -> String {
    let mut notes = Vec::new();
    if worker["adopted"] == true {
        notes.push("adopted".to_owned());
    }
    let next = worker["next_restart_in_sec"].as_f64();
    match worker["health"].as_str() {
        Some("stopped") if worker["enabled"] != true => notes.push(format!("`vj start {name}` starts it")),
        Some("unhealthy") => {
            notes.push("says nothing any more: if that lasts it is killed and started again".to_owned());
        }
        Some("backoff") => notes.extend(next.map(|sec| format!("is started again in {}", duration(sec)))),
        Some("given_up") => {
            notes.push(format!("`vj logs {name}` tells why, `vj start {name}` tries again"));
        }
        Some("stale") => notes.push("does not run, and left its socket behind".to_owned()),
        _ => {}
    }
    if let Some(exit) = worker["last_exit"].as_str() {
        notes.push(format!("last end: {exit}"));
    }
    // The longest comes last.
    notes.extend(worker["last_error"].as_str().map(str::to_owned));
    notes.join("; ")
}

/// Without a manager: whoever answers for itself. Nobody would start it again.
async fn unsupervised(bus: &Bus, args: &StatusArgs) -> Result<ExitCode> {
    let mut found = discover(&bus.control, &bus.clock).await;
    // Of the manager the headline tells.
    found.retain(|it| it.name.is_worker());
    let paint = Paint::for_stdout();
    let alive = found.iter().any(|it| it.state.is_ok());
    if args.json {
        let workers = found.iter().map(|it| (it.name.to_string(), alone(it))).collect();
        print_line(document(bus, None, workers))?;
    } else if alive {
        print_line(format_args!(
            "{} no process manager answers on {}: unsupervised. `vj up` takes over.",
            paint.alarm("warning:"),
            bus.dir.path().display()
        ))?;
        let rows: Vec<_> = found.iter().map(|it| row(it.name.as_str(), &alone(it))).collect();
        write!(io::stdout(), "{}", columns(&HEADINGS, &rows, paint))?;
    } else {
        print_line(format_args!("Nothing runs on {}. `vj up` starts the show.", bus.dir.path().display()))?;
        for it in &found {
            print_line(format_args!("{} left a stale socket.", it.name))?;
        }
    }
    Ok(if alive { ExitCode::FAILURE } else { ExitCode::from(NOT_RUNNING) })
}

fn alone(found: &Found) -> Value {
    match &found.state {
        Ok(state) => json!({
            "enabled": true, "running": true, "health": "unsupervised", "pid": state["pid"],
            "uptime_sec": state["uptime_sec"], "status": state["status"],
        }),
        Err(_) => json!({"enabled": true, "running": false, "health": "stale"}),
    }
}
