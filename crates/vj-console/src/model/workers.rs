//! The workers of the master screen: what the manager says of each, and what each says of itself.

use std::time::Duration;

use serde_json::Value;
use vj_bus::Status;
use vj_core::ProcessName;

use super::Model;

/// One line of the master screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Who.
    pub name: ProcessName,
    /// In a word: as in the manager's state, or `unsupervised`, `lost`, `not running`.
    pub health: String,
    /// Its number, while it runs.
    pub pid: Option<u64>,
    /// How long it has been running.
    pub uptime: Option<Duration>,
    /// How often it was started again.
    pub restarts: Option<u64>,
    /// Whether it should run.
    pub is_enabled: bool,
    /// What went wrong last, or what there is to say.
    pub note: String,
    /// How long ago what is shown was heard, if that is too long.
    pub stale: Option<Duration>,
}

/// The processes that should run, as far as anybody says so: with a manager those that it wants, else whoever was seen.
pub(super) fn expected(model: &Model) -> Vec<ProcessName> {
    let workers = &model.state(ProcessName::ProcessManager)["workers"];
    let wanted = |name: &ProcessName| match name {
        ProcessName::ProcessManager => model.processes.contains_key(name),
        worker if workers.is_object() => workers[worker.as_str()]["enabled"] == true,
        worker => model.processes.contains_key(worker),
    };
    ProcessName::ALL.into_iter().filter(wanted).collect()
}

/// All lines, the manager's first.
#[must_use]
pub fn rows(model: &Model) -> Vec<Row> {
    let workers = &model.state(ProcessName::ProcessManager)["workers"];
    let is_known = |name: &ProcessName| {
        !workers[name.as_str()].is_null()
            || model.processes.contains_key(name)
            || (name.is_in_a_show() && !workers.is_object())
    };
    ProcessName::ALL.into_iter().filter(is_known).map(|name| row(model, name)).collect()
}

fn row(model: &Model, name: ProcessName) -> Row {
    let own = model.processes.get(&name);
    let said = |field: &str| own.map_or(&Value::Null, |own| &own.state[field]);
    let manager_is_fresh = model.is_fresh(ProcessName::ProcessManager);
    let told = &model.state(ProcessName::ProcessManager)["workers"][name.as_str()];
    let is_fresh = model.is_fresh(name);
    let health = if name == ProcessName::ProcessManager {
        match own {
            None => "not running".to_owned(),
            Some(_) if is_fresh => status(own.and_then(|own| own.status)).to_owned(),
            Some(_) => "lost".to_owned(),
        }
    } else if manager_is_fresh && told.is_object() {
        told["health"].as_str().unwrap_or("?").to_owned()
    } else if is_fresh {
        "unsupervised".to_owned()
    } else if own.is_some() || told.is_object() {
        "lost".to_owned()
    } else {
        "not running".to_owned()
    };
    // Of what is lost, the age of what is known; with a manager that is there, the manager's word is as fresh as it is.
    let manager_age = model.processes.get(&ProcessName::ProcessManager).map(|known| known.age(model.now));
    let is_shown_fresh = is_fresh || (manager_is_fresh && told.is_object());
    let stale = own.map(|own| own.age(model.now)).or(manager_age.filter(|_| told.is_object()));
    let runs = if manager_is_fresh && told.is_object() { told["running"] == true } else { own.is_some() };
    let uptime_sec = said("uptime_sec").as_f64().or(told["uptime_sec"].as_f64()).filter(|_| runs);
    Row {
        name,
        pid: told["pid"].as_u64().filter(|_| manager_is_fresh).or(said("pid").as_u64()).filter(|_| runs),
        uptime: uptime_sec.and_then(|sec| Duration::try_from_secs_f64(sec).ok()),
        restarts: told["restart_count"].as_u64(),
        is_enabled: told["enabled"] == true || name == ProcessName::ProcessManager,
        note: note(model, name, told, own.map_or(&Value::Null, |own| &own.state)),
        stale: stale.filter(|_| !is_shown_fresh),
        health,
    }
}

fn status(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Starting) => "starting",
        Some(Status::Degraded) => "degraded",
        Some(Status::Stopping) => "stopping",
        Some(Status::Running) | None => "healthy",
    }
}

fn note(model: &Model, name: ProcessName, told: &Value, own: &Value) -> String {
    let mut notes = Vec::new();
    if let Some(error) = own["config_error"].as_str() {
        notes.push(format!("config: {error}"));
    }
    if let Some(sec) = told["next_restart_in_sec"].as_f64() {
        notes.push(format!("starts again in {sec:.0} s"));
    }
    match told["health"].as_str() {
        Some("given_up") => notes.push("ended too often: s starts it".to_owned()),
        Some("stopped") if told["enabled"] != true => notes.push("stopped: s starts it".to_owned()),
        Some("unhealthy") => notes.push("says nothing any more".to_owned()),
        _ => {}
    }
    if told["adopted"] == true {
        notes.push("adopted".to_owned());
    }
    if let Some(exit) = told["last_exit"].as_str() {
        notes.push(format!("last end: {exit}"));
    }
    let is_lost = |known: &super::process::Process| known.lost.clone().filter(|_| !known.is_fresh(model.now));
    if told.is_null() {
        notes.extend(model.processes.get(&name).and_then(is_lost));
    }
    // The longest comes last.
    notes.extend(own["last_error"].as_str().map(str::to_owned));
    notes.join("; ")
}
