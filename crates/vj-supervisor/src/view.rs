//! What `get_state` shows of the workers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use vj_core::supervision::{Supervisor, WorkerStatus};
use vj_core::{At, ProcessName};

/// The field `workers`.
pub(crate) fn workers(
    supervisor: &Supervisor,
    started: &BTreeMap<ProcessName, At>,
    now: At,
) -> Map<String, Value> {
    let shown = |(name, status): (ProcessName, WorkerStatus)| {
        let since = started.get(&name).copied().filter(|_| status.pid.is_some());
        (name.to_string(), worker(&status, since, now))
    };
    let workers: Map<String, Value> = supervisor.workers().map(shown).collect();
    Map::from_iter([("workers".to_owned(), Value::Object(workers))])
}

fn worker(status: &WorkerStatus, since: Option<At>, now: At) -> Value {
    json!({
        "enabled": status.enabled,
        "running": status.running,
        "health": status.health.as_str(),
        "pid": status.pid,
        "uptime_sec": since.map(|since| now.since(since).as_secs_f64()),
        "adopted": status.adopted,
        "restart_count": status.restart_count,
        "last_heartbeat_sec_ago": status.last_heartbeat.map(|at| now.since(at).as_secs_f64()),
        "next_restart_in_sec": status.next_restart.map(|at| at.since(now).as_secs_f64()),
        "last_exit": status.last_exit.map(|exit| exit.to_string()),
    })
}
