//! How long a process takes to come, and to come back.

use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::Client;
use vj_core::At;
use vj_core::ProcessName::{self, AudioAnalyzer, ProcessManager, TestWorker};
use vj_env::Scope;
use vj_sim::ground::Ground;
use vj_sim::real::RealMachine;

use crate::table::{Table, Times};

/// Between two looks at whether somebody answers.
const LOOKS: Duration = Duration::from_millis(1);

const STARTS: usize = 20;
const KILLS: usize = 5;

/// A worker that starts with nobody else there, beside a process that starts and ends.
pub(crate) async fn starts(machine: &Rc<RealMachine>, table: &mut Table) {
    let clock = machine.clock();
    let mut bare = Vec::new();
    for _ in 0..STARTS {
        let began = clock.now();
        let mut version = Command::new(env!("CARGO_BIN_EXE_vj"));
        version.arg("--version").stdout(Stdio::null()).status().unwrap();
        bare.push(clock.now().since(began));
    }
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let began = clock.now();
        let pid = machine.start(AudioAnalyzer);
        let answered = wait_for(machine, AudioAnalyzer, |state| state["pid"] == pid).await;
        times.push(answered.since(began));
        machine.kill(pid);
        while machine.serving(AudioAnalyzer).is_some() {
            clock.sleep(LOOKS).await;
        }
        clock.sleep(Duration::from_millis(50)).await;
    }
    let control = format!("`vj --version`: {}", Times::of(bare).in_ms());
    table.add(
        "worker start to its first answer",
        Times::of(times).in_ms(),
        "30 ms",
        "260 to 1,690 ms",
        control,
    );
}

/// Workers and managers are killed, and one is stopped.
pub(crate) async fn deaths(machine: &Rc<RealMachine>, table: &mut Table) {
    let clock = machine.clock();
    machine.guard(&Scope::new());
    wait_for(machine, AudioAnalyzer, |_| true).await;
    healthy(machine, |_| true).await;

    let mut times = Vec::new();
    for _ in 0..KILLS {
        // An order clears the series: the next death waits for the first delay, not for the second.
        ask(machine, "restart_worker", json!({"worker": "test_worker"})).await;
        clock.sleep(Duration::from_millis(500)).await;
        healthy(machine, |_| true).await;
        let old = machine.pid_of(TestWorker).unwrap();
        let began = clock.now();
        machine.kill(old);
        let answered = wait_for(machine, TestWorker, |state| state["pid"] != old).await;
        times.push(answered.since(began));
    }
    let control = "the back-off itself: 1.000 s".to_owned();
    table.add(
        "kill -9 a worker to the next one's first answer",
        Times::of(times).in_sec(),
        "1.15 s",
        "3.6 s, up to 61 s",
        control,
    );

    let mut times = Vec::new();
    let mut restarts = 0;
    for _ in 0..KILLS {
        // A manager that lived for five seconds is started again at once.
        clock.sleep(Duration::from_secs(6)).await;
        let workers = [machine.pid_of(AudioAnalyzer), machine.pid_of(TestWorker)];
        let old = machine.pid_of(ProcessManager).unwrap();
        let began = clock.now();
        machine.kill(old);
        let adopted = healthy(machine, |state| {
            state["pid"] != old
                && [AudioAnalyzer, TestWorker]
                    .iter()
                    .all(|it| state["workers"][it.as_str()]["adopted"] == true)
        })
        .await;
        times.push(adopted.since(began));
        let now = [machine.pid_of(AudioAnalyzer), machine.pid_of(TestWorker)];
        restarts += workers.iter().zip(now).filter(|(before, now)| *before != now).count();
    }
    let processes = machine.live().len();
    let figure = format!("{}; {} duplicates, {restarts} restarts", Times::of(times).in_sec(), processes - 4);
    table.add("kill -9 the manager to all adopted", figure, "1 s, 0, 0", "every worker twice", String::new());

    let old = machine.pid_of(TestWorker).unwrap();
    let began = clock.now();
    machine.freeze(old);
    let answered = wait_for(machine, TestWorker, |state| state["pid"] != old).await;
    let figure = format!("{:.1} s", answered.since(began).as_secs_f64());
    table.add(
        "a hung worker is noticed and replaced",
        figure,
        "34 s",
        "never",
        "killed at 30 s of silence, back-off 1 s".to_owned(),
    );

    // The watcher of the bus looks a few times more.
    clock.sleep(Duration::from_millis(200)).await;
    let resident =
        |name: ProcessName| machine.resident_bytes(name).map(|bytes| format!("{:.1} MB", bytes as f64 / 1e6));
    let figure = resident(AudioAnalyzer).unwrap_or_else(|| "the system does not tell".to_owned());
    let control = format!("a worker without a job: {}", resident(TestWorker).unwrap_or_default());
    table.add("resident memory of the audio worker", figure, "15 MB", "34 to 193 MB", control);
}

/// The state of whoever serves this name.
pub(crate) async fn answers(machine: &Rc<RealMachine>, name: ProcessName) -> Option<Value> {
    let mut client = Client::connect(&*machine.control(), machine.clock(), name).await.ok()?;
    client.call("get_state", Value::Null).await.ok().ok().map(|reply| reply.data)
}

/// When somebody of that name first answers with a state for which this holds.
pub(crate) async fn wait_for(
    machine: &Rc<RealMachine>,
    name: ProcessName,
    holds: impl Fn(&Value) -> bool,
) -> At {
    loop {
        if answers(machine, name).await.is_some_and(|state| holds(&state)) {
            return machine.clock().now();
        }
        machine.clock().sleep(LOOKS).await;
    }
}

/// When the manager first calls both workers healthy in a state for which this holds.
async fn healthy(machine: &Rc<RealMachine>, holds: impl Fn(&Value) -> bool) -> At {
    wait_for(machine, ProcessManager, |state| {
        let health = |name: ProcessName| &state["workers"][name.as_str()]["health"];
        health(AudioAnalyzer) == "healthy" && health(TestWorker) == "healthy" && holds(state)
    })
    .await
}

async fn ask(machine: &Rc<RealMachine>, cmd: &str, args: Value) {
    let mut client = Client::connect(&*machine.control(), machine.clock(), ProcessManager).await.unwrap();
    client.call(cmd, args).await.ok().unwrap();
}
