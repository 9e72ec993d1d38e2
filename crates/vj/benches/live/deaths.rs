//! How long a process takes to come back.

use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::Client;
use vj_core::ProcessName::{self, AudioAnalyzer, ProcessManager, TestWorker};
use vj_env::Scope;
use vj_sim::ground::Ground;
use vj_sim::real::RealMachine;

use crate::ask::{bare_start, healthy, of, pid, when};
use crate::table::{Row, Table, Times};

const KILLS: usize = 5;

/// A manager that lived this long is started again at once, however often others died before it.
const MANAGER_LIVES: Duration = Duration::from_secs(6);

/// Guardian, manager and two workers.
const PROCESSES: usize = 4;

/// Workers and managers are killed, and one worker is stopped.
pub(crate) async fn measure(machine: &RealMachine, table: &mut Table) {
    machine.guard(&Scope::new());
    healthy(machine, |_| true).await;
    kill_the_worker(machine, table).await;
    kill_the_manager(machine, table).await;
    hang_a_worker(machine, table).await;
    // By now it has played for more than a minute.
    memory(machine, table);
}

async fn kill_the_worker(machine: &RealMachine, table: &mut Table) {
    let clock = machine.clock();
    let (mut bare, mut times) = (Vec::new(), Vec::new());
    for _ in 0..KILLS {
        bare.push(bare_start(clock));
        // An order clears the series: the next death waits for the first delay, not for the second.
        let (_, state) = healthy(machine, |_| true).await;
        let before = pid(of(&state, AudioAnalyzer));
        ask(machine, "restart_worker", json!({"worker": "audio_analyzer"})).await;
        let (_, state) = healthy(machine, |state| pid(of(state, AudioAnalyzer)) != before).await;
        let old = pid(of(&state, AudioAnalyzer));
        let began = clock.now();
        machine.kill(old);
        let (answered, _) = when(machine, AudioAnalyzer, |state| state["pid"] != old).await;
        times.push(answered.since(began));
    }
    table.add(Row {
        what: "kill -9 a worker to the next one's first answer",
        figure: Times::of(times).in_sec(),
        goal: "1.15 s",
        ancestor: "3.6 s, up to 61 s",
        control: format!("the back-off: 1 s; `vj --version`: {}", Times::of(bare).in_ms()),
    });
}

async fn kill_the_manager(machine: &RealMachine, table: &mut Table) {
    let clock = machine.clock();
    let (mut bare, mut times) = (Vec::new(), Vec::new());
    let (mut restarts, mut duplicates) = (0, 0);
    for _ in 0..KILLS {
        clock.sleep(MANAGER_LIVES).await;
        bare.push(bare_start(clock));
        let (_, before) = healthy(machine, |_| true).await;
        let old = pid(&before);
        let began = clock.now();
        machine.kill(old);
        let (adopted, after) = healthy(machine, |state| state["pid"] != old).await;
        times.push(adopted.since(began));
        let is_another = |name: ProcessName| {
            let (before, after) = (of(&before, name), of(&after, name));
            before["pid"] != after["pid"] || after["adopted"] != true || after["restart_count"] != 0
        };
        restarts += [AudioAnalyzer, TestWorker].into_iter().filter(|name| is_another(*name)).count();
        duplicates += machine.live().len().saturating_sub(PROCESSES);
    }
    let times = Times::of(times).in_ms();
    table.add(Row {
        what: "kill -9 the manager to all adopted",
        figure: format!("{times}; {duplicates} duplicates, {restarts} restarts"),
        goal: "1 s, 0, 0",
        ancestor: "every worker twice",
        control: format!("`vj --version`: {}", Times::of(bare).in_ms()),
    });
}

async fn hang_a_worker(machine: &RealMachine, table: &mut Table) {
    let (began, state) = healthy(machine, |_| true).await;
    let (old, silent_sec) =
        (pid(of(&state, TestWorker)), of(&state, TestWorker)["last_heartbeat_sec_ago"].as_f64());
    machine.freeze(old);
    let (answered, _) = when(machine, TestWorker, |state| state["pid"] != old).await;
    let law_sec = 31.0 - silent_sec.unwrap_or_default();
    table.add(Row {
        what: "a hung worker is noticed and replaced",
        figure: format!("{:.1} s", answered.since(began).as_secs_f64()),
        goal: "34 s",
        ancestor: "never",
        control: format!("30 s from its last heartbeat and 1 s of back-off: {law_sec:.1} s"),
    });
}

fn memory(machine: &RealMachine, table: &mut Table) {
    table.add(Row {
        what: "resident memory of a worker that plays a file",
        figure: resident(machine, AudioAnalyzer),
        goal: "15 MB",
        ancestor: "34 to 193 MB",
        control: format!("the manager: {}", resident(machine, ProcessManager)),
    });
}

/// Resident memory in megabytes.
pub(crate) fn resident(machine: &RealMachine, name: ProcessName) -> String {
    let bytes = machine.resident_bytes(name).map(|bytes| format!("{:.1} MB", bytes as f64 / 1e6));
    bytes.unwrap_or_else(|| "the system does not tell".to_owned())
}

async fn ask(machine: &RealMachine, cmd: &str, args: Value) {
    let mut client = Client::connect(&*machine.control(), machine.clock(), ProcessManager).await.unwrap();
    client.call(cmd, args).await.ok().unwrap();
}
