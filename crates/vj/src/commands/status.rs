//! `vj status`: a line per worker.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::{Map, Value, json};
use vj_bus::{Found, discover};
use vj_core::ProcessName;

use crate::client::{Bus, Called, NOT_RUNNING, on_bus};
use crate::columns::{columns, duration};
use crate::config::ConfigArgs;
use crate::terminal::{Paint, print_line};

/// What is said of each worker.
const HEADINGS: [&str; 7] = ["WORKER", "HEALTH", "PID", "UPTIME", "RESTARTS", "HEARTBEAT", "NOTE"];

/// What `vj status` is asked for.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Print one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Prints how everybody is. Exit code 0: all enabled workers are healthy or degraded; 1: some are not; 3: nothing runs.
pub(crate) fn run(args: StatusArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        if let Some(state) = manager_state(&bus).await {
            if args.json {
                print_line(document(&bus, Some(&state), workers_of(&state)))?;
            } else {
                print(&bus, &state)?;
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
pub(crate) fn print(bus: &Bus, state: &Value) -> io::Result<()> {
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
    let rows: Vec<_> = workers_of(state).iter().map(|(name, worker)| row(name, worker)).collect();
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
        worker["restart_count"].as_u64().unwrap_or_default().to_string(),
        or_dash(ago("last_heartbeat_sec_ago").map(|sec| format!("{} ago", duration(sec)))),
        note(worker),
    ]
}

/// What a person needs to know beyond the figures.
fn note(worker: &Value) -> String {
    let mut notes = Vec::new();
    if worker["enabled"] != true {
        notes.push("not enabled".to_owned());
    }
    if worker["adopted"] == true {
        notes.push("adopted".to_owned());
    }
    if let Some(sec) = worker["next_restart_in_sec"].as_f64() {
        notes.push(format!("starts again in {}", duration(sec)));
    }
    if worker["health"] == "given_up" {
        notes.push("given up: `vj start` tries again".to_owned());
    }
    if let Some(exit) = worker["last_exit"].as_str() {
        notes.push(format!("last exit: {exit}"));
    }
    notes.join(", ")
}

/// Without a manager: whoever answers for itself. Nobody would start it again.
async fn unsupervised(bus: &Bus, args: &StatusArgs) -> Result<ExitCode> {
    let found = discover(&bus.control, &bus.clock).await;
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
            "uptime_sec": state["uptime_sec"], "status": state["status"], "restart_count": 0,
        }),
        Err(why) => json!({"enabled": true, "running": false, "health": "stale", "last_exit": why}),
    }
}
