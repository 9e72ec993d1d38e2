//! What `get_state` shows of the workers.

use serde_json::{Map, Value, json};
use vj_core::At;
use vj_core::supervision::{Supervisor, WorkerStatus};

/// The field `workers`.
pub(crate) fn workers(supervisor: &Supervisor, now: At) -> Map<String, Value> {
    let workers: Map<String, Value> =
        supervisor.workers().map(|(name, status)| (name.to_string(), worker(&status, now))).collect();
    Map::from_iter([("workers".to_owned(), Value::Object(workers))])
}

fn worker(status: &WorkerStatus, now: At) -> Value {
    json!({
        "enabled": status.enabled,
        "running": status.running,
        "health": status.health.as_str(),
        "pid": status.pid,
        "adopted": status.adopted,
        "restart_count": status.restart_count,
        "last_heartbeat_sec_ago": status.last_heartbeat.map(|at| now.since(at).as_secs_f64()),
        "next_restart_in_sec": status.next_restart.map(|at| at.since(now).as_secs_f64()),
        "last_exit": status.last_exit.map(|exit| exit.to_string()),
    })
}
