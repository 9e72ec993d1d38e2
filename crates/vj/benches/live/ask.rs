//! Asking a show from outside until something is so.

#![allow(clippy::disallowed_methods, reason = "a look between two ticks of tokio's timer")]

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use vj_bus::Client;
use vj_core::At;
use vj_core::ProcessName::{self, AudioAnalyzer, ProcessManager, TestWorker};
use vj_env::Clock;
use vj_sim::ground::Ground;
use vj_sim::real::RealMachine;

/// Between two looks. What is measured is known to this.
const LOOKS: Duration = Duration::from_micros(200);

/// Nothing that is waited for here takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The state of whoever serves this name.
async fn state(machine: &RealMachine, name: ProcessName) -> Option<Value> {
    let mut client = Client::connect(&*machine.control(), machine.clock(), name).await.ok()?;
    client.call("get_state", Value::Null).await.ok().ok().map(|reply| reply.data)
}

/// When somebody of that name first answers with a state for which this holds, and that state.
pub(crate) async fn when(
    machine: &RealMachine,
    name: ProcessName,
    holds: impl Fn(&Value) -> bool,
) -> (At, Value) {
    let clock = machine.clock();
    let give_up_at = clock.now() + PATIENCE;
    let mut last = None;
    while clock.now() < give_up_at {
        last = state(machine, name).await;
        if let Some(state) = last.take_if(|state| holds(state)) {
            return (clock.now(), state);
        }
        // tokio's timers count in milliseconds: too coarse for a start that takes ten.
        std::thread::sleep(LOOKS);
        tokio::task::yield_now().await;
    }
    panic!("{name} has not come to what was waited for within {PATIENCE:?}: {last:?}");
}

/// When the manager first calls both workers healthy in a state for which this holds.
pub(crate) async fn healthy(machine: &RealMachine, holds: impl Fn(&Value) -> bool) -> (At, Value) {
    when(machine, ProcessManager, |state| {
        [AudioAnalyzer, TestWorker].iter().all(|name| of(state, *name)["health"] == "healthy") && holds(state)
    })
    .await
}

/// What the manager's state says of one worker.
pub(crate) fn of(state: &Value, worker: ProcessName) -> &Value {
    &state["workers"][worker.as_str()]
}

/// A process number in such a state.
pub(crate) fn pid(state: &Value) -> u32 {
    state["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).expect("whoever is healthy has a number")
}

/// The control of all that starts: the same program, which says its version and ends.
pub(crate) fn bare_start(clock: &Clock) -> Duration {
    let began = clock.now();
    let status = Command::new(env!("CARGO_BIN_EXE_vj")).arg("--version").stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
    clock.now().since(began)
}

/// A process has ended as far as its show can see.
pub(crate) async fn gone(machine: &RealMachine, name: ProcessName, pid: u32) {
    while machine.pid_of(name) == Some(pid) {
        machine.clock().sleep(Duration::from_millis(1)).await;
    }
}
