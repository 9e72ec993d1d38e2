//! A stage for exact tests: each test says what happens when, in seconds, and looks at what the law does.

use std::time::Duration;

use vj_core::supervision::{Action, Event, Exit, Health, Law, Reported, Signal, Supervisor, WorkerStatus};
use vj_core::{At, ProcessName};

/// The worker of most tests.
pub(crate) const AUDIO: ProcessName = ProcessName::AudioAnalyzer;
/// A second one, started after the first.
pub(crate) const TEST: ProcessName = ProcessName::TestWorker;
/// A process killed by SIGSEGV.
pub(crate) const CRASH: Exit = Exit::Signal(11);

pub(crate) fn secs(secs: f64) -> Duration {
    Duration::from_secs_f64(secs)
}

/// The law with a driver that keeps its promises.
pub(crate) struct Stage {
    pub(crate) supervisor: Supervisor,
    now: At,
    /// Everything that the law wanted, with its moment in seconds.
    pub(crate) log: Vec<(f64, Action)>,
}

impl Stage {
    pub(crate) fn new(workers: impl IntoIterator<Item = (ProcessName, bool)>) -> Self {
        Self::under(Law::default(), workers)
    }

    pub(crate) fn under(law: Law, workers: impl IntoIterator<Item = (ProcessName, bool)>) -> Self {
        law.validate().unwrap();
        Self { supervisor: Supervisor::new(law, workers), now: At::ZERO, log: Vec::new() }
    }

    /// One worker, started at 0 as pid 1 and registered at once.
    pub(crate) fn playing() -> Self {
        let mut stage = Self::new([(AUDIO, true)]);
        assert_eq!(stage.at(0.0, Event::Begin)[0], Action::Spawn { worker: AUDIO });
        stage.at(0.0, Event::Spawned { worker: AUDIO, pid: 1 });
        stage.at(0.0, registered(1));
        stage
    }

    /// Ticks at every deadline up to and with this moment, then this event.
    pub(crate) fn at(&mut self, at_secs: f64, event: Event) -> Vec<Action> {
        self.until(at_secs);
        self.jump(at_secs, event)
    }

    /// Ticks at every deadline up to and with this moment.
    pub(crate) fn until(&mut self, at_secs: f64) {
        while let Some(deadline) =
            self.supervisor.next_deadline().filter(|at| *at <= At::from_secs_f64(at_secs))
        {
            assert!(deadline > self.now || self.log.is_empty(), "the law spins at {deadline}");
            self.jump(deadline.as_secs_f64(), Event::Tick);
        }
    }

    /// This event at this moment, whatever was promised: the manager was frozen until now.
    pub(crate) fn jump(&mut self, at_secs: f64, event: Event) -> Vec<Action> {
        self.now = At::from_secs_f64(at_secs);
        let actions = self.supervisor.step(self.now, event);
        self.log.extend(actions.iter().map(|action| (at_secs, *action)));
        actions
    }

    /// Heartbeats of this pid at each of these moments.
    pub(crate) fn beats(&mut self, pid: u32, at_secs: impl IntoIterator<Item = u32>) {
        for at in at_secs {
            self.at(f64::from(at), heartbeat(pid));
        }
    }

    pub(crate) fn status(&self) -> WorkerStatus {
        self.supervisor.status(AUDIO)
    }

    pub(crate) fn health(&self) -> Health {
        self.status().health
    }

    /// When anything was started.
    pub(crate) fn starts(&self) -> Vec<f64> {
        let spawns = self.log.iter().filter(|(_, action)| matches!(action, Action::Spawn { .. }));
        spawns.map(|(at, _)| *at).collect()
    }

    /// What was signalled when.
    pub(crate) fn signals(&self) -> Vec<(f64, u32, Signal)> {
        let signal = |(at, action): &(f64, Action)| match action {
            Action::Signal { pid, signal, .. } => Some((*at, *pid, *signal)),
            _ => None,
        };
        self.log.iter().filter_map(signal).collect()
    }
}

pub(crate) fn registered(pid: u32) -> Event {
    Event::Registered { worker: AUDIO, pid }
}

pub(crate) fn spawned(pid: u32) -> Event {
    Event::Spawned { worker: AUDIO, pid }
}

pub(crate) fn heartbeat(pid: u32) -> Event {
    Event::Heartbeat { worker: AUDIO, pid, status: Reported::Running }
}

pub(crate) fn degraded(pid: u32) -> Event {
    Event::Heartbeat { worker: AUDIO, pid, status: Reported::Degraded }
}

pub(crate) fn exited(pid: u32) -> Event {
    Event::Exited { worker: AUDIO, pid, exit: CRASH }
}

pub(crate) fn found(pid: u32) -> Event {
    Event::Found { worker: AUDIO, pid }
}

pub(crate) const START: Event = Event::StartRequested { worker: AUDIO };
pub(crate) const STOP: Event = Event::StopRequested { worker: AUDIO };
pub(crate) const RESTART: Event = Event::RestartRequested { worker: AUDIO };
pub(crate) const SPAWN: Action = Action::Spawn { worker: AUDIO };

pub(crate) const fn terminate(pid: u32) -> Action {
    Action::Signal { worker: AUDIO, pid, signal: Signal::Terminate }
}

pub(crate) const fn kill(pid: u32) -> Action {
    Action::Signal { worker: AUDIO, pid, signal: Signal::Kill }
}

pub(crate) const fn now(health: Health) -> Action {
    Action::HealthChanged { worker: AUDIO, health }
}
