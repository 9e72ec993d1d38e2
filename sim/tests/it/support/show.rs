//! A show under test, and what can be asked of it.

use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::{Client, Outcome};
use vj_core::At;
use vj_core::ProcessName::{self, ProcessManager};
use vj_env::Level;
use vj_sim::driver;
use vj_sim::history::{Entry, What};
use vj_sim::osc_log::OscLine;
use vj_sim::stage::Stage;
use vj_sim::world::World;

/// Between two looks of somebody who waits for something.
const LOOK: Duration = Duration::from_millis(5);

/// Plays a script on the stage's machine.
pub(crate) fn play<T, F: Future<Output = T>>(stage: Stage, script: impl FnOnce(Show) -> F) -> T {
    driver::run(async { script(Show { world: stage.build() }).await })
}

/// The words of a sentence, for a look at what it names.
pub(crate) fn words(text: &str, wanted: &[&str]) -> bool {
    wanted.iter().all(|word| text.contains(word))
}

/// A show on its machine.
#[derive(Clone)]
pub(crate) struct Show {
    pub(crate) world: World,
}

impl Show {
    pub(crate) fn now(&self) -> f64 {
        self.world.clock().now().as_secs_f64()
    }

    pub(crate) async fn until(&self, sec: f64) {
        assert!(self.now() <= sec + 1e-6, "it is {} s already, not {sec} s", self.now());
        self.world.clock().sleep_until(At::from_secs_f64(sec)).await;
    }

    pub(crate) async fn pause(&self, sec: f64) {
        self.world.clock().sleep(Duration::from_secs_f64(sec)).await;
    }

    /// Starts the manager and waits until every worker of `workers` is healthy.
    pub(crate) async fn begin(&self, workers: &[ProcessName]) -> u32 {
        let manager = self.world.start(ProcessManager);
        for worker in workers {
            self.health_within(*worker, "healthy", 2.0).await;
        }
        manager
    }

    /// Starts a process and waits until it serves.
    pub(crate) async fn start(&self, name: ProcessName) -> u32 {
        let pid = self.world.start(name);
        assert_eq!(self.served_within(name, 1.0).await, pid);
        pid
    }

    pub(crate) async fn wait_until(&self, limit_sec: f64, what: &str, is_so: impl Fn() -> bool) {
        let deadline = self.now() + limit_sec;
        while !is_so() {
            assert!(self.now() < deadline, "after {limit_sec} s: {what}; {}", self.tail());
            self.world.clock().sleep(LOOK).await;
        }
    }

    pub(crate) async fn served_within(&self, name: ProcessName, limit_sec: f64) -> u32 {
        let served = || self.world.sockets().contains(&(name, true));
        self.wait_until(limit_sec, &format!("{name} is not served"), served).await;
        self.world.pid_of(name).unwrap()
    }

    /// Waits until the manager says on OSC that this is how the worker is.
    pub(crate) async fn health_within(&self, worker: ProcessName, health: &str, limit_sec: f64) {
        let is_so = || self.last_health(worker).as_deref() == Some(health);
        let what = format!("{worker} is {:?}, not {health}", self.last_health(worker));
        self.wait_until(limit_sec, &what, is_so).await;
    }

    pub(crate) fn last_health(&self, worker: ProcessName) -> Option<String> {
        self.healths(worker).pop().map(|(_, health)| health)
    }

    /// Every change of health that the manager told of, and when.
    pub(crate) fn healths(&self, worker: ProcessName) -> Vec<(f64, String)> {
        self.pick(|what| match what {
            What::Health { worker: who, health } if who == worker.as_str() => Some(health.clone()),
            _ => None,
        })
    }

    /// SIGKILL to whoever serves that name; returns when everybody has noticed.
    pub(crate) async fn kill(&self, name: ProcessName) -> f64 {
        let killed_at = self.now();
        self.world.kill(self.world.pid_of(name).unwrap());
        self.pause(0.005).await;
        killed_at
    }

    pub(crate) async fn client(&self, name: ProcessName) -> Client {
        Client::connect(&*self.world.control(), self.world.clock(), name).await.unwrap()
    }

    pub(crate) async fn ask(&self, name: ProcessName, cmd: &str, args: Value) -> Outcome {
        self.client(name).await.call(cmd, args).await
    }

    /// Asks for something that must be done; returns what was said beside it.
    pub(crate) async fn done(&self, name: ProcessName, cmd: &str, args: Value) -> Option<String> {
        self.ask(name, cmd, args).await.ok().unwrap().message
    }

    /// Asks for something that must be refused; returns why it was.
    pub(crate) async fn refused(&self, name: ProcessName, cmd: &str, args: Value) -> String {
        match self.ask(name, cmd, args).await {
            Outcome::Refused(why) => why,
            other => panic!("{cmd} was not refused: {other:?}"),
        }
    }

    pub(crate) async fn state(&self, name: ProcessName) -> Value {
        self.ask(name, "get_state", Value::Null).await.ok().unwrap().data
    }

    /// What the manager shows of a worker.
    pub(crate) async fn shown(&self, worker: ProcessName) -> Value {
        self.state(ProcessManager).await["workers"][worker.as_str()].clone()
    }

    /// Orders the manager to do something with a worker: must be taken at once. Returns the order's `msg_id`.
    pub(crate) async fn order(&self, cmd: &str, worker: ProcessName) -> String {
        let mut client = self.client(ProcessManager).await;
        let before = self.now();
        let msg_id = client.send(cmd, json!({"worker": worker.as_str()}));
        let (answered, outcome) = client.next_outcome().await;
        assert_eq!(answered, msg_id);
        assert!(matches!(outcome, Outcome::Replied(_)), "{outcome:?}");
        assert!(self.now() - before < 0.01, "{cmd} took {} s", self.now() - before);
        msg_id
    }

    pub(crate) fn osc(&self) -> Vec<OscLine> {
        self.world.osc().lines()
    }

    /// The messages of one address from `from` to `to` seconds.
    pub(crate) fn osc_of(&self, addr: &str, from: f64, to: f64) -> Vec<OscLine> {
        let mut lines = self.osc();
        lines.retain(|line| line.addr == addr && (from..to).contains(&line.t));
        lines
    }

    /// All messages below an address.
    pub(crate) fn osc_of_all(&self, start: &str) -> Vec<OscLine> {
        let mut lines = self.osc();
        lines.retain(|line| line.addr.starts_with(start));
        lines
    }

    /// When each process of that name started, and its number.
    pub(crate) fn starts(&self, name: ProcessName) -> Vec<(f64, u32)> {
        self.pick(|what| match what {
            What::Start { process, pid } if process == name.as_str() => Some(*pid),
            _ => None,
        })
    }

    /// When each process of that name ended, and how.
    pub(crate) fn exits(&self, name: ProcessName) -> Vec<(f64, (u32, String))> {
        self.pick(|what| match what {
            What::Exit { process, pid, how } if process == name.as_str() => Some((*pid, how.clone())),
            _ => None,
        })
    }

    /// What processes of that name said, from a level on.
    pub(crate) fn said(&self, name: ProcessName, from: Level) -> Vec<String> {
        let said = self.pick(|what| match what {
            What::Log { process, level, message, .. } if process == name.as_str() && *level >= from => {
                Some(message.clone())
            }
            _ => None,
        });
        said.into_iter().map(|(_, message)| message).collect()
    }

    pub(crate) fn history(&self) -> Vec<Entry> {
        self.world.history().with(<[Entry]>::to_vec)
    }

    fn pick<T>(&self, pick: impl Fn(&What) -> Option<T>) -> Vec<(f64, T)> {
        self.world.history().with(|all| all.iter().filter_map(|e| Some((e.t, pick(&e.what)?))).collect())
    }

    fn tail(&self) -> String {
        let lines: Vec<_> =
            self.history().iter().rev().take(15).map(|e| serde_json::to_string(e).unwrap()).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}
