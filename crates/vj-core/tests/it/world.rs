//! A small world with processes in it that start, register, beat, hang, obey or not, and end; and a driver that keeps to
//! what the law asks of drivers. What is true stands in the world, and the tests compare it with what the law did.

use std::collections::BTreeMap;
use std::time::Duration;

use vj_core::supervision::{Action, Event, Exit, Law, Reported, Signal, Supervisor, WorkerStatus};
use vj_core::{At, ProcessName};

/// How one process will live, from its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    /// When it registers; `None`: never.
    pub(crate) registers: Option<Duration>,
    /// When it falls silent, deaf to SIGTERM too.
    pub(crate) hangs: Option<Duration>,
    /// When it ends by itself.
    pub(crate) ends: Option<Duration>,
    /// How long it takes to obey SIGTERM; `None`: it does not.
    pub(crate) obeys: Option<Duration>,
}

/// A live process.
struct Body {
    worker: ProcessName,
    life: Life,
    born: At,
    registered: bool,
}

/// What a process does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Register,
    Beat,
    End(Exit),
}

/// One step of the law, with what was true just before it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) at: At,
    pub(crate) event: Event,
    pub(crate) before: BTreeMap<ProcessName, WorkerStatus>,
    pub(crate) actions: Vec<Action>,
    /// The last sign of life that the driver had told, or the start, of each live process.
    pub(crate) heard: BTreeMap<u32, At>,
}

pub(crate) struct World<F> {
    pub(crate) supervisor: Supervisor,
    pub(crate) now: At,
    pub(crate) told: Vec<Told>,
    lives: F,
    bodies: BTreeMap<u32, Body>,
    heard: BTreeMap<u32, At>,
    plans: BTreeMap<(At, u64), (u32, Doing)>,
    planned: u64,
    pids: u32,
    /// While the manager is frozen: what waits for it.
    queue: Option<Vec<Event>>,
}

impl<F: FnMut() -> Option<Life>> World<F> {
    /// `lives` gives the life of the next process, or `None` when its start fails.
    pub(crate) fn new(law: Law, workers: impl IntoIterator<Item = (ProcessName, bool)>, lives: F) -> Self {
        Self {
            supervisor: Supervisor::new(law, workers),
            now: At::ZERO,
            told: Vec::new(),
            lives,
            bodies: BTreeMap::new(),
            heard: BTreeMap::new(),
            plans: BTreeMap::new(),
            planned: 0,
            pids: 0,
            queue: None,
        }
    }

    /// The world goes on until this moment, the manager awake.
    pub(crate) fn awake(&mut self, wait: Duration) {
        let until = self.now + wait;
        loop {
            let plan = self.plans.keys().next().map(|(at, _)| *at).filter(|at| *at <= until);
            let deadline = self.supervisor.next_deadline().filter(|at| *at <= until);
            match (plan, deadline) {
                (Some(plan), deadline) if deadline.is_none_or(|deadline| plan <= deadline) => self.happen(),
                (_, Some(deadline)) => {
                    self.now = deadline;
                    self.tell(Event::Tick);
                }
                _ => break,
            }
        }
        self.now = until;
    }

    /// The world goes on, the manager does not. When it wakes it finds its clock or its queue first.
    pub(crate) fn frozen(&mut self, wait: Duration, clock_first: bool) {
        let until = self.now + wait;
        self.queue = Some(Vec::new());
        while self.plans.keys().next().is_some_and(|(at, _)| *at <= until) {
            self.happen();
        }
        self.now = until;
        let queue = self.queue.take().unwrap_or_default();
        if clock_first || queue.is_empty() {
            self.tell(Event::Tick);
        }
        for event in queue {
            self.tell(event);
        }
    }

    /// Something happens to the manager; its actions are carried out.
    pub(crate) fn tell(&mut self, event: Event) {
        if let Some(queue) = &mut self.queue {
            queue.push(event);
            return;
        }
        let before = self.supervisor.workers().collect();
        let actions = self.supervisor.step(self.now, event);
        let spins = self.supervisor.next_deadline().is_some_and(|deadline| deadline <= self.now);
        assert!(!spins, "the law spins: {event:?} at {}", self.now);
        let heard = self.heard.clone();
        if let Event::Registered { pid, .. } | Event::Heartbeat { pid, .. } | Event::Spawned { pid, .. } =
            event
        {
            self.heard.insert(pid, self.now);
        }
        self.told.push(Told { at: self.now, event, before, actions: actions.clone(), heard });
        for action in actions {
            self.carry_out(action);
        }
    }

    /// Live processes of a worker.
    pub(crate) fn live(&self, worker: ProcessName) -> Vec<u32> {
        self.bodies.iter().filter(|(_, body)| body.worker == worker).map(|(pid, _)| *pid).collect()
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Spawn { worker } => {
                assert!(self.live(worker).is_empty(), "two of {worker} at {}", self.now);
                let Some(life) = (self.lives)() else { return self.tell(Event::SpawnFailed { worker }) };
                self.pids += 1;
                let pid = self.pids;
                self.bodies.insert(pid, Body { worker, life, born: self.now, registered: false });
                if let Some(after) = life.registers {
                    self.plan(pid, after, Doing::Register);
                }
                if let Some(after) = life.ends {
                    self.plan(pid, after, Doing::End(Exit::Code(0)));
                }
                self.tell(Event::Spawned { worker, pid });
            }
            Action::Signal { pid, signal: Signal::Kill, .. } => {
                self.plan(pid, Duration::from_millis(1), Doing::End(Exit::Signal(9)));
            }
            Action::Signal { pid, signal: Signal::Terminate, .. } => {
                let obeys = self
                    .bodies
                    .get(&pid)
                    .filter(|body| !body.hangs(self.now))
                    .and_then(|body| body.life.obeys);
                if let Some(after) = obeys {
                    self.plan(pid, after, Doing::End(Exit::Code(0)));
                }
            }
            Action::HealthChanged { .. } | Action::FreezeForgiven { .. } => {}
        }
    }

    fn plan(&mut self, pid: u32, after: Duration, doing: Doing) {
        self.planned += 1;
        self.plans.insert((self.now + after, self.planned), (pid, doing));
    }

    /// The next thing that any process does.
    fn happen(&mut self) {
        let Some(((at, _), (pid, doing))) = self.plans.pop_first() else { return };
        self.now = at;
        let Some(body) = self.bodies.get_mut(&pid) else { return };
        let worker = body.worker;
        match doing {
            Doing::End(exit) => {
                self.bodies.remove(&pid);
                self.tell(Event::Exited { worker, pid, exit });
            }
            Doing::Register | Doing::Beat if body.hangs(at) => {}
            Doing::Register => {
                body.registered = true;
                self.plan(pid, Duration::from_secs(5), Doing::Beat);
                self.tell(Event::Registered { worker, pid });
            }
            Doing::Beat => {
                self.plan(pid, Duration::from_secs(5), Doing::Beat);
                self.tell(Event::Heartbeat { worker, pid, status: Reported::Running });
            }
        }
    }
}

impl Body {
    fn hangs(&self, now: At) -> bool {
        self.life.hangs.is_some_and(|after| now >= self.born + after)
    }
}
