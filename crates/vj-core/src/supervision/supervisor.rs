//! All workers under one law, and the manager's own freezes.

use std::collections::BTreeMap;

use super::worker::{Step, Worker};
use super::{Action, Event, Health, Law, WorkerStatus};
use crate::mutants::{self, Mutant};
use crate::{At, ProcessName};

/// All workers under one law.
#[derive(Debug)]
pub struct Supervisor {
    law: Law,
    /// In order of start, which is the order of the names.
    workers: BTreeMap<ProcessName, Worker>,
    /// The moment of the last step; time never runs backwards in here.
    now: At,
    /// When the driver was to step at the latest. Later than that by the tolerance, it was frozen.
    promised: Option<At>,
    shutting_down: bool,
}

impl Supervisor {
    /// A supervisor of these workers, each with the wish whether it runs. Nothing is started before [`Event::Begin`].
    /// The manager itself is no worker and is left out. The law should have passed [`Law::validate`].
    pub fn new(law: Law, workers: impl IntoIterator<Item = (ProcessName, bool)>) -> Self {
        let workers = workers
            .into_iter()
            .filter(|(name, _)| name.is_worker())
            .map(|(name, enabled)| (name, Worker::new(name, enabled)))
            .collect();
        Self { law, workers, now: At::ZERO, promised: None, shutting_down: false }
    }

    /// One event at one moment: what is to be done about it, and about everything that has become due, in order. A
    /// moment before that of the last step is taken for that of the last step.
    pub fn step(&mut self, now: At, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        let before: Vec<Health> = self.workers.values().map(Worker::health).collect();
        // First of all, or the event would be judged by deadlines that nobody could have kept.
        self.forgive_freeze(now, &mut actions);
        self.now = self.now.max(now);
        for worker in self.workers.values_mut() {
            worker.count_health(self.now, &self.law);
        }
        self.take(event, &mut actions);
        self.each(&mut actions, Worker::due);
        self.advance_shutdown(&mut actions);
        for ((name, worker), before) in self.workers.iter().zip(before) {
            let health = worker.health();
            if health != before {
                actions.push(Action::HealthChanged { worker: *name, health });
            }
        }
        self.promised = self.next_deadline();
        actions
    }

    /// When to step with [`Event::Tick`] at the latest, if nothing happens before. `None`: nothing is due, and nothing
    /// runs. Right after a step it lies in the future.
    #[must_use]
    pub fn next_deadline(&self) -> Option<At> {
        // While something runs, the law looks at the clock regularly: only a promise that was missed shows a freeze.
        let watch = self.workers.values().any(Worker::is_running).then(|| self.now + self.law.watch());
        self.workers.values().filter_map(|worker| worker.deadline(&self.law)).chain(watch).min()
    }

    /// How a worker is; the default status (stopped, not enabled) for one that this supervisor does not have.
    #[must_use]
    pub fn status(&self, worker: ProcessName) -> WorkerStatus {
        self.workers.get(&worker).map(Worker::status).unwrap_or_default()
    }

    /// All workers, in order of start.
    pub fn workers(&self) -> impl Iterator<Item = (ProcessName, WorkerStatus)> + '_ {
        self.workers.iter().map(|(name, worker)| (*name, worker.status()))
    }

    /// The law in force.
    #[must_use]
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// Puts another law in force from the next step on. A restart or a SIGKILL that has a moment already keeps it.
    pub fn set_law(&mut self, law: Law) {
        self.law = law;
        // The driver may now sleep longer than it promised, and nobody knows how long it has slept already: only what
        // is late by the old promise and the new one is a freeze.
        self.promised = self.promised.max(self.next_deadline());
    }

    /// Nothing runs, nothing is being started and nothing will be: what a shutdown waits for.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.workers.values().all(Worker::is_idle)
    }

    /// A manager that was stopped, swapped out or suspended has missed heartbeats, and may find its deadlines before the
    /// heartbeats in its queue. The promise is made anew after each step, so this counts a freeze once.
    ///
    /// Being late shows the freeze; forgiven is all the time since the last step, of which the law has seen nothing. With
    /// the lateness alone, a deadline that was promised and missed would fall due in the very step that wakes up,
    /// before anything that waits in a queue is heard.
    fn forgive_freeze(&mut self, now: At, actions: &mut Vec<Action>) {
        if self.promised.is_some_and(|promised| now.since(promised) > self.law.freeze_tolerance) {
            let unseen = now.since(self.now);
            if mutants::is_on(Mutant::FrozenManagerBlames) {
                return;
            }
            self.workers.values_mut().for_each(|worker| worker.forgive(unseen));
            actions.push(Action::FreezeForgiven { unseen });
        }
    }

    fn take(&mut self, event: Event, actions: &mut Vec<Action>) {
        match event {
            Event::Tick => {}
            Event::ShutdownAll => {
                self.shutting_down = true;
                self.each(actions, Worker::cancel_restart);
            }
            // Nothing is started any more.
            Event::Begin | Event::StartRequested { .. } | Event::RestartRequested { .. }
                if self.shutting_down => {}
            Event::Begin => self.each(actions, Worker::begin),
            Event::StartRequested { worker } => self.with(worker, actions, Worker::start),
            Event::RestartRequested { worker } => self.with(worker, actions, Worker::restart),
            Event::StopRequested { worker } => self.with(worker, actions, Worker::stop),
            Event::Found { worker, pid } => self.with(worker, actions, |it, step| it.found(step, pid)),
            Event::Spawned { worker, pid } => self.with(worker, actions, |it, step| it.spawned(step, pid)),
            Event::SpawnFailed { worker } => self.with(worker, actions, Worker::spawn_failed),
            Event::Registered { worker, pid } => {
                self.with(worker, actions, |it, step| it.registered(step, pid));
            }
            Event::Heartbeat { worker, pid, status } => {
                self.with(worker, actions, |it, step| it.heartbeat(step, pid, status));
            }
            Event::Exited { worker, pid, exit } => {
                self.with(worker, actions, |it, step| it.exited(step, pid, exit));
            }
        }
    }

    /// Workers end one after another, the last started first: the next one's turn comes when the one before is gone or
    /// has been killed.
    fn advance_shutdown(&mut self, actions: &mut Vec<Action>) {
        if !self.shutting_down {
            return;
        }
        let mut step = Step { now: self.now, law: &self.law, shutting_down: true, actions };
        let mut workers: Vec<_> = self.workers.values_mut().rev().collect();
        if mutants::is_on(Mutant::StopsInStartOrder) {
            workers.reverse();
        }
        for worker in workers {
            worker.end(&mut step);
            if !worker.is_past_saving() {
                return;
            }
        }
    }

    fn each(&mut self, actions: &mut Vec<Action>, mut act: impl FnMut(&mut Worker, &mut Step<'_>)) {
        let mut step = Step { now: self.now, law: &self.law, shutting_down: self.shutting_down, actions };
        for worker in self.workers.values_mut() {
            act(worker, &mut step);
        }
    }

    fn with(
        &mut self,
        name: ProcessName,
        actions: &mut Vec<Action>,
        act: impl FnOnce(&mut Worker, &mut Step<'_>),
    ) {
        if let Some(worker) = self.workers.get_mut(&name) {
            let mut step = Step { now: self.now, law: &self.law, shutting_down: self.shutting_down, actions };
            act(worker, &mut step);
        }
    }
}
